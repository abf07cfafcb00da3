"""What follows from events: an audit row for each, and messages to the people and channels concerned."""

from __future__ import annotations

from collections.abc import Callable

import events as e
from events import Bus, EntityEvent, EventPriority
from events.base import FieldChange
from models import Attempt, AttemptStage, NotificationSettings, ThreadState, Tournament, TournamentStatus, Way
from services import edits
from services.attempt_steps import is_over
from services.audit import AuditService
from services.deadlines import DEADLINE, WARNED
from services.guilds import ChannelUse
from services.notices import Kind
from services.telling import ANNOUNCE, Telling
from services.visibility import hides_results

OPENED = FieldChange(field="status", old=TournamentStatus.DRAFT.value, new=TournamentStatus.OPEN.value)

REVEALED = FieldChange(field="results_hidden", old=True, new=False)

UNSEEN = frozenset({"entrant", "board", "attempt"})
"""Fields whose change no announcement of a tournament shows."""

HANDING_IN = frozenset({"vod_required", "review_required"})
"""Fields that say what becomes of a race that is finished."""

Result = e.RaceEvent | e.TournamentUpdatedEvent
"""What tells of somebody's run."""


class Listeners:
    """Each runs in the relay's unit of work, and has the messages written there."""

    def __init__(self, telling: Telling, on_thread: Callable[[], None]) -> None:
        """`on_thread` is called after a commit by which a race's thread is to be archived."""
        self._on_thread = on_thread
        self.after_commit = telling.after_commit
        self.post = telling.post
        self.post_once = telling.post_once
        self.post_in = telling.post_in
        self.edit = telling.edit
        self.redraw = telling.redraw
        self.tell = telling.tell

    async def tournament_created(self, event: e.TournamentCreatedEvent) -> None:
        await self.post(event, Kind.TOURNAMENT_CREATED, ChannelUse.ANNOUNCEMENTS)

    async def tournament_updated(self, event: e.TournamentUpdatedEvent) -> None:
        if OPENED in event.changed_fields:
            await self.post(event, Kind.TOURNAMENT_OPENED, ChannelUse.ANNOUNCEMENTS)
        fields = {change.field for change in event.changed_fields}
        if event.attempt_id is not None:
            await self._race_changed(event, event.attempt_id)
        if event.racer_id is not None:
            # Somebody's run went on, or was corrected.
            corrected = "time_ms" in fields
            announced = corrected or any(one.field == "attempt" and one.new is None for one in event.changed_fields)
            await self._results_changed(event, event.race_id, edits.RESULT if announced else edits.RUN)
            if corrected:
                await self.tell(event, Kind.YOUR_TIME_CORRECTED, event.racer_id)
            return
        for change in event.changed_fields:
            if change.field == "board" and isinstance(change.new, int):
                self.post_in(event, Kind.BOARD, change.new, about=edits.about(event))
        if fields - UNSEEN:
            await self.tournament_changed(event)
            if fields & HANDING_IN:
                await self._redraw_finished(event)
        elif "entrant" in fields:
            await self.edit(event, await edits.shown(event, edits.BOARD), once=True)

    async def tournament_changed(self, event: e.TournamentEvent) -> None:
        found = await edits.shown(event, edits.TOURNAMENT | edits.BOARD)
        overdue = await edits.overdue(event) if await self._reveals(event) else {}
        undecided = await edits.undecided(event) if isinstance(event, e.TournamentEndedEvent) else {}
        await self.edit(event, edits.together(found, overdue, undecided))

    async def _reveals(self, event: e.TournamentEvent) -> bool:
        """Whether from this event on results can be read that were hidden."""
        if isinstance(event, e.TournamentUpdatedEvent):
            return REVEALED in event.changed_fields
        ended = isinstance(event, e.TournamentEndedEvent)
        return ended and await Tournament.exists(id=event.tournament_id, results_hidden=True)

    async def _redraw_finished(self, event: e.TournamentEvent) -> None:
        """Draw the cards of races anew that are finished and not handed in."""
        for attempt in await Attempt.filter(tournament_id=event.tournament_id, stage=AttemptStage.FINISHED):
            self.redraw(event, await edits.cards(attempt.id))

    async def _results_changed(self, event: Result, race_id: int | None, kinds: frozenset[Kind]) -> None:
        """Draw anew what was posted of a run, and the boards.

        Not hidden boards, where even that would show that a run was looked at.
        """
        found = await edits.shown(event, kinds, edits.about_run(race_id)) if race_id is not None else {}
        boards: edits.Shown = {}
        if not await self._hidden(event.tournament_id):
            boards = await edits.shown(event, edits.BOARD, edits.about_tournament(event.tournament_id))
        await self.edit(event, edits.together(found, boards), once=True)

    async def _hidden(self, tournament_id: int) -> bool:
        tournament = await Tournament.get_or_none(id=tournament_id)
        return tournament is not None and hides_results(tournament)

    async def tournament_started(self, event: e.TournamentStartedEvent) -> None:
        await self.post(event, Kind.TOURNAMENT_STARTED, ChannelUse.ANNOUNCEMENTS)
        await self.tournament_changed(event)
        await self._tell_racers(event, Kind.YOUR_TOURNAMENT_STARTED)

    async def tournament_ended(self, event: e.TournamentEndedEvent) -> None:
        await self.post(event, Kind.TOURNAMENT_ENDED, ChannelUse.RESULTS)
        await self.tournament_changed(event)
        # Those that were under way have had an event of their own.
        await self._redraw_finished(event)
        await self._tell_racers(event, Kind.YOUR_TOURNAMENT_ENDED)

    async def run_submitted(self, event: e.RaceSubmittedEvent) -> None:
        await self.post(event, Kind.RUN_CARD, ChannelUse.REVIEW)
        attempt = await Attempt.get_or_none(race_id=event.race_id)
        if attempt is not None:
            self.redraw(event, await edits.cards(attempt.id))
            await self._close_thread(attempt)
        await self._results_changed(event, event.race_id, edits.RUN)

    async def run_approved(self, event: e.RaceApprovedEvent) -> None:
        if not await self._hidden(event.tournament_id):
            await self.post(event, Kind.RUN_APPROVED, ChannelUse.RESULTS)
        await self.tell(event, Kind.YOUR_RUN_APPROVED, event.racer_id)
        await self._results_changed(event, event.race_id, edits.RUN)

    async def run_rejected(self, event: e.RaceRejectedEvent) -> None:
        await self.tell(event, Kind.YOUR_RUN_REJECTED, event.racer_id)
        await self._results_changed(event, event.race_id, edits.RESULT)

    async def invited(self, event: e.InviteCreatedEvent) -> None:
        if event.invitee_id is not None:
            await self.tell(event, Kind.INVITED, event.invitee_id)

    async def match_scheduled(self, event: e.MatchScheduledEvent) -> None:
        await self.post_once(event, Kind.MATCH_SCHEDULED, ChannelUse.MATCHES)
        await self._tell_players(event, Kind.YOUR_MATCH_SCHEDULED)

    async def match_completed(self, event: e.MatchCompletedEvent) -> None:
        await self.post_once(event, Kind.MATCH_COMPLETED, ChannelUse.MATCHES)
        await self._tell_players(event, Kind.YOUR_MATCH_COMPLETED)

    async def _race_changed(self, event: e.TournamentUpdatedEvent, attempt_id: int) -> None:
        attempt = await Attempt.get_or_none(id=attempt_id)
        if attempt is None:
            return
        if event.event_id == attempt.event_id:
            # Its card is made when its thread is open, and tells this.
            return
        goes_on = any(c.field == "attempt" and c.new == AttemptStage.RACING.value for c in event.changed_fields)
        counting_down = goes_on and attempt.starts_at is not None and event.timestamp < attempt.starts_at
        # Who presses Ready sees the countdown at once; the one edit is for its end.
        due_at = attempt.starts_at if counting_down else None
        self.redraw(event, await edits.cards(attempt_id), due_at=due_at)
        fields = {change.field: change.new for change in event.changed_fields}
        if WARNED in fields:
            await self._tell_racer(event, attempt, Kind.RACE_WARNING)
        elif DEADLINE in fields:
            await self._tell_racer(event, attempt, Kind.RACE_EXTENDED)
        elif fields.get("attempt") == AttemptStage.FORFEITED.value and event.user_id != event.racer_id:
            await self._tell_racer(event, attempt, Kind.RACE_FORFEITED)
        # Until it is told that the run was handed in, there is more to be said than this.
        if attempt.stage is not AttemptStage.SUBMITTED or attempt.thread_state is ThreadState.CLOSED:
            await self._close_thread(attempt)

    async def _close_thread(self, attempt: Attempt) -> None:
        """Have the thread of a race that is over archived, again too: what is said there takes it out of the archive.

        Only here, when what is to be said stands in its row, and is said first.
        """
        if is_over(attempt) and attempt.thread_state in (ThreadState.OPEN, ThreadState.CLOSED):
            attempt.thread_state = ThreadState.CLOSING
            await attempt.save(update_fields=["thread_state"])
            self.after_commit(self._on_thread)

    async def _tell_racer(self, event: e.TournamentUpdatedEvent, attempt: Attempt, kind: Kind) -> None:
        """In the thread of their race, where they are; by the way that they chose where it is gone."""
        if attempt.thread_id is not None and attempt.thread_state is not ThreadState.GONE:
            self.post_in(event, kind, attempt.thread_id, mentioned=(attempt.racer_id,))
        else:
            await self.tell(event, kind, attempt.racer_id)

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
