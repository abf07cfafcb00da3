"""/guild: this server, and the community that it belongs to"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.base import Choices, HeraldCog, picked, picks
from bot.guild_settings import CHANNEL_TYPES, add_channel, settings_embed
from bot.render import embed_of
from bot.replies import replace, say
from bot.router import Press
from services.errors import Invalid, NotAllowed
from services.guilds import ChannelUse
from services.notice import Notice
from services.words import guild_settings
from services.words import guilds as words

if TYPE_CHECKING:
    from bot.client import HeraldBot

_CATEGORIES = [app_commands.Choice(name=label, value=use.value) for use, label in guild_settings.CHANNEL.items()]


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
class GuildCog(HeraldCog, commands.GroupCog, group_name="guild", group_description=words.GROUP):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("guild_unlink", self.unlinked)

    @app_commands.command(description=words.LINK_COMMAND)
    @app_commands.describe(community=words.WHICH_COMMUNITY)
    async def link(self, interaction: discord.Interaction, community: str) -> None:
        linked = await self.herald.guilds.link(await self.actor(interaction), picked(community, words.A_COMMUNITY))
        await say(interaction, words.linked(linked.name))

    @link.autocomplete("community")
    async def _complete_community(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        try:
            found = (await self.herald.guilds.setup(actor)).joinable if actor else []
        except NotAllowed:
            return []
        return picks([(one.name, one.id) for one in found], typed)

    @app_commands.command(description=words.UNLINK_COMMAND)
    async def unlink(self, interaction: discord.Interaction) -> None:
        found = await self.herald.guilds.unlinkable(await self.actor(interaction))
        await say(interaction, words.unlink_question(found.id, found.name))

    async def unlinked(self, press: Press) -> None:
        gone = await self.herald.guilds.unlink(await self.actor(press.interaction), press.target)
        await replace(press.interaction, words.unlinked(gone.name))

    @app_commands.command(description=words.CHANNELS_COMMAND)
    @app_commands.describe(category=guild_settings.WHAT_IS_POSTED, channel=guild_settings.WHICH_CHANNEL)
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
                raise Invalid(guild_settings.CHANNEL_ELSEWHERE)
        await self.herald.guilds.set_channel(await self.actor(interaction), use, chosen)
        embed = embed_of(Notice(title=guild_settings.TITLE_SAVED))
        add_channel(embed, interaction.guild, use, chosen, picked_now=True)
        await interaction.response.send_message(embed=embed, ephemeral=True)

    @app_commands.command(description=words.STATUS_COMMAND)
    async def status(self, interaction: discord.Interaction) -> None:
        state = await self.herald.guilds.status(await self.actor(interaction))
        await interaction.response.send_message(embed=settings_embed(state, interaction.guild), ephemeral=True)
