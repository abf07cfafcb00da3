"""The one catalogue of event types, and the way back from their stored form."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import msgspec

from events import types as t
from events.base import EntityEvent, personal_fields


class UndecodableEventError(Exception):
    """A stored event that this release cannot read: unknown type, unknown version, or malformed."""


# New types go to the end: a button of an older message may name a type by its place here.
EVENT_TYPES: tuple[type[EntityEvent], ...] = (
    t.UserCreatedEvent,
    t.UserUpdatedEvent,
    t.UserDeletedEvent,
    t.UserPermissionChangedEvent,
    t.OrganizationCreatedEvent,
    t.OrganizationUpdatedEvent,
    t.OrganizationDeletedEvent,
    t.OrganizationMemberAddedEvent,
    t.OrganizationMemberRemovedEvent,
    t.OrganizationMemberPermissionChangedEvent,
    t.TournamentCreatedEvent,
    t.TournamentUpdatedEvent,
    t.TournamentDeletedEvent,
    t.TournamentStartedEvent,
    t.TournamentEndedEvent,
    t.RaceSubmittedEvent,
    t.RaceApprovedEvent,
    t.RaceRejectedEvent,
    t.MatchScheduledEvent,
    t.MatchCompletedEvent,
    t.InviteCreatedEvent,
    t.InviteAcceptedEvent,
    t.InviteRejectedEvent,
    t.InviteExpiredEvent,
    t.DiscordGuildLinkedEvent,
    t.DiscordGuildUnlinkedEvent,
    t.PresetCreatedEvent,
    t.PresetUpdatedEvent,
)


@cache
def catalogue() -> Mapping[str, type[EntityEvent]]:
    """Every event type by the name under which it is stored."""
    return MappingProxyType({cls.__name__.removesuffix("Event"): cls for cls in EVENT_TYPES})


def from_dict(data: Mapping[str, Any]) -> EntityEvent:
    """The event that `to_dict` made `data` from; personal fields that were erased are None.

    What an older release wrote is brought to today's version first. Raises UndecodableEventError.
    """
    name = data.get("type")
    event_type = catalogue().get(str(name))
    if event_type is None:
        raise UndecodableEventError(f"unknown event type {name!r}")
    erased = dict.fromkeys(personal_fields(event_type))
    try:
        return msgspec.convert({**erased, **_upcast(event_type, dict(data))}, event_type)
    except (msgspec.ValidationError, ValueError) as error:
        raise UndecodableEventError(f"{name} cannot be read: {error}") from error


def _upcast(event_type: type[EntityEvent], data: dict[str, Any]) -> dict[str, Any]:
    while (version := data.get("version")) != event_type.version:
        if not isinstance(version, int) or version not in event_type.upcasters:
            raise UndecodableEventError(f"{data['type']} has no version {version!r} in this release")
        try:
            data = {**event_type.upcasters[version](data), "version": version + 1}
        except Exception as error:
            # A row need not be of the shape that its version should have.
            raise UndecodableEventError(f"{data['type']} of version {version} cannot be upcast: {error!r}") from error
    return data
