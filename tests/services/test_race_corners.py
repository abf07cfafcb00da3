"""What is rare in a race that somebody runs on their own time, and has to be right all the same."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models import AttemptStage, Role
from services.attempts import FINISH_WITHIN, LAG, READY_WITHIN, UNDO_WITHIN
from services.deadlines import GRACE
from services.erasure import Results
from services.errors import NotFound, Refusal, WrongState
from services.guilds import ChannelUse
from services.rules import Rules
from services.thread_gateway import ThreadDeferred, ThreadRefused
from services.words import attempts as words
from services.words import race_cards
from services.words.leaderboard import own_run_text
from services.words.tournament_cards import tournament_card
from tests.services.field import Course
from tests.services.racing import begin, card, hand_in, racing_cup, rule, run, stages
from tests.services.world import OWNER, World

MS = timedelta(milliseconds=1)
RESULTS, REVIEW = 7701, 7702


@pytest.fixture
async def cup(world: World) -> Course:
    """A running tournament of two pools of one seed each, in which Ann and Bo race."""
    await world.use(ChannelUse.RESULTS, RESULTS)
    return await racing_cup(world)


def read(world: World) -> list[tuple[str, str]]:
    """Titles and first lines of what stands in the channel of results."""
    here = [one.notice for one in world.outbox.letters if one.target.id == RESULTS]
    return [(one.title, "".join(map(str, one.lines[0]))) for one in here]


@pytest.mark.parametrize("trouble", [ThreadDeferred(30), ThreadRefused("There is no room.")], ids=["late", "refused"])
async def test_a_race_given_up_before_its_thread_came_has_its_time_once_that_is_taken_back(
    world: World, cup: Course, trouble: Exception
) -> None:
    world.yard.fail_next(ThreadDeferred(30), *([trouble] if isinstance(trouble, ThreadRefused) else []))
    attempt = await begin(world)
    await world.herald.attempts.forfeit(await world.actor("Ann"), attempt.id)
    await world.pass_time(seconds=31)
    await world.herald.attempts.undo(await world.actor("Ann"), attempt.id)
    now = await world.herald.attempts.mine(await world.actor("Ann"), attempt.id)
    assert now.deadline_at == world.clock() + READY_WITHIN
    await world.pass_time(seconds=(READY_WITHIN - GRACE).total_seconds())
    await world.pass_time(seconds=GRACE.total_seconds())
    assert stages(world) == ["forfeited"]


async def test_a_seed_is_not_shown_before_its_thread_is_open_so_one_that_is_given_back_was_never_seen(
    world: World, cup: Course
) -> None:
    world.yard.fail_next(ThreadDeferred(30), ThreadRefused("There is no room."))
    attempt = await begin(world)
    ann = await world.actor("Ann")
    drawn = race_cards.race_card(await world.herald.attempts.mine(ann), world.clock())
    assert (drawn.fields, [button.action for button in drawn.buttons]) == ((), ["race_forfeit"])
    for attempt_id in (None, attempt.id):
        with pytest.raises(WrongState, match="still being opened"):
            await world.herald.attempts.ready(ann, attempt_id)
    rae = await world.hire("Rae", Role.REVIEWER)
    with pytest.raises(WrongState, match="their time begins only then"):
        await world.herald.deadlines.extend(rae, attempt.id, 5)
    await world.pass_time(seconds=31)
    assert stages(world) == []
    assert world.select("SELECT DISTINCT given FROM seed") == [0]


async def test_a_thread_that_its_racer_cannot_be_let_into_is_archived(world: World, cup: Course) -> None:
    world.yard.shut_out(world.discord_id("Ann"))
    await begin(world)
    assert stages(world) == []
    assert world.yard.newest.archived


async def test_a_discarded_race_is_never_handed_in_by_itself_and_its_card_says_so(world: World, cup: Course) -> None:
    await rule(world, vod_required=False, reattempts=1)
    await cup.add_seed(1)
    attempt = await run(world)
    await world.herald.attempts.discard(await world.actor("Ann"), attempt.id)
    await world.settle()
    letter = next(one for one in reversed(world.outbox.letters) if one.notice.title == "Spring Cup · Pool 1")
    assert (letter.notice.lines, letter.notice.buttons) == (((words.DISCARDED,),), ())
    await world.pass_time(seconds=(UNDO_WITHIN + LAG).total_seconds())
    assert stages(world) == ["finished"]
    assert "RaceSubmitted" not in world.events()
    assert world.yard.newest.archived


async def test_of_a_run_that_was_discarded_nobody_is_told_that_it_counts_and_its_racer_can_leave(
    world: World, cup: Course
) -> None:
    await rule(world, reattempts=1)
    await cup.add_seed(1)
    attempt = await run(world)
    race = await hand_in(world, attempt)
    await world.herald.reviews.approve(await world.actor(OWNER), race.id)
    await world.pass_time(seconds=10)
    await world.herald.attempts.discard(await world.actor("Ann"), attempt.id)
    await world.pass_time(seconds=10)
    assert ("Ann's run does not count", "They take another instead in Spring Cup.") in read(world)
    assert not any("approved" in title for title, _ in read(world))
    assert (await world.herald.entrants.leave(await world.actor("Ann"), "Spring Cup")).id == attempt.tournament_id


async def test_without_a_number_what_is_not_handed_in_yet_goes_before_what_is(world: World, cup: Course) -> None:
    first = await run(world)
    race = await hand_in(world, await run(world, pool=2))
    ann, submissions = await world.actor("Ann"), world.herald.submissions
    for reference in ("", "Spring Cup"):
        found = await submissions.finished(ann, reference)
        assert found is not None
        assert found.id == first.id
    await world.herald.reviews.approve(await world.actor(OWNER), race.id)
    await hand_in(world, first)
    assert stages(world) == ["submitted", "submitted"]


async def test_without_a_number_the_race_under_way_goes_before_a_newer_one_that_is_over(
    world: World, cup: Course
) -> None:
    late = await begin(world)
    await world.pass_time(seconds=(READY_WITHIN - GRACE).total_seconds())
    await world.pass_time(seconds=GRACE.total_seconds())
    newer = await run(world, pool=2)
    rae = await world.hire("Rae", Role.REVIEWER)
    await world.herald.deadlines.extend(rae, late.id, 60)
    attempts = world.herald.attempts
    assert (await attempts.mine(await world.actor("Ann"))).id == late.id != newer.id
    await attempts.ready(await world.actor("Ann"))
    await world.pass_time(minutes=5)
    await attempts.finish(await world.actor("Ann"))
    assert (await attempts.undo(await world.actor("Ann"))).id == late.id


async def test_taking_back_in_time_counts_also_where_it_is_heard_of_late(world: World, cup: Course) -> None:
    await rule(world, vod_required=False)
    attempt = await run(world)
    pressed = world.clock() + UNDO_WITHIN - MS
    await world.pass_time(seconds=UNDO_WITHIN.total_seconds() + 1)
    undone = await world.herald.attempts.undo(await world.actor("Ann", at=pressed), attempt.id)
    assert undone.stage is AttemptStage.RACING


async def test_a_command_that_was_sent_in_time_counts_also_once_the_race_was_forfeited(
    world: World, cup: Course
) -> None:
    attempts = world.herald.attempts
    await begin(world)
    sent = world.clock() + READY_WITHIN - MS
    await world.pass_time(seconds=(READY_WITHIN - GRACE).total_seconds())
    await world.pass_time(seconds=GRACE.total_seconds())
    assert stages(world) == ["forfeited"]
    with pytest.raises(NotFound, match="no race under way"):
        await attempts.ready(await world.actor("Ann"))
    ready = await attempts.ready(await world.actor("Ann", at=sent))
    assert ready.deadline_at is not None
    await world.pass_time(seconds=FINISH_WITHIN.total_seconds())
    await world.pass_time(seconds=GRACE.total_seconds())
    assert stages(world) == ["forfeited"]
    done = await attempts.finish(await world.actor("Ann", at=ready.deadline_at - MS))
    assert done.finished_at == ready.deadline_at - MS


async def test_whoever_could_not_finish_in_time_since_herald_was_away_is_warned_again(
    world: World, cup: Course
) -> None:
    attempt = await begin(world)
    ready = await world.herald.attempts.ready(await world.actor("Ann"), attempt.id)
    assert ready.warn_at is not None
    await world.pass_time(seconds=(ready.warn_at - world.clock()).total_seconds())
    await world.herald.close()
    world.clock.advance(hours=1)
    await world.resume()
    await world.settle()
    assert stages(world) == ["racing"]
    warned = [one.notice.title for one in world.outbox.letters if "about to be forfeited" in one.notice.title]
    assert len(warned) == 2
    await world.pass_time(seconds=GRACE.total_seconds())
    assert stages(world) == ["forfeited"]


async def test_a_finish_is_not_taken_back_once_there_would_be_no_time_to_go_on(world: World, cup: Course) -> None:
    attempt = await begin(world)
    ready = await world.herald.attempts.ready(await world.actor("Ann"), attempt.id)
    assert ready.warn_at is not None
    await world.pass_time(seconds=(ready.warn_at - world.clock()).total_seconds())
    now = await world.herald.attempts.mine(await world.actor("Ann"))
    assert now.deadline_at is not None
    await world.herald.attempts.finish(await world.actor("Ann", at=now.deadline_at - 10 * MS), attempt.id)
    await world.pass_time(seconds=(now.deadline_at - world.clock()).total_seconds())
    with pytest.raises(WrongState, match="your finish stays"):
        await world.herald.attempts.undo(await world.actor("Ann"), attempt.id)
    drawn = race_cards.race_card(await world.herald.attempts.mine(await world.actor("Ann")), world.clock())
    assert [button.action for button in drawn.buttons] == ["race_hand_in"]


@pytest.mark.parametrize("obstacle", ["runs", "opens", "member"])
async def test_no_race_is_discarded_for_another_that_could_not_be_started(
    world: World, cup: Course, obstacle: str
) -> None:
    await rule(world, reattempts=None, runs_per_pool=2)
    await cup.add_seed(1)
    await cup.add_seed(1)
    attempt = await run(world)
    await hand_in(world, attempt)
    await hand_in(world, await run(world))
    ann = await world.actor("Ann")
    if obstacle == "runs":
        await rule(world, runs_per_pool=1)
    elif obstacle == "opens":
        await rule(world, opens_at=world.clock() + timedelta(days=1))
    else:
        world.execute("DELETE FROM membership WHERE account_id = (SELECT id FROM account WHERE display_name = 'Ann')")
    before = world.dump()
    with pytest.raises(Refusal):
        await world.herald.attempts.discard(ann, attempt.id)
    assert world.dump() == before


async def test_a_race_that_was_forfeited_for_its_racer_is_not_said_to_be_a_minute_old(
    world: World, cup: Course
) -> None:
    attempt = await begin(world)
    await world.pass_time(seconds=(READY_WITHIN - GRACE).total_seconds())
    await world.pass_time(seconds=GRACE.total_seconds())
    with pytest.raises(WrongState, match="A reviewer can give you more"):
        await world.herald.attempts.undo(await world.actor("Ann"), attempt.id)


async def test_more_time_is_never_less_than_there_is_after_a_warning(world: World, cup: Course) -> None:
    attempt = await begin(world)
    await world.pass_time(seconds=(READY_WITHIN - GRACE).total_seconds())
    await world.pass_time(seconds=GRACE.total_seconds())
    rae = await world.hire("Rae", Role.REVIEWER)
    told = (await world.herald.deadlines.extend(rae, attempt.id, 1)).deadline_at
    await world.settle()
    assert told == world.clock() + GRACE
    assert (await world.herald.attempts.mine(await world.actor("Ann"))).deadline_at == told


async def test_a_finished_race_hands_itself_in_once_no_vod_is_asked_for_any_more(world: World, cup: Course) -> None:
    await run(world)
    await world.pass_time(minutes=2)
    assert stages(world) == ["finished"]
    await world.herald.rules.set(await world.actor(OWNER), cup.tournament.id, Rules(vod_required=False))
    await world.settle()
    assert stages(world) == ["submitted"]
    assert world.select("SELECT vod_url FROM race") == [""]


async def test_a_finished_race_of_a_deleted_account_is_not_handed_in_for_want_of_a_vod(
    world: World, cup: Course
) -> None:
    await run(world)
    await world.pass_time(minutes=2)
    ann = await world.actor("Ann")
    await world.herald.erasure.delete(ann, ann.account_id, Results.KEPT, typed="delete")
    await world.settle()
    await world.herald.rules.set(await world.actor(OWNER), cup.tournament.id, Rules(vod_required=False))
    await world.settle()
    assert (stages(world), world.select("SELECT count(*) FROM race")) == (["finished"], [0])


async def test_the_card_of_a_finished_race_follows_the_rule_that_asks_for_a_vod(world: World, cup: Course) -> None:
    olga = await world.actor(OWNER)
    await world.herald.rules.set(olga, cup.tournament.id, Rules(vod_required=False))
    await run(world)
    await world.herald.rules.set(olga, cup.tournament.id, Rules(vod_required=True))
    await world.settle()
    assert "Hand it in with the link to your VOD" in card(world)


async def test_a_run_that_was_discarded_while_results_were_hidden_is_told_once_they_are_not(
    world: World, cup: Course
) -> None:
    await rule(world, reattempts=None)
    await cup.add_seed(1)
    attempt, olga = await run(world), await world.actor(OWNER)
    await world.herald.reviews.approve(olga, (await hand_in(world, attempt)).id)
    await world.settle()
    told = read(world)
    await world.herald.rules.set(olga, cup.tournament.id, Rules(results_hidden=True))
    await world.herald.attempts.discard(await world.actor("Ann"), attempt.id)
    await world.settle()
    assert read(world) == told
    await world.herald.rules.set(olga, cup.tournament.id, Rules(results_hidden=False))
    await world.settle()
    assert "does not count" in str(read(world)[0])


async def test_a_run_that_the_end_left_out_says_so_and_is_not_to_be_edited(world: World, cup: Course) -> None:
    await world.use(ChannelUse.REVIEW, REVIEW)
    race = await hand_in(world, await run(world))
    ann, olga = await world.actor("Ann"), await world.actor(OWNER)
    await world.herald.tournaments.end(olga, cup.tournament.id, leave_out_up_to=race.id)
    await world.settle()
    [review] = [one.notice for one in world.outbox.letters if one.notice.title == "Ann's run in Spring Cup"]
    assert (review.fields[-1].label, review.buttons) == ("Left out", ())
    drawn = race_cards.race_card(await world.herald.attempts.mine(ann), world.clock())
    assert drawn.lines[-1] == ("The tournament has ended, so it was left out.",)
    assert drawn.buttons == ()
    [mine] = (await world.herald.leaderboard.mine(ann, cup.tournament.id)).runs
    assert own_run_text(mine) == "Pool 1 · 1:00:00 · left out"
    info = tournament_card(await world.herald.tournaments.info(ann, cup.tournament.id))
    assert ("0 approved (1 left out)",) in [one.value for one in info.fields]
    assert "left out" in str(race_cards.history(*await world.herald.attempts.history(ann)).lines[0])
