from __future__ import annotations

import asyncio
import random
import re
from datetime import timedelta
from typing import Any

import pytest

from models import Role, Tournament, TournamentStatus, TournamentType
from services.courier import NONCE_WINDOW, SEND_LIMIT, TARGETS
from services.guilds import ChannelUse
from services.notice import Notice
from services.sender import SendDeferred, SendRefused, Sent, Target
from tests import postgres
from tests.services.discord_stand_in import REMEMBERS_NONCES, Lost, channel, user
from tests.services.world import NEWS, OWNER, PATIENCE, World, be_impatient, busy

NEWS_CHANNEL = channel(NEWS)


@pytest.fixture
async def posting(world: World) -> World:
    """Herald at work, with a channel for announcements."""
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    world.start()
    await world.settle()
    return world


async def announce(world: World, *names: str) -> list[Tournament]:
    """One message to the channel each."""
    olga = await world.actor(OWNER)
    return [await world.herald.tournaments.create(olga, name=n, type=TournamentType.OTHER) for n in names]


async def write_to(world: World, *names: str) -> None:
    """One DM each."""
    olga = await world.actor(OWNER)
    for name in names:
        await world.herald.invites.create(olga, role=Role.RACER, invitee=world.person(name))


def rows(world: World, columns: str = "status") -> list[Any]:
    return world.select(f"SELECT {columns} FROM message ORDER BY seq")


def titles(*names: str) -> list[str]:
    return [f"New tournament: {name}" for name in names]


async def test_each_row_is_sent_once_in_the_order_of_its_target(posting: World) -> None:
    await announce(posting, "A", "B")
    await write_to(posting, "Ann", "Bo")
    await announce(posting, "C")
    await posting.settle()
    posting.herald.courier.wake()
    await posting.settle()
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("A", "B", "C")
    for name in ("Ann", "Bo"):
        assert len(posting.outbox.titles(user(posting.discord_id(name)))) == 1
    assert len(posting.outbox.attempts) == 5
    assert set(rows(posting)) == {"sent"}
    sent = {(x.target.id, x.sent.message_id) for x in posting.outbox.letters}
    assert set(rows(posting, "discord_channel_id, discord_message_id")) == sent


async def test_more_rows_than_one_batch_keep_their_order(world: World) -> None:
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    names = [f"Cup {n}" for n in range(230)]
    await announce(world, *names)
    world.start()
    await world.settle()
    assert world.outbox.titles(NEWS_CHANNEL) == titles(*names)
    assert len(world.outbox.attempts) == len(names)


async def test_a_crowd_of_targets_is_served_out_of_step_and_each_in_its_own_order(world: World) -> None:
    """Rows that come while lanes end and open are neither lost nor sent twice."""
    names = [f"Cy {n}" for n in range(2 * TARGETS)]
    rounds, olga = 5, await world.actor(OWNER)
    chance = random.Random(7)  # noqa: S311 - it only shuffles who comes first
    send = world.outbox.send

    async def dawdle(target: Target, notice: Notice, nonce: str) -> Sent:
        await asyncio.sleep(chance.random() / 100)
        return await send(target, notice, nonce)

    world.outbox.send = dawdle
    cup = await world.tournament(racers=names)
    world.start()
    for _ in range(rounds):
        for name in names:
            race = await world.run(name, cup)
            await world.herald.reviews.reject(olga, race.id, reason="no")
    await world.settle()
    assert set(rows(world)) == {"sent"}
    assert len(world.outbox.attempts) == rounds * len(names)
    for name in names:
        to = user(world.discord_id(name))
        sent = world.select("SELECT discord_message_id FROM message WHERE target_id = ? ORDER BY seq", to.id)
        assert len(sent) == rounds
        assert sent == sorted(sent)


