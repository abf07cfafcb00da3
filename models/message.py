from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from models.index import Where


class MessageStatus(StrEnum):
    """SPOKEN: another row tells it, together with others of its kind. Whether that one was sent, it says itself."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    SPOKEN = "spoken"


class TargetKind(StrEnum):
    CHANNEL = "channel"
    USER = "user"


class Message(Model):
    """A message to send. A listener writes it once, and the courier sends it.

    It says what to tell (`kind`, and ids in `data`), not in which words: those are made when it is sent.
    `id` is what its Discord nonce is made from. `first_attempt_at` (UTC) tells whether Discord may already
    have it. `target_id` is a Discord channel or user id. `claim` names the worker that is to send it: one run of
    the program. `told_by` is the id of the row that speaks for this one. `about` names the thing whose changes
    the message follows, such as `tournament 5`.
    """

    seq = fields.IntField(primary_key=True)
    id = fields.UUIDField(unique=True)
    organization_id = fields.IntField(null=True)
    event_id = fields.UUIDField()
    kind = fields.CharField(max_length=32)
    data: fields.JSONField[dict[str, Any]] = fields.JSONField()
    target_kind = fields.CharEnumField(TargetKind, max_length=8)
    target_id: fields.Field[int] = fields.BigIntField()
    # The description is the first migration's: with another one, SQLite would have to rebuild the table.
    status = fields.CharEnumField(
        MessageStatus,
        max_length=8,
        default=MessageStatus.PENDING,
        description="PENDING: pending\nSENT: sent\nFAILED: failed",
    )
    attempts = fields.IntField(default=0)
    created_at = fields.DatetimeField()
    due_at = fields.DatetimeField(null=True)
    first_attempt_at = fields.DatetimeField(null=True)
    settled_at = fields.DatetimeField(null=True)
    discord_channel_id: fields.Field[int | None] = fields.BigIntField(null=True)
    discord_message_id: fields.Field[int | None] = fields.BigIntField(null=True)
    failure = fields.CharField(max_length=500, null=True)
    claim = fields.UUIDField(null=True)
    told_by = fields.UUIDField(null=True)
    about = fields.CharField(max_length=32, null=True)

    class Meta(Model.Meta):
        table = "message"
        unique_together = (("event_id", "kind", "target_kind", "target_id"),)
        indexes = (
            ("status", "claim", "target_kind", "target_id", "seq"),
            Where("told_by IS NOT NULL", "told_by"),
            Where("about IS NOT NULL", "about"),
        )


class MessageTarget(Model):
    """What the courier remembers about a channel or person: until when not to try again, and why."""

    id = fields.IntField(primary_key=True)
    kind = fields.CharEnumField(TargetKind, max_length=8)
    target_id: fields.Field[int] = fields.BigIntField()
    refused_until = fields.DatetimeField()
    reason = fields.CharField(max_length=500)

    class Meta(Model.Meta):
        table = "message_target"
        unique_together = (("kind", "target_id"),)
