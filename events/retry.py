"""When to try again, and how a handler says so itself."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta


class RetryAfter(Exception):
    """Raised by a handler: try again, but not before `seconds` have passed. It counts as an attempt."""

    def __init__(self, seconds: float, reason: str = "") -> None:
        super().__init__(reason or f"asked to wait {seconds} s")
        self.delay = timedelta(seconds=seconds)


class NeverRetry(Exception):
    """Raised by a handler: another attempt would end the same way. The delivery is dead at once."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential backoff with full jitter (Marc Brooker, AWS Architecture Blog, 2015), in seconds."""

    base: float = 1.0
    cap: float = 300.0
    attempts: int = 10
    jitter: Callable[[float, float], float] = random.uniform

    def delay(self, attempt: int) -> timedelta | None:
        """How long to wait after failure number `attempt` (from 1); None when that was the last attempt."""
        if attempt >= self.attempts:
            return None
        # Past 2⁶⁴ the cap has long been reached, and a float would overflow.
        ceiling = min(self.cap, self.base * 2 ** min(attempt - 1, 64))
        return timedelta(seconds=self.jitter(self.base / 2, max(ceiling, self.base / 2)))

    def after(self, failure: Exception, attempt: int) -> timedelta | None:
        """How long to wait after `failure`, which was number `attempt`; None when it is not tried again."""
        delay = None if isinstance(failure, NeverRetry) else self.delay(attempt)
        return failure.delay if delay is not None and isinstance(failure, RetryAfter) else delay
