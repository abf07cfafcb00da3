"""The audit trail: one row per event, and the search over it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from events import EVENT_TYPES, EntityEvent, UndecodableEventError, catalogue, log
from models import Account, AuditEntry, Organization, Race
from models.audit import Told, copy_events
from services.actor import Actor
from services.base import Service, query
from services.errors import Invalid
from services.names import names_for
from services.paging import PAGE, page_of
from services.permissions import ALLOWED, Action, organization_of, require
from services.text import parse_instant, quoted
from services.visibility import hiding
from services.words import audit as words
from services.words.audit_lines import describe

VERDICTS = frozenset({"RaceApproved", "RaceRejected"})
"""The actions of which a line tells what became of a run."""

_ENTITY = re.compile(r"([a-z_]+(?: [a-z_]+)*) ?[:#]? ?(\d{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """What to look for; None means anything. `anchor` is the newest event that the search may show."""

    user: int | None = None
    action: str | None = None
    entity_type: str | None = None
    entity_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    anchor: int | None = None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line: the event's number, its instant (UTC), and plain words."""

    number: int
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    lines: list[AuditLine]
    filter: AuditFilter
    page: int
    pages: int
    total: int


class AuditService(Service):
    async def record(self, events: Sequence[EntityEvent]) -> None:
        """Write the events' rows, where there are none yet; the listener that every event reaches.

        An event that is replayed has its row.
        """
        await copy_events(
            Told(
                event.event_id,
                event.type,
                event.user_id,
                event.organization_id,
                event.entity_type,
                event.entity_id,
                event.timestamp,
            )
            for event in events
        )

    @query
    async def filter(
        self,
        actor: Actor,
        *,
        user: int | None = None,
        action: str = "",
        entity: str = "",
        since: str = "",
        until: str = "",
    ) -> AuditFilter:
        """What was typed, as a filter; dates are in the organization's time zone. Raises NotAllowed, Invalid."""
        await require(actor, Action.READ_AUDIT)
        organization = await Organization.get(id=organization_of(actor))
        if action and action not in catalogue():
            raise Invalid(words.not_an_action(quoted(action)))
        entity_type, entity_id = _parse_entity(entity)
        zone = organization.time_zone
        return AuditFilter(
            user=user,
            action=action or None,
            entity_type=entity_type,
            entity_id=entity_id,
            since=parse_instant(since, time_zone=zone, now=self.now()) if since else None,
            until=parse_instant(until, time_zone=zone, now=self.now(), end_of_day=True) if until else None,
        )

    @query
    async def search(self, actor: Actor, wanted: AuditFilter, page: int = 0) -> AuditPage:
        """A page of the organization's trail, the newest first. Raises NotAllowed."""
        roles = await require(actor, Action.READ_AUDIT)
        reviews = not ALLOWED[Action.REVIEW].isdisjoint(roles)
        found = AuditEntry.filter(organization_id=organization_of(actor))
        if not reviews and wanted.action in VERDICTS:
            found = _without_hidden(found, organization_of(actor))
        if wanted.user is not None:
            account = await Account.get_or_none(discord_id=wanted.user)
            found = found.filter(actor_id=account.id if account else 0)
        exact = {
            "action": wanted.action,
            "entity_type": wanted.entity_type,
            "entity_id": wanted.entity_id,
            "occurred_at__gte": wanted.since,
            "occurred_at__lt": wanted.until,
            "event_seq__lte": wanted.anchor,
        }
        found = found.filter(**{key: value for key, value in exact.items() if value is not None})
        total = await found.count()
        page, pages = page_of(page, total)
        entries = await found.order_by("-event_seq").offset(page * PAGE).limit(PAGE)
        if wanted.anchor is None and (newest := await found.order_by("-event_seq").first()):
            wanted = replace(wanted, anchor=newest.event_seq)
        return AuditPage(await _lines(entries, whole=reviews), wanted, page, pages, total)

    @query
    async def line(self, event: EntityEvent) -> str:
        """The words for one event."""
        return describe(event, await names_for([event]))

    @query
    async def everything(self, newest: int | None = None) -> list[AuditLine]:
        """The trail of every organization, or its `newest` lines; the oldest first.

        For the operator, never for a user.
        """
        rows = AuditEntry.all().order_by("-event_seq")
        return await _lines(list(reversed(await (rows if newest is None else rows.limit(newest)))), whole=True)


def _parse_entity(text: str) -> tuple[str | None, int | None]:
    if not text.strip():
        return None, None
    kinds = sorted({event_type.entity_type for event_type in EVENT_TYPES})
    # Blanks are made single first: a pattern that allows any number of them in a row takes cubic time.
    match = _ENTITY.fullmatch(" ".join(text.lower().split()))
    kind = match[1].replace(" ", "_") if match else ""
    if match is None or kind not in kinds:
        raise Invalid(words.not_a_kind(quoted(text), kinds))
    return kind, int(match[2]) if match[2] else None


def _without_hidden(found: QuerySet[AuditEntry], organization_id: int) -> QuerySet[AuditEntry]:
    """Of verdicts on runs, those that are no secret: which verdict was looked for would tell what it was.

    What is said of a run that is gone may be one.
    """
    secret = hiding().filter(organization_id=organization_id)
    told = Race.filter(tournament__organization_id=organization_id).exclude(
        tournament_id__in=Subquery(secret.values("id"))
    )
    return found.filter(entity_id__in=Subquery(told.values("id")))


async def _lines(entries: list[AuditEntry], *, whole: bool) -> list[AuditLine]:
    """The words of `entries`: the `whole` of it, or without hidden results."""
    personal = await log.personal_data([entry.event_id for entry in entries])
    events: dict[int, EntityEvent] = {}
    for entry in entries:
        try:
            events[entry.event_seq] = log.assemble(
                {**entry.data, **personal.get(entry.event_id, {})},
                type=entry.action,
                version=entry.version,
                event_id=entry.event_id,
                timestamp=entry.occurred_at,
                user_id=entry.actor_id,
                organization_id=entry.organization_id,
                entity_id=entry.entity_id,
            )
        except UndecodableEventError:
            continue
    names = await names_for(events.values())
    if whole:
        names = replace(names, hidden=frozenset())
    return [
        AuditLine(
            entry.event_seq,
            entry.occurred_at,
            describe(events[entry.event_seq], names) if entry.event_seq in events else words.unreadable(entry.action),
        )
        for entry in entries
    ]
