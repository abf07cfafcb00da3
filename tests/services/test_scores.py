from __future__ import annotations

import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import Race, RaceStatus
from services.rules import Rules
from services.scores import recount, recount_seeds, recount_tournament
from services.scoring import par_of, score
from tests.services.field import course, write, write_rules
from tests.services.world import OWNER, World


async def test_runs_score_as_computed_by_hand(world: World) -> None:
    """Par is (100 + 110) / 2 = 105 s: Ann has 2 - 100/105, Bo 2 - 110/105."""
    cup = await course(world)
    ann, bo = await cup.run("Ann", 100_000), await cup.run("Bo", 110_000)
    assert await cup.par() == (210_000, 2)
    assert await cup.scores() == {ann.id: 104_762, bo.id: 95_238}
    assert await cup.points() == {"Ann": (104_762, 1), "Bo": (95_238, 1)}


async def test_a_run_that_moves_the_par_scores_all_of_its_seed_anew_and_no_other(world: World) -> None:
    cup = await course(world, pools=2)
    ann, elsewhere = await cup.run("Ann", 100_000), await cup.run("Ann", 50_000, pool=1)
    assert await cup.scores() == {ann.id: 100_000, elsewhere.id: 100_000}
    bo = await cup.run("Bo", 60_000)
    assert await cup.par() == (160_000, 2)
    assert await cup.scores() == {ann.id: 75_000, elsewhere.id: 100_000, bo.id: 105_000}
    assert await cup.points() == {"Ann": (175_000, 2), "Bo": (105_000, 1)}


async def test_a_run_behind_the_fastest_five_leaves_the_others_as_they_are(world: World) -> None:
    cup = await course(world)
    for racer in ("Ann", "Bo", "Cy", "Di", "Ed"):
        await cup.run(racer, 100_000)
    before = await cup.scores()
    slow = await cup.run("Flo", 150_000)
    assert await cup.scores() == {**before, slow.id: 50_000}
    assert await cup.par() == (500_000, 5)
    assert (await cup.points())["Flo"] == (50_000, 1)


async def test_the_best_runs_of_each_pool_count(world: World) -> None:
    """Two a pool: the third, the worst, adds nothing."""
    cup = await course(world, pools=2, runs_per_pool=2)
    for time_ms in (100_000, 120_000, 140_000):
        await cup.run("Ann", time_ms)
    await cup.run("Ann", 60_000, pool=1)
    # Par of the first pool is 120 s: 2 - 100/120 is above 1.05, then 1, then 2 - 140/120.
    assert sorted(one for one in (await cup.scores()).values() if one is not None) == [
        83_333,
        100_000,
        100_000,
        105_000,
    ]
    assert await cup.points() == {"Ann": (305_000, 3)}


async def test_seeds_of_one_pool_have_their_own_par_and_share_its_slots(world: World) -> None:
    cup = await course(world)
    await cup.add_seed(cup.seeds[0].pool_id)
    await cup.run("Ann", 100_000)
    await cup.run("Bo", 200_000, pool=1)
    await cup.run("Bo", 150_000)
    assert await cup.points() == {"Ann": (105_000, 1), "Bo": (100_000, 1)}


async def test_only_approved_runs_count_unless_no_review_is_required(world: World) -> None:
    cup = await course(world)
    waiting = await cup.run("Ann", 100_000, status=RaceStatus.SUBMITTED)
    rejected = await cup.run("Bo", 90_000, status=RaceStatus.REJECTED)
    assert await cup.scores() == {waiting.id: None, rejected.id: None}
    assert await cup.par() == (0, 0)
    cup.tournament.review_required = False
    await write_rules(world, cup.tournament)
    assert await cup.scores() == {waiting.id: 100_000, rejected.id: None}
    assert await cup.points() == {"Ann": (100_000, 1), "Bo": (0, 0)}
    cup.tournament.review_required = True
    await write_rules(world, cup.tournament)
    assert await cup.scores() == {waiting.id: None, rejected.id: None}
    assert await cup.points() == {"Ann": (0, 0), "Bo": (0, 0)}


async def test_a_disqualified_run_counts_no_more_and_makes_no_par(world: World) -> None:
    cup = await course(world)
    ann, bo = await cup.run("Ann", 100_000), await cup.run("Bo", 60_000)
    bo.status = RaceStatus.DISQUALIFIED
    await write(world, bo)
    assert await cup.par() == (100_000, 1)
    assert await cup.scores() == {ann.id: 100_000, bo.id: None}
    assert await cup.points() == {"Ann": (100_000, 1), "Bo": (0, 0)}


async def test_the_last_run_of_a_seed_may_go(world: World) -> None:
    cup = await course(world)
    ann = await cup.run("Ann", 100_000)
    ann.status = RaceStatus.REJECTED
    await write(world, ann)
    assert await cup.par() == (0, 0)
    assert await cup.points() == {"Ann": (0, 0)}


