from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.errors import Invalid
from services.notification_text import end_of_quiet, format_leads, format_quiet, parse_leads, parse_quiet

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("1d, 1h, 15m", [1440, 60, 15]),
        ("15 min", [15]),
        ("90m;2 hours", [120, 90]),
        ("", []),
        (" , ", []),
        ("1h,60m", [60]),
    ],
)
def test_lead_times_are_read_the_longest_first(typed: str, minutes: list[int]) -> None:
    assert parse_leads(typed) == minutes
    assert parse_leads(format_leads(minutes)) == minutes


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("soon", "“soon” is not a lead time I can read"),
        ("1h 15m", "is not a lead time I can read"),
        ("0m", "from 1 minute to 7 days"),
        ("8d", "from 1 minute to 7 days"),
        ("1m,2m,3m,4m", "3 times of a match, and these are 4"),
    ],
)
def test_other_lead_times_are_refused_in_words(typed: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        parse_leads(typed)


@pytest.mark.parametrize(
    ("typed", "quiet", "written"),
    [("22:00-8:00", (1320, 480), "22:00-08:00"), ("0:00 until 06:30", (0, 390), "00:00-06:30"), (" ", None, "")],
)
def test_quiet_hours_are_read(typed: str, quiet: tuple[int, int] | None, written: str) -> None:
    assert parse_quiet(typed) == quiet
    assert format_quiet(quiet) == written


@pytest.mark.parametrize("typed", ["22-8", "24:00-8:00", "22:60-8:00", "always", "22:00"])
def test_other_quiet_hours_are_refused_in_words(typed: str) -> None:
    with pytest.raises(Invalid, match="are not hours I can read"):
        parse_quiet(typed)


def test_quiet_hours_that_never_begin_are_refused() -> None:
    with pytest.raises(Invalid, match="begin and end at different times"):
        parse_quiet("8:00-8:00")


@given(typed=st.text(max_size=30))
def test_whatever_is_typed_is_read_or_refused_in_words(typed: str) -> None:
    for read in (parse_leads, parse_quiet):
        with contextlib.suppress(Invalid):
            read(typed)


@given(
    now=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    since=st.integers(0, 1439),
    until=st.integers(0, 1439),
    zone=st.sampled_from(ZONES),
)
def test_quiet_hours_end_within_a_day_at_their_end_in_the_persons_zone(
    now: datetime, since: int, until: int, zone: str
) -> None:
    assume(since != until)
    end = end_of_quiet((since, until), time_zone=zone, now=now)
    there = now.astimezone(ZoneInfo(zone))
    minute = there.hour * 60 + there.minute
    inside = since <= minute < until or (since > until and (minute >= since or minute < until))
    assert (end is not None) == inside
    if end is not None:
        # An hour more where the clocks are put back meanwhile.
        assert timedelta(0) < end - now.replace(second=0, microsecond=0) <= timedelta(hours=25)
        local = end.astimezone(ZoneInfo(zone))
        # A time that is skipped when the clocks are put forward is the hour after it.
        assert (local.hour * 60 + local.minute - until) % 1440 in (0, 60)


def test_without_quiet_hours_nothing_waits() -> None:
    assert end_of_quiet(None, time_zone="UTC", now=datetime(2026, 1, 1, tzinfo=UTC)) is None
