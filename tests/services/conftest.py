from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.services.world import World


@pytest.fixture
async def bare(tmp_path: Path, template: Path) -> AsyncGenerator[World]:
    """Herald without any organization, neither delivering nor sending yet."""
    made = World(tmp_path / "herald.sqlite3")
    await made.open(template)
    yield made
    await made.close()


@pytest.fixture
async def world(bare: World) -> World:
    """Herald with the organization Racing Club, neither delivering nor sending yet."""
    await bare.found()
    return bare
