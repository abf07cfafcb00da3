"""Changes with their audit rows on Herald, and the same job on durable queues from PyPI, on the same server.

So many change something at the same time, each in an organization of their own; the clock stops when the last audit
row is committed. Herald's change inserts its row with the driver's SQL too.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median

from bench.queues import QUEUES, Change, Queue
from bench.stand import Stand, fresh, insert_plainly, stand
from bench.sustained import WRITERS, crowd
from bench.table import POSTGRES, Goal, Row, in_turns, installed, ratio

CHANGES = 200


class _Counted:
    """A queue, opened."""

    def __init__(self, organizations: Sequence[int]) -> None:
        self._organizations = organizations
        self._numbers = count(1)
        self._lacking = 0
        self._complete = asyncio.Event()

    def recorded(self) -> None:
        self._lacking -= 1
        if self._lacking == 0:
            self._complete.set()

    async def run(self, change: Change) -> float:
        """Changes a second, until the last one is in the audit trail."""
        self._lacking = CHANGES
        self._complete.clear()
        begin = time.perf_counter()
        await crowd(CHANGES, self._organizations, lambda organization: change(next(self._numbers), organization))
        await self._complete.wait()
        return CHANGES / (time.perf_counter() - begin)


async def jobs(folder: Path) -> list[Row]:
    """One row for each queue; those that are not installed for this Python are left out."""
    versions = {queue.package: found for queue in QUEUES if (found := installed(queue.package))}
    async with AsyncExitStack() as stack:
        herald = await stack.enter_async_context(stand(fresh(POSTGRES, folder)))
        organizations = [await herald.found() for _ in range(WRITERS)]
        herald.relay.start()
        runs: dict[str, Callable[[], Awaitable[float]]] = {"Herald": partial(_audited, herald, organizations)}
        for queue in QUEUES:
            if queue.package in versions:
                runs[queue.package] = await _opened(stack, queue, folder)
        rates = await in_turns(runs)
    return [
        Row(
            "emit to audit row visible, sustained, beside a queue",
            POSTGRES,
            Goal(1),
            (ratio(rates["Herald"], rates[queue.package]),),
            (median(rates["Herald"]),),
            (median(rates[queue.package]),),
            "changes/s",
            f"{queue.package} {versions[queue.package]}",
            queue.drops,
        )
        for queue in QUEUES
        if queue.package in versions
    ]


async def _opened(stack: AsyncExitStack, queue: Queue, folder: Path) -> Callable[[], Awaitable[float]]:
    url = fresh(POSTGRES, folder)
    # For its tables and the organizations; the queue has the database to itself.
    async with stand(url) as herald:
        counted = _Counted([await herald.found() for _ in range(WRITERS)])
    return partial(counted.run, await stack.enter_async_context(queue.open(url, counted.recorded)))


async def _audited(herald: Stand, organizations: Sequence[int]) -> float:
    complete = herald.expect(CHANGES)
    begin = time.perf_counter()
    await crowd(
        CHANGES, organizations, lambda organization: herald.units.run(partial(insert_plainly, organization, herald.bus))
    )
    await complete.wait()
    return CHANGES / (time.perf_counter() - begin)
