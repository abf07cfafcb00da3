"""Several processes on one PostgreSQL, of which one after the other is killed: `python -m tests.trials.cluster`."""

# What is watched is nothing that the program offers.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Coroutine, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from models.engine import Shards
from tests import postgres
from tests.database_file import DatabaseFile
from tests.trials.checks import Check, Checker, Leave, Violation
from tests.trials.clock import SharedClock
from tests.trials.ledger import read
from tests.trials.member import Orders, found, live
from tests.trials.world import WorldClient

PROCESSES = 3

EVERY = 1.0
"""Seconds between two kills."""

AWAY = 1.2
"""Seconds after which a killed process comes back: the others have to have taken its streams over before."""

WITHIN = 1.0
"""Seconds within which they have to."""

BETWEEN, OUTAGE = 2.0, 0.5
"""Seconds between two restarts of the server, and for which it is away."""

PATIENCE = 60.0
"""Seconds in which nothing happens any more, until those that run count as stalled."""

LOOK = 0.02
"""Seconds between two looks at the database."""

MOST_SHOWN = 10


@dataclass(slots=True)
class Findings:
    events: int = 0
    messages: int = 0
    kills: int = 0
    restarts: int = 0
    """Of the server."""
    seconds: float = 0.0
    taken_over: list[float] = field(default_factory=list[float])
    """Seconds after a kill until nothing that waited was the dead process's any more, where something was."""
    violations: list[Violation] = field(default_factory=list[Violation])
    late: int = 0

    @property
    def good(self) -> bool:
        return not self.violations and not self.late

    def __str__(self) -> str:
        taken = self.taken_over or [0.0]
        what = f"{self.kills} kills, {self.restarts} restarts of the server"
        return (
            f"{PROCESSES} processes, {self.events} events, {self.messages} messages, {what} in {self.seconds:.0f} s: "
            f"{len(self.violations)} violations; what a killed process was at was taken over "
            f"{len(self.taken_over)} times, within {median(taken):.2f} s (median), {max(taken):.2f} s at most; "
            f"later than {WITHIN} s: {self.late}."
        )


_STATE = """
SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM delivery WHERE status = 'pending'),
    (SELECT count(*) FROM message WHERE status = 'pending')
"""

_WAITS = """
SELECT EXISTS (SELECT FROM delivery WHERE status = 'pending' AND claim = %(worker)s)
    OR EXISTS (SELECT FROM message WHERE status = 'pending' AND claim = %(worker)s)
"""


class Cluster:
    """The processes, as whoever kills them sees them."""

    def __init__(self, folder: Path, file: DatabaseFile, world: WorldClient, clock: SharedClock, events: int) -> None:
        self._folder = folder
        self._file = file
        self._world = world
        self._api = f"http://127.0.0.1:{world.port}/cluster/api/v10"
        self._clock = clock
        self._events = events
        self._pids: dict[int, int] = {}
        self._lives = 0

    def begin(self, shard: int) -> None:
        self._lives += 1
        worker = self._worker_file(shard)
        worker.unlink(missing_ok=True)
        shards = Shards(PROCESSES, frozenset({shard}))
        orders = Orders(self._file.url, self._api, self._clock, shards, self._events, self._lives, worker)
        words = self._folder / f"words-{self._lives}.txt"
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            _be(live(orders), words, self._world)
        self._pids[shard] = pid

    def found(self) -> None:
        """Set up what the processes are to find."""
        pid = os.fork()
        if pid == 0:
            _be(found(self._file.url, self._clock), self._folder / "words-0.txt", self._world)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0

    def started(self) -> bool:
        """Whether all have come so far that they can be told to stop."""
        return all(self._worker_file(shard).exists() for shard in self._pids)

    def alive(self) -> list[int]:
        return sorted(self._pids)

    def kill(self, shard: int) -> str | None:
        """Kill a process; returns by which id it claimed, if it had come so far."""
        pid = self._pids.pop(shard)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        worker = self._worker_file(shard)
        return worker.read_text() if worker.exists() else None

    def end(self, *, number: int = signal.SIGTERM) -> list[int]:
        """Stop all; returns their exit statuses."""
        for pid in self._pids.values():
            os.kill(pid, number)
        ended = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in self._pids.values()]
        self._pids.clear()
        return ended

    def ended(self) -> list[int]:
        """The exit statuses of those that have ended by themselves, which none should."""
        ended: list[int] = []
        for shard, pid in list(self._pids.items()):
            gone, status = os.waitpid(pid, os.WNOHANG)
            if gone:
                del self._pids[shard]
                ended.append(os.waitstatus_to_exitcode(status))
        return ended

    def _worker_file(self, shard: int) -> Path:
        return self._folder / f"worker-{shard}"


