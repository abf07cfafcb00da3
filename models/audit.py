from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.sql import Connection, columns

_COLUMNS = (
    "INSERT INTO audit_entry (event_id, event_seq, action, version, actor_id, organization_id, entity_type, entity_id,"
    " occurred_at, data)"
)
_COPY = f"""{_COLUMNS}
SELECT event_id, seq, type, version, user_id, organization_id, ?, entity_id, occurred_at, payload
FROM event WHERE event_id = ? ON CONFLICT DO NOTHING
"""  # noqa: S608 - only names of ours are put together
_COPY_ALL = f"""{_COLUMNS}
SELECT event_id, seq, type, version, user_id, organization_id, entity_type, entity_id, occurred_at, payload
FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS given (entity_type, event_id, number)
JOIN event USING (event_id) ORDER BY number ON CONFLICT DO NOTHING
"""  # noqa: S608 - see above


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


async def copy_events(events: Iterable[tuple[str, UUID]]) -> None:
    """Write the rows of events in the log, given as their entity's type and their id, where there are none yet.

    The facts are the log's own: they need not pass through this process. Inside a unit of work only.
    """
    connection = Connection()
    if connection.sqlite:
        await connection.repeat(_COPY, [(entity_type, str(event_id)) for entity_type, event_id in events])
    else:
        await connection.execute(_COPY_ALL, columns(events, 2))
