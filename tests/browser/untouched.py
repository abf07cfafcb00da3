"""A server to which Herald was just added, and a page of its channel #races for Olga.

The demo shows a server that is set up; this shows how one comes to be. `python -m tests.browser.untouched` serves it;
after `--elsewhere`, Olga has founded the community Sprint Club in another server.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from simcord import MemberActor

from bot.demo.stage import Stage, open_stage
from bot.demo.transcript import shown
from bot.settings import Settings

ELSEWHERE = "--elsewhere"


async def main(*, elsewhere: bool) -> None:
    """Print the page's address, and serve it until SIGINT."""
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, over.set)
    with TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite://{Path(folder) / 'demo.sqlite3'}")
        async with open_stage(settings) as stage:
            if elsewhere:
                await _found_elsewhere(stage)
            preview = stage.env.preview(stage.channels["races"], viewers=[stage.people["Olga"]], layout="channel")
            async with preview:
                sys.stdout.write(f"{preview.url}\n")
                await over.wait()


async def _found_elsewhere(stage: Stage) -> None:
    server = stage.env.create_guild("Sprint Club", owner=stage.user("Olga"))
    channel = server.create_text_channel("sprints")
    olga = MemberActor(stage.env, server, stage.user("Olga"))
    form = await olga.click(shown(await olga.slash(channel, "setup")), label="New community")
    await olga.submit_modal(form, {"name": "Sprint Club", "time_zone": "UTC"})


if __name__ == "__main__":
    asyncio.run(main(elsewhere=ELSEWHERE in sys.argv))
