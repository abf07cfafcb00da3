"""The event bus: who listens to what, and in which tier."""

from __future__ import annotations

import logging
from asyncio import Future, get_running_loop
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from typing import Any, ClassVar, Protocol, TypeVar

from events.base import BaseEvent, EntityEvent, EventPriority
from events.tiers import EAGER, NewTask, settle

_log = logging.getLogger(__name__)

E = TypeVar("E", bound=BaseEvent)
Handler = Callable[[E], Coroutine[Any, Any, None]]
BatchHandler = Callable[[Sequence[E]], Coroutine[Any, Any, None]]
AnyHandler = Callable[..., Coroutine[Any, Any, None]]
H = TypeVar("H", bound=Callable[..., Coroutine[Any, Any, None]])

HANDLER_TIMEOUT = 30.0
"""Seconds after which a handler that has not ended no longer holds up its tier."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """One handler's wish to hear of one type and its subclasses."""

    event_type: type[BaseEvent]
    handler: AnyHandler
    priority: EventPriority
    name: str
    batch: bool = False
    direct: bool = field(default=False, compare=False)
    """Whether it takes one event and calling it runs nothing yet, so that it need not be called within its task."""

    async def __call__(self, events: Sequence[BaseEvent]) -> None:
        """Tell the handler of `events`: of all at once if it takes batches, else one by one."""
        if self.batch:
            await self.handler(events)
        else:
            for event in events:
                await self.handler(event)


_Started = list[tuple[Subscription, Future[None]]]


def _start(tier: Sequence[Subscription], event: BaseEvent) -> _Started:
    """Start the handlers of `tier`, each in a task of its own; returns those that have not ended well by then."""
    loop = get_running_loop()
    rest: _Started = []
    for subscription in tier:
        task: Future[None]
        try:
            call = subscription.handler(event) if subscription.direct else subscription((event,))
            task = NewTask(call, loop=loop, eager_start=True) if EAGER else loop.create_task(call)
        except Exception as error:  # noqa: BLE001 - whatever the call itself raises is the handler's failure
            task = loop.create_future()
            task.set_exception(error)
        try:
            # Asking what it failed with would take one more call, for each handler of each event.
            if task.done() and task.result() is None:
                continue
        except BaseException:  # noqa: BLE001, S110 - whoever settles what is left tells of it
            pass
        rest.append((subscription, task))
    return rest


def _describe(handler: AnyHandler) -> str:
    # For the log alone. A partial or another callable object has no name of its own.
    return getattr(handler, "__qualname__", None) or repr(handler)


class EventStore(Protocol):
    """Where a bus with durable delivery writes its events."""

    async def append(self, event: EntityEvent, subscriptions: tuple[Subscription, ...]) -> None:
        """Write `event` and its deliveries through the open transaction; raises outside one."""
        ...

    def resume(self) -> None:
        """Deliver what was written while delivery was paused."""
        ...


