from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from itertools import chain

import pytest

from events import Bus, EventPriority, TournamentCreatedEvent, TournamentEvent
from events.relay import BATCH
from tests.events.core import Core, created, deleted, write


def listen(
    core: Core,
    heard: list[list[str]],
    *,
    priority: EventPriority = EventPriority.HIGH,
    failing: Callable[[str], bool] = lambda _: False,
) -> None:
    """Register a batch handler that notes the batches it was told, writes a row per event, and may then fail."""

    async def handler(events: Sequence[TournamentCreatedEvent]) -> None:
        names = [event.tournament_name for event in events]
        heard.append(names)
        for name in names:
            await write(name)
        if any(failing(name) for name in names):
            raise OSError("out of order")

    core.bus.register_batch(TournamentCreatedEvent, handler, priority, name="batch")


async def test_a_batch_handler_is_told_of_what_has_gathered_in_one_unit(core: Core) -> None:
    heard: list[list[str]] = []
    listen(core, heard)
    await core.emit(*[created(str(number), organization=number % 3) for number in range(9)])
    core.relay.start()
    await core.settle()
    assert heard == [[str(number) for number in range(9)]]
    assert core.deliveries() == [("batch", "done", 0)] * 9


async def test_a_batch_is_bounded(core: Core, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[list[str]] = []
    listen(core, heard)
    await core.emit(*[created(str(number)) for number in range(BATCH + 5)])
    core.relay.start()
    await core.settle()
    assert [len(batch) for batch in heard] == [BATCH, 5]
    assert [*chain(*heard)] == [str(number) for number in range(BATCH + 5)]
    # What a batch has settled is not tried another time.
    assert caplog.messages == []


async def test_a_failing_batch_is_split_until_the_event_that_fails_stands_alone(core: Core) -> None:
    heard: list[list[str]] = []
    listen(core, heard, failing=lambda name: name == "3")
    # In a stream of its own each, so that nobody waits for another one.
    await core.emit(*[created(str(number), organization=number) for number in range(6)])
    core.relay.start()
    await core.settle()
    assert core.keys() == {"0", "1", "2", "4", "5"}
    statuses = [(status, attempts) for _, status, attempts in core.deliveries()]
    assert statuses == [("done", 0)] * 3 + [("pending", 1)] + [("done", 0)] * 2


async def test_what_comes_after_the_failing_event_of_a_batch_waits_for_it(core: Core) -> None:
    heard: list[list[str]] = []
    tries: list[str] = []

    def fails(name: str) -> bool:
        tries.append(name)
        return name == "1" and tries.count("1") < 3

    listen(core, heard, failing=fails)
    await core.emit(*[created(str(number)) for number in range(4)], created("elsewhere", organization=2))
    core.relay.start()
    await core.settle()
    assert core.keys() == {"0", "elsewhere"}
    heard.clear()
    await core.pass_time(seconds=1)
    assert [*chain(*heard)] == ["1", "2", "3"]
    assert core.keys() == {"0", "1", "2", "3", "elsewhere"}


async def test_a_batch_overtakes_no_tier_before_its_own(core: Core) -> None:
    told: list[str] = []
    batches: list[list[str]] = []
    core.listen("first", told, priority=EventPriority.CRITICAL)

    async def handler(events: Sequence[TournamentCreatedEvent]) -> None:
        batches.append([event.tournament_name for event in events])
        assert f"first {events[-1].tournament_name}" in told

    core.bus.register_batch(TournamentCreatedEvent, handler, EventPriority.LOW, name="batch")
    core.relay.start()
    await core.emit(*[created(str(number)) for number in range(3)])
    await core.settle()
    assert batches == [["0"], ["1"], ["2"]]
    assert core.deliveries() == [("first", "done", 0), ("batch", "done", 0)] * 3


async def test_a_batch_overtakes_no_earlier_event_of_its_stream_that_waits_for_another_tier(core: Core) -> None:
    heard: list[list[str]] = []
    listen(core, heard)
    early: list[str] = []
    core.listen("early", early, priority=EventPriority.CRITICAL)
    await core.emit(created("0"))
    core.execute("DELETE FROM delivery WHERE handler = 'early' AND event_id > 1")
    await core.emit(created("1"), created("2"))
    core.execute("DELETE FROM delivery WHERE handler = 'early' AND event_id > 1")
    core.relay.start()
    await core.settle()
    assert early == ["early 0"]
    assert [*chain(*heard)] == ["0", "1", "2"]


async def test_a_batch_waits_for_the_tiers_of_its_own_events_and_streams_and_for_no_others(core: Core) -> None:
    course: list[str] = []
    core.listen("early", course, priority=EventPriority.CRITICAL)

    async def handler(events: Sequence[TournamentEvent]) -> None:
        course.append(" ".join(["batch", *[event.tournament_name for event in events]]))

    core.bus.register_batch(TournamentEvent, handler, EventPriority.LOW, name="batch")
    # Only one of them has the earlier tier.
    await core.emit(
        deleted("0"), created("1"), deleted("2"), deleted("3", organization=2), deleted("4", organization=2)
    )
    core.relay.start()
    await core.settle()
    assert course == ["batch 0 3 4", "early 1", "batch 1", "batch 2"]


async def test_batch_handlers_are_each_told_for_themselves(core: Core) -> None:
    course: list[str] = []
    for name in "ab":

        async def handler(events: Sequence[TournamentEvent], name: str = name) -> None:
            course.append(" ".join([name, *[event.tournament_name for event in events]]))

        core.bus.register_batch(TournamentEvent, handler, name=name)
    await core.emit(created("0"), created("1"))
    core.relay.start()
    await core.settle()
    assert sorted(course) == ["a 0 1", "b 0 1"]


async def test_one_event_alone_is_no_batch_and_fails_once(core: Core) -> None:
    heard: list[list[str]] = []
    listen(core, heard, failing=lambda _: True)
    await core.emit(created("0"))
    core.relay.start()
    await core.settle()
    assert heard == [["0"]]
    assert core.deliveries() == [("batch", "pending", 1)]


async def test_a_relay_that_is_stopped_ends_the_batch_under_way_and_starts_no_other(core: Core) -> None:
    sizes: list[int] = []
    under_way, go_on = asyncio.Event(), asyncio.Event()

    async def handler(events: Sequence[TournamentCreatedEvent]) -> None:
        sizes.append(len(events))
        under_way.set()
        await go_on.wait()

    core.bus.register_batch(TournamentCreatedEvent, handler, name="batch")
    await core.emit(*[created(str(number)) for number in range(BATCH + 5)])
    core.relay.start()
    await under_way.wait()
    stop = asyncio.create_task(core.relay.stop())
    await asyncio.sleep(0)
    go_on.set()
    async with asyncio.timeout(5):
        await stop
    assert sizes == [BATCH]
    assert core.deliveries() == [("batch", "done", 0)] * BATCH + [("batch", "pending", 0)] * 5


async def test_a_batch_that_is_split_holds_up_the_rest_of_its_own_handler_only(
    core: Core, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[list[str]] = []
    beside: list[list[str]] = []
    listen(core, heard, failing=lambda name: name == "0")

    async def handler(events: Sequence[TournamentCreatedEvent]) -> None:
        beside.append([event.tournament_name for event in events])

    core.bus.register_batch(TournamentCreatedEvent, handler, EventPriority.HIGH, name="beside")
    count = 2 * BATCH
    caplog.set_level(logging.INFO, "events")
    await core.emit(*[created(str(number)) for number in range(count)])
    core.relay.start()
    await core.settle()
    # The first batch, then its first event alone; the other ones of the stream wait for that.
    assert heard == [[str(number) for number in range(BATCH)], ["0"]]
    assert [len(batch) for batch in beside] == [BATCH, BATCH]
    assert caplog.messages[0] == f"a batch of {BATCH} for batch is split: out of order"


async def test_without_a_store_a_batch_handler_hears_of_each_event_at_once() -> None:
    bus, heard = Bus(), list[list[str]]()

    async def handler(events: Sequence[TournamentCreatedEvent]) -> None:
        heard.append([event.tournament_name for event in events])

    bus.register_batch(TournamentCreatedEvent, handler)
    await bus.emit(created("one"))
    await bus.emit(created("two"))
    assert heard == [["one"], ["two"]]
    assert bus.unregister(TournamentCreatedEvent, handler) == 1
