from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from models.account import Permission


class Migration(migrations.Migration):
    dependencies = [("herald", "0004_waiting")]

    operations = [
        ops.AddField("Account", "name_chosen", fields.BooleanField(default=False, db_default=False)),
        ops.AddField("Account", "pronouns", fields.CharField(max_length=40, default="", db_default="")),
        ops.AddField("Account", "stream_url", fields.CharField(max_length=500, default="", db_default="")),
        ops.AddField("Account", "time_zone", fields.CharField(max_length=64, null=True)),
        ops.AddField(
            "Account",
            "permission",
            fields.CharEnumField(
                Permission, max_length=16, default=Permission.USER, db_default=Permission.USER.value
            ),
        ),
        ops.AddField("Account", "deleted_at", fields.DatetimeField(null=True)),
    ]
