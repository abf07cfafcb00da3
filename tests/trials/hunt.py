"""Which trials there are: every point of a play, and those that meet a planted bug."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tests.trials.bugs import BUGS, Bug
from tests.trials.squad import Squad
from tests.trials.strikes import Point
from tests.trials.trial import Result, Trial, Trier, by_name

COMMITS = ("before", "after", "error", "dark")
REQUESTS = ("before", "after", "lost", "dark")
MORE_REQUESTS = ("stop", "delayed", "refused", "limited", "unavailable", "reset", "deleted")

TRIES = 25
"""Trials within which a planted bug has to be found."""

PATIENCE = 3.0
"""Seconds after which a subject with a bug counts as stalled."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What an undisturbed play counts."""

    commits: int
    requests: int
    statements: int
    seconds: float


def measure(squad: Squad) -> Measure:
    """Play undisturbed. Raises AssertionError when not even that goes well."""
    (result,) = squad.trials([by_name("undisturbed")])
    assert not result.violations, result.violations
    counted = result.counted
    return Measure(
        int(counted[Point.COMMIT]), int(counted[Point.REQUEST]), int(counted[Point.STATEMENT]), counted["seconds"]
    )


def systematic(measured: Measure) -> list[Trial]:
    """Every commit and every request, in each of the four ways."""
    commits = [f"commit {number} {what}" for number in range(1, measured.commits + 1) for what in COMMITS]
    requests = [f"request {number} {what}" for number in range(1, measured.requests + 1) for what in REQUESTS]
    return [by_name(name) for name in (*commits, *requests)]


def further(measured: Measure) -> list[Trial]:
    """What else can happen to a request or a statement, at every point."""
    requests = [f"request {number} {what}" for number in range(1, measured.requests + 1) for what in MORE_REQUESTS]
    statements = [
        f"statement {number} {what}"
        for number in range(1, measured.statements + 1)
        for what in ("error", "cancel callers")
    ]
    stops = [f"commit {number} stop" for number in range(1, measured.commits + 1, 4)]
    poisons = [f"poison {number}" for number in range(8, 40, 4)]
    return [by_name(name) for name in (*requests, *statements, *stops, *poisons, "closed", "undisturbed")]


@dataclass(frozen=True, slots=True)
class Prey:
    """A bug to be hunted, in at most so many trials."""

    bug: str
    measured: Measure
    tries: int = TRIES


@dataclass(frozen=True, slots=True)
class Hunted:
    """`found` is what found the bug, if anything did; `tried` how many trials there were."""

    bug: str
    found: Result | None
    tried: int
    others: list[Result]
    """What found something else than the bug should cause."""


def hunt(trier: Trier, prey: Prey) -> Hunted:
    """Try a bug until a check says what it should."""
    bug, others = BUGS[prey.bug], list[Result]()
    tried = 0
    for tried, name in enumerate(names(bug, prey.measured, prey.tries), 1):
        result = trier.run(by_name(name, bug=bug.name, patience=PATIENCE))
        if not bug.finds.isdisjoint(violation.check for violation in result.violations):
            return Hunted(bug.name, result, tried, others)
        if result.violations:
            others.append(result)
    return Hunted(bug.name, None, tried, others)


def names(bug: Bug, measured: Measure, tries: int) -> Iterator[str]:
    """The trials that may find the bug, in an order that is the same each time."""
    point = bug.hunt.split()[0]
    if "{}" not in bug.hunt:
        yield bug.hunt
        return
    most = {
        "commit": measured.commits,
        "request": measured.requests,
        "statement": measured.statements,
        "row": 60,
        "event": 40,
        "poison": 30,
    }.get(point, 10_000)
    # The last ones matter most to what a start has to find: nothing happens after it that would wake anybody.
    last = list(range(most, max(most - tries // 4, 0), -1)) if point == "commit" else []
    chance = random.Random(bug.name)  # noqa: S311 - it has to be the same again
    numbers = [*bug.first, *last, *chance.sample(range(1, most + 1), min(most, tries))]
    for number in numbers[:tries]:
        yield bug.hunt.format(number)
