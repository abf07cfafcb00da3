from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from bot.demo.script import set_up
from bot.demo.stage import Stage, open_stage
from bot.demo.transcript import Transcript
from bot.settings import Settings
from tests.bot.demo_world import DemoWorld, demo_world
from tests.bot.people import People
from tests.database_file import FILE, DatabaseFile


@pytest.fixture(autouse=True)
def file(tmp_path: Path) -> Generator[DatabaseFile]:
    """The database of the bots that run in this test's folder."""
    made = DatabaseFile(tmp_path / FILE)
    yield made
    made.discard()


@pytest.fixture
async def settings(file: DatabaseFile, template: Path) -> Settings:
    """Settings with a database of their own, which is empty and up to date."""
    await file.begin_with(template)
    return Settings(database_url=file.url)


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
def newcomers(bare: Stage, file: DatabaseFile) -> People:
    """People on a server to which the bot was just added."""
    return People(bare, file.path)


@pytest.fixture
def club(stage: Stage, file: DatabaseFile) -> People:
    """The people of Racing Club, which is set up."""
    return People(stage, file.path)


@pytest.fixture
async def world(settings: Settings, file: DatabaseFile) -> AsyncGenerator[DemoWorld]:
    """The demo's world as a visitor finds it, in which nothing moves unless the test does it."""
    async with demo_world(settings, file.path) as made:
        yield made


@pytest.fixture
async def sprint(settings: Settings, file: DatabaseFile) -> AsyncGenerator[DemoWorld]:
    """The demo's world in which Gus and Hal have run a race on their own time, Gus's next waits, and Hal runs one."""
    async with demo_world(settings, file.path, ("Gus", "Hal")) as made:
        yield made
