"""Races on one's own time in the demo: what a visitor finds of them, and how they are led to theirs."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable
from datetime import timedelta

import aiohttp
import pytest

from bot.demo.places import Place
from bot.demo.scene import CROWD, LEFT_WAITING
from bot.demo.site import listen, serve
from bot.demo.sprint import AT_ONCE, POOLS, SEEDS, SPRINT, labels
from bot.demo.transcript import body, shown
from services.attempts import COUNTDOWN
from tests.bot.demo_world import DemoWorld, until
from tests.bot.people import VOD, told

STAGES = "SELECT display_name, stage FROM attempt JOIN account ON account.id = racer_id ORDER BY attempt.id"


def under_way(world: DemoWorld) -> list[str]:
    return [name for name in CROWD if world.crowd.sprint.card(name) is not None]


def waiting(world: DemoWorld) -> int:
    return sum("Approve" in labels(card) for card in world.stage.posts("review"))


async def test_a_visitor_finds_races_that_count_one_that_waits_and_one_that_is_run(sprint: DemoWorld) -> None:
    await sprint.rest()
    assert sprint.people.select(STAGES) == [
        ("Gus", "submitted"),
        ("Hal", "submitted"),
        ("Gus", "submitted"),
        ("Hal", "racing"),
    ]
    seeds = "SELECT pool.name, count(*) FROM seed JOIN pool ON pool.id = pool_id GROUP BY pool.id"
    assert sprint.people.select(seeds) == [(pool, SEEDS) for pool in POOLS]
    board = body(shown(await sprint.people.slash("Ann", "tournament leaderboard", tournament=SPRINT)))
    assert board.count("50.000 · 1 run") == 2
    assert waiting(sprint) == LEFT_WAITING
    assert "Gus's run in Sprint Cup" in [
        card.embeds[0].title for card in sprint.stage.posts("review") if "Approve" in labels(card)
    ]
    tally = await sprint.tally()
    assert (tally.lost, tally.doubled, tally.out_of_order, tally.waiting, tally.refused) == (0, 0, 0, 0, 0)


async def test_the_crowd_goes_on_racing_however_often_it_has_raced_each_seed(sprint: DemoWorld) -> None:
    async def act_on(done: Callable[[], object]) -> None:
        for _ in range(60):
            if done():
                return
            events = len(sprint.people.events())
            await sprint.crowd.act()
            await sprint.stage.env.advance_time(30)
            assert len(sprint.people.events()) > events
            assert len(under_way(sprint)) <= AT_ONCE
            assert waiting(sprint) <= LEFT_WAITING + 1
        raise AssertionError("it never came to that")

    await act_on(lambda: len(sprint.people.select(STAGES)) == 8)
    # Where nobody can be given a seed any more, Olga adds one.
    sprint.people.execute("UPDATE seed SET retired_at = created_at")
    await act_on(lambda: len(sprint.people.select("SELECT id FROM seed")) > len(POOLS) * SEEDS)
    assert (await sprint.tally()).lost == 0


async def start(world: DemoWorld, name: str, pool: str) -> str:
    """Start a race as a visitor does; returns what they are told of its thread."""
    asked = await world.people.slash(name, "race start", tournament=SPRINT, pool=pool)
    started = await world.people.press(name, shown(asked), "Start: there is no way back")
    await world.rest()
    return told(started)


async def test_a_visitor_is_led_to_the_thread_of_their_race_and_it_is_marked_when_archived(sprint: DemoWorld) -> None:
    sprint.stage.wire.delay = 0.01
    async with serve(sprint.site, listen((0,))) as url, aiohttp.ClientSession(url) as session:

        async def page() -> str:
            async with session.get("/") as answer:
                return html.unescape(await answer.text())

        await session.post("/be/Ann")
        assert "Ann's race" not in await page()
        posts = sprint.stage.posts("races")
        await start(sprint, "Ann", "Open")
        # To everybody else, nothing has happened in the channel.
        assert [one for one in sprint.stage.posts("races") if not one.flags.ephemeral] == [
            one for one in posts if not one.flags.ephemeral
        ]
        (thread,) = sprint.stage.threads("Ann")
        link = f'href="/open/thread/{thread.id}"'
        found = await page()
        assert f'{link}>Ann\'s race</a> <span class="new">1 new</span>' in found
        assert f'{link}>{thread.name}</a> <span class="new">1 new</span>' in found
        assert found.index('id="channel-races"') < found.index(f'id="thread-{thread.id}"')
        assert f"race card to {thread.name}" in found
        async with session.get(f"/open/thread/{thread.id}", allow_redirects=False) as answer:
            assert answer.headers["Location"] == sprint.window.url
        found = await page()
        assert f"Back to {thread.name} as Ann" in found
        assert f"{thread.name}</a></li>" in found

        # Nobody else is led there, nor can they go.
        await session.post("/be/Bo")
        assert link not in await page()
        async with session.get(f"/open/thread/{thread.id}", allow_redirects=False) as answer:
            assert answer.status == 404
        with pytest.raises(KeyError):
            await sprint.window.open(Place(thread.name or "", thread=thread.id), "Bo")

        await session.post("/be/Ann")
        await sprint.people.press("Ann", thread.history()[0], "Ready")
        await sprint.stage.env.advance_time(60)
        await sprint.people.press("Ann", thread.history()[0], "Finish")
        form = await sprint.people.press("Ann", thread.history()[0], "Hand in")
        await sprint.people.fill_in("Ann", form, vod=VOD)
        await sprint.rest()
        await sprint.stage.env.advance_time(5)
        found = await page()
        assert f'{link}>{thread.name}</a> <span class="hint">archived</span>' in found
        assert "Ann's race" not in found
        sprint.stage.env.backend.delete_channel(thread.id)
        assert link not in await page()


async def test_the_threads_of_a_channel_go_with_it(sprint: DemoWorld) -> None:
    asked = await sprint.people.slash("Ann", "race start", at="announcements", tournament=SPRINT, pool="Open")
    await sprint.people.press("Ann", shown(asked), "Start: there is no way back")
    await sprint.rest()
    (thread,) = sprint.stage.threads("Ann")
    await sprint.window.open(Place(thread.name or "", thread=thread.id), "Ann")
    await sprint.director.delete_channel()
    assert sprint.window.place is None
    assert sprint.stage.threads("Ann") == []
    await sprint.rest()
    assert sprint.people.select("SELECT thread_state FROM attempt ORDER BY id DESC LIMIT 1") == ["gone"]


async def test_the_countdown_goes_with_the_clock_on_the_wall_and_holds_up_nobody(sprint: DemoWorld) -> None:
    await sprint.director.catch_up()
    await start(sprint, "Ann", "Open")
    (thread,) = sprint.stage.threads("Ann")
    await sprint.director.catch_up()
    await sprint.people.press("Ann", thread.history()[0], "Ready")
    await sprint.stage.settle()
    # Simulated time stands still until the wall's has come that far, and neither page nor people wait for it.
    before = sprint.stage.env.now()
    async with asyncio.timeout(COUNTDOWN.total_seconds()):
        await sprint.director.beat()
        assert (await sprint.desk.look()).tally.lost == 0
        assert "GO!" not in body(thread.history()[0])
        await sprint.people.slash("Bo", "tournament list")
    assert sprint.stage.env.now() - before < COUNTDOWN
    await sprint.stage.env.advance_time(COUNTDOWN.total_seconds())
    assert "GO!" in body(thread.history()[0])
    await sprint.people.press("Ann", thread.history()[0], "Finish")
    await sprint.people.press("Ann", thread.history()[0], "Undo")
    assert labels(thread.history()[0]) == ["Finish", "Forfeit"]
    await sprint.people.press("Ann", thread.history()[0], "Finish")
    await sprint.stage.env.advance_time(timedelta(seconds=61).total_seconds())
    assert "more than a minute ago" in told(await sprint.people.slash("Ann", "race undo"))


async def test_a_thread_takes_its_time_and_a_kill_meanwhile_opens_no_second_one(sprint: DemoWorld) -> None:
    opened = len(sprint.stage.wire.threads)
    sprint.stage.wire.delay = 0.05
    for name in ("Ann", "Bo"):
        asked = await sprint.people.slash(name, "race start", tournament=SPRINT, pool="Open")
        starting = asyncio.create_task(sprint.people.press(name, shown(asked), "Start: there is no way back"))
        if name == "Ann":
            await sprint.stage.wire.busy()
        else:
            # Discord has it, and the bot has not heard of it.
            await until(lambda: len(sprint.stage.wire.threads) > opened + 1)
        await sprint.stage.kill()
        await asyncio.wait([starting])
        await sprint.director.revive()
        await sprint.rest()
        (thread,) = sprint.stage.threads(name)
        assert labels(thread.history()[0]) == ["Ready", "Forfeit"]
    assert len(sprint.stage.wire.threads) == opened + 2
    tally = await sprint.tally()
    assert (tally.lost, tally.doubled, tally.out_of_order) == (0, 0, 0)
    # Were there a second one, it would be seen.
    sprint.stage.wire.threads.append(sprint.stage.wire.threads[-1])
    assert (await sprint.tally()).doubled == 1
