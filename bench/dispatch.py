"""How fast the bus without a store brings an event to its handlers, beside other ways to do that.

What stands in one table is measured in turns in one process. Times are of the processor, so that other processes
count for little; a figure is the median of its rounds.
"""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from shutil import which
from statistics import median
from typing import Any

from bench.peers import PEERS, Emit, Handler, event, stop
from bench.table import MEMORY, ROUNDS, Goal, Row, installed
from events import Bus, TournamentCreatedEvent
from events.tiers import EAGER

ROUND = 0.02
"""Seconds that a figure takes in one round, roughly."""

SIZES = (1, 3, 10)
"""How many handlers an event has."""

COUNTED = 1000
"""Events whose instructions are counted."""

CALLGRIND = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")

Run = Callable[[int], Coroutine[Any, Any, None]]
"""Dispatches as many events."""


class TaskPerHandler:
    """The usual bus: a task for each handler, and a gather. A failure harms nobody; there are no tiers."""

    def __init__(self, handlers: Sequence[Handler]) -> None:
        self._handlers = {TournamentCreatedEvent: handlers}

    async def emit(self, event: TournamentCreatedEvent) -> None:
        tasks = [asyncio.create_task(handler(event)) for handler in self._handlers[type(event)]]
        await asyncio.gather(*tasks, return_exceptions=True)


class AwaitLoop:
    """The least that a bus can do, and the limit: one handler after the other, and nothing is caught."""

    def __init__(self, handlers: Sequence[Handler]) -> None:
        self._handlers = {TournamentCreatedEvent: handlers}

    async def emit(self, event: TournamentCreatedEvent) -> None:
        for handler in self._handlers[type(event)]:
            await handler(event)


def herald(handlers: Sequence[Handler]) -> Bus:
    bus = Bus()
    for handler in handlers:
        bus.register(TournamentCreatedEvent, handler, name=handler.__name__)
    return bus


def no_op(number: int) -> Handler:
    async def handler(_: object) -> None:
        pass

    return _named(handler, number)


def suspending(number: int) -> Handler:
    async def handler(_: object) -> None:
        await asyncio.sleep(0)

    return _named(handler, number)


def _named(handler: Handler, number: int) -> Handler:
    # Some buses tell handlers apart by their names.
    handler.__name__ = f"handler_{number}"
    return handler


def dispatch() -> list[Row]:
    """Dispatch alone, and with the construction of the event beside buses from PyPI."""
    return asyncio.run(_timings())


async def _timings() -> list[Row]:
    return [
        *await _against_loops(
            "dispatch to 1 · 3 · 10 handlers that do nothing",
            no_op,
            # Before Python 3.12 a task could not start at once.
            Goal((10, 5, 4) if EAGER else 1),
            Goal((4, 7, 8), at_most=True),
        ),
        *await _against_loops("dispatch to 1 · 3 · 10 handlers that suspend once", suspending, Goal(1.2), None),
        *await _against_peers(),
    ]


async def _against_loops(
    what: str, kind: Callable[[int], Handler], beside_tasks: Goal, beside_loop: Goal | None
) -> list[Row]:
    figures: list[Mapping[str, float]] = []
    for size in SIZES:
        handlers = [kind(number) for number in range(size)]
        buses = {"Herald": herald(handlers), "tasks": TaskPerHandler(handlers), "loop": AwaitLoop(handlers)}
        figures.append(await _in_turns({name: _again(bus.emit) for name, bus in buses.items()}))
    return [
        _row(
            what,
            figures,
            "tasks",
            f"a task for each, gathered (asyncio {platform.python_version()})",
            "tiers",
            beside_tasks,
        ),
        _row(what, figures, "loop", "an await after the other, which is the limit", "tiers, isolation", beside_loop),
    ]


async def _against_peers() -> list[Row]:
    figures: list[Mapping[str, float]] = []
    versions = {peer.package: found for peer in PEERS if (found := installed(peer.package))}
    logging.disable()  # Some tell at length what they do.
    for size in SIZES:
        handlers = [no_op(number) for number in range(size)]
        runs = {"Herald": _anew(_herald_anew(handlers))}
        runs |= {peer.package: _anew(peer.make(handlers)) for peer in PEERS if peer.package in versions}
        figures.append(await _in_turns(runs))
        await stop()  # While `runs` has them.
    logging.disable(logging.NOTSET)
    what = "event made, and dispatched to 1 · 3 · 10 handlers"
    return [
        _row(
            what,
            figures,
            peer.package,
            f"{peer.package} {versions[peer.package]}",
            peer.drops,
            None if {"tiers", "isolation"} <= set(peer.drops.split(", ")) else Goal(1),
        )
        for peer in PEERS
        if peer.package in versions
    ]


def _row(what: str, figures: Sequence[Mapping[str, float]], name: str, peer: str, drops: str, goal: Goal | None) -> Row:
    """How many times as fast as what goes by `name` Herald is; or, where that is the goal, as slow at most."""
    speeds = [one[name] / one["Herald"] for one in figures]
    return Row(
        what,
        MEMORY,
        goal,
        tuple(1 / speed if goal and goal.at_most else speed for speed in speeds),
        tuple(one["Herald"] * 1e6 for one in figures),
        tuple(one[name] * 1e6 for one in figures),
        "µs",
        peer,
        drops,
    )


def _herald_anew(handlers: Sequence[Handler]) -> Emit:
    bus = herald(handlers)
    return lambda: bus.emit(event())


def _again(emit: Callable[[Any], Awaitable[None]]) -> Run:
    same = event()

    async def run(count: int) -> None:
        for _ in range(count):
            await emit(same)

    return run


def _anew(emit: Emit) -> Run:
    async def run(count: int) -> None:
        for _ in range(count):
            await emit()

    return run


async def _in_turns(runs: Mapping[str, Run]) -> dict[str, float]:
    """By name, the median seconds per event."""
    counts: dict[str, int] = {}
    for name, run in runs.items():
        await run(20)
        counts[name] = max(20, int(ROUND / await _timed(run, 20)))
    rounds = [{name: await _timed(run, counts[name]) for name, run in runs.items()} for _ in range(ROUNDS)]
    return {name: median(one[name] for one in rounds) for name in runs}


async def _timed(run: Run, count: int) -> float:
    begin = time.process_time()
    await run(count)
    return (time.process_time() - begin) / count


def instructions() -> str:
    """Those of an event, by its handlers, that callgrind counts without what the start of the process takes."""
    if which("valgrind") is None:
        return "not counted, valgrind is not installed"
    return " ".join(f"{(_counted(size, 2 * COUNTED) - _counted(size, COUNTED)) / COUNTED:.0f}" for size in SIZES)


def _counted(size: int, count: int) -> int:
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [*CALLGRIND, sys.executable, "-m", "bench.dispatch", str(size), str(count)],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"Collected : (\d+)", done.stderr)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    asyncio.run(_again(herald([no_op(number) for number in range(int(sys.argv[1]))]).emit)(int(sys.argv[2])))
