"""/guild: this server, and the community that it belongs to"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.base import Choices, HeraldCog, picked, picks
from bot.guild_settings import CHANNEL_TYPES, LABELS, add_channel, settings_embed
from bot.render import embed_of
from bot.replies import replace, say
from bot.router import Press
from services.errors import Invalid, NotAllowed
from services.guilds import ChannelUse
from services.notice import Button, Notice, Style, Tone, line

if TYPE_CHECKING:
    from bot.client import HeraldBot

_CATEGORIES = [app_commands.Choice(name=label, value=use.value) for use, label in LABELS.items()]


class _Channel(app_commands.Transformer):
    """A channel of the server, also one that Herald cannot see: Discord names it all the same."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        return CHANNEL_TYPES

    async def transform(
        self, _: discord.Interaction, value: app_commands.AppCommandChannel, /
    ) -> app_commands.AppCommandChannel:
        return value


@app_commands.guild_only()
class GuildCog(HeraldCog, commands.GroupCog, group_name="guild", group_description="This server and its community"):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("guild_unlink", self.unlinked)

    @app_commands.command(description="Link this server to a community that you run (Manage Server)")
    @app_commands.describe(community="A community of which you are an owner or admin")
    async def link(self, interaction: discord.Interaction, community: str) -> None:
        linked = await self.herald.guilds.link(await self.actor(interaction), picked(community, "a community"))
        await say(
            interaction, f"This server belongs to {linked.name} now. /guild status shows its channels and roles here."
        )

    @link.autocomplete("community")
    async def _complete_community(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        try:
            found = (await self.herald.guilds.setup(actor)).joinable if actor else []
        except NotAllowed:
            return []
        return picks([(one.name, one.id) for one in found], typed)

    @app_commands.command(description="End this server's link to its community (owners and admins)")
    async def unlink(self, interaction: discord.Interaction) -> None:
        found = await self.herald.guilds.unlinkable(await self.actor(interaction))
        lines = (
            line("Here, nothing is announced any more, Discord roles count for nothing, and commands do not work."),
            line("Its members, tournaments and runs stay as they are."),
            line("The channels and roles chosen here are kept, for when this server is linked to it again."),
        )
        buttons = (Button("guild_unlink", found.id, "Unlink", Style.DANGER),)
        title = f"Unlink this server from {found.name}?"
        await say(interaction, Notice(title=title, lines=lines, buttons=buttons, tone=Tone.DANGER))

    async def unlinked(self, press: Press) -> None:
        gone = await self.herald.guilds.unlink(await self.actor(press.interaction), press.target)
        await replace(
            press.interaction, f"This server is unlinked from {gone.name}. To link it again, use /guild link or /setup."
        )

    @app_commands.command(description="Choose a channel for something, or none (Manage Server)")
    @app_commands.describe(category="What is posted", channel="Where; leave it out to take the channel away")
    @app_commands.choices(category=_CATEGORIES)
    async def channels(
        self,
        interaction: discord.Interaction,
        category: str,
        channel: app_commands.Transform[app_commands.AppCommandChannel, _Channel] | None = None,
    ) -> None:
        use, chosen = ChannelUse(category), channel.id if channel else None
        if chosen is not None:
            known = interaction.client.get_channel(chosen)
            if isinstance(known, discord.abc.GuildChannel) and known.guild.id != interaction.guild_id:
                raise Invalid("That channel is not one of this server. Please pick another.")
        await self.herald.guilds.set_channel(await self.actor(interaction), use, chosen)
        embed = embed_of(Notice(title="Saved"))
        add_channel(embed, interaction.guild, use, chosen, picked_now=True)
        await interaction.response.send_message(embed=embed, ephemeral=True)

    @app_commands.command(description="Show this server's channels and roles, and what is wrong there (Manage Server)")
    async def status(self, interaction: discord.Interaction) -> None:
        state = await self.herald.guilds.status(await self.actor(interaction))
        await interaction.response.send_message(embed=settings_embed(state, interaction.guild), ephemeral=True)
