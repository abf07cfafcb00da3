# ruff: noqa: RUF001 - characters that look like others are what is tested here.

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import Invalid
from services.text import (
    LONGEST_RUN_MS,
    clean,
    parse_coming,
    parse_instant,
    parse_link,
    parse_run_time,
    parse_time_zone,
)
from services.words.language import count, format_run_time, join_names

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@given(st.integers(1, LONGEST_RUN_MS - 1))
def test_every_run_time_below_100_hours_reads_back_as_it_was_written(milliseconds: int) -> None:
    assert parse_run_time(format_run_time(milliseconds)) == milliseconds


@given(st.text(max_size=30) | st.from_regex(r"\A[\d:.,\- ]{1,14}\Z"))
def test_a_run_time_is_read_within_its_bounds_or_refused(text: str) -> None:
    try:
        milliseconds = parse_run_time(text)
    except Invalid:
        return
    assert 0 < milliseconds < LONGEST_RUN_MS


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("1:23:45", 5_025_000),
        ("83:45", 5_025_000),
        ("83:45.6", 5_025_600),
        ("45.123", 45_123),
        ("45,5", 45_500),
        ("0:45", 45_000),
        ("0:00:00.001", 1),
        (" 1:00:00 ", 3_600_000),
        ("99:59:59.999", LONGEST_RUN_MS - 1),
        ("90", 90_000),
    ],
)
def test_a_run_time_is_read_as_racers_write_it(text: str, milliseconds: int) -> None:
    assert parse_run_time(text) == milliseconds


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "1:83:45", "83:75", "1:23:60", "-1:00", "+5", "1:23:45.1234", "1::2", ":45", "1:", "45.", ".5",
        "1:2:3:4", "1h 23m", "1e3", "0x10", "١:٢٣:٤٥", "１:２３:４５", "²", "1:23:45; drop table", "1\n2", "nan",
    ],
)  # fmt: skip
def test_a_slip_in_a_run_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Invalid, match="Write it as 1:23:45"):
        parse_run_time(text)


@pytest.mark.parametrize("text", ["0", "0:00", "0:00:00.000", "100:00:00", "6000:00", "360000", "999:59:59"])
def test_a_run_of_no_time_or_of_100_hours_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="longer than 0 seconds and less than 100 hours"):
        parse_run_time(text)


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(5_025_000, "1:23:45"), (225_600, "3:45.6"), (45_123, "0:45.123"), (3_600_000, "1:00:00"), (1, "0:00.001")],
)
def test_a_run_time_is_written_without_needless_digits(milliseconds: int, text: str) -> None:
    assert format_run_time(milliseconds) == text


@pytest.mark.parametrize(
    "link",
    [
        "https://www.twitch.tv/videos/123456",
        "http://example.com:8080/a?b=c&d=%20#t=1h2m",
        "https://youtu.be/a_b-c~d*e",
        "https://xn--mnchen-3ya.de/",
    ],
)
def test_a_plain_web_address_is_taken_as_it_is(link: str) -> None:
    assert parse_link(f" {link}\n", what="The VOD link") == link


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)", "JAVASCRIPT://example.com/%0aalert(1)", "data:text/html,x", "ftp://example.com/a",
        "file:///etc/passwd", "//example.com", "example.com", "https://", "https:///path", "https:example.com",
        "https://localhost/", "https://user:pw@example.com", "https://youtube.com@evil.example/",
        "https://example.com/a b", "https://example.com/)[x](https://evil.example", "https://example.com/<@1>",
        "https://example.com/`x`", "https://example.com/||x||", "https://example.com/\\x",
        "https://example.com/\u202egpj", "https://exаmple.com/", "https://example.com/\x00", "https://[::1]/",
        "https://example.com/a\nb", "https://example.com:99999/", "https://example.com:x/", "",
    ],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused(link: str) -> None:
    with pytest.raises(Invalid, match="The VOD link must be a full web address"):
        parse_link(link, what="The VOD link")


def test_a_web_address_fits_up_to_500_characters() -> None:
    longest = "https://example.com/".ljust(500, "a")
    assert parse_link(longest, what="The VOD link") == longest
    with pytest.raises(Invalid, match="501 characters"):
        parse_link(longest + "a", what="The VOD link")


