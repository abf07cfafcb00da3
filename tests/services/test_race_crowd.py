"""Many races at once: each as if it were alone, whatever becomes of the bot and of its threads meanwhile."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

import pytest

from models import Attempt, Pool
from services.actor import Actor
from services.attempts import COUNTDOWN
from services.errors import NotFound, Unavailable, WrongState
from services.herald import Herald
from services.thread_gateway import ThreadDeferred, ThreadRefused
from tests.services.thread_stand_in import Lost
from tests.services.world import VOD, World

T = TypeVar("T")

CHANNEL = 7700
RACERS = 30
SEEDS = 7
STEPS = 4
AT_ONCE = 10
"""Presses that are under way at the same time."""
MS = timedelta(milliseconds=1)


@dataclass
class Crowd:
    """Racers who press their buttons in an order that `rng` makes, and again where they got no answer."""

    world: World
    pool: Pool
    rng: Random
    names: list[str]
    times: dict[str, int] = field(default_factory=dict[str, int])
    """By racer, the milliseconds between the instants of their own presses."""
    crash_after: int | None = None
    """The number of presses after which the bot is killed."""
    pressed: int = 0
    # More of them would only tell one another that the database is busy.
    _at_once: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _crashing: asyncio.Event = field(default_factory=asyncio.Event)
    _up: asyncio.Event = field(default_factory=asyncio.Event)

    async def race(self) -> None:
        """Everybody races once, all at the same time, and all is told and archived at the end."""
        self._up.set()
        self.rng.shuffle(self.names)
        async with asyncio.timeout(50), asyncio.TaskGroup() as group:
            for name in self.names:
                group.create_task(self._race(name))
            if self.crash_after is not None:
                group.create_task(self._crash())
        await self.world.settle()
        for _ in range(12):
            await self.world.pass_time(minutes=10)

    async def _crash(self) -> None:
        await self._crashing.wait()
        self._up.clear()
        await self.world.crash()
        self._up.set()

    async def _race(self, name: str) -> None:
        ready_at = self.world.clock() + self.rng.randrange(60_000) * MS
        takes = self.rng.randrange(1, 600_000)
        finished_at = ready_at + COUNTDOWN + takes * MS
        self.times[name] = takes
        await self._press(name, self.world.clock(), lambda h, a: h.attempts.start(a, self.pool.id, CHANNEL))
        while (await self._press(name, ready_at, lambda h, a: h.attempts.mine(a)) or Attempt()).waits_for_its_thread:
            self.world.tick(seconds=1)
        await self._press(name, ready_at, lambda h, a: h.attempts.ready(a))
        await self._press(name, finished_at, lambda h, a: h.attempts.finish(a))
        mine = await self._press(name, finished_at, lambda h, a: h.attempts.mine(a))
        assert mine is not None
        await self._press(
            name, finished_at, lambda h, a: h.submissions.submit(a, mine.id, vod=VOD, notes="", in_game="")
        )

    async def _press(self, name: str, at: datetime, step: Callable[[Herald, Actor], Awaitable[T]]) -> T | None:
        """Press until it is done; None where that was done before and only the answer was lost."""
        while True:
            await self._up.wait()
            for _ in range(self.rng.randrange(20)):
                await asyncio.sleep(0)
            herald = self.world.herald
            try:
                async with self._at_once:
                    done = await step(herald, await self.world.actor(name, at=at))
            except Unavailable:
                await asyncio.sleep(0)
            except (WrongState, NotFound):
                # Only the answer may have been lost: then what was asked for is not to be done any more.
                if not self._crashing.is_set():
                    raise
                return None
            except Exception:
                if self._up.is_set() and herald is self.world.herald:
                    raise
                # It was killed under the press, which may break in many ways.
            else:
                self.pressed += 1
                if self.pressed == self.crash_after:
                    self._crashing.set()
                return done


@pytest.fixture
async def crowd(world: World) -> Crowd:
    world.start()
    names = [f"Racer {number}" for number in range(RACERS)]
    cup = await world.tournament(racers=names)
    pool = await world.pool(cup, seeds=[f"seed {number}" for number in range(SEEDS)])
    await world.settle()
    return Crowd(world, pool, Random(0), names)  # noqa: S311 - it is to be repeatable


def require_each_as_if_alone(crowd: Crowd) -> None:
    world = crowd.world
    times = dict(world.select("SELECT display_name, time_ms FROM race JOIN account ON account.id = race.racer_id"))
    assert times == crowd.times
    assert world.events().count("RaceSubmitted") == RACERS
    assert world.select("SELECT count(*) FROM audit_entry") == [len(world.events())]
    given = world.select("SELECT given FROM seed")
    assert sum(given) == RACERS
    assert max(given) - min(given) <= 1
    threads = world.yard.threads.values()
    assert sorted(next(iter(thread.people)) for thread in threads) == sorted(map(world.discord_id, crowd.names))
    assert [thread.name for thread in threads if not thread.archived] == []
    cards = Counter(letter.target.id for letter in world.outbox.letters if letter.target.id in world.yard.threads)
    assert cards == dict.fromkeys(world.yard.threads, 1)


async def test_everybody_has_their_own_time_seed_thread_and_run(crowd: Crowd) -> None:
    await crowd.race()
    require_each_as_if_alone(crowd)
    assert crowd.world.yard.searches == 0


@pytest.mark.parametrize("seed", range(4))
async def test_a_crash_in_the_midst_of_them_changes_nothing(crowd: Crowd, seed: int) -> None:
    crowd.rng.seed(seed)
    crowd.crash_after = crowd.rng.randrange(1, RACERS * STEPS)
    await crowd.race()
    require_each_as_if_alone(crowd)


@pytest.mark.parametrize("seed", range(2))
async def test_threads_that_discord_defers_or_loses_are_opened_once_all_the_same(crowd: Crowd, seed: int) -> None:
    crowd.rng.seed(seed)
    troubles = [*(ThreadDeferred(30) for _ in range(5)), *(ConnectionError() for _ in range(10)), *[Lost.REPLY] * 10]
    crowd.rng.shuffle(troubles)
    crowd.world.yard.fail_next(*troubles)
    crowd.crash_after = crowd.rng.randrange(1, RACERS * STEPS)
    await crowd.race()
    require_each_as_if_alone(crowd)


async def test_a_channel_that_takes_no_more_threads_for_now_is_asked_once(crowd: Crowd) -> None:
    world = crowd.world
    world.yard.fail_next(*(ThreadDeferred(300) for _ in range(RACERS)))
    for name in crowd.names[:30]:
        await world.herald.attempts.start(await world.actor(name), crowd.pool.id, CHANNEL)
    await world.settle()
    asked = world.yard.openings
    assert asked < 30
    assert world.yard.threads == {}
    await world.pass_time(minutes=4)
    assert world.yard.openings == asked
    world.yard.recover()
    await world.pass_time(minutes=1)
    assert len(world.yard.threads) == 30
    # None was made, so none had to be looked for.
    assert world.yard.searches == 0


async def test_of_a_guild_full_of_threads_everybody_is_told_and_no_seed_is_used(crowd: Crowd) -> None:
    world = crowd.world
    world.yard.fail_next(*(ThreadRefused("This server is full.") for _ in range(RACERS)))
    for name in crowd.names:
        await world.herald.attempts.start(await world.actor(name), crowd.pool.id, CHANNEL)
    await world.settle()
    assert world.select("SELECT count(*) FROM attempt") == [0]
    assert world.select("SELECT sum(given) FROM seed") == [0]
    told = Counter(letter.target.id for letter in world.outbox.letters if "could not be opened" in letter.notice.title)
    assert told == dict.fromkeys(map(world.discord_id, crowd.names), 1)


async def test_what_is_changed_after_the_end_leaves_no_thread_open(crowd: Crowd) -> None:
    """An edit takes a thread out of the archive."""
    world, name = crowd.world, crowd.names[0]
    crowd.names = [name]
    await crowd.race()
    world.yard.newest.archived = False
    submit = world.herald.submissions.submit
    await submit(await world.actor(name), 1, vod=VOD + "2", notes="", in_game="")
    await world.settle()
    await world.pass_time(seconds=5)
    assert world.yard.newest.archived
