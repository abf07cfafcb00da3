"""What the visitor can do to the world, beyond what its people can."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from bot.demo.places import Place, Unread
from bot.demo.scene import Crowd
from bot.demo.stage import Stage, attempt
from bot.demo.window import Window
from bot.demo.wire import CLOSED

OUTAGE = 10.0
"""Seconds for which Discord answers 500."""

IN_FLIGHT = 2.0
"""Seconds within which the bot should be busy, to be killed in the middle of it."""

ANNOUNCEMENTS = "announcements"
KEPT = 1000
"""Gateway events and requests that simcord remembers."""

BEAT = 0.25
"""Seconds between two looks at the clock and at what is new."""


class Director:
    """Each method returns one sentence on what happened, for the visitor."""

    def __init__(self, stage: Stage, crowd: Crowd, window: Window, unread: Unread) -> None:
        self._stage = stage
        self._crowd = crowd
        self._window = window
        self._unread = unread
        self._closed: dict[str, Callable[[], None]] = {}
        self._outage_ends: datetime | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        # A kill waits for nobody's turn, so nothing else keeps it and a start apart.
        self._life = asyncio.Lock()

    @property
    def closed(self) -> set[str]:
        """Whose DMs are closed."""
        return set(self._closed)

    @property
    def outage(self) -> timedelta | None:
        """For how long Discord still answers 500."""
        return self._outage_ends and max(self._outage_ends - datetime.now(UTC), timedelta())

    @property
    def announcing(self) -> bool:
        """Whether #announcements exists."""
        return ANNOUNCEMENTS in self._stage.channels

    async def kill(self) -> str:
        """Kill the bot while it tells people of a run."""
        async with self._life:
            if not self._stage.alive:
                return "The bot is dead already. Start a fresh one."
            if not self._stage.wire.is_busy:
                self._spawn(self._crowd.hand_in)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(IN_FLIGHT):
                        await self._stage.wire.busy()
            await self._stage.kill()
        return "The bot was killed in the middle of its work. Whatever it had committed waits in the database."

    async def revive(self) -> str:
        async with self._life, self._stage.turn:
            if self._stage.alive:
                return "The bot is running. Kill it first."
            try:
                await self._stage.revive()
            except TimeoutError:
                return "This machine is too busy to start the bot. Try again."
        self._unread.changed = True
        return "A fresh bot runs, and goes on where the killed one was stopped."

    async def hand_in(self) -> str:
        if not self._stage.alive:
            return "Nobody can hand in a run while the bot is dead."
        racer = await self._crowd.hand_in()
        return f"{racer} handed in a run." if racer else "No racer could hand in a run."

    async def pause(self) -> str:
        self._crowd.pause()
        return "The simulated racers rest."

    async def resume(self) -> str:
        self._crowd.resume()
        return "The simulated racers go on."

    async def close_dms(self, name: str) -> str:
        """Raises KeyError for an unknown person."""
        async with self._stage.turn:
            if name not in self._closed:
                channel_id = self._stage.user(name).dm_channel.id
                self._closed[name] = self._stage.wire.answer_with(403, code=CLOSED, channel_id=channel_id)
        return f"{name} takes no more DMs."

    async def open_dms(self, name: str) -> str:
        if end := self._closed.pop(name, None):
            end()
        return f"{name} takes DMs again. Once Discord has refused one, Herald leaves {name} in peace for a day."

    async def delete_channel(self) -> str:
        threads = self._stage.channels[ANNOUNCEMENTS].threads if self.announcing else []
        at = self._window.place
        if at is not None and (at == Place(ANNOUNCEMENTS) or at.thread in [thread.id for thread in threads]):
            await self._window.close()
        async with self._stage.turn:
            if not self.announcing:
                return "#announcements is gone already."
            channel = self._stage.channels.pop(ANNOUNCEMENTS)
            # Discord takes the threads of a channel along.
            for thread in channel.threads:
                self._stage.env.backend.delete_channel(thread.id)
            self._stage.env.backend.delete_channel(channel.id)
        return "#announcements is deleted. What goes there from now on is kept with Discord's reason."

    async def create_channel(self) -> str:
        async with self._stage.turn:
            if self.announcing:
                return "#announcements is there."
            channel = self._stage.guild.create_text_channel(ANNOUNCEMENTS)
            self._stage.channels = {ANNOUNCEMENTS: channel, **self._stage.channels}
        return "There is a new #announcements. Herald does not know it yet: as Olga, choose it with /setup."

    async def break_discord(self) -> str:
        if self._outage_ends is None:
            self._outage_ends = datetime.now(UTC) + timedelta(seconds=OUTAGE)
            end = self._stage.wire.answer_with(500)
            self._spawn(lambda: self._mend(end))
        return f"Discord answers 500 to every message for {OUTAGE:.0f} seconds."

    async def catch_up(self) -> None:
        """Let it be in Discord as late as it is on the wall."""
        async with self._stage.turn:
            late = (datetime.now(UTC) - self._stage.env.now()).total_seconds()
            if late > 0:
                await self._stage.env.advance_time(late)

    async def keep_time(self) -> None:
        """Let time go with the wall clock, and show what is new, until cancelled."""
        while True:
            await asyncio.sleep(BEAT)
            await attempt(self.beat)

    async def beat(self) -> None:
        """Let time catch up, and show what is new."""
        await self.catch_up()
        # What simcord keeps for tests would fill the memory of a demo that runs for days.
        for record in (self._stage.env.backend.transcript, self._stage.env.backend.http_requests):
            del record[:-KEPT]
        if self._unread.changed or self._window.ended:
            self._unread.changed = False
            await self._window.refresh()

    async def end(self) -> None:
        """Drop what is still going on."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _mend(self, end: Callable[[], None]) -> None:
        try:
            await asyncio.sleep(OUTAGE)
        finally:
            end()
            self._outage_ends = None

    def _spawn(self, work: Callable[[], Awaitable[object]]) -> None:
        task = asyncio.create_task(attempt(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
