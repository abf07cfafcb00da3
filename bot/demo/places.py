"""Where one can look: the channels, each person's DMs and private threads, and what has arrived there unseen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.demo.stage import Stage

EPHEMERAL = 1 << 6


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, the DMs of a person, or the thread of that id."""

    name: str
    dm: bool = False
    thread: int | None = None

    @property
    def title(self) -> str:
        if self.thread is not None:
            return self.name
        return f"{self.name}'s DMs" if self.dm else f"#{self.name}"


@dataclass(frozen=True, slots=True)
class Door:
    """A private thread that somebody is in, as the start page leads to it."""

    id: int
    name: str
    channel: str
    """Under which it stands."""
    archived: bool
    unread: int


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

    def doors(self, name: str) -> list[Door]:
        """The private threads that somebody is in, oldest first."""
        channels = {channel.id: channel_name for channel_name, channel in self._stage.channels.items()}
        return [
            Door(
                thread.id,
                thread.name or "",
                channels.get(self._stage.parent_of(thread), ""),
                self._stage.is_archived(thread),
                self.at(thread.id),
            )
            for thread in self._stage.threads(name)
        ]

    def _on_event(self, event: str, payload: Mapping[str, Any]) -> None:
        if not event.startswith(("MESSAGE_", "CHANNEL_", "THREAD_")):
            return
        self.changed = True
        channel_id = int(payload.get("channel_id", 0))
        if (
            event == "MESSAGE_CREATE"
            and channel_id != self._looking_at
            and not int(payload.get("flags") or 0) & EPHEMERAL
        ):
            self._counts[channel_id] += 1
