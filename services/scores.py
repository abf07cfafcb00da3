"""Keeping the scores: what counts, a seed's par, what each run scores and each racer has; without pools, best times.

All of it runs inside the unit of work of whoever changed something, so that no score is ever older than its run.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from models import Attempt, Entrant, Pool, Race, RaceStatus, Seed, Tournament
from models.scores import SeedCurve, add_up, add_up_racer, add_up_seed, note_bests, note_pars, score_runs
from services.scoring import BEST, FASTEST, Par, curve_of, par_of, score


def kept(runs: QuerySet[Race], **of: Any) -> QuerySet[Race]:
    """Of these runs, those that their racers have not discarded for another; `of` picks the attempts they are from."""
    discarded = Attempt.filter(discarded_at__isnull=False, race_id__isnull=False, **of)
    return runs.exclude(id__in=Subquery(discarded.values("race_id")))


async def recount(race: Race) -> None:
    """Bring the scores up to date after it changed whether `race` counts, or its time.

    Its new state has to be saved. Where that leaves the par of its seed as it is, only its own score and its racer's
    points change. In a tournament without pools, it is its racer's best time.
    """
    if race.seed_id is None:
        await _note_best(race)
        return
    tournament = await Tournament.get(id=race.tournament_id)
    counts = race.status in _counted(tournament)
    # Its own attempt alone: one of thousands of the tournament.
    if counts and await Attempt.exists(race_id=race.id, discarded_at__isnull=False):
        counts = False
    race.score = 0 if counts else None
    await race.save(update_fields=["score"])
    seed = await Seed.get(id=race.seed_id)
    par, moved = await _rate(seed)
    if race.score is not None:
        race.score = score(race.time_ms, par)
    if moved:
        await _rescore(seed.id, par)
        await add_up_seed(tournament.id, tournament.runs_per_pool, seed.id)
    elif race.score is not None:
        await race.save(update_fields=["score"])
    await add_up_racer(tournament.id, tournament.runs_per_pool, race.racer_id)


async def recount_seeds(seed_ids: Collection[int]) -> None:
    """Bring the scores up to date after runs of these seeds were deleted."""
    for seed in await Seed.filter(id__in=list(seed_ids)).order_by("id").prefetch_related("pool__tournament"):
        tournament = seed.pool.tournament
        par, moved = await _rate(seed)
        if moved:
            await _rescore(seed.id, par)
            await add_up_seed(tournament.id, tournament.runs_per_pool, seed.id)


async def recount_points(tournament: Tournament) -> None:
    """Bring the points up to date after the number of runs changed that count in each pool. It has to be saved."""
    await add_up(tournament.id, tournament.runs_per_pool)


async def recount_tournament(tournament: Tournament) -> None:
    """Bring the scores up to date after it changed which runs of `tournament` count. Its rules have to be saved."""
    if not await Pool.exists(tournament_id=tournament.id):
        await note_bests(tournament.id, _counted(tournament))
        return
    runs = Race.filter(tournament_id=tournament.id, seed_id__isnull=False)
    counting = Subquery(_counting(tournament).values("id"))
    await runs.filter(score__isnull=False).exclude(id__in=counting).update(score=None)
    await runs.filter(score__isnull=True, id__in=counting).update(score=0)
    # All seeds at once: there may be thousands, of which few were raced.
    await note_pars(tournament.id, FASTEST)
    rated = Seed.filter(id__in=Subquery(runs.values("seed_id")), par_runs__gt=0).order_by("id")
    pars = await rated.values_list("id", "par_total_ms", "par_runs")
    await score_runs([_curve(seed_id, Par(total_ms, number)) for seed_id, total_ms, number in pars])
    await recount_points(tournament)


def _counting(tournament: Tournament) -> QuerySet[Race]:
    """The runs of a tournament with pools that count."""
    runs = Race.filter(tournament_id=tournament.id, seed_id__isnull=False, status__in=_counted(tournament))
    return kept(runs, tournament_id=tournament.id)


def _counted(tournament: Tournament) -> list[RaceStatus]:
    return [RaceStatus.APPROVED] if tournament.review_required else [RaceStatus.APPROVED, RaceStatus.SUBMITTED]


async def _note_best(race: Race) -> None:
    """Note the best time of a racer who has typed in `race`."""
    of = {"tournament_id": race.tournament_id}
    counted = _counted(await Tournament.get(id=race.tournament_id))
    runs = Race.filter(**of, racer_id=race.racer_id, seed_id__isnull=True, status__in=counted)
    best = await runs.order_by("time_ms", "submitted_at", "id").first()
    best_ms, best_at = (best.time_ms, best.submitted_at) if best else (None, None)
    await Entrant.filter(**of, account_id=race.racer_id).update(best_ms=best_ms, best_at=best_at)


async def _rate(seed: Seed) -> tuple[Par, bool]:
    """A seed's par, which is noted, and whether it is another one than before."""
    # As a comparison: Tortoise's `NOT score IS NULL` would keep SQLite from the index of the runs that count.
    fastest = Race.filter(seed_id=seed.id, score__gte=0).order_by("time_ms").limit(FASTEST)
    par = par_of([time_ms for (time_ms,) in await fastest.values_list("time_ms")])
    if par == Par(seed.par_total_ms, seed.par_runs):
        return par, False
    seed.par_total_ms, seed.par_runs = par.total_ms, par.runs
    await seed.save(update_fields=["par_total_ms", "par_runs"])
    return par, True


async def _rescore(seed_id: int, par: Par) -> None:
    if par.runs:
        await score_runs([_curve(seed_id, par)])


def _curve(seed_id: int, par: Par) -> SeedCurve:
    curve = curve_of(par)
    return SeedCurve(seed_id, BEST, curve.best_ms, curve.worst_ms, curve.above, curve.slope, curve.below)
