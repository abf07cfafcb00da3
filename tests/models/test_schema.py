# pyright: reportPrivateUsage=false

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tortoise.exceptions import DBConnectionError

from models.database import Database
from models.engine import DatabaseInUseError
from models.schema import SchemaError
from tests import postgres
from tests.database_file import DatabaseFile
from tests.models.test_database import files, new, schema, settled_threads, sqlite_only, url

FIRST_RELEASE = Path(__file__).parent / "first_release.sql"
"""A tournament from its set-up to its podium, as the first release left it."""

NEXT = "0002_claims"
"""The first step that it lacks."""


@pytest.fixture
def path(tmp_path: Path) -> Generator[Path]:
    """A database of the first release; that one had no PostgreSQL, where there is an empty one."""
    made = new(tmp_path / "herald.sqlite3")
    if not postgres.CHOSEN:
        with closing(sqlite3.connect(made)) as database:
            database.executescript(FIRST_RELEASE.read_text(encoding="utf-8"))
    yield made
    DatabaseFile(made).discard()


@pytest.fixture
async def current(tmp_path: Path, template: Path) -> AsyncIterator[Path]:
    """A database that is empty and up to date."""
    made = DatabaseFile(tmp_path / "current.sqlite3")
    await made.begin_with(template)
    yield made.path
    made.discard()


def rows(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row of ours, table by table."""
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        ours = [name for name in tables if not name.startswith(("sqlite_", "tortoise_"))]
        return {name: [dict(row) for row in database.execute(f"SELECT * FROM {name} ORDER BY 1")] for name in ours}


def binding(facts: set[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """All but the indexes that are there for speed alone."""
    return {fact for fact in facts if fact[:2] != ("index", False)}


def check(path: Path, pragma: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(f"PRAGMA {pragma}").fetchall()


@sqlite_only
async def test_a_populated_database_of_the_first_release_is_brought_up_to_date(path: Path, tmp_path: Path) -> None:
    before, constraints = rows(path), schema(path)
    assert all(before.values())
    database = Database(f"sqlite://{path}")
    await database.open()
    await database.close()
    after = rows(path)
    assert {name: len(after[name]) for name in before} == {name: len(found) for name, found in before.items()}
    # Each former value is where it was.
    kept = {
        name: [{key: new[key] for key in old} for new, old in zip(after[name], before[name], strict=True)]
        for name in before
    }
    assert kept == before
    assert [one["best_ms"] for one in after["entrant"]] == [5_025_000, 5_110_500]
    # Each former column, foreign key and unique constraint is there, and what a fresh database has, with its indexes.
    assert all(binding(constraints[name]) <= schema(path)[name] for name in constraints)
    fresh = Database(f"sqlite://{tmp_path / 'fresh.sqlite3'}")
    await fresh.open()
    await fresh.close()
    assert schema(path) == schema(tmp_path / "fresh.sqlite3")
    assert check(path, "foreign_key_check") == []
    assert check(path, "integrity_check") == [("ok",)]


@sqlite_only
async def test_a_database_is_backed_up_before_its_schema_changes_and_not_again(path: Path) -> None:
    before = rows(path)
    database = Database(f"sqlite://{path}")
    await database.open()
    await database.close()
    backup = path.with_name(f"herald.sqlite3.before-{NEXT}")
    assert rows(backup) == before
    backup.unlink()
    await database.open()
    await database.close()
    assert sorted(files(path.parent)) == ["herald.sqlite3", "herald.sqlite3.lock"]


@sqlite_only
async def test_a_fresh_database_needs_no_backup(tmp_path: Path) -> None:
    database = Database(f"sqlite://{tmp_path / 'herald.sqlite3'}")
    await database.open()
    await database.close()
    assert sorted(files(tmp_path)) == ["herald.sqlite3", "herald.sqlite3.lock"]


@sqlite_only
async def test_without_a_backup_the_schema_stays_as_it_is(path: Path) -> None:
    # Where the backup would go, there is something that cannot be replaced.
    (path.parent / f"herald.sqlite3.before-{NEXT}" / "full").mkdir(parents=True)
    before = schema(path)
    threads = settled_threads()
    with pytest.raises(DBConnectionError, match="backup"):
        await Database(f"sqlite://{path}").open()
    assert schema(path) == before
    assert settled_threads() == threads


@pytest.mark.parametrize("beside", [False, True])
async def test_a_database_of_a_newer_release_is_refused_in_words(current: Path, *, beside: bool) -> None:
    database = Database(url(current))
    await database.open()
    await database.close()
    DatabaseFile(current).execute(
        "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('herald', '0999_moon', '2030-01-01')"
    )
    before = schema(current)
    with pytest.raises(SchemaError, match=r"a newer release of Herald has written the database .*0999_moon"):
        await database.open(beside=beside)
    assert schema(current) == before


async def test_whoever_comes_beside_an_empty_database_is_told_to_start_the_bot(tmp_path: Path) -> None:
    empty = new(tmp_path / "empty.sqlite3")
    with pytest.raises(SchemaError, match="start the bot first"):
        await Database(url(empty)).open(beside=True)
    DatabaseFile(empty).discard()


@sqlite_only
async def test_whoever_comes_beside_changes_no_schema(path: Path) -> None:
    with pytest.raises(SchemaError, match="python -m bot migrate"):
        await Database(f"sqlite://{path}").open(beside=True)
    assert "claim" not in {fact[1] for fact in schema(path)["delivery"]}


async def test_a_second_herald_on_a_file_is_refused_in_words_until_the_first_has_ended(current: Path) -> None:
    other_name = url(current) if postgres.CHOSEN else f"sqlite://{current.parent}/./{current.name}"
    first, second = Database(url(current)), Database(other_name)
    await first.open()
    with pytest.raises(DatabaseInUseError, match=r"another Herald is running on .*: stop that one first"):
        await second.open()
    await first.close()
    await second.open()
    await second.terminate()
    await first.open()
    await first.close()


async def test_one_that_comes_beside_neither_needs_nor_takes_the_lock(current: Path) -> None:
    first, beside = Database(url(current)), Database(url(current))
    await first.open()
    await beside.open(beside=True)
    await first.close()
    await first.open()
    await beside.close()
    await first.close()


async def test_a_killed_process_leaves_no_lock_behind(current: Path) -> None:
    code = (
        "import asyncio, os, sys; from models.database import Database\n"
        "async def main():\n    await Database(sys.argv[1]).open()\n    os.kill(os.getpid(), 9)\nasyncio.run(main())"
    )
    command = [sys.executable, "-c", code, url(current)]
    ended = subprocess.run(command, check=False, timeout=30)  # noqa: ASYNC221, S603 - our own
    assert ended.returncode == -9
    assert postgres.CHOSEN or (current.parent / "current.sqlite3.lock").exists()
    database = Database(url(current))
    await database.open()
    await database.close()
