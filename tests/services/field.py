"""Tournaments with pools, straight into the tables: what is scored, without the way that it came."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from uuid_utils.compat import uuid7

from models import Attempt, AttemptStage, Entrant, Pool, Race, RaceStatus, Seed, Tournament, TournamentStatus
from services.scores import recount, recount_tournament
from tests.services.world import GUILD, VOD, World

P = ParamSpec("P")
R = TypeVar("R")


async def write(world: World, race: Race) -> None:
    """Save a run and bring the scores up to date, in one unit of work."""

    async def body() -> None:
        await race.save()
        await recount(race)

    await world.herald.units.run(body)


async def write_rules(world: World, tournament: Tournament) -> None:
    """Save a tournament's rules and bring the scores up to date, in one unit of work."""

    async def body() -> None:
        await tournament.save()
        await recount_tournament(tournament)

    await world.herald.units.run(body)


def unit(
    method: Callable[Concatenate[Course, P], Awaitable[R]],
) -> Callable[Concatenate[Course, P], Coroutine[Any, Any, R]]:
    """A method that runs as one unit of work."""

    @wraps(method)
    async def run(self: Course, /, *args: P.args, **kwargs: P.kwargs) -> R:
        async def body() -> R:
            return await method(self, *args, **kwargs)

        return await self.world.herald.units.run(body)

    return run


class Course:
    """A tournament with pools of one seed each."""

    def __init__(self, world: World, tournament: Tournament) -> None:
        self.world, self.tournament = world, tournament
        self.seeds: list[Seed] = []

    async def run(self, racer: str, time_ms: int, *, pool: int = 0, status: RaceStatus = RaceStatus.APPROVED) -> Race:
        """A run that is handed in, and looked at, at once; on the seed with the number `pool`."""
        await self.enter(racer)
        race = Race(
            tournament_id=self.tournament.id,
            racer_id=await self.world.account(racer),
            seed_id=self.seeds[pool].id,
            time_ms=time_ms,
            vod_url=VOD,
            status=status,
            submitted_at=self.world.clock(),
        )
        await write(self.world, race)
        return race

    async def enter(self, racer: str) -> None:
        """Let somebody race."""
        await self._enter(await self.world.account(racer))

    @unit
    async def _enter(self, account_id: int) -> None:
        tournament_id = self.tournament.id
        if not await Entrant.exists(tournament_id=tournament_id, account_id=account_id):
            await Entrant.create(tournament_id=tournament_id, account_id=account_id, joined_at=self.world.clock())

    @unit
    async def prepare(self, *, pools: int, runs_per_pool: int = 1, hidden: bool = False, review: bool = True) -> None:
        """Set the rules, and open so many pools of one seed each."""
        self.tournament.runs_per_pool, self.tournament.results_hidden = runs_per_pool, hidden
        self.tournament.review_required = review
        await self.tournament.save()
        for number in range(1, pools + 1):
            pool = await Pool.create(
                tournament_id=self.tournament.id,
                name=f"Pool {number}",
                name_key=f"pool {number}",
                created_at=self.world.clock(),
            )
            self.seeds.append(
                await Seed.create(pool_id=pool.id, permalink=f"seed {number}", created_at=self.world.clock())
            )

    @unit
    async def add_seed(self, pool_id: int) -> None:
        """Another seed in a pool."""
        number = len(self.seeds) + 1
        self.seeds.append(await Seed.create(pool_id=pool_id, permalink=f"seed {number}", created_at=self.world.clock()))

    @unit
    async def place(self, race: Race, *, pool: int = 0) -> None:
        """Have a run on the seed with the number `pool`."""
        race.seed_id = self.seeds[pool].id
        await race.save(update_fields=["seed_id"])

    @unit
    async def attempt(self, race: Race) -> Attempt:
        """The attempt by which a run came about."""
        seed = next(one for one in self.seeds if one.id == race.seed_id)
        return await Attempt.create(
            tournament_id=self.tournament.id,
            pool_id=seed.pool_id,
            seed_id=seed.id,
            racer_id=race.racer_id,
            race_id=race.id,
            stage=AttemptStage.SUBMITTED,
            event_id=uuid7(),
            guild_id=GUILD,
            parent_channel_id=1,
            given_at=self.world.clock(),
        )

    @unit
    async def discard(self, attempt: Attempt) -> None:
        """Let its racer take another."""
        attempt.discarded_at = self.world.clock()
        await attempt.save()

    @unit
    async def scores(self) -> dict[int, int | None]:
        """By run: its score."""
        return dict(await Race.filter(tournament_id=self.tournament.id).values_list("id", "score"))

    @unit
    async def points(self) -> dict[str, tuple[int, int]]:
        """By racer: their points, and how many runs count."""
        entrants = Entrant.filter(tournament_id=self.tournament.id).order_by("id").prefetch_related("account")
        return {one.account.display_name: (one.points, one.counted) for one in await entrants}

    @unit
    async def par(self, pool: int = 0) -> tuple[int, int]:
        """The par of the seed with the number `pool`: the sum of so many times."""
        seed = await Seed.get(id=self.seeds[pool].id)
        return seed.par_total_ms, seed.par_runs


async def course(
    world: World,
    *,
    pools: int = 1,
    runs_per_pool: int = 1,
    hidden: bool = False,
    review: bool = True,
    status: TournamentStatus = TournamentStatus.RUNNING,
    name: str = "Spring Cup",
    racers: tuple[str, ...] = ("Ann",),
) -> Course:
    """A tournament with so many pools, in which nobody has run yet."""
    made = Course(world, await world.tournament(name, status=status, racers=racers))
    await made.prepare(pools=pools, runs_per_pool=runs_per_pool, hidden=hidden, review=review)
    return made
