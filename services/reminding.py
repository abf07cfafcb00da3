"""Reminders of matches, written once each when their time comes, also when Herald was away then."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby

from events import log
from models import Delivery, DeliveryStatus, MatchStatus, Reminder, StoredEvent
from services.base import Core, Service, change, query
from services.notices import Kind
from services.telling import ANNOUNCE, Telling

SWEEP = 100

AGAIN = timedelta(seconds=5)
"""When it is looked again whether an event has been told."""


class ReminderService(Service):
    def __init__(self, core: Core, telling: Telling) -> None:
        super().__init__(core)
        self._telling = telling

    async def sweep(self) -> datetime | None:
        """Remind everybody whose time has come; returns when the next one's will have (UTC)."""
        while await self._remind_due() == SWEEP:
            pass
        return await self._next()

    @change
    async def _remind_due(self) -> int:
        """Write the next reminders that are due, the latest of each person alone; returns how many were."""
        now = self.now()
        due = await Reminder.filter(due_at__lte=now).order_by("due_at", "id").limit(SWEEP).prefetch_related("match")
        latest = {(one.match_id, one.account_id): one for one in due}
        rows = sorted(latest.values(), key=lambda one: (one.match_id, one.lead, one.due_at, one.account_id))
        for (_, lead, _), group in groupby(rows, key=lambda one: (one.match_id, one.lead, one.due_at)):
            theirs = list(group)
            match = theirs[0].match
            event = await StoredEvent.get_or_none(event_id=match.event_id)
            # After a long time away, the match may have begun.
            if event is None or match.status is not MatchStatus.SCHEDULED or match.scheduled_at <= now:
                continue
            if await Delivery.filter(event_id=event.seq, handler=ANNOUNCE, status=DeliveryStatus.PENDING).exists():
                # They have not been told yet that there is a match.
                await Reminder.filter(id__in=[one.id for one in theirs]).update(due_at=now + AGAIN)
                continue
            accounts = [one.account_id for one in theirs]
            mark = f":{lead}.{accounts[0]}"
            await self._telling.tell(
                log.decode(event, {}), Kind.MATCH_REMINDER, *accounts, mark=mark, until=match.scheduled_at
            )
        await Reminder.filter(id__in=[one.id for one in due], due_at__lte=now).delete()
        return len(due)

    @query
    async def _next(self) -> datetime | None:
        first = await Reminder.all().order_by("due_at").first()
        return first.due_at if first else None
