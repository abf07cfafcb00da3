from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("herald", "0001_initial")]

    operations = [
        ops.AddField(model_name="Delivery", name="claim", field=fields.UUIDField(null=True)),
        ops.AddField(model_name="Message", name="claim", field=fields.UUIDField(null=True)),
    ]
