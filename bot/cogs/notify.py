"""/notify: what reaches somebody, and how"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.cogs.base import HeraldCog
from bot.forms import Form, Question
from bot.render import CUSTOM_ID, embed_of, stateless
from bot.router import Press, read_choice
from models import Topic, Way
from services.errors import Invalid, Unavailable
from services.notification_text import format_leads, format_quiet
from services.notifications import Preferences
from services.words import notifications as words

if TYPE_CHECKING:
    from bot.client import HeraldBot

TIMES = Form(
    "notify_times",
    words.TITLE_TIMES,
    (
        Question("leads", words.LABEL_LEADS, 50, required=False, placeholder=words.PLACEHOLDER_LEADS),
        Question("quiet", words.LABEL_QUIET, 20, required=False, placeholder=words.PLACEHOLDER_QUIET),
    ),
)


class NotifyCog(HeraldCog):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("notify_way", self.way_chosen)
        bot.router.add("notify_edit", self.edit_pressed)
        bot.router.add("notify_times", self.times_given)
        bot.router.add("notify_reset", self.reset_pressed)

    @app_commands.command(description=words.COMMAND)
    @app_commands.guild_only()
    async def notify(self, interaction: discord.Interaction) -> None:
        wanted = await self.herald.notifications.mine(await self.actor(interaction))
        await interaction.response.send_message(embed=_embed(wanted), view=_view(wanted), ephemeral=True)

    async def way_chosen(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        topic, way = read_choice(Topic, press.argument), read_choice(Way, "".join(press.values))
        await self._show(press, await self.herald.notifications.choose(actor, topic, way))

    async def edit_pressed(self, press: Press) -> None:
        wanted = await self.herald.notifications.mine(await self.actor(press.interaction))
        now = {"leads": format_leads(wanted.leads), "quiet": format_quiet(wanted.quiet)}
        await TIMES.ask(press.interaction, "", now)

    async def times_given(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        try:
            wanted = await self.herald.notifications.set_times(actor, **TIMES.answers(press))
        except (Invalid, Unavailable) as refusal:
            await TIMES.ask_again(press, refusal)
            return
        await self._show(press, wanted)

    async def reset_pressed(self, press: Press) -> None:
        await self._show(press, await self.herald.notifications.reset(await self.actor(press.interaction)))

    async def _show(self, press: Press, wanted: Preferences) -> None:
        await press.interaction.response.edit_message(content=None, embed=_embed(wanted), view=_view(wanted))


def _embed(wanted: Preferences) -> discord.Embed:
    return embed_of(words.overview(wanted.ways, format_leads(wanted.leads), format_quiet(wanted.quiet)))


def _view(wanted: Preferences) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for topic in Topic:
        options = [
            discord.SelectOption(label=words.choice(topic, way), value=way.value, default=wanted.ways[topic] is way)
            for way in Way
        ]
        custom_id = CUSTOM_ID.format(action="notify_way", argument=topic.value)
        view.add_item(discord.ui.Select(custom_id=custom_id, placeholder=words.SHORT_TOPIC[topic], options=options))
    for label, action in ((words.TITLE_TIMES, "notify_edit"), (words.LABEL_RESET, "notify_reset")):
        custom_id = CUSTOM_ID.format(action=action, argument="")
        view.add_item(discord.ui.Button(label=label, custom_id=custom_id))
    return stateless(view)
