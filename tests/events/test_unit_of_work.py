# What a test must bring about or look into, such as a crash, is nothing that the program offers.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import contextlib
import random
from pathlib import Path
from typing import Any

import pytest
from tortoise.exceptions import OperationalError

from events.unit_of_work import UnitCancelledError, UnitOfWork
from models import BotState
from models.engine import Scope
from tests.events.core import QUICK, Core, created, write


async def hold_on() -> None:
    await asyncio.Event().wait()


async def rows() -> int:
    return await BotState.all().count()


@pytest.fixture
async def hurried(core: Core) -> Core:
    """A core whose units have a few milliseconds only."""
    core.units._limit = 0.005
    return core


async def test_a_body_and_its_events_are_one_transaction(core: Core) -> None:
    async def body() -> str:
        await write("change")
        await core.bus.emit(created())
        assert core.select("SELECT count(*) FROM bot_state UNION ALL SELECT count(*) FROM event") == [0, 0]
        return "result"

    assert await core.units.run(body) == "result"
    assert core.select("SELECT count(*) FROM bot_state UNION ALL SELECT count(*) FROM event") == [1, 1]


async def test_an_error_takes_everything_back(core: Core) -> None:
    async def body() -> None:
        await write("change")
        await core.bus.emit(created())
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        await core.units.run(body)
    assert core.select("SELECT count(*) FROM bot_state UNION ALL SELECT count(*) FROM event") == [0, 0]
    await core.units.run(lambda: write("next"))
    assert core.keys() == {"next"}


async def test_a_body_that_takes_too_long_is_taken_back(hurried: Core) -> None:
    async def body() -> None:
        await write("change")
        await hold_on()

    with pytest.raises(TimeoutError):
        await hurried.units.run(body)
    hurried.units._limit = 5
    await hurried.units.run(lambda: write("next"))
    assert hurried.keys() == {"next"}


async def test_a_unit_has_the_seconds_that_its_owner_was_made_with(core: Core) -> None:
    with pytest.raises(TimeoutError):
        await UnitOfWork(core.database, limit=0.005).run(hold_on)


async def test_waiting_for_another_unit_does_not_count_towards_the_limit(core: Core) -> None:
    under_way, go_on = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        await write("first")
        under_way.set()
        await go_on.wait()

    slow = asyncio.create_task(core.units.run(first, scope=Scope()))
    await under_way.wait()
    core.units._limit = QUICK
    behind = asyncio.create_task(core.units.run(lambda: write("behind"), scope=Scope()))
    loop = asyncio.get_running_loop()
    loop.call_later(1.2 * QUICK, go_on.set)
    await slow
    await behind
    assert core.keys() == {"first", "behind"}


async def test_a_unit_whose_turn_does_not_come_in_time_is_given_up_before_it_begins(core: Core) -> None:
    held, release = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        held.set()
        await release.wait()

    first = asyncio.create_task(core.units.run(hold, scope=Scope()))
    await held.wait()
    with pytest.raises(TimeoutError):
        await core.units.run(lambda: write("late"), patience=0.001, scope=Scope())
    release.set()
    await first
    await core.units.run(lambda: write("next"), patience=1)
    assert core.keys() == {"next"}


async def test_a_unit_inside_a_unit_joins_it(core: Core) -> None:
    async def outer() -> None:
        await write("outer")
        await core.units.run(lambda: write("inner"))
        assert await core.units.read(rows) == 2
        raise LookupError

    with pytest.raises(LookupError):
        await core.units.run(outer)
    assert core.keys() == set()


async def test_a_unit_of_another_bot_is_not_joined(core: Core, tmp_path: Path, template: Path) -> None:
    other = Core(tmp_path / "other.sqlite3")
    await other.begin_with(template)
    await other.database.open()

    async def outer() -> None:
        await write("mine")
        await other.units.run(lambda: write("theirs"))
        raise LookupError

    with pytest.raises(LookupError):
        await core.units.run(outer)
    assert (core.keys(), other.keys()) == (set(), {"theirs"})
    await other.close()


async def test_what_must_be_inside_a_unit_says_so_outside(core: Core) -> None:
    with pytest.raises(RuntimeError, match="needs an open unit of work"):
        core.units.current()


