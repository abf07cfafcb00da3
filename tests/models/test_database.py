# What a test must bring about or look into, such as a full disk, is nothing that the program offers.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tortoise.context import TortoiseContext
from tortoise.exceptions import DBConnectionError, IntegrityError, OperationalError
from tortoise.migrations.autodetector import MigrationAutodetector

from events.unit_of_work import UnitOfWork
from models import BotState, Delivery
from models.database import CONNECTION, Database, tortoise_config
from models.engine import engine_of
from tests import postgres
from tests.database_file import DatabaseFile, sqlite_only


@pytest.fixture
async def path(tmp_path: Path, template: Path) -> AsyncIterator[Path]:
    """A database that is empty and up to date."""
    made = DatabaseFile(tmp_path / "herald.sqlite3")
    await made.begin_with(template)
    yield made.path
    made.discard()


def new(path: Path) -> Path:
    """A database without tables, where opening would not make it."""
    DatabaseFile(path).provide()
    return path


def url(path: Path) -> str:
    return DatabaseFile(path).url


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    made = Database(url(path))
    await made.open()
    yield made
    await made.close()


def select(path: Path, sql: str) -> list[Any]:
    return [row if isinstance(row, tuple) else (row,) for row in DatabaseFile(path).select(sql)]


def schema(path: Path) -> dict[str, set[tuple[Any, ...]]]:
    """What each of our tables consists of, whatever order or names its statements used."""
    return postgres.schema(DatabaseFile(path).name) if postgres.CHOSEN else _sqlite_schema(path)


