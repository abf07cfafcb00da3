"""/pool: the seeds that a tournament is raced on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.blocks import say_text
from bot.cogs.base import Choices, HeraldCog, choices, picked, picks
from bot.files import fetch
from bot.forms import Form, Question
from bot.replies import say
from bot.router import Press
from models import TournamentStatus
from services.errors import Refusal
from services.pool_text import decode, require_small
from services.pools import LONGEST_NAME, LONGEST_NOTES
from services.preset_access import Whose
from services.words import pools as words
from services.words import tournaments

if TYPE_CHECKING:
    from bot.client import HeraldBot

LONGEST_TYPED = 4000
"""Characters that fit into a form's field."""

_ABOUT = (
    Question("name", words.LABEL_NAME, LONGEST_NAME, placeholder=words.PLACEHOLDER_NAME),
    Question("notes", words.LABEL_NOTES, LONGEST_NOTES, long=True, required=False),
    Question("preset", words.LABEL_PRESET, LONGEST_NAME, required=False, placeholder=words.PLACEHOLDER_PRESET),
)
_SEEDS = Question("seeds", words.LABEL_SEEDS, LONGEST_TYPED, long=True, placeholder=words.PLACEHOLDER_SEEDS)
CREATE = Form("pool_create", words.TITLE_CREATE, (*_ABOUT, replace(_SEEDS, required=False)))
EDIT = Form("pool_edit", words.TITLE_EDIT, _ABOUT)
SEEDS = Form("pool_seeds", words.TITLE_SEEDS, (_SEEDS,))
DELETE = Form("pool_delete", words.TITLE_DELETE, (Question("name", words.LABEL_TYPE_ITS_NAME, LONGEST_NAME),))

OPEN_ENDED = frozenset(TournamentStatus) - {TournamentStatus.ENDED}


