"""What follows from events: an audit row for each, and messages to the people and channels concerned."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

from uuid_utils.compat import uuid7

import events as e
from events import Bus, EntityEvent, EventPriority
from events.base import FieldChange
from models import Account, GuildLink, Message, TargetKind, TournamentStatus
from services import edits
from services.audit import AuditService
from services.base import Core
from services.digests import DIGESTS
from services.guilds import ChannelUse
from services.notices import Kind

OPENED = FieldChange(field="status", old=TournamentStatus.DRAFT.value, new=TournamentStatus.OPEN.value)


class Listeners:
    """Writes message rows. Each runs in the relay's unit of work, so a row is written exactly once.

    A row that is there already stays as it is: an event may be replayed.
    """

    def __init__(self, core: Core, on_message: Callable[[], None], gather: timedelta) -> None:
        """`on_message` is called after a commit that brought new rows.

        An announcement of which many can come at once waits so long, to `gather` others of its kind.
        """
        self._core = core
        self._on_message = on_message
        self._gather = gather

    async def post(
        self, event: EntityEvent, kind: Kind, use: ChannelUse, *, but_in: Collection[int] = frozenset()
    ) -> None:
        """Queue a message to where `use` goes in each guild of the event's organization, `but_in` some channels."""
        links = await GuildLink.filter(organization_id=event.organization_id, unlinked_at__isnull=True).order_by("id")
        for link in links:
            if (channel_id := use.channel_in(link)) is not None and channel_id not in but_in:
                await self._add(event, kind, TargetKind.CHANNEL, channel_id)

    async def edit(self, event: EntityEvent, shown_at: edits.Shown) -> None:
        """Queue an edit of messages: one row for each channel, though it may find nothing stale there.

        So told again, the event adds none.
        """
        for channel_id, rows in shown_at.items():
            await self._add(event, Kind.EDITED, TargetKind.CHANNEL, channel_id, {"messages": edits.stale(rows)})

    async def post_once(self, event: EntityEvent, kind: Kind, use: ChannelUse) -> None:
        """Post where nothing of this kind was told of the same thing before; where it was, edit that message."""
        shown_at = await edits.shown(event, {kind})
        await self.post(event, kind, use, but_in=shown_at.keys() | await edits.handled(event))
        await self.edit(event, shown_at)

    async def tell(self, event: EntityEvent, kind: Kind, account_id: int) -> None:
        """Queue a DM to a person."""
        account = await Account.get_or_none(id=account_id)
        if account is not None and account.deleted_at is None:
            await self._add(event, kind, TargetKind.USER, account.discord_id)

    async def tournament_created(self, event: e.TournamentCreatedEvent) -> None:
        await self.post(event, Kind.TOURNAMENT_CREATED, ChannelUse.ANNOUNCEMENTS)

    async def tournament_updated(self, event: e.TournamentUpdatedEvent) -> None:
        if OPENED in event.changed_fields:
            await self.post(event, Kind.TOURNAMENT_OPENED, ChannelUse.ANNOUNCEMENTS)
        if any(change.field != "entrant" for change in event.changed_fields):
            await self.tournament_changed(event)

    async def tournament_changed(self, event: e.TournamentEvent) -> None:
        await self.edit(event, await edits.shown(event, edits.TOURNAMENT))

    async def tournament_started(self, event: e.TournamentStartedEvent) -> None:
        await self.post(event, Kind.TOURNAMENT_STARTED, ChannelUse.ANNOUNCEMENTS)
        await self.tournament_changed(event)

    async def tournament_ended(self, event: e.TournamentEndedEvent) -> None:
        await self.post(event, Kind.TOURNAMENT_ENDED, ChannelUse.RESULTS)
        await self.tournament_changed(event)

    async def run_submitted(self, event: e.RaceSubmittedEvent) -> None:
        await self.post(event, Kind.RUN_CARD, ChannelUse.REVIEW)

    async def run_approved(self, event: e.RaceApprovedEvent) -> None:
        await self.post(event, Kind.RUN_APPROVED, ChannelUse.RESULTS)
        await self.tell(event, Kind.YOUR_RUN_APPROVED, event.racer_id)

    async def run_rejected(self, event: e.RaceRejectedEvent) -> None:
        await self.tell(event, Kind.YOUR_RUN_REJECTED, event.racer_id)

    async def invited(self, event: e.InviteCreatedEvent) -> None:
        if event.invitee_id is not None:
            await self.tell(event, Kind.INVITED, event.invitee_id)

    async def match_scheduled(self, event: e.MatchScheduledEvent) -> None:
        await self.post_once(event, Kind.MATCH_SCHEDULED, ChannelUse.MATCHES)
        await self._tell_players(event, Kind.YOUR_MATCH_SCHEDULED)

    async def match_completed(self, event: e.MatchCompletedEvent) -> None:
        await self.post_once(event, Kind.MATCH_COMPLETED, ChannelUse.MATCHES)
        await self._tell_players(event, Kind.YOUR_MATCH_COMPLETED)

    async def _tell_players(self, event: e.MatchEvent, kind: Kind) -> None:
        for player_id in event.player_ids:
            # Who did it has had an answer.
            if player_id != event.user_id:
                await self.tell(event, kind, player_id)

    async def audit_channel(self, event: EntityEvent) -> None:
        if event.organization_id is not None:
            await self.post(event, Kind.AUDIT_LINE, ChannelUse.AUDIT)

    async def _add(
        self,
        event: EntityEvent,
        kind: Kind,
        target_kind: TargetKind,
        target_id: int,
        data: dict[str, Any] | None = None,
    ) -> None:
        now = self._core.clock()
        row = Message(
            id=uuid7(),
            organization_id=event.organization_id,
            event_id=event.event_id,
            kind=kind.value,
            data=data or {},
            about=edits.about(event) if kind in edits.EDITED else None,
            target_kind=target_kind,
            target_id=target_id,
            created_at=now,
            due_at=now + self._gather if self._gather and kind in DIGESTS else None,
            claim=self._core.claim,
        )
        unit = self._core.units.current()
        unit.before_commit(self._write, row)
        unit.after_commit(self._on_message)

    async def _write(self, rows: list[Message]) -> None:
        await self._core.units.line_up({f"{row.target_kind.value} {row.target_id}" for row in rows})
        await Message.bulk_create(rows, ignore_conflicts=True)


