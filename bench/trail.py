"""How fast the relay brings events that wait into the audit trail, in batches of a hundred.

Beside it stand the usual way, which makes a transaction of the ORM for each event, and the least that can be done:
the driver alone, which writes the same rows in as large batches and has read nothing, for it was told beforehand.
"""

from __future__ import annotations

import platform
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none, so what comes from it may be anything
from tortoise.transactions import in_transaction

from bench.stand import Stand, fresh, stand
from bench.table import SQLITE, Goal, Row, in_turns, ratio
from events import log
from models import AuditEntry, Delivery, DeliveryStatus

EVENTS, FEW = 2_000, 200
"""Events in a round; few where each takes a transaction."""

BATCH = 100

_INSERT = (
    "INSERT INTO audit_entry (event_id, event_seq, action, version, actor_id, organization_id, entity_type, entity_id,"
    " occurred_at, data) VALUES ({}) ON CONFLICT DO NOTHING"
)
_INSERT_SQLITE = _INSERT.format(", ".join("?" * 10))
_INSERT_POSTGRES = _INSERT.format(", ".join(f"${number}" for number in range(1, 11)))
_WAITING = (
    "SELECT d.id, e.event_id, e.seq, e.type, e.version, e.user_id, e.organization_id, 'tournament', e.entity_id,"
    " e.occurred_at, e.payload FROM delivery d JOIN event e ON e.seq = d.event_id WHERE d.status = 'pending'"
)


async def trail(engine: str, folder: Path) -> list[Row]:
    url = fresh(engine, folder)
    async with stand(url) as herald:
        herald.relay.start()
        driver = partial(_driver_sqlite, url) if engine == SQLITE else partial(_driver_postgres, url)
        rates = await in_turns(
            {
                "Herald": partial(_timed, herald, EVENTS, _relayed),
                "ORM": partial(_timed, herald, FEW, _one_by_one),
                "ORM, told": partial(_timed, herald, FEW, _told),
                "driver": partial(_timed, herald, EVENTS, driver),
            }
        )
    what = "relay with audit, batches of 100"
    ours = (median(rates["Herald"]),)
    orm = f"tortoise-orm {version('tortoise-orm')}, one transaction for each"
    against = {"ORM": f"{orm}, which reads it", "ORM, told": f"{orm}, all read at once before"}
    raw = f"sqlite3 of Python {platform.python_version()}" if engine == SQLITE else f"asyncpg {version('asyncpg')}"
    return [
        *(
            Row(
                what,
                engine,
                Goal(20),
                (ratio(rates["Herald"], rates[name]),),
                ours,
                (median(rates[name]),),
                "events/s",
                peer,
                "tiers, order, isolation",
            )
            for name, peer in against.items()
        ),
        Row(
            what,
            engine,
            Goal(0.4 if engine == SQLITE else 0.5),
            (ratio(rates["Herald"], rates["driver"]),),
            ours,
            (median(rates["driver"]),),
            "events/s",
            f"{raw}, the same rows written",
            "tiers, order, isolation, reading",
        ),
    ]


async def _timed(herald: Stand, count: int, drain: Callable[[Stand, int], Awaitable[float]]) -> float:
    """Events a second, of so many that wait when it begins."""
    herald.bus.disable()
    await herald.tell(count)
    return count / await drain(herald, count)


async def _relayed(herald: Stand, count: int) -> float:
    complete = herald.expect(count)
    begin = time.perf_counter()
    herald.bus.enable()
    await complete.wait()
    return time.perf_counter() - begin


async def _one_by_one(herald: Stand, count: int) -> float:
    """A transaction for each event, in which it is read, and written."""
    return await herald.database.task(_timed_work(_next_one, count))


async def _told(herald: Stand, count: int) -> float:
    """A transaction for each event, in which it is written; all are read at once before."""

    async def work() -> float:
        begin = time.perf_counter()
        waiting = Delivery.filter(status=DeliveryStatus.PENDING).order_by("id").prefetch_related("event")
        deliveries = iter(await waiting)

        async def one() -> None:
            delivery = next(deliveries)
            async with in_transaction():
                await _write(delivery)

        return time.perf_counter() - begin + await _timed_work(one, count)

    return await herald.database.task(work())


async def _next_one() -> None:
    async with in_transaction():
        waiting = Delivery.filter(status=DeliveryStatus.PENDING).order_by("id").prefetch_related("event")
        await _write((await waiting.limit(1))[0])


async def _write(delivery: Delivery) -> None:
    event = log.decode(delivery.event, {})
    await AuditEntry.create(
        event_id=event.event_id,
        event_seq=delivery.event.seq,
        action=event.type,
        version=event.version,
        actor_id=event.user_id,
        organization_id=event.organization_id,
        entity_type=event.entity_type,
        entity_id=event.entity_id,
        occurred_at=event.timestamp,
        data=delivery.event.payload,
    )
    await Delivery.filter(id=delivery.id).update(status=DeliveryStatus.DONE)


async def _timed_work(one: Callable[[], Awaitable[None]], count: int) -> float:
    begin = time.perf_counter()
    for _ in range(count):
        await one()
    return time.perf_counter() - begin


async def _driver_sqlite(url: str, *_: object) -> float:
    with closing(sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        rows = connection.execute(_WAITING).fetchall()
        begin = time.perf_counter()
        for batch in _batches(rows):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(_INSERT_SQLITE, [row[1:] for row in batch])
            connection.executemany("UPDATE delivery SET status = 'done' WHERE id = ?", [row[:1] for row in batch])
            connection.execute("COMMIT")
        return time.perf_counter() - begin


async def _driver_postgres(url: str, *_: object) -> float:
    driver: Any = asyncpg
    connection = await driver.connect(url)
    try:
        rows = [tuple(row) for row in await connection.fetch(_WAITING)]
        begin = time.perf_counter()
        for batch in _batches(rows):
            async with connection.transaction():
                await connection.executemany(_INSERT_POSTGRES, [row[1:] for row in batch])
                await connection.execute(
                    "UPDATE delivery SET status = 'done' WHERE id = ANY($1)", [row[0] for row in batch]
                )
        return time.perf_counter() - begin
    finally:
        await connection.close()


def _batches(rows: Sequence[tuple[Any, ...]]) -> Iterator[Sequence[tuple[Any, ...]]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]
