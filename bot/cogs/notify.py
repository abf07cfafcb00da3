"""/notify: what reaches somebody, and how"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.cogs.base import HeraldCog
from bot.forms import Form, Question
from bot.render import CUSTOM_ID, embed_of, stateless
from bot.router import Press, read_choice
from models import Way
from services.errors import Invalid, Unavailable
from services.notice import Field, Notice, line
from services.notification_text import format_leads, format_quiet
from services.notifications import Preferences, Topic

if TYPE_CHECKING:
    from bot.client import HeraldBot

TIMES = Form(
    "notify_times",
    "Reminders and quiet hours",
    (
        Question("leads", "How long before a match?", 50, required=False, placeholder="1d, 1h, 15m; empty for never"),
        Question("quiet", "Quiet hours, in your time zone", 20, required=False, placeholder="22:00-8:00"),
    ),
)

_TOPICS = {
    Topic.INVITES: "Invitations",
    Topic.RUNS: "Your runs, once they were reviewed",
    Topic.MATCHES: "Your matches, and reminders of them",
    Topic.TOURNAMENTS: "Your tournaments: started, ended",
}
# As much as a select shows on a phone.
_SHORT = {
    Topic.INVITES: "Invitations",
    Topic.RUNS: "Your runs",
    Topic.MATCHES: "Your matches",
    Topic.TOURNAMENTS: "Your tournaments",
}
_WAYS = {Way.DM: "by DM", Way.MENTION: "by a mention", Way.NOTHING: "not at all"}


class NotifyCog(HeraldCog):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("notify_way", self.way_chosen)
        bot.router.add("notify_edit", self.edit_pressed)
        bot.router.add("notify_times", self.times_given)
        bot.router.add("notify_reset", self.reset_pressed)

    @app_commands.command(description="Choose what reaches you from this community, and how")
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
    fields = [Field(label, line(_WAYS[wanted.ways[topic]]), inline=False) for topic, label in _TOPICS.items()]
    leads, quiet = format_leads(wanted.leads), format_quiet(wanted.quiet)
    fields += [
        Field("Reminders before a match", line(leads or "none")),
        Field("Quiet hours", line(f"{quiet} in your time zone (/account timezone)" if quiet else "none")),
    ]
    how = line("This is for this community alone. A mention is in the channel. In quiet hours, DMs wait.")
    return embed_of(Notice(title="What reaches you", lines=(how,), fields=tuple(fields)))


def _view(wanted: Preferences) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for topic, label in _SHORT.items():
        options = [
            discord.SelectOption(label=f"{label}: {words}", value=way.value, default=wanted.ways[topic] is way)
            for way, words in _WAYS.items()
        ]
        custom_id = CUSTOM_ID.format(action="notify_way", argument=topic.value)
        view.add_item(discord.ui.Select(custom_id=custom_id, placeholder=label, options=options))
    for label, action in (("Reminders and quiet hours", "notify_edit"), ("As it was at first", "notify_reset")):
        custom_id = CUSTOM_ID.format(action=action, argument="")
        view.add_item(discord.ui.Button(label=label, custom_id=custom_id))
    return stateless(view)
