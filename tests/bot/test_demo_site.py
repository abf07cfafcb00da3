"""The start page over HTTP: what it shows, what can be done there, and for whom it is."""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import aiohttp
import pytest
from yarl import URL

from bot.demo.scene import SUMMER
from bot.demo.site import HEADERS, PARTS, PEOPLE, listen, serve
from tests.bot.demo_world import DemoWorld
from tests.bot.people import labels

ACTS = (
    "hand-in",
    "pause",
    "resume",
    "close-dms/Ann",
    "open-dms/Ann",
    "delete-channel",
    "create-channel",
    "kill",
    "revive",
    "break-discord",
)


@dataclass(frozen=True)
class Client:
    """A browser without scripts at the start page."""

    world: DemoWorld
    session: aiohttp.ClientSession

    async def page(self) -> str:
        async with self.session.get("/") as answer:
            assert answer.status == 200
            return await answer.text()

    async def press(self, path: str) -> str:
        """Press a button; returns what the page then says."""
        async with self.session.post(path, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/")
        return await self.said()

    async def said(self) -> str:
        return part(await self.page(), "said")

    async def controls(self) -> dict[str, bool]:
        """The labels of the controls, and whether each can be used."""
        found = re.findall(r"<button id=\"do-[^\"]*\"([^>]*)>([^<]*)<", await self.page())
        return {html.unescape(label): "disabled" not in state for state, label in found}

    async def live(self) -> AsyncGenerator[dict[str, str]]:
        """What the live stream sends."""
        async with self.session.get("/live") as answer:
            assert answer.content_type == "text/event-stream"
            async for line in answer.content:
                if line.strip():
                    yield json.loads(line.removeprefix(b"data: "))


def part(page: str, name: str) -> str:
    """The text of a part of the page, up to what has the next id, with a space for each tag and break."""
    _, opening, rest = page.partition(f' id="{name}"')
    assert opening, name
    inner = re.split(r"<\w+ id=", rest.partition(">")[2])[0]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", inner)).split())


@pytest.fixture
async def client(world: DemoWorld) -> AsyncGenerator[Client]:
    async with serve(world.site, listen((0,))) as url, aiohttp.ClientSession(url) as session:
        yield Client(world, session)


async def test_the_page_shows_places_people_and_the_inside(client: Client) -> None:
    await client.world.rest()
    page = await client.page()
    for name in PARTS:
        assert f'id="{name}"' in page
    for channel in client.world.stage.channels:
        assert f'href="/open/channel/{channel}"' in page
    for name in PEOPLE:
        assert f'action="/be/{name}"' in page
        assert f'href="/open/dms/{name}"' in page
    assert "The bot is running" in part(page, "state")
    assert part(page, "proof") == "lost 0 doubled 0 out of order 0"
    tally = (await client.world.desk.look()).tally
    assert part(page, "counts").startswith(f"{tally.sent} sent, 0 waiting , 0 refused")
    assert "RaceSubmitted" in page
    assert "run card to #review" in page
    assert "Eli handed in" in page
    for link in re.findall(r"(?:href|src)=\"(/static/[^\"]*)\"", page):
        async with client.session.get(link) as answer:
            assert answer.status == 200


async def test_what_people_write_is_text_and_nothing_else(client: Client) -> None:
    name = "</li><script>alert('1')</script>&amp;"
    await client.world.people.create(name)
    await client.world.rest()
    page = await client.page()
    assert html.escape(name).replace("&#x27;", "&#39;") in page
    assert name not in page
    assert page.count("<script") == 1
    stream = client.live()
    assert name not in (await anext(stream))["trail"]
    await stream.aclose()
    # Nor is it in a refusal, which is no HTML.
    async with client.session.get("/open/channel/<script>", allow_redirects=False) as answer:
        assert answer.status == 404
        assert answer.content_type == "text/plain"


async def test_the_live_stream_sends_all_parts_first_and_then_those_that_changed(client: Client) -> None:
    await client.world.rest()
    stream = client.live()
    async with asyncio.timeout(10):
        first = await anext(stream)
        assert set(first) == set(PARTS)
        await client.press("/be/Ann")
        changed = await anext(stream)
        assert set(changed) == {"said", "people", "controls"}
        assert "You are Ann now." in changed["said"]
        assert "Ann&#39;s DMs" in changed["controls"]
        await client.world.people.hand_in("Ann", cup=SUMMER)
        await client.world.rest()
        seen: dict[str, str] = {}
        while not {"events", "queue", "trail", "channels", "counts"} <= set(seen):
            seen |= await anext(stream)
        assert "Ann handed in" in seen["trail"]
        assert not {"said", "people", "controls", "proof"} & set(seen)
        # It ends with the demo, and lets it end.
        client.world.site.end()
        assert [news async for news in stream] == []


async def test_a_place_opens_at_an_address_of_its_own_and_the_start_page_stays(client: Client) -> None:
    await client.press("/be/Rae")
    seen: list[URL] = []
    for path, place in (("channel/review", "#review as Rae"), ("dms/Zoe", "Zoe's DMs as Zoe")):
        async with client.session.get(f"/open/{path}", allow_redirects=False) as answer:
            assert answer.status == 303
            assert answer.headers["Location"] == client.world.window.url
            seen.append(URL(answer.headers["Location"]))
        page = await client.page()
        assert f">Back to {place}<" in html.unescape(page)
        assert str(seen[-1]) in page
        async with client.session.get(seen[-1]) as answer:
            assert answer.status == 200
    assert seen[0] != seen[1]
    await client.world.window.close()
    assert "Back to" not in await client.page()


async def test_every_answer_is_guarded_and_only_this_machines_own_pages_are_answered(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    async def ask(method: str, path: str, **headers: str) -> int:
        async with client.session.request(method, path, headers=headers, allow_redirects=False) as answer:
            assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, (path, headers)
            if 400 <= answer.status < 500 and not path.startswith("/static"):
                assert re.search(r"\w+ \w+", await answer.text())
            return answer.status

    async with client.session.get("/") as answer:
        host = answer.url.authority
    own = f"http://{host}"
    for path in ("/", "/live", "/static/start.css"):
        assert await ask("GET", path) == 200
    assert await ask("GET", "/open/channel/races") == 303
    assert await ask("POST", "/do/pause") == 303
    for path in ("/open/channel/nowhere", "/open/dms/Nobody", "/open/elsewhere/races", "/nothing", "/static/nothing"):
        assert await ask("GET", path) == 404
    # Kim is one of the crowd: nobody is to be her.
    for path in ("/be/Kim", "/be/Nobody", "/do/nothing", "/do/close-dms", "/do/close-dms/Kim", "/do/kill/Ann"):
        assert await ask("POST", path) == 404
    assert await ask("GET", "/do/kill") == 405
    assert await ask("GET", "/static/..%2fstart.html") in (403, 404)

    port = host.partition(":")[2]
    for good in (host, f"localhost:{port}"):
        assert await ask("POST", "/do/resume", Host=good, Origin=f"http://{good}") == 303
    for bad in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "[", "127.0.0.2"):
        assert await ask("GET", "/", Host=bad) == 403
        assert await ask("POST", "/do/kill", Host=bad, Origin=own) == 403
    for bad in ("https://evil.example", "http://127.0.0.1:1", "null", "http://[", f"http://localhost:{port}"):
        assert await ask("POST", "/do/kill", Origin=bad) == 403
    assert client.world.stage.alive

    client.world.people.execute("DROP TABLE message")
    assert await ask("GET", "/") == 500
    assert "no such table" in caplog.text


async def test_the_controls_offer_what_can_be_done_now(client: Client) -> None:
    calm = {
        "Kill the bot": True,
        "Start a fresh bot": False,
        "Discord answers 500 for ten seconds": True,
        "Delete the channel #announcements": True,
        "Close Olga's DMs": True,
        "Let a racer hand in a run": True,
        "Let the racers rest": True,
    }
    client.world.stage.wire.delay = 0.01
    assert await client.controls() == calm
    await client.press("/do/kill")
    assert "The bot is dead" in part(await client.page(), "state")
    dead = {"Kill the bot": False, "Start a fresh bot": True, "Let a racer hand in a run": False}
    assert await client.controls() == calm | dead
    await client.press("/do/revive")
    await client.press("/do/pause")
    await client.press("/do/close-dms/Olga")
    await client.press("/do/delete-channel")
    await client.press("/do/break-discord")
    assert "Discord answers 500 for 10 s more" in part(await client.page(), "state")
    assert await client.controls() == {
        "Kill the bot": True,
        "Start a fresh bot": False,
        "Discord answers 500 for ten seconds": False,
        "Create #announcements anew": True,
        "Open Olga's DMs": True,
        "Let a racer hand in a run": True,
        "Let the racers go on": True,
    }
    assert 'href="/open/channel/announcements"' not in await client.page()
    await client.press("/be/Ann")
    assert (await client.controls())["Close Ann's DMs"]


async def test_what_is_pressed_twice_happens_once_and_is_answered_in_words(client: Client) -> None:
    world = client.world
    world.stage.wire.delay = 0.01
    for act in ACTS:
        # At once, as by an impatient double click, and then again.
        answers = await asyncio.gather(*(client.session.post(f"/do/{act}") for _ in range(2)))
        assert [answer.status for answer in answers] == [200, 200], act
        said = await client.press(f"/do/{act}")
        assert said.endswith("."), act
        assert len(said) > 10
    names = [channel.name for channel in world.stage.env.backend.channels.values()]
    assert names.count("announcements") == 1
    assert world.director.outage is not None
    # Only the outage is left of all that troubled.
    assert len(world.stage.env.backend.faults) == 1
    await world.director.end()
    assert world.stage.env.backend.faults == []
    assert world.director.outage is None
    assert not world.crowd.paused
    tally = await world.tally()
    assert (tally.lost, tally.doubled, tally.out_of_order) == (0, 0, 0)


async def test_what_a_dead_bot_cannot_do_is_said(client: Client) -> None:
    client.world.stage.wire.delay = 0.01
    assert "killed" in await client.press("/do/kill")
    assert await client.press("/do/hand-in") == "Nobody can hand in a run while the bot is dead."
    assert "dead already" in await client.press("/do/kill")
    await client.press("/do/revive")
    assert re.fullmatch(r"\w+ handed in a run\.", await client.press("/do/hand-in"))
    await client.world.rest()
    for card in client.world.stage.posts("review"):
        if "Approve" in labels(card):
            await client.world.people.press("Kim", card, "Approve")
    await client.world.people.slash("Olga", "tournament end", tournament=SUMMER)
    assert await client.press("/do/hand-in") == "No racer could hand in a run."


async def test_a_look_that_is_broken_off_is_not_taken_for_the_newest_picture(client: Client) -> None:
    world = client.world
    before = (await world.tally()).lost
    world.people.execute("DELETE FROM audit_entry WHERE action = 'TournamentStarted'")
    for step in range(20):
        looking = asyncio.create_task(world.desk.look())
        await asyncio.wait([looking], timeout=step / 2000)
        looking.cancel()
        await asyncio.wait([looking])
    assert (await world.desk.look()).tally.lost == before + 1
