"""/account: what Herald knows of a person, and its end"""

from __future__ import annotations

import gzip
from io import BytesIO
from typing import TYPE_CHECKING

import discord
import msgspec
from discord import app_commands
from discord.ext import commands

from bot.cogs.base import Choices, HeraldCog, choices
from bot.forms import Form, Question
from bot.replies import caller_of, person_of, say
from bot.router import Press, read_choice, read_id
from services.accounts import LONGEST_NAME, LONGEST_PRONOUNS
from services.erasure import Results
from services.errors import Invalid, NotFound, Unavailable
from services.paging import CHOICES
from services.text import LONGEST_URL
from services.time_zones import matching
from services.words import accounts as words

if TYPE_CHECKING:
    from bot.client import HeraldBot

EDIT = Form(
    "account_edit",
    words.TITLE_EDIT,
    (
        Question("name", words.LABEL_NAME, LONGEST_NAME, required=False),
        Question(
            "pronouns", words.LABEL_PRONOUNS, LONGEST_PRONOUNS, required=False, placeholder=words.PLACEHOLDER_PRONOUNS
        ),
        Question("stream", words.LABEL_STREAM, LONGEST_URL, required=False, placeholder=words.PLACEHOLDER_STREAM),
    ),
)
DELETE = Form(
    "account_delete",
    words.TITLE_DELETE,
    (Question("confirm", words.LABEL_CONFIRM, 20, placeholder=words.PLACEHOLDER_CONFIRM),),
)
LARGEST_FILE = 8 * 1024 * 1024
"""Bytes that fit into a message anywhere."""


class AccountCog(HeraldCog, commands.GroupCog, group_name="account", group_description=words.GROUP):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("account_edit", self.edited)
        bot.router.add("account_delete", self.deleted)

    @app_commands.command(description=words.SHOW_COMMAND)
    @app_commands.describe(person=words.WHOSE)
    async def show(self, interaction: discord.Interaction, person: discord.User | None = None) -> None:
        actor = await self.actor(interaction)
        if person is None:
            account = await self.herald.accounts.mine(actor)
        else:
            account = await self.herald.accounts.of(actor, person_of(person))
        await say(interaction, words.profile(account))

    @app_commands.command(description=words.EDIT_COMMAND)
    async def edit(self, interaction: discord.Interaction) -> None:
        account = await self.herald.accounts.mine(await self.actor(interaction))
        known = {"name": account.display_name, "pronouns": account.pronouns, "stream": account.stream_url}
        await EDIT.ask(interaction, "", known)

    async def edited(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        try:
            changed = await self.herald.accounts.edit(actor, **EDIT.answers(press))
        except (Invalid, Unavailable) as refusal:
            await EDIT.ask_again(press, refusal)
            return
        await say(press.interaction, words.SAVED if changed else words.AS_BEFORE)

    @app_commands.command(description=words.TIMEZONE_COMMAND)
    @app_commands.describe(zone=words.WHICH_ZONE)
    async def timezone(self, interaction: discord.Interaction, zone: str) -> None:
        changed = await self.herald.accounts.set_time_zone(await self.actor(interaction), zone)
        account = await self.herald.accounts.mine(await self.actor(interaction))
        outcome = words.time_zone_set if changed else words.time_zone_as_before
        await say(interaction, outcome(account.time_zone or ""))

    @timezone.autocomplete("zone")
    async def _complete_zone(self, _: discord.Interaction, typed: str) -> Choices:
        return choices(matching(typed, CHOICES))

    @app_commands.command(description=words.EXPORT_COMMAND)
    async def export(self, interaction: discord.Interaction) -> None:
        stored = await self.herald.erasure.export(await self.actor(interaction))
        content, name = msgspec.json.format(msgspec.json.encode(stored)), "herald-account.json"
        if len(content) > LARGEST_FILE:
            content, name = gzip.compress(content), f"{name}.gz"
        await interaction.response.send_message(
            words.EXPORTED, file=discord.File(BytesIO(content), name), ephemeral=True
        )

    @app_commands.command(description=words.DELETE_COMMAND)
    @app_commands.describe(results=words.WHAT_OF_YOUR_RUNS)
    @app_commands.choices(
        results=[
            app_commands.Choice(name=words.RUNS_STAY, value=Results.KEPT.value),
            app_commands.Choice(name=words.RUNS_ARE_WITHDRAWN, value=Results.WITHDRAWN.value),
        ]
    )
    async def delete(self, interaction: discord.Interaction, results: str) -> None:
        actor = await self.actor(interaction)
        await self.herald.erasure.deletable(actor)
        await DELETE.ask(interaction, f"{results}.{actor.account_id}")

    async def deleted(self, press: Press) -> None:
        results, _, account = press.argument.partition(".")
        chosen, account_id = read_choice(Results, results), read_id(account)
        # Nobody gets an account in order to delete it.
        actor = await self.herald.accounts.known_actor(caller_of(press.interaction))
        if actor is None:
            raise NotFound(words.DELETED_ALREADY)
        try:
            await self.herald.erasure.delete(actor, account_id, chosen, typed=DELETE.answers(press)["confirm"])
        except (Invalid, Unavailable) as refusal:
            await DELETE.ask_again(press, refusal)
            return
        await say(press.interaction, words.deleted(runs_kept=chosen is Results.KEPT))
