"""What Herald posts by itself: announcements, review cards, DMs and audit lines, with what their words need."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from msgspec import structs
from tortoise.exceptions import BaseORMException
from tortoise.expressions import Subquery

import events as e
from events import log
from models import (
    Account,
    Attempt,
    Invite,
    Match,
    MatchStatus,
    Message,
    Pool,
    Race,
    RaceStatus,
    StoredEvent,
    TargetKind,
    Tournament,
)
from services.base import Service, query
from services.leaderboard import pinned
from services.names import names_for
from services.notice import Notice
from services.race_notices import race_card, race_extended, race_forfeited, race_gone, race_not_opened, race_warning
from services.review_checks import find_run
from services.sender import Sent, nonce_of
from services.words import digests, reviews, tournament_notices
from services.words import notices as words
from services.words.invite_card import invite_card
from services.words.leaderboard import board_gone
from services.words.names import Names

_log = logging.getLogger(__name__)

E = TypeVar("E", bound=e.EntityEvent)


class Unreadable(Exception):
    """A message row for which there are no words: what it tells about is gone, or only another release knows it."""


class Kind(StrEnum):
    """Which words a message row stands for. Stored, so a value must keep its meaning."""

    TOURNAMENT_CREATED = "tournament_created"
    TOURNAMENT_OPENED = "tournament_opened"
    TOURNAMENT_STARTED = "tournament_started"
    TOURNAMENT_ENDED = "tournament_ended"
    RUN_APPROVED = "run_approved"
    RUN_CARD = "run_card"
    INVITED = "invited"
    YOUR_RUN_APPROVED = "your_run_approved"
    YOUR_RUN_REJECTED = "your_run_rejected"
    AUDIT_LINE = "audit_line"
    MATCH_SCHEDULED = "match_scheduled"
    MATCH_COMPLETED = "match_completed"
    RUNS_APPROVED = "runs_approved"
    MATCHES_SCHEDULED = "matches_scheduled"
    MATCHES_COMPLETED = "matches_completed"
    YOUR_MATCH_SCHEDULED = "your_match_scheduled"
    YOUR_MATCH_COMPLETED = "your_match_completed"
    MATCH_REMINDER = "match_reminder"
    YOUR_RUN_REVIEWED = "your_run_reviewed"
    YOUR_TIME_CORRECTED = "your_time_corrected"
    YOUR_TOURNAMENT_STARTED = "your_tournament_started"
    YOUR_TOURNAMENT_ENDED = "your_tournament_ended"
    DMS_CLOSED = "dms_closed"
    RACE_CARD = "race_card"
    RACE_WARNING = "race_warning"
    RACE_FORFEITED = "race_forfeited"
    RACE_EXTENDED = "race_extended"
    RACE_NOT_OPENED = "race_not_opened"
    RACE_GONE = "race_gone"
    BOARD = "board"
    EDITED = "edit"
    """No message of its own: those that its row names are drawn anew."""
    THREAD_CLOSED = "thread_closed"
    """Nor is this: the thread that its row goes to is archived, after all that is to be said there."""


SILENT = frozenset({Kind.EDITED, Kind.THREAD_CLOSED})
"""The rows of these kinds bring nothing new."""


def kind_of(message: Message) -> Kind:
    """The kind of a row, without its mark. Raises ValueError for one of another release."""
    return Kind(message.kind.partition(":")[0])


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a message in Discord is to show from now on. `nonce` is its own, which stays its mark."""

    sent: Sent
    notice: Notice
    nonce: str


