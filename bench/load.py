"""Herald under load: a long backlog, and commands beside a long queue and a long search."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from uuid_utils.compat import uuid7

from bench.probe import resident
from bot.demo.stage import Stage
from events import Bus, EntityEvent, EventPriority
from events.relay import Relay
from events.retry import RetryPolicy
from events.unit_of_work import UnitOfWork
from models.database import Database
from services.actor import Actor, Caller, Person
from services.audit import AuditFilter, AuditService
from services.base import Core

BACKLOG = 100_000
STREAMS = 50
WAITING = 10_000


def fill_log(path: Path, number: int, *, handler: str | None) -> None:
    """Write events straight into the log, each with a delivery to `handler` that waits."""
    now = datetime.now(UTC).isoformat(sep=" ")
    payload = json.dumps({"tournament_name": "Spring Cup"})
    with closing(sqlite3.connect(path)) as database, database:
        first = database.execute("SELECT coalesce(max(seq), 0) + 1 FROM event").fetchone()[0]
        numbers = range(first, first + number)
        database.executemany(
            "INSERT INTO event (seq, event_id, type, version, stream, organization_id, entity_id, occurred_at, payload)"
            " VALUES (?, ?, 'TournamentDeleted', 1, ?, ?, 1, ?, ?)",
            ((n, str(uuid7()), f"organization:{n % STREAMS}", n % STREAMS, now, payload) for n in numbers),
        )
        if handler is not None:
            database.executemany(
                "INSERT INTO delivery (event_id, handler, priority, stream, status, attempts)"
                " VALUES (?, ?, 3, ?, 'pending', 0)",
                ((n, handler, f"organization:{n % STREAMS}") for n in numbers),
            )


async def backlog(folder: Path) -> None:
    """How fast a backlog drains into the audit trail, and what memory that takes."""
    path = folder / "backlog.sqlite3"
    database = Database(f"sqlite://{path}")
    await database.open()
    fill_log(path, BACKLOG, handler="audit")
    units, bus, worker = UnitOfWork(database), Bus(), uuid4()
    relay = Relay(bus, units, database, worker=worker, clock=lambda: datetime.now(UTC), retry=RetryPolicy())
    audit = AuditService(Core(units, bus, lambda: datetime.now(UTC), worker))
    bus.register_batch(EntityEvent, audit.record, EventPriority.HIGH, name="audit")
    memory: list[int] = []
    begin = time.perf_counter()
    relay.start()
    with closing(sqlite3.connect(path)) as reader:
        done = 0
        while done < BACKLOG:
            await asyncio.sleep(0.2)
            done = reader.execute("SELECT count(*) FROM audit_entry").fetchone()[0]
            if done >= BACKLOG // 10:
                memory.append(resident())
    took = time.perf_counter() - begin
    await relay.stop()
    await database.close()
    print(f"a backlog of {BACKLOG} events, audited: {took:.1f} s, {BACKLOG / took:.0f} events/s")
    print(f"memory from a tenth of it to its end: {memory[0] / 1024:.1f} to {max(memory) / 1024:.1f} MiB")


@asynccontextmanager
async def crowded(stage: Stage) -> AsyncGenerator[None]:
    """10,000 messages waiting, being sent, and somebody searching a trail of 100,000 lines again and again."""
    path = Path(stage.settings.database_url.removeprefix("sqlite://"))
    fill_log(path, BACKLOG, handler=None)
    now = datetime.now(UTC).isoformat(sep=" ")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "INSERT INTO audit_entry (event_id, event_seq, action, version, organization_id, entity_type, entity_id,"
            " occurred_at, data) SELECT event_id, seq, type, version, 1, 'tournament', entity_id, occurred_at, payload"
            " FROM event WHERE seq NOT IN (SELECT event_seq FROM audit_entry)"
        )
        (event_id,) = database.execute("SELECT event_id FROM event WHERE type = 'TournamentDeleted' LIMIT 1").fetchone()
        target = stage.channels["races"].id
        database.executemany(
            "INSERT INTO message (id, event_id, kind, data, target_kind, target_id, status, attempts, created_at)"
            " VALUES (?, ?, 'audit_line', '{}', 'channel', ?, 'pending', 0, ?)",
            # One each to most of them: the courier has as many targets to choose from.
            ((str(uuid7()), event_id, target if n == 0 else n, now) for n in range(WAITING)),
        )
    await stage.restart()
    searching = asyncio.create_task(_search(stage))
    try:
        yield
    finally:
        searching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await searching


async def _search(stage: Stage) -> None:
    olga = stage.people["Olga"]
    caller = Caller(
        person=Person(discord_id=olga.id, name="Olga"), at=datetime.now(UTC), guild_id=stage.guild.id, guild_name="Club"
    )
    actor: Actor = await stage.bot.herald.accounts.actor(caller)
    while True:
        await stage.bot.herald.audit.search(actor, AuditFilter(entity_type="race"), page=9999)
        await asyncio.sleep(0)
