"""The relay: brings committed events to their handlers, in order, each effect exactly once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from uuid import UUID

from events import log
from events.base import EntityEvent
from events.bus import AnyHandler, Bus, Subscription
from events.catalogue import UndecodableEventError
from events.claims import Claims
from events.clock import Clock
from events.pump import Pump
from events.retry import RetryPolicy
from events.tiers import run_tier
from events.unit_of_work import UnitOfWork
from models import Delivery, DeliveryStatus
from models.database import Database

_log = logging.getLogger(__name__)

READ = 400
"""Deliveries read at once."""

BATCH = 100
"""Events told to a batch handler at once."""

STREAMS = 8
"""Streams served side by side."""

LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True)
class _Job:
    """A delivery with what it takes to make it."""

    delivery: log.Due
    event: EntityEvent
    subscription: Subscription


class _NotMineError(Exception):
    """A delivery of the batch was settled meanwhile, or another worker has claimed it."""


class Relay:
    """The durable store of a bus: writes events through the open unit, and delivers them after the commit.

    A handler runs in a unit of work together with the mark that it has run: both are committed, or neither. So
    a handler may write to the database and queue messages, and must not do anything else that lasts.

    `worker` names this run of the program. What it does not claim (see `Claims`), it cannot settle.
    """

    def __init__(
        self,
        bus: Bus,
        units: UnitOfWork,
        database: Database,
        *,
        worker: UUID,
        clock: Clock,
        retry: RetryPolicy,
        look_every: float | None = None,
    ) -> None:
        self._bus = bus
        self._units = units
        self._worker = worker
        self._clock = clock
        self._retry = retry
        self._database = database
        self._made = 0
        """Deliveries since the floor was raised."""
        self._raising = False
        """Whether nothing has spoken against it since it was begun."""
        self._claims = Claims(database, units, Delivery, lane="stream", worker=worker, clock=clock)
        self._pump = Pump(
            "relay", self._drain, start_task=database.task, clock=clock, retry=retry, look_every=look_every
        )
        database.listen(self._news)
        bus.attach(self)

    async def append(self, event: EntityEvent, subscriptions: tuple[Subscription, ...]) -> None:
        """Write `event` through the open unit. Raises RuntimeError outside one."""
        unit = self._units.current()
        unit.before_commit(self._write, (event, subscriptions))
        unit.after_commit(self._pump.wake)

    async def _write(self, emitted: list[tuple[EntityEvent, tuple[Subscription, ...]]]) -> None:
        if len(emitted) > 1:
            await self._units.line_up({event.stream for event, _ in emitted})
        await log.append(emitted, self._claims.at_birth)

    def _news(self) -> None:
        # What an operator has put back may be as old as the log.
        self._claims.floor = 0
        self._raising = False
        self._pump.wake()

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
        await self._claims.begin()
        while self._bus.is_enabled() and not self._pump.stopping:
            await self._claims.keep_up()
            due = partial(log.due, self._worker, self._clock(), READ, self._claims.floor)
            if deliveries := await self._units.read(due):
                await self._deliver(deliveries)
                self._made += len(deliveries)
            if self._made >= READ:
                await self._units.read(self._raise_floor)
            if not deliveries and not await self._claims.more():
                return await self._units.read(partial(log.next_due, self._worker))
        return None

    async def _raise_floor(self) -> None:
        """Leave behind what is settled."""
        self._made = 0
        self._raising = True
        # In this order: what was committed between the two is above the one, or seen by the other.
        horizon = await self._database.horizon()
        first = await log.first_waiting(self._claims.floor)
        if self._raising:
            self._claims.floor = horizon if first is None else min(horizon, first)

    async def _deliver(self, deliveries: Sequence[log.Due]) -> None:
        jobs = await self._tell_batches(await self._prepare(deliveries))
        streams: dict[str, list[_Job]] = {}
        for job in jobs:
            streams.setdefault(job.delivery.stream, []).append(job)
        gate = asyncio.Semaphore(STREAMS)

        async def serve(stream: list[_Job]) -> None:
            async with gate:
                waiting: set[str] = set()
                for _, group in groupby(stream, key=lambda job: job.delivery.event_id):
                    await self._tell_one(list(group), waiting)

        async with asyncio.TaskGroup() as tasks:
            for stream in streams.values():
                tasks.create_task(serve(stream))

    async def _prepare(self, deliveries: Sequence[log.Due]) -> list[_Job]:
        """The jobs behind `deliveries`. What cannot be read, or has no handler any more, is dead."""
        jobs: list[_Job] = []
        for _, group in groupby(deliveries, key=lambda one: one.event_id):
            mine = list(group)
            try:
                event = mine[0].event.decode()
            except UndecodableEventError as error:
                _log.error("event %s is dead: %s", mine[0].event.event_id, error)
                await self._bury(mine, str(error))
                continue
            for delivery in mine:
                subscription = self._bus.find(type(event), delivery.handler)
                if subscription is None:
                    _log.error("delivery %s is dead: no handler is called %s", delivery.id, delivery.handler)
                    await self._bury([delivery], "no handler has this name")
                else:
                    jobs.append(_Job(delivery, event, subscription))
        return jobs

    async def _tell_batches(self, jobs: list[_Job]) -> list[_Job]:
        """Tell batch handlers of many events at once; returns the jobs that are left.

        Only of events for which they are of the first tier: no other tier is overtaken. Where a batch fails, its
        events are told one by one, so that only the one that makes it fail has to wait.
        """
        batches: dict[AnyHandler, list[_Job]] = {}
        held_up: set[tuple[str, str]] = set()
        for _, group in groupby(jobs, key=lambda job: job.delivery.event_id):
            event = list(group)
            for job in event:
                lane = (job.delivery.stream, job.delivery.handler)
                if job.delivery.priority < event[0].delivery.priority or lane in held_up:
                    held_up.add(lane)
                elif job.subscription.batch:
                    batches.setdefault(job.subscription.handler, []).append(job)
        told: set[int] = set()
        for batch in batches.values():
            for start in range(0, len(batch), BATCH):
                chunk = batch[start : start + BATCH]
                if len(chunk) == 1 or self._pump.stopping:
                    continue
                try:
                    await self._units.run(partial(self._apply, chunk))
                except Exception as error:  # noqa: BLE001 - whatever it was, each event now has its own attempt
                    _log.info("a batch of %s for %s is split: %s", len(chunk), chunk[0].delivery.handler, error)
                    # What comes after it must not overtake it.
                    break
                told |= {job.delivery.id for job in chunk}
        return [job for job in jobs if job.delivery.id not in told]

    async def _tell_one(self, jobs: list[_Job], waiting: set[str]) -> None:
        """Bring one event to its handlers, tier by tier; `waiting` names those that wait for a retry."""
        for _, group in groupby(jobs, key=lambda job: job.delivery.priority):
            if self._pump.stopping:
                return
            calls = [partial(self._attempt, job, waiting) for job in group if job.delivery.handler not in waiting]
            if calls:
                # Each unit of work has its own limit, which does not count the wait for those before it.
                for failure in await run_tier(calls, limit=None):
                    if failure is not None:
                        # Not the handler's failure, which `_attempt` has recorded, but the recording's own.
                        raise failure

    async def _attempt(self, job: _Job, waiting: set[str]) -> None:
        try:
            await self._units.run(partial(self._apply, [job]))
        except _NotMineError:
            _log.warning("delivery %s was settled meanwhile", job.delivery.id)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is a failed attempt, recorded below
            waiting.add(job.delivery.handler)
            await self._units.run(partial(self._record_failure, job.delivery, error))

    async def _apply(self, jobs: Sequence[_Job]) -> None:
        if not await log.settle(self._worker, [job.delivery.id for job in jobs], DeliveryStatus.DONE):
            raise _NotMineError
        await jobs[0].subscription([job.event for job in jobs])

    async def _bury(self, deliveries: Sequence[log.Due], error: str) -> None:
        ids = [one.id for one in deliveries]
        body = partial(log.settle, self._worker, ids, DeliveryStatus.DEAD, error[:LONGEST_ERROR])
        await self._units.run(body)

    async def _record_failure(self, delivery: log.Due, error: Exception) -> None:
        attempts = delivery.attempts + 1
        reason = f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
        delay = self._retry.after(error, attempts)
        if delay is None:
            _log.error("delivery %s to %s is dead", delivery.id, delivery.handler, exc_info=error)
            await log.bury(self._worker, delivery.id, attempts, reason)
        else:
            _log.warning("delivery %s to %s failed", delivery.id, delivery.handler, exc_info=error)
            await log.defer(self._worker, delivery.id, attempts, self._clock() + delay, reason)