class NoticeService(Service):
    """Turns a message row into its notice at the time of sending, so that it tells what is so then."""

    @query
    async def build(self, message: Message) -> Notice:
        """The notice of a message row. Raises Unreadable."""
        _, notice = await self._words(message)
        if notice is None:
            raise Unreadable(words.GONE)
        return notice

    @query
    async def redraw(self, rows: Sequence[Message]) -> list[Drawing]:
        """What the messages of `rows`, which Discord has, are to show now; not those for which there are no words."""
        drawings: list[Drawing] = []
        for row in rows:
            try:
                event, notice = await self._words(row)
            except Unreadable as error:
                _log.warning("message %s stays as it is: %s", row.seq, error)
                continue
            if notice is None and isinstance(event, e.TournamentUpdatedEvent):
                board = kind_of(row) is Kind.BOARD
                notice = board_gone(event.tournament_name) if board else tournament_notices.tournament_closed(event)
            if notice is None and isinstance(event, e.RaceApprovedEvent):
                notice = await _run_lost(event)
            if notice is not None and row.discord_channel_id is not None and row.discord_message_id is not None:
                drawings.append(Drawing(Sent(row.discord_channel_id, row.discord_message_id), notice, nonce_of(row.id)))
        return drawings

    async def _words(self, message: Message) -> tuple[e.EntityEvent | None, Notice | None]:
        """An event that a message tells of, and its notice; None when what it tells of is gone. Raises Unreadable."""
        row = await StoredEvent.get_or_none(event_id=message.event_id)
        if row is None:
            raise Unreadable(words.GONE)
        try:
            kind = kind_of(message)
            events = await self._told_by(message) if kind in _DIGESTS else [await _read(row)]
        except (e.UndecodableEventError, ValueError) as error:
            raise Unreadable(words.unreadable(error)) from error
        try:
            if kind in _DIGESTS:
                notice = _DIGESTS[kind](events, await names_for(events)) if events else None
            elif kind in _LIVE:
                notice = await _LIVE[kind](events[0], self.now())
            elif kind in _ALOUD and message.target_kind is TargetKind.CHANNEL:
                notice = await _ALOUD[kind](events[0], row.occurred_at)
            else:
                notice = await _BUILDERS[kind](events[0], row.occurred_at)
        except BaseORMException:
            raise
        except Exception as error:
            # A mistake of ours would end the same way each time, and must not hold up the channel for a day.
            _log.exception("the words of message %s could not be made", message.seq)
            raise Unreadable(words.unspeakable(error)) from error
        if notice is not None:
            mentioned = await Account.filter(id__in=message.data.get("mentions", []), deleted_at__isnull=True)
            people = tuple(sorted(account.discord_id for account in mentioned))
            notice = replace(notice, reference=words.event_number(row.seq), mentions=people)
        return (events[0] if events else None), notice

    async def _told_by(self, message: Message) -> list[e.EntityEvent]:
        """The events of the rows that a digest speaks for, in their order. Raises Unreadable.

        Not those that tell of hidden results. None at all when it is in Discord already: that it changes would tell.
        """
        rows, sent = Message.filter(told_by=message.id), message.discord_message_id is not None
        if sent and await rows.count() < message.data["rows"]:
            # It was sent when all were there: drawn anew, it would tell of fewer.
            raise Unreadable(words.PRUNED)
        events: list[e.EntityEvent] = []
        for row in await StoredEvent.filter(event_id__in=Subquery(rows.values("event_id"))).order_by("seq"):
            try:
                events.append(await _today(await _read(row)))
            except e.UndecodableEventError:
                # One of them is no reason to keep back the others.
                _log.exception("message %s does not tell of event %s", message.seq, row.seq)
        hidden = (await names_for(events)).hidden
        secret = [one for one in events if isinstance(one, e.RaceApprovedEvent) and one.tournament_id in hidden]
        if sent and secret:
            return []
        return [one for one in events if one not in secret and not await _lost(one)]


async def _read(row: StoredEvent) -> e.EntityEvent:
    personal = await log.personal_data([row.event_id])
    return log.decode(row, personal.get(row.event_id, {}))


