"""The outside world of a trial: a Discord in a process of its own, that outlives whoever talks to it.

It serves many trials, each under a path of its own. What it showed and what it refused is a record that only grows.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import itertools
import json
import os
import random
import re
import signal
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from aiohttp import web

from tests.bot.discord_objects import APPLICATION, Json, application, message, reply, snowflake, user
from tests.trials.clock import SharedClock

REMEMBERS_NONCES = timedelta(minutes=3)
"""Discord documents "a few minutes"; the courier has to keep well below that."""

DELAY = 0.05
"""Seconds (of the host) by which a delayed reply comes later."""

DM_CHANNELS = 1_000_000
"""A person's DM channel has their id and this."""

Effect = Callable[[bool], Any]
"""What a request does, and its answer; whether somebody deletes at once what it posted."""

_REFERENCE = re.compile(r"Event #(\d+)")


class Trouble(StrEnum):
    """What becomes of a request."""

    REFUSED = "refused"
    """403: the bot lost its permission."""
    GONE = "gone"
    """404: the channel was deleted."""
    CLOSED = "closed"
    """403: the person takes no DMs."""
    LIMITED = "limited"
    """429, to be tried again soon."""
    PUT_OFF = "put off"
    """429, to be tried again later than discord.py would wait."""
    BROKEN = "broken"
    """500."""
    UNAVAILABLE = "unavailable"
    """503."""
    DELAYED = "delayed"
    """It takes effect, and the reply comes late."""
    RESET = "reset"
    """No effect, and the connection is cut."""
    LOST = "lost"
    """It takes effect, and the connection is cut."""
    DELETED = "deleted"
    """As `LOST`, and somebody deletes what was posted."""


_REFUSALS: dict[Trouble | None, tuple[int, int, str]] = {
    Trouble.REFUSED: (403, 50013, "Missing Permissions"),
    Trouble.GONE: (404, 10003, "Unknown Channel"),
    Trouble.CLOSED: (403, 50007, "Cannot send messages to this user"),
}
_WAITS: dict[Trouble | None, float] = {Trouble.LIMITED: 0.05, Trouble.PUT_OFF: 31.0}
_BROKEN: dict[Trouble | None, int] = {Trouble.BROKEN: 500, Trouble.UNAVAILABLE: 503}

STORM = (Trouble.LIMITED, Trouble.PUT_OFF, Trouble.BROKEN, Trouble.UNAVAILABLE, Trouble.RESET, Trouble.LOST)
"""What goes wrong by chance: everything that passes."""


