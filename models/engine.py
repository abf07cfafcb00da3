"""Which database it is, and what each kind needs around Tortoise: who may use it, and how its schema changes."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from filelock import FileLock, Timeout
from tortoise.exceptions import DBConnectionError, OperationalError

from models.schema import SchemaError

T = TypeVar("T")


class DatabaseInUseError(Exception):
    """Another Herald is running on the database. The message is a sentence for the person who hosts it."""


class UnknownOutcomeError(OperationalError):
    """The database was lost while it committed: the change is made, or it is not."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a change may touch: one organization's things, or, without one, everything."""

    organization_id: int | None = None


@dataclass(frozen=True, slots=True)
class Shards:
    """Which of a bot's `count` shards a process serves."""

    count: int
    ids: frozenset[int]

    @property
    def all(self) -> bool:
        """Whether there is nothing left for another process."""
        return len(self.ids) == self.count

    def serve(self, guild_id: int) -> bool:
        """Whether a guild is among those of this process (Discord's documentation, Gateway, "Sharding")."""
        return (guild_id >> 22) % self.count in self.ids


ALL_SHARDS = Shards(1, frozenset({0}))
"""Of a bot that is one process with a single shard."""


class Engine(ABC):
    """One database. Tortoise's own part of it is `connection`, its configuration."""

    units: int
    """Units of work that may run side by side."""

    connection: dict[str, Any]

    shared = False
    """Whether other processes work on it as well."""

    @abstractmethod
    def require(self) -> None:
        """Raises SchemaError when there is no database yet. Connecting might make one."""

    @abstractmethod
    async def take(self) -> None:
        """Let this process run on it: alone, or for its shards. Raises DatabaseInUseError, DBConnectionError."""

    @abstractmethod
    async def opened(self) -> None:
        """The schema is up to date. Until then, no other process was let in."""

    @abstractmethod
    async def release(self) -> None:
        """Undo `take`."""

    @abstractmethod
    async def drop(self) -> None:
        """Undo `take` without waiting for anybody, as the system does when a process dies."""

    @abstractmethod
    async def keep(self) -> None:
        """See to it that what was taken is still held. Raises OperationalError when it cannot be had again."""

    @abstractmethod
    async def in_use(self) -> bool:
        """Whether a Herald is running on it."""

    @abstractmethod
    async def enter(self, connection: Any, scope: Scope, patience: float | None) -> None:
        """Keep others out of `scope` until the transaction ends. Raises TimeoutError after `patience` (seconds)."""

    @abstractmethod
    async def line_up(self, connection: Any, lines: Iterable[str]) -> None:
        """Let no other transaction go on that lines up for one of `lines`, until this one has ended."""

    @abstractmethod
    async def horizon(self, connection: Any) -> int:
        """A number below which no event will be committed any more. 0 where that would be of no use.

        On PostgreSQL, a search for what waits has to pass all that is settled but may still be seen by somebody's old
        snapshot, as a report's or a backup's: it had better begin behind it.
        """

    @abstractmethod
    async def hold(self, names: Iterable[str]) -> set[str]:
        """Those of `names` that this process alone may work on from now on: all of them, where it is the only one.

        Raises OperationalError.
        """

    @abstractmethod
    async def let_go(self, names: Iterable[str]) -> None:
        """Undo `hold`. Raises OperationalError."""

    @abstractmethod
    async def on_lease(self, name: str, body: Callable[[], Awaitable[T]]) -> T:
        """Run `body` without a transaction, with Tortoise's connection `name` being that which holds the locks.

        Raises what `body` raises, and OperationalError when that connection is lost, and with it the locks.
        """

    @abstractmethod
    def listen(self, wake: Callable[[], None]) -> None:
        """Call `wake` when somebody `tell`s; not where that is impossible."""

    @abstractmethod
    async def tell(self, connection: Any) -> None:
        """Wake, once the transaction is committed, whoever works on the database."""

    @abstractmethod
    async def before_change(self, step: str) -> str | None:
        """Before the step `step` changes the schema, keep what is there; says where. None: that is the host's matter.

        Raises DatabaseInUseError, OSError or sqlite3.Error.
        """


