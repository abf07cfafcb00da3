"""Where one can look: the server's channels and each person's DMs, and what has arrived there unseen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.demo.stage import Stage

EPHEMERAL = 1 << 6


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, or the DMs of the person `dm`."""

    name: str
    dm: bool = False

    @property
    def title(self) -> str:
        return f"{self.name}'s DMs" if self.dm else f"#{self.name}"


class Unread:
    """Counts the messages that arrive in each place while nobody looks there."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._counts: Counter[int] = Counter()
        self._looking_at: int | None = None
        self.changed = True
        """Whether something happened in Discord since somebody set this to False."""
        stage.env.backend.subscribers.append(self._on_event)

    def look(self, channel_id: int | None) -> None:
        """Somebody looks at a channel now, and has seen what stands there."""
        self._looking_at = channel_id
        if channel_id is not None:
            self._counts.pop(channel_id, None)

    def at(self, channel_id: int) -> int:
        return self._counts[channel_id]

    def _on_event(self, event: str, payload: Mapping[str, Any]) -> None:
        if not event.startswith(("MESSAGE_", "CHANNEL_")):
            return
        self.changed = True
        channel_id = int(payload.get("channel_id", 0))
        if (
            event == "MESSAGE_CREATE"
            and channel_id != self._looking_at
            and not int(payload.get("flags") or 0) & EPHEMERAL
        ):
            self._counts[channel_id] += 1
