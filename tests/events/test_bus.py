from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Coroutine, Sequence
from contextvars import ContextVar
from typing import Any
from uuid import UUID

import pytest

from events import (
    BaseEvent,
    Bus,
    EntityEvent,
    EventBus,
    EventPriority,
    Subscription,
    TournamentCreatedEvent,
    TournamentDeletedEvent,
    TournamentEvent,
    UserDeletedEvent,
)
from events import tiers as tiers_module
from events.clock import system_clock
from tests.events.core import Core, created, deleted

Default = type[EventBus]


async def hear(_: BaseEvent) -> None:
    pass


async def hear_too(_: BaseEvent) -> None:
    pass


async def hear_all(_: Sequence[BaseEvent]) -> None:
    pass


async def test_a_handler_hears_what_is_emitted(default_bus: Default) -> None:
    heard: list[TournamentCreatedEvent] = []

    @EventBus.on(TournamentCreatedEvent)
    async def handler(event: TournamentCreatedEvent) -> None:
        heard.append(event)

    event = created()
    await EventBus.emit(event)
    assert heard == [event]


async def test_every_handler_of_a_type_hears_it(default_bus: Default) -> None:
    heard: list[int] = []
    for number in range(3):

        async def handler(_: TournamentCreatedEvent, number: int = number) -> None:
            heard.append(number)

        EventBus.register(TournamentCreatedEvent, handler)
    await EventBus.emit(created())
    assert sorted(heard) == [0, 1, 2]


async def test_handlers_run_from_critical_to_low_whatever_the_order_of_registration(default_bus: Default) -> None:
    heard: list[str] = []
    for priority in (EventPriority.NORMAL, EventPriority.LOW, EventPriority.CRITICAL, EventPriority.HIGH):

        async def handler(_: TournamentCreatedEvent, name: str = priority.name) -> None:
            heard.append(name)

        EventBus.register(TournamentCreatedEvent, handler, priority)
    await EventBus.emit(created())
    assert heard == ["CRITICAL", "HIGH", "NORMAL", "LOW"]


