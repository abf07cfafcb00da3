from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model


class AuditEntry(Model):
    """Who did what to which thing, and when: one row per event, ids and data only.

    Its words are rendered when it is read; what it says about a person lies in `PersonalData`. No foreign keys:
    the trail outlives what it tells about.
    """

    id = fields.IntField(primary_key=True)
    event_id = fields.UUIDField(unique=True)
    event_seq = fields.IntField(unique=True)
    action = fields.CharField(max_length=64)
    version = fields.IntField()
    actor_id = fields.IntField(null=True)
    organization_id = fields.IntField(null=True)
    entity_type = fields.CharField(max_length=32)
    entity_id = fields.IntField()
    occurred_at = fields.DatetimeField()
    data: fields.JSONField[dict[str, Any]] = fields.JSONField()

    class Meta(Model.Meta):
        table = "audit_entry"
        indexes = (
            ("organization_id", "event_seq"),
            ("organization_id", "occurred_at", "event_seq"),
            ("organization_id", "actor_id", "event_seq"),
            ("organization_id", "action", "event_seq"),
            ("organization_id", "entity_type", "event_seq", "entity_id"),
        )
