# What a test must bring about or look into, such as a crash, is nothing that the program offers.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import gc
import json
import logging
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from events import (
    BaseEvent,
    Bus,
    EntityEvent,
    EventPriority,
    TournamentCreatedEvent,
    TournamentDeletedEvent,
    UserCreatedEvent,
    UserUpdatedEvent,
)
from events import log as log_module
from events.pump import Pump
from events.relay import LONGEST_ERROR, READ, Relay
from events.retry import NeverRetry, RetryAfter, RetryPolicy
from models import Delivery, DeliveryStatus
from tests import postgres
from tests.database_file import UUID_TYPE
from tests.events.core import QUICK, Core, created, deleted, write
from tests.events.examples import example


async def ignore(_: BaseEvent) -> None:
    pass


def always(_: TournamentCreatedEvent) -> bool:
    return True


def named(name: str) -> Callable[[TournamentCreatedEvent], bool]:
    return lambda event: event.tournament_name == name


async def test_an_event_is_delivered_after_its_commit_without_a_poll(core: Core) -> None:
    heard: list[str] = []
    core.listen("a", heard)
    core.relay.start()
    await core.settle()

    async def body() -> None:
        await core.bus.emit(created())
        for _ in range(20):
            await asyncio.sleep(0)
        assert heard == []

    await core.units.run(body)
    await core.settle()
    assert heard == ["a Cup"]
    assert core.deliveries() == [("a", "done", 0)]
    assert (core.relay._pump._task, core.relay._pump._timer) == (None, None)


async def test_an_event_that_was_taken_back_is_not_delivered(core: Core) -> None:
    heard: list[str] = []
    core.listen("a", heard)
    core.relay.start()

    async def body() -> None:
        await core.bus.emit(created())
        raise LookupError

    with pytest.raises(LookupError):
        await core.units.run(body)
    await core.settle()
    assert heard == []


async def test_emitting_outside_a_unit_is_refused(core: Core) -> None:
    with pytest.raises(RuntimeError, match="needs an open unit of work"):
        await core.bus.emit(created())


async def test_a_handler_hears_the_event_that_was_emitted(core: Core) -> None:
    heard: list[BaseEvent] = []

    async def handler(event: BaseEvent) -> None:
        heard.append(event)

    core.bus.register(BaseEvent, handler, name="listener")
    core.relay.start()
    told = [created("Größe 😀"), deleted(organization=None), example(UserCreatedEvent), example(UserUpdatedEvent)]
    await core.emit(*told)
    await core.settle()
    assert sorted(heard, key=lambda e: e.event_id) == told


async def test_what_was_committed_before_a_crash_is_delivered_after_it_once(core: Core) -> None:
    heard: list[str] = []
    core.listen("a", heard)
    await core.emit(created("one"), created("two"))
    core = await core.crash()
    core.listen("a", heard)
    assert heard == []
    core.relay.start()
    await core.settle()
    core = await core.crash()
    core.listen("a", heard)
    core.relay.start()
    await core.settle()
    assert heard == ["a one", "a two"]
    await core.close()


@pytest.mark.parametrize("turns", range(0, 60, 3))
async def test_a_crash_at_any_moment_of_delivery_neither_loses_nor_doubles_an_effect(core: Core, turns: int) -> None:
    def register(core: Core) -> None:
        for name in ("a", "b"):

            async def handler(event: TournamentCreatedEvent, name: str = name) -> None:
                # `key` is unique: a second effect of one event would fail, and its delivery end as dead.
                await write(f"{name} {event.tournament_name}")

            core.bus.register(TournamentCreatedEvent, handler, name=name)

    register(core)
    core.relay.start()
    await core.settle()
    await core.emit(*[created(str(number), organization=number % 2) for number in range(4)])
    for _ in range(turns):
        await asyncio.sleep(0)
    core = await core.crash()
    register(core)
    core.relay.start()
    await core.settle()
    assert core.keys() == {f"{name} {number}" for name in ("a", "b") for number in range(4)}
    assert {(status, attempts) for _, status, attempts in core.deliveries()} == {("done", 0)}
    await core.close()


