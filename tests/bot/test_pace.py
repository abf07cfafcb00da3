"""Herald asks Discord no faster than Discord answers."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pace import Pace
from bot.threads import DiscordThreads
from tests.bot.people import People

MOST = 50
"""Requests a second that Discord answers a bot."""


class Counted(Pace):
    """Lets everybody pass, and counts them."""

    turns = 0

    async def turn(self) -> None:
        self.turns += 1


@given(st.lists(st.floats(0, 0.1), min_size=1, max_size=300))
def test_no_second_has_more_turns_than_discord_answers(pauses: list[float]) -> None:
    pace, now, turns = Pace(), 1000.0, list[float]()
    for pause in pauses:
        now += pause
        turns.append(now + pace.take(now))
    assert all(one <= next for one, next in pairwise(turns))
    assert all(number - bisect_left(turns, at - 1) < MOST for number, at in enumerate(turns))


def test_who_asks_seldom_does_not_wait() -> None:
    pace = Pace()
    assert [pace.take(now * 0.03) for now in range(1000, 1100)] == [0] * 100
    assert [pace.take(100) for _ in range(5)] == pytest.approx([0] * 5)
    assert pace.take(100) == pytest.approx(1 / 40)


async def test_what_is_sent_or_edited_and_what_is_done_to_threads_keeps_to_it(club: People) -> None:
    pace = Counted()
    await club.restart(pace=pace)
    before = len(club.stage.env.http_requests)
    await club.tournament()
    await club.stage.settle()
    asked = club.stage.env.http_requests[before:]
    sent = [one for one in asked if one.method in ("POST", "PATCH") and "/channels/" in one.path]
    sent = [one for one in sent if "/messages" in one.path]
    assert sent
    assert pace.turns == len(sent)
    threads = DiscordThreads(club.stage.bot, pace)
    thread_id = await threads.open(club.stage.channels["races"].id, "Ann #1")
    assert await threads.find(club.stage.channels["races"].id, "#1") == thread_id
    await threads.add(thread_id, club.stage.people["Ann"].id)
    await threads.close(thread_id)
    await threads.reopen(thread_id)
    assert pace.turns == len(sent) + 5
