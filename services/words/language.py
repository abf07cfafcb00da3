"""How numbers, lists, durations and what somebody typed are put into a sentence."""

from __future__ import annotations


def count(number: int, singular: str, plural: str | None = None) -> str:
    """`1 run`, `2 runs`."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def join_names(names: list[str], conjunction: str = "and") -> str:
    """`Ann`, `Ann and Bo`, `Ann, Bo and Cy`."""
    return f" {conjunction} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def format_run_time(milliseconds: int) -> str:
    """A run time as racers write it: `1:23:45`, `3:45.6`, `0:45.123`."""
    seconds, fraction = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return head + (f".{fraction:03}".rstrip("0") if fraction else "")


def format_score(thousandths: int) -> str:
    """A score as all places show it: `98.250`."""
    points, rest = divmod(thousandths, 1000)
    return f"{points}.{rest:03}"


def and_more(number: int) -> str:
    """Ends a list of which `number` are not shown."""
    return f"… and {number} more"
