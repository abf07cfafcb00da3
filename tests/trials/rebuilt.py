"""The state as the events alone tell it, to be compared with the tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.trials.ledger import Event, Ledger, Row

Key = tuple[str | int, ...]
State = dict[Key, Row]


class Rebuilt:
    """`now` is the state after the last event; `history` holds every state that a thing has had (None: not there)."""

    def __init__(self, events: list[Event]) -> None:
        self.now: State = {}
        self.history: dict[Key, list[Row | None]] = {}
        self.idle: list[str] = []
        """Events that tell what is so already."""
        for event in events:
            self._event = event
            _TELLERS.get(event.type, _nothing)(self, event)

    def put(self, key: Key, **fields: Any) -> None:
        if key in self.now and _agrees(fields, self.now[key]):
            self.idle.append(f"event {self._event.seq} ({self._event.type}) says nothing new of {key}")
        self.history.setdefault(key, [None]).append(fields)
        self.now[key] = fields

    def change(self, key: Key, **fields: Any) -> None:
        self.put(key, **{**self.now.get(key, {}), **fields})

    def drop(self, key: Key) -> None:
        self.history.setdefault(key, [None]).append(None)
        self.now.pop(key, None)

    def was_once(self, key: Key, fields: Row | None) -> bool:
        """Whether that was so before: then it is the change that is missing, and not the event."""
        return any(_agrees(old, fields) for old in self.history.get(key, [None])[:-1])


def _agrees(told: Row | None, found: Row | None) -> bool:
    if told is None or found is None:
        return told is found
    return all(found.get(name) == value for name, value in told.items())


def differences(ledger: Ledger) -> tuple[list[str], list[str]]:
    """Changes without their event, and events without their change."""
    rebuilt, found = Rebuilt(ledger.events), tables_of(ledger)
    unheard: list[str] = []
    undone = list(rebuilt.idle)
    for key in sorted(rebuilt.now.keys() | found.keys(), key=str):
        told, there = rebuilt.now.get(key), found.get(key)
        if not _agrees(told, there):
            # What was so before the newest event is a change that is missing; anything else has no event.
            where = undone if rebuilt.was_once(key, there) and key in rebuilt.history else unheard
            where.append(f"{key}: events say {told}, the table says {there}")
    return unheard, undone


def tables_of(ledger: Ledger) -> State:
    """The same state as the tables tell it."""
    tables, state = ledger.tables, State()
    for row in tables["account"]:
        state["account", row["id"]] = {"discord_id": row["discord_id"], "name": row["display_name"]}
    for row in tables["organization"]:
        state["organization", row["id"]] = {"name": row["name"], "time_zone": row["time_zone"]}
    for row in tables["membership"]:
        state["membership", row["organization_id"], row["account_id"]] = {"role": row["role"]}
    guilds: dict[int, int] = {}
    for row in tables["guild_link"]:
        guilds[row["id"]] = row["guild_id"]
        channels = {name: row[name] for name in row if name.endswith("_channel_id")}
        linked = row["unlinked_at"] is None
        state["guild", row["guild_id"]] = {"organization": row["organization_id"], "linked": linked, **channels}
    for row in sorted(tables["role_mapping"], key=lambda row: row["discord_role_id"]):
        mapped = state.setdefault(("roles", guilds[row["guild_link_id"]], f"{row['role']}_roles"), {"ids": ""})
        mapped["ids"] = ",".join(filter(None, [mapped["ids"], str(row["discord_role_id"])]))
    for row in tables["tournament"]:
        state["tournament", row["id"]] = row
    for row in tables["entrant"]:
        state["entrant", row["tournament_id"], row["account_id"]] = {}
    for row in tables["race"]:
        state["race", row["id"]] = row
    for row in tables["invite"]:
        state["invite", row["id"]] = row
    return state


def _nothing(_: Rebuilt, event: Event) -> None:
    raise AssertionError(f"nobody knows what {event.type} changes")


def _user_created(state: Rebuilt, event: Event) -> None:
    state.put(("account", event.entity_id), discord_id=event.says["discord_id"], name=event.says["discord_username"])


def _user_updated(state: Rebuilt, event: Event) -> None:
    for change in event.says["changed_fields"]:
        if change["field"] == "display_name":
            state.change(("account", event.entity_id), name=change["new"])


def _organization_created(state: Rebuilt, event: Event) -> None:
    state.put(("organization", event.entity_id), name=event.says["organization_name"])


def _organization_updated(state: Rebuilt, event: Event) -> None:
    guild = event.says["guild_id"]
    for change in event.says["changed_fields"]:
        field, new = change["field"], change["new"]
        if guild is None:
            state.change(("organization", event.entity_id), **{field: new})
        elif field.endswith("_roles"):
            if new:
                state.put(("roles", guild, field), ids=new)
            else:
                state.drop(("roles", guild, field))
        else:
            state.change(("guild", guild), **{field: new})


def _member_added(state: Rebuilt, event: Event) -> None:
    state.put(("membership", event.entity_id, event.says["member_id"]), role=event.says["role"])


def _member_changed(state: Rebuilt, event: Event) -> None:
    state.put(("membership", event.entity_id, event.says["member_id"]), role=event.says["new_role"])


def _linked(state: Rebuilt, event: Event) -> None:
    state.change(("guild", event.says["guild_id"]), organization=event.organization_id, linked=True)


def _unlinked(state: Rebuilt, event: Event) -> None:
    state.change(("guild", event.says["guild_id"]), linked=False)


def _tournament_created(state: Rebuilt, event: Event) -> None:
    state.put(
        ("tournament", event.entity_id),
        name=event.says["tournament_name"],
        type=event.says["tournament_type"],
        organization_id=event.organization_id,
        status="draft",
    )


def _tournament_updated(state: Rebuilt, event: Event) -> None:
    for change in event.says["changed_fields"]:
        field, old, new = change["field"], change["old"], change["new"]
        if field == "entrant" and old is not None:
            state.drop(("entrant", event.entity_id, old))
        elif field == "entrant":
            state.put(("entrant", event.entity_id, new))
        elif field != "seed":  # Which is told to nobody.
            state.change(("tournament", event.entity_id), **{field: new})


def _tournament_started(state: Rebuilt, event: Event) -> None:
    state.change(("tournament", event.entity_id), status="running")


def _tournament_ended(state: Rebuilt, event: Event) -> None:
    state.change(("tournament", event.entity_id), status="ended")


def _tournament_deleted(state: Rebuilt, event: Event) -> None:
    gone = [
        key
        for key, fields in state.now.items()
        if key[:2] in (("tournament", event.entity_id), ("entrant", event.entity_id))
        or (key[0] == "race" and fields["tournament_id"] == event.entity_id)
    ]
    for key in gone:
        state.drop(key)


def _race_submitted(state: Rebuilt, event: Event) -> None:
    says = event.says
    state.put(
        ("race", event.entity_id),
        tournament_id=says["tournament_id"],
        racer_id=says["racer_id"],
        time_ms=says["time_ms"],
        vod_url=says["vod_url"],
        notes=says["notes"],
        status="submitted",
        reviewer_id=None,
    )


def _race_approved(state: Rebuilt, event: Event) -> None:
    state.change(("race", event.entity_id), status="approved", reviewer_id=event.user_id)


def _race_rejected(state: Rebuilt, event: Event) -> None:
    reason = event.says["reason"]
    state.change(("race", event.entity_id), status="rejected", reviewer_id=event.user_id, rejection_reason=reason)


def _invite_created(state: Rebuilt, event: Event) -> None:
    says = event.says
    state.put(
        ("invite", event.entity_id),
        organization_id=event.organization_id,
        role=says["role"],
        invitee_id=says["invitee_id"],
        max_uses=says["max_uses"],
        uses=0,
        status="pending",
    )


def _invite_accepted(state: Rebuilt, event: Event) -> None:
    key: Key = ("invite", event.entity_id)
    invite = state.now.get(key, {})
    uses = invite.get("uses", 0) + 1
    state.change(key, uses=uses, status="accepted" if uses >= invite.get("max_uses", 1) else "pending")


def _invite_rejected(state: Rebuilt, event: Event) -> None:
    state.change(("invite", event.entity_id), status="rejected")


def _invite_expired(state: Rebuilt, event: Event) -> None:
    state.change(("invite", event.entity_id), status="revoked" if event.says["revoked"] else "expired")


_TELLERS: dict[str, Callable[[Rebuilt, Event], None]] = {
    "UserCreated": _user_created,
    "UserUpdated": _user_updated,
    "OrganizationCreated": _organization_created,
    "OrganizationUpdated": _organization_updated,
    "OrganizationMemberAdded": _member_added,
    "OrganizationMemberPermissionChanged": _member_changed,
    "DiscordGuildLinked": _linked,
    "DiscordGuildUnlinked": _unlinked,
    "TournamentCreated": _tournament_created,
    "TournamentUpdated": _tournament_updated,
    "TournamentDeleted": _tournament_deleted,
    "TournamentStarted": _tournament_started,
    "TournamentEnded": _tournament_ended,
    "RaceSubmitted": _race_submitted,
    "RaceApproved": _race_approved,
    "RaceRejected": _race_rejected,
    "InviteCreated": _invite_created,
    "InviteAccepted": _invite_accepted,
    "InviteRejected": _invite_rejected,
    "InviteExpired": _invite_expired,
}
