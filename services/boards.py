"""What stands for a leaderboard wherever it is shown as text: to who asks for it, and pinned in a channel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from events import TournamentUpdatedEvent
from models import Entrant, RaceStatus, Tournament, TournamentStatus
from services.leaderboard import Board, OwnRun, OwnTimes, Place, places
from services.notice import Button, Line, Notice, Tone, line
from services.visibility import hides_results
from services.words import leaderboard as words

PINNED = 20
"""Lines of a board in a channel. With names of Discord's length, these fit into one message."""

_STATES = {
    RaceStatus.SUBMITTED: words.WAITS,
    RaceStatus.REJECTED: words.REJECTED,
    RaceStatus.DISQUALIFIED: words.DISQUALIFIED,
    RaceStatus.APPROVED: "",
}


def place_text(place: Place) -> str:
    """One line of a leaderboard."""
    if place.score is None:
        return words.timed(place.rank, place.name, place.time_ms or 0)
    return words.scored(place.rank, place.name, place.score, place.counted)


def place_lines(board: Sequence[Place]) -> tuple[Line, ...]:
    """A leaderboard, one line per racer."""
    return tuple(line(place_text(one)) for one in board)


def own_run_text(run: OwnRun) -> str:
    """One of one's own runs."""
    if run.time_ms is not None and run.score is not None and run.par is not None:
        return words.own_score(run.pool, run.time_ms, run.score, run.par.time_ms)
    return words.own_run(run.pool, run.time_ms, words.FORFEITED if run.status is None else _STATES[run.status])


def board_notice(board: Board) -> Notice:
    """A page of a leaderboard as whoever asked sees it: their own line is there on every page."""
    lines = [*place_lines(board.places)]
    if not lines:
        lines.append(line(words.NO_RUN_YET))
    elif board.mine is not None and board.mine.account_id not in {one.account_id for one in board.places}:
        lines.append(line(words.you(place_text(board.mine))))
    id = board.tournament.id
    return Notice(
        title=words.title(board.tournament.name),
        lines=tuple(lines),
        buttons=(
            Button("board_picture", f"{id}.{board.page}.dark", words.PICTURE),
            Button("my_times", id, words.MY_TIMES),
            Button("board_csv", id, words.CSV),
        ),
        tone=Tone.GOLD,
        reference=words.page_of(board.page + 1, board.pages, board.racers) if board.pages > 1 else "",
    )


def times_notice(times: OwnTimes) -> Notice:
    """One's own runs against par."""
    lines = [line(own_run_text(one)) for one in times.runs] or [line(words.NO_RUN_OF_YOURS)]
    if times.place is not None:
        lines.insert(0, line(place_text(times.place)))
    if times.hidden:
        lines.append(line(words.HIDDEN_PAR))
    scored = any(one.score is not None for one in times.runs)
    return Notice(
        title=words.times_title(times.tournament.name),
        lines=tuple(lines),
        buttons=(Button("times_picture", f"{times.tournament.id}.dark", words.PICTURE),) if scored else (),
    )


async def board_pinned(event: TournamentUpdatedEvent, _: datetime) -> Notice | None:
    """The board that stands in a channel, for all to see; None when its tournament was deleted."""
    tournament = await Tournament.get_or_none(id=event.tournament_id)
    if tournament is None:
        return None
    if hides_results(tournament):
        racers = await Entrant.filter(tournament_id=tournament.id).count()
        lines = [line(words.HIDDEN_BOARD), line(words.racers_race(racers))]
    else:
        shown, total = await places(tournament, first=0, number=PINNED)
        lines = [*place_lines(shown)] or [line(words.NO_RUN_YET)]
        if total > len(shown):
            lines.append(line(words.more(total - len(shown))))
    return Notice(
        title=words.title(tournament.name),
        lines=tuple(lines),
        buttons=(Button("leaderboard", tournament.id, words.LEADERBOARD),),
        tone=Tone.GOLD if tournament.status is TournamentStatus.ENDED else Tone.INFO,
        pinned=True,
    )


def board_gone(event: TournamentUpdatedEvent) -> Notice:
    """What becomes of a board in a channel when its tournament was deleted."""
    return Notice(title=words.title(event.tournament_name), lines=(line(words.deleted(event.tournament_name)),))
