from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models.sql import Connection, columns, text_of

_COLUMNS = (
    "INSERT INTO audit_entry (event_id, event_seq, action, version, actor_id, organization_id, entity_type, entity_id,"
    " occurred_at, data)"
)
# Not from a SELECT: SQLite would keep a journal of each such statement, in a file.
_COPY = f"""{_COLUMNS}
VALUES (?1, (SELECT seq FROM event WHERE event_id = ?1), ?2, (SELECT version FROM event WHERE event_id = ?1), ?3, ?4,
    ?5, ?6, ?7, (SELECT payload FROM event WHERE event_id = ?1)) ON CONFLICT DO NOTHING
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


class Told(NamedTuple):
    """An event in the log, as its handler hears of it."""

    event_id: UUID
    type: str
    user_id: int | None
    organization_id: int | None
    entity_type: str
    entity_id: int
    timestamp: datetime


async def copy_events(events: Iterable[Told]) -> None:
    """Write the rows of events in the log, where there are none yet. Inside a unit of work only.

    The facts are the log's own, of the release that wrote them: they need not pass through this process.
    """
    connection = Connection()
    if connection.sqlite:
        rows = [(str(one.event_id), *one[1:-1], text_of(one.timestamp)) for one in events]
        await connection.repeat(_COPY, rows)
    else:
        await connection.execute(_COPY_ALL, columns([(one.entity_type, one.event_id) for one in events], 2))
