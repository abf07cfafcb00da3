"""How a race moves from one stage to the next, whoever moves it. All of it runs inside a unit of work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.queryset import QuerySet
from uuid_utils.compat import uuid7

from events import Bus, EntityEvent, TournamentUpdatedEvent
from events.base import FieldChange
from models import Attempt, AttemptStage, ThreadState
from services.attempt_checks import UNDER_WAY
from services.base import By

Abandon = Callable[[EntityEvent, QuerySet[Attempt]], Awaitable[None]]
"""What is told, inside a unit of work, of races that are about to be deleted, and of the event by which they are."""


def moved(
    attempt: Attempt, old: AttemptStage | None, new: AttemptStage | None, by: By, event_id: UUID | None = None
) -> TournamentUpdatedEvent:
    """The event that an attempt (with its tournament loaded) went from one stage to another."""
    step = FieldChange(field="attempt", old=old.value if old else None, new=new.value if new else None)
    return TournamentUpdatedEvent(
        event_id=event_id or uuid7(),
        entity_id=attempt.tournament_id,
        tournament_name=attempt.tournament.name,
        changed_fields=(step,),
        racer_id=attempt.racer_id,
        attempt_id=attempt.id,
        race_id=attempt.race_id,
        **by,
    )


def set_deadline(attempt: Attempt, at: datetime, warn_before: timedelta) -> None:
    """Let an attempt be forfeited at `at` (UTC), and its racer be warned before."""
    attempt.deadline_at = at
    attempt.warn_at = attempt.due_at = at - warn_before


def forfeit_at(attempt: Attempt, at: datetime, undo_until: datetime | None = None) -> None:
    """Let an attempt be forfeited at an instant (UTC), for good or until it can be undone."""
    attempt.stage_before, attempt.stage = attempt.stage, AttemptStage.FORFEITED
    attempt.ended_at, attempt.undo_until = at, undo_until
    # The deadline stays: whoever takes the forfeit back has no more time than before.
    attempt.due_at = undo_until


def is_over(attempt: Attempt) -> bool:
    """Whether nothing more is to happen in an attempt's thread: it was handed in, discarded, or forfeited for good."""
    # Something is due while a forfeit can be taken back.
    forfeited = attempt.stage is AttemptStage.FORFEITED and attempt.due_at is None
    return forfeited or attempt.stage is AttemptStage.SUBMITTED or attempt.discarded_at is not None


def close_thread(attempt: Attempt) -> None:
    """Let an attempt's thread be archived, if it is open. Whoever calls this saves the attempt."""
    if attempt.thread_state is ThreadState.OPEN:
        attempt.thread_state = ThreadState.CLOSING


async def break_off(bus: Bus, attempt: Attempt, at: datetime, by: By) -> None:
    """End an attempt (with its tournament loaded) that is not handed in, and never will be.

    One that is under way is forfeited at `at` (UTC); one that is finished stays so, and counts for nothing.
    """
    old = attempt.stage
    if old in UNDER_WAY:
        forfeit_at(attempt, at)
    attempt.due_at = attempt.undo_until = None
    if old is attempt.stage:
        # Of the others, the end is told in the thread first.
        close_thread(attempt)
    await attempt.save()
    if old is not attempt.stage:
        await bus.emit(moved(attempt, old, attempt.stage, by))
