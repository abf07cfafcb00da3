from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bot.demo.script import set_up
from bot.demo.stage import Stage, open_stage
from bot.demo.transcript import Transcript
from bot.settings import Settings
from models.database import Database
from tests.bot.demo_world import DemoWorld, demo_world
from tests.bot.people import People


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the migrated, empty database lies once the first test has made it."""
    return tmp_path_factory.mktemp("template") / "empty.sqlite3"


@pytest.fixture
async def settings(tmp_path: Path, template: Path) -> Settings:
    """Settings with a database of their own, which is empty and up to date."""
    if not template.exists():  # noqa: ASYNC240 - nothing else runs meanwhile
        database = Database(f"sqlite://{template}")
        await database.open()
        await database.close()
    path = tmp_path / "herald.sqlite3"
    shutil.copy(template, path)
    return Settings(database_url=f"sqlite://{path}")


@pytest.fixture
async def bare(settings: Settings) -> AsyncGenerator[Stage]:
    """A simulated server with its people, to which the bot was just added."""
    async with open_stage(settings) as stage:
        yield stage


@pytest.fixture
async def stage(bare: Stage) -> Stage:
    """The simulated server with the organization Racing Club set up, its channels and its roles chosen."""
    await set_up(bare, Transcript(bare, lambda _: None))
    return bare


@pytest.fixture
def newcomers(bare: Stage) -> People:
    """People on a server to which the bot was just added."""
    return People(bare)


@pytest.fixture
def club(stage: Stage) -> People:
    """The people of Racing Club, which is set up."""
    return People(stage)


@pytest.fixture
async def world(settings: Settings) -> AsyncGenerator[DemoWorld]:
    """The demo's world as a visitor finds it, in which nothing moves unless the test does it."""
    async with demo_world(settings) as made:
        yield made
