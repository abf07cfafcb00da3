"""Who is where: by points in a tournament with pools, else by each racer's best approved time. Ties share a place."""

from __future__ import annotations

from dataclasses import dataclass

from events import PodiumPlace
from models import Account, Entrant, Pool, Race, RaceStatus, Tournament
from services.scoring import divided

PODIUM_RANKS = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of a leaderboard; ranks go 1, 2, 2, 4. `time_ms` is in milliseconds.

    Where points decide, it is 0, `score` is the mean over all slots in thousandths of a point, and `counted` says how
    many runs make it.
    """

    rank: int
    account_id: int
    discord_id: int
    name: str
    time_ms: int
    score: int | None = None
    counted: int = 0


async def standings(tournament_id: int) -> list[Standing]:
    """The leaderboard by times of a tournament, best first; equal times in the order in which they were handed in."""
    approved = Race.filter(tournament_id=tournament_id, status=RaceStatus.APPROVED)
    # Plain rows: a tournament may have thousands of runs, and each as a model would hold up everybody.
    runs = approved.order_by("time_ms", "submitted_at", "id").values_list(
        "racer_id", "racer__discord_id", "racer__display_name", "time_ms"
    )
    board: dict[int, Standing] = {}
    last = None
    for account_id, discord_id, name, time_ms in await runs:
        if account_id not in board:
            rank = last.rank if last is not None and last.time_ms == time_ms else len(board) + 1
            last = board[account_id] = Standing(rank, account_id, discord_id, name, time_ms)
    return list(board.values())


async def slots_of(tournament: Tournament) -> int:
    """How many runs a racer can score with; 0 in a tournament without pools."""
    return await Pool.filter(tournament_id=tournament.id).count() * tournament.runs_per_pool


async def length(tournament: Tournament) -> int:
    """How many lines the leaderboard has."""
    if await slots_of(tournament):
        return await Entrant.filter(tournament_id=tournament.id).count()
    return len(await standings(tournament.id))


async def places(tournament: Tournament, *, first: int, number: int) -> list[Standing]:
    """So many lines of the leaderboard from `first` (from 0) on."""
    slots = await slots_of(tournament)
    if not slots:
        board = await standings(tournament.id)
        return board[first : first + number]
    entrants = Entrant.filter(tournament_id=tournament.id).order_by("-points", "-id").offset(first).limit(number)
    rows = await entrants.values_list("account_id", "points", "counted")
    # By themselves: joined, they would be looked up for all that stand before the page as well.
    found = await Account.filter(id__in=[account_id for account_id, _, _ in rows]).only(
        "id", "discord_id", "display_name"
    )
    people = {one.id: one for one in found}
    ranked: list[Standing] = []
    rank, above = 0, None
    for position, (account_id, points, counted) in enumerate(rows, start=first + 1):
        if above is None:
            rank = await _rank(tournament.id, points)
        elif points != above:
            rank = position
        above, who = points, people[account_id]
        score = divided(points, slots)
        ranked.append(Standing(rank, who.id, who.discord_id, who.display_name, 0, score, counted))
    return ranked


async def place_of(tournament: Tournament, account_id: int) -> Standing | None:
    """Somebody's line of the leaderboard, if they have one."""
    slots = await slots_of(tournament)
    if not slots:
        board = await standings(tournament.id)
        return next((one for one in board if one.account_id == account_id), None)
    entrant = await Entrant.get_or_none(tournament_id=tournament.id, account_id=account_id).prefetch_related("account")
    if entrant is None:
        return None
    rank, who = await _rank(tournament.id, entrant.points), entrant.account
    score = divided(entrant.points, slots)
    return Standing(rank, who.id, who.discord_id, who.display_name, 0, score, entrant.counted)


async def podium(tournament: Tournament) -> tuple[PodiumPlace, ...]:
    """Who shares the first three places."""
    slots = await slots_of(tournament)
    if not slots:
        board = [one for one in await standings(tournament.id) if one.rank <= PODIUM_RANKS]
        return tuple(PodiumPlace(rank=s.rank, account_id=s.account_id, time_ms=s.time_ms) for s in board)
    scored = Entrant.filter(tournament_id=tournament.id, counted__gt=0).order_by("-points", "-id")
    third = await scored.offset(PODIUM_RANKS - 1).first()
    on_it = scored.filter(points__gte=third.points) if third else scored
    rows = [(one.account_id, one.points) for one in await on_it]
    ranks = {points: 1 + sum(other > points for _, other in rows) for _, points in rows}
    return tuple(
        PodiumPlace(rank=ranks[points], account_id=account_id, time_ms=0, score=divided(points, slots))
        for account_id, points in rows
    )


async def _rank(tournament_id: int, points: int) -> int:
    return 1 + await Entrant.filter(tournament_id=tournament_id, points__gt=points).count()
