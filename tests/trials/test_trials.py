"""A sample of the trials that `make trials` runs in full: `python -m tests.trials` as somebody would run it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.trials.bugs import BUGS

ROOT = Path(__file__).parents[2]
LIMIT = 100.0

POINTS = [
    "undisturbed",
    "commit 30 before",
    "commit 120 error",
    "commit 160 dark",
    "request 25 after",
    "request 40 lost",
    "request 50 dark",
    "request 33 stop",
    "request 20 deleted",
    "statement 166 cancel callers",
    "poison 20",
    "closed",
]
SEEDS = (1, 2)

SAMPLE = list(BUGS)[::2]
"""Half of the bugs; `make trials` hunts all of them."""


async def trials(*arguments: str, module: str = "tests.trials") -> tuple[int, str]:
    """The exit status, and what was printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(LIMIT):
            printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, printed.decode()


@pytest.mark.timeout(LIMIT + 10)
async def test_nothing_is_lost_doubled_or_told_in_the_wrong_order_wherever_it_breaks() -> None:
    named = [argument for name in POINTS for argument in ("--trial", name)]
    status, printed = await trials(*named)
    assert status == 0, printed
    assert f"| as asked | {len(POINTS)} |" in printed


@pytest.mark.timeout(LIMIT + 10)
async def test_nor_at_random_moments() -> None:
    named = [
        argument for seed in SEEDS for name in (f"kill {seed} 600", f"cancel {seed}") for argument in ("--trial", name)
    ]
    status, printed = await trials(*named)
    assert status == 0, printed


@pytest.mark.timeout(LIMIT + 10)
@pytest.mark.parametrize("part", range(2))
async def test_every_planted_bug_is_found(part: int) -> None:
    bugs = SAMPLE[part::2]
    status, printed = await trials("--tries", "15", *[argument for bug in bugs for argument in ("--bug", bug)])
    assert status == 0, printed
    assert f"Planted bugs: {len(bugs)}, found: {len(bugs)}." in printed


async def test_a_violation_is_shown_and_told_by_the_exit_status() -> None:
    status, printed = await trials("--trial", "undisturbed", "--bug", "an announcement is forgotten")
    assert status == 1
    assert "undisturbed: messages lost" in printed
