from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from discord.http import Route
from hypothesis import given
from hypothesis import strategies as st

from bot.client import create_bot
from bot.settings import Settings
from services.budget import CAUTIOUS_FROM, LIMIT, RESERVE, WINDOW, RequestBudget
from tests.services.closed_dms import Crowd
from tests.services.world import Clock, World


def spend(budget: RequestBudget, times: int) -> None:
    for _ in range(times):
        budget.note()


def test_what_is_older_than_the_window_counts_no_more() -> None:
    clock = Clock()
    budget = RequestBudget(clock)
    spend(budget, 3)
    clock.advance(minutes=9)
    budget.note()
    assert budget.used() == 4
    clock.advance(minutes=1)
    assert budget.used() == 1
    clock.advance(minutes=9)
    assert budget.used() == 0


def test_everything_waits_once_only_the_reserve_is_left() -> None:
    clock = Clock()
    budget = RequestBudget(clock)
    start = clock()
    spend(budget, LIMIT - RESERVE - 1)
    assert budget.closed_until() is None
    clock.advance(minutes=1)
    spend(budget, 3)
    assert budget.closed_until() == start + WINDOW
    clock.advance(minutes=9)
    assert budget.closed_until() is None


def test_dms_slow_down_as_the_budget_nears_its_end() -> None:
    clock = Clock()
    budget = RequestBudget(clock)
    waits: list[timedelta] = []
    for used in (0, CAUTIOUS_FROM, CAUTIOUS_FROM + 200, LIMIT - RESERVE - 1):
        spend(budget, used - budget.used())
        budget.note_dm()
        closed_until = budget.dms_closed_until()
        waits.append(closed_until - clock() if closed_until else timedelta())
    assert waits[0] == timedelta()
    assert timedelta(seconds=1) < waits[1] < waits[2] < waits[3]


def test_a_clock_that_is_set_back_does_not_close_the_budget_for_good() -> None:
    clock = Clock()
    budget = RequestBudget(clock)
    spend(budget, LIMIT)
    clock.advance(days=-1)
    assert budget.used() == 0
    assert budget.closed_until() is None


@given(st.lists(st.tuples(st.floats(0, 900), st.booleans()), max_size=60), st.integers(0, LIMIT))
def test_whoever_waits_as_told_stays_within_the_limit(steps: list[tuple[float, bool]], before: int) -> None:
    clock = Clock()
    budget = RequestBudget(clock)
    spend(budget, min(before, LIMIT - RESERVE))
    for seconds, dm in steps:
        clock.advance(seconds=seconds)
        for _ in range(40):
            if budget.closed_until() or (dm and budget.dms_closed_until()):
                break
            if dm:
                budget.note_dm()
            budget.note()
            assert budget.used() <= LIMIT - RESERVE
        for closed_until in (budget.closed_until(), budget.dms_closed_until()):
            assert closed_until is None or closed_until > clock()


async def test_a_crowd_whose_dms_are_closed_is_tried_slowly_and_nobody_twice_in_a_day(world: World) -> None:
    crowd = await Crowd.gather(world, 120)
    spend(world.herald.budget, CAUTIOUS_FROM - 50)
    world.start()
    await world.settle()
    # The first ones go at once. As the budget shrinks, one DM waits for the next.
    assert 50 <= crowd.tried <= 60
    tried = crowd.tried
    await world.pass_time(seconds=60)
    assert 0 < crowd.tried - tried < 60
    await crowd.finish(seconds=30)
    assert crowd.most_used < LIMIT - RESERVE
    assert set(crowd.attempts().values()) == {1}
    world.clock.advance(hours=1)
    await crowd.once_more()
    assert set(crowd.attempts().values()) == {1}


async def test_what_was_refused_shortly_before_a_restart_still_counts(world: World) -> None:
    await Crowd.gather(world, 1)
    world.start()
    await world.settle()
    await world.restart()
    await world.settle()
    assert world.herald.budget.used() == 1
    await world.pass_time(minutes=11)
    await world.restart()
    await world.settle()
    assert world.herald.budget.used() == 0


def like_discord(data: dict[str, Any], *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    # With the charset that aiohttp adds, discord.py would not take it for JSON.
    return web.Response(body=json.dumps(data).encode(), content_type="application/json", status=status, headers=headers)


async def test_every_invalid_answer_of_discord_is_counted(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait, via = {"retry_after": 0.001, "global": False}, {"Via": "1.1 discord"}
    answers = [
        like_discord({"id": "1", "username": "Herald", "discriminator": "0", "avatar": None}),
        like_discord({"message": "Missing Access", "code": 50001}, status=403),
        like_discord(wait, status=429, headers=via),
        like_discord(wait, status=429, headers={**via, "X-RateLimit-Scope": "shared"}),
        like_discord({"message": "Unknown Channel", "code": 10003}, status=404),
    ]

    async def answer(_: web.Request) -> web.Response:
        return answers.pop(0)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    bot = create_bot(Settings(database_url=f"sqlite://{tmp_path_factory.mktemp('budget') / 'herald.sqlite3'}"))
    monkeypatch.setattr(Route, "BASE", f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        await bot.http.static_login("token")
        with pytest.raises(Exception, match="Missing Access"):
            await bot.http.get_channel(1)
        # Told twice to wait, and then that there is none.
        with pytest.raises(Exception, match="Unknown Channel"):
            await bot.http.get_channel(2)
        assert bot.herald.budget.used() == 2
    finally:
        await bot.http.close()
        await runner.cleanup()
