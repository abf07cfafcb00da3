# What a test must look into, such as a timer, is nothing that the program offers.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from events.pump import LONGEST_NAP, Pump
from events.retry import RetryPolicy
from tests.services.world import Clock

PATIENT = RetryPolicy(base=100, cap=10_000, attempts=4, jitter=lambda _, longest: longest)
"""Retries after exactly 100, 200 and 400 seconds."""


def make(work: Callable[[], Awaitable[datetime | None]], clock: Clock, *, look_every: float | None = None) -> Pump:
    return Pump("the pump", work, start_task=asyncio.create_task, clock=clock, retry=PATIENT, look_every=look_every)


async def rest(pump: Pump) -> None:
    """Wait until the pump has nothing under way."""
    async with asyncio.timeout(5):
        while (task := pump._task) is not None:
            await asyncio.wait([task])


def nap(pump: Pump) -> float | None:
    """For how many seconds the pump is going to sleep, to the nearest ten: a slow machine has slept some of it."""
    if pump._timer is None:
        return None
    return round(pump._timer.when() - asyncio.get_running_loop().time(), -1)


async def nothing() -> None:
    pass


async def never() -> None:
    await asyncio.Event().wait()


async def test_work_that_goes_on_failing_is_tried_ever_later_and_never_given_up() -> None:
    async def work() -> None:
        raise OSError("out of order")

    pump, naps = make(work, Clock()), list[float | None]()
    pump.start()
    for _ in range(5):
        await rest(pump)
        naps.append(nap(pump))
        pump.wake()
    assert naps == [100, 200, 400, 400, 400]
    await pump.stop()


async def test_work_that_succeeds_again_is_forgiven_its_failures() -> None:
    script = ["fails", "fails", "works", "fails"]

    async def work() -> None:
        if script.pop(0) == "fails":
            raise OSError("out of order")

    pump, naps = make(work, Clock()), list[float | None]()
    pump.start()
    for _ in range(4):
        pump.wake()
        await rest(pump)
        naps.append(nap(pump))
    assert naps == [100, 200, None, 100]
    await pump.stop()


async def test_work_that_fails_is_logged_by_name_and_put_off_although_it_was_woken_meanwhile(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tries: list[str] = []

    async def work() -> None:
        tries.append("try")
        pump.wake()
        raise OSError("out of order")

    pump = make(work, Clock())
    pump.start()
    await rest(pump)
    assert (tries, nap(pump)) == (["try"], 100)
    [record] = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "the pump failed and will go on later")
    assert "out of order" in caplog.text
    await pump.stop()


@pytest.mark.parametrize(
    ("ahead", "look_every", "expected"),
    [
        (None, None, None),
        (500, None, 500),
        (LONGEST_NAP - 100, None, LONGEST_NAP - 100),
        (LONGEST_NAP + 100, None, LONGEST_NAP),
        (-500, None, 0),
        (None, 50, 50),
        (500, 50, 50),
        (30, 50, 30),
        (LONGEST_NAP + 100, LONGEST_NAP + 50, LONGEST_NAP),
    ],
)
async def test_a_pump_sleeps_until_there_is_more_to_do_but_never_past_the_next_look(
    ahead: float | None, look_every: float | None, expected: float | None
) -> None:
    clock = Clock()

    async def work() -> datetime | None:
        return None if ahead is None else clock() + timedelta(seconds=ahead)

    pump = make(work, clock, look_every=look_every)
    pump.start()
    await rest(pump)
    assert nap(pump) == expected
    await pump.stop()


async def test_what_is_overdue_is_done_at_once() -> None:
    clock, twice = Clock(), asyncio.Event()
    dues = [clock() - timedelta(seconds=1), None]

    async def work() -> datetime | None:
        due = dues.pop(0)
        if due is None:
            twice.set()
        return due

    pump = make(work, clock)
    pump.start()
    await rest(pump)
    timer = pump._timer
    assert timer is not None
    assert timer.when() <= asyncio.get_running_loop().time()
    async with asyncio.timeout(5):
        await twice.wait()
    await pump.stop()


