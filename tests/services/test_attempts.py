"""Races that people run on their own time: the clock is Discord's, whatever happens to us."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from models import AttemptStage, RaceStatus, Role, TargetKind, TournamentStatus
from services.attempts import COUNTDOWN, FINISH_WITHIN, LAG, READY_WITHIN, UNDO_WITHIN
from services.deadlines import GRACE
from services.errors import Invalid, NotAllowed, NotFound, Refusal, Unavailable, WrongState
from services.sender import SendDeferred, SendRefused, Target
from services.thread_gateway import ThreadDeferred, ThreadRefused
from tests.services.field import Course
from tests.services.racing import CHANNEL, begin, card, hand_in, racing_cup, rule, run, stages
from tests.services.thread_stand_in import Lost
from tests.services.world import ELSEWHERE, OWNER, VOD, World

MS = timedelta(milliseconds=1)


@pytest.fixture
async def cup(world: World) -> Course:
    """A running tournament of two pools of one seed each, in which Ann and Bo race."""
    return await racing_cup(world)


def in_thread(world: World, attempt_id: int) -> list[str]:
    """The titles of what stands in an attempt's thread, as it stands now."""
    thread = world.select("SELECT thread_id FROM attempt WHERE id = ?", attempt_id)[0]
    return [letter.notice.title for letter in world.outbox.letters if letter.target.id == thread]


async def test_a_race_goes_from_its_seed_to_a_run_that_is_handed_in_once(world: World, cup: Course) -> None:
    attempt = await begin(world)
    thread = world.yard.newest
    assert (thread.channel_id, thread.people) == (CHANNEL, {world.discord_id("Ann")})
    assert thread.name == f"Ann · Spring Cup · #{attempt.id}"
    assert card(world).startswith("Set up, then press Ready.")
    ready_at = world.clock()
    await world.herald.attempts.ready(await world.actor("Ann"))
    await world.pass_time(seconds=15)
    assert card(world).startswith("GO! The clock started")
    await world.pass_time(hours=1, milliseconds=234)
    await world.herald.attempts.finish(await world.actor("Ann"))
    await world.settle()
    assert card(world).startswith("Finished in 1:00:00.234.")
    race = await hand_in(world, attempt)
    assert race.time_ms == (world.clock() - ready_at - COUNTDOWN) // MS == 3_600_234
    assert "Handed in: 1:00:00.234." in card(world)
    await world.pass_time(seconds=5)
    assert world.yard.newest.archived
    assert world.events().count("RaceSubmitted") == 1
    assert stages(world) == ["submitted"]
    assert cup.seeds[0].id == race.seed_id


async def test_times_are_those_of_the_clicks_however_late_they_arrive(world: World, cup: Course) -> None:
    attempt = await begin(world)
    pressed = world.clock() + timedelta(milliseconds=777)
    world.clock.advance(seconds=30)
    ready = await world.herald.attempts.ready(await world.actor("Ann", at=pressed), attempt.id)
    assert ready.starts_at == pressed + COUNTDOWN
    finished_at = pressed + COUNTDOWN + timedelta(minutes=7, milliseconds=1)
    world.clock.advance(minutes=30)
    await world.crash()
    done = await world.herald.attempts.finish(await world.actor("Ann", at=finished_at), attempt.id)
    assert (done.finished_at, done.starts_at) == (finished_at, pressed + COUNTDOWN)
    assert (await hand_in(world, done)).time_ms == 420_001


@pytest.mark.parametrize("step", ["ready", "finish", "forfeit", "undo"])
async def test_a_step_is_done_once_and_by_the_racer_alone(world: World, cup: Course, step: str) -> None:
    attempts = world.herald.attempts
    attempt = await begin(world)
    if step != "ready":
        await attempts.ready(await world.actor("Ann"), attempt.id)
        await world.pass_time(minutes=5)
    if step == "undo":
        await attempts.finish(await world.actor("Ann"), attempt.id)
    with pytest.raises(NotAllowed, match="somebody else's race"):
        await getattr(attempts, step)(await world.actor("Bo"), attempt.id)
    with pytest.raises(NotFound):
        await getattr(attempts, step)(await world.actor("Ann"), attempt.id + 1)
    await getattr(attempts, step)(await world.actor("Ann"), attempt.id)
    await world.settle()
    before = world.dump()
    with pytest.raises(WrongState):
        await getattr(attempts, step)(await world.actor("Ann"), attempt.id)
    assert world.dump() == before


