"""Measures Herald and prints a table. Each figure stands beside a limit that was measured interleaved with it."""

from __future__ import annotations

import argparse
import asyncio
import platform
import sqlite3
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.commands import crowd, latency
from bench.dispatch import dispatch, instructions
from bench.emit import emit
from bench.guilds import few
from bench.jobs import jobs
from bench.leaderboard import boards
from bench.load import backlog
from bench.report import save
from bench.server import described
from bench.snapshot import snapshot
from bench.stand import ENGINES
from bench.sustained import sustained
from bench.table import TITLES, Row, line
from bench.trail import trail
from bench.wake import wake

STARTS = 7


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
    release = ".".join(platform.release().split(".")[:2])
    return (
        f"{processor}, {platform.system()} {release}, Python {platform.python_version()}, "
        f"SQLite {sqlite}, discord.py {version('discord.py')}, tortoise-orm {version('tortoise-orm')}"
    )


async def rows(folder: Path) -> AsyncGenerator[Row]:
    """The comparisons that need a database, one engine after the other."""
    for engine in ENGINES:
        for measure in (emit, trail, sustained, wake):
            for row in await measure(engine, folder):
                yield row
    yield await snapshot(folder)
    for row in await jobs(folder):
        yield row


async def compare(folder: Path) -> list[Row]:
    """Print the table row by row, and return it."""
    table: list[Row] = []
    async for row in rows(folder):
        print(line(row.cells()), flush=True)
        table.append(row)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", action="store_true", help="keep the table for docs/performance.md, and nothing else")
    only_table: bool = parser.parse_args().save
    print(machine())
    print(described())
    print(line(TITLES))
    table = dispatch()
    for row in table:
        print(line(row.cells()))
    with TemporaryDirectory(prefix="herald-bench-") as folder:
        table += asyncio.run(compare(Path(folder)))
        if only_table:
            save(machine(), described(), table)
            return
        print(f"instructions per event, for 1, 3 and 10 handlers: {instructions()}")
        asyncio.run(latency(Path(folder)))
        asyncio.run(crowd(Path(folder)))
        asyncio.run(backlog(Path(folder)))
        asyncio.run(boards(Path(folder)))
        starts(Path(folder))
    asyncio.run(few())


if __name__ == "__main__":
    main()
