"""What reaches somebody: in the way that they chose, not at night, and reminded in time."""

# What is kept is changed behind the scenes.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from datetime import timedelta

import pytest

from models import Match, Role, TargetKind, Topic, TournamentStatus, Way
from services.courier import SendRefused
from services.erasure import Results
from services.errors import Invalid, NotFound
from services.guilds import ChannelUse
from services.notifications import Preferences
from tests.services.discord_stand_in import user
from tests.services.world import ELSEWHERE, NEWS, OWNER, World

RESULTS, MATCHES = 7001, 7002


async def choose(world: World, name: str, topic: Topic, way: Way) -> None:
    await world.herald.notifications.choose(await world.actor(name), topic, way)


async def ready(world: World) -> None:
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    await world.use(ChannelUse.RESULTS, RESULTS)
    await world.use(ChannelUse.MATCHES, MATCHES)
    world.start()
    await world.tournament(racers=("Ann", "Bo"))
    await world.settle()
    world.outbox.letters.clear()


def to(world: World, name: str) -> list[str]:
    """The titles of the DMs that somebody got."""
    target = (TargetKind.USER, world.discord_id(name))
    return [one.notice.title for one in world.outbox.letters if (one.target.kind, one.target.id) == target]


def mentioning(world: World, name: str) -> list[tuple[int, str]]:
    """Where somebody was mentioned, with the titles."""
    who = world.discord_id(name)
    return [(one.target.id, one.notice.title) for one in world.outbox.letters if who in one.notice.mentions]


async def schedule(world: World, **parts: float) -> Match:
    ids = [await world.account("Ann"), await world.account("Bo")]
    at = world.clock() + timedelta(**parts)
    return await world.herald.matches.schedule(await world.actor(OWNER), 1, at, ids)


async def test_without_a_choice_what_is_meant_for_one_comes_by_dm_and_nothing_comes_twice(world: World) -> None:
    assert await world.herald.notifications.mine(await world.actor("Ann")) == Preferences()
    await ready(world)
    run = await world.run("Ann", (await world.herald.tournaments.newest(await world.actor(OWNER)))[0].tournament)
    await world.herald.reviews.approve(await world.actor(OWNER), run.id)
    await world.herald.tournaments.end(await world.actor(OWNER), 1)
    await world.settle()
    assert to(world, "Ann") == ["Your run was approved"]
    assert mentioning(world, "Ann") == []


async def test_a_way_is_kept_told_with_old_and_new_and_holds_in_one_community_alone(world: World) -> None:
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    await choose(world, "Ann", Topic.RUNS, Way.MENTION)
    event = world.newest("UserUpdated")
    assert event["changed_fields"] == [{"field": "runs_notifications", "old": "dm", "new": "mention"}]
    assert (event["organization_id"], event["payload"]) == (None, "{}")
    before = world.dump()
    await choose(world, "Ann", Topic.RUNS, Way.MENTION)
    assert world.dump() == before
    there = await world.actor("Ann", guild=ELSEWHERE)
    assert await world.herald.notifications.mine(there) == Preferences()
    with pytest.raises(NotFound):
        await world.herald.notifications.mine(await world.actor("Ann", guild=None))


async def test_a_rejection_is_mentioned_without_its_reason(world: World) -> None:
    await ready(world)
    await choose(world, "Ann", Topic.RUNS, Way.MENTION)
    run = await world.herald.races.submit(await world.actor("Ann"), 1, time="1:00:00", vod="https://v.example/1")
    await world.herald.reviews.reject(await world.actor(OWNER), run.id, reason="too blurry")
    await world.settle()
    assert mentioning(world, "Ann") == [(RESULTS, "Your run was reviewed")]
    assert to(world, "Ann") == []
    assert not any("blurry" in str(letter.notice) for letter in world.outbox.letters)


