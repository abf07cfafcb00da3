"""Tournaments: draft → open → running → ended, and who races in them."""

from __future__ import annotations

from collections.abc import Callable

from events import (
    TournamentCreatedEvent,
    TournamentDeletedEvent,
    TournamentEndedEvent,
    TournamentStartedEvent,
    TournamentUpdatedEvent,
    changes,
)
from events.base import FieldChange, Value
from models import Attempt, Entrant, Race, RaceStatus, Tournament, TournamentStatus, TournamentType
from services.actor import Actor
from services.attempt_checks import NOT_HANDED_IN
from services.attempt_steps import Abandon, break_off
from services.base import Core, Service, change, query
from services.errors import Invalid, NotFound, Refusal, WrongState
from services.paging import CHOICES
from services.permissions import Action, organization_of, require
from services.pool_checks import require_enough_seeds
from services.scores import kept
from services.standings import podium
from services.text import clean, fold, parse_link, quoted
from services.tournament_views import views_of
from services.views import TournamentView
from services.words import tournaments as words

LONGEST_NAME = 80
LONGEST_DESCRIPTION = 1000
LONGEST_SEED = 500


class RunsPending(Refusal):
    """Runs that wait for review do not count yet, or races are not handed in; the end leaves them out."""

    def __init__(self, tournament: Tournament, runs: list[Race], races: list[Attempt]) -> None:
        super().__init__(words.left_out_by_end(tournament.name, runs=len(runs), races=len(races)))
        self.tournament = tournament
        self.runs = runs
        self.races = races


async def find_tournament(organization_id: int, reference: int | str) -> Tournament:
    """A tournament of the organization by its id or its name. Raises NotFound."""
    if isinstance(reference, int):
        tournament = await Tournament.get_or_none(id=reference, organization_id=organization_id)
        wanted = words.THAT_TOURNAMENT
    else:
        tournament = await Tournament.get_or_none(organization_id=organization_id, name_key=_key(reference))
        wanted = quoted(reference, LONGEST_NAME)
    if tournament is None:
        raise NotFound(words.not_here(wanted))
    return tournament


def _key(name: str) -> str:
    return fold(name)[: 2 * LONGEST_NAME]


