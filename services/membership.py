"""Becoming a member, which happens in several ways."""

from __future__ import annotations

from events import Bus, OrganizationMemberAddedEvent
from models import Membership, Role
from services.base import By


async def admit(bus: Bus, account_id: int, organization_id: int, role: Role, by: By) -> Membership:
    """Make somebody who is no member one, and tell it. Inside a unit of work."""
    member = await Membership.create(
        organization_id=organization_id, account_id=account_id, role=role, joined_at=by["timestamp"]
    )
    await bus.emit(OrganizationMemberAddedEvent(entity_id=organization_id, member_id=account_id, role=role.value, **by))
    return member
