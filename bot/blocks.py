"""Showing a long text as it was written: in a code block, and whole as a file when it does not fit."""

from __future__ import annotations

import io

import discord

from bot.render import DESCRIPTION, EMBED_TOTAL, embed_of, fit, size, view_of
from services.notice import Notice
from services.words import replies as words

FRAME = len("\n```yaml\n\n```")


def code_block(text: str, language: str) -> str:
    """`text` as a code block. Nothing in it ends the block: no two backticks stand side by side."""
    return f"```{language}\n{_defused(text)}\n```"


def _defused(text: str) -> str:
    # A blank of no width, which is neither seen nor counts as a letter.
    return text.replace("`", "`\u200b")


async def say_text(
    interaction: discord.Interaction, notice: Notice, text: str, *, language: str, name: str, public: bool = False
) -> None:
    """Answer with a notice and `text` under it; what does not fit is cut, and all of it is in the file `name`."""
    embed = embed_of(notice)
    above = embed.description or ""
    # Two of Discord's limits; what the second counts may be twice as long as Python says.
    room = min(DESCRIPTION - size(above), EMBED_TOTAL - 2 * len(embed)) - FRAME
    shown = fit(_defused(text), room)
    embed.description = f"{above}\n```{language}\n{shown}\n```"
    file = discord.utils.MISSING
    if shown != _defused(text):
        file = discord.File(io.BytesIO(text.encode()), name)
        embed.set_footer(text=words.MORE_IN_THE_FILE)
    send = interaction.followup.send if interaction.response.is_done() else interaction.response.send_message
    await send(embed=embed, file=file, view=view_of(notice) or discord.utils.MISSING, ephemeral=not public)