class TournamentService(Service):
    def __init__(self, core: Core, on_thread: Callable[[], None], abandon: Abandon) -> None:
        """`on_thread` is called after a commit by which threads of races are to be archived."""
        super().__init__(core)
        self._on_thread = on_thread
        self._abandon = abandon

    @query
    async def require_manager(self, actor: Actor) -> None:
        """Let pass who may manage tournaments, before they fill in a form. Raises NotAllowed."""
        await require(actor, Action.MANAGE_TOURNAMENTS)

    @change
    async def create(
        self, actor: Actor, *, name: str, type: TournamentType, description: str = "", seed: str = ""
    ) -> Tournament:
        """A new tournament, as a draft. Raises NotAllowed, Invalid, WrongState when the name is taken."""
        await require(actor, Action.MANAGE_TOURNAMENTS)
        fields = _read(name, description, seed)
        await self._require_free(organization_of(actor), fields["name"])
        tournament = await Tournament.create(
            organization_id=organization_of(actor),
            name_key=_key(fields["name"]),
            type=type,
            created_at=self.now(),
            name=fields["name"],
            description=fields["description"],
            seed=fields["seed"],
        )
        await self.bus.emit(
            TournamentCreatedEvent(
                entity_id=tournament.id, tournament_name=tournament.name, tournament_type=type.value, **self.by(actor)
            )
        )
        return tournament

    @query
    async def editable(self, actor: Actor, reference: int | str) -> Tournament:
        """The tournament, for filling in a form to edit it. Raises NotAllowed."""
        await require(actor, Action.MANAGE_TOURNAMENTS)
        return await find_tournament(organization_of(actor), reference)

    @change
    async def edit(self, actor: Actor, tournament_id: int, *, name: str, description: str, seed: str) -> Tournament:
        """Change what a tournament says about itself. Raises NotAllowed, NotFound, Invalid, WrongState."""
        await require(actor, Action.MANAGE_TOURNAMENTS)
        tournament = await find_tournament(organization_of(actor), tournament_id)
        if tournament.status is TournamentStatus.ENDED:
            raise WrongState(words.stays_as_it_is(tournament.name))
        fields = _read(name, description, seed)
        before: dict[str, Value] = {field: getattr(tournament, field) for field in fields}
        if _key(fields["name"]) != tournament.name_key:
            await self._require_free(tournament.organization_id, fields["name"])
        for field, value in fields.items():
            setattr(tournament, field, value)
        tournament.name_key = _key(tournament.name)
        await tournament.save()
        changed = changes(before, fields)
        # A seed is for the racers, from the start on; moderators and the audit channel must not tell it before.
        told = tuple(FieldChange(field="seed", old=None, new=None) if c.field == "seed" else c for c in changed)
        await self._tell_update(actor, tournament, told)
        return tournament

    @change
    async def open(self, actor: Actor, reference: int | str) -> Tournament:
        """Let racers join: draft → open."""
        tournament = await self._managed(actor, reference)
        if tournament.status is not TournamentStatus.DRAFT:
            raise WrongState(words.opened_before(tournament.name, tournament.status))
        await self._move(tournament, TournamentStatus.OPEN)
        status = FieldChange(field="status", old=TournamentStatus.DRAFT.value, new=tournament.status.value)
        await self._tell_update(actor, tournament, (status,))
        return tournament

    @change
    async def start(self, actor: Actor, reference: int | str) -> Tournament:
        """Let racers hand in runs: open → running."""
        tournament = await self._managed(actor, reference)
        if tournament.status is TournamentStatus.DRAFT:
            raise WrongState(words.open_it_to_start(tournament.name))
        if tournament.status is not TournamentStatus.OPEN:
            raise WrongState(words.started_before(tournament.name, tournament.status))
        racers = await Entrant.filter(tournament_id=tournament.id).count()
        if racers == 0:
            raise WrongState(words.nobody_joined(tournament.name))
        await require_enough_seeds(tournament)
        tournament.started_at = self.now()
        await self._move(tournament, TournamentStatus.RUNNING)
        await self.bus.emit(
            TournamentStartedEvent(
                entity_id=tournament.id, tournament_name=tournament.name, racer_count=racers, **self.by(actor)
            )
        )
        return tournament

    @change
    async def end(
        self, actor: Actor, reference: int | str, *, leave_out_up_to: int = 0, break_off_up_to: int = 0
    ) -> Tournament:
        """Close the standings: running → ended. Races that are under way are forfeited.

        Raises RunsPending while runs wait that count only once they are reviewed, or races are not handed in, unless
        each has an id of up to `leave_out_up_to` or `break_off_up_to`: what came after somebody was asked does not end
        behind their back.
        """
        tournament = await self._managed(actor, reference)
        if tournament.status is TournamentStatus.ENDED:
            raise WrongState(words.ended_before(tournament.name))
        if tournament.status is not TournamentStatus.RUNNING:
            raise WrongState(words.not_started(tournament.name))
        waiting = Race.filter(tournament_id=tournament.id, status=RaceStatus.SUBMITTED)
        pending = (
            await kept(waiting, tournament_id=tournament.id).order_by("id").prefetch_related("racer")
            if tournament.review_required
            else []
        )
        open_races = await (
            Attempt.filter(tournament_id=tournament.id, stage__in=list(NOT_HANDED_IN), discarded_at__isnull=True)
            .order_by("id")
            .prefetch_related("tournament")
        )
        if any(race.id > leave_out_up_to for race in pending) or any(one.id > break_off_up_to for one in open_races):
            raise RunsPending(tournament, pending, open_races)
        for attempt in open_races:
            await break_off(self.bus, attempt, self.now(), self.by(actor))
        self.units.current().after_commit(self._on_thread)
        tournament.ended_at = self.now()
        await self._move(tournament, TournamentStatus.ENDED)
        await self.bus.emit(
            TournamentEndedEvent(
                entity_id=tournament.id,
                tournament_name=tournament.name,
                podium=await podium(tournament),
                **self.by(actor),
            )
        )
        return tournament

    @change
    async def delete(self, actor: Actor, tournament_id: int, *, typed_name: str) -> Tournament:
        """Delete a tournament with its entrants, runs and races, under way or not; `typed_name` must be its name."""
        tournament = await self._managed(actor, tournament_id)
        if _key(typed_name) != tournament.name_key:
            raise Invalid(words.not_its_name(quoted(typed_name, LONGEST_NAME), tournament.name))
        event = TournamentDeletedEvent(entity_id=tournament_id, tournament_name=tournament.name, **self.by(actor))
        await self._abandon(event, Attempt.filter(tournament_id=tournament.id))
        await tournament.delete()
        await self.bus.emit(event)
        return tournament

    @query
    async def info(self, actor: Actor, reference: int | str) -> TournamentView:
        """One tournament of the actor's organization. Raises NotFound."""
        [view] = await views_of([await find_tournament(organization_of(actor), reference)])
        return view

    @query
    async def postable(self, actor: Actor, reference: int | str) -> TournamentView:
        """A tournament that people can join, to be shown to all. Raises NotAllowed, NotFound, WrongState."""
        tournament = await self._managed(actor, reference)
        if tournament.status is TournamentStatus.DRAFT:
            raise WrongState(words.open_it_to_post(tournament.name))
        if tournament.status is TournamentStatus.ENDED:
            raise WrongState(words.nobody_can_join(tournament.name))
        [view] = await views_of([tournament])
        return view

    @query
    async def newest(self, actor: Actor, *, limit: int = CHOICES) -> list[TournamentView]:
        """The newest tournaments of the actor's organization."""
        found = Tournament.filter(organization_id=organization_of(actor)).order_by("-id").limit(limit)
        return await views_of(await found)

    @query
    async def names(self, actor: Actor, typed: str, statuses: frozenset[TournamentStatus]) -> list[str]:
        """Names of the organization's tournaments in one of `statuses` that contain `typed`, newest first."""
        if actor.organization_id is None:
            return []
        found = Tournament.filter(
            organization_id=actor.organization_id, status__in=list(statuses), name_key__contains=_key(typed)
        )
        return [tournament.name for tournament in await found.order_by("-id").limit(CHOICES)]

    async def _managed(self, actor: Actor, reference: int | str) -> Tournament:
        await require(actor, Action.MANAGE_TOURNAMENTS)
        return await find_tournament(organization_of(actor), reference)

    async def _require_free(self, organization_id: int, name: str) -> None:
        if await Tournament.exists(organization_id=organization_id, name_key=_key(name)):
            raise WrongState(words.name_taken(name))

    async def _move(self, tournament: Tournament, status: TournamentStatus) -> None:
        tournament.status = status
        await tournament.save(update_fields=["status", "started_at", "ended_at"])

    async def _tell_update(self, actor: Actor, tournament: Tournament, changed: tuple[FieldChange, ...]) -> None:
        if changed:
            await self.bus.emit(
                TournamentUpdatedEvent(
                    entity_id=tournament.id, tournament_name=tournament.name, changed_fields=changed, **self.by(actor)
                )
            )


def _read(name: str, description: str, seed: str) -> dict[str, str]:
    seed = clean(seed, what=words.THE_SEED, longest=LONGEST_SEED, required=False)
    return {
        "name": clean(name, what=words.THE_NAME, longest=LONGEST_NAME),
        "description": clean(
            description, what=words.THE_DESCRIPTION, longest=LONGEST_DESCRIPTION, multiline=True, required=False
        ),
        "seed": parse_link(seed, what=words.THE_SEED_LINK) if "://" in seed else seed,
    }
