"""One start of Herald in a process of its own: how long until it could work, and how much memory it then holds.

Prints two numbers: seconds from the start of the process, and resident memory in KiB (Linux's VmRSS).
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from importlib import import_module
from pathlib import Path


def age() -> float:
    """Seconds since this process began (proc(5), stat field 22)."""
    started = int(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


def resident() -> int:
    """Resident memory of this process in KiB."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) if found else 0


async def open_and_close(database: str) -> tuple[float, int]:
    """Open a Herald that would log in next."""
    from bot import create_bot  # noqa: PLC0415 - what importing costs is part of the figure
    from bot.settings import Settings  # noqa: PLC0415 - see above

    bot = create_bot(Settings(database_url=f"sqlite://{database}"))
    await bot.herald.open()
    bot.herald.start()
    figures = age(), resident()
    await bot.close()
    return figures


def main() -> None:
    if sys.argv[1] == "discord":
        # The limit: nothing that is built on discord.py starts faster.
        import_module("discord")

        seconds, memory = age(), resident()
    else:
        seconds, memory = asyncio.run(open_and_close(sys.argv[1]))
    print(seconds, memory)


if __name__ == "__main__":
    main()
