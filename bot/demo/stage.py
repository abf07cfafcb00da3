"""The simulated community: a server with its channels and people, and the real bot in it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import discord
from simcord import ChannelHandle, Env, GuildHandle, MemberActor, RoleHandle, UserHandle

from bot.client import HeraldBot, create_bot
from bot.settings import Settings

CHANNELS = ("announcements", "review", "audit", "races")
RACERS = ("Ann", "Bo")
EVERYBODY = ("Olga", *RACERS, "Rae", "Mo")
"""Olga owns the server and organizes; Rae reviews and Mo moderates, by Discord roles of theirs."""


@dataclass(slots=True)
class Stage:
    """One simulated Discord. `bot` changes when a restart replaces it; all else lives on."""

    env: Env
    settings: Settings
    bot: HeraldBot
    guild: GuildHandle
    channels: dict[str, ChannelHandle]
    roles: dict[str, RoleHandle]
    people: dict[str, MemberActor]

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

    async def settle(self) -> None:
        """Let the bot finish whatever it does."""
        await self.env.settle()

    async def restart(self) -> None:
        """Stop the bot properly, and start a fresh one in the same Discord on the same database."""
        await self.bot.close()
        self.bot = create_bot(self.settings)
        await self.env.restart_bot(self.bot)
        await self.settle()


@asynccontextmanager
async def open_stage(settings: Settings) -> AsyncGenerator[Stage]:
    """A community in which Herald was just added to the server, and nothing is set up yet."""
    bot = create_bot(settings)
    # Not `simcord.run`: what it does to context variables fails where a test's fixture opens and closes it.
    env = Env(bot, check_errors=False, settle_timeout=30.0)
    env.backend.bot_user.name = "Herald"
    await env.start()
    stage = _people(env, settings, bot)
    try:
        await stage.settle()
        yield stage
    finally:
        await stage.bot.close()
        await env.shutdown()


def _people(env: Env, settings: Settings, bot: HeraldBot) -> Stage:
    owner = env.create_user("olga", global_name="Olga")
    guild = env.create_guild("Racing Club", owner=owner)
    roles = {name: guild.create_role(name) for name in ("Reviewers", "Moderators")}
    channels = {name: guild.create_text_channel(name) for name in CHANNELS}
    stage = Stage(env, settings, bot, guild, channels, roles, {"Olga": MemberActor(env, guild, owner)})
    for name in RACERS:
        stage.add_person(name)
    stage.add_person("Rae", "Reviewers")
    stage.add_person("Mo", "Moderators")
    return stage
