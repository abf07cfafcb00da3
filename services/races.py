"""Runs that racers hand in with a time of their own."""

from __future__ import annotations

from events import RaceSubmittedEvent
from models import Entrant, Race, RaceStatus, Tournament, TournamentStatus
from services.actor import Actor
from services.attempt_checks import require_member
from services.base import Service, change, query
from services.errors import WrongState
from services.membership import require_account
from services.permissions import organization_of
from services.pool_checks import require_no_pools
from services.scores import recount
from services.text import clean, parse_link, parse_run_time
from services.tournaments import find_tournament
from services.words import races as words

LONGEST_NOTES = 1000
SHOWN = 25


class RaceService(Service):
    @query
    async def submittable(self, actor: Actor, reference: int | str) -> Tournament:
        """The tournament, if the actor may hand in a run there now. Raises NotFound, WrongState."""
        tournament = await find_tournament(organization_of(actor), reference)
        await self._require_submittable(actor, tournament)
        return tournament

    @change
    async def submit(self, actor: Actor, tournament_id: int, *, time: str, vod: str, notes: str = "") -> Race:
        """Hand in a run; its instant is the interaction's own. Raises NotFound, WrongState, Invalid."""
        tournament = await find_tournament(organization_of(actor), tournament_id)
        await require_account(actor.account_id)
        await self._require_submittable(actor, tournament)
        race = await Race.create(
            tournament=tournament,
            racer_id=actor.account_id,
            time_ms=parse_run_time(time),
            vod_url=parse_link(vod, what=words.THE_VOD_LINK),
            notes=clean(notes, what=words.YOUR_NOTE, longest=LONGEST_NOTES, multiline=True, required=False),
            submitted_at=actor.caller.at,
        )
        if not tournament.review_required:
            await recount(race)
        await self.bus.emit(
            RaceSubmittedEvent(
                entity_id=race.id,
                tournament_id=tournament.id,
                racer_id=race.racer_id,
                time_ms=race.time_ms,
                vod_url=race.vod_url,
                notes=race.notes,
                **self.by(actor),
            )
        )
        return race

    @query
    async def _require_submittable(self, actor: Actor, tournament: Tournament) -> None:
        if tournament.status is TournamentStatus.ENDED:
            raise WrongState(words.ended(tournament.name))
        if tournament.status is not TournamentStatus.RUNNING:
            raise WrongState(words.not_started(tournament.name))
        await require_no_pools(tournament)
        if not await Entrant.exists(tournament_id=tournament.id, account_id=actor.account_id):
            raise WrongState(words.not_in_it(tournament.name))
        await require_member(actor, tournament)
        if not tournament.review_required:
            return
        mine = Race.filter(tournament_id=tournament.id, racer_id=actor.account_id, status=RaceStatus.SUBMITTED)
        # There may be several, from when none had to be reviewed.
        waiting = await mine.order_by("id").first()
        if waiting is not None:
            raise WrongState(words.one_waits(waiting.time_ms, tournament.name))
