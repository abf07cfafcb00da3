"""The guilds that organizations live in: what is linked to what, and Herald's channels and roles there."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from events import changes
from events.base import FieldChange
from models import GuildLink, Membership, Organization, Role, RoleMapping
from services.actor import Actor
from services.base import Service, change, change_across, query
from services.errors import Invalid, NotAllowed, NotFound, WrongState
from services.linking import link_guild, require_unlinked, restore_link, unlink_guild
from services.organizations import tell_update
from services.permissions import ALLOWED, MAPPABLE, Action, organization_of, require, require_setup, require_whole
from services.words import guilds as words

LINKS = 200
"""Servers that are looked at in one transaction."""

MOST_ROLES = 25
"""Discord roles that count as one of ours: as many as a select of Discord's holds, so that all can be seen."""


class ChannelUse(StrEnum):
    """What a guild's channel is used for."""

    ANNOUNCEMENTS = "announcement"
    RESULTS = "result"
    MATCHES = "match"
    REVIEW = "review"
    AUDIT = "audit"

    @property
    def column(self) -> str:
        return f"{self.value}_channel_id"

    @property
    def announced(self) -> bool:
        """Whether it goes to the channel for announcements where it has none of its own."""
        return self in (ChannelUse.RESULTS, ChannelUse.MATCHES)

    def channel_in(self, link: GuildLink) -> int | None:
        """Where this goes in a guild, or None where it goes nowhere."""
        chosen: int | None = getattr(link, self.column)
        return link.announcement_channel_id if chosen is None and self.announced else chosen


@dataclass(frozen=True, slots=True)
class Setup:
    """How a guild is set up. `organization` and `link` are None until it is linked."""

    organization: Organization | None
    link: GuildLink | None
    channels: dict[ChannelUse, int]
    roles: dict[Role, list[int]]
    joinable: list[Organization]


