"""Statements that rate and score all runs of a seed or a tournament, and all its racers, at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from models.race import RaceStatus
from models.sql import Connection, numbered

_SCORE = "CASE WHEN time_ms <= ? THEN ? WHEN time_ms >= ? THEN 0 ELSE (? - ? * time_ms) / ? END"
# A row that is right already is not written again.
_RUNS = f"UPDATE race SET score = {_SCORE} WHERE seed_id = ? AND score IS NOT NULL AND score <> {_SCORE}"  # noqa: S608
_PARS = """
UPDATE seed SET (par_total_ms, par_runs) = (
    SELECT coalesce(sum(fastest.time_ms), 0), count(*)
    FROM (
        SELECT race.time_ms FROM race WHERE race.seed_id = seed.id AND race.score IS NOT NULL
        ORDER BY race.time_ms LIMIT ?
    ) AS fastest
)
WHERE id IN (SELECT seed_id FROM race WHERE tournament_id = ?)"""
_POINTS = """
UPDATE entrant SET (points, counted) = (
    SELECT coalesce(sum(ranked.score), 0), count(*)
    FROM (
        SELECT race.score, row_number() OVER (PARTITION BY seed.pool_id ORDER BY race.score DESC) AS place
        FROM race JOIN seed ON seed.id = race.seed_id
        WHERE race.racer_id = entrant.account_id AND race.tournament_id = entrant.tournament_id
            AND race.score IS NOT NULL
    ) AS ranked
    WHERE ranked.place <= ?
)
WHERE tournament_id = ?"""
_BESTS = """
UPDATE entrant SET (best_ms, best_at) = (
    SELECT race.time_ms, race.submitted_at FROM race
    WHERE race.racer_id = entrant.account_id AND race.tournament_id = entrant.tournament_id
        AND race.seed_id IS NULL AND race.status IN ({})
    ORDER BY race.time_ms, race.submitted_at, race.id LIMIT 1
)
WHERE tournament_id = ?"""
_OF_RACER = f"{_POINTS} AND account_id = ?"
_OF_SEED = _POINTS + " AND account_id IN (SELECT racer_id FROM race WHERE seed_id = ? AND score IS NOT NULL)"  # noqa: S608 - it is ours


class SeedCurve(NamedTuple):
    """How the runs of a seed score: `best` up to `best_ms`, 0 from `worst_ms` on, and a line between."""

    seed_id: int
    best: int
    best_ms: int
    worst_ms: int
    above: int
    slope: int
    below: int


async def note_pars(tournament_id: int, fastest: int) -> None:
    """Note the par of every seed that was raced in a tournament: that of so many of its fastest runs that count."""
    await _run(_PARS, fastest, tournament_id)


async def score_runs(curves: Iterable[SeedCurve]) -> None:
    """Score every run of these seeds that counts."""
    rows: list[tuple[int, ...]] = []
    for seed_id, best, best_ms, worst_ms, above, slope, below in curves:
        curve = (best_ms, best, worst_ms, above, slope, below)
        rows.append((*curve, seed_id, *curve))
    connection = Connection()
    await connection.repeat(_RUNS if connection.sqlite else numbered(_RUNS), rows)


async def add_up(tournament_id: int, runs_per_pool: int) -> None:
    """Add up the best runs of every racer of a tournament, so many in each pool."""
    await _run(_POINTS, runs_per_pool, tournament_id)


async def add_up_racer(tournament_id: int, runs_per_pool: int, account_id: int) -> None:
    """Add up the best runs of one racer."""
    await _run(_OF_RACER, runs_per_pool, tournament_id, account_id)


async def add_up_seed(tournament_id: int, runs_per_pool: int, seed_id: int) -> None:
    """Add up the best runs of every racer with a run that counts on a seed."""
    await _run(_OF_SEED, runs_per_pool, tournament_id, seed_id)


async def note_bests(tournament_id: int, counted: Sequence[RaceStatus]) -> None:
    """Note the best time of every racer who has typed in runs, of those that are `counted`."""
    await _run(_BESTS.format(", ".join("?" * len(counted))), *counted, tournament_id)


async def _run(statement: str, *values: int | str) -> None:
    connection = Connection()
    await connection.execute(statement if connection.sqlite else numbered(statement), values)