async def test_no_second_race_while_one_is_under_way_and_no_more_than_the_pool_has(world: World, cup: Course) -> None:
    attempt = await begin(world)
    with pytest.raises(WrongState, match="You have a race under way in Spring Cup"):
        await world.herald.attempts.offer(await world.actor("Ann"), "Spring Cup")
    await world.herald.attempts.forfeit(await world.actor("Ann"), attempt.id)
    _, choices = await world.herald.attempts.offer(await world.actor("Ann"), "Spring Cup")
    assert [choice.pool.name for choice in choices] == ["Pool 2"]
    with pytest.raises(WrongState, match="You have had your race in Pool 1"):
        await world.herald.attempts.start(await world.actor("Ann"), 1, CHANNEL)
    with pytest.raises(WrongState, match="You have had your race in Pool 1"):
        await world.herald.attempts.offer(await world.actor("Ann"), "Spring Cup", "pool 1")
    with pytest.raises(NotFound, match="“Pool 9” is not a pool of Spring Cup"):
        await world.herald.attempts.offer(await world.actor("Ann"), "Spring Cup", "Pool 9")
    await begin(world, pool=2)
    await world.herald.attempts.forfeit(await world.actor("Ann"), 2)
    with pytest.raises(WrongState, match="You have had all your races in Spring Cup"):
        await world.herald.attempts.offer(await world.actor("Ann"), "Spring Cup")


async def test_who_may_not_start_is_told_why_and_gets_no_seed(world: World, cup: Course) -> None:
    attempts, now = world.herald.attempts, world.clock()

    async def refused(racer: str = "Ann", *, guild: int | None = None, **rules: object) -> Refusal:
        await rule(world, **rules)
        actor = await (world.actor(racer, guild=guild) if guild else world.actor(racer))
        await world.settle()
        before = world.dump()
        with pytest.raises(Refusal) as caught:
            await attempts.start(actor, 1, CHANNEL)
        assert world.dump() == before
        await rule(world, opens_at=None, closes_at=None, min_account_days=0, status=TournamentStatus.RUNNING)
        return caught.value

    await world.actor("Cy")
    assert "Join it first with /tournament join." in str(await refused("Cy"))
    assert isinstance(await refused(opens_at=now + timedelta(hours=1)), WrongState)
    assert isinstance(await refused(closes_at=now), WrongState)
    assert "has ended" in str(await refused(status=TournamentStatus.ENDED))
    assert "has not started yet" in str(await refused(status=TournamentStatus.OPEN))
    # Discord ids of these tests are of Discord's first day.
    age = (now - datetime(2015, 1, 1, tzinfo=now.tzinfo)).days
    assert f"at least {age + 1} days old" in str(await refused(min_account_days=age + 1))
    await world.found("Other Club", owner="Zed", guild=ELSEWHERE)
    assert isinstance(await refused("Zed", guild=ELSEWHERE), NotFound)
    world.execute("DELETE FROM membership WHERE account_id = (SELECT id FROM account WHERE display_name = 'Ann')")
    assert "no member of this community any more" in str(await refused())


async def test_each_of_a_pools_seeds_is_given_to_a_racer_once_at_most(world: World, cup: Course) -> None:
    await rule(world, runs_per_pool=3)
    await begin(world)
    await world.herald.attempts.forfeit(await world.actor("Ann"), 1)
    with pytest.raises(WrongState, match="There is no seed left for you in this pool"):
        await begin(world)
    await cup.add_seed(1)
    second = await begin(world)
    assert second.seed_id == cup.seeds[-1].id
    assert world.select("SELECT given FROM seed WHERE pool_id = 1 ORDER BY id") == [1, 1]


