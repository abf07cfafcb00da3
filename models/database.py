"""Opening and closing the database, and the execution context in which to use it."""

from __future__ import annotations

import asyncio
import contextvars
import sqlite3
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from filelock import FileLock, Timeout
from tortoise.context import TortoiseContext
from tortoise.exceptions import DBConnectionError

from models.schema import SchemaError, bring_up_to_date, require_up_to_date

T = TypeVar("T")

APP = "herald"
CONNECTION = "default"
_MODULES = ["account", "audit", "event", "invite", "message", "organization", "race", "state", "tournament"]


def tortoise_config(url: str) -> dict[str, Any]:
    """Tortoise's configuration for `url` (`sqlite://relative/path` or `sqlite:///absolute/path`).

    Raises ValueError for any other kind of database.
    """
    parts = urlsplit(url)
    path = parts.netloc + parts.path
    if parts.scheme != "sqlite" or not path or path == ":memory:" or parts.query or parts.fragment:
        raise ValueError("the database URL must look like sqlite://herald.sqlite3")
    return {
        "connections": {
            CONNECTION: {
                "engine": "models.sqlite",
                "credentials": {
                    "file_path": path,
                    "journal_mode": "WAL",
                    # What people were told must not vanish with the power.
                    "synchronous": "FULL",
                    # Milliseconds; see services/base.py for how it adds up.
                    "busy_timeout": 700,
                    "foreign_keys": "ON",
                },
            }
        },
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


class DatabaseInUseError(Exception):
    """Another Herald is running on the database. The message is a sentence for the person who hosts it."""


class Database:
    """One open database.

    Tortoise finds its connection through context variables. Two bots in one process must never share it by
    accident, and a task that was started inside a transaction must not go on using that transaction. Therefore
    everything that touches the database runs as a task in a copy of one context, taken when the database was
    opened: `task` starts such a task.
    """

    def __init__(self, url: str) -> None:
        self._config = tortoise_config(url)
        self._tortoise = TortoiseContext()
        self._context: contextvars.Context | None = None
        self._path = Path(self._config["connections"][CONNECTION]["credentials"]["file_path"])
        # Held as long as the process lives, and let go by the system when it dies.
        self._lock = FileLock(f"{self._path.resolve()}.lock", thread_local=False)

    async def open(self, *, beside: bool = False) -> None:
        """Connect, alone, and bring the schema up to date; or connect `beside` a running Herald and change nothing.

        Raises RuntimeError when the database is open already, DatabaseInUseError when another Herald runs on it,
        SchemaError when it is of another release, and one of Tortoise's errors (BaseORMException) when the file
        cannot be used.
        """
        if self._context is not None:
            raise RuntimeError("the database is open already")
        if not beside:
            self._take_lock()
        elif not self._path.is_file():
            # Connecting would make the file.
            raise SchemaError(f"there is no {self._path} yet: start the bot first.")
        self._tortoise = TortoiseContext()
        try:
            # In a task of its own: Tortoise's context variables must not leak into the caller.
            self._context = await asyncio.get_running_loop().create_task(self._open(beside=beside))
        except BaseException:
            self._lock.release()
            raise

    def in_use(self) -> bool:
        """Whether a Herald is running on the database."""
        try:
            self._take_lock()
        except DatabaseInUseError:
            return True
        self._lock.release()
        return False

    def _take_lock(self) -> None:
        if not self._path.parent.is_dir():
            # Taking the lock would make the folder.
            raise DBConnectionError(f"{self._path}: unable to open database file: there is no such folder")
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise DatabaseInUseError(f"another Herald is running on {self._path}: stop that one first.") from None
        except OSError as error:
            raise DBConnectionError(f"{self._lock.lock_file}: {error.strerror}") from error

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
            await bring_up_to_date(connection, self._config["apps"], self._path)
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
            self._lock.release()

    async def terminate(self) -> None:
        """Cut the connection without a goodbye: an open transaction is lost. Harmless when not open."""
        if self._context is not None:
            client: Any = self._tortoise.db(CONNECTION)
            self._context = None
            await client.terminate()
            self._lock.release()
