from __future__ import annotations

from enum import StrEnum
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.models import Model

from models.account import Account
from models.organization import Organization


class Whose(StrEnum):
    """Whom a preset belongs to."""

    MINE = "mine"
    COMMUNITY = "community"


class Preset(Model):
    """Settings under a name, which belong to one person (`owner`) or to an organization, never to both.

    `name_key` is the case-folded name, unique within what it belongs to. `version` is the newest version's number.
    """

    id = fields.IntField(primary_key=True)
    organization: fields.ForeignKeyNullableRelation[Organization] = fields.ForeignKeyField(
        "herald.Organization", related_name="presets", null=True, on_delete=fields.CASCADE
    )
    owner: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "herald.Account", related_name="presets", null=True, on_delete=fields.CASCADE
    )
    name = fields.CharField(max_length=80)
    name_key = fields.CharField(max_length=160)
    version = fields.IntField(default=1)

    organization_id: int | None
    owner_id: int | None

    class Meta(Model.Meta):
        table = "preset"
        unique_together = (("organization", "name_key"), ("owner", "name_key"))


class PresetVersion(Model):
    """A preset as it was from one edit to the next: its name then, and its text as it was written.

    Whoever knows `share_key`, which stands under a shared preset alone, may copy this version.
    """

    id = fields.IntField(primary_key=True)
    preset: fields.ForeignKeyRelation[Preset] = fields.ForeignKeyField(
        "herald.Preset", related_name="versions", on_delete=fields.CASCADE
    )
    number = fields.IntField()
    name = fields.CharField(max_length=80)
    text = fields.TextField()
    share_key: fields.Field[UUID] = fields.UUIDField(unique=True, default=uuid4)
    author: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "herald.Account", related_name="preset_versions", null=True, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField()

    preset_id: int
    author_id: int | None

    class Meta(Model.Meta):
        table = "preset_version"
        unique_together = (("preset", "number"),)
