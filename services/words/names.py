"""How people and tournaments are called, also those that are no more."""

from __future__ import annotations

from dataclasses import dataclass

GONE = "a deleted user"
HERALD = "Herald"
DELETED_TOURNAMENT = "a deleted tournament"


@dataclass(frozen=True, slots=True)
class Names:
    """The present names of what events tell about, and the tournaments whose results are `hidden` for now.

    Those that are gone are among these.
    """

    accounts: dict[int, str]
    tournaments: dict[int, str]
    hidden: frozenset[int] = frozenset()

    def account(self, account_id: int | None) -> str:
        return HERALD if account_id is None else self.accounts.get(account_id, GONE)

    def tournament(self, tournament_id: int) -> str:
        return self.tournaments.get(tournament_id, DELETED_TOURNAMENT)
