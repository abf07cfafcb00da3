"""Bringing what concerns somebody to them, in the way that they chose; and to a channel, what is for all."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from events import EntityEvent
from models import Account, GuildLink, Message, MessageStatus, Organization, TargetKind, Topic, Way
from services import edits
from services.base import Core
from services.digests import DIGESTS
from services.guilds import ChannelUse
from services.notices import Kind
from services.notification_text import end_of_quiet
from services.notifications import Preferences, preferences

ANNOUNCE = "announce"
"""The durable handler by which people and channels are told of events."""

MOST_MENTIONED = 80
"""People whom one message may mention, so that all of them fit into its text; more than these get a DM."""


@dataclass(frozen=True, slots=True)
class _Telling:
    """How a kind of message reaches somebody: by which setting, and where a mention goes, in which words."""

    topic: Topic
    use: ChannelUse
    aloud: Kind


_TOLD: dict[Kind, _Telling] = {
    Kind.INVITED: _Telling(Topic.INVITES, ChannelUse.ANNOUNCEMENTS, Kind.INVITED),
    Kind.YOUR_RUN_APPROVED: _Telling(Topic.RUNS, ChannelUse.RESULTS, Kind.YOUR_RUN_APPROVED),
    # Why it was rejected is between the racer and their reviewer.
    Kind.YOUR_RUN_REJECTED: _Telling(Topic.RUNS, ChannelUse.RESULTS, Kind.YOUR_RUN_REVIEWED),
    # How fast they were is theirs to tell.
    Kind.YOUR_TIME_CORRECTED: _Telling(Topic.RUNS, ChannelUse.RESULTS, Kind.YOUR_RUN_REVIEWED),
    Kind.YOUR_MATCH_SCHEDULED: _Telling(Topic.MATCHES, ChannelUse.MATCHES, Kind.YOUR_MATCH_SCHEDULED),
    Kind.YOUR_MATCH_COMPLETED: _Telling(Topic.MATCHES, ChannelUse.MATCHES, Kind.YOUR_MATCH_COMPLETED),
    Kind.MATCH_REMINDER: _Telling(Topic.MATCHES, ChannelUse.MATCHES, Kind.MATCH_REMINDER),
    Kind.YOUR_TOURNAMENT_STARTED: _Telling(Topic.TOURNAMENTS, ChannelUse.ANNOUNCEMENTS, Kind.YOUR_TOURNAMENT_STARTED),
    Kind.RACE_WARNING: _Telling(Topic.RUNS, ChannelUse.RESULTS, Kind.RACE_WARNING),
    Kind.RACE_FORFEITED: _Telling(Topic.RUNS, ChannelUse.RESULTS, Kind.RACE_FORFEITED),
    Kind.RACE_EXTENDED: _Telling(Topic.RUNS, ChannelUse.RESULTS, Kind.RACE_EXTENDED),
    Kind.RACE_NOT_OPENED: _Telling(Topic.RUNS, ChannelUse.RESULTS, Kind.RACE_NOT_OPENED),
    Kind.RACE_GONE: _Telling(Topic.RUNS, ChannelUse.RESULTS, Kind.RACE_GONE),
    Kind.YOUR_TOURNAMENT_ENDED: _Telling(Topic.TOURNAMENTS, ChannelUse.RESULTS, Kind.YOUR_TOURNAMENT_ENDED),
}


class Telling:
    """Writes message rows. Inside a unit of work, so that a row is written exactly once.

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
        due_at = self._core.clock() + self._gather if self._gather and kind in DIGESTS else None
        about = edits.about(event) if kind in edits.EDITED else None
        for channel_id in await self._channels(event.organization_id, use):
            if channel_id not in but_in:
                self._add(event, kind.value, TargetKind.CHANNEL, channel_id, due_at=due_at, about=about)

    def post_in(
        self,
        event: EntityEvent,
        kind: Kind,
        channel_id: int,
        *,
        about: str | None = None,
        mentioned: Collection[int] = (),
    ) -> None:
        """Queue a message to one channel or thread, which follows what it is `about`, and mentions some accounts."""
        data = {"mentions": list(mentioned)} if mentioned else {}
        self._add(event, kind.value, TargetKind.CHANNEL, channel_id, data=data, about=about)

    def redraw(self, event: EntityEvent, rows: Collection[Message], *, due_at: datetime | None = None) -> None:
        """Queue an edit of messages of one channel, for an instant (UTC) to come."""
        for row in rows:
            data = {"messages": [str(row.id)]}
            self._add(event, Kind.EDITED.value, row.target_kind, row.target_id, data=data, due_at=due_at)

    async def edit(self, event: EntityEvent, shown_at: edits.Shown, *, once: bool = False) -> None:
        """Queue an edit of messages: one row for each channel, though it may find nothing stale there.

        So told again, the event adds none. With `once`, an edit of these messages that waits there speaks for it.
        """
        for channel_id, rows in shown_at.items():
            data = {"messages": edits.stale(rows)}
            row = self._row(
                event.event_id, event.organization_id, Kind.EDITED.value, TargetKind.CHANNEL, channel_id, data
            )
            waiting = await edits.awaited(channel_id, data["messages"]) if once else None
            if waiting is not None:
                row.status, row.told_by, row.settled_at = MessageStatus.SPOKEN, waiting.id, row.created_at
            self._write_later(row)

    def close_thread(self, event: EntityEvent, thread_id: int) -> None:
        """Have a thread archived once all is said there that was queued before."""
        self._add(event, Kind.THREAD_CLOSED.value, TargetKind.CHANNEL, thread_id)

    def after_commit(self, hook: Callable[[], None]) -> None:
        """Call `hook` once what the open unit writes is committed."""
        self._core.units.current().after_commit(hook)

    async def post_once(self, event: EntityEvent, kind: Kind, use: ChannelUse) -> None:
        """Post where nothing of this kind was told of the same thing before; where it was, edit that message."""
        shown_at = await edits.shown(event, {kind})
        await self.post(event, kind, use, but_in=shown_at.keys() | await edits.handled(event))
        await self.edit(event, shown_at)

    async def tell(
        self, event: EntityEvent, kind: Kind, *account_ids: int, mark: str = "", until: datetime | None = None
    ) -> None:
        """Queue a message to people, each in the way that they chose.

        `mark` tells messages of a kind apart that one event has for the same person or channel. After `until` (UTC),
        there would be no use in it: whose quiet hours last longer gets none.
        """
        how = _TOLD[kind]
        wanted = await preferences(event.organization_id, account_ids)
        mentioned: list[int] = []
        aloud = any(one.ways[how.topic] is Way.MENTION for one in wanted.values())
        channel_id = await self._first_channel(event.organization_id, how.use) if aloud else None
        for account in await Account.filter(id__in=account_ids, deleted_at__isnull=True).order_by("id"):
            way = wanted[account.id].ways[how.topic]
            if way is Way.MENTION and channel_id is not None and len(mentioned) < MOST_MENTIONED:
                mentioned.append(account.id)
            elif way is not Way.NOTHING:
                due_at = await self._after_quiet(event.organization_id, account, wanted[account.id])
                if due_at is None or until is None or due_at < until:
                    self._add(event, kind.value + mark, TargetKind.USER, account.discord_id, due_at=due_at)
        if mentioned and channel_id is not None:
            self._add(event, how.aloud.value + mark, TargetKind.CHANNEL, channel_id, data={"mentions": mentioned})

    async def dms_closed(self, row: Message, newly: bool) -> None:
        """Say in a channel what `row` could not tell a person who takes no DMs; `newly` if that was just found out.

        An invitation is posted there. Of anything else they are told once, as long as that is remembered, that there
        is something; what it is about stays private.
        """
        invited = row.kind == Kind.INVITED.value
        channel_id = await self._first_channel(row.organization_id, ChannelUse.ANNOUNCEMENTS)
        account = await Account.get_or_none(discord_id=row.target_id)
        if channel_id is None or account is None or not (invited or newly):
            return
        kind = Kind.INVITED if invited else Kind.DMS_CLOSED
        data = {"mentions": [account.id]}
        told = self._row(row.event_id, row.organization_id, kind.value, TargetKind.CHANNEL, channel_id, data)
        self._write_later(told)

    async def _channels(self, organization_id: int | None, use: ChannelUse) -> list[int]:
        links = await GuildLink.filter(organization_id=organization_id, unlinked_at__isnull=True).order_by("id")
        return [channel_id for link in links if (channel_id := use.channel_in(link)) is not None]

    async def _first_channel(self, organization_id: int | None, use: ChannelUse) -> int | None:
        """Where somebody is spoken to: once, even if the organization has several guilds."""
        return next(iter(await self._channels(organization_id, use)), None)

    async def _after_quiet(self, organization_id: int | None, account: Account, wanted: Preferences) -> datetime | None:
        if wanted.quiet is None:
            return None
        organization = await Organization.get_or_none(id=organization_id)
        time_zone = account.time_zone or (organization.time_zone if organization else "UTC")
        return end_of_quiet(wanted.quiet, time_zone=time_zone, now=self._core.clock())

    def _add(
        self,
        event: EntityEvent,
        kind: str,
        target_kind: TargetKind,
        target_id: int,
        *,
        due_at: datetime | None = None,
        data: dict[str, Any] | None = None,
        about: str | None = None,
    ) -> None:
        row = self._row(event.event_id, event.organization_id, kind, target_kind, target_id, data or {})
        row.due_at, row.about = due_at, about
        self._write_later(row)

    def _row(
        self,
        event_id: UUID,
        organization_id: int | None,
        kind: str,
        target_kind: TargetKind,
        target_id: int,
        data: dict[str, Any],
    ) -> Message:
        return Message(
            id=uuid7(),
            organization_id=organization_id,
            event_id=event_id,
            kind=kind,
            data=data,
            target_kind=target_kind,
            target_id=target_id,
            status=MessageStatus.PENDING,
            created_at=self._core.clock(),
            claim=self._core.claim,
        )

    def _write_later(self, row: Message) -> None:
        unit = self._core.units.current()
        unit.before_commit(self._write, row)
        unit.after_commit(self._on_message)

    async def _write(self, rows: list[Message]) -> None:
        await self._core.units.line_up({f"{row.target_kind.value} {row.target_id}" for row in rows})
        await Message.bulk_create(rows, ignore_conflicts=True)
