"""The subject of a trial: the real Herald, its real sender and discord.py, in a process that may die at any moment."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import json
import logging
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import discord
from discord.http import Route

from bot.sender import DiscordSender
from events import EntityEvent
from events.retry import RetryPolicy
from services.guilds import ChannelUse
from services.herald import Herald
from services.notices import Kind
from services.telling import Telling
from tests.bot.discord_server import TOKEN
from tests.database_file import DatabaseFile
from tests.trials.bugs import plant
from tests.trials.clock import SharedClock
from tests.trials.play import Play
from tests.trials.strikes import Strike, Watch

BRISK = RetryPolicy(base=0.02, cap=0.2)
"""For trials that take as long as they take; where the clock is hurried, Herald's own policy holds."""

LOOK = 0.01
"""Seconds between two looks at whether there is something left to do."""


class Ending(IntEnum):
    """The exit status."""

    DONE = 0
    STALLED = 3
    """Something was left to do, and nobody did it."""
    STOPPED = 4
    """It was told to stop, and did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a subject is to do. `counts` is the file that says what was counted, once the subject ends by itself.

    `patience` is how many (hurried) seconds nothing may happen before it counts as stalled, and `pace` how many pass
    between two steps of one person.
    """

    database: Path
    api: str
    clock: SharedClock
    counts: Path
    strike: Strike | None = None
    bug: str | None = None
    poison: int | None = None
    seed: int = 0
    patience: float = 10.0
    pace: float = 0.0


class Subject:
    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._stop = asyncio.Event()
        self.watch = Watch(orders.strike, self._stop.set)

    async def live(self) -> Ending:
        """Play, deliver and send everything, and end properly."""
        task = asyncio.current_task()
        assert task is not None
        task.set_name("main")
        orders = self._orders
        Route.BASE = orders.api
        client = discord.Client(
            intents=discord.Intents.none(), allowed_mentions=discord.AllowedMentions.none(), max_ratelimit_timeout=30.0
        )
        retry = BRISK if orders.clock.rate == 1.0 else None
        herald = Herald(DatabaseFile(orders.database).url, DiscordSender(client), clock=orders.clock, retry=retry)
        await client.login(TOKEN)
        await herald.open()
        play = Play(herald, orders.database, orders.clock, pace=orders.pace)
        try:
            herald.start()
            self.watch.armed = True
            work = asyncio.create_task(self._work(play), name="play")
            stop = asyncio.create_task(self._stop.wait(), name="play")
            await asyncio.wait([work, stop], return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                work.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await work
                ending = Ending.STOPPED
            else:
                stop.cancel()
                ending = work.result()
            self.watch.armed = False
            if ending is not Ending.STALLED:
                await herald.close()
                await client.close()
        finally:
            play.close()
        return ending

    async def _work(self, play: Play) -> Ending:
        await play.go()
        loop = asyncio.get_running_loop()
        before, since = None, loop.time()
        while (left := self._left(play)) is not None:
            if left != before:
                before, since = left, loop.time()
            elif loop.time() - since > self._orders.patience:
                return Ending.STALLED
            await asyncio.sleep(LOOK)
        return Ending.DONE

    def _left(self, play: Play) -> tuple[object, ...] | None:
        """What is left to do, in a form that changes with each attempt; None when there is nothing."""
        now = self._orders.clock()
        left = (
            play.ask("SELECT count(*) FROM delivery WHERE status = 'pending'"),
            play.ask("SELECT count(*) FROM message WHERE status = 'pending'"),
            play.ask(
                "SELECT count(*) FROM invite WHERE status = 'pending' AND expires_at <= ?", now.isoformat(sep=" ")
            ),
        )
        if not any(left):
            return None
        waiting = [
            play.ask(f"SELECT count(*) FROM {table} WHERE status = 'pending' AND due_at > ?", now.isoformat(sep=" "))
            for table in ("delivery", "message")
        ]
        attempts = [
            play.ask(f"SELECT sum(attempts) FROM {table} WHERE status = 'pending'") for table in ("delivery", "message")
        ]
        return (*left, *waiting, *attempts)


def poison(number: int) -> None:
    """Let every message row of one event fail for ever: that of the event which is `number` in the order of posting."""
    post = Telling.post
    seen: dict[UUID, int] = {}

    async def failing(self: Telling, event: EntityEvent, kind: Kind, use: ChannelUse, **more: Any) -> None:
        if seen.setdefault(event.event_id, len(seen) + 1) == number:
            raise ValueError("poison")
        await post(self, event, kind, use, **more)

    Telling.post = failing


def _waits(task: asyncio.Task[Any]) -> Iterator[str]:
    """Where a task waits, from the outermost call to the innermost."""
    coroutine: Any = task.get_coro()
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None)
        if frame is not None:
            yield f"{frame.f_code.co_qualname}:{frame.f_lineno}"
        coroutine = getattr(coroutine, "cr_await", None)


def run(orders: Orders) -> int:
    """In a process made for it: live, and note what was counted; returns the exit status."""
    faulthandler.register(signal.SIGUSR1)
    logging.basicConfig(level=os.environ.get("TRIAL_LOG", "CRITICAL"))
    random.seed(orders.seed)
    begun = time.monotonic()
    subject = Subject(orders)
    subject.watch.install()
    if orders.poison is not None:
        poison(orders.poison)
    if orders.bug is not None:
        plant(orders.bug)
    with asyncio.Runner(loop_factory=lambda: subject.watch.loop(orders.clock.rate)) as runner:
        ending = runner.run(subject.live())
        if ending is Ending.STALLED:
            for task in asyncio.all_tasks(runner.get_loop()):
                sys.stderr.write(f"{task.get_name()} waits in {' > '.join(_waits(task))}\n")
            # What hangs may hang the end as well.
            sys.stderr.flush()
            os._exit(ending)
    counted = {**subject.watch.counts, "seconds": time.monotonic() - begun}
    orders.counts.write_text(json.dumps(counted))
    return ending
