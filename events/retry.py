"""When to try again."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta


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
