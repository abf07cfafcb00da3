"""The audit trail: one line per event type. Drawn when read, since names change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import events as e
from events.base import FieldChange, Value
from services.words.language import count, format_run_time, format_score, join_names
from services.words.matches import players
from services.words.names import Names


def describe(event: e.EntityEvent, names: Names) -> str:
    """One plain-text line that says what happened, by name.

    Of a run whose results are hidden, it says neither how long it took nor what became of it, so that lines are alike
    whatever that is.
    """
    if getattr(event, "tournament_id", None) in names.hidden:
        if isinstance(event, e.RaceSubmittedEvent):
            return f"{names.account(event.racer_id)} handed in a run in {names.tournament(event.tournament_id)}"
        if isinstance(event, e.RaceApprovedEvent | e.RaceRejectedEvent):
            return f"{names.account(event.user_id)} reviewed {_whose_run(event.racer_id, event.tournament_id, names)}"
        if isinstance(event, e.TournamentUpdatedEvent) and event.racer_id is not None:
            run = _whose_run(event.racer_id, event.tournament_id, names)
            return f"{names.account(event.user_id)} changed {run}"
    return _WORDS[type(event)](event, names)


_FIELDS: Mapping[str, str] = {
    "reattempts": "re-attempts",
    "opens_at": "opening",
    "closes_at": "closing",
    "results_hidden": "hidden results",
    "min_account_days": "days that an account has to be old",
    "vod_required": "VOD required",
    "review_required": "review required",
    "pool": "name",
    "pool_notes": "notes",
    "pool_preset": "preset",
}
"""What a field is called where its own name does not do."""


def _changed(changed: Iterable[FieldChange]) -> str:
    return join_names([_change(c) for c in changed])


def _change(c: FieldChange) -> str:
    # A change whose values are not for everybody has neither.
    field = _FIELDS.get(c.field, c.field.replace("_", " "))
    if c.old is c.new is None:
        return field
    return f"{field} from {_value(c.old, c.field)} to {_value(c.new, c.field)}"


def _value(value: object, field: str) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "“yes”" if value else "“no”"
    if field.endswith("_at") and isinstance(value, str):
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M} UTC"
    return f"“{str(value)[:60]}”"


def _organization_updated(event: e.OrganizationUpdatedEvent, names: Names) -> str:
    who, what = names.account(event.user_id), event.organization_name
    match event.changed_fields:
        case [FieldChange(field=field, new=new)] if field.endswith("_channel_id"):
            use = field.removesuffix("_channel_id")
            return f"{who} {'set' if new else 'cleared'} the {use} channel of {what}"
        case [FieldChange(field=field)] if field.endswith("_roles"):
            return f"{who} changed which Discord roles count as {field.removesuffix('_roles')} in {what}"
        case _:
            return f"{who} changed {what}: {_changed(event.changed_fields)}"


def _tournament_updated(event: e.TournamentUpdatedEvent, names: Names) -> str:
    what = event.tournament_name
    match event.changed_fields:
        case [FieldChange(field="entrant", old=None)]:
            done = f"joined {what}"
        case [FieldChange(field="entrant", new=None)]:
            done = f"left {what}"
        case [FieldChange(field="board")]:
            done = f"pinned the board of {what}"
        case [FieldChange(field="status", new="open")]:
            done = f"opened sign-up for {what}"
        case _ if event.pool_name is not None:
            done = _pool_changed(event)
        case _ if event.racer_id is not None:
            done = _raced(event, names) or _reviewed(event, names) or _changed_run(event, names)
        case _:
            done = f"changed {what}: {_changed(event.changed_fields)}"
    return f"{names.account(event.user_id)} {done}"


_STEPS: Mapping[tuple[Value, Value], str] = {
    ("seeded", "racing"): "is ready to race",
    ("racing", "finished"): "finished a race",
    ("finished", "racing"): "took back a finish",
    ("seeded", None): "could not open the thread of a race",
}


def _raced(event: e.TournamentUpdatedEvent, names: Names) -> str | None:
    """What somebody did in a race of their own, or was done for them."""
    what = event.tournament_name
    whose = "a race" if event.user_id == event.racer_id else f"{names.account(event.racer_id)}'s race"
    match event.changed_fields:
        case [FieldChange(field="attempt", old=None)]:
            done = f"was given a seed in {what}"
        case [FieldChange(field="attempt", new="forfeited")]:
            done = f"forfeited {whose} in {what}"
        case [FieldChange(field="attempt", old="forfeited")]:
            done = f"took back the forfeit of {whose} in {what}"
        case [FieldChange(field="attempt", old=old, new=new)]:
            done = f"{_STEPS.get((old, new)) or f'discarded {whose}'} in {what}"
        case [FieldChange(field="attempt_warned")]:
            done = f"warned {names.account(event.racer_id)} that their race in {what} is about to be forfeited"
        case [FieldChange(field="deadline")]:
            done = f"gave {names.account(event.racer_id)} more time in {what}"
        case _:
            return None
    return done


def _changed_run(event: e.TournamentUpdatedEvent, names: Names) -> str:
    fields = join_names([change.field.replace("_", " ") for change in event.changed_fields])
    return f"changed what was handed in with {_whose_run(event.racer_id or 0, event.tournament_id, names)}: {fields}"


def _reviewed(event: e.TournamentUpdatedEvent, names: Names) -> str | None:
    """What a reviewer did about a run, short of deciding on it."""
    what = _whose_run(event.racer_id or 0, event.tournament_id, names)
    match event.changed_fields:
        case [FieldChange(field="claimed_by", old=None)]:
            done = f"claimed {what}"
        case [FieldChange(field="claimed_by", old=int(before), new=None)]:
            done = f"released {what}" + (f", which {names.account(before)} had claimed" * (before != event.user_id))
        case [FieldChange(field="claimed_by", old=int(before))]:
            done = f"claimed {what}, which {names.account(before)} had claimed"
        case [FieldChange(field="doubted_by", new=None)]:
            done = f"no longer asks for a second review of {what}"
        case [FieldChange(field="doubted_by"), *_]:
            done = f"asked for a second review of {what}"
        case [FieldChange(field="time_ms", old=int(old), new=int(new))]:
            done = f"corrected the time of {what} from {format_run_time(old)} to {format_run_time(new)}"
        case _:
            return None
    return done


def _pool_changed(event: e.TournamentUpdatedEvent) -> str:
    what = event.tournament_name
    match event.changed_fields:
        case [FieldChange(field="pool", old=None), *seeds]:
            number = sum(one.new for one in seeds if isinstance(one.new, int))
            return f"added the pool {event.pool_name} to {what} ({count(number, 'seed')})"
        case [FieldChange(field="pool", new=None)]:
            return f"deleted the pool {event.pool_name} of {what}"
        case _:
            return f"changed the pool {event.pool_name} of {what}: {_changed(event.changed_fields)}"


def _preset_updated(event: e.PresetUpdatedEvent, names: Names) -> str:
    who, what = names.account(event.user_id), event.preset_name
    match event.changed_fields:
        case [FieldChange(field="deleted")]:
            return f"{who} deleted the preset {what}"
        case [FieldChange(field="name", old=old), *_]:
            return f"{who} changed the preset {what} (before: {old}) to version {event.preset_version}"
        case _:
            return f"{who} changed the preset {what} to version {event.preset_version}"


def _podium(event: e.TournamentEndedEvent, names: Names) -> str:
    places = [
        f"{p.rank}. {names.account(p.account_id)} "
        + (format_run_time(p.time_ms) if p.score is None else format_score(p.score))
        for p in event.podium
    ]
    return f"; podium: {', '.join(places)}" if places else "; nobody finished"


def _whose_run(racer_id: int, tournament_id: int, names: Names) -> str:
    return f"{names.account(racer_id)}'s run in {names.tournament(tournament_id)}"


def _run(event: e.RaceEvent, names: Names) -> str:
    time, where = format_run_time(event.time_ms), names.tournament(event.tournament_id)
    return f"{names.account(event.racer_id)}'s {time} in {where}"


def _invite(event: Any, names: Names) -> str:
    whom = f"{names.account(event.invitee_id)}'s invite" if event.invitee_id else "an invite code"
    return f"{whom} for the role {event.role}"


def _players(event: e.MatchEvent, names: Names) -> str:
    return f"{players(event, names)} in {names.tournament(event.tournament_id)}"


_WORDS: dict[type[e.EntityEvent], Callable[[Any, Names], str]] = {
    e.UserCreatedEvent: lambda v, n: f"{n.account(v.account_id)} used Herald for the first time",
    e.UserUpdatedEvent: lambda v, n: (
        f"{n.account(v.account_id)} changed their profile"
        + (f": {_changed(v.changed_fields)}" if v.changed_fields else "")
    ),
    e.UserDeletedEvent: lambda v, n: f"{n.account(v.account_id)} deleted their account",
    e.UserPermissionChangedEvent: lambda v, n: (
        f"{n.account(v.user_id)} made {n.account(v.account_id)} {v.new_permission} (was {v.old_permission})"
    ),
    e.OrganizationCreatedEvent: lambda v, n: f"{n.account(v.user_id)} founded {v.organization_name}",
    e.OrganizationUpdatedEvent: _organization_updated,
    e.OrganizationDeletedEvent: lambda v, n: f"{n.account(v.user_id)} deleted {v.organization_name}",
    e.OrganizationMemberAddedEvent: lambda v, n: f"{n.account(v.member_id)} became a member as {v.role}",
    e.OrganizationMemberRemovedEvent: lambda v, n: (
        f"{n.account(v.member_id)} left"
        if v.member_id == v.user_id
        else f"{n.account(v.user_id)} removed {n.account(v.member_id)}, who was {v.role}"
    ),
    e.OrganizationMemberPermissionChangedEvent: lambda v, n: (
        f"{n.account(v.member_id)} became {v.new_role} (was {v.old_role})"
        if v.member_id == v.user_id
        else f"{n.account(v.user_id)} made {n.account(v.member_id)} {v.new_role} (was {v.old_role})"
    ),
    e.TournamentCreatedEvent: lambda v, n: (
        f"{n.account(v.user_id)} created the {v.tournament_type} tournament {v.tournament_name}"
    ),
    e.TournamentUpdatedEvent: _tournament_updated,
    e.TournamentDeletedEvent: lambda v, n: f"{n.account(v.user_id)} deleted {v.tournament_name}",
    e.TournamentStartedEvent: lambda v, n: (
        f"{n.account(v.user_id)} started {v.tournament_name} (racers: {v.racer_count})"
    ),
    e.TournamentEndedEvent: lambda v, n: f"{n.account(v.user_id)} ended {v.tournament_name}{_podium(v, n)}",
    e.RaceSubmittedEvent: lambda v, n: (
        f"{n.account(v.racer_id)} handed in {format_run_time(v.time_ms)} in {n.tournament(v.tournament_id)}"
    ),
    e.RaceApprovedEvent: lambda v, n: f"{n.account(v.user_id)} approved {_run(v, n)}",
    e.RaceRejectedEvent: lambda v, n: (
        f"{n.account(v.user_id)} {'disqualified' if v.disqualified else 'rejected'} {_run(v, n)}"
        + (f": {v.reason}" if v.reason else "")
    ),
    e.MatchScheduledEvent: lambda v, n: (
        f"{n.account(v.user_id)} scheduled {_players(v, n)} for {v.scheduled_at:%Y-%m-%d %H:%M} UTC"
    ),
    e.MatchCompletedEvent: lambda v, n: (
        f"{n.account(v.user_id)} reported {_players(v, n)}: "
        + (f"{n.account(v.winner_id)} won" if v.winner_id else "a draw")
    ),
    e.InviteCreatedEvent: lambda v, n: f"{n.account(v.user_id)} made {_invite(v, n)}",
    e.InviteAcceptedEvent: lambda v, n: f"{n.account(v.invitee_id)} accepted an invite for the role {v.role}",
    e.InviteRejectedEvent: lambda v, n: f"{n.account(v.invitee_id)} declined an invite for the role {v.role}",
    e.InviteExpiredEvent: lambda v, n: (
        f"{n.account(v.user_id)} revoked {_invite(v, n)}" if v.revoked else f"Expired: {_invite(v, n)}"
    ),
    e.DiscordGuildLinkedEvent: lambda v, n: f"{n.account(v.user_id)} linked the server {v.guild_name}",
    e.DiscordGuildUnlinkedEvent: lambda v, n: f"{n.account(v.user_id)} unlinked the server {v.guild_name}",
    e.PresetCreatedEvent: lambda v, n: f"{n.account(v.user_id)} created the preset {v.preset_name}",
    e.PresetUpdatedEvent: _preset_updated,
}
