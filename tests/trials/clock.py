"""Time that several processes share, and that a trial can hurry and push ahead."""

from __future__ import annotations

import asyncio
import selectors
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class SharedClock:
    """Runs from `start`, which was at `origin` on the host's monotonic clock; `ahead` is in seconds.

    At a `rate` of 30, half a minute passes in a second.
    """

    start: datetime
    origin: float
    rate: float = 1.0
    ahead: float = 0.0

    def __call__(self) -> datetime:
        return self.start + timedelta(seconds=(time.monotonic() - self.origin) * self.rate + self.ahead)

    def to_dict(self) -> dict[str, Any]:
        return {"start": self.start.isoformat(), "origin": self.origin, "rate": self.rate, "ahead": self.ahead}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SharedClock:
        return cls(datetime.fromisoformat(data["start"]), data["origin"], data["rate"], data["ahead"])


class _HastySelector(selectors.DefaultSelector):
    """Waits in hurried seconds."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self._rate = rate

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout / self._rate if timeout is not None else None)


class HastyLoop(asyncio.SelectorEventLoop):
    """An event loop whose seconds pass `rate` times as fast."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        super().__init__(_HastySelector(rate))

    def time(self) -> float:
        return super().time() * self._rate
