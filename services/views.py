"""What services answer with that is more than a model, as values: its words are drawn from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models import Account, Pool, Seed, Tournament


@dataclass(frozen=True, slots=True)
class TournamentView:
    """A tournament with what people want to know of it at a glance."""

    tournament: Tournament
    racers: int
    pending: int
    approved: int
    preset: str = ""
    """The name of the preset that it is raced with, if there is one."""
    pools: int = 0


@dataclass(frozen=True, slots=True)
class PoolView:
    """A pool with how many of its seeds are active and retired, and how often any of them was given."""

    pool: Pool
    active: int
    retired: int
    given: int
    preset: str = ""
    """The name of the preset that its seeds were made with, if there is one."""


@dataclass(frozen=True, slots=True)
class SeedList:
    """All seeds of a pool."""

    tournament: Tournament
    view: PoolView
    seeds: list[Seed]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A match as it would be scheduled. `moves` is when it was to be until now, if it was scheduled before (UTC)."""

    tournament: Tournament
    players: list[Account]
    at: datetime
    moves: datetime | None
