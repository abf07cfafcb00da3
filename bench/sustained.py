"""How many changes a second Herald takes when each is to be in the audit trail, beside the same without events.

The clock stops when the last audit row is committed. As many changes wait for their turn at any time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from statistics import median

from bench.stand import Stand, fresh, insert, silent, stand
from bench.table import Goal, Row, in_turns, ratio

CHANGES = 600
WRITERS = 20
"""How many change something at the same time."""


async def sustained(engine: str, folder: Path) -> list[Row]:
    async with stand(fresh(engine, folder)) as herald:
        organization = await herald.found()
        herald.relay.start()
        rates = await in_turns(
            {"told": partial(audited, herald, organization), "bare": partial(_bare, herald, organization)}
        )
    return [
        Row(
            f"emit to audit row visible, sustained, {WRITERS} at a time",
            engine,
            Goal(0.6),
            (ratio(rates["told"], rates["bare"]),),
            (median(rates["told"]),),
            (median(rates["bare"]),),
            "changes/s",
            "the same changes without events",
            "the event, the audit row",
        )
    ]


async def audited(herald: Stand, organization: int) -> float:
    """Changes a second, each with its event, until the last one is in the audit trail."""
    complete = herald.expect(CHANGES)
    begin = time.perf_counter()
    await crowd(CHANGES, lambda: herald.units.run(partial(insert, organization, herald.bus)))
    await complete.wait()
    return CHANGES / (time.perf_counter() - begin)


async def _bare(herald: Stand, organization: int) -> float:
    with silent(herald.bus):
        begin = time.perf_counter()
        await crowd(CHANGES, lambda: herald.units.run(partial(insert, organization, herald.bus)))
        return CHANGES / (time.perf_counter() - begin)


async def crowd(changes: int, change: Callable[[], Awaitable[None]]) -> None:
    """Make so many changes."""

    async def writer() -> None:
        for _ in range(changes // WRITERS):
            await change()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(WRITERS):
            tasks.create_task(writer())
