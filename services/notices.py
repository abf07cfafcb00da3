"""The words of what Herald posts by itself: announcements, review cards, DMs and audit lines."""

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
from models import Account, Invite, Match, MatchStatus, Message, Race, RaceStatus, StoredEvent
from services.audit_words import Names, describe, names_for, players
from services.base import Service, query
from services.digest_words import matches_completed, matches_scheduled, result, runs_approved
from services.notice import Notice, Tone, line
from services.review_checks import find_run
from services.sender import Sent, nonce_of
from services.tournament_words import (
    tournament_closed,
    tournament_created,
    tournament_ended,
    tournament_opened,
    tournament_started,
)
from services.words import reviews
from services.words.invite_card import invite_card
from services.words.language import format_run_time

_log = logging.getLogger(__name__)

E = TypeVar("E", bound=e.EntityEvent)

GONE = "what it tells about no longer exists"


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
    EDITED = "edit"
    """No message of its own: those that its row names are drawn anew."""


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
            raise Unreadable(GONE)
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
                notice = tournament_closed(event)
            if notice is None and isinstance(event, e.RaceApprovedEvent):
                notice = await _run_disqualified(event)
            if notice is not None and row.discord_channel_id is not None and row.discord_message_id is not None:
                drawings.append(Drawing(Sent(row.discord_channel_id, row.discord_message_id), notice, nonce_of(row.id)))
        return drawings

    async def _words(self, message: Message) -> tuple[e.EntityEvent | None, Notice | None]:
        """An event that a message tells of, and its notice; None when what it tells of is gone. Raises Unreadable."""
        row = await StoredEvent.get_or_none(event_id=message.event_id)
        if row is None:
            raise Unreadable(GONE)
        try:
            kind = kind_of(message)
            events = await self._told_by(message) if kind in _DIGESTS else [await _read(row)]
        except (e.UndecodableEventError, ValueError) as error:
            raise Unreadable(f"this release cannot read it: {error}") from error
        try:
            if kind in _DIGESTS:
                notice = _DIGESTS[kind](events, await names_for(events)) if events else None
            else:
                notice = await _BUILDERS[kind](events[0], row.occurred_at)
        except BaseORMException:
            raise
        except Exception as error:
            # A mistake of ours would end the same way each time, and must not hold up the channel for a day.
            _log.exception("the words of message %s could not be made", message.seq)
            raise Unreadable(f"its words could not be made: {type(error).__name__}") from error
        if notice is not None:
            mentioned = await Account.filter(id__in=message.data.get("mentions", []), deleted_at__isnull=True)
            people = tuple(sorted(account.discord_id for account in mentioned))
            notice = replace(notice, reference=f"Event #{row.seq}", mentions=people)
        return (events[0] if events else None), notice

    async def _told_by(self, message: Message) -> list[e.EntityEvent]:
        """The events of the rows that a digest speaks for, in their order. Raises Unreadable."""
        rows = Message.filter(told_by=message.id)
        if message.discord_message_id is not None and await rows.count() < message.data["rows"]:
            # It was sent when all were there: drawn anew, it would tell of fewer.
            raise Unreadable("some of what it tells about is pruned")
        events: list[e.EntityEvent] = []
        for row in await StoredEvent.filter(event_id__in=Subquery(rows.values("event_id"))).order_by("seq"):
            try:
                event = await _today(await _read(row))
                if not await _disqualified(event):
                    events.append(event)
            except e.UndecodableEventError:
                # One of them is no reason to keep back the others.
                _log.exception("message %s does not tell of event %s", message.seq, row.seq)
        return events


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


async def _run_approved(event: e.RaceApprovedEvent, _: datetime) -> Notice | None:
    names = await names_for([event])
    if await _disqualified(event):
        # What nobody has seen yet need not be said any more. See `_run_disqualified`.
        return None
    event = await _today(event)
    return Notice(
        title=f"{names.account(event.racer_id)} finished in {format_run_time(event.time_ms)}",
        lines=(line(f"Approved in {names.tournament(event.tournament_id)}."),),
        tone=Tone.SUCCESS,
    )


async def _run_disqualified(event: e.RaceApprovedEvent) -> Notice:
    """What becomes of the announcement that a run was approved, when it was disqualified."""
    names = await names_for([event])
    return reviews.not_counted_any_more(names.account(event.racer_id), names.tournament(event.tournament_id))


async def _disqualified(event: e.EntityEvent) -> bool:
    """Whether an event tells of the approval of a run that was disqualified since."""
    return isinstance(event, e.RaceApprovedEvent) and await Race.exists(
        id=event.race_id, status=RaceStatus.DISQUALIFIED
    )


async def _run_card(event: e.RaceSubmittedEvent, _: datetime) -> Notice | None:
    view = await find_run(Race.filter(id=event.race_id))
    return reviews.run_card(view) if view else None


async def _invited(event: e.InviteCreatedEvent, _: datetime) -> Notice | None:
    invite = await Invite.get_or_none(id=event.invite_id).prefetch_related("organization", "creator")
    return invite_card(invite, invite.organization, invite.creator) if invite else None


