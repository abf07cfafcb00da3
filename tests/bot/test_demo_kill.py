"""The demo's bot is killed at any moment, and another one goes on where it stopped."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.demo.places import Place
from bot.demo.scene import SUMMER
from bot.demo.sprint import POOLS
from bot.demo.stage import attempt, open_stage
from bot.settings import Settings
from tests.bot.demo_world import DemoWorld, until

KILLS = 20
RACING_KILLS = 12


@asynccontextmanager
async def crowd_at_work(world: DemoWorld) -> AsyncGenerator[None]:
    """The crowd acts without a pause, and lets nothing stop it."""
    over = False

    async def act() -> None:
        while not over:
            if world.stage.alive:
                await attempt(world.crowd.act)
            await asyncio.sleep(0.002)

    acting = asyncio.create_task(act())
    yield
    over = True
    await acting


async def databases_open(count: int) -> None:
    """Wait until so many connections to the database are open; the start page has one of them."""

    def found() -> int:
        return sum("_connection_worker_thread" in thread.name for thread in threading.enumerate())

    await until(lambda: found() == count)


def tasks_of_the_bot(world: DemoWorld) -> list[asyncio.Task[Any]]:
    return [task for task in world.stage.env._work.tasks if not task.done()]


async def test_after_twenty_kills_at_any_moment_everything_has_arrived_once_and_in_order(world: DemoWorld) -> None:
    # Whatever comes of the seed has to hold for every other, too.
    dice = random.Random(20)  # noqa: S311 - nobody need find it hard to guess
    world.stage.wire.delay = 0.01
    before = (await world.tally()).sent
    async with crowd_at_work(world):
        for number in range(KILLS):
            if number % 2:
                # Often in the middle of its work, however slow the machine is.
                async with asyncio.timeout(40):
                    await world.stage.wire.busy()
            await asyncio.sleep(dice.uniform(0, 0.05))
            await world.stage.kill()
            assert tasks_of_the_bot(world) == []
            while not world.stage.alive:
                await world.director.revive()
    # On a slow machine the bot seldom lived long enough to send much: the crowd then makes up for it.
    for _ in range(KILLS):
        tally = await world.tally()
        assert (tally.lost, tally.doubled, tally.out_of_order, tally.waiting, tally.refused) == (0, 0, 0, 0, 0)
        if tally.sent >= before + KILLS // 2:
            break
        await world.crowd.act()
    tally = await world.tally()
    assert (tally.lost, tally.doubled, tally.out_of_order, tally.waiting, tally.refused) == (0, 0, 0, 0, 0)
    assert tally.sent >= before + KILLS // 2
    # And the work goes on: the crowd is not stuck at a run that the killed one left half reviewed.
    for _ in range(4):
        await world.crowd.act()
    assert (await world.tally()).sent > tally.sent


async def archived(world: DemoWorld) -> None:
    """Let each thread be archived that is to be, once all has been said in it."""
    for _ in range(40):
        await world.rest()
        if not world.people.select("SELECT 1 FROM attempt WHERE thread_state = 'closing'"):
            return
        async with world.stage.turn:
            await world.stage.env.advance_time(5)
    raise AssertionError("a thread is never archived")


async def test_after_kills_while_the_crowd_races_each_race_has_its_one_thread_and_its_one_run(
    sprint: DemoWorld,
) -> None:
    dice = random.Random(7)  # noqa: S311 - as above
    sprint.stage.wire.delay = 0.01
    over = False

    async def race() -> None:
        while not over:
            if sprint.stage.alive:
                await attempt(sprint.crowd.act)
                await attempt(sprint.director.catch_up)
                await attempt(go_on)
            await asyncio.sleep(0.002)

    async def go_on() -> None:
        async with sprint.stage.turn:
            if sprint.stage.alive:
                await sprint.stage.env.advance_time(25)

    racing = asyncio.create_task(race())
    for number in range(RACING_KILLS):
        # Half of them while a message or a thread is on its way.
        if number % 2:
            async with asyncio.timeout(40):
                await sprint.stage.wire.busy()
        await asyncio.sleep(dice.uniform(0, 0.4))
        await sprint.stage.kill()
        while not sprint.stage.alive:
            await sprint.director.revive()
    over = True
    await racing
    await archived(sprint)
    tally = await sprint.tally()
    assert (tally.lost, tally.doubled, tally.out_of_order, tally.waiting, tally.refused) == (0, 0, 0, 0, 0)
    races = sprint.people.select("SELECT id, thread_id, thread_state FROM attempt")
    assert len(races) > len(("Gus", "Hal")) * len(POOLS)
    assert {f"#{id}" for id, _, _ in races} == {name.rpartition(" ")[2] for name in sprint.stage.wire.threads}
    assert len(sprint.stage.wire.threads) == len(races) == len({thread_id for _, thread_id, _ in races})
    assert {state for _, _, state in races} <= {"open", "closed"}
    # Each was begun once, and is one run at most, which has one card.
    trail = await sprint.people.trail()
    assert sum("was given a seed in Sprint Cup" in line for line in trail) == len(races)
    runs = sprint.people.select("SELECT race_id FROM attempt WHERE race_id IS NOT NULL")
    assert len(runs) == len(set(runs)) > 1
    cards = [card.embeds[0].title for card in sprint.stage.posts("review")]
    assert sum("Sprint Cup" in (title or "") for title in cards) == len(runs)


async def test_a_dead_bot_answers_nobody_and_changes_nothing(world: DemoWorld) -> None:
    await world.rest()
    card = world.stage.posts("review")[0]
    tasks = asyncio.all_tasks()
    await databases_open(2)
    await world.stage.kill()
    await databases_open(1)
    assert asyncio.all_tasks() <= tasks
    with world.people.unchanged():
        asked = await world.people.slash("Ann", "tournament leaderboard", tournament=SUMMER)
        form = await world.people.slash("Hal", "race submit", tournament=SUMMER)
        pressed = await world.people.press("Kim", card, "Approve")
        assert await world.crowd.hand_in() is None
        await world.crowd.act()
        await world.director.catch_up()
    assert [one.response for one in (asked, form, pressed)] == [None, None, None]
    assert form.modal is None
    await world.stage.revive()
    # What nobody heard is not caught up on; what is asked now is answered.
    assert (await world.tally()).waiting == 0
    assert len(world.stage.posts("review")) == 3
    assert (await world.people.slash("Hal", "race submit", tournament=SUMMER)).modal is not None


async def test_a_deleted_audit_row_and_nothing_else_is_lost(world: DemoWorld) -> None:
    assert (await world.tally()).lost == 0
    world.people.execute("DELETE FROM audit_entry WHERE action = 'TournamentStarted'")
    tally = await world.tally()
    assert (tally.lost, tally.doubled, tally.out_of_order) == (1, 0, 0)
    # A message that is said to be sent and is in nobody's channel.
    world.stage.wire.accepted.pop()
    assert (await world.tally()).lost == 2


async def test_the_visitors_window_stays_open_across_a_kill(world: DemoWorld) -> None:
    url = await world.window.open(Place("review"), "Rae")
    world.stage.wire.delay = 0.01
    assert "killed" in await world.director.kill()
    await world.window.refresh()
    assert world.window.url == url
    assert "fresh" in await world.director.revive()
    await world.window.refresh()
    assert world.window.url == url
    assert (await world.tally()).lost == 0


async def test_kills_and_starts_that_come_at_once_come_one_after_the_other(world: DemoWorld) -> None:
    world.stage.wire.delay = 0.01
    first = world.stage.bot
    killed = await asyncio.gather(world.director.kill(), world.director.kill())
    assert [text for text in killed if "already" in text] == [killed[1]]
    started = await asyncio.gather(world.director.revive(), world.director.revive())
    assert [text for text in started if "is running" in text] == [started[1]]
    assert world.stage.bot is not first
    # While one is being killed, the next is not started into its end; and the other way round.
    await asyncio.gather(world.director.kill(), world.director.revive(), world.director.kill())
    assert not world.stage.alive
    await world.director.revive()
    await databases_open(2)
    tally = await world.tally()
    assert (tally.lost, tally.doubled, tally.waiting) == (0, 0, 0)


async def test_a_start_that_takes_too_long_is_said_and_may_be_tried_again(
    world: DemoWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.stage.kill()

    async def never(**_: object) -> None:
        raise TimeoutError

    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(world.stage.env, "_settle_internal", never)
            assert "too busy" in await world.director.revive()
        assert not world.stage.alive
        await databases_open(1)
    assert "goes on" in await world.director.revive()
    await databases_open(2)
    await world.crowd.hand_in()
    tally = await world.tally()
    assert (tally.lost, tally.doubled, tally.waiting) == (0, 0, 0)


async def test_a_start_that_is_broken_off_leaves_no_database_open(settings: Settings) -> None:
    async with open_stage(settings) as stage:
        await stage.kill()
        starting = asyncio.create_task(stage.revive())
        await until(lambda: stage.bot.herald.database._context is not None)
        starting.cancel()
        await asyncio.wait([starting])
        assert starting.cancelled()
    await databases_open(0)


async def test_a_kill_finds_the_bot_at_work(world: DemoWorld) -> None:
    await world.rest()
    world.stage.wire.delay = 0.05
    await world.director.kill()
    waiting = world.people.select("SELECT attempts FROM message WHERE status = 'pending'")
    assert 1 in waiting
    await world.director.revive()
    assert (await world.tally()).lost == 0


async def test_a_step_that_fails_ends_neither_time_nor_the_crowd(
    world: DemoWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.demo.director.BEAT", 0.005)
    monkeypatch.setattr("bot.demo.scene.PAUSE", (0.005, 0.01))
    work = [asyncio.create_task(world.crowd.live()), asyncio.create_task(world.director.keep_time())]
    # Somebody acts who has not waited for the turn, and simcord refuses everybody else.
    world.stage.env._begin_operation("a test")
    await asyncio.sleep(0.1)
    world.stage.env._end_operation()
    sent, now = len(world.stage.wire.accepted), world.stage.env.now()
    await until(lambda: len(world.stage.wire.accepted) > sent and world.stage.env.now() > now)
    assert not any(task.done() for task in work)
    for task in work:
        task.cancel()
    await asyncio.wait(work)
    assert all(task.cancelled() for task in work)


async def test_only_somebody_elses_cancellation_is_got_over() -> None:
    async def broken_off() -> None:
        other = asyncio.create_task(asyncio.Event().wait())
        await asyncio.sleep(0)
        other.cancel()
        await other

    await attempt(broken_off)
    own = asyncio.create_task(attempt(asyncio.Event().wait))
    await asyncio.sleep(0)
    own.cancel()
    await asyncio.wait([own])
    assert own.cancelled()
