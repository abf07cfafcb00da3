"""The private threads of races, in Discord."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import discord

from bot.pace import Pace
from services.thread_gateway import ThreadDeferred, ThreadRefused
from services.words import attempts as words

FULL = 160006
"""Discord's code for a guild with as many active threads as there may be."""

ARCHIVED = 50083
"""Discord's code for an action in a thread that is archived."""

SLEEPS_AFTER = 1440
"""Minutes without a message after which Discord archives a thread; a race takes less."""


class DiscordThreads:
    """Works through `client`, which has to be logged in, at a `pace` if there is one."""

    def __init__(self, client: discord.Client, pace: Pace | None = None) -> None:
        self._client = client
        self._pace = pace

    async def open(self, channel_id: int, name: str) -> int:
        """Open a private thread in a channel. Raises ThreadRefused, ThreadDeferred."""
        async with _asking(self._pace):
            channel = await self._channel(channel_id)
            if not isinstance(channel, discord.TextChannel):
                raise ThreadRefused(words.NO_THREADS_HERE)
            thread = await channel.create_thread(
                name=name, type=discord.ChannelType.private_thread, auto_archive_duration=SLEEPS_AFTER, invitable=False
            )
            return thread.id

    async def find(self, channel_id: int, mark: str) -> int | None:
        """The bot's own active thread in a channel whose name ends with `mark`. Raises as `open` does."""
        async with _asking(self._pace):
            channel = await self._channel(channel_id)
            if not isinstance(channel, discord.TextChannel):
                return None
            mine = self._client.user.id if self._client.user else 0
            for thread in await channel.guild.active_threads():
                if thread.parent_id == channel_id and thread.owner_id == mine and thread.name.endswith(mark):
                    return thread.id
            return None

    async def add(self, thread_id: int, discord_id: int) -> None:
        """Let somebody into a thread. Raises as `open` does."""
        async with _asking(self._pace):
            await (await self._thread(thread_id)).add_user(discord.Object(discord_id))

    async def reopen(self, thread_id: int) -> None:
        """Take a thread out of the archive. Raises as `open` does."""
        async with _asking(self._pace):
            await (await self._thread(thread_id)).edit(archived=False)

    async def close(self, thread_id: int) -> None:
        """Archive a thread. Raises as `open` does."""
        async with _asking(self._pace):
            await (await self._thread(thread_id)).edit(archived=True)

    async def _thread(self, thread_id: int) -> discord.Thread:
        thread = await self._channel(thread_id)
        if not isinstance(thread, discord.Thread):
            raise ThreadRefused(words.CHANNEL_GONE)
        return thread

    async def _channel(self, channel_id: int) -> object:
        # An archived thread is not in the cache.
        return self._client.get_channel(channel_id) or await self._client.fetch_channel(channel_id)


@asynccontextmanager
async def _asking(pace: Pace | None) -> AsyncGenerator[None]:
    """Within it, what Discord refuses for good becomes ThreadRefused; what may pass stays as it is.

    It begins when one may ask Discord again.
    """
    if pace is not None:
        await pace.turn()
    try:
        yield
    except discord.RateLimited as limited:
        raise ThreadDeferred(limited.retry_after) from limited
    except discord.HTTPException as error:
        if error.status not in (400, 403, 404) or not error.code:
            raise
        if error.code == FULL:
            raise ThreadRefused(words.THREADS_FULL) from error
        raise ThreadRefused(words.THREADS_REFUSED if error.status == 403 else words.CHANNEL_GONE) from error  # noqa: PLR2004 - HTTP's own
