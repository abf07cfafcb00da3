"""PostgreSQL: what names a database, who has it, and what becomes of connections that are cut, cancelled or lost."""

# What a test must bring about or look into is nothing that the program offers.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tortoise.connection import get_connections
from tortoise.exceptions import DBConnectionError, IntegrityError, OperationalError

from events.unit_of_work import UnitCancelledError, UnitOfWork
from models import BotState
from models.database import CONNECTION, Database
from models.engine import DatabaseInUseError, Scope, UnknownOutcomeError, engine_of, postgres_credentials
from models.postgres import EVERYTHING, POOL, SCOPES
from tests import postgres
from tests.database_file import DatabaseFile
from tests.models.test_database import new, rows, url, write

on_postgres = pytest.mark.skipif(not postgres.CHOSEN, reason="it needs a PostgreSQL server")

SECRET = "s3cret"


@pytest.fixture
def file(tmp_path: Path) -> Generator[DatabaseFile]:
    made = DatabaseFile(new(tmp_path / "herald.sqlite3"))
    yield made
    made.discard()


@pytest.fixture
async def database(file: DatabaseFile) -> AsyncIterator[Database]:
    made = Database(file.url)
    await made.open()
    yield made
    await made.close()


def keys(file: DatabaseFile) -> list[str]:
    return file.select("SELECT key FROM bot_state ORDER BY key")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgres://herald:s3cret@db.example/races", ("db.example", 5432, "herald", "s3cret", "races", None)),
        ("postgresql://herald@[::1]:6543/races", ("::1", 6543, "herald", None, "races", None)),
        ("postgres://localhost/races", ("localhost", 5432, None, None, "races", None)),
        ("postgres://u:%2F%3A%40%23%3F%25%26@h/d", ("h", 5432, "u", "/:@#?%&", "d", None)),
        ("postgres://u%40x:p@h/my%20races", ("h", 5432, "u@x", "p", "my races", None)),
        ("postgres://u@/d?host=/run/postgresql", ("/run/postgresql", 5432, "u", None, "d", None)),
        ("postgres://u@/d?host=%2Frun%2Fpg+sql", ("/run/pg+sql", 5432, "u", None, "d", None)),
        ("postgres://u:p@h/d?sslmode=verify-full", ("h", 5432, "u", "p", "d", "verify-full")),
    ],
)
def test_a_url_names_host_port_user_password_and_database(given: str, expected: tuple[Any, ...]) -> None:
    found = postgres_credentials(given)
    assert tuple(found.get(key) for key in ("host", "port", "user", "password", "database", "ssl")) == expected


