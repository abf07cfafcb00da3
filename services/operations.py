"""What whoever runs Herald can do about deliveries, beside the running bot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from events import EVENT_TYPES
from events.bus import Subscription
from models import Delivery, DeliveryStatus, StoredEvent
from services.base import Service
from services.errors import Invalid
from services.text import join_names, quoted

CHUNK = 500
"""Events put back in one transaction, so that the bot beside is not held up."""


class OperationsService(Service):
    """Puts deliveries back for the running bot, or the next one, to make. It claims what nobody has claimed."""

    def handlers(self) -> list[str]:
        """The names of the durable handlers of this release."""
        return sorted({s.name for event_type in EVENT_TYPES for tier in self.bus.tiers(event_type) for s in tier})

    async def retry(self, numbers: Sequence[int] = (), *, handler: str | None = None) -> int:
        """Put dead deliveries back, all or those of some events or of one handler; returns how many. Raises Invalid."""
        if handler is not None:
            self._hearing(handler)

        async def body() -> int:
            dead = Delivery.filter(status=DeliveryStatus.DEAD)
            if numbers:
                dead = dead.filter(event_id__in=list(numbers))
            if handler is not None:
                dead = dead.filter(handler=handler)
            return await dead.update(status=DeliveryStatus.PENDING, claim=None, attempts=0, due_at=None)

        return await self.units.run(body)

    async def replay(self, handler: str, *, since: datetime, until: datetime | None = None) -> int:
        """Let `handler` hear again, or for the first time, of every event since an instant (UTC); returns of how many.

        Herald's handlers add only what is missing, so that a replay can be repeated. Raises Invalid when no handler
        has the name.
        """
        hearing = self._hearing(handler)
        replayed = last = 0
        while numbers := await self.units.run(partial(self._put_back, hearing, since, until, last)):
            replayed, last = replayed + len(numbers), numbers[-1]
        return replayed

    def _hearing(self, handler: str) -> dict[str, Subscription]:
        """By event type, how `handler` hears of it."""
        found = {
            event_type.__name__.removesuffix("Event"): subscription
            for event_type in EVENT_TYPES
            if (subscription := self.bus.find(event_type, handler)) is not None
        }
        if not found:
            raise Invalid(f"{quoted(handler)} is not a handler. There are {join_names(self.handlers())}.")
        return found

    async def _put_back(
        self, hearing: dict[str, Subscription], since: datetime, until: datetime | None, last: int
    ) -> list[int]:
        """Put back the next events after number `last`; returns their numbers."""
        rows = StoredEvent.filter(type__in=list(hearing), occurred_at__gte=since, seq__gt=last)
        if until is not None:
            rows = rows.filter(occurred_at__lt=until)
        events = await rows.order_by("seq").limit(CHUNK)
        numbers = [event.seq for event in events]
        handler = next(iter(hearing.values())).name
        known = Delivery.filter(event_id__in=numbers, handler=handler)
        there = {delivery.event_id for delivery in await known}
        # One that waits for its retry keeps its place.
        settled = known.filter(status__not=DeliveryStatus.PENDING)
        await settled.update(status=DeliveryStatus.PENDING, claim=None, attempts=0, due_at=None, last_error=None)
        await Delivery.bulk_create(
            Delivery(event_id=event.seq, handler=handler, priority=hearing[event.type].priority, stream=event.stream)
            for event in events
            if event.seq not in there
        )
        return numbers
