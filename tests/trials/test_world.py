"""The world remembers what it showed, and goes wrong only as it was told to."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from tests.trials.clock import SharedClock
from tests.trials.world import REMEMBERS_NONCES, STORM, Trouble, Worlds

NEWS = "api/v10/channels/4001/messages"
CUT = aiohttp.ClientError


class Client:
    """Speaks to the world of one trial."""

    def __init__(self, server: TestServer, session: aiohttp.ClientSession) -> None:
        self._server = server
        self._session = session
        self.clock = SharedClock(datetime.now(UTC), time.monotonic())

    async def ask(self, method: str, path: str = "", body: Any = None, **query: int) -> tuple[int, Any]:
        url = self._server.make_url(f"/trial/{path}".rstrip("/"))
        async with self._session.request(method, url, json=body, params=query) as response:
            return response.status, await response.json()

    async def make(self, **plan: Any) -> None:
        usual: dict[str, Any] = {"at": {}, "targets": {}, "rate": 0.0, "seed": 1, "clock": self.clock.to_dict()}
        await self.ask("PUT", body={**usual, **plan})

    async def wait(self, seconds: float) -> None:
        clock = self.clock
        self.clock = SharedClock(clock.start, clock.origin, clock.rate, clock.ahead + seconds)
        await self.ask("PATCH", body=self.clock.to_dict())

    async def post(self, event: int, nonce: str | None = None) -> int:
        embed = {"title": "News", "footer": {"text": f"Event #{event} · {nonce}"}}
        status, _ = await self.ask("POST", NEWS, {"embeds": [embed], "nonce": nonce, "enforce_nonce": True})
        return status

    async def edit(self, message_id: str) -> tuple[int, Any]:
        return await self.ask("PATCH", f"{NEWS}/{message_id}", {"embeds": [{"title": "Old"}], "components": []})

    async def shown(self) -> list[int]:
        """The events that were told, as the record has it."""
        _, record = await self.ask("GET")
        return [arrival["event"] for arrival in record["arrivals"]]


@pytest.fixture
async def client() -> AsyncGenerator[Client]:
    server = TestServer(Worlds().application())
    await server.start_server()
    async with aiohttp.ClientSession() as session:
        yield Client(server, session)
    await server.close()


async def test_a_nonce_keeps_a_message_from_showing_twice_for_a_few_minutes(client: Client) -> None:
    await client.make()
    await client.post(1, "once")
    await client.wait(REMEMBERS_NONCES.total_seconds() - 5)
    await client.post(1, "once")
    assert await client.shown() == [1]
    await client.wait(10)
    await client.post(1, "once")
    assert await client.shown() == [1, 1]


async def test_a_lost_reply_is_that_of_a_message_that_shows(client: Client) -> None:
    await client.make(at={1: Trouble.LOST, 2: Trouble.RESET})
    for event in (1, 2):
        with pytest.raises(CUT):
            await client.post(event)
    assert await client.shown() == [1]


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (Trouble.REFUSED, 403),
        (Trouble.GONE, 404),
        (Trouble.CLOSED, 403),
        (Trouble.LIMITED, 429),
        (Trouble.BROKEN, 500),
        (Trouble.UNAVAILABLE, 503),
    ],
)
async def test_a_request_that_is_turned_away_shows_nothing(client: Client, trouble: Trouble, status: int) -> None:
    await client.make(at={2: trouble})
    assert [await client.post(event) for event in (1, 2, 3)] == [200, status, 200]
    assert await client.shown() == [1, 3]


async def test_a_deleted_message_was_shown_and_is_not_found_again(client: Client) -> None:
    await client.make(at={1: Trouble.DELETED})
    with pytest.raises(CUT):
        await client.post(1)
    await client.post(2)
    assert await client.shown() == [1, 2]
    _, found = await client.ask("GET", NEWS)
    assert [message["embeds"][0]["footer"]["text"] for message in found] == ["Event #2 · None"]


async def test_history_gives_the_next_messages_the_newest_first(client: Client) -> None:
    await client.make()
    for event in range(5):
        await client.post(event)
    _, all_of_it = await client.ask("GET", NEWS)
    ids = [int(message["id"]) for message in all_of_it]
    assert ids == sorted(ids, reverse=True)
    _, next_two = await client.ask("GET", NEWS, after=ids[-1], limit=2)
    assert [int(message["id"]) for message in next_two] == [ids[2], ids[3]]


async def test_a_closed_person_refuses_each_dm(client: Client) -> None:
    await client.make(targets={"3004": Trouble.CLOSED})
    status, channel = await client.ask("POST", "api/v10/users/@me/channels", {"recipient_id": 3004})
    assert status == 200
    post = {"embeds": [{"title": "Hello"}]}
    status, refusal = await client.ask("POST", f"api/v10/channels/{channel['id']}/messages", post)
    assert (status, refusal["code"]) == (403, 50007)


async def test_a_storm_lets_the_same_requests_fail_for_the_same_seed(client: Client) -> None:
    async def fails() -> list[bool]:
        await client.make(rate=0.3)
        outcomes: list[bool] = []
        for event in range(60):
            try:
                outcomes.append(await client.post(event) != 200)
            except CUT:
                outcomes.append(True)
        return outcomes

    first = await fails()
    assert 8 <= sum(first) <= 28
    assert await fails() == first
    assert {Trouble.LOST, Trouble.RESET} < set(STORM)


async def test_a_post_can_be_edited_until_somebody_deletes_it(client: Client) -> None:
    await client.make(at={2: "deleted"})
    await client.post(1)
    with suppress(CUT):
        await client.post(2)
    _, history = await client.ask("GET", NEWS, after=0, limit=50)
    (post,) = history
    status, changed = await client.edit(post["id"])
    assert (status, changed["embeds"]) == (200, [{"title": "Old"}])
    assert await client.ask("GET", NEWS, after=0, limit=50) == (200, [changed])
    assert await client.edit("1") == (404, {"message": "Unknown Message", "code": 10008})
    assert await client.shown() == [1, 2]
