"""A server that speaks as much of Discord's protocol as the program uses, on a local port."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any

from aiohttp import WSMsgType, web

from tests.bot.discord_objects import (
    APPLICATION,
    GUILD,
    NEWS,
    OWNER,
    Json,
    application,
    channel,
    guild,
    message,
    reply,
    snowflake,
    user,
)

TOKEN = "MTIzNDU2Nzg5.Gabcde.the-bots-secret-part"
INTERACTION_TOKEN = "aW50ZXJhY3Rpb246secret"
PATIENCE = 20.0
"""Seconds within which anything that is waited for has to happen."""


class Trouble(Enum):
    """What becomes of a request that is interfered with."""

    HOLD = auto()
    """No reply, and no effect."""
    HOLD_REPLY = auto()
    """It takes effect, but no reply comes."""
    DELAY = auto()
    """The reply comes once it is released."""
    HANG_UP = auto()
    """The connection is closed at once."""


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    body: Any


@dataclass(slots=True)
class Snag:
    """Trouble that waits for a request."""

    method: str
    path: str
    trouble: Trouble
    hit: bool = False
    release: asyncio.Event = field(default_factory=asyncio.Event)
    answered: bool = False
    """The reply went to somebody who still wanted it."""


@dataclass(slots=True)
class DiscordServer:
    """`requests`, `messages` and `gateway` record what the program did."""

    port: int = 0
    requests: list[Request] = field(default_factory=list[Request])
    messages: dict[int, list[Json]] = field(default_factory=lambda: defaultdict(list))
    gateway: list[Json] = field(default_factory=list[Json])
    """What the program sent to the gateway, heartbeats too."""
    _snags: list[Snag] = field(default_factory=list[Snag])
    _mute: set[str] = field(default_factory=set[str])
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _socket: web.WebSocketResponse | None = None
    _transport: asyncio.Transport | None = None
    _remembered: dict[str, Json] = field(default_factory=dict[str, Json])
    _dispatched: list[Json] = field(default_factory=list[Json])
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def environment(self) -> dict[str, str]:
        """What makes the program use this server."""
        return {
            "DISCORD_TOKEN": TOKEN,
            "DISCORD_API_URL": f"http://127.0.0.1:{self.port}/api/v10",
            "DISCORD_GATEWAY_URL": f"ws://127.0.0.1:{self.port}/gateway",
        }

    @property
    def connected(self) -> bool:
        """Somebody is, or was, at the gateway."""
        return self._socket is not None

    # What tests do

    def snag(self, method: str, path: str, trouble: Trouble) -> Snag:
        """Interfere with the next request to a path that contains `path`."""
        snag = Snag(method, path, trouble)
        self._snags.append(snag)
        return snag

    def mute(self, *payloads: str) -> None:
        """From now on, the gateway keeps these to itself: HELLO, READY."""
        self._mute.update(payloads)

    async def dispatch(self, event: str, data: Any) -> None:
        """Send an event through the gateway."""
        payload = {"op": 0, "t": event, "s": len(self._dispatched) + 1, "d": data}
        self._dispatched.append(payload)
        if self._socket is not None and not self._socket.closed:
            await self._socket.send_json(payload)

    def drop(self) -> None:
        """Cut the gateway connection without a word."""
        assert self._transport is not None
        self._socket = None
        self._transport.abort()

    async def close_gateway(self, code: int) -> None:
        """Close the gateway connection with one of Discord's codes."""
        assert self._socket is not None
        await self._socket.close(code=code)

    def forget_nonces(self) -> None:
        """As Discord does after a few minutes."""
        self._remembered.clear()

    async def until(self, happened: Callable[[], object]) -> None:
        """Wait until something that this server takes note of has happened."""
        async with asyncio.timeout(PATIENCE):
            while not happened():
                self._changed.clear()
                await self._changed.wait()

    def count(self, method: str, path: str) -> int:
        """How many requests there were to paths that contain `path`."""
        return sum(request.method == method and path in request.path for request in self.requests)

    def sent(self, op: int) -> list[Json]:
        """What the program sent to the gateway with this opcode."""
        return [payload for payload in self.gateway if payload["op"] == op]

    async def command(self, name: str, sub: str | None = None, **options: str) -> Json:
        """The guild's owner runs a slash command; returns what the program answers."""
        given = [{"name": key, "type": 3, "value": value} for key, value in options.items()]
        inner = [{"name": sub, "type": 1, "options": given}] if sub else given
        return await self._interact(2, {"id": "1", "name": name, "type": 1, "options": inner})

    async def form(self, custom_id: str, **answers: str) -> Json:
        """The guild's owner sends a form; returns what the program answers."""
        inputs = [
            {"type": 18, "component": {"type": 4, "custom_id": key, "value": value}} for key, value in answers.items()
        ]
        return await self._interact(5, {"custom_id": custom_id, "components": inputs})

    async def choose(self, custom_id: str, value: int) -> Json:
        """The guild's owner chooses in a select; returns what the program answers."""
        data: Json = {"component_type": 8, "custom_id": custom_id, "values": [str(value)], "resolved": {}}
        return await self._interact(3, data)

    async def _interact(self, kind: int, data: Json) -> Json:
        id = self._snowflake()
        path = f"/interactions/{id}/"
        await self.dispatch("INTERACTION_CREATE", self.interaction(id, kind, data))
        await self.until(lambda: self.count("POST", path))
        return next(request.body for request in self.requests if path in request.path)

    # What Discord's objects look like

    def interaction(self, id: int, kind: int, data: Json) -> Json:
        member: Json = {
            "user": user(OWNER, "olga"),
            "roles": [],
            "permissions": "32",
            "joined_at": "2026-01-01T00:00:00+00:00",
            "deaf": False,
            "mute": False,
            "flags": 0,
        }
        message = self._message(NEWS, {"content": "the panel"}) if kind == 3 else None
        return {
            "id": str(id),
            "application_id": str(APPLICATION),
            "type": kind,
            "token": INTERACTION_TOKEN,
            "version": 1,
            "guild_id": str(GUILD),
            "channel_id": str(NEWS),
            "channel": channel(NEWS, "news"),
            "member": member,
            "data": data,
            "locale": "en-US",
            "guild_locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": {"0": str(GUILD)},
            "context": 0,
            "app_permissions": "379968",
            "attachment_size_limit": 10_000_000,
            **({"message": message} if message else {}),
        }

    def _message(self, channel_id: int, body: Json) -> Json:
        return message(self._snowflake(), channel_id, body, datetime.now(UTC))

    def _snowflake(self) -> int:
        return snowflake(datetime.now(UTC), next(self._ids))

    # REST

    async def rest(self, request: web.Request) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        self.requests.append(Request(request.method, request.path, body))
        snag = next((s for s in self._snags if s.method == request.method and s.path in request.path), None)
        if snag is not None:
            self._snags.remove(snag)
            snag.hit = True
        if snag is not None and snag.trouble is Trouble.HANG_UP:
            assert request.transport is not None
            request.transport.abort()
        effect = snag is None or snag.trouble in (Trouble.HOLD_REPLY, Trouble.DELAY)
        reply = self._answer(request, body) if effect else web.Response(status=500)
        self._changed.set()
        if snag is not None and snag.trouble is not Trouble.HANG_UP:
            # At the latest, whoever asked or this server goes away, which cancels it.
            await snag.release.wait()
            snag.answered = True
        return reply

    def _answer(self, request: web.Request, body: Any) -> web.Response:
        if request.headers.get("Authorization", f"Bot {TOKEN}") != f"Bot {TOKEN}":
            return reply({"message": "401: Unauthorized", "code": 0}, status=401)
        match request.method, request.path.removeprefix("/api/v10").strip("/").split("/"):
            case "GET", ["users", "@me"]:
                answer: Any = user(APPLICATION, "herald", bot=True)
            case "GET", ["oauth2", "applications", "@me"]:
                answer = application()
            case "PUT", ["applications", application_id, "commands"]:
                # A context menu has no description, and Discord gives it an empty one.
                stored = {"version": "1", "application_id": application_id, "description": ""}
                answer = [{**stored, **one, "id": str(self._snowflake())} for one in body]
            case "POST", ["channels", channel_id, "messages"]:
                answer = self._post(int(channel_id), body)
            case "PATCH", ["channels", channel_id, "messages", message_id]:
                found = [m for m in self.messages[int(channel_id)] if m["id"] == message_id]
                if not found:
                    return reply({"message": "Unknown Message", "code": 10008}, status=404)
                found[0].update(body)
                answer = found[0]
            case "GET", ["channels", channel_id, "messages"]:
                after = int(request.query.get("after", 0))
                answer = [m for m in reversed(self.messages[int(channel_id)]) if int(m["id"]) > after]
            case "POST", ["interactions", id, _, "callback"]:
                answer = {"interaction": {"id": id, "type": 2}}
            case _:
                return reply({"message": "404: Not Found", "code": 0}, status=404)
        return reply(answer)

    def _post(self, channel_id: int, body: Json) -> Json:
        nonce = body["nonce"] if body.get("enforce_nonce") else None
        if nonce in self._remembered:
            return self._remembered[nonce]
        message = self._message(channel_id, body)
        self.messages[channel_id].append(message)
        if nonce is not None:
            self._remembered[nonce] = message
        return message

    # The gateway

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._socket, self._transport = socket, request.transport
        self._changed.set()
        if "HELLO" not in self._mute:
            await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41250}})
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                payload = frame.json()
                self.gateway.append(payload)
                await self._heard(socket, payload)
                self._changed.set()
        return socket

    async def _heard(self, socket: web.WebSocketResponse, payload: Json) -> None:
        match payload["op"]:
            case 1:
                await socket.send_json({"op": 11})
            case 2 if "READY" not in self._mute:
                self._dispatched.clear()
                await self.dispatch("READY", self._ready(payload["d"]))
                await self.dispatch("GUILD_CREATE", guild())
            case 6:
                for missed in self._dispatched[payload["d"]["seq"] :]:
                    await socket.send_json(missed)
                await self.dispatch("RESUMED", {})
            case _:
                pass

    def _ready(self, identified: Json) -> Json:
        return {
            **({"shard": identified["shard"]} if "shard" in identified else {}),
            "v": 10,
            "user": user(APPLICATION, "herald", bot=True),
            "guilds": [{"id": str(GUILD), "unavailable": True}],
            "session_id": "session",
            "resume_gateway_url": f"ws://127.0.0.1:{self.port}/gateway",
            "application": {"id": str(APPLICATION), "flags": 0},
        }


@asynccontextmanager
async def discord_server() -> AsyncGenerator[DiscordServer]:
    """Serve on a free port of the loopback interface."""
    server = DiscordServer()
    app = web.Application()
    app.router.add_get("/gateway", server.connect)
    app.router.add_route("*", "/api/v10/{rest:.*}", server.rest)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        await runner.cleanup()
