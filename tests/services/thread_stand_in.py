"""A stand-in for Discord's threads, which can be told to misbehave; outlives the bot, as Discord does."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import count

from services.thread_gateway import ThreadRefused


class Lost(Enum):
    """What becomes of a thread whose opening was never answered."""

    REPLY = auto()


@dataclass(slots=True)
class Thread:
    id: int
    channel_id: int
    name: str
    people: set[int] = field(default_factory=set[int])
    archived: bool = False


class ThreadYard:
    """Implements `services.threads.Threads`."""

    def __init__(self) -> None:
        self.threads: dict[int, Thread] = {}
        self.searches = 0
        self.openings = 0
        """How often one was asked for."""
        self._ids = count(9001)
        self._trouble: deque[BaseException | Lost] = deque()
        self._shut_out: set[int] = set()
        self._gate: asyncio.Event | None = None
        self._held = asyncio.Event()

    def shut_out(self, discord_id: int) -> None:
        """Somebody can be let into no thread."""
        self._shut_out.add(discord_id)

    def fail_next(self, *troubles: BaseException | Lost) -> None:
        """What happens to the next openings and closings, one each."""
        self._trouble.extend(troubles)

    def hold(self) -> asyncio.Event:
        """Open threads, and answer only after `release`; returns what is set once there is one."""
        self._gate, self._held = asyncio.Event(), asyncio.Event()
        return self._held

    def release(self) -> None:
        assert self._gate is not None
        self._gate.set()

    def recover(self) -> None:
        """Nothing more happens."""
        self._trouble.clear()

    @property
    def newest(self) -> Thread:
        return self.threads[max(self.threads)]

    async def open(self, channel_id: int, name: str) -> int:
        self.openings += 1
        trouble = self._take_trouble()
        thread = Thread(next(self._ids), channel_id, name)
        self.threads[thread.id] = thread
        if trouble is Lost.REPLY:
            raise ConnectionError
        if self._gate is not None:
            self._held.set()
            await self._gate.wait()
        return thread.id

    async def find(self, channel_id: int, mark: str) -> int | None:
        self.searches += 1
        found = (t for t in self.threads.values() if t.channel_id == channel_id and t.name.endswith(mark))
        return next((thread.id for thread in found), None)

    async def add(self, thread_id: int, discord_id: int) -> None:
        if discord_id in self._shut_out:
            raise ThreadRefused("They are not in this server.")
        self.threads[thread_id].people.add(discord_id)

    async def reopen(self, thread_id: int) -> None:
        self._take_trouble()
        self.threads[thread_id].archived = False

    async def close(self, thread_id: int) -> None:
        self._take_trouble()
        self.threads[thread_id].archived = True

    def _take_trouble(self) -> Lost | None:
        trouble = self._trouble.popleft() if self._trouble else None
        if isinstance(trouble, BaseException):
            raise trouble
        return trouble
