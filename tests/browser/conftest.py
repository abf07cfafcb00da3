from __future__ import annotations

from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.server import PATIENCE, demo, launch
from tests.browser.visitor import Visitor

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Generator[Browser]:
    with sync_playwright() as playwright, launch(playwright) as browser:
        yield browser


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The start page of a demo. A module's tests share it, and what one does the next one finds done."""
    with demo(tmp_path_factory.mktemp("demo")) as url:
        yield url


@pytest.fixture(scope="module")
def visitor(browser: Browser, url: str) -> Generator[Visitor]:
    """Somebody on the start page, who sees to it that the simulated racers rest."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(PATIENCE)
        somebody = Visitor(context.new_page(), url)
        somebody.control("Let the racers rest", "rest")
        yield somebody
