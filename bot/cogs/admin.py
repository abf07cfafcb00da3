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
from services.words import staff as words
from services.words.people import WHAT_THEY_BECOME, WHO

_LEVELS = [app_commands.Choice(name=words.LEVEL[level], value=level.value) for level in Permission]


class AdminCog(HeraldCog, commands.GroupCog, group_name="admin", group_description=words.GROUP):
    async def actor(self, interaction: discord.Interaction) -> Actor:
        caller = replace(caller_of(interaction), owns_bot=await self.bot.is_owner(interaction.user))
        return await self.herald.accounts.actor(caller)

    @app_commands.command(description=words.PERMISSION_COMMAND)
    @app_commands.describe(person=WHO, level=WHAT_THEY_BECOME)
    @app_commands.choices(level=_LEVELS)
    async def permission(self, interaction: discord.Interaction, person: discord.User, level: str) -> None:
        if person.bot:
            raise Invalid(words.BOTS_CANNOT_RUN_IT)
        actor, wanted = await self.actor(interaction), Permission(level)
        await self.herald.staff.set_permission(actor, person_of(person), wanted)
        await say(interaction, words.is_now(person_of(person).name, wanted))

    @app_commands.command(description=words.PEOPLE_COMMAND)
    async def people(self, interaction: discord.Interaction) -> None:
        found = await self.herald.staff.people(await self.actor(interaction))
        await say(interaction, words.people(found))

    @app_commands.command(description=words.STATUS_COMMAND)
    async def status(self, interaction: discord.Interaction) -> None:
        health = await self.herald.staff.health(await self.actor(interaction))
        await say(
            interaction,
            words.health(
                communities=health.organizations,
                servers=health.guilds,
                accounts=health.accounts,
                deliveries=(health.deliveries_waiting, health.deliveries_dead),
                messages=(health.messages_waiting, health.messages_failed),
            ),
        )
