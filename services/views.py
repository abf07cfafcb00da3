"""What services answer with that is more than a model, as values: its words are drawn from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models import Account, Race, Tournament


@dataclass(frozen=True, slots=True)
class TournamentView:
    """A tournament with what people want to know of it at a glance."""

    tournament: Tournament
    racers: int
    pending: int
    approved: int
    preset: str = ""
    """The name of the preset that it is raced with, if there is one."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A match as it would be scheduled. `moves` is when it was to be until now, if it was scheduled before (UTC)."""

    tournament: Tournament
    players: list[Account]
    at: datetime
    moves: datetime | None


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as its reviewers see it. `discarded`: its racer has taken another instead of it."""

    race: Race
    discarded: bool


class Show(StrEnum):
    """Which of the runs that wait for review somebody wants to see. FREE: those that nobody looks at."""

    ALL = "all"
    FREE = "free"
    MINE = "mine"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of the runs that wait for review, of all tournaments where `tournament` is None."""

    runs: list[Race]
    show: Show
    tournament: Tournament | None
    page: int
    pages: int
    total: int
