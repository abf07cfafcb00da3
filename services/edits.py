"""Which announcements are edited, and not repeated, when the thing that they tell of changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID

from tortoise.expressions import Q, Subquery

from events import EntityEvent, RaceEvent
from events.types import TournamentEvent
from models import Attempt, Message, MessageStatus, Race, RaceStatus, StoredEvent, TargetKind
from services.notices import Kind

TOURNAMENT = frozenset({Kind.TOURNAMENT_CREATED, Kind.TOURNAMENT_OPENED, Kind.TOURNAMENT_STARTED})
RUN = frozenset({Kind.RUN_CARD})
RESULT = RUN | {Kind.RUN_APPROVED}
BOARD = frozenset({Kind.BOARD})
EDITED = TOURNAMENT | RESULT | BOARD | {Kind.MATCH_SCHEDULED, Kind.MATCH_COMPLETED}
"""The kinds of messages that are drawn anew. Their rows say what they are `about`."""

LOT = 1000
"""Things that are asked for in one query: a database takes so many values and no more."""

Shown = dict[int, list[Message]]
"""By channel: the rows of what people see there, or will."""


def about(event: EntityEvent) -> str:
    """The thing that an event tells of, as message rows name it."""
    return f"{event.entity_type} {event.entity_id}"


def about_run(race_id: int) -> str:
    """As `about`, for a run: events of its tournament tell of it, too."""
    return f"{RaceEvent.entity_type} {race_id}"


def race(attempt_id: int) -> str:
    """As `about`, for a race that somebody runs on their own time: its events are the tournament's."""
    return f"attempt {attempt_id}"


async def shown(event: EntityEvent, kinds: Collection[Kind], *things: str) -> Shown:
    """The announcements of `kinds` that earlier events of the same thing have caused, or of other `things`."""
    rows = await (
        Message.filter(
            about__in=things or [about(event)], kind__in=[kind.value for kind in kinds], target_kind=TargetKind.CHANNEL
        )
        .exclude(status=MessageStatus.FAILED)
        .order_by("seq")
    )
    if not rows:
        return {}
    # Not what later ones have caused: this one may be told again.
    events = StoredEvent.filter(event_id__in=[event.event_id, *(row.event_id for row in rows)])
    numbers: dict[UUID, int] = dict(await events.values_list("event_id", "seq"))
    found: Shown = defaultdict(list)
    for row in rows:
        if numbers.get(row.event_id, 0) < numbers[event.event_id]:
            found[row.target_id].append(row)
    return found


def together(*several: Shown) -> Shown:
    """All of these, so that each channel is there once."""
    found: Shown = defaultdict(list)
    for one in several:
        for channel_id, rows in one.items():
            found[channel_id] += rows
    return found


async def overdue(event: TournamentEvent) -> Shown:
    """The announcements of changed runs that were not drawn anew while results of a tournament were hidden.

    Nor was a digest that tells of one of its runs, so those of other tournaments beside it are among them.
    """
    counted = Race.filter(tournament_id=event.tournament_id, status__in=[RaceStatus.APPROVED, RaceStatus.DISQUALIFIED])
    things = [about_run(race.id) for race in await counted.only("id")]
    digests: set[Any] = set()
    for start in range(0, len(things), LOT):
        told = Message.filter(about__in=things[start : start + LOT], kind=Kind.RUN_APPROVED.value)
        digests.update(await told.filter(told_by__isnull=False).values_list("told_by", flat=True))
    beside = await Message.filter(told_by__in=list(digests)).values_list("event_id", flat=True)
    races = await StoredEvent.filter(event_id__in=beside).values_list("entity_id", flat=True)
    discarded = Attempt.filter(discarded_at__isnull=False, race_id__isnull=False).values("race_id")
    changed = Race.filter(
        Q(status=RaceStatus.DISQUALIFIED) | Q(first_time_ms__isnull=False) | Q(id__in=Subquery(discarded))
    )
    found = changed.filter(Q(tournament_id=event.tournament_id) | Q(id__in=races))
    runs = [about_run(race.id) for race in await found.only("id")]
    return await shown(event, {Kind.RUN_APPROVED}, *runs) if runs else {}


async def undecided(event: TournamentEvent) -> Shown:
    """The cards of a tournament's runs on which nobody has decided."""
    runs = Race.filter(tournament_id=event.tournament_id, status=RaceStatus.SUBMITTED).order_by("id")
    things = [about_run(race.id) for race in await runs.only("id")]
    lots = [things[start : start + LOT] for start in range(0, len(things), LOT)]
    return together(*[await shown(event, RUN, *lot) for lot in lots])


async def cards(attempt_id: int) -> list[Message]:
    """The card of a race in its thread."""
    return await Message.filter(about=race(attempt_id), kind=Kind.RACE_CARD.value).exclude(status=MessageStatus.FAILED)


async def handled(event: EntityEvent) -> set[int]:
    """The channels in which this event has had its edit, even if what stood there is pruned: it may be told again."""
    rows = Message.filter(event_id=event.event_id, kind=Kind.EDITED.value, target_kind=TargetKind.CHANNEL)
    return {row.target_id for row in await rows}


def about_tournament(tournament_id: int) -> str:
    """A tournament, as message rows name it."""
    return f"{TournamentEvent.entity_type} {tournament_id}"


async def awaited(channel_id: int, ids: Collection[str]) -> Message | None:
    """The edit of all these messages that waits in a channel already, and whose words are not made yet."""
    waiting = Message.filter(
        kind=Kind.EDITED.value,
        target_kind=TargetKind.CHANNEL,
        target_id=channel_id,
        status=MessageStatus.PENDING,
        first_attempt_at__isnull=True,
    )
    return next((row for row in await waiting.order_by("seq") if set(ids) <= set(row.data["messages"])), None)


def stale(rows: Collection[Message]) -> list[str]:
    """The ids of those whose words may be older than what is so now.

    A message that was never tried has none yet: they are made when it is sent.
    """
    return [str(row.id) for row in rows if row.first_attempt_at is not None or row.status is MessageStatus.SPOKEN]


async def standing(ids: Collection[str]) -> list[Message]:
    """The rows of the messages in Discord that show what rows with these ids tell; pruned ones are not found.

    Of what a digest tells, it is the digest.
    """
    told_by = [row.told_by for row in await Message.filter(id__in=list(ids), told_by__isnull=False)]
    rows = Message.filter(Q(id__in=list(ids)) | Q(id__in=told_by), discord_message_id__isnull=False)
    return await rows.order_by("seq")
