"""What every event is: an immutable, typed, serialisable fact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar, get_type_hints
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

T = TypeVar("T")

_PERSONAL = "personal"

Personal = Annotated[T | None, msgspec.Meta(extra={_PERSONAL: True})]
"""Marks a field that says something about a person. It is stored apart; None once that person is erased."""

Value = str | int | float | bool | None

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
"""Brings an event's stored fields from one version to the next."""


class EventPriority(IntEnum):
    """Handlers of a higher priority end before those of a lower one start."""

    LOW = 1
    NORMAL = 2
    HIGH = 3
    CRITICAL = 4


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """One changed field of an update."""

    field: str
    old: Value
    new: Value


def _event_type(class_name: str) -> str:
    return class_name.removesuffix("Event")


class BaseEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=_event_type):
    """Something that happened.

    `event_id` is a UUIDv7 (RFC 9562), `timestamp` is aware and in UTC, `user_id` is the account that acted
    (None is the system). Raises ValueError when the timestamp is not in UTC.
    """

    version: ClassVar[int] = 1
    upcasters: ClassVar[Mapping[int, Upcaster]] = {}
    """By the version that each takes: how rows of an older release are read. Needed for each version before this."""
    entity_type: ClassVar[str] = ""

    event_id: UUID = msgspec.field(default_factory=uuid7)
    timestamp: datetime = msgspec.field(default_factory=lambda: datetime.now(UTC))
    user_id: int | None = None
    organization_id: int | None = None

    def __post_init__(self) -> None:
        if self.timestamp.utcoffset() != timedelta(0):
            raise ValueError("an event's timestamp must be aware and in UTC")

    @property
    def type(self) -> str:
        """The name under which this type stands in the catalogue, in the log and in the audit trail."""
        return _event_type(type(self).__name__)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-safe dictionary from which `events.from_dict` makes an equal event."""
        fields: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return {**fields, "entity_type": self.entity_type, "version": self.version}


class EntityEvent(BaseEvent, frozen=True, kw_only=True):
    """Something that happened to one entity."""

    entity_id: int

    @property
    def stream(self) -> str:
        """The stream within which order is kept: the organization, or without one the entity."""
        if self.organization_id is not None:
            return f"organization:{self.organization_id}"
        return f"{self.entity_type}:{self.entity_id}"

    @property
    def subject_id(self) -> int | None:
        """The account that this event's personal fields are about."""
        return None


@cache
def personal_fields(event_type: type[BaseEvent]) -> frozenset[str]:
    """The names of the fields of `event_type` that are about a person."""
    hints = get_type_hints(event_type, include_extras=True)
    return frozenset(
        name
        for name in event_type.__struct_fields__
        if any(
            isinstance(mark, msgspec.Meta) and (mark.extra or {}).get(_PERSONAL)
            for mark in getattr(hints[name], "__metadata__", ())
        )
    )


def changes(before: Mapping[str, Value], after: Mapping[str, Value]) -> tuple[FieldChange, ...]:
    """What differs between two states of a thing, in the order of `after`."""
    return tuple(
        FieldChange(field=name, old=before.get(name), new=new) for name, new in after.items() if before.get(name) != new
    )
