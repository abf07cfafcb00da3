"""What the courier wants of whoever brings its messages to Discord."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from models import TargetKind
from services.notice import Notice
from services.words import sending as words


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes: a Discord channel or user id."""

    kind: TargetKind
    id: int


@dataclass(frozen=True, slots=True)
class Sent:
    """Where Discord put a message."""

    channel_id: int
    message_id: int


class SendRefused(Exception):
    """Discord will not take this message, now or later. `closed` says that the person takes no DMs at all."""

    def __init__(self, reason: str, *, closed: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.closed = closed


class SendDeferred(Exception):
    """Discord asks to try again after some seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(words.asked_to_wait(seconds))
        self.delay = timedelta(seconds=seconds)


class Sender(Protocol):
    """What brings a message to Discord. Anything it raises but SendRefused leaves open whether it arrived."""

    async def send(self, target: Target, notice: Notice, nonce: str) -> Sent:
        """Send `notice`, marked with `nonce`. Raises SendRefused, SendDeferred."""
        ...

    async def edit(self, target: Target, sent: Sent, notice: Notice, nonce: str) -> None:
        """Let the message at `sent` show `notice`, marked with `nonce` as before; one that was deleted stays away.

        Raises SendRefused, SendDeferred.
        """
        ...

    async def find(self, target: Target, nonce: str, since: datetime) -> Sent | None:
        """Look for a message marked with `nonce` among those sent after `since`. Raises SendRefused."""
        ...


def nonce_of(message_id: UUID) -> str:
    """A message's nonce: its own 16 bytes as unpadded base64url, 22 of the 25 characters that Discord allows."""
    return base64.urlsafe_b64encode(message_id.bytes).rstrip(b"=").decode()
