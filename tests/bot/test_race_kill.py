"""A race resumes to the same end, wherever in it Herald was killed."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any

import discord
import pytest

from bot.demo.transcript import body, shown
from services.attempts import COUNTDOWN, READY_WITHIN
from services.deadlines import GRACE
from tests.bot.people import CUP, VOD, People
from tests.bot.snag import Snag
from tests.bot.test_race_thread import SEED, card, open_pools, thread, threads

EPHEMERAL = discord.MessageFlags(ephemeral=True).value

SEEDS = 40
"""More than there are requests in a race: each of these races is killed at another one."""


async def many_races(club: People) -> None:
    """One pool, in which Ann may race again and again."""
    await open_pools(club, 1)
    for number in range(10, SEEDS):
        club.execute(SEED.format(pool=1, number=number))
    club.execute(f"UPDATE tournament SET runs_per_pool = {SEEDS}")


async def begin(club: People, snag: Snag) -> discord.Message:
    asked = await club.slash("Ann", "race start", tournament=CUP, pool="Open")
    await snag.during(club.press("Ann", shown(asked), "Start: there is no way back"))
    await club.stage.settle()
    return await card(club)


async def pressed(club: People, message: discord.Message, label: str, snag: Snag) -> datetime:
    """Press a button; returns when, by Discord's own clock."""
    await snag.during(club.press("Ann", message, label))
    return discord.utils.snowflake_time(max(club.stage.env.backend.interactions))


async def wait(club: People, snag: Snag, time: timedelta) -> None:
    await snag.during(club.stage.env.advance_time(time.total_seconds()))
    # What the killed one was about to do then, the next one does a little later.
    await snag.during(club.stage.env.advance_time(1))


async def race(club: People, snag: Snag) -> None:
    """A race from its start to the archived thread; all is as if nobody had been killed."""
    seeded = await begin(club, snag)
    ready = await pressed(club, seeded, "Ready", snag)
    await wait(club, snag, COUNTDOWN)
    assert "GO! The clock started" in body(await card(club)), snag.where
    await wait(club, snag, timedelta(minutes=10))
    done = await pressed(club, await card(club), "Finish", snag)
    form = await club.press("Ann", await card(club), "Hand in")
    await snag.during(club.fill_in("Ann", form, vod=VOD, in_game="", notes=""))
    for _ in range(3):
        await wait(club, snag, timedelta(seconds=5))
    [time_ms] = club.select("SELECT time_ms FROM race ORDER BY id DESC LIMIT 1")
    assert timedelta(milliseconds=time_ms) == done - ready - COUNTDOWN, snag.where
    assert "Handed in" in body(await card(club)), snag.where
    metadata = thread(club).thread_metadata
    assert metadata is not None
    assert metadata.archived, snag.where


def posts(club: People) -> list[str]:
    """The titles of what stands in the newest thread, for all to see who are in it."""
    messages = club.stage.env.backend.messages[thread(club).id].values()
    return [one.embeds[0]["title"] for one in messages if not one.flags & EPHEMERAL]


@pytest.mark.parametrize("reply_lost", [False, True], ids=["before", "after"])
async def test_a_race_killed_at_any_request_ends_as_if_nothing_had_been(club: People, reply_lost: bool) -> None:
    await many_races(club)
    for number in range(SEEDS):
        snag = Snag(club.stage, number, reply_lost=reply_lost)
        await race(club, snag)
        assert posts(club) == ["Spring Cup · Open"], snag.where
        done = number + 1
        assert club.events().count("RaceSubmitted") == done, snag.where
        assert len(threads(club)) == done, snag.where
        assert club.select("SELECT DISTINCT stage FROM attempt") == ["submitted"], snag.where
        reviews = [post for post in club.stage.posts("review") if "Ann's run" in body(post)]
        assert len(reviews) == done, snag.where
        if not snag.where:
            # It has been killed everywhere.
            break
    assert number > 5


@pytest.mark.parametrize("reply_lost", [False, True], ids=["before", "after"])
async def test_a_deadline_at_which_herald_is_killed_warns_and_forfeits_once(club: People, reply_lost: bool) -> None:
    await many_races(club)
    for number in range(SEEDS):
        snag = Snag(club.stage, number, reply_lost=reply_lost)
        await begin(club, snag)
        await wait(club, snag, READY_WITHIN - GRACE)
        await wait(club, snag, GRACE)
        for _ in range(3):
            await wait(club, snag, timedelta(seconds=5))
        assert posts(club) == [
            "Spring Cup · Open",
            "Your race in Spring Cup is about to be forfeited",
            "Your race in Spring Cup was forfeited",
        ], snag.where
        assert "This race was forfeited" in body(await card(club)), snag.where
        assert len(threads(club)) == number + 1, snag.where
        assert club.select("SELECT count(*) FROM attempt WHERE stage = 'forfeited'") == [number + 1], snag.where
        if not snag.where:
            break
    assert number > 3


async def test_an_answer_that_died_with_herald_leaves_what_was_done_as_it_was_done(club: People) -> None:
    await many_races(club)
    asked = shown(await club.slash("Ann", "race start", tournament=CUP, pool="Open"))
    await unanswered(club, club.press("Ann", asked, "Start: there is no way back"))
    ready = await unanswered(club, club.press("Ann", await card(club), "Ready"))
    await club.stage.env.advance_time(600)
    done = await unanswered(club, club.press("Ann", await card(club), "Finish"))
    await unanswered(club, club.press("Ann", await card(club), "Undo"))
    await club.stage.env.advance_time(60)
    done = await unanswered(club, club.press("Ann", await card(club), "Finish"))
    form = await club.press("Ann", await card(club), "Hand in")
    await unanswered(club, club.fill_in("Ann", form, vod=VOD, in_game="", notes=""))
    assert "Handed in" in body(await card(club))
    assert club.events().count("RaceSubmitted") == 1
    [time_ms] = club.select("SELECT time_ms FROM race")
    assert timedelta(milliseconds=time_ms) == done - ready - COUNTDOWN
    assert len(threads(club)) == 1


async def unanswered(club: People, act: Coroutine[Any, Any, object]) -> datetime:
    """Let somebody act whose answer is lost, and Herald be killed right then; returns when they acted."""
    env = club.stage.env
    env.inject_error("POST", "/interactions/*/callback", status=404, code=10062, message="Unknown interaction")
    await act
    await club.stage.kill()
    await club.stage.revive()
    await club.stage.settle()
    return discord.utils.snowflake_time(max(env.backend.interactions))
