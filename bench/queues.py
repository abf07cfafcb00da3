"""Durable queues from PyPI, each made to bring changes into the audit trail, on PostgreSQL.

A change inserts a row and queues a job; the job writes the row of the audit trail. Each is used as its documentation
says, with both in one transaction where it can do that, and with the driver's SQL instead of an ORM's.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import uuid4

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none, so what comes from it may be anything

WORKERS = 20
"""Jobs that a queue may run side by side."""

CONNECTIONS = 10
"""For changes and for what jobs write; Herald has as many. A queue has its own for the rest."""

Change = Callable[[int, int], Awaitable[None]]
"""Makes a change with a number of its own in an organization."""

Recorded = Callable[[], None]
"""To be called, in the event loop's own thread, when a job has committed its row."""

_CHANGE = (
    "INSERT INTO tournament (organization_id, name, name_key, type, description, seed, status, created_at)"
    " VALUES ($1, $2, $3, 'speedrun', '', '', 'draft', $4) RETURNING id"
)
_RECORD = (
    "INSERT INTO audit_entry (event_id, event_seq, action, version, actor_id, organization_id, entity_type, entity_id,"
    " occurred_at, data) VALUES ($1, $2, 'TournamentCreated', 1, 7, $3, 'tournament', $4, $5, $6)"
    " ON CONFLICT DO NOTHING"
)


def _psycopg(statement: str) -> str:
    """`statement` with the placeholders of psycopg, for values in the same order."""
    for number in range(9, 0, -1):
        statement = statement.replace(f"${number}", "%s")
    return statement


def _values(number: int, organization_id: int) -> tuple[Any, ...]:
    """What a change inserts."""
    return organization_id, f"Cup {number}", f"cup {number}", datetime.now(UTC)


def _told(number: int, organization_id: int, entity_id: int) -> dict[str, Any]:
    """What a job carries."""
    return {
        "event_id": str(uuid4()),
        "number": number,
        "organization_id": organization_id,
        "entity_id": entity_id,
        "at": datetime.now(UTC).isoformat(),
        "name": f"Cup {number}",
    }


def _row(told: dict[str, Any]) -> tuple[Any, ...]:
    """What a job inserts."""
    data = json.dumps({"tournament_name": told["name"], "tournament_type": "speedrun"})
    at = datetime.fromisoformat(told["at"])
    return told["event_id"], told["number"], told["organization_id"], told["entity_id"], at, data


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue, how it is opened on a database with Herald's tables, and what it has not that Herald has.

    Order: jobs of one organization run one after the other, also across retries. Effects once: what a job writes
    commits together with the mark that it has run. Atomicity: the job is queued in the transaction of its change.
    """

    package: str
    open: Callable[[str, Recorded], AbstractAsyncContextManager[Change]]
    drops: str


@asynccontextmanager
async def _pool(url: str) -> AsyncGenerator[Any]:
    """Psycopg's pool."""
    pool = import_module("psycopg_pool").AsyncConnectionPool(
        url, min_size=CONNECTIONS, max_size=CONNECTIONS, open=False
    )
    await pool.open(wait=True)
    try:
        yield pool
    finally:
        await pool.close()


async def _insert(connection: Any, number: int, organization_id: int) -> dict[str, Any]:
    cursor = await connection.execute(_psycopg(_CHANGE), _values(number, organization_id))
    (entity_id,) = await cursor.fetchone()
    return _told(number, organization_id, entity_id)


async def _record(pool: Any, told: dict[str, Any]) -> None:
    async with pool.connection() as connection:
        await connection.execute(_psycopg(_RECORD), _row(told))


