"""What every cog has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.render import fit
from bot.replies import caller_of
from services.actor import Actor
from services.herald import Herald

if TYPE_CHECKING:
    from bot.client import HeraldBot

Choices = list[app_commands.Choice[str]]

MOST_CHOICES = 25
"""Suggestions, or options of a select, that Discord shows."""

_PICKED = re.compile(r"#(\d{1,9})", re.ASCII)


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


def numbered(found: list[tuple[str, int]], typed: str) -> Choices:
    """Suggestions of things whose names may be alike; `picked` tells which was taken."""
    matching = [one for one in found if typed.casefold() in one[0].casefold()]
    return [app_commands.Choice(name=fit(name, 100), value=f"#{id}") for name, id in matching[:MOST_CHOICES]]


def picked(text: str) -> int | None:
    """The id of what was picked from `numbered`, or None when something else was typed."""
    match = _PICKED.fullmatch(text.strip())
    return int(match[1]) if match else None
