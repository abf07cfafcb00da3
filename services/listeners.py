"""What follows from events: an audit row for each, and messages to the people and channels concerned."""

from __future__ import annotations

import events as e
from events import Bus, EntityEvent, EventPriority
from events.base import FieldChange
from models import NotificationSettings, TournamentStatus, Way
from services import edits
from services.audit import AuditService
from services.guilds import ChannelUse
from services.notices import Kind
from services.telling import ANNOUNCE, Telling

OPENED = FieldChange(field="status", old=TournamentStatus.DRAFT.value, new=TournamentStatus.OPEN.value)


class Listeners:
    """Each runs in the relay's unit of work, and has the messages written there."""

    def __init__(self, telling: Telling) -> None:
        self.post = telling.post
        self.post_once = telling.post_once
        self.edit = telling.edit
        self.tell = telling.tell

    async def tournament_created(self, event: e.TournamentCreatedEvent) -> None:
        await self.post(event, Kind.TOURNAMENT_CREATED, ChannelUse.ANNOUNCEMENTS)

    async def tournament_updated(self, event: e.TournamentUpdatedEvent) -> None:
        if OPENED in event.changed_fields:
            await self.post(event, Kind.TOURNAMENT_OPENED, ChannelUse.ANNOUNCEMENTS)
        fields = {change.field for change in event.changed_fields}
        # What somebody does in a tournament is not about the tournament.
        if event.racer_id is None and fields != {"entrant"}:
            await self.tournament_changed(event)
        if event.race_id is not None:
            kinds = edits.RESULT if "time_ms" in fields else edits.RUN
            await self.edit(event, await edits.shown(event, kinds, edits.about_run(event.race_id)))
        if event.racer_id is not None and "time_ms" in fields:
            await self.tell(event, Kind.YOUR_TIME_CORRECTED, event.racer_id)

    async def tournament_changed(self, event: e.TournamentEvent) -> None:
        await self.edit(event, await edits.shown(event, edits.TOURNAMENT))

    async def tournament_started(self, event: e.TournamentStartedEvent) -> None:
        await self.post(event, Kind.TOURNAMENT_STARTED, ChannelUse.ANNOUNCEMENTS)
        await self.tournament_changed(event)
        await self._tell_racers(event, Kind.YOUR_TOURNAMENT_STARTED)

    async def tournament_ended(self, event: e.TournamentEndedEvent) -> None:
        await self.post(event, Kind.TOURNAMENT_ENDED, ChannelUse.RESULTS)
        await self.tournament_changed(event)
        await self._tell_racers(event, Kind.YOUR_TOURNAMENT_ENDED)

    async def run_submitted(self, event: e.RaceSubmittedEvent) -> None:
        await self.post(event, Kind.RUN_CARD, ChannelUse.REVIEW)

    async def run_approved(self, event: e.RaceApprovedEvent) -> None:
        await self.post(event, Kind.RUN_APPROVED, ChannelUse.RESULTS)
        await self.edit(event, await edits.shown(event, edits.RUN))
        await self.tell(event, Kind.YOUR_RUN_APPROVED, event.racer_id)

    async def run_rejected(self, event: e.RaceRejectedEvent) -> None:
        await self.edit(event, await edits.shown(event, edits.RESULT))
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
        # Who did it has had an answer.
        await self.tell(event, kind, *(player_id for player_id in event.player_ids if player_id != event.user_id))

    async def _tell_racers(self, event: e.TournamentEvent, kind: Kind) -> None:
        # Nobody hears of it twice unless they chose to, so there is no need to look at every racer.
        chosen = NotificationSettings.filter(
            organization_id=event.organization_id, account__entrants__tournament_id=event.tournament_id
        )
        found = await chosen.exclude(tournaments=Way.NOTHING).only("account_id")
        await self.tell(event, kind, *(one.account_id for one in found))

    async def audit_channel(self, event: EntityEvent) -> None:
        if event.organization_id is not None:
            await self.post(event, Kind.AUDIT_LINE, ChannelUse.AUDIT)


def register(bus: Bus, audit: AuditService, listeners: Listeners) -> None:
    """Subscribe every listener. The names stand in the durable log: a renamed one loses its deliveries."""
    bus.register_batch(EntityEvent, audit.record, EventPriority.HIGH, name="audit")
    bus.register(e.TournamentCreatedEvent, listeners.tournament_created, name=ANNOUNCE)
    bus.register(e.TournamentUpdatedEvent, listeners.tournament_updated, name=ANNOUNCE)
    bus.register(e.TournamentStartedEvent, listeners.tournament_started, name=ANNOUNCE)
    bus.register(e.TournamentEndedEvent, listeners.tournament_ended, name=ANNOUNCE)
    bus.register(e.TournamentDeletedEvent, listeners.tournament_changed, name=ANNOUNCE)
    bus.register(e.RaceSubmittedEvent, listeners.run_submitted, name=ANNOUNCE)
    bus.register(e.RaceApprovedEvent, listeners.run_approved, name=ANNOUNCE)
    bus.register(e.RaceRejectedEvent, listeners.run_rejected, name=ANNOUNCE)
    bus.register(e.MatchScheduledEvent, listeners.match_scheduled, name=ANNOUNCE)
    bus.register(e.MatchCompletedEvent, listeners.match_completed, name=ANNOUNCE)
    bus.register(e.InviteCreatedEvent, listeners.invited, name=ANNOUNCE)
    bus.register(EntityEvent, listeners.audit_channel, EventPriority.LOW, name="audit-channel")
