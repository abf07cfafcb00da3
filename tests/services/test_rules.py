"""The rules of a tournament with pools."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from models import RaceStatus, TournamentStatus
from services.errors import Invalid, NotFound, WrongState
from services.notice import Notice
from services.rules import Rules
from services.words import rules as words
from services.words.tournament_cards import tournament_card
from tests.services.field import course
from tests.services.world import ELSEWHERE, OWNER, World

ALL = Rules(
    runs_per_pool=2,
    reattempts="unlimited",
    opens="2026-11-25 18:00",
    closes="2026-12-01 18:00",
    results_hidden=True,
    min_account_days=30,
    vod_required=False,
    review_required=False,
)


def changed(world: World) -> list[tuple[str, object, object]]:
    return [(one["field"], one["old"], one["new"]) for one in world.newest("TournamentUpdated")["changed_fields"]]


def shown(notice: Notice) -> dict[str, Any]:
    return {field.label: field.value for field in notice.fields}


async def test_rules_are_set_at_once_and_each_change_is_told(world: World) -> None:
    cup, olga = await world.tournament(status=TournamentStatus.DRAFT), await world.actor(OWNER)
    last = world.last_event()
    done = await world.herald.rules.set(olga, "spring cup", ALL)
    assert (done.runs_per_pool, done.reattempts, done.results_hidden) == (2, None, True)
    assert (done.opens_at, done.closes_at) == (
        datetime(2026, 11, 25, 18, tzinfo=UTC),
        datetime(2026, 12, 1, 18, tzinfo=UTC),
    )
    assert (done.min_account_days, done.vod_required, done.review_required) == (30, False, False)
    assert world.events(last) == ["TournamentUpdated"]
    assert sorted(changed(world)) == [
        ("closes_at", None, "2026-12-01T18:00:00+00:00"),
        ("min_account_days", 0, 30),
        ("opens_at", None, "2026-11-25T18:00:00+00:00"),
        ("reattempts", 0, "unlimited"),
        ("results_hidden", False, True),
        ("review_required", True, False),
        ("runs_per_pool", 1, 2),
        ("vod_required", True, False),
    ]
    world.start()
    await world.settle()
    told = [line.text for line in await world.herald.audit.everything()][-1]
    assert told == (
        "Olga changed Spring Cup: re-attempts from “0” to “unlimited”, opening from nothing to 2026-11-25 18:00 UTC, "
        "closing from nothing to 2026-12-01 18:00 UTC, runs per pool from “1” to “2”, "
        "hidden results from “no” to “yes”, days that an account has to be old from “0” to “30”, "
        "VOD required from “yes” to “no” and review required from “yes” to “no”"
    )
    assert (await world.herald.tournaments.editable(olga, cup.id)).reattempts is None


async def test_what_is_not_named_stays_and_what_does_not_change_is_not_told(world: World) -> None:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    await world.herald.rules.set(olga, cup.id, ALL)
    before = world.dump()
    await world.herald.rules.set(olga, cup.id, ALL)
    await world.herald.rules.set(olga, cup.id, Rules())
    assert world.dump() == before
    after = await world.herald.rules.set(olga, cup.id, Rules(reattempts="3", vod_required=False))
    assert changed(world) == [("reattempts", "unlimited", 3)]
    assert (after.runs_per_pool, after.reattempts, after.min_account_days) == (2, 3, 30)


async def test_a_window_is_read_in_the_speakers_zone_and_can_be_taken_away(world: World) -> None:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    await world.herald.accounts.set_time_zone(olga, "America/New_York")
    done = await world.herald.rules.set(olga, cup.id, Rules(opens="tomorrow 18:00", closes="2026-12-01T12:00+01:00"))
    assert done.opens_at == datetime(2026, 11, 25, 23, tzinfo=UTC)
    assert done.closes_at == datetime(2026, 12, 1, 11, tzinfo=UTC)
    assert shown(words.saved(done, pools=1))["Races can be started"] == (
        "from ",
        done.opens_at,
        " until ",
        done.closes_at,
    )
    done = await world.herald.rules.set(olga, cup.id, Rules(opens=" None "))
    assert (done.opens_at, done.closes_at) == (None, datetime(2026, 12, 1, 11, tzinfo=UTC))
    assert changed(world) == [("opens_at", "2026-11-25T23:00:00+00:00", None)]
    assert shown(words.saved(done, pools=1))["Races can be started"] == ("until ", done.closes_at)
    done = await world.herald.rules.set(olga, cup.id, Rules(closes="none"))
    assert "Races can be started" not in shown(words.saved(done, pools=1))


async def test_the_organizations_zone_holds_for_who_has_none(bare: World) -> None:
    await bare.found(zone="Asia/Tokyo")
    cup, olga = await bare.tournament(), await bare.actor(OWNER)
    done = await bare.herald.rules.set(olga, cup.id, Rules(opens="2026-11-25 18:00"))
    assert done.opens_at == datetime(2026, 11, 25, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rules", "refusal"),
    [
        (Rules(opens="2026-12-02 18:00", closes="2026-12-01 18:00"), "Races would close before they open"),
        (Rules(closes="2026-11-25 12:00"), "Races would close before they open"),
        (Rules(opens="when it suits"), "“when it suits” is not a time I can read"),
        (
            Rules(reattempts="some"),
            "“some” is no number of re-attempts. Write none, a number up to 1000, or unlimited.",
        ),
        (Rules(reattempts="-1"), "is no number of re-attempts"),
        (Rules(reattempts="1001"), "is no number of re-attempts"),
        (Rules(reattempts="٣"), "is no number of re-attempts"),
        (Rules(runs_per_pool=0), "Runs per pool is a number from 1 to 20."),
        (Rules(runs_per_pool=21), "Runs per pool is a number from 1 to 20."),
        (Rules(min_account_days=-1), "The age of an account in days is a number from 0 to 3650."),
        (Rules(vod_required=False, min_account_days=3651), "is a number from 0 to 3650."),
    ],
)
async def test_rules_that_make_no_sense_are_refused_and_none_of_them_is_set(
    world: World, rules: Rules, refusal: str
) -> None:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    await world.herald.rules.set(olga, cup.id, Rules(opens="2026-11-25 12:00"))
    before = world.dump()
    with pytest.raises(Invalid) as refused:
        await world.herald.rules.set(olga, cup.id, rules)
    assert refusal in str(refused.value)
    assert world.dump() == before


async def test_rules_stay_once_it_has_ended_and_are_nobody_elses(world: World) -> None:
    cup, olga = await world.tournament(status=TournamentStatus.ENDED), await world.actor(OWNER)
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    rita = await world.actor("Rita", guild=ELSEWHERE)
    before = world.dump()
    with pytest.raises(WrongState, match="Spring Cup has ended, so its rules stay as they are"):
        await world.herald.rules.set(olga, cup.id, ALL)
    for reference in (cup.id, "Spring Cup"):
        with pytest.raises(NotFound, match="is not a tournament here"):
            await world.herald.rules.set(rita, reference, ALL)
    assert world.dump() == before


async def test_it_starts_once_every_pool_has_a_seed_for_each_run(world: World) -> None:
    cup, olga = await world.tournament(status=TournamentStatus.OPEN), await world.actor(OWNER)
    await world.pool(cup, "Open", seeds=["a", "b"])
    hard = await world.pool(cup, "Hard", seeds=["a", "b"])
    await world.herald.rules.set(olga, cup.id, Rules(runs_per_pool=2))
    await world.herald.pools.retire(olga, cup.id, "Hard", 3)
    with pytest.raises(WrongState, match="The pool Hard has 1 seed to give, and each racer has 2 runs there"):
        await world.herald.tournaments.start(olga, cup.id)
    await world.herald.pools.add_seeds(olga, hard.id, seeds="c")
    started = await world.herald.tournaments.start(olga, cup.id)
    assert started.status is TournamentStatus.RUNNING


async def test_while_it_runs_no_more_runs_are_promised_than_there_are_seeds(world: World) -> None:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    await world.pool(cup, "Open", seeds=["a", "b"])
    with pytest.raises(WrongState, match="The pool Open has 2 seeds to give, and each racer has 3 runs there"):
        await world.herald.rules.set(olga, cup.id, Rules(runs_per_pool=3))
    await world.herald.rules.set(olga, cup.id, Rules(runs_per_pool=2))
    # A seed that leaked has to go all the same, and does not hold up other rules.
    await world.herald.pools.retire(olga, cup.id, "Open", 1)
    await world.herald.rules.set(olga, cup.id, Rules(vod_required=False))


async def test_scores_follow_the_rules_that_decide_what_counts(world: World) -> None:
    made, olga = await course(world, pools=1, runs_per_pool=2), await world.actor(OWNER)
    await made.add_seed(made.seeds[0].pool_id)
    await made.run("Ann", 3_600_000, pool=0)
    await made.run("Ann", 3_600_000, pool=1)
    await made.run("Bo", 3_600_000, pool=0, status=RaceStatus.SUBMITTED)
    before = await made.points()
    assert (before["Ann"][1], before["Bo"][1]) == (2, 0)
    await world.herald.rules.set(olga, made.tournament.id, Rules(runs_per_pool=1, review_required=False))
    after = await made.points()
    assert (after["Ann"][1], after["Bo"][1]) == (1, 1)


async def test_a_card_shows_the_rules_where_there_are_pools(world: World) -> None:
    cup, olga = await world.tournament(status=TournamentStatus.OPEN), await world.actor(OWNER)
    await world.herald.rules.set(olga, cup.id, ALL)
    bare = shown(tournament_card(await world.herald.tournaments.info(olga, cup.id)))
    # What holds for runs that are typed in is told of it now.
    assert set(bare) == {"Status", "Type", "Racers", "Review", "Results"}
    await world.pool(cup, "Open", seeds=["a", "b"])
    card = shown(tournament_card(await world.herald.tournaments.info(olga, cup.id)))
    assert card["Pools"] == ("1, 2 runs in it",)
    await world.pool(cup, "Hard", seeds=["a", "b"])
    card = shown(tournament_card(await world.herald.tournaments.info(olga, cup.id)))
    del card["Status"], card["Type"], card["Racers"]
    assert card == {
        "Pools": ("2, 2 runs in each",),
        "Re-attempts": ("unlimited",),
        "Races can be started": (
            "from ",
            datetime(2026, 11, 25, 18, tzinfo=UTC),
            " until ",
            datetime(2026, 12, 1, 18, tzinfo=UTC),
        ),
        "VOD": ("not required",),
        "Review": ("runs count as soon as they are handed in",),
        "Results": ("hidden until the end",),
        "Discord account": ("30 days old or older",),
    }
