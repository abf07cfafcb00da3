"""The database as another process sees it."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from models.database import Database
from tests import postgres

PATIENCE = 20.0
"""Seconds within which what is waited for has to be in the file."""


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

    async def begin_with(self, template: Path) -> None:
        """Begin with the migrated, empty database `template`, which the first one to come makes."""
        empty = DatabaseFile(template)
        if not empty.exists():
            if postgres.CHOSEN:
                postgres.create(empty.name)
            database = Database(empty.url)
            await database.open()
            await database.close()
        if postgres.CHOSEN:
            postgres.create(self.name, template=empty.name)
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
                rows = other.execute(sql.replace("?", "%s"), values or None).fetchall()
        else:
            with closing(sqlite3.connect(self.path)) as other:
                rows = other.execute(sql, values).fetchall()
        return [row[0] if len(row) == 1 else row for row in rows]

    async def until(self, sql: str, *expected: object) -> None:
        """Wait until the database answers so."""
        async with asyncio.timeout(PATIENCE):
            while self.select(sql) != list(expected):  # noqa: ASYNC110 - another process's commits make no sound
                await asyncio.sleep(0.005)

    def execute(self, script: str) -> None:
        if postgres.CHOSEN:
            with postgres.connect(self.name) as other:
                other.execute(script)
        else:
            with closing(sqlite3.connect(self.path)) as other:
                other.executescript(script)

    def dump(self) -> dict[str, list[Any]]:
        """Every row of every table."""
        tables = (
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
            if postgres.CHOSEN
            else "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        )
        return {table: self.select(f"SELECT * FROM {table} ORDER BY 1") for table in self.select(tables)}
