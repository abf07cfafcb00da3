"""Pools of seeds, as organizers set them up. What is in a seed is for nobody else: neither events nor names tell it."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.functions import Count, Sum

from events import TournamentUpdatedEvent, changes
from events.base import FieldChange
from models import Pool, Preset, Race, Seed, Tournament, TournamentStatus
from services.actor import Actor
from services.base import Service, change, query
from services.errors import Invalid, NotFound, WrongState
from services.paging import CHOICES
from services.permissions import ALLOWED, Action, organization_of, require, roles_of
from services.pool_text import read_seeds
from services.preset_access import Whose, find_preset, owned
from services.text import clean, fold, quoted
from services.tournaments import find_tournament
from services.views import PoolView, SeedList
from services.words import pools as words

LONGEST_NAME = 80
LONGEST_NOTES = 500
MOST_POOLS = 25
"""Pools of a tournament: as many as Discord shows in a select."""
MOST_SEEDS = 1000
"""Seeds of a pool, the retired ones among them."""


def _key(name: str) -> str:
    return fold(name)[: 2 * LONGEST_NAME]


class PoolService(Service):
    @query
    async def extendable(self, actor: Actor, tournament: int | str) -> Tournament:
        """The tournament, if the actor may make a pool in it. Raises NotAllowed, NotFound, WrongState."""
        return await _extendable(actor, tournament)

    @change
    async def create(
        self, actor: Actor, tournament_id: int, *, name: str, notes: str = "", preset: str = "", seeds: str = ""
    ) -> tuple[Pool, int]:
        """A new pool, with the seeds that stand in a text one a line, and their number.

        Raises NotAllowed, NotFound, Invalid, and WrongState when the name is taken or there are too many.
        """
        tournament = await _extendable(actor, tournament_id)
        name = _read_name(name)
        await _require_free(tournament, name)
        chosen = await _preset(actor, preset)
        pool = await Pool.create(
            tournament=tournament,
            name=name,
            name_key=_key(name),
            notes=_read_notes(notes),
            preset_id=chosen.id if chosen else None,
            created_at=self.now(),
        )
        changed = [FieldChange(field="pool", old=None, new=name)]
        number = await self._add(pool, seeds) if seeds.strip() else 0
        if number:
            changed.append(FieldChange(field="seeds", old=0, new=number))
        await self._tell(actor, pool, *changed)
        return pool, number

    @query
    async def editable(self, actor: Actor, tournament: int | str, pool: str) -> Pool:
        """The pool with its preset, for filling in a form about it. Raises NotAllowed, NotFound, WrongState."""
        await require(actor, Action.MANAGE_TOURNAMENTS)
        found = await _find(await find_tournament(organization_of(actor), tournament), pool)
        _require_open(found.tournament)
        return found

    @change
    async def edit(self, actor: Actor, pool_id: int, *, name: str, notes: str, preset: str) -> Pool:
        """Change what a pool says about itself; `preset` is one of the community's, or empty.

        Raises NotAllowed, NotFound, Invalid, WrongState.
        """
        pool = await _changeable(actor, pool_id)
        name, notes = _read_name(name), _read_notes(notes)
        chosen = await _preset(actor, preset)
        if _key(name) != pool.name_key:
            await _require_free(pool.tournament, name, another=False)
        before = {"pool": pool.name, "pool_preset": pool.preset.name if pool.preset else None}
        after = {"pool": name, "pool_preset": chosen.name if chosen else None}
        # Notes may help to guess a seed; that they changed is all there is to tell.
        noted = [FieldChange(field="pool_notes", old=None, new=None)] if notes != pool.notes else []
        if changed := [*changes(before, after), *noted]:
            pool.name, pool.name_key, pool.notes = name, _key(name), notes
            pool.preset_id = chosen.id if chosen else None
            await pool.save(update_fields=["name", "name_key", "notes", "preset_id"])
            await self._tell(actor, pool, *changed)
        return pool

    @change
    async def add_seeds(self, actor: Actor, pool_id: int, *, seeds: str) -> tuple[Pool, int]:
        """Add the seeds that stand in a text one a line, all or none of them; also returns their number.

        Raises NotAllowed, NotFound, WrongState, and Invalid, which names the line.
        """
        pool = await _changeable(actor, pool_id)
        before = await _active(pool)
        number = await self._add(pool, seeds)
        await self._tell(actor, pool, FieldChange(field="seeds", old=before, new=before + number))
        return pool, number

    @query
    async def all(self, actor: Actor, tournament: int | str) -> tuple[Tournament, list[PoolView]]:
        """The pools of a tournament. Raises NotAllowed, NotFound."""
        await require(actor, Action.MANAGE_TOURNAMENTS)
        found = await find_tournament(organization_of(actor), tournament)
        return found, await _views(await Pool.filter(tournament_id=found.id).order_by("id").prefetch_related("preset"))

    @query
    async def seeds(self, actor: Actor, tournament: int | str, pool: str) -> SeedList:
        """The seeds of a pool. Raises NotAllowed, NotFound."""
        await require(actor, Action.MANAGE_TOURNAMENTS)
        found = await _find(await find_tournament(organization_of(actor), tournament), pool)
        [view] = await _views([found])
        return SeedList(found.tournament, view, await Seed.filter(pool_id=found.id).order_by("id"))

    @change
    async def retire(self, actor: Actor, tournament: int | str, pool: str, seed_id: int) -> Pool:
        """Give a seed to nobody any more. Raises NotAllowed, NotFound, WrongState."""
        return await self._move(actor, tournament, pool, seed_id, retire=True)

    @change
    async def restore(self, actor: Actor, tournament: int | str, pool: str, seed_id: int) -> Pool:
        """Give a retired seed to racers again. Raises NotAllowed, NotFound, WrongState."""
        return await self._move(actor, tournament, pool, seed_id, retire=False)

    @change
    async def delete(self, actor: Actor, pool_id: int, *, typed_name: str) -> Pool:
        """Delete a pool of which nobody was given a seed; `typed_name` must be its name.

        Raises NotAllowed, NotFound, Invalid, WrongState.
        """
        pool = await _changeable(actor, pool_id)
        if _key(typed_name) != pool.name_key:
            raise Invalid(words.not_its_name(quoted(typed_name, LONGEST_NAME), pool.name))
        if await Seed.filter(pool_id=pool.id, given__gt=0).exists():
            raise WrongState(words.was_given(pool.name))
        await pool.delete()
        await self._tell(actor, pool, FieldChange(field="pool", old=pool.name, new=None))
        return pool

    @query
    async def names(self, actor: Actor, tournament: str, typed: str) -> list[str]:
        """Names of a tournament's pools that contain `typed`, for those who may change them."""
        found = await _visible(actor, tournament)
        if found is None:
            return []
        pools = Pool.filter(tournament_id=found.id, name_key__contains=_key(typed)).order_by("id")
        return [pool.name for pool in await pools.limit(CHOICES)]

    @query
    async def choices(
        self, actor: Actor, tournament: str, pool: str, typed: str, *, retired: bool
    ) -> list[tuple[str, int]]:
        """A pool's seeds that are retired, or those that are not, in words that contain `typed`, with their ids."""
        found = await _visible(actor, tournament)
        if found is None:
            return []
        seeds = Seed.filter(pool__tournament_id=found.id, pool__name_key=_key(pool), retired_at__isnull=not retired)
        told = [(words.seed_choice(seed), seed.id) for seed in await seeds.order_by("id")]
        return [one for one in told if typed.casefold() in one[0].casefold()][:CHOICES]

    async def _add(self, pool: Pool, text: str) -> int:
        written = read_seeds(text)
        if not written:
            raise Invalid(words.NO_SEEDS)
        known = {permalink for (permalink,) in await Seed.filter(pool_id=pool.id).values_list("permalink")}
        for seed in written:
            if seed.permalink in known:
                raise Invalid(words.there_already(seed.line, pool.name))
        if (number := len(known) + len(written)) > MOST_SEEDS:
            raise Invalid(words.too_many_seeds(number, MOST_SEEDS))
        now = self.now()
        await Seed.bulk_create(
            [Seed(pool_id=pool.id, permalink=one.permalink, notes=one.note, created_at=now) for one in written]
        )
        return len(written)

    async def _move(self, actor: Actor, tournament: int | str, pool: str, seed_id: int, *, retire: bool) -> Pool:
        await require(actor, Action.MANAGE_TOURNAMENTS)
        found = await _find(await find_tournament(organization_of(actor), tournament), pool)
        _require_open(found.tournament)
        seed = await Seed.get_or_none(id=seed_id, pool_id=found.id)
        if seed is None:
            raise NotFound(words.THAT_SEED_GONE)
        if (seed.retired_at is not None) == retire:
            raise WrongState(words.retired_before(found.name) if retire else words.active_before(found.name))
        before = await _active(found)
        seed.retired_at = self.now() if retire else None
        await seed.save(update_fields=["retired_at"])
        await self._tell(actor, found, FieldChange(field="seeds", old=before, new=before + (-1 if retire else 1)))
        return found

    async def _tell(self, actor: Actor, pool: Pool, *changed: FieldChange) -> None:
        await self.bus.emit(
            TournamentUpdatedEvent(
                entity_id=pool.tournament_id,
                tournament_name=pool.tournament.name,
                changed_fields=changed,
                pool_name=pool.name,
                **self.by(actor),
            )
        )


