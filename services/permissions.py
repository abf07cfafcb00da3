"""Who may do what: one table, asked on every call however it came in."""

from __future__ import annotations

from models import GuildLink, Membership, Role, RoleMapping
from services.actions import Action
from services.actor import Actor
from services.errors import NotAllowed, NotFound
from services.words import permissions as words

_STAFF = frozenset({Role.OWNER, Role.ADMIN, Role.ORGANIZER})

ALLOWED: dict[Action, frozenset[Role]] = {
    Action.CONFIGURE: frozenset({Role.OWNER, Role.ADMIN}),
    Action.DELETE: frozenset({Role.OWNER}),
    Action.MANAGE_MEMBERS: frozenset({Role.OWNER, Role.ADMIN}),
    Action.MANAGE_TOURNAMENTS: _STAFF,
    Action.REVIEW: _STAFF | {Role.REVIEWER},
    Action.INVITE: _STAFF,
    Action.READ_AUDIT: _STAFF | {Role.MODERATOR},
}

MAPPABLE = (Role.ORGANIZER, Role.REVIEWER, Role.MODERATOR)
"""Roles that a guild's Discord roles can stand for."""


def organization_of(actor: Actor) -> int:
    """The organization that the actor's guild belongs to. Raises NotFound when it belongs to none."""
    if actor.organization_id is None:
        raise NotFound(words.ONLY_WHERE_SET_UP if actor.caller.guild_id is None else words.NOT_SET_UP_HERE)
    return actor.organization_id


async def roles_of(actor: Actor) -> frozenset[Role]:
    """The Herald roles that the actor holds in their guild's organization, also by their Discord roles."""
    organization_id = organization_of(actor)
    membership = await Membership.get_or_none(organization_id=organization_id, account_id=actor.account_id)
    roles = {membership.role} if membership else set[Role]()
    if actor.caller.role_ids:
        mapped = await RoleMapping.filter(
            guild_link__guild_id=actor.caller.guild_id,
            guild_link__organization_id=organization_id,
            guild_link__unlinked_at__isnull=True,
            discord_role_id__in=actor.caller.role_ids,
        )
        roles.update(mapping.role for mapping in mapped)
    return frozenset(roles)


async def require(actor: Actor, action: Action) -> frozenset[Role]:
    """The actor's roles. Raises NotAllowed when none of them permits `action`, NotFound outside an organization."""
    roles = await roles_of(actor)
    if roles.isdisjoint(ALLOWED[action]):
        raise NotAllowed(words.may_not(action, ALLOWED[action]))
    return roles


async def require_setup(actor: Actor) -> int:
    """The actor's guild, which they may set Herald up in. Raises NotAllowed."""
    guild_id = actor.caller.guild_id
    if guild_id is None:
        raise NotAllowed(words.SET_UP_IN_A_SERVER)
    if actor.caller.manage_guild:
        return guild_id
    if actor.organization_id is not None and not ALLOWED[Action.CONFIGURE].isdisjoint(await roles_of(actor)):
        return guild_id
    raise NotAllowed(words.TAKES_MANAGE_SERVER)


async def require_whole(actor: Actor) -> None:
    """Let pass who may set up all of the organization, not just the guild they are in. Raises NotAllowed, NotFound."""
    guild_id = await require_setup(actor)
    organization_id = organization_of(actor)
    if not ALLOWED[Action.CONFIGURE].isdisjoint(await roles_of(actor)):
        return
    elsewhere = GuildLink.filter(organization_id=organization_id, unlinked_at__isnull=True).exclude(guild_id=guild_id)
    if await elsewhere.exists():
        raise NotAllowed(words.ABOUT_ALL_SERVERS)


def highest_rank(roles: frozenset[Role]) -> int:
    return max((role.rank for role in roles), default=0)
