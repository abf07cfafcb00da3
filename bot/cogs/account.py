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
from models import Account
from services.accounts import LONGEST_NAME, LONGEST_PRONOUNS
from services.erasure import CONFIRMATION, Results
from services.errors import Invalid, NotFound, Unavailable
from services.notice import Field, Link, Notice, line
from services.paging import CHOICES
from services.text import LONGEST_URL
from services.time_zones import matching

if TYPE_CHECKING:
    from bot.client import HeraldBot

EDIT = Form(
    "account_edit",
    "Your account",
    (
        Question("name", "Your name (empty: as on Discord)", LONGEST_NAME, required=False),
        Question("pronouns", "Your pronouns", LONGEST_PRONOUNS, required=False, placeholder="they/them"),
        Question("stream", "Your stream", LONGEST_URL, required=False, placeholder="https://www.twitch.tv/…"),
    ),
)
DELETE = Form(
    "account_delete",
    "Delete your account",
    (Question("confirm", f"Type {CONFIRMATION} to delete it", 20, placeholder="This cannot be taken back"),),
)
LARGEST_FILE = 8 * 1024 * 1024
"""Bytes that fit into a message anywhere."""


class AccountCog(HeraldCog, commands.GroupCog, group_name="account", group_description="What Herald knows of you"):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("account_edit", self.edited)
        bot.router.add("account_delete", self.deleted)

    @app_commands.command(description="Show what you, or somebody of this community, are known by")
    @app_commands.describe(person="Who; you, unless you say otherwise")
    async def show(self, interaction: discord.Interaction, person: discord.User | None = None) -> None:
        actor = await self.actor(interaction)
        if person is None:
            account = await self.herald.accounts.mine(actor)
        else:
            account = await self.herald.accounts.of(actor, person_of(person))
        await say(interaction, _card(account))

    @app_commands.command(description="Change your name, your pronouns and the link of your stream")
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
        text = "Your account is saved." if changed else "Nothing was changed: it is as you typed it already."
        await say(press.interaction, text)

    @app_commands.command(description="Set the time zone in which the times that you type are read")
    @app_commands.describe(zone="Type your city, for example Berlin")
    async def timezone(self, interaction: discord.Interaction, zone: str) -> None:
        changed = await self.herald.accounts.set_time_zone(await self.actor(interaction), zone)
        account = await self.herald.accounts.mine(await self.actor(interaction))
        now = "now" if changed else "already"
        await say(interaction, f"Times that you type are read in {account.time_zone} {now}.")

    @timezone.autocomplete("zone")
    async def _complete_zone(self, _: discord.Interaction, typed: str) -> Choices:
        return choices(matching(typed, CHOICES))

    @app_commands.command(description="Get all that is stored about you, as a file that only you see")
    async def export(self, interaction: discord.Interaction) -> None:
        stored = await self.herald.erasure.export(await self.actor(interaction))
        content, name = msgspec.json.format(msgspec.json.encode(stored)), "herald-account.json"
        if len(content) > LARGEST_FILE:
            content, name = gzip.compress(content), f"{name}.gz"
        await interaction.response.send_message(
            "All that Herald stores about you.", file=discord.File(BytesIO(content), name), ephemeral=True
        )

    @app_commands.command(description="Delete your account and all personal data, for good")
    @app_commands.describe(results="What becomes of your approved runs")
    @app_commands.choices(
        results=[
            app_commands.Choice(name="stay in the leaderboards, without your name", value=Results.KEPT.value),
            app_commands.Choice(name="are withdrawn", value=Results.WITHDRAWN.value),
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
            raise NotFound("That account is deleted already.")
        try:
            await self.herald.erasure.delete(actor, account_id, chosen, typed=DELETE.answers(press)["confirm"])
        except (Invalid, Unavailable) as refusal:
            await DELETE.ask_again(press, refusal)
            return
        await say(
            press.interaction,
            "Your account is deleted, and all that Herald stored about you with it. "
            f"Your approved runs are {chosen.value}. What was posted in Discord before stays there.",
        )


def _card(account: Account) -> Notice:
    link = Link(account.stream_url) if account.stream_url else "none"
    fields = (
        Field("Pronouns", line(account.pronouns or "not said")),
        Field("Stream", line(link)),
        Field("Time zone", line(account.time_zone or "that of each community")),
    )
    return Notice(
        title=account.display_name, lines=(line("Known to Herald since ", account.created_at),), fields=fields
    )
