"""Fair seeds. What is reachable is worked out here in other ways than the one that chooses."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from math import ceil, log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from models import Attempt, Pool, Seed, TournamentStatus
from services.seeding import Given, choose, give_seed, take_back
from tests.services.world import GUILD, World


def dice(seed: int) -> random.Random:
    """Chance that falls the same way each time."""
    return random.Random(seed)  # noqa: S311 - nobody is to be kept from guessing it


class Draws:
    """A pool in memory: what was given how often, and who had what."""

    def __init__(self, seeds: int, rng: random.Random) -> None:
        self.counts = dict.fromkeys(range(1, seeds + 1), 0)
        self.retired: set[int] = set()
        self.had: dict[int, list[int]] = {}
        self.allowed_then: list[frozenset[int]] = []
        """For each draw: among which seeds it chose."""
        self._rng = rng

    @property
    def active(self) -> set[int]:
        return self.counts.keys() - self.retired

    def allowed(self, racer: int) -> set[int]:
        return self.active - set(self.had.get(racer, []))

    def draw(self, racer: int) -> int | None:
        allowed = self.allowed(racer)
        seeds = [Given(id, self.counts[id]) for id in sorted(self.active)]
        chosen = choose(seeds, self.had.get(racer, []), self._rng)
        if chosen is not None:
            self.allowed_then.append(frozenset(allowed))
            self.had.setdefault(racer, []).append(chosen)
            self.counts[chosen] += 1
        return chosen

    def spread(self) -> int:
        return spread([self.counts[id] for id in self.active])


def spread(counts: Sequence[int]) -> int:
    return max(counts) - min(counts)


def evened_out(counts: Sequence[int], newcomers: int) -> int:
    """The least spread that so many people who may be given anything can leave, found by trying each of the levels.

    Whoever wants a spread of d or less picks a floor f, brings every seed up to it and none above f + d. What is left
    of the newcomers has to fit under that ceiling.
    """
    total = sum(counts) + newcomers
    return min(
        max(d, spread([max(count, floor) for count in counts]))
        for floor in range(min(counts), min(counts) + newcomers + 1)
        if (needed := sum(max(0, floor - count) for count in counts)) <= newcomers
        for d in range(newcomers + spread(counts) + 1)
        if sum(max(count, floor + d) for count in counts) >= total and needed <= newcomers
    )


def least_load(allowed: Sequence[frozenset[int]], seeds: int) -> int:
    """How often the seed that is given most has to be given, if everybody's choices are known before: by augmenting.

    The classical matching: a draw takes a seed that has room, or moves another draw off it.
    """
    load = ceil(len(allowed) / seeds)
    while not _fits(allowed, load):
        load += 1
    return load


def _fits(allowed: Sequence[frozenset[int]], load: int) -> bool:
    taken: dict[int, list[int]] = {}

    def place(draw: int, tried: set[int]) -> bool:
        for seed in allowed[draw] - tried:
            tried.add(seed)
            holders = taken.setdefault(seed, [])
            if len(holders) < load:
                holders.append(draw)
                return True
            for number, holder in enumerate(holders):
                if place(holder, tried):
                    holders[number] = draw
                    return True
        return False

    return all(place(draw, set()) for draw in range(len(allowed)))


@pytest.mark.parametrize("seeds", [1, 2, 3, 7, 16, 100, 250])
def test_ten_thousand_racers_who_run_once_leave_no_seed_behind(seeds: int) -> None:
    pool = Draws(seeds, dice(seeds))
    for racer in range(10_000):
        assert pool.draw(racer) is not None
        if racer % 97 == 0:
            assert pool.spread() <= 1
    # Less than this is not possible: all counts would have to be equal.
    assert pool.spread() == (10_000 % seeds != 0)
    assert sum(pool.counts.values()) == 10_000


@pytest.mark.parametrize("runs", [2, 3, 5])
def test_ten_thousand_racers_who_run_again_are_given_what_was_given_least(runs: int) -> None:
    """In whatever order they come back, up to all seeds of the pool."""
    rng = dice(runs)
    pool, draws = Draws(5, rng), [racer for racer in range(10_000) for _ in range(runs)]
    rng.shuffle(draws)
    for racer in draws:
        least = min(pool.counts[id] for id in pool.allowed(racer))
        before = dict(pool.counts)
        chosen = pool.draw(racer)
        assert chosen is not None
        assert before[chosen] == least
    assert all(len(set(had)) == len(had) == runs for had in pool.had.values())
    assert sum(pool.counts.values()) == 10_000 * runs
    if runs == 5:
        assert pool.spread() == 0


steps = st.lists(st.one_of(st.integers(0, 12), st.sampled_from(["add", "retire", "restore"])), max_size=80)


@given(seeds=st.integers(1, 6), steps=steps, seed=st.integers(0, 2**32), newcomers=st.integers(0, 40))
@settings(max_examples=300, deadline=None)
def test_each_choice_leaves_the_pool_as_even_as_any_that_was_allowed(
    seeds: int, steps: list[int | str], seed: int, newcomers: int
) -> None:
    """Racers come back as they like, while seeds are added, retired and restored; then some come who are new."""
    rng = dice(seed)
    pool = Draws(seeds, rng)
    for step in steps:
        if step == "add":
            pool.counts[len(pool.counts) + 1] = 0
        elif step == "retire" and pool.active:
            pool.retired.add(rng.choice(sorted(pool.active)))
        elif step == "restore" and pool.retired:
            pool.retired.remove(rng.choice(sorted(pool.retired)))
        elif isinstance(step, int):
            before, allowed = dict(pool.counts), pool.allowed(step)
            chosen = pool.draw(step)
            if not allowed:
                assert chosen is None
                continue
            assert chosen in allowed
            others = [
                spread([count + (id == one) for id, count in before.items() if id in pool.active]) for one in allowed
            ]
            assert pool.spread() == min(others)
            assert before[chosen] == min(before[one] for one in allowed)
    if pool.active:
        best = evened_out([pool.counts[id] for id in pool.active], newcomers)
        for racer in range(100, 100 + newcomers):
            pool.draw(racer)
        assert pool.spread() == best


@given(seeds=st.integers(1, 8), draws=st.lists(st.integers(0, 15), min_size=1, max_size=60), seed=st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_hindsight_would_not_have_done_much_better(seeds: int, draws: list[int], seed: int) -> None:
    pool = Draws(seeds, dice(seed))
    for racer in draws:
        pool.draw(racer)
    assert max(pool.counts.values()) <= (ceil(log2(seeds)) + 1) * least_load(pool.allowed_then, seeds)


def test_the_optimum_to_compare_with_is_one() -> None:
    """Two that may have anything, and two that may have the first alone: hindsight gives the first to these only."""
    assert least_load([frozenset({1, 2})] * 2 + [frozenset({1})] * 2, 2) == 2
    assert evened_out([5, 0], 3) == 2
    assert evened_out([5, 0], 6) == 1
    assert evened_out([0, 0, 0], 4) == 1
    assert evened_out([3, 1, 2], 3) == 0


def test_ties_go_to_each_seed_as_often() -> None:
    rng = dice(7)
    seeds = [Given(1, 4), Given(2, 3), Given(3, 3), Given(4, 3)]
    drawn = Counter(choose(seeds, [4], rng) for _ in range(2000))
    assert set(drawn) == {2, 3}
    assert abs(drawn[2] - drawn[3]) < 200


def test_whoever_had_every_seed_is_given_none() -> None:
    assert choose([Given(1, 0), Given(2, 9)], [1, 2, 3], dice(1)) is None
    assert choose([], [], dice(1)) is None


async def _pool(world: World, seeds: int, *, name: str = "Open") -> Pool:
    cup = await world.tournament(name, status=TournamentStatus.OPEN, racers=("Ann", "Bo", "Cy"))

    async def made() -> Pool:
        now = world.clock()
        pool = await Pool.create(tournament_id=cup.id, name=name, name_key=name.casefold(), created_at=now)
        for number in range(seeds):
            await Seed.create(pool_id=pool.id, permalink=f"seed {number}", created_at=now)
        return pool

    return await world.herald.units.run(made)


async def _given(world: World, pool: Pool, racer: str, rng: random.Random) -> Seed | None:
    """What somebody is given, with the attempt that goes with it."""
    racer_id = await world.account(racer)

    async def body() -> Seed | None:
        seed = await give_seed(pool.id, racer_id, rng)
        if seed is not None:
            await Attempt.create(
                tournament_id=pool.tournament_id,
                pool_id=pool.id,
                seed_id=seed.id,
                racer_id=racer_id,
                event_id=uuid7(),
                guild_id=GUILD,
                parent_channel_id=1,
                given_at=world.clock(),
                discarded_at=world.clock() if racer == "Bo" else None,
            )
        return seed

    return await world.herald.units.run(body)


async def test_nobody_is_given_a_seed_twice_not_even_after_they_discarded_it(world: World) -> None:
    pool, rng = await _pool(world, 4), dice(3)
    for racer in ("Ann", "Bo"):
        had = [await _given(world, pool, racer, rng) for _ in range(5)]
        assert had[-1] is None
        assert len({seed.id for seed in had if seed}) == 4
    assert world.select("SELECT given FROM seed") == [2, 2, 2, 2]


async def test_seeds_are_given_from_the_pool_alone_and_without_those_that_are_retired(world: World) -> None:
    pool, other, rng = await _pool(world, 3), await _pool(world, 3, name="Other"), dice(5)
    world.execute("UPDATE seed SET retired_at = created_at WHERE pool_id = ? AND permalink = 'seed 1'", pool.id)
    given = [await _given(world, pool, racer, rng) for racer in ("Ann", "Bo", "Cy")]
    assert {seed.permalink for seed in given if seed} == {"seed 0", "seed 2"}
    assert [seed.pool_id for seed in given if seed] == [pool.id] * 3
    assert world.select("SELECT sum(given) FROM seed WHERE pool_id = ?", other.id) == [0]


async def test_what_is_taken_back_is_given_next(world: World) -> None:
    pool, rng = await _pool(world, 2), dice(8)
    first, second = await _given(world, pool, "Ann", rng), await _given(world, pool, "Bo", rng)
    assert first is not None
    assert second is not None
    await world.herald.units.run(lambda: take_back(first.id))
    third = await _given(world, pool, "Cy", rng)
    assert third is not None
    assert (third.id, third.given) == (first.id, 1)
