"""A stand-in for Discord that takes its time and grants only so many requests, met as discord.py meets it."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from random import Random

from bot.client import LONGEST_RATE_LIMIT
from bot.pace import Pace
from services.notice import Notice
from services.sender import SendDeferred, Sent, Target
from services.thread_gateway import ThreadDeferred, ThreadRefused
from services.words import attempts as words

A_SECOND = 50
"""Requests that Discord answers, answers to interactions apart (Rate Limits, "Global Rate Limit")."""

MESSAGES = 5, 5.0
"""Messages, or edits, that a channel takes within so many seconds. Discord publishes no figure; replies name this."""

ACTIVE_THREADS = 1_000

QUICK, SLOW = 0.05, 0.15
"""Seconds between which an answer takes."""


@dataclass(slots=True)
class Thread:
    channel_id: int
    name: str
    person: int | None = None
    archived: bool = False
    messages: list[str] = field(default_factory=list[str])
    """The titles of what was sent there."""


class Rationed:
    """Implements `services.threads.Threads`; what sends there is a `RationedSender`.

    As in discord.py, a bucket that is known to be used up is waited for, or taken back when that takes long; of the
    global limit nobody knows before Discord has refused a request.
    """

    def __init__(self, rng: Random, *, threads: tuple[int, float] | None, pace: Pace | None) -> None:
        """`threads` is how many threads can be opened in a channel within so many seconds; any number without it."""
        self._rng, self._pace = rng, pace
        self._threads_limit = threads
        self._ids = count(1)
        self._buckets: defaultdict[tuple[str, int], deque[float]] = defaultdict(deque)
        self._window, self._used = 0.0, 0
        self._closed_until = 0.0
        self.on_invalid: Callable[[], None] = lambda: None
        """Called for each request that Discord refused as one too many."""
        self.threads: dict[int, Thread] = {}
        self.requests: Counter[str] = Counter()
        self.invalid = 0
        self.busiest = 0
        """Requests that came within one second."""
        self.most_active = 0

    async def open(self, channel_id: int, name: str) -> int:
        if self._threads_limit is not None:
            await self._turn(("thread", channel_id), self._threads_limit, ThreadDeferred)
        await self._request("open a thread")
        active = sum(not thread.archived for thread in self.threads.values())
        if active >= ACTIVE_THREADS:
            raise ThreadRefused(words.THREADS_FULL)
        self.most_active = max(self.most_active, active + 1)
        thread_id = 9_000_000 + next(self._ids)
        self.threads[thread_id] = Thread(channel_id, name)
        return thread_id

    async def find(self, channel_id: int, mark: str) -> int | None:
        await self._request("look for a thread")
        for thread_id, thread in self.threads.items():
            if thread.channel_id == channel_id and thread.name.endswith(mark):
                return thread_id
        return None

    async def add(self, thread_id: int, discord_id: int) -> None:
        await self._request("let the racer in")
        self.threads[thread_id].person = discord_id

    async def reopen(self, thread_id: int) -> None:
        await self._request("reopen a thread")
        self.threads[thread_id].archived = False

    async def close(self, thread_id: int) -> None:
        await self._request("archive a thread")
        self.threads[thread_id].archived = True

    async def send(self, target: Target, title: str) -> Sent:
        await self._turn(("send", target.id), MESSAGES, SendDeferred)
        thread = self.threads.get(target.id)
        await self._request("send elsewhere" if thread is None else "send in a thread")
        if thread is not None:
            thread.messages.append(title)
            thread.archived = False
        return Sent(target.id, next(self._ids))

    async def edit(self, target: Target) -> None:
        await self._turn(("edit", target.id), MESSAGES, SendDeferred)
        thread = self.threads.get(target.id)
        await self._request("edit elsewhere" if thread is None else "edit in a thread")
        if thread is not None and thread.archived:
            await self.reopen(target.id)
            await self._request("edit in a thread")

    async def _request(self, what: str) -> None:
        if self._pace is not None:
            await self._pace.turn()
        loop = asyncio.get_running_loop()
        latency = self._rng.uniform(QUICK, SLOW)
        while True:
            await asyncio.sleep(max(0.0, self._closed_until - loop.time()))
            await asyncio.sleep(latency / 2)
            if loop.time() >= self._window + 1:
                self._window, self._used = loop.time(), 0
            self._used += 1
            self.busiest = max(self.busiest, self._used)
            refused = self._used > A_SECOND
            over = self._window + 1
            await asyncio.sleep(latency / 2)
            if not refused:
                self.requests[what] += 1
                return
            self.invalid += 1
            self.on_invalid()
            self._closed_until = max(self._closed_until, over)

    async def _turn(
        self, bucket: tuple[str, int], limit: tuple[int, float], deferred: Callable[[float], Exception]
    ) -> None:
        most, seconds = limit
        times, now = self._buckets[bucket], asyncio.get_running_loop().time()
        while times and times[0] + seconds <= now:
            times.popleft()
        wait = max(0.0, times[-most] + seconds - now) if len(times) >= most else 0.0
        if wait > LONGEST_RATE_LIMIT:
            raise deferred(wait)
        times.append(now + wait)
        await asyncio.sleep(wait)


class RationedSender:
    """Implements `services.sender.Sender` in the same Discord."""

    def __init__(self, discord: Rationed) -> None:
        self._discord = discord

    async def send(self, target: Target, notice: Notice, nonce: str) -> Sent:
        del nonce
        return await self._discord.send(target, notice.title)

    async def edit(self, target: Target, sent: Sent, notice: Notice, nonce: str) -> None:
        del sent, notice, nonce
        await self._discord.edit(target)

    async def find(self, target: Target, nonce: str, since: datetime) -> Sent | None:
        del target, nonce, since
        raise SendDeferred(1.0)