async def test_nothing_is_nothing(world: World) -> None:
    await ready(world)
    for topic in Topic:
        await choose(world, "Ann", topic, Way.NOTHING)
    await schedule(world, hours=2)
    await world.settle()
    await world.herald.invites.create(await world.actor(OWNER), role=Role.REVIEWER, invitee=world.person("Ann"))
    await world.pass_time(minutes=61)
    assert to(world, "Ann") == []
    assert mentioning(world, "Ann") == []
    assert to(world, "Bo") == ["Match: Ann vs Bo", "Soon: Ann vs Bo"]


async def test_both_players_are_mentioned_in_one_message(world: World) -> None:
    await ready(world)
    for name in ("Ann", "Bo"):
        await choose(world, name, Topic.MATCHES, Way.MENTION)
    await schedule(world, hours=2)
    await world.settle()
    await world.pass_time(minutes=61)
    said = [(MATCHES, "Match: Ann vs Bo"), (MATCHES, "Soon: Ann vs Bo")]
    assert mentioning(world, "Ann") == mentioning(world, "Bo") == said
    assert sum(bool(letter.notice.mentions) for letter in world.outbox.letters) == 2


async def test_a_mention_where_there_is_no_channel_is_a_dm(world: World) -> None:
    await choose(world, "Ann", Topic.RUNS, Way.MENTION)
    await world.approved("Ann", await world.tournament(), "1:00:00")
    world.start()
    await world.settle()
    assert to(world, "Ann") == ["Your run was approved"]


async def test_who_wants_it_hears_of_their_tournaments_and_others_do_not(world: World) -> None:
    await ready(world)
    await choose(world, "Ann", Topic.TOURNAMENTS, Way.DM)
    await choose(world, "Cy", Topic.TOURNAMENTS, Way.DM)
    await world.herald.tournaments.end(await world.actor(OWNER), 1)
    await world.settle()
    assert to(world, "Ann") == ["Spring Cup has ended"]
    assert to(world, "Cy") == to(world, "Bo") == []


@pytest.mark.parametrize("way", [Way.DM, Way.MENTION])
async def test_a_dm_offers_no_race_that_only_a_channel_can_start(world: World, way: Way) -> None:
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    cup = await world.tournament(status=TournamentStatus.OPEN)
    await world.pool(cup, "Open", seeds=["a"])
    await choose(world, "Ann", Topic.TOURNAMENTS, way)
    world.start()
    await world.settle()
    world.outbox.letters.clear()
    await world.herald.tournaments.start(await world.actor(OWNER), cup.id)
    await world.settle()
    told = [one.notice for one in world.outbox.letters if one.notice.title == "Spring Cup has started"]
    if way is Way.DM:
        [dm] = [one for one in told if not one.buttons]
        assert dm.lines == (("1 racer on the grid. ", "Start a race in the server with /race start."),)
    assert all(one.buttons for one in told) == (way is Way.MENTION)


async def test_in_quiet_hours_dms_wait_in_order_until_their_end(world: World) -> None:
    await ready(world)
    now = world.clock()
    quiet = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=2):%H:%M}"
    ann = await world.actor("Ann")
    await world.herald.notifications.set_times(ann, leads="", quiet=quiet)
    match = await schedule(world, hours=9)
    await world.herald.matches.report(await world.actor(OWNER), match.id, None)
    await world.settle()
    assert to(world, "Ann") == []
    assert to(world, "Bo") == ["Match: Ann vs Bo", "A draw: Ann vs Bo"]
    await world.pass_time(minutes=119)
    assert to(world, "Ann") == []
    await world.pass_time(minutes=2)
    assert to(world, "Ann") == ["Match: Ann vs Bo", "A draw: Ann vs Bo"]


async def test_a_reminder_that_quiet_hours_would_hold_until_the_match_has_begun_does_not_come(world: World) -> None:
    await ready(world)
    begin, end = world.clock() + timedelta(minutes=30), world.clock() + timedelta(hours=3)
    ann = await world.actor("Ann")
    await world.herald.notifications.set_times(ann, leads="1h", quiet=f"{begin:%H:%M}-{end:%H:%M}")
    await schedule(world, hours=2)
    await world.settle()
    await world.pass_time(minutes=61)
    await world.pass_time(hours=5)
    assert to(world, "Ann") == ["Match: Ann vs Bo"]
    assert to(world, "Bo") == ["Match: Ann vs Bo", "Soon: Ann vs Bo"]


