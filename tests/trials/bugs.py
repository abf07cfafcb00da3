"""Bugs to be planted in the subject, to see that the checks find them.

Each replaces a piece of Herald by one that somebody might have written instead. `hunt` names the trials that meet it
(`{}` is a number), of which those of the numbers `first` are known to, and `finds` is what the checks then have to say.
"""

# A bug is an inside job.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from tortoise.backends.asyncpg.client import TransactionWrapper
from tortoise.backends.sqlite.client import SqliteTransactionWrapper
from tortoise.expressions import Q

from bot.render import embed_of
from bot.sender import DiscordSender
from events import log, unit_of_work
from events.bus import Subscription
from events.claims import Claims
from events.relay import Relay
from events.tiers import run_tier
from events.unit_of_work import Unit, UnitOfWork
from models import Delivery, DeliveryStatus, Message, MessageStatus
from models import postgres as on_postgres
from models import sqlite as on_sqlite
from models.database import CONNECTION, Database
from models.engine import Scope
from models.sql import numbered
from services import courier
from services.courier import TARGETS, Courier
from services.listeners import Listeners
from services.notice import Notice
from services.sender import Sent, Target
from services.telling import Telling
from tests import postgres
from tests.trials.checks import Check

Transaction: Any = on_postgres.HeraldTransaction if postgres.CHOSEN else on_sqlite.ImmediateTransaction
"""What a unit of work is in the database."""


@dataclass(frozen=True, slots=True)
class Bug:
    name: str
    hunt: str
    finds: frozenset[Check]
    plant: Callable[[], None]
    first: tuple[int, ...]


BUGS: dict[str, Bug] = {}


def plant(name: str) -> None:
    BUGS[name].plant()


def bug(
    name: str, hunt: str, *finds: Check, first: Sequence[int] = (), harmless: bool = False
) -> Callable[[Callable[[], None]], Callable[[], None]]:
    def note(plant: Callable[[], None]) -> Callable[[], None]:
        if not harmless:
            BUGS[name] = Bug(name, hunt, frozenset(finds), plant, tuple(first))
        return plant

    return note


def replace(where: Any, name: str, by: object) -> None:
    """Put `by` in a place that exists: a bug in nothing would never be found."""
    assert hasattr(where, name), f"{where} has no {name} any more: plant the bug elsewhere"
    setattr(where, name, by)


def later(unit: Unit, body: Callable[[], Coroutine[Any, Any, object]]) -> None:
    """Run `body` in a unit of its own, after `unit` has been committed."""
    unit.after_commit(lambda: _start(unit.owner, body))


def _start(units: UnitOfWork, body: Callable[[], Coroutine[Any, Any, object]]) -> None:
    units._database.task(units.run(body))


# Sending


@bug("the nonce is not sent", "request {} lost", Check.MESSAGE_DOUBLED)
def _no_nonce() -> None:
    async def send(self: DiscordSender, target: Target, notice: Notice, nonce: str) -> Sent:
        channel = await self._channel(target)
        message = await channel.send(embed=embed_of(notice, nonce))
        return Sent(message.channel.id, message.id)

    replace(DiscordSender, "send", send)


@bug("each attempt has a nonce of its own", "request {} lost", Check.MESSAGE_DOUBLED)
def _new_nonce() -> None:
    nonce_of = courier.nonce_of

    def new_nonce(_: uuid.UUID) -> str:
        return nonce_of(uuid.uuid4())

    replace(courier, "nonce_of", new_nonce)


@bug("the nonce is the event's", "undisturbed", Check.MESSAGE_LOST)
def _nonce_of_event() -> None:
    send = DiscordSender.send

    async def send_event(self: DiscordSender, target: Target, notice: Notice, _: str) -> Sent:
        return await send(self, target, notice, notice.reference.replace(" ", ""))

    replace(DiscordSender, "send", send_event)


@bug("a message is marked before it is sent", "request {} before", Check.MESSAGE_LOST)
def _mark_first() -> None:
    bring = Courier._bring

    async def mark_and_bring(self: Courier, target: Target, row: Message, first_attempt_at: datetime) -> Sent | None:
        async def mark() -> None:
            await Message.filter(seq=row.seq).update(status=MessageStatus.SENT)

        await self._units.run(mark)
        return await bring(self, target, row, first_attempt_at)

    replace(Courier, "_bring", mark_and_bring)


@bug("nobody looks past the window", "request {} dark", Check.MESSAGE_DOUBLED)
def _no_look() -> None:
    replace(courier, "NONCE_WINDOW", timedelta(days=1))


@bug("the first attempt is not noted", "request {} dark", Check.MESSAGE_DOUBLED, Check.MARKS)
def _no_note() -> None:
    async def begin(self: Courier, row: Message) -> datetime:
        row.attempts += 1
        return self._clock()

    replace(Courier, "_begin", begin)


@bug("a search finds nothing", "request {} dark", Check.MESSAGE_DOUBLED)
def _blind() -> None:
    async def find(self: DiscordSender, target: Target, nonce: str, since: datetime) -> None:
        return None

    replace(DiscordSender, "find", find)