async def test_a_delivery_that_was_settled_meanwhile_is_not_made(core: Core, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[str] = []

    async def settles_the_next(_: TournamentCreatedEvent) -> None:
        await Delivery.filter(handler="late").update(status=DeliveryStatus.DONE)

    core.bus.register(TournamentCreatedEvent, settles_the_next, EventPriority.HIGH, name="early")
    core.listen("late", heard)
    core.relay.start()
    await core.emit(created())
    await core.settle()
    assert heard == []
    assert core.deliveries() == [("early", "done", 0), ("late", "done", 0)]
    assert caplog.messages == ["delivery 2 was settled meanwhile"]


async def test_a_failing_handlers_writes_are_taken_back(core: Core) -> None:
    async def handler(_: TournamentCreatedEvent) -> None:
        await write("half")
        raise OSError

    core.bus.register(TournamentCreatedEvent, handler, name="a")
    core.relay.start()
    await core.emit(created())
    await core.settle()
    assert core.keys() == set()
    assert core.deliveries() == [("a", "pending", 1)]


async def test_events_of_one_stream_are_heard_in_the_order_of_their_commits(core: Core) -> None:
    heard: list[str] = []

    async def handler(event: TournamentCreatedEvent) -> None:
        # The earlier, the slower.
        for _ in range(20 - int(event.tournament_name)):
            await asyncio.sleep(0)
        heard.append(event.tournament_name)

    core.bus.register(TournamentCreatedEvent, handler, name="a")
    await core.emit(*[created(str(number)) for number in range(20)])
    core.relay.start()
    await core.settle()
    assert heard == [str(number) for number in range(20)]


async def test_tiers_hold_for_durable_handlers(core: Core) -> None:
    heard: list[str] = []
    for priority in EventPriority:
        for suffix in "xy":
            core.listen(priority.name + suffix, heard, priority=priority)
    core.relay.start()
    await core.emit(created())
    await core.settle()
    tiers = [sorted(line.split()[0] for line in heard[start : start + 2]) for start in range(0, 8, 2)]
    assert tiers == [[name + "x", name + "y"] for name in ("CRITICAL", "HIGH", "NORMAL", "LOW")]


async def test_a_failing_handler_is_tried_again_alone(core: Core) -> None:
    heard: list[str] = []
    core.listen("before", heard, priority=EventPriority.HIGH)
    core.listen("fails", heard, failing=lambda _: len(heard) < 4)
    core.listen("after", heard, priority=EventPriority.LOW)
    core.relay.start()
    await core.emit(created())
    await core.settle()
    assert heard == ["before Cup", "fails Cup", "after Cup"]
    await core.pass_time(seconds=0.9)
    assert len(heard) == 3
    await core.pass_time(seconds=0.1)
    assert heard == ["before Cup", "fails Cup", "after Cup", "fails Cup"]
    assert core.deliveries() == [("before", "done", 0), ("fails", "done", 1), ("after", "done", 0)]


async def test_a_waiting_retry_sets_a_timer_for_its_time(core: Core) -> None:
    core.listen("fails", [], failing=always)
    core.relay.start()
    await core.emit(created())
    await core.settle()
    timer = core.relay._pump._timer
    assert timer is not None
    assert 0.9 < timer.when() - asyncio.get_running_loop().time() <= 1
    await core.relay.stop()
    assert timer.cancelled()
    assert core.relay._pump._timer is None


async def test_later_events_of_the_stream_wait_for_the_handler_that_waits_and_for_no_other(core: Core) -> None:
    heard: list[str] = []
    core.listen("fails", heard, failing=lambda e: e.tournament_name == "one" and heard.count("fails one") < 2)
    core.listen("works", heard)
    core.relay.start()
    await core.emit(created("one"), created("two"), created("elsewhere", organization=2))
    await core.settle()
    await core.emit(created("three"))
    await core.settle()
    # Nothing is said of the order between two streams.
    assert sorted(line for line in heard if line.startswith("fails")) == ["fails elsewhere", "fails one"]
    assert sorted(line for line in heard if line.startswith("works")) == [
        "works elsewhere",
        "works one",
        "works three",
        "works two",
    ]
    heard.remove("fails elsewhere")
    await core.pass_time(seconds=1)
    assert [line.split()[1] for line in heard if line.startswith("fails")] == ["one", "one", "two", "three"]


async def test_a_delivery_is_dead_after_its_last_attempt_and_the_next_one_passes(core: Core) -> None:
    heard: list[str] = []
    core.listen("fails", heard, failing=named("one"))
    core.relay.start()
    await core.emit(created("one"), created("two"))
    for seconds in (0, 1, 2):
        await core.pass_time(seconds=seconds)
    assert heard == ["fails one"] * 3 + ["fails two"]
    assert core.select("SELECT status, last_error, due_at FROM delivery ORDER BY id") == [
        ("dead", "OSError: out of order", None),
        ("done", None, None),
    ]
    await core.pass_time(days=1)
    assert len(heard) == 4


async def test_each_failed_attempt_is_logged_with_its_cause_and_the_last_one_as_an_error(
    core: Core, caplog: pytest.LogCaptureFixture
) -> None:
    core.listen("fails", [], failing=always)
    core.relay.start()
    await core.emit(created())
    for seconds in (0, 1, 2):
        await core.pass_time(seconds=seconds)
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "delivery 1 to fails failed"),
        (logging.WARNING, "delivery 1 to fails failed"),
        (logging.ERROR, "delivery 1 to fails is dead"),
    ]
    assert [type(record.exc_info[1]) for record in caplog.records if record.exc_info] == [OSError] * 3