async def test_a_finish_can_be_taken_back_for_a_minute_and_the_clock_runs_on(world: World, cup: Course) -> None:
    attempt = await run(world, takes=timedelta(minutes=10))
    await world.pass_time(seconds=UNDO_WITHIN.total_seconds())
    await world.herald.attempts.undo(await world.actor("Ann"), attempt.id)
    await world.pass_time(minutes=9)
    done = await world.herald.attempts.finish(await world.actor("Ann"), attempt.id)
    assert done.finished_at is not None
    assert done.starts_at is not None
    assert done.finished_at - done.starts_at == timedelta(minutes=20)
    await world.pass_time(seconds=UNDO_WITHIN.total_seconds() + 1)
    with pytest.raises(WrongState, match="more than a minute ago"):
        await world.herald.attempts.undo(await world.actor("Ann"), attempt.id)
    race = await hand_in(world, done)
    with pytest.raises(WrongState, match="is handed in"):
        await world.herald.attempts.undo(await world.actor("Ann"), attempt.id)
    assert race.time_ms == 1_200_000


async def test_a_forfeit_can_be_taken_back_for_a_minute_also_when_the_thread_was_archived(
    world: World, cup: Course
) -> None:
    attempt = await begin(world)
    forfeited_at = world.clock()
    await world.herald.attempts.forfeit(await world.actor("Ann"), attempt.id)
    await world.pass_time(seconds=61)
    await world.pass_time(seconds=5)
    assert world.yard.newest.archived
    with pytest.raises(WrongState, match="more than a minute ago"):
        await world.herald.attempts.undo(await world.actor("Ann"), attempt.id)
    # Pressed in time, though it took until now to get here.
    await world.herald.attempts.undo(await world.actor("Ann", at=forfeited_at + UNDO_WITHIN), attempt.id)
    await world.settle()
    assert not world.yard.newest.archived
    assert stages(world) == ["seeded"]


async def test_taking_a_forfeit_back_gives_nobody_more_time_to_get_ready(world: World, cup: Course) -> None:
    attempt = await begin(world)
    await world.pass_time(minutes=15)
    for _ in range(4):
        await world.pass_time(seconds=50)
        await world.herald.attempts.forfeit(await world.actor("Ann"), attempt.id)
        await world.pass_time(seconds=20)
        await world.herald.attempts.undo(await world.actor("Ann"), attempt.id)
    await world.pass_time(seconds=20)
    assert stages(world) == ["forfeited"]
    assert in_thread(world, attempt.id).count("Your race in Spring Cup is about to be forfeited") == 1


async def test_taking_a_finish_back_keeps_the_time_that_a_reviewer_gave(world: World, cup: Course) -> None:
    attempt = await begin(world)
    await world.herald.attempts.ready(await world.actor("Ann"), attempt.id)
    rae = await world.hire("Rae", Role.REVIEWER)
    extended = await world.herald.deadlines.extend(rae, attempt.id, 120)
    await world.pass_time(hours=13)
    await world.herald.attempts.finish(await world.actor("Ann"), attempt.id)
    undone = await world.herald.attempts.undo(await world.actor("Ann"), attempt.id)
    assert undone.deadline_at == extended.deadline_at
    await world.pass_time(minutes=30)
    assert stages(world) == ["racing"]
    assert "Your race in Spring Cup is about to be forfeited" not in in_thread(world, attempt.id)


async def test_go_is_told_also_to_whoever_pressed_ready_in_time_and_was_heard_late(world: World, cup: Course) -> None:
    attempt = await begin(world)
    await world.pass_time(seconds=(READY_WITHIN - GRACE).total_seconds())
    pressed = world.clock() + GRACE - MS
    await world.pass_time(seconds=GRACE.total_seconds() + 5)
    assert stages(world) == ["forfeited"]
    await world.herald.attempts.ready(await world.actor("Ann", at=pressed), attempt.id)
    await world.settle()
    await world.pass_time(seconds=10)
    assert card(world).startswith("GO! The clock started")