@pytest.mark.parametrize("trouble", [SendDeferred(5), ConnectionError("reset"), TimeoutError(), RuntimeError("500")])
async def test_a_retry_blocks_its_target_alone_and_keeps_its_order(posting: World, trouble: Exception) -> None:
    posting.outbox.trouble(NEWS_CHANNEL, trouble)
    await announce(posting, "A", "B")
    await write_to(posting, "Ann")
    await posting.settle()
    assert posting.outbox.titles(NEWS_CHANNEL) == []
    assert len(posting.outbox.titles(user(posting.discord_id("Ann")))) == 1
    await announce(posting, "C")
    await posting.settle()
    assert posting.outbox.titles(NEWS_CHANNEL) == []
    await posting.pass_time(seconds=5)
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("A", "B", "C")


async def test_a_retry_waits_as_long_as_discord_asks(posting: World) -> None:
    posting.outbox.trouble(NEWS_CHANNEL, SendDeferred(60))
    await announce(posting, "A")
    await posting.settle()
    await posting.pass_time(seconds=59)
    assert len(posting.outbox.attempts) == 1
    await posting.pass_time(seconds=1)
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("A")


async def test_retries_come_at_growing_intervals(posting: World) -> None:
    posting.outbox.break_down(NEWS_CHANNEL, ConnectionError("down"))
    await announce(posting, "A")
    await posting.settle()
    for number, seconds in enumerate((1, 2, 4, 8, 16), start=1):
        await posting.pass_time(seconds=seconds - 0.5)
        assert len(posting.outbox.attempts) == number
        await posting.pass_time(seconds=0.5)
        assert len(posting.outbox.attempts) == number + 1


async def test_a_nonce_is_22_characters_the_same_on_each_retry_and_its_own_per_row(posting: World) -> None:
    posting.outbox.trouble(NEWS_CHANNEL, ConnectionError("reset"), ConnectionError("reset"))
    await announce(posting, "A", "B")
    await posting.settle()
    await posting.pass_time(seconds=1)
    await posting.pass_time(seconds=2)
    nonces = [attempt.nonce for attempt in posting.outbox.attempts]
    assert len(nonces) == 4
    assert nonces[0] == nonces[1] == nonces[2] != nonces[3]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", nonce) for nonce in nonces)


async def test_a_lost_reply_is_asked_for_again_with_the_same_nonce_within_the_window(posting: World) -> None:
    posting.outbox.trouble(NEWS_CHANNEL, Lost.REPLY)
    await announce(posting, "A")
    await posting.settle()
    assert rows(posting) == ["pending"]
    await posting.pass_time(seconds=NONCE_WINDOW.total_seconds())
    assert [attempt.nonce for attempt in posting.outbox.attempts] == [posting.outbox.letters[0].nonce] * 2
    assert posting.outbox.searches == []
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("A")
    assert rows(posting) == ["sent"]


async def test_past_the_window_a_lost_reply_is_looked_for_and_not_sent_twice(posting: World) -> None:
    posting.outbox.trouble(NEWS_CHANNEL, Lost.REPLY)
    await announce(posting, "A", "B")
    await posting.settle()
    await posting.pass_time(seconds=NONCE_WINDOW.total_seconds() + 1)
    assert len(posting.outbox.searches) == 1
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("A", "B")
    assert rows(posting) == ["sent", "sent"]
    assert rows(posting, "discord_message_id") == [x.sent.message_id for x in posting.outbox.letters]


async def test_after_the_hosts_clock_was_set_back_a_lost_reply_is_looked_for(posting: World) -> None:
    posting.outbox.trouble(NEWS_CHANNEL, Lost.REPLY)
    await announce(posting, "A")
    await posting.settle()
    posting.clock.advance(hours=-1)
    posting.execute("UPDATE message SET due_at = NULL")
    await posting.restart()
    await posting.settle()
    assert len(posting.outbox.searches) == 1
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("A")
    assert rows(posting) == ["sent"]


async def test_past_the_window_what_is_not_found_is_sent(posting: World) -> None:
    posting.outbox.trouble(NEWS_CHANNEL, ConnectionError("reset"))
    await announce(posting, "A")
    await posting.settle()
    await posting.pass_time(hours=1)
    assert len(posting.outbox.searches) == 1
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("A")


