from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from models.account import Account
from models.index import Where
from models.pool import Seed
from models.tournament import Tournament


class RaceStatus(StrEnum):
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    DISQUALIFIED = "disqualified"


class Race(Model):
    """One run that a racer handed in. `time_ms` is its length in milliseconds.

    So are the other times: `in_game_ms` is what the game's own clock said, `first_time_ms` the length that was handed
    in, where it was corrected. `seed` is what it was raced on, None in a tournament without pools. `score` is in
    thousandths of a point, and None while the run does not count. `claimed_by` is the reviewer who looks at it,
    `doubted_by` the one who asked that somebody else decide.
    """

    id = fields.IntField(primary_key=True)
    tournament: fields.ForeignKeyRelation[Tournament] = fields.ForeignKeyField(
        "herald.Tournament", related_name="races", on_delete=fields.CASCADE
    )
    racer: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "herald.Account", related_name="races", on_delete=fields.CASCADE
    )
    time_ms: fields.Field[int] = fields.BigIntField()
    vod_url = fields.CharField(max_length=500)
    notes = fields.CharField(max_length=1000, default="")
    # The description is the first migration's: with another one, SQLite would have to rebuild the table.
    status = fields.CharEnumField(
        RaceStatus,
        max_length=16,
        default=RaceStatus.SUBMITTED,
        description="SUBMITTED: submitted\nAPPROVED: approved\nREJECTED: rejected",
    )
    submitted_at = fields.DatetimeField()
    reviewer: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "herald.Account", related_name="reviewed_races", null=True, on_delete=fields.SET_NULL
    )
    reviewed_at = fields.DatetimeField(null=True)
    rejection_reason = fields.CharField(max_length=500, null=True)
    seed: fields.ForeignKeyNullableRelation[Seed] = fields.ForeignKeyField(
        "herald.Seed", related_name="races", null=True, on_delete=fields.CASCADE
    )
    in_game_ms: fields.Field[int | None] = fields.BigIntField(null=True)
    first_time_ms: fields.Field[int | None] = fields.BigIntField(null=True)
    score = fields.IntField(null=True)
    claimed_by: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "herald.Account", related_name="claimed_races", null=True, on_delete=fields.SET_NULL
    )
    claimed_at = fields.DatetimeField(null=True)
    doubted_by: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "herald.Account", related_name="doubted_races", null=True, on_delete=fields.SET_NULL
    )

    tournament_id: int
    racer_id: int
    reviewer_id: int | None
    seed_id: int | None
    claimed_by_id: int | None
    doubted_by_id: int | None

    class Meta(Model.Meta):
        table = "race"
        indexes = (
            ("tournament_id", "status"),
            ("racer_id", "tournament_id"),
            Where("score IS NOT NULL", "seed_id", "time_ms"),
        )
