"""Who does what waits: lanes of rows, each worked on by one process at a time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from events.clock import Clock
from events.unit_of_work import UnitOfWork
from models import Delivery, DeliveryStatus, Message, MessageStatus
from models.database import Database

AT_ONCE = 100
"""Lanes taken up at a time."""

OTHERS = 0.5
"""Seconds after which it is noticed at the latest that another process has ended, and has left work behind."""

MOST = 500
"""Lanes held at a time. Each is a lock in the server's memory, which is shared by all."""


class TakenOver(Exception):
    """Another worker has claimed the row, or has brought it to its end."""


class Claims:
    """The claims of one worker, a run of the program, on the pending rows of a table.

    A lane is what has to be worked off in order: the rows with one value of `lane`. Where this process has the
    database for itself, its rows are born with its claim, and at its start it claims what earlier runs have left.

    Where several processes share the database, rows are born without a claim, whoever writes them. A process claims a
    lane's rows, all there are, while it holds the lane's lock, and through the connection that holds it: one whose
    lock is lost cannot claim any more, and whoever gets the lock next claims everything away from it before doing any
    of it. So a lane's order needs no trust in anybody's clock. The lock goes as soon as nothing waits in the lane, and
    with the connection when a process dies.
    """

    def __init__(
        self,
        database: Database,
        units: UnitOfWork,
        model: type[Delivery | Message],
        *,
        lane: str,
        worker: UUID,
        clock: Clock,
    ) -> None:
        self._database = database
        self._units = units
        self._model = model
        self._lane = lane
        self._worker = worker
        self._clock = clock
        self._looked_at: datetime | None = None
        self._begun = False
        self._held: set[str] = set()
        self._number = "event_id" if model is Delivery else "seq"
        self._status = DeliveryStatus.PENDING if model is Delivery else MessageStatus.PENDING
        self.floor = 0
        """No row with a lower number waits: that spares the search."""

    @property
    def _pending(self) -> Q:
        conditions: dict[str, Any] = {"status": self._status, f"{self._number}__gte": self.floor}
        return Q(**conditions)

    @property
    def _others(self) -> Q:
        return self._pending & (Q(claim__isnull=True) | ~Q(claim=self._worker))

    @property
    def at_birth(self) -> UUID | None:
        """What a new row's claim is to be."""
        return None if self._database.shared else self._worker

    async def begin(self) -> None:
        """Before anything else is done: claim what earlier runs have left, if they must have ended."""
        if not self._begun and not self._database.shared:
            await self._units.run(partial(self._claim, self._pending))
        self._begun = True

    async def more(self) -> bool:
        """Claim what is free, after all that was claimed before is worked off or waits; False when nothing is."""
        if self._database.shared:
            self._looked_at = self._clock()
            return await self._take_up() or (await self._let_go() and await self._take_up())
        # Born without a claim is what an operator has put back, however old it is.
        free = Q(status=self._status, claim__isnull=True)
        if not await self._units.read(partial(self._any, free)):
            return False
        self.floor = 0
        await self._units.run(partial(self._claim, free))
        return True

    async def keep_up(self) -> None:
        """Amid much work: look for what others have left by ending, if the last look was long ago."""
        if not self._database.shared:
            return
        # The clock may have been set back.
        if self._looked_at is None or abs(self._clock() - self._looked_at) >= timedelta(seconds=OTHERS):
            await self.more()

    async def _any(self, rows: Q) -> bool:
        return await self._model.exists(rows)

    async def _claim(self, rows: Q) -> int:
        return await self._model.filter(rows).update(claim=self._worker)

    async def _take_up(self) -> bool:
        """Claim the rows of lanes that no other process works on."""
        looked_at: set[Any] = set()
        while len(self._held) < MOST:
            lanes = {self._name(value): value for value in await self._units.read(partial(self._free, looked_at))}
            if not lanes:
                break
            looked_at.update(lanes.values())
            held = await self._database.hold(lanes)
            self._held |= held
            mine: dict[str, Any] = {f"{self._lane}__in": [lanes[name] for name in held]}
            if held and await self._database.on_lease(partial(self._claim, self._others & Q(**mine))):
                return True
        return False

    async def _free(self, looked_at: Collection[Any]) -> list[Any]:
        """Lanes in which something waits that is not this worker's; not those that were looked at before."""
        rows = self._model.filter(self._others).exclude(**{f"{self._lane}__in": list(looked_at)})
        return await self._lanes(rows.limit(AT_ONCE))

    async def _let_go(self) -> bool:
        """Leave the lanes in which nothing of this worker's waits; True when there were any.

        What has come to one of them before, other processes have left to this one: look again.
        """
        if not self._held:
            return False
        mine = await self._units.read(partial(self._lanes, self._model.filter(self._pending, claim=self._worker)))
        idle = self._held - {self._name(lane) for lane in mine}
        self._held -= idle
        await self._database.let_go(idle)
        return bool(idle)

    async def _lanes(self, rows: QuerySet[Any]) -> list[Any]:
        return [row[0] for row in await rows.distinct().values_list(self._lane)]

    def _name(self, lane: object) -> str:
        return f"{self._lane} {lane}"
