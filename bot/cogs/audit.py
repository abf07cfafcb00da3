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
from services.notice import Notice
from services.paging import CHOICES
from services.words import audit as words
from services.words.paging import NEWER_AND_OLDER

if TYPE_CHECKING:
    from bot.client import HeraldBot

_ACTIONS = list(catalogue())
# In the order of the catalogue, to which new types are only appended: buttons of older messages name them by place.
_ENTITIES = list(dict.fromkeys(event_type.entity_type for event_type in EVENT_TYPES))


@app_commands.guild_only()
class AuditCog(HeraldCog, commands.GroupCog, group_name="audit", group_description=words.GROUP):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("audit", self.turned)

    @app_commands.command(description=words.SEARCH_COMMAND)
    @app_commands.describe(
        user=words.WHO_DID_IT,
        action=words.WHAT_WAS_DONE,
        entity=words.TO_WHAT,
        since=words.FROM_WHEN,
        until=words.UNTIL_WHEN,
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
    entries = [(entry.number, entry.at, entry.text) for entry in page.lines]
    return words.trail(entries, page.total, page.page, page.pages)


def _pager(page: AuditPage) -> discord.ui.View | None:
    return pager("audit", page.page, page.pages, lambda n: _encode(n, page.filter), labels=NEWER_AND_OLDER)


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
        raise NotFound(words.OF_ANOTHER_RELEASE) from None
