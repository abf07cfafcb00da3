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
from models import Match, MatchStatus, TournamentStatus
from services.cards import match_line, match_names, match_question
from services.errors import Invalid, WrongState
from services.notice import Notice, line
from services.text import LONGEST_INSTANT

if TYPE_CHECKING:
    from bot.client import HeraldBot

_LATEST = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())


@app_commands.guild_only()
class MatchCog(HeraldCog, commands.GroupCog, group_name="match", group_description="Matches of a tournament"):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("match_schedule", self.scheduled)

    @app_commands.command(description="Schedule a match, or move one (its players, and organizers)")
    @app_commands.describe(
        tournament="Which tournament",
        player1="Who plays",
        player2="Against whom",
        when="In your own time zone: tomorrow 18:00, friday 8pm, 2026-11-24 18:30",
        player3="A third player",
        player4="A fourth player",
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
        await say(interaction, match_question(proposal))

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
        await replace(
            press.interaction, Notice(title="Scheduled", lines=(line("The match is at ", match.scheduled_at),))
        )

    @app_commands.command(description="Report who won a match (its players; organizers also correct it)")
    @app_commands.describe(match="Which match", winner="Who won", draw="Nobody did")
    async def report(
        self, interaction: discord.Interaction, match: str, winner: discord.User | None = None, *, draw: bool = False
    ) -> None:
        if (winner is None) != draw:
            raise Invalid("Say who won, or that it was a draw: one of the two.")
        person = person_of(winner) if winner else None
        await self.herald.matches.report(await self.actor(interaction), picked(match, "a match"), person)
        await say(interaction, f"It is noted: {person.name if person else 'nobody'} won.")

    @app_commands.command(description="List the matches to come")
    async def list(self, interaction: discord.Interaction) -> None:
        found = await self.herald.matches.coming(await self.actor(interaction))
        empty = line("None is scheduled. Racers schedule one with /match schedule.")
        await say(interaction, Notice(title="Matches", lines=tuple(map(match_line, found)) or (empty,)))

    @schedule.autocomplete("tournament")
    async def _complete_tournament(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        statuses = frozenset({TournamentStatus.OPEN, TournamentStatus.RUNNING})
        return choices(await self.herald.tournaments.names(actor, typed, statuses)) if actor else []

    @report.autocomplete("match")
    async def _complete_match(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        found = await self.herald.matches.reportable(actor) if actor else []
        return picks([(_describe(match), match.id) for match in found], typed)


def _describe(match: Match) -> str:
    so_far = "" if match.status is MatchStatus.SCHEDULED else " (reported)"
    return f"{match_names(match)} in {match.tournament.name}{so_far}"
