"""Digests: one message for many announcements of a kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import events as e
from services.notice import Line, Notice, Tone, line
from services.words.language import and_more, count, format_run_time
from services.words.matches import players, result
from services.words.names import Names

SHOWN = 20
"""How many announcements have a line each. With names of Discord's length, these fit into one message."""


def runs_approved(events: Sequence[e.RaceApprovedEvent], names: Names) -> Notice:
    def run(event: e.RaceApprovedEvent) -> Line:
        where = names.tournament(event.tournament_id)
        return line(f"{names.account(event.racer_id)} finished in {format_run_time(event.time_ms)} in {where}")

    return Notice(title=f"{_were(events, 'run')} approved", lines=_bounded(events, run), tone=Tone.SUCCESS)


def matches_scheduled(events: Sequence[e.MatchScheduledEvent], names: Names) -> Notice:
    def match(event: e.MatchScheduledEvent) -> Line:
        return line(f"{players(event, names)} in {names.tournament(event.tournament_id)}, ", event.scheduled_at)

    return Notice(title=f"{_were(events, 'match', 'matches')} scheduled", lines=_bounded(events, match))


def matches_completed(events: Sequence[e.MatchCompletedEvent], names: Names) -> Notice:
    def match(event: e.MatchCompletedEvent) -> Line:
        where = names.tournament(event.tournament_id)
        return line(f"{result(event.winner_id, names)}: {players(event, names)} in {where}")

    title = f"{_were(events, 'match', 'matches')} decided"
    return Notice(title=title, lines=_bounded(events, match), tone=Tone.SUCCESS)


def _were(events: Sequence[object], one: str, many: str | None = None) -> str:
    return f"{count(len(events), one, many)} {'was' if len(events) == 1 else 'were'}"


def _bounded(events: Sequence[Any], words: Callable[[Any], Line]) -> tuple[Line, ...]:
    more = len(events) - SHOWN
    return (*map(words, events[:SHOWN]), *((line(and_more(more)),) if more > 0 else ()))
