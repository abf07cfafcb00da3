from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("herald", "0006_matches")]

    operations = [
        ops.AddField(model_name="GuildLink", name="result_channel_id", field=fields.BigIntField(null=True)),
        ops.AddField(model_name="GuildLink", name="match_channel_id", field=fields.BigIntField(null=True)),
        ops.AddField(model_name="GuildLink", name="dismissed_at", field=fields.DatetimeField(null=True)),
    ]
