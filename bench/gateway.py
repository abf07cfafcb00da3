"""A local Discord that says what a bot in many guilds hears while it connects, and then answers its heartbeats."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMessage, WSMsgType, web

from bench.synthetic import Json, created, guild_id
from tests.bot.discord_objects import APPLICATION, application, reply, user

HEARTBEAT, IDENTIFY, HELLO, HEARTBEAT_ACK = 1, 2, 10, 11


@dataclass(slots=True)
class Gateway:
    """`guilds` guilds in `shards` shards, told `without` some parts of them."""

    guilds: int
    shards: int
    beat: float
    """Seconds between two heartbeats of a shard."""
    without: frozenset[str] = frozenset()
    port: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    @asynccontextmanager
    async def serve(self) -> AsyncGenerator[None]:
        app = web.Application()
        app.router.add_get("/gateway/", self._connect)
        app.router.add_route("*", "/api/{path:.*}", self._rest)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, shutdown_timeout=0)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield
        finally:
            for task in self._tasks:
                task.cancel()
            await runner.cleanup()

    async def _rest(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        if path.endswith("gateway/bot"):
            limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
            url = f"ws://127.0.0.1:{self.port}/gateway/"
            return reply({"url": url, "shards": self.shards, "session_start_limit": limit})
        if path.endswith("/commands"):
            return reply([])
        return reply(user(APPLICATION, "herald", bot=True) if path.endswith("users/@me") else application())

    async def _connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        # Discord compresses a connection as one stream. How tightly does not matter to who reads it.
        stream = zlib.compressobj(level=1)
        sequence = 0

        async def send(op: int, event: str | None = None, data: Any = None) -> None:
            nonlocal sequence
            sequence += event is not None
            payload: Json = {"op": op, "t": event, "s": sequence if event else None, "d": data}
            text = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
            await socket.send_bytes(stream.compress(text) + stream.flush(zlib.Z_SYNC_FLUSH))

        async def tell(shard: int, shards: int) -> None:
            mine = range(shard, self.guilds, shards)
            await send(0, "READY", self._ready(shard, shards, mine))
            for number in mine:
                await send(0, "GUILD_CREATE", created(number, self.without))

        await send(HELLO, data={"heartbeat_interval": self.beat * 1000})
        message: WSMessage
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            heard = json.loads(message.data)
            if heard["op"] == HEARTBEAT:
                await send(HEARTBEAT_ACK)
            elif heard["op"] == IDENTIFY:
                task = asyncio.create_task(tell(*heard["d"]["shard"]))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        return socket

    def _ready(self, shard: int, shards: int, guilds: range) -> Json:
        return {
            "v": 10,
            "user": user(APPLICATION, "herald", bot=True),
            "application": {"id": str(APPLICATION), "flags": 0},
            "guilds": [{"id": str(guild_id(number)), "unavailable": True} for number in guilds],
            "session_id": f"session-{shard}",
            "resume_gateway_url": f"ws://127.0.0.1:{self.port}/gateway/",
            "shard": [shard, shards],
        }
