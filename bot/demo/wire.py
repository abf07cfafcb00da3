"""The way between the bot and the simulated Discord: what is slow, refused or said twice on it."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import discord
from discord.http import Route
from simcord import Env
from simcord.enums import ChannelType

NONCE_WINDOW = timedelta(minutes=3)
"""How long this Discord remembers a nonce; the real one documents "a few minutes" (Create Message)."""

TRIES = 5
"""How often discord.py asks when Discord answers 5xx; it sleeps 1, 3, 5 … seconds in between (`discord/http.py`)."""

SERVER_ERROR = 500
CLOSED = 50007
"""Discord's code for "Cannot send messages to this user"."""

MESSAGES, THREADS = "/channels/{channel_id}/messages", "/channels/{channel_id}/threads"

Request = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class _Known:
    """A message that Discord took a short while ago (UTC), and what it answered."""

    at: datetime
    answer: Any


def _keep_private(env: Env) -> None:
    """Let nobody be told of a private thread; simcord writes into its channel that there is one."""
    backend: Any = env.backend
    tell: Callable[..., Any] = backend.create_system_message

    def tell_of_others(*of: Any, **more: Any) -> Any:
        about = backend.channels.get(more.get("target_channel_id"))
        return None if about is not None and about.type == ChannelType.PRIVATE_THREAD else tell(*of, **more)

    backend.create_system_message = tell_of_others


class Wire:
    """Adds to simcord's transport what it leaves out: time on the way, nonces, and 5xx as discord.py meets them.

    Only messages to channels and DMs and new threads go through it, and no answer to a command. `accepted` and
    `threads` are Discord's own record, nonce by nonce and name by name: it outlives the bot and the channels.
    """

    def __init__(self, env: Env) -> None:
        self.delay = 0.0
        """Seconds before Discord has a message, and again before the bot has the answer."""
        self.accepted: list[str] = []
        self.threads: list[str] = []
        self._known: dict[tuple[int, str], _Known] = {}
        self.refused = 0
        """How often Discord answered with an error."""
        self._env = env
        _keep_private(env)
        self._under_way = 0
        self._busy = asyncio.Event()

    def connect(self, bot: discord.Client) -> None:
        """Lead what `bot` asks of Discord through here. simcord gives each bot a transport of its own."""
        http: Any = bot.http
        request: Request = http.request

        async def through_here(route: Route, **options: Any) -> Any:
            if route.method != "POST" or route.path not in (MESSAGES, THREADS):
                return await request(route, **options)
            nonce = options["json"].get("nonce", "")

            async def ask() -> Any:
                answer = await request(route, **options)
                if route.path == THREADS:
                    self.threads.append(options["json"]["name"])
                return answer

            return await self._carry(int(route.channel_id or 0), nonce, ask)

        http.request = through_here

    @property
    def is_busy(self) -> bool:
        return self._busy.is_set()

    async def busy(self) -> None:
        """Wait until a message is on its way."""
        await self._busy.wait()

    def answer_with(self, status: int, *, code: int = 0, channel_id: int | None = None) -> Callable[[], None]:
        """Refuse messages (to one channel); returns what ends that."""
        path = f"/channels/{channel_id or '*'}/messages"
        fault = {"method": "POST", "path": path, "status": status, "code": code, "message": "Refused", "times": None}
        faults = self._env.backend.faults
        faults.append(fault)

        def end() -> None:
            # By identity: another one may say the same.
            faults[:] = [one for one in faults if one is not fault]

        return end

    async def _carry(self, channel_id: int, nonce: str, request: Callable[[], Awaitable[Any]]) -> Any:
        self._under_way += 1
        self._busy.set()
        try:
            return await self._carried(channel_id, nonce, request)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._busy.clear()

    async def _carried(self, channel_id: int, nonce: str, request: Callable[[], Awaitable[Any]]) -> Any:
        for wait in range(1, 2 * TRIES, 2):
            await self._pass(self.delay)
            try:
                answer = self._remembered(channel_id, nonce)
                if answer is None:
                    answer = await request()
                    self._remember(channel_id, nonce, answer)
            except discord.HTTPException as error:
                self.refused += 1
                if error.status < SERVER_ERROR or wait == 2 * TRIES - 1:
                    raise
                await self._pass(wait)
            else:
                await self._pass(self.delay)
                return answer
        raise AssertionError("the last try returns or raises")

    def _remembered(self, channel_id: int, nonce: str) -> Any:
        """What `enforce_nonce` makes Discord answer to a message that it has already; None when it has not."""
        while self._known and self._known[oldest := next(iter(self._known))].at < self._env.now() - NONCE_WINDOW:
            del self._known[oldest]
        known = self._known.get((channel_id, nonce))
        return known.answer if known else None

    def _remember(self, channel_id: int, nonce: str, answer: Any) -> None:
        if nonce:
            self.accepted.append(nonce)
            self._known[channel_id, nonce] = _Known(self._env.now(), answer)

    async def _pass(self, seconds: float) -> None:
        """Let time pass that simcord does not wait for: whoever acts meanwhile is answered at once."""
        if not seconds:
            return
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def end() -> None:
            if not over.done():
                over.set_result(None)

        # In a context of its own, as simcord takes the bot's own timers for its work.
        timer = contextvars.Context().run(asyncio.get_running_loop().call_later, seconds, end)
        try:
            await self._env.external_wait(over, reason="a message is on its way")
        finally:
            timer.cancel()