async def test_quiet_hours_are_those_of_the_persons_own_zone(world: World) -> None:
    await ready(world)
    ann = await world.actor("Ann")
    await world.herald.accounts.set_time_zone(ann, "Asia/Tokyo")
    there, hour = world.clock() + timedelta(hours=9), timedelta(hours=1)
    quiet = f"{there - hour:%H:%M}-{there + hour:%H:%M}"
    await world.herald.notifications.set_times(ann, leads="", quiet=quiet)
    await schedule(world, hours=9)
    await world.settle()
    assert to(world, "Ann") == []
    await world.pass_time(minutes=61)
    assert to(world, "Ann") == ["Match: Ann vs Bo"]


async def test_each_reminder_comes_once_at_its_time(world: World) -> None:
    await ready(world)
    await world.herald.notifications.set_times(await world.actor("Ann"), leads="1d, 1h, 15m", quiet="")
    await schedule(world, hours=30)
    await world.settle()
    world.outbox.letters.clear()
    heard: list[int] = []
    for minute in range(0, 30 * 60, 5):
        await world.pass_time(minutes=5)
        if to(world, "Ann"):
            heard.append(30 * 60 - minute - 5)
            assert to(world, "Ann") == ["Soon: Ann vs Bo"]
            world.outbox.letters.clear()
    assert heard == [24 * 60, 60, 15]
    assert world.select("SELECT count(*) FROM reminder") == [0]


async def test_a_reminder_whose_time_came_while_herald_was_down_comes_once_afterwards(world: World) -> None:
    await ready(world)
    await world.herald.notifications.set_times(await world.actor("Ann"), leads="3h, 1h", quiet="")
    await schedule(world, hours=4)
    await world.settle()
    world.outbox.letters.clear()
    await world.herald.terminate()
    world.clock.advance(minutes=190)
    await world.resume()
    await world.settle()
    assert to(world, "Ann") == to(world, "Bo") == ["Soon: Ann vs Bo"]
    await world.restart()
    await world.pass_time(minutes=10)
    assert to(world, "Ann") == ["Soon: Ann vs Bo"]


async def test_nobody_is_reminded_of_a_match_that_has_begun_was_reported_or_moved(world: World) -> None:
    await ready(world)
    await schedule(world, hours=2)
    await world.herald.matches.report(await world.actor(OWNER), 1, None)
    await schedule(world, hours=2)
    await schedule(world, hours=5)
    await world.settle()
    world.outbox.letters.clear()
    await world.pass_time(minutes=181)
    assert to(world, "Ann") == []
    await world.pass_time(minutes=60)
    assert to(world, "Ann") == ["Soon: Ann vs Bo"]
    await schedule(world, hours=2)
    await world.settle()
    await world.herald.terminate()
    world.clock.advance(hours=3)
    await world.resume()
    await world.settle()
    assert to(world, "Ann") == ["Soon: Ann vs Bo", "Match: Ann vs Bo"]


async def test_nobody_is_reminded_of_what_they_were_not_told_yet(world: World) -> None:
    await ready(world)
    world.herald.bus.disable()
    await schedule(world, hours=2)
    await world.pass_time(minutes=61)
    assert to(world, "Ann") == []
    world.herald.bus.enable()
    await world.settle()
    await world.pass_time(seconds=5)
    assert to(world, "Ann") == ["Match: Ann vs Bo", "Soon: Ann vs Bo"]


async def test_other_lead_times_hold_for_matches_that_are_scheduled_already(world: World) -> None:
    await ready(world)
    await schedule(world, hours=2)
    await world.herald.notifications.set_times(await world.actor("Ann"), leads="10m", quiet="")
    await world.settle()
    world.outbox.letters.clear()
    await world.pass_time(minutes=109)
    assert to(world, "Ann") == []
    await world.pass_time(minutes=2)
    assert to(world, "Ann") == ["Soon: Ann vs Bo"]
    await world.herald.notifications.reset(await world.actor("Ann"))
    assert await world.herald.notifications.mine(await world.actor("Ann")) == Preferences()