@asynccontextmanager
async def _background(work: Awaitable[Any]) -> AsyncGenerator[None]:
    """`work` runs meanwhile, and is cancelled at the end."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def _procrastinate(url: str, recorded: Recorded) -> AsyncGenerator[Change]:
    procrastinate = import_module("procrastinate")
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, min_size=4, max_size=WORKERS))
    async with app.open_async(), _pool(url) as pool:
        await app.schema_manager.apply_schema_async()

        @app.task(queue="audit", name="record")
        async def record(told: dict[str, Any]) -> None:
            await _record(pool, told)
            recorded()

        async def change(number: int, organization_id: int) -> None:
            async with pool.connection() as connection:
                told = await _insert(connection, number, organization_id)
                await record.configure(connection=connection).defer_async(told=told)

        worker = app.run_worker_async(concurrency=WORKERS, install_signal_handlers=False)
        async with _background(worker):
            yield change


@asynccontextmanager
async def _pgqueuer(url: str, recorded: Recorded) -> AsyncGenerator[Change]:
    pgqueuer, db, queries = (import_module(name) for name in ("pgqueuer", "pgqueuer.db", "pgqueuer.queries"))
    driver: Any = asyncpg
    pool = await driver.create_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS)
    own = await driver.connect(url)
    await queries.Queries(db.AsyncpgDriver(own)).install()
    app = pgqueuer.PgQueuer(db.AsyncpgDriver(own))

    @app.entrypoint("record")
    async def record(job: Any) -> None:
        await pool.execute(_RECORD, *_row(json.loads(job.payload)))
        recorded()

    async def change(number: int, organization_id: int) -> None:
        async with pool.acquire() as connection, connection.transaction():
            entity_id = await connection.fetchval(_CHANGE, *_values(number, organization_id))
            told = json.dumps(_told(number, organization_id, entity_id)).encode()
            await queries.Queries(db.AsyncpgDriver(connection)).enqueue("record", told)

    async with _background(app.run(batch_size=WORKERS, dequeue_timeout=timedelta(seconds=1))):
        yield change
        app.shutdown.set()
        await asyncio.sleep(0.1)
    await pool.close()
    await own.close()


@asynccontextmanager
async def _dbos(url: str, recorded: Recorded) -> AsyncGenerator[Change]:
    dbos = import_module("dbos").DBOS
    dbos(config={"name": "bench", "system_database_url": url, "log_level": "CRITICAL"})
    loop = asyncio.get_running_loop()
    async with _pool(url) as pool:

        @dbos.step(name="write")
        async def write(told: dict[str, Any]) -> None:
            await _record(pool, told)

        @dbos.workflow(name="record")
        async def record(told: dict[str, Any]) -> None:
            await write(told)
            loop.call_soon_threadsafe(recorded)

        dbos.launch()
        # The shortest pause between its looks that its documentation shows.
        await dbos.register_queue_async("audit", worker_concurrency=WORKERS, polling_interval_sec=0.1)

        async def change(number: int, organization_id: int) -> None:
            async with pool.connection() as connection:
                told = await _insert(connection, number, organization_id)
            await dbos.enqueue_workflow_async("audit", record, told)

        try:
            yield change
        finally:
            await asyncio.to_thread(dbos.destroy)


@asynccontextmanager
async def _oban(url: str, recorded: Recorded) -> AsyncGenerator[Change]:
    oban, schema = import_module("oban"), import_module("oban.schema")
    async with _pool(url) as pool:
        await schema.install(pool)

        @oban.worker(queue="audit")
        class Record:
            async def process(self, job: Any) -> None:
                await _record(pool, job.args)
                recorded()

        worker: Any = Record
        async with oban.Oban(pool=pool, queues={"audit": WORKERS}) as app:

            async def change(number: int, organization_id: int) -> None:
                async with pool.connection() as connection:
                    told = await _insert(connection, number, organization_id)
                    await app.enqueue(worker.new(told), conn=connection)

            yield change


QUEUES = (
    Queue("procrastinate", _procrastinate, "tiers, order, effects once"),
    Queue("pgqueuer", _pgqueuer, "tiers, order, effects once"),
    Queue("dbos", _dbos, "tiers, order, effects once, atomicity"),
    Queue("oban", _oban, "tiers, order, effects once"),
)

logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
