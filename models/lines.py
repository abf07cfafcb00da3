"""Lining up, on PostgreSQL: what a transaction does before it adds to a stream, or to the messages for a target.

Of two transactions that line up for the same line, the second waits until the first has ended, so that what they add
is numbered in the order of their commits. A transaction also says, by another lock, which event's number was the newest
before it, so that nobody takes a number that is not committed yet for one that never will be.
"""

from __future__ import annotations

LINES, NUMBERS = 0x4E7A1D02, 0x4E7A1D05
"""The classes of a transaction's advisory locks: on its lines, and on the newest event's number before it."""

NEWEST = "(SELECT least(last_value - (NOT is_called)::int, 2147483647)::int FROM event_seq_seq)"
"""The number that was given last; as far as a lock can have one."""


def line_up(lines: str) -> str:
    """A query that lines up for `lines`, an expression for an array of texts, in that order; one row for each."""
    return (
        f"SELECT line, pg_advisory_xact_lock({LINES}, hashtext(line)),"  # noqa: S608 - all of it is ours
        f" (SELECT pg_advisory_xact_lock_shared({NUMBERS}, {NEWEST})) FROM unnest({lines}) AS line"
    )