@given(st.text(max_size=80))
def test_an_accepted_link_can_only_be_http_and_breaks_no_markdown(text: str) -> None:
    try:
        link = parse_link(f"https://example.com/{text}", what="The link")
    except Invalid:
        return
    assert link.startswith("https://example.com/")
    assert not set(link) & set(" <>()[]`|\\\n\r\t\u202e")


@given(st.text(max_size=200), st.booleans())
def test_cleaned_text_stays_the_same_when_cleaned_again(text: str, multiline: bool) -> None:
    once = clean(text, what="It", longest=1000, multiline=multiline, required=False)
    assert clean(once, what="It", longest=1000, multiline=multiline, required=False) == once


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("  Spring \t Cup ", "Spring Cup"),
        ("Spring\x00Cup\x1b[31m", "Spring Cup [31m"),
        ("evil\u202egnp.exe\u2066\u200b", "evil gnp.exe"),
        ("\ufeffCup\u00ad", "Cup"),
        ("Cafe\u0301", "Café"),
        ("a\nb", "a b"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("\ud800x", "x"),
    ],
)
def test_a_name_loses_what_cannot_be_seen(text: str, result: str) -> None:
    assert clean(text, what="The name", longest=80) == result


def test_longer_text_keeps_its_line_breaks_and_no_other_control_characters() -> None:
    assert clean("\r\none\r\n\ntwo\x07\n", what="The notes", longest=80, multiline=True) == "one\n\ntwo"


@pytest.mark.parametrize(
    "text", ["", "   ", "\n", "\u200b", "\u202e\u2066", "\x00", "\u3000", "\u200d", "\u3164", "\u2800\ufe0f", "\u2028"]
)
def test_a_name_that_shows_nothing_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="The name is empty"):
        clean(text, what="The name", longest=80)


def test_text_may_be_left_out_where_it_is_not_required() -> None:
    assert clean(" ", what="The notes", longest=80, required=False) == ""


def test_text_is_measured_as_it_will_be_kept() -> None:
    assert clean("e\u0301" * 80, what="The name", longest=80) == "é" * 80
    with pytest.raises(Invalid, match="81 characters, and at most 80 fit"):
        clean("a" * 81, what="The name", longest=80)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "UTC", "Asia/Kolkata"])
def test_a_time_zone_is_known_by_its_iana_name(zone: str) -> None:
    assert parse_time_zone(f" {zone} ") == zone


@pytest.mark.parametrize(
    "zone",
    [
        "", " ", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "..", ".", "Europe", "Europe/", "Europe/Berlin/..",
        "Europe/Berlin\x00", "\ud800", "zone.tab", "tzdata.zi", "leapseconds", "＋02:00", "A" * 5000, "europe\\berlin",
    ],
)  # fmt: skip
def test_what_is_no_time_zone_is_refused_in_words(zone: str) -> None:
    with pytest.raises(Invalid, match="is not a time zone I know"):
        parse_time_zone(zone)