class Bus:
    """Carries events to their handlers.

    Without a store, `emit` delivers at once and returns when the handlers have ended. With one, `emit` writes
    the event and its deliveries through the open transaction, and the store's relay delivers after the commit.
    """

    def __init__(self, *, timeout: float = HANDLER_TIMEOUT) -> None:
        self._subscriptions: list[Subscription] = []
        self._tiers: dict[type[BaseEvent], tuple[tuple[Subscription, ...], ...]] = {}
        self._enabled = True
        self._store: EventStore | None = None
        self._timeout = timeout

    def on(
        self, event_type: type[BaseEvent], priority: EventPriority = EventPriority.NORMAL, *, name: str | None = None
    ) -> Callable[[H], H]:
        """Register the decorated coroutine function; see `register`."""

        def decorate(handler: H) -> H:
            self.register(event_type, handler, priority, name=name)
            return handler

        return decorate

    def register(
        self,
        event_type: type[E],
        handler: Handler[E],
        priority: EventPriority = EventPriority.NORMAL,
        *,
        name: str | None = None,
    ) -> None:
        """Let `handler` hear of `event_type` and all its subclasses.

        `name` identifies the handler in the durable log, so it has to stay the same from release to release; a
        bus with a store insists on it. Raises ValueError when it is missing there, when another handler that hears
        of some of the same events has it, or when the handler is already registered for the type.
        """
        self._add(event_type, handler, priority, name, batch=False)

    def register_batch(
        self,
        event_type: type[E],
        handler: BatchHandler[E],
        priority: EventPriority = EventPriority.NORMAL,
        *,
        name: str | None = None,
    ) -> None:
        """Let `handler` hear of several events at once; else as `register`.

        With a store, a batch runs in one unit of work, and one that fails is split until the event that makes it
        fail stands alone. Events of one stream come in their order, of several streams mixed.
        """
        self._add(event_type, handler, priority, name, batch=True)

    def _add(
        self,
        event_type: type[BaseEvent],
        handler: AnyHandler,
        priority: EventPriority,
        name: str | None,
        *,
        batch: bool,
    ) -> None:
        if name is None and self._store is not None:
            raise ValueError("a durable handler needs an explicit name")
        for known in self._subscriptions:
            if known.handler == handler:
                if known.event_type is event_type:
                    raise ValueError(f"{known.name} is already registered for {event_type.__name__}")
            elif known.name == name and (
                issubclass(event_type, known.event_type) or issubclass(known.event_type, event_type)
            ):
                raise ValueError(f"another handler of {known.event_type.__name__} is called {name}")
        direct = not batch and iscoroutinefunction(handler)
        self._subscriptions.append(
            Subscription(event_type, handler, priority, name or _describe(handler), batch, direct)
        )
        self._tiers.clear()

    def unregister(self, event_type: type[E], handler: Handler[E] | BatchHandler[E] | None = None) -> int:
        """Remove one handler of `event_type`, or all of them; returns how many were removed."""
        before = len(self._subscriptions)
        self._subscriptions = [
            s
            for s in self._subscriptions
            if not (s.event_type is event_type and (handler is None or s.handler == handler))
        ]
        self._tiers.clear()
        return before - len(self._subscriptions)

    def tiers(self, event_type: type[BaseEvent]) -> tuple[tuple[Subscription, ...], ...]:
        """The handlers of `event_type`, in tiers from CRITICAL to LOW, each in order of registration.

        A handler that is registered for the type and for a base of it is called once, as it was registered first.
        """
        tiers = self._tiers.get(event_type)
        if tiers is None:
            mine: dict[AnyHandler, Subscription] = {}
            for subscription in self._subscriptions:
                if issubclass(event_type, subscription.event_type):
                    mine.setdefault(subscription.handler, subscription)
            tiers = tuple(
                tier
                for priority in sorted(EventPriority, reverse=True)
                if (tier := tuple(s for s in mine.values() if s.priority is priority))
            )
            self._tiers[event_type] = tiers
        return tiers

    def find(self, event_type: type[BaseEvent], name: str) -> Subscription | None:
        """The handler of `event_type` that goes by `name`."""
        # Not among the tiers: a handler registered twice is there under its first name only.
        return next((s for s in self._subscriptions if s.name == name and issubclass(event_type, s.event_type)), None)

    def get_handler_count(self, event_type: type[BaseEvent] | None = None) -> int:
        """How many handlers are registered for exactly `event_type`, or in all."""
        return sum(event_type is None or s.event_type is event_type for s in self._subscriptions)

    def clear_all(self) -> None:
        """Remove every handler."""
        self._subscriptions.clear()
        self._tiers.clear()

    def attach(self, store: EventStore) -> None:
        """Make delivery durable.

        Raises RuntimeError when there is a store already, or handlers, which may have no name of their own.
        """
        if self._store is not None or self._subscriptions:
            raise RuntimeError("a store is attached to a new bus, once")
        self._store = store

    def disable(self) -> None:
        """Stop delivering. Without a store, events are dropped meanwhile; with one, they are kept."""
        self._enabled = False

    def enable(self) -> None:
        """Deliver again, beginning with what a store has kept."""
        self._enabled = True
        if self._store is not None:
            self._store.resume()

    def is_enabled(self) -> bool:
        return self._enabled

    async def emit(self, event: BaseEvent) -> None:
        """Tell `event` to its handlers; see the class for when that happens.

        A handler's failure is logged and reaches neither the emitter nor another handler. With a store, raises
        RuntimeError outside a unit of work.
        """
        if self._store is not None:
            if not isinstance(event, EntityEvent):
                raise TypeError("only events of an entity can be stored")
            await self._store.append(event, tuple(s for tier in self.tiers(type(event)) for s in tier))
        elif self._enabled:
            for tier in self._tiers.get(type(event)) or self.tiers(type(event)):
                rest = _start(tier, event)
                if rest:
                    await self._finish(rest, event)

    async def _finish(self, started: _Started, event: BaseEvent) -> None:
        outcomes = await settle([task for _, task in started], limit=self._timeout)
        for (subscription, _), failure in zip(started, outcomes, strict=True):
            if failure is not None:
                _log.error(
                    "handler %s failed on %s %s", subscription.name, event.type, event.event_id, exc_info=failure
                )


class EventBus:
    """The default bus of a program that wants just one; every call goes to it.

    Herald itself makes its own `Bus` and hands it to services and listeners, so that two bots in one process
    never share one.
    """

    _default: ClassVar[Bus] = Bus()

    on = _default.on
    register = _default.register
    unregister = _default.unregister
    emit = _default.emit
    enable = _default.enable
    disable = _default.disable
    is_enabled = _default.is_enabled
    get_handler_count = _default.get_handler_count
    clear_all = _default.clear_all
