"""The connection to PostgreSQL whose locks say what this process serves, and what it alone may work on."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none, so what comes from it may be anything
from tortoise.exceptions import DBConnectionError, OperationalError

from models.engine import DatabaseInUseError, Shards

_log = logging.getLogger(__name__)

HERALD, SHARD, SHARD_COUNT = 0x4E7A1D00, 0x4E7A1D03, 0x4E7A1D04
"""The classes of the locks that a process holds while it runs: on running, on its shards, and on their number."""

RUNNING, STARTING = 0, 1
"""Of the class HERALD: a process that serves all shards has the first alone; at the other, they start one by one."""

NEWS = "herald_news"
"""The channel on which others tell of work that nobody has claimed."""

CONNECT_LIMIT = 5.0
"""Seconds within which the server has to let us in."""

ANSWER_LIMIT = 30.0
"""Seconds within which the server has to answer on the lease. To claim a backlog may take some; silence is loss."""

HANDOVER = 1.0
"""Seconds that the locks of a Herald that has just ended may still be held: the server notices by and by."""

START_LIMIT = 60.0
"""Seconds that another Herald may take to bring the schema up to date."""

KEEPALIVE = {"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}
"""So that the server lets go within a minute what a computer held that has vanished from the network."""

BESIDE = "Herald beside"

TROUBLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, TimeoutError)
"""What asyncpg raises when the server refuses, or is lost: the last but one where it is lost at an unlucky moment."""

_HOLDERS = (
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = $1 "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)

"""The connections that hold a lock of a class."""

_END_THE_DEAD = f"""
SELECT pg_terminate_backend(pid, $3) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'Herald %' AND application_name <> $2
    AND application_name NOT IN (SELECT application_name FROM pg_stat_activity WHERE pid IN ({_HOLDERS}))