async def test_what_was_due_is_forgotten_once_the_work_says_otherwise() -> None:
    clock = Clock()
    dues = [clock() + timedelta(seconds=500), None]

    async def work() -> datetime | None:
        return dues.pop(0)

    pump = make(work, clock)
    pump.start()
    await rest(pump)
    timer = pump._timer
    assert timer is not None
    pump.wake()
    # Whoever works needs no alarm; a second one would start the work twice.
    assert timer.cancelled()
    assert pump._timer is None
    await rest(pump)
    assert nap(pump) is None
    await pump.stop()


async def test_a_pump_that_is_woken_while_it_works_works_once_more_and_never_twice_at_once() -> None:
    running, course = 0, list[int]()
    under_way, go_on = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        nonlocal running
        running += 1
        course.append(running)
        under_way.set()
        await go_on.wait()
        running -= 1

    pump = make(work, Clock())
    pump.start()
    await under_way.wait()
    for _ in range(3):
        pump.wake()
    go_on.set()
    await rest(pump)
    assert course == [1, 1]
    await pump.stop()


async def test_a_pump_that_is_woken_as_its_work_ends_works_once_more() -> None:
    done: list[str] = []

    async def work() -> None:
        done.append("done")

    pump = make(work, Clock())
    pump.start()
    task = pump._task
    assert task is not None
    # Between the last step of the task and the pump's own look at its end.
    task.remove_done_callback(pump._ended)
    task.add_done_callback(lambda _: pump.wake())
    task.add_done_callback(pump._ended)
    await rest(pump)
    assert done == ["done", "done"]
    await pump.stop()


async def test_a_pump_neither_works_nor_sleeps_before_it_is_started() -> None:
    pump = make(nothing, Clock(), look_every=50)
    assert pump.stopping
    pump.wake()
    assert (pump._task, pump._timer) == (None, None)
    pump.start()
    assert pump.stopping is False
    await rest(pump)
    assert nap(pump) == 50
    await pump.stop()


async def test_a_stopped_pump_ends_what_is_under_way_and_neither_sleeps_nor_wakes() -> None:
    clock, course = Clock(), list[str]()
    under_way, go_on = asyncio.Event(), asyncio.Event()

    async def work() -> datetime:
        under_way.set()
        await go_on.wait()
        course.append("stopping" if pump.stopping else "going on")
        return clock() + timedelta(seconds=500)

    pump = make(work, clock, look_every=50)
    pump.start()
    await under_way.wait()
    pump.wake()
    asyncio.get_running_loop().call_soon(go_on.set)
    async with asyncio.timeout(5):
        await pump.stop()
    assert course == ["stopping"]
    pump.wake()
    assert (pump._task, pump._timer) == (None, None)
    await pump.stop()


async def test_a_terminated_pump_drops_its_work_and_neither_sleeps_nor_wakes() -> None:
    pump = make(never, Clock(), look_every=50)
    pump.start()
    task = pump._task
    assert task is not None
    await asyncio.sleep(0)
    assert pump.terminate() == {task}
    assert pump.stopping
    await asyncio.wait([task])
    assert task.cancelled()
    pump.wake()
    assert (pump._task, pump._timer) == (None, None)


async def test_a_pump_that_is_terminated_in_its_sleep_has_nothing_to_drop() -> None:
    pump = make(nothing, Clock(), look_every=50)
    pump.start()
    await rest(pump)
    timer = pump._timer
    assert timer is not None
    assert pump.terminate() == set()
    assert timer.cancelled()
    assert pump._timer is None


async def test_a_pump_whose_task_is_cancelled_time_and_again_sleeps_ever_longer() -> None:
    pump, naps = make(never, Clock()), list[float | None]()
    pump.start()
    for _ in range(5):
        task = pump._task
        assert task is not None
        task.cancel()
        await asyncio.wait([task])
        naps.append(nap(pump))
        pump.wake()
    assert naps == [100, 200, 400, 400, 400]
    pump.terminate()
