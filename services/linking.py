"""How a guild comes to belong to an organization, and how that ends. Its settings outlive the link."""

from __future__ import annotations

from events import Bus, DiscordGuildLinkedEvent, DiscordGuildUnlinkedEvent
from models import GuildLink, Organization
from services.actor import Caller
from services.base import By
from services.errors import WrongState
from services.text import cut

LONGEST_GUILD_NAME = 100


async def require_unlinked(caller: Caller) -> None:
    """Let pass whose guild belongs to no organization yet."""
    if await GuildLink.exists(guild_id=caller.guild_id, unlinked_at__isnull=True):
        raise WrongState("This server is linked to a community already. Run /setup to see it.")


async def link_guild(bus: Bus, caller: Caller, organization: Organization, by: By) -> None:
    """Link the caller's guild, which is linked to none, to `organization`."""
    # A link that was ended and now goes to another organization must not carry settings over.
    await GuildLink.filter(guild_id=caller.guild_id, unlinked_at__isnull=False).delete()
    link = await GuildLink.create(
        guild_id=caller.guild_id,
        guild_name=cut(caller.guild_name, LONGEST_GUILD_NAME),
        organization_id=organization.id,
        linked_at=by["timestamp"],
    )
    await tell_linked(bus, link, by)


async def unlink_guild(bus: Bus, link: GuildLink, by: By) -> None:
    """End a link."""
    link.unlinked_at = by["timestamp"]
    await link.save(update_fields=["unlinked_at"])
    await bus.emit(
        DiscordGuildUnlinkedEvent(entity_id=link.id, guild_id=link.guild_id, guild_name=link.guild_name, **by)
    )


async def tell_linked(bus: Bus, link: GuildLink, by: By) -> None:
    """Emit the event of a link that holds from now on."""
    await bus.emit(DiscordGuildLinkedEvent(entity_id=link.id, guild_id=link.guild_id, guild_name=link.guild_name, **by))
