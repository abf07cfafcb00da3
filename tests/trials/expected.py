"""Who has to be told what, as the events alone tell it: the listeners' own rules are not asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from tests.trials.ledger import Event

AUDIT, ANNOUNCE, AUDIT_CHANNEL = "audit", "announce", "audit-channel"
"""The handlers, by their names in the log."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that follows from an event. `handler` writes its row."""

    event: int
    event_id: str
    kind: str
    target_kind: str
    target: int
    handler: str


@dataclass(frozen=True, slots=True)
class Expected:
    """Where a channel was set up after the event, it depends on when the handler ran: then a message only `may` be."""

    must: list[Message]
    may: list[Message]


_CHANNELS: dict[str, list[tuple[str, str]]] = {
    "TournamentCreated": [("tournament_created", "announcement")],
    "TournamentStarted": [("tournament_started", "announcement")],
    "TournamentEnded": [("tournament_ended", "announcement")],
    "RaceSubmitted": [("run_card", "review")],
    "RaceApproved": [("run_approved", "announcement")],
}
_PEOPLE: dict[str, tuple[str, str]] = {
    "RaceApproved": ("your_run_approved", "racer_id"),
    "RaceRejected": ("your_run_rejected", "racer_id"),
    "InviteCreated": ("invited", "invitee_id"),
}


def expected(events: list[Event]) -> Expected:
    """All messages that these events cause."""
    channels = _Channels(events)
    discord_ids = {event.entity_id: event.says["discord_id"] for event in events if event.type == "UserCreated"}
    result = Expected([], [])
    for event in events:
        for kind, use in _posts(event):
            handler = AUDIT_CHANNEL if use == "audit" else ANNOUNCE
            for channel, certain in channels.at(event, use):
                where = result.must if certain else result.may
                where.append(Message(event.seq, event.id, kind, "channel", channel, handler))
        if event.type in _PEOPLE:
            kind, who = _PEOPLE[event.type]
            if event.says[who] is not None:
                person = discord_ids[event.says[who]]
                result.must.append(Message(event.seq, event.id, kind, "user", person, ANNOUNCE))
    return result


def _posts(event: Event) -> Iterator[tuple[str, str]]:
    yield from _CHANNELS.get(event.type, ())
    if event.type == "TournamentUpdated" and any(
        (change["field"], change["old"], change["new"]) == ("status", "draft", "open")
        for change in event.says["changed_fields"]
    ):
        yield "tournament_opened", "announcement"
    if event.organization_id is not None:
        yield "audit_line", "audit"


def hears(event: Event) -> set[str]:
    """The handlers that an event has to be brought to."""
    told = {AUDIT_CHANNEL if use == "audit" else ANNOUNCE for _, use in _posts(event)}
    return told | {AUDIT, AUDIT_CHANNEL} | ({ANNOUNCE} if event.type in _PEOPLE else set())


class _Channels:
    """Which channels each guild used for what, and from which event on."""

    def __init__(self, events: list[Event]) -> None:
        self._settings: dict[tuple[int, str], list[tuple[int, int | None]]] = defaultdict(list)
        self._organizations: dict[int, int | None] = {}
        for event in events:
            guild = event.says.get("guild_id")
            if event.type == "DiscordGuildLinked":
                self._organizations[guild or 0] = event.organization_id
            elif event.type == "OrganizationUpdated" and guild is not None:
                for change in event.says["changed_fields"]:
                    if change["field"].endswith("_channel_id"):
                        use = change["field"].removesuffix("_channel_id")
                        self._settings[guild, use].append((event.seq, change["new"]))

    def at(self, event: Event, use: str) -> Iterator[tuple[int, bool]]:
        """The channels that may have been in use when the event's handler ran, and whether that is certain."""
        for (guild, used_for), settings in self._settings.items():
            if used_for != use or self._organizations.get(guild) != event.organization_id:
                continue
            before = [channel for seq, channel in settings if seq <= event.seq]
            after = [channel for seq, channel in settings if seq > event.seq]
            for channel in {*before[-1:], *after} - {None}:
                assert channel is not None
                yield channel, not after
