"""/admin: for those who run Herald itself"""

from __future__ import annotations

from dataclasses import replace

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.base import HeraldCog
from bot.replies import caller_of, person_of, say
from models import Permission
from services.actor import Actor
from services.errors import Invalid
from services.notice import Field, Notice, line

_LEVELS = [app_commands.Choice(name=level.value, value=level.value) for level in Permission]


class AdminCog(HeraldCog, commands.GroupCog, group_name="admin", group_description="Running Herald itself"):
    async def actor(self, interaction: discord.Interaction) -> Actor:
        caller = replace(caller_of(interaction), owns_bot=await self.bot.is_owner(interaction.user))
        return await self.herald.accounts.actor(caller)

    @app_commands.command(description="Give somebody a level in running Herald (the bot's owner and superadmins)")
    @app_commands.describe(person="Who", level="What they become")
    @app_commands.choices(level=_LEVELS)
    async def permission(self, interaction: discord.Interaction, person: discord.User, level: str) -> None:
        if person.bot:
            raise Invalid("Bots cannot run Herald. Pick a person.")
        await self.herald.staff.set_permission(await self.actor(interaction), person_of(person), Permission(level))
        await say(interaction, f"{person_of(person).name} is {level} in Herald now.")

    @app_commands.command(description="List who helps to run Herald (the bot's owner and superadmins)")
    async def people(self, interaction: discord.Interaction) -> None:
        found = await self.herald.staff.people(await self.actor(interaction))
        lines = [line(f"{account.display_name}: {account.permission.value}") for account in found]
        empty = line("Nobody yet. /admin permission makes somebody one.")
        await say(interaction, Notice(title="Who runs Herald", lines=tuple(lines) or (empty,)))

    @app_commands.command(description="Show how Herald is doing (those who run it)")
    async def status(self, interaction: discord.Interaction) -> None:
        health = await self.herald.staff.health(await self.actor(interaction))
        fields = (
            Field("Communities", line(str(health.organizations))),
            Field("Servers", line(str(health.guilds))),
            Field("Accounts", line(str(health.accounts))),
            Field("Deliveries", line(f"{health.deliveries_waiting} waiting, {health.deliveries_dead} dead")),
            Field("Messages", line(f"{health.messages_waiting} waiting, {health.messages_failed} failed")),
        )
        await say(interaction, Notice(title="Herald", fields=fields))
