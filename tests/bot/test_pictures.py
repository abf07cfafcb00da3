from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.pictures import ROW, WIDTH, Theme, board, times
from models import RaceStatus, Tournament
from services.scoring import Par
from services.standings import Standing
from services.views import Board, OwnRun, OwnTimes, Unreviewed
from services.words import leaderboard as words

CUP = Tournament(id=1, name="Spring Cup", created_at=datetime(2026, 11, 24, tzinfo=UTC))


def page(*names: str, mine: str = "") -> Board:
    places = [Standing(n, n, n, name, 0, 100_000 - n, 2) for n, name in enumerate(names, start=1)]
    own = next((one for one in places if one.name == mine), None)
    return Board(CUP, places, own, 0, 1, len(places))


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def luminance(colour: str | float | tuple[int, ...] | None) -> float:
    """WCAG's relative luminance."""
    assert isinstance(colour, tuple)
    parts = [c / 255 for c in colour[:3]]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", Theme)
def test_a_board_is_twice_as_wide_as_a_phone_and_grows_with_its_rows(theme: Theme) -> None:
    short, long = opened(board(page("Ann"), theme)), opened(board(page("Ann", "Bo", "Cy"), theme))
    assert short.format == "PNG"
    assert short.width == long.width == WIDTH == 720
    assert long.height - short.height == 2 * 68


@pytest.mark.parametrize(("theme", "bright"), [(Theme.LIGHT, True), (Theme.DARK, False)])
def test_a_theme_is_light_or_dark_and_its_letters_stand_out(theme: Theme, bright: bool) -> None:
    picture = opened(board(page("Ann", "Bo", mine="Bo"), theme)).convert("RGB")
    ground = luminance(picture.getpixel((1, 1)))
    assert (ground > 0.5) is bright
    colours = picture.getcolors(WIDTH * picture.height)
    assert colours is not None
    # The farthest from the ground is the letters': 7 to 1 is what WCAG asks of the best.
    others = [luminance(colour) for count, colour in colours if count > 20]
    assert max((max(one, ground) + 0.05) / (min(one, ground) + 0.05) for one in others) > 7


def test_my_row_is_set_off_also_where_my_page_is_another() -> None:
    without = page("Ann", "Bo")
    other = Board(CUP, without.places, Standing(40, 99, 99, "Zoe", 0, 5, 1), 0, 5, 50)
    assert opened(board(other, Theme.LIGHT)).height > opened(board(without, Theme.LIGHT)).height
    assert board(page("Ann", "Bo", mine="Bo"), Theme.LIGHT) != board(without, Theme.LIGHT)


def test_names_in_many_scripts_are_drawn_each_in_its_own_letters() -> None:
    drawn = [board(page(name), Theme.LIGHT) for name in ("Ärger", "Rger", "Жанна", "Ωμέγα", "עברית", "ქართული")]
    assert len(set(drawn)) == len(drawn)


def test_a_name_without_any_letter_that_can_be_drawn_is_a_question_mark() -> None:
    assert board(page("😀🥇"), Theme.DARK) == board(page("日本"), Theme.DARK) == board(page("?"), Theme.DARK)


@given(st.text(max_size=80))
@settings(deadline=None, max_examples=40)
def test_no_name_keeps_a_board_from_being_drawn(name: str) -> None:
    assert opened(board(page(name), Theme.DARK)).width == WIDTH


RUNS = st.builds(
    OwnRun,
    pool=st.text(max_size=80),
    time_ms=st.none() | st.integers(1, 360_000_000),
    status=st.none() | st.sampled_from(RaceStatus),
    score=st.none() | st.integers(0, 105_000),
    par=st.none() | st.builds(Par, st.integers(1, 360_000_000), st.integers(1, 5)),
    unreviewed=st.none() | st.sampled_from(Unreviewed),
)


@given(st.lists(RUNS, max_size=4), st.sampled_from(Theme))
@settings(deadline=None, max_examples=40)
def test_no_run_keeps_my_times_from_being_drawn(runs: list[OwnRun], theme: Theme) -> None:
    assert opened(times(OwnTimes(CUP, runs, None, hidden=False), theme)).width == WIDTH


def test_a_picture_of_many_times_shows_the_newest_and_says_how_many_more_there_are() -> None:
    def drawn(number: int) -> bytes:
        runs = [OwnRun("Pool", 60_000, RaceStatus.SUBMITTED)] * number
        return times(OwnTimes(CUP, runs, None, hidden=False), Theme.DARK)

    longest = opened(drawn(words.MOST_RUNS)).height + ROW
    assert opened(drawn(words.MOST_RUNS + 1)).height == opened(drawn(500)).height == longest
    assert drawn(words.MOST_RUNS + 1) != drawn(500)


def test_a_bar_reaches_right_when_slower_than_par_and_left_when_faster() -> None:
    def coloured(time_ms: int) -> list[int]:
        run = OwnRun("Pool", time_ms, RaceStatus.APPROVED, 100_000, Par(100_000, 1))
        picture = opened(times(OwnTimes(CUP, [run], None, hidden=False), Theme.LIGHT)).convert("RGB")
        return [
            x for x in range(WIDTH) if picture.getpixel((x, picture.height - 32 - 12)) in {(26, 127, 55), (180, 35, 24)}
        ]

    assert min(coloured(110_000)) > WIDTH // 2 - 2 > max(coloured(90_000)) - 4
    assert len(coloured(120_000)) > len(coloured(105_000)) > 0


def test_the_description_has_all_that_the_picture_shows() -> None:
    text = words.board_picture(page("Ann", "日本"))
    assert text == ("Leaderboard of Spring Cup, page 1 of 1: 🥇 Ann · 99.999 · 2 runs; 🥈 日本 · 99.998 · 2 runs.")
