"""How fast commands are answered: with nothing else to do, and beside a long queue and a long search."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from simcord import InteractionResult
from simcord._settlement import _active_callbacks  # pyright: ignore[reportPrivateUsage]
from uuid_utils.compat import uuid7

from bot.demo.script import set_up
from bot.demo.stage import Stage, open_stage
from bot.demo.transcript import Transcript
from bot.settings import Settings
from events.unit_of_work import Unit
from services.actor import Caller, Person
from services.audit import AuditFilter

COMMANDS = 200
WAITING = 10_000
CHANNELS = 50
TRAIL = 100_000


class Stamped(list[Any]):
    """A list that remembers when each item came."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []
        self.answered = asyncio.Event()

    def append(self, item: Any, /) -> None:
        self.times.append(time.perf_counter())
        super().append(item)
        if _is_answer(item):
            self.answered.set()

    def first(self, fits: Callable[[Any], bool]) -> float:
        """When the first item that fits came. Raises StopIteration."""
        return next(at for item, at in zip(self, self.times, strict=True) if fits(item))


def spread(seconds: list[float]) -> str:
    """Median and 99th percentile in milliseconds."""
    return f"{median(seconds) * 1000:8.2f} {quantiles(seconds, n=100)[98] * 1000:8.2f}"


class CommitLimit:
    """What one durable commit costs here: no command that changes something can answer faster."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (x)")

    def once(self) -> float:
        begin = time.perf_counter()
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("INSERT INTO t VALUES (1)")
        self._connection.execute("COMMIT")
        return time.perf_counter() - begin

    def close(self) -> None:
        self._connection.close()


async def latency(folder: Path) -> None:
    """How fast commands are answered, and how soon after its commit an announcement is handed to Discord."""
    committed: list[float] = []
    original = Unit.committed

    def noted(self: Unit) -> None:
        committed.append(time.perf_counter())
        original(self)

    reads: list[float] = []
    writes: list[float] = []
    announcements: list[float] = []
    limits: list[float] = []
    limit = CommitLimit(folder / "limit.sqlite3")
    async with open_stage(Settings(database_url=f"sqlite://{folder / 'herald.sqlite3'}")) as stage:
        await set_up(stage, Transcript(stage, lambda _: None))
        news = f"/channels/{stage.channels['announcements'].id}/messages"
        Unit.committed = noted
        try:
            for number in range(COMMANDS):
                limits.append(limit.once())
                reads.append((await _answered(stage, "tournament list"))[0])
                form = (await _answered(stage, "tournament create", type="speedrun"))[1]
                committed.clear()
                took, sent = await _sent(stage, form, f"Cup {number}")
                writes.append(took)
                announcements.append(sent.first(lambda r: r.method == "POST" and r.path == news) - committed[0])
        finally:
            Unit.committed = original
            limit.close()
    print(f"{'in-process, milliseconds':44} {'median':>8} {'p99':>8}")
    print(f"{'one durable commit of SQLite (the limit)':44} {spread(limits)}")
    print(f"{'/tournament list answered':44} {spread(reads)}")
    print(f"{'/tournament create answered (with 1 event)':44} {spread(writes)}")
    print(f"{'announcement handed to Discord after commit':44} {spread(announcements)}")
    print(f"create answered / durable commit: {median(writes) / median(limits):.1f}")


async def _answered(stage: Stage, command: str, **options: Any) -> tuple[float, InteractionResult]:
    """Run a command; the seconds until its answer reached Discord."""
    stage.env.backend.http_requests = sent = Stamped()
    begin = time.perf_counter()
    result = await stage.people["Olga"].slash(stage.channels["races"], command, **options)
    return await _answer_in(sent) - begin, result


async def _sent(stage: Stage, form: InteractionResult, name: str) -> tuple[float, Stamped]:
    """Send the form for a new tournament; the seconds until its answer reached Discord, and all that was sent."""
    stage.env.backend.http_requests = sent = Stamped()
    begin = time.perf_counter()
    await stage.people["Olga"].submit_modal(form, {"name": name, "description": "", "seed": ""})
    return await _answer_in(sent) - begin, sent


async def _answer_in(sent: Stamped) -> float:
    await sent.answered.wait()
    return sent.first(_is_answer)


def _is_answer(request: Any) -> bool:
    return request.path.endswith("/callback")


async def crowd(folder: Path) -> None:
    """How fast commands are answered while 10,000 messages are being sent and somebody searches a long audit trail."""
    reads: list[float] = []
    writes: list[float] = []
    path = folder / "crowd.sqlite3"
    async with open_stage(Settings(database_url=f"sqlite://{path}")) as stage:
        await set_up(stage, Transcript(stage, lambda _: None))
        channels = [stage.guild.create_text_channel(f"room-{number}").id for number in range(CHANNELS)]
        _fill(path, channels)
        searched: list[float] = []
        async with _unsettled(stage), _searching(stage, searched):
            stage.bot.herald.courier.wake()
            for number in range(COMMANDS):
                reads.append((await _answered(stage, "tournament list"))[0])
                form = (await _answered(stage, "tournament create", type="speedrun"))[1]
                writes.append((await _sent(stage, form, f"Cup {number}"))[0])
            left = _waiting(path)
            with closing(sqlite3.connect(path)) as database, database:
                # The bot is to end now.
                database.execute("UPDATE message SET due_at = '2999-01-01 00:00:00+00:00' WHERE status = 'pending'")
    print(f"{f'while {WAITING - left} of {WAITING} messages went out':44} {'median':>8} {'p99':>8}")
    print(f"{'/tournament list answered':44} {spread(reads)}")
    print(f"{'/tournament create answered (with 1 event)':44} {spread(writes)}")
    print(f"{f'a search through {TRAIL} lines, over and over':44} {spread(searched)}")


def _fill(path: Path, channels: list[int]) -> None:
    """A trail of 100,000 lines, and 10,000 messages to as many channels as are given."""
    now = datetime.now(UTC).isoformat(sep=" ")
    ids = [str(uuid7()) for _ in range(TRAIL)]
    with closing(sqlite3.connect(path)) as database, database:
        (seq,) = database.execute("SELECT max(seq) FROM event").fetchone()
        (claim,) = database.execute("SELECT claim FROM message LIMIT 1").fetchone()
        database.executemany(
            "INSERT INTO event (seq, event_id, type, version, stream, organization_id, entity_id, occurred_at, payload)"
            " VALUES (?, ?, 'TournamentDeleted', 1, 'organization:1', 1, 1, ?, '{\"tournament_name\": \"Cup\"}')",
            ((seq + number, event_id, now) for number, event_id in enumerate(ids, start=1)),
        )
        database.execute(
            "INSERT INTO audit_entry (event_id, event_seq, action, version, organization_id, entity_type, entity_id,"
            " occurred_at, data) SELECT event_id, seq, type, version, 1, 'tournament', entity_id, occurred_at, payload"
            " FROM event WHERE seq > ?",
            (seq,),
        )
        database.executemany(
            "INSERT INTO message (id, event_id, kind, data, target_kind, target_id, status, attempts, created_at,"
            " claim) VALUES (?, ?, 'audit_line', '{}', 'channel', ?, 'pending', 0, ?, ?)",
            (
                (str(uuid7()), event_id, channels[number % len(channels)], now, claim)
                for number, event_id in enumerate(ids[:WAITING])
            ),
        )


def _waiting(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT count(*) FROM message WHERE status = 'pending'").fetchone()[0]


@asynccontextmanager
async def _unsettled(stage: Stage) -> AsyncGenerator[None]:
    """Let simcord not wait, after each command, until the bot has nothing left to do."""
    env: Any = stage.env
    settle = env._settle_internal  # noqa: SLF001 - it has no setting for this

    async def tidy(**_: Any) -> None:
        # It is here that it drops its notes on timers that have ended; with all of them it becomes slow.
        _active_callbacks(env._settlement_state())  # noqa: SLF001

    env._settle_internal = tidy  # noqa: SLF001
    try:
        yield
    finally:
        env._settle_internal = settle  # noqa: SLF001


@asynccontextmanager
async def _searching(stage: Stage, seconds: list[float]) -> AsyncGenerator[None]:
    """Somebody looks for the oldest line of the trail, again and again; how long each search took goes to `seconds`."""
    person = Person(discord_id=stage.people["Olga"].id, name="Olga")
    caller = Caller(person=person, at=datetime.now(UTC), guild_id=stage.guild.id, guild_name="Racing Club")
    actor = await stage.bot.herald.accounts.actor(caller)

    async def search() -> None:
        while True:
            begin = time.perf_counter()
            await stage.bot.herald.audit.search(actor, AuditFilter(entity_type="tournament"), page=TRAIL)
            seconds.append(time.perf_counter() - begin)

    task = asyncio.create_task(search())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
