"""Who does what waits: one run after the other, or several processes on one database."""

# What a test must bring about or look into is nothing that the program offers.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from events import EventPriority
from events.base import EntityEvent
from events.claims import Claims
from models import Delivery
from models.engine import DatabaseInUseError, Shards
from models.lease import Lease
from models.postgres import PostgresDatabase
from tests import postgres
from tests.events.core import PATIENCE, Core, created, write

on_postgres = pytest.mark.skipif(not postgres.CHOSEN, reason="SQLite serves one process")

OTHER = UUID(int=7)
HALVES = [Shards(2, frozenset({0})), Shards(2, frozenset({1}))]


@pytest.fixture
async def four(core: Core) -> Core:
    """Four deliveries: of this worker, of another one, of nobody, and of this worker but dead."""
    for name in ("mine", "theirs", "free", "ended"):
        core.listen(name, [])
    await core.emit(created())
    core.execute(
        f"UPDATE delivery SET claim = '{OTHER}' WHERE handler = 'theirs';"
        "UPDATE delivery SET claim = NULL WHERE handler = 'free';"
        "UPDATE delivery SET status = 'dead' WHERE handler = 'ended'"
    )
    return core


def claims(core: Core) -> list[str | None]:
    return core.select("SELECT claim FROM delivery ORDER BY id")


def claims_of(core: Core, worker: UUID) -> Claims:
    return Claims(core.database, core.units, Delivery, lane="stream", worker=worker, clock=core.clock)


async def test_a_run_begins_by_claiming_all_that_waits_and_nothing_that_has_ended(four: Core) -> None:
    new = uuid4()
    await claims_of(four, new).begin()
    assert claims(four) == [str(new)] * 3 + [str(four.worker)]


async def test_a_run_begins_once(four: Core) -> None:
    mine = claims_of(four, uuid4())
    await mine.begin()
    four.execute(f"UPDATE delivery SET claim = '{OTHER}'")
    await mine.begin()
    assert claims(four) == [str(OTHER)] * 4


async def test_later_on_what_nobody_has_claimed_is_claimed_and_nothing_else(four: Core) -> None:
    new = uuid4()
    four.execute("UPDATE delivery SET claim = NULL WHERE handler = 'ended'")
    mine = claims_of(four, new)
    assert await mine.more()
    assert claims(four) == [str(four.worker), str(OTHER), str(new), None]
    assert not await mine.more()


@pytest.fixture
async def pair(tmp_path: Path, template: Path) -> AsyncIterator[list[Core]]:
    """Two processes with a shard each, on one database. None delivers yet."""
    made = [Core(tmp_path / "events.sqlite3", shards=shards) for shards in HALVES]
    await made[0].begin_with(template)
    for core in made:
        await core.database.open()
    yield made
    for core in made:
        # Some tests have ended one already.
        with contextlib.suppress(RuntimeError):
            await core.units.drain()
            await core.relay.stop()
            await core.database.close()
    made[0].discard()


def listen(core: Core, name: str = "audit", gate: Callable[[str], Awaitable[None]] | None = None) -> None:
    """Let the core write down each event that it hears of, with its own worker's id."""

    async def handler(event: EntityEvent) -> None:
        told = str(event.to_dict()["tournament_name"])
        if gate is not None:
            await gate(told)
        await write(f"{name} {told}", str(core.worker))

    core.bus.register(EntityEvent, handler, EventPriority.NORMAL, name=name)


def held(core: Core) -> int:
    """Locks on lanes, whoever holds them."""
    sql = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND database = "
    return core.select(f"{sql}(SELECT oid FROM pg_database WHERE datname = current_database())")[0]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - another process's commits make no sound
            await asyncio.sleep(0.01)


@on_postgres
async def test_what_two_processes_emit_into_a_stream_is_told_once_and_in_the_order_of_commits(pair: list[Core]) -> None:
    heard: list[str] = []

    async def hear(told: str) -> None:
        heard.append(told)

    for core in pair:
        listen(core, gate=hear)
        core.relay.start()

    async def emit(core: Core, name: str) -> None:
        for number in range(20):
            await core.emit(created(f"{name}{number}", organization=1 + number % 2))

    await asyncio.gather(emit(pair[0], "a"), emit(pair[1], "b"))
    await until(lambda: pair[0].select("SELECT count(*) FROM delivery WHERE status = 'done'") == [40])
    for organization in (1, 2):
        committed = pair[0].select(
            "SELECT payload::jsonb->>'tournament_name' FROM event WHERE stream = ? ORDER BY seq",
            f"organization:{organization}",
        )
        assert [told for told in heard if told in committed] == committed
    assert len(heard) == 40


@on_postgres
async def test_a_lane_is_left_as_soon_as_nothing_waits_in_it(pair: list[Core]) -> None:
    here, _ = pair
    listen(here)
    here.relay.start()
    await here.emit(created("one", organization=1), created("two", organization=2))
    await until(lambda: here.select("SELECT count(*) FROM delivery WHERE status = 'done'") == [2])
    await here.settle()
    assert held(here) == 0


@on_postgres
async def test_while_a_process_is_at_a_stream_another_one_leaves_it_alone_and_does_others(pair: list[Core]) -> None:
    here, there = pair
    may_end = asyncio.Event()
    at_it = asyncio.Event()

    async def slow(_: str) -> None:
        at_it.set()
        await may_end.wait()

    listen(here, gate=slow)
    listen(there)
    here.relay.start()
    await here.emit(created("one", organization=1))
    await at_it.wait()
    there.relay.start()
    await there.emit(created("two", organization=1), created("three", organization=2))
    await until(lambda: there.keys() == {"audit three"})
    await there.settle()
    assert there.keys() == {"audit three"}
    may_end.set()
    # What was left to it, it finds when it lets go of the stream.
    await until(lambda: there.keys() == {"audit one", "audit two", "audit three"})
    assert here.select("SELECT key FROM bot_state WHERE value = ? ORDER BY key", str(here.worker)) == [
        "audit one",
        "audit two",
    ]


