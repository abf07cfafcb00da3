from enum import StrEnum

from tortoise import fields
from tortoise.models import Model


class Permission(StrEnum):
    """What somebody is to whoever runs Herald, in every community alike. `rank` orders who may give what to whom."""

    USER = "user"
    MODERATOR = "moderator"
    ADMIN = "admin"
    SUPERADMIN = "superadmin"

    @property
    def rank(self) -> int:
        return list(Permission).index(self)


class Account(Model):
    """A person, known by their Discord account.

    `display_name` follows Discord's unless it was chosen (`name_chosen`). An account that was deleted keeps its row,
    as what its results and its trail point to: with no personal data, and with a `discord_id` that is nobody's, since
    it is negative.
    """

    id = fields.IntField(primary_key=True)
    discord_id: fields.Field[int] = fields.BigIntField(unique=True)
    display_name = fields.CharField(max_length=100)
    name_chosen = fields.BooleanField(default=False, db_default=False)
    pronouns = fields.CharField(max_length=40, default="", db_default="")
    stream_url = fields.CharField(max_length=500, default="", db_default="")
    time_zone = fields.CharField(max_length=64, null=True)
    permission = fields.CharEnumField(
        Permission, max_length=16, default=Permission.USER, db_default=Permission.USER.value
    )
    created_at = fields.DatetimeField()
    deleted_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        table = "account"
