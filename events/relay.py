"""The relay: brings committed events to their handlers, in order, each effect exactly once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any
from uuid import UUID

from events import log
from events.base import EntityEvent
from events.bus import Bus, Subscription
from events.catalogue import UndecodableEventError
from events.clock import Clock
from events.pump import Pump
from events.retry import RetryPolicy
from events.tiers import run_tier
from events.unit_of_work import UnitOfWork
from models import Delivery, DeliveryStatus
from models.database import Database

_log = logging.getLogger(__name__)

BATCH = 200
"""Deliveries read at once."""

STREAMS = 8
"""Streams served side by side."""


class Relay:
    """The durable store of a bus: writes events through the open unit, and delivers them after the commit.

    A handler runs in a unit of work together with the mark that it has run: both are committed, or neither. So
    a handler may write to the database and queue messages, and must not do anything else that lasts.
    """

    def __init__(self, bus: Bus, units: UnitOfWork, database: Database, *, clock: Clock, retry: RetryPolicy) -> None:
        self._bus = bus
        self._units = units
        self._clock = clock
        self._retry = retry
        self._pump = Pump("relay", self._drain, start_task=database.task, clock=clock, retry=retry)
        bus.attach(self)

    async def append(self, event: EntityEvent, subscriptions: tuple[Subscription, ...]) -> None:
        """Write `event` through the open unit. Raises RuntimeError outside one."""
        unit = self._units.current()
        await log.append(event, subscriptions)
        unit.after_commit(self._pump.wake)

    def resume(self) -> None:
        self._pump.wake()

    def start(self) -> None:
        """Deliver from now on, beginning with what an earlier process committed and did not deliver."""
        self._pump.start()

    async def stop(self) -> None:
        """Finish the tier under way and start nothing more; the rest waits for the next start."""
        await self._pump.stop()

    def terminate(self) -> set[asyncio.Task[None]]:
        """Drop what is under way; returns the task that is now being cancelled."""
        return self._pump.terminate()

    async def _drain(self) -> datetime | None:
        while self._bus.is_enabled() and not self._pump.stopping:
            batch = await self._units.read(partial(log.due, self._clock(), BATCH))
            if not batch:
                return await self._units.read(log.next_due)
            await self._deliver(batch)
        return None

    async def _deliver(self, batch: Sequence[Delivery]) -> None:
        personal = await self._units.read(partial(log.personal_data, {delivery.event.event_id for delivery in batch}))
        gate = asyncio.Semaphore(STREAMS)

        async def serve(deliveries: list[Delivery]) -> None:
            async with gate:
                lane: set[str] = set()
                for _, group in groupby(deliveries, key=lambda d: d.event_id):
                    await self._deliver_event(list(group), personal, lane)

        streams: dict[str, list[Delivery]] = {}
        for delivery in batch:
            streams.setdefault(delivery.stream, []).append(delivery)
        async with asyncio.TaskGroup() as tasks:
            for deliveries in streams.values():
                tasks.create_task(serve(deliveries))

    async def _deliver_event(
        self, deliveries: list[Delivery], personal: dict[UUID, dict[str, Any]], deferred: set[str]
    ) -> None:
        """Bring one event to its handlers, tier by tier; `deferred` names those that wait for a retry."""
        row = deliveries[0].event
        try:
            event = log.decode(row, personal.get(row.event_id, {}))
        except UndecodableEventError as error:
            _log.error("event %s is dead: %s", row.event_id, error)
            await self._units.run(partial(self._bury, deliveries, str(error)))
            return
        for _, group in groupby(deliveries, key=lambda d: d.priority):
            if self._pump.stopping:
                return
            tier = [d for d in group if d.handler not in deferred]
            calls = [partial(self._attempt, d, event, deferred) for d in tier]
            if calls:
                # Each unit of work has its own limit, which does not count the wait for those before it.
                for failure in await run_tier(calls, limit=None):
                    if failure is not None:
                        # Not the handler's failure, which `_attempt` has recorded, but the recording's own.
                        raise failure

    async def _bury(self, deliveries: Sequence[Delivery], error: str) -> None:
        for delivery in deliveries:
            await log.settle(delivery.id, DeliveryStatus.DEAD, error[:500])

    async def _attempt(self, delivery: Delivery, event: EntityEvent, deferred: set[str]) -> None:
        subscription = self._bus.find(type(event), delivery.handler)
        if subscription is None:
            _log.error("delivery %s is dead: no handler is called %s", delivery.id, delivery.handler)
            await self._units.run(partial(self._bury, [delivery], "no handler has this name"))
            return
        try:
            await self._units.run(partial(self._apply, delivery, event, subscription))
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is a failed attempt, recorded below
            deferred.add(delivery.handler)
            await self._units.run(partial(self._record_failure, delivery, error))

    async def _apply(self, delivery: Delivery, event: EntityEvent, subscription: Subscription) -> None:
        if await log.settle(delivery.id, DeliveryStatus.DONE):
            await subscription.handler(event)

    async def _record_failure(self, delivery: Delivery, error: Exception) -> None:
        attempts = delivery.attempts + 1
        reason = f"{type(error).__name__}: {error}"[:500]
        delay = self._retry.delay(attempts)
        if delay is None:
            _log.error("delivery %s to %s is dead", delivery.id, delivery.handler, exc_info=error)
            await log.settle(delivery.id, DeliveryStatus.DEAD, reason)
        else:
            _log.warning("delivery %s to %s failed", delivery.id, delivery.handler, exc_info=error)
            await log.defer(delivery.id, attempts, self._clock() + delay, reason)
