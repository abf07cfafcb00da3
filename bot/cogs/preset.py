"""/preset: settings under a name, one's own and the community's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import UUID

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.blocks import say_text
from bot.cogs.base import Choices, HeraldCog
from bot.forms import Form, Question
from bot.render import embed_of, pager, size
from bot.replies import say
from bot.router import Press, outdated, read_choice, read_id
from models import Preset, PresetVersion, Whose
from services.errors import Invalid, Refusal, Unavailable
from services.notice import Notice
from services.preset_access import LONGEST_NAME, whose
from services.preset_text import decode, diff, require_small
from services.presets import HistoryPage, PresetPage, PresetView
from services.words import preset_cards
from services.words import presets as words
from services.words.paging import BACK_AND_ON, NEWER_AND_OLDER

if TYPE_CHECKING:
    from bot.client import HeraldBot

LONGEST_TYPED = 4000
"""Characters that fit into a form's field."""

_QUESTIONS = (
    Question("name", words.LABEL_NAME, LONGEST_NAME, placeholder=words.PLACEHOLDER_NAME),
    Question("text", words.LABEL_TEXT, LONGEST_TYPED, long=True, placeholder=words.PLACEHOLDER_TEXT),
)
CREATE = Form("preset_create", words.TITLE_CREATE, _QUESTIONS)
EDIT = Form("preset_edit", words.TITLE_EDIT, _QUESTIONS)
DELETE = Form("preset_delete", words.TITLE_DELETE, (Question("name", words.LABEL_TYPE_ITS_NAME, LONGEST_NAME),))

_WHOSE = [app_commands.Choice(name=words.CHOICE[of], value=of.value) for of in Whose]
_RECIPIENTS = [
    app_commands.Choice(name=words.TO_THE_CHANNEL, value="channel"),
    app_commands.Choice(name=words.TO_THE_COMMUNITY, value="community"),
]

Number = app_commands.Range[int, 1, 1_000_000]


