"""How a guild comes to belong to an organization, and how that ends. Its settings outlive the link."""

from __future__ import annotations

from events import Bus, DiscordGuildLinkedEvent, DiscordGuildUnlinkedEvent
from models import GuildLink, Organization
from services.actor import Caller
from services.base import By
from services.errors import WrongState
from services.text import cut
from services.words import guilds as words

LONGEST_GUILD_NAME = 100


async def require_unlinked(caller: Caller) -> None:
    """Let pass whose guild belongs to no organization yet."""
    if await GuildLink.exists(guild_id=caller.guild_id, unlinked_at__isnull=True):
        raise WrongState(words.LINKED_ALREADY)


async def link_guild(bus: Bus, caller: Caller, organization: Organization, by: By) -> None:
    """Link the caller's guild, which is linked to none, to `organization`, with the settings that it had there."""
    link = await GuildLink.get_or_none(guild_id=caller.guild_id)
    if link is not None and link.organization_id != organization.id:
        # What was chosen for another organization must not be carried over.
        await link.delete()
        link = None
    if link is None:
        link = GuildLink(guild_id=caller.guild_id, organization_id=organization.id)
    link.guild_name = cut(caller.guild_name, LONGEST_GUILD_NAME)
    link.linked_at = by["timestamp"]
    await restore_link(bus, link, by)


async def restore_link(bus: Bus, link: GuildLink, by: By) -> None:
    """Let a link hold from now on."""
    link.unlinked_at = link.dismissed_at = None
    await link.save()
    await bus.emit(DiscordGuildLinkedEvent(entity_id=link.id, guild_id=link.guild_id, guild_name=link.guild_name, **by))


async def unlink_guild(bus: Bus, link: GuildLink, by: By, *, dismissed: bool = False) -> None:
    """End a link, which comes back with the bot unless somebody `dismissed` it."""
    link.unlinked_at = by["timestamp"]
    link.dismissed_at = by["timestamp"] if dismissed else None
    await link.save(update_fields=["unlinked_at", "dismissed_at"])
    await bus.emit(
        DiscordGuildUnlinkedEvent(entity_id=link.id, guild_id=link.guild_id, guild_name=link.guild_name, **by)
    )
