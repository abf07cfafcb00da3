"""What is said of the audit trail and the search over it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.notice import Notice, line
from services.words.language import count, join_names
from services.words.paging import position

GROUP = "Who did what"
SEARCH_COMMAND = "Search the audit trail (organizers and moderators)"
WHO_DID_IT = "Who did it"
WHAT_WAS_DONE = "What was done"
TO_WHAT = "To what kind of thing: tournament, race …, also with its number"
FROM_WHEN = "From when on: 2026-11-24, 2026-11-24 18:30, or 3d for three days ago"
UNTIL_WHEN = "Until when, in the same forms"

OF_ANOTHER_RELEASE = "This list belongs to another release of Herald. Please search again."


def not_an_action(typed: str) -> str:
    return f"{typed} is not an action. Pick one from the list, for example RaceApproved."


def not_a_kind(typed: str, kinds: list[str]) -> str:
    return f"{typed} is not a kind of thing. Write {join_names(kinds, 'or')}, with or without a number."


def unreadable(action: str) -> str:
    """Stands for an event that this release does not know."""
    return f"{action} (written by another release of Herald)"


def trail(entries: Sequence[tuple[int, datetime, str]], total: int, page: int, pages: int) -> Notice:
    """A page of entries: the number, the instant and the words of each."""
    lines = [line(f"#{number} ", at, f" {text}") for number, at, text in entries]
    return Notice(
        title="Audit trail",
        lines=tuple(lines) or (line("Nothing was found."),),
        reference=position(count(total, "entry", "entries"), page, pages),
    )
