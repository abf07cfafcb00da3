"""docs/tour.md is true: what it says one does can be done, and what it says one sees is seen."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from playwright.sync_api import Browser

from tests.browser.server import PATIENCE
from tests.browser.tour import NotUnderstood, Section, sections, understand
from tests.browser.visitor import Visitor


@pytest.fixture(scope="module")
def newcomer(browser: Browser, url: str) -> Generator[Visitor]:
    """Somebody who has just opened the start page, where people race."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(PATIENCE)
        somebody = Visitor(context.new_page(), url)
        somebody.start()
        yield somebody
        assert somebody.journal.hosts == {"127.0.0.1"}


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.title)
def test_the_tour_is_true(section: Section, newcomer: Visitor) -> None:
    assert section.sentences
    for sentence in section.sentences:
        try:
            understand(sentence)(newcomer)
        except Exception as error:
            error.add_note(f"in {section.title!r}: {sentence}")
            raise


@pytest.mark.parametrize(
    "sentence",
    ["Press Approve.", "Dance on **#review**.", "Press **Join** quickly.", "See nothing.", "The **Join** is green."],
)
def test_a_sentence_that_is_not_understood_is_an_error(sentence: str) -> None:
    with pytest.raises(NotUnderstood):
        understand(sentence)


def test_the_tour_covers_what_the_page_lets_one_break() -> None:
    told = " ".join(sentence for section in sections() for sentence in section.sentences)
    for label in ("Kill the bot", "Start a fresh bot", "Discord answers 500", "Close Bo's DMs", "Delete the channel"):
        assert f"Press **{label}" in told
