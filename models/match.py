from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from models.account import Account
from models.tournament import Tournament


class MatchStatus(StrEnum):
    SCHEDULED = "scheduled"
    COMPLETED = "completed"


class Match(Model):
    """Racers of a tournament who meet at an instant (UTC). Completed without a winner, it was a draw.

    `event_id` is that of the event which told of its present time.
    """

    id = fields.IntField(primary_key=True)
    tournament: fields.ForeignKeyRelation[Tournament] = fields.ForeignKeyField(
        "herald.Tournament", related_name="matches", on_delete=fields.CASCADE
    )
    scheduled_at = fields.DatetimeField()
    event_id = fields.UUIDField(db_index=True)
    status = fields.CharEnumField(MatchStatus, max_length=16, default=MatchStatus.SCHEDULED)
    winner: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "herald.Account", related_name="won_matches", null=True, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField()
    completed_at = fields.DatetimeField(null=True)
    players: fields.ReverseRelation[MatchPlayer]

    tournament_id: int
    winner_id: int | None

    class Meta(Model.Meta):
        table = "match"
        indexes = (("tournament_id", "status", "scheduled_at"), ("status", "scheduled_at"))


class MatchPlayer(Model):
    """A racer's place in a match."""

    id = fields.IntField(primary_key=True)
    match: fields.ForeignKeyRelation[Match] = fields.ForeignKeyField(
        "herald.Match", related_name="players", on_delete=fields.CASCADE
    )
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "herald.Account", related_name="match_players", on_delete=fields.CASCADE
    )

    match_id: int
    account_id: int

    class Meta(Model.Meta):
        table = "match_player"
        unique_together = (("match", "account"),)
        indexes = (("account_id",),)
