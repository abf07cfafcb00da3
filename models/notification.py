from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from models.account import Account
from models.match import Match
from models.organization import Organization


class Way(StrEnum):
    """How somebody hears of something."""

    DM = "dm"
    MENTION = "mention"
    NOTHING = "nothing"


class Topic(StrEnum):
    """A kind of thing that concerns somebody; the name of its column."""

    INVITES = "invites"
    RUNS = "runs"
    MATCHES = "matches"
    TOURNAMENTS = "tournaments"


class NotificationSettings(Model):
    """How somebody wants to hear of what concerns them in one organization.

    `leads` are the minutes before a match at which they are reminded. Quiet hours go from `quiet_from` to
    `quiet_until`, in minutes since midnight in their time zone; both are None where there are none.
    """

    id = fields.IntField(primary_key=True)
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "herald.Organization", related_name="notification_settings", on_delete=fields.CASCADE
    )
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "herald.Account", related_name="notification_settings", on_delete=fields.CASCADE
    )
    invites = fields.CharEnumField(Way, max_length=8)
    runs = fields.CharEnumField(Way, max_length=8)
    matches = fields.CharEnumField(Way, max_length=8)
    tournaments = fields.CharEnumField(Way, max_length=8)
    leads: fields.JSONField[list[int]] = fields.JSONField()
    quiet_from: fields.Field[int | None] = fields.IntField(null=True)
    quiet_until: fields.Field[int | None] = fields.IntField(null=True)

    organization_id: int
    account_id: int

    class Meta(Model.Meta):
        table = "notification_settings"
        unique_together = (("organization", "account"),)


class Reminder(Model):
    """Somebody is to be reminded of a match at `due_at` (UTC).

    `lead` is how many minutes that is before the match, and tells their reminders of it apart.
    """

    id = fields.IntField(primary_key=True)
    match: fields.ForeignKeyRelation[Match] = fields.ForeignKeyField(
        "herald.Match", related_name="reminders", on_delete=fields.CASCADE
    )
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "herald.Account", related_name="reminders", on_delete=fields.CASCADE
    )
    lead = fields.IntField()
    due_at = fields.DatetimeField(db_index=True)

    match_id: int
    account_id: int

    class Meta(Model.Meta):
        table = "reminder"
        unique_together = (("match", "account", "lead"),)
