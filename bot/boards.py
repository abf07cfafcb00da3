"""Answering with a leaderboard, a picture of one, or the whole of it as a file. Nobody else sees the answers."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable

import discord

from bot.pictures import Theme
from bot.render import embed_of, pager, stateless, view_of
from services.notice import Button, Notice
from services.views import Board
from services.words import leaderboard as words

ALT_TEXT = 1024
"""Characters of a file's description that Discord takes."""


async def say_board(interaction: discord.Interaction, board: Board) -> None:
    """Answer with a page of a leaderboard."""
    embed, view = _drawn(board)
    await interaction.response.send_message(embed=embed, view=view or discord.utils.MISSING, ephemeral=True)


async def turn_board(interaction: discord.Interaction, board: Board) -> None:
    """Put another page in the place of the one whose button was pressed."""
    embed, view = _drawn(board)
    await interaction.response.edit_message(embed=embed, view=view)


async def say_picture(
    interaction: discord.Interaction, draw: Callable[[], bytes], *, name: str, alt_text: str, other: Button
) -> None:
    """Answer with what `draw` draws, beside the loop, and a button to its `other` theme."""
    png = await asyncio.to_thread(draw)
    file = discord.File(io.BytesIO(png), f"{name}.png", description=alt_text[:ALT_TEXT])
    view = view_of(Notice(title="", buttons=(other,)))
    await interaction.response.send_message(file=file, view=view or discord.utils.MISSING, ephemeral=True)


async def say_file(interaction: discord.Interaction, what: Notice, text: str, *, name: str) -> None:
    """Answer, once that was put off, with `text` as a file, which a spreadsheet opens with all its letters."""
    file = discord.File(io.BytesIO(text.encode("utf-8-sig")), name)
    await interaction.followup.send(embed=embed_of(what), file=file, ephemeral=True)


def other_theme(theme: Theme, action: str, target: str) -> Button:
    """The button by which a picture is drawn anew in the other theme."""
    if theme is Theme.DARK:
        return Button(action, f"{target}.{Theme.LIGHT.value}", words.LABEL_LIGHT)
    return Button(action, f"{target}.{Theme.DARK.value}", words.LABEL_DARK)


def _drawn(board: Board) -> tuple[discord.Embed, discord.ui.View | None]:
    notice, id = words.board_notice(board), board.tournament.id
    view = view_of(notice)
    turning = pager("board_page", board.page, board.pages, lambda page: f"{id}.{page}", labels=words.LABELS_PAGES)
    if view is not None and turning is not None:
        both = discord.ui.View(timeout=None)
        for item in (*turning.children, *view.children):
            both.add_item(item)
        view = stateless(both)
    return embed_of(notice), view
