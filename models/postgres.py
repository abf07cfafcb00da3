"""PostgreSQL as Herald needs it: a Tortoise backend that gives back each connection that it takes, and one process at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections
from tortoise.exceptions import DBConnectionError, OperationalError

from models.engine import DatabaseInUseError, Engine, Scope

POOL = 10
"""Connections. Units of work take no more than half of them, so that reads need not wait for all that changes."""

HERALD, SCOPES, STREAMS = 0x4E7A1D00, 0x4E7A1D01, 0x4E7A1D02
"""The classes of Herald's advisory locks: on running, on what a change may touch, and on the order of events."""

EVERYTHING = 0
"""The scope that contains all others. Changes of one organization share it; other changes have it alone."""

CONNECT_LIMIT = 5.0
"""Seconds within which the server has to let us in."""

_TROUBLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


class GuardedTransactionContext(TransactionContextPooled):
    async def __aenter__(self) -> TransactionalDBClient:
        pool = self.client._parent._pool
        if pool is None:
            raise OperationalError("the database is not open")
        try:
            connection = await pool.acquire(timeout=CONNECT_LIMIT)
        except _TROUBLE as error:
            raise OperationalError(f"no connection to the database: {error}") from error
        try:
            self.client._connection = connection
            self.token = get_connections().set(self.connection_name, self.client)
            try:
                await self.client.begin()
            except BaseException:
                get_connections().reset(self.token)
                raise
        except BaseException:
            # Tortoise would keep it for ever.
            await pool.release(connection)
            raise
        return self.client


def translated(error: Exception) -> Exception:
    """Tortoise knows some of asyncpg's errors; the others mean that the database cannot be used."""
    return OperationalError(str(error) or type(error).__name__)


class HeraldTransaction(TransactionWrapper):
    async def begin(self) -> None:
        try:
            await super().begin()
        except _TROUBLE as error:
            raise translated(error) from error

    async def commit(self) -> None:
        try:
            await super().commit()
        except _TROUBLE as error:
            raise translated(error) from error


class HeraldPostgresClient(AsyncpgDBClient):
    async def create_connection(self, with_db: bool) -> None:
        try:
            await super().create_connection(with_db)
        except _TROUBLE as error:
            raise DBConnectionError(f"PostgreSQL at {self.host}: {error}") from error

    async def is_empty(self) -> bool:
        """Whether there is no table."""
        return not await self._ask("SELECT 1 FROM pg_tables WHERE schemaname = current_schema() LIMIT 1")

    async def revision(self) -> int:
        """A number that changes when somebody has committed something."""
        return int((await self._ask("SELECT pg_current_wal_insert_lsn() - '0/0' AS number"))[0]["number"])

    async def _ask(self, sql: str) -> list[dict[str, Any]]:
        client: Any = self  # Its query methods give bare dicts, unknown to a type checker.
        return await client.execute_query_dict(sql)

    async def terminate(self) -> None:
        """Cut all connections at once: the server takes back what is not committed."""
        # Tortoise's reference stays, for without it the next query would connect anew.
        if self._pool is not None:
            self._pool.terminate()

    async def _translate_exceptions(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return await super()._translate_exceptions(func, *args, **kwargs)
        except _TROUBLE as error:
            raise translated(error) from error

    def _in_transaction(self) -> TransactionContext:
        return GuardedTransactionContext(HeraldTransaction(self), self._pool_init_lock)


class PostgresDatabase(Engine):
    units = POOL // 2

    def __init__(self, credentials: dict[str, Any]) -> None:
        self._credentials = credentials
        self._held: asyncpg.Connection[Any] | None = None
        self.connection = {
            "engine": "models.postgres",
            "credentials": {**credentials, "minsize": 1, "maxsize": POOL, "timeout": CONNECT_LIMIT},
        }

    def require(self) -> None:
        """Nothing to do: connecting makes no database."""

    async def take(self) -> None:
        connection = await self._connect()
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1, 0)", HERALD):
            await connection.close()
            raise DatabaseInUseError("another Herald is running on this database: stop that one first.")
        self._held = connection

    async def _connect(self) -> asyncpg.Connection[Any]:
        try:
            return await asyncpg.connect(**self._credentials, timeout=CONNECT_LIMIT)
        except _TROUBLE as error:
            raise DBConnectionError(f"PostgreSQL at {self._credentials['host']}: {error}") from error

    async def release(self) -> None:
        if self._held is not None:
            await self._held.close()
            self._held = None

    def drop(self) -> None:
        if self._held is not None:
            self._held.terminate()
            self._held = None

    async def in_use(self) -> bool:
        try:
            await self.take()
        except DatabaseInUseError:
            return True
        await self.release()
        return False

    async def enter(self, connection: Any, scope: Scope, patience: float | None) -> None:
        limit = 0 if patience is None else round(patience * 1000)
        locks = f"pg_advisory_xact_lock({SCOPES}, {EVERYTHING})"
        if scope.organization_id is not None:
            locks = (
                f"pg_advisory_xact_lock_shared({SCOPES}, {EVERYTHING}), "
                f"pg_advisory_xact_lock({SCOPES}, {int(scope.organization_id)})"
            )
        try:
            await connection.execute_script(
                f"SET LOCAL lock_timeout = {limit}; SELECT {locks}; SET LOCAL lock_timeout = 0"
            )
        except OperationalError as error:
            if isinstance(error.__cause__, asyncpg.LockNotAvailableError):
                raise TimeoutError("its turn has not come") from error
            raise

    async def line_up(self, connection: Any, streams: Iterable[str]) -> None:
        # In one order, so that no two wait for each other.
        for stream in sorted(streams):
            await connection.execute_query("SELECT pg_advisory_xact_lock($1, hashtext($2))", [STREAMS, stream])

    def back_up(self, before: str) -> None:
        """Not ours to do: who runs PostgreSQL has backups of their own."""


client_class = HeraldPostgresClient
