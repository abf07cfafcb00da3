from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from models.index import Where


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DONE = "done"
    DEAD = "dead"


class StoredEvent(Model):
    """An event as it was committed. `payload` holds its domain fields without personal data.

    On SQLite there is one writer, so `seq` follows the order of commits.
    """

    seq = fields.IntField(primary_key=True)
    event_id = fields.UUIDField(unique=True)
    type = fields.CharField(max_length=64)
    version = fields.IntField()
    stream = fields.CharField(max_length=64)
    organization_id = fields.IntField(null=True)
    user_id = fields.IntField(null=True)
    entity_id = fields.IntField()
    occurred_at = fields.DatetimeField()
    payload: fields.JSONField[dict[str, Any]] = fields.JSONField()

    class Meta(Model.Meta):
        table = "event"


class PersonalData(Model):
    """What an event says about a person, kept apart so that erasing somebody is one update.

    Shared by the event log and the audit trail; it outlives the pruning of the log, hence no foreign key.
    """

    event_id = fields.UUIDField(primary_key=True)
    account_id = fields.IntField(db_index=True)
    data: fields.JSONField[dict[str, Any]] = fields.JSONField()

    class Meta(Model.Meta):
        table = "personal_data"


class Delivery(Model):
    """One event's way to one handler. `due_at` is set while a retry waits (UTC).

    `claim` names the worker that is to make it: one run of the program. Another one cannot settle it.
    """

    id = fields.IntField(primary_key=True)
    event: fields.ForeignKeyRelation[StoredEvent] = fields.ForeignKeyField(
        "herald.StoredEvent", related_name="deliveries", on_delete=fields.CASCADE
    )
    handler = fields.CharField(max_length=100)
    priority = fields.IntField()
    stream = fields.CharField(max_length=64)
    status = fields.CharEnumField(DeliveryStatus, max_length=8, default=DeliveryStatus.PENDING)
    attempts = fields.IntField(default=0)
    due_at = fields.DatetimeField(null=True)
    last_error = fields.CharField(max_length=500, null=True)
    claim = fields.UUIDField(null=True)

    event_id: int

    class Meta(Model.Meta):
        table = "delivery"
        unique_together = (("event", "handler"),)
        indexes = (("status", "event_id"), Where("due_at IS NOT NULL", "due_at"), Where("claim IS NULL", "claim"))
