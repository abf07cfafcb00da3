"""Trials that try to break delivery: `python -m tests.trials`.

Without arguments, every trial there is; they end in one table of figures. The exit status is 1 on any violation, and
when a planted bug was not found.
"""

from __future__ import annotations

import argparse
import logging
import secrets
import signal
import sys
import time
from collections.abc import Sequence

from tests.trials.bugs import BUGS
from tests.trials.closed import write_to
from tests.trials.hunt import TRIES, Hunted, Measure, Prey, further, hunt, measure, systematic
from tests.trials.report import Report
from tests.trials.squad import Squad
from tests.trials.trial import Trial, by_name

USUAL_LENGTH = 600
"""Milliseconds that an undisturbed play takes."""

MOST_SHOWN = 5
"""Violations of one trial that are shown."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    # A world says on its own what it does; what aiohttp thinks of connections that are cut is no news.
    logging.disable(logging.ERROR)
    squad, report = Squad(options.side_by_side), Report()
    # After the squad is made, which would inherit it.
    signal.signal(signal.SIGTERM, _end)
    done = False
    try:
        _work(squad, report, options)
        done = True
    finally:
        squad.close(at_once=not done)
    say(report.text())
    return 0 if report.good else 1


def _end(number: int, _: object) -> None:
    sys.exit(f"ended by signal {number}")


def say(text: str, end: str = "\n") -> None:
    sys.stdout.write(text + end)
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.trials", description="Trials that try to break delivery.")
    parser.add_argument("--trial", action="append", default=[], metavar="NAME", help='one trial, as "commit 12 after"')
    parser.add_argument(
        "--seed", type=int, metavar="N", help="the random kill and the random cancellation of that seed"
    )
    parser.add_argument("--bug", action="append", default=[], metavar="NAME", help='plant a bug and hunt it; or "all"')
    parser.add_argument("--kills", type=int, default=1000, metavar="N", help="random kills (1000)")
    parser.add_argument("--cancellations", type=int, default=1000, metavar="N", help="random cancellations (1000)")
    parser.add_argument("--storms", type=int, default=10, metavar="N", help="storms of ten minutes (10)")
    parser.add_argument("--closed-dms", type=int, default=10_000, metavar="N", help="people with closed DMs (10,000)")
    parser.add_argument("--from-seed", type=int, metavar="N", help="the first random seed, to repeat a whole run")
    parser.add_argument("--tries", type=int, default=TRIES, metavar="N", help=f"trials to find a bug ({TRIES})")
    parser.add_argument("--side-by-side", type=int, metavar="N", help="so many trials at a time (one per processor)")
    return parser


def _work(squad: Squad, report: Report, options: argparse.Namespace) -> None:
    if options.trial or options.seed is not None:
        # A planted bug goes with the trials that are named.
        names = [
            *options.trial,
            *([f"kill {options.seed} {USUAL_LENGTH}", f"cancel {options.seed}"] if options.seed is not None else []),
        ]
        bug = options.bug[0] if options.bug else None
        _run(squad, report, "as asked", [by_name(name, bug=bug) for name in names])
        return
    measured = measure(squad)
    report.measured = measured
    if not options.bug:
        _everything(squad, report, measured, options)
        if options.closed_dms:
            report.refusals = write_to(options.closed_dms)
            say(str(report.refusals))
    bugs = list(BUGS) if not options.bug or "all" in options.bug else options.bug
    _hunt(squad, report, [Prey(bug, measured, options.tries) for bug in bugs])


def _everything(squad: Squad, report: Report, measured: Measure, options: argparse.Namespace) -> None:
    seed = secrets.randbelow(10**6) if options.from_seed is None else options.from_seed
    report.seed = seed
    say(f"{measured}; random seeds from {seed}")
    length = round(measured.seconds * 1000)
    _run(squad, report, "each commit and request", systematic(measured))
    _run(squad, report, "what else can go wrong there", further(measured))
    _run(squad, report, "random kills", [by_name(f"kill {seed + n} {length}") for n in range(options.kills)])
    _run(squad, report, "random cancellations", [by_name(f"cancel {seed + n}") for n in range(options.cancellations)])
    _run(squad, report, "30 % of requests fail", [by_name(f"storm {seed + n}") for n in range(options.storms)])


def _run(squad: Squad, report: Report, title: str, trials: Sequence[Trial]) -> None:
    if not trials:
        return
    part, begun = report.part(title), time.monotonic()
    for result in squad.trials(trials):
        part.add(result)
        for violation in result.violations[:MOST_SHOWN]:
            say(f"{result.name}: {violation.check}: {violation.text}")
        if sys.stdout.isatty():
            say(f"\r{title}: {part.trials} of {len(trials)}", end="")
    part.seconds = time.monotonic() - begun
    say(f"\r{title}: {part.trials} trials, {part.violations.total()} violations, {part.seconds:.0f} s")


def _hunt(squad: Squad, report: Report, prey: Sequence[Prey]) -> None:
    for hunted in squad.each(hunt, prey):
        report.hunted.append(hunted)
        say(_told(hunted))


def _told(hunted: Hunted) -> str:
    if hunted.found is None:
        return f"NOT FOUND in {hunted.tried} trials: {hunted.bug}"
    return f"found in {hunted.tried} by “{hunted.found.name}” ({hunted.found.violations[0].check}): {hunted.bug}"


if __name__ == "__main__":
    sys.exit(main())
