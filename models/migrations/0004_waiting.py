from tortoise import migrations
from tortoise.migrations import operations as ops

from models.index import Where


class Migration(migrations.Migration):
    dependencies = [("herald", "0003_indexes")]

    operations = [
        ops.AddIndex("Delivery", Where("due_at IS NOT NULL", "due_at")),
        ops.AddIndex("Delivery", Where("claim IS NULL", "claim")),
    ]
