"""What is said of runs that racers hand in."""

from __future__ import annotations

from collections.abc import Mapping

from models import Race, RaceStatus
from services.views import Unreviewed
from services.words.language import format_run_time

STATUS: Mapping[str, str] = {
    RaceStatus.SUBMITTED: "submitted",
    RaceStatus.APPROVED: "approved",
    RaceStatus.REJECTED: "rejected",
    RaceStatus.DISQUALIFIED: "disqualified",
}

UNREVIEWED: Mapping[Unreviewed, str] = {
    Unreviewed.WAITS: "waits for review",
    Unreviewed.COUNTS: "counts",
    Unreviewed.LEFT_OUT: "left out",
}

TITLE_SUBMIT = "Hand in your run"
LABEL_TIME = "Time"
LABEL_VOD = "VOD link"
LABEL_NOTES = "Notes for the reviewer"
PLACEHOLDER_TIME = "1:23:45 or 83:45.6"
PLACEHOLDER_VOD = "https://…"

THE_VOD_LINK = "The VOD link"
YOUR_NOTE = "Your note"


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


def handed_in(race: Race) -> str:
    """What its racer is told of a run that was just handed in (with its tournament loaded)."""
    then = "You get a DM once it was reviewed." if race.tournament.review_required else "It counts."
    return f"Your run of {format_run_time(race.time_ms)} is handed in. {then}"
