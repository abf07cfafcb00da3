"""/preset: settings under a name, one's own and the community's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal
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
from models import Preset, PresetVersion
from services.errors import Invalid, Refusal, Unavailable
from services.notice import Button, Line, Notice, line
from services.preset_access import LONGEST_NAME, Whose, whose
from services.preset_text import decode, diff, require_small
from services.presets import HistoryPage, PresetPage, PresetView
from services.words.language import count

if TYPE_CHECKING:
    from bot.client import HeraldBot

LONGEST_TYPED = 4000
"""Characters that fit into a form's field."""

_QUESTIONS = (
    Question("name", "Name", LONGEST_NAME, placeholder="Open, hard mode"),
    Question("text", "Settings, in YAML", LONGEST_TYPED, long=True, placeholder="goal: ganon\nhints: [always, never]"),
)
CREATE = Form("preset_create", "New preset", _QUESTIONS)
EDIT = Form("preset_edit", "Edit preset", _QUESTIONS)
DELETE = Form("preset_delete", "Delete preset", (Question("name", "Type its name to delete it", LONGEST_NAME),))

_WORDS = {Whose.MINE: "yours", Whose.COMMUNITY: "the community's"}

Number = app_commands.Range[int, 1, 1_000_000]


class PresetCog(HeraldCog, commands.GroupCog, group_name="preset", group_description="Settings to race with"):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("preset_create", self.created)
        bot.router.add("preset_edit", self.edited)
        bot.router.add("preset_delete", self.deleted)
        bot.router.add("preset_list", self.list_turned)
        bot.router.add("preset_history", self.history_turned)
        bot.router.add("preset_copy", self.copied)
        bot.router.add("tournament_preset", self.of_tournament)

    @app_commands.command(description="Keep settings under a name; for the community: organizers")
    @app_commands.rename(of="whose")
    @app_commands.describe(of="Whose it is", file="The settings as a YAML file, instead of a form", name="Its name")
    @app_commands.choices(of=[app_commands.Choice(name=one.value, value=one.value) for one in Whose])
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

    @app_commands.command(description="Change a preset; what it was before is kept")
    @app_commands.describe(preset="Which preset", file="The settings as a YAML file, instead of a form")
    async def edit(self, interaction: discord.Interaction, preset: str, file: discord.Attachment | None = None) -> None:
        actor = await self.actor(interaction)
        found = await self.herald.presets.editable(actor, preset)
        if file is not None:
            text = await _read(interaction, file)
            await say(interaction, _edited(await self.herald.presets.edit(actor, found.preset.id, text=text)))
        elif size(found.version.text) > LONGEST_TYPED:
            raise Invalid(
                f"{found.preset.name} is too long for a form, which takes {LONGEST_TYPED} characters. "
                "Get its file with /preset show, and hand in the changed one with the option file."
            )
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

    @app_commands.command(description="Show a preset")
    @app_commands.describe(preset="Which preset", version="How it was at that version")
    async def show(self, interaction: discord.Interaction, preset: str, version: Number | None = None) -> None:
        await _show(interaction, await self.herald.presets.show(await self.actor(interaction), preset, version))

    async def of_tournament(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        await _show(press.interaction, await self.herald.presets.of_tournament(actor, press.target))

    @app_commands.command(description="List your presets and the community's")
    async def list(self, interaction: discord.Interaction) -> None:
        page = await self.herald.presets.page(await self.actor(interaction))
        await say(interaction, _listed(page), view=_list_pager(page))

    async def list_turned(self, press: Press) -> None:
        page = await self.herald.presets.page(await self.actor(press.interaction), read_id(press.argument))
        await press.interaction.response.edit_message(embed=embed_of(_listed(page)), view=_list_pager(page))

    @app_commands.command(description="Show a preset's versions, or what one of them changed")
    @app_commands.describe(preset="Which preset", version="Show what this version changed")
    async def history(self, interaction: discord.Interaction, preset: str, version: Number | None = None) -> None:
        actor = await self.actor(interaction)
        if version is None:
            page = await self.herald.presets.history(actor, preset)
            await say(interaction, _history(page), view=_history_pager(page))
            return
        found, before = await self.herald.presets.compared(actor, preset, version)
        if before is None:
            await say(interaction, f"Version 1 of {found.version.name} is its first, so there is nothing before it.")
            return
        await _show_change(interaction, found.version, before)

    async def history_turned(self, press: Press) -> None:
        preset, _, number = press.argument.partition(".")
        actor = await self.actor(press.interaction)
        page = await self.herald.presets.history(actor, read_id(preset), read_id(number))
        await press.interaction.response.edit_message(embed=embed_of(_history(page)), view=_history_pager(page))

    @app_commands.command(description="Delete a preset with all its versions")
    @app_commands.describe(preset="Which preset")
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
        await say(press.interaction, f"{gone.name} is deleted, with all its versions.")

    @app_commands.command(description="Post a preset here for all to see, or give it to the community (organizers)")
    @app_commands.describe(preset="Which preset", to="Who gets it")
    async def share(self, interaction: discord.Interaction, preset: str, to: Literal["channel", "community"]) -> None:
        actor = await self.actor(interaction)
        if to == "community":
            given = await self.herald.presets.share(actor, preset)
            await say(interaction, f"{given.name} is among the community's presets now. Yours stays yours.")
            return
        await _show(interaction, await self.herald.presets.postable(actor, preset), public=True)

    async def copied(self, press: Press) -> None:
        try:
            key = UUID(hex=press.argument)
        except ValueError:
            raise outdated() from None
        mine = await self.herald.presets.copy(await self.actor(press.interaction), key)
        await say(press.interaction, f"{mine.name} is among your presets now.")

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
        raise Unavailable("Discord does not give the file out right now. Please try again in a moment.") from error
    return decode(data)


async def _show(interaction: discord.Interaction, view: PresetView, *, public: bool = False) -> None:
    preset, version = view.preset, view.version
    of = "" if public else f" ({_WORDS[whose(preset)]})"
    notice = Notice(
        title=f"{version.name}{of}",
        lines=(line(f"Version {version.number} of {preset.version}, ", *_by(version)),),
        buttons=(Button("preset_copy", version.share_key.hex, "Copy to mine"),) if public else (),
    )
    await say_text(interaction, notice, version.text, language="yaml", name=_file(version.name, "yaml"), public=public)


async def _show_change(interaction: discord.Interaction, after: PresetVersion, before: PresetVersion) -> None:
    lines = [line(f"Version {before.number} became {after.number}, ", *_by(after))]
    if before.name != after.name:
        lines.append(line(f"Its name was {before.name}."))
    changed = diff(before.text, after.text)
    notice = Notice(title=f"{after.name}: what changed", lines=tuple(lines))
    if changed:
        await say_text(interaction, notice, changed, language="diff", name=_file(after.name, "diff"))
    else:
        await say(interaction, notice)


def _created(made: Preset) -> str:
    return f"{made.name} is kept, and is {_WORDS[whose(made)]}. Show it with /preset show."


def _edited(changed: Preset) -> str:
    return f"{changed.name} is saved as version {changed.version}."


def _by(version: PresetVersion) -> Line:
    author = version.author.display_name if version.author else "a deleted user"
    return line(f"by {author}, ", version.created_at)


def _named(preset: Preset) -> str:
    return f"{preset.name} · {_WORDS[whose(preset)]}"


def _file(name: str, kind: str) -> str:
    """A file's name that every system takes."""
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-') or 'preset'}.{kind}"


def _listed(page: PresetPage) -> Notice:
    lines = [line(f"{_named(one)} · version {one.version}") for one in page.presets]
    return Notice(
        title="Presets",
        lines=tuple(lines) or (line("There is none yet. Make one with /preset create."),),
        reference=f"{count(page.total, 'preset')}, page {page.page + 1} of {page.pages}",
    )


def _list_pager(page: PresetPage) -> discord.ui.View | None:
    return pager("preset_list", page.page, page.pages, str, labels=("Back", "On"))


def _history(page: HistoryPage) -> Notice:
    lines = [line(f"{one.number} · {one.name} · ", *_by(one)) for one in page.versions]
    return Notice(
        title=f"{page.preset.name}: versions",
        lines=tuple(lines),
        reference=f"Page {page.page + 1} of {page.pages}. The option version shows what one changed.",
    )


def _history_pager(page: HistoryPage) -> discord.ui.View | None:
    id = page.preset.id
    return pager("preset_history", page.page, page.pages, lambda number: f"{id}.{number}", labels=("Newer", "Older"))
