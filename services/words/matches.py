"""What is said of matches, and how one is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import events as e
from models import Match, MatchStatus
from services.notice import Button, Line, Notice, Style, line
from services.views import Proposal
from services.words.names import Names

GROUP = "Matches of a tournament"
SCHEDULE_COMMAND = "Schedule a match, or move one (its players, and organizers)"
REPORT_COMMAND = "Report who won a match (its players; organizers also correct it)"
LIST_COMMAND = "List the matches to come"

PLAYER = "Who plays"
OPPONENT = "Against whom"
THIRD_PLAYER = "A third player"
FOURTH_PLAYER = "A fourth player"
WHEN = "In your own time zone: tomorrow 18:00, friday 8pm, 2026-11-24 18:30"
WHICH = "Which match"
WINNER = "Who won"
DRAW = "Nobody did"
A_MATCH = "a match"

ONE_OF_THE_PLAYERS = "One of the players"
"""Somebody whom the reader did not name."""

PLAYER_GONE = "One of the players has no account any more."
NO_SUCH_MATCH = "That match does not exist here. /match list shows what there is."
ONLY_YOUR_OWN = "You can only schedule matches that you play in; organizers schedule any."
ONLY_PLAYERS_REPORT = "Only its players and organizers can report a match."
WITHIN_A_YEAR = "A match lies in the future, and within a year."
THAT_TIME_ALREADY = "This match is scheduled for that time already."
WINNER_OR_DRAW = "Say who won, or that it was a draw: one of the two."


def players_between(least: int, most: int) -> str:
    return f"A match has {least} to {most} different players."


def still_a_draft(tournament: str) -> str:
    return f"{tournament} is still a draft, so no matches can be scheduled."


def ended(tournament: str) -> str:
    return f"{tournament} has ended, so no matches can be scheduled."


def matches_stay(tournament: str) -> str:
    return f"{tournament} has ended, so its matches stay as they are."


def not_in(name: str, tournament: str) -> str:
    return f"{name} is not in {tournament}. Its racers join with /tournament join."


def does_not_play(name: str) -> str:
    return f"{name} does not play in this match."


def reported_already(winner: str | None, *, correctable: bool) -> str:
    """`winner` is None after a draw. `correctable`: by others than the reader."""
    result = f"{winner} won" if winner is not None else "a draw"
    hint = " Organizers can correct that." if correctable else ""
    return f"This match is reported already: {result}.{hint}"


def noted(winner: str | None) -> str:
    return f"It is noted: {winner if winner is not None else 'nobody'} won."


def scheduled(at: datetime) -> Notice:
    return Notice(title="Scheduled", lines=(line("The match is at ", at),))


def question(proposal: Proposal) -> Notice:
    """A match that is only scheduled once whoever typed its time has seen how it was understood."""
    names = versus(player.display_name for player in proposal.players)
    lines = [line(f"{names} in {proposal.tournament.name}: ", proposal.at)]
    if proposal.moves is not None:
        lines.append(line("It moves there from ", proposal.moves, "."))
    ids = ".".join(str(player.id) for player in proposal.players)
    target = f"{proposal.tournament.id}.{int(proposal.at.timestamp())}.{ids}"
    return Notice(
        title="Is this the time you mean?",
        lines=tuple(lines),
        buttons=(Button("match_schedule", target, "Schedule it", Style.SUCCESS),),
    )


def coming(matches: Sequence[Match]) -> Notice:
    """Matches that are to come (with `tournament` and `players__account` loaded)."""
    empty = line("None is scheduled. Racers schedule one with /match schedule.")
    return Notice(title="Matches", lines=tuple(map(_match_line, matches)) or (empty,))


def _match_line(match: Match) -> Line:
    return line(match.scheduled_at, f": {_match_in(match)}")


def choice(match: Match) -> str:
    """A match in the list to pick from (with `tournament` and `players__account` loaded)."""
    return _match_in(match) + ("" if match.status is MatchStatus.SCHEDULED else " (reported)")


def _match_in(match: Match) -> str:
    return f"{versus(player.account.display_name for player in match.players)} in {match.tournament.name}"


def players(event: e.MatchEvent, names: Names) -> str:
    return versus(names.account(player) for player in event.player_ids)


def result(winner_id: int | None, names: Names) -> str:
    """How a match ended."""
    return f"{names.account(winner_id)} won" if winner_id is not None else "A draw"


def versus(names: Iterable[str]) -> str:
    """Who meets in a match."""
    return " vs ".join(names)
