"""What whoever runs Herald can do about deliveries, beside the running bot."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from events import EVENT_TYPES, catalogue
from events.bus import Subscription
from models import Delivery, DeliveryStatus, StoredEvent
from services.base import Service, change, query
from services.errors import Invalid, NotFound, Unavailable
from services.text import quoted
from services.words import operations as words

CHUNK = 500
"""Deliveries put back in one transaction, so that the bot beside is not held up."""

Step = Callable[[int], Coroutine[Any, Any, list[int]]]
"""Puts back the next ones after a number, and returns the numbers of these."""


class OperationsService(Service):
    """Puts deliveries back for the running bot, or the next one, to make. It claims what nobody has claimed."""

    def handlers(self) -> list[str]:
        """The names of the durable handlers of this release."""
        return sorted({s.name for event_type in EVENT_TYPES for tier in self.bus.tiers(event_type) for s in tier})

    async def retry(self, numbers: Sequence[int] = (), *, handler: str | None = None) -> int:
        """Put dead deliveries back, all or those of some events or of one handler; returns how many.

        Raises Invalid when no handler has the name, NotFound when there is no such event, and Unavailable.
        """
        if handler is not None:
            self._hearing(handler)
        await self._require(numbers)
        return await self._step_by_step(partial(self._put_back_dead, numbers, handler))

    async def replay(self, handler: str, *, since: datetime, until: datetime | None = None) -> int:
        """Let `handler` hear again, or for the first time, of every event since an instant (UTC); returns of how many.

        Herald's handlers add only what is missing, so that a replay can be repeated. Raises Invalid when no handler
        has the name, and Unavailable.
        """
        return await self._step_by_step(partial(self._put_back, self._hearing(handler), since, until))

    def _hearing(self, handler: str) -> dict[str, Subscription]:
        """By event type, how `handler` hears of it."""
        found = {
            name: subscription
            for name, event_type in catalogue().items()
            if (subscription := self.bus.find(event_type, handler)) is not None
        }
        if not found:
            raise Invalid(words.not_a_handler(quoted(handler), self.handlers()))
        return found

    @query
    async def _require(self, numbers: Sequence[int]) -> None:
        known = {row.seq for row in await StoredEvent.filter(seq__in=list(numbers)).only("seq")}
        if unknown := sorted(set(numbers) - known):
            raise NotFound(words.no_event(unknown[0]))

    async def _step_by_step(self, step: Step) -> int:
        """Take `step` until there is nothing left to put back; returns how much was."""
        done = last = 0
        try:
            while numbers := await step(last):
                done, last = done + len(numbers), numbers[-1]
        except Unavailable as error:
            if not done:
                raise
            raise Unavailable(words.interrupted(done)) from error
        return done

    @change
    async def _put_back_dead(self, events: Sequence[int], handler: str | None, last: int) -> list[int]:
        """Put back the next dead deliveries after number `last`; returns their numbers."""
        # Those that were put back before may be dead again by now: they are not asked for once more.
        dead = Delivery.filter(status=DeliveryStatus.DEAD, id__gt=last)
        if events:
            dead = dead.filter(event_id__in=list(events))
        if handler is not None:
            dead = dead.filter(handler=handler)
        numbers = [row.id for row in await dead.order_by("id").limit(CHUNK).only("id")]
        await Delivery.filter(id__in=numbers).update(status=DeliveryStatus.PENDING, claim=None, attempts=0, due_at=None)
        await self.units.tell()
        return numbers

    @change
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
        await self.units.tell()
        return numbers