async def test_a_reply_that_gets_lost_past_the_window_is_looked_for_too(posting: World) -> None:
    posting.outbox.trouble(NEWS_CHANNEL, ConnectionError("reset"), Lost.REPLY)
    await announce(posting, "A")
    await posting.settle()
    await posting.pass_time(hours=1)
    await posting.pass_time(hours=1)
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("A")
    assert len(posting.outbox.searches) == 2
    assert rows(posting) == ["sent"]


async def test_searches_that_fail_come_at_growing_intervals(posting: World) -> None:
    posting.outbox.trouble(NEWS_CHANNEL, Lost.REPLY)
    posting.outbox.break_search(NEWS_CHANNEL, ConnectionError("down"))
    await announce(posting, "A")
    await posting.settle()
    await posting.pass_time(seconds=NONCE_WINDOW.total_seconds() + 1)
    for _ in range(60):
        await posting.pass_time(seconds=1)
    # After 1, 2, 4, 8, 16 and 32 seconds; Discord bans a bot for 10,000 invalid requests in ten minutes.
    assert len(posting.outbox.searches) <= 8


async def test_a_search_that_is_refused_ends_as_a_failure_with_its_reason(posting: World) -> None:
    posting.outbox.trouble(NEWS_CHANNEL, Lost.REPLY)
    posting.outbox.break_search(NEWS_CHANNEL, SendRefused("may not read the channel"))
    await announce(posting, "A")
    await posting.settle()
    await posting.pass_time(hours=1)
    assert rows(posting, "status, failure") == [("failed", "may not read the channel")]


async def test_a_first_attempt_is_never_preceded_by_a_search(posting: World) -> None:
    await posting.herald.close()
    await posting.resume()
    await announce(posting, "A")
    await posting.settle()
    assert posting.outbox.searches == []


async def test_the_window_lies_within_discords_memory() -> None:
    assert NONCE_WINDOW + SEND_LIMIT < REMEMBERS_NONCES


async def test_a_deleted_channel_ends_as_a_failure_with_its_reason_and_the_next_row_goes_on(posting: World) -> None:
    posting.outbox.trouble(NEWS_CHANNEL, SendRefused("the channel was deleted"))
    await announce(posting, "A", "B")
    await posting.settle()
    assert rows(posting, "status, failure") == [("failed", "the channel was deleted"), ("sent", None)]
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("B")
    await posting.pass_time(days=2)
    assert len(posting.outbox.attempts) == 2


async def test_a_person_with_closed_dms_is_left_alone_for_a_day(posting: World) -> None:
    olga, bo = await posting.actor(OWNER), user(posting.discord_id("Bo"))
    posting.outbox.trouble(bo, SendRefused("takes no messages", closed=True))
    cup = await posting.tournament(racers=("Bo", "Ann"))
    for _ in range(3):
        race = await posting.run("Bo", cup)
        await posting.herald.reviews.reject(olga, race.id, reason="no")
    await posting.settle()
    await posting.pass_time(hours=23, minutes=59)
    race = await posting.run("Bo", cup)
    await posting.herald.reviews.reject(olga, race.id, reason="no")
    await posting.settle()
    assert len([a for a in posting.outbox.attempts if a.target == bo]) == 1
    sql = "SELECT status, failure FROM message WHERE target_id = ?"
    assert posting.select(sql, bo.id) == [("failed", "takes no messages")] * 4
    race = await posting.run("Ann", cup)
    await posting.herald.reviews.reject(olga, race.id, reason="no")
    await posting.settle()
    assert posting.outbox.titles(user(posting.discord_id("Ann"))) == ["Your run was not approved"]
    await posting.pass_time(minutes=1)
    race = await posting.run("Bo", cup)
    await posting.herald.reviews.reject(olga, race.id, reason="no")
    await posting.settle()
    assert posting.outbox.titles(bo) == ["Your run was not approved"]


