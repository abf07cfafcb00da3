from tortoise import fields
from tortoise.models import Model


class BotState(Model):
    """Small facts that the bot keeps between starts, such as the digest of its synced commands."""

    key = fields.CharField(max_length=64, primary_key=True)
    value = fields.CharField(max_length=500)

    class Meta(Model.Meta):
        table = "bot_state"
