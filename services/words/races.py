"""What is said of runs, and how one is shown."""

from __future__ import annotations

from collections.abc import Mapping

from models import Race, RaceStatus, TournamentStatus
from services.notice import Button, Field, Link, Notice, Style, Tone, line
from services.words.language import format_run_time
from services.words.names import GONE

STATUS: Mapping[str, str] = {
    RaceStatus.SUBMITTED: "submitted",
    RaceStatus.APPROVED: "approved",
    RaceStatus.REJECTED: "rejected",
    RaceStatus.DISQUALIFIED: "disqualified",
}


TITLE_SUBMIT = "Hand in your run"
TITLE_REJECT = "Reject this run"
LABEL_TIME = "Time"
LABEL_VOD = "VOD link"
LABEL_NOTES = "Notes for the reviewer"
LABEL_REASON = "Why? The racer is told"
PLACEHOLDER_TIME = "1:23:45 or 83:45.6"
PLACEHOLDER_VOD = "https://…"

THE_VOD_LINK = "The VOD link"
YOUR_NOTE = "Your note"
THE_REASON = "The reason"

NOT_YOUR_OWN = "You cannot review your own run. Another reviewer has to look at it."
NO_SUCH_RUN = "That run does not exist any more, or it belongs to another community."


def not_started(tournament: str) -> str:
    return f"{tournament} has not started yet, so no runs can be handed in."


def ended(tournament: str) -> str:
    return f"{tournament} has ended, so no runs can be handed in."


def not_in_it(tournament: str) -> str:
    return f"You are not in {tournament} yet. Join it first with /tournament join."


def one_waits(time_ms: int, tournament: str) -> str:
    return (
        f"Your run of {format_run_time(time_ms)} in {tournament} still waits for review. "
        "You can hand in another once it was looked at."
    )


def already_reviewed(status: RaceStatus, reviewer: str | None) -> str:
    by = f" by {reviewer}" if reviewer is not None else ""
    return f"This run was {STATUS[status]}{by} already."


def left_out(tournament: str) -> str:
    return f"{tournament} has ended, so this run was left out."


def handed_in(time_ms: int) -> str:
    return f"Your run of {format_run_time(time_ms)} is handed in. You get a DM once it was reviewed."


def run_card(race: Race) -> Notice:
    """A run as its reviewers see it (with `tournament`, `racer` and `reviewer` loaded)."""
    fields = [
        Field("Time", line(format_run_time(race.time_ms))),
        Field("Handed in", line(race.submitted_at)),
        Field("VOD", line(Link(race.vod_url) if race.vod_url else "removed"), inline=False),
    ]
    if race.notes:
        fields.append(Field("Notes", line(race.notes), inline=False))
    reviewer = race.reviewer.display_name if race.reviewer else GONE
    buttons = ()
    match race.status:
        case RaceStatus.APPROVED:
            tone = Tone.SUCCESS
            fields.append(Field("Approved by", line(reviewer)))
        case RaceStatus.REJECTED:
            tone = Tone.DANGER
            fields.append(Field("Rejected by", line(reviewer)))
            fields.append(Field("Reason", line(race.rejection_reason or ""), inline=False))
        case _ if race.tournament.status is TournamentStatus.ENDED:
            tone = Tone.WARNING
            fields.append(Field("Left out", line("The tournament has ended.")))
        case _:
            tone = Tone.INFO
            buttons = (
                Button("approve", race.id, "Approve", Style.SUCCESS),
                Button("reject", race.id, "Reject", Style.DANGER),
            )
    return Notice(
        title=f"{race.racer.display_name}'s run in {race.tournament.name}",
        fields=tuple(fields),
        buttons=buttons,
        tone=tone,
    )