@given(st.text(max_size=60))
def test_no_text_makes_the_time_zone_reader_fail_otherwise(text: str) -> None:
    with contextlib.suppress(Invalid):
        parse_time_zone(text)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("30m", NOW - timedelta(minutes=30)),
        ("12h ago", NOW - timedelta(hours=12)),
        ("3d", NOW - timedelta(days=3)),
        (" 2 W ", NOW - timedelta(weeks=2)),
        ("2026-11-24", datetime(2026, 11, 23, 23, tzinfo=UTC)),
        ("2026-11-24 18:30", datetime(2026, 11, 24, 17, 30, tzinfo=UTC)),
        ("2026-07-24 18:30", datetime(2026, 7, 24, 16, 30, tzinfo=UTC)),
        ("2026-11-24T18:30:00Z", datetime(2026, 11, 24, 18, 30, tzinfo=UTC)),
        ("2026-11-24T18:30-05:00", datetime(2026, 11, 24, 23, 30, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_in_the_time_zone_of_the_organization(text: str, instant: datetime) -> None:
    assert parse_instant(text, time_zone="Europe/Berlin", now=NOW) == instant


@pytest.mark.parametrize("text", ["2026-11-24", "20261124"])
def test_until_a_date_includes_that_whole_day(text: str) -> None:
    until = parse_instant(text, time_zone="Europe/Berlin", now=NOW, end_of_day=True)
    assert until == datetime(2026, 11, 24, 23, tzinfo=UTC)


def test_a_day_that_is_an_hour_longer_still_ends_at_midnight() -> None:
    until = parse_instant("2026-10-25", time_zone="Europe/Berlin", now=NOW, end_of_day=True)
    assert until == datetime(2026, 10, 25, 23, tzinfo=UTC)


def test_until_an_hour_means_that_very_hour() -> None:
    until = parse_instant("2026-11-24 18:30", time_zone="UTC", now=NOW, end_of_day=True)
    assert until == datetime(2026, 11, 24, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "24.11.2026", "3y", "-3d", "٣d", "99999d", "1e9h"])
def test_what_is_no_date_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Invalid, match="Write it as 2026-11-24"):
        parse_instant(text, time_zone="UTC", now=NOW)


@pytest.mark.parametrize(("text", "zone"), [("9999-12-31", "UTC"), ("0001-01-01", "Europe/Berlin")])
def test_a_date_at_the_end_of_the_calendar_is_refused_not_overflown(text: str, zone: str) -> None:
    with pytest.raises(Invalid, match="is not a date I can read"):
        parse_instant(text, time_zone=zone, now=NOW, end_of_day=text.startswith("9999"))


@given(st.text(max_size=30))
def test_an_instant_is_in_utc_or_refused(text: str) -> None:
    try:
        instant = parse_instant(text, time_zone="America/New_York", now=NOW, end_of_day=True)
    except Invalid:
        return
    assert instant.utcoffset() == timedelta(0)


def test_counts_and_lists_read_as_people_write_them() -> None:
    assert [count(n, "run") for n in (0, 1, 2)] == ["0 runs", "1 run", "2 runs"]
    assert join_names([]) == ""
    assert join_names(["Ann"]) == "Ann"
    assert join_names(["Ann", "Bo"]) == "Ann and Bo"
    assert join_names(["Ann", "Bo", "Cy"], "or") == "Ann, Bo or Cy"


@pytest.mark.parametrize(
    ("typed", "zone", "read"),
    [
        ("tomorrow 18:00", "UTC", "2026-11-25 18:00"),
        ("friday 8pm", "Europe/Berlin", "2026-11-27 19:00"),
        ("in 2 hours", "Asia/Tokyo", "2026-11-24 14:00"),
        ("13:30", "Europe/Berlin", "2026-11-24 12:30"),
        ("11:30", "UTC", "2026-11-25 11:30"),
        ("6:30", "America/New_York", "2026-11-25 11:30"),
        ("21:30", "Asia/Tokyo", "2026-11-24 12:30"),
        ("2026-12-01 20:00 UTC", "Asia/Tokyo", "2026-12-01 20:00"),
        ("2026-12-01 20:00", "America/New_York", "2026-12-02 01:00"),
        ("2026-12-01T20:00+02:00", "America/New_York", "2026-12-01 18:00"),
        ("2027-07-01 20:00", "Europe/Berlin", "2027-07-01 18:00"),
        ("1 dec 19:00:30", "UTC", "2026-12-01 19:00"),
    ],
)
def test_a_time_to_come_is_read_as_people_write_it_in_their_zone(typed: str, zone: str, read: str) -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert f"{parse_coming(typed, time_zone=zone, now=now):%Y-%m-%d %H:%M}" == read


@given(typed=st.text(max_size=70))
def test_whatever_is_typed_as_a_time_to_come_is_read_or_refused_in_words(typed: str) -> None:
    found = None
    with contextlib.suppress(Invalid):
        found = parse_coming(typed, time_zone="Europe/Berlin", now=datetime(2026, 11, 24, 12, tzinfo=UTC))
    if found is not None:
        assert found.utcoffset() == timedelta(0)
        assert (found.second, found.microsecond) == (0, 0)
