"""/race and the buttons of a race, in the simulated Discord."""

from __future__ import annotations

import discord
from simcord.backend.models.channel import Channel
from simcord.enums import ChannelType
from simcord.results import to_discord_message

from bot.demo.transcript import body, shown
from tests.bot.people import CUP, VOD, People, inputs, labels, told

SEEDS = """
INSERT INTO pool (id, tournament_id, name, name_key, notes, created_at)
VALUES (1, 1, 'Open', 'open', 'No logic', '2026-01-01 00:00:00+00:00'),
       (2, 1, 'Keysanity', 'keysanity', '', '2026-01-01 00:00:00+00:00');
"""
SEED = """
INSERT INTO seed (pool_id, permalink, notes, given, par_total_ms, par_runs, created_at)
VALUES ({pool}, 'https://seed.example/{number}', '', 0, 0, 0, '2026-01-01 00:00:00+00:00');
"""


async def open_pools(club: People, pools: int = 2) -> None:
    """A running tournament with pools of one seed each, in which Ann and Bo race."""
    await club.tournament(racers=("Ann", "Bo"))
    await club.stage.settle()
    for statement in SEEDS.split(";")[:1]:
        club.execute(statement)
    for number in (1, 2):
        club.execute(SEED.format(pool=number, number=number))
    if pools == 1:
        club.execute("DELETE FROM seed WHERE pool_id = 2")
        club.execute("DELETE FROM pool WHERE id = 2")


def thread(club: People, name: str = "Ann") -> Channel:
    """The newest thread that somebody is in, as Discord has it: an archived one is in no cache."""
    member = club.stage.people[name]
    found = [one for one in club.stage.env.backend.channels.values() if member.id in one.thread_members]
    return max(found, key=lambda one: one.id)


async def card(club: People, name: str = "Ann") -> discord.Message:
    """The card of somebody's race, as it stands now."""
    await club.stage.settle()
    env = club.stage.env
    return to_discord_message(env, min(env.backend.messages[thread(club, name).id].values(), key=lambda one: one.id))


async def start(club: People, name: str = "Ann", pool: str = "Open") -> discord.Message:
    """Start a race; returns its card."""
    asked = await club.slash(name, "race start", tournament=CUP, pool=pool)
    await club.press(name, shown(asked), "Start: there is no way back")
    await club.stage.settle()
    return await card(club, name)


async def test_a_race_is_run_from_start_race_to_the_run_that_is_handed_in(club: People) -> None:
    await open_pools(club)
    asked = await club.slash("Ann", "race start", tournament=CUP)
    assert told(asked) == "Which pool do you want to race in?"
    chosen = await club.choose("Ann", shown(asked), "race_pool:1", "1")
    assert "Start a race in Spring Cup, Open?" in body(shown(chosen))
    await club.press("Ann", shown(chosen), "Start: there is no way back")
    await club.stage.settle()
    here = thread(club)
    assert here.type == ChannelType.PRIVATE_THREAD
    assert here.name == "Ann · Spring Cup · #1"
    seeded = await card(club)
    assert "https://seed.example/1" in body(seeded)
    assert labels(seeded) == ["Ready", "Forfeit"]
    await club.press("Ann", seeded, "Ready")
    await club.stage.settle()
    assert "The clock starts" in body(await card(club))
    await club.stage.env.advance_time(15)
    assert "GO! The clock started" in body(await card(club))
    await club.stage.env.advance_time(3600)
    await club.press("Ann", await card(club), "Finish")
    finished = await card(club)
    assert "Finished in 1:0" in body(finished)
    assert labels(finished) == ["Hand in", "Undo"]
    form = await club.press("Ann", finished, "Hand in")
    assert inputs(form) == {"vod": "", "in_game": "", "notes": ""}
    done = await club.fill_in("Ann", form, vod=VOD, in_game="58:00", notes="Lucky")
    assert "is handed in. You get a DM once it was reviewed." in told(done)
    await club.stage.settle()
    assert "It waits for review." in body(await card(club))
    assert "Ann's run in Spring Cup" in body(club.stage.posts("review")[-1])
    await club.stage.env.advance_time(5)
    await club.stage.settle()
    metadata = club.stage.env.backend.get_thread(here.id).thread_metadata
    assert metadata is not None
    assert metadata.archived