async def test_an_error_is_kept_no_longer_than_its_column(core: Core) -> None:
    async def handler(_: TournamentCreatedEvent) -> None:
        raise OSError("x" * 2 * LONGEST_ERROR)

    core.bus.register(TournamentCreatedEvent, handler, name="a")
    await core.emit(created("one"), created("two", organization=2))
    if postgres.CHOSEN:
        # It does keep what is too long out; SQLite does not.
        core.execute("ALTER TABLE event ALTER COLUMN type TYPE text")
    core.execute(f"UPDATE event SET type = '{'T' * 2 * LONGEST_ERROR}' WHERE seq = 2")
    core.relay.start()
    await core.settle()
    assert core.select("SELECT last_error FROM delivery ORDER BY id") == [
        "OSError: ".ljust(LONGEST_ERROR, "x"),
        "unknown event type '".ljust(LONGEST_ERROR, "T"),
    ]


async def test_a_handler_that_cancels_itself_has_failed_and_is_tried_again(core: Core) -> None:
    tries: list[str] = []

    async def handler(_: TournamentCreatedEvent) -> None:
        tries.append("try")
        await write(f"try {len(tries)}")
        task = asyncio.current_task()
        assert task is not None
        if len(tries) == 1:
            task.cancel()

    core.bus.register(TournamentCreatedEvent, handler, name="a")
    core.relay.start()
    await core.emit(created())
    await core.settle()
    assert core.select("SELECT status, attempts, last_error FROM delivery") == [("pending", 1, "UnitCancelledError: ")]
    await core.pass_time(seconds=1)
    assert core.deliveries() == [("a", "done", 1)]
    assert core.keys() == {"try 2"}


async def test_a_handler_that_hangs_is_stopped_at_the_units_limit_and_tried_again(core: Core) -> None:
    heard: list[str] = []

    async def hangs(_: TournamentCreatedEvent) -> None:
        await asyncio.Event().wait()

    core.bus.register(TournamentCreatedEvent, hangs, name="hangs")
    core.listen("works", heard)
    core.listen("after", heard, priority=EventPriority.LOW)
    await core.emit(*[created(organization=number) for number in range(2)])
    # Enough for a commit on a slow machine.
    core.units._limit = QUICK
    core.relay.start()
    await core.settle()
    statuses = {(handler, status, attempts) for handler, status, attempts in core.deliveries()}
    assert statuses == {("hangs", "pending", 1), ("works", "done", 0), ("after", "done", 0)}
    assert sorted(heard) == ["after Cup"] * 2 + ["works Cup"] * 2


