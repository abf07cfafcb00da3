"""A message as values: what it says, not how Discord draws it.

Every string is plain text and may come from a user; whoever draws it escapes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Tone(Enum):
    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    DANGER = "danger"
    GOLD = "gold"


class Style(Enum):
    PRIMARY = "primary"
    SECONDARY = "secondary"
    SUCCESS = "success"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Link:
    """A web address that passed `parse_link`."""

    url: str


@dataclass(frozen=True, slots=True)
class Relative:
    """An instant (UTC) as its distance from now, which Discord keeps up to date: “in 12 seconds”, “an hour ago”."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """A channel or thread of the server, by its Discord id, as a link to it."""

    id: int


Inline = str | datetime | Relative | Link | Place
"""Part of a line. A datetime (UTC) is shown in each reader's own time zone."""

Line = tuple[Inline, ...]


def line(*parts: Inline) -> Line:
    return parts


@dataclass(frozen=True, slots=True)
class Field:
    label: str
    value: Line
    inline: bool = True


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press: `action` on `target`, an id or what else it needs to know."""

    action: str
    target: int | str
    label: str
    style: Style = Style.SECONDARY


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    title: str
    lines: tuple[Line, ...] = ()
    fields: tuple[Field, ...] = ()
    buttons: tuple[Button, ...] = ()
    tone: Tone = Tone.INFO
    reference: str = ""
    mentions: tuple[int, ...] = ()
    """Discord ids of the people who are notified by it."""
    pinned: bool = False
    """Whether it is to be found at the top of its channel."""
