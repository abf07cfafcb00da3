"""A server to which Herald was just added, and a page of its channel #races for Olga.

The demo shows a server that is set up; this shows how one comes to be. `python -m tests.browser.untouched` serves it;
after `--elsewhere`, Olga has founded the community Sprint Club in another server; after `--crowded`, this server is set
up, and more racers have runs in Spring Cup than one page of its leaderboard shows.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from simcord import MemberActor

from bot.demo.script import CUP, set_up
from bot.demo.stage import Stage, open_stage
from bot.demo.transcript import Transcript, shown
from bot.settings import Settings
from services.paging import PAGE

ELSEWHERE = "--elsewhere"
CROWDED = "--crowded"


async def main(*, elsewhere: bool, crowded: bool) -> None:
    """Print the page's address, and serve it until SIGINT."""
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, over.set)
    with TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite://{Path(folder) / 'demo.sqlite3'}")
        async with open_stage(settings) as stage:
            if elsewhere:
                await _found_elsewhere(stage)
            if crowded:
                await _race(stage)
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


async def _race(stage: Stage) -> None:
    await set_up(stage, Transcript(stage, lambda _: None))
    olga, races = stage.people["Olga"], stage.channels["races"]
    form = await olga.slash(races, "tournament create", type="speedrun")
    await olga.submit_modal(form, {"name": CUP, "description": "", "seed": ""})
    await olga.slash(races, "tournament edit", tournament=CUP, review_required=False)
    await olga.slash(races, "tournament open", tournament=CUP)
    racers = [stage.add_person(f"Racer {number:02}") for number in range(PAGE + 1)]
    for racer in racers:
        await racer.slash(races, "tournament join", tournament=CUP)
    await olga.slash(races, "tournament start", tournament=CUP)
    for number, racer in enumerate(racers):
        form = await racer.slash(races, "race submit", tournament=CUP)
        await racer.submit_modal(form, {"time": f"1:{number:02}:00", "vod": "https://vod.example/run", "notes": ""})
    await stage.settle()


if __name__ == "__main__":
    asyncio.run(main(elsewhere=ELSEWHERE in sys.argv, crowded=CROWDED in sys.argv))