class GuildService(Service):
    @query
    async def setup(self, actor: Actor) -> Setup:
        """How the actor's guild is set up, and which organizations they could link it to. Raises NotAllowed."""
        guild_id = await require_setup(actor)
        link = await GuildLink.get_or_none(guild_id=guild_id, unlinked_at__isnull=True).prefetch_related(
            "organization", "role_mappings"
        )
        if link is None:
            memberships = (
                await Membership.filter(account_id=actor.account_id, role__in=list(ALLOWED[Action.CONFIGURE]))
                .order_by("id")
                .prefetch_related("organization")
            )
            return Setup(None, None, {}, {}, [m.organization for m in memberships])
        roles: dict[Role, list[int]] = {role: [] for role in MAPPABLE}
        for mapping in await RoleMapping.filter(guild_link_id=link.id).order_by("id"):
            roles[mapping.role].append(mapping.discord_role_id)
        channels = {use: channel for use in ChannelUse if (channel := getattr(link, use.column)) is not None}
        return Setup(link.organization, link, channels, roles, [])

    @query
    async def status(self, actor: Actor) -> Setup:
        """How the actor's guild, which is linked, is set up. Raises NotAllowed, NotFound."""
        await self._link_of(actor)
        return await self.setup(actor)

    @change_across
    async def link(self, actor: Actor, organization_id: int) -> Organization:
        """Link the actor's guild to an organization whose settings they may change."""
        await require_setup(actor)
        await require_unlinked(actor.caller)
        membership = await Membership.get_or_none(
            organization_id=organization_id, account_id=actor.account_id, role__in=list(ALLOWED[Action.CONFIGURE])
        ).prefetch_related("organization")
        if membership is None:
            raise NotAllowed(words.NOT_YOURS_TO_LINK)
        await link_guild(self.bus, actor.caller, membership.organization, self.by(actor, organization_id))
        return membership.organization

    @query
    async def unlinkable(self, actor: Actor) -> Organization:
        """The organization of the actor's guild, whose link they may end. Raises NotAllowed, NotFound."""
        await require(actor, Action.CONFIGURE)
        return await Organization.get(id=organization_of(actor))

    @change
    async def unlink(self, actor: Actor, organization_id: int) -> Organization:
        """End the link of the actor's guild to the organization that they were asked about; its settings are kept.

        Raises NotAllowed, NotFound, WrongState.
        """
        gone = WrongState(words.UNLINKED_ALREADY)
        if actor.organization_id is None:
            raise gone
        await require(actor, Action.CONFIGURE)
        if actor.organization_id != organization_id:
            raise NotFound(words.NOT_OF_THIS_SERVER)
        link = await GuildLink.get_or_none(
            guild_id=actor.caller.guild_id, organization_id=organization_id, unlinked_at__isnull=True
        ).prefetch_related("organization")
        if link is None:
            # Somebody was faster, after it was looked up where the actor is.
            raise gone
        await unlink_guild(self.bus, link, self.by(actor, organization_id), dismissed=True)
        return link.organization

    @change
    async def set_channel(self, actor: Actor, use: ChannelUse, channel_id: int | None) -> None:
        """Let Herald use a channel of the actor's guild, or none. The bot has seen that it is of this guild."""
        link = await self._link_of(actor)
        if use is ChannelUse.AUDIT:
            await require_whole(actor)
        before = getattr(link, use.column)
        setattr(link, use.column, channel_id)
        await link.save(update_fields=[use.column])
        changed = changes({use.column: before}, {use.column: channel_id})
        await self._tell(actor, link, changed)

    @change
    async def map_roles(self, actor: Actor, role: Role, discord_role_ids: Collection[int]) -> None:
        """Let exactly these Discord roles of the actor's guild count as `role`, from the next check on."""
        link = await self._link_of(actor)
        await require_whole(actor)
        if role not in MAPPABLE:
            raise Invalid(words.cannot_stand_for(role))
        # Discord gives @everyone the id of its guild.
        if link.guild_id in discord_role_ids:
            raise Invalid(words.everybody_has_it(role))
        before, after = await _mapped(link, role), set(discord_role_ids)
        if len(after) > MOST_ROLES:
            raise Invalid(words.too_many_roles(MOST_ROLES, role))
        await RoleMapping.filter(guild_link_id=link.id, role=role, discord_role_id__in=before - after).delete()
        for discord_role_id in sorted(after - before):
            await RoleMapping.create(guild_link_id=link.id, role=role, discord_role_id=discord_role_id)
        key = f"{role.value}_roles"
        changed = changes({key: _ids(before)}, {key: _ids(after)})
        await self._tell(actor, link, changed)

    @change
    async def map_role(self, actor: Actor, role: Role, discord_role_id: int, *, counts: bool) -> bool:
        """Let one Discord role of the actor's guild count as `role` or no longer; returns whether it was otherwise."""
        before = await _mapped(await self._link_of(actor), role)
        after = before | {discord_role_id} if counts else before - {discord_role_id}
        await self.map_roles(actor, role, after)
        return after != before

    @change
    async def guild_removed(self, guild_id: int) -> None:
        """The bot is no longer in the guild: it is unlinked, and its settings are kept."""
        link = await GuildLink.get_or_none(guild_id=guild_id, unlinked_at__isnull=True)
        if link is not None:
            await unlink_guild(self.bus, link, self.by(None, link.organization_id))

    @change
    async def guild_joined(self, guild_id: int) -> None:
        """The bot is in the guild again: a link that its removal had ended holds once more."""
        link = await GuildLink.get_or_none(guild_id=guild_id, unlinked_at__isnull=False, dismissed_at__isnull=True)
        if link is not None:
            await restore_link(self.bus, link, self.by(None, link.organization_id))

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
                await unlink_guild(self.bus, link, self.by(None, link.organization_id))
            elif link.unlinked_at is not None and link.dismissed_at is None and link.guild_id in guild_ids:
                await self.guild_joined(link.guild_id)
        return links[-1].id if links else None

    async def _link_of(self, actor: Actor) -> GuildLink:
        guild_id = await require_setup(actor)
        link = await GuildLink.get_or_none(guild_id=guild_id, unlinked_at__isnull=True).prefetch_related("organization")
        if link is None:
            raise NotFound(words.NOT_LINKED_YET)
        return link

    async def _tell(self, actor: Actor, link: GuildLink, changed: tuple[FieldChange, ...]) -> None:
        organization = link.organization
        await tell_update(self.bus, organization, changed, self.by(actor, organization.id), link.guild_id)


async def _mapped(link: GuildLink, role: Role) -> set[int]:
    """The Discord roles that count as `role` in a guild."""
    return {mapping.discord_role_id for mapping in await RoleMapping.filter(guild_link_id=link.id, role=role)}


def _ids(ids: Collection[int]) -> str:
    return ",".join(map(str, sorted(ids)))
