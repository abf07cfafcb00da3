"""The formula of the score, in whole numbers. docs/scoring.md states it with examples."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

FASTEST = 5
"""How many of the fastest times make a seed's par."""

POINT = 1000
"""Scores are whole numbers of thousandths of a point."""

BEST = 105 * POINT
"""What no run scores more than."""


@dataclass(frozen=True, slots=True)
class Par:
    """The mean of a seed's fastest times, kept exact: `total_ms` of so many `runs`. Without runs there is none."""

    total_ms: int
    runs: int

    @property
    def time_ms(self) -> int:
        """The mean in milliseconds, rounded half up, to be shown. Nothing is computed from it."""
        return divided(self.total_ms, self.runs)


@dataclass(frozen=True, slots=True)
class Curve:
    """A seed's formula with its par put in: a run of `t` ms scores `(above - slope * t) // below`.

    But BEST up to `best_ms`, and nothing from `worst_ms` on.
    """

    above: int
    slope: int
    below: int
    best_ms: int
    worst_ms: int

    def score(self, time_ms: int) -> int:
        """Thousandths of a point."""
        if time_ms <= self.best_ms:
            return BEST
        return 0 if time_ms >= self.worst_ms else (self.above - self.slope * time_ms) // self.below


def par_of(times_ms: Iterable[int]) -> Par:
    """The par that these counted times of a seed make."""
    fastest = sorted(times_ms)[:FASTEST]
    return Par(sum(fastest), len(fastest))


def curve_of(par: Par) -> Curve:
    """The formula `(2 - time / par) * 100` for a `par` of at least one run.

    With the par `total / runs`, thousandths are `100_000 * (2 * total - time * runs) / total`; that half is added
    before it is rounded down makes it rounded half up.
    """
    below = 2 * par.total_ms
    above = 4 * 100 * POINT * par.total_ms + par.total_ms
    slope = 2 * 100 * POINT * par.runs
    return Curve(
        above=above,
        slope=slope,
        below=below,
        best_ms=(above - BEST * below) // slope,
        worst_ms=(above - below) // slope + 1,
    )


def score(time_ms: int, par: Par) -> int:
    """What a run of `time_ms` scores on a seed with this `par`, in thousandths of a point: 0 to BEST."""
    return curve_of(par).score(time_ms)


def divided(total: int, parts: int) -> int:
    """`total` by `parts`, rounded half up; 0 without parts."""
    return (2 * total + parts) // (2 * parts) if parts else 0
