"""Thousands of people with closed DMs, and the limit that Discord sets to invalid requests."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from services.budget import LIMIT
from tests.services.closed_dms import Crowd
from tests.services.world import World

STEP = 2.0
"""Seconds of simulated time that pass at a time."""


@dataclass(frozen=True, slots=True)
class Refusals:
    """What became of the DMs to `people`, in a time of `hours`; `most` is per ten minutes."""

    people: int
    most: int
    twice: int
    """How many were tried more than once, or not at all."""
    hours: float

    @property
    def good(self) -> bool:
        return self.most <= LIMIT and not self.twice

    def __str__(self) -> str:
        return (
            f"{self.people} people with closed DMs: at most {self.most} invalid requests in ten minutes "
            f"(limit {LIMIT}); tried more than once in a day, or not at all: {self.twice}; "
            f"{self.hours:.1f} h of simulated time."
        )


def write_to(people: int) -> Refusals:
    """Write to so many people, and to each of them once more within a day."""
    logging.disable(logging.WARNING)
    with TemporaryDirectory(prefix="herald-trials-") as folder:
        return asyncio.run(_write_to(people, Path(folder)))


async def _write_to(people: int, folder: Path) -> Refusals:
    world = World(folder / "herald.sqlite3")
    await world.open(folder / "empty.sqlite3")
    await world.found()
    crowd = await Crowd.gather(world, people)
    begun = world.clock()
    world.start()
    await world.settle()
    await crowd.finish(seconds=STEP)
    await crowd.once_more()
    attempts = crowd.attempts()
    hours = (world.clock() - begun).total_seconds() / 3600
    await world.close()
    return Refusals(people, crowd.most_used, people - sum(number == 1 for number in attempts.values()), hours)