async def _today(event: E) -> E:
    """An event of a match or a run with what is so by now: its announcement is edited when that is corrected."""
    if isinstance(event, e.RaceApprovedEvent):
        race = await Race.get_or_none(id=event.race_id)
        return structs.replace(event, time_ms=race.time_ms) if race else event
    match = await Match.get_or_none(id=event.match_id) if isinstance(event, e.MatchEvent) else None
    if match is not None and isinstance(event, e.MatchScheduledEvent):
        return structs.replace(event, scheduled_at=match.scheduled_at)
    if match is not None and isinstance(event, e.MatchCompletedEvent):
        return structs.replace(event, winner_id=match.winner_id)
    return event


Build = Callable[[Any, datetime], Coroutine[Any, Any, Notice | None]]
"""Looks up what the words about an event of an instant need. None when what it tells of is gone."""


def _named(draw: Callable[[Any, Names], Notice]) -> Build:
    async def build(event: e.EntityEvent, _: datetime) -> Notice:
        return draw(event, await names_for([event]))

    return build


def _named_today(draw: Callable[[Any, Names], Notice]) -> Build:
    async def build(event: e.EntityEvent, _: datetime) -> Notice:
        event = await _today(event)
        return draw(event, await names_for([event]))

    return build


def _of_tournament(draw: Callable[[Any, Tournament | None], Notice | None]) -> Build:
    async def build(event: e.TournamentEvent, _: datetime) -> Notice | None:
        return draw(event, await Tournament.get_or_none(id=event.tournament_id))

    return build


async def _tournament_started(event: e.TournamentStartedEvent, _: datetime) -> Notice:
    return tournament_notices.tournament_started(event, *await _raced(event))


async def _your_tournament_started(event: e.TournamentStartedEvent, _: datetime) -> Notice:
    """The same in a DM, where no race can be started."""
    return tournament_notices.your_tournament_started(event, *await _raced(event))


async def _raced(event: e.TournamentStartedEvent) -> tuple[Tournament | None, int]:
    """The tournament, unless it was deleted, and how many pools it has."""
    tournament = await Tournament.get_or_none(id=event.tournament_id)
    return tournament, await Pool.filter(tournament_id=event.tournament_id).count()


async def _run_lost(event: e.RaceApprovedEvent) -> Notice | None:
    """What becomes of the announcement that a run was approved, when it counts no more."""
    names = await names_for([event])
    seen = event.tournament_id not in names.hidden and await _lost(event)
    return reviews.not_counted_any_more(event, names, discarded=await _discarded(event)) if seen else None


async def _lost(event: e.EntityEvent) -> bool:
    """Whether an event tells of the approval of a run that was disqualified since, or that its racer discarded."""
    return isinstance(event, e.RaceApprovedEvent) and (
        await Race.exists(id=event.race_id, status=RaceStatus.DISQUALIFIED) or await _discarded(event)
    )


async def _discarded(event: e.RaceApprovedEvent) -> bool:
    return await Attempt.exists(race_id=event.race_id, discarded_at__isnull=False)


async def _run_card(event: e.RaceSubmittedEvent, _: datetime) -> Notice | None:
    view = await find_run(Race.filter(id=event.race_id))
    return reviews.run_card(view) if view else None


async def _invited(event: e.InviteCreatedEvent, _: datetime) -> Notice | None:
    invite = await Invite.get_or_none(id=event.invite_id).prefetch_related("organization", "creator")
    return invite_card(invite, invite.organization, invite.creator) if invite else None


async def _your_run_rejected(event: e.RaceRejectedEvent, _: datetime) -> Notice | None:
    race = await Race.get_or_none(id=event.race_id)
    on_seed = race is not None and race.seed_id is not None
    return reviews.your_run_turned_down(event, await names_for([event]), on_seed=on_seed)


async def _match_reminder(event: e.MatchScheduledEvent, _: datetime) -> Notice | None:
    match = await Match.get_or_none(id=event.match_id, status=MatchStatus.SCHEDULED)
    return words.match_reminder(event, match.scheduled_at, await names_for([event])) if match else None


