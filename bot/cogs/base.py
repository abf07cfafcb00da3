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
from services.errors import NotFound
from services.herald import Herald
from services.paging import CHOICES
from services.words import input as words

if TYPE_CHECKING:
    from bot.client import HeraldBot

Choices = list[app_commands.Choice[str]]

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


def picks(found: list[tuple[str, int]], typed: str) -> Choices:
    """Things to pick from by their descriptions, which may be alike: each stands for an id (see `picked`)."""
    matching = [one for one in found if typed.casefold() in one[0].casefold()]
    return [app_commands.Choice(name=fit(name, 100), value=f"#{id}") for name, id in matching[:CHOICES]]


def reference(text: str) -> int | str:
    """What was picked (`#12`) by its id, anything else as it was typed."""
    match = _PICKED.fullmatch(text.strip())
    return int(match[1]) if match else text


def picked(text: str, what: str) -> int:
    """The id of what was picked from a list. Raises NotFound when something else was typed."""
    found = reference(text)
    if isinstance(found, str):
        raise NotFound(words.not_picked(what))
    return found


def choices(names: list[str]) -> Choices:
    return [app_commands.Choice(name=name, value=name) for name in names]