async def test_a_reader_outside_sees_only_what_is_committed(core: Core) -> None:
    await core.units.run(lambda: write("committed"))
    assert await core.units.read(rows) == 1


async def test_hooks_run_once_and_only_after_the_commit(core: Core) -> None:
    seen: list[set[str]] = []

    def hook() -> None:
        seen.append(core.keys())

    async def body() -> None:
        await write("change")
        core.units.current().after_commit(hook)
        core.units.current().after_commit(hook)
        await core.units.run(joined)
        assert seen == []

    async def joined() -> None:
        core.units.current().after_commit(hook)

    await core.units.run(body)
    assert seen == [{"change"}]


@pytest.mark.parametrize("how", ["error", "limit", "failed commit"])
async def test_hooks_do_not_run_when_the_unit_is_taken_back(core: Core, how: str) -> None:
    ran: list[str] = []
    core.units._limit = 0.005 if how == "limit" else 5

    async def body() -> None:
        core.units.current().after_commit(lambda: ran.append(how))
        if how == "error":
            raise LookupError
        if how == "limit":
            await hold_on()
        # A foreign key that is checked at the end makes the commit itself fail.
        await core.database._tortoise.db("default").execute_script(
            "PRAGMA defer_foreign_keys = ON;"
            "INSERT INTO delivery (event_id, handler, priority, stream, status, attempts)"
            " VALUES (99, 'h', 1, 's', 'pending', 0)"
        )

    with pytest.raises((LookupError, TimeoutError, OperationalError)):
        await core.units.run(body)
    assert ran == []
    core.units._limit = 5
    await core.units.run(lambda: write("next"))
    assert core.keys() == {"next"}
    assert core.deliveries() == []


async def test_the_callers_cancellation_does_not_tear_a_unit(core: Core) -> None:
    under_way, go_on = asyncio.Event(), asyncio.Event()

    async def body() -> None:
        await write("first half")
        under_way.set()
        await go_on.wait()
        await write("second half")

    caller = asyncio.create_task(core.units.run(body))
    await under_way.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert core.keys() == set()
    go_on.set()
    await core.units.drain()
    assert core.keys() == {"first half", "second half"}


async def test_a_unit_that_fails_after_its_caller_left_is_logged(core: Core, caplog: pytest.LogCaptureFixture) -> None:
    under_way, go_on = asyncio.Event(), asyncio.Event()

    async def body() -> None:
        under_way.set()
        await go_on.wait()
        raise LookupError("nobody hears this")

    caller = asyncio.create_task(core.units.run(body))
    await under_way.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go_on.set()
    await core.units.drain()
    assert "nobody hears this" in caplog.text
    assert caplog.messages == ["a unit of work failed after its caller was cancelled"]


async def test_draining_waits_for_every_unit_and_for_those_that_join_meanwhile(core: Core) -> None:
    gates = [asyncio.Event() for _ in range(3)]

    async def body(number: int) -> None:
        await gates[number].wait()
        await write(str(number))

    callers = [asyncio.create_task(core.units.run(lambda n=n: body(n))) for n in range(2)]
    await asyncio.sleep(0)
    drain = asyncio.create_task(core.units.drain())
    await asyncio.sleep(0)
    callers.append(asyncio.create_task(core.units.run(lambda: body(2))))
    for gate in gates:
        assert not drain.done()
        gate.set()
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await drain
    assert core.keys() == {"0", "1", "2"}
    await asyncio.gather(*callers)


@pytest.mark.parametrize("then_waits", [True, False])
async def test_a_body_that_cancels_itself_is_taken_back(core: Core, then_waits: bool) -> None:
    async def body() -> None:
        await write("half")
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        if then_waits:
            await hold_on()

    with pytest.raises(UnitCancelledError):
        await core.units.run(body)
    await core.units.run(lambda: write("next"))
    assert core.keys() == {"next"}


