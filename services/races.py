"""Runs: handed in by racers, approved or rejected by reviewers."""

from __future__ import annotations

from events import RaceApprovedEvent, RaceRejectedEvent, RaceSubmittedEvent
from models import Entrant, Race, RaceStatus, Tournament, TournamentStatus
from services.actor import Actor
from services.base import Service, change, query
from services.errors import NotAllowed, NotFound, WrongState
from services.membership import require_account
from services.permissions import Action, organization_of, require
from services.pool_checks import require_no_pools
from services.scores import recount
from services.text import clean, parse_link, parse_run_time
from services.tournaments import find_tournament
from services.words import races as words

LONGEST_NOTES = 1000
LONGEST_REASON = 500
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
        await self._require_submittable(actor, tournament)
        await require_account(actor.account_id)
        race = await Race.create(
            tournament_id=tournament.id,
            racer_id=actor.account_id,
            time_ms=parse_run_time(time),
            vod_url=parse_link(vod, what=words.THE_VOD_LINK),
            notes=clean(notes, what=words.YOUR_NOTE, longest=LONGEST_NOTES, multiline=True, required=False),
            submitted_at=actor.caller.at,
        )
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
    async def reviewable(self, actor: Actor, race_id: int) -> Race:
        """The run, if the actor may review it now. Raises NotAllowed, NotFound, WrongState."""
        race = await self.card(actor, race_id)
        if race.racer_id == actor.account_id:
            raise NotAllowed(words.NOT_YOUR_OWN)
        if race.status is not RaceStatus.SUBMITTED:
            reviewer = race.reviewer.display_name if race.reviewer else None
            raise WrongState(words.already_reviewed(race.status, reviewer))
        if race.tournament.status is TournamentStatus.ENDED:
            raise WrongState(words.left_out(race.tournament.name))
        return race

    @query
    async def card(self, actor: Actor, race_id: int) -> Race:
        """The run, to show it as it is now to somebody who may review. Raises NotAllowed, NotFound."""
        await require(actor, Action.REVIEW)
        race = await Race.get_or_none(id=race_id, tournament__organization_id=organization_of(actor)).prefetch_related(
            "tournament", "racer", "reviewer"
        )
        if race is None:
            raise NotFound(words.NO_SUCH_RUN)
        return race

    @change
    async def approve(self, actor: Actor, race_id: int) -> Race:
        """Let a run count. Raises what `reviewable` raises."""
        race = await self.reviewable(actor, race_id)
        await self._review(actor, race, RaceStatus.APPROVED, None)
        await self.bus.emit(
            RaceApprovedEvent(
                entity_id=race.id,
                tournament_id=race.tournament_id,
                racer_id=race.racer_id,
                time_ms=race.time_ms,
                **self.by(actor),
            )
        )
        return race

    @change
    async def reject(self, actor: Actor, race_id: int, *, reason: str) -> Race:
        """Turn a run down, with a reason that its racer is told. Raises what `reviewable` raises, and Invalid."""
        race = await self.reviewable(actor, race_id)
        reason = clean(reason, what=words.THE_REASON, longest=LONGEST_REASON, multiline=True)
        await self._review(actor, race, RaceStatus.REJECTED, reason)
        await self.bus.emit(
            RaceRejectedEvent(
                entity_id=race.id,
                tournament_id=race.tournament_id,
                racer_id=race.racer_id,
                time_ms=race.time_ms,
                reason=reason,
                **self.by(actor),
            )
        )
        return race

    async def _require_submittable(self, actor: Actor, tournament: Tournament) -> None:
        if tournament.status is TournamentStatus.ENDED:
            raise WrongState(words.ended(tournament.name))
        if tournament.status is not TournamentStatus.RUNNING:
            raise WrongState(words.not_started(tournament.name))
        await require_no_pools(tournament)
        if not await Entrant.exists(tournament_id=tournament.id, account_id=actor.account_id):
            raise WrongState(words.not_in_it(tournament.name))
        waiting = await Race.get_or_none(
            tournament_id=tournament.id, racer_id=actor.account_id, status=RaceStatus.SUBMITTED
        )
        if waiting is not None:
            raise WrongState(words.one_waits(waiting.time_ms, tournament.name))

    async def _review(self, actor: Actor, race: Race, status: RaceStatus, reason: str | None) -> None:
        race.status = status
        race.reviewer_id = actor.account_id
        race.reviewed_at = self.now()
        race.rejection_reason = reason
        await race.save(update_fields=["status", "reviewer_id", "reviewed_at", "rejection_reason"])
        await recount(race)
