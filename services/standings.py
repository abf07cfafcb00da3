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