class SqliteFile(Engine):
    units = 1

    def __init__(self, path: Path) -> None:
        self._path = path
        # Held as long as the process lives, and let go by the system when it dies.
        self._lock = FileLock(f"{path.resolve()}.lock", thread_local=False)
        self.connection = {
            "engine": "models.sqlite",
            "credentials": {
                "file_path": str(path),
                "journal_mode": "WAL",
                # What people were told must not vanish with the power.
                "synchronous": "FULL",
                # Milliseconds; see services/base.py for how it adds up.
                "busy_timeout": 700,
                "foreign_keys": "ON",
                # What a statement may have to take back; otherwise it is written to a file.
                "temp_store": "MEMORY",
            },
        }

    def require(self) -> None:
        if not self._path.is_file():
            raise SchemaError(f"there is no {self._path} yet: start the bot first.")

    async def take(self) -> None:
        self._take()

    def _take(self) -> None:
        if not self._path.parent.is_dir():
            # Taking the lock would make the folder.
            raise DBConnectionError(f"{self._path}: unable to open database file: there is no such folder")
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise DatabaseInUseError(f"another Herald is running on {self._path}: stop that one first.") from None
        except OSError as error:
            raise DBConnectionError(f"{self._lock.lock_file}: {error.strerror}") from error

    async def opened(self) -> None:
        """Nothing to do: there is no other process."""

    async def release(self) -> None:
        self._lock.release()

    async def drop(self) -> None:
        self._lock.release()

    async def keep(self) -> None:
        """Nothing to do: nobody takes a lock file from a process that lives."""

    async def in_use(self) -> bool:
        try:
            self._take()
        except DatabaseInUseError:
            return True
        self._lock.release()
        return False

    async def enter(self, connection: Any, scope: Scope, patience: float | None) -> None:
        """Nothing to do: whoever has begun a transaction is the only one."""

    async def line_up(self, connection: Any, lines: Iterable[str]) -> None:
        """Nothing to do, for the same reason."""

    async def horizon(self, connection: Any) -> int:  # noqa: ARG002 - nobody needs to be asked
        return 0

    async def hold(self, names: Iterable[str]) -> set[str]:
        return set(names)

    async def let_go(self, names: Iterable[str]) -> None:
        """Nothing to do: there is nobody else to work on them."""

    async def on_lease(self, name: str, body: Callable[[], Awaitable[T]]) -> T:  # noqa: ARG002 - there is one
        return await body()

    def listen(self, wake: Callable[[], None]) -> None:
        """Nothing to do: SQLite tells nobody."""

    async def tell(self, connection: Any) -> None:
        """Nothing to do, for the same reason."""

    async def before_change(self, step: str) -> str:
        backup = self._path.with_name(f"{self._path.name}.before-{step}")
        # As a whole, or not at all.
        half = backup.with_name(f"{backup.name}.part")
        half.unlink(missing_ok=True)
        with closing(sqlite3.connect(self._path)) as source, closing(sqlite3.connect(half)) as copy:
            source.backup(copy)
        half.replace(backup)
        return str(backup)


SQLITE_URL = "a SQLite URL looks like sqlite://herald.sqlite3"
POSTGRES_URL = "a PostgreSQL URL looks like postgres://herald:password@localhost/herald"

_SSL_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}


def engine_of(url: str, shards: Shards = ALL_SHARDS) -> Engine:
    """The database that `url` means. Raises ValueError when it means none, and ImportError without its driver."""
    kind = url.partition("://")[0]
    if kind == "sqlite":
        if not shards.all:
            raise ValueError("SQLite serves one process: a part of the shards needs PostgreSQL")
        return SqliteFile(_sqlite_path(url))
    if kind in {"postgres", "postgresql"}:
        credentials = postgres_credentials(url)
        # Its driver is an extra.
        from models.postgres import PostgresDatabase  # noqa: PLC0415 - see above

        return PostgresDatabase(credentials, shards)
    raise ValueError("the database URL must begin with sqlite:// or postgres://")


def _sqlite_path(url: str) -> Path:
    parts = urlsplit(url)
    path = parts.netloc + parts.path
    if not path or path == ":memory:" or parts.query or parts.fragment:
        raise ValueError(SQLITE_URL)
    return Path(path)


def postgres_credentials(url: str) -> dict[str, Any]:
    """What asyncpg takes, from `postgres://user:password@host:port/database?sslmode=…`.

    A folder as `?host=` means the socket in it. Raises ValueError.
    """
    try:
        parts = urlsplit(url)
        # A plus is no space here, as it would be in a form.
        options = dict(parse_qsl(parts.query.replace("+", "%2B"), strict_parsing=True)) if parts.query else {}
        port = parts.port or 5432
    except ValueError:
        # Its words may hold what was taken for a port or a host: a part of the password.
        raise ValueError(POSTGRES_URL) from None
    database = unquote(parts.path.removeprefix("/"))
    host = options.pop("host", None) or parts.hostname
    ssl = options.pop("sslmode", None)
    if options or not database or not host or parts.fragment or (ssl is not None and ssl not in _SSL_MODES):
        raise ValueError(POSTGRES_URL)
    given = {
        "host": host,
        "port": port,
        "user": unquote(parts.username or "") or None,
        "password": unquote(parts.password or "") or None,
        "database": database,
    }
    return {**given, "ssl": ssl} if ssl else given