async def test_ready_pressed_in_time_but_heard_late_is_no_second_race_under_way(world: World, cup: Course) -> None:
    attempt = await begin(world)
    await world.pass_time(seconds=(READY_WITHIN - GRACE).total_seconds())
    pressed = world.clock()
    await world.pass_time(seconds=GRACE.total_seconds())
    await begin(world, pool=2)
    with pytest.raises(WrongState, match="another race under way by now"):
        await world.herald.attempts.ready(await world.actor("Ann", at=pressed), attempt.id)
    await world.herald.attempts.forfeit(await world.actor("Ann"), 2)
    await world.herald.attempts.ready(await world.actor("Ann", at=pressed), attempt.id)
    assert stages(world) == ["racing", "forfeited"]


async def test_a_warning_that_its_thread_does_not_take_any_more_comes_by_dm_once(world: World, cup: Course) -> None:
    attempt = await begin(world)
    thread = Target(TargetKind.CHANNEL, world.yard.newest.id)
    # Deleted while Herald was away, so nobody told it.
    world.outbox.break_down(thread, SendRefused("Unknown Channel (10003)"))
    await world.crash()
    await world.pass_time(seconds=(READY_WITHIN - GRACE).total_seconds())
    await world.crash()
    await world.pass_time(seconds=GRACE.total_seconds())
    assert stages(world) == ["forfeited"]
    dms = [one.notice.title for one in world.outbox.letters if one.target.id == world.discord_id("Ann")]
    assert dms == ["Your race in Spring Cup is about to be forfeited", "Your race in Spring Cup was forfeited"]
    assert world.select("SELECT thread_state FROM attempt WHERE id = ?", attempt.id) == ["gone"]


async def test_a_race_given_up_before_its_thread_was_there_has_it_closed_once_it_is(world: World, cup: Course) -> None:
    world.yard.fail_next(ThreadDeferred(300))
    attempt = await begin(world)
    await world.herald.attempts.forfeit(await world.actor("Ann"), attempt.id)
    await world.pass_time(seconds=61)
    await world.pass_time(minutes=5)
    await world.pass_time(seconds=5)
    assert world.yard.newest.archived


async def test_whoever_is_not_ready_in_time_is_warned_and_then_forfeits_once(world: World, cup: Course) -> None:
    attempt = await begin(world)
    await world.pass_time(seconds=(READY_WITHIN - GRACE).total_seconds())
    assert in_thread(world, attempt.id)[-1] == "Your race in Spring Cup is about to be forfeited"
    assert stages(world) == ["seeded"]
    await world.pass_time(seconds=GRACE.total_seconds())
    assert in_thread(world, attempt.id)[-1] == "Your race in Spring Cup was forfeited"
    assert stages(world) == ["forfeited"]
    events = len(world.events())
    await world.pass_time(hours=1)
    assert len(world.events()) == events
    assert world.yard.newest.archived


@pytest.mark.parametrize("thread", ["there", "deleted"])
async def test_whoever_does_not_finish_in_time_forfeits_once_also_when_herald_was_away(
    world: World, cup: Course, thread: str
) -> None:
    attempt = await begin(world)
    await world.herald.attempts.ready(await world.actor("Ann"), attempt.id)
    await world.settle()
    if thread == "deleted":
        await world.herald.threads.gone(world.yard.newest.id)
    await world.herald.close()
    world.clock.advance(seconds=(COUNTDOWN + FINISH_WITHIN).total_seconds() + 3600)
    await world.resume()
    await world.settle()

    def told() -> list[str]:
        place = world.yard.newest.id if thread == "there" else world.discord_id("Ann")
        return [letter.notice.title for letter in world.outbox.letters if letter.target.id == place]

    # They could not finish while Herald was away, so they have a little time left.
    assert told()[-1] == "Your race in Spring Cup is about to be forfeited"
    assert stages(world) == ["racing"]
    await world.pass_time(seconds=GRACE.total_seconds())
    assert told()[-1] == "Your race in Spring Cup was forfeited"
    assert stages(world) == ["forfeited"]
    await world.crash()
    await world.pass_time(hours=1)
    assert told().count("Your race in Spring Cup was forfeited") == 1


