"""The figures of a run, and the table that shows them."""

from __future__ import annotations

import os
import platform
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.trials.checks import Check
from tests.trials.closed import Refusals
from tests.trials.hunt import Hunted, Measure
from tests.trials.trial import Result


@dataclass(slots=True)
class Part:
    """The figures of trials of one sort."""

    title: str
    trials: int = 0
    deaths: int = 0
    requests: int = 0
    failed: int = 0
    within_bound: int = 0
    seconds: float = 0.0
    passed: float = 0.0
    """The shortest time that passed for a subject, in its own seconds."""
    violations: Counter[Check] = field(default_factory=Counter[Check])

    def add(self, result: Result) -> None:
        self.passed = min(self.passed, result.passed) if self.trials else result.passed
        self.trials += 1
        self.deaths += result.deaths
        self.requests += result.requests
        self.failed += result.failed
        self.within_bound += result.within_bound
        self.violations.update(violation.check for violation in result.violations)


@dataclass(slots=True)
class Report:
    measured: Measure | None = None
    seed: int | None = None
    parts: list[Part] = field(default_factory=list[Part])
    hunted: list[Hunted] = field(default_factory=list[Hunted])
    refusals: Refusals | None = None
    _begun: float = field(default_factory=time.monotonic)

    def part(self, title: str) -> Part:
        self.parts.append(Part(title))
        return self.parts[-1]

    @property
    def good(self) -> bool:
        return (
            not any(part.violations for part in self.parts)
            and all(one.found for one in self.hunted)
            and (self.refusals is None or self.refusals.good)
        )

    def text(self) -> str:
        """The table."""
        lines = [
            "",
            "| trials | number | deaths | requests | failed of them | violations | seconds |",
            "|" + " --- |" * 7,
        ]
        lines += [
            f"| {part.title} | {part.trials} | {part.deaths} | {part.requests} | {part.failed} "
            f"| {part.violations.total()} | {part.seconds:.0f} |"
            for part in self.parts
        ]
        violations = sum((part.violations for part in self.parts), Counter[Check]())
        lines += ["", "| check | violations |", "| --- | --- |"]
        lines += [f"| {check} | {violations[check]} |" for check in Check]
        bound = sum(part.within_bound for part in self.parts)
        lines += [f"| sent again after somebody deleted it (within promise 3) | {bound} |", ""]
        if self.measured is not None:
            m = self.measured
            points = f"{m.commits} commits, {m.requests} requests, {m.statements} statements"
            lines.append(f"Points of a play: {points}; it takes {m.seconds:.2f} s.")
        if self.refusals is not None:
            lines.append(str(self.refusals))
        if self.hunted:
            lines.append(
                f"Planted bugs: {len(self.hunted)}, found: {sum(one.found is not None for one in self.hunted)}."
            )
        if self.seed is not None:
            lines.append(f"Random seeds from {self.seed}.")
        machine = (
            f"{os.cpu_count()} processors, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
        )
        lines.append(f"{machine}; {time.monotonic() - self._begun:.0f} s.")
        return "\n".join(lines)
