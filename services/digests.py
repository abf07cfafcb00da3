"""Coalescing: announcements of a kind that come within seconds of one another become one message, the digest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import takewhile
from typing import Any

from uuid_utils.compat import uuid7

from events.claims import TakenOver
from models import Message, MessageStatus
from services.notices import Kind

DIGESTS: Mapping[str, Kind] = {
    Kind.RUN_APPROVED: Kind.RUNS_APPROVED,
    Kind.MATCH_SCHEDULED: Kind.MATCHES_SCHEDULED,
    Kind.MATCH_COMPLETED: Kind.MATCHES_COMPLETED,
}
"""The kinds of which many can come at once, each with that of the digest which speaks for several."""

MOST = 50
"""How many rows a digest speaks for. What there is beyond has a digest of its own."""


async def gather(row: Message, now: datetime) -> None:
    """Let `row`, the first that waits at its target, become a digest, if it may speak for those right behind it too.

    The digest takes the row's number, and so its place in the channel; what the row was is written anew, told by the
    digest like the others. That keeps the promise of one row for each announcement, so that a replay adds none.
    Does nothing to a row that was tried before, as Discord may have it already. Runs in the caller's unit of work,
    whose end makes it all so, or nothing. Raises TakenOver.
    """
    kind = DIGESTS.get(row.kind)
    if kind is None or row.first_attempt_at is not None:
        return
    mine = Message.filter(status=MessageStatus.PENDING, claim=row.claim)
    target = mine.filter(target_kind=row.target_kind, target_id=row.target_id)
    behind = await target.filter(seq__gt=row.seq).order_by("seq").limit(MOST - 1)
    same = list(takewhile(lambda one: one.kind == row.kind and one.first_attempt_at is None, behind))
    if not same:
        return
    digest_id, rows = uuid7(), len(same) + 1
    told: dict[str, Any] = {"status": MessageStatus.SPOKEN, "told_by": digest_id, "due_at": None, "settled_at": now}
    place = mine.filter(seq=row.seq, first_attempt_at__isnull=True)
    found = await place.update(
        id=digest_id, kind=kind.value, data={"rows": rows}, about=None, created_at=now, due_at=None
    )
    if found + await mine.filter(seq__in=[one.seq for one in same]).update(**told) != rows:
        raise TakenOver(f"message {row.seq}")
    await Message.create(
        id=row.id,
        organization_id=row.organization_id,
        event_id=row.event_id,
        kind=row.kind,
        data=row.data,
        about=row.about,
        target_kind=row.target_kind,
        target_id=row.target_id,
        created_at=row.created_at,
        claim=row.claim,
        **told,
    )
    row.id, row.kind, row.data, row.about = digest_id, kind.value, {"rows": rows}, None
    row.created_at, row.due_at = now, None