async def test_a_handler_name_unknown_at_start_is_dead_visible_and_blocks_nothing(
    core: Core, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []
    core.listen("gone", heard, priority=EventPriority.HIGH)
    core.listen("stays", heard)
    await core.emit(created("one"), created("two"))
    core = await core.crash()
    core.listen("stays", heard)
    core.relay.start()
    await core.settle()
    assert heard == ["stays one", "stays two"]
    assert core.deliveries() == [("gone", "dead", 0), ("stays", "done", 0)] * 2
    assert core.select("SELECT last_error FROM delivery WHERE status = 'dead'") == ["no handler has this name"] * 2
    assert caplog.messages == [f"delivery {number} is dead: no handler is called gone" for number in (1, 3)]
    await core.close()


async def test_a_handler_is_found_under_each_of_its_names(core: Core) -> None:
    core.bus.register(TournamentCreatedEvent, ignore, name="old")
    await core.emit(created())
    core = await core.crash()
    core.bus.register(BaseEvent, ignore, name="new")
    core.bus.register(TournamentCreatedEvent, ignore, name="old")
    await core.emit(created())
    core.relay.start()
    await core.settle()
    assert core.deliveries() == [("old", "done", 0), ("new", "done", 0)]
    await core.close()


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ("type = 'TournamentAbandoned'", "unknown event type 'TournamentAbandoned'"),
        ("version = 99", "TournamentCreated has no version 99 in this release"),
        ("payload = '{}'", "TournamentCreated cannot be read: Object missing required field `tournament_name`"),
        ("payload = '[1, 2]'", "TournamentCreated is no mapping of fields"),
        (
            'payload = \'{"tournament_name": 5, "tournament_type": "other"}\'',
            "TournamentCreated cannot be read: Expected `str`, got `int` - at `$.tournament_name`",
        ),
    ],
)
async def test_an_event_that_cannot_be_read_is_dead_visible_and_blocks_nothing(
    core: Core, damage: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []
    core.listen("a", heard)
    core.listen("b", heard, priority=EventPriority.LOW)
    unreadable = created("one")
    await core.emit(unreadable, created("two"), created("elsewhere", organization=2))
    core.execute(f"UPDATE event SET {damage} WHERE seq = 1")
    core.relay.start()
    await core.settle()
    assert sorted(heard) == ["a elsewhere", "a two", "b elsewhere", "b two"]
    assert core.select("SELECT event_id, status FROM delivery WHERE status <> 'done'") == [(1, "dead"), (1, "dead")]
    assert core.select("SELECT last_error FROM delivery WHERE status = 'dead'") == [reason] * 2
    assert caplog.messages == [f"event {unreadable.event_id} is dead: {reason}"]


async def test_a_disabled_bus_keeps_events_and_delivers_them_once_enabled(core: Core) -> None:
    heard: list[str] = []
    core.listen("a", heard)
    core.relay.start()
    core.bus.disable()
    await core.emit(created("kept"))
    await core.settle()
    assert (heard, core.deliveries()) == ([], [("a", "pending", 0)])
    core.bus.enable()
    await core.settle()
    assert heard == ["a kept"]


async def test_a_stopped_relay_starts_nothing_more_and_the_next_start_goes_on(core: Core) -> None:
    heard: list[str] = []
    under_way, go_on = asyncio.Event(), asyncio.Event()

    async def slow(event: TournamentCreatedEvent) -> None:
        heard.append(event.tournament_name)
        under_way.set()
        await go_on.wait()

    core.bus.register(TournamentCreatedEvent, slow, EventPriority.HIGH, name="slow")
    core.listen("next tier", heard)
    await core.emit(created("one"), created("two"))
    core.relay.start()
    await under_way.wait()
    stop = asyncio.create_task(core.relay.stop())
    await asyncio.sleep(0)
    go_on.set()
    async with asyncio.timeout(5):
        await stop
    assert heard == ["one"]
    assert core.deliveries()[:2] == [("slow", "done", 0), ("next tier", "pending", 0)]
    core.relay.start()
    await core.settle()
    assert heard == ["one", "next tier one", "two", "next tier two"]


async def test_a_relay_that_is_stopped_ends_the_tier_under_way(core: Core) -> None:
    heard: list[str] = []
    under_way, go_on = asyncio.Event(), asyncio.Event()

    async def slow(event: TournamentCreatedEvent) -> None:
        heard.append(f"slow {event.tournament_name}")
        under_way.set()
        await go_on.wait()

    core.bus.register(TournamentCreatedEvent, slow, name="slow")
    core.listen("beside", heard)
    core.listen("next tier", heard, priority=EventPriority.LOW)
    await core.emit(created())
    core.relay.start()
    await under_way.wait()
    stop = asyncio.create_task(core.relay.stop())
    await asyncio.sleep(0)
    go_on.set()
    async with asyncio.timeout(5):
        await stop
    assert heard == ["slow Cup", "beside Cup"]


async def test_a_busy_database_only_delays_delivery(core: Core, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[str] = []
    core.listen("a", heard)
    await core.impatient()
    await core.emit(created())
    with core.busy():
        core.relay.start()
        await core.settle()
        assert heard == []
    assert "relay failed and will go on later" in caplog.text
    assert core.relay._pump._timer is not None
    await core.pass_time(seconds=1)
    assert heard == ["a Cup"]


async def test_a_database_that_cannot_be_read_is_tried_again_by_itself(core: Core) -> None:
    heard: list[str] = []
    delivered = asyncio.Event()

    async def handler(event: TournamentCreatedEvent) -> None:
        heard.append(event.tournament_name)
        delivered.set()

    core.bus.register(TournamentCreatedEvent, handler, name="a")
    await core.emit(created())
    core.execute("ALTER TABLE delivery RENAME TO moved")
    core.relay._pump._retry = RetryPolicy(base=0.002, cap=0.002)
    core.relay.start()
    await core.settle()
    assert heard == []
    core.execute("ALTER TABLE moved RENAME TO delivery")
    async with asyncio.timeout(5):
        await delivered.wait()
    assert heard == ["Cup"]


async def test_thousands_of_waiting_streams_neither_break_nor_block_the_others(core: Core) -> None:
    heard: list[str] = []
    core.listen("a", heard)
    # 1,500 streams whose first delivery waits, each with two behind it, all older than the fresh one.
    core.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4500)"
        " INSERT INTO event (event_id, type, version, stream, entity_id, occurred_at, payload)"
        f" SELECT CAST('00000000-0000-0000-0000-' || (100000000000 + i) AS {UUID_TYPE}), 'TournamentCreated', 1,"
        " 'organization:' || (i % 1500), 1, '2026-11-24', '{}' FROM n;"
        "INSERT INTO delivery (event_id, handler, priority, stream, status, attempts, due_at)"
        " SELECT seq, 'a', 2, stream, 'pending', 0, '2026-11-24 12:00:01+00:00' FROM event WHERE seq <= 1500;"
        "INSERT INTO delivery (event_id, handler, priority, stream, status, attempts)"
        " SELECT seq, 'a', 2, stream, 'pending', 0 FROM event WHERE seq > 1500"
    )
    await core.emit(created("fresh", organization=9999))
    core.relay.start()
    await core.settle()
    assert heard == ["a fresh"]
    assert core.select("SELECT count(*) FROM delivery WHERE status = 'pending'") == [4500]


