"""Two Heralds on one database, each with its own shard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models import TournamentStatus
from models.engine import Shards
from services.guilds import ChannelUse
from services.herald import Herald
from tests import postgres
from tests.services.discord_stand_in import channel
from tests.services.world import STEADY, World

pytestmark = pytest.mark.skipif(not postgres.CHOSEN, reason="SQLite serves one process")

NEWS = 4001


@pytest.fixture
async def world(tmp_path: Path, template: Path) -> AsyncIterator[World]:
    """One that serves the first of two shards, and does nothing before it is started."""
    made = World(tmp_path / "herald.sqlite3", shards=Shards(2, frozenset({0})))
    await made.open(template)
    yield made
    await made.close()


@pytest.fixture
async def other(world: World) -> AsyncIterator[Herald]:
    """One that serves the second shard, and is at rest. To both, Discord is the same."""
    shards = Shards(2, frozenset({1}))
    made = Herald(world.url, world.outbox, clock=world.clock, retry=STEADY, shards=shards)
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
