"""An index over some of a table's rows."""

from __future__ import annotations

from typing import Any

from tortoise.indexes import Index


class Where(Index):
    """An index of the rows that meet `condition`, which is SQL."""

    def __init__(self, condition: str, *fields: str) -> None:
        super().__init__(fields=fields)
        self.condition = condition
        self.extra = f" WHERE {condition}"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return f"{Where.__module__}.{Where.__name__}", [self.condition, *self.fields], {}
