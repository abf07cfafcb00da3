"""The durable log: events as rows, and which handler has still to hear of which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from tortoise.connection import get_connections

from events.base import EntityEvent, personal_fields
from events.bus import Subscription
from events.catalogue import UndecodableEventError, from_dict
from models import Delivery, DeliveryStatus, PersonalData, StoredEvent
from models.database import CONNECTION

_COLUMNS = {"type", "version", "event_id", "timestamp", "user_id", "organization_id", "entity_id", "entity_type"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that is to be made now. `personal` is what its event says about people; erased, it is empty."""

    id: int
    handler: str
    priority: int
    stream: str
    attempts: int
    event: StoredEvent
    personal: dict[str, Any]


# Pairs of columns are beyond Tortoise's filters. A filter per waiting pair would be, too: SQLite refuses an
# expression of more than a thousand terms. Materialized, so that no planner joins before it limits.
_DUE = """
WITH due AS MATERIALIZED (
    SELECT id, event_id, handler, priority, stream, attempts FROM delivery
    WHERE status = 'pending' AND event_id >= ? AND claim = ? AND (stream, handler) NOT IN (
        SELECT stream, handler FROM delivery WHERE status = 'pending' AND due_at > ?
    )
    ORDER BY event_id, priority DESC, id LIMIT ?
)
SELECT due.id, due.handler, due.priority, due.stream, due.attempts, event.seq, event.event_id, event.type,
    event.version, event.organization_id, event.user_id, event.entity_id, event.occurred_at, event.payload,
    personal_data.data AS personal
FROM due JOIN event ON event.seq = due.event_id LEFT JOIN personal_data ON personal_data.event_id = event.event_id
ORDER BY due.event_id, due.priority DESC, due.id
"""


_DUE_NUMBERED = reduce(lambda sql, number: sql.replace("?", f"${number}", 1), range(1, 5), _DUE)
"""The same with PostgreSQL's placeholders."""

_OF_EVENT = ("seq", "event_id", "type", "version", "stream", "organization_id", "user_id", "entity_id", "occurred_at")


def split(event: EntityEvent) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that are the event's own, as the facts and what is personal."""
    personal = personal_fields(type(event))
    fields = {name: value for name, value in event.to_dict().items() if name not in _COLUMNS}
    return (
        {name: value for name, value in fields.items() if name not in personal},
        {name: value for name, value in fields.items() if name in personal},
    )


async def append(event: EntityEvent, subscriptions: Iterable[Subscription], worker: UUID | None) -> None:
    """Write `event` and one delivery per handler, claimed by `worker`, if by anybody. Runs inside a unit of work."""
    facts, personal = split(event)
    row = await StoredEvent.create(
        event_id=event.event_id,
        type=event.type,
        version=event.version,
        stream=event.stream,
        organization_id=event.organization_id,
        user_id=event.user_id,
        entity_id=event.entity_id,
        occurred_at=event.timestamp,
        payload=facts,
    )
    if personal:
        await PersonalData.create(event_id=event.event_id, account_id=event.subject_id, data=personal)
    await Delivery.bulk_create(
        Delivery(event_id=row.seq, handler=s.name, priority=s.priority, stream=event.stream, claim=worker)
        for s in subscriptions
    )


def assemble(
    fields: dict[str, Any],
    *,
    type: str,
    version: int,
    event_id: UUID,
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
            "timestamp": timestamp.isoformat(),
            "user_id": user_id,
            "organization_id": organization_id,
            "entity_id": entity_id,
        }
    )


def decode(row: StoredEvent, personal: dict[str, Any]) -> EntityEvent:
    """The event that was written as `row`. Raises UndecodableEventError."""
    try:
        fields = {**row.payload, **personal}
    except TypeError as error:
        raise UndecodableEventError(f"{row.type} is no mapping of fields") from error
    return assemble(
        fields,
        type=row.type,
        version=row.version,
        event_id=row.event_id,
        timestamp=row.occurred_at,
        user_id=row.user_id,
        organization_id=row.organization_id,
        entity_id=row.entity_id,
    )


async def personal_data(event_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """What the events say about people, by event id; erased ones are missing or empty."""
    return {row.event_id: row.data for row in await PersonalData.filter(event_id__in=list(event_ids))}


async def due(worker: UUID, now: datetime, limit: int, floor: int = 0) -> list[Waiting]:
    """Deliveries that `worker` is to make now, in the order of their events.

    While a retry waits, what comes after it in the same stream waits for that handler, and for that one only. None that
    waits is of an event below `floor`, which spares the search.
    """
    connection: Any = get_connections().get(CONNECTION)  # Its query methods give bare dicts, unknown to a type checker.
    sql = _DUE if connection.capabilities.dialect == "sqlite" else _DUE_NUMBERED
    _, rows = await connection.execute_query(sql, [floor, str(worker), now, limit])
    found: list[Waiting] = []
    for _, group in groupby(rows, key=itemgetter("seq")):
        event: StoredEvent | None = None
        personal: dict[str, Any] = {}
        for row in group:
            if event is None:
                # Tortoise makes of the columns what they are in Python, whatever each database has for it.
                event = StoredEvent(**{name: row[name] for name in _OF_EVENT}, payload=row["payload"])
                personal = PersonalData(data=row["personal"]).data if row["personal"] is not None else {}
            found.append(
                Waiting(row["id"], row["handler"], row["priority"], row["stream"], row["attempts"], event, personal)
            )
    return found


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
    mine = Delivery.filter(id__in=delivery_ids, status=DeliveryStatus.PENDING, claim=worker)
    return await mine.update(status=status, due_at=None, last_error=error) == len(delivery_ids)


async def defer(worker: UUID, delivery_id: int, attempts: int, until: datetime, error: str) -> None:
    """Let a delivery of `worker` wait for its next attempt."""
    mine = Delivery.filter(id=delivery_id, status=DeliveryStatus.PENDING, claim=worker)
    await mine.update(attempts=attempts, due_at=until, last_error=error)


async def bury(worker: UUID, delivery_id: int, attempts: int, error: str) -> None:
    """End a delivery of `worker` as dead, after so many attempts."""
    mine = Delivery.filter(id=delivery_id, status=DeliveryStatus.PENDING, claim=worker)
    await mine.update(status=DeliveryStatus.DEAD, due_at=None, attempts=attempts, last_error=error)
