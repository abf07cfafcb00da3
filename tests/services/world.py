"""A real Herald on a real SQLite file, with a clock to move and a Discord to misbehave."""

# What a test must bring about, such as a crash, is nothing that the program offers.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from events.pump import Pump
from events.retry import RetryPolicy
from models import Organization, Pool, Preset, Race, Role, Tournament, TournamentStatus, TournamentType, Whose
from models.engine import ALL_SHARDS, Shards
from services.actor import Actor, Caller, Person
from services.guilds import ChannelUse
from services.herald import Herald
from tests.database_file import DatabaseFile
from tests.services.discord_stand_in import Outbox
from tests.services.thread_stand_in import ThreadYard

GUILD = 5001
ELSEWHERE = 5002
NEWS = 7001
REVIEW = 7002
AUDIT = 7003
VOD = "https://vod.example/1"
OWNER = "Olga"

STEADY = RetryPolicy(jitter=lambda _, longest: longest)
"""Retries after exactly 1, 2, 4 … seconds."""

PATIENCE = 20.0
"""Seconds after which background work that does not come to rest is a failure."""


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self._now

    def advance(self, **parts: float) -> None:
        self._now += timedelta(**parts)


class World(DatabaseFile):
    """One Herald and what is around it. Delivers and sends only after `start`."""

    def __init__(
        self,
        path: Path,
        *,
        look_every: float | None = None,
        keep: timedelta | None = None,
        shards: Shards = ALL_SHARDS,
        gather: timedelta = timedelta(0),
    ) -> None:
        super().__init__(path)
        self._gather = gather
        self._look_every, self._keep, self._shards = look_every, keep, shards
        self.clock = Clock()
        self.outbox = Outbox(self.clock)
        self.yard = ThreadYard()
        self.herald = self._make()
        self._people: dict[str, int] = {}
        self._started = False

    def _make(self) -> Herald:
        return Herald(
            self.url,
            self.outbox,
            clock=self.clock,
            retry=STEADY,
            look_every=self._look_every,
            keep=self._keep,
            shards=self._shards,
            gather=self._gather,
            threads=self.yard,
        )

    async def open(self, template: Path) -> None:
        """Begin with the migrated, empty database `template`, which the first one to come makes."""
        await self.begin_with(template)
        await self.herald.open()

    def start(self) -> None:
        self._started = True
        self.herald.start()

    async def close(self) -> None:
        await self.herald.close()
        self.discard()

    async def restart(self) -> None:
        """Stop the bot properly and start a new one on the same file."""
        await self.herald.close()
        await self.resume()

    async def crash(self) -> None:
        """Drop the bot in the middle of what it does, and start a new one on the same file."""
        await self.herald.terminate()
        await self.resume()

    async def resume(self) -> None:
        """A new bot on the same file, once the old one is closed."""
        self.herald = self._make()
        await self.herald.open()
        if self._started:
            self.herald.start()

    def _pumps(self) -> list[Pump]:
        herald = self.herald
        return [
            *(herald.relay._pump, herald.courier._pump),
            *(herald._expiry, herald._reminding, herald._housekeeper._pump),
            *(herald._deadlines, herald._opening),
        ]

    def _at_work(self, pumps: list[Pump]) -> list[asyncio.Task[None]]:
        lanes = self.herald.courier._lanes.values() if self.herald.courier._pump in pumps else ()
        threads = self.herald.threads._working.values()
        return [*(pump._task for pump in pumps if pump._task is not None), *lanes, *threads]

    async def settle(self, *, courier: bool = True) -> None:
        """Wait until the background work is at rest (without the courier's, when a message is held)."""
        pumps = [pump for pump in self._pumps() if courier or pump is not self.herald.courier._pump]
        async with asyncio.timeout(PATIENCE):
            while tasks := self._at_work(pumps):
                await asyncio.wait(tasks)

    async def look(self) -> None:
        """Let the courier look for rows to send, and wait until it has."""
        self.herald.courier.wake()
        task = self.herald.courier._pump._task
        assert task is not None
        await asyncio.wait([task])

    async def pass_time(self, **parts: float) -> None:
        """Move the clock, let everything that waits for its time look at it, and wait until that is done."""
        self.tick(**parts)
        await self.settle()

    def tick(self, **parts: float) -> None:
        """Move the clock, and let everything that waits for its time look at it."""
        self.clock.advance(**parts)
        for pump in self._pumps():
            pump.wake()

    def discord_id(self, name: str) -> int:
        return self._people.setdefault(name, 100 + len(self._people))

    def person(self, name: str) -> Person:
        return Person(discord_id=self.discord_id(name), name=name)

    def caller(
        self,
        name: str,
        *,
        guild: int | None = GUILD,
        manage: bool = False,
        roles: Iterable[int] = (),
        at: datetime | None = None,
    ) -> Caller:
        return Caller(
            person=self.person(name),
            at=at or self.clock(),
            guild_id=guild,
            guild_name=f"Guild {guild}",
            manage_guild=manage,
            role_ids=frozenset(roles),
        )

    async def actor(
        self,
        name: str,
        *,
        guild: int | None = GUILD,
        manage: bool = False,
        roles: Iterable[int] = (),
        at: datetime | None = None,
    ) -> Actor:
        """Somebody who acts, now or at an instant of Discord's own clock."""
        return await self.herald.accounts.actor(self.caller(name, guild=guild, manage=manage, roles=roles, at=at))

    async def account(self, name: str) -> int:
        return (await self.actor(name)).account_id

    async def found(
        self, name: str = "Racing Club", *, owner: str = OWNER, guild: int = GUILD, zone: str = "UTC"
    ) -> Organization:
        """An organization, linked to `guild`."""
        founder = await self.actor(owner, guild=guild, manage=True)
        return await self.herald.organizations.create(founder, name=name, time_zone=zone)

    async def use(self, use: ChannelUse, channel_id: int | None, *, guild: int = GUILD) -> None:
        manager = await self.actor("Mana", guild=guild, manage=True)
        await self.herald.guilds.set_channel(manager, use, channel_id)

    async def hire(self, name: str, role: Role, *, by: str = OWNER, guild: int = GUILD) -> Actor:
        """Make somebody a member, by a code."""
        invite = await self.herald.invites.create(await self.actor(by, guild=guild), role=role)
        actor = await self.actor(name, guild=guild)
        await self.herald.invites.accept(actor, invite.code or "")
        return actor

    async def tournament(
        self,
        name: str = "Spring Cup",
        *,
        status: TournamentStatus = TournamentStatus.RUNNING,
        racers: Iterable[str] = ("Ann",),
        by: str = OWNER,
        guild: int = GUILD,
    ) -> Tournament:
        """A tournament that has come as far as `status`."""
        boss, service = await self.actor(by, guild=guild), self.herald.tournaments
        made = await service.create(boss, name=name, type=TournamentType.SPEEDRUN)
        if status is not TournamentStatus.DRAFT:
            made = await service.open(boss, made.id)
            for racer in racers:
                await self.herald.entrants.join(await self.actor(racer, guild=guild), made.id)
        if status in (TournamentStatus.RUNNING, TournamentStatus.ENDED):
            made = await service.start(boss, made.id)
        if status is TournamentStatus.ENDED:
            made = await service.end(boss, made.id)
        return made

    async def pool(
        self,
        tournament: Tournament,
        name: str = "Open",
        *,
        seeds: Iterable[str] = ("seed 1", "seed 2"),
        by: str = OWNER,
        guild: int = GUILD,
    ) -> Pool:
        """A pool of seeds by their permalinks."""
        boss = await self.actor(by, guild=guild)
        pool, _ = await self.herald.pools.create(boss, tournament.id, name=name, seeds="\n".join(seeds))
        return pool

    async def preset(
        self, by: str, of: Whose = Whose.MINE, *, name: str = "Open", text: str = "goal: ganon", guild: int = GUILD
    ) -> Preset:
        return await self.herald.presets.create(await self.actor(by, guild=guild), of, name=name, text=text)

    async def run(self, racer: str, tournament: Tournament, time: str = "1:23:45", *, guild: int = GUILD) -> Race:
        return await self.herald.races.submit(await self.actor(racer, guild=guild), tournament.id, time=time, vod=VOD)

    async def approved(self, racer: str, tournament: Tournament, time: str, *, by: str = OWNER) -> Race:
        race = await self.run(racer, tournament, time)
        return await self.herald.reviews.approve(await self.actor(by), race.id)

    def events(self, after: int = 0) -> list[str]:
        """The types of the committed events, in order."""
        return self.select("SELECT type FROM event WHERE seq > ? ORDER BY seq", after)

    def newest(self, event_type: str) -> dict[str, Any]:
        """The newest event of a type: its columns, its facts and its personal data."""
        columns = (
            *("seq", "event_id", "type", "version", "stream", "organization_id", "user_id", "entity_id"),
            *("occurred_at", "payload"),
        )
        sql = f"SELECT {', '.join(columns)} FROM event WHERE type = ? ORDER BY seq DESC LIMIT 1"
        row = dict(zip(columns, self.select(sql, event_type)[0], strict=True))
        personal = self.select("SELECT data FROM personal_data WHERE event_id = ?", row["event_id"])
        return {**row, **json.loads(row["payload"]), **(json.loads(personal[0]) if personal else {})}

    def last_event(self) -> int:
        return self.select("SELECT coalesce(max(seq), 0) FROM event")[0]


def busy(world: World) -> AbstractContextManager[None]:
    """Another process is changing something."""
    return world.busy()


async def be_impatient(world: World) -> None:
    """Give up on a busy database after 10 ms instead of seconds."""
    await world.be_impatient(world.herald.database)
