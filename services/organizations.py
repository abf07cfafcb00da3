"""Organizations and the guilds they live in: what `/setup` sets up."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from events import (
    DiscordGuildLinkedEvent,
    DiscordGuildUnlinkedEvent,
    OrganizationCreatedEvent,
    OrganizationDeletedEvent,
    OrganizationUpdatedEvent,
    changes,
)
from events.base import FieldChange
from models import GuildLink, Membership, Organization, Role, RoleMapping, Tournament
from services.actor import Actor
from services.base import Service, change, change_across, query
from services.errors import Invalid, NotAllowed, NotFound, WrongState
from services.membership import admit
from services.permissions import ALLOWED, MAPPABLE, Action, organization_of, require, roles_of
from services.text import clean, cut, parse_time_zone, quoted

LONGEST_NAME = 100


LINKS = 200
"""Servers that are looked at in one transaction."""


class ChannelUse(StrEnum):
    """What a guild's channel is used for."""

    ANNOUNCEMENTS = "announcement"
    REVIEW = "review"
    AUDIT = "audit"

    @property
    def column(self) -> str:
        return f"{self.value}_channel_id"


@dataclass(frozen=True, slots=True)
class Setup:
    """How a guild is set up. `organization` and `link` are None until it is linked."""

    organization: Organization | None
    link: GuildLink | None
    channels: dict[ChannelUse, int]
    roles: dict[Role, list[int]]
    joinable: list[Organization]


@dataclass(frozen=True, slots=True)
class Overview:
    """An organization with how many members, tournaments and servers it has, and what the asker is in it."""

    organization: Organization
    members: int
    tournaments: int
    guilds: int
    roles: frozenset[Role]


