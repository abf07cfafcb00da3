"""/tournament"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.boards import say_board
from bot.cogs.base import Choices, HeraldCog, choices
from bot.forms import Form, Question
from bot.replies import redrawing, replace, say
from bot.router import Press, read_choice, read_id
from models import TournamentStatus, TournamentType
from services.actor import Actor
from services.errors import Refusal
from services.notice import Notice
from services.preset_access import Whose
from services.rules import LONGEST_REATTEMPTS, MOST_DAYS, MOST_RUNS, Rules
from services.text import LONGEST_INSTANT
from services.tournaments import LONGEST_DESCRIPTION, LONGEST_NAME, LONGEST_SEED, RunsPending
from services.words import rules as rule_words
from services.words import tournament_cards as cards
from services.words import tournaments as words
from services.words.leaderboard import board_posted

if TYPE_CHECKING:
    from bot.client import HeraldBot

_QUESTIONS = (
    Question("name", words.LABEL_NAME, LONGEST_NAME, placeholder=words.PLACEHOLDER_NAME),
    Question("description", words.LABEL_DESCRIPTION, LONGEST_DESCRIPTION, long=True, required=False),
    Question("seed", words.LABEL_SEED, LONGEST_SEED, required=False, placeholder=words.PLACEHOLDER_SEED),
)
CREATE = Form("create", words.TITLE_CREATE, _QUESTIONS)
EDIT = Form("edit", words.TITLE_EDIT, _QUESTIONS)
DELETE = Form("delete", words.TITLE_DELETE, (Question("name", words.LABEL_TYPE_ITS_NAME, LONGEST_NAME),))

ANY = frozenset(TournamentStatus)


@app_commands.guild_only()
class TournamentCog(HeraldCog, commands.GroupCog, group_name="tournament", group_description=words.GROUP):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("create", self.created)
        bot.router.add("edit", self.edited)
        bot.router.add("delete", self.deleted)
        bot.router.add("end", self.ended_anyway)
        bot.router.add("join", self.join_pressed)
        bot.router.add("join_card", self.join_card_pressed)

    @app_commands.command(description=words.CREATE_COMMAND)
    @app_commands.describe(type=words.WHICH_TYPE)
    @app_commands.choices(type=[app_commands.Choice(name=words.TYPE[t], value=t.value) for t in TournamentType])
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
        await say(press.interaction, words.created(tournament.name))

    @app_commands.command(description=words.EDIT_COMMAND)
    @app_commands.describe(
        tournament=words.WHICH,
        runs_per_pool=rule_words.RUNS_PER_POOL,
        reattempts=rule_words.REATTEMPTS,
        opens=rule_words.OPENS,
        closes=rule_words.CLOSES,
        hidden_results=rule_words.HIDDEN_RESULTS,
        min_account_days=rule_words.MIN_ACCOUNT_DAYS,
        vod_required=rule_words.VOD_REQUIRED,
        review_required=rule_words.REVIEW_REQUIRED,
    )
    async def edit(
        self,
        interaction: discord.Interaction,
        tournament: str,
        runs_per_pool: app_commands.Range[int, 1, MOST_RUNS] | None = None,
        reattempts: app_commands.Range[str, 1, LONGEST_REATTEMPTS] | None = None,
        opens: app_commands.Range[str, 1, LONGEST_INSTANT] | None = None,
        closes: app_commands.Range[str, 1, LONGEST_INSTANT] | None = None,
        hidden_results: bool | None = None,
        min_account_days: app_commands.Range[int, 0, MOST_DAYS] | None = None,
        vod_required: bool | None = None,
        review_required: bool | None = None,
    ) -> None:
        rules = Rules(
            runs_per_pool=runs_per_pool,
            reattempts=reattempts,
            opens=opens,
            closes=closes,
            results_hidden=hidden_results,
            min_account_days=min_account_days,
            vod_required=vod_required,
            review_required=review_required,
        )
        actor = await self.actor(interaction)
        if rules != Rules():
            changed = await self.herald.rules.set(actor, tournament, rules)
            view = await self.herald.tournaments.info(actor, changed.id)
            await say(interaction, rule_words.saved(view.tournament, pools=view.pools))
            return
        found = await self.herald.tournaments.editable(actor, tournament)
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
        await say(press.interaction, words.saved(tournament.name))

    @app_commands.command(description=words.OPEN_COMMAND)
    @app_commands.describe(tournament=words.WHICH)
    async def open(self, interaction: discord.Interaction, tournament: str) -> None:
        opened = await self.herald.tournaments.open(await self.actor(interaction), tournament)
        await say(interaction, words.opened(opened.name))

    @app_commands.command(description=words.START_COMMAND)
    @app_commands.describe(tournament=words.WHICH)
    async def start(self, interaction: discord.Interaction, tournament: str) -> None:
        started = await self.herald.tournaments.start(await self.actor(interaction), tournament)
        await say(interaction, words.started(started.name))

    @app_commands.command(description=words.END_COMMAND)
    @app_commands.describe(tournament=words.WHICH)
    async def end(self, interaction: discord.Interaction, tournament: str) -> None:
        try:
            ended = await self.herald.tournaments.end(await self.actor(interaction), tournament)
        except RunsPending as pending:
            await say(interaction, cards.end_question(pending.tournament, pending.runs, pending.races))
            return
        await say(interaction, words.ended(ended.name))

    async def ended_anyway(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        tournament, _, asked_about = press.argument.partition(".")
        run, _, race = asked_about.partition(".")
        try:
            ended = await self.herald.tournaments.end(
                actor,
                read_id(tournament),
                leave_out_up_to=read_id(run),
                # A question of an earlier release named no race.
                break_off_up_to=read_id(race or "0"),
            )
        except RunsPending as pending:
            await replace(press.interaction, cards.end_question(pending.tournament, pending.runs, pending.races))
            return
        await replace(press.interaction, words.ended(ended.name))

    @app_commands.command(description=words.PRESET_COMMAND)
    @app_commands.describe(tournament=words.WHICH, preset=words.WHICH_PRESET)
    async def preset(self, interaction: discord.Interaction, tournament: str, preset: str = "") -> None:
        actor = await self.actor(interaction)
        found, chosen = await self.herald.presets.choose(actor, tournament, preset)
        await say(interaction, words.preset_chosen(found.name, chosen.name if chosen else None))

    @preset.autocomplete("preset")
    async def _complete_preset(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        found = await self.herald.presets.names(actor, typed, Whose.COMMUNITY) if actor else []
        return choices([one.name for one in found])

    @app_commands.command(description=words.DELETE_COMMAND)
    @app_commands.describe(tournament=words.WHICH)
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
        await say(press.interaction, words.deleted(tournament.name))

    @app_commands.command(description=words.INFO_COMMAND)
    @app_commands.describe(tournament=words.WHICH)
    async def info(self, interaction: discord.Interaction, tournament: str) -> None:
        view = await self.herald.tournaments.info(await self.actor(interaction), tournament)
        await say(interaction, cards.tournament_card(view))

    @app_commands.command(description=words.PANEL_COMMAND)
    @app_commands.describe(tournament=words.WHICH)
    async def panel(self, interaction: discord.Interaction, tournament: str) -> None:
        view = await self.herald.tournaments.postable(await self.actor(interaction), tournament)
        await say(interaction, cards.tournament_card(view), public=True)

    @app_commands.command(description=words.LIST_COMMAND)
    async def list(self, interaction: discord.Interaction) -> None:
        views = await self.herald.tournaments.newest(await self.actor(interaction))
        await say(interaction, cards.tournament_list(views))

    @app_commands.command(description=words.JOIN_COMMAND)
    @app_commands.describe(tournament=words.WHICH)
    async def join(self, interaction: discord.Interaction, tournament: str) -> None:
        await self._join(interaction, await self.actor(interaction), tournament)

    async def join_pressed(self, press: Press) -> None:
        await self._join(press.interaction, await self.actor(press.interaction), press.target)

    async def join_card_pressed(self, press: Press) -> None:
        actor = await self.actor(press.interaction)

        async def card() -> Notice:
            return cards.tournament_card(await self.herald.tournaments.info(actor, press.target))

        welcome = ""
        async with redrawing(press.interaction, card):
            joined, in_pools = await self.herald.entrants.join(actor, press.target)
            welcome = words.joined(joined.name, joined.status, in_pools=in_pools)
        if welcome:
            await say(press.interaction, welcome)

    async def _join(self, interaction: discord.Interaction, actor: Actor, reference: int | str) -> None:
        joined, in_pools = await self.herald.entrants.join(actor, reference)
        await say(interaction, words.joined(joined.name, joined.status, in_pools=in_pools))

    @app_commands.command(description=words.LEAVE_COMMAND)
    @app_commands.describe(tournament=words.WHICH)
    async def leave(self, interaction: discord.Interaction, tournament: str) -> None:
        left = await self.herald.entrants.leave(await self.actor(interaction), tournament)
        await say(interaction, words.left(left.name))

    @app_commands.command(description=words.LEADERBOARD_COMMAND)
    @app_commands.describe(tournament=words.WHICH)
    async def leaderboard(self, interaction: discord.Interaction, tournament: str) -> None:
        await say_board(interaction, await self.herald.leaderboard.page(await self.actor(interaction), tournament))

    @app_commands.command(description=words.BOARD_COMMAND)
    @app_commands.describe(tournament=words.WHICH)
    async def board(self, interaction: discord.Interaction, tournament: str) -> None:
        channel_id = interaction.channel_id or 0
        shown = await self.herald.leaderboard.post(await self.actor(interaction), tournament, channel_id)
        await say(interaction, board_posted(shown.name))

    async def _names(
        self, interaction: discord.Interaction, typed: str, statuses: frozenset[TournamentStatus]
    ) -> Choices:
        actor = await self.known_actor(interaction)
        return choices(await self.herald.tournaments.names(actor, typed, statuses)) if actor else []

    @edit.autocomplete("tournament")
    @preset.autocomplete("tournament")
    async def _complete_edit(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await self._names(interaction, typed, ANY - {TournamentStatus.ENDED})

    @edit.autocomplete("reattempts")
    async def _complete_reattempts(self, _: discord.Interaction, typed: str) -> Choices:
        return choices([one for one in rule_words.REATTEMPTS_OFFERED if typed.casefold() in one])

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
    @board.autocomplete("tournament")
    async def _complete_any(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await self._names(interaction, typed, ANY)
