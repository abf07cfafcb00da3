"""What a trial left behind: the rows of the database file, and what the world says it was asked."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.database_file import DatabaseFile

Row = dict[str, Any]

_JSON = {"payload", "data"}
_TABLES = (
    "event",
    "personal_data",
    "delivery",
    "audit_entry",
    "message",
    "account",
    "organization",
    "membership",
    "guild_link",
    "role_mapping",
    "tournament",
    "entrant",
    "race",
    "invite",
)


@dataclass(frozen=True, slots=True)
class Event:
    """A stored event with all that it says, its personal fields too."""

    seq: int
    id: str
    type: str
    stream: str
    organization_id: int | None
    user_id: int | None
    entity_id: int
    at: str
    payload: Row
    """Without personal fields."""
    says: Row


@dataclass(frozen=True, slots=True)
class Ledger:
    """`arrivals` and `refusals` are the world's record, in its order."""

    events: list[Event]
    tables: dict[str, list[Row]]
    arrivals: list[Row]
    refusals: list[Row]


def read(path: Path, record: Row) -> Ledger:
    tables = {name: [_plain(row) for row in DatabaseFile(path).rows(name)] for name in _TABLES}
    personal = {row["event_id"]: row["data"] for row in tables["personal_data"]}
    events = [
        Event(
            row["seq"],
            row["event_id"],
            row["type"],
            row["stream"],
            row["organization_id"],
            row["user_id"],
            row["entity_id"],
            row["occurred_at"],
            row["payload"],
            {**row["payload"], **personal.get(row["event_id"], {})},
        )
        for row in tables["event"]
    ]
    return Ledger(events, tables, record["arrivals"], record["refusals"])


def _plain(row: Row) -> Row:
    values = dict(row)
    for name in _JSON & values.keys():
        values[name] = json.loads(values[name])
    for name in ("id", "event_id", "told_by"):
        if isinstance(values.get(name), str):
            values[name] = str(uuid.UUID(values[name]))
    return values
