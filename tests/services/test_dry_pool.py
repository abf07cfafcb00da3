"""No connection to PostgreSQL is free."""

# What a test must bring about is nothing that the program offers.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

import models.postgres
from models import TournamentType
from models.database import CONNECTION
from models.postgres import POOL
from services.audit import AuditFilter
from services.errors import Unavailable
from tests import postgres
from tests.services.world import OWNER, World

pytestmark = pytest.mark.skipif(not postgres.CHOSEN, reason="SQLite has a single connection")


@asynccontextmanager
async def dry(world: World) -> AsyncGenerator[None]:
    """Every connection is lent to somebody."""
    client: Any = world.herald.database._tortoise.db(CONNECTION)
    lent = [await client._pool.acquire() for _ in range(POOL)]
    try:
        yield
    finally:
        for connection in lent:
            await client._pool.release(connection)


async def test_changes_and_searches_are_refused_clearly_and_go_on_when_there_is_one_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models.postgres, "FREE_LIMIT", 0.05)
    boss = await world.actor(OWNER)
    before = world.dump()
    async with dry(world):
        with pytest.raises(Unavailable):
            await world.herald.tournaments.create(boss, name="Cup", type=TournamentType.OTHER)
        with pytest.raises(Unavailable):
            await world.herald.audit.search(boss, AuditFilter())
    assert world.dump() == before
    await world.herald.tournaments.create(boss, name="Cup", type=TournamentType.OTHER)
    assert await world.herald.audit.search(boss, AuditFilter())


async def test_what_was_told_meanwhile_is_delivered_when_there_is_one_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models.postgres, "FREE_LIMIT", 0.05)
    await world.tournament()
    count = len(world.events())
    async with dry(world):
        world.start()
        await world.settle()
        assert world.select("SELECT count(*) FROM audit_entry") == [0]
    await world.pass_time(seconds=60)
    assert world.select("SELECT count(*) FROM audit_entry") == [count]