async def test_a_message_that_cannot_be_sent_for_a_day_is_given_up_and_the_next_goes_on(posting: World) -> None:
    posting.outbox.break_down(NEWS_CHANNEL, ConnectionError("down"))
    await announce(posting, "A")
    await posting.settle()
    for _ in range(23):
        await posting.pass_time(hours=1)
    await announce(posting, "B")
    await posting.settle()
    assert rows(posting) == ["pending", "pending"]
    await posting.pass_time(hours=1)
    await posting.pass_time(hours=1)
    (status, failure), (next_status, _) = rows(posting, "status, failure")
    assert (status, next_status) == ("failed", "pending")
    assert re.fullmatch(r"gave up after 1 day: .*down", failure)
    posting.outbox.break_down(NEWS_CHANNEL, None)
    await posting.pass_time(hours=1)
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("B")


async def test_a_message_that_waited_while_the_bot_was_down_is_not_given_up_at_the_first_hitch(posting: World) -> None:
    await posting.herald.courier.stop()
    await announce(posting, "A")
    await posting.settle()
    await posting.herald.close()
    posting.clock.advance(hours=25)
    posting.outbox.trouble(NEWS_CHANNEL, SendDeferred(1))
    await posting.resume()
    await posting.settle()
    await posting.pass_time(seconds=1)
    assert rows(posting, "status, failure")[0][0] == "sent", rows(posting, "failure")
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("A")


async def test_a_message_that_was_tried_before_a_day_of_darkness_is_not_given_up_after_it(posting: World) -> None:
    posting.outbox.trouble(NEWS_CHANNEL, SendDeferred(1), SendDeferred(1))
    await announce(posting, "A")
    await posting.settle()
    await posting.herald.close()
    posting.clock.advance(hours=25)
    await posting.resume()
    await posting.settle()
    assert rows(posting) == ["pending"]
    await posting.pass_time(seconds=1)
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("A")


async def test_a_send_that_never_comes_back_holds_up_nobody_for_ever(
    posting: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.courier.SEND_LIMIT", timedelta(milliseconds=50))
    posting.outbox.hold(NEWS_CHANNEL)
    await announce(posting, "A", "B")
    await posting.settle()
    assert rows(posting, "status, failure")[0] == ("pending", "TimeoutError: ")
    posting.outbox.release(NEWS_CHANNEL)
    await posting.pass_time(seconds=1)
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("A", "B")


async def test_a_send_that_is_cancelled_from_within_is_tried_again_later(posting: World) -> None:
    posting.outbox.trouble(NEWS_CHANNEL, asyncio.CancelledError())
    await announce(posting, "A", "B")
    await posting.settle()
    assert len(posting.outbox.attempts) == 1
    await posting.pass_time(seconds=1)
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("A", "B")


async def test_as_many_targets_as_there_are_lanes_are_served_at_once_and_the_others_after_them(world: World) -> None:
    names = [f"Cy {n}" for n in range(TARGETS + 3)]
    targets = [user(world.discord_id(name)) for name in names]
    for target in targets:
        world.outbox.hold(target)
    await write_to(world, *names)
    world.start()
    await world.settle(courier=False)
    for target in targets[:TARGETS]:
        assert await world.outbox.arrival(target)
    for _ in range(100):
        await world.look()
    # No order among targets is promised; on SQLite, where lanes note their attempts one after another, there is one.
    tried = [a.target for a in world.outbox.attempts]
    assert (set(tried), len(tried)) == (set(targets[:TARGETS]), TARGETS)
    for target in targets:
        world.outbox.release(target)
    await world.settle()
    tried = [a.target for a in world.outbox.attempts]
    assert (set(tried), len(tried)) == (set(targets), len(targets))
    if not postgres.CHOSEN:
        assert tried == targets


async def test_a_retry_comes_on_time_while_another_target_keeps_discord_busy(posting: World) -> None:
    ann = user(posting.discord_id("Ann"))
    posting.outbox.hold(NEWS_CHANNEL)
    posting.outbox.trouble(ann, SendDeferred(5))
    await announce(posting, "A")
    assert await posting.outbox.arrival(NEWS_CHANNEL)
    await write_to(posting, "Ann")
    async with asyncio.timeout(PATIENCE):
        while not posting.select("SELECT 1 FROM message WHERE due_at IS NOT NULL"):  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0)
    posting.clock.advance(seconds=5)
    posting.herald.courier.wake()
    arrived = await posting.outbox.arrival(ann, patience=2)
    posting.outbox.release(NEWS_CHANNEL)
    assert arrived


