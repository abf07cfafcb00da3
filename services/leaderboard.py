"""Leaderboards: by points where a tournament has pools, else by the best approved time; and the board in a channel."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from events import PodiumPlace, TournamentUpdatedEvent
from events.base import FieldChange
from models import Account, Attempt, AttemptStage, Entrant, Pool, Race, RaceStatus, Seed, Tournament
from services.actor import Actor
from services.base import Service, change, query
from services.errors import NotAllowed
from services.paging import PAGE, page_of
from services.permissions import Action, organization_of, require
from services.scoring import Par, divided
from services.standings import PODIUM_RANKS, standings
from services.tournaments import find_tournament
from services.visibility import sees_results
from services.words import leaderboard as words
from services.words.language import format_run_time, format_score

AT_ONCE = 500
"""Racers whose runs an export reads at a time."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would compute."""


@dataclass(frozen=True, slots=True)
class Place:
    """One line of a leaderboard; ranks go 1, 2, 2, 4.

    `score` is the mean over all slots in thousandths of a point, `counted` how many runs make it; where the best time
    decides, there is `time_ms` instead.
    """

    rank: int
    account_id: int
    name: str
    score: int | None = None
    counted: int = 0
    time_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """A page of a leaderboard (from 0), and the place of whoever asked, if they have one."""

    tournament: Tournament
    places: list[Place]
    mine: Place | None
    page: int
    pages: int
    racers: int


@dataclass(frozen=True, slots=True)
class OwnRun:
    """One's own try at a seed. `score` and `par` are None where there is none, or where it is hidden.

    A forfeit has no time. `status` is None for it.
    """

    pool: str
    time_ms: int | None
    status: RaceStatus | None
    score: int | None = None
    par: Par | None = None


@dataclass(frozen=True, slots=True)
class OwnTimes:
    """One's own runs in a tournament, by pool; `hidden` if others' results are, and so par."""

    tournament: Tournament
    runs: list[OwnRun]
    place: Place | None
    hidden: bool


async def slots_of(tournament: Tournament) -> int:
    """How many runs a racer can score with; 0 in a tournament without pools."""
    return await Pool.filter(tournament_id=tournament.id).count() * tournament.runs_per_pool


async def places(tournament: Tournament, *, first: int, number: int) -> tuple[list[Place], int]:
    """So many lines of the leaderboard from `first` (from 0) on, and how many there are."""
    slots = await slots_of(tournament)
    if not slots:
        board = [Place(s.rank, s.account_id, s.name, time_ms=s.time_ms) for s in await standings(tournament.id)]
        return board[first : first + number], len(board)
    entrants = Entrant.filter(tournament_id=tournament.id)
    found = entrants.order_by("-points", "-id").offset(first).limit(number)
    rows = await found.values_list("account_id", "account__display_name", "points", "counted")
    ranked: list[Place] = []
    rank, above = 0, None
    for position, (account_id, name, points, counted) in enumerate(rows, start=first + 1):
        if above is None:
            rank = await _rank(tournament.id, points)
        elif points != above:
            rank = position
        above = points
        ranked.append(Place(rank, account_id, name, divided(points, slots), counted))
    return ranked, await entrants.count()


async def place_of(tournament: Tournament, account_id: int) -> Place | None:
    """Somebody's line of the leaderboard, if they have one."""
    slots = await slots_of(tournament)
    if not slots:
        board = await standings(tournament.id)
        return next((Place(s.rank, s.account_id, s.name, time_ms=s.time_ms) for s in board if s.account_id == account_id), None)
    entrant = await Entrant.get_or_none(tournament_id=tournament.id, account_id=account_id).prefetch_related("account")
    if entrant is None:
        return None
    rank = await _rank(tournament.id, entrant.points)
    return Place(rank, account_id, entrant.account.display_name, divided(entrant.points, slots), entrant.counted)


async def podium(tournament: Tournament) -> tuple[PodiumPlace, ...]:
    """Who shares the first three places."""
    slots = await slots_of(tournament)
    if not slots:
        board = [one for one in await standings(tournament.id) if one.rank <= PODIUM_RANKS]
        return tuple(PodiumPlace(rank=s.rank, account_id=s.account_id, time_ms=s.time_ms) for s in board)
    scored = Entrant.filter(tournament_id=tournament.id, counted__gt=0).order_by("-points", "-id")
    third = await scored.offset(PODIUM_RANKS - 1).first()
    on_it = scored.filter(points__gte=third.points) if third else scored
    rows = [(one.account_id, one.points) for one in await on_it]
    ranks = {points: 1 + sum(other > points for _, other in rows) for _, points in rows}
    return tuple(
        PodiumPlace(rank=ranks[points], account_id=account_id, time_ms=0, score=divided(points, slots))
        for account_id, points in rows
    )


async def _rank(tournament_id: int, points: int) -> int:
    return 1 + await Entrant.filter(tournament_id=tournament_id, points__gt=points).count()


