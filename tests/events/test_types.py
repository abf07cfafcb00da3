from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import events
from events import (
    EVENT_TYPES,
    EntityEvent,
    FieldChange,
    UndecodableEventError,
    UserCreatedEvent,
    catalogue,
    changes,
    from_dict,
)
from events.base import personal_fields
from events.log import split
from tests.events.examples import example, instances

CATEGORIES = {
    "user": ["UserCreated", "UserUpdated", "UserDeleted", "UserPermissionChanged"],
    "organization": [
        "OrganizationCreated",
        "OrganizationUpdated",
        "OrganizationDeleted",
        "OrganizationMemberAdded",
        "OrganizationMemberRemoved",
        "OrganizationMemberPermissionChanged",
    ],
    "tournament": [
        "TournamentCreated",
        "TournamentUpdated",
        "TournamentDeleted",
        "TournamentStarted",
        "TournamentEnded",
    ],
    "race and match": ["RaceSubmitted", "RaceApproved", "RaceRejected", "MatchScheduled", "MatchCompleted"],
    "invite": ["InviteCreated", "InviteAccepted", "InviteRejected", "InviteExpired"],
    "other": ["DiscordGuildLinked", "DiscordGuildUnlinked", "PresetCreated", "PresetUpdated"],
}

PERSONAL = {
    "UserCreated": {"discord_id", "discord_username"},
    "UserUpdated": {"changed_fields"},
    "RaceSubmitted": {"vod_url", "notes"},
    "RaceRejected": {"reason"},
}

OWN_ID = {
    "user": "account_id",
    "tournament": "tournament_id",
    "race": "race_id",
    "match": "match_id",
    "invite": "invite_id",
    "preset": "preset_id",
}

COMMON = {"event_id", "timestamp", "user_id", "organization_id", "entity_id"}


def name_of(event_type: type[EntityEvent]) -> str:
    return event_type.__name__.removesuffix("Event")


every_type = pytest.mark.parametrize("event_type", EVENT_TYPES, ids=name_of)


def test_the_catalogue_holds_the_28_types_of_six_categories_in_order() -> None:
    assert [len(names) for names in CATEGORIES.values()] == [4, 6, 5, 5, 4, 4]
    names = [name for category in CATEGORIES.values() for name in category]
    assert [name_of(t) for t in EVENT_TYPES] == names
    assert list(catalogue()) == names
    assert len(set(EVENT_TYPES)) == 28


def test_every_concrete_type_is_in_the_catalogue_and_exported() -> None:
    def leaves(event_type: type[EntityEvent]) -> list[type[EntityEvent]]:
        below = event_type.__subclasses__()
        return [leaf for child in below for leaf in leaves(child)] if below else [event_type]

    assert {t for t in leaves(EntityEvent) if t.__module__ == "events.types"} == set(EVENT_TYPES)
    for event_type in EVENT_TYPES:
        assert getattr(events, event_type.__name__) is event_type
        assert event_type.__name__ in events.__all__


@every_type
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_event_survives_the_way_through_json_and_back(event_type: type[EntityEvent], data: st.DataObject) -> None:
    event = data.draw(instances(event_type))
    stored = json.dumps(event.to_dict(), allow_nan=False)
    again = from_dict(json.loads(stored))
    assert again == event
    assert type(again) is event_type
    assert again.to_dict() == event.to_dict()


@every_type
def test_an_event_is_frozen_keyword_only_and_hashable(event_type: type[EntityEvent]) -> None:
    event = example(event_type)
    for name in event_type.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(event, name, None)
    with pytest.raises(TypeError):
        event_type(1)  # pyright: ignore[reportCallIssue] - the mistake that this is about
    assert hash(event) == hash(from_dict(event.to_dict()))


LATER = {"guild_id", "racer_id", "attempt_id", "race_id", "disqualified", "pool_name"}
"""Fields that earlier releases did not store, and most events of their type do not have."""


@every_type
def test_what_always_exists_is_required(event_type: type[EntityEvent]) -> None:
    given_by_default = {field.name for field in msgspec.structs.fields(event_type) if not field.required}
    # Only who, when and where; and what came later.
    assert given_by_default - LATER == COMMON - {"entity_id"}


