"""Twenty at the same moment ask for the same change: it happens once, and the others are answered in words."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from services.errors import NotFound, Unavailable, WrongState
from tests.services.changes import CHANGES
from tests.services.world import World

TIMES = 20

AS_OFTEN_AS_ASKED = {
    "make_code": "each code is another one",
    "add_seeds": "the same seeds are a slip the second time, which is said as one",
    "extend_race": "each asks for so many minutes more",
    "pin_board": "a board may be wanted anew where somebody has deleted it",
}
"""Changes of which each call is one of its own."""


@pytest.mark.parametrize("name", [n for n, change in CHANGES.items() if change.emits and n not in AS_OFTEN_AS_ASKED])
async def test_what_twenty_ask_for_at_once_happens_once(world: World, name: str) -> None:
    call = await CHANGES[name].prepare(world)
    start = world.last_event()
    outcomes = await asyncio.gather(*(call() for _ in range(TIMES)), return_exceptions=True)
    assert world.events(start) == list(CHANGES[name].emits)
    failures = [one for one in outcomes if isinstance(one, BaseException)]
    assert len(failures) < TIMES
    # None of the others was told that they may not; who waits for too long on a slow machine is told so.
    assert all(isinstance(one, NotFound | WrongState | Unavailable) for one in failures), failures
    after = world.dump()
    for _ in range(2):
        with contextlib.suppress(NotFound, WrongState):
            await call()
    assert world.dump() == after
