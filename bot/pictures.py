"""Drawing leaderboards, and somebody's times against par, so that they can be read on a phone.

Everything is drawn at twice the size at which a phone shows it. What the font has no glyph for is left out; the
picture's description has the whole of it.
"""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import pymupdf_fonts  # pyright: ignore[reportMissingTypeStubs] - it has none
from PIL import Image, ImageDraw, ImageFont

from services.standings import Standing
from services.views import Board, OwnRun, OwnTimes
from services.words import leaderboard as words
from services.words.language import and_more, format_run_time, format_score

WIDTH = 720
"""Pixels: twice as many as a phone is wide."""

MARGIN, ROW, HEAD = 32, 68, 128
LARGE, TEXT, SMALL = 40, 32, 26
"""Sizes of letters, in pixels. The smallest is 13 where a phone shows it."""

BAR = 14
WIDEST = 0.25
"""How far from par, as a part of it, a bar reaches its end."""

NO_GLYPH = "\uffff"
UNREADABLE = "?"


class Theme(StrEnum):
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class _Colours:
    ground: str
    stripe: str
    mine: str
    text: str
    faint: str
    better: str
    worse: str


_COLOURS = {
    Theme.LIGHT: _Colours("#ffffff", "#f2f3f5", "#fdecc8", "#1e1f22", "#5c5e66", "#1a7f37", "#b42318"),
    Theme.DARK: _Colours("#1e1f22", "#2b2d31", "#4d4327", "#f2f3f5", "#b5bac1", "#5bd07b", "#ff8a80"),
}


def board(board: Board, theme: Theme) -> bytes:
    """A page of a leaderboard as a PNG, with the row of whoever asked set off."""
    rows = [*board.places]
    if board.mine is not None and board.mine not in rows:
        rows.append(board.mine)
    canvas = _Canvas(theme, len(rows), board.tournament.name, words.pages(board))
    for number, one in enumerate(rows):
        canvas.standing(number, one, mine=board.mine is not None and one.account_id == board.mine.account_id)
    return canvas.png()


def times(times: OwnTimes, theme: Theme) -> bytes:
    """Somebody's runs as a PNG, each with a bar that shows how far from par it is; no more than the newest."""
    known = f"{format_score(times.place.score)}" if times.place and times.place.score is not None else ""
    shown = times.runs[-words.MOST_RUNS :]
    more = len(times.runs) - len(shown)
    canvas = _Canvas(theme, max(1, len(shown) + bool(more)), words.times_title(times.tournament.name), known)
    for number, run in enumerate(shown):
        canvas.run(number, run)
    if more:
        canvas.note(len(shown), and_more(more))
    return canvas.png()


