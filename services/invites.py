"""Invites: an offer of a role, to one person or to whoever has the code."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from events import (
    InviteAcceptedEvent,
    InviteCreatedEvent,
    InviteExpiredEvent,
    InviteRejectedEvent,
    OrganizationMemberPermissionChangedEvent,
)
from models import Invite, InviteStatus, Membership, Role
from services.accounts import AccountService
from services.actor import Actor, Person
from services.base import Core, Service, change, change_across, query
from services.errors import Invalid, NotAllowed, NotFound, WrongState
from services.membership import admit
from services.permissions import Action, highest_rank, organization_of, require
from services.words import invites as words

LONGEST_HOURS = 24 * 30
MOST_USES = 1000
SWEEP = 100
SHOWN = 25

# No 0/O, 1/I/L: codes are read aloud and typed on phones.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_CODE_LENGTH = 10
_CODE = re.compile("[0-9A-Z]{1,32}")


class InviteService(Service):
    def __init__(self, core: Core, accounts: AccountService, on_new: Callable[[], None]) -> None:
        """`on_new` is called after a commit that may have brought the next expiry nearer."""
        super().__init__(core)
        self._accounts = accounts
        self._on_new = on_new

    @change_across
    async def create(
        self, actor: Actor, *, role: Role, invitee: Person | None = None, uses: int = 1, hours: int = 72
    ) -> Invite:
        """Offer `role` to `invitee`, or make a code for `uses` people; it expires after `hours`.

        Raises NotAllowed when the role is not below the actor's own, Invalid, and WrongState when the person has
        the role or a waiting invite already.
        """
        roles = await require(actor, Action.INVITE)
        organization_id = organization_of(actor)
        if role not in _below(roles):
            raise NotAllowed(words.role_too_high(role))
        if not 1 <= hours <= LONGEST_HOURS:
            raise Invalid(words.hours_out_of_range(LONGEST_HOURS))
        if not 1 <= uses <= MOST_USES:
            raise Invalid(words.uses_out_of_range(MOST_USES))
        invitee_id = None
        if invitee is not None:
            invitee_id = await self._accounts.ensure(invitee)
            await self._require_use(organization_id, invitee_id, role, invitee.name)
            waiting = Invite.filter(organization_id=organization_id, invitee_id=invitee_id)
            if await waiting.filter(status=InviteStatus.PENDING, expires_at__gt=self.now()).exists():
                raise WrongState(words.has_one(invitee.name))
        invite = await Invite.create(
            organization_id=organization_id,
            creator_id=actor.account_id,
            invitee_id=invitee_id,
            code=None if invitee else "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH)),
            role=role,
            max_uses=1 if invitee else uses,
            created_at=self.now(),
            expires_at=self.now() + timedelta(hours=hours),
        )
        await self.bus.emit(
            InviteCreatedEvent(
                entity_id=invite.id,
                role=role.value,
                invitee_id=invitee_id,
                max_uses=invite.max_uses,
                expires_at=invite.expires_at,
                **self.by(actor),
            )
        )
        self.units.current().after_commit(self._on_new)
        return invite

    @change_across
    async def accept(self, actor: Actor, reference: int | str) -> Invite:
        """Take up an invite by its id (when it is for the actor) or its code. Raises NotFound, WrongState."""
        invite = await self._offered(actor, reference)
        membership = await self._require_use(invite.organization_id, actor.account_id, invite.role, None)
        invite.uses += 1
        if invite.uses >= invite.max_uses:
            invite.status = InviteStatus.ACCEPTED
        await invite.save(update_fields=["uses", "status"])
        by = self.by(actor, invite.organization_id)
        await self.bus.emit(
            InviteAcceptedEvent(entity_id=invite.id, role=invite.role.value, invitee_id=actor.account_id, **by)
        )
        if membership is None:
            await admit(self.bus, actor.account_id, invite.organization_id, invite.role, by)
        else:
            old_role, membership.role = membership.role, invite.role
            await membership.save(update_fields=["role"])
            await self.bus.emit(
                OrganizationMemberPermissionChangedEvent(
                    entity_id=invite.organization_id,
                    member_id=actor.account_id,
                    old_role=old_role.value,
                    new_role=invite.role.value,
                    **by,
                )
            )
        return invite

    @change_across
    async def decline(self, actor: Actor, invite_id: int) -> Invite:
        """Turn down an invite that is for the actor. Raises NotFound, WrongState."""
        invite = await self._offered(actor, invite_id)
        invite.status = InviteStatus.REJECTED
        await invite.save(update_fields=["status"])
        await self.bus.emit(
            InviteRejectedEvent(
                entity_id=invite.id,
                role=invite.role.value,
                invitee_id=actor.account_id,
                **self.by(actor, invite.organization_id),
            )
        )
        return invite

    @change
    async def revoke(self, actor: Actor, invite_id: int) -> Invite:
        """Withdraw an invite that was not taken up. Raises NotAllowed, NotFound, WrongState."""
        roles = await require(actor, Action.INVITE)
        invite = await Invite.get_or_none(id=invite_id, organization_id=organization_of(actor)).prefetch_related(
            "invitee"
        )
        if invite is None:
            raise NotFound(words.NOT_HERE)
        if invite.role not in _below(roles):
            raise NotAllowed(words.not_yours_to_withdraw(invite.role))
        if invite.status is not InviteStatus.PENDING:
            raise WrongState(words.is_already(invite.status))
        invite.status = InviteStatus.REVOKED
        await invite.save(update_fields=["status"])
        await self._tell_expired(invite, actor)
        return invite

    @query
    async def pending(self, actor: Actor) -> list[Invite]:
        """The organization's invites that wait for an answer, the newest first. Raises NotAllowed.

        Only those to roles below the actor's own: the codes of others would let them rise.
        """
        roles = await require(actor, Action.INVITE)
        return await (
            Invite.filter(
                organization_id=organization_of(actor),
                status=InviteStatus.PENDING,
                role__in=_below(roles),
                expires_at__gt=self.now(),
            )
            .order_by("-id")
            .limit(SHOWN)
            .prefetch_related("invitee", "creator")
        )

    @query
    async def received(self, actor: Actor) -> list[Invite]:
        """Invites that wait for the actor's own answer, in every organization."""
        return await (
            Invite.filter(invitee_id=actor.account_id, status=InviteStatus.PENDING, expires_at__gt=self.now())
            .order_by("-id")
            .limit(SHOWN)
            .prefetch_related("organization")
        )

    @query
    async def mine(self, actor: Actor, invite_id: int) -> Invite:
        """An invite that is or was for the actor, as it stands now. Raises NotFound."""
        invite = await Invite.get_or_none(id=invite_id, invitee_id=actor.account_id).prefetch_related(
            "organization", "creator"
        )
        if invite is None:
            raise NotFound(words.NOT_FOR_YOU)
        return invite

    async def sweep(self) -> datetime | None:
        """End every invite whose time is up; returns when the next one's will be (UTC)."""
        while await self._expire_due() == SWEEP:
            pass
        return await self._next_expiry()

    @change
    async def _expire_due(self) -> int:
        due = (
            await Invite.filter(status=InviteStatus.PENDING, expires_at__lte=self.now())
            .order_by("expires_at", "id")
            .limit(SWEEP)
        )
        for invite in due:
            invite.status = InviteStatus.EXPIRED
            await invite.save(update_fields=["status"])
            await self._tell_expired(invite, None)
        return len(due)

    @query
    async def _next_expiry(self) -> datetime | None:
        invite = await Invite.filter(status=InviteStatus.PENDING).order_by("expires_at").first()
        return invite.expires_at if invite else None

    async def _offered(self, actor: Actor, reference: int | str) -> Invite:
        """The invite, if it waits for this actor's answer."""
        unknown = NotFound(words.NONE_THAT_WAITS)
        if isinstance(reference, int):
            invite = await Invite.get_or_none(id=reference, invitee_id=actor.account_id)
        else:
            code = reference.strip().upper()
            invite = await Invite.get_or_none(code=code) if _CODE.fullmatch(code) else None
            unknown = NotFound(words.NO_SUCH_CODE)
        if invite is None:
            raise unknown
        await invite.fetch_related("organization")
        late = invite.status is InviteStatus.PENDING and invite.expires_at <= self.now()
        if late or invite.status is InviteStatus.EXPIRED:
            raise WrongState(words.expired(invite.organization.name))
        if invite.status is not InviteStatus.PENDING:
            raise WrongState(words.was_already(invite.organization.name, invite.status))
        return invite

    async def _require_use(
        self, organization_id: int, account_id: int, role: Role, name: str | None
    ) -> Membership | None:
        """The person's membership so far. Raises WrongState when the invite would give them nothing.

        `name` is theirs, or None when they are the actor.
        """
        membership = await Membership.get_or_none(organization_id=organization_id, account_id=account_id)
        if membership is not None and membership.role.rank >= role.rank:
            raise WrongState(words.no_use(name, membership.role, role))
        return membership

    async def _tell_expired(self, invite: Invite, actor: Actor | None) -> None:
        await self.bus.emit(
            InviteExpiredEvent(
                entity_id=invite.id,
                role=invite.role.value,
                invitee_id=invite.invitee_id,
                revoked=actor is not None,
                **self.by(actor, invite.organization_id),
            )
        )


def _below(roles: frozenset[Role]) -> list[Role]:
    """The roles that somebody with `roles` may give."""
    return [role for role in Role if role.rank < highest_rank(roles)]
