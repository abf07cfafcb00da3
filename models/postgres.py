"""PostgreSQL as Herald needs it: connections that are always given back, and one Herald at a time.

Tortoise keeps a pooled connection for ever when a task is cancelled while it begins a transaction, and lets most of
asyncpg's errors through as they are. Both are mended here, on top of Tortoise's own backend.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Any, cast
from uuid import uuid4

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none, so what comes from it may be anything
from tortoise import fields
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections
from tortoise.exceptions import DBConnectionError, OperationalError

from models.engine import DatabaseInUseError, Engine, Scope, UnknownOutcomeError

POOL = 10
"""Connections. Units of work take no more than half of them, so that reads need not wait for all that changes."""

HERALD, SCOPES, STREAMS = 0x4E7A1D00, 0x4E7A1D01, 0x4E7A1D02
"""The classes of Herald's advisory locks: on running, on what a change may touch, and on the order of events."""

EVERYTHING = 0
"""The scope that contains all others. Changes of one organization share it; other changes have it alone."""

CONNECT_LIMIT = 5.0
"""Seconds within which the server has to let us in."""

HANDOVER = 1.0
"""Seconds that the lock of a Herald that has just ended may still be held: the server notices by and by."""

_KEEPALIVE = {"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}
"""So that the server lets go within a minute what a computer held that has vanished from the network."""

_BESIDE = "Herald beside"

_TROUBLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


class _Whole:
    """A number has 64 bits, as it has on SQLite: whoever asks for number 10,000,000,000 is told that there is none."""

    SQL_TYPE = "BIGINT"
    GENERATED_SQL = "BIGSERIAL NOT NULL PRIMARY KEY"


class _Text:
    """JSON stays as it was written; JSONB has an order of keys of its own, and refuses a text with a null in it."""

    SQL_TYPE = "JSON"


_dialects: Any = fields  # Where Tortoise looks for what a field is on PostgreSQL; the migrations make tables of it.
_dialects.IntField._db_postgres = _Whole  # noqa: SLF001 - see above
_dialects.JSONField._db_postgres = _Text  # noqa: SLF001 - see above


class GuardedTransactionContext(TransactionContextPooled):
    async def __aenter__(self) -> TransactionalDBClient:
        client: Any = self.client  # What its own context reaches into as well is private.
        pool = client._parent._pool  # noqa: SLF001 - see above
        if pool is None:
            raise OperationalError("the database is not open")
        try:
            connection = await pool.acquire(timeout=CONNECT_LIMIT)
        except _TROUBLE as error:
            raise _translated(error) from error
        try:
            client._connection = connection  # noqa: SLF001 - see above
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


def _translated(error: Exception) -> OperationalError:
    """Tortoise knows some of asyncpg's errors; the others mean that the database cannot be used."""
    return OperationalError(str(error) or type(error).__name__)


def _is_refusal(error: Exception) -> bool:
    """Whether the server has answered, and goes on. Otherwise nobody knows what became of what it was told."""
    code: str | None = getattr(error, "sqlstate", None)
    return code is not None and not code.startswith(("08", "57P"))


def _storable(value: Any) -> Any:
    """A parameter or a list of them, without the one character that PostgreSQL knows in no text."""
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return list(map(_storable, cast("list[Any]", value))) if isinstance(value, list) else value


class _Translating(AsyncpgDBClient):
    async def _translate_exceptions(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        """Run `func`, a method that asks the server; Tortoise wraps each of them in this."""
        parent: Any = super()
        try:
            return await parent._translate_exceptions(func, *map(_storable, args), **kwargs)  # noqa: SLF001 - its own parent
        except _TROUBLE as error:
            raise _translated(error) from error


class HeraldTransaction(_Translating, TransactionWrapper):
    _broken = False

    async def _translate_exceptions(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return await super()._translate_exceptions(func, *args, **kwargs)
        except BaseException:
            self._broken = True
            raise

    async def commit(self) -> None:
        if self._broken:
            # The server would answer COMMIT with a rollback, and without an error.
            await self.rollback()
            raise OperationalError("something failed in this transaction, so it cannot be committed")
        try:
            await super().commit()
        except _TROUBLE as error:
            if _is_refusal(error):
                raise _translated(error) from error
            raise UnknownOutcomeError(str(error) or type(error).__name__) from error

    async def rollback(self) -> None:
        try:
            await super().rollback()
        except _TROUBLE:
            # A connection that is lost has taken the transaction with it. One that is not must not be used again.
            with contextlib.suppress(asyncpg.InterfaceError):
                self._connection.terminate()


class HeraldPostgresClient(_Translating):
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
        snapshot = "SELECT hashtextextended(pg_current_snapshot()::text, 0) AS number"
        return int((await self._ask(snapshot))[0]["number"])

    async def _ask(self, sql: str) -> list[dict[str, Any]]:
        client: Any = self  # Its query methods give bare dicts, unknown to a type checker.
        return await client.execute_query_dict(sql)

    async def terminate(self) -> None:
        """Cut all connections at once: the server takes back what is not committed."""
        # Tortoise's reference stays, for without it the next query would connect anew.
        if self._pool is not None:
            self._pool.terminate()
            # The sockets close in the event loop's next round.
            await asyncio.sleep(0)

    def _in_transaction(self) -> TransactionContext:
        return GuardedTransactionContext(HeraldTransaction(self), self._pool_init_lock)


class PostgresDatabase(Engine):
    units = POOL // 2

    def __init__(self, credentials: dict[str, Any]) -> None:
        self._credentials = credentials
        self._running = False
        self._held: Any = None
        self._taking = asyncio.Lock()
        # By its name, what a Herald has left behind on the server can be told from what another one is doing.
        self._name = f"Herald {uuid4().hex[:12]}"
        self.connection = {
            "engine": "models.postgres",
            "credentials": {
                **credentials,
                "minsize": 1,
                "maxsize": POOL,
                "timeout": CONNECT_LIMIT,
                "server_settings": _KEEPALIVE,
                "application_name": self._name,
            },
        }

    def require(self) -> None:
        self.connection["credentials"]["application_name"] = _BESIDE

    async def take(self) -> None:
        self.connection["credentials"]["application_name"] = self._name
        await self._take()
        self._running = True

    async def _take(self) -> None:
        connection = await self._connect(self._name)
        try:
            await connection.execute(
                f"SET lock_timeout = {round(HANDOVER * 1000)}; SELECT pg_advisory_lock({HERALD}, 0)"
            )
            # What the one before it has left under way on the server must not be committed from now on.
            await connection.execute(
                "SELECT pg_terminate_backend(pid, $1) FROM pg_stat_activity WHERE datname = current_database() "
                "AND application_name LIKE 'Herald %' AND application_name NOT IN ($2, $3)",
                round(CONNECT_LIMIT * 1000),
                _BESIDE,
                self._name,
            )
        except asyncpg.LockNotAvailableError:
            await _end(connection)
            raise DatabaseInUseError("another Herald is running on this database: stop that one first.") from None
        except _TROUBLE as error:
            await _end(connection)
            raise self._unreachable(error) from error
        except BaseException:
            await _end(connection)
            raise
        self._held = connection

    async def keep(self) -> None:
        if not self._running or self._holds():
            return
        async with self._taking:
            if self._holds():
                return
            await self._let_go()
            try:
                await self._take()
            except (DatabaseInUseError, DBConnectionError) as error:
                raise OperationalError(str(error)) from error

    def _holds(self) -> bool:
        return self._held is not None and not self._held.is_closed()

    async def _connect(self, name: str) -> Any:
        settings = {**_KEEPALIVE, "application_name": name}
        driver: Any = asyncpg
        try:
            return await driver.connect(**self._credentials, timeout=CONNECT_LIMIT, server_settings=settings)
        except _TROUBLE as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> DBConnectionError:
        return DBConnectionError(f"PostgreSQL at {self._credentials['host']}: {error or type(error).__name__}")

    async def release(self) -> None:
        self._running = False
        if self._held is not None:
            with contextlib.suppress(*_TROUBLE):
                await self._held.close(timeout=CONNECT_LIMIT)
            self._held = None

    async def drop(self) -> None:
        self._running = False
        await self._let_go()

    async def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            await _end(held)

    async def in_use(self) -> bool:
        connection = await self._connect(_BESIDE)
        try:
            return await connection.fetchval(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = $1 "
                "AND objsubid = 2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
                HERALD,
            )
        except _TROUBLE as error:
            raise self._unreachable(error) from error
        finally:
            await _end(connection)

    async def enter(self, connection: Any, scope: Scope, patience: float | None) -> None:
        # 0 is no limit.
        limit = 0 if patience is None else max(1, round(patience * 1000))
        locks = f"pg_advisory_xact_lock({SCOPES}, {EVERYTHING})"
        if scope.organization_id is not None:
            locks = (
                f"pg_advisory_xact_lock_shared({SCOPES}, {EVERYTHING}), "
                f"pg_advisory_xact_lock({SCOPES}, {int(scope.organization_id)})"
            )
        try:
            await connection.execute_script(
                f"SET LOCAL lock_timeout = {limit}; SELECT {locks}; SET LOCAL lock_timeout TO DEFAULT"
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


async def _end(connection: Any) -> None:
    """Cut `connection`."""
    connection.terminate()
    # Its socket closes in the event loop's next round.
    await asyncio.sleep(0)


client_class = HeraldPostgresClient