class LeaderboardService(Service):
    @query
    async def page(self, actor: Actor, reference: int | str, number: int = 0) -> Board:
        """A page of a tournament's leaderboard. Raises NotFound, and NotAllowed while results are hidden."""
        tournament = await self._seen(actor, reference)
        total = (await places(tournament, first=0, number=0))[1]
        page, pages = page_of(number, total)
        shown, _ = await places(tournament, first=page * PAGE, number=PAGE)
        mine = await place_of(tournament, actor.account_id)
        return Board(tournament, shown, mine, page, pages, total)

    @query
    async def mine(self, actor: Actor, reference: int | str) -> OwnTimes:
        """The actor's own runs. While results are hidden, they come without par and scores. Raises NotFound."""
        tournament = await find_tournament(organization_of(actor), reference)
        sees = await sees_results(actor, tournament)
        runs = await _own_runs(tournament, actor.account_id, sees=sees)
        return OwnTimes(tournament, runs, await place_of(tournament, actor.account_id) if sees else None, not sees)

    @query
    async def export(self, actor: Actor, reference: int | str) -> tuple[Tournament, str]:
        """The whole leaderboard as CSV. Raises NotFound, and NotAllowed while results are hidden."""
        tournament = await self._seen(actor, reference)
        pools = await Pool.filter(tournament_id=tournament.id).order_by("id")
        numbers = range(1, tournament.runs_per_pool + 1)
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\r\n")
        if pools:
            runs = [words.column(p.name, n, what) for p in pools for n in numbers for what in (words.TIME, words.SCORE)]
            rows.writerow(_cells([words.RANK, words.NAME, words.SCORE, words.COUNTED, *runs]))
        else:
            rows.writerow(_cells([words.RANK, words.NAME, words.TIME]))
        total = (await places(tournament, first=0, number=0))[1]
        # Each lot by itself: the runs of thousands at once would hold up everybody.
        for first in range(0, total, AT_ONCE):
            lot, _ = await places(tournament, first=first, number=AT_ONCE)
            best = await _best_runs(tournament, [one.account_id for one in lot]) if pools else {}
            for one in lot:
                rows.writerow(_cells(_row(one, best, [pool.id for pool in pools], len(numbers))))
        return tournament, text.getvalue()

    @change
    async def post(self, actor: Actor, reference: int | str, channel_id: int) -> Tournament:
        """Have the board in a channel, where it follows the results. Raises NotAllowed, NotFound."""
        await require(actor, Action.MANAGE_TOURNAMENTS)
        tournament = await find_tournament(organization_of(actor), reference)
        if not actor.caller.may_post:
            raise NotAllowed(words.NOT_HERE)
        await self.bus.emit(
            TournamentUpdatedEvent(
                entity_id=tournament.id,
                tournament_name=tournament.name,
                changed_fields=(FieldChange(field="board", old=None, new=channel_id),),
                **self.by(actor),
            )
        )
        return tournament

    async def _seen(self, actor: Actor, reference: int | str) -> Tournament:
        tournament = await find_tournament(organization_of(actor), reference)
        if not await sees_results(actor, tournament):
            raise NotAllowed(words.results_hidden(tournament.name))
        return tournament


async def _own_runs(tournament: Tournament, account_id: int, *, sees: bool) -> list[OwnRun]:
    tries = Attempt.filter(tournament_id=tournament.id, racer_id=account_id)
    discarded = [one.race_id for one in await tries.filter(discarded_at__isnull=False)]
    forfeits = tries.filter(stage=AttemptStage.FORFEITED, discarded_at__isnull=True).prefetch_related("pool")
    runs = Race.filter(tournament_id=tournament.id, racer_id=account_id).order_by("id").prefetch_related("seed__pool")
    found: list[tuple[int, OwnRun]] = []
    for race in await runs:
        seed: Seed | None = race.seed
        if race.id in discarded:
            continue
        known = sees and race.score is not None and seed is not None
        par = Par(seed.par_total_ms, seed.par_runs) if known and seed is not None else None
        one = OwnRun(
            seed.pool.name if seed else "", race.time_ms, race.status, race.score if known else None, par
        )
        found.append((seed.pool_id if seed else 0, one))
    found.extend([(one.pool_id, OwnRun(one.pool.name, None, None)) for one in await forfeits.order_by("id")])
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


async def _best_runs(
    tournament: Tournament, account_ids: Sequence[int]
) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """By racer and pool: times and scores of the runs that count, the best first; no more than the pool's slots."""
    found = Race.filter(tournament_id=tournament.id, racer_id__in=list(account_ids), score__isnull=False)
    rows = await found.order_by("-score", "time_ms", "id").values_list("racer_id", "seed__pool_id", "time_ms", "score")
    best: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for racer_id, pool_id, time_ms, score in rows:
        if len(best[racer_id, pool_id]) < tournament.runs_per_pool:
            best[racer_id, pool_id].append((time_ms, score))
    return best


def _row(
    place: Place, best: dict[tuple[int, int], list[tuple[int, int]]], pool_ids: Sequence[int], slots: int
) -> list[str]:
    if place.score is None:
        return [str(place.rank), place.name, format_run_time(place.time_ms or 0)]
    cells = [str(place.rank), place.name, format_score(place.score), str(place.counted)]
    for pool_id in pool_ids:
        runs = best.get((place.account_id, pool_id), [])
        for time_ms, score in runs:
            cells += [format_run_time(time_ms), format_score(score)]
        cells += ["", ""] * (slots - len(runs))
    return cells


def _cells(cells: Iterable[str]) -> list[str]:
    """Cells that no spreadsheet takes for a formula."""
    return [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells]
