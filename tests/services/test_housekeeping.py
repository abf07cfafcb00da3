# What is looked at, or set, behind the scenes is nothing that the program offers.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models import Role
from services.guilds import ChannelUse
from services.herald import Herald
from services.sender import SendRefused
from tests.database_file import UUID_TYPE
from tests.services.discord_stand_in import channel, user
from tests.services.test_audit import season, texts
from tests.services.world import AUDIT, NEWS, OWNER, PATIENCE, REVIEW, World

LOG = ("event", "delivery", "message", "message_target")
"""The tables from which something may be pruned."""


@pytest.fixture
async def world(tmp_path: Path, template: Path) -> AsyncGenerator[World]:
    """Racing Club with its channels, in a Herald that keeps what is settled for 30 days; not yet started."""
    made = World(tmp_path / "herald.sqlite3", keep=timedelta(days=30))
    await made.open(template)
    await made.found()
    for use, channel_id in ((ChannelUse.ANNOUNCEMENTS, NEWS), (ChannelUse.REVIEW, REVIEW), (ChannelUse.AUDIT, AUDIT)):
        await made.use(use, channel_id)
    yield made
    await made.close()


def fill(world: World, number: int, *, day: str = "2026-01-01", status: str = "done") -> None:
    """Events that everybody has heard of, or that are stuck at one handler, each with its message."""
    world.execute(
        f"""
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number})
        INSERT INTO event (event_id, type, version, stream, entity_id, occurred_at, payload)
        SELECT
            CAST('00000000-0000-0000-0000-' || (100000 + (SELECT max(seq) FROM event)) || (100000 + i) AS {UUID_TYPE}),
            'TournamentStarted', 1, 'tournament 1', 1, '{day} 00:00:00+00:00', '{{}}' FROM n;
        INSERT INTO delivery (event_id, handler, priority, stream, status, attempts)
        SELECT seq, handler, 50, stream, CASE handler WHEN 'audit' THEN 'done' ELSE '{status}' END, 0
        FROM event, (SELECT 'audit' AS handler UNION SELECT 'announce')
        WHERE seq NOT IN (SELECT event_id FROM delivery);
        INSERT INTO message (id, event_id, kind, data, target_kind, target_id, status, attempts, created_at)
        SELECT event_id, event_id, 'tournament_started', '{{}}', 'channel', 1, 'sent', 1, occurred_at
        FROM event
        WHERE event_id NOT IN (SELECT event_id FROM message) AND CAST(event_id AS text) LIKE '00000000-0000-%';
        """
    )


def left(world: World) -> dict[str, int]:
    return {table: world.select(f"SELECT count(*) FROM {table}")[0] for table in LOG}


def halves(world: World) -> list[Any]:
    """Deliveries and messages without their event, and filled-in events without theirs."""
    return world.select(
        "SELECT 'delivery', id FROM delivery WHERE event_id NOT IN (SELECT seq FROM event)"
        " UNION ALL SELECT 'message', seq FROM message WHERE event_id NOT IN (SELECT event_id FROM event)"
        " UNION ALL SELECT 'event', seq FROM event WHERE seq NOT IN (SELECT event_id FROM delivery)"
        " UNION ALL SELECT 'event', seq FROM event WHERE type = 'TournamentStarted'"
        " AND event_id NOT IN (SELECT event_id FROM message)"
    )


async def told_season(world: World) -> None:
    """A season that begins once all that came before it is told."""
    world.start()
    await world.settle()
    await season(world)


