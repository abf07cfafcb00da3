"""One trial: a world, a database, and one life of the subject after the other, until nothing is left to do."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from services.courier import SEND_LIMIT
from tests import postgres
from tests.database_file import DatabaseFile
from tests.trials import subject
from tests.trials.checks import Check, Checker, Findings, Leave, Violation
from tests.trials.clock import SharedClock
from tests.trials.ledger import read
from tests.trials.play import PEOPLE
from tests.trials.strikes import Blow, Point, Strike
from tests.trials.subject import Ending, Orders
from tests.trials.world import Trouble, WorldClient

LIMIT = 90.0
"""Seconds after which a subject that has not ended counts as deadlocked."""

HOUR = 3600.0
UNWELL = 70
"""Exit status of a subject that raised."""

PATIENCE = 10.0
"""Seconds after which a subject in which nothing happens counts as stalled."""

TELLING = 2000
"""As many characters of a subject's last words are shown."""


@dataclass(frozen=True, slots=True)
class Life:
    """How a life of the subject ends, and whether the bot then stays dark for an hour."""

    strike: Strike | None = None
    dark: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """`lives` are those that are struck; after them comes one that is left alone."""

    name: str
    seed: int = 0
    lives: tuple[Life, ...] = ()
    at: dict[int, Trouble] = field(default_factory=dict[int, Trouble])
    targets: dict[int, Trouble] = field(default_factory=dict[int, Trouble])
    storm: float = 0.0
    rate: float = 1.0
    poison: int | None = None
    bug: str | None = None
    patience: float = PATIENCE
    pace: float = 0.0

    @property
    def leave(self) -> Leave:
        refuses = {Trouble.REFUSED, Trouble.GONE, Trouble.CLOSED}
        return Leave(self.poison is not None, not refuses.isdisjoint({*self.at.values(), *self.targets.values()}))


@dataclass(slots=True)
class Result:
    """What came of a trial. `counted` is what an unharmed life counted; `world` is its record's figures."""

    name: str
    bug: str | None
    violations: list[Violation] = field(default_factory=list[Violation])
    within_bound: int = 0
    deaths: int = 0
    seconds: float = 0.0
    counted: dict[str, float] = field(default_factory=dict[str, float])
    requests: int = 0
    failed: int = 0
    passed: float = 0.0
    """Seconds that passed for the subject."""

    def add(self, findings: Findings) -> None:
        known = set(self.violations)
        self.violations += [violation for violation in findings.violations if violation not in known]
        self.within_bound = max(self.within_bound, findings.within_bound)


class Trier:
    """Runs trials one after the other. Make it before there is a thread or a loop: it forks."""

    def __init__(self, folder: Path, template: Path) -> None:
        self._folder = folder
        self._template = template
        self._world = WorldClient()

    def close(self) -> None:
        self._world.close()

    def run(self, trial: Trial) -> Result:
        begun = time.monotonic()
        result = Result(trial.name, trial.bug)
        folder = self._folder / str(os.getpid())
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        database = DatabaseFile(folder / "herald.sqlite3")
        database.discard()
        database.copy(self._template)
        with self._in_world(trial, result) as clock:
            self._live(trial, result, folder, clock)
        if not result.violations:
            shutil.rmtree(folder)
            database.discard()
        result.seconds = time.monotonic() - begun
        return result

    @contextmanager
    def _in_world(self, trial: Trial, result: Result) -> Generator[SharedClock]:
        clock = SharedClock(datetime.now(UTC), time.monotonic(), trial.rate)
        self._world.make("trial", clock, at=trial.at, targets=trial.targets, rate=trial.storm, seed=trial.seed)
        try:
            yield clock
            record = self._world.record("trial")
            result.requests, result.failed = record["requests"], record["failed"]
            result.passed = (clock() - clock.start).total_seconds()
        finally:
            self._world.end("trial")

    def _live(self, trial: Trial, result: Result, folder: Path, clock: SharedClock) -> None:
        for life in (*trial.lives, Life()):
            orders = Orders(
                database=folder / "herald.sqlite3",
                api=f"http://127.0.0.1:{self._world.port}/trial/api/v10",
                clock=clock,
                counts=folder / "counts.json",
                strike=life.strike,
                bug=trial.bug,
                poison=trial.poison,
                seed=trial.seed,
                patience=trial.patience,
                pace=trial.pace,
            )
            words_file = folder / "words.txt"
            words_file.unlink(missing_ok=True)
            status = self._subject(orders, words_file)
            checker = self._look(trial, folder)
            words = words_file.read_text(errors="replace")[-TELLING:] if words_file.exists() else ""
            match status:
                case Ending.DONE:
                    result.add(checker.at_end())
                    result.counted = json.loads(orders.counts.read_text())
                    return
                case Ending.STOPPED:
                    result.add(checker.at_stop())
                case _ if status == -signal.SIGKILL and life.strike is not None:
                    result.deaths += 1
                    result.add(checker.at_death())
                case Ending.STALLED | None:
                    result.add(checker.at_end())
                    result.violations.append(Violation(Check.DEADLOCK, f"it did not end: {words}"))
                    return
                case _:
                    result.add(checker.at_death())
                    result.violations.append(Violation(Check.CRASH, f"it ended with {status}: {words}"))
                    return
            if life.dark:
                clock = SharedClock(clock.start, clock.origin, clock.rate, clock.ahead + HOUR)
                self._world.move("trial", clock)

    def _look(self, trial: Trial, folder: Path) -> Checker:
        """At a copy, where it is a file: looking must not mend what the next life has to find."""
        if postgres.CHOSEN:
            return Checker.of(read(folder / "herald.sqlite3", self._world.record("trial")), trial.leave)
        copy = folder / "copy.sqlite3"
        for suffix in ("", "-wal"):
            Path(f"{copy}{suffix}").unlink(missing_ok=True)
            if (source := folder / f"herald.sqlite3{suffix}").exists():
                shutil.copy(source, f"{copy}{suffix}")
        ledger = read(copy, self._world.record("trial"))
        Path(f"{copy}-shm").unlink(missing_ok=True)
        return Checker.of(ledger, trial.leave)

    def _subject(self, orders: Orders, words: Path) -> int | None:
        """A subject's exit status (negative: the signal that ended it), or None when it did not end."""
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            self._be_subject(orders, words)
        begun = time.monotonic()
        strike = orders.strike
        kill_at = strike.number / 1000 if strike is not None and strike.point is Point.TIME else None
        while True:
            ended, status = os.waitpid(pid, os.WNOHANG)
            passed = time.monotonic() - begun
            if ended:
                return os.waitstatus_to_exitcode(status)
            if kill_at is not None and passed >= kill_at:
                os.kill(pid, signal.SIGKILL)
                return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            if passed > LIMIT:
                os.kill(pid, signal.SIGUSR1)
                time.sleep(0.2)
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                return None
            time.sleep(0.002 if kill_at is None else min(0.002, max(0.0, kill_at - passed)))

    def _be_subject(self, orders: Orders, words: Path) -> None:
        # Whatever becomes of whoever runs the trials, this ends some time.
        signal.alarm(int(LIMIT) + 20)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        status = UNWELL
        try:
            self._world.forget_parent()
            file = os.open(words, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(file, 1)
            os.dup2(file, 2)
            status = subject.run(orders)
        except BaseException:  # noqa: BLE001 - shown, and told by the exit status
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)


