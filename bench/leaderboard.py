"""How fast the leaderboard of 100,000 races is answered and kept: `python -m bench.leaderboard`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.stand import ENGINES, community, fresh
from bench.table import POSTGRES
from models import Race, Tournament, TournamentType
from models.sql import Connection
from services.actor import Actor
from services.herald import Herald
from services.scores import recount, recount_seeds, recount_tournament
from tests.services.big_field import OFFSET, statements, typed_statements

RACERS, POOLS, RUNS = 5_000, 10, 2
READS, CHANGES = 100, 10
TYPED = 20
"""Runs of each racer in a tournament without pools."""


async def boards(folder: Path) -> None:
    """Print a line for each engine and question: the median and the worst, in milliseconds."""
    print(f"leaderboard of {RACERS * POOLS * RUNS:,} races, {RACERS:,} racers, {POOLS} pools of {RUNS} runs")
    for engine in ENGINES:
        async with community(fresh(engine, folder)) as (herald, olga):
            cup = await herald.tournaments.create(olga, name="Spring Cup", type=TournamentType.SPEEDRUN)
            await _fill(engine, herald, cup)
            # A seed at a time: all of it would be more than one unit may take.
            await _tell(engine, "10,000 runs scored anew", POOLS, lambda n, h=herald: _score(h, n))
            await _measure(engine, herald, olga, cup)
    print(f"leaderboard of {RACERS * TYPED:,} typed runs, {RACERS:,} racers, no pools")
    for engine in ENGINES:
        async with community(fresh(engine, folder)) as (herald, olga):
            cup = await herald.tournaments.create(olga, name="Spring Cup", type=TournamentType.SPEEDRUN)
            await _write(engine, herald, typed_statements(cup.id, racers=RACERS, runs=TYPED))
            await _measure_typed(engine, herald, olga, cup)


async def _fill(engine: str, herald: Herald, cup: Tournament) -> None:
    cup.runs_per_pool = RUNS
    await herald.units.run(cup.save)
    await _write(engine, herald, statements(cup.id, racers=RACERS, pools=POOLS, runs=RUNS))


async def _write(engine: str, herald: Herald, told: Iterable[str]) -> None:
    for statement in told:
        await herald.units.run(partial(_execute, statement))
    if engine == POSTGRES:
        # PostgreSQL does so by itself, within a minute.
        await herald.units.run(partial(_execute, "ANALYZE"))


async def _execute(statement: str) -> None:
    await Connection().execute(statement, ())


async def _measure(engine: str, herald: Herald, olga: Actor, cup: Tournament) -> None:
    await _tell(engine, "the rules looked at anew", 3, lambda _: herald.units.run(lambda: recount_tournament(cup)))
    mid = await _turn_pages(engine, herald, olga, cup)
    await _tell(engine, "my times against par", READS, lambda _: herald.leaderboard.mine(mid, cup.id))
    await _tell(engine, "a run that leaves par alone", CHANGES, lambda n: _correct(herald, n, 5_000_000))
    await _tell(engine, "a run that moves par", CHANGES, lambda n: _correct(herald, n, 3_000_000))
    await _tell(engine, "all of it as CSV", 3, lambda _: herald.leaderboard.export(mid, cup.id))


async def _measure_typed(engine: str, herald: Herald, olga: Actor, cup: Tournament) -> None:
    mid = await _turn_pages(engine, herald, olga, cup)
    await _tell(engine, "my times", READS, lambda _: herald.leaderboard.mine(mid, cup.id))
    await _tell(engine, "a run that is corrected", CHANGES, lambda n: _correct(herald, n, 3_000_000))
    await _tell(engine, "all of it as CSV", 3, lambda _: herald.leaderboard.export(mid, cup.id))


async def _turn_pages(engine: str, herald: Herald, olga: Actor, cup: Tournament) -> Actor:
    """Look at pages as somebody in the middle, who has a line of their own on each; returns who that is."""
    mid = Actor(account_id=OFFSET + RACERS // 2, organization_id=olga.organization_id, caller=olga.caller)
    page = herald.leaderboard.page
    await _tell(engine, "first page, with my row", READS, lambda _: page(mid, cup.id))
    await _tell(engine, "a middle page", READS, lambda n: page(mid, cup.id, RACERS // 20 + n))
    await _tell(engine, "the last page", READS, lambda _: page(mid, cup.id, RACERS))
    return mid


async def _score(herald: Herald, number: int) -> None:
    await herald.units.run(lambda: recount_seeds([OFFSET + 1 + number]))


async def _correct(herald: Herald, number: int, time_ms: int) -> None:
    """Correct the time of one run, and what follows from it."""

    async def body() -> None:
        race = await Race.all().order_by("id").offset(1000 + number).first()
        if race is None:
            raise RuntimeError("there are too few runs")
        race.time_ms = time_ms - number
        await race.save()
        await recount(race)

    await herald.units.run(body)


async def _tell(engine: str, what: str, times: int, ask: Callable[[int], Awaitable[object]]) -> None:
    taken: list[float] = []
    for number in range(times):
        started = time.perf_counter()
        await ask(number)
        taken.append((time.perf_counter() - started) * 1000)
    print(f"{engine:12} {what:28} median {median(taken):8.1f} ms  worst {max(taken):8.1f} ms", flush=True)


if __name__ == "__main__":
    with TemporaryDirectory(prefix="herald-bench-") as name:
        asyncio.run(boards(Path(name)))
