"""The demo's world, to be acted in by a test: time goes and the crowd acts only when the test lets them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.demo.desk import Desk, open_desk
from bot.demo.director import Director
from bot.demo.places import Unread
from bot.demo.scene import Crowd
from bot.demo.script import set_up
from bot.demo.site import Site
from bot.demo.stage import Stage, open_stage
from bot.demo.tally import Tally
from bot.demo.transcript import Transcript
from bot.demo.window import Window
from bot.settings import Settings
from tests.bot.people import People

BEFORE = timedelta(hours=1)
"""How far its time is behind the clock on the wall."""

QUEUES = ("delivery", "message")


@dataclass(frozen=True)
class DemoWorld:
    stage: Stage
    people: People
    unread: Unread
    crowd: Crowd
    window: Window
    director: Director
    desk: Desk
    site: Site

    async def tally(self) -> Tally:
        """How it stands once everything that is due has arrived."""
        await self.rest()
        return (await self.desk.look()).tally

    async def rest(self) -> None:
        """Let the bot finish, with what is on its way and what waits for its time."""
        for _ in range(40):
            await self.stage.settle()
            # simcord waits for no message that is under way, and must not let its minute pass before it is there.
            await until(lambda: not self.stage.wire.is_busy)
            await self.stage.settle()
            if self.stage.wire.is_busy:
                continue
            if not any(self.people.select(f"SELECT 1 FROM {table} WHERE status = 'pending'") for table in QUEUES):
                return
            async with self.stage.turn:
                await self.stage.env.advance_time(5)
        raise AssertionError("something is never delivered")


async def until(happened: Callable[[], object], *, within: float = 10.0) -> None:
    """Wait for what nobody reports."""
    async with asyncio.timeout(within):
        while not happened():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.002)


@asynccontextmanager
async def demo_world(settings: Settings, file: Path, sprinters: Sequence[str] = ()) -> AsyncGenerator[DemoWorld]:
    """Racing Club as a visitor finds it; so many races on one's own time as `sprinters` have run take a while."""
    async with open_stage(settings, now=datetime.now(UTC) - BEFORE) as stage:
        await set_up(stage, Transcript(stage, lambda _: None))
        unread, crowd = Unread(stage), Crowd(stage)
        window = Window(stage, unread)
        director = Director(stage, crowd, window, unread)
        await crowd.arrive(sprinters=sprinters)
        async with open_desk(stage) as desk:
            site = Site(stage, desk, window, unread, director, crowd)
            yield DemoWorld(stage, People(stage, file), unread, crowd, window, director, desk, site)
            await director.end()
            await window.close()