"""  # noqa: S608 - both parts are ours
"""Cuts the connections of Heralds that do not run any more."""


class Lease:
    """One run's session on the server. All of its locks fall with its connection, and nothing else lets them fall."""

    def __init__(self, credentials: dict[str, Any], shards: Shards) -> None:
        self._credentials = credentials
        self._shards = shards
        self._running = False
        self._connection: Any = None
        self._taking = asyncio.Lock()
        self._using = asyncio.Lock()
        self._keys: set[int] = set()
        self._listeners: list[Callable[[], None]] = []
        # By its name, what a Herald has left behind on the server can be told from what another one is doing.
        self.name = f"Herald {uuid4().hex[:12]}"

    async def take(self) -> None:
        """Become one that runs. Until `opened`, no other one starts. Raises DatabaseInUseError, DBConnectionError."""
        await self._take(starting=True)
        self._running = True

    async def opened(self) -> None:
        """The schema is up to date: let others start."""
        async with self.session() as connection:
            await connection.execute("SELECT pg_advisory_unlock($1, $2)", HERALD, STARTING)

    async def require_alone(self) -> None:
        """Raises DatabaseInUseError when another process runs on the database."""
        async with self.session() as connection:
            others = await connection.fetch(f"{_HOLDERS} AND objid = $2 AND pid <> pg_backend_pid()", HERALD, RUNNING)
        if others:
            raise DatabaseInUseError("the database has to be brought up to date: stop every other Herald on it first.")

    async def keep(self) -> None:
        """See to it that the locks are still held. Raises OperationalError when they cannot be had again."""
        if not self._running or self._holds():
            return
        async with self._taking:
            if self._holds():
                return
            try:
                await self._take(starting=False)
            except (DatabaseInUseError, DBConnectionError) as error:
                raise OperationalError(str(error)) from error
        # Whatever was told meanwhile was told to nobody.
        self._told()

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[Any]:
        """The connection, for one at a time. Raises OperationalError when it is lost."""
        async with self._using:
            if not self._holds():
                raise OperationalError("the connection that holds the locks is lost")
            try:
                async with asyncio.timeout(ANSWER_LIMIT):
                    yield self._connection
            except TimeoutError as error:
                await self._let_go()
                raise OperationalError("the connection that holds the locks does not answer") from error
            except TROUBLE as error:
                raise OperationalError(str(error) or type(error).__name__) from error

    async def hold(self, names: Iterable[str]) -> set[str]:
        """Those of `names` that this process alone may work on from now on. Raises OperationalError."""
        await self.keep()
        keys = {name: _key(name) for name in names}
        async with self.session() as connection:
            if wanted := [key for key in keys.values() if key not in self._keys]:
                rows = await connection.fetch(
                    "SELECT key FROM unnest($1::bigint[]) AS key WHERE pg_try_advisory_lock(key)", wanted
                )
                self._keys.update(row["key"] for row in rows)
        return {name for name, key in keys.items() if key in self._keys}

    async def let_go_of(self, names: Iterable[str]) -> None:
        """Let other processes work on `names`. Raises OperationalError."""
        async with self.session() as connection:
            # A lease that was lost and taken anew has forgotten what the one before it held.
            keys = [key for name in names if (key := _key(name)) in self._keys]
            await connection.fetch("SELECT pg_advisory_unlock(key) FROM unnest($1::bigint[]) AS key", keys)
            self._keys.difference_update(keys)

    def listen(self, wake: Callable[[], None]) -> None:
        """Call `wake` when somebody has told of work that nobody has claimed."""
        self._listeners.append(wake)

    async def release(self) -> None:
        """End the session."""
        self._running = False
        if self._connection is not None:
            with contextlib.suppress(*TROUBLE):
                await self._connection.close(timeout=CONNECT_LIMIT)
            self._connection = None

    async def drop(self) -> None:
        """Cut the session, as the system does when a process dies."""
        self._running = False
        await self._let_go()

    async def in_use(self) -> bool:
        """Whether a Herald is running on the database. Raises DBConnectionError."""
        connection = await self._connect()
        try:
            return bool(await connection.fetch(_HOLDERS, HERALD))
        except TROUBLE as error:
            raise self._unreachable(error) from error
        finally:
            await _end(connection)

    def _told(self, *_: object) -> None:
        for wake in self._listeners:
            wake()

    def _holds(self) -> bool:
        return self._connection is not None and not self._connection.is_closed()

    async def _take(self, *, starting: bool) -> None:
        await self._let_go()
        connection = await self._connect()
        try:
            if starting:
                await self._lock(connection, "another Herald takes long to start", START_LIMIT, (HERALD, STARTING))
            await self._lock_shards(connection)
            await connection.execute(f"SET application_name = '{self.name}'")
            # What runs before this one have left under way on the server must not be committed from now on.
            await connection.execute(_END_THE_DEAD, HERALD, BESIDE, round(CONNECT_LIMIT * 1000))
            await connection.add_listener(NEWS, self._told)
        except TROUBLE as error:
            await _end(connection)
            raise self._unreachable(error) from error
        except BaseException:
            await _end(connection)
            raise
        self._connection = connection

    async def _lock_shards(self, connection: Any) -> None:
        running = "another Herald is running on this database: stop that one first"
        if self._shards.all:
            await self._lock(connection, running, HANDOVER, (HERALD, RUNNING))
            return
        await self._lock(connection, running, HANDOVER, (HERALD, RUNNING), shared=True)
        count = self._shards.count
        await self._lock(connection, running, HANDOVER, (SHARD_COUNT, count), shared=True)
        if await connection.fetch(f"{_HOLDERS} AND objid <> $2", SHARD_COUNT, count):
            raise DatabaseInUseError(f"another Herald runs with a SHARD_COUNT other than {count}: stop that one first.")
        for shard in sorted(self._shards.ids):
            words = f"another Herald serves shard {shard}: stop that one first, or give this one other SHARD_IDS"
            await self._lock(connection, words, HANDOVER, (SHARD, shard))

    async def _lock(
        self, connection: Any, refusal: str, patience: float, lock: tuple[int, int], *, shared: bool = False
    ) -> None:
        """Take a lock for the session, within `patience` (seconds). Raises DatabaseInUseError with `refusal`."""
        function = "pg_advisory_lock_shared" if shared else "pg_advisory_lock"
        try:
            await connection.execute(
                f"SET lock_timeout = {round(patience * 1000)}; SELECT {function}({lock[0]}, {lock[1]}); "
                "SET lock_timeout TO DEFAULT"
            )
        except asyncpg.LockNotAvailableError:
            raise DatabaseInUseError(f"{refusal}.") from None

    async def _connect(self) -> Any:
        settings = {**KEEPALIVE, "application_name": BESIDE}
        driver: Any = asyncpg
        try:
            return await driver.connect(**self._credentials, timeout=CONNECT_LIMIT, server_settings=settings)
        except TROUBLE as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> DBConnectionError:
        return DBConnectionError(f"PostgreSQL at {self._credentials['host']}: {error or type(error).__name__}")

    async def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        self._keys.clear()
        if connection is not None:
            await _end(connection)


def _key(name: str) -> int:
    """The number by which the server knows a lock: 64 bits, so that no two names ever share one."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)


async def _end(connection: Any) -> None:
    """Cut `connection`."""
    connection.terminate()
    # Its socket closes in the event loop's next round.
    await asyncio.sleep(0)
