"""Where the search for what waits begins: nothing that waits, or may yet come, is below it."""

# What a test must bring about or look into is nothing that the program offers.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest

from events import log
from events.relay import READ
from tests import postgres
from tests.events.core import Core, created

on_postgres = pytest.mark.skipif(not postgres.CHOSEN, reason="on SQLite the search always begins at the beginning")


async def raised(core: Core) -> int:
    """The floor, once the relay has left behind what is settled."""
    core.relay._made = READ
    core.relay.resume()
    await core.settle()
    return core.relay._claims.floor


async def horizon(core: Core) -> int:
    return await core.inside(core.database.horizon)


@on_postgres
async def test_it_rises_above_what_is_settled(core: Core) -> None:
    core.listen("a", [])
    core.relay.start()
    assert await horizon(core) == 1
    await core.emit(created("one"), created("two"))
    assert await raised(core) == await horizon(core) == 3


@on_postgres
async def test_it_stays_below_what_waits_for_its_retry_and_the_retry_is_made(core: Core) -> None:
    heard: list[str] = []
    failing = True
    core.listen("a", heard, failing=lambda event: failing and event.tournament_name == "two")
    core.relay.start()
    await core.emit(created("one", organization=1), created("two", organization=2), created("three", organization=3))
    assert await raised(core) == 2
    failing = False
    await core.pass_time(seconds=1)
    assert sorted(heard) == ["a one", "a three", "a two", "a two"]
    assert heard[-1] == "a two"
    assert await raised(core) == 4


@on_postgres
async def test_it_stays_below_an_event_that_is_numbered_and_not_committed_yet(core: Core) -> None:
    heard: list[str] = []
    numbered, may_commit = asyncio.Event(), asyncio.Event()

    async def linger(_: list[Any]) -> None:
        numbered.set()
        await may_commit.wait()

    async def body() -> None:
        await core.bus.emit(created("slow", organization=1))
        core.units.current().before_commit(linger, None)

    core.listen("a", heard)
    core.relay.start()
    slow = asyncio.create_task(core.units.run(body))
    await numbered.wait()
    await core.emit(created("fast", organization=2))
    assert await raised(core) == 1
    may_commit.set()
    await slow
    await core.settle()
    assert heard == ["a fast", "a slow"]
    assert await raised(core) == 3


@pytest.mark.parametrize("told", [False, True])
async def test_what_an_operator_has_put_back_is_found_below_it(core: Core, told: bool) -> None:
    heard: list[str] = []
    core.listen("a", heard)
    core.relay.start()
    await core.emit(created("one"), created("two"))
    await raised(core)
    core.execute("UPDATE delivery SET status = 'pending', claim = NULL WHERE id = 1")
    if told:
        await core.units.run(core.units.tell)
    core.relay.resume()
    await core.settle()
    assert heard == ["a one", "a two", "a one"]


@on_postgres
async def test_what_is_told_while_it_is_being_raised_is_not_overlooked(core: Core) -> None:
    core.listen("a", [])
    core.relay.start()
    await core.emit(created("one"))
    await core.settle()
    raising = asyncio.create_task(core.inside(partial(core.relay._raise_floor)))
    while not core.relay._raising:  # noqa: ASYNC110 - it is a matter of two turns of the loop
        await asyncio.sleep(0)
    core.relay._news()
    await raising
    assert core.relay._claims.floor == 0


@on_postgres
async def test_what_was_pending_once_is_not_searched_to_settle_what_is_now(core: Core) -> None:
    some = "'done', NULL, '00000000-0000-7000-8000-000000000000', '{1, 2, 3, 4, 5}'"
    with postgres.connect(core.name) as other:
        # An empty table would be read whole.
        other.execute("SET enable_seqscan = off")
        other.execute(postgres.query(f"PREPARE settle (text, text, uuid, bigint[]) AS {log._SETTLE_NUMBERED}"))
        plan = [str(row[0]) for row in other.execute(postgres.query(f"EXPLAIN EXECUTE settle ({some})")).fetchall()]
    assert any("delivery_pkey" in line for line in plan)
    assert not any("Index Cond" in line and "status" in line for line in plan)
