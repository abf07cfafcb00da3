"""The crowd, the time and the browser of the demo."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import webbrowser
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.browser import show_in_browser
from bot.demo.director import KEPT
from bot.demo.scene import AUTUMN, CROWD, LEFT_WAITING, SUMMER
from tests.bot.demo_world import BEFORE, DemoWorld
from tests.bot.people import labels

URL = "http://127.0.0.1:1/"


def waiting(world: DemoWorld) -> int:
    return sum("Approve" in labels(card) for card in world.stage.posts("review"))


async def test_a_visitor_finds_a_world_with_something_to_do_for_each_of_its_people(world: DemoWorld) -> None:
    await world.rest()
    assert dict(world.people.select("SELECT name, status FROM tournament")) == {SUMMER: "running", AUTUMN: "open"}
    assert waiting(world) == LEFT_WAITING
    (invite,) = world.stage.dms("Zoe")
    assert "Accept" in labels(invite)
    runners = world.people.select(
        "SELECT account.display_name FROM entrant JOIN account ON account.id = entrant.account_id "
        "JOIN tournament ON tournament.id = entrant.tournament_id WHERE tournament.name = ?",
        SUMMER,
    )
    assert set(runners) == {"Ann", "Bo", *CROWD}
    tally = await world.tally()
    assert (tally.lost, tally.doubled, tally.out_of_order, tally.waiting, tally.refused) == (0, 0, 0, 0, 0)


async def test_the_crowd_leaves_the_visitor_some_runs_and_never_stops(world: DemoWorld) -> None:
    for _ in range(6):
        before = len(world.people.events())
        await world.crowd.act()
        await world.rest()
        assert waiting(world) in (LEFT_WAITING, LEFT_WAITING + 1)
        assert len(world.people.events()) > before
    # However often the visitor asks, a racer is free to hand in a run.
    for _ in range(len(CROWD) + 2):
        assert await world.crowd.hand_in() in CROWD
        await world.rest()
        assert waiting(world) <= len(CROWD)
    # Nor if all wait for a review whose cards Discord does not take.
    stop = world.stage.wire.answer_with(500, channel_id=world.stage.channels["review"].id)
    for _ in range(2):
        assert await world.crowd.hand_in() in CROWD
    stop()
    await world.rest()
    # And none is left to review when the visitor has done it all.
    for card in world.stage.posts("review"):
        if "Approve" in labels(card):
            await world.people.press("Rae", card, "Approve")
    await world.crowd.act()
    await world.rest()
    assert waiting(world) == 1


async def test_time_comes_up_to_the_clock_on_the_wall_and_no_further(world: DemoWorld) -> None:
    assert datetime.now(UTC) - world.stage.env.now() > BEFORE - timedelta(minutes=5)
    transcript, requests = world.stage.env.backend.transcript, world.stage.env.backend.http_requests
    requests.extend(requests * (2 * KEPT // len(requests) + 1))
    newest = requests[-1]
    for _ in range(2):
        await world.director.beat()
        assert timedelta() <= datetime.now(UTC) - world.stage.env.now() < timedelta(seconds=5)
    assert len(requests) == KEPT
    assert requests[-1] is newest
    assert len(transcript) <= KEPT


async def test_the_racers_rest_while_they_are_told_to(world: DemoWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.demo.scene.PAUSE", (0.0, 0.001))
    await world.director.pause()
    living = asyncio.create_task(world.crowd.live())
    with world.people.unchanged():
        await asyncio.sleep(0.05)
    await world.director.resume()
    async with asyncio.timeout(10):
        world.stage.wire.delay = 0.01
        await world.stage.wire.busy()
    living.cancel()
    await asyncio.wait([living])


@contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """What is printed goes to a terminal."""
    ours, theirs = os.openpty()
    with os.fdopen(ours, "w"), os.fdopen(theirs, "w") as stream, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        yield


@pytest.mark.parametrize(
    ("environment", "is_terminal", "opens"),
    [
        ({"DISPLAY": ":0"}, True, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True, True),
        ({"DISPLAY": ":0"}, False, False),
        ({}, True, False),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "somewhere"}, True, False),
    ],
)
def test_a_browser_is_opened_only_where_somebody_sees_it(
    environment: dict[str, str],
    is_terminal: bool,
    opens: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(webbrowser, "open", opened.append)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    before = set(threading.enumerate())
    if is_terminal:
        with terminal(monkeypatch):
            show_in_browser(URL)
    else:
        show_in_browser(URL)
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
    assert opened == ([URL] if opens else [])
