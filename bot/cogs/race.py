"""/race, and the review cards"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.base import Choices, HeraldCog, choices
from bot.forms import Form, Question
from bot.replies import redrawing, say
from bot.router import Press, read_id
from models import TournamentStatus
from services.actor import Actor
from services.errors import Invalid, Refusal, Unavailable
from services.notice import Notice
from services.races import LONGEST_NOTES, LONGEST_REASON
from services.text import LONGEST_URL
from services.words import races as words
from services.words import tournaments

if TYPE_CHECKING:
    from bot.client import HeraldBot

SUBMIT = Form(
    "submit",
    words.TITLE_SUBMIT,
    (
        Question("time", words.LABEL_TIME, 20, placeholder=words.PLACEHOLDER_TIME),
        Question("vod", words.LABEL_VOD, LONGEST_URL, placeholder=words.PLACEHOLDER_VOD),
        Question("notes", words.LABEL_NOTES, LONGEST_NOTES, long=True, required=False),
    ),
)
REJECT = Form("reject_with", words.TITLE_REJECT, (Question("reason", words.LABEL_REASON, LONGEST_REASON, long=True),))


@app_commands.guild_only()
class RaceCog(HeraldCog, commands.GroupCog, group_name="race", group_description=words.GROUP):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("submit", self.submitted)
        bot.router.add("approve", self.approve_pressed)
        bot.router.add("reject", self.reject_pressed)
        bot.router.add("reject_with", self.rejected)

    @app_commands.command(description=words.SUBMIT_COMMAND)
    @app_commands.describe(tournament=tournaments.WHICH)
    async def submit(self, interaction: discord.Interaction, tournament: str) -> None:
        found = await self.herald.races.submittable(await self.actor(interaction), tournament)
        await SUBMIT.ask(interaction, found.id)

    async def submitted(self, press: Press) -> None:
        try:
            actor = await self.actor(press.interaction)
            race = await self.herald.races.submit(actor, press.target, **SUBMIT.answers(press))
        except Refusal as refusal:
            await SUBMIT.ask_again(press, refusal)
            return
        await say(press.interaction, words.handed_in(race.time_ms))

    @app_commands.command(description=words.MINE_COMMAND)
    async def mine(self, interaction: discord.Interaction) -> None:
        runs = await self.herald.races.mine(await self.actor(interaction))
        await say(interaction, words.your_runs(runs))

    async def approve_pressed(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        async with redrawing(press.interaction, self._card(press.target, actor)):
            await self.herald.races.approve(actor, press.target)

    async def reject_pressed(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        async with redrawing(press.interaction, self._card(press.target, actor), when_done=False):
            await self.herald.races.reviewable(actor, press.target)
            card = press.interaction.message
            # After a slip the form comes from a private message: it has to know by itself where the card is.
            place = f".{card.channel.id}.{card.id}" if card is not None else ""
            await REJECT.ask(press.interaction, f"{press.target}{place}")

    async def rejected(self, press: Press) -> None:
        race_id, *place = (read_id(part) for part in press.argument.split("."))
        elsewhere = await self._elsewhere(press, *place) if len(place) == 2 else None  # noqa: PLR2004 - channel, message
        try:
            actor = await self.actor(press.interaction)
            async with redrawing(press.interaction, self._card(race_id, actor), elsewhere=elsewhere):
                await self.herald.races.reject(actor, race_id, reason=REJECT.answers(press)["reason"])
        except (Invalid, Unavailable) as refusal:
            await REJECT.ask_again(press, refusal)

    async def _elsewhere(self, press: Press, channel_id: int, message_id: int) -> discord.Message | None:
        """The card, when it is not the message that the form came from, and is still there."""
        if press.interaction.message is not None and press.interaction.message.id == message_id:
            return None
        guild = press.interaction.guild
        # The form names the place, and what comes from a client may name one of another server.
        if guild is None or guild.get_channel(channel_id) is None:
            return None
        with contextlib.suppress(discord.HTTPException):
            return await self.bot.get_partial_messageable(channel_id).fetch_message(message_id)
        return None

    def _card(self, race_id: int, actor: Actor) -> Callable[[], Awaitable[Notice]]:
        async def card() -> Notice:
            return words.run_card(await self.herald.races.card(actor, race_id))

        return card

    @submit.autocomplete("tournament")
    async def _complete(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        running = frozenset({TournamentStatus.RUNNING})
        return choices(await self.herald.tournaments.names(actor, typed, running)) if actor else []
