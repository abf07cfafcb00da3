"""Races that something else ends: the tournament, a racer's leaving, or the end of their account."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from models import Role, TargetKind, TournamentStatus
from services.erasure import Results
from services.errors import NotAllowed, Unavailable, WrongState
from services.sender import SendDeferred
from services.thread_gateway import ThreadDeferred, ThreadRefused
from services.tournaments import RunsPending
from tests.services.discord_stand_in import channel
from tests.services.field import Course
from tests.services.racing import CHANNEL, begin, hand_in, racing_cup, rule, run, stages
from tests.services.world import OWNER, World

MANY = 10**6


@pytest.fixture
async def cup(world: World) -> Course:
    """A running tournament of two pools of one seed each, in which Ann and Bo race."""
    return await racing_cup(world)


async def end(world: World, *, runs: int = MANY, races: int = MANY) -> None:
    boss = await world.actor(OWNER)
    await world.herald.tournaments.end(boss, 1, leave_out_up_to=runs, break_off_up_to=races)
    await world.settle()


async def forget(world: World, racer: str, results: Results) -> None:
    actor = await world.actor(racer)
    await world.herald.erasure.delete(actor, actor.account_id, results, typed="delete")
    await world.settle()


def card(world: World, thread_id: int) -> str:
    """What the card in a thread says now."""
    letter = next(one for one in world.outbox.letters if one.target.id == thread_id)
    return " ".join(part for line in letter.notice.lines for part in line if isinstance(part, str))


def buttons(world: World, thread_id: int) -> list[str]:
    """What can be pressed on the card in a thread."""
    letter = next(one for one in world.outbox.letters if one.target.id == thread_id)
    return [one.action for one in letter.notice.buttons]


def told(world: World, target_id: int) -> list[str]:
    return [one.notice.title for one in world.outbox.letters if one.target.id == target_id]


async def test_a_tournament_with_races_under_way_ends_only_once_it_was_asked_about_each(
    world: World, cup: Course
) -> None:
    await run(world, "Bo")
    before = world.dump()
    with pytest.raises(RunsPending, match="1 race in Spring Cup is not handed in yet") as refused:
        await end(world, races=0)
    assert ([race.id for race in refused.value.races], refused.value.runs) == ([1], [])
    assert world.dump() == before
    await begin(world, "Ann")
    with pytest.raises(RunsPending, match="2 races in Spring Cup are not handed in yet"):
        await end(world, races=1)
    assert stages(world) == ["finished", "seeded"]
    await end(world, races=2)
    assert world.events()[-1] == "TournamentEnded"


async def test_the_end_of_a_tournament_forfeits_what_is_under_way_and_leaves_out_what_is_not_handed_in(
    world: World, cup: Course
) -> None:
    await rule(world, vod_required=False)
    await begin(world, "Ann")
    await run(world, "Bo")
    anns, bos = (world.yard.threads[id] for id in sorted(world.yard.threads))
    start = world.last_event()
    await end(world)
    assert world.events(start) == ["TournamentUpdated", "TournamentEnded"]
    update = world.newest("TournamentUpdated")
    assert (update["user_id"], update["racer_id"]) == (await world.account(OWNER), await world.account("Ann"))
    assert stages(world) == ["forfeited", "finished"]
    assert "This race was forfeited" in card(world, anns.id)
    assert told(world, anns.id)[-1] == "Your race in Spring Cup was forfeited"
    assert "The tournament has ended" in card(world, bos.id)
    # Nor is it handed in for him when the minute for an undo is over; and nobody is warned of anything any more.
    for _ in range(3):
        await world.pass_time(hours=13)
    assert world.events(start) == ["TournamentUpdated", "TournamentEnded"]
    assert anns.archived
    assert bos.archived
    for name, step in (("Ann", world.herald.attempts.undo), ("Bo", world.herald.submissions.submittable)):
        with pytest.raises(WrongState, match="The tournament has ended"):
            await step(await world.actor(name))


async def test_whoever_was_given_a_seed_cannot_leave_the_tournament_until_they_discarded_it(
    world: World, cup: Course
) -> None:
    await rule(world, reattempts=1)
    await cup.add_seed(1)
    attempt = await begin(world)
    ann = await world.actor("Ann")
    with pytest.raises(WrongState, match="You were given a seed in Spring Cup"):
        await world.herald.entrants.leave(ann, 1)
    await world.herald.attempts.forfeit(ann, attempt.id)
    with pytest.raises(WrongState, match="You were given a seed in Spring Cup"):
        await world.herald.entrants.leave(ann, 1)
    await world.herald.attempts.discard(ann, attempt.id)
    again = await run(world)
    await world.herald.reviews.reject(await world.actor(OWNER), (await hand_in(world, again)).id, reason="Spliced")
    with pytest.raises(WrongState, match="You were given a seed in Spring Cup"):
        await world.herald.entrants.leave(ann, 1)
    await rule(world, reattempts=2)
    await cup.add_seed(1)
    await world.herald.attempts.discard(ann, again.id)
    await world.herald.entrants.leave(ann, 1)


async def test_whoever_is_removed_while_racing_ends_that_race_and_starts_no_other(world: World, cup: Course) -> None:
    attempt = await begin(world)
    await world.herald.members.remove(await world.actor(OWNER), world.person("Ann"))
    ann = await world.actor("Ann")
    await world.herald.attempts.ready(ann, attempt.id)
    await world.pass_time(minutes=10)
    ann = await world.actor("Ann")
    await world.herald.attempts.finish(ann, attempt.id)
    await hand_in(world, attempt)
    assert stages(world) == ["submitted"]
    with pytest.raises(NotAllowed, match="no member of this community any more"):
        await world.herald.attempts.start(await world.actor("Ann"), 2, CHANNEL)


async def scored(world: World, racer: str, minutes: int) -> None:
    """A race of the first pool, approved."""
    attempt = await begin(world, racer)
    await world.herald.attempts.ready(await world.actor(racer), attempt.id)
    await world.pass_time(seconds=15 + 60 * minutes)
    await world.herald.attempts.finish(await world.actor(racer), attempt.id)
    race = await hand_in(world, attempt, racer)
    await world.herald.reviews.approve(await world.actor(OWNER), race.id)
    await world.settle()


@pytest.mark.parametrize("results", Results)
async def test_a_race_of_an_account_that_is_deleted_is_forfeited_and_its_thread_closed(
    world: World, cup: Course, results: Results
) -> None:
    await begin(world, "Ann")
    start = world.last_event()
    await forget(world, "Ann", results)
    first = world.select("SELECT payload FROM event WHERE seq > ? ORDER BY seq LIMIT 1", start)[0]
    assert '"new":"forfeited"' in first.replace(" ", "")
    assert stages(world) == (["forfeited"] if results is Results.KEPT else [])
    await world.pass_time(seconds=5)
    gone = "This race is gone: its racer has deleted their account."
    assert card(world, world.yard.newest.id) == (
        "This race was forfeited. It scores 0." if results is Results.KEPT else gone
    )
    assert not buttons(world, world.yard.newest.id)
    # Whoever is forgotten is told nothing more.
    assert not [one for one in world.outbox.letters if one.target.kind is TargetKind.USER]
    assert world.yard.newest.archived
    events = len(world.events())
    await world.pass_time(hours=24)
    assert len(world.events()) == events


async def test_whoever_withdraws_a_finished_race_whose_thread_is_gone_gets_no_message_any_more(
    world: World, cup: Course
) -> None:
    await run(world, "Ann")
    await world.herald.threads.gone(world.yard.newest.id)
    await forget(world, "Ann", Results.WITHDRAWN)
    assert not told(world, world.discord_id("Ann"))
    assert world.select("SELECT kind FROM message WHERE target_kind = 'user'") == []


async def test_a_finished_race_of_a_deleted_account_is_not_handed_in_for_it(world: World, cup: Course) -> None:
    await rule(world, vod_required=False)
    await run(world, "Ann")
    await forget(world, "Ann", Results.KEPT)
    await world.pass_time(hours=1)
    assert stages(world) == ["finished"]
    assert "RaceSubmitted" not in world.events()


async def test_kept_races_stay_under_a_deleted_user_and_withdrawn_ones_leave_par_and_points_as_without_them(
    world: World, cup: Course
) -> None:
    await rule(world, runs_per_pool=1)
    await scored(world, "Ann", 50)
    await scored(world, "Bo", 60)
    await begin(world, "Ann", pool=2)
    await world.herald.attempts.forfeit(await world.actor("Ann"), 3)
    points = await cup.points()
    await forget(world, "Ann", Results.KEPT)
    assert await cup.points() == {("a deleted user" if name == "Ann" else name): had for name, had in points.items()}
    assert stages(world) == ["submitted", "submitted", "forfeited"]


async def test_withdrawn_races_go_and_scores_are_those_of_who_is_left(world: World, cup: Course) -> None:
    await scored(world, "Ann", 50)
    await scored(world, "Bo", 60)
    assert (await cup.points())["Bo"][0] < 100_000
    await begin(world, "Ann", pool=2)
    await world.herald.attempts.forfeit(await world.actor("Ann"), 3)
    await forget(world, "Ann", Results.WITHDRAWN)
    assert await cup.points() == {"Bo": (100_000, 1)}
    assert stages(world) == ["submitted"]


async def test_ones_races_are_handed_out_with_all_else(world: World, cup: Course) -> None:
    await hand_in(world, await run(world, "Ann"))
    await run(world, "Bo", 2)
    data = await world.herald.erasure.export(await world.actor("Ann"))
    [race] = data["races"]
    assert (race["tournament__name"], race["pool__name"], race["seed__permalink"]) == ("Spring Cup", "Pool 1", "seed 1")
    assert race["race_id"] == data["runs"][0]["id"]
    assert msgspec.json.encode(race)


async def test_an_ended_tournament_has_no_race_that_anything_is_due_of(world: World, cup: Course) -> None:
    await run(world, "Bo")
    await begin(world, "Ann")
    await end(world)
    assert world.select("SELECT count(*) FROM attempt WHERE due_at IS NOT NULL") == [0]
    assert world.select("SELECT status FROM tournament") == [TournamentStatus.ENDED.value]


async def racing(world: World, racer: str = "Ann", pool: int = 1) -> int:
    """A race whose clock runs; returns its thread."""
    attempt = await begin(world, racer, pool)
    await world.herald.attempts.ready(await world.actor(racer), attempt.id)
    await world.pass_time(minutes=1)
    return world.yard.newest.id


async def delete_cup(world: World) -> None:
    await world.herald.tournaments.delete(await world.actor(OWNER), 1, typed_name="Spring Cup")


@pytest.mark.parametrize("whole", [False, True], ids=["tournament", "organization"])
async def test_races_that_are_deleted_say_so_in_their_threads_which_are_archived(
    world: World, cup: Course, whole: bool
) -> None:
    anns = await racing(world, "Ann")
    bos = await racing(world, "Bo")
    await world.herald.threads.gone(bos)
    bos_before = told(world, bos)
    if whole:
        await world.herald.organizations.delete(await world.actor(OWNER), 1, typed_name="Racing Club")
    else:
        await delete_cup(world)
    await world.settle()
    assert card(world, anns) == "This race is gone: its tournament was deleted."
    assert not buttons(world, anns)
    news = f"Your race in {'Racing Club' if whole else 'Spring Cup'} is gone"
    assert told(world, anns)[1:] == [news]
    letter = next(one for one in world.outbox.letters if one.notice.title == news and one.target.id == anns)
    assert letter.notice.mentions == (world.discord_id("Ann"),)
    assert world.yard.threads[anns].archived
    assert (told(world, bos), told(world, world.discord_id("Bo"))) == (bos_before, [news])


async def test_the_thread_of_a_deleted_race_is_archived_whatever_comes_between(world: World, cup: Course) -> None:
    thread = await racing(world)
    world.outbox.break_down(channel(thread), SendDeferred(60))
    await delete_cup(world)
    await world.settle()
    await world.crash()
    await world.pass_time(seconds=30)
    # Not before it is said there.
    assert not world.yard.threads[thread].archived
    world.outbox.break_down(channel(thread), None)
    world.yard.fail_next(ThreadDeferred(30), ConnectionError())
    await world.pass_time(seconds=60)
    await world.crash()
    assert card(world, thread).startswith("This race is gone")
    for _ in range(3):
        await world.pass_time(minutes=1)
    assert world.yard.threads[thread].archived


async def test_a_deleted_race_whose_thread_discord_does_not_archive_is_left_at_that(world: World, cup: Course) -> None:
    await racing(world)
    world.yard.fail_next(ThreadRefused("no"))
    await delete_cup(world)
    await world.settle()
    assert world.select("SELECT status, failure FROM message WHERE kind = 'thread_closed'") == [("failed", "no")]


async def test_a_run_that_is_withdrawn_before_its_thread_was_archived_has_it_archived(
    world: World, cup: Course
) -> None:
    attempt = await run(world)
    await hand_in(world, attempt)
    assert not world.yard.newest.archived
    await forget(world, "Ann", Results.KEPT)
    assert stages(world) == []
    assert card(world, world.yard.newest.id).startswith("This race is gone")
    assert world.yard.newest.archived


async def test_a_race_that_is_deleted_while_its_thread_is_opened_is_not_said_to_be_ready(
    world: World, cup: Course
) -> None:
    there = world.yard.hold()
    attempt = await world.herald.attempts.start(await world.actor("Ann"), 1, CHANNEL)
    with world.herald.threads.opening(attempt.id) as opened:
        waiting = asyncio.create_task(opened(5))
        await there.wait()
        await delete_cup(world)
        world.yard.release()
        await world.settle()
        with pytest.raises(Unavailable, match="Your race was deleted while its thread was opened"):
            await waiting
    thread = world.yard.newest
    assert told(world, thread.id) == ["Spring Cup"]
    assert card(world, thread.id) == "This race is gone: its tournament was deleted."
    assert thread.archived


async def test_a_race_that_is_deleted_before_its_thread_was_there_gets_none_and_its_racer_a_message(
    world: World, cup: Course
) -> None:
    world.yard.fail_next(ThreadDeferred(30))
    await begin(world)
    await delete_cup(world)
    await world.pass_time(minutes=1)
    assert not world.yard.threads
    assert told(world, world.discord_id("Ann")) == ["Your race in Spring Cup is gone"]


async def test_whoever_waits_for_the_thread_of_a_race_that_is_deleted_hears_of_it_there_alone(
    world: World, cup: Course
) -> None:
    world.yard.fail_next(ThreadDeferred(30))
    attempt = await world.herald.attempts.start(await world.actor("Ann"), 1, CHANNEL)
    with world.herald.threads.opening(attempt.id) as opened:
        await world.settle()
        await delete_cup(world)
        with pytest.raises(Unavailable, match="Your race was deleted while its thread was opened"):
            await opened(5)
    await world.settle()
    assert not told(world, world.discord_id("Ann"))


async def test_nobody_gives_more_time_to_a_race_whose_racer_has_deleted_their_account(
    world: World, cup: Course
) -> None:
    attempt = await begin(world)
    rae = await world.hire("Rae", Role.REVIEWER)
    await forget(world, "Ann", Results.KEPT)
    assert await world.herald.deadlines.extendable(rae, "") == []
    with pytest.raises(WrongState, match="Its racer has deleted their account"):
        await world.herald.deadlines.extend(rae, attempt.id, 5)
    assert stages(world) == ["forfeited"]
