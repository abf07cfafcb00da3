"""The private threads that races are run in: opened, opened again and archived, whatever happens in between.

What is wanted stands in the attempt's row, so it is done after a restart as well. Before Discord is asked for a thread,
that is noted; where it was noted before, the thread may be there already, and it is looked for first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from events import EntityEvent, log
from events.retry import RetryPolicy
from events.unit_of_work import Body
from models import Attempt, AttemptStage, Message, MessageStatus, StoredEvent, TargetKind, ThreadState
from models.engine import Scope, Shards
from services import edits
from services.attempt_checks import LOADED, NOT_HANDED_IN
from services.attempt_steps import is_over, moved, set_deadline
from services.attempts import READY_WITHIN, WARN_READY
from services.base import By, Core, Service, change, query
from services.errors import Unavailable
from services.notices import Kind, kind_of
from services.seeding import take_back
from services.sender import SendDeferred, SendRefused
from services.telling import Telling
from services.thread_gateway import ThreadDeferred, ThreadRefused, Threads
from services.words import attempts as words

_log = logging.getLogger(__name__)

T = TypeVar("T")

AT_ONCE = 10
"""Threads that are worked on at a time."""

LOOKED_AT = 100
"""Races that are read at a time to find such as this process is to work on."""

AT_THE_DATABASE = 2
"""How many of them use the database at the same time. Commands wait behind these, and behind no more."""

AGAIN = timedelta(seconds=2)
"""When it is looked again whether all has been said in a thread that is to be archived."""


_TOLD_ELSEWHERE = frozenset({Kind.RACE_WARNING, Kind.RACE_FORFEITED, Kind.RACE_EXTENDED})
"""What a racer has to know, also without a thread."""


class ThreadService(Service):
    """`sweep` begins what is wanted; `on_ended` is called whenever one of these has ended."""

    def __init__(
        self,
        core: Core,
        telling: Telling,
        threads: Threads | None,
        *,
        shards: Shards,
        retry: RetryPolicy,
        start_task: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        on_ended: Callable[[], None],
        on_due: Callable[[], None],
    ) -> None:
        """`on_due` is called after a commit that gave a race its deadline. Without `threads`, nothing is done."""
        super().__init__(core)
        self._telling = telling
        self._threads = threads
        self._shards = shards
        self._retry = retry
        self._start_task = start_task
        self._on_ended = on_ended
        self._on_due = on_due
        self._working: dict[int, asyncio.Task[None]] = {}
        self._failures: dict[int, int] = {}
        self._later: dict[int, datetime] = {}
        self._full: dict[int, datetime] = {}
        """Until when a channel takes no more threads."""
        self._awaited: dict[int, asyncio.Future[int]] = {}
        self._at_the_database = asyncio.Semaphore(AT_THE_DATABASE)

    async def sweep(self) -> datetime | None:
        """Begin what is to be done now, as much as may be done at once; returns when there will be more (UTC)."""
        if self._threads is None:
            return None
        now = self.now()
        if (free := AT_ONCE - len(self._working)) > 0:
            for attempt in await self._wanted(now, free):
                task = self._working[attempt.id] = self._start_task(self._work(self._threads, attempt))
                task.add_done_callback(lambda _, id=attempt.id: self._ended(id))
        return min((at for at in (*self._later.values(), *self._full.values()) if at > now), default=None)

    @contextmanager
    def opening(self, attempt_id: int) -> Generator[Callable[[float], Coroutine[Any, Any, int | None]]]:
        """Within it, whoever waits learns what becomes of an attempt's thread, be it decided before they wait.

        They wait for so many seconds; that returns the thread's Discord id, or None. Raises Unavailable, in the words
        of the reason, when Discord refused it.
        """
        awaited = self._awaited[attempt_id] = asyncio.get_running_loop().create_future()

        async def opened(within: float) -> int | None:
            thread_id = await self._thread_of(attempt_id)
            if thread_id is not None:
                return thread_id
            try:
                return await asyncio.wait_for(asyncio.shield(awaited), within)
            except TimeoutError:
                return None

        try:
            yield opened
        finally:
            del self._awaited[attempt_id]
            if not awaited.cancel():
                # Perhaps nobody has come to wait for it.
                awaited.exception()

    @change
    async def gone(self, thread_id: int) -> None:
        """Somebody has deleted a thread. What its racer has to know reaches them otherwise from now on."""
        open_there = Attempt.filter(thread_id=thread_id)
        await open_there.exclude(thread_state=ThreadState.CLOSED).update(thread_state=ThreadState.GONE)

    async def lost(self, row: Message) -> None:
        """Tell the racer otherwise what Discord would not take for their thread. Inside a unit of work."""
        kind = kind_of(row)
        attempt = await Attempt.get_or_none(thread_id=row.target_id) if kind in _TOLD_ELSEWHERE else None
        event = await StoredEvent.get_or_none(event_id=row.event_id)
        if attempt is None or event is None:
            return
        # It was deleted while nobody listened, or with its channel.
        attempt.thread_state = ThreadState.GONE
        await attempt.save(update_fields=["thread_state"])
        await self._telling.tell(log.decode(event, {}), kind, attempt.racer_id)

    async def abandon(self, event: EntityEvent, attempts: QuerySet[Attempt]) -> None:
        """Have the threads of races say that these are gone, and be archived; the racers are told. See `Abandon`.

        It is all in message rows, which outlive the races.
        """
        for attempt in await attempts.exclude(thread_state=ThreadState.CLOSED).order_by("id"):
            thread_id = attempt.thread_id if attempt.thread_state is not ThreadState.GONE else None
            goes_on = attempt.stage in NOT_HANDED_IN and attempt.discarded_at is None
            # Who did it has had an answer.
            told = goes_on and attempt.thread_state is not ThreadState.CLOSING and attempt.racer_id != event.user_id
            if thread_id is not None:
                self._telling.redraw(event, await edits.cards(attempt.id))
                if told:
                    self._telling.post_in(event, Kind.RACE_GONE, thread_id, mentioned=(attempt.racer_id,))
                self._telling.close_thread(event, thread_id)
            elif attempt.id in self._awaited:
                self.units.current().after_commit(partial(self._disappoint, attempt.id, words.DELETED_MEANWHILE))
            elif told:
                await self._telling.tell(event, Kind.RACE_GONE, attempt.racer_id)

    async def close(self, thread_id: int) -> None:
        """Archive a thread, for the courier. Raises SendRefused, SendDeferred."""
        if self._threads is None:
            return
        try:
            await self._threads.close(thread_id)
        except ThreadRefused as refused:
            raise SendRefused(refused.reason) from refused
        except ThreadDeferred as deferred:
            raise SendDeferred(deferred.delay.total_seconds()) from deferred

    async def stop(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._working.values(), return_exceptions=True)

    def terminate(self) -> set[asyncio.Task[None]]:
        """Cancel what is under way; returns it."""
        tasks = set(self._working.values())
        for task in tasks:
            task.cancel()
        return tasks

    def _ended(self, attempt_id: int) -> None:
        self._working.pop(attempt_id, None)
        self._on_ended()

    async def _work(self, threads: Threads, attempt: Attempt) -> None:
        try:
            if attempt.thread_state is ThreadState.WANTED:
                await self._open(threads, attempt)
            else:
                await self._close(threads, attempt)
        except ThreadRefused as refused:
            await self._run(attempt, partial(self._refused, attempt.id, refused.reason))
        except ThreadDeferred as deferred:
            self._later[attempt.id] = self.now() + deferred.delay
        except Exception:  # noqa: BLE001 - whatever Discord or the network may raise: it is tried again
            _log.exception("the thread of race %s was not done with", attempt.id)
            failures = self._failures[attempt.id] = self._failures.get(attempt.id, 0) + 1
            delay = self._retry.delay(min(failures, self._retry.attempts - 1)) or timedelta()
            self._later[attempt.id] = self.now() + delay
        else:
            self._failures.pop(attempt.id, None)

    async def _open(self, threads: Threads, attempt: Attempt) -> None:
        thread_id = attempt.thread_id
        if thread_id is not None:
            await threads.reopen(thread_id)
        else:
            if attempt.thread_asked_at is not None:
                thread_id = await threads.find(attempt.parent_channel_id, words.thread_mark(attempt.id))
            if thread_id is None:
                thread_id = await self._open_new(threads, attempt)
            try:
                await threads.add(thread_id, attempt.racer.discord_id)
            except ThreadRefused:
                # Nobody will ever be in it.
                with suppress(ThreadRefused):
                    await threads.close(thread_id)
                raise
        there = await self._run(attempt, partial(self._is_open, attempt, thread_id))
        self._later.pop(attempt.id, None)
        if not there:
            self._disappoint(attempt.id, words.DELETED_MEANWHILE)
        elif (awaited := self._awaited.get(attempt.id)) is not None and not awaited.done():
            awaited.set_result(thread_id)

    async def _open_new(self, threads: Threads, attempt: Attempt) -> int:
        name = words.thread_name(attempt.racer.display_name, attempt.tournament.name, attempt.id)
        await self._run(attempt, partial(self._note_asked, attempt.id, self.now()))
        try:
            return await threads.open(attempt.parent_channel_id, name)
        except ThreadDeferred as deferred:
            # So would be any other in this channel. And as there is none, it need not be looked for.
            self._full[attempt.parent_channel_id] = self.now() + deferred.delay
            await self._run(attempt, partial(self._note_asked, attempt.id, None))
            raise

    async def _close(self, threads: Threads, attempt: Attempt) -> None:
        if attempt.thread_id is not None:
            if await self._something_to_say(attempt.thread_id):
                self._later[attempt.id] = self.now() + AGAIN
                return
            await threads.close(attempt.thread_id)
        await self._run(attempt, partial(self._is_closed, attempt.id))
        self._later.pop(attempt.id, None)

    @query
    async def _wanted(self, now: datetime, most: int) -> list[Attempt]:
        self._later = {id: at for id, at in self._later.items() if at > now}
        self._full = {id: at for id, at in self._full.items() if at > now}
        waiting = Attempt.filter(
            ~Q(thread_id__isnull=True, parent_channel_id__in=[*self._full, 0]),
            thread_state__in=[ThreadState.WANTED, ThreadState.CLOSING],
            id__not_in=[*self._working, *self._later, 0],
        ).order_by("id")
        found: list[int] = []
        last = 0
        # What another process has to do may stand before what this one has.
        while len(found) < most:
            page = await waiting.filter(id__gt=last).limit(LOOKED_AT).values_list("id", "guild_id")
            found += [id for id, guild_id in page if self._shards.serve(guild_id)]
            if len(page) < LOOKED_AT:
                break
            last = page[-1][0]
        return await Attempt.filter(id__in=[*found[:most], 0]).order_by("id").prefetch_related("tournament", "racer")

    @query
    async def _thread_of(self, attempt_id: int) -> int | None:
        attempt = await Attempt.get_or_none(id=attempt_id)
        return attempt.thread_id if attempt else None

    @query
    async def _something_to_say(self, thread_id: int) -> bool:
        return await Message.exists(target_kind=TargetKind.CHANNEL, target_id=thread_id, status=MessageStatus.PENDING)

    async def _run(self, attempt: Attempt, body: Body[T]) -> T:
        """Run `body` as a unit of work that touches this race's organization, whenever its turn comes.

        Unlike a command's: what has happened at Discord is to be noted, however long that takes.
        """
        async with self._at_the_database:
            return await self.units.run(body, scope=Scope(attempt.tournament.organization_id))

    async def _note_asked(self, attempt_id: int, at: datetime | None) -> None:
        await Attempt.filter(id=attempt_id).update(thread_asked_at=at)

    async def _is_open(self, opened: Attempt, thread_id: int) -> bool:
        """Note that a race's thread is open. False where the race is gone by now, so that its thread has to go too."""
        attempt = await Attempt.get_or_none(id=opened.id).prefetch_related(*LOADED)
        if attempt is None:
            event = await self._post_card(opened, thread_id)
            if event is not None:
                self._telling.close_thread(event, thread_id)
            return False
        first = attempt.thread_id is None
        attempt.thread_id = thread_id
        if attempt.thread_state is ThreadState.WANTED:
            # It may have been given up meanwhile, or Discord made them wait longer than the race took.
            attempt.thread_state = ThreadState.CLOSING if is_over(attempt) else ThreadState.OPEN
        if first and attempt.stage is AttemptStage.SEEDED and attempt.deadline_at is None:
            set_deadline(attempt, self.now() + READY_WITHIN, WARN_READY)
        await attempt.save()
        self.units.current().after_commit(self._on_due)
        if first:
            await self._post_card(attempt, thread_id)
        return True

    async def _post_card(self, attempt: Attempt, thread_id: int) -> EntityEvent | None:
        """Queue a race's card to its thread, if it does not stand there; returns the event that it tells of."""
        stored = await StoredEvent.get_or_none(event_id=attempt.event_id)
        if stored is None:
            return None
        event = log.decode(stored, {})
        about, mentioned = edits.race(attempt.id), (attempt.racer_id,)
        self._telling.post_in(event, Kind.RACE_CARD, thread_id, about=about, mentioned=mentioned)
        return event

    async def _is_closed(self, attempt_id: int) -> None:
        closing = Attempt.filter(id=attempt_id, thread_state=ThreadState.CLOSING)
        await closing.update(thread_state=ThreadState.CLOSED)

    async def _refused(self, attempt_id: int, reason: str) -> None:
        """Take back an attempt whose thread Discord refuses; one that had its thread goes on without."""
        attempt = await Attempt.get_or_none(id=attempt_id).prefetch_related(*LOADED)
        if attempt is None:
            return
        if attempt.thread_id is not None or attempt.stage is not AttemptStage.SEEDED:
            attempt.thread_state = ThreadState.GONE
            await attempt.save(update_fields=["thread_state"])
            return
        await take_back(attempt.seed_id)
        by = By(user_id=None, organization_id=attempt.tournament.organization_id, timestamp=self.now())
        event = moved(attempt, attempt.stage, None, by)
        await attempt.delete()
        await self.bus.emit(event)
        if attempt_id in self._awaited:
            # Whoever waits for it says so.
            self.units.current().after_commit(lambda: self._disappoint(attempt_id, reason))
        else:
            await self._telling.tell(event, Kind.RACE_NOT_OPENED, attempt.racer_id)

    def _disappoint(self, attempt_id: int, reason: str) -> None:
        awaited = self._awaited.get(attempt_id)
        if awaited is not None and not awaited.done():
            awaited.set_exception(Unavailable(reason))