@pytest.mark.parametrize("how", ["restart", "crash"])
async def test_what_was_pending_is_sent_once_by_the_next_start(posting: World, how: str) -> None:
    posting.outbox.trouble(NEWS_CHANNEL, SendDeferred(30))
    await announce(posting, "A")
    await posting.settle()
    await announce(posting, "B")
    await getattr(posting, how)()
    await posting.settle()
    assert posting.outbox.titles(NEWS_CHANNEL) == []
    await posting.pass_time(seconds=30)
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("A", "B")
    await getattr(posting, how)()
    await posting.settle()
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("A", "B")


@pytest.mark.parametrize("how", ["restart", "crash"])
async def test_a_commit_just_before_the_end_is_announced_once_by_the_next_start(world: World, how: str) -> None:
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    world.start()
    for number in range(10):
        await announce(world, f"Cup {number}")
        for _ in range(number * 7):
            await asyncio.sleep(0)
        await getattr(world, how)()
    await world.settle()
    assert world.outbox.titles(NEWS_CHANNEL) == titles(*(f"Cup {number}" for number in range(10)))
    assert set(rows(world)) == {"sent"}


@pytest.mark.parametrize("minutes", [0, 1, 10])
async def test_a_crash_between_sending_and_noting_it_shows_nothing_twice(posting: World, minutes: int) -> None:
    posting.outbox.hold(NEWS_CHANNEL)
    await announce(posting, "A", "B")
    assert await posting.outbox.arrival(NEWS_CHANNEL)
    posting.outbox.release(NEWS_CHANNEL)
    assert rows(posting)[0] == "pending"
    posting.clock.advance(minutes=minutes)
    await posting.crash()
    await posting.settle()
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("A", "B")
    assert rows(posting) == ["sent", "sent"]
    first = posting.outbox.letters[0].nonce
    retries = [a.nonce for a in posting.outbox.attempts if a.nonce == first]
    assert (len(retries), len(posting.outbox.searches)) == ((1, 1) if minutes == 10 else (2, 0))


async def test_stopping_finishes_the_message_in_flight_and_begins_no_other(posting: World) -> None:
    posting.outbox.hold(NEWS_CHANNEL)
    await announce(posting, "A", "B")
    assert await posting.outbox.arrival(NEWS_CHANNEL)
    await posting.settle(courier=False)
    stop = asyncio.create_task(posting.herald.courier.stop())
    await asyncio.sleep(0)
    posting.outbox.release(NEWS_CHANNEL)
    await stop
    assert rows(posting) == ["sent", "pending"]
    await posting.restart()
    await posting.settle()
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("A", "B")


async def test_a_message_about_what_was_deleted_meanwhile_is_not_sent(posting: World) -> None:
    posting.outbox.trouble(NEWS_CHANNEL, SendDeferred(30))
    cup = await posting.tournament("Cup", status=TournamentStatus.OPEN, racers=())
    await posting.settle()
    await posting.herald.tournaments.delete(await posting.actor(OWNER), cup.id, typed_name="Cup")
    await announce(posting, "Next")
    await posting.pass_time(seconds=30)
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("Cup", "Next")
    told = [(status, failure) for kind, status, failure in rows(posting, "kind, status, failure") if kind != "edit"]
    assert told == [("sent", None), ("failed", "what it tells about no longer exists"), ("sent", None)]


async def test_a_message_that_was_sent_in_the_end_bears_no_failure(posting: World) -> None:
    posting.outbox.trouble(NEWS_CHANNEL, SendDeferred(5))
    await announce(posting, "A")
    await posting.settle()
    await posting.pass_time(seconds=5)
    assert rows(posting, "status, failure") == [("sent", None)]


