"""A bus with its durable log on a real SQLite file, and the events that the tests tell."""

# What a test must bring about or look into, such as a crash, is nothing that the program offers.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from uuid import uuid4

from events import Bus, EventPriority, TournamentCreatedEvent, TournamentDeletedEvent
from events.base import EntityEvent
from events.relay import Relay
from events.retry import RetryPolicy
from events.unit_of_work import UnitOfWork
from models import BotState
from models.database import Database
from models.engine import ALL_SHARDS, Shards
from tests import postgres
from tests.database_file import DatabaseFile
from tests.services.world import Clock

STEADY = RetryPolicy(attempts=3, jitter=lambda _, longest: longest)
"""Retries after exactly 1 and 2 seconds, then no more."""

QUICK = 0.5 if postgres.CHOSEN else 0.25
"""Seconds that suffice for what a unit does when nothing holds it up."""

PATIENCE = 8.0
"""Seconds after which background work that does not come to rest is a failure."""


def created(name: str = "Cup", organization: int | None = 1, entity: int = 1) -> TournamentCreatedEvent:
    return TournamentCreatedEvent(
        entity_id=entity, user_id=7, organization_id=organization, tournament_name=name, tournament_type="other"
    )


def deleted(name: str = "Cup", organization: int | None = 1, entity: int = 1) -> TournamentDeletedEvent:
    return TournamentDeletedEvent(entity_id=entity, organization_id=organization, tournament_name=name)


async def write(key: str, value: str = "x") -> None:
    """Insert one row."""
    await BotState.create(key=key, value=value)


class Core(DatabaseFile):
    """Everything beneath the services. Another one on the same file is the bot after a restart."""

    def __init__(
        self, path: Path, *, retry: RetryPolicy = STEADY, limit: float = 5.0, shards: Shards = ALL_SHARDS
    ) -> None:
        super().__init__(path)
        self.clock = Clock()
        self.retry = retry
        self.database = Database(self.url, shards=shards)
        self.units = UnitOfWork(self.database, limit=limit)
        self.bus = Bus()
        self.worker = uuid4()
        self.relay = Relay(self.bus, self.units, self.database, worker=self.worker, clock=self.clock, retry=retry)

    async def close(self) -> None:
        await self.units.drain()
        await self.relay.stop()
        await self.units.drain()
        await self.database.close()
        self.discard()

    async def crash(self) -> Core:
        """Drop everything where it stands, and come back on the same file without delivering yet."""
        tasks = {*self.relay.terminate(), *self.units.terminate()}
        await self.database.terminate()
        if tasks:
            await asyncio.wait(tasks)
        again = Core(self.path, retry=self.retry)
        again.clock = self.clock
        await again.database.open()
        return again

    def listen(
        self,
        name: str,
        heard: list[str],
        *,
        to: type[EntityEvent] = TournamentCreatedEvent,
        priority: EventPriority = EventPriority.NORMAL,
        failing: Callable[[Any], bool] = lambda _: False,
    ) -> None:
        """Register a handler that writes what it heard to `heard`, also when it then fails."""

        async def handler(event: Any) -> None:
            heard.append(f"{name} {event.tournament_name}")
            if failing(event):
                raise OSError("out of order")

        self.bus.register(to, handler, priority, name=name)

    async def emit(self, *events: EntityEvent) -> None:
        """Emit all of `events` in one unit of work."""

        async def body() -> None:
            for event in events:
                await self.bus.emit(event)

        await self.units.run(body)

    async def settle(self) -> None:
        """Wait until the relay is at rest."""
        async with asyncio.timeout(PATIENCE):
            while (task := self.relay._pump._task) is not None:
                await asyncio.wait([task])

    async def pass_time(self, **parts: float) -> None:
        """Move the clock, let the relay look at it, and wait until it is at rest."""
        self.clock.advance(**parts)
        self.relay.resume()
        await self.settle()

    async def impatient(self) -> None:
        """Give up on a busy database at once instead of after seconds."""
        await self.be_impatient(self.database)

    async def inside(self, body: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """Run `body` with the database at hand, outside any transaction."""
        return await self.database.task(body())

    def deliveries(self) -> list[tuple[str, str, int]]:
        """Handler, status and failed attempts of every delivery, in order."""
        return self.select("SELECT handler, status, attempts FROM delivery ORDER BY id")

    def keys(self) -> set[str]:
        """Which rows `write` has committed."""
        return set(self.select("SELECT key FROM bot_state"))
