"""Takes the pictures that the README shows.

`make pictures` writes them to docs/images; otherwise they go to a temporary folder, and that they can be taken is all.
"""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.server import ROOT
from tests.browser.visitor import Visitor

LARGEST = 200_000
"""Bytes of a picture at most."""


BYTES = "async image => Array.from(new Uint8Array(await (await fetch(image.src)).arrayBuffer()))"
"""What an image of the page is made of. It is at no address outside of the page."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the pictures go."""
    wanted = os.environ.get("HERALD_PICTURES")
    return ROOT / wanted if wanted else tmp_path


def keep(picture: bytes, path: Path) -> None:
    """Keep a picture in few colours, which is enough for it and much smaller."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shot = Image.open(io.BytesIO(picture))
    shot.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    assert path.stat().st_size <= LARGEST


def test_the_start_page(visitor: Visitor, folder: Path) -> None:
    visitor.control("Kill the bot", "The bot was killed in the middle of its work.")
    visitor.page.set_viewport_size({"width": 1440, "height": 1060})
    expect(visitor.page.locator("#counts")).to_contain_text(re.compile(r"[1-9]\d* waiting"))
    visitor.page.mouse.move(0, 0)
    keep(visitor.page.screenshot(animations="disabled", caret="hide"), folder / "start.png")
    visitor.control("Start a fresh bot", "A fresh bot runs")


def test_the_leaderboard_that_herald_draws(visitor: Visitor, folder: Path) -> None:
    visitor.go("Bo", "races")
    visitor.slash("tournament leaderboard", tournament="Sprint Cup")
    visitor.press("Picture", on="Sprint Cup: leaderboard")
    visitor.answer("Light picture")
    visitor.press("Light picture")
    visitor.answer("Dark picture")
    picture = visitor.messages("Dark picture").last.get_by_role("img", name="Leaderboard of Sprint Cup").last
    expect(picture).to_be_visible()
    keep(bytes(picture.evaluate(BYTES)), folder / "leaderboard.png")
