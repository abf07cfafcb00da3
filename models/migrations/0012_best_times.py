from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

FILL = """
UPDATE entrant SET (best_ms, best_at) = (
    SELECT race.time_ms, race.submitted_at FROM race
    WHERE race.racer_id = entrant.account_id AND race.tournament_id = entrant.tournament_id
        AND race.seed_id IS NULL AND race.status = 'approved'
    ORDER BY race.time_ms, race.submitted_at, race.id LIMIT 1
)"""


class Migration(migrations.Migration):
    dependencies = [("herald", "0011_async_races")]

    operations = [
        ops.AddField(model_name="Entrant", name="best_ms", field=fields.BigIntField(null=True)),
        ops.AddField(
            model_name="Entrant",
            name="best_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(model_name="Entrant", index=Index(fields=["tournament_id", "best_ms", "best_at", "id"])),
        ops.RunSQL(FILL, ops.RunSQL.noop),
    ]
