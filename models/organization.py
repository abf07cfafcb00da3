from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from models.account import Account


class Role(StrEnum):
    """What a member is to an organization. `rank` orders who may grant what to whom."""

    OWNER = "owner"
    ADMIN = "admin"
    ORGANIZER = "organizer"
    MODERATOR = "moderator"
    REVIEWER = "reviewer"
    RACER = "racer"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {Role.OWNER: 5, Role.ADMIN: 4, Role.ORGANIZER: 3, Role.MODERATOR: 2, Role.REVIEWER: 2, Role.RACER: 1}


class Organization(Model):
    """A community. It owns its tournaments and may be present in several guilds."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=100)
    time_zone = fields.CharField(max_length=64)
    created_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "organization"


class Membership(Model):
    """One person's place in one organization."""

    id = fields.IntField(primary_key=True)
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "herald.Organization", related_name="memberships", on_delete=fields.CASCADE
    )
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "herald.Account", related_name="memberships", on_delete=fields.CASCADE
    )
    role = fields.CharEnumField(Role, max_length=16)
    joined_at = fields.DatetimeField()

    organization_id: int
    account_id: int

    class Meta(Model.Meta):
        table = "membership"
        unique_together = (("organization", "account"),)


class GuildLink(Model):
    """A Discord guild that belongs to an organization, and where Herald speaks there.

    A link that ends keeps its settings, with `unlinked_at` set. Where the bot was removed, its coming back restores it;
    where a person ended it (`dismissed_at`), only a person does.
    """

    id = fields.IntField(primary_key=True)
    guild_id: fields.Field[int] = fields.BigIntField(unique=True)
    guild_name = fields.CharField(max_length=100)
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "herald.Organization", related_name="guild_links", on_delete=fields.CASCADE
    )
    announcement_channel_id: fields.Field[int | None] = fields.BigIntField(null=True)
    result_channel_id: fields.Field[int | None] = fields.BigIntField(null=True)
    match_channel_id: fields.Field[int | None] = fields.BigIntField(null=True)
    review_channel_id: fields.Field[int | None] = fields.BigIntField(null=True)
    audit_channel_id: fields.Field[int | None] = fields.BigIntField(null=True)
    linked_at = fields.DatetimeField()
    unlinked_at = fields.DatetimeField(null=True)
    dismissed_at = fields.DatetimeField(null=True)

    organization_id: int

    class Meta(Model.Meta):
        table = "guild_link"


class RoleMapping(Model):
    """A Discord role whose holders count as having a Herald role in that guild."""

    id = fields.IntField(primary_key=True)
    guild_link: fields.ForeignKeyRelation[GuildLink] = fields.ForeignKeyField(
        "herald.GuildLink", related_name="role_mappings", on_delete=fields.CASCADE
    )
    discord_role_id: fields.Field[int] = fields.BigIntField()
    role = fields.CharEnumField(Role, max_length=16)

    guild_link_id: int

    class Meta(Model.Meta):
        table = "role_mapping"
        unique_together = (("guild_link", "discord_role_id", "role"),)
