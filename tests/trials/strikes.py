"""What happens to a subject, and where: its commits, statements and requests are counted, and one of them is hit.

All of this wraps libraries, and nothing of Herald's own.
"""

# The libraries offer no such handles.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextvars import Context
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

import aiohttp
import aiosqlite
import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none, so what comes from it may be anything

from tests import postgres
from tests.trials.clock import HastyLoop


class Point(StrEnum):
    """What is counted."""

    COMMIT = "commit"
    STATEMENT = "statement"
    """Anything that is written."""
    EVENT = "event"
    """The writing of an event."""
    ROW = "row"
    """The writing of audit or message rows: what handlers do."""
    REQUEST = "request"
    TURN = "turn"
    """Something that is about to run on the event loop, while there is a task to be cancelled."""
    TIME = "time"
    """In milliseconds. It is the runner that strikes then."""


class Blow(StrEnum):
    """What happens there."""

    BEFORE = "before"
    """Killed before it."""
    AFTER = "after"
    """Killed after it, before anybody has learned of it."""
    ERROR = "error"
    """A commit takes effect and is reported as failed; a statement fails."""
    STOP = "stop"
    """Told to stop, as by SIGTERM, while it is under way."""
    CANCEL = "cancel"
    """A task, picked by chance, is cancelled."""
    CANCEL_CALLERS = "cancel callers"
    """Everybody who waits for an answer is cancelled, while it is under way."""


@dataclass(frozen=True, slots=True)
class Strike:
    point: Point
    number: int
    blow: Blow
    seed: int = 0


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Watch:
    """Counts, and strikes when it is time."""

    def __init__(self, strike: Strike | None, stop: Callable[[], None]) -> None:
        self.counts: Counter[Point] = Counter()
        self.armed = False
        """Turns count only while this holds: a start or an end that is cancelled is none."""
        self._strike = strike
        self._stop = stop

    def install(self) -> None:
        if postgres.CHOSEN:
            self._watch_postgres()
        else:
            self._watch_sqlite()
        self._watch_requests()

    def _reached(self, *points: Point) -> Blow | None:
        blow = None
        for point in points:
            self.counts[point] += 1
            strike = self._strike
            if strike is not None and strike.point is point and strike.number == self.counts[point]:
                blow = strike.blow
        return blow

    def _before(self, blow: Blow | None) -> None:
        """What happens before the point, or while it is under way."""
        if blow is Blow.BEFORE:
            die()
        elif blow is Blow.STOP:
            self._stop()
        elif blow is Blow.CANCEL_CALLERS:
            for task in _tasks("press"):
                task.cancel()

    def _watch_sqlite(self) -> None:
        library: Any = aiosqlite.Connection  # Its types know no parameters of functions.
        execute = library._execute

        async def watched(connection: aiosqlite.Connection, function: Any, *values: Any, **named: Any) -> Any:
            commits = getattr(function, "__name__", "") == "commit" and connection.in_transaction
            return await self._ask(
                partial(execute, connection, function, *values, **named),
                [Point.COMMIT] if commits else _points(values[0] if values else None),
                sqlite3.OperationalError("disk I/O error"),
            )

        library._execute = watched

    def _watch_postgres(self) -> None:
        library: Any = asyncpg.Connection
        for name in ("execute", "fetch", "fetchrow", "executemany"):
            setattr(library, name, self._watched(getattr(library, name)))

    def _watched(self, ask: Any) -> Any:
        async def watched(connection: Any, statement: str, *values: Any, **named: Any) -> Any:
            commits = statement == "COMMIT;"
            lost = asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
            try:
                return await self._ask(
                    partial(ask, connection, statement, *values, **named),
                    [Point.COMMIT] if commits else _points(statement),
                    lost if commits else asyncpg.DiskFullError("could not extend the file"),
                )
            except asyncpg.ConnectionDoesNotExistError as error:
                if error is lost:
                    connection.terminate()
                raise

        return watched

    async def _ask(self, ask: Callable[[], Awaitable[Any]], points: list[Point], failure: Exception) -> Any:
        """Ask the database; a commit that is to fail has its effect all the same."""
        blow = self._reached(*points)
        if blow is Blow.ERROR and points != [Point.COMMIT]:
            raise failure
        self._before(blow)
        result = await ask()
        if blow is Blow.AFTER:
            die()
        elif blow is Blow.ERROR:
            raise failure
        return result

    def _watch_requests(self) -> None:
        library: Any = aiohttp.ClientSession  # Only two of its many parameters matter here.
        ask = library._request

        async def watched(session: aiohttp.ClientSession, method: str, url: Any, **named: Any) -> Any:
            blow = self._reached(Point.REQUEST) if "channels" in str(url) else None
            self._before(blow)
            try:
                return await ask(session, method, url, **named)
            finally:
                # Also after a reply that was lost.
                if blow is Blow.AFTER:
                    die()

        library._request = watched

    def loop(self, rate: float) -> asyncio.AbstractEventLoop:
        """An event loop whose turns are counted."""
        strike = self._strike
        if strike is None or strike.point is not Point.TURN:
            return HastyLoop(rate)
        chance = random.Random(strike.seed)  # noqa: S311 - it has to be the same again

        def turn() -> None:
            if self.armed and (tasks := _tasks()) and self._reached(Point.TURN):
                task = chance.choice(tasks)
                sys.stderr.write(f"cancelled: {task!r}\n")
                task.cancel()

        return _CountingLoop(rate, turn)


def _points(statement: Any) -> list[Point]:
    """What a statement counts as."""
    if not isinstance(statement, str) or not _WRITES.match(statement):
        return []
    # The first one, where some are written within another statement.
    into = _INTO.search(statement)
    return [Point.STATEMENT, *_TABLES.get(into[1] if into else "", ())]


_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH)\b")
_INTO = re.compile(r'\bINSERT INTO "?(\w+)')


_TABLES = {"event": (Point.EVENT,), "audit_entry": (Point.ROW,), "message": (Point.ROW,)}


def _tasks(name: str | None = None) -> list[asyncio.Task[Any]]:
    """The tasks that there are, save those of the play itself; or those of that name."""
    mine = ("main", "play")
    tasks = [task for task in asyncio.all_tasks() if (task.get_name() == name if name else task.get_name() not in mine)]
    # They come in no order of their own; their names tell when each was made.
    return sorted(tasks, key=lambda task: (len(task.get_name()), task.get_name()))


class _CountingLoop(HastyLoop):
    def __init__(self, rate: float, turn: Callable[[], None]) -> None:
        self._turn = turn
        super().__init__(rate)

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> asyncio.Handle:
        handle = super().call_soon(callback, *args, context=context)
        if self.is_running():
            self._turn()
        return handle
