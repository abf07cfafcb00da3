"""A cut connection leaves what a killed process leaves: nothing that was not committed, and no lock."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest

from events.unit_of_work import UnitOfWork
from models.database import Database
from tests import postgres
from tests.database_file import DatabaseFile
from tests.models.test_database import rows, select, settled_threads, url, write


@pytest.fixture
async def path(tmp_path: Path, template: Path) -> AsyncIterator[Path]:
    made = DatabaseFile(tmp_path / "herald.sqlite3")
    await made.begin_with(template)
    yield made.path
    made.discard()


def take_write_lock(path: Path) -> None:
    """Raises when somebody has something to commit. A server notices a little later that somebody has gone."""
    with DatabaseFile(path).busy(within=1 if postgres.CHOSEN else 0, tables="bot_state"):
        pass


async def open_unit(units: UnitOfWork) -> asyncio.Task[None]:
    """A unit of work that has written, and goes on for ever."""
    written = asyncio.Event()

    async def body() -> None:
        await write("lost")
        written.set()
        await asyncio.Event().wait()

    unit = asyncio.create_task(units.run(body))
    await written.wait()
    return unit


async def test_a_cut_in_the_middle_of_a_transaction_leaves_nothing_of_it(path: Path) -> None:
    threads = settled_threads()
    database = Database(url(path))
    await database.open()
    units = UnitOfWork(database)
    await units.run(lambda: write("kept"))
    unit = await open_unit(units)
    with pytest.raises((sqlite3.OperationalError, psycopg.errors.LockNotAvailable), match=r"locked|timeout"):
        take_write_lock(path)
    ended = units.terminate()
    await database.terminate()
    take_write_lock(path)
    await asyncio.wait(ended)
    (outcome,) = await asyncio.gather(unit, return_exceptions=True)
    assert isinstance(outcome, Exception)
    assert select(path, "SELECT key FROM bot_state") == [("kept",)]
    assert settled_threads() == threads


async def test_a_cut_database_refuses_to_be_used(path: Path) -> None:
    database = Database(url(path))
    await database.open()
    units = UnitOfWork(database)
    # It was under way, and asks for something only after the cut.
    go_on = asyncio.Event()

    async def late() -> None:
        await go_on.wait()
        await write("late")

    unit = asyncio.create_task(units.run(late))
    task = database.task(late())
    await asyncio.sleep(0)
    await database.terminate()
    go_on.set()
    outcomes = await asyncio.gather(unit, task, return_exceptions=True)
    assert all(isinstance(outcome, Exception) for outcome in outcomes)
    with pytest.raises(RuntimeError, match="not open"):
        await units.run(lambda: write("later"))
    with pytest.raises(RuntimeError, match="not open"):
        await units.read(rows)
    assert select(path, "SELECT key FROM bot_state") == []


async def test_a_cut_database_can_be_opened_again(path: Path) -> None:
    database = Database(url(path))
    units = UnitOfWork(database)
    for key in ("one", "two"):
        await database.open()
        await units.run(lambda key=key: write(key))
        await database.terminate()
    assert select(path, "SELECT key FROM bot_state ORDER BY key") == [("one",), ("two",)]


async def test_to_cut_what_is_not_open_is_harmless(path: Path) -> None:
    database = Database(url(path))
    await database.terminate()
    await database.open()
    await database.terminate()
    await database.terminate()
    await database.close()
    take_write_lock(path)
