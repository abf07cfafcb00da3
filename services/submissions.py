"""Handing in a race that is finished, with the evidence for it; and changing that until somebody has reviewed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from events import Bus, RaceSubmittedEvent, TournamentUpdatedEvent, changes
from events.base import FieldChange
from models import Attempt, AttemptStage, Pool, Race, RaceStatus, TournamentStatus
from services.actor import Actor
from services.attempt_checks import find_attempt
from services.base import By, Service, change, query
from services.errors import Invalid, WrongState
from services.membership import require_account
from services.permissions import organization_of
from services.races import LONGEST_NOTES
from services.scores import recount
from services.text import clean, parse_link, parse_run_time
from services.tournaments import find_tournament
from services.words import attempts as words

ENDED = (AttemptStage.FINISHED, AttemptStage.SUBMITTED)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What goes with a run: its VOD, notes for the reviewer, and the game's own clock in milliseconds."""

    vod_url: str = ""
    notes: str = ""
    in_game_ms: int | None = None


class SubmissionService(Service):
    @query
    async def submittable(self, actor: Actor, attempt_id: int | None = None) -> Attempt:
        """The finished race that the actor may hand in or edit. Raises NotFound, NotAllowed, WrongState."""
        return await self._submittable(actor, attempt_id)

    @query
    async def finished(self, actor: Actor, reference: str) -> Attempt | None:
        """The finished race that the actor means by a tournament's name, or by none; None if that one has no pools.

        Raises NotFound, WrongState.
        """
        if not reference:
            return await self._submittable(actor, None)
        tournament = await find_tournament(organization_of(actor), reference)
        if not await Pool.exists(tournament_id=tournament.id):
            return None
        return await self._submittable(actor, None, tournament.id)

    @change
    async def submit(self, actor: Actor, attempt_id: int, *, vod: str, notes: str, in_game: str) -> tuple[Race, bool]:
        """Hand in a finished race, or change what was handed in; True says that it was a change.

        Raises NotFound, NotAllowed, WrongState, Invalid.
        """
        attempt = await self._submittable(actor, attempt_id)
        await require_account(actor.account_id)
        if not vod.strip() and attempt.tournament.vod_required:
            raise Invalid(words.VOD_MISSING)
        evidence = Evidence(
            parse_link(vod, what=words.THE_VOD) if vod.strip() else "",
            clean(notes, what=words.YOUR_NOTE, longest=LONGEST_NOTES, multiline=True, required=False),
            parse_run_time(in_game) if in_game.strip() else None,
        )
        if attempt.race is None:
            return await hand_in(self.bus, attempt, evidence, actor.caller.at, self.by(actor)), False
        return await self._edit(actor, attempt, attempt.race, evidence), True

    async def _edit(self, actor: Actor, attempt: Attempt, race: Race, evidence: Evidence) -> Race:
        before = {"vod_url": race.vod_url, "notes": race.notes, "in_game_ms": race.in_game_ms}
        after = {"vod_url": evidence.vod_url, "notes": evidence.notes, "in_game_ms": evidence.in_game_ms}
        # What was written is the racer's own, and a time may be hidden: that it changed is all there is to tell.
        changed = tuple(FieldChange(field=one.field, old=None, new=None) for one in changes(before, after))
        if changed:
            race.vod_url, race.notes, race.in_game_ms = evidence.vod_url, evidence.notes, evidence.in_game_ms
            await race.save(update_fields=list(after))
            await self.bus.emit(
                TournamentUpdatedEvent(
                    entity_id=attempt.tournament_id,
                    tournament_name=attempt.tournament.name,
                    changed_fields=changed,
                    racer_id=attempt.racer_id,
                    attempt_id=attempt.id,
                    race_id=race.id,
                    **self.by(actor),
                )
            )
        return race

    async def _submittable(self, actor: Actor, attempt_id: int | None, tournament_id: int | None = None) -> Attempt:
        attempt = await find_attempt(
            actor,
            attempt_id,
            ENDED,
            words.NOTHING_TO_HAND_IN,
            first=(AttemptStage.FINISHED,),
            tournament_id=tournament_id,
        )
        if attempt.stage not in ENDED or attempt.discarded_at is not None:
            raise WrongState(words.NOTHING_TO_HAND_IN)
        if attempt.tournament.status is not TournamentStatus.RUNNING:
            raise WrongState(words.ENDED_MEANWHILE)
        if attempt.race is not None and attempt.race.status is not RaceStatus.SUBMITTED:
            raise WrongState(words.REVIEWED_ALREADY)
        return attempt


async def hand_in(bus: Bus, attempt: Attempt, evidence: Evidence, at: datetime, by: By) -> Race:
    """Make a run of a finished race (with its tournament loaded). Inside a unit of work."""
    race = await Race.create(
        tournament=attempt.tournament,
        racer_id=attempt.racer_id,
        seed_id=attempt.seed_id,
        time_ms=words.run_ms(attempt),
        vod_url=evidence.vod_url,
        notes=evidence.notes,
        in_game_ms=evidence.in_game_ms,
        submitted_at=at,
    )
    attempt.race, attempt.stage = race, AttemptStage.SUBMITTED
    attempt.undo_until = attempt.due_at = None
    await attempt.save()
    await recount(race)
    await bus.emit(
        RaceSubmittedEvent(
            entity_id=race.id,
            tournament_id=race.tournament_id,
            racer_id=race.racer_id,
            time_ms=race.time_ms,
            vod_url=race.vod_url,
            notes=race.notes,
            **by,
        )
    )
    return race
