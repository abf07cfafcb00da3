"""Herald, or as much of it as a comparison needs, on a database of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from tortoise.backends.base import executor
from tortoise.connection import get_connections

from bench import server
from bench.table import POSTGRES, SQLITE
from events import BaseEvent, Bus, EntityEvent, EventPriority, TournamentCreatedEvent
from events.clock import system_clock
from events.relay import Relay
from events.retry import RetryPolicy
from events.unit_of_work import UnitOfWork
from models import Organization, Tournament, TournamentType
from models.database import CONNECTION, Database
from services.actor import Actor, Caller, Person
from services.audit import AuditService
from services.base import Core
from services.herald import Herald
from tests.services.discord_stand_in import Outbox

ENGINES = (SQLITE, POSTGRES)

STREAMS = 50
"""Organizations whose events are told."""

_numbers = count(1)


def fresh(engine: str, folder: Path) -> str:
    """The URL of a new, empty database. No database of the other engine may be open."""
    # Tortoise keeps the statements of the engine that it met first.
    vars(executor)["EXECUTOR_CACHE"].clear()
    name = f"bench_{next(_numbers)}"
    return server.create(name) if engine == POSTGRES else f"sqlite://{folder / name}.sqlite3"


class Stand:
    """What the services stand on, with the audit trail as the only listener. The relay is not started yet."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.units = UnitOfWork(self.database)
        self.bus = Bus()
        self.worker = uuid4()
        self.relay = Relay(
            self.bus, self.units, self.database, worker=self.worker, clock=system_clock, retry=RetryPolicy()
        )
        self.audit = AuditService(Core(self.units, self.bus, system_clock, self.worker))
        self.bus.register_batch(EntityEvent, self._record, EventPriority.HIGH, name="audit")
        self.started = 0.0
        """When the listener was last called (`time.perf_counter`)."""
        self._lacking = 0
        self._complete = asyncio.Event()

    def expect(self, count: int) -> asyncio.Event:
        """What is set once the audit rows of `count` more events are committed."""
        self._lacking, self._complete = count, asyncio.Event()
        return self._complete

    async def _record(self, events: Sequence[EntityEvent]) -> None:
        self.started = time.perf_counter()
        await self.audit.record(events)
        self.units.current().after_commit(partial(self._recorded, len(events)))

    def _recorded(self, count: int) -> None:
        self._lacking -= count
        if self._lacking <= 0:
            self._complete.set()

    async def found(self) -> int:
        """An organization, for things that belong to one; returns its id."""
        return (
            await self.units.run(partial(Organization.create, name=cup(), time_zone="UTC", created_at=system_clock()))
        ).id

    async def tell(self, count: int) -> None:
        """Write the events of so many changes, a hundred in each unit, each with its delivery to the audit trail."""
        for start in range(0, count, 100):
            await self.units.run(partial(self._tell, min(100, count - start)))

    async def _tell(self, count: int) -> None:
        for number in range(count):
            await self.bus.emit(made(number % STREAMS + 1))


@asynccontextmanager
async def stand(url: str) -> AsyncGenerator[Stand]:
    """Opened, and closed at the end."""
    made = Stand(url)
    await made.database.open()
    try:
        yield made
    finally:
        await made.relay.stop()
        await made.units.drain()
        await made.database.close()


@asynccontextmanager
async def community(url: str) -> AsyncGenerator[tuple[Herald, Actor]]:
    """All of Herald but Discord, which delivers nothing, and who has founded an organization there."""
    herald = Herald(url, Outbox(system_clock))
    await herald.open()
    try:
        caller = Caller(
            person=Person(discord_id=100, name="Olga"),
            at=datetime.now(UTC),
            guild_id=5000,
            guild_name="Racing Club",
            manage_guild=True,
        )
        await herald.organizations.create(await herald.accounts.actor(caller), name="Racing Club", time_zone="UTC")
        yield herald, await herald.accounts.actor(caller)
    finally:
        await herald.close()


def cup() -> str:
    """A name that no tournament has yet."""
    return f"Cup {next(_numbers)}"


def made(organization_id: int | None, entity_id: int = 1, name: str = "Spring Cup") -> TournamentCreatedEvent:
    return TournamentCreatedEvent(
        entity_id=entity_id,
        user_id=7,
        organization_id=organization_id,
        tournament_name=name,
        tournament_type=TournamentType.SPEEDRUN.value,
    )


@contextmanager
def silent(bus: Bus) -> Generator[None]:
    """What is emitted on `bus` meanwhile is not written."""

    async def nothing(event: BaseEvent) -> None:
        del event

    bus.emit = nothing
    try:
        yield
    finally:
        del bus.emit


async def insert(organization_id: int | None, bus: Bus) -> None:
    """The least that a change does: one row, and its event."""
    name = cup()
    row = await Tournament.create(
        organization_id=organization_id,
        name=name,
        name_key=name.lower(),
        type=TournamentType.SPEEDRUN,
        created_at=system_clock(),
    )
    await bus.emit(made(organization_id, row.id, name))


_INSERT = (
    "INSERT INTO tournament (organization_id, name, name_key, type, description, seed, status, created_at)"
    " VALUES ($1, $2, $3, 'speedrun', '', '', 'draft', $4) RETURNING id"
)


async def insert_plainly(organization_id: int, bus: Bus) -> None:
    """The same on PostgreSQL, with the driver's SQL."""
    name = cup()
    connection: Any = get_connections().get(CONNECTION)  # Its methods give bare dicts, unknown to a type checker.
    row = await connection.execute_insert(_INSERT, [organization_id, name, name.lower(), system_clock()])
    await bus.emit(made(organization_id, row["id"], name))
