"""What causes each event, how the audit trail tells it, and who is told: made into a table in docs/events.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import events as e
from events.base import FieldChange
from models import TargetKind
from services.guilds import ChannelUse
from services.notices import Kind
from services.words.names import Names

OLGA, ANN, BO, RAE, ZED, ERASED = 1, 2, 3, 4, 5, 9
CUP = 1
NAMES = Names({OLGA: "Olga", ANN: "Ann", BO: "Bo", RAE: "Rae", ZED: "Zed"}, {CUP: "Spring Cup"})

FIRST = "the first command or button of a person"
RENAMED = "a command of somebody who has another name at Discord now"
TIME = "its time runs out"
REMOVED = "Discord: Herald is removed from the server"
BACK = "Discord: Herald is back in the server"
NO_COMMAND = frozenset({FIRST, RENAMED, TIME, REMOVED, BACK})
"""Causes that are neither a command (`/…`) nor a button (`[…]`, by the router's action)."""

EDITS = "edits of its announcements"
CARDS = "edits of its cards"
BOARDS = "edits of its boards"
RACERS = "its racers who chose to hear of it (`/notify`)"

AUDIT = ("AuditService.record", "Listeners.audit_channel")
"""The listeners of every event."""


@dataclass(frozen=True)
class Told:
    """A message that a listener queues: its words, and the channels it goes to; None: a DM to `who`."""

    kind: Kind
    use: ChannelUse | None
    who: str = ""

    @property
    def target(self) -> TargetKind:
        return TargetKind.USER if self.use is None else TargetKind.CHANNEL

    def __str__(self) -> str:
        return f"DM to {self.who}" if self.use is None else f"{_CHANNELS[self.use]}{self.who and f' ({self.who})'}"


_CHANNELS = {
    ChannelUse.ANNOUNCEMENTS: "Announcements",
    ChannelUse.RESULTS: "Results",
    ChannelUse.MATCHES: "Matches",
    ChannelUse.REVIEW: "Review",
}


@dataclass(frozen=True)
class Entry:
    """One event type. The first of the `causes` tells exactly `example`, in the words `line`."""

    causes: tuple[str, ...]
    example: e.EntityEvent
    line: str
    listener: str = ""
    told: tuple[Told, ...] = ()
    also: str = ""
    """What else comes of it, where there is something to do it to."""

    @property
    def type(self) -> str:
        """The name under which the event is stored."""
        return type(self.example).__name__.removesuffix("Event")


def _by(user: int | None, entity: int = 1) -> dict[str, Any]:
    return {"user_id": user, "entity_id": entity, "organization_id": 1}


def _change(field: str, old: str | int | None, new: str | int | None) -> tuple[FieldChange, ...]:
    return (FieldChange(field=field, old=old, new=new),)


ENTRIES = (
    Entry(
        (FIRST,),
        e.UserCreatedEvent(discord_id=7, discord_username="Ann", **_by(None, ANN)),
        "Ann used Herald for the first time",
    ),
    Entry(
        ("/account edit", "/account timezone", "/notify", RENAMED),
        e.UserUpdatedEvent(changed_fields=_change("pronouns", "", "she/her"), **_by(ANN, ANN)),
        "Ann changed their profile: pronouns from nothing to “she/her”",
    ),
    Entry(
        ("/account delete",),
        e.UserDeletedEvent(results_kept=True, **_by(ERASED, ERASED)),
        "a deleted user deleted their account",
    ),
    Entry(
        ("/admin permission",),
        e.UserPermissionChangedEvent(old_permission="user", new_permission="moderator", **_by(OLGA, BO)),
        "Olga made Bo moderator (was user)",
    ),
    Entry(
        ("/setup",), e.OrganizationCreatedEvent(organization_name="Other Club", **_by(ZED)), "Zed founded Other Club"
    ),
    Entry(
        ("/org edit", "/setup", "/guild channels", "/org map-role"),
        e.OrganizationUpdatedEvent(
            organization_name="Racing Club", changed_fields=_change("time_zone", "Europe/Berlin", "UTC"), **_by(OLGA)
        ),
        "Olga changed Racing Club: time zone from “Europe/Berlin” to “UTC”",
    ),
    Entry(
        ("/org delete",),
        e.OrganizationDeletedEvent(organization_name="Other Club", **_by(ZED)),
        "Zed deleted Other Club",
    ),
    Entry(
        ("/tournament join", "[join]", "/invite accept", "/org member add", "/setup"),
        e.OrganizationMemberAddedEvent(member_id=BO, role="racer", **_by(BO)),
        "Bo became a member as racer",
    ),
    Entry(
        ("/org member remove", "/org leave", "/account delete"),
        e.OrganizationMemberRemovedEvent(member_id=BO, role="racer", **_by(OLGA)),
        "Olga removed Bo, who was racer",
    ),
    Entry(
        ("/org member role", "/invite accept"),
        e.OrganizationMemberPermissionChangedEvent(member_id=ANN, old_role="racer", new_role="reviewer", **_by(OLGA)),
        "Olga made Ann reviewer (was racer)",
    ),
    Entry(
        ("/tournament create",),
        e.TournamentCreatedEvent(tournament_name="Spring Cup", tournament_type="speedrun", **_by(OLGA)),
        "Olga created the speedrun tournament Spring Cup",
        "tournament_created",
        (Told(Kind.TOURNAMENT_CREATED, ChannelUse.ANNOUNCEMENTS),),
    ),
    Entry(
        (
            *("/tournament open", "/tournament edit", "/tournament board", "/tournament join", "[join]"),
            *("/tournament leave", "/account delete"),
            *("/pool create", "/pool edit", "/pool seeds", "/pool retire", "/pool restore", "/pool delete"),
            *("[review_claim]", "[review_release]", "[review_doubt]", "[review_trust]"),
            *("[review_correct_with]", "/review extend"),
            *("[race_go]", "[race_ready]", "[race_finish]", "[race_undo]", "/race finish", "/race undo"),
            *("[race_forfeit_yes]", "[race_discard]", "/race ready", TIME),
        ),
        e.TournamentUpdatedEvent(
            tournament_name="Spring Cup", changed_fields=_change("status", "draft", "open"), **_by(OLGA)
        ),
        "Olga opened sign-up for Spring Cup",
        "tournament_updated",
        (Told(Kind.TOURNAMENT_OPENED, ChannelUse.ANNOUNCEMENTS, "of its opening alone"),),
        f"the board, in the channel where it was asked for; {EDITS}, of a run's cards, of boards, "
        "and of those of changed runs that were hidden; a corrected time: DM to the racer",
    ),
    Entry(
        ("/tournament delete",),
        e.TournamentDeletedEvent(tournament_name="Spring Cup", **_by(OLGA)),
        "Olga deleted Spring Cup",
        "tournament_changed",
        also=f"{EDITS}; each race that is not handed in: a message in its thread, which is archived",
    ),
    Entry(
        ("/tournament start",),
        e.TournamentStartedEvent(tournament_name="Spring Cup", racer_count=2, **_by(OLGA)),
        "Olga started Spring Cup (racers: 2)",
        "tournament_started",
        (Told(Kind.TOURNAMENT_STARTED, ChannelUse.ANNOUNCEMENTS),),
        f"{RACERS}; {EDITS}",
    ),
    Entry(
        ("/tournament end", "[end]"),
        e.TournamentEndedEvent(
            tournament_name="Spring Cup",
            podium=(e.PodiumPlace(rank=1, account_id=ANN, time_ms=5_025_000),),
            **_by(OLGA),
        ),
        "Olga ended Spring Cup; podium: 1. Ann 1:23:45",
        "tournament_ended",
        (Told(Kind.TOURNAMENT_ENDED, ChannelUse.RESULTS),),
        f"{RACERS}; {EDITS}, and of those of changed runs that were hidden",
    ),
    Entry(
        ("/race submit", "[race_submit]"),
        e.RaceSubmittedEvent(
            tournament_id=CUP, racer_id=ANN, time_ms=5_025_000, vod_url="https://vod.example/1", notes="", **_by(ANN)
        ),
        "Ann handed in 1:23:45 in Spring Cup",
        "run_submitted",
        (Told(Kind.RUN_CARD, ChannelUse.REVIEW, "with its buttons"),),
        BOARDS,
    ),
    Entry(
        ("[approve]",),
        e.RaceApprovedEvent(tournament_id=CUP, racer_id=ANN, time_ms=5_025_000, **_by(RAE)),
        "Rae approved Ann's 1:23:45 in Spring Cup",
        "run_approved",
        (Told(Kind.RUN_APPROVED, ChannelUse.RESULTS), Told(Kind.YOUR_RUN_APPROVED, None, "the racer")),
        f"{CARDS}; {BOARDS}",
    ),
    Entry(
        ("[reject]", "[review_disqualify_with]"),
        e.RaceRejectedEvent(tournament_id=CUP, racer_id=ANN, time_ms=5_025_000, reason="No video", **_by(RAE)),
        "Rae rejected Ann's 1:23:45 in Spring Cup: No video",
        "run_rejected",
        (Told(Kind.YOUR_RUN_REJECTED, None, "the racer"),),
        f"{CARDS}; {BOARDS}",
    ),
    Entry(
        ("/match schedule",),
        e.MatchScheduledEvent(
            tournament_id=CUP, player_ids=(ANN, BO), scheduled_at=datetime(2026, 3, 1, 19, tzinfo=UTC), **_by(ANN)
        ),
        "Ann scheduled Ann vs Bo in Spring Cup for 2026-03-01 19:00 UTC",
        "match_scheduled",
        (
            Told(Kind.MATCH_SCHEDULED, ChannelUse.MATCHES),
            Told(Kind.YOUR_MATCH_SCHEDULED, None, "the players, but not who did it"),
        ),
        "reminders to the players; moved: an edit instead of the announcement",
    ),
    Entry(
        ("/match report",),
        e.MatchCompletedEvent(tournament_id=CUP, player_ids=(ANN, BO), winner_id=ANN, **_by(ANN)),
        "Ann reported Ann vs Bo in Spring Cup: Ann won",
        "match_completed",
        (
            Told(Kind.MATCH_COMPLETED, ChannelUse.MATCHES),
            Told(Kind.YOUR_MATCH_COMPLETED, None, "the players, but not who did it"),
        ),
        "corrected: an edit instead of the announcement",
    ),
    Entry(
        ("/invite create",),
        e.InviteCreatedEvent(
            role="racer", invitee_id=ANN, max_uses=1, expires_at=datetime(2026, 3, 1, tzinfo=UTC), **_by(OLGA)
        ),
        "Olga made Ann's invite for the role racer",
        "invited",
        (Told(Kind.INVITED, None, "who is invited; nobody for a code"),),
    ),
    Entry(
        ("/invite accept", "[accept]"),
        e.InviteAcceptedEvent(role="racer", invitee_id=ANN, **_by(ANN)),
        "Ann accepted an invite for the role racer",
    ),
    Entry(
        ("/invite decline", "[decline]", "/account delete"),
        e.InviteRejectedEvent(role="racer", invitee_id=BO, **_by(BO)),
        "Bo declined an invite for the role racer",
    ),
    Entry(
        (TIME, "/invite revoke"),
        e.InviteExpiredEvent(role="racer", invitee_id=BO, revoked=False, **_by(None)),
        "Expired: Bo's invite for the role racer",
    ),
    Entry(
        ("/guild link", "/setup", BACK),
        e.DiscordGuildLinkedEvent(guild_id=1, guild_name="Racing Club", **_by(OLGA)),
        "Olga linked the server Racing Club",
    ),
    Entry(
        ("/guild unlink", "/org delete", REMOVED),
        e.DiscordGuildUnlinkedEvent(guild_id=1, guild_name="Racing Club", **_by(OLGA)),
        "Olga unlinked the server Racing Club",
    ),
    Entry(
        ("/preset create", "/preset share", "[preset_copy]"),
        e.PresetCreatedEvent(preset_name="Weekly", preset_version=1, **_by(OLGA)),
        "Olga created the preset Weekly",
    ),
    Entry(
        ("/preset edit", "/preset delete", "/account delete"),
        e.PresetUpdatedEvent(preset_name="Weekly", preset_version=2, changed_fields=(), **_by(OLGA)),
        "Olga changed the preset Weekly to version 2",
    ),
)


def table() -> str:
    """The entries as a table for docs/events.md."""
    lines = [
        "| event | what causes it | its line in the trail, for example | who else is told |",
        "| --- | --- | --- | --- |",
    ]
    for entry in ENTRIES:
        causes = "; ".join(cause if cause in NO_COMMAND else f"`{cause}`" for cause in entry.causes)
        told = "; ".join(filter(None, [*map(str, entry.told), entry.also])) or "nobody"
        lines.append(f"| {entry.type} | {causes} | {entry.line} | {told} |")
    return "\n".join(lines) + "\n"
