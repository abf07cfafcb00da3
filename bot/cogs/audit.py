"""/audit"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.base import Choices, HeraldCog, choices
from bot.render import embed_of, pager
from bot.replies import say
from bot.router import LARGEST_ID, LONGEST_ID, Press
from events import EVENT_TYPES, catalogue
from services.audit import AuditFilter, AuditPage
from services.errors import NotFound
from services.notice import Line, Notice, line
from services.paging import CHOICES
from services.words.language import count

if TYPE_CHECKING:
    from bot.client import HeraldBot

_ACTIONS = list(catalogue())
# In the order of the catalogue, to which new types are only appended: buttons of older messages name them by place.
_ENTITIES = list(dict.fromkeys(event_type.entity_type for event_type in EVENT_TYPES))


@app_commands.guild_only()
class AuditCog(HeraldCog, commands.GroupCog, group_name="audit", group_description="Who did what"):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("audit", self.turned)

    @app_commands.command(description="Search the audit trail (organizers and moderators)")
    @app_commands.describe(
        user="Who did it",
        action="What was done",
        entity="To what kind of thing: tournament, race …, also with its number",
        since="From when on: 2026-11-24, 2026-11-24 18:30, or 3d for three days ago",
        until="Until when, in the same forms",
    )
    async def search(
        self,
        interaction: discord.Interaction,
        user: discord.User | None = None,
        action: str = "",
        entity: str = "",
        since: str = "",
        until: str = "",
    ) -> None:
        actor = await self.actor(interaction)
        wanted = await self.herald.audit.filter(
            actor, user=user.id if user else None, action=action, entity=entity, since=since, until=until
        )
        page = await self.herald.audit.search(actor, wanted)
        await say(interaction, _notice(page), view=_pager(page))

    async def turned(self, press: Press) -> None:
        number, wanted = _decode(press.argument)
        page = await self.herald.audit.search(await self.actor(press.interaction), wanted, number)
        await press.interaction.response.edit_message(embed=embed_of(_notice(page)), view=_pager(page))

    @search.autocomplete("action")
    async def _complete_action(self, _: discord.Interaction, typed: str) -> Choices:
        return choices([a for a in _ACTIONS if typed.casefold() in a.casefold()][:CHOICES])

    @search.autocomplete("entity")
    async def _complete_entity(self, _: discord.Interaction, typed: str) -> Choices:
        return choices([e for e in _ENTITIES if typed.casefold() in e][:CHOICES])


def _notice(page: AuditPage) -> Notice:
    lines: list[Line] = [line(f"#{entry.number} ", entry.at, f" {entry.text}") for entry in page.lines]
    return Notice(
        title="Audit trail",
        lines=tuple(lines) or (line("Nothing was found."),),
        reference=f"{count(page.total, 'entry', 'entries')}, page {page.page + 1} of {page.pages}",
    )


def _pager(page: AuditPage) -> discord.ui.View | None:
    return pager("audit", page.page, page.pages, lambda n: _encode(n, page.filter), labels=("Newer", "Older"))


def _encode(number: int, wanted: AuditFilter) -> str:
    """The search as the argument of a button, so that it can be turned after a restart (Discord allows 100)."""
    parts = (
        max(number, -1),
        wanted.user,
        _ACTIONS.index(wanted.action) if wanted.action else None,
        _ENTITIES.index(wanted.entity_type) if wanted.entity_type else None,
        wanted.entity_id,
        int(wanted.since.timestamp()) if wanted.since else None,
        int(wanted.until.timestamp()) if wanted.until else None,
        wanted.anchor,
    )
    return ".".join("" if part is None else str(part) for part in parts)


def _whole(text: str) -> int:
    """A number that the database can look for. Raises ValueError."""
    number = int(text)
    if abs(number) > LARGEST_ID:
        raise ValueError(text[:LONGEST_ID])
    return number


def _decode(argument: str) -> tuple[int, AuditFilter]:
    try:
        number, user, action, entity, entity_id, since, until, anchor = (
            _whole(part) if part else None for part in argument.split(".")
        )
        return number or 0, AuditFilter(
            user=user,
            action=None if action is None else _ACTIONS[action],
            entity_type=None if entity is None else _ENTITIES[entity],
            entity_id=entity_id,
            since=None if since is None else datetime.fromtimestamp(since, UTC),
            until=None if until is None else datetime.fromtimestamp(until, UTC),
            anchor=anchor,
        )
    except (ValueError, IndexError, OverflowError, OSError):
        raise NotFound("This list belongs to another release of Herald. Please search again.") from None