@bug("messages overtake one that waits", "request {} unavailable", Check.ORDER, first=[24])
def _overtaking_messages() -> None:
    first_rows = courier.first_rows

    async def any_rows(
        worker: uuid.UUID, now: datetime, set_aside: Collection[int], **more: Any
    ) -> tuple[list[Message], datetime | None]:
        _, due = await first_rows(worker, now, set_aside, **more)
        pending = Message.filter(status=MessageStatus.PENDING, seq__not_in=list(set_aside))
        rows = await pending.filter(Q(due_at__isnull=True) | Q(due_at__lte=now)).order_by("seq").limit(5 * TARGETS)
        return rows, due

    replace(courier, "first_rows", any_rows)


@bug("closed DMs are not remembered", "closed", Check.PESTERED)
def _forgetful() -> None:
    async def remember(self: Courier, target: Target, reason: str) -> None:
        pass

    replace(Courier, "_remember", remember)


@bug("a stop drops what is on its way", "request {} stop", Check.IN_FLIGHT)
def _abrupt() -> None:
    stop = Courier.stop

    async def cancel(self: Courier) -> None:
        for lane in self._lanes.values():
            lane.cancel()
        await stop(self)

    replace(Courier, "stop", cancel)


# Delivering


@bug("the mark is set after the handler's unit", "commit {} after", Check.MARKS, Check.DEAD, first=[200, 150])
def _mark_late() -> None:
    settle = log.settle

    async def settle_later(worker: uuid.UUID, ids: Sequence[int], *rest: Any) -> bool:
        unit = unit_of_work._current.get()
        assert unit is not None
        later(unit, lambda: settle(worker, ids, *rest))
        return True

    replace(log, "settle", settle_later)


@bug("the mark is set before the handler's unit", "row {} before", Check.AUDIT_LOST, Check.MESSAGE_LOST)
def _mark_early() -> None:
    async def attempt(self: Relay, job: Any, waiting: set[str]) -> None:
        del waiting
        done = partial(log.settle, self._worker, [job.delivery.id], DeliveryStatus.DONE)
        if await self._units.run(done):
            await self._units.run(partial(job.subscription, [job.event]))

    replace(Relay, "_attempt", attempt)
    replace(Relay, "_tell_batches", _no_batches)


async def _no_batches(_: Relay, jobs: list[Any]) -> list[Any]:
    return jobs


@bug("a row is written outside the handler's unit", "row {} before", Check.MESSAGE_LOST)
def _row_apart() -> None:
    add = Telling._add

    def add_later(self: Telling, *values: Any, **named: Any) -> None:
        async def apart() -> None:
            add(self, *values, **named)

        later(self._core.units.current(), apart)

    replace(Telling, "_add", add_later)


@bug(
    "a handler's failure counts as done",
    "row {} error",
    Check.AUDIT_LOST,
    Check.MESSAGE_LOST,
    # PostgreSQL commits no transaction in which a statement failed.
    harmless=postgres.CHOSEN,
)
def _swallow() -> None:
    call = Subscription.__call__

    async def swallow(self: Subscription, events: Sequence[Any]) -> None:
        with contextlib.suppress(Exception):
            await call(self, events)

    replace(Subscription, "__call__", swallow)


@bug("a retry runs every handler again, and the trail has no keys", "row {} error", Check.AUDIT_DOUBLED)
def _retry_all() -> None:
    defer, open = log.defer, Database.open

    async def defer_all(worker: uuid.UUID, delivery_id: int, *rest: Any) -> None:
        await defer(worker, delivery_id, *rest)
        delivery = await Delivery.get(id=delivery_id)
        await Delivery.filter(event_id=delivery.event_id).update(status=DeliveryStatus.PENDING)

    async def open_without_keys(self: Database, **more: Any) -> None:
        await open(self, **more)
        await self.task(_drop_keys(self._tortoise.db(CONNECTION), "audit_entry"))

    replace(log, "defer", defer_all)
    replace(Database, "open", open_without_keys)


async def _drop_keys(connection: Any, table: str) -> None:
    if postgres.CHOSEN:
        keys = "SELECT conname FROM pg_constraint WHERE contype = 'u' AND conrelid = $1::text::regclass"
        _, rows = await connection.execute_query(keys, [table])
        for row in rows:
            await connection.execute_script(f'ALTER TABLE {table} DROP CONSTRAINT "{row["conname"]}"')
        return
    # SQLite cannot drop a unique constraint: make the table anew.
    _, rows = await connection.execute_query("SELECT sql FROM sqlite_master WHERE name = ?", [table])
    await connection.execute_script(
        f"ALTER TABLE {table} RENAME TO old;"
        f"{rows[0]['sql'].replace('UNIQUE', '')};"
        f"INSERT INTO {table} SELECT * FROM old; DROP TABLE old;"
    )


@bug("events overtake a waiting retry", "row {} error", Check.ORDER)
def _overtaking_events() -> None:
    due = log._DUE.replace("(stream, handler) NOT IN (", "id NOT IN (").replace("SELECT stream, handler", "SELECT id")
    assert due.count("id NOT IN") == due.count("SELECT id FROM delivery WHERE") == 1
    _search(due)