@app_commands.guild_only()
class PoolCog(HeraldCog, commands.GroupCog, group_name="pool", group_description=words.GROUP):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("pool_create", self.created)
        bot.router.add("pool_edit", self.edited)
        bot.router.add("pool_seeds", self.seeds_added)
        bot.router.add("pool_delete", self.deleted)

    @app_commands.command(description=words.CREATE_COMMAND)
    @app_commands.describe(tournament=tournaments.WHICH, preset=words.WHICH_PRESET)
    async def create(self, interaction: discord.Interaction, tournament: str, preset: str = "") -> None:
        found = await self.herald.pools.extendable(await self.actor(interaction), tournament)
        await CREATE.ask(interaction, found.id, {"preset": preset})

    async def created(self, press: Press) -> None:
        try:
            actor = await self.actor(press.interaction)
            pool, seeds = await self.herald.pools.create(actor, press.target, **CREATE.answers(press))
        except Refusal as refusal:
            await CREATE.ask_again(press, refusal)
            return
        await say(press.interaction, words.created(pool.name, pool.tournament.name, seeds))

    @app_commands.command(description=words.EDIT_COMMAND)
    @app_commands.describe(tournament=tournaments.WHICH, pool=words.WHICH, preset=words.WHICH_PRESET)
    async def edit(self, interaction: discord.Interaction, tournament: str, pool: str, preset: str = "") -> None:
        found = await self.herald.pools.editable(await self.actor(interaction), tournament, pool)
        now = preset or (found.preset.name if found.preset else "")
        await EDIT.ask(interaction, found.id, {"name": found.name, "notes": found.notes, "preset": now})

    async def edited(self, press: Press) -> None:
        try:
            actor = await self.actor(press.interaction)
            pool = await self.herald.pools.edit(actor, press.target, **EDIT.answers(press))
        except Refusal as refusal:
            await EDIT.ask_again(press, refusal)
            return
        await say(press.interaction, words.saved(pool.name))

    @app_commands.command(description=words.SEEDS_COMMAND)
    @app_commands.describe(tournament=tournaments.WHICH, pool=words.WHICH, file=words.FILE)
    async def seeds(
        self, interaction: discord.Interaction, tournament: str, pool: str, file: discord.Attachment | None = None
    ) -> None:
        actor = await self.actor(interaction)
        found = await self.herald.pools.editable(actor, tournament, pool)
        if file is None:
            await SEEDS.ask(interaction, found.id)
            return
        require_small(file.size)
        text = decode(await fetch(interaction, file))
        changed, number = await self.herald.pools.add_seeds(actor, found.id, seeds=text)
        await say(interaction, words.added(number, changed.name))

    async def seeds_added(self, press: Press) -> None:
        try:
            actor = await self.actor(press.interaction)
            pool, number = await self.herald.pools.add_seeds(actor, press.target, **SEEDS.answers(press))
        except Refusal as refusal:
            await SEEDS.ask_again(press, refusal)
            return
        await say(press.interaction, words.added(number, pool.name))

    @app_commands.command(description=words.LIST_COMMAND)
    @app_commands.describe(tournament=tournaments.WHICH, pool=words.WHICH_TO_LIST)
    async def list(self, interaction: discord.Interaction, tournament: str, pool: str = "") -> None:
        actor = await self.actor(interaction)
        if not pool:
            found, views = await self.herald.pools.all(actor, tournament)
            await say(interaction, words.pool_list(found.name, views))
            return
        listed = await self.herald.pools.seeds(actor, tournament, pool)
        above = words.seed_list(listed)
        if listed.seeds:
            text = words.seed_lines(listed.seeds)
            await say_text(interaction, above, text, language="", name=words.SEED_FILE)
        else:
            await say(interaction, above)

    @app_commands.command(description=words.RETIRE_COMMAND)
    @app_commands.describe(tournament=tournaments.WHICH, pool=words.WHICH, seed=words.WHICH_SEED)
    async def retire(self, interaction: discord.Interaction, tournament: str, pool: str, seed: str) -> None:
        actor, seed_id = await self.actor(interaction), picked(seed, words.A_SEED)
        found = await self.herald.pools.retire(actor, tournament, pool, seed_id)
        await say(interaction, words.retired(found.name))

    @app_commands.command(description=words.RESTORE_COMMAND)
    @app_commands.describe(tournament=tournaments.WHICH, pool=words.WHICH, seed=words.WHICH_SEED)
    async def restore(self, interaction: discord.Interaction, tournament: str, pool: str, seed: str) -> None:
        actor, seed_id = await self.actor(interaction), picked(seed, words.A_SEED)
        found = await self.herald.pools.restore(actor, tournament, pool, seed_id)
        await say(interaction, words.restored(found.name))

    @app_commands.command(description=words.DELETE_COMMAND)
    @app_commands.describe(tournament=tournaments.WHICH, pool=words.WHICH)
    async def delete(self, interaction: discord.Interaction, tournament: str, pool: str) -> None:
        found = await self.herald.pools.editable(await self.actor(interaction), tournament, pool)
        await DELETE.ask(interaction, found.id)

    async def deleted(self, press: Press) -> None:
        try:
            actor = await self.actor(press.interaction)
            pool = await self.herald.pools.delete(actor, press.target, typed_name=DELETE.answers(press)["name"])
        except Refusal as refusal:
            await DELETE.ask_again(press, refusal)
            return
        await say(press.interaction, words.deleted(pool.name))

    @create.autocomplete("tournament")
    @edit.autocomplete("tournament")
    @seeds.autocomplete("tournament")
    @retire.autocomplete("tournament")
    @restore.autocomplete("tournament")
    @delete.autocomplete("tournament")
    async def _complete_changeable(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        return choices(await self.herald.tournaments.names(actor, typed, OPEN_ENDED)) if actor else []

    @list.autocomplete("tournament")
    async def _complete_any(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        return choices(await self.herald.tournaments.names(actor, typed, frozenset(TournamentStatus))) if actor else []

    @edit.autocomplete("pool")
    @seeds.autocomplete("pool")
    @list.autocomplete("pool")
    @retire.autocomplete("pool")
    @restore.autocomplete("pool")
    @delete.autocomplete("pool")
    async def _complete_pool(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        return choices(await self.herald.pools.names(actor, _given(interaction, "tournament"), typed)) if actor else []

    @create.autocomplete("preset")
    @edit.autocomplete("preset")
    async def _complete_preset(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        found = await self.herald.presets.names(actor, typed, Whose.COMMUNITY) if actor else []
        return choices([one.name for one in found])

    @retire.autocomplete("seed")
    async def _complete_active(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await self._seeds(interaction, typed, retired=False)

    @restore.autocomplete("seed")
    async def _complete_retired(self, interaction: discord.Interaction, typed: str) -> Choices:
        return await self._seeds(interaction, typed, retired=True)

    async def _seeds(self, interaction: discord.Interaction, typed: str, *, retired: bool) -> Choices:
        actor = await self.known_actor(interaction)
        if actor is None:
            return []
        tournament, pool = _given(interaction, "tournament"), _given(interaction, "pool")
        return picks(await self.herald.pools.choices(actor, tournament, pool, typed, retired=retired), typed)


def _given(interaction: discord.Interaction, option: str) -> str:
    """What stands in another option of the command that is being typed; empty when there is nothing yet."""
    return str(getattr(interaction.namespace, option, None) or "")
