"""The database as another process sees it."""

# What a test must bring about is nothing that the program offers.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from models.database import CONNECTION, Database
from models.postgres import EVERYTHING, SCOPES
from tests import postgres

FILE = "herald.sqlite3"
"""What the database of a bot is called that runs in a folder of its own."""

PATIENCE = 20.0
"""Seconds within which what is waited for has to be in the file."""


sqlite_only = pytest.mark.skipif(postgres.CHOSEN, reason="it is about SQLite's file, its locks or its settings")

UUID_TYPE = "uuid" if postgres.CHOSEN else "text"
"""What an expression is to be cast to where its value is for a column of UUIDs."""


def _plain(value: Any) -> Any:
    """What SQLite holds where PostgreSQL has types of its own."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, dict | list):
        return json.dumps(value, separators=(",", ":"))
    return value.astimezone(UTC).isoformat(sep=" ") if isinstance(value, datetime) else value


def _named(columns: Any, rows: list[Any]) -> list[dict[str, Any]]:
    names = [column[0] for column in columns]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in rows]


class DatabaseFile:
    """What has a database at `path` can be looked into, behind the bot's back.

    Where the tests run on PostgreSQL, `path` is no file, but the name of a database is made from it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """The database's name in PostgreSQL."""
        return "herald_" + hashlib.sha256(str(self.path).encode()).hexdigest()[:24]

    @property
    def url(self) -> str:
        return postgres.url(self.name) if postgres.CHOSEN else f"sqlite://{self.path}"

    def provide(self) -> None:
        """Have an empty database where opening would not make one."""
        if postgres.CHOSEN and not self.exists():
            postgres.create(self.name)

    async def begin_with(self, template: Path) -> None:
        """Begin with the migrated, empty database `template`, which the first one to come makes."""
        empty = DatabaseFile(template)
        if not empty.exists():
            empty.provide()
            database = Database(empty.url)
            await database.open()
            await database.close()
        self.copy(template)

    def copy(self, template: Path) -> None:
        """Begin with what is in `template`, to which nobody is connected."""
        if postgres.CHOSEN:
            postgres.create(self.name, template=DatabaseFile(template).name)
        else:
            shutil.copy(template, self.path)

    def exists(self) -> bool:
        return postgres.exists(self.name) if postgres.CHOSEN else self.path.exists()

    def discard(self) -> None:
        """Leave nothing of it on the server. A file goes with its folder."""
        if postgres.CHOSEN:
            postgres.drop(self.name)

    def select(self, sql: str, *values: object) -> list[Any]:
        """What the database holds; rows of one column come as plain values."""
        if postgres.CHOSEN:
            with postgres.connect(self.name) as other:
                rows = other.execute(postgres.query(sql.replace("?", "%s")), values or None).fetchall()
        else:
            with closing(sqlite3.connect(self.path)) as other:
                rows = other.execute(sql, values).fetchall()
        plain = [tuple(_plain(value) for value in row) for row in rows]
        return [row[0] if len(row) == 1 else row for row in plain]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All that `table` holds, with the names of its columns."""
        sql = f"SELECT * FROM {table} ORDER BY 1"
        if postgres.CHOSEN:
            with postgres.connect(self.name) as other:
                cursor: Any = other.execute(postgres.query(sql))
                return _named(cursor.description, cursor.fetchall())
        with closing(sqlite3.connect(self.path)) as other:
            cursor = other.execute(sql)
            return _named(cursor.description, cursor.fetchall())

    async def until(self, sql: str, *expected: object) -> None:
        """Wait until the database answers so."""
        async with asyncio.timeout(PATIENCE):
            while self.select(sql) != list(expected):  # noqa: ASYNC110 - another process's commits make no sound
                await asyncio.sleep(0.005)

    def execute(self, script: str, *values: object) -> None:
        """Several statements take no values."""
        if postgres.CHOSEN:
            with postgres.connect(self.name) as other:
                other.execute(postgres.query(script.replace("?", "%s") if values else script), values or None)
            return
        with closing(sqlite3.connect(self.path)) as other, other:
            if values:
                other.execute(script, values)
            else:
                other.executescript(script)

    @contextmanager
    def refusing(self, table: str, *, when: str = "TRUE", words: str = "no room") -> Generator[None]:
        """Rows for `table` are refused."""
        self.refuse(table, when=when, words=words)
        try:
            yield
        finally:
            self.accept()

    def refuse(self, table: str, *, when: str = "TRUE", words: str = "no room") -> None:
        """Refuse rows for `table` from now on."""
        self.execute(
            f"""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN IF {when} THEN RAISE EXCEPTION '{words}'; END IF; RETURN NEW; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse();
            """
            if postgres.CHOSEN
            else f"CREATE TRIGGER refuse BEFORE INSERT ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )

    def accept(self) -> None:
        """Undo `refuse`."""
        self.execute("DROP FUNCTION refuse CASCADE" if postgres.CHOSEN else "DROP TRIGGER refuse")

    @contextmanager
    def busy(self, *, within: float = 5, tables: str = "delivery, message") -> Generator[None]:
        """Another process is changing something, once it has been let: `within` so many seconds."""
        if postgres.CHOSEN:
            with postgres.connect(self.name) as other, other.transaction():
                other.execute(postgres.query(f"SET LOCAL lock_timeout = '{within} s'"))
                # What a change asks for, and what the relay's own work does.
                other.execute("SELECT pg_advisory_xact_lock(%s, %s)", (SCOPES, EVERYTHING))
                other.execute(postgres.query(f"LOCK TABLE {tables} IN EXCLUSIVE MODE"))
                yield
            return
        with closing(sqlite3.connect(self.path, timeout=within, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")

    async def be_impatient(self, database: Database) -> None:
        """Let `database`, which is open, give up after 10 ms when another process is changing something."""
        connection: Any = database._tortoise.db(CONNECTION)
        if postgres.CHOSEN:
            self.execute(f"ALTER DATABASE {self.name} SET lock_timeout = 10")
            # It holds for new connections.
            await connection._pool.expire_connections()
        else:
            await connection.execute_script("PRAGMA busy_timeout = 10")

    @contextmanager
    def away(self) -> Generator[None]:
        """Somebody has moved the file, or the server lets nobody in any more."""
        if postgres.CHOSEN:
            with postgres.shut(self.name):
                yield
            return
        moved = self.path.rename(self.path.with_name("away"))
        try:
            yield
            # Nobody has made another one.
            assert not self.path.exists()
        finally:
            moved.rename(self.path)

    def dump(self) -> dict[str, list[Any]]:
        """Every row of every table."""
        tables = (
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
            if postgres.CHOSEN
            else "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        )
        return {table: self.select(f"SELECT * FROM {table} ORDER BY 1") for table in self.select(tables)}
