"""What is posted in a race's thread and told its racer, as the race is when it is drawn."""

from __future__ import annotations

from datetime import datetime

from events import OrganizationDeletedEvent, TournamentDeletedEvent, TournamentUpdatedEvent
from models import Attempt, AttemptStage, Tournament
from services.attempt_checks import UNDER_WAY
from services.notice import Notice
from services.words import race_cards


async def race_card(event: TournamentUpdatedEvent, now: datetime) -> Notice:
    attempt = await _attempt(event)
    if attempt is not None:
        return race_cards.race_card(attempt, now)
    return race_cards.card_gone(event.tournament_name, racer_left=await Tournament.exists(id=event.tournament_id))


async def race_warning(event: TournamentUpdatedEvent, _: datetime) -> Notice | None:
    """None once there is nothing more to be warned of."""
    attempt = await _attempt(event)
    return race_cards.late_warning(attempt) if attempt and attempt.stage in UNDER_WAY else None


async def race_forfeited(event: TournamentUpdatedEvent, _: datetime) -> Notice | None:
    """None once that is taken back."""
    attempt = await _attempt(event)
    return race_cards.forfeited_late(attempt) if attempt and attempt.stage is AttemptStage.FORFEITED else None


async def race_extended(event: TournamentUpdatedEvent, _: datetime) -> Notice | None:
    """None once the race is over."""
    attempt = await _attempt(event)
    if attempt is None or attempt.stage not in UNDER_WAY or attempt.deadline_at is None:
        return None
    return race_cards.more_time(attempt.tournament.name, attempt.deadline_at)


async def race_not_opened(event: TournamentUpdatedEvent, _: datetime) -> Notice | None:
    return race_cards.could_not_open(event.tournament_name)


async def race_gone(event: TournamentDeletedEvent | OrganizationDeletedEvent, _: datetime) -> Notice:
    name = event.tournament_name if isinstance(event, TournamentDeletedEvent) else event.organization_name
    return race_cards.race_gone(name)


async def _attempt(event: TournamentUpdatedEvent) -> Attempt | None:
    return await Attempt.get_or_none(id=event.attempt_id).prefetch_related("tournament", "pool", "seed", "race")
