"""Races that people run on their own time, by the services themselves."""

from __future__ import annotations

from datetime import timedelta

from models import Attempt, Race, Tournament
from services.attempts import COUNTDOWN
from tests.services.field import Course, course
from tests.services.world import VOD, World

CHANNEL = 7700


async def racing_cup(world: World) -> Course:
    """A running tournament of two pools of one seed each, in which Ann and Bo race."""
    world.start()
    made = await course(world, pools=2, racers=("Ann", "Bo"))
    await world.settle()
    return made


async def begin(world: World, racer: str = "Ann", pool: int = 1) -> Attempt:
    attempt = await world.herald.attempts.start(await world.actor(racer), pool, CHANNEL)
    await world.settle()
    return attempt


async def run(world: World, racer: str = "Ann", pool: int = 1, *, takes: timedelta = timedelta(hours=1)) -> Attempt:
    """A race from its start to its finish."""
    attempt = await begin(world, racer, pool)
    await world.herald.attempts.ready(await world.actor(racer), attempt.id)
    await world.pass_time(seconds=(COUNTDOWN + takes).total_seconds())
    attempt = await world.herald.attempts.finish(await world.actor(racer), attempt.id)
    await world.settle()
    return attempt


async def hand_in(world: World, attempt: Attempt, racer: str = "Ann", *, vod: str = VOD) -> Race:
    actor = await world.actor(racer)
    race, _ = await world.herald.submissions.submit(actor, attempt.id, vod=vod, notes="", in_game="")
    await world.settle()
    return race


def card(world: World) -> str:
    """What the newest race's card says now."""
    letter = next(one for one in reversed(world.outbox.letters) if one.notice.title == "Spring Cup · Pool 1")
    return " ".join(part for line in letter.notice.lines for part in line if isinstance(part, str))


def stages(world: World) -> list[str]:
    return world.select("SELECT stage FROM attempt ORDER BY id")


async def rule(world: World, **values: object) -> None:
    """Change a tournament's rules behind Herald's back."""

    async def body() -> None:
        await Tournament.filter(id=1).update(**values)

    await world.herald.units.run(body)
