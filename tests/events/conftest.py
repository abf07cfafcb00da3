from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from events import EventBus
from tests.events.core import Core


@pytest.fixture
def default_bus() -> Iterator[type[EventBus]]:
    """The default bus, with nobody listening before the test and after it."""
    EventBus.clear_all()
    yield EventBus
    EventBus.enable()
    EventBus.clear_all()


@pytest.fixture
async def core(tmp_path: Path, template: Path) -> AsyncIterator[Core]:
    """An event core on a database of its own, not delivering yet."""
    made = Core(tmp_path / "events.sqlite3")
    await made.begin_with(template)
    await made.database.open()
    yield made
    await made.close()
