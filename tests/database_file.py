"""The database as another process sees it."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

PATIENCE = 20.0
"""Seconds within which what is waited for has to be in the file."""


class DatabaseFile:
    """What has a database file at `path` can be looked into, behind the bot's back."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def select(self, sql: str, *values: object) -> list[Any]:
        """What the file holds; rows of one column come as plain values."""
        with closing(sqlite3.connect(self.path)) as other:
            rows = other.execute(sql, values).fetchall()
        return [row[0] if len(row) == 1 else row for row in rows]

    async def until(self, sql: str, *expected: object) -> None:
        """Wait until the file answers so."""
        async with asyncio.timeout(PATIENCE):
            while self.select(sql) != list(expected):  # noqa: ASYNC110 - another process's commits make no sound
                await asyncio.sleep(0.005)

    def execute(self, script: str) -> None:
        with closing(sqlite3.connect(self.path)) as other:
            other.executescript(script)

    def dump(self) -> dict[str, list[Any]]:
        """Every row of every table."""
        tables = self.select("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return {table: self.select(f"SELECT * FROM {table} ORDER BY 1") for table in tables}
