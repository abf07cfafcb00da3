"""Many racers of one guild who start, get ready, finish and hand in at the same time, and what Discord is asked for it.

All of Herald is real but Discord, which takes its time and refuses what is too much (`bench/rationed.py`).
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from tortoise.connection import get_connections

from bench.rationed import Rationed, RationedSender
from bench.stand import fresh
from bench.table import POSTGRES, SQLITE, short
from bot.pace import Pace
from events.clock import system_clock
from models import MessageStatus, TournamentType
from models.database import CONNECTION
from services.actor import Actor, Caller, Person
from services.attempts import COUNTDOWN
from services.errors import Unavailable
from services.guilds import ChannelUse
from services.herald import Herald

T = TypeVar("T")

RACERS = 500
WITHIN = 10.0
SEEDS = 20
GUILD, RACES, REVIEW = 5000, 7000, 7001
OWNER = 100
FIRST_RACER = 1_000

SHORTEST, LONGEST = 20.0, 60.0
"""Seconds that a race takes here."""

ARRIVES = 0.02, 0.2
"""Seconds from a press at Discord until the bot hears of it."""

AGAIN = 0.5, 2.0
"""Seconds after which somebody presses again who was told that the database is busy."""


@dataclass(slots=True)
class Figures:
    """What was seen of the racers' side."""

    commands: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict[str, list[float]](list))
    """Seconds that each took in the process, by name."""
    busy: defaultdict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    """How often each was told that the database is busy."""
    opened: list[float] = field(default_factory=list[float])
    """Seconds from Start to the open thread."""
    times: dict[int, int] = field(default_factory=dict[int, int])
    """By attempt, the milliseconds between the presses' own instants."""


class Racer:
    """Presses the buttons of one race, each at an instant of Discord's own clock."""

    def __init__(self, herald: Herald, figures: Figures, rng: Random, number: int) -> None:
        self._herald, self._figures, self._rng = herald, figures, rng
        self._person = Person(discord_id=FIRST_RACER + number, name=f"Racer {number}")

    async def race(self, pool_id: int, after: float) -> None:
        await asyncio.sleep(after)
        attempts = self._herald.attempts
        _, attempt = await self._press("start", lambda actor: attempts.start(actor, pool_id, RACES))
        begin = time.perf_counter()
        with self._herald.threads.opening(attempt.id) as opened:
            while await opened(60) is None:
                pass
        self._figures.opened.append(time.perf_counter() - begin)
        await self._think(1, 5)
        ready_at, _ = await self._press("ready", lambda actor: attempts.ready(actor, attempt.id))
        await asyncio.sleep(COUNTDOWN.total_seconds() + self._rng.uniform(SHORTEST, LONGEST))
        finished_at, _ = await self._press("finish", lambda actor: attempts.finish(actor, attempt.id))
        self._figures.times[attempt.id] = round((finished_at - ready_at - COUNTDOWN) / timedelta(milliseconds=1))
        await self._think(3, 15)
        vod = f"https://vod.example/{attempt.id}"
        submit = self._herald.submissions.submit
        await self._press("hand in", lambda actor: submit(actor, attempt.id, vod=vod, notes="", in_game=""))

    async def _press(self, what: str, step: Callable[[Actor], Awaitable[T]]) -> tuple[datetime, T]:
        """Press until it is done; the instant of the press that was, and what came of it."""
        while True:
            at = snowflake_time()
            await self._think(*ARRIVES)
            begin = time.perf_counter()
            try:
                actor = await self._herald.accounts.actor(caller(self._person, at))
                done = await step(actor)
            except Unavailable:
                self._figures.busy[what] += 1
                await self._think(*AGAIN)
            else:
                return at, done
            finally:
                self._figures.commands[what].append(time.perf_counter() - begin)

    async def _think(self, least: float, most: float) -> None:
        await asyncio.sleep(self._rng.uniform(least, most))


