"""Lead times and quiet hours, as people write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.errors import Invalid
from services.text import quoted
from services.words import notifications as words

MOST_LEADS = 3
LONGEST_LEAD = 7 * 24 * 60
"""Minutes."""

_LEAD = re.compile(r"(\d{1,5})\s*(m|h|d)(?:in(?:ute)?s?|(?:ou)?rs?|ays?)?", re.ASCII)
_MINUTES = {"m": 1, "h": 60, "d": 24 * 60}
_QUIET = re.compile(r"(\d{1,2}):(\d{2})\s*(?:-|–|to|until)\s*(\d{1,2}):(\d{2})", re.ASCII)  # noqa: RUF001 - people type it
_HOURS, _SIXTY = 24, 60

Quiet = tuple[int, int]
"""From when until when, in minutes since midnight; over midnight where the second is the smaller one."""


def parse_leads(text: str) -> list[int]:
    """Minutes before a match, the most first, from `1d, 1h, 15m`; none from nothing. Raises Invalid."""
    parts = [part for part in re.split(r"[,;\n]", text.lower()) if part.strip()]
    leads: set[int] = set()
    for part in parts:
        match = _LEAD.fullmatch(part.strip())
        if match is None:
            raise Invalid(words.not_a_lead(quoted(part)))
        leads.add(int(match[1]) * _MINUTES[match[2]])
    if len(leads) > MOST_LEADS:
        raise Invalid(words.too_many_leads(len(leads), MOST_LEADS))
    if any(not 0 < lead <= LONGEST_LEAD for lead in leads):
        raise Invalid(words.lead_out_of_range(LONGEST_LEAD // _MINUTES["d"]))
    return sorted(leads, reverse=True)


def format_leads(leads: Sequence[int]) -> str:
    """`1d, 1h, 15m`; empty when there are none."""
    return ", ".join(_lead(minutes) for minutes in leads)


def _lead(minutes: int) -> str:
    unit = next(unit for unit in ("d", "h", "m") if minutes % _MINUTES[unit] == 0)
    return f"{minutes // _MINUTES[unit]}{unit}"


def parse_quiet(text: str) -> Quiet | None:
    """Quiet hours from `22:00-8:00`; None from nothing. Raises Invalid."""
    if not text.strip():
        return None
    match = _QUIET.fullmatch(text.strip().lower())
    numbers = [int(part) for part in match.groups()] if match else [_HOURS] * 4
    hours, minutes = numbers[::2], numbers[1::2]
    if any(hour >= _HOURS for hour in hours) or any(minute >= _SIXTY for minute in minutes):
        raise Invalid(words.not_hours(quoted(text)))
    since, until = (hour * _SIXTY + minute for hour, minute in zip(hours, minutes, strict=True))
    if since == until:
        raise Invalid(words.SAME_HOURS)
    return since, until


def format_quiet(quiet: Quiet | None) -> str:
    """`22:00-08:00`; empty when there are none."""
    if quiet is None:
        return ""
    return "-".join(f"{minutes // _SIXTY:02}:{minutes % _SIXTY:02}" for minutes in quiet)


def end_of_quiet(quiet: Quiet | None, *, time_zone: str, now: datetime) -> datetime | None:
    """When the quiet hours end that `now` lies in (UTC); None outside of them."""
    if quiet is None:
        return None
    there = now.astimezone(ZoneInfo(time_zone))
    since, until = quiet
    minute = there.hour * _SIXTY + there.minute
    inside = since <= minute < until if since < until else minute >= since or minute < until
    if not inside:
        return None
    day = there.date() + timedelta(days=1 if minute >= until else 0)
    end = datetime(day.year, day.month, day.day, until // _SIXTY, until % _SIXTY, tzinfo=there.tzinfo)
    return end.astimezone(now.tzinfo)
