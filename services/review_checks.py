"""Which run somebody means, and whether they may decide on it now."""

from __future__ import annotations

from datetime import datetime, timedelta

from tortoise.queryset import QuerySet

from models import Account, Attempt, Race, RaceStatus, Role, TournamentStatus
from services.actor import Actor
from services.errors import NotAllowed, NotFound, WrongState
from services.permissions import ALLOWED, Action, organization_of, require
from services.views import RunView
from services.words import reviews as words

CLAIM_HOLDS = timedelta(hours=1)

DECIDABLE = frozenset({RaceStatus.SUBMITTED})
CHANGEABLE = frozenset({RaceStatus.SUBMITTED, RaceStatus.APPROVED})

LOADED = ("tournament", "racer", "reviewer", "claimed_by", "doubted_by", "seed__pool")


async def find_run(found: QuerySet[Race]) -> RunView | None:
    """The first of the runs that were found, with all that its card shows."""
    race = await found.first().prefetch_related(*LOADED)
    if race is None:
        return None
    return RunView(race, await Attempt.exists(race_id=race.id, discarded_at__isnull=False))


async def run_here(actor: Actor, race_id: int) -> RunView:
    """A run of the actor's organization. Raises NotFound."""
    view = await find_run(Race.filter(id=race_id, tournament__organization_id=organization_of(actor)))
    if view is None:
        raise NotFound(words.NO_SUCH_RUN)
    return view


async def run_to_change(
    actor: Actor, race_id: int, now: datetime, statuses: frozenset[RaceStatus] = DECIDABLE, *, hands_off: bool = False
) -> RunView:
    """A run in one of `statuses`, if the actor may do something about it.

    With `hands_off` they do not decide on it, so it does not matter who has claimed it or asked for a second review.
    Raises NotAllowed, NotFound, WrongState.
    """
    roles = await require(actor, Action.REVIEW)
    view = await run_here(actor, race_id)
    race = view.race
    if race.racer_id == actor.account_id:
        raise NotAllowed(words.NOT_YOUR_OWN)
    if race.status not in statuses:
        raise WrongState(words.already_reviewed(race.status, race.reviewer.display_name if race.reviewer else None))
    if race.tournament.status is TournamentStatus.ENDED:
        refusal = words.left_out if view.left_out else words.it_stays
        raise WrongState(refusal(race.tournament.name))
    if view.discarded:
        raise WrongState(words.DISCARDED)
    if race.status is RaceStatus.SUBMITTED and not hands_off:
        _require_free_hand(actor, roles, race, now)
    return view


def claimant(race: Race, now: datetime) -> Account | None:
    """Who has claimed a run, as long as that holds."""
    return race.claimed_by if race.claimed_at is not None and race.claimed_at > now - CLAIM_HOLDS else None


def _require_free_hand(actor: Actor, roles: frozenset[Role], race: Race, now: datetime) -> None:
    if race.doubted_by_id == actor.account_id:
        raise WrongState(words.SOMEBODY_ELSE_DECIDES)
    holder = claimant(race, now)
    if holder is None or race.claimed_at is None or holder.id == actor.account_id:
        return
    # They are who settles what reviewers cannot.
    if roles.isdisjoint(ALLOWED[Action.CONFIGURE]):
        raise WrongState(words.claimed(holder.display_name, race.claimed_at + CLAIM_HOLDS))
