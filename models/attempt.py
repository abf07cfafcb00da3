from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from models.account import Account
from models.index import Where
from models.pool import Pool, Seed
from models.race import Race
from models.tournament import Tournament


class AttemptStage(StrEnum):
    """SEEDED: the seed is given, and the racer is to say that they are ready. SUBMITTED: its run is handed in."""

    SEEDED = "seeded"
    RACING = "racing"
    FINISHED = "finished"
    SUBMITTED = "submitted"
    FORFEITED = "forfeited"


class ThreadState(StrEnum):
    """WANTED: to be opened. CLOSING: to be archived."""

    WANTED = "wanted"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    GONE = "gone"


class Attempt(Model):
    """A racer's try at a seed, from the moment that it is given to the end.

    All instants are UTC. `starts_at` is when the clock starts, `finished_at` when it stopped, and `ended_at` when the
    attempt was finished or forfeited. At `deadline_at` it is forfeited, unless it has come further by then; before, at
    `warn_at`, its racer is warned. `due_at` is when it has to be looked at next. A forfeit can be undone into
    `stage_before` until `undo_until`. A discarded attempt, for which the racer took another, counts no more.
    `thread_asked_at` is when its thread was first asked for: Discord may have it since then. `event_id` is that of the
    event which told that the seed was given.
    """

    id = fields.IntField(primary_key=True)
    tournament: fields.ForeignKeyRelation[Tournament] = fields.ForeignKeyField(
        "herald.Tournament", related_name="attempts", on_delete=fields.CASCADE
    )
    pool: fields.ForeignKeyRelation[Pool] = fields.ForeignKeyField(
        "herald.Pool", related_name="attempts", on_delete=fields.CASCADE
    )
    seed: fields.ForeignKeyRelation[Seed] = fields.ForeignKeyField(
        "herald.Seed", related_name="attempts", on_delete=fields.CASCADE
    )
    racer: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "herald.Account", related_name="attempts", on_delete=fields.CASCADE
    )
    race: fields.OneToOneNullableRelation[Race] = fields.OneToOneField(
        "herald.Race", related_name="attempt", null=True, on_delete=fields.CASCADE
    )
    stage = fields.CharEnumField(AttemptStage, max_length=16, default=AttemptStage.SEEDED)
    stage_before: AttemptStage | None = fields.CharEnumField(AttemptStage, max_length=16, null=True)  # pyright: ignore[reportAssignmentType] - Tortoise's types know no enumeration that may be missing
    event_id = fields.UUIDField()
    guild_id: fields.Field[int] = fields.BigIntField()
    parent_channel_id: fields.Field[int] = fields.BigIntField()
    thread_id: fields.Field[int | None] = fields.BigIntField(null=True)
    thread_state = fields.CharEnumField(ThreadState, max_length=16, default=ThreadState.WANTED)
    thread_asked_at = fields.DatetimeField(null=True)
    given_at = fields.DatetimeField()
    starts_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    deadline_at = fields.DatetimeField(null=True)
    warn_at = fields.DatetimeField(null=True)
    due_at = fields.DatetimeField(null=True)
    undo_until = fields.DatetimeField(null=True)
    discarded_at = fields.DatetimeField(null=True)

    tournament_id: int
    pool_id: int
    seed_id: int
    racer_id: int
    race_id: int | None

    @property
    def waits_for_its_thread(self) -> bool:
        """Whether its thread was never open yet, and will be: until then, the seed is not shown to anybody."""
        return self.thread_id is None and self.thread_state is ThreadState.WANTED

    class Meta(Model.Meta):
        table = "attempt"
        indexes = (
            ("racer_id", "tournament_id"),
            ("tournament_id", "stage"),
            ("seed_id",),
            Where("due_at IS NOT NULL", "due_at"),
            Where("thread_state IN ('wanted', 'closing')", "id"),
        )
