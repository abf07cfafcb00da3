"""Measures Herald and prints a table. Each figure stands beside a limit that was measured interleaved with it."""

from __future__ import annotations

import asyncio
import platform
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

from simcord import InteractionResult

from bench.load import backlog
from bot.demo.script import set_up
from bot.demo.stage import Stage, open_stage
from bot.demo.transcript import Transcript
from bot.settings import Settings
from events.unit_of_work import Unit

COMMANDS = 200
STARTS = 7


class Stamped(list[Any]):
    """A list that remembers when each item came."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def append(self, item: Any, /) -> None:
        self.times.append(time.perf_counter())
        super().append(item)

    def first(self, fits: Callable[[Any], bool]) -> float:
        """When the first item that fits came. Raises StopIteration."""
        return next(at for item, at in zip(self, self.times, strict=True) if fits(item))


def spread(seconds: list[float]) -> str:
    """Median and 99th percentile in milliseconds."""
    return f"{median(seconds) * 1000:8.2f} {quantiles(seconds, n=100)[98] * 1000:8.2f}"


class CommitLimit:
    """What one durable commit costs here: no command that changes something can answer faster."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (x)")

    def once(self) -> float:
        begin = time.perf_counter()
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("INSERT INTO t VALUES (1)")
        self._connection.execute("COMMIT")
        return time.perf_counter() - begin

    def close(self) -> None:
        self._connection.close()


async def latency(folder: Path) -> None:
    """How fast commands are answered, and how soon after its commit an announcement is handed to Discord."""
    committed: list[float] = []
    original = Unit.committed

    def noted(self: Unit) -> None:
        committed.append(time.perf_counter())
        original(self)

    reads: list[float] = []
    writes: list[float] = []
    announcements: list[float] = []
    limits: list[float] = []
    limit = CommitLimit(folder / "limit.sqlite3")
    async with open_stage(Settings(database_url=f"sqlite://{folder / 'herald.sqlite3'}")) as stage:
        await set_up(stage, Transcript(stage, lambda _: None))
        news = f"/channels/{stage.channels['announcements'].id}/messages"
        Unit.committed = noted
        try:
            for number in range(COMMANDS):
                limits.append(limit.once())
                reads.append((await _answered(stage, "tournament list"))[0])
                form = (await _answered(stage, "tournament create", type="speedrun"))[1]
                committed.clear()
                took, sent = await _sent(stage, form, f"Cup {number}")
                writes.append(took)
                announcements.append(sent.first(lambda r: r.method == "POST" and r.path == news) - committed[0])
        finally:
            Unit.committed = original
            limit.close()
    print(f"{'in-process, milliseconds':44} {'median':>8} {'p99':>8}")
    print(f"{'one durable commit of SQLite (the limit)':44} {spread(limits)}")
    print(f"{'/tournament list answered':44} {spread(reads)}")
    print(f"{'/tournament create answered (with 1 event)':44} {spread(writes)}")
    print(f"{'announcement handed to Discord after commit':44} {spread(announcements)}")
    print(f"create answered / durable commit: {median(writes) / median(limits):.1f}")


async def _answered(stage: Stage, command: str, **options: Any) -> tuple[float, InteractionResult]:
    """Run a command; the seconds until its answer reached Discord."""
    stage.env.backend.http_requests = sent = Stamped()
    begin = time.perf_counter()
    result = await stage.people["Olga"].slash(stage.channels["races"], command, **options)
    return sent.first(_is_answer) - begin, result


async def _sent(stage: Stage, form: InteractionResult, name: str) -> tuple[float, Stamped]:
    """Send the form for a new tournament; the seconds until its answer reached Discord, and all that was sent."""
    stage.env.backend.http_requests = sent = Stamped()
    begin = time.perf_counter()
    await stage.people["Olga"].submit_modal(form, {"name": name, "description": "", "seed": ""})
    return sent.first(_is_answer) - begin, sent


def _is_answer(request: Any) -> bool:
    return request.path.endswith("/callback")


def starts(folder: Path) -> None:
    """How long a start takes and what memory it needs, beside importing discord.py alone."""
    database = folder / "start.sqlite3"
    _probe(str(database))  # The first start creates the tables.
    herald: list[tuple[float, int]] = []
    alone: list[tuple[float, int]] = []
    for _ in range(STARTS):
        herald.append(_probe(str(database)))
        alone.append(_probe("discord"))
    for what, column, unit in (("start-up", 0, "s"), ("memory at rest", 1, "MiB")):
        scale = 1 if column == 0 else 1024
        ours = median(figures[column] for figures in herald) / scale
        limit = median(figures[column] for figures in alone) / scale
        print(f"{what}: {ours:.2f} {unit}; importing discord.py alone: {limit:.2f} {unit}; ratio {ours / limit:.2f}")


def _probe(argument: str) -> tuple[float, int]:
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-W", "ignore", "-m", "bench.probe", argument], capture_output=True, text=True, check=True
    )
    seconds, memory = done.stdout.split()
    return float(seconds), int(memory)


def machine() -> str:
    """The machine, in one line."""
    info = Path("/proc/cpuinfo")
    names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    processor = f"{len(names)} x {names[0]}" if names else platform.processor() or platform.machine()
    with closing(sqlite3.connect(":memory:")) as connection:
        sqlite = connection.execute("SELECT sqlite_version()").fetchone()[0]
    return (
        f"{processor}, {platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"SQLite {sqlite}, discord.py {version('discord.py')}, tortoise-orm {version('tortoise-orm')}"
    )


def main() -> None:
    print(machine())
    with TemporaryDirectory(prefix="herald-bench-") as folder:
        asyncio.run(latency(Path(folder)))
        asyncio.run(backlog(Path(folder)))
        starts(Path(folder))


if __name__ == "__main__":
    main()
