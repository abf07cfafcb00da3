"""The words of what Herald posts by itself: announcements, review cards, DMs and audit lines."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from tortoise.exceptions import BaseORMException
from tortoise.expressions import Subquery

import events as e
from events import log
from models import Account, Invite, Message, Race, StoredEvent, Tournament
from services.audit_words import Names, describe, names_for, players
from services.base import Service, query
from services.cards import board_lines, invite_card, paragraph, run_card, seed_line
from services.digest_words import matches_completed, matches_scheduled, result, runs_approved
from services.notice import Button, Field, Notice, Style, Tone, line
from services.standings import Standing
from services.text import count, format_run_time

_log = logging.getLogger(__name__)

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


class NoticeService(Service):
    """Turns a message row into its notice at the time of sending, so that it tells what is so then."""

    @query
    async def build(self, message: Message) -> Notice:
        """The notice of a message row. Raises Unreadable."""
        row = await StoredEvent.get_or_none(event_id=message.event_id)
        if row is None:
            raise Unreadable(GONE)
        try:
            kind = Kind(message.kind)
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
        if notice is None:
            raise Unreadable(GONE)
        return replace(notice, reference=f"Event #{row.seq}")

    async def _told_by(self, message: Message) -> list[e.EntityEvent]:
        """The events of the rows that a digest speaks for, in their order."""
        rows = Message.filter(told_by=message.id)
        events: list[e.EntityEvent] = []
        for row in await StoredEvent.filter(event_id__in=Subquery(rows.values("event_id"))).order_by("seq"):
            try:
                events.append(await _read(row))
            except e.UndecodableEventError:
                # One of them is no reason to keep back the others.
                _log.exception("message %s does not tell of event %s", message.seq, row.seq)
        return events


async def _read(row: StoredEvent) -> e.EntityEvent:
    personal = await log.personal_data([row.event_id])
    return log.decode(row, personal.get(row.event_id, {}))


async def _tournament_created(event: e.TournamentCreatedEvent, _: datetime) -> Notice | None:
    tournament = await Tournament.get_or_none(id=event.tournament_id)
    description = tournament.description if tournament else ""
    return Notice(
        title=f"New tournament: {event.tournament_name}",
        lines=(*paragraph(description), line("Sign-up opens soon.")),
        fields=(Field("Type", line(event.tournament_type)),),
    )


async def _tournament_opened(event: e.TournamentUpdatedEvent, _: datetime) -> Notice | None:
    tournament = await Tournament.get_or_none(id=event.tournament_id)
    if tournament is None:
        return None
    return Notice(
        title=f"{tournament.name} is open for sign-up",
        lines=(*paragraph(tournament.description), line("Press Join to race.")),
        fields=(Field("Type", line(tournament.type.value)),),
        buttons=(
            Button("join", tournament.id, "Join", Style.SUCCESS),
            Button("leaderboard", tournament.id, "Leaderboard"),
        ),
    )


async def _tournament_started(event: e.TournamentStartedEvent, _: datetime) -> Notice | None:
    tournament = await Tournament.get_or_none(id=event.tournament_id)
    fields = (Field("Seed", seed_line(tournament), inline=False),) if tournament and tournament.seed else ()
    return Notice(
        title=f"{event.tournament_name} has started",
        lines=(
            line(f"{count(event.racer_count, 'racer')} on the grid. Run it, then hand in your time with /race submit."),
        ),
        fields=fields,
        tone=Tone.SUCCESS,
    )


async def _tournament_ended(event: e.TournamentEndedEvent, _: datetime) -> Notice | None:
    ids = [place.account_id for place in event.podium]
    names = dict(await Account.filter(id__in=ids).values_list("id", "display_name"))
    podium = [
        Standing(p.rank, p.account_id, 0, names.get(p.account_id, "a deleted user"), p.time_ms) for p in event.podium
    ]
    return Notice(
        title=f"{event.tournament_name} has ended",
        lines=board_lines(podium) or (line("Nobody finished a run this time."),),
        tone=Tone.GOLD,
    )


async def _run_approved(event: e.RaceApprovedEvent, _: datetime) -> Notice | None:
    names = await names_for([event])
    return Notice(
        title=f"{names.account(event.racer_id)} finished in {format_run_time(event.time_ms)}",
        lines=(line(f"Approved in {names.tournament(event.tournament_id)}."),),
        tone=Tone.SUCCESS,
    )


async def _run_card(event: e.RaceSubmittedEvent, _: datetime) -> Notice | None:
    race = await Race.get_or_none(id=event.race_id).prefetch_related("tournament", "racer", "reviewer")
    return run_card(race) if race else None


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
    return Notice(
        title="Your run was not approved",
        lines=(line(f"{format_run_time(event.time_ms)} in {where}. You can hand in another with /race submit."),),
        fields=(Field("Reason", line(event.reason or "(removed)"), inline=False),),
        tone=Tone.WARNING,
    )


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


async def _audit_line(event: e.EntityEvent, at: datetime) -> Notice | None:
    return Notice(title="", lines=(line(describe(event, await names_for([event])), " · ", at),))


_BUILDERS: dict[Kind, Callable[[Any, datetime], Coroutine[Any, Any, Notice | None]]] = {
    Kind.TOURNAMENT_CREATED: _tournament_created,
    Kind.TOURNAMENT_OPENED: _tournament_opened,
    Kind.TOURNAMENT_STARTED: _tournament_started,
    Kind.TOURNAMENT_ENDED: _tournament_ended,
    Kind.RUN_APPROVED: _run_approved,
    Kind.RUN_CARD: _run_card,
    Kind.INVITED: _invited,
    Kind.YOUR_RUN_APPROVED: _your_run_approved,
    Kind.YOUR_RUN_REJECTED: _your_run_rejected,
    Kind.AUDIT_LINE: _audit_line,
    Kind.MATCH_SCHEDULED: _match_scheduled,
    Kind.MATCH_COMPLETED: _match_completed,
    Kind.YOUR_MATCH_SCHEDULED: _match_scheduled,
    Kind.YOUR_MATCH_COMPLETED: _match_completed,
}

_DIGESTS: dict[Kind, Callable[[Sequence[Any], Names], Notice]] = {
    Kind.RUNS_APPROVED: runs_approved,
    Kind.MATCHES_SCHEDULED: matches_scheduled,
    Kind.MATCHES_COMPLETED: matches_completed,
}
