"""Reading and writing the small languages of racing: names, times, links, dates. Nothing here knows Discord."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import dateparser

from services.errors import Invalid
from services.words import input as words

LONGEST_RUN_MS = 100 * 3600 * 1000
LONGEST_URL = 500
LONGEST_INSTANT = 60

_JOINER = "\u200d"
"""Holds the parts of one emoji together."""

_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"
"""Fillers and the empty braille pattern: letters and symbols by their category, and yet nothing to see."""

_CONTROL = re.compile(r"C[cfs]")
"""Categories of control characters, of invisible ones, which can turn the direction of the text, and of halves."""

_NO_GLYPH = re.compile(r"Cf|M[en]|Zs")
"""Categories of characters that show nothing alone."""

_SIXTY = 60
_RUN_TIME = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,4}):)?(\d{1,6})(?:[.,](\d{1,3}))?", re.ASCII)
_AGO = re.compile(r"(\d{1,4})\s*(m|h|d|w)(?:\s+ago)?", re.ASCII)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _tidy(text: str, *, multiline: bool = False) -> str:
    """`text` in normal form (NFC), without control characters and outer blanks; empty when nothing of it shows."""
    keep = "\n" if multiline else ""
    normal = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    visible = "".join(
        c if c in keep or c == _JOINER or not _CONTROL.fullmatch(unicodedata.category(c)) else " " for c in normal
    )
    result = visible.strip() if multiline else " ".join(visible.split())
    return result if any(c not in _BLANKS and not _NO_GLYPH.fullmatch(unicodedata.category(c)) for c in result) else ""


def clean(text: str, *, what: str, longest: int, multiline: bool = False, required: bool = True) -> str:
    """`text` in normal form (NFC), without control characters and outer blanks.

    Raises Invalid when it is longer than `longest` characters, or empty though `required`.
    """
    result = _tidy(text, multiline=multiline)
    if required and not result:
        raise Invalid(words.empty(what))
    if len(result) > longest:
        raise Invalid(words.too_long(what, len(result), longest))
    return result


def cut(text: str, longest: int) -> str:
    """As `clean`, for text that nobody here can mend: what does not fit is left off. May be empty."""
    return _tidy(text)[:longest].strip()


def quoted(text: str, longest: int = 40) -> str:
    """The beginning of what somebody typed, to tell them what is meant."""
    return f"“{cut(text, longest)}”"


def fold(text: str) -> str:
    """What is the same for all spellings of a name that people take for the same."""
    return _tidy(text).casefold()


def parse_run_time(text: str) -> int:
    """Milliseconds of a run time such as `1:23:45`, `83:45.6` or `45.123`. Raises Invalid."""
    wrong = Invalid(words.not_a_run_time(quoted(text)))
    match = _RUN_TIME.fullmatch(text.strip())
    if match is None:
        raise wrong
    hours, minutes, seconds = (int(part or 0) for part in match.group(1, 2, 3))
    fraction = int((match[4] or "").ljust(3, "0"))
    # Only the first part of a time may run over: 83:45 is fine, 1:83:45 and 83:75 are slips.
    if (match[2] is not None and seconds >= _SIXTY) or (match[1] is not None and minutes >= _SIXTY):
        raise wrong
    milliseconds = ((hours * 60 + minutes) * 60 + seconds) * 1000 + fraction
    if not 0 < milliseconds < LONGEST_RUN_MS:
        raise Invalid(words.RUN_OUT_OF_RANGE)
    return milliseconds


def parse_link(text: str, *, what: str) -> str:
    """A web address that is safe to show as a link. Raises Invalid for anything but http and https."""
    link = text.strip()
    wrong = Invalid(words.not_a_link(what))
    if len(link) > LONGEST_URL:
        raise Invalid(words.too_long(what, len(link), LONGEST_URL))
    if not link.isascii() or not link.isprintable() or any(c in link for c in " <>\"'`\\|^{}()[]"):
        raise wrong
    try:
        parts = urlsplit(link)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in ("http", "https") or not host or "." not in host or "@" in parts.netloc:
        raise wrong
    return link


def parse_time_zone(text: str) -> str:
    """The IANA name of a time zone, such as `Europe/Berlin`. Raises Invalid."""
    name = text.strip()
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(words.not_a_time_zone(quoted(name))) from None


def parse_instant(text: str, *, time_zone: str, now: datetime, end_of_day: bool = False) -> datetime:
    """An instant (UTC) from `3d`, `12h ago`, `2026-11-24` or `2026-11-24 18:30` in the time zone.

    A date alone means its beginning, or its end when `end_of_day`. Raises Invalid.
    """
    given = text.strip()
    try:
        if ago := _AGO.fullmatch(given.lower()):
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        instant = datetime.fromisoformat(given)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=ZoneInfo(time_zone))
        if end_of_day and _is_date_alone(given):
            instant += timedelta(days=1)
        return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(words.not_a_date(quoted(given))) from None


def parse_coming(text: str, *, time_zone: str, now: datetime) -> datetime:
    """An instant to come (UTC, whole minutes) from `friday 20:00`, `in 2 hours` or ISO 8601 in the time zone.

    Raises Invalid.
    """
    given = cut(text, LONGEST_INSTANT + 1)
    found = None
    if given and len(given) <= LONGEST_INSTANT:
        zone = ZoneInfo(time_zone)
        # In its own time zones it takes a time of today for one of tomorrow, so it is given the wall clock alone.
        now_there = now.astimezone(zone).replace(tzinfo=None)
        settings = {"TIMEZONE": "UTC", "PREFER_DATES_FROM": "future", "RELATIVE_BASE": now_there}
        # It reads what people write, and raises all sorts of things over what nobody would.
        with contextlib.suppress(Exception):
            read = dateparser.parse(given, languages=["en"], settings=settings)
            found = read if read is None or read.tzinfo else read.replace(tzinfo=zone)
    if found is None:
        raise Invalid(words.not_a_coming_time(quoted(given), time_zone))
    return found.astimezone(UTC).replace(second=0, microsecond=0)


def _is_date_alone(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
