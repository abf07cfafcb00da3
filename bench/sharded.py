"""One start of Herald in a process of its own, at a gateway that tells it of many guilds.

Takes the database, the local Discord's port, how many guilds and shards there are, how long to rest, and what to do
about the garbage collector; prints JSON.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.probe import resident
from bot.client import ShardedHeraldBot
from bot.settings import Settings
from models.engine import Shards

TOKEN = "MTIzNDU2Nzg5.Gabcde.the-bots-secret-part"  # noqa: S105 - nobody's
CREATE = "GUILD_CREATE"


class WatchedHerald(ShardedHeraldBot):
    """Herald, which notes when it knows all of so many guilds, and what their parsing took."""

    def __init__(self, settings: Settings, guilds: int) -> None:
        super().__init__(settings)
        self.missing = guilds
        self.memory_before = 0
        self.cpu_before = 0.0
        self.parsing = 0.0
        self.logged_in = asyncio.Event()
        self.complete = asyncio.Event()
        if not guilds:
            self.complete.set()
        parsers = self._connection.parsers
        parsers[CREATE] = self._timed(parsers[CREATE])

    async def setup_hook(self) -> None:
        await super().setup_hook()
        gc.collect()
        self.memory_before, self.cpu_before = resident(), time.process_time()
        self.logged_in.set()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        # discord.py would wait 5 s for each shard but the first.
        pass

    def _timed(self, parse: Callable[[Any], None]) -> Callable[[Any], None]:
        def timed(data: Any) -> None:
            begin = time.thread_time()
            parse(data)
            self.parsing += time.thread_time() - begin
            self.missing -= 1
            if not self.missing:
                self.complete.set()

        return timed


class Collections:
    """How long the garbage collector took."""

    def __init__(self) -> None:
        self.total = self.longest = 0.0
        self._begin = 0.0
        gc.callbacks.append(self._note)

    def _note(self, phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            self._begin = time.thread_time()
        else:
            took = time.thread_time() - self._begin
            self.total += took
            self.longest = max(self.longest, took)


def collection() -> float:
    """Seconds of one full collection."""
    begin = time.thread_time()
    gc.collect()
    return time.thread_time() - begin


def peak() -> int:
    """The most resident memory that this process has had, in KiB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) if found else 0


async def start(database: str, port: int, guilds: int, shards: int, rest: float, *, freeze: bool) -> dict[str, float]:
    bot = WatchedHerald(
        Settings(
            discord_token=TOKEN,
            database_url=f"sqlite://{database}",
            discord_api_url=f"http://127.0.0.1:{port}/api/v10",
            discord_gateway_url=f"ws://127.0.0.1:{port}/gateway/",
            shards=Shards(shards, frozenset(range(shards))),
        ),
        guilds,
    )
    collections = Collections()
    if freeze:
        gc.disable()
    begin = time.perf_counter()
    running = asyncio.create_task(bot.start(TOKEN))
    await bot.logged_in.wait()
    await bot.wait_until_ready()
    # Where guilds come slowly, discord.py is ready before the last one.
    await bot.complete.wait()
    figures = {
        "guilds": sum(not guild.unavailable and bool(guild.name) for guild in bot.guilds),
        "shards": len(bot.shards),
        "seconds": time.perf_counter() - begin,
        "cpu": time.process_time() - bot.cpu_before,
        "parsing": bot.parsing,
        "collecting": collections.total,
        "longest": collections.longest,
        "before": bot.memory_before,
        "after": resident(),
        "peak": peak(),
    }
    if freeze:
        gc.freeze()
        gc.enable()
    figures["full"] = collection()
    cpu = time.process_time()
    await asyncio.sleep(rest)
    figures["idle"] = (time.process_time() - cpu) / rest
    await bot.close()
    await running
    return figures


def main() -> None:
    database, port, guilds, shards, rest, collector = sys.argv[1:]
    frozen = collector == "freeze"
    figures = asyncio.run(start(database, int(port), int(guilds), int(shards), float(rest), freeze=frozen))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
