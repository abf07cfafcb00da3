"""What is said of something typed that cannot be read. What was typed is passed as it is to be quoted."""

from __future__ import annotations

RUN_OUT_OF_RANGE = "A run takes longer than 0 seconds and less than 100 hours."


def empty(what: str) -> str:
    return f"{what} is empty. Please fill it in."


def too_long(what: str, length: int, longest: int) -> str:
    return f"{what} is too long: {length} characters, and at most {longest} fit."


def not_a_run_time(typed: str) -> str:
    return f"{typed} is not a time I can read. Write it as 1:23:45 or 83:45.6."


def not_a_link(what: str) -> str:
    return (
        f"{what} must be a full web address that starts with https:// "
        "(for example https://www.twitch.tv/videos/123456)."
    )


def not_a_time_zone(typed: str) -> str:
    return f"{typed} is not a time zone I know. Write it like Europe/Berlin, America/New_York or UTC."


def not_a_date(typed: str) -> str:
    return f"{typed} is not a date I can read. Write it as 2026-11-24, 2026-11-24 18:30 or 3d (three days ago)."


def not_a_coming_time(typed: str, time_zone: str) -> str:
    return (
        f"{typed} is not a time I can read. Write it as tomorrow 18:00, friday 8pm, in 2 hours "
        f"or 2026-11-24 18:30; it is read in {time_zone}."
    )


def not_picked(what: str) -> str:
    """`what` is one thing of its kind: `a match`."""
    return f"Pick {what} from the list that appears while you type."