async def test_a_handlers_error_reaches_neither_the_emitter_nor_the_others(
    default_bus: Default, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []

    @EventBus.on(TournamentCreatedEvent, EventPriority.HIGH)
    async def broken(_: TournamentCreatedEvent) -> None:
        raise OSError("broken on purpose")

    @EventBus.on(TournamentCreatedEvent, EventPriority.HIGH)
    async def beside(_: TournamentCreatedEvent) -> None:
        await asyncio.sleep(0)
        heard.append("beside")

    @EventBus.on(TournamentCreatedEvent, EventPriority.LOW)
    async def after(_: TournamentCreatedEvent) -> None:
        heard.append("after")

    event = created()
    await EventBus.emit(event)
    assert heard == ["beside", "after"]
    [record] = caplog.records
    assert (record.levelno, "broken" in record.getMessage()) == (logging.ERROR, True)
    assert str(event.event_id) in record.getMessage()
    assert "broken on purpose" in caplog.text


async def test_a_handler_hears_only_its_own_type(default_bus: Default) -> None:
    heard: list[BaseEvent] = []

    @EventBus.on(TournamentDeletedEvent)
    async def handler(event: TournamentDeletedEvent) -> None:
        heard.append(event)

    await EventBus.emit(created())
    assert heard == []


async def test_a_disabled_bus_without_a_store_drops_events(default_bus: Default) -> None:
    heard: list[str] = []

    @EventBus.on(TournamentCreatedEvent)
    async def handler(event: TournamentCreatedEvent) -> None:
        heard.append(event.tournament_name)

    assert EventBus.is_enabled() is True
    EventBus.disable()
    assert EventBus.is_enabled() is False
    await EventBus.emit(created("dropped"))
    EventBus.enable()
    await EventBus.emit(created("told"))
    assert heard == ["told"]


def test_handlers_are_counted_by_type_and_in_all(default_bus: Default) -> None:
    EventBus.register(TournamentCreatedEvent, hear)
    EventBus.register(TournamentCreatedEvent, hear_too)
    EventBus.register(TournamentEvent, hear)
    assert EventBus.get_handler_count(TournamentCreatedEvent) == 2
    assert EventBus.get_handler_count(TournamentEvent) == 1
    assert EventBus.get_handler_count(UserDeletedEvent) == 0
    assert EventBus.get_handler_count() == 3


@pytest.mark.parametrize("name", ["tournament_name", "event_id", "timestamp", "entity_id", "anything_else"])
def test_an_event_cannot_be_changed(name: str) -> None:
    event = created()
    with pytest.raises(AttributeError):
        setattr(event, name, "changed")


def test_an_event_knows_its_id_its_time_and_its_context() -> None:
    before = system_clock()
    event = created("Cup", organization=3, entity=5)
    assert isinstance(event.event_id, UUID)
    assert before <= event.timestamp <= system_clock()
    assert (event.user_id, event.organization_id, event.entity_type, event.entity_id) == (7, 3, "tournament", 5)
    assert created().event_id != event.event_id


def test_an_event_serialises_to_plain_values() -> None:
    event = created("Cup", organization=3, entity=5)
    assert event.to_dict() == {
        "type": "TournamentCreated",
        "version": 1,
        "event_id": str(event.event_id),
        "timestamp": event.timestamp.isoformat().replace("+00:00", "Z"),
        "user_id": 7,
        "organization_id": 3,
        "entity_type": "tournament",
        "entity_id": 5,
        "tournament_name": "Cup",
        "tournament_type": "other",
    }


async def test_an_unregistered_handler_hears_nothing_more(default_bus: Default) -> None:
    heard: list[str] = []

    async def first(_: TournamentCreatedEvent) -> None:
        heard.append("first")

    async def second(_: TournamentCreatedEvent) -> None:
        heard.append("second")

    EventBus.register(TournamentCreatedEvent, first)
    EventBus.register(TournamentCreatedEvent, second)
    await EventBus.emit(created())
    assert EventBus.unregister(TournamentCreatedEvent, first) == 1
    assert EventBus.unregister(TournamentCreatedEvent, first) == 0
    await EventBus.emit(created())
    assert heard == ["first", "second", "second"]


def test_unregistering_a_type_removes_its_handlers_and_no_others(default_bus: Default) -> None:
    EventBus.register(TournamentCreatedEvent, hear)
    EventBus.register(TournamentCreatedEvent, hear_too)
    EventBus.register(TournamentDeletedEvent, hear)
    assert EventBus.unregister(TournamentCreatedEvent) == 2
    assert EventBus.get_handler_count(TournamentCreatedEvent) == 0
    assert EventBus.get_handler_count(TournamentDeletedEvent) == 1


async def test_clearing_removes_every_handler() -> None:
    bus = Bus()
    heard: list[BaseEvent] = []

    async def handler(event: BaseEvent) -> None:
        heard.append(event)

    bus.register(BaseEvent, handler)
    bus.register(TournamentDeletedEvent, hear)
    await bus.emit(created())
    bus.clear_all()
    await bus.emit(created())
    assert bus.get_handler_count() == 0
    assert len(heard) == 1


@pytest.mark.parametrize("base", [BaseEvent, EntityEvent, TournamentEvent])
async def test_a_handler_of_a_base_class_hears_every_subclass(base: type[BaseEvent]) -> None:
    bus = Bus()
    heard: list[BaseEvent] = []

    async def handler(event: BaseEvent) -> None:
        heard.append(event)

    bus.register(base, handler)
    told = [created(), deleted()]
    for event in told:
        await bus.emit(event)
    assert heard == told
    await bus.emit(UserDeletedEvent(entity_id=1, results_kept=True))
    assert len(heard) == (2 if base is TournamentEvent else 3)


async def test_a_handler_of_a_type_and_its_base_hears_an_event_once() -> None:
    bus = Bus()
    heard: list[BaseEvent] = []

    async def handler(event: BaseEvent) -> None:
        heard.append(event)

    bus.register(TournamentCreatedEvent, handler)
    bus.register(BaseEvent, handler)
    await bus.emit(created())
    assert len(heard) == 1


async def test_a_tier_ends_before_the_next_one_starts() -> None:
    bus = Bus()
    course: list[str] = []
    for priority in EventPriority:
        for turns in (5, 0, 3):

            async def handler(_: BaseEvent, name: str = priority.name, turns: int = turns) -> None:
                course.append(f"{name} starts")
                for _turn in range(turns):
                    await asyncio.sleep(0)
                course.append(f"{name} ends")

            bus.register(BaseEvent, handler, priority)
    await bus.emit(created())
    tiers = [course[start : start + 6] for start in range(0, 24, 6)]
    for name, tier in zip(("CRITICAL", "HIGH", "NORMAL", "LOW"), tiers, strict=True):
        assert sorted(tier) == [f"{name} ends"] * 3 + [f"{name} starts"] * 3


async def test_handlers_of_one_tier_run_side_by_side() -> None:
    bus = Bus()
    meeting = asyncio.Barrier(3)
    met: list[int] = []
    for number in range(3):

        async def handler(_: BaseEvent, number: int = number) -> None:
            await meeting.wait()
            met.append(number)

        bus.register(BaseEvent, handler)
    async with asyncio.timeout(2):
        await bus.emit(created())
    assert sorted(met) == [0, 1, 2]


async def test_a_handler_that_hangs_is_cancelled_and_the_next_tier_runs(caplog: pytest.LogCaptureFixture) -> None:
    bus = Bus(timeout=0.002)
    course: list[str] = []

    @bus.on(BaseEvent, EventPriority.HIGH)
    async def hangs(_: BaseEvent) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            course.append("cancelled")

    @bus.on(BaseEvent)
    async def next_tier(_: BaseEvent) -> None:
        course.append("next tier")

    await bus.emit(created())
    assert course == ["cancelled", "next tier"]
    assert "TimeoutError" in caplog.text


async def test_a_handler_that_fails_on_being_timed_out_counts_as_timed_out(caplog: pytest.LogCaptureFixture) -> None:
    bus = Bus(timeout=0.002)

    @bus.on(BaseEvent)
    async def hangs(_: BaseEvent) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError("while cleaning up")

    await bus.emit(created())
    assert "did not end in time" in caplog.text


async def test_a_handler_that_ignores_its_cancellation_is_left_behind(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tiers_module, "GRACE", 0.002)
    bus = Bus(timeout=0.002)
    release = asyncio.Event()
    ended = asyncio.Event()

    @bus.on(BaseEvent, EventPriority.HIGH)
    async def stubborn(_: BaseEvent) -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        ended.set()

    heard: list[BaseEvent] = []

    @bus.on(BaseEvent)
    async def next_tier(event: BaseEvent) -> None:
        heard.append(event)

    await bus.emit(created())
    still_running = not ended.is_set()
    # Before anything can fail here: the loop could not be closed with this task in it.
    release.set()
    async with asyncio.timeout(2):
        await ended.wait()
    assert still_running
    assert len(heard) == 1
    assert "left behind" in caplog.text


async def test_a_handler_that_cancels_itself_harms_nobody() -> None:
    bus = Bus()
    heard: list[str] = []

    @bus.on(BaseEvent, EventPriority.HIGH)
    async def cancels_itself(_: BaseEvent) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    @bus.on(BaseEvent, EventPriority.HIGH)
    async def raises_it(_: BaseEvent) -> None:
        raise asyncio.CancelledError

    @bus.on(BaseEvent, EventPriority.HIGH)
    async def beside(_: BaseEvent) -> None:
        for _turn in range(3):
            await asyncio.sleep(0)
        heard.append("beside")

    @bus.on(BaseEvent)
    async def next_tier(_: BaseEvent) -> None:
        heard.append("next tier")

    await bus.emit(created())
    assert heard == ["beside", "next tier"]


async def test_a_handler_that_somebody_else_cancels_harms_nobody() -> None:
    bus = Bus()
    victims: list[asyncio.Task[object]] = []
    heard: list[str] = []

    @bus.on(BaseEvent)
    async def victim(_: BaseEvent) -> None:
        task = asyncio.current_task()
        assert task is not None
        victims.append(task)
        await asyncio.Event().wait()

    @bus.on(BaseEvent)
    async def culprit(_: BaseEvent) -> None:
        await asyncio.sleep(0)
        victims[0].cancel()
        heard.append("culprit")

    @bus.on(BaseEvent, EventPriority.LOW)
    async def next_tier(_: BaseEvent) -> None:
        heard.append("next tier")

    async with asyncio.timeout(2):
        await bus.emit(created())
    assert heard == ["culprit", "next tier"]


async def test_cancelling_the_emitter_cancels_the_handlers_and_starts_no_further_tier() -> None:
    bus = Bus()
    course: list[str] = []
    under_way = asyncio.Event()

    @bus.on(BaseEvent, EventPriority.HIGH)
    async def waits(_: BaseEvent) -> None:
        under_way.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            course.append("cancelled")
            raise

    @bus.on(BaseEvent)
    async def next_tier(_: BaseEvent) -> None:
        course.append("next tier")

    emitter = asyncio.create_task(bus.emit(created()))
    await under_way.wait()
    emitter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await emitter
    await asyncio.sleep(0)
    assert course == ["cancelled"]


async def test_what_is_no_coroutine_function_fails_alone(caplog: pytest.LogCaptureFixture) -> None:
    bus = Bus()
    heard: list[BaseEvent] = []

    def plain(_: BaseEvent) -> None:
        raise OSError("at the call itself")

    @bus.on(BaseEvent)
    async def handler(event: BaseEvent) -> None:
        heard.append(event)

    bus.register(BaseEvent, plain)  # pyright: ignore[reportArgumentType] - the mistake that this is about
    await bus.emit(created())
    assert len(heard) == 1
    assert "at the call itself" in caplog.text


async def test_a_handler_that_takes_no_event_fails_alone(caplog: pytest.LogCaptureFixture) -> None:
    bus = Bus()
    heard: list[BaseEvent] = []

    async def takes_nothing() -> None:
        pass

    @bus.on(BaseEvent)
    async def handler(event: BaseEvent) -> None:
        heard.append(event)

    bus.register(BaseEvent, takes_nothing)  # pyright: ignore[reportArgumentType] - the mistake that this is about
    await bus.emit(created())
    assert len(heard) == 1
    assert "takes 0 positional arguments" in caplog.text


async def test_what_a_handler_puts_into_its_context_stays_there() -> None:
    bus = Bus()
    variable = ContextVar("variable", default="the emitter's")
    seen: list[str] = []

    async def sets_it(_: BaseEvent) -> None:
        seen.append(variable.get())
        variable.set("a handler's")

    def sets_it_when_called(event: BaseEvent) -> Coroutine[Any, Any, None]:
        variable.set("a handler's")
        return sets_it(event)

    async def looks(_: BaseEvent) -> None:
        seen.append(variable.get())

    for handler in (sets_it, sets_it_when_called, looks):
        bus.register(BaseEvent, handler)
    await bus.emit(created())
    assert seen == ["the emitter's", "a handler's", "the emitter's"]
    assert variable.get() == "the emitter's"


async def test_a_handler_has_a_task_of_its_own_and_can_limit_its_time() -> None:
    bus = Bus()
    course: list[str] = []

    @bus.on(BaseEvent)
    async def limits_itself(_: BaseEvent) -> None:
        try:
            async with asyncio.timeout(0.002):
                await asyncio.Event().wait()
        except TimeoutError:
            course.append("timed out")

    @bus.on(BaseEvent)
    async def cancels_itself(_: BaseEvent) -> None:
        task = asyncio.current_task()
        assert task is not None
        assert task is not emitter
        task.cancel()

    emitter = asyncio.current_task()
    await bus.emit(created())
    assert course == ["timed out"]
    assert emitter is not None
    assert emitter.cancelling() == 0


@pytest.mark.skipif(sys.version_info < (3, 12), reason="a task cannot start at once")
async def test_handlers_that_do_not_suspend_cost_no_turn_of_the_loop() -> None:
    bus = Bus()
    turns: list[str] = []
    asyncio.get_running_loop().call_soon(turns.append, "a turn")
    for handler in (hear, hear_too):
        bus.register(BaseEvent, handler)
    await bus.emit(created())
    assert turns == []


async def test_two_buses_share_nothing(default_bus: Default) -> None:
    one, other = Bus(), Bus()
    heard: list[str] = []

    @one.on(BaseEvent)
    async def handler(event: BaseEvent) -> None:
        heard.append(event.type)

    other.disable()
    await other.emit(created())
    await EventBus.emit(created())
    assert heard == []
    await one.emit(created())
    assert heard == ["TournamentCreated"]
    assert (other.get_handler_count(), EventBus.get_handler_count()) == (0, 0)
    assert one.is_enabled()


def test_the_tiers_of_a_type_hold_its_handlers_as_they_were_registered() -> None:
    bus = Bus()
    bus.register(BaseEvent, hear)
    bus.register_batch(TournamentEvent, hear_all, EventPriority.LOW)
    bus.on(TournamentCreatedEvent, EventPriority.NORMAL, name="too")(hear_too)
    assert bus.tiers(TournamentCreatedEvent) == (
        (
            Subscription(BaseEvent, hear, EventPriority.NORMAL, "hear", batch=False),
            Subscription(TournamentCreatedEvent, hear_too, EventPriority.NORMAL, "too", batch=False),
        ),
        (Subscription(TournamentEvent, hear_all, EventPriority.LOW, "hear_all", batch=True),),
    )
    # They are worked out once, not for every event.
    assert bus.tiers(TournamentCreatedEvent) is bus.tiers(TournamentCreatedEvent)


async def test_a_handler_without_a_name_of_its_own_is_told_by_its_looks(caplog: pytest.LogCaptureFixture) -> None:
    class Handler:
        async def __call__(self, _: BaseEvent) -> None:
            raise OSError("out of order")

        def __repr__(self) -> str:
            return "<the one with a hat>"

    bus = Bus()
    bus.register(BaseEvent, Handler())
    event = created()
    await bus.emit(event)
    assert caplog.messages == [f"handler <the one with a hat> failed on TournamentCreated {event.event_id}"]


def test_a_handler_is_registered_once_for_a_type() -> None:
    bus = Bus()
    bus.register(BaseEvent, hear)
    with pytest.raises(ValueError, match="hear is already registered for BaseEvent"):
        bus.register(BaseEvent, hear)


@pytest.mark.parametrize("second", [TournamentCreatedEvent, TournamentEvent, BaseEvent])
def test_two_handlers_of_one_event_never_share_a_name(second: type[BaseEvent]) -> None:
    bus = Bus()
    bus.register(TournamentEvent, hear, name="listener")
    with pytest.raises(ValueError, match="another handler of TournamentEvent is called listener"):
        bus.register(second, hear_too, name="listener")
    bus.register(UserDeletedEvent, hear_too, name="listener")


async def test_a_durable_bus_insists_on_names_and_on_events_of_an_entity(core: Core) -> None:
    with pytest.raises(ValueError, match="explicit name"):
        core.bus.register(TournamentCreatedEvent, hear)
    with pytest.raises(TypeError, match="of an entity"):
        await core.bus.emit(BaseEvent())


async def test_a_store_is_attached_once_and_before_any_handler(core: Core) -> None:
    with pytest.raises(RuntimeError, match="attached to a new bus, once"):
        core.bus.attach(core.relay)
    bus = Bus()
    bus.register(BaseEvent, hear)
    with pytest.raises(RuntimeError, match="attached to a new bus, once"):
        bus.attach(core.relay)
