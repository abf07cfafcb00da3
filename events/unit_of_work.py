"""The unit of work: one transaction for a change and its events."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine
from contextvars import ContextVar
from typing import Any, TypeVar

from tortoise.transactions import in_transaction

from models.database import Database
from models.engine import Scope

_log = logging.getLogger(__name__)

T = TypeVar("T")
Body = Callable[[], Coroutine[Any, Any, T]]

BODY_LIMIT = 5.0
"""Seconds that a transaction's body may take before it is rolled back."""


class UnitCancelledError(Exception):
    """The body of a unit of work cancelled itself; it was rolled back."""


class Unit:
    """A transaction under way."""

    def __init__(self, owner: UnitOfWork) -> None:
        self.owner = owner
        self.open = True
        self._hooks: dict[Callable[[], None], None] = {}
        self._collected: dict[Callable[[list[Any]], Coroutine[Any, Any, None]], list[Any]] = {}

    def before_commit(self, write: Callable[[list[T]], Coroutine[Any, Any, None]], item: T) -> None:
        """Have `write` called once, at the end of the transaction, with all items that were given for it."""
        self._collected.setdefault(write, []).append(item)

    async def finish(self) -> None:
        """Write what was collected."""
        for write, items in self._collected.items():
            await write(items)
        # A connection that the unit has opened keeps its context, and with it the unit.
        self._collected.clear()

    def after_commit(self, hook: Callable[[], None]) -> None:
        """Call `hook` once, after the commit and outside the transaction; never when it is rolled back."""
        self._hooks[hook] = None

    def committed(self) -> None:
        for hook in self._hooks:
            hook()


_current: ContextVar[Unit | None] = ContextVar("unit_of_work", default=None)


class UnitOfWork:
    """Runs bodies of code as transactions.

    Begin, body and end run together in one task of their own. The caller's cancellation does not tear it: a
    cancelled `BEGIN` would hold SQLite's only connection for ever. Inside another unit, a body joins it.
    """

    def __init__(self, database: Database, *, limit: float = BODY_LIMIT) -> None:
        self._database = database
        self._limit = limit
        # Units queue here for a connection, where waiting can be given up without harm. SQLite has one.
        self._turn = asyncio.Semaphore(database.units)
        self._tasks: set[asyncio.Task[Any]] = set()

    def current(self) -> Unit:
        """The unit that the caller runs in. Raises RuntimeError when there is none."""
        unit = self._open_unit()
        if unit is None:
            raise RuntimeError("this needs an open unit of work")
        return unit

    def _open_unit(self) -> Unit | None:
        # A task that was started inside a unit and outlives it still finds it here, closed.
        unit = _current.get()
        return unit if unit is not None and unit.owner is self and unit.open else None

    async def run(self, body: Body[T], *, patience: float | None = None, scope: Scope | None = None) -> T:
        """Run `body` in a transaction: all of it happens, or nothing.

        Within `scope`, no other unit with an overlapping one runs meanwhile. Raises what `body` raises, TimeoutError
        when it takes longer than the limit or when its turn has not come within `patience` (seconds),
        UnitCancelledError when it cancels itself, and Tortoise's OperationalError when the database cannot be written.
        """
        if self._open_unit() is not None:
            return await body()
        task = self._database.task(self._run(body, patience, scope))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise UnitCancelledError from None
            task.add_done_callback(_report_orphan)
            raise

    async def _run(self, body: Body[T], patience: float | None, scope: Scope | None) -> T:
        unit = Unit(self)
        _current.set(unit)
        async with asyncio.timeout(patience):
            await self._turn.acquire()
        try:
            async with asyncio.timeout(patience):
                await self._database.keep()
            async with in_transaction():
                if scope is not None:
                    async with asyncio.timeout(None if patience is None else patience + self._limit):
                        await self._database.enter(scope, patience)
                async with asyncio.timeout(self._limit) as limit:
                    try:
                        result = await body()
                        await unit.finish()
                        # A cancellation that the body asked for arrives here, and not in the middle of the commit.
                        await asyncio.sleep(0)
                    finally:
                        unit.open = False
                    if limit.expired():
                        raise TimeoutError("the body went on past its limit")
        finally:
            self._turn.release()
        unit.committed()
        return result

    async def read(self, body: Body[T]) -> T:
        """Run `body`, which only reads: inside a unit as part of it, else without a transaction."""
        if self._open_unit() is not None:
            return await body()
        return await self._database.task(body())

    async def line_up(self, lines: Collection[str]) -> None:
        """Let no other unit go on that lines up for one of `lines`, until the open one has ended.

        So that what they add to a line is numbered in the order of their commits.
        """
        await self._database.line_up(lines)

    async def tell(self) -> None:
        """Wake, once the open unit is committed, other processes that work on the database."""
        await self._database.tell()

    async def drain(self) -> None:
        """Wait until every unit under way has ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def terminate(self) -> set[asyncio.Task[Any]]:
        """Cancel every unit under way; returns their tasks. With the connection cut as well, none can commit."""
        for task in self._tasks:
            task.cancel()
        return set(self._tasks)


def _report_orphan(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("a unit of work failed after its caller was cancelled", exc_info=error)
