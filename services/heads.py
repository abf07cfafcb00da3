"""Which rows may go out now: of each channel's or person's, only the first."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.functions import Min

from models import Message, MessageStatus, TargetKind

HEADS = 100
"""How many targets' first rows are read at a time."""


async def first_rows(
    worker: UUID, now: datetime, set_aside: Collection[int], *, dms: bool
) -> tuple[list[Message], datetime | None]:
    """The first pending row of each target, if it is to be sent now, and when the next one is due.

    While a target's first row waits for its retry, or for others of its kind, so do the rows behind it. Those
    `set_aside`, by their numbers, are not among them; people's are if `dms` may be sent.
    """
    pending = Message.filter(status=MessageStatus.PENDING, claim=worker)
    first = pending.annotate(first=Min("seq")).group_by("target_kind", "target_id").values("first")
    rows = Message.filter(seq__in=Subquery(first), seq__not_in=list(set_aside))
    if not dms:
        rows = rows.filter(target_kind=TargetKind.CHANNEL)
    # Of these, as many as there can be lanes may be busy already; the others are enough to fill what is free.
    ready = await rows.filter(Q(due_at__isnull=True) | Q(due_at__lte=now)).order_by("seq").limit(HEADS)
    waiting = await rows.filter(due_at__gt=now).order_by("due_at").first()
    return ready, waiting.due_at if waiting else None
