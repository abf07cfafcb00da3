from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.match import MatchStatus


class Migration(migrations.Migration):
    dependencies = [("herald", "0005_accounts")]

    operations = [
        ops.CreateModel(
            name="Match",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "tournament",
                    fields.ForeignKeyField(
                        "herald.Tournament",
                        source_field="tournament_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="matches",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("scheduled_at", fields.DatetimeField()),
                ("event_id", fields.UUIDField(db_index=True)),
                ("status", fields.CharEnumField(MatchStatus, max_length=16, default=MatchStatus.SCHEDULED)),
                (
                    "winner",
                    fields.ForeignKeyField(
                        "herald.Account",
                        source_field="winner_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="won_matches",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("created_at", fields.DatetimeField()),
                ("completed_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "match",
                "app": "herald",
                "indexes": [
                    Index(fields=["tournament_id", "status", "scheduled_at"]),
                    Index(fields=["status", "scheduled_at"]),
                ],
                "pk_attr": "id",
                "table_description": "Racers of a tournament who meet at an instant (UTC). Completed without a winner, it was a draw.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MatchPlayer",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "match",
                    fields.ForeignKeyField(
                        "herald.Match",
                        source_field="match_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="players",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "account",
                    fields.ForeignKeyField(
                        "herald.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="match_players",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
            ],
            options={
                "table": "match_player",
                "app": "herald",
                "unique_together": (("match", "account"),),
                "indexes": [Index(fields=["account_id"])],
                "pk_attr": "id",
                "table_description": "A racer's place in a match.",
            },
            bases=["Model"],
        ),
    ]
