"""What roles are called, and what several features say of people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from models import Role
from services.words.language import join_names

ROLE: Mapping[Role, str] = {
    Role.OWNER: "owner",
    Role.ADMIN: "admin",
    Role.ORGANIZER: "organizer",
    Role.MODERATOR: "moderator",
    Role.REVIEWER: "reviewer",
    Role.RACER: "racer",
}

WHO = "Who"
WHAT_THEY_BECOME = "What they become"

BOTS_CANNOT_RACE = "Bots cannot race. Pick a person."
ACCOUNT_DELETED = "That account is deleted."


def role_names(roles: Iterable[Role], conjunction: str = "and") -> str:
    """The highest first."""
    ordered = sorted(roles, key=lambda role: (-role.rank, role.value))
    return join_names([ROLE[role] for role in ordered], conjunction)


def no_member(name: str) -> str:
    return f"{name} is not a member here. /org members shows who is."
