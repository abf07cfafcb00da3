"""Opening and closing the database, and the execution context in which to use it."""

from __future__ import annotations

import asyncio
import contextvars
import sqlite3
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

from tortoise.connection import get_connections
from tortoise.context import TortoiseContext
from tortoise.exceptions import DBConnectionError

from models.engine import ALL_SHARDS, Scope, Shards, engine_of
from models.schema import bring_up_to_date, require_up_to_date

T = TypeVar("T")

APP = "herald"
CONNECTION = "default"
_MODULES = [
    "account",
    "attempt",
    "audit",
    "event",
    "invite",
    "match",
    "message",
    "notification",
    "organization",
    "pool",
    "preset",
    "race",
    "state",
    "tournament",
]


def tortoise_config(connection: dict[str, Any]) -> dict[str, Any]:
    """Tortoise's configuration with `connection`."""
    return {
        "connections": {CONNECTION: connection},
        "apps": {
            APP: {
                "models": [f"models.{name}" for name in _MODULES],
                "default_connection": CONNECTION,
                "migrations": "models.migrations",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


class Database:
    """One open database.

    Tortoise finds its connection through context variables. Two bots in one process must never share it by
    accident, and a task that was started inside a transaction must not go on using that transaction. Therefore
    everything that touches the database runs as a task in a copy of one context, taken when the database was
    opened: `task` starts such a task.
    """

    def __init__(self, url: str, *, shards: Shards = ALL_SHARDS) -> None:
        """`url` is `sqlite://relative/path`, `sqlite:///absolute/path` or `postgres://…`.

        Where this process serves not all `shards`, it shares the database with those that serve the others; SQLite
        cannot be shared. Raises ValueError.
        """
        self._engine = engine_of(url, shards)
        self._config = tortoise_config(self._engine.connection)
        self._tortoise = TortoiseContext()
        self._context: contextvars.Context | None = None

    @property
    def units(self) -> int:
        """Units of work that may run side by side."""
        return self._engine.units

    @property
    def shared(self) -> bool:
        """Whether other processes work on it as well."""
        return self._engine.shared

    async def open(self, *, beside: bool = False) -> None:
        """Connect, alone, and bring the schema up to date; or connect `beside` a running Herald and change nothing.

        Raises RuntimeError when the database is open already, DatabaseInUseError when another Herald runs on it,
        SchemaError when it is of another release, and one of Tortoise's errors (BaseORMException) when the file
        cannot be used.
        """
        if self._context is not None:
            raise RuntimeError("the database is open already")
        if beside:
            self._engine.require()
        else:
            await self._engine.take()
        self._tortoise = TortoiseContext()
        # In a task of its own: Tortoise's context variables must not leak into the caller.
        opening = asyncio.get_running_loop().create_task(self._open(beside=beside))
        try:
            self._context = await opening
            if not beside:
                await self._engine.opened()
        except BaseException:
            # It may have opened all the same, when the caller was cancelled just then.
            if opening.done() and not opening.cancelled() and opening.exception() is None:
                self._context = opening.result()
                await self.task(self._tortoise.close_connections())
                self._context = None
            await self._engine.drop()
            raise

    async def keep(self) -> None:
        """See to it that no other Herald can be running on the database. Raises OperationalError when one may be."""
        await self._engine.keep()

    async def enter(self, scope: Scope, patience: float | None) -> None:
        """Keep others out of `scope` until the transaction ends. Raises TimeoutError after `patience` (seconds)."""
        await self._engine.enter(get_connections().get(CONNECTION), scope, patience)

    async def line_up(self, lines: Iterable[str]) -> None:
        """Let no other transaction go on that lines up for one of `lines`, until the open one has ended."""
        await self._engine.line_up(get_connections().get(CONNECTION), lines)

    async def horizon(self) -> int:
        """A number below which no event will be committed any more. 0 where that would be of no use."""
        return await self._engine.horizon(get_connections().get(CONNECTION))

    async def hold(self, names: Iterable[str]) -> set[str]:
        """Those of `names` that this process alone may work on from now on: all of them, unless it is `shared`.

        Raises OperationalError.
        """
        return await self._engine.hold(names)

    async def let_go(self, names: Iterable[str]) -> None:
        """Undo `hold`. Raises OperationalError."""
        await self._engine.let_go(names)

    async def on_lease(self, body: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run `body` of a `shared` database without a transaction, on the connection that holds what `hold` gave.

        Raises what `body` raises, and OperationalError when that connection is lost.
        """
        return await self.task(self._engine.on_lease(CONNECTION, body))

    def listen(self, wake: Callable[[], None]) -> None:
        """Call `wake` when another process `tell`s; never on SQLite."""
        self._engine.listen(wake)

    async def tell(self) -> None:
        """Wake, once the open transaction is committed, whoever works on the database; nobody on SQLite."""
        await self._engine.tell(get_connections().get(CONNECTION))

    async def in_use(self) -> bool:
        """Whether a Herald is running on the database."""
        return await self._engine.in_use()

    async def _open(self, *, beside: bool) -> contextvars.Context:
        await self._tortoise.__aenter__()
        try:
            await self._tortoise.init(self._config)
            connection = self._tortoise.db(CONNECTION)
            # Tortoise would connect at the first query, and keep its lock taken for ever when that fails.
            await connection.create_connection(with_db=True)
            if beside:
                await require_up_to_date(connection, self._config["apps"])
            else:
                await self._bring_up_to_date(connection)
        except BaseException:
            await self._tortoise.close_connections()
            raise
        return contextvars.copy_context()

    async def _bring_up_to_date(self, connection: Any) -> None:
        try:
            await bring_up_to_date(connection, self._config["apps"], self._engine.before_change)
        except (OSError, sqlite3.Error) as error:
            raise DBConnectionError(f"the backup before a change of the schema failed: {error}") from error

    def task(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task that uses this database, outside any transaction that the caller may be in.

        Raises RuntimeError when the database is not open.
        """
        if self._context is None:
            coroutine.close()
            raise RuntimeError("the database is not open")
        return asyncio.get_running_loop().create_task(coroutine, context=self._context.copy())

    async def revision(self) -> int:
        """A number that changes when another connection has committed something. Raises RuntimeError when not open."""
        client: Any = self._tortoise.db(CONNECTION)
        return await self.task(client.revision())

    async def close(self) -> None:
        """Close the connection. Harmless when not open."""
        if self._context is not None:
            await self.task(self._tortoise.close_connections())
            self._context = None
            await self._engine.release()

    async def terminate(self) -> None:
        """Cut the connection without a goodbye: an open transaction is lost. Harmless when not open."""
        if self._context is not None:
            client: Any = self._tortoise.db(CONNECTION)
            self._context = None
            await client.terminate()
            await self._engine.drop()
