"""Work that runs when there is something to do, and does not exist while there is not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from events.clock import Clock
from events.retry import RetryPolicy

_log = logging.getLogger(__name__)

LONGEST_NAP = 3600.0
"""Seconds. A timer runs on the monotonic clock, which stands still while a laptop sleeps: look again hourly."""


class Pump:
    """Runs `work` when woken, and again at the instant that `work` returned.

    There is no task and no poll while nothing is due. `work` does all there is to do now and returns when there
    will be more (UTC), or None. When it raises, that is logged and it is tried again later.

    What another process writes wakes nobody here. Where that is to be noticed, `look_every` (seconds) is how long
    it may take.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[datetime | None]],
        *,
        start_task: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        clock: Clock,
        retry: RetryPolicy,
        look_every: float | None = None,
    ) -> None:
        self._name = name
        self._work = work
        self._start_task = start_task
        self._clock = clock
        self._retry = retry
        self._look_every = look_every
        self._failures = 0
        self._due: datetime | None = None
        self._woken = False
        self._stopped = True
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def stopping(self) -> bool:
        """True once `stop` was called: `work` should return at its next safe point."""
        return self._stopped

    def start(self) -> None:
        """Begin, with what an earlier process left behind."""
        self._stopped = False
        self.wake()

    def wake(self) -> None:
        """There is something to do."""
        if self._stopped:
            return
        self._woken = True
        if self._task is None:
            self._cancel_timer()
            self._task = self._start_task(self._run())
            # Not in the task itself: one that is cancelled before its first step never gets to its end.
            self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if self._stopped:
            return
        if task.cancelled():
            # Whoever cancelled it, there may be work left; not at once, for they may be ending every task there is.
            self._nap_until(self._after_failure())
        elif self._woken:
            self.wake()
        else:
            self._nap_until(self._due)

    def _after_failure(self) -> datetime:
        # It never gives up, however often it fails: the last delay repeats.
        self._failures += 1
        attempt = min(self._failures, self._retry.attempts - 1)
        return self._clock() + (self._retry.delay(attempt) or timedelta())

    async def _run(self) -> None:
        while self._woken and not self._stopped:
            self._woken = False
            try:
                self._due = await self._work()
                self._failures = 0
            except Exception:  # noqa: BLE001 - whatever work raises must not end the pump
                _log.exception("%s failed and will go on later", self._name)
                self._due = self._after_failure()
                self._woken = False
                break

    def _nap_until(self, due: datetime | None) -> None:
        naps = [self._look_every] if self._look_every is not None else []
        if due is not None:
            naps += [max(0.0, (due - self._clock()).total_seconds()), LONGEST_NAP]
        if naps:
            self._timer = asyncio.get_running_loop().call_later(min(naps), self.wake)

    def terminate(self) -> set[asyncio.Task[None]]:
        """Drop the work where it stands and start nothing more; returns the task that is now being cancelled."""
        self._stopped = True
        self._cancel_timer()
        if self._task is None:
            return set()
        self._task.cancel()
        return {self._task}

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def stop(self) -> None:
        """Start nothing more, and wait for what is under way."""
        self._stopped = True
        self._cancel_timer()
        if self._task is not None:
            await asyncio.wait([self._task])
