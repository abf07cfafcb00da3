"""What Herald posts by itself of runs, matches and messages, and why a message of its own could not be made."""

from __future__ import annotations

from datetime import datetime

import events as e
from services.notice import Line, Notice, Tone, line
from services.words.audit_lines import describe
from services.words.language import format_run_time
from services.words.leaderboard import run_scored
from services.words.matches import players, result
from services.words.names import Names

GONE = "what it tells about no longer exists"
PRUNED = "some of what it tells about is pruned"


def unreadable(error: Exception) -> str:
    return f"this release cannot read it: {error}"


def unspeakable(error: Exception) -> str:
    return f"its words could not be made: {type(error).__name__}"


def event_number(number: int) -> str:
    return f"Event #{number}"


def audit_line(event: e.EntityEvent, at: datetime, names: Names) -> Notice:
    return Notice(title="", lines=(line(describe(event, names), " · ", at),))


def run_approved(event: e.RaceApprovedEvent, score: int | None, names: Names) -> Notice:
    """`score` is in thousandths of a point, None where none is counted."""
    scores = () if score is None else (line(run_scored(score)),)
    return Notice(
        title=f"{names.account(event.racer_id)} finished in {format_run_time(event.time_ms)}",
        lines=(line(f"Approved in {names.tournament(event.tournament_id)}."), *scores),
        tone=Tone.SUCCESS,
    )


def your_run_approved(event: e.RaceApprovedEvent, names: Names) -> Notice:
    where = names.tournament(event.tournament_id)
    return Notice(
        title="Your run was approved",
        lines=(line(f"{format_run_time(event.time_ms)} in {where} counts now."),),
        tone=Tone.SUCCESS,
    )


def your_run_reviewed(
    event: e.RaceApprovedEvent | e.RaceRejectedEvent | e.TournamentUpdatedEvent, names: Names
) -> Notice:
    """Told where others read it too, who need not know why it was rejected, or whether it was."""
    where = names.tournament(event.tournament_id)
    return Notice(title="Your run was reviewed", lines=(line(f"Your run in {where}: see /race history."),))


def match_scheduled(event: e.MatchScheduledEvent, names: Names) -> Notice:
    return Notice(title=f"Match: {players(event, names)}", lines=(_meeting(event, event.scheduled_at, names),))


def match_completed(event: e.MatchCompletedEvent, names: Names) -> Notice:
    return Notice(
        title=f"{result(event.winner_id, names)}: {players(event, names)}",
        lines=(line(f"In {names.tournament(event.tournament_id)}."),),
        tone=Tone.SUCCESS,
    )


def match_reminder(event: e.MatchScheduledEvent, at: datetime, names: Names) -> Notice:
    """`at` is when the match is to be by now."""
    return Notice(title=f"Soon: {players(event, names)}", lines=(_meeting(event, at, names),), tone=Tone.WARNING)


def _meeting(event: e.MatchEvent, at: datetime, names: Names) -> Line:
    return line(f"{names.tournament(event.tournament_id)}, ", at)


def dms_closed() -> Notice:
    return Notice(
        title="Herald could not send you a DM",
        lines=(
            line("Your DMs from this server are closed, so you miss what Herald has for you."),
            line("Open them in Discord's privacy settings of this server, or choose another way with /notify."),
        ),
        tone=Tone.WARNING,
    )
