"""What stands around a page of a list. Pages count from 0."""

from __future__ import annotations

BACK_AND_ON = ("Back", "On")
NEWER_AND_OLDER = ("Newer", "Older")


def position(listed: str, page: int, pages: int) -> str:
    """`12 presets, page 1 of 2`."""
    return f"{listed}, page {page + 1} of {pages}"
