"""What services answer with that is more than a model, as values: its words are drawn from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models import Account, Pool, Race, RaceStatus, Seed, Tournament, TournamentStatus
from services.scoring import Par
from services.standings import Standing


@dataclass(frozen=True, slots=True)
class TournamentView:
    """A tournament with what people want to know of it at a glance.

    While its results are `hidden`, how many runs wait or are approved is not told, only how many are `handed_in`.
    """

    tournament: Tournament
    racers: int
    pending: int
    approved: int
    preset: str = ""
    """The name of the preset that it is raced with, if there is one."""
    pools: int = 0
    handed_in: int = 0
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """A page of a leaderboard (from 0), and the place of whoever asked, if they have one."""

    tournament: Tournament
    places: list[Standing]
    mine: Standing | None
    page: int
    pages: int
    racers: int


@dataclass(frozen=True, slots=True)
class OwnRun:
    """One's own try at a seed. `score` and `par` are None where there is none, or where it is hidden.

    A forfeit has neither `time_ms` nor `status`.
    """

    pool: str
    time_ms: int | None
    status: RaceStatus | None
    score: int | None = None
    par: Par | None = None
    unreviewed: Unreviewed | None = None


@dataclass(frozen=True, slots=True)
class OwnTimes:
    """One's own runs in a tournament, by pool; `hidden` if others' results are, and so par."""

    tournament: Tournament
    runs: list[OwnRun]
    place: Standing | None
    hidden: bool


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


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as its reviewers see it. `discarded`: its racer has taken another instead of it."""

    race: Race
    discarded: bool

    @property
    def left_out(self) -> bool:
        """Its tournament ended before it counted."""
        return unreviewed(self.race, self.race.tournament) is Unreviewed.LEFT_OUT


class Unreviewed(StrEnum):
    """What is with a run that nobody has decided on. LEFT_OUT: its tournament ended before it counted."""

    WAITS = "waits"
    COUNTS = "counts"
    LEFT_OUT = "left_out"


def unreviewed(race: Race, tournament: Tournament) -> Unreviewed | None:
    """What is with a run that nobody has decided on; None if somebody has."""
    if race.status is not RaceStatus.SUBMITTED:
        return None
    if not tournament.review_required:
        return Unreviewed.COUNTS
    return Unreviewed.LEFT_OUT if tournament.status is TournamentStatus.ENDED else Unreviewed.WAITS


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
