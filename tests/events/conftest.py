from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from events import EventBus
from models.database import Database
from tests.events.core import Core


@pytest.fixture
def default_bus() -> Iterator[type[EventBus]]:
    """The default bus, with nobody listening before the test and after it."""
    EventBus.clear_all()
    yield EventBus
    EventBus.enable()
    EventBus.clear_all()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database to begin with: to migrate takes far longer than most tests do."""
    path = tmp_path_factory.mktemp("template") / "empty.sqlite3"

    async def make() -> None:
        database = Database(f"sqlite://{path}")
        await database.open()
        await database.close()

    asyncio.run(make())
    return path


@pytest.fixture
async def core(tmp_path: Path, template: Path) -> AsyncIterator[Core]:
    """An event core on a file of its own, not delivering yet."""
    made = Core(Path(shutil.copy(template, tmp_path / "events.sqlite3")))
    await made.database.open()
    yield made
    await made.close()
