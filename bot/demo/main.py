"""The demo from beginning to end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.demo.browser import show_in_browser
from bot.demo.desk import open_desk
from bot.demo.director import Director
from bot.demo.places import Unread
from bot.demo.scene import Crowd
from bot.demo.script import perform
from bot.demo.site import PortTaken, Site, listen, serve
from bot.demo.stage import Stage, open_stage
from bot.demo.window import Window
from bot.settings import Settings

PORT = 8420
"""Where the start page is, unless that port is in use."""

PLAY = timedelta(minutes=18)
"""Longer than people take for the play, and for what has happened before the visitor comes."""

DELAY = 0.25
"""Seconds that a message takes to Discord, and its answer back: long enough to be seen, and to be killed in."""


async def demo(*, script_only: bool, port: int | None = None, browser: bool = True) -> int:
    """Play a tournament and check it; then, unless `script_only`, show the server until Ctrl-C.

    Returns the exit status: 0 when each expected message and audit row was there, 2 when `port` is in use.
    """
    if script_only:
        return await _play(None)
    try:
        # Before the play: who has to choose another port need not wait for its end.
        with listen((PORT, 0) if port is None else (port,)) as listening:
            return await _play(listening, browser=browser)
    except PortTaken as error:
        print(f"herald: {error}. Choose another: --port.", file=sys.stderr)
        return 2


async def _play(listening: socket.socket | None, *, browser: bool = False) -> int:
    """Play; then, with a socket, show the server there."""
    # The play takes its own time, and must not end in the future.
    now = None if listening is None else datetime.now(UTC) - PLAY
    with TemporaryDirectory(prefix="herald-demo-") as folder:
        settings = Settings(database_url=f"sqlite://{Path(folder) / 'demo.sqlite3'}")
        async with open_stage(settings, now=now) as stage:
            verdict = await perform(stage, print)
            if verdict.faults:
                return 1
            if listening is not None:
                await _show(stage, listening, browser=browser)
    return 0


async def _show(stage: Stage, listening: socket.socket, *, browser: bool) -> None:
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    async with open_world(stage, listening) as url:
        # Not sooner: until then, a signal breaks off whatever goes on, as in the play.
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt.
                loop.add_signal_handler(number, over.set)
        print(f"\nHerald's demo is open at {url} (Ctrl-C ends it)", flush=True)
        if browser:
            show_in_browser(url)
        await over.wait()


@asynccontextmanager
async def open_world(stage: Stage, listening: socket.socket) -> AsyncGenerator[str]:
    """Put a played stage into motion and serve its start page on a socket; yields the address."""
    unread, crowd = Unread(stage), Crowd(stage)
    window = Window(stage, unread)
    director = Director(stage, crowd, window, unread)
    await crowd.arrive()
    await director.catch_up()
    stage.wire.delay = DELAY
    async with open_desk(stage) as desk:
        work = [asyncio.create_task(crowd.live()), asyncio.create_task(director.keep_time())]
        try:
            async with serve(Site(stage, desk, window, unread, director, crowd), listening) as url:
                yield url
        finally:
            # After the site: nobody can begin anything any more.
            for task in work:
                task.cancel()
            await asyncio.wait(work)
            await director.end()
            await window.close()
