"""What guilds and shards cost Herald in memory and time: `python -m bench.guilds`.

The guilds are made up, and a local gateway tells them to the real bot in another process, as Discord does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from statistics import linear_regression, mean
from tempfile import TemporaryDirectory
from typing import Any

from bench.gateway import Gateway
from bench.synthetic import PARTS, Json, created

GUILDS, SHARDS = 50_000, 32
SHARE = 2_000
"""Guilds with which the parts are compared."""
REST = 20.0
BEAT = 1.0
"""Seconds between heartbeats here: what one costs is then the sooner known. With Discord, it is 41."""
DISCORDS_BEAT = 41.25
PATIENCE = 1800.0


async def started(
    guilds: int, shards: int, *, without: Iterable[str] = (), rest: float = 0.1, freeze: bool = False
) -> dict[str, float]:
    """Let Herald start in so many guilds and shards; its figures."""
    gateway = Gateway(guilds, shards, BEAT, frozenset(without))
    with TemporaryDirectory(prefix="herald-bench-") as folder:
        database = str(Path(folder) / "herald.sqlite3")
        # Creating the tables takes memory, which would be there for the guilds.
        await _run("bench.probe", database)
        async with gateway.serve():
            places = (str(gateway.port), str(guilds), str(shards))
            output = await _run("bench.sharded", database, *places, str(rest), "freeze" if freeze else "as-is")
    figures: dict[str, float] = json.loads(output)
    if figures["guilds"] != guilds or figures["shards"] != shards:
        raise RuntimeError(f"Herald knows {figures['guilds']:.0f} guilds and {figures['shards']:.0f} shards")
    return figures


async def _run(module: str, *arguments: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-m", module, *arguments), stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(PATIENCE):
        output, _ = await process.communicate()
    return output


def each(figures: dict[str, float]) -> float:
    """KiB for each guild."""
    return (figures["after"] - figures["before"]) / figures["guilds"]


def line(figures: dict[str, float], name: str = "") -> str:
    guilds = figures["guilds"]
    a_guild = (each(figures), figures["cpu"] / guilds * 1e6, figures["parsing"] / guilds * 1e6) if guilds else ()
    return (
        f"{guilds:7.0f} {figures['shards']:6.0f} {figures['before'] / 1024:7.0f} {figures['after'] / 1024:7.0f} "
        f"{figures['peak'] / 1024:7.0f} {''.join(f'{figure:7.1f} ' for figure in a_guild) or ' ' * 24}"
        f"{figures['seconds']:8.1f} {figures['collecting']:7.1f} {figures['longest']:8.2f} {figures['full']:7.2f}"
        f"  {name}"
    ).rstrip()


HEAD = (
    f"{'guilds':>7} {'shards':>6} {'MiB':>7} {'MiB':>7} {'MiB':>7} {'KiB a':>7} {'µs CPU':>7} {'parser':>7} "
    f"{'ready':>8} {'all gc':>7} {'longest':>8} {'full gc':>7}\n"
    f"{'':7} {'':6} {'before':>7} {'after':>7} {'peak':>7} {'guild':>7} {'a guild':>7} {'alone':>7} "
    f"{'in s':>8} {'in s':>7} {'in s':>8} {'in s':>7}"
)


def described(count: int) -> str:
    """What is in a guild here, on average."""
    guilds: list[Json] = [created(number) for number in range(count)]

    def average(*names: str) -> float:
        return mean(sum(len(guild[name]) for name in names) for guild in guilds)

    overwrites = mean(sum(len(c["permission_overwrites"]) for c in guild["channels"]) for guild in guilds)
    size = mean(len(json.dumps(guild, separators=(",", ":"), ensure_ascii=False).encode()) for guild in guilds) / 1024
    return (
        f"a guild here has on average {average('channels'):.0f} channels with {overwrites:.0f} overwrites, "
        f"{average('roles'):.0f} roles, {average('threads'):.0f} threads, "
        f"{average('emojis', 'stickers', 'soundboard_sounds'):.0f} emojis, stickers and sounds: {size:.0f} KiB of JSON"
    )


async def growth(guilds: int, shards: int) -> None:
    """What grows with guilds, and what with shards."""
    print(HEAD)
    one = await started(0, 1, rest=REST)
    print(line(one))
    none = await started(0, shards, rest=REST)
    print(line(none))
    rows = [none]
    for count in (guilds // 50, guilds // 5):
        rows.append(await started(count, shards))
        print(line(rows[-1]), flush=True)
    print(line(await started(guilds // 5, shards, freeze=True), "(collecting nothing until ready, then frozen)"))
    rows.append(await started(guilds, shards, rest=REST))
    print(line(rows[-1]), flush=True)
    x = [row["guilds"] for row in rows]
    memory = linear_regression(x, [row["after"] for row in rows])
    cpu = linear_regression(x, [row["cpu"] for row in rows])
    print(f"fitted memory: {memory.intercept / 1024:.0f} MiB and {memory.slope:.1f} KiB for each guild")
    print(f"fitted CPU of a start: {cpu.intercept:.1f} s and {cpu.slope * 1e6:.0f} µs for each guild")
    if shards > 1:
        alone = (none["after"] - one["after"]) / (shards - 1)
        print(f"a shard without guilds: {alone:.0f} KiB")
        beat = (none["idle"] - one["idle"]) * BEAT / (shards - 1)
        print(f"one heartbeat of one shard: {beat * 1e6:.0f} µs CPU")
        rate = shards / DISCORDS_BEAT
        print(f"at rest, with a heartbeat each {DISCORDS_BEAT} s: {(beat * rate) * 100:.3f} % of a core for {shards}")
    for what, row in (("1 shard", one), (f"{shards} shards", none), (f"{shards} shards, {guilds} guilds", rows[-1])):
        print(f"at rest, with a heartbeat a second, {what}: {row['idle'] * 100:.2f} % of a core")


async def parts(shards: int) -> None:
    """What the memory of a guild is made of: what is saved where a part is not sent."""
    whole = each(await started(SHARE, shards))
    bare = each(await started(SHARE, shards, without=PARTS))
    print(f"of {whole:.1f} KiB for each of {SHARE} guilds, there would be less without")
    for part in sorted(PARTS):
        saved = whole - each(await started(SHARE, shards, without={part}))
        print(f"  {part:13} {saved:6.1f}{'  (threads too)' if part == 'channels' else ''}")
    print(f"  {'all the rest':13} {bare:6.1f}")


async def few(guilds: int = 2_000, shards: int = 4) -> None:
    """One start, for `make bench`."""
    row = await started(guilds, shards)
    print(
        f"{guilds} guilds in {shards} shards: {each(row):.1f} KiB and {row['cpu'] / guilds * 1e6:.0f} µs CPU for each"
    )


def main() -> None:
    from bench.__main__ import machine  # noqa: PLC0415 - it imports this module

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--guilds", type=int, default=GUILDS)
    parser.add_argument("--shards", type=int, default=SHARDS)
    arguments: Any = parser.parse_args()
    print(machine())
    print(described(SHARE))
    asyncio.run(growth(arguments.guilds, arguments.shards))
    asyncio.run(parts(arguments.shards))


if __name__ == "__main__":
    main()
