"""What the start page shows of the inside: the events, the audit trail, the queue and the proof."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from uuid_utils.compat import uuid7

from bot.demo.stage import Stage
from bot.demo.tally import Tally, compare
from events import Bus
from events.unit_of_work import UnitOfWork
from models.database import Database
from services.audit import AuditLine, AuditService
from services.base import Core
from services.overview import EventLine, MessageLine, OverviewService

EVENTS, MESSAGES, LINES = 12, 12, 12


@dataclass(frozen=True, slots=True)
class Inside:
    """The newest of each, the newest first."""

    events: list[EventLine]
    messages: list[MessageLine]
    trail: list[AuditLine]
    tally: Tally


class Desk:
    """Reads the bot's database over a connection of its own, so that it sees what is committed and nothing else."""

    def __init__(self, stage: Stage, database: Database) -> None:
        self._stage = stage
        self._database = database
        core = Core(UnitOfWork(database), Bus(), stage.env.now, uuid7())
        self._overview = OverviewService(core)
        self._audit = AuditService(core)
        self._seen: tuple[int, int, int] | None = None
        self._inside: Inside | None = None

    async def look(self) -> Inside:
        """What is inside now."""
        accepted, threads = self._stage.wire.accepted, self._stage.wire.threads
        while True:
            # Should a message arrive while this reads, it reads again: rows and arrivals are of one moment.
            seen = (await self._database.revision(), len(accepted), len(threads))
            if self._inside is not None and self._seen == seen:
                return self._inside
            received = list(accepted)
            self._inside = Inside(
                await self._overview.events(EVENTS),
                await self._overview.messages(MESSAGES),
                list(reversed(await self._audit.everything(newest=LINES))),
                compare(
                    await self._overview.messages(),
                    received,
                    unrecorded=await self._overview.unrecorded(),
                    invented=await self._overview.invented(),
                    threads=list(threads),
                ),
            )
            # Only now: when a read fails, the next look must not take the old picture for the new one.
            self._seen = seen


@asynccontextmanager
async def open_desk(stage: Stage) -> AsyncGenerator[Desk]:
    database = Database(stage.settings.database_url)
    await database.open(beside=True)
    try:
        yield Desk(stage, database)
    finally:
        await database.close()
