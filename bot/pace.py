"""The pace of what Herald asks of Discord, which answers a bot 50 requests a second (Rate Limits, "Global Rate Limit").

One more is refused, and counts towards a ban like any that is refused; and of that limit no reply warns. Answers to
interactions do not count, and so do not wait here.
"""

from __future__ import annotations

import asyncio


class Pace:
    """So many turns at once, and some more each second; who comes first is first."""

    def __init__(self, *, a_second: float = 40, at_once: int = 5) -> None:
        """As it is, some of Discord's 50 are left for what does not come through here."""
        self._interval = 1 / a_second
        self._ahead = at_once / a_second
        self._next = 0.0

    async def turn(self) -> None:
        """Wait until one may ask."""
        wait = self.take(asyncio.get_running_loop().time())
        if wait > 0:
            await asyncio.sleep(wait)

    def take(self, now: float) -> float:
        """Take the next turn; returns how long it is until then (seconds, as `now` is)."""
        self._next = max(self._next, now - self._ahead) + self._interval
        return max(0.0, self._next - now)
