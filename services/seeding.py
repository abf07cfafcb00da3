"""Which seed of a pool somebody is given: the one played least among those that they have not had, ties at random.

What that guarantees, where `given` is how often each active seed was given:

- While everybody runs once on a pool whose seeds stay the same and nothing is taken back, no seed is ever given twice
  more often than another. However uneven a pool is (a seed was added, or people ran again), those who come new to it
  even it out as fast as anything could.
- Whoever runs again may not be given what they had, and nobody knows who will: no rule that has to choose at once can
  always end as even as hindsight would. Each single choice leaves the pool as even as any that was allowed, and with n
  seeds the one given most often was given at most ⌈log₂ n⌉ + 1 times as often as with the best choices in hindsight.
  That is the best order of growth there is (Azar, Naor and Rom, "The competitiveness of on-line assignments", 1992).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from random import Random
from typing import NamedTuple

from tortoise.expressions import F

from models import Attempt, Seed


class Given(NamedTuple):
    """A seed by its id, and how often it was given to somebody."""

    id: int
    given: int


def choose(seeds: Iterable[Given], played: Collection[int], rng: Random) -> int | None:
    """The id of the seed to give to somebody who has had those in `played`; None when none is left for them."""
    allowed = [seed for seed in seeds if seed.id not in played]
    if not allowed:
        return None
    least = min(seed.given for seed in allowed)
    return rng.choice([seed.id for seed in allowed if seed.given == least])


async def give_seed(pool_id: int, racer_id: int, rng: Random) -> Seed | None:
    """Give the racer (an account's id) an active seed of the pool that they never had; None when there is none.

    Every attempt of theirs counts as had, also those given up and discarded. Inside a unit of work, which makes the
    attempt as well.
    """
    attempts = await Attempt.filter(pool_id=pool_id, racer_id=racer_id).values_list("seed_id")
    active = await Seed.filter(pool_id=pool_id, retired_at__isnull=True).order_by("id").values_list("id", "given")
    chosen = choose((Given(id, given) for id, given in active), {seed_id for (seed_id,) in attempts}, rng)
    if chosen is None:
        return None
    seed = await Seed.get(id=chosen)
    seed.given += 1
    await seed.save(update_fields=["given"])
    return seed


async def take_back(seed_id: int) -> None:
    """Count a seed as given once less: its racer never saw it. Inside a unit of work, which deletes the attempt."""
    await Seed.filter(id=seed_id, given__gt=0).update(given=F("given") - 1)