@pytest.mark.parametrize(
    "given",
    [
        f"postgres://u:{SECRET}@h",
        f"postgres://u:{SECRET}@/d",
        f"postgres://u:{SECRET}@h:99999/d",
        f"postgres://u:{SECRET}@h:port/d",
        f"postgres://u:{SECRET}/x@h/d",
        f"postgres://u:{SECRET}#x@h/d",
        f"postgres://u:{SECRET}?x@h/d",
        f"postgres://u:[{SECRET}@h/d",
        f"postgres://u:{SECRET}@h\N{ACCOUNT OF}/d",
        f"postgres://u:{SECRET}@h/d?sslmode=often",
        f"postgres://u@h/d?password={SECRET}",
        f"postgres://u:{SECRET}@h/d#x",
        f"postgres:u:{SECRET}@h/d",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_a_word_of_it(given: str) -> None:
    with pytest.raises(ValueError, match=r"looks like postgres://|must begin with") as refusal:
        engine_of(given)
    assert SECRET not in "".join(traceback.format_exception(refusal.value))


async def test_a_password_is_in_no_error_no_log_and_no_repr(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    # Nobody listens there.
    database = Database(f"postgres://u:{SECRET}@127.0.0.1:1/d")
    with pytest.raises(DBConnectionError, match=r"PostgreSQL at 127\.0\.0\.1") as refusal:
        await database.open()
    told = "".join(traceback.format_exception(refusal.value)) + caplog.text + repr(database) + repr(database._engine)
    assert SECRET not in told


@on_postgres
async def test_a_password_is_in_no_log_of_a_database_that_opens(
    file: DatabaseFile, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    database = Database(file.url.replace("postgres@", f"postgres:{SECRET}@"))
    await database.open()
    await UnitOfWork(database).run(lambda: write("x"))
    with file.away(), pytest.raises(OperationalError) as refusal:
        await UnitOfWork(database).run(lambda: write("y"))
    await database.close()
    assert caplog.text
    assert SECRET not in caplog.text + "".join(traceback.format_exception(refusal.value))


@on_postgres
async def test_a_database_that_does_not_exist_is_refused_and_another_try_can_succeed(tmp_path: Path) -> None:
    path = tmp_path / "later.sqlite3"
    database = Database(url(path))
    with pytest.raises(DBConnectionError, match="does not exist"):
        await database.open()
    new(path)
    await database.open()
    await UnitOfWork(database).run(lambda: write("x"))
    await database.close()
    DatabaseFile(path).discard()


@on_postgres
async def test_closing_and_cutting_leave_no_connection_on_the_server(file: DatabaseFile) -> None:
    for end in (Database.close, Database.terminate):
        database = Database(file.url)
        await database.open()
        await asyncio.gather(*(database.task(rows()) for _ in range(POOL)))
        assert 1 < len(postgres.pids(file.name)) <= POOL + 1
        await end(database)
        async with asyncio.timeout(5):
            while postgres.pids(file.name):  # noqa: ASYNC110 - the server makes no sound
                await asyncio.sleep(0.01)


@on_postgres
async def test_it_is_known_whether_a_herald_runs(file: DatabaseFile) -> None:
    database, beside = Database(file.url), Database(file.url)
    await database.open()
    await beside.open(beside=True)
    assert await beside.in_use()
    await database.close()
    async with asyncio.timeout(5):
        while await beside.in_use():  # noqa: ASYNC110 - the server makes no sound
            await asyncio.sleep(0.01)
    await beside.close()


@on_postgres
async def test_a_herald_whose_lock_was_lost_takes_it_again(database: Database, file: DatabaseFile) -> None:
    postgres.end(*postgres.pids(file.name, holding=True))
    # The event loop hears of it.
    await asyncio.sleep(0.05)
    await UnitOfWork(database).run(lambda: write("x"))
    assert len(postgres.pids(file.name, holding=True)) == 1
    with pytest.raises(DatabaseInUseError, match="stop that one first"):
        await Database(file.url).open()


@on_postgres
async def test_of_two_heralds_only_the_one_with_the_lock_can_commit(database: Database, file: DatabaseFile) -> None:
    under_way, go_on = asyncio.Event(), asyncio.Event()

    async def body() -> None:
        await write("before")
        under_way.set()
        await go_on.wait()

    units = UnitOfWork(database)
    half_done = asyncio.create_task(units.run(body))
    await under_way.wait()
    postgres.end(*postgres.pids(file.name, holding=True))
    second = Database(file.url)
    await second.open()
    go_on.set()
    # What the first one had begun is gone, and it begins nothing more.
    with pytest.raises(OperationalError):
        await half_done
    with pytest.raises(OperationalError, match="another Herald is running"):
        await units.run(lambda: write("meanwhile"))
    await UnitOfWork(second).run(lambda: write("second"))
    await second.close()
    await units.run(lambda: write("after"))
    assert keys(file) == ["after", "second"]


@on_postgres
async def test_a_server_that_is_restarted_refuses_clearly_and_then_all_works_again_by_itself(
    database: Database, file: DatabaseFile
) -> None:
    units = UnitOfWork(database)
    await asyncio.gather(*(units.run(partial(write, f"{n}")) for n in range(3)))
    for _ in range(2):
        with postgres.down():
            for _ in range(3):
                with pytest.raises(OperationalError, match=r"PostgreSQL at |connection"):
                    await units.run(lambda: write("refused"))
                with pytest.raises(OperationalError):
                    await units.read(rows)
        async with asyncio.timeout(10):
            assert await units.read(rows) == len(keys(file))
            await units.run(partial(write, f"again {time.monotonic_ns()}"))
    assert len(keys(file)) == 5
    with pytest.raises(DatabaseInUseError):
        await Database(file.url).open()


@on_postgres
async def test_a_commit_is_on_the_disk_before_others_see_it_also_where_the_server_leaves_that_for_later(
    database: Database, file: DatabaseFile
) -> None:
    with postgres.connect(file.name) as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("off",)

    async def setting() -> object:
        client: Any = get_connections().get(CONNECTION)
        return await client.execute_query_dict("SHOW synchronous_commit")

    assert await UnitOfWork(database).run(setting) == [{"synchronous_commit": "on"}]
    assert await UnitOfWork(database).read(setting) == [{"synchronous_commit": "on"}]


@on_postgres
@pytest.mark.parametrize("end", [Database.close, Database.terminate])
async def test_a_database_whose_server_is_gone_can_be_closed(
    file: DatabaseFile, end: Callable[[Database], Awaitable[None]]
) -> None:
    database = Database(file.url)
    await database.open()
    with postgres.down():
        async with asyncio.timeout(5):
            await end(database)
        with pytest.raises(DBConnectionError, match="PostgreSQL at "):
            await database.open()
    await database.open()
    await database.close()


@on_postgres
async def test_a_commit_whose_answer_was_lost_is_not_called_undone(database: Database, file: DatabaseFile) -> None:
    async def body() -> None:
        await write("who knows")
        postgres.throw_out(file.name)

    with pytest.raises(UnknownOutcomeError):
        await UnitOfWork(database).run(body)
    await UnitOfWork(database).run(lambda: write("next"))
    assert "next" in keys(file)


@on_postgres
async def test_a_unit_that_swallows_a_failure_of_the_database_is_taken_back_aloud(
    database: Database, file: DatabaseFile
) -> None:
    async def body() -> None:
        await write("one")
        with contextlib.suppress(IntegrityError):
            await write("one")

    with pytest.raises(OperationalError, match="cannot be committed"):
        await UnitOfWork(database).run(body)
    assert keys(file) == []
    await UnitOfWork(database).run(lambda: write("next"))
    assert keys(file) == ["next"]


@on_postgres
async def test_a_unit_waits_for_another_process_that_is_soon_done(database: Database, file: DatabaseFile) -> None:
    with postgres.connect(file.name) as other:
        other.execute("BEGIN")
        other.execute("SELECT pg_advisory_xact_lock(%s, %s)", (SCOPES, EVERYTHING))
        asyncio.get_running_loop().call_later(0.05, lambda: other.execute("ROLLBACK"))
        await UnitOfWork(database).run(lambda: write("patient"), scope=Scope(1), patience=5)
    assert keys(file) == ["patient"]


@on_postgres
async def test_units_of_one_organization_exclude_each_other_and_those_of_two_do_not(database: Database) -> None:
    units = UnitOfWork(database)

    async def held(scope: Scope, others: dict[Scope, bool]) -> None:
        async def body() -> None:
            for other, free in others.items():
                unit = database.task(units.run(rows, scope=other, patience=0.05 if not free else 5))
                if free:
                    await unit
                else:
                    with pytest.raises(TimeoutError):
                        await unit

        await units.run(body, scope=scope)

    await held(Scope(1), {Scope(1): False, Scope(): False, Scope(2): True})
    await held(Scope(), {Scope(1): False, Scope(): False})
    # All is free again.
    await held(Scope(1), {Scope(2): True})


async def pair(number: int) -> None:
    await BotState.create(key=f"{number:03} a", value="x")
    await BotState.create(key=f"{number:03} b", value="x")


@on_postgres
async def test_units_that_are_cancelled_at_any_moment_give_their_connections_back_and_leave_no_half(
    database: Database, file: DatabaseFile
) -> None:
    units = UnitOfWork(database)
    connection: Any = database._tortoise.db(CONNECTION)
    pool = connection._pool
    began = time.perf_counter()
    for number in range(900, 910):
        # As after a cancellation, which costs the connection.
        await pool.expire_connections()
        await units.run(partial(pair, number), scope=Scope(1))
    takes = (time.perf_counter() - began) / 10
    for number in range(300):
        callers = [asyncio.create_task(units.run(partial(pair, number), scope=Scope(number % 2)))]
        reader = database.task(rows())
        await asyncio.sleep(random.uniform(0, 2 * takes))  # noqa: S311 - any moment will do
        reader.cancel()
        await asyncio.wait(units.terminate() or callers)
        for caller in (*callers, reader):
            with contextlib.suppress(UnitCancelledError, asyncio.CancelledError):
                await caller
    written = keys(file)
    whole = {key[:3] for key in written}
    assert written == [f"{number} {part}" for number in sorted(whole) for part in "ab"]
    assert 10 < len(whole) < 310
    async with asyncio.timeout(10):
        await asyncio.gather(*(units.run(rows) for _ in range(3 * POOL)), *(units.read(rows) for _ in range(3 * POOL)))
    assert pool.get_size() == pool.get_idle_size() <= POOL
    assert len(postgres.pids(file.name)) <= POOL + 1