async def _run_approved(event: e.RaceApprovedEvent, _: datetime) -> Notice | None:
    names = await names_for([event])
    if event.tournament_id in names.hidden:
        # They were hidden after it was approved.
        return None
    if await _lost(event):
        # What nobody has seen yet need not be said any more. See `_run_lost`.
        return None
    race = await Race.get_or_none(id=event.race_id)
    return words.run_approved(await _today(event), race.score if race else None, names)


async def _your_run_approved_aloud(event: e.RaceApprovedEvent, _: datetime) -> Notice:
    names = await names_for([event])
    hidden = event.tournament_id in names.hidden
    return words.your_run_reviewed(event, names) if hidden else words.your_run_approved(event, names)


async def _board(event: e.TournamentUpdatedEvent, _: datetime) -> Notice | None:
    tournament = await Tournament.get_or_none(id=event.tournament_id)
    return await pinned(tournament) if tournament else None


async def _dms_closed(_: e.EntityEvent, __: datetime) -> Notice | None:
    return words.dms_closed()


async def _audit_line(event: e.EntityEvent, at: datetime) -> Notice | None:
    return words.audit_line(event, at, await names_for([event]))


_BUILDERS: dict[Kind, Build] = {
    Kind.TOURNAMENT_CREATED: _of_tournament(tournament_notices.tournament_created),
    Kind.TOURNAMENT_OPENED: _of_tournament(tournament_notices.tournament_opened),
    Kind.TOURNAMENT_STARTED: _tournament_started,
    Kind.TOURNAMENT_ENDED: _named(tournament_notices.tournament_ended),
    Kind.RUN_APPROVED: _run_approved,
    Kind.RUN_CARD: _run_card,
    Kind.INVITED: _invited,
    Kind.YOUR_RUN_APPROVED: _named(words.your_run_approved),
    Kind.YOUR_RUN_REJECTED: _your_run_rejected,
    Kind.AUDIT_LINE: _audit_line,
    Kind.MATCH_SCHEDULED: _named_today(words.match_scheduled),
    Kind.MATCH_COMPLETED: _named_today(words.match_completed),
    Kind.YOUR_MATCH_SCHEDULED: _named(words.match_scheduled),
    Kind.YOUR_MATCH_COMPLETED: _named(words.match_completed),
    Kind.MATCH_REMINDER: _match_reminder,
    Kind.YOUR_RUN_REVIEWED: _named(words.your_run_reviewed),
    Kind.YOUR_TIME_CORRECTED: _named(reviews.your_time_corrected),
    Kind.YOUR_TOURNAMENT_STARTED: _your_tournament_started,
    Kind.YOUR_TOURNAMENT_ENDED: _named(tournament_notices.tournament_ended),
    Kind.DMS_CLOSED: _dms_closed,
    Kind.RACE_WARNING: race_warning,
    Kind.RACE_FORFEITED: race_forfeited,
    Kind.RACE_EXTENDED: race_extended,
    Kind.RACE_NOT_OPENED: race_not_opened,
    Kind.RACE_GONE: race_gone,
    Kind.BOARD: _board,
}

_ALOUD: dict[Kind, Build] = {
    Kind.YOUR_RUN_APPROVED: _your_run_approved_aloud,
    Kind.YOUR_TOURNAMENT_STARTED: _tournament_started,
}
"""How these are told in a channel, where others read them too."""

_LIVE: dict[Kind, Build] = {Kind.RACE_CARD: race_card}
"""These are told the present instant, and not the event's: they say what is so now, of something that goes on."""

_DIGESTS: dict[Kind, Callable[[Sequence[Any], Names], Notice]] = {
    Kind.RUNS_APPROVED: digests.runs_approved,
    Kind.MATCHES_SCHEDULED: digests.matches_scheduled,
    Kind.MATCHES_COMPLETED: digests.matches_completed,
}
