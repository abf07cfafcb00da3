"""The durable log: events as rows, and which handler has still to hear of which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from events.base import EntityEvent, personal_fields
from events.bus import Subscription
from events.catalogue import UndecodableEventError, from_dict
from models import Delivery, DeliveryStatus, PersonalData, StoredEvent
from models.lines import line_up
from models.sql import Connection, instant_of, json_of, numbered, text_of

_COLUMNS = {"type", "version", "event_id", "timestamp", "user_id", "organization_id", "entity_id", "entity_type"}


# Pairs of columns are beyond Tortoise's filters. A filter per waiting pair would be, too: SQLite refuses an
# expression of more than a thousand terms. All at once, because every statement takes a way of its own. Where the
# status is part of an expression, it is not to be looked up in an index: on PostgreSQL, that may hold all that has been
# pending since somebody's old snapshot was taken, which without fresh statistics looks like the shortest way.
_DUE = """
SELECT d.id, d.event_id AS seq, d.handler, d.priority, d.stream, d.attempts,
    e.type, e.version, e.event_id, e.organization_id, e.user_id, e.entity_id, e.occurred_at, e.payload,
    p.data AS personal
FROM delivery d JOIN event e ON e.seq = d.event_id LEFT JOIN personal_data p ON p.event_id = e.event_id
WHERE d.id IN (
    SELECT id FROM delivery
    WHERE status = 'pending' AND event_id >= ? AND claim = ? AND (stream, handler) NOT IN (
        SELECT stream, handler FROM delivery WHERE status || '' = 'pending' AND due_at > ?
    )
    ORDER BY event_id, priority DESC, id LIMIT ?
)
ORDER BY d.event_id, d.priority DESC, d.id
"""
_DUE_NUMBERED = numbered(_DUE)

_SETTLE = """
UPDATE delivery SET status = ?, due_at = NULL, last_error = ? WHERE status || '' = 'pending' AND claim = ? AND id
"""
_SETTLE_NUMBERED = f"{numbered(_SETTLE)} = ANY($4)"

_EVENTS = """
INSERT INTO event (event_id, type, version, stream, organization_id, user_id, entity_id, occurred_at, payload)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

_PERSONAL = "INSERT INTO personal_data (event_id, account_id, data) VALUES (?, ?, ?)"
_PERSONAL_NUMBERED = numbered(_PERSONAL)

# Not from a SELECT: SQLite would keep a journal of each such statement, in a file.
_DELIVERIES = """
INSERT INTO delivery (event_id, handler, priority, stream, status, attempts, claim)
VALUES ((SELECT seq FROM event WHERE event_id = ?), ?, ?, ?, 'pending', 0, ?)
"""

# On PostgreSQL each statement takes its way to the server and back.
_EVENTS_AND_DELIVERIES = """
WITH written AS (
    INSERT INTO event (event_id, type, version, stream, organization_id, user_id, entity_id, occurred_at, payload)
    SELECT $1::uuid, $2::text, $3::bigint, $4::text, $5::bigint, $6::bigint, $7::bigint, $8::timestamptz, $9::json
    RETURNING seq, stream
)
INSERT INTO delivery (event_id, handler, priority, stream, status, attempts, claim)
SELECT seq, handler, priority, stream, 'pending', 0, $10
FROM written, unnest($11::text[], $12::bigint[]) WITH ORDINALITY AS heard (handler, priority, number)
ORDER BY number
"""

# An event that is alone lines up on that way, and is numbered only then: it is made from the row that this gives.
_EVENT_LINED_UP = _EVENTS_AND_DELIVERIES.replace(
    "WITH written", f"WITH lined AS MATERIALIZED ({line_up('ARRAY[$4::text]')}), written"
).replace("$9::json", "$9::json FROM lined")


def split(event: EntityEvent) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that are the event's own, as the facts and what is personal."""
    personal = personal_fields(type(event))
    facts: dict[str, Any] = {}
    about: dict[str, Any] = {}
    fields: dict[str, Any] = msgspec.to_builtins(event)
    for name, value in fields.items():
        if name in personal:
            about[name] = value
        elif name not in _COLUMNS:
            facts[name] = value
    return facts, about


Emitted = tuple[EntityEvent, Sequence[Subscription]]
"""An event with the handlers that are to hear of it."""


async def append(emitted: Iterable[Emitted], worker: UUID | None) -> None:
    """Write events in their order, and one delivery per handler, claimed by `worker`, if by anybody.

    Runs inside a unit of work. On PostgreSQL several must have lined up for their streams; one alone does so itself.
    """
    connection = Connection()
    await (_append_sqlite if connection.sqlite else _append_postgres)(connection, emitted, worker)


async def _append_sqlite(connection: Connection, emitted: Iterable[Emitted], worker: UUID | None) -> None:
    events: list[list[Any]] = []
    people: list[list[Any]] = []
    deliveries: list[list[Any]] = []
    claim = None if worker is None else text_of(worker)
    for event, subscriptions in emitted:
        facts, personal = split(event)
        event_id = text_of(event.event_id)
        events.append([event_id, *_envelope(event), text_of(event.timestamp), json_of(facts)])
        if personal:
            people.append([event_id, event.subject_id, json_of(personal)])
        deliveries += ([event_id, one.name, int(one.priority), event.stream, claim] for one in subscriptions)
    for statement, rows in ((_EVENTS, events), (_PERSONAL, people), (_DELIVERIES, deliveries)):
        if rows:
            await connection.repeat(statement, rows)


