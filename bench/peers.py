"""Other buses from PyPI, each made to construct an event and to bring it to its handlers.

Each is used as its documentation says, and awaited until the handlers have ended. One without events of its own
carries Herald's.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from events import TournamentCreatedEvent

Handler = Callable[[Any], Coroutine[Any, Any, None]]
Emit = Callable[[], Awaitable[Any]]


def event() -> TournamentCreatedEvent:
    return TournamentCreatedEvent(
        entity_id=1, user_id=7, organization_id=3, tournament_name="Spring Cup", tournament_type="other"
    )


@dataclass(frozen=True, slots=True)
class Peer:
    """A bus, how it is made with its handlers, and what it has not that Herald has.

    Tiers: handlers of a higher priority end before those of a lower one start. Isolation: what a handler raises
    reaches neither the others nor the emitter. Durability "here": it can write events to a file, and does not.
    """

    package: str
    make: Callable[[Sequence[Handler]], Emit]
    drops: str


def _blinker(handlers: Sequence[Handler]) -> Emit:
    signal = import_module("blinker").Signal()
    for handler in handlers:
        signal.connect(handler, weak=False)
    return lambda: signal.send_async(event())


def _pyee(handlers: Sequence[Handler]) -> Emit:
    emitter = import_module("pyee.asyncio").AsyncIOEventEmitter()
    for handler in handlers:
        emitter.add_listener("created", handler)

    async def emit() -> None:
        emitter.emit("created", event())
        await emitter.wait_for_complete()

    return emit


def _pyventus(handlers: Sequence[Handler]) -> Emit:
    events = import_module("pyventus.events")
    service = import_module("pyventus.core.processing.asyncio").AsyncIOProcessingService()

    class Linker(events.EventLinker):
        """Handlers of this bus alone."""

    for handler in handlers:
        Linker.subscribe("created", event_callback=handler)
    emitter = events.EventEmitter(event_processor=service, event_linker=Linker)

    async def emit() -> None:
        emitter.emit("created", event())
        await service.wait_for_tasks()

    return emit


def _pymitter(handlers: Sequence[Handler]) -> Emit:
    emitter = import_module("pymitter").EventEmitter()
    for handler in handlers:
        emitter.on("created", handler)
    return lambda: emitter.emit_async("created", event())


def _aiosignal(handlers: Sequence[Handler]) -> Emit:
    signal = import_module("aiosignal").Signal(None)
    signal.extend(handlers)
    signal.freeze()
    return lambda: signal.send(event())


def _domubus(handlers: Sequence[Handler]) -> Emit:
    bus = import_module("domubus").EventBus()
    for handler in handlers:
        bus.subscribe("created", handler)
    # Its event without a model, which is its faster one.
    return lambda: bus.emit_async("created", {"entity_id": 1, "tournament_name": "Spring Cup", "user_id": 7})


def _with_pydantic(module: Any) -> type[Any]:
    class CreatedEvent(module.BaseEvent):
        entity_id: int
        user_id: int
        tournament_name: str

    # Postponed annotations name nothing of this module, so the model is complete.
    return CreatedEvent


def _abxbus(handlers: Sequence[Handler]) -> Emit:
    abxbus = import_module("abxbus")
    # By default it refuses the 101st event.
    bus, created = abxbus.EventBus(max_history_drop=True), _with_pydantic(abxbus)
    for handler in handlers:
        bus.on(created, handler)
    return lambda: bus.emit(created(entity_id=1, user_id=7, tournament_name="Spring Cup"))


def _bubus(handlers: Sequence[Handler]) -> Emit:
    bubus = import_module("bubus")
    bus, created = bubus.EventBus(), _with_pydantic(bubus)
    for handler in handlers:
        bus.on(created, handler)
    return lambda: bus.dispatch(created(entity_id=1, user_id=7, tournament_name="Spring Cup"))


async def stop() -> None:
    """End the tasks of those that run one of their own, which would outlive the loop."""
    for package, method in (("abxbus", "destroy"), ("bubus", "stop")):
        if package in sys.modules:
            for bus in list(sys.modules[package].EventBus.all_instances):
                await getattr(bus, method)(clear=True)


PEERS = (
    Peer("aiosignal", _aiosignal, "tiers, isolation, durability"),
    Peer("blinker", _blinker, "tiers, isolation, durability"),
    Peer("pymitter", _pymitter, "tiers, isolation, durability"),
    Peer("pyee", _pyee, "tiers, durability"),
    Peer("pyventus", _pyventus, "tiers, durability"),
    Peer("domubus", _domubus, "isolation from CancelledError, durability (here)"),
    Peer("abxbus", _abxbus, "tiers, durability (here)"),
    Peer("bubus", _bubus, "tiers, durability (here)"),
)