def _be(life: Coroutine[Any, Any, None], words: Path, world: WorldClient) -> None:
    """Be another process, and end as it."""
    status = 70
    try:
        world.forget_parent()
        output = os.open(words, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        logging.disable(logging.NOTSET)
        logging.basicConfig(level=logging.ERROR)
        asyncio.run(life)
        status = 0
    except BaseException:  # noqa: BLE001 - shown, and told by the exit status
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


@contextmanager
def _database(folder: Path) -> Generator[DatabaseFile]:
    file = DatabaseFile(folder / "cluster")
    postgres.create(file.name)
    try:
        yield file
    finally:
        file.discard()


def try_it(events: int, restarts: int = 0) -> Findings:
    """Let `PROCESSES` processes bring about so many events, and kill one every second until they have.

    Or, instead, restart the server so many times meanwhile.
    """
    folder = Path(tempfile.mkdtemp(prefix="herald-cluster-"))
    postgres.server()
    world = WorldClient()
    clock = SharedClock(datetime.now(UTC), time.monotonic())
    world.make("cluster", clock)
    findings = Findings()
    begun = time.monotonic()
    with _database(folder) as file:
        cluster = Cluster(folder, file, world, clock, events)
        cluster.found()
        try:
            for shard in range(PROCESSES):
                cluster.begin(shard)
            for number in range(restarts):
                time.sleep(BETWEEN)
                with postgres.down("immediate" if number % 2 else "fast"):
                    time.sleep(OUTAGE)
                findings.restarts += 1
            findings.violations += _until_done(cluster, file, events, findings, kill=not restarts)
            if any(statuses := cluster.end()):
                findings.violations.append(Violation(Check.CRASH, f"ended with {statuses}: see {folder}"))
        finally:
            cluster.end(number=signal.SIGKILL)
        findings.seconds = time.monotonic() - begun
        ledger = read(file.path, world.record("cluster"))
        findings.events, findings.messages = len(ledger.events), len(ledger.tables["message"])
        findings.violations += Checker.of(ledger, Leave()).at_end().violations
    world.close()
    if findings.good:
        shutil.rmtree(folder)
    return findings


def _until_done(
    cluster: Cluster, file: DatabaseFile, events: int, findings: Findings, *, kill: bool
) -> list[Violation]:
    """Kill one process after the other, or none, until there are enough events, then wait until all is told."""
    chance = random.Random(events)  # noqa: S311 - it has to be the same again
    dead: dict[str, float] = {}
    back: dict[int, float] = {}
    next_kill = time.monotonic() + EVERY
    before, since = None, time.monotonic()
    with postgres.connect(file.name) as connection:
        while True:
            now = time.monotonic()
            row = connection.execute(_STATE).fetchone()
            assert row is not None
            state = [int(str(value)) for value in row]
            enough = state[0] >= events
            for shard in [shard for shard, due in back.items() if due <= now]:
                del back[shard]
                cluster.begin(shard)
            _note_take_overs(connection, dead, findings)
            if statuses := cluster.ended():
                return [Violation(Check.CRASH, f"ended with {statuses}")]
            if kill and not enough and now >= next_kill and (alive := cluster.alive()):
                shard = chance.choice(alive)
                findings.kills += 1
                if (worker := cluster.kill(shard)) is not None:
                    dead[worker] = now
                back[shard], next_kill = now + AWAY, now + EVERY
            if state != before:
                before, since = state, now
            elif now - since > PATIENCE:
                return [Violation(Check.DEADLOCK, f"events, deliveries and messages that wait: {state}")]
            if enough and not back and not any(state[1:]) and cluster.started():
                return []
            time.sleep(LOOK)


def _note_take_overs(connection: psycopg.Connection[Any], dead: dict[str, float], findings: Findings) -> None:
    for worker, killed_at in list(dead.items()):
        waits = connection.execute(_WAITS, {"worker": worker}).fetchone() == (True,)
        passed = time.monotonic() - killed_at
        if not waits:
            del dead[worker]
            if passed > 2 * LOOK:
                findings.taken_over.append(passed)
                findings.late += passed > WITHIN


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.trials.cluster", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000, metavar="N", help="so many events (10,000)")
    parser.add_argument(
        "--restarts", type=int, default=0, metavar="N", help="kill none, and restart the server so often"
    )
    options = parser.parse_args(arguments)
    if not postgres.CHOSEN:
        sys.exit("several processes need PostgreSQL: HERALD_TEST_DATABASE=postgres")
    logging.disable(logging.ERROR)
    findings = try_it(options.events, options.restarts)
    for violation in findings.violations[:MOST_SHOWN]:
        sys.stdout.write(f"{violation.check}: {violation.text}\n")
    sys.stdout.write(f"{findings}\n")
    return 0 if findings.good else 1


if __name__ == "__main__":
    sys.exit(main())