@on_postgres
async def test_what_a_process_leaves_behind_that_dies_is_taken_up_by_another(pair: list[Core]) -> None:
    here, there = pair
    for core in pair:
        listen(core)
    here.bus.disable()
    here.relay.start()
    await here.emit(created("one"), created("two"))
    assert claims(here) == [None, None]
    here.bus.enable()

    async def die(_: str) -> None:
        await asyncio.Event().wait()

    here.bus.clear_all()
    listen(here, gate=die)
    here.relay.resume()
    await until(lambda: held(there) == 1)
    await until(lambda: claims(there) == [str(here.worker)] * 2)
    tasks = {*here.relay.terminate(), *here.units.terminate()}
    await here.database.terminate()
    await asyncio.wait(tasks)
    there.relay.start()
    await until(lambda: there.keys() == {"audit one", "audit two"})
    assert there.select("SELECT DISTINCT value FROM bot_state") == [str(there.worker)]


@on_postgres
async def test_a_process_whose_lock_was_lost_settles_nothing_that_another_one_has_taken_over(pair: list[Core]) -> None:
    here, there = pair
    at_one, may_end_one, at_two, may_end_two = (asyncio.Event() for _ in range(4))

    async def hold_up_one(_: str) -> None:
        at_one.set()
        await may_end_one.wait()

    async def hold_up_two(told: str) -> None:
        if told == "two":
            at_two.set()
            await may_end_two.wait()

    listen(here, gate=hold_up_one)
    listen(there, gate=hold_up_two)
    await here.emit(created("one"), created("two"), created("three"))
    here.relay.start()
    await at_one.wait()
    lease = lease_of(here)
    # Its other connections live on, so it could go on with what it has read; but it notices that its lease is lost, and
    # takes long to get another one.
    async with lease._taking:
        postgres.end(lease._connection.get_server_pid())
        may_end_one.set()
        await until(lambda: here.keys() == {"audit one"})
        there.relay.start()
        await at_two.wait()
    # It has another one, and the other process has told nobody of the third event yet.
    await here.settle()
    assert lease._holds()
    assert here.keys() == {"audit one"}
    may_end_two.set()
    await until(lambda: here.keys() == {"audit one", "audit two", "audit three"})
    assert here.select("SELECT key FROM bot_state WHERE value = ?", str(here.worker)) == ["audit one"]


def lease_of(core: Core) -> Lease:
    engine = core.database._engine
    assert isinstance(engine, PostgresDatabase)
    return engine._lease


@on_postgres
async def test_what_an_operator_has_put_back_wakes_whoever_runs(core: Core) -> None:
    heard: list[str] = []
    core.listen("audit", heard)
    core.relay.start()
    await core.emit(created())
    await core.settle()
    beside = Core(core.path)
    await beside.database.open(beside=True)

    async def put_back() -> None:
        await Delivery.all().update(status="pending", claim=None)
        await beside.units.tell()

    await beside.units.run(put_back)
    await beside.database.close()
    await until(lambda: heard == ["audit Cup"] * 2)


@on_postgres
async def test_a_shard_is_served_by_one_process(pair: list[Core]) -> None:
    words = r"^another Herald serves shard 1: stop that one first, or give this one other SHARD_IDS\.$"
    with pytest.raises(DatabaseInUseError, match=words):
        await Core(pair[0].path, shards=HALVES[1]).database.open()


@on_postgres
async def test_processes_that_count_shards_differently_are_refused(pair: list[Core]) -> None:
    words = r"^another Herald runs with a SHARD_COUNT other than 3: stop that one first\.$"
    with pytest.raises(DatabaseInUseError, match=words):
        await Core(pair[0].path, shards=Shards(3, frozenset({2}))).database.open()


@on_postgres
@pytest.mark.parametrize("first", [0, 1])
async def test_one_that_serves_all_shards_and_one_that_serves_some_exclude_each_other(core: Core, first: int) -> None:
    await core.database.close()
    running = [Core(core.path), Core(core.path, shards=HALVES[0])]
    await running[first].database.open()
    with pytest.raises(DatabaseInUseError, match="another Herald is running on this database: stop that one first"):
        await running[1 - first].database.open()
    await running[first].database.close()
    await core.database.open()


@on_postgres
async def test_the_schema_is_not_changed_under_another_process(pair: list[Core]) -> None:
    here, there = pair
    await there.database.close()
    here.execute("DELETE FROM tortoise_migrations WHERE name = (SELECT max(name) FROM tortoise_migrations)")
    with pytest.raises(DatabaseInUseError, match="has to be brought up to date: stop every other Herald on it first"):
        await there.database.open()


@on_postgres
async def test_processes_that_start_together_on_an_empty_database_all_run(tmp_path: Path) -> None:
    count = 4
    made = [Core(tmp_path / "new.sqlite3", shards=Shards(count, frozenset({n}))) for n in range(count)]
    postgres.create(made[0].name)
    await asyncio.gather(*(core.database.open() for core in made))
    for core in made:
        await core.units.run(partial(write, str(core.worker)))
        await core.database.close()
    assert made[0].keys() == {str(core.worker) for core in made}
    made[0].discard()
