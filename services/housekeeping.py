"""Pruning: events that everybody heard of long ago leave the log. The audit trail never shrinks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from tortoise.expressions import Q, Subquery

from events.clock import Clock
from events.pump import Pump
from events.retry import RetryPolicy
from events.unit_of_work import UnitOfWork
from models import Delivery, DeliveryStatus, Match, MatchStatus, Message, MessageStatus, MessageTarget, StoredEvent
from models.database import Database
from models.engine import Scope

_log = logging.getLogger(__name__)

CHUNK = 100
"""Events removed in one transaction, some 500 rows with what belongs to them, so that no command is held up."""

AGAIN = timedelta(hours=1)


class Housekeeper:
    """Removes settled events with their deliveries and messages, once they are older than `keep`.

    What still waits, or is dead, stays with all that belongs to it, however old it is. An event and its messages go
    together: as long as one can be replayed, its message rows are what keeps a message from being sent again.
    """

    def __init__(
        self, units: UnitOfWork, database: Database, *, keep: timedelta | None, clock: Clock, retry: RetryPolicy
    ) -> None:
        """With no `keep`, events stay for ever."""
        self._units = units
        self._keep = keep
        self._clock = clock
        self._pump = Pump("housekeeping", self._sweep, start_task=database.task, clock=clock, retry=retry)

    def start(self) -> None:
        """Look now, and hourly from now on."""
        self._pump.start()

    async def stop(self) -> None:
        """Finish the transaction under way; the rest waits for the next start."""
        await self._pump.stop()

    def terminate(self) -> set[asyncio.Task[None]]:
        """Drop what is under way; returns the task that is now being cancelled."""
        return self._pump.terminate()

    async def _sweep(self) -> datetime:
        if self._keep is not None:
            await self._prune(self._clock() - self._keep)
        while not self._pump.stopping and await self._units.run(self._forget_refusals) == CHUNK:
            pass
        return self._clock() + AGAIN

    async def _prune(self, before: datetime) -> None:
        pruned = last = 0
        while not self._pump.stopping:
            events = await self._units.read(partial(self._after, last))
            old = [event for event in events if event.occurred_at < before]
            # Numbers follow time but for minutes, so behind these there is nothing old: no need to read the whole log.
            if not old:
                break
            last = events[-1].seq
            # Whoever puts an event back to be heard anew finds it whole, or gone.
            pruned += await self._units.run(partial(self._remove, old), scope=Scope())
        if pruned:
            _log.info("%s events from before %s are pruned", pruned, before.date())

    async def _after(self, number: int) -> list[StoredEvent]:
        """The next events after `number`; no more of them than it takes to remove them."""
        rows = StoredEvent.filter(seq__gt=number).order_by("seq").limit(CHUNK)
        return await rows.only("seq", "event_id", "occurred_at")

    async def _remove(self, events: Sequence[StoredEvent]) -> int:
        """Remove those of `events` that are settled; returns how many."""
        deliveries = Delivery.filter(event_id__in=[one.seq for one in events], status__not=DeliveryStatus.DONE)
        # What is told by another row waits as long as that one does.
        telling = Subquery(Message.filter(status=MessageStatus.PENDING).values("id"))
        messages = Message.filter(
            Q(status=MessageStatus.PENDING) | Q(told_by__in=telling), event_id__in=[one.event_id for one in events]
        )
        unheard = {row.event_id for row in await deliveries.only("event_id")}
        unsent = {row.event_id for row in await messages.only("event_id")}
        # By them people are reminded.
        matches = Match.filter(event_id__in=[one.event_id for one in events], status=MatchStatus.SCHEDULED)
        unsent |= {row.event_id for row in await matches.only("event_id")}
        settled = [one for one in events if one.seq not in unheard and one.event_id not in unsent]
        await Message.filter(event_id__in=[one.event_id for one in settled]).delete()
        # Its deliveries go with it.
        await StoredEvent.filter(seq__in=[one.seq for one in settled]).delete()
        return len(settled)

    async def _forget_refusals(self) -> int:
        """Drop some of what the courier remembers about people and channels beyond its time; returns how many."""
        over = MessageTarget.filter(refused_until__lte=self._clock()).order_by("id").limit(CHUNK)
        ids = [row.id for row in await over.only("id")]
        return await MessageTarget.filter(id__in=ids).delete()