class OrganizationService(Service):
    @query
    async def setup(self, actor: Actor) -> Setup:
        """How the actor's guild is set up, and which organizations they could link it to. Raises NotAllowed."""
        guild_id = await self._require_setup(actor)
        link = await GuildLink.get_or_none(guild_id=guild_id, unlinked_at__isnull=True).prefetch_related(
            "organization", "role_mappings"
        )
        if link is None:
            memberships = (
                await Membership.filter(account_id=actor.account_id, role__in=list(ALLOWED[Action.CONFIGURE]))
                .order_by("id")
                .limit(25)
                .prefetch_related("organization")
            )
            return Setup(None, None, {}, {}, [m.organization for m in memberships])
        roles: dict[Role, list[int]] = {role: [] for role in MAPPABLE}
        for mapping in await RoleMapping.filter(guild_link_id=link.id).order_by("id"):
            roles[mapping.role].append(mapping.discord_role_id)
        channels = {use: channel for use in ChannelUse if (channel := getattr(link, use.column)) is not None}
        return Setup(link.organization, link, channels, roles, [])

    @change_across
    async def create(self, actor: Actor, *, name: str, time_zone: str) -> Organization:
        """A new organization, owned by the actor, with their guild linked to it."""
        await self._require_setup(actor)
        name = clean(name, what="The community's name", longest=LONGEST_NAME)
        time_zone = parse_time_zone(time_zone)
        await self._require_unlinked(actor)
        organization = await Organization.create(name=name, time_zone=time_zone, created_at=self.now())
        await self.bus.emit(
            OrganizationCreatedEvent(
                entity_id=organization.id, organization_name=name, **self.by(actor, organization.id)
            )
        )
        await admit(self.bus, actor.account_id, organization.id, Role.OWNER, self.by(actor, organization.id))
        await self._link(actor, organization)
        return organization

    @change_across
    async def link(self, actor: Actor, organization_id: int) -> Organization:
        """Link the actor's guild to an organization whose settings they may change."""
        await self._require_setup(actor)
        await self._require_unlinked(actor)
        membership = await Membership.get_or_none(
            organization_id=organization_id, account_id=actor.account_id, role__in=list(ALLOWED[Action.CONFIGURE])
        ).prefetch_related("organization")
        if membership is None:
            raise NotAllowed("A server can only be linked to a community of which you are an owner or admin.")
        await self._link(actor, membership.organization)
        return membership.organization

    @change
    async def edit(self, actor: Actor, *, name: str, time_zone: str) -> Organization:
        """Change the organization's name and time zone. Raises NotAllowed, Invalid."""
        await self._require_whole(actor)
        organization = await Organization.get(id=organization_of(actor))
        before = {"name": organization.name, "time_zone": organization.time_zone}
        organization.name = clean(name, what="The community's name", longest=LONGEST_NAME)
        organization.time_zone = parse_time_zone(time_zone)
        await organization.save(update_fields=["name", "time_zone"])
        changed = changes(before, {"name": organization.name, "time_zone": organization.time_zone})
        await self._tell_update(actor, organization, changed)
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
        await self._require_whole(actor)
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
        organization = await self.deletable(actor)
        if organization.id != organization_id:
            raise NotFound("That community is not this server's any more, so nothing was deleted.")
        if typed_name.strip().casefold() != organization.name.casefold():
            raise Invalid(
                f"{quoted(typed_name, LONGEST_NAME)} is not its name, so nothing was deleted. "
                f"To delete it, type {organization.name}."
            )
        for link in await GuildLink.filter(organization_id=organization.id, unlinked_at__isnull=True).order_by("id"):
            await self._unlink(link, actor)
        await organization.delete()
        await self.bus.emit(
            OrganizationDeletedEvent(
                entity_id=organization.id, organization_name=organization.name, **self.by(actor, organization.id)
            )
        )
        return organization

    @change
    async def set_channel(self, actor: Actor, use: ChannelUse, channel_id: int | None) -> None:
        """Let Herald use a channel of the actor's guild, or none. The bot has seen that it is of this guild."""
        link = await self._link_of(actor)
        if use is ChannelUse.AUDIT:
            await self._require_whole(actor)
        before = getattr(link, use.column)
        setattr(link, use.column, channel_id)
        await link.save(update_fields=[use.column])
        changed = changes({use.column: before}, {use.column: channel_id})
        await self._tell_update(actor, link.organization, changed, link.guild_id)

    @change
    async def map_roles(self, actor: Actor, role: Role, discord_role_ids: Collection[int]) -> None:
        """Let exactly these Discord roles of the actor's guild count as `role`, from the next check on."""
        link = await self._link_of(actor)
        await self._require_whole(actor)
        if role not in MAPPABLE:
            raise Invalid(f"Discord roles cannot stand for {role.value}.")
        # Discord gives @everyone the id of its guild.
        if link.guild_id in discord_role_ids:
            raise Invalid(f"Everybody has the role @everyone, so it cannot stand for {role.value}.")
        mappings = await RoleMapping.filter(guild_link_id=link.id, role=role)
        before = {mapping.discord_role_id for mapping in mappings}
        after = set(discord_role_ids)
        await RoleMapping.filter(guild_link_id=link.id, role=role, discord_role_id__in=before - after).delete()
        for discord_role_id in sorted(after - before):
            await RoleMapping.create(guild_link_id=link.id, role=role, discord_role_id=discord_role_id)
        key = f"{role.value}_roles"
        changed = changes({key: _ids(before)}, {key: _ids(after)})
        await self._tell_update(actor, link.organization, changed, link.guild_id)

    @change
    async def guild_removed(self, guild_id: int) -> None:
        """The bot is no longer in the guild: it is unlinked, and its settings are kept."""
        link = await GuildLink.get_or_none(guild_id=guild_id, unlinked_at__isnull=True)
        if link is not None:
            await self._unlink(link)

    @change
    async def guild_joined(self, guild_id: int) -> None:
        """The bot is in the guild again: a link that its removal had ended holds once more."""
        link = await GuildLink.get_or_none(guild_id=guild_id, unlinked_at__isnull=False)
        if link is not None:
            link.unlinked_at = None
            await link.save(update_fields=["unlinked_at"])
            await self._tell_linked(None, link)

    async def reconcile(
        self, present: Callable[[], Collection[int]], served: Callable[[int], bool] = lambda _: True
    ) -> None:
        """Catch up with joins and removals that happened while the bot was away.

        `present` tells the guilds that the bot is in; it is asked inside the transaction, so that a join which is
        handled before is not taken back. Guilds that are not `served` here, but by another process, are left to it.
        Raises Unavailable; then, some may have been caught up with.
        """
        last = 0
        while (seen := await self._reconcile_some(last, present, served)) is not None:
            last = seen

    @change
    async def _reconcile_some(
        self, after: int, present: Callable[[], Collection[int]], served: Callable[[int], bool]
    ) -> int | None:
        """Catch up with the next links after number `after`; returns the last one's, or None when there was none."""
        guild_ids = present()
        links = await GuildLink.filter(id__gt=after).order_by("id").limit(LINKS)
        for link in links:
            if not served(link.guild_id):
                continue
            if link.unlinked_at is None and link.guild_id not in guild_ids:
                await self._unlink(link)
            elif link.unlinked_at is not None and link.guild_id in guild_ids:
                await self.guild_joined(link.guild_id)
        return links[-1].id if links else None

    async def _require_setup(self, actor: Actor) -> int:
        guild_id = actor.caller.guild_id
        if guild_id is None:
            raise NotAllowed("Herald is set up inside a server: run /setup there.")
        if actor.caller.manage_guild:
            return guild_id
        if actor.organization_id is not None and not ALLOWED[Action.CONFIGURE].isdisjoint(await roles_of(actor)):
            return guild_id
        raise NotAllowed(
            "Setting up Herald takes Discord's permission Manage Server, or being an owner or admin of the community."
        )

    async def _require_whole(self, actor: Actor) -> None:
        """Let pass who may set up all of the organization, not just the server they are in."""
        guild_id = await self._require_setup(actor)
        organization_id = organization_of(actor)
        if not ALLOWED[Action.CONFIGURE].isdisjoint(await roles_of(actor)):
            return
        elsewhere = GuildLink.filter(organization_id=organization_id, unlinked_at__isnull=True).exclude(
            guild_id=guild_id
        )
        if await elsewhere.exists():
            raise NotAllowed(
                "This community has several servers, so this takes being its owner or admin: it is about all of them."
            )

    async def _require_unlinked(self, actor: Actor) -> None:
        if await GuildLink.exists(guild_id=actor.caller.guild_id, unlinked_at__isnull=True):
            raise WrongState("This server is linked to a community already. Run /setup to see it.")

    async def _link_of(self, actor: Actor) -> GuildLink:
        guild_id = await self._require_setup(actor)
        link = await GuildLink.get_or_none(guild_id=guild_id, unlinked_at__isnull=True).prefetch_related("organization")
        if link is None:
            raise NotFound("This server is not linked to a community yet. Run /setup and begin there.")
        return link

    async def _link(self, actor: Actor, organization: Organization) -> None:
        guild_id = actor.caller.guild_id
        name = cut(actor.caller.guild_name, LONGEST_NAME)
        # A link that was ended and now goes to another organization must not carry settings over.
        await GuildLink.filter(guild_id=guild_id, unlinked_at__isnull=False).delete()
        link = await GuildLink.create(
            guild_id=guild_id, guild_name=name, organization_id=organization.id, linked_at=self.now()
        )
        await self._tell_linked(actor, link)

    async def _unlink(self, link: GuildLink, actor: Actor | None = None) -> None:
        link.unlinked_at = self.now()
        await link.save(update_fields=["unlinked_at"])
        await self.bus.emit(
            DiscordGuildUnlinkedEvent(
                entity_id=link.id,
                guild_id=link.guild_id,
                guild_name=link.guild_name,
                **self.by(actor, link.organization_id),
            )
        )

    async def _tell_linked(self, actor: Actor | None, link: GuildLink) -> None:
        await self.bus.emit(
            DiscordGuildLinkedEvent(
                entity_id=link.id,
                guild_id=link.guild_id,
                guild_name=link.guild_name,
                **self.by(actor, link.organization_id),
            )
        )

    async def _tell_update(
        self, actor: Actor, organization: Organization, changed: tuple[FieldChange, ...], guild_id: int | None = None
    ) -> None:
        if changed:
            await self.bus.emit(
                OrganizationUpdatedEvent(
                    entity_id=organization.id,
                    organization_name=organization.name,
                    changed_fields=changed,
                    guild_id=guild_id,
                    **self.by(actor, organization.id),
                )
            )


def _ids(ids: Collection[int]) -> str:
    return ",".join(map(str, sorted(ids)))
