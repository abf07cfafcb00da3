"""The visitor's window: it goes where they go, and lets them act as in Discord."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from bot.demo.places import Place
from bot.demo.scene import LEFT_WAITING, SUMMER
from tests.bot.demo_world import DemoWorld, until
from tests.bot.people import CUP, labels

Json = dict[str, Any]
REVIEW, RACES = Place("review"), Place("races")


class Visitor:
    """What the page in the window says to its server; `page` is as the visitor last saw it."""

    def __init__(self, session: aiohttp.ClientSession, page: Json) -> None:
        self._session = session
        self._numbers = itertools.count(1)
        self.page = page

    @property
    def shown(self) -> list[str]:
        """The titles of the messages that the page shows, the oldest first."""
        messages = [self.page["messages"][id] for id in self.page["timeline"]]
        return [message["embeds"][0]["title"] for message in messages if message["embeds"]]

    async def look(self) -> None:
        async with self._session.get("/api/state", headers={"X-Simcord-Context": self.page["context"]["id"]}) as answer:
            assert answer.status == 200
            self.page = await answer.json()

    async def press(self, label: str) -> Json:
        """Press the button with this label on the oldest message that has one."""
        for id in self.page["timeline"]:
            for row in self.page["messages"][id]["components"]:
                for button in row["components"]:
                    if button["label"] == label:
                        return await self.act("click", target_id=id, control_key=button["control_key"])
        raise AssertionError(f"no button {label!r}: {self.shown}")

    async def act(self, kind: str, **more: Any) -> Json:
        number = next(self._numbers)
        body = {
            "kind": kind,
            "protocol_version": self.page["protocolVersion"],
            "sequence": number,
            "request_id": f"request {number}",
            "generation": self.page["context"]["generation"],
            "bot_generation": self.page["botGeneration"],
            "published_revision": self.page["publishedRevision"],
            **more,
        }
        headers = {"X-Simcord-Context": self.page["context"]["id"]}
        async with self._session.post("/api/action", json=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()


@asynccontextmanager
async def visitor(url: str) -> AsyncGenerator[Visitor]:
    """Somebody's browser at the address of the window."""
    base, capability = url.split("#")
    async with aiohttp.ClientSession(base, headers={"X-Simcord-Capability": capability}) as session:
        async with session.post("/api/pages", json={}) as answer:
            assert answer.status == 200
            page = await answer.json()
        yield Visitor(session, page)


def who(page: Json) -> str:
    return next(one["name"] for one in page["viewers"] if one["id"] == page["viewerId"])


async def test_the_window_shows_one_place_at_a_time_to_whoever_the_visitor_is(world: DemoWorld) -> None:
    window = world.window
    assert (window.url, window.place) == (None, None)
    first = await window.open(REVIEW, "Rae")
    async with visitor(first) as browser:
        assert who(browser.page) == "Rae"
        assert browser.page["channel"]["name"] == "review"
        assert len(browser.shown) == LEFT_WAITING
    second = await window.open(Place("Zoe", dm=True), "Rae")
    assert (window.place, window.url) == (Place("Zoe", dm=True), second)
    # In somebody's DMs, one is that person.
    assert window.viewer == "Zoe"
    async with visitor(second) as browser:
        assert who(browser.page) == "Zoe"
        assert browser.shown == ["Invitation to Racing Club"]
    with pytest.raises(aiohttp.ClientConnectionError):
        async with visitor(first):
            pass
    async with visitor(await window.open(RACES, "Olga")) as browser:
        assert who(browser.page) == "Olga"
        assert SUMMER in browser.shown
    await window.close()
    await window.close()
    assert (window.url, window.place) == (None, None)


async def test_who_goes_nowhere_stays_where_they_are(world: DemoWorld) -> None:
    url = await world.window.open(REVIEW, "Rae")
    for place, viewer in [(Place("nowhere"), "Rae"), (Place("Nobody", dm=True), "Rae"), (RACES, "Nobody")]:
        with pytest.raises(KeyError):
            await world.window.open(place, viewer)
    assert (world.window.url, world.window.place) == (url, REVIEW)
    async with visitor(url) as browser:
        assert who(browser.page) == "Rae"


