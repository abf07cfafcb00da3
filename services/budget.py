"""The budget of invalid requests: what Discord answers with 401, 403 or 429 counts towards a ban."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta

from events.clock import Clock

WINDOW = timedelta(minutes=10)
LIMIT = 1_000
"""Invalid requests that Herald allows itself within the window.

Discord bans an address for a while after 10,000 (Rate Limits, "Invalid Request Limit"); others may share the address.
"""

RESERVE = 50
"""Kept for what is under way, and for answers to commands: those are never held back."""

CAUTIOUS_FROM = LIMIT // 2
"""From here on, DMs slow down: most invalid requests are DMs to people who take none."""


class RequestBudget:
    """Counts invalid requests, and says when the next message may be tried."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._invalid: deque[datetime] = deque()
        self._last_dm: datetime | None = None

    def note(self) -> None:
        """A request was invalid."""
        self._invalid.append(self._clock())

    def recall(self, instants: Iterable[datetime]) -> None:
        """Count what an earlier run of the program was refused at these instants (UTC)."""
        self._invalid = deque(sorted([*self._invalid, *instants]))

    def note_dm(self) -> None:
        """A DM is being tried."""
        self._last_dm = self._clock()

    def used(self) -> int:
        """Invalid requests within the window."""
        now = self._clock()
        # One that seems to lie ahead was counted before the clock was set back.
        while self._invalid and not now - WINDOW < self._invalid[0] <= now:
            self._invalid.popleft()
        return len(self._invalid)

    def closed_until(self) -> datetime | None:
        """Until when nothing may be tried; None when something may."""
        excess = self.used() - (LIMIT - RESERVE)
        return None if excess < 0 else self._invalid[excess] + WINDOW

    def dms_closed_until(self) -> datetime | None:
        """Until when no DM may be tried; None when one may. The rest of the budget is spread over a whole window."""
        used = self.used()
        if used < CAUTIOUS_FROM or self._last_dm is None:
            return None
        due = self._last_dm + WINDOW / max(1, LIMIT - RESERVE - used)
        return due if self._clock() < due else None

    @property
    def cautious(self) -> bool:
        """Whether DMs go one by one."""
        return self.used() >= CAUTIOUS_FROM
