"""What opens and archives threads in Discord, as the services ask it to."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol


class ThreadRefused(Exception):
    """Discord will not do this, now or later; the reason is fit for the racer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ThreadDeferred(Exception):
    """Discord asks to try again after some seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"wait {seconds} s")
        self.delay = timedelta(seconds=seconds)


class Threads(Protocol):
    """What does this in Discord. All raise ThreadRefused and ThreadDeferred; else it is open whether it was done."""

    async def open(self, channel_id: int, name: str) -> int:
        """Open a private thread in a channel; returns its id."""
        ...

    async def find(self, channel_id: int, mark: str) -> int | None:
        """A thread of the bot's own in a channel, whose name ends with `mark`."""
        ...

    async def add(self, thread_id: int, discord_id: int) -> None:
        """Let somebody into a thread."""
        ...

    async def reopen(self, thread_id: int) -> None:
        """Take a thread out of the archive."""
        ...

    async def close(self, thread_id: int) -> None:
        """Archive a thread."""
        ...
