"""The relay beside a snapshot that somebody holds open: `python -m bench.snapshot --seconds 600`.

A report or a backup that runs for minutes keeps PostgreSQL from clearing away what has been settled meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.server import connect
from bench.stand import Stand, fresh, stand
from bench.table import POSTGRES, Goal, Row, ratio

EVENTS = 4_000
"""Events in a round."""

SECONDS = 20.0


async def snapshot(folder: Path, seconds: float = SECONDS) -> Row:
    """Two databases in turns, for so many seconds; of one of them, somebody holds a snapshot all the while."""
    rates: dict[str, list[float]] = {"free": [], "held": []}
    async with AsyncExitStack() as stack:
        urls = {name: fresh(POSTGRES, folder) for name in rates}
        stands = {name: await stack.enter_async_context(stand(url)) for name, url in urls.items()}
        report = stack.enter_context(connect(urls["held"].partition("?")[0].rpartition("/")[2]))
        report.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        report.execute("SELECT count(*) FROM event")
        for one in stands.values():
            one.relay.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for name, one in stands.items():
                rates[name].append(await _drained(one))
    half = len(rates["held"]) // 2
    return Row(
        f"relay beside a snapshot held for {seconds:.0f} s, its second half",
        POSTGRES,
        Goal(0.9),
        (ratio(rates["held"][half:], rates["free"][half:]),),
        (median(rates["held"][half:]),),
        (median(rates["free"][half:]),),
        "events/s",
        f"the same without one; {len(rates['held']) * EVENTS} events each",
    )


async def _drained(herald: Stand) -> float:
    """Events a second, of so many that wait when it begins."""
    herald.bus.disable()
    await herald.tell(EVENTS)
    complete = herald.expect(EVENTS)
    begin = time.perf_counter()
    herald.bus.enable()
    await complete.wait()
    return EVENTS / (time.perf_counter() - begin)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.snapshot")
    parser.add_argument("--seconds", type=float, default=SECONDS, metavar="S", help=f"for so long ({SECONDS:.0f})")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="herald-bench-") as folder:
        print(*asyncio.run(snapshot(Path(folder), options.seconds)).cells(), sep="  ")


if __name__ == "__main__":
    main()
