from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from models.account import Account
from models.tournament import Tournament


class RaceStatus(StrEnum):
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"


class Race(Model):
    """One run that a racer handed in. `time_ms` is its length in milliseconds."""

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
    status = fields.CharEnumField(RaceStatus, max_length=16, default=RaceStatus.SUBMITTED)
    submitted_at = fields.DatetimeField()
    reviewer: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "herald.Account", related_name="reviewed_races", null=True, on_delete=fields.SET_NULL
    )
    reviewed_at = fields.DatetimeField(null=True)
    rejection_reason = fields.CharField(max_length=500, null=True)

    tournament_id: int
    racer_id: int
    reviewer_id: int | None

    class Meta(Model.Meta):
        table = "race"
        indexes = (("tournament_id", "status"), ("racer_id", "tournament_id"))
