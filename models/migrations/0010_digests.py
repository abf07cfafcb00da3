from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from models.index import Where


class Migration(migrations.Migration):
    dependencies = [("herald", "0009_presets")]

    operations = [
        ops.AddField(model_name="Message", name="told_by", field=fields.UUIDField(null=True)),
        ops.AddField(model_name="Message", name="about", field=fields.CharField(max_length=32, null=True)),
        ops.AddIndex("Message", Where("told_by IS NOT NULL", "told_by")),
        ops.AddIndex("Message", Where("about IS NOT NULL", "about")),
    ]
