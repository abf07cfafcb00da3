"""The 28 event types, and what each carries beside who, when and where."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from events.base import EntityEvent, FieldChange, Personal


class UserEvent(EntityEvent, frozen=True, kw_only=True):
    entity_type: ClassVar[str] = "user"

    @property
    def account_id(self) -> int:
        """The account that this is about (`user_id` is the one that acted)."""
        return self.entity_id

    @property
    def subject_id(self) -> int | None:
        return self.entity_id


class UserCreatedEvent(UserEvent, frozen=True, kw_only=True):
    discord_id: Personal[int]
    discord_username: Personal[str]


class UserUpdatedEvent(UserEvent, frozen=True, kw_only=True):
    changed_fields: Personal[tuple[FieldChange, ...]]


class UserDeletedEvent(UserEvent, frozen=True, kw_only=True):
    results_kept: bool


class UserPermissionChangedEvent(UserEvent, frozen=True, kw_only=True):
    old_permission: str
    new_permission: str


class OrganizationEvent(EntityEvent, frozen=True, kw_only=True):
    entity_type: ClassVar[str] = "organization"


class OrganizationCreatedEvent(OrganizationEvent, frozen=True, kw_only=True):
    organization_name: str


class OrganizationUpdatedEvent(OrganizationEvent, frozen=True, kw_only=True):
    """`guild_id` is the Discord guild whose settings changed, when it was not the organization itself."""

    organization_name: str
    changed_fields: tuple[FieldChange, ...]
    guild_id: int | None = None


class OrganizationDeletedEvent(OrganizationEvent, frozen=True, kw_only=True):
    organization_name: str


class OrganizationMemberAddedEvent(OrganizationEvent, frozen=True, kw_only=True):
    member_id: int
    role: str


class OrganizationMemberRemovedEvent(OrganizationEvent, frozen=True, kw_only=True):
    member_id: int
    role: str


class OrganizationMemberPermissionChangedEvent(OrganizationEvent, frozen=True, kw_only=True):
    member_id: int
    old_role: str
    new_role: str


class TournamentEvent(EntityEvent, frozen=True, kw_only=True):
    entity_type: ClassVar[str] = "tournament"

    tournament_name: str

    @property
    def tournament_id(self) -> int:
        return self.entity_id


class TournamentCreatedEvent(TournamentEvent, frozen=True, kw_only=True):
    tournament_type: str


class TournamentUpdatedEvent(TournamentEvent, frozen=True, kw_only=True):
    """Also told when somebody joins or leaves: the field is then `entrant`, its value an account id.

    And when a run in it goes on or is edited: `racer_id` says whose, and `attempt_id` and `race_id` which. And when a
    pool of its seeds changes: `pool_name` is what that is called then, and `seeds` how many are given to racers.
    """

    changed_fields: tuple[FieldChange, ...]
    pool_name: str | None = None
    racer_id: int | None = None
    attempt_id: int | None = None
    race_id: int | None = None


class TournamentDeletedEvent(TournamentEvent, frozen=True, kw_only=True):
    pass


class TournamentStartedEvent(TournamentEvent, frozen=True, kw_only=True):
    racer_count: int


class PodiumPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A place among the first three; ties share a rank. `time_ms` is in milliseconds.

    Where points decide, it is 0, and `score` is the mean of the racer's runs in thousandths of a point.
    """

    rank: int
    account_id: int
    time_ms: int
    score: int | None = None


class TournamentEndedEvent(TournamentEvent, frozen=True, kw_only=True):
    podium: tuple[PodiumPlace, ...]


class RaceEvent(EntityEvent, frozen=True, kw_only=True):
    """`time_ms` is the run's length in milliseconds."""

    entity_type: ClassVar[str] = "race"

    tournament_id: int
    racer_id: int
    time_ms: int

    @property
    def race_id(self) -> int:
        return self.entity_id

    @property
    def subject_id(self) -> int | None:
        return self.racer_id


class RaceSubmittedEvent(RaceEvent, frozen=True, kw_only=True):
    vod_url: Personal[str]
    notes: Personal[str]


class RaceApprovedEvent(RaceEvent, frozen=True, kw_only=True):
    pass


class RaceRejectedEvent(RaceEvent, frozen=True, kw_only=True):
    """A run that was `disqualified` may have counted before."""

    reason: Personal[str]
    disqualified: bool = False


class MatchEvent(EntityEvent, frozen=True, kw_only=True):
    entity_type: ClassVar[str] = "match"

    tournament_id: int
    player_ids: tuple[int, ...]

    @property
    def match_id(self) -> int:
        return self.entity_id


class MatchScheduledEvent(MatchEvent, frozen=True, kw_only=True):
    scheduled_at: datetime


class MatchCompletedEvent(MatchEvent, frozen=True, kw_only=True):
    winner_id: int | None


class InviteEvent(EntityEvent, frozen=True, kw_only=True):
    """An invite's code is a secret that admits people, so no event carries it."""

    entity_type: ClassVar[str] = "invite"

    role: str

    @property
    def invite_id(self) -> int:
        return self.entity_id


class InviteCreatedEvent(InviteEvent, frozen=True, kw_only=True):
    """`invitee_id` is None for a code."""

    invitee_id: int | None
    max_uses: int
    expires_at: datetime


class InviteAcceptedEvent(InviteEvent, frozen=True, kw_only=True):
    invitee_id: int


class InviteRejectedEvent(InviteEvent, frozen=True, kw_only=True):
    invitee_id: int


class InviteExpiredEvent(InviteEvent, frozen=True, kw_only=True):
    """An offer ended before it was taken up: its time ran out, or (`revoked`) somebody withdrew it."""

    invitee_id: int | None
    revoked: bool


class DiscordGuildEvent(EntityEvent, frozen=True, kw_only=True):
    """`guild_id` is Discord's id of the guild; `entity_id` is that of its link to the organization."""

    entity_type: ClassVar[str] = "discord_guild"

    guild_id: int
    guild_name: str


class DiscordGuildLinkedEvent(DiscordGuildEvent, frozen=True, kw_only=True):
    pass


class DiscordGuildUnlinkedEvent(DiscordGuildEvent, frozen=True, kw_only=True):
    pass


class PresetEvent(EntityEvent, frozen=True, kw_only=True):
    entity_type: ClassVar[str] = "preset"

    preset_name: str
    preset_version: int

    @property
    def preset_id(self) -> int:
        return self.entity_id


class PresetCreatedEvent(PresetEvent, frozen=True, kw_only=True):
    pass


class PresetUpdatedEvent(PresetEvent, frozen=True, kw_only=True):
    changed_fields: tuple[FieldChange, ...]
