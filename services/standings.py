"""Who is where: the best approved time of each racer counts, and ties share a place."""

from __future__ import annotations

from dataclasses import dataclass

from models import Race, RaceStatus

PODIUM_RANKS = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of a leaderboard; ranks go 1, 2, 2, 4. `time_ms` is in milliseconds."""

    rank: int
    account_id: int
    discord_id: int
    name: str
    time_ms: int


async def standings(tournament_id: int) -> list[Standing]:
    """The leaderboard of a tournament, best first; equal times in the order in which they were handed in."""
    best: dict[int, Race] = {}
    races = Race.filter(tournament_id=tournament_id, status=RaceStatus.APPROVED)
    for race in await races.order_by("time_ms", "submitted_at", "id").prefetch_related("racer"):
        best.setdefault(race.racer_id, race)
    board: list[Standing] = []
    for place, race in enumerate(best.values(), start=1):
        tied = bool(board) and board[-1].time_ms == race.time_ms
        board.append(
            Standing(
                rank=board[-1].rank if tied else place,
                account_id=race.racer_id,
                discord_id=race.racer.discord_id,
                name=race.racer.display_name,
                time_ms=race.time_ms,
            )
        )
    return board