def _search(due: str) -> None:
    replace(log, "_DUE", due)
    replace(log, "_DUE_NUMBERED", numbered(due))


@bug("what is dead blocks what follows", "poison {}", Check.DEADLOCK)
def _blocking() -> None:
    due = log._DUE.replace(
        "status || '' = 'pending' AND due_at > ?", "status = 'dead' OR (status = 'pending' AND due_at > ?)"
    )
    assert due != log._DUE
    _search(due)


@bug("tiers do not wait for each other", "row {} before", Check.TIERS)
def _no_barrier() -> None:
    async def tell_one(self: Relay, jobs: list[Any], waiting: set[str]) -> None:
        calls = [partial(self._attempt, job, waiting) for job in jobs if job.delivery.handler not in waiting]
        # Without a barrier, any order is as good: take the worst.
        await run_tier(calls[::-1], limit=None)

    replace(Relay, "_tell_one", tell_one)
    replace(Relay, "_tell_batches", _no_batches)


@bug("a commit wakes nobody", "undisturbed", Check.DEADLOCK)
def _asleep() -> None:
    def committed(self: Unit) -> None:
        pass

    replace(Unit, "committed", committed)


@bug("a start does not look at what is left", "commit {} after", Check.DEADLOCK)
def _no_look_at_start() -> None:
    def start(self: Relay | Courier) -> None:
        self._pump._stopped = False

    replace(Relay, "start", start)
    replace(Courier, "start", start)


@bug("what another run has claimed is left to it", "row {} before", Check.DEADLOCK)
def _no_take_over() -> None:
    async def begin(*_: Any) -> None:
        pass

    replace(Claims, "begin", begin)


@bug("an announcement is forgotten", "undisturbed", Check.MESSAGE_LOST, Check.MARKS)
def _forgotten() -> None:
    async def tournament_started(self: Listeners, event: object) -> None:
        pass

    replace(Listeners, "tournament_started", tournament_started)


# Writing


@bug("an event is written after its change", "event {} before", Check.UNHEARD)
def _event_apart() -> None:
    append = Relay.append

    async def append_later(self: Relay, *values: Any) -> None:
        later(self._units.current(), lambda: append(self, *values))

    replace(Relay, "append", append_later)


@bug("an event outlives the rollback of its change", "event {} error", Check.UNDONE)
def _undead() -> None:
    append, commit, rollback = Relay.append, Transaction.commit, Transaction.rollback
    written: dict[Any, list[tuple[Relay, Any]]] = {}

    async def append_noted(self: Relay, *values: Any) -> None:
        written.setdefault(asyncio.current_task(), []).append((self, values))
        await append(self, *values)

    async def commit_noted(self: Any) -> None:
        await commit(self)
        written.pop(asyncio.current_task(), None)

    async def rollback_and_write(self: Any) -> None:
        await rollback(self)
        for relay, values in written.pop(asyncio.current_task(), []):
            _start(relay._units, partial(append, relay, *values))

    replace(Relay, "append", append_noted)
    replace(Transaction, "commit", commit_noted)
    replace(Transaction, "rollback", rollback_and_write)


@bug("half of what failed is kept", "row {} error", Check.AUDIT_LOST, Check.MESSAGE_LOST)
def _half_kept() -> None:
    theirs = TransactionWrapper if postgres.CHOSEN else SqliteTransactionWrapper

    async def rollback(self: Any) -> None:
        await theirs.commit(self)

    replace(Transaction, "rollback", rollback)


@bug("a transaction is never begun", "row {} error", Check.AUDIT_LOST, Check.MESSAGE_LOST)
def _no_transaction() -> None:
    async def nothing(self: Any) -> None:
        pass

    replace(Transaction, "begin", nothing)
    if postgres.CHOSEN:
        # There is none to be ended either. SQLite's own driver has begun one by then.
        replace(Transaction, "commit", nothing)
        replace(Transaction, "rollback", nothing)


@bug(
    "a cancelled caller tears its unit",
    "event {} cancel callers",
    Check.UNHEARD,
    Check.UNDONE,
    Check.MARKS,
    Check.TORN,
    # See “a handler's failure counts as done”: so it is with a statement that was given up.
    harmless=postgres.CHOSEN,
)
def _torn() -> None:
    context: Any = (on_postgres if postgres.CHOSEN else on_sqlite).GuardedTransactionContext
    leave = context.__aexit__

    async def run(self: UnitOfWork, body: Any, *, patience: float | None = None, scope: Scope | None = None) -> Any:
        if self._open_unit() is not None:
            return await body()
        return await self._database.task(self._run(body, patience, scope))

    async def leave_torn(self: Any, kind: Any, error: Any, trace: Any) -> None:
        given_up = kind is asyncio.CancelledError
        await leave(self, None if given_up else kind, error, trace)

    replace(UnitOfWork, "run", run)
    replace(context, "__aexit__", leave_torn)
