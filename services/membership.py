"""Becoming a member, which happens in several ways."""

from __future__ import annotations

from events import Bus, OrganizationMemberAddedEvent
from models import Account, Membership, Role
from services.base import By
from services.errors import NotFound


async def require_account(account_id: int) -> None:
    """Let pass an account that was not deleted since it was looked up who this is. Raises NotFound.

    Nothing is to be stored about somebody who has just had themselves forgotten.
    """
    if not await Account.exists(id=account_id, deleted_at__isnull=True):
        raise NotFound("That account is deleted.")


async def admit(bus: Bus, account_id: int, organization_id: int, role: Role, by: By) -> Membership:
    """Make somebody who is no member one, and tell it. Inside a unit of work. Raises NotFound."""
    await require_account(account_id)
    member = await Membership.create(
        organization_id=organization_id, account_id=account_id, role=role, joined_at=by["timestamp"]
    )
    await bus.emit(OrganizationMemberAddedEvent(entity_id=organization_id, member_id=account_id, role=role.value, **by))
    return member
