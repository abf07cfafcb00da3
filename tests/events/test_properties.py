"""What holds for every mix of handlers and failures, and for every event on its way through the database."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from events import EVENT_TYPES, EntityEvent, EventPriority, NeverRetry, RetryAfter, TournamentCreatedEvent
from events import log as log_module
from models import StoredEvent
from tests.events.core import Core, created, write
from tests.events.test_types import instances

TRIES = 3
"""Attempts of the core's retry policy."""


@dataclass(frozen=True)
class Listener:
    """A handler: its tier, whether it takes batches, and how its first attempts at some events end."""

    priority: EventPriority
    batch: bool
    turns: int
    failures: dict[int, list[str]] = field(default_factory=dict[int, list[str]])


def listeners(events: int) -> st.SearchStrategy[list[Listener]]:
    failures = st.dictionaries(
        st.integers(0, events - 1),
        st.lists(st.sampled_from(["fails", "asks for time", "gives up", "cancels itself"]), min_size=1, max_size=TRIES),
        max_size=3,
    )
    one = st.builds(Listener, st.sampled_from(EventPriority), st.booleans(), st.integers(0, 3), failures)
    return st.lists(one, min_size=1, max_size=5)


class Log:
    """When each handler began and ended with each event."""

    def __init__(self) -> None:
        self._clock = count()
        self.spans: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        self._alone: Counter[tuple[int, int]] = Counter()

    async def run(self, number: int, listener: Listener, events: Sequence[TournamentCreatedEvent]) -> None:
        names = [int(event.tournament_name) for event in events]
        begin = next(self._clock)
        try:
            for _ in range(listener.turns):
                await asyncio.sleep(0)
            for name in names:
                # A second effect would break the key.
                await write(f"{number} {name}")
            for name in names:
                self._fail(listener.failures.get(name, []), (number, name), alone=len(names) == 1)
            # Where it cancels itself, this is where it notices.
            await asyncio.sleep(0)
        finally:
            end = next(self._clock)
            for name in names:
                self.spans[number, name].append((begin, end))

    def _fail(self, script: list[str], key: tuple[int, int], *, alone: bool) -> None:
        attempt = self._alone[key]
        # A batch that fails is no attempt of any of its events.
        self._alone[key] += alone
        if attempt < len(script):
            _end_as(script[attempt])


def _end_as(what: str) -> None:
    match what:
        case "fails":
            raise OSError("out of order")
        case "asks for time":
            raise RetryAfter(7)
        case "gives up":
            raise NeverRetry("of no use")
        case _:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()


def expected_status(script: list[str]) -> str:
    """How a delivery ends whose attempts end as `script` says, and then well."""
    for attempt, what in enumerate(script, start=1):
        if what == "gives up" or attempt == TRIES:
            return "dead"
    return "done"


EVENTS = 5


@asynccontextmanager
async def fresh_core(template: Path) -> AsyncGenerator[Core]:
    with tempfile.TemporaryDirectory() as folder:
        core = Core(Path(folder) / "events.sqlite3")
        await core.begin_with(template)
        await core.database.open()
        try:
            yield core
        finally:
            await core.close()


def register(core: Core, number: int, listener: Listener, log: Log) -> None:
    async def told(events: Sequence[TournamentCreatedEvent]) -> None:
        await log.run(number, listener, events)

    async def heard(event: TournamentCreatedEvent) -> None:
        await log.run(number, listener, [event])

    if listener.batch:
        core.bus.register_batch(TournamentCreatedEvent, told, listener.priority, name=str(number))
    else:
        core.bus.register(TournamentCreatedEvent, heard, listener.priority, name=str(number))


async def play(template: Path, known: list[Listener], streams: list[int]) -> None:
    async with fresh_core(template) as core:
        log = Log()
        for number, listener in enumerate(known):
            register(core, number, listener, log)
        await core.emit(*[created(str(name), organization=stream) for name, stream in enumerate(streams)])
        core.relay.start()
        await core.settle()
        while core.select("SELECT 1 FROM delivery WHERE status = 'pending' LIMIT 1"):
            await core.pass_time(seconds=7)
        check(core, known, streams, log)


def check(core: Core, known: list[Listener], streams: list[int], log: Log) -> None:
    statuses = {
        (int(handler), seq - 1): status
        for seq, handler, status in core.select("SELECT event_id, handler, status FROM delivery")
    }
    for number, listener in enumerate(known):
        for name in range(len(streams)):
            # A failure is nobody else's: each delivery ends as its own attempts do.
            assert statuses[number, name] == expected_status(listener.failures.get(name, []))
    done = {f"{number} {name}" for (number, name), status in statuses.items() if status == "done"}
    # What succeeded had its effect, and what did not had none.
    assert core.keys() == done
    for name in range(len(streams)):
        for early, late in ((a, b) for a in range(len(known)) for b in range(len(known))):
            before = [n for n in range(name) if streams[n] == streams[name]]
            # One that waits with an earlier event of the stream is put off, and holds up no other handler.
            put_off = any(n in known[early].failures for n in before)
            if known[early].priority > known[late].priority and not put_off:
                # The first attempt of the later tier begins after the first one of the earlier tier has ended.
                assert log.spans[early, name][0][1] < log.spans[late, name][0][0]
    for number in range(len(known)):
        for stream in set(streams):
            # The last attempt at an event does not begin before the last one at the event before it.
            last = [log.spans[number, name][-1][0] for name, of in enumerate(streams) if of == stream]
            assert last == sorted(last)


@settings(max_examples=30, deadline=None)
@given(known=listeners(EVENTS), streams=st.lists(st.integers(1, 2), min_size=1, max_size=EVENTS))
def test_any_mix_of_handlers_keeps_tiers_strict_failures_apart_and_streams_in_order(
    template: Path, known: list[Listener], streams: list[int]
) -> None:
    asyncio.run(play(template, known, streams))


async def through_the_database(template: Path, told: list[EntityEvent]) -> list[EntityEvent]:
    async with fresh_core(template) as core:
        await core.emit(*told)

        async def stored() -> list[EntityEvent]:
            rows = await StoredEvent.all().order_by("seq")
            personal = await log_module.personal_data([row.event_id for row in rows])
            return [log_module.decode(row, personal.get(row.event_id, {})) for row in rows]

        return await core.inside(stored)


@settings(max_examples=10, deadline=None)
@given(st.data())
def test_any_event_of_any_type_survives_the_way_through_the_database_and_back(
    template: Path, data: st.DataObject
) -> None:
    told = [data.draw(instances(event_type)) for event_type in EVENT_TYPES]
    assert asyncio.run(through_the_database(template, told)) == told
