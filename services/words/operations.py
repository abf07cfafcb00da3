"""What is said to whoever puts deliveries back."""

from __future__ import annotations

from services.words.language import count, join_names


def not_a_handler(typed: str, handlers: list[str]) -> str:
    return f"{typed} is not a handler. There are {join_names(handlers)}."


def no_event(number: int) -> str:
    return f"There is no event #{number}. It may have been pruned."


def interrupted(put_back: int) -> str:
    return (
        f"Herald's database could not be used any more when {count(put_back, 'delivery', 'deliveries')} had been "
        "put back. Give the command again for the rest."
    )
