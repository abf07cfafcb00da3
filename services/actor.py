"""Who acts, as one value."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A Discord user as the bot sees them."""

    discord_id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What the bot knows of an interaction: who, where, with what rights, and when (UTC, Discord's own clock)."""

    person: Person
    at: datetime
    guild_id: int | None = None
    guild_name: str = ""
    manage_guild: bool = False
    owns_bot: bool = False
    may_post: bool = True
    """Whether they may write where they are."""
    role_ids: frozenset[int] = field(default_factory=frozenset[int])


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A caller with their account, and the organization that their guild belongs to (None: not set up)."""

    account_id: int
    organization_id: int | None
    caller: Caller