async def test_units_side_by_side_are_heard_in_the_order_of_their_streams(core: Core) -> None:
    heard: list[str] = []
    core.listen("a", heard)
    core.relay.start()

    async def body(number: int) -> None:
        # Two that need each other's streams do not wait for each other.
        for stream in random.sample((1, 2, 3), 2):
            await core.bus.emit(created(f"{stream} {number}", organization=stream))
            await asyncio.sleep(random.uniform(0, 0.005))  # noqa: S311 - any moment will do

    await asyncio.gather(*(core.units.run(partial(body, number)) for number in range(100)))
    await core.settle()
    names = [
        json.loads(payload)["tournament_name"] for payload in core.select("SELECT payload FROM event ORDER BY seq")
    ]
    assert len(heard) == len(names) == 200
    for number in (1, 2, 3):
        mine = [f"a {name}" for name in names if name.startswith(f"{number} ")]
        assert [one for one in heard if one.startswith(f"a {number} ")] == mine


@pytest.mark.skipif(not postgres.CHOSEN, reason="SQLite has one writer, so nothing is side by side")
async def test_no_unit_numbers_events_of_a_stream_while_another_one_has_yet_to_commit_its_own(core: Core) -> None:
    heard: list[str] = []
    written, go_on = asyncio.Event(), asyncio.Event()
    core.listen("a", heard)
    core.relay.start()

    async def wait(_: list[None]) -> None:
        written.set()
        await go_on.wait()

    async def body() -> None:
        await core.bus.emit(created("one"))
        core.units.current().before_commit(wait, None)

    first = asyncio.create_task(core.units.run(body))
    await written.wait()
    second = asyncio.create_task(core.emit(created("two")))
    await core.emit(created("elsewhere", organization=2))
    # Time enough for it to be done, if nothing held it up.
    await asyncio.wait([second], timeout=0.5)
    await core.settle()
    meanwhile = list(heard)
    go_on.set()
    await asyncio.gather(first, second)
    assert meanwhile == ["a elsewhere"]
    await core.settle()
    assert heard == ["a elsewhere", "a one", "a two"]


