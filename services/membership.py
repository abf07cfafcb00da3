"""Becoming a member and ceasing to be one, which happen in several ways."""

from __future__ import annotations

from events import Bus, OrganizationMemberAddedEvent, OrganizationMemberRemovedEvent
from models import Account, Membership, Role
from services.base import By
from services.errors import NotFound
from services.words.people import ACCOUNT_DELETED


async def require_account(account_id: int) -> None:
    """Let pass an account that was not deleted since it was looked up who this is. Raises NotFound.

    Nothing is to be stored about somebody who has just had themselves forgotten.
    """
    if not await Account.exists(id=account_id, deleted_at__isnull=True):
        raise NotFound(ACCOUNT_DELETED)


async def admit(bus: Bus, account_id: int, organization_id: int, role: Role, by: By) -> Membership:
    """Make somebody who is no member one, and tell it. Inside a unit of work. Raises NotFound."""
    await require_account(account_id)
    member = await Membership.create(
        organization_id=organization_id, account_id=account_id, role=role, joined_at=by["timestamp"]
    )
    await bus.emit(OrganizationMemberAddedEvent(entity_id=organization_id, member_id=account_id, role=role.value, **by))
    return member


async def dismiss(bus: Bus, member: Membership, by: By) -> None:
    """End a membership, and tell it. Inside a unit of work."""
    await member.delete()
    await bus.emit(
        OrganizationMemberRemovedEvent(
            entity_id=member.organization_id, member_id=member.account_id, role=member.role.value, **by
        )
    )


async def is_last_owner(member: Membership) -> bool:
    """Whether without this member nobody would own the organization."""
    others = Membership.filter(organization_id=member.organization_id, role=Role.OWNER).exclude(id=member.id)
    return member.role is Role.OWNER and not await others.exists()