async def _append_postgres(connection: Connection, emitted: Iterable[Emitted], worker: UUID | None) -> None:
    events: list[list[Any]] = []
    people: list[list[Any]] = []
    for event, subscriptions in emitted:
        facts, personal = split(event)
        names = [one.name for one in subscriptions]
        priorities = [int(one.priority) for one in subscriptions]
        events.append([event.event_id, *_envelope(event), event.timestamp, json_of(facts), worker, names, priorities])
        if personal:
            people.append([event.event_id, event.subject_id, json_of(personal)])
    await connection.repeat(_EVENTS_AND_DELIVERIES if len(events) > 1 else _EVENT_LINED_UP, events)
    if people:
        await connection.repeat(_PERSONAL_NUMBERED, people)


def _envelope(event: EntityEvent) -> tuple[str, int, str, int | None, int | None, int]:
    return event.type, event.version, event.stream, event.organization_id, event.user_id, event.entity_id


def assemble(
    fields: dict[str, Any],
    *,
    type: str,
    version: int,
    event_id: UUID | str,
    timestamp: datetime,
    user_id: int | None,
    organization_id: int | None,
    entity_id: int,
) -> EntityEvent:
    """An event from its own fields and what every event has. Raises UndecodableEventError."""
    return from_dict(
        {
            **fields,
            "type": type,
            "version": version,
            "event_id": str(event_id),
            "timestamp": timestamp,
            "user_id": user_id,
            "organization_id": organization_id,
            "entity_id": entity_id,
        }
    )


def decode(row: StoredEvent, personal: dict[str, Any]) -> EntityEvent:
    """The event that was written as `row`. Raises UndecodableEventError."""
    return _event(row, row.payload, personal)


class Stored(msgspec.Struct, frozen=True):
    """An event as the database gives it, with what it says about a person; texts that are JSON are not yet read."""

    type: str
    version: int
    event_id: UUID | str
    organization_id: int | None
    user_id: int | None
    entity_id: int
    occurred_at: datetime | str
    payload: str
    personal: str | None

    def decode(self) -> EntityEvent:
        """The event. Raises UndecodableEventError."""
        try:
            payload, personal = msgspec.json.decode(self.payload), msgspec.json.decode(self.personal or "{}")
        except msgspec.DecodeError as error:
            raise UndecodableEventError(f"{self.type} is no mapping of fields") from error
        return _event(self, payload, personal)


def _event(row: StoredEvent | Stored, payload: Any, personal: Any) -> EntityEvent:
    try:
        fields = {**payload, **personal}
    except TypeError as error:
        raise UndecodableEventError(f"{row.type} is no mapping of fields") from error
    return assemble(
        fields,
        type=row.type,
        version=row.version,
        event_id=row.event_id,
        timestamp=instant_of(row.occurred_at),
        user_id=row.user_id,
        organization_id=row.organization_id,
        entity_id=row.entity_id,
    )


class Due(msgspec.Struct, frozen=True):
    """A delivery to make. `event_id` is the number of its event, as in `Delivery`."""

    id: int
    event_id: int
    handler: str
    priority: int
    stream: str
    attempts: int
    event: Stored


async def personal_data(event_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """What the events say about people, by event id; erased ones are missing or empty."""
    return {row.event_id: row.data for row in await PersonalData.filter(event_id__in=list(event_ids))}


async def due(worker: UUID, now: datetime, limit: int, floor: int = 0) -> list[Due]:
    """Deliveries that `worker` is to make now, in the order of their events.

    While a retry waits, what comes after it in the same stream waits for that handler, and for that one only. None that
    waits is of an event below `floor`, which spares the search.
    """
    connection = Connection()
    if connection.sqlite:
        rows = await connection.select(_DUE, [floor, str(worker), text_of(now), limit])
    else:
        rows = await connection.select(_DUE_NUMBERED, [floor, worker, now, limit])
    return [Due(*row[:6], event=Stored(*row[6:])) for row in rows]


async def first_waiting(floor: int) -> int | None:
    """The number of the first event, from `floor` on, of which somebody has still to hear."""
    waiting = Delivery.filter(status=DeliveryStatus.PENDING, event_id__gte=floor).order_by("event_id").first()
    numbers: Any = waiting.values_list("event_id", flat=True)
    return await numbers


async def next_due(worker: UUID) -> datetime | None:
    """When the next waiting retry of `worker` is due (UTC)."""
    waiting = Delivery.filter(status=DeliveryStatus.PENDING, claim=worker, due_at__isnull=False)
    row = await waiting.order_by("due_at").first()
    return row.due_at if row else None


async def settle(worker: UUID, delivery_ids: Sequence[int], status: DeliveryStatus, error: str | None = None) -> bool:
    """End deliveries of `worker`; False when one of them was ended already or is claimed by another one."""
    connection = Connection()
    if connection.sqlite:
        some = f"{_SETTLE} IN ({', '.join('?' * len(delivery_ids))})"
        count = await connection.execute(some, [status.value, error, str(worker), *delivery_ids])
    else:
        count = await connection.execute(_SETTLE_NUMBERED, [status.value, error, worker, list(delivery_ids)])
    return count == len(delivery_ids)


async def defer(worker: UUID, delivery_id: int, attempts: int, until: datetime, error: str) -> None:
    """Let a delivery of `worker` wait for its next attempt."""
    mine = Delivery.filter(id=delivery_id, status=DeliveryStatus.PENDING, claim=worker)
    await mine.update(attempts=attempts, due_at=until, last_error=error)


async def bury(worker: UUID, delivery_id: int, attempts: int, error: str) -> None:
    """End a delivery of `worker` as dead, after so many attempts."""
    mine = Delivery.filter(id=delivery_id, status=DeliveryStatus.PENDING, claim=worker)
    await mine.update(status=DeliveryStatus.DEAD, due_at=None, attempts=attempts, last_error=error)
