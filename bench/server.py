"""A PostgreSQL server of the bench's own, as durable as it is by default: a commit is on the disk when it returns."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from tests.postgres import start

SAFE = ("fsync", "synchronous_commit", "full_page_writes")
"""What a commit that survives the loss of power takes."""


@cache
def server() -> Path:
    """The folder of the server's socket; the server starts now, and ends with this process."""
    return start("herald-bench-pg-")


def connect(database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
    """A connection outside any transaction."""
    return psycopg.connect(host=str(server()), user="postgres", dbname=database, autocommit=True)


def create(database: str) -> str:
    """Make an empty database; returns its URL, as every driver here takes it."""
    with connect() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    return f"postgresql://postgres@/{database}?host={quote(str(server()), safe='')}"


def described() -> str:
    """Its version and how safe its commits are, in one line. Raises RuntimeError when they are not safe."""
    with connect() as connection:
        (version,) = connection.execute("SHOW server_version").fetchone() or ("",)
        settings = {
            name: str((connection.execute(sql.SQL("SHOW {}").format(sql.Identifier(name))).fetchone() or ("",))[0])
            for name in SAFE
        }
    if set(settings.values()) != {"on"}:
        raise RuntimeError(f"what is measured here has to be durable: {settings}")
    return f"PostgreSQL {version} ({', '.join(f'{name} {value}' for name, value in settings.items())})"
