"""How Herald's settings in a guild are shown: its channels with what is wrong there, and the roles that count."""

from __future__ import annotations

import discord

from bot.render import embed_of, fit
from services.errors import Invalid
from services.guilds import ChannelUse, Setup
from services.permissions import MAPPABLE
from services.words import guild_settings as words

NEEDED = ("view_channel", "send_messages", "embed_links", "read_message_history")
"""What Herald needs where it writes. Reading history is how it makes sure not to say a thing twice."""

IN_THREADS = ("create_private_threads", "send_messages_in_threads")
"""What it needs besides where races are started. The announcement that a tournament has started offers that."""

CHANNEL_TYPES = [discord.ChannelType.text, discord.ChannelType.news]
"""Where it can write."""


def settings_embed(state: Setup, guild: discord.Guild | None) -> discord.Embed:
    """How a linked guild is set up, and what of it does not work right now."""
    if state.organization is None:
        raise ValueError("the guild is not linked")
    embed = embed_of(words.settings(state.organization))
    for use in ChannelUse:
        add_channel(embed, guild, use, state.channels.get(use))
    for role in MAPPABLE:
        mentions = " ".join(_mention(guild, role_id) for role_id in state.roles[role])
        embed.add_field(name=words.counts_as(role), value=fit(mentions, 1024) or words.NO_DISCORD_ROLE)
    return embed


def add_channel(
    embed: discord.Embed,
    guild: discord.Guild | None,
    use: ChannelUse,
    channel_id: int | None,
    *,
    picked_now: bool = False,
) -> None:
    """Add the channel for `use`, with what is wrong there. One that was `picked_now` is there, if only unseen."""
    if channel_id is None:
        text = words.NOT_CHOSEN_SO_ANNOUNCED if use.announced else words.NOT_CHOSEN
    else:
        text = _channel_state(guild, channel_id, use, there=picked_now)
    embed.add_field(name=words.CHANNEL[use], value=text, inline=False)


def _channel_state(guild: discord.Guild | None, channel_id: int, use: ChannelUse, *, there: bool) -> str:
    channel = guild.get_channel(channel_id) if guild else None
    if guild is not None and channel is not None:
        held = channel.permissions_for(guild.me)
    elif there:
        held = discord.Permissions.none()
    else:
        return words.CHANNEL_GONE
    # Where news are posted, there are no private threads: races are started elsewhere.
    starts = use is ChannelUse.ANNOUNCEMENTS and not (isinstance(channel, discord.TextChannel) and channel.is_news())
    missing = [name for name in (*NEEDED, *(IN_THREADS if starts else ())) if not getattr(held, name)]
    mention = f"<#{channel_id}>"
    return words.channel_lacks(mention, missing) if missing else words.channel_works(mention)


def require_channel(guild: discord.Guild | None, channel_id: int) -> None:
    """Let pass a channel that Herald knows in `guild`. Raises Invalid."""
    if guild is None or guild.get_channel(channel_id) is None:
        raise Invalid(words.CHANNEL_UNSEEN)


def require_role(guild: discord.Guild | None, role_id: int) -> None:
    """Let pass a Discord role of `guild`. Raises Invalid."""
    if guild is None or guild.get_role(role_id) is None:
        raise Invalid(words.ROLE_GONE)


def _mention(guild: discord.Guild | None, role_id: int) -> str:
    return f"<@&{role_id}>" if guild and guild.get_role(role_id) else words.DELETED_ROLE
