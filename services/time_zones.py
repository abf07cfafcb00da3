"""Time zones by what people type of them."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

_FEW = ("UTC", "Europe/London", "Europe/Berlin", "America/New_York", "America/Chicago", "America/Los_Angeles")


@cache
def _names() -> tuple[str, ...]:
    # Those without a region are historical spellings, but for UTC.
    return tuple(sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")))


def matching(typed: str, limit: int) -> list[str]:
    """Up to `limit` IANA names that contain `typed`, those first whose city begins with it; some common ones for ""."""
    wanted = typed.strip().casefold().replace(" ", "_")
    if not wanted:
        return list(_FEW[:limit])
    found = [name for name in ("UTC", *_names()) if wanted in name.casefold()]
    return sorted(found, key=lambda name: not name.casefold().rsplit("/", 1)[-1].startswith(wanted))[:limit]
