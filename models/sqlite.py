"""SQLite as Herald needs it: a Tortoise backend whose transactions take the write lock at once.

Tortoise begins transactions as deferred, so a read followed by a write fails immediately when another process
wrote in between; and it leaves its lock taken when `BEGIN` fails, which stops the whole bot. Both are mended
here, on top of Tortoise's own backend.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import Any

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import DBConnectionError, OperationalError


class ImmediateTransaction(SqliteTransactionWrapper):
    _parent: HeraldSqliteClient

    async def begin(self) -> None:
        self._parent.require_file()
        try:
            if self._connection.in_transaction:
                # Left behind where even the rollback failed. To go on with it would commit half a change.
                await self._connection.rollback()
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error

    async def commit(self) -> None:
        try:
            await super().commit()
        except sqlite3.Error as error:
            # A commit that failed (disk full, locked) leaves the transaction open; it must not leak
            # into whoever uses the connection next.
            await self.rollback()
            raise OperationalError(error) from error


class GuardedTransactionContext(SqliteTransactionContext):
    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            self.token = get_connections().set(self.connection_name, self.connection)
            try:
                await self.connection.begin()
            except BaseException:
                get_connections().reset(self.token)
                raise
        except BaseException:
            self._trxlock.release()
            raise
        return self.connection


class HeraldSqliteClient(SqliteClient):
    _file: tuple[int, int] | None = None
    """Device and inode of the file that the connection has open."""

    async def create_connection(self, with_db: bool) -> None:
        try:
            # aiosqlite's thread outlives a connection that could not be opened, and then talks to a loop that is gone.
            with closing(sqlite3.connect(self.filename)) as trial:
                trial.execute("PRAGMA user_version")
            await super().create_connection(with_db)
            self._file = _identity(self.filename)
        except (sqlite3.Error, OSError) as error:
            raise DBConnectionError(f"{self.filename}: {error}") from error

    def require_file(self) -> None:
        """Raises OperationalError when the file is not in its place.

        The system lets a process write on to a file that was moved or deleted, where it would vanish in the end.
        """
        try:
            found = _identity(self.filename)
        except OSError as error:
            raise OperationalError(f"{self.filename} is gone: {error.strerror}") from error
        if found != self._file:
            raise OperationalError(f"{self.filename} is another file now: stop Herald and start it again")

    async def is_empty(self) -> bool:
        """Whether the file holds no table."""
        return not await self._ask("SELECT 1 FROM sqlite_master LIMIT 1")

    async def revision(self) -> int:
        """A number that changes when another connection has committed something."""
        return int((await self._ask("PRAGMA data_version"))[0]["data_version"])

    async def _ask(self, sql: str) -> list[dict[str, Any]]:
        client: Any = self  # Its query methods give bare dicts, unknown to a type checker.
        return await client.execute_query_dict(sql)

    async def terminate(self) -> None:
        """Close the file at once: SQLite takes back what is not committed. What is asked of it from now on fails."""
        # Tortoise's reference stays, for without it the next query would connect anew.
        connection: Any = self._connection  # Its types leave open what the future holds.
        if connection is not None:
            await connection.stop()

    def _in_transaction(self) -> TransactionContext:
        return GuardedTransactionContext(ImmediateTransaction(self), self._lock)


def _identity(filename: str) -> tuple[int, int]:
    found = os.stat(filename)  # noqa: PTH116 - it is asked before every transaction
    return found.st_dev, found.st_ino


client_class = HeraldSqliteClient
