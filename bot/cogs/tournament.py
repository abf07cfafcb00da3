"""/tournament"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.base import Choices, HeraldCog, choices
from bot.forms import Form, Question
from bot.replies import redrawing, replace, say
from bot.router import Press, read_choice, read_id
from models import Tournament, TournamentStatus, TournamentType
from services.actor import Actor
from services.cards import board_lines, tournament_card
from services.errors import Refusal
from services.notice import Button, Notice, Style, Tone, line
from services.preset_access import Whose
from services.tournaments import LONGEST_DESCRIPTION, LONGEST_NAME, LONGEST_SEED, RunsPending
from services.words.language import count, format_run_time

if TYPE_CHECKING:
    from bot.client import HeraldBot

_QUESTIONS = (
    Question("name", "Name", LONGEST_NAME, placeholder="Spring Cup"),
    Question("description", "What is it about?", LONGEST_DESCRIPTION, long=True, required=False),
    Question(
        "seed",
        "Seed, permalink or track",
        LONGEST_SEED,
        required=False,
        placeholder="https://… or a hash; racers see it when the tournament starts",
    ),
)
CREATE = Form("create", "New tournament", _QUESTIONS)
EDIT = Form("edit", "Edit tournament", _QUESTIONS)
DELETE = Form("delete", "Delete tournament", (Question("name", "Type its name to delete it", LONGEST_NAME),))

ANY = frozenset(TournamentStatus)
SHOWN = 25
"""Lines of a leaderboard that one message shows."""


@app_commands.guild_only()
class TournamentCog(HeraldCog, commands.GroupCog, group_name="tournament", group_description="Race tournaments"):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("create", self.created)
        bot.router.add("edit", self.edited)
        bot.router.add("delete", self.deleted)
        bot.router.add("end", self.ended_anyway)
        bot.router.add("join", self.join_pressed)
        bot.router.add("join_card", self.join_card_pressed)
        bot.router.add("leaderboard", self.leaderboard_pressed)

    @app_commands.command(description="Create a tournament (organizers)")
    @app_commands.describe(type="What kind of racing it is")
    @app_commands.choices(type=[app_commands.Choice(name=t.value, value=t.value) for t in TournamentType])
    async def create(self, interaction: discord.Interaction, type: str) -> None:
        await self.herald.tournaments.require_manager(await self.actor(interaction))
        await CREATE.ask(interaction, type)

    async def created(self, press: Press) -> None:
        try:
            tournament = await self.herald.tournaments.create(
                await self.actor(press.interaction),
                type=read_choice(TournamentType, press.argument),
                **CREATE.answers(press),
            )
        except Refusal as refusal:
            await CREATE.ask_again(press, refusal)
            return
        await say(
            press.interaction, f"{tournament.name} is created as a draft. Open its sign-up with /tournament open."
        )

    @app_commands.command(description="Edit a tournament (organizers)")
    @app_commands.describe(tournament="Which tournament")
    async def edit(self, interaction: discord.Interaction, tournament: str) -> None:
        found = await self.herald.tournaments.editable(await self.actor(interaction), tournament)
        await EDIT.ask(
            interaction, found.id, {"name": found.name, "description": found.description, "seed": found.seed}
        )

    async def edited(self, press: Press) -> None:
        try:
            actor = await self.actor(press.interaction)
            tournament = await self.herald.tournaments.edit(actor, press.target, **EDIT.answers(press))
        except Refusal as refusal:
            await EDIT.ask_again(press, refusal)
            return
        await say(press.interaction, f"{tournament.name} is saved.")

    @app_commands.command(description="Open sign-up, so that racers can join (organizers)")
    @app_commands.describe(tournament="Which tournament")
    async def open(self, interaction: discord.Interaction, tournament: str) -> None:
        opened = await self.herald.tournaments.open(await self.actor(interaction), tournament)
        await say(interaction, f"{opened.name} is open: racers can join now.")

    @app_commands.command(description="Start a tournament, so that racers can hand in runs (organizers)")
    @app_commands.describe(tournament="Which tournament")
    async def start(self, interaction: discord.Interaction, tournament: str) -> None:
        started = await self.herald.tournaments.start(await self.actor(interaction), tournament)
        await say(interaction, f"{started.name} has started: racers can hand in runs now.")

    @app_commands.command(description="End a tournament and announce its podium (organizers)")
    @app_commands.describe(tournament="Which tournament")
    async def end(self, interaction: discord.Interaction, tournament: str) -> None:
        try:
            ended = await self.herald.tournaments.end(await self.actor(interaction), tournament)
        except RunsPending as pending:
            await say(interaction, _ask_to_end(pending))
            return
        await say(interaction, f"{ended.name} has ended.")

    async def ended_anyway(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        tournament, _, newest = press.argument.partition(".")
        try:
            ended = await self.herald.tournaments.end(actor, read_id(tournament), leave_out_up_to=read_id(newest))
        except RunsPending as pending:
            await replace(press.interaction, _ask_to_end(pending))
            return
        await replace(press.interaction, f"{ended.name} has ended.")

    @app_commands.command(description="Say which of the community's presets a tournament is raced with (organizers)")
    @app_commands.describe(tournament="Which tournament", preset="Which preset; none when left empty")
    async def preset(self, interaction: discord.Interaction, tournament: str, preset: str = "") -> None:
        actor = await self.actor(interaction)
        found, chosen = await self.herald.presets.choose(actor, tournament, preset)
        await say(interaction, f"{found.name} is raced with {chosen.name if chosen else 'no preset'} now.")

    @preset.autocomplete("preset")
    async def _complete_preset(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        found = await self.herald.presets.names(actor, typed, Whose.COMMUNITY) if actor else []
        return choices([one.name for one in found])

    @app_commands.command(description="Delete a tournament with all its runs (organizers)")
    @app_commands.describe(tournament="Which tournament")
    async def delete(self, interaction: discord.Interaction, tournament: str) -> None:
        found = await self.herald.tournaments.editable(await self.actor(interaction), tournament)
        await DELETE.ask(interaction, found.id)

    async def deleted(self, press: Press) -> None:
        try:
            tournament = await self.herald.tournaments.delete(
                await self.actor(press.interaction), press.target, typed_name=DELETE.answers(press)["name"]
            )
        except Refusal as refusal:
            await DELETE.ask_again(press, refusal)
            return
        await say(press.interaction, f"{tournament.name} is deleted, with all its runs.")

    @app_commands.command(description="Show a tournament")
    @app_commands.describe(tournament="Which tournament")
    async def info(self, interaction: discord.Interaction, tournament: str) -> None:
        view = await self.herald.tournaments.info(await self.actor(interaction), tournament)
        await say(interaction, tournament_card(view))

    @app_commands.command(description="Post a tournament's panel with its Join button here, for all to see")
    @app_commands.describe(tournament="Which tournament")
    async def panel(self, interaction: discord.Interaction, tournament: str) -> None:
        view = await self.herald.tournaments.postable(await self.actor(interaction), tournament)
        await say(interaction, tournament_card(view), public=True)

    @app_commands.command(description="List the tournaments here")
    async def list(self, interaction: discord.Interaction) -> None:
        views = await self.herald.tournaments.newest(await self.actor(interaction))
        lines = [line(f"{v.tournament.name} · {v.tournament.status.value} · {count(v.racers, 'racer')}") for v in views]
        empty = line("There is none yet. Organizers create one with /tournament create.")
        await say(interaction, Notice(title="Tournaments", lines=tuple(lines) or (empty,)))

    @app_commands.command(description="Race in a tournament")
    @app_commands.describe(tournament="Which tournament")
    async def join(self, interaction: discord.Interaction, tournament: str) -> None:
        await self._join(interaction, await self.actor(interaction), tournament)

    async def join_pressed(self, press: Press) -> None:
        await self._join(press.interaction, await self.actor(press.interaction), press.target)

    async def join_card_pressed(self, press: Press) -> None:
        actor = await self.actor(press.interaction)

        async def card() -> Notice:
            return tournament_card(await self.herald.tournaments.info(actor, press.target))

        welcome = ""
        async with redrawing(press.interaction, card):
            welcome = _welcome(await self.herald.tournaments.join(actor, press.target))
        if welcome:
            await say(press.interaction, welcome)

    async def _join(self, interaction: discord.Interaction, actor: Actor, reference: int | str) -> None:
        joined = await self.herald.tournaments.join(actor, reference)
        await say(interaction, _welcome(joined))

    @app_commands.command(description="Leave a tournament that you have joined")
    @app_commands.describe(tournament="Which tournament")
    async def leave(self, interaction: discord.Interaction, tournament: str) -> None:
        left = await self.herald.tournaments.leave(await self.actor(interaction), tournament)
        await say(interaction, f"You have left {left.name}.")

    @app_commands.command(description="Show who is where")
    @app_commands.describe(tournament="Which tournament")
    async def leaderboard(self, interaction: discord.Interaction, tournament: str) -> None:
        await self._leaderboard(interaction, tournament)

    async def leaderboard_pressed(self, press: Press) -> None:
        await self._leaderboard(press.interaction, press.target)

    async def _leaderboard(self, interaction: discord.Interaction, reference: int | str) -> None:
        actor = await self.actor(interaction)
        tournament, board = await self.herald.tournaments.leaderboard(actor, reference)
        lines = [*board_lines(board[:SHOWN])] or [line("No run is approved yet.")]
        mine = next((s for s in board[SHOWN:] if s.account_id == actor.account_id), None)
        if len(board) > SHOWN:
            lines.append(line(f"… and {len(board) - SHOWN} more"))
        if mine is not None:
            lines.extend(board_lines([mine]))
        await say(interaction, Notice(title=f"{tournament.name}: leaderboard", lines=tuple(lines), tone=Tone.GOLD))

    async def _names(
        self, interaction: discord.Interaction, typed: str, statuses: frozenset[TournamentStatus]
    ) -> Choices:
        actor = await self.known_actor(interaction)
        return choices(await self.herald.tournaments.names(actor, typed, statuses)) if actor else []

    @edit.autocomplete("tournament")
    @preset.autocomplete("tournament")
    async def _complete_edit(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await self._names(interaction, typed, ANY - {TournamentStatus.ENDED})

    @open.autocomplete("tournament")
    async def _complete_open(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await self._names(interaction, typed, frozenset({TournamentStatus.DRAFT}))

    @start.autocomplete("tournament")
    async def _complete_start(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await self._names(interaction, typed, frozenset({TournamentStatus.OPEN}))

    @end.autocomplete("tournament")
    async def _complete_end(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await self._names(interaction, typed, frozenset({TournamentStatus.RUNNING}))

    @join.autocomplete("tournament")
    @leave.autocomplete("tournament")
    @panel.autocomplete("tournament")
    async def _complete_joinable(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await self._names(interaction, typed, frozenset({TournamentStatus.OPEN, TournamentStatus.RUNNING}))

    @delete.autocomplete("tournament")
    @info.autocomplete("tournament")
    @leaderboard.autocomplete("tournament")
    async def _complete_any(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await self._names(interaction, typed, ANY)


def _welcome(joined: Tournament) -> str:
    if joined.status is TournamentStatus.RUNNING:
        return f"You are in {joined.name}. Hand in your time with /race submit."
    return f"You are in {joined.name}. You can hand in your time once it has started."


def _ask_to_end(pending: RunsPending) -> Notice:
    runs = [line(f"{run.racer.display_name} · {format_run_time(run.time_ms)}") for run in pending.runs[:SHOWN]]
    if len(pending.runs) > SHOWN:
        runs.append(line(f"… and {len(pending.runs) - SHOWN} more"))
    return Notice(
        title=f"End {pending.tournament.name} although runs wait for review?",
        lines=(line("These would not count:"), *runs),
        buttons=(Button("end", f"{pending.tournament.id}.{pending.runs[-1].id}", "End anyway", Style.DANGER),),
        tone=Tone.WARNING,
    )