async def test_a_corrected_time_scores_anew(world: World) -> None:
    cup = await course(world)
    ann, bo = await cup.run("Ann", 100_000), await cup.run("Bo", 100_000)
    bo.time_ms = 60_000
    await write(world, bo)
    assert bo.score == 105_000
    assert await cup.scores() == {ann.id: 75_000, bo.id: 105_000}


async def test_a_discarded_attempt_counts_no_more(world: World) -> None:
    cup = await course(world)
    ann = await cup.run("Ann", 100_000)
    attempt = await cup.attempt(ann)
    await write(world, ann)
    assert (await cup.points())["Ann"] == (100_000, 1)
    await cup.discard(attempt)
    await write(world, ann)
    assert await cup.scores() == {ann.id: None}
    assert (await cup.points())["Ann"] == (0, 0)
    await write_rules(world, cup.tournament)
    assert await cup.scores() == {ann.id: None}


async def test_another_number_of_runs_per_pool_adds_up_anew(world: World) -> None:
    cup = await course(world, runs_per_pool=2)
    await cup.run("Ann", 100_000)
    await cup.run("Ann", 100_000)
    cup.tournament.runs_per_pool = 1
    await write_rules(world, cup.tournament)
    assert await cup.points() == {"Ann": (100_000, 1)}


async def test_a_change_of_the_rules_asks_no_more_the_more_seeds_there_are(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    cup = await course(world, review=False)
    await cup.run("Ann", 100_000, status=RaceStatus.SUBMITTED)

    async def asked(rules: Rules) -> int:
        caplog.clear()
        with caplog.at_level(logging.DEBUG, "tortoise.db_client"):
            await world.herald.rules.set(await world.actor(OWNER), cup.tournament.id, rules)
        return len(caplog.records)

    few = [await asked(Rules(review_required=True)), await asked(Rules(review_required=False))]
    for number in range(1, 21):
        await cup.add_seed(cup.seeds[0].pool_id)
        if number % 2:
            await cup.run("Bo", 100_000, pool=number)
    assert [await asked(Rules(review_required=True)), await asked(Rules(review_required=False))] == few
    assert await asked(Rules(runs_per_pool=2)) < min(few)


async def test_runs_of_another_tournament_do_not_matter(world: World) -> None:
    spring, autumn = await course(world), await course(world, name="Autumn Cup")
    await spring.run("Ann", 100_000)
    await autumn.run("Ann", 90_000)
    await write_rules(world, spring.tournament)
    assert await spring.points() == await autumn.points() == {"Ann": (100_000, 1)}


async def test_a_run_of_a_tournament_without_pools_has_no_score(world: World) -> None:
    race = await world.approved("Ann", await world.tournament(), "1:00:00")
    await world.herald.units.run(lambda: recount(race))
    assert race.score is None


async def test_deleted_runs_leave_scores_as_if_they_had_never_been(world: World) -> None:
    cup = await course(world)
    ann, bo = await cup.run("Ann", 100_000), await cup.run("Bo", 60_000)

    async def body() -> None:
        await bo.delete()
        await recount_seeds([cup.seeds[0].id])

    await world.herald.units.run(body)
    assert await cup.scores() == {ann.id: 100_000}
    assert (await cup.points())["Ann"] == (100_000, 1)


history = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from([0, 1]),
        st.one_of(st.integers(1, 10), st.integers(1, 3_000_000)),
        st.sampled_from(RaceStatus),
    ),
    max_size=12,
)


@given(history, st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_step_by_step_or_all_at_once_the_scores_are_the_same(
    world: World, told: list[tuple[int, int, int, RaceStatus]], data: st.DataObject
) -> None:
    """And they are what the formula gives for the runs that count, in whatever order they came."""
    number = len(world.select("SELECT id FROM tournament"))
    cup = await course(world, pools=2, runs_per_pool=2, name=f"Cup {number}")
    runs: list[Race] = [
        await cup.run(f"Racer {racer}", time_ms, pool=pool, status=RaceStatus.SUBMITTED)
        for racer, pool, time_ms, _ in told
    ]
    for index in data.draw(st.permutations(range(len(runs)))):
        runs[index].status = told[index][3]
        await write(world, runs[index])
    scores, points, pars = await cup.scores(), await cup.points(), [await cup.par(0), await cup.par(1)]

    counted = [run for run in runs if run.status is RaceStatus.APPROVED]
    for pool, seed in enumerate(cup.seeds):
        par = par_of(run.time_ms for run in counted if run.seed_id == seed.id)
        assert pars[pool] == (par.total_ms, par.runs)
        assert all(scores[run.id] == score(run.time_ms, par) for run in counted if run.seed_id == seed.id)
    assert sum(one is not None for one in scores.values()) == len(counted)

    await world.herald.units.run(lambda: recount_tournament(cup.tournament))
    assert (scores, points, pars) == (await cup.scores(), await cup.points(), [await cup.par(0), await cup.par(1)])
