"""Reading seeds that were written one a line, `permalink | note`."""

from __future__ import annotations

from typing import NamedTuple

from services.errors import Invalid
from services.text import clean, parse_link
from services.words import pools as words

LONGEST_PERMALINK = 500
LONGEST_NOTE = 500
LARGEST = 256 * 1024
"""Bytes of a file with seeds."""


class Written(NamedTuple):
    """A seed as somebody wrote it, in the line with that number (from 1)."""

    line: int
    permalink: str
    note: str


def read_seeds(text: str) -> list[Written]:
    """The seeds in a text. Raises Invalid, which names the line, also for one that stands there twice."""
    found: dict[str, Written] = {}
    for number, written in enumerate(text.splitlines(), start=1):
        if not written.strip():
            continue
        seed = _read(number, written)
        if (earlier := found.get(seed.permalink)) is not None:
            raise Invalid(words.same_as(number, earlier.line))
        found[seed.permalink] = seed
    return list(found.values())


def decode(data: bytes) -> str:
    """A file's text. Raises Invalid when it is too large or not UTF-8."""
    require_small(len(data))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(words.NOT_TEXT) from None


def require_small(size: int) -> None:
    """Raises Invalid when a file has more bytes than fit."""
    if size > LARGEST:
        raise Invalid(words.too_large(LARGEST))


def _read(number: int, written: str) -> Written:
    link, _, note = written.partition("|")
    what = words.the_permalink(number)
    permalink = clean(link, what=what, longest=LONGEST_PERMALINK)
    return Written(
        number,
        parse_link(permalink, what=what) if "://" in permalink else permalink,
        clean(note, what=words.the_note(number), longest=LONGEST_NOTE, required=False),
    )