def snowflake_time() -> datetime:
    """Now, as precisely as a snowflake says it."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def caller(person: Person, at: datetime) -> Caller:
    owner = person.discord_id == OWNER
    return Caller(person=person, at=at, guild_id=GUILD, guild_name="Racing Club", manage_guild=owner)


async def prepare(herald: Herald, racers: int) -> int:
    """A running tournament that everybody has joined; returns the id of its pool."""
    boss = caller(Person(discord_id=OWNER, name="Olga"), snowflake_time())
    await herald.organizations.create(await herald.accounts.actor(boss), name="Racing Club", time_zone="UTC")
    actor: Actor = await herald.accounts.actor(boss)
    await herald.guilds.set_channel(actor, ChannelUse.REVIEW, REVIEW)
    cup = await herald.tournaments.create(actor, name="Spring Cup", type=TournamentType.SPEEDRUN)
    await herald.tournaments.open(actor, cup.id)
    for number in range(racers):
        person = Person(discord_id=FIRST_RACER + number, name=f"Racer {number}")
        await herald.entrants.join(await herald.accounts.actor(caller(person, snowflake_time())), cup.id)
    seeds = "\n".join(f"seed {number}" for number in range(SEEDS))
    pool, _ = await herald.pools.create(actor, cup.id, name="Open", seeds=seeds)
    await herald.tournaments.start(actor, cup.id)
    return pool.id


async def rows(herald: Herald, sql: str) -> list[Any]:
    async def read() -> list[Any]:
        connection: Any = get_connections().get(CONNECTION)
        return [tuple(row.values()) for row in await connection.execute_query_dict(sql)]

    return await herald.database.task(read())


async def until(herald: Herald, sql: str) -> None:
    """Wait until the database answers 0."""
    while (await rows(herald, sql))[0][0]:  # noqa: ASYNC110 - it is looked at from outside, as an operator would
        await asyncio.sleep(0.2)


IN_THREADS = f"""
SELECT count(*) FROM message WHERE status = '{MessageStatus.PENDING.value}'
AND target_id IN (SELECT thread_id FROM attempt)"""  # noqa: S608 - it is ours
UNTOLD = "SELECT count(*) FROM delivery WHERE status = 'pending'"
OPEN = "SELECT count(*) FROM attempt WHERE thread_state <> 'closed'"


async def races(
    engine: str, folder: Path, racers: int, within: float, seed: int, threads: int, *, paced: bool
) -> list[str]:
    """Run all of them; returns what is not as it has to be."""
    rng = Random(seed)  # noqa: S311 - it is to be repeatable
    discord = Rationed(rng, threads=(threads, 300.0) if threads else None, pace=Pace() if paced else None)
    herald = Herald(
        fresh(engine, folder), RationedSender(discord), clock=system_clock, threads=discord, gather=timedelta(seconds=3)
    )
    discord.on_invalid = herald.budget.note
    await herald.open()
    figures = Figures()
    try:
        pool_id = await prepare(herald, racers)
        herald.start()
        await until(herald, UNTOLD)
        begin = time.perf_counter()
        runs: list[Awaitable[None]] = [
            Racer(herald, figures, rng, number).race(pool_id, rng.uniform(0, within)) for number in range(racers)
        ]
        await asyncio.gather(*runs)
        raced = time.perf_counter() - begin
        for sql in (UNTOLD, OPEN, IN_THREADS):
            await until(herald, sql)
        took = time.perf_counter() - begin
        wrong = await faults(herald, discord, figures, racers)
        report(engine, discord, figures, racers, within, raced, took)
    finally:
        await herald.close(within=5)
    return wrong


async def faults(herald: Herald, discord: Rationed, figures: Figures, racers: int) -> list[str]:
    """What is not as it has to be, in words."""
    stored = await rows(herald, "SELECT attempt.id, race.time_ms FROM attempt JOIN race ON race.id = attempt.race_id")
    given = [row[0] for row in await rows(herald, "SELECT given FROM seed")]
    types = dict(await rows(herald, "SELECT type, count(*) FROM event GROUP BY type"))
    events, lines = (await rows(herald, "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM audit_entry)"))[0]
    worst = max(abs(time_ms - figures.times[id]) for id, time_ms in stored)
    print(f"largest deviation from the snowflakes: {worst} ms; seeds given {min(given)} to {max(given)} times")
    checks = {
        f"{len(stored)} runs": len(stored) == racers,
        f"a deviation of {worst} ms": worst == 0,
        f"seeds given {given} times": max(given) - min(given) <= 1,
        f"{len(discord.threads)} threads": len(discord.threads) == racers,
        "threads that are open": all(thread.archived for thread in discord.threads.values()),
        "threads without one card": all(len(thread.messages) == 1 for thread in discord.threads.values()),
        "threads without their racer": len({one.person for one in discord.threads.values()}) == racers,
        f"{types['RaceSubmitted']} times RaceSubmitted": types["RaceSubmitted"] == racers,
        f"{lines} audit rows of {events} events": lines == events,
    }
    return [what for what, right in checks.items() if not right]


def report(
    engine: str, discord: Rationed, figures: Figures, racers: int, within: float, raced: float, took: float
) -> None:
    print(f"CPU of this process: {time.process_time():.0f} s, {time.process_time() / racers * 1000:.0f} ms a race")
    print(f"{engine}: {racers} races within {within:g} s; raced in {raced:.0f} s, all archived after {took:.0f} s")
    print(f"{'in-process, milliseconds':24} {'median':>8} {'p99':>8} {'worst':>8} {'busy':>6}")
    for what, seconds in figures.commands.items():
        print(f"{what:24} {spread(seconds)} {figures.busy[what]:6}")
    print(f"{'Start to open thread, s':24} {spread(figures.opened, 1)}")
    total = discord.requests.total()
    elsewhere = discord.requests["send elsewhere"] + discord.requests["edit elsewhere"]
    print(f"requests: {total}, {(total - elsewhere) / racers:.2f} a race; most in a second: {discord.busiest}")
    print(f"refused as one too many (429): {discord.invalid}; most active threads: {discord.most_active}")
    for what, number in discord.requests.most_common():
        print(f"  {what:24} {number:6}")


def spread(seconds: list[float], scale: float = 1000) -> str:
    """Median, 99th percentile and worst."""
    cuts = quantiles(seconds, n=100)
    return " ".join(f"{short(one * scale):>8}" for one in (median(seconds), cuts[98], max(seconds)))


def main() -> None:
    from bench.__main__ import machine  # noqa: PLC0415 - it imports this module

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--racers", type=int, default=RACERS)
    parser.add_argument("--within", type=float, default=WITHIN, help="seconds within which all of them press Start")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unpaced", action="store_true", help="ask Discord as fast as can be")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--threads", type=int, default=0, help="most of a channel in five minutes")
    arguments: Any = parser.parse_args()
    print(machine())
    with TemporaryDirectory(prefix="herald-bench-") as folder:
        engine = POSTGRES if arguments.postgres else SQLITE
        options = (arguments.racers, arguments.within, arguments.seed, arguments.threads)
        wrong = asyncio.run(races(engine, Path(folder), *options, paced=not arguments.unpaced))
    if wrong:
        raise SystemExit(f"not as it has to be: {'; '.join(wrong)}")


if __name__ == "__main__":
    main()
