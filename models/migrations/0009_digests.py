from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from models.index import Where


class Migration(migrations.Migration):
    dependencies = [("herald", "0007_channels")]

    operations = [
        ops.AddField(model_name="Message", name="told_by", field=fields.UUIDField(null=True)),
        ops.AddIndex("Message", Where("told_by IS NOT NULL", "told_by")),
    ]
