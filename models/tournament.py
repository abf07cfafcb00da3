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
    """A race tournament. `name_key` is the case-folded name, unique within the organization.

    The rest is for tournaments with pools of seeds. A racer has `runs_per_pool` runs in each pool, and may discard a
    run and take another `reattempts` times, None for any number. Races are started from `opens_at` to `closes_at`
    (UTC). With `results_hidden`, nobody but reviewers sees who did how well before the end. `min_account_days` is how
    old a Discord account has to be. With `review_required`, a run counts once it is approved, else as soon as it is
    handed in.
    """

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
    runs_per_pool = fields.IntField(default=1, db_default=1)
    reattempts = fields.IntField(null=True, default=0, db_default=0)
    opens_at = fields.DatetimeField(null=True)
    closes_at = fields.DatetimeField(null=True)
    results_hidden = fields.BooleanField(default=False, db_default=False)
    min_account_days = fields.IntField(default=0, db_default=0)
    vod_required = fields.BooleanField(default=True, db_default=True)
    review_required = fields.BooleanField(default=True, db_default=True)

    organization_id: int
    preset_id: int | None

    class Meta(Model.Meta):
        table = "tournament"
        unique_together = (("organization", "name_key"),)


class Entrant(Model):
    """A racer's place in a tournament.

    `points` are thousandths: the sum of what their `counted` best runs score. In a tournament without pools, `best_ms`
    is instead the time of their best run that counts, in milliseconds, and `best_at` when that was handed in.
    """

    id = fields.IntField(primary_key=True)
    tournament: fields.ForeignKeyRelation[Tournament] = fields.ForeignKeyField(
        "herald.Tournament", related_name="entrants", on_delete=fields.CASCADE
    )
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "herald.Account", related_name="entrants", on_delete=fields.CASCADE
    )
    joined_at = fields.DatetimeField()
    points = fields.IntField(default=0, db_default=0)
    counted = fields.IntField(default=0, db_default=0)
    best_ms: fields.Field[int | None] = fields.BigIntField(null=True)
    best_at = fields.DatetimeField(null=True)

    tournament_id: int
    account_id: int

    class Meta(Model.Meta):
        table = "entrant"
        unique_together = (("tournament", "account"),)
        indexes = (("tournament_id", "points", "id"), ("tournament_id", "best_ms", "best_at", "id"))
