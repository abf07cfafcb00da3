"""Two Heralds on one database, each with its own shard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models import Attempt, TournamentStatus
from models.engine import Shards
from services.guilds import ChannelUse
from services.herald import Herald
from tests import postgres
from tests.services.discord_stand_in import channel
from tests.services.thread_stand_in import ThreadYard
from tests.services.world import GUILD, OWNER, STEADY, World

pytestmark = pytest.mark.skipif(not postgres.CHOSEN, reason="SQLite serves one process")

NEWS = 4001
FAR = (1 << 22) + 7
"""A guild of the second shard."""

OTHERS_RACES = """
INSERT INTO attempt (tournament_id, pool_id, seed_id, racer_id, stage, event_id, guild_id, parent_channel_id,
    thread_state, given_at)
SELECT tournament_id, pool_id, seed_id, racer_id, 'finished', gen_random_uuid(), ?, parent_channel_id, 'wanted',
    given_at
FROM attempt, generate_series(1, 250) WHERE attempt.id = ?
"""


@pytest.fixture
async def world(tmp_path: Path, template: Path) -> AsyncIterator[World]:
    """One that serves the first of two shards, and does nothing before it is started."""
    made = World(tmp_path / "herald.sqlite3", shards=Shards(2, frozenset({0})))
    await made.open(template)
    yield made
    await made.close()


@pytest.fixture
def others_yard() -> ThreadYard:
    """The threads that the second one opens."""
    return ThreadYard()


@pytest.fixture
async def other(world: World, others_yard: ThreadYard) -> AsyncIterator[Herald]:
    """One that serves the second shard, and is at rest. To both, Discord is the same."""
    shards = Shards(2, frozenset({1}))
    made = Herald(world.url, world.outbox, clock=world.clock, retry=STEADY, shards=shards, threads=others_yard)
    await made.open()
    made.start()
    yield made
    await made.close()


async def announce(world: World) -> None:
    await world.found()
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    await world.tournament(status=TournamentStatus.DRAFT)


async def until_sent(world: World) -> None:
    await world.until("SELECT status FROM message", "sent")


async def test_what_a_process_has_changed_before_it_died_is_told_by_one_that_was_at_rest(
    world: World, other: Herald
) -> None:
    await announce(world)
    await world.herald.terminate()
    await until_sent(world)
    assert len(world.outbox.letters) == 1
    assert await other.database.in_use()
    await world.resume()


async def test_a_message_that_a_process_was_sending_when_it_died_is_shown_once(world: World, other: Herald) -> None:
    # The other one is not to deliver, and finds nothing to send: the first one is at it.
    other.bus.disable()
    world.outbox.hold(channel(NEWS))
    world.start()
    await announce(world)
    assert await world.outbox.arrival(channel(NEWS))
    await world.herald.terminate()
    world.outbox.release(channel(NEWS))
    await until_sent(world)
    assert world.select("SELECT attempts FROM message") == [2]
    assert len(world.outbox.letters) == 1
    await world.resume()


async def begin(world: World, racer: str, guild: int) -> Attempt:
    """A race whose thread is wanted in a guild."""
    return await world.herald.attempts.start(await world.actor(racer, guild=guild), 1, NEWS)


async def test_a_thread_is_opened_and_archived_by_the_process_that_serves_its_guild(
    world: World, other: Herald, others_yard: ThreadYard
) -> None:
    club = await world.found()
    await other.guilds.link(await world.actor(OWNER, guild=FAR, manage=True), club.id)
    await world.pool(await world.tournament(racers=("Ann", "Bo")))
    world.start()
    # Nobody tells the second one of what the first one has written.
    near, far = await begin(world, "Ann", GUILD), await begin(world, "Bo", FAR)
    await world.until("SELECT thread_state FROM attempt", "open", "open")
    opened = [thread.name for yard in (world.yard, others_yard) for thread in yard.threads.values()]
    assert opened == [f"Ann · Spring Cup · #{near.id}", f"Bo · Spring Cup · #{far.id}"]
    bo = await world.actor("Bo", guild=FAR)
    await world.herald.attempts.forfeit(bo, far.id)
    for rows in ("delivery", "message"):
        # As long as something is to be said in it, a thread stays open.
        await world.until(f"SELECT count(*) FROM {rows} WHERE status = 'pending'", 0)
    world.clock.advance(seconds=61)
    await world.herald.deadlines.sweep()
    await world.until("SELECT thread_state FROM attempt ORDER BY guild_id", "open", "closed")
    assert others_yard.newest.archived


async def test_what_another_process_has_to_open_keeps_none_from_its_own(
    world: World, other: Herald, others_yard: ThreadYard
) -> None:
    club = await world.found()
    await other.guilds.link(await world.actor(OWNER, guild=FAR, manage=True), club.id)
    await world.pool(await world.tournament(racers=("Ann", "Bo")))
    first = await begin(world, "Ann", GUILD)
    world.execute(OTHERS_RACES, GUILD, first.id)
    await begin(world, "Bo", FAR)
    await world.until(f"SELECT thread_state FROM attempt WHERE guild_id = {FAR}", "open")
    assert len(others_yard.threads) == 1


async def test_two_processes_warn_and_forfeit_each_race_once(world: World, other: Herald) -> None:
    racers = [f"Racer {number}" for number in range(20)]
    await world.found()
    await world.pool(await world.tournament(racers=racers))
    world.start()
    for racer in racers:
        await begin(world, racer, GUILD)
    await world.until("SELECT count(*) FROM attempt WHERE thread_state = 'open' AND due_at IS NOT NULL", 20)
    for minutes, field in ((15, "attempt_warned"), (5, "attempt")):
        before = world.last_event()
        world.clock.advance(minutes=minutes)
        await asyncio.gather(*(herald.deadlines.sweep() for herald in (world.herald, other) for _ in range(3)))
        told = world.select("SELECT payload FROM event WHERE seq > ?", before)
        assert len(told) == len(racers)
        assert all(f'"{field}"' in one for one in told)
    assert world.select("SELECT DISTINCT stage FROM attempt") == ["forfeited"]
