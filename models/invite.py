from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from models.account import Account
from models.organization import Organization, Role


class InviteStatus(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Invite(Model):
    """An offer of a role in an organization: to one person (`invitee`), or to whoever has the `code`."""

    id = fields.IntField(primary_key=True)
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "herald.Organization", related_name="invites", on_delete=fields.CASCADE
    )
    creator: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "herald.Account", related_name="created_invites", on_delete=fields.CASCADE
    )
    invitee: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "herald.Account", related_name="received_invites", null=True, on_delete=fields.CASCADE
    )
    code = fields.CharField(max_length=32, null=True, unique=True)
    role = fields.CharEnumField(Role, max_length=16)
    max_uses = fields.IntField()
    uses = fields.IntField(default=0)
    status = fields.CharEnumField(InviteStatus, max_length=16, default=InviteStatus.PENDING)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    organization_id: int
    creator_id: int
    invitee_id: int | None

    class Meta(Model.Meta):
        table = "invite"
        indexes = (("status", "expires_at"), ("organization_id", "status"), ("invitee_id", "status"))
