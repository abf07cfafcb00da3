"""The start page: one address that stays, from which the visitor goes everywhere."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.demo.desk import Desk
from bot.demo.director import Director
from bot.demo.places import Place, Unread
from bot.demo.scene import NEWCOMER, Crowd
from bot.demo.stage import Stage
from bot.demo.window import Window
from models import MessageStatus, TargetKind
from services.overview import MessageLine
from services.sender import Target

HOST = "127.0.0.1"
LOOK = 0.25
"""Seconds between two looks for what is new."""

PEOPLE = {
    "Olga": "owns the server and runs the tournaments",
    "Ann": "racer",
    "Bo": "racer",
    "Rae": "reviewer",
    "Mo": "moderator",
    NEWCOMER: "new here, with an invite in her DMs",
}
"""Whom the visitor can be."""

PARTS = ("said", "proof", "state", "people", "channels", "controls", "events", "counts", "queue", "trail")
"""The parts of the page that change: blocks of the template, and ids in the page."""

HEADERS = {
    # Nothing comes from elsewhere, and nobody frames the page to steal a click.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # With "no-referrer", a browser without JavaScript would not say either that a form comes from this page.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PortTaken(Exception):
    """None of the ports can be used. The message says why the last one cannot."""


class Site:
    def __init__(
        self, stage: Stage, desk: Desk, window: Window, unread: Unread, director: Director, crowd: Crowd
    ) -> None:
        self._stage = stage
        self._desk = desk
        self._window = window
        self._unread = unread
        self._director = director
        self._crowd = crowd
        self._viewer = "Olga"
        self._said = "Welcome. Choose whom to be, and open a channel."
        self._over = asyncio.Event()
        self._dms = {name: stage.user(name).dm_channel.id for name in stage.people}
        pages = Environment(
            loader=PackageLoader("bot.demo", "pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        pages.filters["clock"] = _clock
        self._template = pages.get_template("start.html")

    def app(self) -> web.Application:
        """The web application. It answers only to requests from this machine's own pages."""
        app = web.Application(middlewares=[_guard])
        app.on_response_prepare.append(_secure)
        app.add_routes(
            [
                web.get("/", self._start),
                web.get("/live", self._live),
                web.get("/open/{kind:channel|dms}/{name}", self._open),
                web.get(r"/open/thread/{id:\d{1,20}}", self._open_thread),
                web.post("/be/{name}", self._be),
                web.post("/do/{what}", self._do),
                web.post("/do/{what}/{name}", self._do),
                web.static("/static", Path(__file__).parent / "pages" / "static"),
            ]
        )
        return app

    def end(self) -> None:
        """Let the live streams end."""
        self._over.set()

    async def _start(self, _: web.Request) -> web.Response:
        return web.Response(text=self._template.render(await self._facts()), content_type="text/html")

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events (WHATWG HTML): each an object with the parts of the page that have changed."""
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        shown: dict[str, str] = {}
        with contextlib.suppress(ConnectionError):
            while not self._over.is_set():
                context = self._template.new_context(await self._facts())
                parts = {name: "".join(self._template.blocks[name](context)) for name in PARTS}
                news = {name: html for name, html in parts.items() if shown.get(name) != html}
                if news:
                    await stream.write(f"data: {json.dumps(news)}\n\n".encode())
                shown = parts
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._over.wait(), LOOK)
        return stream

    async def _open(self, request: web.Request) -> web.Response:
        return await self._show(Place(request.match_info["name"], dm=request.match_info["kind"] == "dms"))

    async def _open_thread(self, request: web.Request) -> web.Response:
        wanted = int(request.match_info["id"])
        names = [door.name for door in self._unread.doors(self._viewer) if door.id == wanted]
        if not names:
            raise web.HTTPNotFound(text=f"{self._viewer} is in no such thread.")
        return await self._show(Place(names[0], thread=wanted))

    async def _show(self, place: Place) -> web.Response:
        try:
            url = await self._window.open(place, self._viewer)
        except KeyError:
            raise web.HTTPNotFound(text=f"There is no {place.title} here.") from None
        raise web.HTTPSeeOther(url)

    async def _be(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in PEOPLE:
            raise web.HTTPNotFound(text=f"There is no {name} to be.")
        self._viewer = name
        self._said = f"You are {name} now."
        raise web.HTTPSeeOther("/")

    async def _do(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name")
        acts: dict[str, Callable[..., Awaitable[str]]] = {
            "kill": self._director.kill,
            "revive": self._director.revive,
            "hand-in": self._director.hand_in,
            "pause": self._director.pause,
            "resume": self._director.resume,
            "delete-channel": self._director.delete_channel,
            "create-channel": self._director.create_channel,
            "break-discord": self._director.break_discord,
        }
        for_one: dict[str, Callable[..., Awaitable[str]]] = {
            "close-dms": self._director.close_dms,
            "open-dms": self._director.open_dms,
        }
        act = (acts if name is None else for_one).get(request.match_info["what"])
        if act is None or (name is not None and name not in PEOPLE):
            raise web.HTTPNotFound(text="There is nothing of this name to do.")
        self._said = await (act() if name is None else act(name))
        raise web.HTTPSeeOther("/")

    async def _facts(self) -> dict[str, Any]:
        inside = await self._desk.look()
        doors = self._unread.doors(self._viewer)
        return {
            "said": self._said,
            "stage": self._stage,
            "director": self._director,
            "crowd": self._crowd,
            "window": self._window,
            "viewer": self._viewer,
            "people": PEOPLE,
            "now": self._stage.env.now(),
            "unread_dms": {name: self._unread.at(self._dms[name]) for name in PEOPLE},
            "unread": {name: self._unread.at(channel.id) for name, channel in self._stage.channels.items()},
            "threads": {name: [one for one in doors if one.channel == name] for name in self._stage.channels},
            "race": next((one for one in reversed(doors) if not one.archived), None),
            "inside": inside,
            "place_of": self._place_of,
            "outcome_of": _outcome,
        }

    def _place_of(self, target: Target) -> str:
        ids = self._dms_by_user() if target.kind is TargetKind.USER else self._channels_by_id()
        return ids.get(target.id, "a deleted channel")

    def _dms_by_user(self) -> dict[int, str]:
        return {member.id: Place(name, dm=True).title for name, member in self._stage.people.items()}

    def _channels_by_id(self) -> dict[int, str]:
        names = {channel.id: Place(name).title for name, channel in self._stage.channels.items()}
        threads = [thread for channel in self._stage.channels.values() for thread in channel.threads]
        return names | {thread.id: thread.name or "" for thread in threads}


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn away whoever comes by another name (DNS rebinding) or from another site's page (CSRF)."""
    try:
        host = urlsplit(f"//{request.host}").hostname
        origin = urlsplit(request.headers.get("Origin", f"http://{request.host}")).netloc
    except ValueError:
        host = origin = None
    if host not in (HOST, "localhost") or origin != request.host:
        raise web.HTTPForbidden(text="This page is for the machine that it runs on.")
    return await handler(request)