async def test_what_arrives_unseen_is_counted_until_somebody_looks(world: DemoWorld) -> None:
    review, races = (world.stage.channels[name].id for name in ("review", "races"))
    counted = world.unread.at(review)
    assert counted == LEFT_WAITING
    await world.crowd.hand_in()
    await world.rest()
    assert world.unread.at(review) == counted + 1
    await world.window.open(REVIEW, "Rae")
    assert world.unread.at(review) == 0
    # Who looks sees what comes; what only one person sees is no news.
    await world.crowd.hand_in()
    await world.rest()
    before = world.unread.at(races)
    await world.people.slash("Ann", "race submit", tournament=CUP)
    assert (world.unread.at(review), world.unread.at(races)) == (0, before)
    await world.window.open(RACES, "Rae")
    await world.crowd.hand_in()
    await world.rest()
    assert world.unread.at(review) == 1


async def test_a_session_that_the_visitor_ends_is_noticed_though_nothing_else_happens(world: DemoWorld) -> None:
    url = await world.window.open(REVIEW, "Rae")
    world.unread.changed = False
    async with visitor(url) as browser:
        await browser.act("close")
    await until(lambda: world.window.ended)
    # It leads nowhere from the first moment on.
    assert world.window.url is None
    await world.director.beat()
    assert world.window.place is None
    await world.crowd.hand_in()
    await world.rest()
    assert world.unread.at(world.stage.channels["review"].id) == 1
    # One that ends while somebody else acts.
    async with visitor(await world.window.open(REVIEW, "Rae")) as browser:
        async with world.stage.turn:
            ending = asyncio.create_task(browser.act("close"))
            await asyncio.sleep(0.02)
            refreshing = asyncio.create_task(world.window.refresh())
            await asyncio.sleep(0.02)
        await asyncio.gather(ending, refreshing)
    await world.window.refresh()
    assert world.window.place is None


async def test_a_press_while_somebody_else_acts_waits_for_its_turn(world: DemoWorld) -> None:
    url = await world.window.open(REVIEW, "Rae")
    async with visitor(url) as browser:
        async with world.stage.turn:
            pressing = asyncio.create_task(browser.press("Approve"))
            await asyncio.sleep(0.05)
            assert not pressing.done()
            await world.stage.env.advance_time(1)
        assert (await pressing)["settlement"] == "settled"
        await browser.look()
        pressed, _, time = await asyncio.gather(
            browser.press("Approve"), world.crowd.hand_in(), world.director.catch_up()
        )
        assert (pressed["rejected"], pressed["settlement"], time) == (False, "settled", None)
    await world.rest()
    waiting = [card for card in world.stage.posts("review") if "Approve" in labels(card)]
    assert len(waiting) == LEFT_WAITING - 2 + 1


async def test_a_press_on_a_page_that_is_behind_goes_through(world: DemoWorld) -> None:
    url = await world.window.open(REVIEW, "Rae")
    async with visitor(url) as browser:
        await world.crowd.hand_in()
        await world.rest()
        await world.window.refresh()
        pressed = await browser.press("Approve")
        assert (pressed["rejected"], pressed["settlement"]) == (False, "settled")
        assert pressed["revision"] > browser.page["publishedRevision"]
        # And on one that shows what an earlier bot has written.
        await browser.look()
        world.stage.wire.delay = 0.01
        await world.director.kill()
        assert (await browser.press("Approve"))["dispatched"]
        await world.director.revive()
        pressed = await browser.press("Approve")
        assert (pressed["rejected"], pressed["settlement"]) == (False, "settled")
    await world.rest()
    approved = [type for type in world.people.events() if type == "RaceApproved"]
    # What was pressed while the bot was dead, nobody heard.
    assert len(approved) == 2
