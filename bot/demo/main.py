"""The demo from beginning to end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from simcord import SetupError

from bot.demo.page import open_page
from bot.demo.script import perform
from bot.demo.stage import EVERYBODY, Stage, open_stage
from bot.settings import Settings


async def demo(*, script_only: bool, port: int = 0) -> int:
    """Play a tournament and check it; then, unless `script_only`, show the server until Ctrl-C.

    Returns the exit status: 0 when each expected message and audit row was there.
    """
    with TemporaryDirectory(prefix="herald-demo-") as folder:
        async with open_stage(Settings(database_url=f"sqlite://{Path(folder) / 'demo.sqlite3'}")) as stage:
            verdict = await perform(stage, print)
            if verdict.faults or script_only:
                return 1 if verdict.faults else 0
            return await _show(stage, port)


async def _show(stage: Stage, port: int) -> int:
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt.
            loop.add_signal_handler(number, over.set)
    try:
        async with open_page(stage, "races", port=port) as page:
            print(f"\nThe server is open at {page.url} (be {', '.join(EVERYBODY)}; Ctrl-C ends it)", flush=True)
            ends = [asyncio.create_task(over.wait()), asyncio.create_task(page.wait_closed())]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for end in ends:
                end.cancel()
    except SetupError as error:
        print(f"herald: the page cannot be served: {error}. --port chooses another port.", file=sys.stderr)
        return 1
    return 0