class PresetCog(HeraldCog, commands.GroupCog, group_name="preset", group_description=words.GROUP):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("preset_create", self.created)
        bot.router.add("preset_edit", self.edited)
        bot.router.add("preset_delete", self.deleted)
        bot.router.add("preset_list", self.list_turned)
        bot.router.add("preset_history", self.history_turned)
        bot.router.add("preset_copy", self.copied)
        bot.router.add("tournament_preset", self.of_tournament)

    @app_commands.command(description=words.CREATE_COMMAND)
    @app_commands.rename(of="whose")
    @app_commands.describe(of=words.WHOSE_IT_IS, file=words.ITS_FILE, name=words.ITS_NAME)
    @app_commands.choices(of=_WHOSE)
    async def create(
        self, interaction: discord.Interaction, of: str, file: discord.Attachment | None = None, name: str = ""
    ) -> None:
        actor = await self.actor(interaction)
        await self.herald.presets.require_creator(actor, Whose(of))
        if file is None:
            await CREATE.ask(interaction, of, {"name": name})
            return
        text = await _read(interaction, file)
        name = name or file.filename.rpartition(".")[0] or file.filename
        made = await self.herald.presets.create(actor, Whose(of), name=name, text=text)
        await say(interaction, _created(made))

    async def created(self, press: Press) -> None:
        of = read_choice(Whose, press.argument)
        try:
            actor = await self.actor(press.interaction)
            made = await self.herald.presets.create(actor, of, **CREATE.answers(press))
        except Refusal as refusal:
            await CREATE.ask_again(press, refusal)
            return
        await say(press.interaction, _created(made))

    @app_commands.command(description=words.EDIT_COMMAND)
    @app_commands.describe(preset=words.WHICH_PRESET, file=words.ITS_FILE)
    async def edit(self, interaction: discord.Interaction, preset: str, file: discord.Attachment | None = None) -> None:
        actor = await self.actor(interaction)
        found = await self.herald.presets.editable(actor, preset)
        if file is not None:
            text = await _read(interaction, file)
            await say(interaction, _edited(await self.herald.presets.edit(actor, found.preset.id, text=text)))
        elif size(found.version.text) > LONGEST_TYPED:
            raise Invalid(words.too_long_for_a_form(found.preset.name, LONGEST_TYPED))
        else:
            answers = {"name": found.preset.name, "text": found.version.text}
            await EDIT.ask(interaction, found.preset.id, answers)

    async def edited(self, press: Press) -> None:
        try:
            actor = await self.actor(press.interaction)
            changed = await self.herald.presets.edit(actor, press.target, **EDIT.answers(press))
        except Refusal as refusal:
            await EDIT.ask_again(press, refusal)
            return
        await say(press.interaction, _edited(changed))

    @app_commands.command(description=words.SHOW_COMMAND)
    @app_commands.describe(preset=words.WHICH_PRESET, version=words.AT_WHICH_VERSION)
    async def show(self, interaction: discord.Interaction, preset: str, version: Number | None = None) -> None:
        await _show(interaction, await self.herald.presets.show(await self.actor(interaction), preset, version))

    async def of_tournament(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        await _show(press.interaction, await self.herald.presets.of_tournament(actor, press.target))

    @app_commands.command(description=words.LIST_COMMAND)
    async def list(self, interaction: discord.Interaction) -> None:
        page = await self.herald.presets.page(await self.actor(interaction))
        await say(interaction, _listed(page), view=_list_pager(page))

    async def list_turned(self, press: Press) -> None:
        page = await self.herald.presets.page(await self.actor(press.interaction), read_id(press.argument))
        await press.interaction.response.edit_message(embed=embed_of(_listed(page)), view=_list_pager(page))

    @app_commands.command(description=words.HISTORY_COMMAND)
    @app_commands.describe(preset=words.WHICH_PRESET, version=words.WHAT_A_VERSION_CHANGED)
    async def history(self, interaction: discord.Interaction, preset: str, version: Number | None = None) -> None:
        actor = await self.actor(interaction)
        if version is None:
            page = await self.herald.presets.history(actor, preset)
            await say(interaction, _history(page), view=_history_pager(page))
            return
        found, before = await self.herald.presets.compared(actor, preset, version)
        if before is None:
            await say(interaction, words.nothing_before_it(found.version.name))
            return
        await _show_change(interaction, found.version, before)

    async def history_turned(self, press: Press) -> None:
        preset, _, number = press.argument.partition(".")
        actor = await self.actor(press.interaction)
        page = await self.herald.presets.history(actor, read_id(preset), read_id(number))
        await press.interaction.response.edit_message(embed=embed_of(_history(page)), view=_history_pager(page))

    @app_commands.command(description=words.DELETE_COMMAND)
    @app_commands.describe(preset=words.WHICH_PRESET)
    async def delete(self, interaction: discord.Interaction, preset: str) -> None:
        found = await self.herald.presets.editable(await self.actor(interaction), preset)
        await DELETE.ask(interaction, found.preset.id)

    async def deleted(self, press: Press) -> None:
        try:
            actor = await self.actor(press.interaction)
            gone = await self.herald.presets.delete(actor, press.target, typed_name=DELETE.answers(press)["name"])
        except Refusal as refusal:
            await DELETE.ask_again(press, refusal)
            return
        await say(press.interaction, words.deleted(gone.name))

    @app_commands.command(description=words.SHARE_COMMAND)
    @app_commands.describe(preset=words.WHICH_PRESET, to=words.WHO_GETS_IT)
    @app_commands.choices(to=_RECIPIENTS)
    async def share(self, interaction: discord.Interaction, preset: str, to: str) -> None:
        actor = await self.actor(interaction)
        if to == "community":
            given = await self.herald.presets.share(actor, preset)
            await say(interaction, words.shared(given.name))
            return
        await _show(interaction, await self.herald.presets.postable(actor, preset), public=True)

    async def copied(self, press: Press) -> None:
        try:
            key = UUID(hex=press.argument)
        except ValueError:
            raise outdated() from None
        mine = await self.herald.presets.copy(await self.actor(press.interaction), key)
        await say(press.interaction, words.copied(mine.name))

    @edit.autocomplete("preset")
    @show.autocomplete("preset")
    @history.autocomplete("preset")
    @delete.autocomplete("preset")
    @share.autocomplete("preset")
    async def _complete(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        found = await self.herald.presets.names(actor, typed) if actor else []
        return [app_commands.Choice(name=_named(one), value=f"#{one.id}") for one in found]


async def _read(interaction: discord.Interaction, file: discord.Attachment) -> str:
    """What is in a file that was handed in. Raises Invalid, Unavailable."""
    require_small(file.size)
    # Fetching it may take longer than Discord waits for an answer.
    await interaction.response.defer(ephemeral=True, thinking=True)
    try:
        data = await file.read()
    except (discord.HTTPException, aiohttp.ClientError) as error:
        raise Unavailable(words.FILE_NOT_GIVEN_OUT) from error
    return decode(data)


async def _show(interaction: discord.Interaction, view: PresetView, *, public: bool = False) -> None:
    preset, version = view.preset, view.version
    if public:
        notice = preset_cards.posted_card(version, preset.version)
    else:
        notice = preset_cards.card(version, preset.version, whose(preset))
    await say_text(interaction, notice, version.text, language="yaml", name=_file(version.name, "yaml"), public=public)


async def _show_change(interaction: discord.Interaction, after: PresetVersion, before: PresetVersion) -> None:
    changed = diff(before.text, after.text)
    notice = preset_cards.change_card(after, before)
    if changed:
        await say_text(interaction, notice, changed, language="diff", name=_file(after.name, "diff"))
    else:
        await say(interaction, notice)


def _created(made: Preset) -> str:
    return words.created(made.name, whose(made))


def _edited(changed: Preset) -> str:
    return words.edited(changed.name, changed.version)


def _named(preset: Preset) -> str:
    return preset_cards.named(preset.name, whose(preset))


def _file(name: str, kind: str) -> str:
    """A file's name that every system takes."""
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-') or 'preset'}.{kind}"


def _listed(page: PresetPage) -> Notice:
    presets = [(one.name, whose(one), one.version) for one in page.presets]
    return preset_cards.preset_list(presets, page.total, page.page, page.pages)


def _list_pager(page: PresetPage) -> discord.ui.View | None:
    return pager("preset_list", page.page, page.pages, str, labels=BACK_AND_ON)


def _history(page: HistoryPage) -> Notice:
    return preset_cards.history(page.preset.name, page.versions, page.page, page.pages)


def _history_pager(page: HistoryPage) -> discord.ui.View | None:
    id = page.preset.id
    return pager("preset_history", page.page, page.pages, lambda number: f"{id}.{number}", labels=NEWER_AND_OLDER)