def _read_name(name: str) -> str:
    return clean(name, what=words.THE_NAME, longest=LONGEST_NAME)


def _read_notes(notes: str) -> str:
    return clean(notes, what=words.THE_NOTES, longest=LONGEST_NOTES, multiline=True, required=False)


async def _preset(actor: Actor, reference: str) -> Preset | None:
    return await find_preset(actor, reference, owned(actor, Whose.COMMUNITY)) if reference.strip() else None


async def _extendable(actor: Actor, reference: int | str) -> Tournament:
    await require(actor, Action.MANAGE_TOURNAMENTS)
    tournament = await find_tournament(organization_of(actor), reference)
    _require_open(tournament)
    # Those could not be compared with what is raced on seeds.
    if await Race.exists(tournament_id=tournament.id, seed_id__isnull=True):
        raise WrongState(words.has_typed_runs(tournament.name))
    return tournament


async def _changeable(actor: Actor, pool_id: int) -> Pool:
    """A pool with its tournament and preset, by its id, if the actor may change it."""
    await require(actor, Action.MANAGE_TOURNAMENTS)
    pool = await Pool.get_or_none(id=pool_id, tournament__organization_id=organization_of(actor)).prefetch_related(
        "tournament", "preset"
    )
    if pool is None:
        raise NotFound(words.GONE)
    _require_open(pool.tournament)
    return pool


