"""A process that works on the database at `argv[1]` in a simulated Discord, and dies without a goodbye."""

from __future__ import annotations

import asyncio
import os
import sys

from bot.demo.script import CUP, set_up
from bot.demo.stage import Stage, open_stage
from bot.demo.transcript import Transcript
from bot.settings import Settings

STATUS = 9


async def hand_in(told: Transcript, racer: str, time: str) -> None:
    form = await told.slash(racer, "race submit", tournament=CUP)
    await told.fill_in(racer, form, time=time, vod=f"https://vod.example/{racer.lower()}", notes="")


async def compete(stage: Stage, told: Transcript) -> None:
    """Everything up to two runs that wait for their review."""
    form = await told.slash("Olga", "tournament create", type="speedrun")
    await told.fill_in("Olga", form, name=CUP, description="", seed="")
    await told.slash("Olga", "invite create", role="racer", person=stage.people["Ann"])
    await told.slash("Olga", "tournament open", tournament=CUP)
    await told.slash("Ann", "tournament join", tournament=CUP)
    await told.slash("Bo", "tournament join", tournament=CUP)
    await told.slash("Olga", "tournament start", tournament=CUP)
    await hand_in(told, "Ann", "1:23:45")
    await hand_in(told, "Bo", "1:25:10.5")


async def main(database_url: str) -> None:
    async with open_stage(Settings(database_url=database_url)) as stage:
        told = Transcript(stage, lambda _: None)
        await set_up(stage, told)
        # Changes go on being committed, and nothing of them is delivered.
        await stage.bot.herald.relay.stop()
        await stage.bot.herald.courier.stop()
        await compete(stage, told)
        os._exit(STATUS)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