async def _your_run_approved(event: e.RaceApprovedEvent, _: datetime) -> Notice | None:
    names = await names_for([event])
    where = names.tournament(event.tournament_id)
    return Notice(
        title="Your run was approved",
        lines=(line(f"{format_run_time(event.time_ms)} in {where} counts now."),),
        tone=Tone.SUCCESS,
    )


async def _your_run_rejected(event: e.RaceRejectedEvent, _: datetime) -> Notice | None:
    names = await names_for([event])
    where = names.tournament(event.tournament_id)
    race = await Race.get_or_none(id=event.race_id)
    return reviews.your_run_turned_down(
        where,
        event.time_ms,
        event.reason,
        disqualified=event.disqualified,
        seeded=race is not None and race.seed_id is not None,
    )


async def _your_time_corrected(event: e.TournamentUpdatedEvent, _: datetime) -> Notice | None:
    [(old, new)] = [(change.old, change.new) for change in event.changed_fields if change.field == "time_ms"]
    if not isinstance(old, int) or not isinstance(new, int):
        return None
    return reviews.your_time_corrected(event.tournament_name, old, new)


async def _match_scheduled(event: e.MatchScheduledEvent, _: datetime) -> Notice | None:
    names = await names_for([event])
    where = names.tournament(event.tournament_id)
    return Notice(title=f"Match: {players(event, names)}", lines=(line(f"{where}, ", event.scheduled_at),))


async def _match_completed(event: e.MatchCompletedEvent, _: datetime) -> Notice | None:
    names = await names_for([event])
    return Notice(
        title=f"{result(event.winner_id, names)}: {players(event, names)}",
        lines=(line(f"In {names.tournament(event.tournament_id)}."),),
        tone=Tone.SUCCESS,
    )


async def _match_reminder(event: e.MatchScheduledEvent, _: datetime) -> Notice | None:
    match = await Match.get_or_none(id=event.match_id, status=MatchStatus.SCHEDULED)
    if match is None:
        return None
    names = await names_for([event])
    where = names.tournament(event.tournament_id)
    return Notice(
        title=f"Soon: {players(event, names)}", lines=(line(f"{where}, ", match.scheduled_at),), tone=Tone.WARNING
    )


async def _your_run_reviewed(event: e.RaceRejectedEvent | e.TournamentUpdatedEvent, _: datetime) -> Notice | None:
    names = await names_for([event])
    where = names.tournament(event.tournament_id)
    return Notice(title="Your run was reviewed", lines=(line(f"Your run in {where}: see /race mine."),))


async def _dms_closed(_: e.EntityEvent, __: datetime) -> Notice | None:
    return Notice(
        title="Herald could not send you a DM",
        lines=(
            line("Your DMs from this server are closed, so you miss what Herald has for you."),
            line("Open them in Discord's privacy settings of this server, or choose another way with /notify."),
        ),
        tone=Tone.WARNING,
    )


async def _match_scheduled_today(event: e.MatchScheduledEvent, at: datetime) -> Notice | None:
    return await _match_scheduled(await _today(event), at)


async def _match_completed_today(event: e.MatchCompletedEvent, at: datetime) -> Notice | None:
    return await _match_completed(await _today(event), at)


async def _audit_line(event: e.EntityEvent, at: datetime) -> Notice | None:
    return Notice(title="", lines=(line(describe(event, await names_for([event])), " · ", at),))


_BUILDERS: dict[Kind, Callable[[Any, datetime], Coroutine[Any, Any, Notice | None]]] = {
    Kind.TOURNAMENT_CREATED: tournament_created,
    Kind.TOURNAMENT_OPENED: tournament_opened,
    Kind.TOURNAMENT_STARTED: tournament_started,
    Kind.TOURNAMENT_ENDED: tournament_ended,
    Kind.RUN_APPROVED: _run_approved,
    Kind.RUN_CARD: _run_card,
    Kind.INVITED: _invited,
    Kind.YOUR_RUN_APPROVED: _your_run_approved,
    Kind.YOUR_RUN_REJECTED: _your_run_rejected,
    Kind.AUDIT_LINE: _audit_line,
    Kind.MATCH_SCHEDULED: _match_scheduled_today,
    Kind.MATCH_COMPLETED: _match_completed_today,
    Kind.YOUR_MATCH_SCHEDULED: _match_scheduled,
    Kind.YOUR_MATCH_COMPLETED: _match_completed,
    Kind.MATCH_REMINDER: _match_reminder,
    Kind.YOUR_RUN_REVIEWED: _your_run_reviewed,
    Kind.YOUR_TIME_CORRECTED: _your_time_corrected,
    Kind.YOUR_TOURNAMENT_STARTED: tournament_started,
    Kind.YOUR_TOURNAMENT_ENDED: tournament_ended,
    Kind.DMS_CLOSED: _dms_closed,
}

_DIGESTS: dict[Kind, Callable[[Sequence[Any], Names], Notice]] = {
    Kind.RUNS_APPROVED: runs_approved,
    Kind.MATCHES_SCHEDULED: matches_scheduled,
    Kind.MATCHES_COMPLETED: matches_completed,
}
