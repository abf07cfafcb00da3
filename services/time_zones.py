"""Time zones by what people type of them."""

from __future__ import annotations

import re
from functools import cache
from zoneinfo import available_timezones

_FEW = ("UTC", "Europe/London", "Europe/Berlin", "America/New_York", "America/Chicago", "America/Los_Angeles")

_PLACE = re.compile("(?!Etc/).+/")
"""What a name begins with that says where: those without a region are historical spellings, and Etc is nowhere."""


@cache
def _names() -> tuple[str, ...]:
    return tuple(sorted(filter(_PLACE.match, available_timezones())))


def matching(typed: str, limit: int) -> list[str]:
    """Up to `limit` IANA names that contain `typed`, those first whose city begins with it; some common ones for ""."""
    wanted = typed.strip().casefold().replace(" ", "_")
    if not wanted:
        return list(_FEW[:limit])
    found = [name for name in ("UTC", *_names()) if wanted in name.casefold()]
    return sorted(found, key=lambda name: not name.casefold().rsplit("/", 1)[-1].startswith(wanted))[:limit]
