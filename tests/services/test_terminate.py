"""Herald ends as a killed process does, and its successor goes on where it stopped."""

from __future__ import annotations

import asyncio

from models import TargetKind
from services.guilds import ChannelUse
from services.herald import Herald
from services.sender import Target
from tests import postgres
from tests.services.discord_stand_in import Outbox
from tests.services.world import NEWS, World

CHANNEL = Target(TargetKind.CHANNEL, NEWS)


async def test_a_killed_herald_leaves_its_work_and_nothing_running(world: World) -> None:
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    before = asyncio.all_tasks()
    world.start()
    world.outbox.hold(CHANNEL)
    await world.tournament()
    assert await world.outbox.arrival(CHANNEL)
    await world.herald.terminate()
    assert asyncio.all_tasks() == before
    # Not handed back, not noted as sent: as it stood when it was killed.
    assert world.select("SELECT status, attempts FROM message ORDER BY seq")[0] == ("pending", 1)
    # Nor does it hold a lock. A server notices that somebody has gone a little later.
    with world.busy(within=0 if not postgres.CHOSEN else 1):
        pass
    world.outbox.release(CHANNEL)
    await world.resume()
    await world.settle()
    assert len({letter.nonce for letter in world.outbox.letters}) == len(world.outbox.letters) == 3


async def test_to_kill_a_herald_that_is_not_open_or_dead_is_harmless(bare: World) -> None:
    await Herald(bare.url, Outbox(bare.clock)).terminate()
    await bare.herald.terminate()
    await bare.herald.terminate()
