"""What time does to a race: its racer is warned, it is forfeited or handed in for them; reviewers give more time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from events import TournamentUpdatedEvent
from events.base import FieldChange
from models import Attempt, AttemptStage, TournamentStatus
from models.engine import Scope
from services.actor import Actor
from services.attempt_checks import LOADED, UNDER_WAY, attempt_here, has_one_under_way
from services.attempt_steps import close_thread, forfeit_at, moved
from services.attempts import AttemptService
from services.base import By, Core, Service, change, query
from services.errors import Invalid, NotAllowed, WrongState
from services.paging import CHOICES
from services.permissions import Action, organization_of, require
from services.submissions import Evidence, hand_in
from services.words import attempts as words
from services.words import race_cards

SWEEP = 50

GRACE = timedelta(minutes=5)
"""A warning comes at least so long before the end, also when Herald was away at its time."""

LATENESS = timedelta(minutes=1)
"""What is due is done by then, unless Herald was away."""

LONGEST_EXTENSION = 24 * 60
"""Minutes."""

DEADLINE = "deadline"
WARNED = "attempt_warned"
"""Fields of the events that a race has more time, and that its racer was warned."""


class DeadlineService(Service):
    def __init__(
        self, core: Core, attempts: AttemptService, on_due: Callable[[], None], on_thread: Callable[[], None]
    ) -> None:
        """The two are called as those of `AttemptService` are."""
        super().__init__(core)
        self._attempts = attempts
        self._on_due = on_due
        self._on_thread = on_thread

    async def sweep(self) -> datetime | None:
        """Do what is due; returns when there will be more (UTC)."""
        while await self.units.run(self._sweep, scope=Scope()) == SWEEP:
            pass
        return await self._next()

    @change
    async def extend(self, actor: Actor, attempt_id: int, minutes: int) -> Attempt:
        """Give a race so many minutes more than it has, or from now on, also one that was forfeited for its racer.

        Raises NotAllowed, NotFound, WrongState, Invalid.
        """
        await require(actor, Action.REVIEW)
        attempt = await attempt_here(actor, attempt_id)
        if attempt.racer_id == actor.account_id:
            raise NotAllowed(words.NOT_ONES_OWN_TIME)
        if not 0 < minutes <= LONGEST_EXTENSION:
            raise Invalid(words.wrong_extension(LONGEST_EXTENSION))
        if attempt.tournament.status is not TournamentStatus.RUNNING:
            raise WrongState(words.ENDED_MEANWHILE)
        if attempt.racer.deleted_at is not None:
            raise WrongState(words.RACER_LEFT)
        if attempt.waits_for_its_thread:
            raise WrongState(words.NOTHING_TO_EXTEND_YET)
        now, old = self.now(), attempt.deadline_at
        # A warning comes first, whatever was given, and after it there is so much time.
        deadline = max(max(old or now, now) + timedelta(minutes=minutes), now + GRACE)
        if attempt.stage not in UNDER_WAY:
            if not _forfeited_late(attempt):
                raise WrongState(words.NOT_OVER)
            if await has_one_under_way(attempt.racer_id, organization_of(actor)):
                raise WrongState(words.ANOTHER_UNDER_WAY)
            await self._attempts.resume(attempt, attempt.stage_before or AttemptStage.SEEDED, self.by(actor))
        attempt.deadline_at = deadline
        attempt.warn_at = attempt.due_at = max(deadline - GRACE, now)
        await attempt.save()
        await self._tell(attempt, FieldChange(field=DEADLINE, old=_iso(old), new=_iso(deadline)), self.by(actor))
        self.units.current().after_commit(self._on_due)
        return attempt

    @query
    async def extendable(self, actor: Actor, typed: str) -> list[tuple[str, int]]:
        """The races that the actor may give more time, whose racers' names contain `typed`, with their ids.

        Raises NotAllowed.
        """
        await require(actor, Action.REVIEW)
        races = Attempt.filter(
            tournament__organization_id=organization_of(actor),
            tournament__status=TournamentStatus.RUNNING,
            racer__display_name__icontains=typed,
            racer__deleted_at__isnull=True,
            stage__in=[*UNDER_WAY, AttemptStage.FORFEITED],
            undo_until__isnull=True,
            discarded_at__isnull=True,
        ).exclude(racer_id=actor.account_id)
        found = await races.order_by("-id").limit(CHOICES).prefetch_related(*LOADED)
        return [(race_cards.racer_and_race(attempt), attempt.id) for attempt in found]

    async def _sweep(self) -> int:
        now = self.now()
        due = await Attempt.filter(due_at__lte=now).order_by("due_at", "id").limit(SWEEP).prefetch_related(*LOADED)
        for attempt in due:
            by = By(user_id=None, organization_id=attempt.tournament.organization_id, timestamp=now)
            await self._look_at(attempt, now, by)
        return len(due)

    async def _look_at(self, attempt: Attempt, now: datetime, by: By) -> None:
        running = attempt.tournament.status is TournamentStatus.RUNNING
        if attempt.stage in UNDER_WAY and attempt.deadline_at is not None and running:
            # Whoever could not act at the deadline, since Herald was away, has a while to do it now.
            if attempt.warn_at is not None or now - attempt.deadline_at > LATENESS:
                attempt.warn_at = None
                attempt.deadline_at = attempt.due_at = max(attempt.deadline_at, now + GRACE)
                await attempt.save()
                await self._tell(attempt, FieldChange(field=WARNED, old=None, new=_iso(attempt.deadline_at)), by)
            else:
                await self._forfeit(attempt, attempt.deadline_at, by)
            return
        attempt.due_at = None
        if attempt.discarded_at is not None:
            close_thread(attempt)
        elif attempt.stage is AttemptStage.FINISHED and running and _needs_no_vod(attempt):
            # Nobody needs to hand in what needs no evidence.
            await hand_in(self.bus, attempt, Evidence(), now, {**by, "user_id": attempt.racer_id})
        elif attempt.stage is AttemptStage.FORFEITED:
            close_thread(attempt)
        await attempt.save()
        self.units.current().after_commit(self._on_thread)

    async def _forfeit(self, attempt: Attempt, deadline: datetime, by: By) -> None:
        old = attempt.stage
        forfeit_at(attempt, deadline)
        await attempt.save()
        await self.bus.emit(moved(attempt, old, attempt.stage, by))

    async def _tell(self, attempt: Attempt, changed: FieldChange, by: By) -> None:
        await self.bus.emit(
            TournamentUpdatedEvent(
                entity_id=attempt.tournament_id,
                tournament_name=attempt.tournament.name,
                changed_fields=(changed,),
                racer_id=attempt.racer_id,
                attempt_id=attempt.id,
                **by,
            )
        )

    @query
    async def _next(self) -> datetime | None:
        first = await Attempt.filter(due_at__isnull=False).order_by("due_at").first()
        return first.due_at if first else None


def _needs_no_vod(attempt: Attempt) -> bool:
    """Whether a finished race is handed in as it is; not for somebody who has deleted their account."""
    return not attempt.tournament.vod_required and attempt.racer.deleted_at is None


def _forfeited_late(attempt: Attempt) -> bool:
    return attempt.stage is AttemptStage.FORFEITED and attempt.undo_until is None and attempt.discarded_at is None


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
