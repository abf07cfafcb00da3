"""The courier: sends message rows, each once, in the order of each channel's or person's rows."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol
from uuid import UUID

from events.clock import Clock
from events.pump import Pump
from events.retry import RetryPolicy
from events.unit_of_work import UnitOfWork
from models import Message, MessageStatus, MessageTarget, TargetKind
from models.database import Database
from services.notice import Notice
from services.notices import NoticeService

_log = logging.getLogger(__name__)

NONCE_WINDOW = timedelta(seconds=90)
"""How long after the first attempt a nonce is trusted to keep Discord from showing a message twice.

Discord documents "a few minutes" (Create Message, `enforce_nonce`). An attempt that begins within the window may
end later, so this stays well below."""

GIVE_UP_AFTER = timedelta(hours=24)
"""A message that could not be sent for this long is recorded as failed."""

REFUSED_FOR = timedelta(days=1)
"""How long a person who refused a DM is not tried again."""

BATCH = 200
TARGETS = 10
"""Channels and people served side by side."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes: a Discord channel or user id."""

    kind: TargetKind
    id: int


@dataclass(frozen=True, slots=True)
class Sent:
    """Where Discord put a message."""

    channel_id: int
    message_id: int


class SendRefused(Exception):
    """Discord will not take this message, now or later. `closed` says that the person takes no DMs at all."""

    def __init__(self, reason: str, *, closed: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.closed = closed


class SendDeferred(Exception):
    """Discord asks to try again after some seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"asked to wait {seconds} s")
        self.delay = timedelta(seconds=seconds)


class Sender(Protocol):
    """What brings a message to Discord. Anything it raises but SendRefused leaves open whether it arrived."""

    async def send(self, target: Target, notice: Notice, nonce: str) -> Sent:
        """Send `notice`, marked with `nonce`. Raises SendRefused, SendDeferred."""
        ...

    async def find(self, target: Target, nonce: str, since: datetime) -> Sent | None:
        """Look for a message marked with `nonce` among those sent after `since`. Raises SendRefused."""
        ...


def nonce_of(message_id: UUID) -> str:
    """A message's nonce: its own 16 bytes as unpadded base64url, 22 of the 25 characters that Discord allows."""
    return base64.urlsafe_b64encode(message_id.bytes).rstrip(b"=").decode()


class Courier:
    def __init__(
        self,
        units: UnitOfWork,
        database: Database,
        notices: NoticeService,
        sender: Sender,
        *,
        clock: Clock,
        retry: RetryPolicy,
    ) -> None:
        self._units = units
        self._notices = notices
        self._sender = sender
        self._clock = clock
        self._retry = retry
        self._pump = Pump("courier", self._drain, start_task=database.task, clock=clock, retry=retry)

    def wake(self) -> None:
        """There are new rows."""
        self._pump.wake()

    def start(self) -> None:
        """Send from now on, beginning with what an earlier process left behind."""
        self._pump.start()

    async def stop(self) -> None:
        """Finish the messages in flight and begin no other; the rest waits for the next start."""
        await self._pump.stop()

    async def _drain(self) -> datetime | None:
        gate = asyncio.Semaphore(TARGETS)

        async def serve(rows: list[Message]) -> None:
            async with gate:
                for row in rows:
                    if self._pump.stopping or not await self._deliver(row):
                        return

        while not self._pump.stopping:
            waiting, due = await self._units.read(self._due)
            if not waiting:
                return due
            async with asyncio.TaskGroup() as tasks:
                for rows in waiting:
                    tasks.create_task(serve(rows))
        return None

    async def _due(self) -> tuple[list[list[Message]], datetime | None]:
        """Rows to send now, per target and in order, and when the next retry is due.

        While a target's first row waits for its retry, so do the rows behind it.
        """
        now = self._clock()
        pending = Message.filter(status=MessageStatus.PENDING)
        waiting = pending.filter(due_at__gt=now).order_by("due_at")
        blocked = await waiting.values_list("target_id", flat=True)
        rows = await pending.filter(target_id__not_in=blocked).order_by("seq").limit(BATCH)
        targets: dict[Target, list[Message]] = {}
        for row in rows:
            targets.setdefault(Target(row.target_kind, row.target_id), []).append(row)
        head = await waiting.first()
        return list(targets.values()), head.due_at if head else None

    async def _deliver(self, row: Message) -> bool:
        """Bring one row to its end; False when it has to wait, and its target with it."""
        target = Target(row.target_kind, row.target_id)
        nonce = nonce_of(row.id)
        refusal = await self._units.read(partial(self._refusal, target))
        if refusal is not None:
            return await self._fail(row, refusal)
        notice = await self._notices.build(row)
        if notice is None:
            return await self._fail(row, "what it tells about no longer exists")
        now = self._clock()
        try:
            if row.first_attempt_at is not None and now - row.first_attempt_at > NONCE_WINDOW:
                found = await self._sender.find(target, nonce, row.first_attempt_at)
                if found is not None:
                    return await self._sent(row, found)
            await self._units.run(partial(self._begin, row, now))
            return await self._sent(row, await self._sender.send(target, notice, nonce))
        except SendRefused as refused:
            if refused.closed:
                await self._units.run(partial(self._remember, target, refused.reason))
            return await self._fail(row, refused.reason)
        except SendDeferred as deferred:
            return await self._defer(row, deferred.delay, str(deferred))
        except Exception as error:  # noqa: BLE001 - whatever the way to Discord raises, the row is tried again
            delay = self._retry.delay(row.attempts) or timedelta(seconds=self._retry.cap)
            return await self._defer(row, delay, f"{type(error).__name__}: {error}"[:500])

    async def _refusal(self, target: Target) -> str | None:
        memory = await MessageTarget.get_or_none(kind=target.kind, target_id=target.id, refused_until__gt=self._clock())
        return memory.reason if memory else None

    async def _begin(self, row: Message, now: datetime) -> None:
        row.attempts += 1
        row.first_attempt_at = row.first_attempt_at or now
        await row.save(update_fields=["attempts", "first_attempt_at"])

    async def _sent(self, row: Message, sent: Sent) -> bool:
        row.discord_channel_id, row.discord_message_id = sent.channel_id, sent.message_id
        await self._settle(row, MessageStatus.SENT)
        return True

    async def _fail(self, row: Message, reason: str) -> bool:
        _log.warning("message %s of kind %s was not sent: %s", row.seq, row.kind, reason)
        row.failure = reason[:500]
        await self._settle(row, MessageStatus.FAILED)
        return True

    async def _settle(self, row: Message, status: MessageStatus) -> None:
        row.status, row.due_at, row.settled_at = status, None, self._clock()
        await self._save(row, ["status", "due_at", "settled_at", "failure", "discord_channel_id", "discord_message_id"])

    async def _defer(self, row: Message, delay: timedelta, reason: str) -> bool:
        now = self._clock()
        if now - row.created_at > GIVE_UP_AFTER:
            return await self._fail(row, f"gave up after {GIVE_UP_AFTER.days} day: {reason}")
        _log.warning("message %s of kind %s waits %s: %s", row.seq, row.kind, delay, reason)
        row.due_at, row.failure = now + delay, reason[:500]
        await self._save(row, ["due_at", "failure"])
        return False

    async def _save(self, row: Message, fields: Sequence[str]) -> None:
        await self._units.run(partial(row.save, update_fields=fields))

    async def _remember(self, target: Target, reason: str) -> None:
        await MessageTarget.update_or_create(
            kind=target.kind,
            target_id=target.id,
            defaults={"refused_until": self._clock() + REFUSED_FOR, "reason": reason},
        )