@every_type
@pytest.mark.parametrize(
    "instant",
    [
        datetime(2026, 11, 24, 12),  # noqa: DTZ001 - a naive one is to be refused
        datetime(2026, 11, 24, 12, tzinfo=timezone(timedelta(hours=1))),
    ],
    ids=["naive", "elsewhere"],
)
def test_a_timestamp_must_be_aware_and_in_utc(event_type: type[EntityEvent], instant: datetime) -> None:
    fields: dict[str, Any] = {name: getattr(example(event_type), name) for name in event_type.__struct_fields__}
    make = cast("Any", event_type)
    with pytest.raises(ValueError, match="aware and in UTC"):
        make(**(fields | {"timestamp": instant}))


def test_event_ids_are_uuid_version_7_and_increase() -> None:
    ids = [example(EVENT_TYPES[n % 28]).event_id for n in range(2000)]
    assert {(i.version, i.variant) for i in ids} == {(7, "specified in RFC 4122")}
    assert ids == sorted(set(ids))


@every_type
def test_the_entity_stands_under_its_own_name(event_type: type[EntityEvent]) -> None:
    event = example(event_type)
    assert event.entity_type
    own = OWN_ID.get(event.entity_type)
    if own is not None:
        assert getattr(event, own) == event.entity_id
        assert type(event).__name__.startswith(tuple(c.title() for c in ("user", *OWN_ID)))
    else:
        assert event.entity_type in {"organization", "discord_guild"}


def test_the_stream_is_the_organization_or_else_the_entity() -> None:
    assert example(UserCreatedEvent).stream == "organization:6"
    alone = UserCreatedEvent(entity_id=9, discord_id=1, discord_username="ann")
    assert alone.stream == "user:9"


@every_type
def test_personal_fields_are_marked_and_split_from_the_facts(event_type: type[EntityEvent]) -> None:
    event = example(event_type)
    expected = PERSONAL.get(name_of(event_type), set[str]())
    assert personal_fields(event_type) == expected
    facts, personal = split(event)
    assert set(personal) == expected
    assert set(facts) == set(event_type.__struct_fields__) - expected - COMMON
    if expected:
        assert event.subject_id is not None


@every_type
def test_an_event_whose_person_was_erased_still_loads(event_type: type[EntityEvent]) -> None:
    event = example(event_type)
    personal = personal_fields(event_type)
    again = from_dict({name: value for name, value in event.to_dict().items() if name not in personal})
    for name in event_type.__struct_fields__:
        assert getattr(again, name) == (None if name in personal else getattr(event, name))


def without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda data: {key: value for key, value in data.items() if key != name}


@dataclass(frozen=True)
class Damage:
    name: str
    says: str
    do: Callable[[dict[str, Any]], dict[str, Any]]


DAMAGES = [
    Damage(
        "unknown type",
        "^unknown event type 'TournamentAbandoned'$",
        lambda data: {**data, "type": "TournamentAbandoned"},
    ),
    Damage("a base class as type", "^unknown event type 'Entity'$", lambda data: {**data, "type": "Entity"}),
    Damage("no type", "^unknown event type None$", without("type")),
    Damage("a later version", "^TYPE has no version 2 in this release$", lambda data: {**data, "version": 2}),
    Damage("no version", "^TYPE has no version None in this release$", without("version")),
    Damage("a missing field", "^TYPE cannot be read: .*entity_id", without("entity_id")),
    Damage("a value of another type", "^TYPE cannot be read: .*entity_id", lambda data: {**data, "entity_id": "five"}),
    Damage("an id that is none", "^TYPE cannot be read: .*event_id", lambda data: {**data, "event_id": "1"}),
    Damage(
        "a naive timestamp", "^TYPE cannot be read: .*UTC", lambda data: {**data, "timestamp": "2026-11-24T12:00:00"}
    ),
    Damage("no timestamp at all", "^TYPE cannot be read: .*timestamp", lambda data: {**data, "timestamp": None}),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
@every_type
def test_a_payload_that_cannot_be_read_says_so(event_type: type[EntityEvent], damage: Damage) -> None:
    with pytest.raises(UndecodableEventError, match=damage.says.replace("TYPE", name_of(event_type))):
        from_dict(damage.do(example(event_type).to_dict()))


def test_what_a_later_release_added_to_an_event_is_passed_over() -> None:
    event = example(UserCreatedEvent)
    assert from_dict({**event.to_dict(), "added_later": 1}) == event


def test_changes_name_what_differs_and_nothing_else() -> None:
    assert changes({"name": "Cup", "seed": "x"}, {"name": "Cup", "seed": "y", "new": 1}) == (
        FieldChange(field="seed", old="x", new="y"),
        FieldChange(field="new", old=None, new=1),
    )
    assert changes({"name": "Cup"}, {"name": "Cup"}) == ()