async def test_a_message_says_what_is_so_when_it_is_sent(posting: World) -> None:
    posting.outbox.trouble(NEWS_CHANNEL, SendDeferred(30), SendDeferred(30))
    cup = await posting.tournament("Cup", status=TournamentStatus.OPEN, racers=())
    await posting.settle()
    await posting.herald.tournaments.edit(
        await posting.actor(OWNER), cup.id, name="Grand Cup", description="Any%", seed=""
    )
    await posting.pass_time(seconds=30)
    await posting.pass_time(seconds=30)
    assert posting.outbox.titles(NEWS_CHANNEL)[-1] == "Grand Cup is open for sign-up"
    assert posting.outbox.letters[-1].notice.lines[0] == ("Any%",)


async def test_while_one_target_keeps_discord_busy_new_messages_to_others_go_out(posting: World) -> None:
    posting.outbox.hold(NEWS_CHANNEL)
    await announce(posting, "A")
    assert await posting.outbox.arrival(NEWS_CHANNEL)
    await write_to(posting, "Ann")
    arrived = await posting.outbox.arrival(user(posting.discord_id("Ann")), patience=2)
    posting.outbox.release(NEWS_CHANNEL)
    await posting.settle()
    assert arrived


async def test_a_message_that_cannot_be_noted_as_sent_cuts_off_no_other_and_shows_once(posting: World) -> None:
    ann = user(posting.discord_id("Ann"))
    for target in (NEWS_CHANNEL, ann):
        posting.outbox.hold(target)
    await announce(posting, "A")
    await write_to(posting, "Ann")
    for target in (NEWS_CHANNEL, ann):
        assert await posting.outbox.arrival(target)
    await posting.settle(courier=False)
    await be_impatient(posting)
    with busy(posting):
        posting.outbox.release(ann)
        for _ in range(200):
            await posting.herald.guilds.setup(await posting.actor(OWNER))
    posting.outbox.release(NEWS_CHANNEL)
    await posting.settle()
    await posting.pass_time(seconds=5)
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("A")
    assert len(posting.outbox.titles(ann)) == 1
    assert rows(posting) == ["sent", "sent"]
    assert len([a for a in posting.outbox.attempts if a.target == NEWS_CHANNEL]) == 1


@pytest.mark.parametrize(
    "damage", ["UPDATE message SET kind = 'from_the_future' WHERE seq = 1", "UPDATE event SET type = 'FromTheFuture'"]
)
async def test_a_row_that_this_release_cannot_read_holds_up_no_other(posting: World, damage: str) -> None:
    posting.outbox.trouble(NEWS_CHANNEL, SendDeferred(30))
    await announce(posting, "A")
    await posting.settle()
    posting.execute(damage)
    await announce(posting, "B")
    await write_to(posting, "Ann")
    for _ in range(3):
        await posting.pass_time(seconds=30)
    assert posting.outbox.titles(NEWS_CHANNEL) == titles("B")
    assert len(posting.outbox.titles(user(posting.discord_id("Ann")))) == 1
    assert rows(posting)[0] == "failed"


async def test_words_that_cannot_be_made_end_as_a_failure_and_hold_up_nothing(posting: World) -> None:
    ann = user(posting.discord_id("Ann"))
    posting.outbox.trouble(ann, SendDeferred(30))
    await write_to(posting, "Ann")
    await posting.settle()
    posting.execute("UPDATE invite SET role = 'emperor', status = 'rejected'")
    await announce(posting, "A")
    await posting.pass_time(seconds=30)
    assert rows(posting, "status, failure") == [("failed", "its words could not be made: ValueError"), ("sent", None)]


async def test_a_retry_to_a_channel_does_not_hold_up_a_person_with_the_same_number(posting: World) -> None:
    posting.outbox.trouble(channel(posting.discord_id("Ann")), SendDeferred(30))
    await posting.use(ChannelUse.ANNOUNCEMENTS, posting.discord_id("Ann"))
    await announce(posting, "A")
    await posting.settle()
    await write_to(posting, "Ann")
    await posting.settle()
    assert len(posting.outbox.titles(user(posting.discord_id("Ann")))) == 1
