"""The way between the demo's bot and its Discord: nonces, refusals, time under way, and kills upon it."""

# A test must act as the bot, which simcord tells from everybody else.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import discord
import pytest

from bot.demo.stage import Stage
from bot.demo.wire import CLOSED, NONCE_WINDOW, TRIES, Wire
from tests.bot.demo_world import DemoWorld, until
from tests.bot.people import told

NEVER = 1000.0
"""Seconds that no test waits for."""


def say(stage: Stage, text: str, nonce: str, *, to: int | None = None) -> asyncio.Task[discord.Message]:
    """Let the bot send a message (to #races)."""
    channel = stage.bot.get_partial_messageable(to or stage.channels["races"].id)
    with stage.env._bot_scope():
        return asyncio.get_running_loop().create_task(channel.send(text, nonce=nonce))


def texts(stage: Stage, channel: str = "races") -> list[str]:
    return [message.content for message in stage.posts(channel)]


@pytest.fixture
async def naps(bare: Stage, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the wire lets pass, which take little time in the test."""
    found: list[float] = []
    loop = asyncio.get_running_loop()
    plain: Callable[..., Any] = loop.call_later

    def call_later(seconds: float, callback: Callable[..., Any], *values: Any, **options: Any) -> Any:
        if Wire.__name__ in callback.__qualname__:
            found.append(seconds)
            seconds = 0.02
        return plain(seconds, callback, *values, **options)

    monkeypatch.setattr(loop, "call_later", call_later)
    return found


async def test_a_repeated_nonce_shows_nothing_and_is_answered_with_the_first_message(bare: Stage) -> None:
    first = await say(bare, "once", "n")
    await bare.env.advance_time((NONCE_WINDOW - timedelta(seconds=1)).total_seconds())
    again = await say(bare, "once", "n")
    assert again.id == first.id
    assert texts(bare) == ["once"]
    assert bare.wire.accepted == ["n"]


async def test_a_nonce_is_forgotten_after_its_window(bare: Stage) -> None:
    first = await say(bare, "twice", "n")
    await bare.env.advance_time((NONCE_WINDOW + timedelta(seconds=1)).total_seconds())
    assert (await say(bare, "twice", "n")).id != first.id
    assert texts(bare) == ["twice", "twice"]
    assert bare.wire.accepted == ["n", "n"]


async def test_a_nonce_means_something_in_its_own_channel_only(bare: Stage) -> None:
    await say(bare, "here", "n")
    await say(bare, "there", "n", to=bare.channels["review"].id)
    await say(bare, "here too", "other")
    assert (texts(bare), texts(bare, "review")) == (["here", "here too"], ["there"])


async def test_a_failing_discord_is_asked_as_often_as_discord_py_asks(bare: Stage, naps: list[float]) -> None:
    end = bare.wire.answer_with(500)
    with pytest.raises(discord.HTTPException):
        await say(bare, "lost", "n")
    # `HTTPClient.request`: five times, with `1 + tries * 2` seconds after each but the last.
    assert naps == [1, 3, 5, 7]
    assert bare.wire.refused == TRIES == 5
    assert (texts(bare), bare.wire.accepted) == ([], [])
    end()
    await say(bare, "there", "n")
    assert texts(bare) == ["there"]


async def test_a_failure_that_passes_meanwhile_is_not_seen_by_the_bot(bare: Stage, naps: list[float]) -> None:
    end = bare.wire.answer_with(500)
    sending = say(bare, "late", "n")
    await until(lambda: naps)
    end()
    await sending
    assert texts(bare) == ["late"]
    assert bare.wire.refused == len(naps) < TRIES


async def test_a_refusal_is_not_asked_again(bare: Stage, naps: list[float]) -> None:
    here = bare.channels["races"].id
    bare.wire.answer_with(403, code=CLOSED, channel_id=here)
    with pytest.raises(discord.Forbidden) as refused:
        await say(bare, "unwanted", "n")
    assert refused.value.code == CLOSED
    assert (naps, bare.wire.refused) == ([], 1)
    await say(bare, "welcome", "n", to=bare.channels["review"].id)
    assert texts(bare, "review") == ["welcome"]


async def test_what_is_ended_is_one_trouble_and_no_other_that_is_like_it(bare: Stage) -> None:
    end_one, end_other = bare.wire.answer_with(403, code=CLOSED), bare.wire.answer_with(403, code=CLOSED)
    end_other()
    end_other()
    with pytest.raises(discord.Forbidden):
        await say(bare, "refused", "n")
    end_one()
    await say(bare, "taken", "n")
    assert texts(bare) == ["taken"]


async def test_whoever_acts_does_not_wait_for_a_message_that_is_under_way(bare: Stage) -> None:
    bare.wire.delay = NEVER
    sending = say(bare, "slow", "n")
    await bare.wire.busy()
    assert bare.wire.is_busy
    await bare.settle()
    await bare.env.advance_time(60)
    assert not sending.done()
    assert texts(bare) == []
    sending.cancel()
    await asyncio.wait([sending])
    assert not bare.wire.is_busy


async def test_a_message_takes_its_time_there_and_back(bare: Stage) -> None:
    bare.wire.delay = 0.02
    begun = asyncio.get_running_loop().time()
    await say(bare, "slow", "n")
    assert asyncio.get_running_loop().time() - begun >= 0.04
    assert texts(bare) == ["slow"]


async def test_a_person_whose_dms_are_closed_is_written_down_as_such(world: DemoWorld) -> None:
    assert await world.director.close_dms("Ann") == "Ann takes no more DMs."
    told(await world.people.slash("Olga", "invite create", role="moderator", person=world.stage.people["Ann"]))
    tally = await world.tally()
    assert (tally.refused, tally.lost, tally.doubled) == (1, 0, 0)
    assert world.stage.dms("Ann") == []
    (line,) = [line for line in (await world.desk.look()).messages if line.failure]
    assert str(CLOSED) in (line.failure or "")
    # The others are not.
    told(await world.people.slash("Olga", "invite create", role="moderator", person=world.stage.people["Bo"]))
    assert (await world.tally()).refused == 1
    assert len(world.stage.dms("Bo")) == 1


async def until_busy(world: DemoWorld) -> None:
    """A racer hands in a run, and the news of it are under way."""
    await world.rest()
    await world.crowd.hand_in()
    async with asyncio.timeout(5):
        await world.stage.wire.busy()


async def test_a_message_whose_sender_dies_before_discord_has_it_is_sent_by_the_next_bot(world: DemoWorld) -> None:
    before = list(world.stage.wire.accepted)
    world.stage.wire.delay = NEVER
    await until_busy(world)
    await world.stage.kill()
    assert not world.stage.wire.is_busy
    assert world.stage.wire.accepted == before
    world.stage.wire.delay = 0.0
    await world.stage.revive()
    tally = await world.tally()
    assert (tally.lost, tally.doubled, tally.waiting) == (0, 0, 0)
    assert len(world.stage.wire.accepted) == len(before) + 2


async def accepted_and_killed(world: DemoWorld) -> int:
    """A bot is killed when Discord has its messages and it does not know yet; returns how many."""
    await world.rest()
    before = len(world.stage.wire.accepted)

    def on_event(event: str, payload: Mapping[str, Any]) -> None:
        if event == "MESSAGE_CREATE":
            world.stage.wire.delay = NEVER

    world.stage.env.backend.subscribers.append(on_event)
    await until_busy(world)
    await world.stage.kill()
    world.stage.env.backend.subscribers.remove(on_event)
    world.stage.wire.delay = 0.0
    accepted = len(world.stage.wire.accepted) - before
    assert accepted > 0
    assert len(world.people.select("SELECT 1 FROM message WHERE status = 'pending' AND attempts = 1")) >= accepted
    return accepted


async def test_a_message_whose_sender_dies_after_discord_has_it_is_not_shown_again(world: DemoWorld) -> None:
    # Soon, Discord knows the nonce; after its window, the bot has to look for what it has said.
    for dead_for in (timedelta(), 2 * NONCE_WINDOW):
        await accepted_and_killed(world)
        await world.stage.env.advance_time(dead_for.total_seconds())
        await world.stage.revive()
        tally = await world.tally()
        assert (tally.lost, tally.doubled, tally.out_of_order, tally.waiting) == (0, 0, 0, 0)
        for channel in ("review", "audit"):
            # A message's footer names its event and its nonce.
            footers = [post.embeds[0].footer.text for post in world.stage.posts(channel)]
            assert len(footers) == len(set(footers))


async def test_without_discords_memory_the_proof_finds_what_was_said_twice(
    world: DemoWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.demo.wire.NONCE_WINDOW", timedelta(seconds=-1))
    accepted = await accepted_and_killed(world)
    await world.stage.revive()
    tally = await world.tally()
    assert (tally.lost, tally.doubled) == (0, accepted)
