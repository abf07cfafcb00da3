"""Opening and closing the database, and the execution context in which to use it."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Coroutine
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor

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

    async def open(self) -> None:
        """Connect and bring the schema up to date.

        Raises RuntimeError when the database is open already, and one of Tortoise's errors (BaseORMException) when
        the file cannot be used.
        """
        if self._context is not None:
            raise RuntimeError("the database is open already")
        self._tortoise = TortoiseContext()
        # In a task of its own: Tortoise's context variables must not leak into the caller.
        self._context = await asyncio.get_running_loop().create_task(self._open())

    async def _open(self) -> contextvars.Context:
        await self._tortoise.__aenter__()
        try:
            await self._tortoise.init(self._config)
            connection = self._tortoise.db(CONNECTION)
            # Tortoise would connect at the first query, and keep its lock taken for ever when that fails.
            await connection.create_connection(with_db=True)
            executor = MigrationExecutor(connection, self._config["apps"])
            # Forward only: without a direction, a database from a newer release would be rolled back.
            await executor.migrate(direction="forward")
        except BaseException:
            await self._tortoise.close_connections()
            raise
        return contextvars.copy_context()

    def task(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task that uses this database, outside any transaction that the caller may be in.

        Raises RuntimeError when the database is not open.
        """
        if self._context is None:
            coroutine.close()
            raise RuntimeError("the database is not open")
        return asyncio.get_running_loop().create_task(coroutine, context=self._context.copy())

    async def close(self) -> None:
        """Close the connection. Harmless when not open."""
        if self._context is not None:
            await self.task(self._tortoise.close_connections())
            self._context = None

    async def terminate(self) -> None:
        """Cut the connection without a goodbye: an open transaction is lost. Harmless when not open."""
        if self._context is not None:
            client: Any = self._tortoise.db(CONNECTION)
            self._context = None
            await client.terminate()
