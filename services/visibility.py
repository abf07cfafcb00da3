"""Who sees results while a tournament keeps them hidden."""

from __future__ import annotations

from tortoise.queryset import QuerySet

from models import Tournament, TournamentStatus
from services.actor import Actor
from services.permissions import ALLOWED, Action, roles_of


def hides_results(tournament: Tournament) -> bool:
    """Whether who did how well is kept from all but reviewers, for now."""
    return tournament.results_hidden and tournament.status is not TournamentStatus.ENDED


def hiding() -> QuerySet[Tournament]:
    """The tournaments that hide results for now."""
    return Tournament.filter(results_hidden=True).exclude(status=TournamentStatus.ENDED)


async def sees_results(actor: Actor, tournament: Tournament) -> bool:
    """Whether the actor may know how well others did. One's own runs are always one's own to see."""
    return not hides_results(tournament) or not ALLOWED[Action.REVIEW].isdisjoint(await roles_of(actor))
