"""Answering an interaction, and the one place where an error becomes an answer."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import discord
from discord import app_commands

from bot.render import CONTENT, embed_of, escape, fit, render_line, view_of
from services.actor import Caller, Person
from services.errors import Refusal, WrongState
from services.notice import Line, Notice
from services.words import replies as words

_log = logging.getLogger(__name__)

EXPIRED = 10062
"""Discord's code for an interaction that was not answered within three seconds."""

ANSWERED = 40060
"""Discord's code for an interaction that was answered before."""


def person_of(user: discord.User | discord.Member) -> Person:
    return Person(discord_id=user.id, name=user.global_name or user.name)


def caller_of(interaction: discord.Interaction) -> Caller:
    """Who interacts, where and with what rights; the instant is the interaction's own."""
    user, permissions = interaction.user, interaction.permissions
    guild = interaction.guild
    return Caller(
        person=person_of(user),
        at=interaction.created_at,
        guild_id=interaction.guild_id,
        guild_name=guild.name if guild else "",
        manage_guild=interaction.guild_id is not None and (permissions.manage_guild or permissions.administrator),
        may_post=interaction.guild_id is None or _may_post(interaction),
        role_ids=frozenset(role.id for role in user.roles) if isinstance(user, discord.Member) else frozenset(),
    )


def _may_post(interaction: discord.Interaction) -> bool:
    permissions = interaction.permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    return permissions.send_messages_in_threads if in_thread else permissions.send_messages


async def say(
    interaction: discord.Interaction,
    what: str | Line | Notice,
    *,
    public: bool = False,
    view: discord.ui.View | None = None,
) -> None:
    """Answer with a notice, or a sentence, whose text is escaped; only the person sees it unless it is `public`."""
    send = interaction.followup.send if interaction.response.is_done() else interaction.response.send_message
    view = view or (view_of(what) if isinstance(what, Notice) else None)
    if isinstance(what, Notice):
        await send(embed=embed_of(what), view=view or discord.utils.MISSING, ephemeral=not public)
    else:
        await send(sentence(what), view=view or discord.utils.MISSING, ephemeral=not public)


def sentence(what: str | Line) -> str:
    """A sentence as Discord is to show it, cut to what fits into a message."""
    return fit(escape(what) if isinstance(what, str) else render_line(what), CONTENT)


async def replace(interaction: discord.Interaction, what: str | Line | Notice) -> None:
    """Put `what` in the place of the message that was pressed."""
    if isinstance(what, Notice):
        await interaction.response.edit_message(content=None, embed=embed_of(what), view=view_of(what))
    else:
        await interaction.response.edit_message(content=sentence(what), embed=None, view=None)


async def show_instead(interaction: discord.Interaction, what: str | Line | Notice) -> None:
    """Put `what` in the place of what the person was shown as the first answer."""
    if isinstance(what, Notice):
        await interaction.edit_original_response(content=None, embed=embed_of(what), view=view_of(what))
    else:
        await interaction.edit_original_response(content=sentence(what), embed=None, view=None)


@asynccontextmanager
async def redrawing(
    interaction: discord.Interaction, now: Callable[[], Awaitable[Notice]], *, when_done: bool = True
) -> AsyncGenerator[None]:
    """Within it, something is done that the pressed message offers; then the message shows how things stand `now`.

    What came too late (WrongState) is said as well. Without `when_done`, only that redraws.
    """

    async def redraw() -> None:
        notice = await now()
        embed = embed_of(notice)
        message = interaction.message
        if message is not None and message.embeds:
            # By its footer the courier recognises a message that it has sent.
            embed.set_footer(text=message.embeds[0].footer.text)
        await interaction.response.edit_message(content=None, embed=embed, view=view_of(notice))

    try:
        yield
    except WrongState as refusal:
        await redraw()
        await say(interaction, refusal.message)
    else:
        if when_done:
            await redraw()


async def explain(interaction: discord.Interaction, error: BaseException) -> None:
    """Tell the person why something was not done; what nobody foresaw is logged under a reference they see."""
    if isinstance(error, Refusal):
        text = error.message
    elif isinstance(error, discord.HTTPException) and error.code in (EXPIRED, ANSWERED):
        _log.warning("an answer came too late for Discord (%s)", error.code)
        return
    elif isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        _log.warning("a command of another release: %s", error)
        text = words.COMMAND_CHANGED
    else:
        reference = secrets.token_hex(4)
        _log.error("unexpected error %s", reference, exc_info=error)
        text = words.unexpected(reference)
    try:
        await say(interaction, text)
    except discord.HTTPException as failure:
        _log.warning("the person could not be told: %s", failure)


@asynccontextmanager
async def answering(interaction: discord.Interaction) -> AsyncGenerator[None]:
    """Within it, every error becomes an answer."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the boundary: `explain` tells refusals from what is logged
        await explain(interaction, error)
