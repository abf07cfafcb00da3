"""/match"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.base import Choices, HeraldCog, choices, picked, picks
from bot.replies import person_of, replace, say
from bot.router import Press, outdated, read_id
from models import TournamentStatus
from services.errors import Invalid, WrongState
from services.text import LONGEST_INSTANT
from services.words import matches as words
from services.words import tournaments

if TYPE_CHECKING:
    from bot.client import HeraldBot

_LATEST = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())


@app_commands.guild_only()
class MatchCog(HeraldCog, commands.GroupCog, group_name="match", group_description=words.GROUP):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("match_schedule", self.scheduled)

    @app_commands.command(description=words.SCHEDULE_COMMAND)
    @app_commands.describe(
        tournament=tournaments.WHICH,
        player1=words.PLAYER,
        player2=words.OPPONENT,
        when=words.WHEN,
        player3=words.THIRD_PLAYER,
        player4=words.FOURTH_PLAYER,
    )
    async def schedule(
        self,
        interaction: discord.Interaction,
        tournament: str,
        player1: discord.User,
        player2: discord.User,
        when: app_commands.Range[str, 1, LONGEST_INSTANT],
        player3: discord.User | None = None,
        player4: discord.User | None = None,
    ) -> None:
        people = [person_of(one) for one in (player1, player2, player3, player4) if one is not None]
        proposal = await self.herald.matches.propose(await self.actor(interaction), tournament, people, when)
        await say(interaction, words.question(proposal))

    async def scheduled(self, press: Press) -> None:
        tournament, at, *players = (read_id(part) for part in press.argument.split("."))
        if at > _LATEST:
            raise outdated()
        actor = await self.actor(press.interaction)
        try:
            match = await self.herald.matches.schedule(actor, tournament, datetime.fromtimestamp(at, UTC), players)
        except WrongState as refusal:
            await replace(press.interaction, refusal.message)
            return
        await replace(press.interaction, words.scheduled(match.scheduled_at))

    @app_commands.command(description=words.REPORT_COMMAND)
    @app_commands.describe(match=words.WHICH, winner=words.WINNER, draw=words.DRAW)
    async def report(
        self, interaction: discord.Interaction, match: str, winner: discord.User | None = None, *, draw: bool = False
    ) -> None:
        if (winner is None) != draw:
            raise Invalid(words.WINNER_OR_DRAW)
        person = person_of(winner) if winner else None
        await self.herald.matches.report(await self.actor(interaction), picked(match, words.A_MATCH), person)
        await say(interaction, words.noted(person.name if person else None))

    @app_commands.command(description=words.LIST_COMMAND)
    async def list(self, interaction: discord.Interaction) -> None:
        found = await self.herald.matches.coming(await self.actor(interaction))
        await say(interaction, words.coming(found))

    @schedule.autocomplete("tournament")
    async def _complete_tournament(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        statuses = frozenset({TournamentStatus.OPEN, TournamentStatus.RUNNING})
        return choices(await self.herald.tournaments.names(actor, typed, statuses)) if actor else []

    @report.autocomplete("match")
    async def _complete_match(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        found = await self.herald.matches.reportable(actor) if actor else []
        return picks([(words.choice(match), match.id) for match in found], typed)
