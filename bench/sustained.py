"""How many changes a second Herald takes when each is to be in the audit trail, beside the same without events.

The clock stops when the last audit row is committed. So many make changes at the same time, each in an organization
of their own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
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
        organizations = [await herald.found() for _ in range(WRITERS)]
        herald.relay.start()
        rates = await in_turns(
            {"told": partial(audited, herald, organizations), "bare": partial(_bare, herald, organizations)}
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


async def audited(herald: Stand, organizations: Sequence[int]) -> float:
    """Changes a second, each with its event, until the last one is in the audit trail."""
    complete = herald.expect(CHANGES)
    begin = time.perf_counter()
    await crowd(
        CHANGES, organizations, lambda organization: herald.units.run(partial(insert, organization, herald.bus))
    )
    await complete.wait()
    return CHANGES / (time.perf_counter() - begin)


async def _bare(herald: Stand, organizations: Sequence[int]) -> float:
    with silent(herald.bus):
        begin = time.perf_counter()
        await crowd(
            CHANGES, organizations, lambda organization: herald.units.run(partial(insert, organization, herald.bus))
        )
        return CHANGES / (time.perf_counter() - begin)


async def crowd(changes: int, organizations: Sequence[int], change: Callable[[int], Awaitable[None]]) -> None:
    """Make so many changes, those of each organization one after the other."""

    async def writer(organization: int) -> None:
        for _ in range(changes // len(organizations)):
            await change(organization)

    async with asyncio.TaskGroup() as tasks:
        for organization in organizations:
            tasks.create_task(writer(organization))
