"""/race"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.base import Choices, HeraldCog, choices
from bot.forms import Form, Question
from bot.replies import say
from bot.router import Press
from models import TournamentStatus
from services.errors import Refusal
from services.races import LONGEST_NOTES
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


@app_commands.guild_only()
class RaceCog(HeraldCog, commands.GroupCog, group_name="race", group_description=words.GROUP):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("submit", self.submitted)

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

    @submit.autocomplete("tournament")
    async def _complete(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        running = frozenset({TournamentStatus.RUNNING})
        return choices(await self.herald.tournaments.names(actor, typed, running)) if actor else []
