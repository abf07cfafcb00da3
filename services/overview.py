"""What the log and the queue hold: for whoever runs Herald, never for a user."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.functions import Count

from events import EventPriority
from models import Account, AuditEntry, Delivery, DeliveryStatus, Message, MessageStatus, StoredEvent
from services.base import Service, query
from services.sender import Target, nonce_of
from services.words.names import GONE, HERALD


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One event's way to one handler: its tier, how it stands, and when the next attempt is due (UTC)."""

    handler: str
    tier: EventPriority
    status: DeliveryStatus
    attempts: int
    due_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event, who caused it, and its deliveries in the order in which they are made."""

    number: int
    at: datetime
    type: str
    actor: str
    deliveries: list[DeliveryLine]


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message row. `nonce` is what marks it in Discord. `told_by` is the number of the row that speaks for it."""

    number: int
    kind: str
    target: Target
    nonce: str
    status: MessageStatus
    attempts: int
    created_at: datetime
    due_at: datetime | None
    failure: str | None
    told_by: int | None = None


@dataclass(frozen=True, slots=True)
class EventDetails:
    """One event with its facts and its messages, those of other events too that speak for one of them."""

    line: EventLine
    event_id: UUID
    version: int
    stream: str
    facts: dict[str, Any]
    messages: list[MessageLine]


@dataclass(frozen=True, slots=True)
class Totals:
    """How many there are, and where somebody should look. Instants are in UTC."""

    events: int
    newest_at: datetime | None
    deliveries: dict[DeliveryStatus, int]
    messages: dict[MessageStatus, int]
    dead_by_handler: dict[str, int]
    next_retry_at: datetime | None


class OverviewService(Service):
    """Reads across organizations."""

    @query
    async def events(
        self, limit: int, *, status: DeliveryStatus | None = None, handler: str | None = None, type: str | None = None
    ) -> list[EventLine]:
        """The newest events, the newest first; of one type, or with a delivery that stands so or is to a handler."""
        rows = StoredEvent.all() if type is None else StoredEvent.filter(type=type)
        if status is not None or handler is not None:
            wanted = {"status": status, "handler": handler}
            deliveries = Delivery.filter(**{key: value for key, value in wanted.items() if value is not None})
            rows = rows.filter(seq__in=Subquery(deliveries.values("event_id")))
        return await self._lines(await rows.order_by("-seq").limit(limit))

    @query
    async def event(self, number: int) -> EventDetails | None:
        """All that is stored of one event, but what it says about people."""
        row = await StoredEvent.get_or_none(seq=number)
        if row is None:
            return None
        (line,) = await self._lines([row])
        rows = Message.filter(event_id=row.event_id)
        told_by = Subquery(rows.filter(told_by__isnull=False).values("told_by"))
        messages = await Message.filter(Q(event_id=row.event_id) | Q(id__in=told_by)).order_by("seq")
        return EventDetails(line, row.event_id, row.version, row.stream, row.payload, await _lines_of(messages))

    @query
    async def totals(self) -> Totals:
        """How many there are of each."""
        newest = await StoredEvent.all().order_by("-seq").first()
        dead = Delivery.filter(status=DeliveryStatus.DEAD).annotate(count=Count("id")).group_by("handler")
        due = await Delivery.filter(status=DeliveryStatus.PENDING, due_at__isnull=False).order_by("due_at").first()
        return Totals(
            await StoredEvent.all().count(),
            newest.occurred_at if newest else None,
            {one: await Delivery.filter(status=one).count() for one in DeliveryStatus},
            {one: await Message.filter(status=one).count() for one in MessageStatus},
            dict(await dead.values_list("handler", "count")),
            due.due_at if due else None,
        )

    async def _lines(self, rows: list[StoredEvent]) -> list[EventLine]:
        names = dict(await Account.filter(id__in=list({row.user_id for row in rows})).values_list("id", "display_name"))
        deliveries: dict[int, list[DeliveryLine]] = defaultdict(list)
        for one in await Delivery.filter(event_id__in=[row.seq for row in rows]).order_by("-priority", "id"):
            tier = EventPriority(one.priority)
            line = DeliveryLine(one.handler, tier, one.status, one.attempts, one.due_at, one.last_error)
            deliveries[one.event_id].append(line)
        return [
            EventLine(
                row.seq,
                row.occurred_at,
                row.type,
                HERALD if row.user_id is None else names.get(row.user_id, GONE),
                deliveries[row.seq],
            )
            for row in rows
        ]

    @query
    async def messages(self, limit: int | None = None) -> list[MessageLine]:
        """The newest message rows, or all of them; the newest first."""
        rows = Message.all().order_by("-seq")
        return await _lines_of(await (rows if limit is None else rows.limit(limit)))

    @query
    async def unrecorded(self) -> int:
        """How many events have no audit row although every handler has heard of them."""
        recorded = Subquery(AuditEntry.all().values("event_seq"))
        awaited = Subquery(Delivery.filter(status=DeliveryStatus.PENDING).values("event_id"))
        return await StoredEvent.filter(seq__not_in=recorded).filter(seq__not_in=awaited).count()

    @query
    async def invented(self) -> int:
        """How many audit rows tell of no event, or of one that another row tells of already."""
        rows = await AuditEntry.all().count()
        return rows - await StoredEvent.filter(seq__in=Subquery(AuditEntry.all().values("event_seq"))).count()


async def _lines_of(rows: list[Message]) -> list[MessageLine]:
    speaking = Message.filter(id__in=list({row.told_by for row in rows if row.told_by is not None}))
    numbers: dict[UUID, int] = dict(await speaking.values_list("id", "seq"))
    return [_message(row, None if row.told_by is None else numbers.get(row.told_by)) for row in rows]


def _message(row: Message, told_by: int | None) -> MessageLine:
    return MessageLine(
        row.seq,
        row.kind,
        Target(row.target_kind, row.target_id),
        nonce_of(row.id),
        row.status,
        row.attempts,
        row.created_at,
        row.due_at,
        row.failure,
        told_by,
    )