async def until(happened: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not happened():  # noqa: ASYNC110 - another connection's commits can only be looked for
            await asyncio.sleep(0.001)


async def test_what_is_settled_goes_with_its_age_and_nothing_else_does(world: World) -> None:
    await told_season(world)
    before = world.dump()
    await world.pass_time(days=29)
    assert world.dump() == before
    young = world.last_event()
    await world.tournament("Late Cup")
    await world.settle()
    later = world.dump()
    await world.pass_time(days=2)
    after = world.dump()
    assert world.select("SELECT seq FROM event ORDER BY 1") == world.select(
        "SELECT event_seq FROM audit_entry WHERE event_seq > ? ORDER BY 1", young
    )
    assert halves(world) == []
    assert after["delivery"]
    assert after["message"]
    assert all(set(after[table]) < set(later[table]) for table in ("event", "delivery", "message"))
    others = set(later) - {*LOG, "sqlite_sequence"}
    assert {table: after[table] for table in others} == {table: later[table] for table in others}
    assert len(after["audit_entry"]) > len(after["event"])
    assert after["personal_data"]


async def test_the_trail_reads_the_same_when_its_events_are_pruned(world: World) -> None:
    await told_season(world)
    before = await texts(world), await texts(world, action="RaceRejected"), await texts(world, since="60d")
    lines = await world.herald.audit.everything()
    told = list(world.outbox.letters)
    await world.pass_time(days=31)
    assert world.events() == []
    after = await texts(world), await texts(world, action="RaceRejected"), await texts(world, since="60d")
    assert after == before
    assert await world.herald.audit.everything() == lines
    assert world.outbox.letters == told


async def test_what_a_pruned_event_told_of_can_still_be_dealt_with(world: World) -> None:
    world.start()
    cup = await world.tournament()
    run = await world.run("Ann", cup)
    await world.settle()
    await world.pass_time(days=31)
    assert world.events() == []
    await world.hire("Rae", Role.REVIEWER)
    await world.herald.reviews.approve(await world.actor("Rae"), run.id)
    await world.settle()
    assert (await texts(world))[0] == "Rae approved Ann's 1:23:45 in Spring Cup"
    assert world.outbox.titles(user(world.discord_id("Ann"))) == ["Your run was approved"]


async def test_no_number_is_given_twice_though_everything_was_pruned(world: World) -> None:
    world.start()
    await world.tournament()
    await world.settle()
    newest, row = world.last_event(), world.select("SELECT max(seq) FROM message")[0]
    await world.pass_time(days=31)
    assert left(world) == dict.fromkeys(LOG, 0)
    await world.restart()
    await world.tournament("Next Cup")
    await world.settle()
    numbers = world.select("SELECT seq FROM event ORDER BY seq")
    assert numbers == world.select("SELECT event_seq FROM audit_entry WHERE event_seq > ? ORDER BY event_seq", newest)
    assert len(numbers) == len(world.events()) > 0
    assert world.select("SELECT min(seq) FROM message")[0] > row
    assert world.outbox.titles(channel(NEWS))[-1] == "Next Cup has started"
    assert world.select("SELECT count(*) FROM delivery WHERE status <> 'done'") == [0]


async def test_it_looks_when_the_bot_starts_and_an_hour_later(world: World) -> None:
    fill(world, 3)
    world.start()
    await world.settle()
    assert "2026-01-01" not in str(world.select("SELECT occurred_at FROM event"))
    timer = world.herald._housekeeper._pump._timer
    assert timer is not None
    assert 3590 < timer.when() - asyncio.get_running_loop().time() <= 3600


async def test_without_an_age_all_is_kept(world: World) -> None:
    world._keep = None
    await world.restart()
    fill(world, 3)
    world.start()
    await world.settle()
    before = left(world)
    await world.pass_time(days=9999)
    assert left(world) == before


async def test_a_dead_delivery_keeps_its_event_and_messages_until_it_is_put_back_and_made(world: World) -> None:
    world.start()
    await world.tournament()
    await world.settle()
    number = world.newest("TournamentStarted")["seq"]
    # The other message of the same event waits for nothing.
    world.execute(f"UPDATE delivery SET status = 'dead' WHERE event_id = {number} AND handler = 'announce'")
    told = world.outbox.titles(channel(NEWS))
    await world.pass_time(days=31)
    assert world.select("SELECT seq FROM event") == [number]
    assert sorted(world.select("SELECT handler FROM delivery")) == ["announce", "audit", "audit-channel"]
    assert sorted(world.select("SELECT kind FROM message")) == ["audit_line", "edit", "tournament_started"]
    assert await world.herald.operations.retry() == 1
    await world.pass_time(minutes=1)
    await world.pass_time(minutes=1)
    assert left(world) == dict.fromkeys(LOG, 0)
    assert world.outbox.titles(channel(NEWS)) == told


async def test_a_delivery_that_waits_for_its_retry_keeps_its_event(world: World) -> None:
    world.start()
    await world.settle()
    world.refuse("message")
    await world.tournament()
    await world.settle()
    waiting = set(world.select("SELECT event_id FROM delivery WHERE status = 'pending'"))
    assert waiting
    world.clock.advance(days=31)
    world.herald._housekeeper._pump.wake()
    await world.settle()
    assert set(world.select("SELECT seq FROM event")) == waiting
    assert {delivery[0] for delivery in world.select("SELECT DISTINCT event_id, 1 FROM delivery")} == waiting


async def test_a_message_that_was_not_sent_keeps_its_event_through_a_dark_month(world: World) -> None:
    world.herald.relay.start()
    await world.tournament()
    await world.settle()
    assert world.select("SELECT DISTINCT status FROM delivery") == ["done"]
    world.clock.advance(days=31)
    world.outbox.hold(channel(NEWS))
    world.start()
    await world.settle(courier=False)
    waiting = set(world.select("SELECT event_id FROM message WHERE status = 'pending'"))
    assert waiting
    assert waiting <= set(world.select("SELECT event_id FROM event"))
    world.outbox.release(channel(NEWS))
    await world.settle()
    assert world.outbox.titles(channel(NEWS)) == [
        "New tournament: Spring Cup", "Spring Cup is open for sign-up", "Spring Cup has started"
    ]  # fmt: skip
    assert world.select("SELECT DISTINCT status FROM message") in (["sent"], [])
    await world.pass_time(hours=1)
    assert left(world) == dict.fromkeys(LOG, 0)


async def test_a_message_that_was_refused_is_settled(world: World) -> None:
    world.outbox.break_down(channel(NEWS), SendRefused("the channel is gone"))
    world.start()
    await world.tournament()
    await world.settle()
    assert "failed" in world.select("SELECT status FROM message")
    await world.pass_time(days=31)
    assert left(world) == dict.fromkeys(LOG, 0)


async def test_many_that_have_to_stay_hide_none_behind_them(world: World) -> None:
    fill(world, 250, status="dead")
    fill(world, 250)
    world.start()
    await world.settle()
    filled = "SELECT DISTINCT status, handler FROM delivery WHERE stream = 'tournament 1' ORDER BY 1"
    assert world.select(filled) == [("dead", "announce"), ("done", "audit")]
    assert world.select("SELECT count(*) FROM event WHERE occurred_at < '2026-02-01'") == [250]
    assert halves(world) == []


async def test_a_command_gets_its_turn_while_much_is_pruned(world: World) -> None:
    fill(world, 5000)
    world.start()
    await until(lambda: left(world)["message"] < 5000)
    await world.tournament()
    assert left(world)["message"] > 1000
    await world.settle()
    assert world.select("SELECT count(*) FROM event WHERE occurred_at < '2026-02-01'") == [0]


@pytest.mark.parametrize("how", [Herald.close, Herald.terminate])
async def test_an_end_in_the_middle_leaves_nothing_by_halves_and_the_next_start_goes_on(
    how: Callable[[Herald], Any], world: World
) -> None:
    fill(world, 5000)
    world.start()
    await until(lambda: left(world)["message"] < 5000)
    await how(world.herald)
    assert left(world)["message"] > 1000
    assert halves(world) == []
    await world.resume()
    await world.settle()
    assert world.select("SELECT count(*) FROM event WHERE occurred_at < '2026-02-01'") == [0]
    assert halves(world) == []


async def test_what_is_remembered_of_closed_dms_goes_when_its_time_is_up(world: World) -> None:
    world.start()
    await world.herald.invites.create(await world.actor(OWNER), role=Role.RACER, invitee=world.person("Ann"), hours=720)
    world.outbox.break_down(user(world.discord_id("Ann")), SendRefused("closed", closed=True))
    await world.settle()
    world.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250)"
        " INSERT INTO message_target (kind, target_id, refused_until, reason)"
        " SELECT 'user', 1000 + i, '2026-11-24 13:00:00+00:00', 'closed' FROM n"
    )
    await world.pass_time(hours=2)
    assert world.select("SELECT target_id FROM message_target") == [world.discord_id("Ann")]
    await world.pass_time(hours=23)
    assert world.select("SELECT target_id FROM message_target") == []
