"""/race"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.base import Choices, HeraldCog, choices, picked, picks
from bot.cogs.race_thread import ask_for_evidence, offer
from bot.forms import Form, Question
from bot.replies import say
from bot.router import Press
from models import Attempt, TournamentStatus
from services.errors import Refusal
from services.races import LONGEST_NOTES
from services.text import LONGEST_URL
from services.words import attempts, race_cards, tournaments
from services.words import races as words

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

RUNNING = frozenset({TournamentStatus.RUNNING})


@app_commands.guild_only()
class RaceCog(HeraldCog, commands.GroupCog, group_name="race", group_description=attempts.GROUP):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("submit", self.submitted)

    @app_commands.command(description=attempts.START_COMMAND)
    @app_commands.describe(tournament=tournaments.WHICH, pool=attempts.OPTION_POOL)
    async def start(self, interaction: discord.Interaction, tournament: str, pool: str = "") -> None:
        await offer(self, interaction, tournament, pool)

    @app_commands.command(description=attempts.READY_COMMAND)
    async def ready(self, interaction: discord.Interaction) -> None:
        await self._show(interaction, await self.herald.attempts.ready(await self.actor(interaction)))

    @app_commands.command(description=attempts.FINISH_COMMAND)
    async def finish(self, interaction: discord.Interaction) -> None:
        await self._show(interaction, await self.herald.attempts.finish(await self.actor(interaction)))

    @app_commands.command(description=attempts.FORFEIT_COMMAND)
    async def forfeit(self, interaction: discord.Interaction) -> None:
        attempt = await self.herald.attempts.forfeitable(await self.actor(interaction))
        await say(interaction, race_cards.ask_to_forfeit(attempt.id))

    @app_commands.command(description=attempts.UNDO_COMMAND)
    async def undo(self, interaction: discord.Interaction) -> None:
        await self._show(interaction, await self.herald.attempts.undo(await self.actor(interaction)))

    @app_commands.command(description=attempts.TIMER_COMMAND)
    async def timer(self, interaction: discord.Interaction) -> None:
        await self._show(interaction, await self.herald.attempts.mine(await self.actor(interaction)))

    @app_commands.command(description=attempts.SUBMIT_COMMAND)
    @app_commands.describe(tournament=attempts.OPTION_SUBMIT)
    async def submit(self, interaction: discord.Interaction, tournament: str = "") -> None:
        actor = await self.actor(interaction)
        finished = await self.herald.submissions.finished(actor, tournament)
        if finished is not None:
            await ask_for_evidence(interaction, finished)
            return
        found = await self.herald.races.submittable(actor, tournament)
        await SUBMIT.ask(interaction, found.id)

    async def submitted(self, press: Press) -> None:
        try:
            actor = await self.actor(press.interaction)
            race = await self.herald.races.submit(actor, press.target, **SUBMIT.answers(press))
        except Refusal as refusal:
            await SUBMIT.ask_again(press, refusal)
            return
        await say(press.interaction, words.handed_in(race))

    @app_commands.command(description=attempts.REATTEMPT_COMMAND)
    @app_commands.describe(race=attempts.OPTION_RACE)
    async def reattempt(self, interaction: discord.Interaction, race: str) -> None:
        attempt_id = picked(race, attempts.A_RACE)
        choice = await self.herald.attempts.reattemptable(await self.actor(interaction), attempt_id)
        await say(interaction, race_cards.ask_to_discard(choice.attempt, choice.left))

    @app_commands.command(description=attempts.HISTORY_COMMAND)
    async def history(self, interaction: discord.Interaction) -> None:
        await say(interaction, race_cards.history(*await self.herald.attempts.history(await self.actor(interaction))))

    async def _show(self, interaction: discord.Interaction, attempt: Attempt) -> None:
        await say(interaction, race_cards.race_card(attempt, self.herald.attempts.now()))

    @start.autocomplete("tournament")
    @submit.autocomplete("tournament")
    async def _complete(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        return choices(await self.herald.tournaments.names(actor, typed, RUNNING)) if actor else []

    @start.autocomplete("pool")
    async def _complete_pool(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        tournament = str(interaction.namespace.tournament or "")
        return choices(await self.herald.attempts.pools(actor, tournament, typed)) if actor else []

    @reattempt.autocomplete("race")
    async def _complete_race(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        return picks(await self.herald.attempts.names(actor), typed) if actor else []
