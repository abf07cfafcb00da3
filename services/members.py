"""Who belongs to an organization, and as what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tortoise.expressions import Case, When

from events import OrganizationMemberPermissionChangedEvent
from models import Membership, Role
from services.accounts import AccountService
from services.actor import Actor, Person
from services.base import Core, Service, change, change_across, query
from services.errors import NotAllowed, NotFound, WrongState
from services.membership import admit, dismiss, is_last_owner
from services.paging import PAGE, page_of
from services.permissions import Action, highest_rank, organization_of, require
from services.words import members as words
from services.words.people import no_member


@dataclass(frozen=True, slots=True)
class MemberPage:
    """Members of an organization, the highest roles first. `page` counts from 0."""

    members: list[Membership]
    page: int
    pages: int
    total: int


class MemberService(Service):
    def __init__(self, core: Core, accounts: AccountService) -> None:
        super().__init__(core)
        self._accounts = accounts

    @query
    async def page(self, actor: Actor, number: int = 0) -> MemberPage:
        """The members of the actor's organization, each with the account. Raises NotFound outside of one."""
        everybody = Membership.filter(organization_id=organization_of(actor))
        total = await everybody.count()
        number, pages = page_of(number, total)
        # By their rank, of which the database knows nothing.
        rank = Case(*(When(role=role, then=str(role.rank)) for role in Role))
        members = everybody.annotate(rank=rank).order_by("-rank", "joined_at", "id")
        found = await members.offset(number * PAGE).limit(PAGE).prefetch_related("account")
        return MemberPage(found, number, pages, total)

    @change_across
    async def add(self, actor: Actor, person: Person, role: Role) -> Membership:
        """Make `person` a member without asking them. Raises NotAllowed, and WrongState when they are one."""
        roles = await require(actor, Action.MANAGE_MEMBERS)
        _require_reach(roles, role, words.may_not_make)
        organization_id = organization_of(actor)
        account_id = await self._accounts.ensure(person)
        known = await Membership.get_or_none(organization_id=organization_id, account_id=account_id)
        if known is not None:
            raise WrongState(words.a_member_already(person.name, known.role))
        return await admit(self.bus, account_id, organization_id, role, self.by(actor))

    @change
    async def set_role(self, actor: Actor, person: Person, role: Role) -> Membership:
        """Give a member another role. Raises NotAllowed, NotFound, WrongState."""
        roles = await require(actor, Action.MANAGE_MEMBERS)
        member = await self._member(actor, person)
        if member.role is role:
            raise WrongState(words.is_already(person.name, role))
        _require_reach(roles, member.role, words.may_not_change)
        _require_reach(roles, role, words.may_not_make)
        if member.role is Role.OWNER:
            await self._require_another_owner(member)
        old_role, member.role = member.role, role
        await member.save(update_fields=["role"])
        await self.bus.emit(
            OrganizationMemberPermissionChangedEvent(
                entity_id=member.organization_id,
                member_id=member.account_id,
                old_role=old_role.value,
                new_role=role.value,
                **self.by(actor),
            )
        )
        return member

    @change
    async def remove(self, actor: Actor, person: Person) -> None:
        """End somebody's membership. What they raced stays. Raises NotAllowed, NotFound, WrongState."""
        roles = await require(actor, Action.MANAGE_MEMBERS)
        member = await self._member(actor, person)
        if member.account_id != actor.account_id:
            _require_reach(roles, member.role, words.may_not_remove)
        await self._end(actor, member)

    @change
    async def leave(self, actor: Actor) -> None:
        """End the actor's own membership. Raises NotFound, and WrongState for the last owner."""
        member = await Membership.get_or_none(organization_id=organization_of(actor), account_id=actor.account_id)
        if member is None:
            raise NotFound(words.NOT_A_MEMBER)
        await self._end(actor, member)

    async def _end(self, actor: Actor, member: Membership) -> None:
        if member.role is Role.OWNER:
            await self._require_another_owner(member)
        await dismiss(self.bus, member, self.by(actor))

    async def _member(self, actor: Actor, person: Person) -> Membership:
        member = await Membership.get_or_none(
            organization_id=organization_of(actor), account__discord_id=person.discord_id
        )
        if member is None:
            raise NotFound(no_member(person.name))
        return member

    async def _require_another_owner(self, member: Membership) -> None:
        if await is_last_owner(member):
            raise WrongState(words.ONLY_OWNER)


def _require_reach(roles: frozenset[Role], role: Role, refusal: Callable[[Role], str]) -> None:
    """Nobody gives or takes a role that is not below their own; owners may do so with owners."""
    if Role.OWNER not in roles and role.rank >= highest_rank(roles):
        raise NotAllowed(refusal(role))
