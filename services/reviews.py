"""The review of runs: who looks at one, what they decide, and how its time is put right."""

from __future__ import annotations

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from events import RaceApprovedEvent, RaceRejectedEvent, TournamentUpdatedEvent
from events.base import FieldChange
from models import Race, RaceStatus, TournamentStatus
from services.actor import Actor
from services.base import Service, change, query
from services.errors import NotFound, WrongState
from services.paging import PAGE, page_of
from services.permissions import Action, organization_of, require
from services.review_checks import CHANGEABLE, CLAIM_HOLDS, claimant, find_run, run_here, run_to_change
from services.scores import kept, recount
from services.text import clean, parse_run_time
from services.tournaments import find_tournament
from services.views import Queue, RunView, Show
from services.words import reviews as words

LONGEST_REASON = 500


class ReviewService(Service):
    """Nobody reviews a run of their own. Whatever is refused raises NotAllowed, NotFound or WrongState."""

    @query
    async def queue(
        self, actor: Actor, show: Show = Show.ALL, tournament: int | str | None = None, page: int = 0
    ) -> Queue:
        """A page of the runs that wait here, those handed in first at the beginning."""
        await require(actor, Action.REVIEW)
        organization_id = organization_of(actor)
        chosen = None if tournament is None else await find_tournament(organization_id, tournament)
        found = self._shown(actor, show, self._waiting(organization_id))
        if chosen is not None:
            found = found.filter(tournament_id=chosen.id)
        total = await found.count()
        page, pages = page_of(page, total)
        runs = (
            await found.order_by("submitted_at", "id")
            .offset(page * PAGE)
            .limit(PAGE)
            .prefetch_related("tournament", "racer", "claimed_by", "doubted_by")
        )
        return Queue(runs, show, chosen, page, pages, total)

    @query
    async def card(self, actor: Actor, race_id: int) -> RunView:
        """A run, to show it as it is now."""
        await require(actor, Action.REVIEW)
        return await run_here(actor, race_id)

    @query
    async def card_of_attempt(self, actor: Actor, attempt_id: int) -> RunView:
        """The run that an attempt was handed in as, to show it as it is now."""
        await require(actor, Action.REVIEW)
        here = Race.filter(tournament__organization_id=organization_of(actor))
        view = await find_run(here.filter(attempt__id=attempt_id))
        if view is None:
            raise NotFound(words.NOTHING_HANDED_IN)
        return view

    @query
    async def reviewable(self, actor: Actor, race_id: int) -> RunView:
        """A run that waits, if the actor may approve or reject it now."""
        return await run_to_change(actor, race_id, self.now())

    @query
    async def changeable(self, actor: Actor, race_id: int) -> RunView:
        """A run that waits or counts, if the actor may correct its time or disqualify it now."""
        return await run_to_change(actor, race_id, self.now(), CHANGEABLE)

    @query
    async def menu(self, actor: Actor, race_id: int) -> RunView:
        """A run that waits or counts, to offer all that there is beside approving and rejecting."""
        return await run_to_change(actor, race_id, self.now(), CHANGEABLE, hands_off=True)

    @change
    async def claim(self, actor: Actor, race_id: int) -> Race:
        """Show others that one looks at a run. They cannot decide on it as long as the claim holds."""
        now = self.now()
        race = (await run_to_change(actor, race_id, now)).race
        holder = claimant(race, now)
        if holder is not None and holder.id == actor.account_id:
            raise WrongState(words.CLAIMED_ALREADY)
        old = race.claimed_by_id if race.claimed_by_id != actor.account_id else None
        race.claimed_by_id, race.claimed_at = actor.account_id, now
        await self._note(actor, race, FieldChange(field="claimed_by", old=old, new=actor.account_id))
        return race

    @change
    async def release(self, actor: Actor, race_id: int) -> Race:
        """Take a claim back: one's own, one that holds no more, or anybody's as an owner or admin."""
        race = (await run_to_change(actor, race_id, self.now())).race
        if race.claimed_by_id is None:
            raise WrongState(words.NOT_CLAIMED)
        await self._note(actor, race, *_unclaim(race))
        return race

    @change
    async def doubt(self, actor: Actor, race_id: int) -> Race:
        """Ask for a second review: from now on somebody else decides. Ends a claim."""
        race = (await run_to_change(actor, race_id, self.now())).race
        if race.doubted_by is not None:
            raise WrongState(words.doubted_already(race.doubted_by.display_name))
        race.doubted_by_id = actor.account_id
        asked = FieldChange(field="doubted_by", old=None, new=actor.account_id)
        await self._note(actor, race, asked, *_unclaim(race))
        return race

    @change
    async def trust(self, actor: Actor, race_id: int) -> Race:
        """Take back that one has asked for a second review."""
        race = (await run_to_change(actor, race_id, self.now(), hands_off=True)).race
        if race.doubted_by_id != actor.account_id:
            raise WrongState(words.NOT_DOUBTED)
        race.doubted_by_id = None
        await self._note(actor, race, FieldChange(field="doubted_by", old=actor.account_id, new=None))
        return race

    @change
    async def approve(self, actor: Actor, race_id: int) -> Race:
        """Let a run count."""
        race = (await run_to_change(actor, race_id, self.now())).race
        await self._decide(actor, race, RaceStatus.APPROVED)
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
        """Turn a run down, with a reason that its racer is told. Raises Invalid, too."""
        race = (await run_to_change(actor, race_id, self.now())).race
        await self._turn_down(actor, race, RaceStatus.REJECTED, reason)
        return race

    @change
    async def disqualify(self, actor: Actor, race_id: int, *, reason: str) -> Race:
        """Let a run that waits or counts never count, with a reason that its racer is told. Raises Invalid, too."""
        race = (await run_to_change(actor, race_id, self.now(), CHANGEABLE)).race
        await self._turn_down(actor, race, RaceStatus.DISQUALIFIED, reason)
        return race

    @change
    async def correct(self, actor: Actor, race_id: int, *, time: str, instead_of_ms: int | None = None) -> Race:
        """Put the time of a run right that waits or counts; what was handed in is kept. Raises Invalid, too.

        Refused where the time is no longer the one that the reviewer saw, `instead_of_ms`.
        """
        race = (await run_to_change(actor, race_id, self.now(), CHANGEABLE)).race
        old, new = race.time_ms, parse_run_time(time)
        if new == old:
            return race
        if instead_of_ms is not None and instead_of_ms != old:
            raise WrongState(words.corrected_meanwhile(old))
        race.time_ms = new
        if race.first_time_ms is None:
            race.first_time_ms = old
        await race.save(update_fields=["time_ms", "first_time_ms"])
        await recount(race)
        await self._tell(actor, race, FieldChange(field="time_ms", old=old, new=new))
        return race

    def _waiting(self, organization_id: int) -> QuerySet[Race]:
        """The runs that can be reviewed."""
        waiting = Race.filter(tournament__organization_id=organization_id, status=RaceStatus.SUBMITTED)
        running = waiting.exclude(tournament__status=TournamentStatus.ENDED)
        return kept(running, tournament__organization_id=organization_id)

    def _shown(self, actor: Actor, show: Show, runs: QuerySet[Race]) -> QuerySet[Race]:
        match show:
            case Show.MINE:
                return runs.filter(claimed_by_id=actor.account_id)
            case Show.SECOND:
                return runs.filter(doubted_by_id__isnull=False)
            case Show.FREE:
                # A claim that holds no more is in nobody's way.
                return runs.filter(Q(claimed_by_id__isnull=True) | Q(claimed_at__lte=self.now() - CLAIM_HOLDS))
            case _:
                return runs

    async def _decide(self, actor: Actor, race: Race, status: RaceStatus, reason: str | None = None) -> None:
        race.status, race.rejection_reason = status, reason
        race.reviewer_id, race.reviewed_at = actor.account_id, self.now()
        race.claimed_by_id = race.claimed_at = None
        await race.save(
            update_fields=[
                *("status", "rejection_reason", "reviewer_id", "reviewed_at"),
                *("claimed_by_id", "claimed_at"),
            ]
        )
        await recount(race)

    async def _turn_down(self, actor: Actor, race: Race, status: RaceStatus, reason: str) -> None:
        reason = clean(reason, what=words.THE_REASON, longest=LONGEST_REASON, multiline=True)
        await self._decide(actor, race, status, reason)
        await self.bus.emit(
            RaceRejectedEvent(
                entity_id=race.id,
                tournament_id=race.tournament_id,
                racer_id=race.racer_id,
                time_ms=race.time_ms,
                reason=reason,
                disqualified=status is RaceStatus.DISQUALIFIED,
                **self.by(actor),
            )
        )

    async def _note(self, actor: Actor, race: Race, *changed: FieldChange) -> None:
        """Save who looks at a run, and tell what changed of that."""
        await race.save(update_fields=["claimed_by_id", "claimed_at", "doubted_by_id"])
        await self._tell(actor, race, *changed)

    async def _tell(self, actor: Actor, race: Race, *changed: FieldChange) -> None:
        await self.bus.emit(
            TournamentUpdatedEvent(
                entity_id=race.tournament_id,
                tournament_name=race.tournament.name,
                changed_fields=changed,
                racer_id=race.racer_id,
                race_id=race.id,
                **self.by(actor),
            )
        )


def _unclaim(race: Race) -> tuple[FieldChange, ...]:
    """End a run's claim, if there is one; returns what changed by that."""
    old = race.claimed_by_id
    race.claimed_by_id = race.claimed_at = None
    return () if old is None else (FieldChange(field="claimed_by", old=old, new=None),)