@pytest.mark.skipif(not postgres.CHOSEN, reason="SQLite has one writer, so nothing is side by side")
async def test_an_event_that_waits_for_its_turn_in_its_stream_has_no_number_yet(core: Core) -> None:
    in_line, go_on = asyncio.Event(), asyncio.Event()

    async def body() -> None:
        await core.units.line_up([created("first").stream])
        in_line.set()
        await go_on.wait()
        await core.bus.emit(created("first"))

    first = asyncio.create_task(core.units.run(body))
    await in_line.wait()
    second = asyncio.create_task(core.emit(created("second")))
    await core.until("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted", 1)
    go_on.set()
    await asyncio.gather(first, second)
    names = [
        json.loads(payload)["tournament_name"] for payload in core.select("SELECT payload FROM event ORDER BY seq")
    ]
    assert names == ["first", "second"]


async def test_units_that_want_the_same_streams_do_not_wait_for_each_other_for_ever(core: Core) -> None:
    streams = [f"organization:{number}" for number in range(8)]
    orders = [random.sample(streams, 8) for _ in range(50)]
    await asyncio.gather(*(core.units.run(partial(core.database.line_up, order)) for order in orders))


async def test_a_retry_is_due_at_its_time_and_not_before(core: Core) -> None:
    await core.emit(created())
    core.execute(
        "INSERT INTO delivery (event_id, handler, priority, stream, status, attempts, due_at, claim)"
        f" VALUES (1, 'a', 2, 's', 'pending', 1, '2026-11-24 12:00:00.500000+00:00', '{core.worker}')"
    )

    async def due() -> list[log_module.Due]:
        return await log_module.due(core.worker, core.clock(), 10)

    assert await core.inside(due) == []
    core.clock.advance(milliseconds=499)
    assert await core.inside(due) == []
    core.clock.advance(milliseconds=1)
    assert len(await core.inside(due)) == 1


async def test_more_deliveries_than_a_batch_holds_are_made_in_one_go(core: Core) -> None:
    heard: list[str] = []
    core.listen("a", heard, to=TournamentDeletedEvent)
    count = READ + READ // 2

    async def body() -> None:
        for number in range(count):
            await core.bus.emit(deleted(str(number)))

    await core.units.run(body)
    core.relay.start()
    await core.settle()
    assert heard == [f"a {number}" for number in range(count)]


def test_retries_wait_twice_as_long_each_time_up_to_the_cap() -> None:
    policy = RetryPolicy(base=1.0, cap=300, attempts=10_000, jitter=lambda _, longest: longest)
    assert [policy.delay(n) for n in (1, 2, 3, 9)] == [timedelta(seconds=s) for s in (1, 2, 4, 256)]
    assert policy.delay(10) == policy.delay(9_999) == timedelta(seconds=300)
    assert policy.delay(10_000) is None


@pytest.mark.parametrize(
    ("policy", "attempt", "shortest", "longest"),
    [
        (RetryPolicy(base=10), 1, 5, 10),
        (RetryPolicy(base=10), 3, 5, 40),
        (RetryPolicy(base=10, cap=20), 3, 5, 20),
        # The cap is no reason to come sooner than half the base.
        (RetryPolicy(base=10, cap=1), 3, 5, 5),
    ],
)
def test_a_retry_comes_between_half_the_base_and_its_ceiling(
    policy: RetryPolicy, attempt: int, shortest: float, longest: float
) -> None:
    for jitter, expected in ((min, shortest), (max, longest)):
        assert replace(policy, jitter=jitter).delay(attempt) == timedelta(seconds=expected)


