"""What a role may allow somebody to do."""

from __future__ import annotations

from enum import Enum, auto


class Action(Enum):
    """Something that needs a role; `services/permissions.py` says which."""

    CONFIGURE = auto()
    DELETE = auto()
    MANAGE_MEMBERS = auto()
    MANAGE_TOURNAMENTS = auto()
    REVIEW = auto()
    INVITE = auto()
    READ_AUDIT = auto()
