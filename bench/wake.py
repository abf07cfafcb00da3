"""How soon after its commit a handler starts to hear of an event, when nothing else is going on.

Beside it stands what waking alone costs: an event of asyncio in this process, and on PostgreSQL also a notification,
from its sending until a listener on another connection has it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none, so what comes from it may be anything

from bench.stand import Stand, fresh, made, stand
from bench.table import POSTGRES, ROUNDS, Goal, Row

TIMES = 40
"""Events in a round."""

REST = 0.002
"""Seconds of peace before each."""

Once = Callable[[], Awaitable[float]]


async def wake(engine: str, folder: Path) -> list[Row]:
    url = fresh(engine, folder)
    async with stand(url) as herald:
        herald.relay.start()
        runs: dict[str, Once] = {"Herald": partial(_heard, herald), "asyncio.Event": _in_process}
        driver: Any = asyncpg
        listener = sender = None
        if engine == POSTGRES:
            listener, sender = await driver.connect(url), await driver.connect(url)
            notified = _Notified(sender)
            await listener.add_listener("bench", notified.hear)
            runs[f"NOTIFY, asyncpg {version('asyncpg')}"] = notified.once
        took: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(ROUNDS):
            for name, once in runs.items():
                for _ in range(TIMES):
                    await asyncio.sleep(REST)
                    took[name].append(await once() * 1e6)
        for connection in (listener, sender):
            if connection is not None:
                await connection.close()
    ours = _spread(took.pop("Herald"))
    return [_row(engine, ours, name, _spread(alone)) for name, alone in took.items()]


def _row(engine: str, ours: tuple[float, float], name: str, alone: tuple[float, float]) -> Row:
    ratios = (ours[0] / alone[0], ours[1] / alone[1])
    what = "commit to handler start, idle, p50 · p99"
    return Row(
        what, engine, Goal(3, at_most=True), ratios, ours, alone, "µs", f"{name}, waking alone", "all but waking"
    )


def _spread(microseconds: list[float]) -> tuple[float, float]:
    return median(microseconds), quantiles(microseconds, n=100)[98]


async def _heard(herald: Stand) -> float:
    """Seconds from the return of the commit to the first statement of the handler."""
    committed = 0.0

    def note() -> None:
        nonlocal committed
        committed = time.perf_counter()

    async def body() -> None:
        # Called before the relay is woken, which is told so below.
        herald.units.current().after_commit(note)
        await herald.bus.emit(made(1))

    complete = herald.expect(1)
    await herald.units.run(body)
    await complete.wait()
    return herald.started - committed


async def _in_process() -> float:
    """Seconds from setting an event until the task that waits for it goes on."""
    event = asyncio.Event()

    async def sleeper() -> float:
        await event.wait()
        return time.perf_counter()

    task = asyncio.create_task(sleeper())
    await asyncio.sleep(0)
    begin = time.perf_counter()
    event.set()
    return await task - begin


class _Notified:
    def __init__(self, sender: Any) -> None:
        self._sender = sender
        self._arrived: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def hear(self, *_: object) -> None:
        self._arrived.set_result(time.perf_counter())

    async def once(self) -> float:
        """Seconds from sending a notification until its listener has it."""
        self._arrived = asyncio.get_running_loop().create_future()
        begin = time.perf_counter()
        await self._sender.execute("NOTIFY bench")
        return await self._arrived - begin