async def _secure(_: web.Request, response: web.StreamResponse) -> None:
    """Every response says what it may do: streams, refusals and failures too."""
    response.headers.update(HEADERS)


def listen(ports: tuple[int, ...]) -> socket.socket:
    """Listen on the first of `ports` that is free (0: any). Raises PortTaken."""
    for port in ports[:-1]:
        with contextlib.suppress(OSError):
            return socket.create_server((HOST, port))
    try:
        return socket.create_server((HOST, ports[-1]))
    except OSError as error:
        raise PortTaken(f"port {ports[-1]} cannot be used: {error.strerror}") from error


@asynccontextmanager
async def serve(site: Site, listening: socket.socket) -> AsyncGenerator[str]:
    """Serve `site` on a socket of `listen`, which is closed at the end; yields its address."""
    runner = web.AppRunner(site.app(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        yield f"http://{HOST}:{listening.getsockname()[1]}/"
    finally:
        site.end()
        await runner.cleanup()


def _outcome(message: MessageLine) -> str:
    if message.told_by is not None:
        return f"told by {message.told_by}"
    if message.status is not MessageStatus.PENDING:
        return message.status.value
    if message.due_at is not None:
        return f"again at {_clock(message.due_at)}"
    return f"on its way, attempt {message.attempts}" if message.attempts else "waiting"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}"