@dataclass(slots=True)
class World:
    """One trial's Discord."""

    clock: SharedClock
    at: dict[int, Trouble]
    """By the request's number, from 1."""
    targets: dict[str, Trouble]
    """By the channel's or person's id: each post there."""
    rate: float
    chance: random.Random
    requests: int = 0
    failed: int = 0
    arrivals: list[Json] = field(default_factory=list[Json])
    refusals: list[Json] = field(default_factory=list[Json])
    channels: dict[int, list[Json]] = field(default_factory=lambda: defaultdict(list))
    remembered: dict[str, tuple[datetime, Json]] = field(default_factory=dict[str, tuple[datetime, Json]])
    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def next_trouble(self, envelope: Json) -> Trouble | None:
        """What happens to the request that has just come in."""
        self.requests += 1
        trouble = self.at.get(self.requests)
        if trouble is None and "title" in envelope:
            trouble = self.targets.get(str(envelope["target"]))
        if trouble is None and self.chance.random() < self.rate:
            trouble = self.chance.choice(STORM)
        self.failed += trouble not in (None, Trouble.DELAYED)
        return trouble

    def direct(self, person: int) -> tuple[Json, Effect]:
        """The request for somebody's DM channel: whom it reaches, and what it does."""
        channel = {"id": str(person + DM_CHANNELS), "type": 1, "recipients": [user(person, f"person{person}")]}
        return {"kind": "user", "target": person, "event": None}, lambda _: channel

    def post(self, channel_id: int, body: Json) -> tuple[Json, Effect]:
        """The request to post: whom it reaches and what it is about, and what it does."""
        embed = body["embeds"][0]
        reference = _REFERENCE.search(embed.get("footer", {}).get("text", ""))
        envelope = {
            **address(channel_id),
            "event": int(reference[1]) if reference else None,
            "nonce": body.get("nonce"),
            "title": embed.get("title", ""),
        }
        if body.get("content"):
            # It speaks to somebody in a channel.
            envelope["kind"] = "mention"
        return envelope, lambda deleted: self._show(channel_id, body, envelope, deleted=deleted)

    def _show(self, channel_id: int, body: Json, envelope: Json, *, deleted: bool) -> Json:
        now, nonce = self.clock(), body.get("nonce") if body.get("enforce_nonce") else None
        if nonce in self.remembered and now - self.remembered[nonce][0] <= REMEMBERS_NONCES:
            return self.remembered[nonce][1]
        posted = message(snowflake(now, next(self.ids)), channel_id, body, now)
        shown = {"id": posted["id"], "buttons": len(posted["components"])}
        self.arrivals.append({**envelope, **shown, "at": now.isoformat(), "deleted": deleted})
        if not deleted:
            self.channels[channel_id].append(posted)
        if nonce is not None:
            self.remembered[nonce] = (now, posted)
        return posted

    def edit(self, channel_id: int, message_id: str, body: Json) -> tuple[Json, Effect]:
        """The request to edit a post: whom it reaches, and what it does. None there means that it was deleted."""
        found = next((one for one in self.channels[channel_id] if one["id"] == message_id), None)

        def change(_: bool) -> Json | None:
            if found is not None:
                found.update(body)
                arrival = next(one for one in self.arrivals if one["id"] == message_id)
                arrival["buttons"] = len(found["components"])
            return found

        return {**address(channel_id), "event": None}, change

    def history(self, channel_id: int, after: int, limit: int) -> tuple[Json, Effect]:
        """The request to read: whose channel, and the posts after that id, the newest first."""
        found = [one for one in self.channels[channel_id] if int(one["id"]) > after]
        return {**address(channel_id), "event": None}, lambda _: list(reversed(found[:limit]))


def address(channel_id: int) -> Json:
    """Whom a channel reaches, in the words of a message row."""
    if channel_id > DM_CHANNELS:
        return {"kind": "user", "target": channel_id - DM_CHANNELS}
    return {"kind": "channel", "target": channel_id}


class Worlds:
    """The server: every trial's world, and how trials get at theirs."""

    def __init__(self) -> None:
        self._worlds: dict[str, World] = {}

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_put("/{trial}", self._make)
        app.router.add_patch("/{trial}", self._move)
        app.router.add_get("/{trial}", self._tell)
        app.router.add_delete("/{trial}", self._end)
        app.router.add_route("*", "/{trial}/api/v10/{rest:.*}", self._rest)
        return app

    async def _make(self, request: web.Request) -> web.Response:
        data = await request.json()
        self._worlds[request.match_info["trial"]] = World(
            SharedClock.from_dict(data["clock"]),
            {int(number): Trouble(trouble) for number, trouble in data["at"].items()},
            {target: Trouble(trouble) for target, trouble in data["targets"].items()},
            data["rate"],
            random.Random(data["seed"]),  # noqa: S311 - it has to be the same again
        )
        return reply({})

    async def _move(self, request: web.Request) -> web.Response:
        world = self._worlds[request.match_info["trial"]]
        world.clock = SharedClock.from_dict(await request.json())
        return reply({})

    async def _tell(self, request: web.Request) -> web.Response:
        world = self._worlds[request.match_info["trial"]]
        return reply(
            {"arrivals": world.arrivals, "refusals": world.refusals, "requests": world.requests, "failed": world.failed}
        )

    async def _end(self, request: web.Request) -> web.Response:
        del self._worlds[request.match_info["trial"]]
        return reply({})

    async def _rest(self, request: web.Request) -> web.Response:
        world = self._worlds.get(request.match_info["trial"])
        body: Json = await request.json() if request.can_read_body else {}
        match request.method, request.match_info["rest"].split("/"):
            case "GET", ["users", "@me"]:
                answer = user(APPLICATION, "herald", bot=True)
            case "GET", ["oauth2", "applications", "@me"]:
                answer = application()
            case "POST", ["users", "@me", "channels"] if world:
                return await _reply(request, world, *world.direct(int(body["recipient_id"])))
            case "POST", ["channels", channel_id, "messages"] if world:
                return await _reply(request, world, *world.post(int(channel_id), body))
            case "PATCH", ["channels", channel_id, "messages", message_id] if world:
                return await _reply(request, world, *world.edit(int(channel_id), message_id, body))
            case "GET", ["channels", channel_id, "messages"] if world:
                after, limit = int(request.query.get("after", 0)), int(request.query.get("limit", 50))
                return await _reply(request, world, *world.history(int(channel_id), after, limit))
            case _:
                return reply({"message": "404: Not Found", "code": 0}, status=404)
        return reply(answer)


