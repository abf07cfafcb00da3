"""Herald without Discord: every part, put together."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

from uuid_utils.compat import uuid7

from events import Bus
from events.claims import OTHERS
from events.clock import Clock, system_clock
from events.pump import Pump
from events.relay import Relay
from events.retry import RetryPolicy
from events.unit_of_work import UnitOfWork
from models.database import Database
from models.engine import ALL_SHARDS, Shards
from services.accounts import AccountService
from services.attempts import AttemptService
from services.audit import AuditService
from services.base import Core
from services.budget import RequestBudget
from services.courier import Courier
from services.deadlines import DeadlineService
from services.entrants import EntrantService
from services.erasure import ErasureService
from services.guilds import GuildService
from services.housekeeping import Housekeeper
from services.invites import InviteService
from services.leaderboard import LeaderboardService
from services.listeners import Listeners, register
from services.matches import MatchService
from services.members import MemberService
from services.notices import NoticeService
from services.notifications import NotificationService
from services.operations import OperationsService
from services.organizations import OrganizationService
from services.overview import OverviewService
from services.pools import PoolService
from services.presets import PresetService
from services.races import RaceService
from services.reminding import ReminderService
from services.reviews import ReviewService
from services.rules import RuleService
from services.sender import Sender
from services.staff import StaffService
from services.state import StateService
from services.submissions import SubmissionService
from services.telling import Telling
from services.thread_gateway import Threads
from services.threads import ThreadService
from services.tournaments import TournamentService

_log = logging.getLogger(__name__)


class Herald:
    """One running Herald: its database, its bus, its services, and what works in the background.

    `sender` brings messages to Discord. Two of these in one process share nothing.
    """

    def __init__(
        self,
        database_url: str,
        sender: Sender,
        *,
        clock: Clock = system_clock,
        retry: RetryPolicy | None = None,
        look_every: float | None = None,
        keep: timedelta | None = None,
        shards: Shards = ALL_SHARDS,
        gather: timedelta = timedelta(0),
        threads: Threads | None = None,
    ) -> None:
        """`look_every` (seconds) is how long it may take until what an operator has put back is noticed.

        Events that are settled and older than `keep` are pruned; none are where it is not given. Where this process
        serves not all `shards`, others work on the same database. Announcements of which many can come at once wait
        for others of their kind while they `gather`. Where no `threads` are given, those of races wait to be opened.
        """
        retry = retry or RetryPolicy()
        self.database = Database(database_url, shards=shards)
        if self.database.shared:
            look_every = min(look_every or OTHERS, OTHERS)
        self.units = UnitOfWork(self.database)
        self.bus = Bus()
        worker = uuid7()
        self.relay = Relay(
            self.bus, self.units, self.database, worker=worker, clock=clock, retry=retry, look_every=look_every
        )
        core = Core(self.units, self.bus, clock, None if self.database.shared else worker)
        self._opening = Pump(
            "threads",
            lambda: self.threads.sweep(),  # noqa: PLW0108 - as the invites', below
            start_task=self.database.task,
            clock=clock,
            retry=retry,
            look_every=OTHERS if self.database.shared else None,
        )
        self.accounts = AccountService(core)
        self.staff = StaffService(core, self.accounts)
        self.guilds = GuildService(core)
        self.members = MemberService(core, self.accounts)
        self.entrants = EntrantService(core)
        self.pools = PoolService(core)
        self.presets = PresetService(core)
        self.races = RaceService(core)
        self.reviews = ReviewService(core)
        self.leaderboard = LeaderboardService(core)
        self.audit = AuditService(core)
        self.state = StateService(core)
        self.overview = OverviewService(core)
        self.operations = OperationsService(core)
        self.notices = NoticeService(core)
        self.budget = RequestBudget(clock)
        telling = Telling(core, lambda: self.courier.wake(), gather)  # noqa: PLW0108 - made with this, as below
        self.courier = Courier(
            self.units,
            self.database,
            self.notices,
            sender,
            worker=worker,
            clock=clock,
            retry=retry,
            budget=self.budget,
            on_closed=telling.dms_closed,
            on_lost=lambda row: self.threads.lost(row),  # noqa: PLW0108 - as the invites', below
            close_thread=lambda id: self.threads.close(id),  # noqa: PLW0108 - as the invites', below
            look_every=look_every,
        )
        self.reminders = ReminderService(core, telling)
        self._reminding = Pump(
            "reminders", self.reminders.sweep, start_task=self.database.task, clock=clock, retry=retry
        )
        self.matches = MatchService(core, self._reminding.wake)
        self.notifications = NotificationService(core, self._reminding.wake)
        self._deadlines = Pump(
            "races",
            lambda: self.deadlines.sweep(),  # noqa: PLW0108 - as the invites', below
            start_task=self.database.task,
            clock=clock,
            retry=retry,
            look_every=OTHERS if self.database.shared else None,
        )
        self.attempts = AttemptService(core, self._deadlines.wake, self._opening.wake)
        self.deadlines = DeadlineService(core, self.attempts, self._deadlines.wake, self._opening.wake)
        self.rules = RuleService(core, self._deadlines.wake)
        self.submissions = SubmissionService(core)
        self.threads = ThreadService(
            core,
            telling,
            threads,
            shards=shards,
            retry=retry,
            start_task=self.database.task,
            on_ended=self._opening.wake,
            on_due=self._deadlines.wake,
        )
        self.erasure = ErasureService(core, self._opening.wake, self.threads.abandon)
        self.organizations = OrganizationService(core, self.threads.abandon)
        self.tournaments = TournamentService(core, self._opening.wake, self.threads.abandon)
        self._expiry = Pump(
            "invite-expiry",
            lambda: self.invites.sweep(),  # noqa: PLW0108 - the service does not exist yet: it is made with this pump
            start_task=self.database.task,
            clock=clock,
            retry=retry,
        )
        self._housekeeper = Housekeeper(self.units, self.database, keep=keep, clock=clock, retry=retry)
        self.invites = InviteService(core, self.accounts, self._expiry.wake)
        register(self.bus, self.audit, Listeners(telling, self._opening.wake))

    async def open(self, *, beside: bool = False) -> None:
        """Open the database, alone, and bring its schema up to date; or open it `beside` a running Herald.

        Raises what `Database.open` raises.
        """
        await self.database.open(beside=beside)

    def start(self) -> None:
        """Deliver, send, expire and prune from now on, beginning with what an earlier process left undone."""
        self.relay.start()
        self.courier.start()
        self._expiry.start()
        self._reminding.start()
        self._deadlines.start()
        self._opening.start()
        self._housekeeper.start()

    async def close(self, *, within: float | None = None) -> None:
        """Finish what is under way, leave the rest for the next start, and close the database.

        What has not ended `within` so many seconds is handed back: the next start takes it up, as after a crash.
        """
        try:
            async with asyncio.timeout(within):
                await self._finish()
        except TimeoutError:
            _log.warning("not all that was under way has ended within %.1f s; the next start takes it up", within)
            await self.terminate()
        else:
            await self.database.close()

    async def _finish(self) -> None:
        await self._expiry.stop()
        await self._reminding.stop()
        await self._deadlines.stop()
        await self._opening.stop()
        await self.threads.stop()
        await self._housekeeper.stop()
        await self.units.drain()
        await self.relay.stop()
        await self.courier.stop()
        await self.units.drain()

    async def terminate(self) -> None:
        """End as a killed process does: nothing is finished or handed back, and what is not committed is gone.

        For an end that cannot wait, for trials of what a crash leaves behind, and for the demo.
        """
        tasks: set[asyncio.Task[Any]] = {
            *self._expiry.terminate(),
            *self._reminding.terminate(),
            *self._deadlines.terminate(),
            *self._opening.terminate(),
            *self.threads.terminate(),
            *self._housekeeper.terminate(),
            *self.relay.terminate(),
            *self.courier.terminate(),
            *self.units.terminate(),
        }
        # The connection is cut before a cancelled task comes to its clean-up.
        await self.database.terminate()
        if tasks:
            await asyncio.wait(tasks)