def register(bus: Bus, audit: AuditService, listeners: Listeners) -> None:
    """Subscribe every listener. The names stand in the durable log: a renamed one loses its deliveries."""
    bus.register_batch(EntityEvent, audit.record, EventPriority.HIGH, name="audit")
    bus.register(e.TournamentCreatedEvent, listeners.tournament_created, name="announce")
    bus.register(e.TournamentUpdatedEvent, listeners.tournament_updated, name="announce")
    bus.register(e.TournamentStartedEvent, listeners.tournament_started, name="announce")
    bus.register(e.TournamentEndedEvent, listeners.tournament_ended, name="announce")
    bus.register(e.TournamentDeletedEvent, listeners.tournament_changed, name="announce")
    bus.register(e.RaceSubmittedEvent, listeners.run_submitted, name="announce")
    bus.register(e.RaceApprovedEvent, listeners.run_approved, name="announce")
    bus.register(e.RaceRejectedEvent, listeners.run_rejected, name="announce")
    bus.register(e.MatchScheduledEvent, listeners.match_scheduled, name="announce")
    bus.register(e.MatchCompletedEvent, listeners.match_completed, name="announce")
    bus.register(e.InviteCreatedEvent, listeners.invited, name="announce")
    bus.register(EntityEvent, listeners.audit_channel, EventPriority.LOW, name="audit-channel")
