"""Statements that write or read many rows at once, where Tortoise would take one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from tortoise.connection import get_connections

from models.database import CONNECTION


class Connection:
    """The connection that the caller's models use: inside a unit of work, its transaction."""

    def __init__(self) -> None:
        self._client: Any = get_connections().get(CONNECTION)  # Its methods give bare dicts, unknown to a type checker.
        self.sqlite: bool = self._client.capabilities.dialect == "sqlite"

    async def execute(self, statement: str, values: Iterable[Any]) -> int:
        """Run `statement`; returns how many rows it changed, or gave."""
        return (await self._client.execute_query(statement, list(values)))[0]

    async def select(self, statement: str, values: Iterable[Any]) -> list[tuple[Any, ...]]:
        """The rows of `statement`."""
        return [tuple(row) for row in (await self._client.execute_query(statement, list(values)))[1]]

    async def repeat(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run `statement` for each of `rows`. Inside a unit of work only."""
        await self._client.execute_many(statement, rows)


def columns(rows: Iterable[Sequence[Any]], count: int) -> list[list[Any]]:
    """`rows` as `count` arrays for PostgreSQL's `unnest`."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(count)]


def numbered(statement: str) -> str:
    """`statement` with PostgreSQL's placeholders instead of SQLite's. It may have no other question mark."""
    first, *others = statement.split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(others, start=1))


def text_of(value: UUID | datetime) -> str:
    """What a value is in SQLite, which has no type for it, so that it is found and sorted among Tortoise's."""
    return str(value) if isinstance(value, UUID) else value.astimezone(UTC).isoformat(" ")


def instant_of(value: datetime | str) -> datetime:
    """An instant (UTC) as either database gives it."""
    if isinstance(value, datetime):
        return value
    read = datetime.fromisoformat(value)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def json_of(value: Any) -> str:
    return msgspec.json.encode(value).decode()
