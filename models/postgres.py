"""PostgreSQL as Herald needs it: connections that are always given back, and locks instead of one writer.

Tortoise keeps a pooled connection for ever when a task is cancelled while it begins a transaction, and lets most of
asyncpg's errors through as they are. Both are mended here, on top of Tortoise's own backend.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none, so what comes from it may be anything
from tortoise import fields
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    PoolConnectionWrapper,
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.connection import get_connections
from tortoise.exceptions import DBConnectionError, OperationalError

from models.engine import Engine, Scope, Shards, UnknownOutcomeError
from models.lease import BESIDE, CONNECT_LIMIT, KEEPALIVE, NEWS, TROUBLE, Lease
from models.lines import NEWEST, NUMBERS, line_up

T = TypeVar("T")

POOL = 10
"""Connections. Units of work take no more than half of them, so that reads need not wait for all that changes."""

FREE_LIMIT = 1.5
"""Seconds within which a connection has to be free, or another one be made: whoever waits for an answer is told so."""

SCOPES = 0x4E7A1D01
"""The class of a transaction's advisory locks on what a change may touch."""

_LINE_UP = line_up("$1::text[]")

_UNDER_WAY = """
SELECT objid::int AS number FROM pg_locks
WHERE locktype = 'advisory' AND classid = $1 AND objsubid = 2
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

_DURABLE = """
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'
"""
"""Where it is off, others see a commit that a crash of the server then takes back: a message would be sent twice."""

EVERYTHING = 0
"""The scope that contains all others. Changes of one organization share it; other changes have it alone."""


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
            connection = await pool.acquire(timeout=FREE_LIMIT)
        except TROUBLE as error:
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
        except TROUBLE as error:
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
        except TROUBLE as error:
            if _is_refusal(error):
                raise _translated(error) from error
            raise UnknownOutcomeError(str(error) or type(error).__name__) from error

    async def rollback(self) -> None:
        try:
            await super().rollback()
        except TROUBLE:
            # A connection that is lost has taken the transaction with it. One that is not must not be used again.
            with contextlib.suppress(asyncpg.InterfaceError):
                self._connection.terminate()


class _Lent(PoolConnectionWrapper[Any]):
    """Tortoise would wait for a free connection for ever."""

    async def __aenter__(self) -> Any:
        await self.ensure_connection()
        client: Any = self.client
        self.connection = await client._pool.acquire(timeout=FREE_LIMIT)  # noqa: SLF001 - Tortoise's own way
        return self.connection


class PooledConnection(asyncpg.Connection):
    """Herald leaves nothing behind on a pooled connection, so none need be asked to forget when it is given back."""

    def get_reset_query(self) -> str:
        return ""


async def _make_durable(connection: Any) -> None:
    await connection.execute(_DURABLE)


class HeraldPostgresClient(_Translating):
    connection_class = PooledConnection

    def acquire_connection(self) -> PoolConnectionWrapper[Any]:
        return _Lent(self, self._pool_init_lock)

    async def create_connection(self, with_db: bool) -> None:
        try:
            await super().create_connection(with_db)
        except TROUBLE as error:
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

    def __init__(self, credentials: dict[str, Any], shards: Shards) -> None:
        self._lease = Lease(credentials, shards)
        self.shared = not shards.all
        self.connection = {
            "engine": "models.postgres",
            "credentials": {
                **credentials,
                "minsize": 1,
                "maxsize": POOL,
                "timeout": CONNECT_LIMIT,
                "server_settings": KEEPALIVE,
                "application_name": BESIDE,
                "init": _make_durable,
            },
        }

    def require(self) -> None:
        self.connection["credentials"]["application_name"] = BESIDE

    async def take(self) -> None:
        self.connection["credentials"]["application_name"] = self._lease.name
        await self._lease.take()

    async def opened(self) -> None:
        await self._lease.opened()

    async def release(self) -> None:
        await self._lease.release()

    async def drop(self) -> None:
        await self._lease.drop()

    async def keep(self) -> None:
        await self._lease.keep()

    async def in_use(self) -> bool:
        return await self._lease.in_use()

    async def hold(self, names: Iterable[str]) -> set[str]:
        return await self._lease.hold(names) if self.shared else set(names)

    async def let_go(self, names: Iterable[str]) -> None:
        if self.shared:
            await self._lease.let_go_of(names)

    async def on_lease(self, name: str, body: Callable[[], Awaitable[T]]) -> T:
        async with self._lease.session() as connection:
            client: Any = HeraldTransaction(cast("AsyncpgDBClient", get_connections().get(name)))
            client._connection = connection  # noqa: SLF001 - Tortoise has no other way in
            token = get_connections().set(name, client)
            try:
                return await body()
            finally:
                get_connections().reset(token)

    def listen(self, wake: Callable[[], None]) -> None:
        self._lease.listen(wake)

    async def tell(self, connection: Any) -> None:
        await connection.execute_query("SELECT pg_notify($1, '')", [NEWS])

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

    async def line_up(self, connection: Any, lines: Iterable[str]) -> None:
        # In one order, so that no two wait for each other.
        await connection.execute_query(_LINE_UP, [sorted(lines)])

    async def horizon(self, connection: Any) -> int:
        # First the number, then who may still commit a lower one: whoever is not among them any more has committed.
        newest = await connection.execute_query_dict(f"SELECT {NEWEST} AS number")
        under_way = await connection.execute_query_dict(_UNDER_WAY, [NUMBERS])
        return min(row["number"] for row in (*newest, *under_way)) + 1

    async def before_change(self, step: str) -> None:  # noqa: ARG002 - it is the same before each
        """A backup is not ours to make: who runs PostgreSQL has backups of their own."""
        await self._lease.require_alone()


client_class = HeraldPostgresClient
