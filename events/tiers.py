"""Running the handlers of one tier side by side, with a barrier at the end."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

_log = logging.getLogger(__name__)

GRACE = 1.0
"""Seconds that a cancelled handler gets to end before the tier goes on without it."""

Call = Callable[[], Coroutine[Any, Any, object]]


def _start(call: Call) -> asyncio.Task[object]:
    loop = asyncio.get_running_loop()
    if sys.version_info >= (3, 12):
        # A handler that never suspends then costs no turn of the loop.
        return asyncio.Task(call(), loop=loop, eager_start=True)
    return loop.create_task(call())


async def run_tier(calls: Sequence[Call], *, timeout: float) -> list[BaseException | None]:
    """Run `calls` concurrently; return when each has ended or `timeout` (seconds) has passed.

    The result holds, per call, None or what it failed with: its exception, CancelledError when it was cancelled,
    TimeoutError when it was still running. Nothing that a call does reaches the others or the caller; when the
    caller is cancelled, so are the calls.
    """
    tasks = [_start(call) for call in calls]
    try:
        _, running = await asyncio.wait(tasks, timeout=timeout)
        if running:
            for task in running:
                task.cancel()
            _, stuck = await asyncio.wait(running, timeout=GRACE)
            for task in stuck:
                _log.error("a handler ignored its cancellation and is left behind: %r", task.get_coro())
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        raise
    return [_outcome(task, timed_out=task in running) for task in tasks]


def _outcome(task: asyncio.Task[object], *, timed_out: bool) -> BaseException | None:
    if timed_out:
        if task.done() and not task.cancelled():
            task.exception()  # Marks it as retrieved: asyncio would report it a second time.
        return TimeoutError("the handler did not end in time")
    if task.cancelled():
        return asyncio.CancelledError("the handler was cancelled")
    return task.exception()
