"""Who is where: by points in a tournament with pools, else by each racer's best approved time. Ties share a place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tortoise.queryset import QuerySet

from events import PodiumPlace
from models import Account, Entrant, Pool, Tournament
from services.scoring import divided

PODIUM_RANKS = 3

_OF_LINE = ("account_id", "points", "counted", "best_ms")
_OF_RACER = ("account__discord_id", "account__display_name")


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of a leaderboard; ranks go 1, 2, 2, 4. `time_ms` is in milliseconds.

    Where points decide, it is 0, `score` is the mean over all slots in thousandths of a point, and `counted` says how
    many runs make it.
    """

    rank: int
    account_id: int
    discord_id: int
    name: str
    time_ms: int
    score: int | None = None
    counted: int = 0


async def slots_of(tournament: Tournament) -> int:
    """How many runs a racer can score with; 0 in a tournament without pools."""
    return await Pool.filter(tournament_id=tournament.id).count() * tournament.runs_per_pool


async def length(tournament: Tournament) -> int:
    """How many lines the leaderboard has."""
    return await _lines(tournament, await slots_of(tournament)).count()


async def places(tournament: Tournament, *, first: int, number: int) -> list[Standing]:
    """So many lines of the leaderboard from `first` (from 0) on."""
    slots = await slots_of(tournament)
    rows = await _lines(tournament, slots).offset(first).limit(number).values_list(*_OF_LINE)
    # By themselves: joined, they would be looked up for all that stand before the page as well.
    found = await Account.filter(id__in=[account_id for account_id, *_ in rows]).only(
        "id", "discord_id", "display_name"
    )
    people = {one.id: (one.discord_id, one.display_name) for one in found}
    rank = await _rank(tournament, rows[0], slots) if rows else 0
    return list(_standings([(*row, *people[row[0]]) for row in rows], slots, position=first + 1, rank=rank))


async def all_places(tournament: Tournament) -> list[Standing]:
    """The whole leaderboard as it is at one moment."""
    slots = await slots_of(tournament)
    return list(_standings(await _lines(tournament, slots).values_list(*_OF_LINE, *_OF_RACER), slots))


async def place_of(tournament: Tournament, account_id: int) -> Standing | None:
    """Somebody's line of the leaderboard, if they have one."""
    slots = await slots_of(tournament)
    mine = _lines(tournament, slots).order_by().filter(account_id=account_id)
    rows = await mine.values_list(*_OF_LINE, *_OF_RACER)
    rank = await _rank(tournament, rows[0], slots) if rows else 0
    return next(_standings(rows, slots, rank=rank), None)


async def podium(tournament: Tournament) -> tuple[PodiumPlace, ...]:
    """Who shares the first three places."""
    slots = await slots_of(tournament)
    on_it = _lines(tournament, slots)
    if slots:
        on_it = on_it.filter(counted__gt=0)
    third = await on_it.offset(PODIUM_RANKS - 1).first()
    if third is not None:
        on_it = on_it.filter(points__gte=third.points) if slots else on_it.filter(best_ms__lte=third.best_ms)
    rows = await on_it.values_list(*_OF_LINE, *_OF_RACER)
    return tuple(
        PodiumPlace(rank=one.rank, account_id=one.account_id, time_ms=one.time_ms, score=one.score)
        for one in _standings(rows, slots)
    )


def _lines(tournament: Tournament, slots: int) -> QuerySet[Entrant]:
    """Those who have a line, best first; equal times in the order in which they were handed in."""
    entrants = Entrant.filter(tournament_id=tournament.id)
    if slots:
        return entrants.order_by("-points", "-id")
    # As a comparison: Tortoise's `NOT best_ms IS NULL` would keep SQLite from the index.
    return entrants.filter(best_ms__gte=0).order_by("best_ms", "best_at", "id")


async def _rank(tournament: Tournament, row: Sequence[Any], slots: int) -> int:
    _, points, _, best_ms, *_ = row
    better = {"points__gt": points} if slots else {"best_ms__lt": best_ms}
    return 1 + await Entrant.filter(tournament_id=tournament.id, **better).count()


def _standings(rows: Sequence[Sequence[Any]], slots: int, *, position: int = 1, rank: int = 1) -> Iterator[Standing]:
    """Lines that stand one after the other, the first of them with this `position` and `rank`."""
    above = None
    for number, (account_id, points, counted, best_ms, discord_id, name) in enumerate(rows, start=position):
        value = points if slots else best_ms
        if above is not None and value != above:
            rank = number
        above = value
        if slots:
            yield Standing(rank, account_id, discord_id, name, 0, divided(points, slots), counted)
        else:
            yield Standing(rank, account_id, discord_id, name, best_ms)