def test_retries_are_spread_and_never_come_at_once() -> None:
    policy = RetryPolicy()
    delays = [policy.delay(4) for _ in range(200)]
    assert all(d is not None and timedelta(seconds=0.5) <= d <= timedelta(seconds=8) for d in delays)
    assert len(set(delays)) > 100


async def test_a_policy_without_delay_is_obeyed_when_the_work_fails(core: Core) -> None:
    tries: list[str] = []
    done = asyncio.Event()

    async def work() -> None:
        tries.append("try")
        if len(tries) == 1:
            raise OSError
        done.set()

    pump = Pump(
        "test", work, start_task=core.database.task, clock=core.clock, retry=RetryPolicy(jitter=lambda _, __: 0.0)
    )
    pump.start()
    async with asyncio.timeout(2):
        await done.wait()
    await pump.stop()


async def test_a_handler_says_itself_when_to_try_again(core: Core) -> None:
    heard: list[str] = []

    async def handler(_: TournamentCreatedEvent) -> None:
        heard.append("try")
        if len(heard) == 1:
            raise RetryAfter(120, "the quota is used up")

    core.bus.register(TournamentCreatedEvent, handler, name="a")
    core.relay.start()
    await core.emit(created())
    await core.settle()
    assert core.select("SELECT last_error FROM delivery") == ["RetryAfter: the quota is used up"]
    await core.pass_time(seconds=119.9)
    assert heard == ["try"]
    await core.pass_time(seconds=0.1)
    assert core.deliveries() == [("a", "done", 1)]


async def test_asking_for_more_time_again_and_again_ends_like_any_failure(core: Core) -> None:
    async def handler(_: TournamentCreatedEvent) -> None:
        raise RetryAfter(1)

    core.bus.register(TournamentCreatedEvent, handler, name="a")
    core.relay.start()
    await core.emit(created())
    for _ in range(5):
        await core.pass_time(seconds=1)
    assert core.deliveries() == [("a", "dead", 3)]
    assert core.select("SELECT last_error FROM delivery") == ["RetryAfter: asked to wait 1 s"]


async def test_a_handler_says_itself_that_another_attempt_is_of_no_use(core: Core) -> None:
    heard: list[str] = []

    async def handler(event: TournamentCreatedEvent) -> None:
        heard.append(event.tournament_name)
        if event.tournament_name == "one":
            raise NeverRetry("its tournament is gone")

    core.bus.register(TournamentCreatedEvent, handler, name="a")
    core.relay.start()
    await core.emit(created("one"), created("two"))
    await core.settle()
    assert core.select("SELECT status, attempts, last_error FROM delivery WHERE event_id = 1") == [
        ("dead", 1, "NeverRetry: its tournament is gone")
    ]
    await core.emit(created("three"))
    await core.settle()
    assert heard == ["one", "two", "three"]


async def test_a_worker_settles_nothing_that_another_one_has_claimed(core: Core) -> None:
    heard: list[str] = []
    other = uuid4()

    async def is_overtaken(_: TournamentCreatedEvent) -> None:
        # The relay has read the next delivery already when the other worker claims it.
        await Delivery.filter(handler="late").update(claim=other)

    core.bus.register(TournamentCreatedEvent, is_overtaken, EventPriority.HIGH, name="early")
    core.listen("late", heard)
    core.relay.start()
    await core.emit(created())
    await core.settle()
    assert heard == []
    assert core.select("SELECT status, claim FROM delivery WHERE handler = 'late'") == [("pending", str(other))]


async def test_what_another_worker_has_claimed_since_the_start_is_left_to_it(core: Core) -> None:
    heard: list[str] = []
    core.listen("a", heard)
    core.relay.start()
    await core.settle()
    core.bus.disable()
    await core.emit(created())
    core.execute(f"UPDATE delivery SET claim = '{uuid4()}'")
    core.bus.enable()
    await core.settle()
    assert heard == []
    assert core.deliveries() == [("a", "pending", 0)]


