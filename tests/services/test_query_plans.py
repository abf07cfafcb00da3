"""What a leaderboard asks the database goes by an index, in a file with much in it."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Awaitable
from contextlib import closing

import pytest

from models import Race, Tournament
from services.leaderboard import pinned
from services.scores import recount
from services.standings import podium
from tests.database_file import sqlite_only
from tests.services.big_field import OFFSET, statements, typed_statements
from tests.services.field import Course, course, write_rules
from tests.services.world import World


async def filled(world: World) -> Course:
    """1,000 racers with 2,000 runs, beside another tournament."""
    await course(world, name="Autumn Cup")
    cup = await course(world, pools=0, racers=("Ann",))
    for statement in statements(cup.tournament.id, racers=1_000, pools=2, runs=1, offset=OFFSET):
        world.execute(statement)
    await write_rules(world, cup.tournament)
    return cup


async def typed(world: World) -> Tournament:
    """1,000 racers with 3,000 approved runs in a tournament without pools, beside another one."""
    await world.tournament("Autumn Cup", racers=("Ann",))
    cup = await world.tournament(racers=("Ann",))
    for statement in typed_statements(cup.id, racers=1_000, runs=3):
        world.execute(statement)
    return cup


async def plans(world: World, caplog: pytest.LogCaptureFixture, ask: Awaitable[object]) -> dict[str, list[str]]:
    """What SQLite does for each statement of what is asked, step by step."""
    caplog.clear()
    with caplog.at_level(logging.DEBUG, "tortoise.db_client"):
        await ask
    asked = [str(record.args[0]) for record in caplog.records if isinstance(record.args, tuple) and record.args]
    asked = [one for one in asked if re.match(r"\s*(SELECT|UPDATE)\b", one)]
    with closing(sqlite3.connect(world.path)) as database:
        return {
            one: [str(row[3]) for row in database.execute(f"EXPLAIN QUERY PLAN {one}", [1] * one.count("?"))]
            for one in asked
        }


def scans(found: dict[str, list[str]]) -> list[tuple[str, str]]:
    """The steps that read a table, or an index of one, from its beginning to its end."""
    tables = re.compile(r"SCAN (race|entrant|seed|pool|account|attempt|tournament|membership)\b")
    return [(step, one) for one, steps in found.items() for step in steps if tables.match(step)]


@sqlite_only
async def test_no_page_reads_a_whole_table(world: World, caplog: pytest.LogCaptureFixture) -> None:
    cup = await filled(world)
    ann = await world.actor("Ann")
    service, id = world.herald.leaderboard, cup.tournament.id
    for ask in (service.page(ann, id), service.page(ann, id, 50), service.mine(ann, id), service.export(ann, id)):
        found = await plans(world, caplog, ask)
        assert len(found) >= 3
        assert scans(found) == []


@sqlite_only
async def test_a_page_is_read_in_the_order_of_its_index(world: World, caplog: pytest.LogCaptureFixture) -> None:
    cup = await filled(world)
    found = await plans(world, caplog, world.herald.leaderboard.page(await world.actor("Ann"), cup.tournament.id, 50))
    pages = [steps for one, steps in found.items() if "ORDER BY" in one and "entrant" in one]
    assert pages
    assert not [step for steps in pages for step in steps if "B-TREE" in step]


@sqlite_only
async def test_the_board_in_a_channel_reads_no_whole_table(world: World, caplog: pytest.LogCaptureFixture) -> None:
    cup = await filled(world)
    found = await plans(world, caplog, world.herald.units.read(lambda: pinned(cup.tournament)))
    assert found
    assert scans(found) == []


@sqlite_only
async def test_scoring_a_run_reads_no_whole_table(world: World, caplog: pytest.LogCaptureFixture) -> None:
    await filled(world)

    async def faster() -> None:
        race = await Race.get(id=1)
        race.time_ms = 1
        await race.save()
        await recount(race)

    found = await plans(world, caplog, world.herald.units.run(faster))
    looked_up = [step for steps in found.values() for step in steps if "SEARCH attempt" in step]
    assert looked_up
    assert all("race_id=?" in step for step in looked_up)
    assert any("UPDATE race" in one for one in found)
    assert any("UPDATE entrant" in one for one in found)
    assert scans(found) == []


@sqlite_only
async def test_without_pools_no_page_reads_a_run_of_others_or_a_whole_table(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    cup, ann = await typed(world), await world.actor("Ann")
    service, units = world.herald.leaderboard, world.herald.units
    for ask in (
        *(service.page(ann, cup.id), service.page(ann, cup.id, 50), service.mine(ann, cup.id)),
        *(service.export(ann, cup.id), units.read(lambda: pinned(cup)), units.read(lambda: podium(cup))),
    ):
        found = await plans(world, caplog, ask)
        assert found
        assert scans(found) == []
        read = [step for steps in found.values() for step in steps if re.match(r"SEARCH race\b", step)]
        assert [step for step in read if "racer_id=?" not in step] == []
        sorted_lines = [one for one, steps in found.items() if '"entrant"' in one and "B-TREE" in " ".join(steps)]
        assert sorted_lines == []


@sqlite_only
async def test_noting_a_best_time_reads_no_whole_table(world: World, caplog: pytest.LogCaptureFixture) -> None:
    await typed(world)

    async def slower() -> None:
        race = await Race.get(id=1)
        race.time_ms = 10_000_000
        await race.save()
        await recount(race)

    found = await plans(world, caplog, world.herald.units.run(slower))
    assert any('UPDATE "entrant"' in one for one in found)
    assert scans(found) == []
