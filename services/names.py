"""The lookup of the names that words about events need."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import events as e
from models import Account, Tournament
from services.visibility import hides_results
from services.words.names import Names

PEOPLE = frozenset({"entrant", "claimed_by", "doubted_by"})
"""Fields of tournaments whose values are accounts."""


async def names_for(events: Iterable[e.EntityEvent]) -> Names:
    """Look up every name that the lines of `events` need."""
    account_ids: set[int] = set()
    tournament_ids: set[int] = set()
    for event in events:
        account_ids |= _account_ids(event)
        tournament_id = getattr(event, "tournament_id", None)
        if tournament_id is not None:
            tournament_ids.add(tournament_id)
    accounts = await Account.filter(id__in=list(account_ids)).values_list("id", "display_name")
    tournaments = await Tournament.filter(id__in=list(tournament_ids))
    # Of one that is gone, nothing tells any more whether its results were hidden.
    hidden = tournament_ids - {one.id for one in tournaments if not hides_results(one)}
    return Names(dict(accounts), {one.id: one.name for one in tournaments}, frozenset(hidden))


def _account_ids(event: e.EntityEvent) -> set[int]:
    ids: set[Any] = {
        event.user_id,
        *(getattr(event, name, None) for name in ("account_id", "member_id", "racer_id", "invitee_id", "winner_id")),
        *getattr(event, "player_ids", ()),
        *(place.account_id for place in getattr(event, "podium", ())),
    }
    if isinstance(event, e.TournamentUpdatedEvent):
        ids |= {value for c in event.changed_fields if c.field in PEOPLE for value in (c.old, c.new)}
    return {i for i in ids if isinstance(i, int)}
