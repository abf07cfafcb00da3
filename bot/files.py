"""Getting what somebody attached."""

from __future__ import annotations

import aiohttp
import discord

from services.errors import Unavailable
from services.words import files as words


async def fetch(interaction: discord.Interaction, file: discord.Attachment) -> bytes:
    """What is in a file that was handed in; its answer is deferred meanwhile. Raises Unavailable."""
    # It may take longer than Discord waits for an answer.
    await interaction.response.defer(ephemeral=True, thinking=True)
    try:
        return await file.read()
    except (discord.HTTPException, aiohttp.ClientError) as error:
        raise Unavailable(words.NOT_GIVEN_OUT) from error
