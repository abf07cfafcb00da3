"""Whether a race may be started, and which race somebody means."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tortoise.functions import Count

from models import Attempt, AttemptStage, Entrant, Membership, Pool, Seed, Tournament, TournamentStatus
from services.actor import Actor
from services.errors import NotAllowed, NotFound, WrongState
from services.permissions import organization_of
from services.words import attempts as words

UNDER_WAY = (AttemptStage.SEEDED, AttemptStage.RACING)
NOT_HANDED_IN = (*UNDER_WAY, AttemptStage.FINISHED)
LOADED = ("tournament", "pool", "seed", "race", "racer")

_DISCORD_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PoolChoice:
    """A pool that somebody can race in now, `left` more times."""

    pool: Pool
    left: int


def created_at(discord_id: int) -> datetime:
    """When a Discord account was made (UTC): its id, a snowflake, says so (Discord's API reference, "Snowflakes")."""
    return _DISCORD_EPOCH + timedelta(milliseconds=discord_id >> 22)


async def require_startable(actor: Actor, tournament: Tournament) -> list[PoolChoice]:
    """The pools that the actor may start a race in now. Raises NotAllowed, WrongState when there is none, and why."""
    pools = await Pool.filter(tournament_id=tournament.id).order_by("id")
    if not pools:
        raise WrongState(words.NO_POOLS)
    await require_entitled(actor, tournament)
    await require_none_under_way(actor)
    free = await _free(actor, tournament, pools)
    if not free:
        raise WrongState(words.all_run(tournament.name))
    return free


async def require_entitled(actor: Actor, tournament: Tournament) -> None:
    """Let pass who may race in a tournament now, whatever they have raced before. Raises NotAllowed, WrongState."""
    if tournament.status is not TournamentStatus.RUNNING:
        ended = tournament.status is TournamentStatus.ENDED
        raise WrongState(words.not_running(tournament.name, ended=ended))
    if not await Entrant.exists(tournament_id=tournament.id, account_id=actor.account_id):
        raise WrongState(words.not_joined(tournament.name))
    await require_member(actor, tournament)
    now = actor.caller.at
    if tournament.opens_at is not None and now < tournament.opens_at:
        raise WrongState(words.not_open_yet(tournament.name, tournament.opens_at))
    if tournament.closes_at is not None and now >= tournament.closes_at:
        raise WrongState(words.closed(tournament.name, tournament.closes_at))
    if now - created_at(actor.caller.person.discord_id) < timedelta(days=tournament.min_account_days):
        raise NotAllowed(words.too_young(tournament.min_account_days))


async def require_member(actor: Actor, tournament: Tournament) -> None:
    """Let pass who is still a member of the tournament's organization. Raises NotAllowed."""
    if not await Membership.exists(organization_id=tournament.organization_id, account_id=actor.account_id):
        raise NotAllowed(words.NO_MEMBER)


async def require_none_under_way(actor: Actor, message: str | None = None) -> None:
    """Let pass who has no race under way in this organization. Raises WrongState, in the words of `message`."""
    current = await _of(actor).filter(stage__in=UNDER_WAY).first().prefetch_related("tournament")
    if current is not None:
        raise WrongState(message or words.under_way(current.tournament.name))


async def has_one_under_way(account_id: int, organization_id: int) -> bool:
    """Whether somebody has a race under way in an organization."""
    theirs = Attempt.filter(racer_id=account_id, tournament__organization_id=organization_id)
    return await theirs.filter(stage__in=list(UNDER_WAY)).exists()


async def seeds_left(pool_id: int, account_id: int) -> bool:
    """Whether a pool has a seed that the account was not given before."""
    had = await Attempt.filter(pool_id=pool_id, racer_id=account_id).values_list("seed_id", flat=True)
    return await Seed.filter(pool_id=pool_id, retired_at__isnull=True, id__not_in=[*had, 0]).exists()


async def find_attempt(
    actor: Actor,
    attempt_id: int | None,
    stages: Collection[AttemptStage],
    none: str,
    *,
    first: Collection[AttemptStage] = (),
    tournament_id: int | None = None,
) -> Attempt:
    """The actor's attempt by its id; without one, their newest in a stage of `first` here, or else of `stages`.

    Of those that have ended, the one that did so last. Raises NotFound (in the words of `none`, where no id was
    given), NotAllowed when it is somebody else's.
    """
    if attempt_id is None:
        mine = _of(actor).filter(discarded_at__isnull=True)
        if tournament_id is not None:
            mine = mine.filter(tournament_id=tournament_id)
        for among in (first, stages):
            newest = mine.filter(stage__in=list(among)).order_by("-ended_at", "-id").first()
            if among and (found := await newest.select_related(*LOADED)) is not None:
                return found
        raise NotFound(none)
    attempt = await attempt_here(actor, attempt_id)
    if attempt.racer_id != actor.account_id:
        raise NotAllowed(words.NOT_YOURS)
    return attempt


async def attempt_here(actor: Actor, attempt_id: int) -> Attempt:
    """Any attempt of the actor's organization. Raises NotFound."""
    found = await Attempt.get_or_none(id=attempt_id, tournament__organization_id=organization_of(actor)).select_related(
        *LOADED
    )
    if found is None:
        raise NotFound(words.GONE)
    return found


def _of(actor: Actor):  # noqa: ANN202 - Tortoise's own
    return Attempt.filter(racer_id=actor.account_id, tournament__organization_id=organization_of(actor))


async def _free(actor: Actor, tournament: Tournament, pools: Sequence[Pool]) -> list[PoolChoice]:
    had = (
        Attempt.filter(tournament_id=tournament.id, racer_id=actor.account_id, discarded_at__isnull=True)
        .annotate(number=Count("id"))
        .group_by("pool_id")
    )
    runs: dict[int, int] = dict(await had.values_list("pool_id", "number"))
    left = [PoolChoice(pool, tournament.runs_per_pool - runs.get(pool.id, 0)) for pool in pools]
    return [choice for choice in left if choice.left > 0]