async def test_a_finish_that_was_pressed_before_the_forfeit_counts(world: World, cup: Course) -> None:
    attempt = await begin(world)
    ready = await world.herald.attempts.ready(await world.actor("Ann"), attempt.id)
    assert ready.deadline_at is not None
    pressed = ready.deadline_at - MS
    await world.pass_time(seconds=(FINISH_WITHIN).total_seconds())
    await world.pass_time(seconds=GRACE.total_seconds())
    assert stages(world) == ["forfeited"]
    late = await world.actor("Ann", at=ready.deadline_at + timedelta(hours=1))
    with pytest.raises(WrongState, match="You have given up this race"):
        await world.herald.attempts.finish(late, attempt.id)
    done = await world.herald.attempts.finish(await world.actor("Ann", at=pressed), attempt.id)
    assert done.finished_at == pressed
    await world.settle()
    assert not world.yard.newest.archived


async def test_a_reviewer_gives_more_time_also_to_a_race_that_was_forfeited_for_its_racer(
    world: World, cup: Course
) -> None:
    attempt = await begin(world)
    rae = await world.hire("Rae", Role.REVIEWER)
    extended = await world.herald.deadlines.extend(rae, attempt.id, 30)
    assert extended.deadline_at == world.clock() + READY_WITHIN + timedelta(minutes=30)
    await world.pass_time(minutes=21)
    assert stages(world) == ["seeded"]
    await world.pass_time(minutes=40)
    await world.pass_time(seconds=GRACE.total_seconds())
    assert stages(world) == ["forfeited"]
    assert [id for _, id in await world.herald.deadlines.extendable(rae, "an")] == [attempt.id]
    await world.herald.deadlines.extend(rae, attempt.id, 60)
    await world.settle()
    assert stages(world) == ["seeded"]
    await world.herald.attempts.ready(await world.actor("Ann"), attempt.id)
    for minutes in (0, 24 * 60 + 1):
        with pytest.raises(Invalid, match="at least 1 and at most 1440"):
            await world.herald.deadlines.extend(rae, attempt.id, minutes)
    with pytest.raises(NotAllowed, match="You may not review runs here"):
        await world.herald.deadlines.extend(await world.actor("Bo"), attempt.id, 5)


async def test_a_racer_is_told_of_more_time_and_no_more_of_the_forfeit_that_it_took_back(
    world: World, cup: Course
) -> None:
    attempt = await begin(world)
    rae = await world.hire("Rae", Role.REVIEWER)
    await world.pass_time(seconds=(READY_WITHIN - GRACE).total_seconds())
    thread = Target(TargetKind.CHANNEL, world.yard.newest.id)
    world.outbox.break_down(thread, SendDeferred(600))
    await world.pass_time(seconds=GRACE.total_seconds())
    assert stages(world) == ["forfeited"]
    extended = await world.herald.deadlines.extend(rae, attempt.id, 60)
    await world.settle()
    world.outbox.break_down(thread, None)
    await world.pass_time(minutes=10)
    await world.pass_time(minutes=1)
    assert in_thread(world, attempt.id)[1:] == [
        "Your race in Spring Cup is about to be forfeited",
        "You have more time for your race in Spring Cup",
    ]
    told = world.outbox.letters[-1].notice
    assert extended.deadline_at in told.lines[0]
    assert told.mentions == (world.discord_id("Ann"),)


async def test_a_racer_is_told_by_dm_of_the_more_time_for_a_race_whose_thread_is_gone(
    world: World, cup: Course
) -> None:
    attempt = await begin(world)
    rae = await world.hire("Rae", Role.REVIEWER)
    await world.herald.threads.gone(world.yard.newest.id)
    await world.herald.deadlines.extend(rae, attempt.id, 60)
    await world.settle()
    assert world.outbox.titles(Target(TargetKind.USER, world.discord_id("Ann"))) == [
        "You have more time for your race in Spring Cup"
    ]


