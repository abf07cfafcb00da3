"""The words of leaderboards: the board, one's own times against par, the pinned board, and the export."""

from __future__ import annotations

from services.words.language import count, format_run_time, format_score

MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}

NOT_HERE = "You may not write in this channel, so post the board in one where you may."
NOBODY_YET = "Nobody has joined yet."
NO_RUN_YET = "No run is approved yet."
NO_RUN_OF_YOURS = "You have handed in no run yet."
HIDDEN_BOARD = "Results are hidden until the end."
HIDDEN_PAR = "Results are hidden until the end, and with them par and your scores."

BETTER, WORSE = "Better", "Worse"
PICTURE, LIGHT, DARK = "Picture", "Light picture", "Dark picture"
MY_TIMES = "My times"
CSV = "CSV"
LEADERBOARD = "Leaderboard"

WAITS = "waits for review"
REJECTED = "rejected"
DISQUALIFIED = "disqualified"
FORFEITED = "forfeited"

RANK, NAME, SCORE, COUNTED, TIME = "Rank", "Name", "Score", "Runs that count", "Time"


def results_hidden(tournament: str) -> str:
    return f"Results of {tournament} are hidden until the end. Your own times are under /race mine."


def posted(tournament: str) -> str:
    return f"The board of {tournament} is on its way here. It is pinned, and follows the results."


def title(tournament: str) -> str:
    return f"{tournament}: leaderboard"


def times_title(tournament: str) -> str:
    return f"{tournament}: your times"


def deleted(tournament: str) -> str:
    return f"{tournament} was deleted."


def page_of(page: int, pages: int, racers: int) -> str:
    """Under a board; pages count from 1."""
    return f"{count(racers, 'racer')}, page {page} of {pages}"


def racers_race(racers: int) -> str:
    return f"{count(racers, 'racer')} in the race."


def more(number: int) -> str:
    return f"… and {number} more"


def place(rank: int) -> str:
    return MEDALS.get(rank, f"{rank}.")


def scored(rank: int, name: str, score: int, counted: int) -> str:
    """One line of a board by points."""
    return f"{place(rank)} {name} · {format_score(score)} · {count(counted, 'run')}"


def podium_scored(rank: int, name: str, score: int) -> str:
    """One line of a podium by points."""
    return f"{place(rank)} {name} · {format_score(score)}"


def timed(rank: int, name: str, time_ms: int) -> str:
    """One line of a board by times."""
    return f"{place(rank)} {name} · {format_run_time(time_ms)}"


def you(text: str) -> str:
    """The line of whoever asks, where their page does not show it."""
    return f"You: {text}"


def own_run(pool: str, time_ms: int | None, state: str) -> str:
    """One of one's own runs whose score is not known, or which has none."""
    return " · ".join(filter(None, [pool, "" if time_ms is None else format_run_time(time_ms), state]))


def own_score(pool: str, time_ms: int, score: int, par_ms: int) -> str:
    """One of one's own runs with its score, and how far from par it is."""
    return f"{pool} · {format_run_time(time_ms)} ({against_par(time_ms, par_ms)}) · {format_score(score)}"


def against_par(time_ms: int, par_ms: int) -> str:
    """How much slower or faster than par."""
    off = time_ms - par_ms
    return f"{'-' if off < 0 else '+'}{format_run_time(abs(off))}"


def par_is(par_ms: int) -> str:
    return f"par {format_run_time(par_ms)}"


def run_scored(score: int) -> str:
    """In the announcement of an approved run."""
    return f"It scores {format_score(score)}."


def column(pool: str, number: int, what: str) -> str:
    """The head of a column of the export: a racer's best runs of a pool, the best first."""
    return f"{pool} #{number} {what.lower()}"


def board_picture(tournament: str, page: int, pages: int, lines: list[str]) -> str:
    """What somebody hears who does not see the picture of a board."""
    return f"Leaderboard of {tournament}, page {page} of {pages}: {'; '.join(lines)}."


def times_picture(tournament: str, lines: list[str]) -> str:
    """What somebody hears who does not see the picture of their times."""
    return f"Your times in {tournament} against par: {'; '.join(lines)}."