async def _reply(request: web.Request, world: World, envelope: Json, effect: Effect) -> web.Response:
    """Let a request have its effect and its answer, or what its trouble is."""
    trouble = world.next_trouble(envelope)
    if trouble in _REFUSALS:
        status, code, words = _REFUSALS[trouble]
        world.refusals.append({**envelope, "code": code})
        return reply({"message": words, "code": code}, status=status)
    if trouble in _WAITS:
        limited = reply({"message": "You are being rate limited.", "retry_after": _WAITS[trouble]}, status=429)
        limited.headers["Via"] = "1.1 trial"
        return limited
    if trouble in _BROKEN:
        return reply({"message": "Internal Server Error", "code": 0}, status=_BROKEN[trouble])
    answer: Any = {} if trouble is Trouble.RESET else effect(trouble is Trouble.DELETED)
    if trouble is Trouble.DELAYED:
        await asyncio.sleep(DELAY)
    elif trouble is not None and request.transport is not None:
        request.transport.abort()
    if answer is None:
        return reply({"message": "Unknown Message", "code": 10008}, status=404)
    return reply(answer)


async def _serve(port_to: int, lives: int) -> None:
    runner = web.AppRunner(Worlds().application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    os.write(port_to, str(runner.addresses[0][1]).encode())
    os.close(port_to)
    ended = asyncio.Event()
    # Nothing is ever written there: it can be read once whoever holds the other end has ended.
    asyncio.get_running_loop().add_reader(lives, ended.set)
    await ended.wait()
    await runner.cleanup()


class WorldClient:
    """The world's process, as whoever runs trials sees it. Make it before there is a thread or a loop."""

    def __init__(self) -> None:
        port_from, port_to = os.pipe()
        lives, self._life = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            os.close(self._life)
            os.close(port_from)
            try:
                asyncio.run(_serve(port_to, lives))
            finally:
                os._exit(0)
        os.close(port_to)
        os.close(lives)
        self.port = int(os.read(port_from, 16))
        os.close(port_from)
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def make(
        self,
        trial: str,
        clock: SharedClock,
        *,
        at: dict[int, Trouble] | None = None,
        targets: dict[int, Trouble] | None = None,
        rate: float = 0.0,
        seed: int = 0,
    ) -> str:
        """A new world; returns the address of its REST interface."""
        plan = {"clock": clock.to_dict(), "at": at or {}, "targets": targets or {}, "rate": rate, "seed": seed}
        self._ask("PUT", trial, plan)
        return f"http://127.0.0.1:{self.port}/{trial}/api/v10"

    def move(self, trial: str, clock: SharedClock) -> None:
        self._ask("PATCH", trial, clock.to_dict())

    def record(self, trial: str) -> Json:
        return self._ask("GET", trial)

    def end(self, trial: str) -> None:
        self._ask("DELETE", trial)

    def forget_parent(self) -> None:
        """In a process forked from this one: do not keep the world alive."""
        os.close(self._life)
        with contextlib.suppress(OSError):
            self._connection.close()

    def close(self) -> None:
        self._connection.close()
        os.close(self._life)
        os.waitpid(self._pid, 0)

    def _ask(self, method: str, trial: str, body: Any = None) -> Json:
        text = None if body is None else json.dumps(body)
        self._connection.request(method, f"/{trial}", text, {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        data = response.read()
        assert response.status == 200, data
        return json.loads(data)
