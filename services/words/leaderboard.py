"""The words of leaderboards: the board, one's own times against par, the pinned board, pictures and the export."""

from __future__ import annotations

from collections.abc import Sequence

from models import RaceStatus, Tournament, TournamentStatus
from services.notice import Button, Notice, Tone, line
from services.standings import Standing
from services.views import Board, OwnRun, OwnTimes, Unreviewed
from services.words.language import and_more, count, format_run_time, format_score
from services.words.races import UNREVIEWED
from services.words.tournament_cards import LABEL_LEADERBOARD, board_lines, standing_text

NOT_HERE = "You may not write in this channel, so post the board in one where you may."
NO_RUN_YET = "No run counts yet."
NO_RUN_OF_YOURS = "You have handed in no run yet."
HIDDEN_BOARD = "Results are hidden until the end."
HIDDEN_PAR = "Results are hidden until the end, and with them par and your scores."

LABELS_PAGES = ("Better", "Worse")
LABEL_PICTURE, LABEL_LIGHT, LABEL_DARK = "Picture", "Light picture", "Dark picture"
LABEL_MY_TIMES = "My times"
LABEL_CSV = "CSV"
EXPORTED = "All of it, for a spreadsheet."

STATES = {
    RaceStatus.SUBMITTED: UNREVIEWED[Unreviewed.WAITS],
    RaceStatus.REJECTED: "rejected",
    RaceStatus.DISQUALIFIED: "disqualified",
    RaceStatus.APPROVED: "",
}
FORFEITED = "forfeited"

MOST_RUNS = 40
"""Of one's own, the newest: so many are shown."""

RANK, NAME, SCORE, COUNTED, TIME = "Rank", "Name", "Score", "Runs that count", "Time"


def results_hidden(tournament: str) -> str:
    return f"Results of {tournament} are hidden until the end. Your own times are in /race history."


def board_posted(tournament: str) -> str:
    return f"The board of {tournament} is on its way here. It is pinned, and follows the results."


def title(tournament: str) -> str:
    return f"{tournament}: leaderboard"


def times_title(tournament: str) -> str:
    return f"{tournament}: your times"


def board_notice(board: Board) -> Notice:
    """A page of a leaderboard as whoever asked sees it: their own line is there on every page."""
    lines = [*board_lines(board.places)] or [line(NO_RUN_YET)]
    if board.mine is not None and board.mine not in board.places:
        lines.append(line(f"You: {standing_text(board.mine)}"))
    tournament = board.tournament
    return Notice(
        title=title(tournament.name),
        lines=tuple(lines),
        buttons=(
            Button("board_picture", f"{tournament.id}.{board.page}.dark", LABEL_PICTURE),
            Button("my_times", tournament.id, LABEL_MY_TIMES),
            Button("board_csv", tournament.id, LABEL_CSV),
        )
        if board.places
        else (),
        tone=Tone.GOLD,
        reference=pages(board) if board.pages > 1 else "",
    )


def times_notice(times: OwnTimes) -> Notice:
    """One's own runs against par."""
    lines = [line(own_run_text(one)) for one in times.runs[-MOST_RUNS:]] or [line(NO_RUN_OF_YOURS)]
    if len(times.runs) > MOST_RUNS:
        lines.append(line(and_more(len(times.runs) - MOST_RUNS)))
    if times.place is not None:
        lines.insert(0, line(standing_text(times.place)))
    if times.hidden:
        lines.append(line(HIDDEN_PAR))
    scored = any(one.score is not None for one in times.runs)
    return Notice(
        title=times_title(times.tournament.name),
        lines=tuple(lines),
        buttons=(Button("times_picture", f"{times.tournament.id}.dark", LABEL_PICTURE),) if scored else (),
    )


def own_run_text(run: OwnRun) -> str:
    """One of one's own runs."""
    parts = [run.pool, *([] if run.time_ms is None else [format_run_time(run.time_ms)])]
    if run.time_ms is not None and run.score is not None and run.par is not None:
        parts += [against_par(run.time_ms, run.par.time_ms), format_score(run.score)]
    else:
        parts.append(state_text(run))
    return " · ".join(filter(None, parts))


def state_text(run: OwnRun) -> str:
    """What became of a run that has no score to be shown."""
    if run.status is None:
        return FORFEITED
    return UNREVIEWED[run.unreviewed] if run.unreviewed else STATES[run.status]


def against_par(time_ms: int, par_ms: int) -> str:
    """How much slower or faster than par."""
    off = time_ms - par_ms
    return f"{'-' if off < 0 else '+'}{format_run_time(abs(off))}"


def pinned_board(tournament: Tournament, shown: Sequence[Standing], racers: int) -> Notice:
    """The board that stands in a channel: the first of `racers`."""
    lines = [*board_lines(shown)] or [line(NO_RUN_YET)]
    if racers > len(shown):
        lines.append(line(and_more(racers - len(shown))))
    return Notice(
        title=title(tournament.name),
        lines=tuple(lines),
        buttons=(Button("leaderboard", tournament.id, LABEL_LEADERBOARD),),
        tone=Tone.GOLD if tournament.status is TournamentStatus.ENDED else Tone.INFO,
        pinned=True,
    )


def hidden_board(tournament: Tournament, racers: int) -> Notice:
    """The board that stands in a channel while results are hidden."""
    return Notice(
        title=title(tournament.name),
        lines=(line(HIDDEN_BOARD), line(f"{count(racers, 'racer')} in the race.")),
        buttons=(
            Button("leaderboard", tournament.id, LABEL_LEADERBOARD),
            Button("my_times", tournament.id, LABEL_MY_TIMES),
        ),
        pinned=True,
    )


def board_gone(tournament: str) -> Notice:
    """What becomes of a board in a channel when its tournament was deleted."""
    return Notice(title=title(tournament), lines=(line(f"{tournament} was deleted."),))


def run_scored(score: int) -> str:
    """In the announcement of an approved run."""
    return f"It scores {format_score(score)}."


def column(pool: str, number: int, what: str) -> str:
    """The head of a column of the export: a racer's best runs of a pool, the best first."""
    return f"{pool} #{number} {what.lower()}"


def pages(board: Board) -> str:
    racers = count(board.racers, "racer")
    return f"{racers}, page {board.page + 1} of {board.pages}" if board.pages > 1 else racers


def board_picture(board: Board) -> str:
    """What somebody hears who does not see the picture of a board."""
    lines = "; ".join(standing_text(one) for one in board.places)
    return f"Leaderboard of {board.tournament.name}, page {board.page + 1} of {board.pages}: {lines}."


def times_picture(times: OwnTimes) -> str:
    """What somebody hears who does not see the picture of their times."""
    return f"Your times in {times.tournament.name} against par: {'; '.join(map(own_run_text, times.runs))}."
