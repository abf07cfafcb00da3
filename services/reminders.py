"""When people are to be reminded of a match: planned whenever it is scheduled, moved or reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from models import Match, MatchStatus, Reminder


async def plan(match: Match, leads: Mapping[int, Sequence[int]], now: datetime) -> None:
    """Remind each account of a match at its lead times (minutes), instead of what was planned before."""
    await forget(match.id)
    for account_id, minutes in leads.items():
        await _add(match, account_id, minutes, now)


async def forget(match_id: int) -> None:
    """Remind nobody of a match any more."""
    await Reminder.filter(match_id=match_id).delete()


async def plan_again(account_id: int, organization_id: int, leads: Sequence[int], now: datetime) -> None:
    """Remind somebody of the matches of an organization that they are to play, at other lead times than before."""
    waiting = Match.filter(
        tournament__organization_id=organization_id,
        status=MatchStatus.SCHEDULED,
        scheduled_at__gt=now,
        players__account_id=account_id,
    )
    for match in await waiting.order_by("id"):
        await Reminder.filter(match_id=match.id, account_id=account_id).delete()
        await _add(match, account_id, leads, now)


async def _add(match: Match, account_id: int, leads: Sequence[int], now: datetime) -> None:
    for minutes in leads:
        due_at = match.scheduled_at - timedelta(minutes=minutes)
        if due_at > now:
            await Reminder.create(match_id=match.id, account_id=account_id, lead=minutes, due_at=due_at)
