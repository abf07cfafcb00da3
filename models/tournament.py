from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from models.account import Account
from models.organization import Organization
from models.preset import Preset


class TournamentStatus(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    RUNNING = "running"
    ENDED = "ended"


class TournamentType(StrEnum):
    SPEEDRUN = "speedrun"
    RANDOMIZER = "randomizer"
    SIM_RACING = "sim racing"
    OTHER = "other"


class Tournament(Model):
    """A race tournament. `name_key` is the case-folded name, unique within the organization."""

    id = fields.IntField(primary_key=True)
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "herald.Organization", related_name="tournaments", on_delete=fields.CASCADE
    )
    name = fields.CharField(max_length=80)
    name_key = fields.CharField(max_length=160)
    type = fields.CharEnumField(TournamentType, max_length=16)
    description = fields.CharField(max_length=1000, default="")
    seed = fields.CharField(max_length=500, default="")
    status = fields.CharEnumField(TournamentStatus, max_length=16, default=TournamentStatus.DRAFT)
    preset: fields.ForeignKeyNullableRelation[Preset] = fields.ForeignKeyField(
        "herald.Preset", related_name="tournaments", null=True, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField()
    started_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    organization_id: int
    preset_id: int | None

    class Meta(Model.Meta):
        table = "tournament"
        unique_together = (("organization", "name_key"),)


class Entrant(Model):
    """A racer's place in a tournament."""

    id = fields.IntField(primary_key=True)
    tournament: fields.ForeignKeyRelation[Tournament] = fields.ForeignKeyField(
        "herald.Tournament", related_name="entrants", on_delete=fields.CASCADE
    )
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "herald.Account", related_name="entrants", on_delete=fields.CASCADE
    )
    joined_at = fields.DatetimeField()

    tournament_id: int
    account_id: int

    class Meta(Model.Meta):
        table = "entrant"
        unique_together = (("tournament", "account"),)
