"""The table that `make bench` prints: what was measured, against what, and how that compares with its goal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import TypeVar

K = TypeVar("K")

ROUNDS = 7
"""Times that each side of a comparison is measured, in turns with the others."""

SQLITE, POSTGRES, MEMORY = "SQLite", "PostgreSQL", "memory"

WIDTHS = (58, 10, 7, 20, 28, 28, 52)
TITLES = ("measured", "engine", "goal", "ratio", "Herald", "beside it", "what is beside it")


@dataclass(frozen=True, slots=True)
class Goal:
    """What ratios are to be, at most or at least: all of them the same, or each its own."""

    limits: float | tuple[float, ...]
    at_most: bool = False

    def shares(self, ratios: Sequence[float]) -> list[float]:
        """How much of the goal each of `ratios` reaches; 1 and more is all of it."""
        limits = self.limits if isinstance(self.limits, tuple) else (self.limits,) * len(ratios)
        pairs = zip(ratios, limits, strict=True)
        return [limit / one if self.at_most else one / limit for one, limit in pairs]

    def __str__(self) -> str:
        limits = self.limits if isinstance(self.limits, tuple) else (self.limits,)
        return f"{'≤' if self.at_most else '≥'} {' · '.join(f'{limit:g}' for limit in limits)}"


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. Several figures, as of 1, 3 and 10 handlers, stand beside one another.

    `drops` names what that beside Herald has not, of what Herald promises.
    """

    what: str
    engine: str
    goal: Goal | None
    ratios: tuple[float, ...]
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    unit: str
    peer: str
    drops: str = ""

    @property
    def met(self) -> bool:
        """Whether each ratio is as its goal says; one without a goal always is."""
        return self.goal is None or min(self.goal.shares(self.ratios)) >= 1

    def cells(self) -> tuple[str, ...]:
        """The row in words, by the columns of `TITLES`."""
        return (
            self.what,
            self.engine,
            str(self.goal or ""),
            " · ".join(map(short, self.ratios)) + ("" if self.met else " short"),
            _figures(self.ours, self.unit),
            _figures(self.theirs, self.unit),
            f"{self.peer}{f'; drops {self.drops}' if self.drops else ''}",
        )


def short(number: float) -> str:
    """Two or three digits, which is all that a measured figure is worth."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2f}"  # noqa: PLR2004 - digits


def _figures(numbers: Sequence[float], unit: str) -> str:
    return f"{' · '.join(map(short, numbers))} {unit}"


def line(cells: Sequence[str]) -> str:
    return "  ".join(f"{cell:{width}}" for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


async def in_turns(runs: Mapping[K, Callable[[], Awaitable[float]]]) -> dict[K, list[float]]:
    """By name, what each run came to in each round. The first round, which finds everything cold, does not count."""
    rounds = [{name: await run() for name, run in runs.items()} for _ in range(ROUNDS + 1)][1:]
    return {name: [one[name] for one in rounds] for name in runs}


def ratio(upper: Sequence[float], lower: Sequence[float]) -> float:
    """The median of what the rounds say: both sides of a round have met the same neighbours on the machine."""
    return median(one / other for one, other in zip(upper, lower, strict=True))


def installed(package: str) -> str | None:
    """The version of `package` that is installed; None where there is none for this Python."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
