"""Bringing queued messages to Discord."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import discord

from bot.pace import Pace
from bot.render import embed_of, view_of
from bot.threads import ARCHIVED, DiscordThreads
from models import TargetKind
from services.notice import Notice
from services.sender import SendDeferred, SendRefused, Sent, Target
from services.thread_gateway import ThreadDeferred, ThreadRefused
from services.words import sending as words

_log = logging.getLogger(__name__)

CLOSED_DMS = {50007, 50278}
"""Discord's codes for a person who cannot be written to: DMs closed, or no guild in common."""

UNKNOWN_MESSAGE = 10008
"""Discord's code for a message that somebody has deleted."""

SKEW = timedelta(hours=1)
"""How far our clock may be ahead of Discord's for a message to be found that was sent by it."""


class DiscordSender:
    """Sends through `client`, which has to be logged in, at a `pace` if there is one."""

    def __init__(self, client: discord.Client, pace: Pace | None = None) -> None:
        self._client = client
        self._pace = pace

    async def send(self, target: Target, notice: Notice, nonce: str) -> Sent:
        """Send `notice`. discord.py sets `enforce_nonce` with the nonce. Raises SendRefused, SendDeferred."""
        embed, view = _draw(notice, nonce)
        await self._turn()
        try:
            channel = await self._channel(target)
            people = [discord.Object(id) for id in notice.mentions]
            message = await channel.send(
                " ".join(f"<@{one.id}>" for one in people) or None,
                embed=embed,
                view=view or discord.utils.MISSING,
                nonce=nonce,
                allowed_mentions=discord.AllowedMentions(everyone=False, roles=False, users=people or False),
            )
        except discord.RateLimited as limited:
            raise SendDeferred(limited.retry_after) from limited
        except discord.HTTPException as error:
            raise _refusal(error, target) or error from error
        if notice.pinned:
            try:
                await message.pin()
            except discord.HTTPException as error:
                # It is there, only not at the top: too little to say it again.
                _log.warning("message %s could not be pinned: %s", message.id, error)
        return Sent(message.channel.id, message.id)

    async def edit(self, target: Target, sent: Sent, notice: Notice, nonce: str) -> None:
        """Draw a message anew, without buttons if there are none now. Raises SendRefused, SendDeferred."""
        embed, view = _draw(notice, nonce)
        channel = self._client.get_partial_messageable(sent.channel_id)
        await self._turn()
        try:
            await self._edit(channel.get_partial_message(sent.message_id), embed, view)
        except discord.RateLimited as limited:
            raise SendDeferred(limited.retry_after) from limited
        except discord.HTTPException as error:
            if error.code != UNKNOWN_MESSAGE:
                raise _refusal(error, target) or error from error

    async def _edit(self, message: discord.PartialMessage, embed: discord.Embed, view: discord.ui.View | None) -> None:
        try:
            await message.edit(embed=embed, view=view, allowed_mentions=discord.AllowedMentions.none())
        except discord.HTTPException as error:
            if error.code != ARCHIVED:
                raise
            # A message that is sent takes a thread out of the archive by itself; one that is edited does not.
            try:
                await DiscordThreads(self._client, self._pace).reopen(message.channel.id)
            except ThreadRefused as refused:
                raise SendRefused(refused.reason) from refused
            except ThreadDeferred as deferred:
                raise SendDeferred(deferred.delay.total_seconds()) from deferred
            await message.edit(embed=embed, view=view, allowed_mentions=discord.AllowedMentions.none())

    async def find(self, target: Target, nonce: str, since: datetime) -> Sent | None:
        """Look through what the bot itself wrote there after `since`. Raises SendRefused, SendDeferred."""
        known = self._client.get_channel(target.id)
        if (
            isinstance(known, discord.abc.GuildChannel)
            and not known.permissions_for(known.guild.me).read_message_history
        ):
            # Discord would show an empty history, which looks like "not there".
            raise SendRefused(words.NO_HISTORY)
        await self._turn()
        try:
            channel = await self._channel(target)
            async for message in channel.history(limit=None, after=since - SKEW):
                if self._client.user == message.author and any(
                    nonce in (embed.footer.text or "") for embed in message.embeds
                ):
                    return Sent(message.channel.id, message.id)
        except discord.RateLimited as limited:
            raise SendDeferred(limited.retry_after) from limited
        except discord.HTTPException as error:
            raise _refusal(error, target) or error from error
        return None

    async def _turn(self) -> None:
        if self._pace is not None:
            await self._pace.turn()

    async def _channel(self, target: Target) -> discord.abc.Messageable:
        if target.kind is TargetKind.USER:
            return await self._client.create_dm(discord.Object(target.id))
        return self._client.get_partial_messageable(target.id)


def _draw(notice: Notice, nonce: str) -> tuple[discord.Embed, discord.ui.View | None]:
    try:
        return embed_of(notice, nonce), view_of(notice)
    except Exception as error:
        # Nothing went out, and the next attempt would end the same way.
        _log.exception("a notice could not be drawn")
        raise SendRefused(words.not_drawn(type(error).__name__)) from error


def _refusal(error: discord.HTTPException, target: Target) -> SendRefused | None:
    """What Discord refuses for good: asking again would only count towards a ban. None for what may pass."""
    # Without a code of Discord's own, something in between has answered; 401 is about the token, not the message.
    if error.status not in (400, 403, 404) or not error.code:
        return None
    closed = target.kind is TargetKind.USER and error.code in CLOSED_DMS
    return SendRefused(words.refused(error.text or str(error.status), error.code), closed=closed)