async def test_who_was_reminded_already_is_reminded_again_at_a_lead_time_of_their_choice(world: World) -> None:
    await ready(world)
    await schedule(world, hours=2)
    await world.settle()
    await world.pass_time(minutes=61)
    assert to(world, "Ann") == ["Match: Ann vs Bo", "Soon: Ann vs Bo"]
    await world.herald.notifications.set_times(await world.actor("Ann"), leads="15m", quiet="")
    await world.pass_time(minutes=45)
    assert to(world, "Ann") == ["Match: Ann vs Bo", "Soon: Ann vs Bo", "Soon: Ann vs Bo"]


async def test_what_cannot_be_read_changes_nothing(world: World) -> None:
    ann, notifications = await world.actor("Ann"), world.herald.notifications
    before = world.dump()
    with pytest.raises(Invalid):
        await notifications.set_times(ann, leads="1h", quiet="night")
    with pytest.raises(Invalid):
        await notifications.set_times(ann, leads="soon", quiet="")
    assert world.dump() == before


def closed(world: World, name: str) -> None:
    """From now on, somebody takes no DMs."""
    refusal = SendRefused("Cannot send messages to this user (50007)", closed=True)
    world.outbox.break_down(user(world.discord_id(name)), refusal)


async def test_an_invitation_that_cannot_be_sent_stands_in_the_channel_where_it_can_be_answered(world: World) -> None:
    await ready(world)
    closed(world, "Zoe")
    invite = await world.herald.invites.create(
        await world.actor(OWNER), role=Role.REVIEWER, invitee=world.person("Zoe")
    )
    await world.settle()
    assert mentioning(world, "Zoe") == [(NEWS, "Invitation to Racing Club")]
    [letter] = [one for one in world.outbox.letters if one.notice.mentions]
    assert [(button.action, button.target) for button in letter.notice.buttons] == [
        ("accept", invite.id),
        ("decline", invite.id),
    ]


async def test_whoever_takes_no_dms_is_told_so_once_and_of_what_only_privately(world: World) -> None:
    await ready(world)
    closed(world, "Ann")
    for hours in (5, 6, 7):
        await schedule(world, hours=hours)
        await world.settle()
    assert mentioning(world, "Ann") == [(NEWS, "Herald could not send you a DM")]
    assert world.select("SELECT count(*) FROM message WHERE status = 'failed'") == [3]
    await world.crash()
    await world.settle()
    assert len(mentioning(world, "Ann")) == 1
    # A day later it is tried again, and told again.
    await world.pass_time(hours=25)
    await schedule(world, hours=8)
    await world.settle()
    assert len(mentioning(world, "Ann")) == 2


async def test_what_mentions_somebody_forgotten_mentions_nobody(world: World) -> None:
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    await choose(world, "Ann", Topic.RUNS, Way.MENTION)
    await world.approved("Ann", await world.tournament(), "1:00:00")
    ann = await world.actor("Ann")
    await world.herald.erasure.delete(ann, ann.account_id, Results.KEPT, typed="delete")
    world.start()
    await world.settle()
    assert mentioning(world, "Ann") == []
    assert world.select("SELECT count(*) FROM notification_settings") == [0]


async def test_an_event_by_which_somebody_is_to_be_reminded_is_not_pruned(world: World) -> None:
    await ready(world)
    await schedule(world, days=60)
    await world.settle()
    world._keep = timedelta(days=30)
    await world.restart()
    await world.pass_time(days=45)
    assert "MatchScheduled" in world.events()
    assert "TournamentCreated" not in world.events()
    world.outbox.letters.clear()
    await world.pass_time(days=15, minutes=-59)
    assert to(world, "Ann") == ["Soon: Ann vs Bo"]
