"""A bot that stops in the middle of what it asks of Discord, and is killed there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from discord.http import Route

from bot.demo.stage import Stage

CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})

TRIES = 5
"""How often a bot is started until simcord, which gives it five seconds, has seen it settle on a busy machine."""


class Snag:
    """Stops the bot at the request with the number `at` (from 0) that changes something in a channel or thread.

    It stops before Discord has that request, or, with `reply_lost`, once Discord has done it.
    """

    def __init__(self, stage: Stage, at: int, *, reply_lost: bool) -> None:
        self._stage = stage
        self._hit = asyncio.Event()
        self._killed = False
        self.where = ""
        """The request at which the bot has stopped."""
        http: Any = stage.bot.http
        request, count = http.request, 0

        async def through_here(route: Route, **options: Any) -> Any:
            nonlocal count
            if route.method not in CHANGING or route.channel_id is None or self.where:
                return await request(route, **options)
            count += 1
            if count <= at:
                return await request(route, **options)
            self.where = f"{route.method} {route.path}"
            if reply_lost:
                await request(route, **options)
            self._hit.set()
            return await asyncio.get_running_loop().create_future()

        http.request = through_here

    async def during(self, act: Coroutine[Any, Any, object]) -> None:
        """Let somebody act; should the bot stop at that, it is killed at once, and another one is started."""
        acting, hit = asyncio.ensure_future(act), asyncio.ensure_future(self._hit.wait())
        await asyncio.wait({acting, hit}, return_when=asyncio.FIRST_COMPLETED)
        hit.cancel()
        if not self._hit.is_set() or self._killed:
            await acting
            return
        self._killed = True
        await self._stage.kill()
        # Whatever simcord makes of it: whoever acted is not answered any more.
        await asyncio.gather(acting, return_exceptions=True)
        await self._revive()
        await self._stage.settle()

    async def _revive(self) -> None:
        for _ in range(TRIES - 1):
            try:
                await self._stage.revive()
            except TimeoutError:
                # The machine is busy: it was killed once more, which has to change as little.
                continue
            return
        await self._stage.revive()
