from typing import Any

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from models.index import Where
from models.message import MessageStatus


class NoteField(ops.AlterField):
    """A field that is only described in another way. On SQLite, altering it would rebuild the table."""

    async def database_forward(self, *_: Any, **__: Any) -> None:
        pass

    async def database_backward(self, *_: Any, **__: Any) -> None:
        pass


class Migration(migrations.Migration):
    dependencies = [("herald", "0007_channels")]

    operations = [
        NoteField(
            model_name="Message",
            name="status",
            field=fields.CharEnumField(MessageStatus, max_length=8, default=MessageStatus.PENDING),
        ),
        ops.AddField(model_name="Message", name="told_by", field=fields.UUIDField(null=True)),
        ops.AddField(model_name="Message", name="about", field=fields.CharField(max_length=32, null=True)),
        ops.AddIndex("Message", Where("told_by IS NOT NULL", "told_by")),
        ops.AddIndex("Message", Where("about IS NOT NULL", "about")),
    ]