async def _find(tournament: Tournament, name: str) -> Pool:
    """A pool of the tournament, with that and its preset, by its name. Raises NotFound."""
    pool = await Pool.get_or_none(tournament_id=tournament.id, name_key=_key(name)).prefetch_related(
        "tournament", "preset"
    )
    if pool is None:
        raise NotFound(words.not_here(quoted(name, LONGEST_NAME), tournament.name))
    return pool


async def _visible(actor: Actor, reference: str) -> Tournament | None:
    """The tournament, for completing what somebody types who may know of its pools."""
    if actor.organization_id is None or ALLOWED[Action.MANAGE_TOURNAMENTS].isdisjoint(await roles_of(actor)):
        return None
    try:
        return await find_tournament(actor.organization_id, reference)
    except NotFound:
        return None


def _require_open(tournament: Tournament) -> None:
    if tournament.status is TournamentStatus.ENDED:
        raise WrongState(words.ended(tournament.name))


async def _require_free(tournament: Tournament, name: str, *, another: bool = True) -> None:
    """Raises WrongState when a name is taken, or (for `another` pool) when there is no room."""
    pools = Pool.filter(tournament_id=tournament.id)
    if await pools.filter(name_key=_key(name)).exists():
        raise WrongState(words.name_taken(name, tournament.name))
    if another and await pools.count() >= MOST_POOLS:
        raise WrongState(words.too_many_pools(tournament.name, MOST_POOLS))


async def _active(pool: Pool) -> int:
    return await Seed.filter(pool_id=pool.id, retired_at__isnull=True).count()


async def _views(pools: Sequence[Pool]) -> list[PoolView]:
    seeds = Seed.filter(pool_id__in=[pool.id for pool in pools]).group_by("pool_id")
    active = seeds.filter(retired_at__isnull=True).annotate(number=Count("id"))
    retired = seeds.filter(retired_at__isnull=False).annotate(number=Count("id"))
    given = seeds.annotate(number=Sum("given"))
    numbers = [dict(await one.values_list("pool_id", "number")) for one in (active, retired, given)]
    return [
        PoolView(pool, *(found.get(pool.id, 0) for found in numbers), preset=pool.preset.name if pool.preset else "")
        for pool in pools
    ]
