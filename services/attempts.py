"""Races that people run on their own time: a seed, a clock from Ready to Finish, and the ways out of it.

The clock is Discord's: it starts at the instant that Ready was pressed plus the countdown, and stops at the instant
that Finish was, both read off the interactions' own snowflakes, whatever the lag.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from uuid_utils.compat import uuid7

from models import Attempt, AttemptStage, Pool, Race, ThreadState, Tournament, TournamentStatus
from services.actor import Actor
from services.attempt_checks import (
    UNDER_WAY,
    PoolChoice,
    find_attempt,
    require_entitled,
    require_none_under_way,
    require_startable,
    seeds_left,
)
from services.attempt_steps import forfeit_at, moved, set_deadline
from services.base import By, Core, Service, change, change_at_its_instant, query
from services.errors import NotFound, WrongState
from services.membership import require_account
from services.permissions import organization_of
from services.scores import recount
from services.seeding import give_seed
from services.text import fold, quoted
from services.tournaments import find_tournament
from services.words import attempts as words
from services.words import race_cards

COUNTDOWN = timedelta(seconds=15)
READY_WITHIN = timedelta(minutes=20)
FINISH_WITHIN = timedelta(hours=12)
UNDO_WITHIN = timedelta(seconds=60)
LAG = timedelta(seconds=5)
"""How much later than it was pressed a button may be heard of: what is done for somebody by itself waits so long."""
WARN_READY = timedelta(minutes=5)
WARN_FINISH = timedelta(minutes=30)
SHOWN = 25
LONGEST_KEY = 160


@dataclass(frozen=True, slots=True)
class Reattempt:
    """A race that can be discarded for another; `left` such choices remain, None for any number."""

    attempt: Attempt
    left: int | None


class AttemptService(Service):
    def __init__(self, core: Core, on_due: Callable[[], None], on_thread: Callable[[], None]) -> None:
        """After a commit that has something become due, `on_due` is called; `on_thread`, where a thread is wanted."""
        super().__init__(core)
        self._on_due = on_due
        self._on_thread = on_thread
        # Which of several seeds that were given equally often somebody gets must not be guessed.
        self._random = random.SystemRandom()

    @query
    async def offer(self, actor: Actor, reference: int | str, pool: str = "") -> tuple[Tournament, list[PoolChoice]]:
        """A tournament and the pools in which the actor may start a race, or the one called `pool`.

        Raises NotFound, NotAllowed, WrongState.
        """
        tournament = await find_tournament(organization_of(actor), reference)
        choices = await require_startable(actor, tournament)
        if not pool:
            return tournament, choices
        named = [choice for choice in choices if choice.pool.name_key == fold(pool)]
        if named:
            return tournament, named
        found = await Pool.get_or_none(tournament_id=tournament.id, name_key=fold(pool)[:LONGEST_KEY])
        if found is None:
            raise NotFound(words.no_such_pool(quoted(pool), tournament.name))
        raise WrongState(words.pool_full(found.name, tournament.runs_per_pool))

    @query
    async def startable(self, actor: Actor, pool_id: int) -> Pool:
        """The pool (with its tournament), if the actor may start a race there now. Raises as `offer` does."""
        return await self._startable(actor, pool_id)

    @change
    async def start(self, actor: Actor, pool_id: int, parent_channel_id: int) -> Attempt:
        """Give the actor a seed of a pool; its thread is opened in the Discord channel. Raises as `offer` does."""
        pool = await self._startable(actor, pool_id)
        await require_account(actor.account_id)
        seed = await give_seed(pool.id, actor.account_id, self._random)
        if seed is None:
            raise WrongState(words.SEEDS_USED_UP)
        attempt = Attempt(
            tournament=pool.tournament,
            pool=pool,
            seed=seed,
            racer_id=actor.account_id,
            guild_id=actor.caller.guild_id or 0,
            parent_channel_id=parent_channel_id,
            given_at=actor.caller.at,
        )
        await self._save_new(attempt, self.by(actor))
        self.units.current().after_commit(self._on_thread)
        return attempt

    @change_at_its_instant
    async def ready(self, actor: Actor, attempt_id: int | None = None) -> Attempt:
        """Set the clock: it starts after the countdown. Raises NotFound, NotAllowed, WrongState."""
        attempt = await self._pressed(actor, attempt_id, AttemptStage.SEEDED)
        if attempt.stage is AttemptStage.RACING and attempt.starts_at is not None:
            raise WrongState(words.ready_twice(attempt.starts_at))
        self._require_open(attempt)
        if attempt.waits_for_its_thread:
            raise WrongState(words.NO_THREAD_YET)
        # Pressed in time, it counts, even if it was only then forfeited for them.
        if attempt.stage is not AttemptStage.SEEDED:
            if not _just_in_time(attempt, actor, AttemptStage.SEEDED):
                raise WrongState(_over(attempt))
            await require_none_under_way(actor, words.ANOTHER_FIRST)
        self.clear_end(attempt)
        attempt.starts_at = actor.caller.at + COUNTDOWN
        set_deadline(attempt, attempt.starts_at + FINISH_WITHIN, WARN_FINISH)
        await self._move(attempt, AttemptStage.RACING, self.by(actor))
        return attempt

    @change_at_its_instant
    async def finish(self, actor: Actor, attempt_id: int | None = None) -> Attempt:
        """Stop the clock. Raises NotFound, NotAllowed, WrongState."""
        attempt = await self._pressed(actor, attempt_id, AttemptStage.RACING)
        self._require_open(attempt)
        if attempt.stage is AttemptStage.SEEDED:
            raise WrongState(words.NOT_READY_YET)
        if attempt.stage is not AttemptStage.RACING and not _just_in_time(attempt, actor, AttemptStage.RACING):
            raise WrongState(_over(attempt))
        if attempt.starts_at is None or actor.caller.at <= attempt.starts_at:
            raise WrongState(words.clock_not_started(attempt.starts_at or attempt.given_at))
        self.clear_end(attempt)
        attempt.finished_at = attempt.ended_at = actor.caller.at
        attempt.undo_until = actor.caller.at + UNDO_WITHIN
        attempt.due_at = attempt.undo_until + LAG
        await self._move(attempt, AttemptStage.FINISHED, self.by(actor))
        return attempt

    @query
    async def forfeitable(self, actor: Actor, attempt_id: int | None = None) -> Attempt:
        """The race that the actor may give up. Raises NotFound, NotAllowed, WrongState."""
        return await self._forfeitable(actor, attempt_id)

    @change
    async def forfeit(self, actor: Actor, attempt_id: int) -> Attempt:
        """Give a race up. Raises NotFound, NotAllowed, WrongState."""
        attempt = await self._forfeitable(actor, attempt_id)
        old = attempt.stage
        forfeit_at(attempt, actor.caller.at, actor.caller.at + UNDO_WITHIN)
        await self._save_moved(attempt, old, self.by(actor))
        return attempt

    @change
    async def undo(self, actor: Actor, attempt_id: int | None = None) -> Attempt:
        """Take back a finish or a forfeit of the last minute. Raises NotFound, NotAllowed, WrongState."""
        ended = (AttemptStage.FINISHED, AttemptStage.FORFEITED, AttemptStage.SUBMITTED)
        attempt = await find_attempt(actor, attempt_id, ended, words.NOTHING_TO_UNDO)
        self._require_open(attempt)
        if attempt.stage is AttemptStage.SUBMITTED:
            raise WrongState(words.HANDED_IN_ALREADY)
        if attempt.stage not in ended:
            raise WrongState(words.NOTHING_TO_UNDO)
        if attempt.undo_until is None or actor.caller.at > attempt.undo_until or attempt.discarded_at is not None:
            late = attempt.stage is AttemptStage.FORFEITED and attempt.undo_until is None
            raise WrongState(words.FORFEITED_FOR_YOU if late else words.TOO_LATE_TO_UNDO)
        if attempt.stage is AttemptStage.FINISHED and attempt.deadline_at and actor.caller.at >= attempt.deadline_at:
            raise WrongState(words.NO_TIME_TO_GO_ON)
        await require_none_under_way(actor, words.ANOTHER_FIRST)
        before = AttemptStage.RACING if attempt.stage is AttemptStage.FINISHED else attempt.stage_before
        await self.resume(attempt, before or AttemptStage.SEEDED, self.by(actor))
        return attempt

    async def resume(self, attempt: Attempt, stage: AttemptStage, by: By) -> None:
        """Let an ended attempt go on at `stage`, up to the deadline that it had. Inside a unit of work."""
        self.clear_end(attempt)
        if stage is AttemptStage.SEEDED and attempt.deadline_at is None and not attempt.waits_for_its_thread:
            # Its thread came, or was refused, while it was given up.
            set_deadline(attempt, self.now() + READY_WITHIN, WARN_READY)
        else:
            attempt.due_at = attempt.warn_at or attempt.deadline_at
        await self._move(attempt, stage, by)

    def clear_end(self, attempt: Attempt) -> None:
        """Let an attempt be under way again, with its thread. Inside a unit of work, which saves it."""
        attempt.finished_at = attempt.ended_at = attempt.undo_until = None
        attempt.stage_before = None
        if attempt.thread_state in (ThreadState.CLOSING, ThreadState.CLOSED):
            attempt.thread_state = ThreadState.WANTED
            self.units.current().after_commit(self._on_thread)

    @query
    async def reattemptable(self, actor: Actor, attempt_id: int) -> Reattempt:
        """A race that the actor may discard for another. Raises NotFound, NotAllowed, WrongState."""
        return await self._reattemptable(actor, attempt_id)

    @change
    async def discard(self, actor: Actor, attempt_id: int) -> Attempt:
        """Let a race count no more, so that another can be run in its pool. Raises as `reattemptable` does."""
        attempt = (await self._reattemptable(actor, attempt_id)).attempt
        attempt.discarded_at = actor.caller.at
        attempt.undo_until = attempt.due_at = None
        await attempt.save(update_fields=["discarded_at", "undo_until", "due_at"])
        if attempt.race is not None:
            await recount(attempt.race)
        await self.bus.emit(moved(attempt, attempt.stage, None, self.by(actor)))
        return attempt

    @query
    async def mine(self, actor: Actor, attempt_id: int | None = None) -> Attempt:
        """One of the actor's races, to show how it stands; without an id, the one under way, or else the newest.

        Raises NotFound, NotAllowed.
        """
        return await find_attempt(actor, attempt_id, tuple(AttemptStage), words.NO_RACE, first=UNDER_WAY)

    @query
    async def history(self, actor: Actor) -> tuple[list[Attempt], list[Race]]:
        """The actor's newest races in this organization, and the runs that they typed in."""
        organization_id = organization_of(actor)
        races = Attempt.filter(racer_id=actor.account_id, tournament__organization_id=organization_id)
        runs = Race.filter(racer_id=actor.account_id, tournament__organization_id=organization_id, seed_id__isnull=True)
        return (
            await races.order_by("-id").limit(SHOWN).prefetch_related("tournament", "pool", "race"),
            await runs.order_by("-id").limit(SHOWN).prefetch_related("tournament"),
        )

    @query
    async def pools(self, actor: Actor, tournament: str, typed: str) -> list[str]:
        """Names of a running tournament's pools that contain `typed`."""
        if actor.organization_id is None:
            return []
        found = Pool.filter(
            tournament__organization_id=actor.organization_id,
            tournament__name_key=fold(tournament)[:LONGEST_KEY],
            tournament__status=TournamentStatus.RUNNING,
            name_key__contains=fold(typed)[:LONGEST_KEY],
        )
        return [pool.name for pool in await found.order_by("id").limit(SHOWN)]

    @query
    async def names(self, actor: Actor) -> list[tuple[str, int]]:
        """The actor's races that they could discard, in words, with their ids."""
        if actor.organization_id is None:
            return []
        ended = Attempt.filter(
            racer_id=actor.account_id,
            tournament__organization_id=actor.organization_id,
            tournament__status=TournamentStatus.RUNNING,
            discarded_at__isnull=True,
        ).exclude(stage__in=list(UNDER_WAY))
        found = await ended.order_by("-id").limit(SHOWN).prefetch_related("tournament", "pool", "race")
        return [(race_cards.attempt_words(attempt), attempt.id) for attempt in found]

    async def _startable(self, actor: Actor, pool_id: int) -> Pool:
        pool = await Pool.get_or_none(id=pool_id, tournament__organization_id=organization_of(actor)).prefetch_related(
            "tournament"
        )
        if pool is None:
            raise NotFound(words.GONE)
        if pool.id not in {choice.pool.id for choice in await require_startable(actor, pool.tournament)}:
            raise WrongState(words.pool_full(pool.name, pool.tournament.runs_per_pool))
        return pool

    async def _pressed(self, actor: Actor, attempt_id: int | None, stage: AttemptStage) -> Attempt:
        """The race whose step the actor takes; without an id, also one that was forfeited for them at `stage` since."""
        attempt = await find_attempt(actor, attempt_id, (AttemptStage.FORFEITED,), words.NO_RACE, first=UNDER_WAY)
        if attempt_id is None and attempt.stage not in UNDER_WAY and not _just_in_time(attempt, actor, stage):
            raise NotFound(words.NO_RACE)
        return attempt

    async def _forfeitable(self, actor: Actor, attempt_id: int | None) -> Attempt:
        attempt = await find_attempt(actor, attempt_id, UNDER_WAY, words.NO_RACE)
        if attempt.stage in (AttemptStage.FINISHED, AttemptStage.SUBMITTED):
            raise WrongState(words.FORFEIT_FINISHED if attempt.stage is AttemptStage.FINISHED else _over(attempt))
        if attempt.stage is AttemptStage.FORFEITED:
            raise WrongState(words.ALREADY_FORFEITED)
        return attempt

    async def _reattemptable(self, actor: Actor, attempt_id: int) -> Reattempt:
        attempt = await find_attempt(actor, attempt_id, (), words.NO_RACE)
        tournament = attempt.tournament
        self._require_open(attempt)
        if attempt.discarded_at is not None:
            raise WrongState(words.DISCARDED_ALREADY)
        if attempt.stage in UNDER_WAY:
            raise WrongState(words.DISCARD_UNDER_WAY)
        if tournament.reattempts == 0:
            raise WrongState(words.NO_REATTEMPTS)
        mine = Attempt.filter(tournament_id=tournament.id, racer_id=actor.account_id)
        used = await mine.filter(discarded_at__isnull=False).count()
        left = None if tournament.reattempts is None else tournament.reattempts - used
        if left is not None and left <= 0:
            raise WrongState(words.reattempts_used(used))
        await require_entitled(actor, tournament)
        # It frees a place itself, but the rules may have left fewer.
        had = await mine.filter(pool_id=attempt.pool_id, discarded_at__isnull=True).count()
        if had > tournament.runs_per_pool:
            raise WrongState(words.pool_full(attempt.pool.name, tournament.runs_per_pool))
        if not await seeds_left(attempt.pool_id, actor.account_id):
            raise WrongState(words.SEEDS_USED_UP)
        return Reattempt(attempt, left)

    def _require_open(self, attempt: Attempt) -> None:
        if attempt.tournament.status is not TournamentStatus.RUNNING:
            raise WrongState(words.ENDED_MEANWHILE)

    async def _save_new(self, attempt: Attempt, by: By) -> None:
        """Save an attempt that names the event by which it began, and emit that."""
        attempt.event_id = uuid7()
        await attempt.save()
        await self.bus.emit(moved(attempt, None, AttemptStage.SEEDED, by, attempt.event_id))

    async def _move(self, attempt: Attempt, stage: AttemptStage, by: By) -> None:
        old, attempt.stage = attempt.stage, stage
        await self._save_moved(attempt, old, by)

    async def _save_moved(self, attempt: Attempt, old: AttemptStage, by: By) -> None:
        await attempt.save()
        await self.bus.emit(moved(attempt, old, attempt.stage, by))
        self.units.current().after_commit(self._on_due)


def _just_in_time(attempt: Attempt, actor: Actor, stage: AttemptStage) -> bool:
    """Whether an attempt was forfeited for its racer at `stage`, though they had pressed before that."""
    return (
        attempt.stage is AttemptStage.FORFEITED
        and attempt.undo_until is None
        and attempt.stage_before is stage
        and attempt.discarded_at is None
        and attempt.ended_at is not None
        and actor.caller.at < attempt.ended_at
    )


def _over(attempt: Attempt) -> str:
    if attempt.stage is AttemptStage.FORFEITED:
        return words.ALREADY_FORFEITED
    return words.HANDED_IN_ALREADY if attempt.race_id is not None else words.FORFEIT_FINISHED
