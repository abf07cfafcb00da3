"""Who races in a tournament: joining and leaving."""

from __future__ import annotations

from typing import Any

from events import TournamentUpdatedEvent
from events.base import FieldChange
from models import Attempt, Entrant, Membership, Pool, Race, RaceStatus, Role, Tournament, TournamentStatus
from services.actor import Actor
from services.base import Service, change
from services.errors import WrongState
from services.membership import admit
from services.permissions import organization_of
from services.scores import kept
from services.tournaments import find_tournament
from services.visibility import hides_results
from services.words import tournaments as words


class EntrantService(Service):
    @change
    async def join(self, actor: Actor, reference: int | str) -> tuple[Tournament, bool]:
        """Race in a tournament, and whether in pools; whoever joins one becomes a racer of the organization."""
        organization_id = organization_of(actor)
        tournament = await find_tournament(organization_id, reference)
        if tournament.status is TournamentStatus.DRAFT:
            raise WrongState(words.sign_up_not_open(tournament.name))
        if tournament.status is TournamentStatus.ENDED:
            raise WrongState(words.ended(tournament.name))
        if await Entrant.exists(tournament_id=tournament.id, account_id=actor.account_id):
            raise WrongState(words.in_it_already(tournament.name))
        if not await Membership.exists(organization_id=organization_id, account_id=actor.account_id):
            await admit(self.bus, actor.account_id, organization_id, Role.RACER, self.by(actor))
        await Entrant.create(tournament_id=tournament.id, account_id=actor.account_id, joined_at=self.now())
        await self._tell(actor, tournament, FieldChange(field="entrant", old=None, new=actor.account_id))
        return tournament, await Pool.exists(tournament_id=tournament.id)

    @change
    async def leave(self, actor: Actor, reference: int | str) -> Tournament:
        """Take oneself out of a tournament, as long as one has no race there, and no run that waits or counts.

        While results are hidden, every run that was handed in holds its racer.
        """
        tournament = await find_tournament(organization_of(actor), reference)
        entrant = await Entrant.get_or_none(tournament_id=tournament.id, account_id=actor.account_id)
        if entrant is None:
            raise WrongState(words.not_in_it(tournament.name))
        if tournament.status is TournamentStatus.ENDED:
            raise WrongState(words.racers_stay(tournament.name))
        here: dict[str, Any] = {"tournament_id": tournament.id, "racer_id": actor.account_id}
        runs = kept(Race.filter(**here), **here)
        if not hides_results(tournament):
            # Otherwise it would tell what became of a run, whether its racer may go.
            runs = runs.filter(status__in=[RaceStatus.SUBMITTED, RaceStatus.APPROVED])
        if await runs.exists():
            raise WrongState(words.run_handed_in(tournament.name))
        if await Attempt.exists(**here, discarded_at__isnull=True):
            raise WrongState(words.race_begun(tournament.name))
        await entrant.delete()
        await self._tell(actor, tournament, FieldChange(field="entrant", old=actor.account_id, new=None))
        return tournament

    async def _tell(self, actor: Actor, tournament: Tournament, changed: FieldChange) -> None:
        await self.bus.emit(
            TournamentUpdatedEvent(
                entity_id=tournament.id, tournament_name=tournament.name, changed_fields=(changed,), **self.by(actor)
            )
        )
