"""Leaderboards: by points where a tournament has pools, else by the best approved time; and the board in a channel."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Sequence

from events import TournamentUpdatedEvent
from events.base import FieldChange
from models import Attempt, AttemptStage, Entrant, Pool, Race, Seed, Tournament
from services.actor import Actor
from services.base import Service, change, query
from services.errors import NotAllowed
from services.notice import Notice
from services.paging import PAGE, page_of
from services.permissions import Action, organization_of, require
from services.scoring import Par
from services.standings import Standing, all_places, length, place_of, places
from services.tournaments import find_tournament
from services.views import Board, OwnRun, OwnTimes, unreviewed
from services.visibility import hides_results, sees_results
from services.words import leaderboard as words
from services.words.language import format_run_time, format_score

PINNED = 20
"""Lines of a board in a channel. With names of Discord's length, these fit into one message."""

AT_ONCE = 100
"""Racers whose runs an export reads at a time."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would compute."""


async def pinned(tournament: Tournament) -> Notice:
    """The board that stands in a channel, for all to see."""
    if hides_results(tournament):
        racers = await Entrant.filter(tournament_id=tournament.id).count()
        return words.hidden_board(tournament, racers)
    shown = await places(tournament, first=0, number=PINNED)
    return words.pinned_board(tournament, shown, await length(tournament))


class LeaderboardService(Service):
    @query
    async def page(self, actor: Actor, reference: int | str, number: int = 0) -> Board:
        """A page of a tournament's leaderboard. Raises NotFound, and NotAllowed while results are hidden."""
        tournament = await self._seen(actor, reference)
        total = await length(tournament)
        page, pages = page_of(number, total)
        shown = await places(tournament, first=page * PAGE, number=PAGE)
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
        # At once, so that nobody is there twice or missing whose run is corrected meanwhile.
        everybody = await all_places(tournament)
        # Each lot by itself: the runs of thousands at once would hold up everybody.
        for first in range(0, len(everybody), AT_ONCE):
            lot = everybody[first : first + AT_ONCE]
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
        score = race.score if known else None
        pool = seed.pool.name if seed else ""
        one = OwnRun(pool, race.time_ms, race.status, score, par, unreviewed(race, tournament))
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
    place: Standing, best: dict[tuple[int, int], list[tuple[int, int]]], pool_ids: Sequence[int], slots: int
) -> list[str]:
    if place.score is None:
        return [str(place.rank), place.name, format_run_time(place.time_ms)]
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