async def test_more_time_is_refused_where_it_would_help_nobody(world: World, cup: Course) -> None:
    boss = await world.actor(OWNER)
    await cup.enter(OWNER)
    mine = await world.herald.attempts.start(boss, 1, CHANNEL)
    with pytest.raises(NotAllowed, match="You cannot give yourself more time"):
        await world.herald.deadlines.extend(boss, mine.id, 5)
    done = await run(world, "Bo")
    with pytest.raises(WrongState, match="That race is over"):
        await world.herald.deadlines.extend(boss, done.id, 5)
    late = await begin(world, "Ann")
    await world.pass_time(minutes=20)
    await world.pass_time(seconds=GRACE.total_seconds())
    await begin(world, "Ann", pool=2)
    with pytest.raises(WrongState, match="another race under way by now"):
        await world.herald.deadlines.extend(boss, late.id, 5)


async def test_without_a_vod_no_run_is_handed_in_where_one_is_asked_for(world: World, cup: Course) -> None:
    attempt = await run(world)
    with pytest.raises(Invalid, match="asks for a VOD"):
        await hand_in(world, attempt, vod=" ")
    await world.pass_time(hours=2)
    assert stages(world) == ["finished"]
    assert "RaceSubmitted" not in world.events()


async def test_where_no_vod_is_needed_a_finished_race_hands_itself_in_once(world: World, cup: Course) -> None:
    await rule(world, vod_required=False)
    await run(world, takes=timedelta(minutes=3))
    await world.crash()
    await world.pass_time(seconds=(UNDO_WITHIN + LAG).total_seconds())
    await world.pass_time(hours=1)
    assert stages(world) == ["submitted"]
    assert world.events().count("RaceSubmitted") == 1
    assert world.newest("RaceSubmitted")["time_ms"] == 180_000


async def test_what_was_handed_in_can_be_changed_until_it_was_reviewed_and_is_submitted_once(
    world: World, cup: Course
) -> None:
    attempt = await run(world)
    race = await hand_in(world, attempt)
    ann = await world.actor("Ann")
    submissions = world.herald.submissions
    for _ in range(2):
        _, edited = await submissions.submit(ann, attempt.id, vod=VOD + "2", notes="Mind the gap", in_game="59:00")
        assert edited
    assert world.events().count("RaceSubmitted") == 1
    updates = world.select("SELECT payload FROM event WHERE type = 'TournamentUpdated'")
    changed = [event for event in updates if "vod_url" in event]
    assert len(changed) == 1
    assert VOD not in changed[0]
    assert world.select("SELECT vod_url || notes || in_game_ms FROM race") == [f"{VOD}2Mind the gap3540000"]
    await world.herald.reviews.approve(await world.actor(OWNER), race.id)
    with pytest.raises(WrongState, match="was reviewed already"):
        await submissions.submit(ann, attempt.id, vod=VOD, notes="", in_game="")


async def test_a_discarded_race_counts_no_more_and_another_can_be_run(world: World, cup: Course) -> None:
    await rule(world, reattempts=1)
    await cup.add_seed(1)
    attempt = await run(world)
    race = await hand_in(world, attempt)
    await world.herald.reviews.approve(await world.actor(OWNER), race.id)
    assert await cup.points() == {"Ann": (100_000, 1), "Bo": (0, 0)}
    choice = await world.herald.attempts.reattemptable(await world.actor("Ann"), attempt.id)
    assert choice.left == 1
    await world.herald.attempts.discard(await world.actor("Ann"), attempt.id)
    assert await cup.points() == {"Ann": (0, 0), "Bo": (0, 0)}
    with pytest.raises(WrongState, match="discarded that race already"):
        await world.herald.attempts.discard(await world.actor("Ann"), attempt.id)
    second = await begin(world)
    assert second.seed_id != attempt.seed_id
    with pytest.raises(WrongState, match="still under way"):
        await world.herald.attempts.discard(await world.actor("Ann"), second.id)
    await world.herald.attempts.forfeit(await world.actor("Ann"), second.id)
    with pytest.raises(WrongState, match="You have used your 1 re-attempt"):
        await world.herald.attempts.discard(await world.actor("Ann"), second.id)


