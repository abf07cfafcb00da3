"""Whether a tournament has pools of seeds, and whether there is enough in them."""

from __future__ import annotations

from tortoise.functions import Count

from models import Pool, Seed, Tournament
from services.errors import WrongState
from services.words import rules as words


async def require_no_pools(tournament: Tournament) -> None:
    """Let pass a tournament whose runs are typed in. Raises WrongState, which says how else one races."""
    if await Pool.exists(tournament_id=tournament.id):
        raise WrongState(words.start_a_race(tournament.name))


async def require_enough_seeds(tournament: Tournament) -> None:
    """Raises WrongState when a pool has fewer active seeds than each racer has runs in it."""
    pools = await Pool.filter(tournament_id=tournament.id).order_by("id")
    active = Seed.filter(pool__tournament_id=tournament.id, retired_at__isnull=True).group_by("pool_id")
    numbers = dict(await active.annotate(number=Count("id")).values_list("pool_id", "number"))
    for pool in pools:
        if (number := numbers.get(pool.id, 0)) < tournament.runs_per_pool:
            raise WrongState(words.too_few_seeds(pool.name, number, tournament.runs_per_pool))
