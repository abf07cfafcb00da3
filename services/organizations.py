"""Organizations themselves: founded, shown, edited and deleted."""

from __future__ import annotations

from dataclasses import dataclass

from events import Bus, OrganizationCreatedEvent, OrganizationDeletedEvent, OrganizationUpdatedEvent, changes
from events.base import FieldChange
from models import Attempt, GuildLink, Membership, Organization, Role, Tournament
from services.actor import Actor
from services.attempt_steps import Abandon
from services.base import By, Core, Service, change, change_across, query
from services.errors import Invalid, NotFound
from services.linking import link_guild, require_unlinked, unlink_guild
from services.membership import admit
from services.permissions import Action, organization_of, require, require_setup, require_whole, roles_of
from services.text import clean, parse_time_zone, quoted
from services.words import organizations as words

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Overview:
    """An organization with how many members, tournaments and servers it has, and what the asker is in it."""

    organization: Organization
    members: int
    tournaments: int
    guilds: int
    roles: frozenset[Role]


class OrganizationService(Service):
    def __init__(self, core: Core, abandon: Abandon) -> None:
        super().__init__(core)
        self._abandon = abandon

    @change_across
    async def create(self, actor: Actor, *, name: str, time_zone: str) -> Organization:
        """A new organization, owned by the actor, with their guild linked to it."""
        await require_setup(actor)
        name = clean(name, what=words.THE_NAME, longest=LONGEST_NAME)
        time_zone = parse_time_zone(time_zone)
        await require_unlinked(actor.caller)
        organization = await Organization.create(name=name, time_zone=time_zone, created_at=self.now())
        await self.bus.emit(
            OrganizationCreatedEvent(
                entity_id=organization.id, organization_name=name, **self.by(actor, organization.id)
            )
        )
        await admit(self.bus, actor.account_id, organization.id, Role.OWNER, self.by(actor, organization.id))
        await link_guild(self.bus, actor.caller, organization, self.by(actor, organization.id))
        return organization

    @change
    async def edit(self, actor: Actor, *, name: str, time_zone: str) -> Organization:
        """Change the organization's name and time zone. Raises NotAllowed, Invalid."""
        await require_whole(actor)
        organization = await Organization.get(id=organization_of(actor))
        before = {"name": organization.name, "time_zone": organization.time_zone}
        organization.name = clean(name, what=words.THE_NAME, longest=LONGEST_NAME)
        organization.time_zone = parse_time_zone(time_zone)
        await organization.save(update_fields=["name", "time_zone"])
        changed = changes(before, {"name": organization.name, "time_zone": organization.time_zone})
        await tell_update(self.bus, organization, changed, self.by(actor, organization.id))
        return organization

    @query
    async def info(self, actor: Actor) -> Overview:
        """What there is to know of the actor's organization. Raises NotFound where there is none."""
        organization = await Organization.get(id=organization_of(actor))
        return Overview(
            organization,
            await Membership.filter(organization_id=organization.id).count(),
            await Tournament.filter(organization_id=organization.id).count(),
            await GuildLink.filter(organization_id=organization.id, unlinked_at__isnull=True).count(),
            await roles_of(actor),
        )

    @query
    async def editable(self, actor: Actor) -> Organization:
        """The actor's organization, of which they may change name and time zone. Raises NotAllowed, NotFound."""
        await require_whole(actor)
        return await Organization.get(id=organization_of(actor))

    @query
    async def deletable(self, actor: Actor) -> Organization:
        """The actor's organization, which they may delete. Raises NotAllowed, NotFound."""
        await require(actor, Action.DELETE)
        return await Organization.get(id=organization_of(actor))

    @change
    async def delete(self, actor: Actor, organization_id: int, *, typed_name: str) -> Organization:
        """Delete the actor's organization with its tournaments, runs, presets, invites and links; the trail stays.

        `typed_name` must be its name, and `organization_id` the one that the actor was asked about. Raises NotAllowed,
        NotFound, Invalid.
        """
        if not await Organization.exists(id=organization_of(actor)):
            # Somebody was faster, after it was looked up where the actor is.
            raise NotFound(words.DELETED_ALREADY)
        organization = await self.deletable(actor)
        if organization.id != organization_id:
            raise NotFound(words.NOT_OF_THIS_SERVER)
        if typed_name.strip().casefold() != organization.name.casefold():
            raise Invalid(words.not_its_name(quoted(typed_name, LONGEST_NAME), organization.name))
        for link in await GuildLink.filter(organization_id=organization.id, unlinked_at__isnull=True).order_by("id"):
            await unlink_guild(self.bus, link, self.by(actor, link.organization_id))
        event = OrganizationDeletedEvent(
            entity_id=organization.id, organization_name=organization.name, **self.by(actor, organization.id)
        )
        await self._abandon(event, Attempt.filter(tournament__organization_id=organization.id))
        await organization.delete()
        await self.bus.emit(event)
        return organization


async def tell_update(
    bus: Bus, organization: Organization, changed: tuple[FieldChange, ...], by: By, guild_id: int | None = None
) -> None:
    """Emit that an organization was changed, or its settings in a guild; nothing where nothing was `changed`."""
    if changed:
        await bus.emit(
            OrganizationUpdatedEvent(
                entity_id=organization.id,
                organization_name=organization.name,
                changed_fields=changed,
                guild_id=guild_id,
                **by,
            )
        )
