"""Time, as something that is handed in: a test or a simulation brings its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Tells the present instant, aware and in UTC."""


def system_clock() -> datetime:
    return datetime.now(UTC)
