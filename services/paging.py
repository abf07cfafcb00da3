"""Pages of a list."""

from __future__ import annotations

PAGE = 10
"""Lines that one page shows."""

CHOICES = 25
"""As many as Discord shows under an option that completes itself."""


def page_of(number: int, total: int) -> tuple[int, int]:
    """The page that there is where `number` was asked for, and how many `total` lines take. Pages count from 0."""
    pages = max(1, -(-total // PAGE))
    return min(max(number, 0), pages - 1), pages
