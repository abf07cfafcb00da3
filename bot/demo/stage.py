"""The simulated community: a server with its channels and people, and the real bot in it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import discord
from simcord import ChannelHandle, Env, GuildHandle, MemberActor, RoleHandle, UserHandle

from bot.client import HeraldBot
from bot.demo.wire import Wire
from bot.settings import Settings
from events.pump import Pump

CHANNELS = ("announcements", "review", "audit", "races")
RACERS = ("Ann", "Bo")
EVERYBODY = ("Olga", *RACERS, "Rae", "Mo")
"""Olga owns the server and organizes; Rae reviews and Mo moderates, by Discord roles of theirs."""


_log = logging.getLogger(__name__)


class StageBot(HeraldBot):
    """The real bot, with the wire between it and its Discord."""

    def __init__(self, settings: Settings, connect: Callable[[HeraldBot], None]) -> None:
        super().__init__(settings)
        self._connect = connect

    async def setup_hook(self) -> None:
        # Only now has simcord given the bot its transport, and at the end of this the courier begins to send.
        self._connect(self)
        # simcord takes each refusal, which is an answer to a person, for a mistake of the bot's.
        vars(self.tree).pop("on_error", None)
        await super().setup_hook()


class StageEnv(Env):
    """A Discord in which what the bot is to do at an instant is done when the simulated time has come to it.

    simcord would wait for it in real seconds, were it near, and let nobody do anything meanwhile.
    """

    def _schedule_timer(self, record: Any, callback: Any, args: Any, schedule_context: Any) -> None:
        if not isinstance(getattr(callback, "__self__", None), Pump):
            super()._schedule_timer(record, callback, args, schedule_context)


@dataclass(slots=True)
class Stage:
    """One simulated Discord. `bot` changes when another one replaces it; all else lives on.

    simcord does one thing at a time. Where several act at once, each takes its `turn`.
    """

    env: Env
    wire: Wire
    settings: Settings
    bot: HeraldBot
    guild: GuildHandle
    channels: dict[str, ChannelHandle]
    roles: dict[str, RoleHandle]
    people: dict[str, MemberActor]
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    alive: bool = True

    def user(self, name: str) -> UserHandle:
        """A person as they are in DMs."""
        return self.people[name].user

    def add_person(self, name: str, *roles: str) -> MemberActor:
        """Somebody joins the server."""
        user = self.env.create_user(name.lower(), global_name=name)
        member = self.guild.add_member(user, roles=[self.roles[role] for role in roles])
        self.people[name] = member
        return member

    def posts(self, channel: str) -> list[discord.Message]:
        """What stands in a channel, oldest first."""
        return self.channels[channel].history()

    def dms(self, name: str) -> list[discord.Message]:
        """What stands in a person's DMs with the bot, oldest first."""
        user = self.user(name)
        return user.dm_channel.history(viewer=user)

    def threads(self, name: str) -> list[ChannelHandle]:
        """The private threads that somebody is in, also archived ones, oldest first."""
        member = self.people[name].id
        return [
            ChannelHandle(self.env, self.guild, channel)
            for _, channel in sorted(self.env.backend.channels.items())
            if channel.is_thread and member in channel.thread_members
        ]

    def parent_of(self, thread: ChannelHandle) -> int:
        """The id of the channel that a thread belongs to."""
        return self.env.backend.channels[thread.id].parent_id or 0

    def is_archived(self, thread: ChannelHandle) -> bool:
        metadata = self.env.backend.channels[thread.id].thread_metadata
        return metadata is not None and metadata.archived

    async def settle(self) -> None:
        """Let the bot finish whatever it does."""
        await self.env.settle()

    async def restart(self) -> None:
        """Stop the bot properly, and start a fresh one in the same Discord on the same database."""
        await self.bot.close()
        await self.revive()
        await self.settle()

    async def kill(self) -> None:
        """End the bot as a killed process ends: its tasks dropped, its database connection cut."""
        self.alive = False
        # A killed process says nothing any more.
        logging.disable(logging.CRITICAL)
        try:
            # At once: none of its tasks may come to its clean-up while the database still listens. simcord's own
            # way to part from a bot waits first until the bot has finished, hence its inner one.
            detach = self.env._detach_bot()  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001
            await asyncio.gather(self.bot.herald.terminate(), detach)
        finally:
            logging.disable(logging.NOTSET)

    async def revive(self) -> None:
        """Start a fresh bot in the same Discord on the same database.

        Raises TimeoutError when this machine is too busy for simcord, which gives a start five seconds; it may be
        tried again.
        """
        self.bot = StageBot(self.settings, self.wire.connect)
        try:
            if self.env._started:  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001 - after a failed start it is not
                await self.env.restart_bot(self.bot)
            else:
                self.env.bot = self.bot
                await self.env.start()
        except TimeoutError:
            await self.bot.herald.terminate()
            raise
        self.alive = True


@asynccontextmanager
async def open_stage(settings: Settings, *, now: datetime | None = None) -> AsyncGenerator[Stage]:
    """A community in which Herald was just added to the server, and nothing is set up yet.

    Its time begins at `now` (UTC), or on a day that is always the same.
    """
    bot = StageBot(settings, lambda bot: wire.connect(bot))  # noqa: PLW0108 - there is no wire before the bot
    # Not `simcord.run`: what it does to context variables fails where a test's fixture opens and closes it.
    env = StageEnv(bot, check_errors=False, settle_timeout=30.0)
    wire = Wire(env)
    env.backend.bot_user.name = "Herald"
    if now is not None:
        env.backend.clock.advance((now - env.now()).total_seconds())
    await env.start()
    stage = _people(env, wire, settings, bot)
    try:
        await stage.settle()
        yield stage
    finally:
        if stage.alive:
            await stage.bot.close()
        else:
            # Harmless for a killed bot, and the end of one whose start was broken off.
            await stage.bot.herald.terminate()
        await env.shutdown()


async def attempt(step: Callable[[], Awaitable[object]]) -> None:
    """Take one step of a work that goes on: what fails in it is logged, and the next step may succeed."""
    task = asyncio.current_task()
    try:
        await step()
    except asyncio.CancelledError:
        # simcord waits for the killed bot's timers, and hands on that they were cancelled; nobody cancelled us.
        if task is None or task.cancelling():
            raise
    except Exception:  # noqa: BLE001 - whatever simcord raises, the world must go on
        _log.warning("a step failed", exc_info=True)


def _people(env: Env, wire: Wire, settings: Settings, bot: HeraldBot) -> Stage:
    owner = env.create_user("olga", global_name="Olga")
    guild = env.create_guild("Racing Club", owner=owner)
    roles = {name: guild.create_role(name) for name in ("Reviewers", "Moderators")}
    channels = {name: guild.create_text_channel(name) for name in CHANNELS}
    stage = Stage(env, wire, settings, bot, guild, channels, roles, {"Olga": MemberActor(env, guild, owner)})
    for name in RACERS:
        stage.add_person(name)
    stage.add_person("Rae", "Reviewers")
    stage.add_person("Mo", "Moderators")
    return stage