class _Canvas:
    """A head and so many rows below it."""

    def __init__(self, theme: Theme, rows: int, title: str, below: str) -> None:
        self._colours = _COLOURS[theme]
        self._image = Image.new("RGB", (WIDTH, HEAD + rows * ROW + MARGIN), self._colours.ground)
        self._draw = ImageDraw.Draw(self._image)
        self._fonts = {size: ImageFont.truetype(io.BytesIO(_font()), size) for size in (LARGE, TEXT, SMALL)}
        self._text(title, MARGIN, 44, LARGE, room=WIDTH - 2 * MARGIN)
        self._text(below, MARGIN, 92, SMALL, room=WIDTH - 2 * MARGIN, faint=True)

    def standing(self, number: int, standing: Standing, *, mine: bool) -> None:
        middle = self._row(number, mine=mine)
        right = WIDTH - MARGIN
        result = format_run_time(standing.time_ms) if standing.score is None else format_score(standing.score)
        self._text(f"{standing.rank}.", MARGIN, middle, TEXT, room=80, faint=True)
        width = self._text(result, right, middle, TEXT, room=220, anchor="rm")
        self._text(standing.name, MARGIN + 90, middle, TEXT, room=right - width - MARGIN - 110)

    def run(self, number: int, run: OwnRun) -> None:
        middle = self._row(number, mine=False)
        right = WIDTH - MARGIN
        if run.time_ms is None or run.score is None or run.par is None:
            width = self._text(words.state_text(run), right, middle, SMALL, room=260, anchor="rm", faint=True)
            time = "" if run.time_ms is None else format_run_time(run.time_ms)
            width += self._text(time, right - width - 16, middle, TEXT, room=170, anchor="rm")
            self._text(run.pool, MARGIN, middle, TEXT, room=right - width - MARGIN - 40)
            return
        off = run.time_ms - run.par.time_ms
        colour = self._colours.better if off <= 0 else self._colours.worse
        self._text(format_score(run.score), right, middle - 10, TEXT, room=130, anchor="rm")
        self._text(words.against_par(run.time_ms, run.par.time_ms), 560, middle - 10, SMALL, room=150, anchor="rm")
        self._text(format_run_time(run.time_ms), 400, middle - 10, TEXT, room=170, anchor="rm")
        self._text(run.pool, MARGIN, middle - 10, SMALL, room=190)
        centre, reach = WIDTH // 2, WIDTH // 2 - MARGIN
        part = min(abs(off) / (run.par.time_ms * WIDEST), 1) if run.par.time_ms else 0
        end = centre + round(reach * part) * (1 if off > 0 else -1)
        top = middle + ROW // 2 - BAR - 2
        self._draw.rectangle((min(centre, end), top, max(centre, end), top + BAR - 6), fill=colour)
        self._draw.rectangle((centre - 1, top - 4, centre + 1, top + BAR - 2), fill=self._colours.text)

    def note(self, number: int, text: str) -> None:
        self._text(text, MARGIN, self._row(number, mine=False), SMALL, room=WIDTH - 2 * MARGIN, faint=True)

    def png(self) -> bytes:
        made = io.BytesIO()
        self._image.save(made, "PNG")
        return made.getvalue()

    def _row(self, number: int, *, mine: bool) -> int:
        """Lay a row's ground; returns where its middle is."""
        top = HEAD + number * ROW
        if mine or number % 2 == 0:
            fill = self._colours.mine if mine else self._colours.stripe
            self._draw.rectangle((0, top, WIDTH, top + ROW - 1), fill=fill)
        return top + ROW // 2

    def _text(
        self, text: str, x: int, middle: int, size: int, *, room: int, anchor: str = "lm", faint: bool = False
    ) -> int:
        """Write `text`, cut to the `room` there is; returns how wide it became."""
        font = self._fonts[size]
        shown = _shortened(_with_glyphs(text, font), font, room)
        fill = self._colours.faint if faint else self._colours.text
        self._draw.text((x, middle), shown, font=font, fill=fill, anchor=anchor)
        return round(font.getlength(shown))


@cache
def _font() -> bytes:
    """FiraGO: Latin, Greek, Cyrillic, Arabic, Hebrew, Georgian, Thai and Devanagari letters."""
    return pymupdf_fonts.myfont("figo")  # pyright: ignore[reportUnknownMemberType] - it says nothing of its types


def _with_glyphs(text: str, font: ImageFont.FreeTypeFont) -> str:
    """What of `text` the font can show."""
    missing = _inked(NO_GLYPH, font)
    # Control characters and the like have no glyph, and some break the layout of the line.
    plain = "".join(c if unicodedata.category(c)[0] not in "CZ" else " " for c in text)
    shown = " ".join("".join(c for c in plain if c.isascii() or _inked(c, font) != missing).split())
    return shown or (UNREADABLE if text else "")


def _inked(character: str, font: ImageFont.FreeTypeFont) -> bytes:
    cell = Image.new("L", (2 * LARGE, 2 * LARGE))
    ImageDraw.Draw(cell).text((LARGE // 2, LARGE // 2), character, font=font, fill=255)
    return cell.tobytes()


def _shortened(text: str, font: ImageFont.FreeTypeFont, room: int) -> str:
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(text + "...") > room:
        text = text[:-1]
    return text.rstrip() + "..."
