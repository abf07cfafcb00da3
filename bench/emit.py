"""What an event costs the change that it tells of: a unit of work with it, beside the same without it.

With it, a unit also writes the event and one delivery for each of Herald's listeners. Nothing is delivered meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from statistics import median

from bench.stand import community, cup, fresh, insert, silent
from bench.table import SQLITE, Goal, Row, in_turns, ratio
from models import TournamentType
from services.actor import Actor
from services.herald import Herald

UNITS = 60
"""Units in a round."""


async def emit(engine: str, folder: Path) -> list[Row]:
    """What a command does, and the least that a change can do, one after the other."""
    goal = Goal(1.5 if engine == SQLITE else 1.4, at_most=True)
    async with community(fresh(engine, folder)) as (herald, founder):
        kinds = {
            "emit in the unit of /tournament create": partial(_command, herald, founder),
            "emit in a unit that inserts one row": partial(_least, herald, founder),
        }
        runs = {
            (kind, told): partial(_timed, herald, work, told=told)
            for kind, work in kinds.items()
            for told in (True, False)
        }
        took = await in_turns(runs)
    return [
        Row(
            what,
            engine,
            goal,
            (ratio(took[what, True], took[what, False]),),
            (median(took[what, True]),),
            (median(took[what, False]),),
            "µs",
            "the same unit without its event",
            "the event",
        )
        for what in kinds
    ]


async def _command(herald: Herald, founder: Actor) -> None:
    await herald.tournaments.create(founder, name=cup(), type=TournamentType.SPEEDRUN)


async def _least(herald: Herald, founder: Actor) -> None:
    await herald.units.run(partial(insert, founder.organization_id, herald.bus))


async def _timed(herald: Herald, work: Callable[[], Awaitable[None]], *, told: bool) -> float:
    """Microseconds a unit."""
    with nullcontext() if told else silent(herald.bus):
        begin = time.perf_counter()
        for _ in range(UNITS):
            await work()
        return (time.perf_counter() - begin) / UNITS * 1e6