def _sqlite_schema(path: Path) -> dict[str, set[tuple[Any, ...]]]:
    found: dict[str, set[tuple[Any, ...]]] = {}
    with closing(sqlite3.connect(path)) as other:
        names = [row[0] for row in other.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            if name.startswith(("sqlite_", "tortoise_")):
                continue
            facts = {("column", *row[1:]) for row in other.execute(f"PRAGMA table_info({name})")}
            facts |= {("foreign key", *row[2:]) for row in other.execute(f"PRAGMA foreign_key_list({name})")}
            for index in other.execute(f"PRAGMA index_list({name})"):
                columns = other.execute(f"PRAGMA index_info('{index[1]}')").fetchall()
                facts.add(("index", bool(index[2]), tuple(column[2] for column in columns)))
            found[name] = facts
    return found


def settled_threads() -> int:
    """How many threads there are, once those that are about to end have ended."""
    for thread in threading.enumerate():
        if thread.name.endswith("(_connection_worker_thread)"):
            thread.join(1)
    return threading.active_count()


async def write(key: str) -> None:
    await BotState.create(key=key, value="x")


async def rows() -> int:
    return await BotState.all().count()


async def pragma(database: Database, statement: str) -> Any:
    """Ask or set something on the open connection."""
    connection: Any = database._tortoise.db(CONNECTION)
    return (await connection.execute_query_dict(f"PRAGMA {statement}")) or None


async def test_the_migrated_schema_is_that_of_the_models(database: Database, path: Path, tmp_path: Path) -> None:
    fresh = new(tmp_path / "fresh.sqlite3")
    async with TortoiseContext() as context:
        await context.init(tortoise_config(engine_of(url(fresh)).connection))
        await context.generate_schemas()
    assert len(schema(fresh)) == 25
    assert schema(path) == schema(fresh)
    DatabaseFile(fresh).discard()


async def test_no_change_to_the_models_is_without_its_migration(tmp_path: Path) -> None:
    config = tortoise_config(engine_of(url(tmp_path / "x.sqlite3")).connection)
    async with TortoiseContext() as context:
        await context.init(config)
        assert context.apps is not None
        changes = await MigrationAutodetector(context.apps, config["apps"]).changes()
    assert [change.name for change in changes] == []


async def test_opening_again_keeps_the_schema_and_the_rows(database: Database, path: Path) -> None:
    await UnitOfWork(database).run(lambda: write("kept"))
    before = schema(path)
    for _ in range(2):
        await database.close()
        await database.open()
    assert schema(path) == before
    assert select(path, "SELECT key FROM bot_state") == [("kept",)]


@sqlite_only
async def test_sqlite_is_set_up_on_purpose(database: Database) -> None:
    answers = {name: await pragma(database, name) for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert answers == {
        "journal_mode": [{"journal_mode": "wal"}],
        "synchronous": [{"synchronous": 2}],
        "foreign_keys": [{"foreign_keys": 1}],
    }
    # Discord gives a command three seconds to answer.
    assert 0 < (await pragma(database, "busy_timeout"))[0]["timeout"] < 3000


async def test_a_row_cannot_point_at_nothing(database: Database, path: Path) -> None:
    async def body() -> None:
        await Delivery.create(event_id=99, handler="a", priority=1, stream="s")

    with pytest.raises(IntegrityError):
        await UnitOfWork(database).run(body)
    assert select(path, "SELECT * FROM delivery") == []


@sqlite_only
async def test_another_process_cannot_write_between_a_units_read_and_its_write(database: Database, path: Path) -> None:
    refused: list[str] = []

    async def body() -> None:
        assert await BotState.all().count() == 0
        with closing(sqlite3.connect(path, timeout=0)) as other:
            try:
                other.execute("INSERT INTO bot_state VALUES ('theirs', 'x')")
            except sqlite3.OperationalError as error:
                refused.append(str(error))
        await write("mine")

    await UnitOfWork(database).run(body)
    assert refused == ["database is locked"]
    assert select(path, "SELECT key FROM bot_state") == [("mine",)]


@sqlite_only
async def test_a_unit_that_cannot_begin_is_refused_and_the_next_one_works(database: Database, path: Path) -> None:
    units = UnitOfWork(database)
    await pragma(database, "busy_timeout = 0")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(3):
            with pytest.raises(OperationalError, match="locked"):
                await units.run(lambda: write("refused"))
        assert await units.read(rows) == 0
        other.execute("ROLLBACK")
    async with asyncio.timeout(5):
        await units.run(lambda: write("next"))
    assert select(path, "SELECT key FROM bot_state") == [("next",)]


@sqlite_only
async def test_a_unit_waits_for_another_process_that_is_soon_done(database: Database, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        asyncio.get_running_loop().call_later(0.003, other.execute, "ROLLBACK")
        await UnitOfWork(database).run(lambda: write("patient"))
    assert select(path, "SELECT key FROM bot_state") == [("patient",)]


@sqlite_only
async def test_a_full_disk_takes_a_unit_back_and_the_next_one_works(database: Database, path: Path) -> None:
    units = UnitOfWork(database)
    size = (await pragma(database, "page_count"))[0]["page_count"]

    async def body() -> None:
        for number in range(500):
            await BotState.create(key=f"{number}", value="x" * 500)

    await pragma(database, f"max_page_count = {size}")
    for _ in range(3):
        with pytest.raises(OperationalError, match="full"):
            await units.run(body)
    assert select(path, "SELECT * FROM bot_state") == []
    await pragma(database, "max_page_count = 1000000")
    async with asyncio.timeout(5):
        await units.run(lambda: write("next"))
    assert select(path, "SELECT key FROM bot_state") == [("next",)]


async def test_a_database_that_is_gone_takes_no_unit_until_it_is_back(database: Database, path: Path) -> None:
    units = UnitOfWork(database)
    with DatabaseFile(path).away():
        for _ in range(3):
            with pytest.raises(
                OperationalError, match=r"is gone|not currently accepting connections|connection was closed"
            ):
                await units.run(lambda: write("refused"))
    async with asyncio.timeout(5):
        await units.run(lambda: write("next"))
    assert select(path, "SELECT key FROM bot_state") == [("next",)]


@sqlite_only
async def test_a_file_that_was_put_in_the_place_of_ours_is_left_alone(database: Database, path: Path) -> None:
    copy = path.with_name("copy")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as other:
        source.backup(other)
    copy.replace(path)
    with pytest.raises(OperationalError, match="is another file now"):
        await UnitOfWork(database).run(lambda: write("lost"))
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT * FROM bot_state").fetchall() == []


async def test_a_commit_that_fails_takes_the_unit_back_and_the_next_one_works(database: Database, path: Path) -> None:
    units = UnitOfWork(database)
    if postgres.CHOSEN:
        DatabaseFile(path).execute(
            "ALTER TABLE delivery ALTER CONSTRAINT delivery_event_id_fkey DEFERRABLE INITIALLY DEFERRED"
        )

    async def body() -> None:
        await write("refused")
        if not postgres.CHOSEN:
            await pragma(database, "defer_foreign_keys = ON")
        await Delivery.create(event_id=99, handler="a", priority=1, stream="s")

    for _ in range(3):
        with pytest.raises(OperationalError, match=r"(?i)foreign key"):
            await units.run(body)
        # Nothing is left open for whoever uses the connection next.
        assert await units.read(rows) == 0
    async with asyncio.timeout(5):
        await units.run(lambda: write("next"))
    assert select(path, "SELECT key FROM bot_state") == [("next",)]
    assert select(path, "SELECT * FROM delivery") == []


@sqlite_only
async def test_what_a_torn_transaction_left_behind_is_never_committed(database: Database, path: Path) -> None:
    connection: Any = database._tortoise.db(CONNECTION)
    await connection._connection.execute("BEGIN IMMEDIATE")
    await connection._connection.execute("INSERT INTO bot_state VALUES ('left behind', 'x')")
    await UnitOfWork(database).run(lambda: write("mine"))
    assert select(path, "SELECT key FROM bot_state") == [("mine",)]


async def test_two_databases_in_one_process_share_nothing(
    database: Database, path: Path, tmp_path: Path, template: Path
) -> None:
    there = tmp_path / "other.sqlite3"
    await DatabaseFile(there).begin_with(template)
    other = Database(url(there))
    await other.open()
    mine, theirs = UnitOfWork(database), UnitOfWork(other)
    await asyncio.gather(
        *(mine.run(lambda n=n: write(f"a {n}")) for n in range(20)),
        *(theirs.run(lambda n=n: write(f"b {n}")) for n in range(20)),
    )
    await other.close()
    await mine.run(lambda: write("a after"))
    assert select(path, "SELECT count(*), min(substr(key, 1, 1)), max(substr(key, 1, 1)) FROM bot_state") == [
        (21, "a", "a")
    ]
    assert select(there, "SELECT count(*), min(substr(key, 1, 1)) FROM bot_state") == [(20, "b")]
    DatabaseFile(there).discard()


def files(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


@sqlite_only
async def test_closing_leaves_no_thread_and_no_open_log_behind(path: Path) -> None:
    threads = settled_threads()
    database = Database(f"sqlite://{path}")
    await database.close()
    await database.open()
    await UnitOfWork(database).run(lambda: write("x"))
    assert threading.active_count() == threads + 1
    await database.close()
    await database.close()
    assert settled_threads() == threads
    assert sorted(files(path.parent)) == ["herald.sqlite3", "herald.sqlite3.lock"]


async def test_a_database_whose_opening_is_broken_off_at_its_end_leaves_no_connection(path: Path) -> None:
    threads = settled_threads()
    database = Database(url(path))
    opening = asyncio.create_task(database.open())
    connecting: asyncio.Task[Any] | None = None
    while connecting is None or not connecting.done():
        await asyncio.sleep(0)
        connects = (task for task in asyncio.all_tasks() if "Database._open " in repr(task.get_coro()))
        connecting = connecting or next(connects, None)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert settled_threads() == threads
    await database.open()
    await database.close()


async def test_a_database_is_opened_once(database: Database) -> None:
    with pytest.raises(RuntimeError, match="open already"):
        await database.open()
    await UnitOfWork(database).run(lambda: write("still at work"))


def clear(path: Path) -> None:
    path.unlink()


@pytest.fixture
def junk(path: Path) -> Path:
    """A file that is no database."""
    path.write_text("these are no tables" * 100)
    return path


@sqlite_only
async def test_a_file_that_is_no_database_is_refused_and_another_try_can_succeed(junk: Path) -> None:
    threads = settled_threads()
    database = Database(f"sqlite://{junk}")
    with pytest.raises(DBConnectionError, match="not a database"):
        await database.open()
    assert settled_threads() == threads
    with pytest.raises(RuntimeError, match="not open"):
        await UnitOfWork(database).run(lambda: write("x"))
    clear(junk)
    await database.open()
    await UnitOfWork(database).run(lambda: write("x"))
    await database.close()


async def test_a_migration_that_cannot_run_is_refused_and_leaves_no_connection(tmp_path: Path) -> None:
    threads = settled_threads()
    path = new(tmp_path / "herald.sqlite3")
    DatabaseFile(path).execute("CREATE TABLE account (id INTEGER)")
    database = Database(url(path))
    with pytest.raises(OperationalError, match="already exists"):
        await database.open()
    assert settled_threads() == threads
    await database.close()
    DatabaseFile(path).discard()


@sqlite_only
async def test_a_file_in_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    threads = settled_threads()
    with pytest.raises(DBConnectionError, match="unable to open"):
        await Database(f"sqlite://{tmp_path / 'missing' / 'x.sqlite3'}").open()
    assert settled_threads() == threads


@pytest.mark.parametrize(
    "given", ["herald.sqlite3", "sqlite://", "", "mysql://x", "sqlite://a?b=c", "sqlite://:memory:", "sqlite:x"]
)
def test_a_url_that_names_no_database_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match=r"must begin with sqlite:// or postgres://|looks like sqlite://"):
        Database(given)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("sqlite://herald.sqlite3", "herald.sqlite3"),
        ("sqlite://data/herald.sqlite3", "data/herald.sqlite3"),
        ("sqlite:///var/lib/herald.sqlite3", "/var/lib/herald.sqlite3"),
    ],
)
def test_a_url_names_a_relative_or_an_absolute_file(given: str, path: str) -> None:
    assert engine_of(given).connection["credentials"]["file_path"] == path
