"""Running the handlers of one tier side by side, with a barrier at the end."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

GRACE = 1.0
"""Seconds that a cancelled handler gets to end before the tier goes on without it."""

TURNS = 2
"""Turns of the loop that a tier may take before it is waited for, which costs more than they do."""

EAGER = sys.version_info >= (3, 12)
"""Whether a task can start at once: a handler that never suspends then costs no turn of the loop."""

NewTask: Any = asyncio.Task
"""Its `eager_start` is not among the types of Python 3.11."""

Call = Callable[[], Coroutine[Any, Any, object]]


async def _run(call: Call) -> object:
    # Called within the task: what the call itself raises is then the handler's failure as well.
    return await call()


def _start(call: Call) -> asyncio.Task[object]:
    loop = asyncio.get_running_loop()
    return NewTask(_run(call), loop=loop, eager_start=True) if EAGER else loop.create_task(_run(call))


async def run_tier(calls: Sequence[Call], *, limit: float | None) -> list[BaseException | None]:
    """Run `calls` concurrently, each in a task of its own; see `settle` for the rest."""
    return await settle([_start(call) for call in calls], limit=limit)


async def settle(tasks: Sequence[asyncio.Future[Any]], *, limit: float | None) -> list[BaseException | None]:
    """Return when each of `tasks` has ended or `limit` (seconds; None: for ever) has passed.

    The result holds, per task, None or what it failed with: its exception, CancelledError when it was cancelled,
    TimeoutError when it was still running. Nothing that a task does reaches the others or the caller; when the
    caller is cancelled, so are the tasks.
    """
    late: set[asyncio.Future[Any]] = set()
    try:
        running = [task for task in tasks if not task.done()]
        for _ in range(TURNS):
            if running:
                await asyncio.sleep(0)
                running = [task for task in running if not task.done()]
        if running:
            _, late = await asyncio.wait(running, timeout=limit)
        if late:
            for task in late:
                task.cancel()
            await asyncio.wait(late, timeout=GRACE)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        raise
    return [_outcome(task, timed_out=task in late) for task in tasks]


def _outcome(task: asyncio.Future[Any], *, timed_out: bool) -> BaseException | None:
    if timed_out:
        if not task.done():
            return TimeoutError("the handler did not end in time, ignored its cancellation and was left behind")
        if not task.cancelled():
            task.exception()  # Marks it as retrieved: asyncio would report it a second time.
        return TimeoutError("the handler did not end in time")
    if task.cancelled():
        return asyncio.CancelledError("the handler was cancelled")
    return task.exception()