TURNS, STATEMENTS = 5000, 380
"""About as many has an undisturbed play."""


def by_name(name: str, *, bug: str | None = None, patience: float = PATIENCE) -> Trial:
    """The trial that goes by `name`: all that is random in it follows from that.

    A random kill also names how many milliseconds an undisturbed play took, and comes within as many.
    """
    trial = Trial(name=name, bug=bug, patience=patience)
    match name.split(" ", 2):
        case ["undisturbed"]:
            pass
        case ["closed"]:
            trial = replace(trial, targets={PEOPLE["Bo"]: Trouble.CLOSED})
        case ["poison", number]:
            trial = replace(trial, poison=int(number))
        case ["kill", seed, length]:
            lives = _random_kills(random.Random(name), int(length))  # noqa: S311 - it has to be the same again
            trial = replace(trial, seed=int(seed), lives=tuple(lives))
        case ["cancel", seed]:
            trial = _random_cancel(replace(trial, seed=int(seed)))
        case ["storm", seed]:
            # Ten minutes, hurried, in which 30 % of the requests fail.
            trial = replace(trial, seed=int(seed), storm=0.3, rate=30.0, patience=900.0, pace=35.0)
        case [point, number, what]:
            trial = _at_point(trial, point, int(number), what)
        case _:
            raise ValueError(f"no trial is called {name!r}")
    return trial


def _at_point(trial: Trial, point: str, number: int, what: str) -> Trial:
    if point == Point.REQUEST and what in list(Trouble):
        # What was deleted can only be sent again if nobody learned of it, and Discord has forgotten it.
        strike = Strike(Point.REQUEST, number, Blow.AFTER)
        lives = (Life(strike, dark=True),) if what == Trouble.DELETED else ()
        return replace(trial, at={number: Trouble(what)}, lives=lives)
    if what == "dark":
        return replace(trial, lives=(Life(Strike(Point(point), number, Blow.AFTER), dark=True),))
    return replace(trial, lives=(Life(Strike(Point(point), number, Blow(what))),))


def _random_cancel(trial: Trial) -> Trial:
    chance = random.Random(trial.name)  # noqa: S311 - it has to be the same again
    # Any task at any turn, or those that wait for an answer, in the middle of a unit of work.
    if chance.random() < 0.5:
        strike = Strike(Point.TURN, chance.randint(1, TURNS), Blow.CANCEL, trial.seed)
    else:
        strike = Strike(Point.STATEMENT, chance.randint(1, STATEMENTS), Blow.CANCEL_CALLERS)
    # A request that is cancelled within discord.py can hold up its channel's next one for 30 s. Where it is aiohttp's
    # own task that is cancelled, no reply ever comes, and it is the courier that ends the attempt.
    return replace(trial, lives=(Life(strike),), patience=SEND_LIMIT.total_seconds() + trial.patience)


def _random_kills(chance: random.Random, length: int) -> Iterator[Life]:
    """One to three deaths at any time, after some of which the bot stays dark for an hour."""
    for _ in range(chance.randint(1, 3)):
        strike = Strike(Point.TIME, chance.randint(20, max(length, 21)), Blow.BEFORE)
        yield Life(strike, dark=chance.random() < 0.3)
