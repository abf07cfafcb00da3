"""A sample of what `python -m tests.trials.cluster` tries in full."""

from __future__ import annotations

import pytest

from tests import postgres
from tests.trials.test_trials import LIMIT, trials

EVENTS = 1200


@pytest.mark.skipif(not postgres.CHOSEN, reason="SQLite serves one process")
@pytest.mark.timeout(LIMIT + 10)
async def test_processes_that_are_killed_lose_double_and_swap_nothing_and_others_take_over() -> None:
    status, printed = await trials("--events", str(EVENTS), module="tests.trials.cluster")
    assert status == 0, printed
    assert ": 0 violations; " in printed


@pytest.mark.skipif(not postgres.CHOSEN, reason="it needs a server")
@pytest.mark.timeout(LIMIT + 10)
async def test_nor_does_a_server_that_is_restarted_under_them() -> None:
    status, printed = await trials("--events", "800", "--restarts", "2", module="tests.trials.cluster")
    assert status == 0, printed
    assert " 2 restarts of the server " in printed
