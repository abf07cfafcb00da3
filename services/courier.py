"""The courier: sends message rows, each once, in the order of each channel's or person's rows."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from events.claims import Claims, TakenOver
from events.clock import Clock
from events.pump import Pump
from events.retry import RetryPolicy
from events.unit_of_work import Body, T, UnitOfWork
from models import Message, MessageStatus, MessageTarget, TargetKind
from models.database import Database
from services.budget import WINDOW, RequestBudget
from services.digests import gather
from services.edits import standing
from services.heads import first_rows
from services.notices import Kind, NoticeService, Unreadable
from services.sender import SendDeferred, Sender, SendRefused, Sent, Target, nonce_of
from services.words import sending as words

_log = logging.getLogger(__name__)

NONCE_WINDOW = timedelta(seconds=90)
"""How long after the first attempt a nonce is trusted to keep Discord from showing a message twice.

Discord documents "a few minutes" (Create Message, `enforce_nonce`). An attempt that begins within the window may
end `SEND_LIMIT` later, so both together stay below."""

SEND_LIMIT = timedelta(seconds=60)
"""How long one attempt may take, with all that discord.py sleeps and retries in it."""

GIVE_UP_AFTER = timedelta(hours=24)
"""A message that could not be sent for this long after the first attempt is recorded as failed."""

REFUSED_FOR = timedelta(days=1)
"""How long a person who refused a DM is not tried again."""

TARGETS = 10
"""Channels and people served side by side."""

AT_THE_DATABASE = 3
"""How many of them use the database at the same time. Commands wait behind these, and behind no more."""

LONGEST_REASON = 500


class Courier:
    """Serves each target in a lane of its own: a task that brings the target's first waiting row to Discord.

    Whatever ends or adds a row wakes the pump, which opens a lane to each target that has a row to send now.
    """

    def __init__(
        self,
        units: UnitOfWork,
        database: Database,
        notices: NoticeService,
        sender: Sender,
        *,
        worker: UUID,
        clock: Clock,
        retry: RetryPolicy,
        budget: RequestBudget,
        on_closed: Callable[[Message, bool], Awaitable[None]],
        on_lost: Callable[[Message], Awaitable[None]],
        close_thread: Callable[[int], Awaitable[None]],
        look_every: float | None = None,
    ) -> None:
        """`on_closed` is told of each message to somebody who takes no DMs, in the unit that settles it.

        It is also told whether that was just found out, or remembered. `on_lost` is told likewise of what Discord
        refused for good, for any other reason. `close_thread` archives one; it raises as the `sender` does.
        """
        self._units = units
        self._database = database
        self._notices = notices
        self._sender = sender
        self._worker = worker
        self._claims = Claims(database, units, Message, lane="target_id", worker=worker, clock=clock)
        self._recalled = False
        self._clock = clock
        self._retry = retry
        self._budget = budget
        self._on_closed = on_closed
        self._on_lost = on_lost
        self._close_thread = close_thread
        self._pump = Pump(
            "courier", self._open_lanes, start_task=database.task, clock=clock, retry=retry, look_every=look_every
        )
        self._lanes: dict[Target, asyncio.Task[None]] = {}
        self._set_aside: dict[int, datetime] = {}
        self._at_the_database = asyncio.Semaphore(AT_THE_DATABASE)
        self._heads: deque[Message] = deque()
        """First rows that were read and have no lane yet; none is of a target that has one."""
        self._unread = True
        """Whether there may be other ones by now."""
        self._due: datetime | None = None

    def wake(self) -> None:
        """There are new rows."""
        self._unread = True
        self._pump.wake()

    def start(self) -> None:
        """Send from now on, beginning with what an earlier process left behind."""
        self._pump.start()

    async def stop(self) -> None:
        """Finish the messages in flight and begin no other; the rest waits for the next start."""
        await self._pump.stop()
        while self._lanes:
            await asyncio.wait(self._lanes.values())

    def terminate(self) -> set[asyncio.Task[None]]:
        """Drop the messages in flight; returns the tasks that are now being cancelled."""
        lanes = set(self._lanes.values())
        for lane in lanes:
            lane.cancel()
        return lanes | self._pump.terminate()

    async def _open_lanes(self) -> datetime | None:
        """Open a lane to each target that has a row to send now; returns when the next one is due."""
        await self._claims.begin()
        if not self._recalled:
            await self._units.read(self._recall)
            self._recalled = True
        now = self._clock()
        if (closed_until := self._budget.closed_until()) is not None:
            return closed_until
        if self._unread or not self._heads or (self._due is not None and self._due <= now):
            await self._look(now)
        while self._heads and len(self._lanes) < TARGETS and not self._pump.stopping:
            row = self._heads.popleft()
            target = Target(row.target_kind, row.target_id)
            if target.kind is TargetKind.USER:
                if self._budget.dms_closed_until() is not None or (self._dm_under_way() and self._budget.cautious):
                    # It is read again when that has passed: then, and when a lane ends, there is another look.
                    self._unread = True
                    continue
                self._budget.note_dm()
            lane = self._lanes[target] = self._database.task(self._serve(target, row))
            lane.add_done_callback(partial(self._lane_ended, target))
        return min(filter(None, (self._due, self._budget.dms_closed_until())), default=None)

    async def _look(self, now: datetime) -> None:
        """Read the first rows to be sent now, and when there will be others."""
        self._unread = False
        self._heads.clear()
        await self._claims.more()
        self._set_aside = {seq: until for seq, until in self._set_aside.items() if until > now}
        # As they are before the read: what a lane sends while it runs is read as still to be sent.
        busy = set(self._lanes)
        dms_closed_until = self._budget.dms_closed_until()
        read = partial(first_rows, self._worker, now, set(self._set_aside), dms=dms_closed_until is None)
        rows, due = await self._units.read(read)
        self._heads.extend(row for row in rows if Target(row.target_kind, row.target_id) not in busy)
        self._due = min([*self._set_aside.values(), *filter(None, (due, dms_closed_until))], default=None)

    def _dm_under_way(self) -> bool:
        return any(target.kind is TargetKind.USER for target in self._lanes)

    async def _recall(self) -> None:
        """Recall how often earlier runs were refused."""
        refused = Message.filter(status=MessageStatus.FAILED, settled_at__gt=self._clock() - WINDOW, attempts__gt=0)
        self._budget.recall(row.settled_at for row in await refused if row.settled_at is not None)

    async def _serve(self, target: Target, row: Message) -> None:
        try:
            await self._deliver(target, row)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - logged, and one lane's own trouble
            if self._pump.stopping and isinstance(error, asyncio.CancelledError):
                # It is handed back: the next start takes it up.
                return
            # What became of the message could not be noted. It will be found out as after a crash.
            _log.exception("message %s of kind %s is set aside", row.seq, row.kind)
            self._set_aside[row.seq] = self._clock() + self._delay(row)

    def _lane_ended(self, target: Target, _: asyncio.Task[None]) -> None:
        # Not in the lane itself: one that is cancelled before its first step never gets to its end.
        del self._lanes[target]
        self._pump.wake()

    async def _deliver(self, target: Target, row: Message) -> None:
        """Bring one row to its end, or let it wait. Raises what the database raises."""
        if self._pump.stopping:
            return
        async with self._at_the_database:
            refusal = await self._units.read(partial(self._refusal, target))
        if refusal is not None:
            await self._fail(row, refusal, closed=target.kind is TargetKind.USER)
            return
        first_attempt_at = await self._run(partial(self._take_up, row))
        try:
            sent = await self._bring(target, row, first_attempt_at)
        except Unreadable as error:
            await self._fail(row, str(error))
        except SendRefused as refused:
            await self._fail(row, refused.reason, closed=refused.closed, newly=True)
        except SendDeferred as deferred:
            await self._defer(row, deferred.delay, str(deferred))
        except Exception as error:  # noqa: BLE001 - whatever the way to Discord raises, the row is tried again
            await self._defer(row, self._delay(row), words.failed(type(error).__name__, str(error)))
        else:
            await self._sent(row, sent)

    async def _bring(self, target: Target, row: Message, first_attempt_at: datetime) -> Sent | None:
        """Send one row, unless Discord turns out to have it already; None for one that is no message of its own."""
        if row.kind == Kind.EDITED:
            return await self._redraw(target, row)
        if row.kind == Kind.THREAD_CLOSED:
            async with asyncio.timeout(SEND_LIMIT.total_seconds()):
                return await self._close_thread(target.id)
        now, nonce = self._clock(), nonce_of(row.id)
        # An attempt that seems to lie ahead was made before the host's clock was set back: who knows how long ago.
        if not first_attempt_at <= now <= first_attempt_at + NONCE_WINDOW:
            async with asyncio.timeout(SEND_LIMIT.total_seconds()):
                found = await self._sender.find(target, nonce, min(first_attempt_at, now))
            if found is not None:
                return found
        async with self._at_the_database:
            notice = await self._notices.build(row)
        async with asyncio.timeout(SEND_LIMIT.total_seconds()):
            return await self._sender.send(target, notice, nonce)

    async def _redraw(self, target: Target, row: Message) -> None:
        """Draw the messages anew that a row names. Done twice, it does no harm."""
        async with self._at_the_database:
            drawings = await self._notices.redraw(await self._units.read(partial(standing, row.data["messages"])))
        for one in drawings:
            async with asyncio.timeout(SEND_LIMIT.total_seconds()):
                await self._sender.edit(target, one.sent, one.notice, one.nonce)

    async def _refusal(self, target: Target) -> str | None:
        memory = await MessageTarget.get_or_none(kind=target.kind, target_id=target.id, refused_until__gt=self._clock())
        return memory.reason if memory else None

    async def _take_up(self, row: Message) -> datetime:
        """Let a row speak for those behind it too, if it may, and note the attempt; returns when the first one was."""
        await gather(row, self._clock())
        return await self._begin(row)

    async def _begin(self, row: Message) -> datetime:
        """Note an attempt before it is made; returns when the first one was."""
        first_attempt_at = row.first_attempt_at or self._clock()
        row.attempts, row.first_attempt_at = row.attempts + 1, first_attempt_at
        await self._update(row, "attempts", "first_attempt_at")
        return first_attempt_at

    async def _sent(self, row: Message, sent: Sent | None) -> None:
        if sent is not None:
            row.discord_channel_id, row.discord_message_id = sent.channel_id, sent.message_id
        await self._run(partial(self._settle, row, MessageStatus.SENT, None))

    async def _fail(self, row: Message, reason: str, *, closed: bool = False, newly: bool = False) -> None:
        _log.warning("message %s of kind %s was not sent: %s", row.seq, row.kind, reason)
        await self._run(partial(self._failed, row, reason[:LONGEST_REASON], closed, newly))

    async def _failed(self, row: Message, reason: str, closed: bool, newly: bool) -> None:
        await self._settle(row, MessageStatus.FAILED, reason)
        if closed:
            if newly:
                await self._remember(Target(row.target_kind, row.target_id), reason)
            await self._on_closed(row, newly)
        elif newly:
            await self._on_lost(row)

    async def _settle(self, row: Message, status: MessageStatus, failure: str | None) -> None:
        row.status, row.failure, row.due_at, row.settled_at = status, failure, None, self._clock()
        await self._update(row, "status", "failure", "due_at", "settled_at", "discord_channel_id", "discord_message_id")

    async def _defer(self, row: Message, delay: timedelta, reason: str) -> None:
        now = self._clock()
        # A day may have passed with the bot down: that alone is no reason to give up.
        tried_for = now - (row.first_attempt_at or now)
        if tried_for > GIVE_UP_AFTER and row.attempts >= self._retry.attempts:
            await self._fail(row, words.gave_up(GIVE_UP_AFTER.days, reason))
            return
        _log.warning("message %s of kind %s waits %s: %s", row.seq, row.kind, delay, reason)
        row.due_at, row.failure = now + delay, reason[:LONGEST_REASON]
        await self._save(row, "due_at", "failure")

    def _delay(self, row: Message) -> timedelta:
        return self._retry.delay(row.attempts) or timedelta(seconds=self._retry.cap)

    async def _save(self, row: Message, *fields: str) -> None:
        await self._run(partial(self._update, row, *fields))

    async def _run(self, body: Body[T]) -> T:
        async with self._at_the_database:
            return await self._units.run(body)

    async def _update(self, row: Message, *fields: str) -> None:
        """Write a row's fields. Raises TakenOver when it is another worker's by now."""
        mine = Message.filter(seq=row.seq, status=MessageStatus.PENDING, claim=self._worker)
        if not await mine.update(**{name: getattr(row, name) for name in fields}):
            raise TakenOver(f"message {row.seq}")

    async def _remember(self, target: Target, reason: str) -> None:
        refused_until, reason = self._clock() + REFUSED_FOR, reason[:LONGEST_REASON]
        known = MessageTarget.filter(kind=target.kind, target_id=target.id)
        if not await known.update(refused_until=refused_until, reason=reason):
            await MessageTarget.create(
                kind=target.kind, target_id=target.id, refused_until=refused_until, reason=reason
            )
