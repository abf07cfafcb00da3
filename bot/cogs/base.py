"""What every cog has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.replies import caller_of
from services.actor import Actor
from services.herald import Herald

if TYPE_CHECKING:
    from bot.client import HeraldBot

Choices = list[app_commands.Choice[str]]


class HeraldCog(commands.Cog):
    def __init__(self, bot: HeraldBot) -> None:
        self.bot = bot

    @property
    def herald(self) -> Herald:
        return self.bot.herald

    async def actor(self, interaction: discord.Interaction) -> Actor:
        """Who acts, with an account that is made at their first use."""
        return await self.herald.accounts.actor(caller_of(interaction))

    async def known_actor(self, interaction: discord.Interaction) -> Actor | None:
        """Who types, for autocomplete: None when they have no account."""
        return await self.herald.accounts.known_actor(caller_of(interaction))


def choices(names: list[str]) -> Choices:
    return [app_commands.Choice(name=name, value=name) for name in names]
