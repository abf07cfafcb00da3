"""Refusals: why something may not or cannot be done, in words for the person who asked.

A message is plain text, or a line with instants in it, and may hold text that users wrote; whoever shows it escapes it.
"""

from __future__ import annotations

from services.notice import Line


class Refusal(Exception):
    """Something was asked that is not done. Nothing was changed."""

    def __init__(self, message: str | Line) -> None:
        super().__init__(message)
        self.message = message


class NotAllowed(Refusal):
    """The person may not do this."""


class NotFound(Refusal):
    """There is no such thing in this organization."""


class Invalid(Refusal):
    """What was given cannot be used as it is."""


class WrongState(Refusal):
    """The thing is not in a state in which this can be done, or it was done already."""


class Unavailable(Refusal):
    """Herald cannot do this now; trying again later may work."""