async def test_hundreds_of_cancellations_at_any_moment_leave_no_deadlock_and_no_half_write(core: Core) -> None:
    dice = random.Random(20261124)  # noqa: S311 - repeatable, not secret
    committed: set[int] = set()

    async def body(number: int) -> None:
        await write(f"{number} first")
        await asyncio.sleep(0)
        await write(f"{number} second")
        core.units.current().after_commit(lambda: committed.add(number))

    async def reader() -> None:
        await core.units.read(rows)

    async def turns(count: int) -> None:
        for _ in range(count):
            await asyncio.sleep(0)

    async with asyncio.timeout(9):
        for start in range(0, 600, 6):
            callers = [asyncio.create_task(core.units.run(lambda n=n: body(n))) for n in range(start, start + 5)]
            callers.append(asyncio.create_task(reader()))
            dice.shuffle(callers)
            for caller in callers:
                # From "not begun" to "long done": begin, body and commit take some dozens of turns.
                await turns(dice.randrange(12))
                caller.cancel()
            await asyncio.wait(callers)
        await core.units.drain()
        await core.units.run(lambda: write("the end"))

    halves = [key.split()[0] for key in core.keys() - {"the end"}]
    assert sorted(halves) == sorted([str(number) for number in committed] * 2)
    assert 0 < len(committed) <= 500


async def test_a_unit_that_is_itself_cancelled_anywhere_does_not_stop_the_bot(core: Core) -> None:
    """Nobody does that but the end of `asyncio.run`; the database is to survive it nevertheless."""
    dice = random.Random(7)  # noqa: S311 - repeatable, not secret

    async def body(number: int) -> None:
        await write(f"{number} first")
        await write(f"{number} second")

    async with asyncio.timeout(9):
        for number in range(200):
            caller = asyncio.create_task(core.units.run(lambda n=number: body(n)))
            for _ in range(dice.randrange(14)):
                await asyncio.sleep(0)
            for task in tuple(core.units._tasks):
                task.cancel()
            with contextlib.suppress(UnitCancelledError, OperationalError):
                await caller
            await core.units.drain()
        for _ in range(2):
            # The first may find what a torn one left behind, and cleans it up.
            with contextlib.suppress(OperationalError):
                await core.units.run(rows)
        await core.units.run(lambda: write("the end"))
    halves = [key.split()[0] for key in core.keys() - {"the end"}]
    assert all(halves.count(half) == 2 for half in halves)


async def test_a_task_that_outlives_the_unit_it_was_started_in_has_transactions_of_its_own(core: Core) -> None:
    go_on = asyncio.Event()
    tasks: list[asyncio.Task[Any]] = []

    async def later() -> None:
        await go_on.wait()
        with pytest.raises(RuntimeError):
            core.units.current()
        await core.units.run(lambda: write("from the task"))

    async def starts_it() -> None:
        tasks.append(asyncio.create_task(later()))
        await write("from the unit")

    async def fails_meanwhile() -> None:
        go_on.set()
        for _ in range(5):
            await asyncio.sleep(0)
        await write("never")
        raise LookupError

    await core.units.run(starts_it)
    with pytest.raises(LookupError):
        await core.units.run(fails_meanwhile)
    await asyncio.gather(*tasks)
    assert core.keys() == {"from the unit", "from the task"}


async def test_a_task_of_the_database_started_inside_a_unit_is_outside_of_it(core: Core) -> None:
    tasks: list[asyncio.Task[None]] = []

    async def body() -> None:
        await write("taken back")
        tasks.append(core.database.task(core.units.run(lambda: write("kept"))))
        await asyncio.sleep(0)
        raise LookupError

    with pytest.raises(LookupError):
        await core.units.run(body)
    await asyncio.gather(*tasks)
    assert core.keys() == {"kept"}


async def test_a_relay_woken_inside_a_unit_works_outside_of_it(core: Core) -> None:
    heard: list[str] = []

    async def handler(_: object) -> None:
        heard.append("heard")
        await write("from the handler")

    core.bus.register(type(created()), handler, name="writer")
    await core.emit(created())

    async def body() -> None:
        await write("taken back")
        core.relay.start()
        for _ in range(5):
            await asyncio.sleep(0)
        raise LookupError

    with pytest.raises(LookupError):
        await core.units.run(body)
    await core.settle()
    assert heard == ["heard"]
    assert core.keys() == {"from the handler"}
    assert core.deliveries() == [("writer", "done", 0)]


async def test_a_closed_database_is_refused_and_not_waited_for(core: Core) -> None:
    await core.database.close()
    with pytest.raises(RuntimeError, match="not open"):
        await core.units.run(lambda: write("x"))
    with pytest.raises(RuntimeError, match="not open"):
        await core.units.read(rows)
