from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.preset import Preset
from models.tournament import Tournament


class Pool(Model):
    """Seeds of a tournament that count as equal: whoever races in the pool is given one of them.

    `name_key` is the case-folded name, unique within the tournament.
    """

    id = fields.IntField(primary_key=True)
    tournament: fields.ForeignKeyRelation[Tournament] = fields.ForeignKeyField(
        "herald.Tournament", related_name="pools", on_delete=fields.CASCADE
    )
    name = fields.CharField(max_length=80)
    name_key = fields.CharField(max_length=160)
    notes = fields.CharField(max_length=500, default="")
    preset: fields.ForeignKeyNullableRelation[Preset] = fields.ForeignKeyField(
        "herald.Preset", related_name="pools", null=True, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField()
    seeds: fields.ReverseRelation[Seed]

    tournament_id: int
    preset_id: int | None

    class Meta(Model.Meta):
        table = "pool"
        unique_together = (("tournament", "name_key"),)


class Seed(Model):
    """What is raced: a permalink, a hash or a track. `given` counts how often it was given to somebody.

    A retired one is given to nobody any more; what was raced on it still counts. Its par is the mean of its fastest
    counted times: `par_total_ms` divided by the number of these, `par_runs`.
    """

    id = fields.IntField(primary_key=True)
    pool: fields.ForeignKeyRelation[Pool] = fields.ForeignKeyField(
        "herald.Pool", related_name="seeds", on_delete=fields.CASCADE
    )
    permalink = fields.CharField(max_length=500)
    notes = fields.CharField(max_length=500, default="")
    given = fields.IntField(default=0)
    par_total_ms: fields.Field[int] = fields.BigIntField(default=0)
    par_runs = fields.IntField(default=0)
    retired_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    pool_id: int

    class Meta(Model.Meta):
        table = "seed"
        unique_together = (("pool", "permalink"),)
