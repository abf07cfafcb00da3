from tortoise import fields
from tortoise.models import Model


class Account(Model):
    """A person, known by their Discord account."""

    id = fields.IntField(primary_key=True)
    discord_id: fields.Field[int] = fields.BigIntField(unique=True)
    display_name = fields.CharField(max_length=100)
    created_at = fields.DatetimeField()

    class Meta(Model.Meta):
        table = "account"
