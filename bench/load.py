"""Herald under load: a long backlog."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from uuid_utils.compat import uuid7

from bench.probe import resident
from events import Bus, EntityEvent, EventPriority
from events.relay import Relay
from events.retry import RetryPolicy
from events.unit_of_work import UnitOfWork
from models.database import Database
from services.audit import AuditService
from services.base import Core

BACKLOG = 100_000
STREAMS = 50


def fill_log(path: Path, handler: str) -> None:
    """Write events straight into the log, each with a delivery to `handler` that waits."""
    now = datetime.now(UTC).isoformat(sep=" ")
    payload = json.dumps({"tournament_name": "Spring Cup"})
    numbers = range(1, BACKLOG + 1)
    with closing(sqlite3.connect(path)) as database, database:
        database.executemany(
            "INSERT INTO event (seq, event_id, type, version, stream, organization_id, entity_id, occurred_at, payload)"
            " VALUES (?, ?, 'TournamentDeleted', 1, ?, ?, 1, ?, ?)",
            ((n, str(uuid7()), f"organization:{n % STREAMS}", n % STREAMS, now, payload) for n in numbers),
        )
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
    fill_log(path, "audit")
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