async def test_what_an_operator_has_put_back_is_claimed_and_delivered(core: Core) -> None:
    heard: list[str] = []
    core.listen("a", heard, failing=lambda _: len(heard) == 1)
    core.retry = RetryPolicy(attempts=1)
    core.relay._retry = core.retry
    core.relay.start()
    await core.emit(created())
    await core.settle()
    assert core.deliveries() == [("a", "dead", 1)]
    core.execute("UPDATE delivery SET status = 'pending', claim = NULL, attempts = 0")
    core.relay.resume()
    await core.settle()
    assert heard == ["a Cup"] * 2
    assert core.deliveries() == [("a", "done", 0)]


async def test_a_handler_that_ignores_its_cancellation_keeps_its_delivery_until_it_has_ended(core: Core) -> None:
    running, most, ends = 0, 0, asyncio.Event()

    async def stubborn(_: TournamentCreatedEvent) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await write(f"try {most}")
        while not ends.is_set():
            try:
                await ends.wait()
            except asyncio.CancelledError:
                loop.call_later(0.05, ends.set)
        running -= 1

    loop = asyncio.get_running_loop()
    core.bus.register(TournamentCreatedEvent, stubborn, name="a")
    core.units._limit = QUICK
    core.relay.start()
    await core.emit(created())
    await core.settle()
    assert (running, most) == (0, 1)
    # It ended on its own terms, and too late: nothing of it stays, and it is tried again.
    assert core.keys() == set()
    assert core.select("SELECT status, attempts, last_error FROM delivery") == [
        ("pending", 1, "TimeoutError: the body went on past its limit")
    ]


async def test_a_pump_that_is_to_look_by_itself_notices_what_another_process_wrote(core: Core) -> None:
    heard, looked = list[str](), asyncio.Event()

    async def handler(event: TournamentCreatedEvent) -> None:
        heard.append(event.tournament_name)
        looked.set()

    core.bus.register(TournamentCreatedEvent, handler, name="a")
    await core.emit(created())
    core.execute("UPDATE delivery SET status = 'dead'")
    core.relay._pump._look_every = 0.01
    core.relay.start()
    await core.settle()
    assert heard == []
    core.execute("UPDATE delivery SET status = 'pending', claim = NULL")
    async with asyncio.timeout(5):
        await looked.wait()
    await core.relay.stop()
    assert heard == ["Cup"]


async def test_a_relay_that_is_told_to_looks_by_itself_now_and_then(core: Core) -> None:
    relay = Relay(Bus(), core.units, core.database, worker=uuid4(), clock=core.clock, retry=core.retry, look_every=1000)
    relay.start()
    while (task := relay._pump._task) is not None:
        await asyncio.wait([task])
    timer = relay._pump._timer
    assert timer is not None
    assert 900 < timer.when() - asyncio.get_running_loop().time() <= 1000
    await relay.stop()


@pytest.mark.parametrize("turns", range(4))
async def test_a_relay_whose_task_is_cancelled_at_any_moment_goes_on_by_itself(core: Core, turns: int) -> None:
    heard: list[str] = []
    core.listen("a", heard)
    core.relay.start()
    await core.emit(created())
    for _ in range(turns):
        await asyncio.sleep(0)
    task = core.relay._pump._task
    assert task is not None
    task.cancel()
    await asyncio.wait([task])
    await asyncio.sleep(0)
    # It sleeps first: whoever cancels every task there is must come to an end.
    assert core.relay._pump._task is None
    assert core.relay._pump._timer is not None
    await core.pass_time(seconds=1)
    assert heard == ["a Cup"]


async def test_nothing_of_an_event_is_kept_once_it_is_delivered(core: Core) -> None:
    def alive() -> int:
        gc.collect()
        return sum(isinstance(one, EntityEvent) for one in gc.get_objects())

    core.listen("a", [])
    before = alive()
    core.relay.start()
    await core.emit(*(created(f"{number}") for number in range(200)))
    await core.settle()
    assert core.select("SELECT count(*) FROM delivery WHERE status = 'pending'") == [0]
    assert alive() == before
