"""Why a message was not sent, or not yet, for whoever looks at what is recorded of it."""

from __future__ import annotations

from services.words.language import count

NO_HISTORY = "Herald may not read the channel's history, so it cannot make sure not to say it twice"


def not_drawn(error: str) -> str:
    return f"it could not be drawn: {error}"


def refused(said: str, code: int) -> str:
    """`said` is Discord's own."""
    return f"Discord refused it: {said} ({code})"


def asked_to_wait(seconds: float) -> str:
    return f"asked to wait {seconds} s"


def failed(error: str, said: str) -> str:
    """Some `error`, and what it says."""
    return f"{error}: {said}"


def gave_up(days: int, reason: str) -> str:
    return f"gave up after {count(days, 'day')}: {reason}"