async def test_a_re_attempt_is_refused_where_there_is_none(world: World, cup: Course) -> None:
    attempt = await run(world)
    ann = await world.actor("Ann")
    with pytest.raises(WrongState, match="allows no re-attempts"):
        await world.herald.attempts.discard(ann, attempt.id)
    await rule(world, reattempts=None)
    with pytest.raises(WrongState, match="no seed left for you in this pool"):
        await world.herald.attempts.discard(ann, attempt.id)
    await cup.add_seed(1)
    assert (await world.herald.attempts.reattemptable(ann, attempt.id)).left is None
    await rule(world, closes_at=world.clock())
    with pytest.raises(WrongState):
        await world.herald.attempts.discard(ann, attempt.id)


async def test_when_the_tournament_ends_its_races_are_closed(world: World, cup: Course) -> None:
    attempt = await run(world)
    await begin(world, "Bo")
    await rule(world, status=TournamentStatus.ENDED)
    for step in (world.herald.attempts.undo, world.herald.submissions.submittable):
        with pytest.raises(WrongState, match="The tournament has ended"):
            await step(await world.actor("Ann"), attempt.id)
    with pytest.raises(WrongState, match="The tournament has ended"):
        await world.herald.attempts.ready(await world.actor("Bo"))


async def test_a_thread_that_discord_refuses_costs_nobody_a_seed(world: World, cup: Course) -> None:
    world.yard.fail_next(ThreadRefused("This server is full."))
    attempt = await begin(world)
    assert stages(world) == []
    assert world.select("SELECT given FROM seed WHERE pool_id = 1") == [0]
    assert [one.notice.title for one in world.outbox.letters][-1] == "Your race in Spring Cup could not be opened"
    world.yard.fail_next(ThreadRefused("This server is full."))
    again = await world.herald.attempts.start(await world.actor("Ann"), 1, CHANNEL)
    with world.herald.threads.opening(again.id) as opened:
        # Before anybody waits for it.
        await world.settle()
        with pytest.raises(Unavailable, match="This server is full"):
            await opened(5)
    assert stages(world) == []
    assert (await begin(world)).seed_id == attempt.seed_id


async def test_a_thread_is_opened_once_though_its_reply_was_lost_or_herald_was_killed(
    world: World, cup: Course
) -> None:
    world.yard.fail_next(Lost.REPLY)
    await begin(world)
    await world.crash()
    await world.pass_time(seconds=5)
    assert len(world.yard.threads) == 1
    assert world.yard.searches == 1
    assert len([one for one in world.outbox.letters if one.target.id == world.yard.newest.id]) == 1
    world.yard.fail_next(ThreadDeferred(30))
    await begin(world, "Bo")
    assert len(world.yard.threads) == 1
    await world.pass_time(seconds=30)
    assert len(world.yard.threads) == 2


async def test_the_ready_deadline_runs_from_when_the_thread_was_there(world: World, cup: Course) -> None:
    world.yard.fail_next(ThreadDeferred(3600))
    attempt = await begin(world)
    await world.pass_time(minutes=59)
    assert stages(world) == ["seeded"]
    await world.pass_time(minutes=2)
    now = await world.herald.attempts.mine(await world.actor("Ann"), attempt.id)
    assert now.deadline_at == world.clock() + READY_WITHIN


async def test_history_shows_each_race_with_what_became_of_it(world: World, cup: Course) -> None:
    race = await hand_in(world, await run(world))
    await world.herald.reviews.approve(await world.actor(OWNER), race.id)
    await begin(world, pool=2)
    races, runs = await world.herald.attempts.history(await world.actor("Ann"))
    assert [(one.pool.name, one.race.status if one.race else one.stage) for one in races] == [
        ("Pool 2", AttemptStage.SEEDED),
        ("Pool 1", RaceStatus.APPROVED),
    ]
    assert runs == []
    assert (await world.herald.attempts.history(await world.actor("Bo")))[0] == []
