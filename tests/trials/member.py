"""A process of a cluster: it serves one shard, and people do things there side by side with those of other shards."""

# What is watched is nothing that the program offers.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
from dataclasses import dataclass
from pathlib import Path

import discord
from discord.http import Route
from tortoise.exceptions import OperationalError

from bot.sender import DiscordSender
from events.clock import Clock
from models import StoredEvent, TournamentType
from models.engine import DatabaseInUseError, Shards
from services.actor import Actor, Caller, Person
from services.errors import Refusal
from services.guilds import ChannelUse
from services.herald import Herald
from tests.bot.discord_server import TOKEN
from tests.trials.clock import SharedClock
from tests.trials.subject import BRISK

COMMUNITIES = 12

HANDS = 4
"""People who do things side by side in each process."""

STEP = 10_000
"""What a community has in Discord has numbers that begin with its own: nobody is of two."""


@dataclass(frozen=True, slots=True)
class Orders:
    """`worker` is where the process says by which id it claims; `events` is how many there are to be in the end."""

    url: str
    api: str
    clock: SharedClock
    shards: Shards
    events: int
    seed: int
    worker: Path


class Hand:
    """Somebody who goes on doing things in one community after the other."""

    def __init__(self, herald: Herald, clock: Clock, chance: random.Random) -> None:
        self._herald = herald
        self._clock = clock
        self._chance = chance

    async def go(self, events: int) -> None:
        """Until there are so many events."""
        done = 0
        while done < events:
            # The database may be gone for a while: a service says so, and a read fails.
            with contextlib.suppress(Refusal, OperationalError):
                done = await self._herald.units.read(self._events)
                await self._hold_a_cup(self._chance.randrange(1, COMMUNITIES + 1))

    async def _events(self) -> int:
        return await StoredEvent.all().count()

    async def _hold_a_cup(self, community: int) -> None:
        boss = await boss_of(self._herald, self._clock, community)
        name = f"Cup {self._chance.getrandbits(40):x}"
        cup = await self._herald.tournaments.create(boss, name=name, type=TournamentType.OTHER)
        for number in range(4):
            await self._herald.tournaments.edit(boss, cup.id, name=name, description=f"Day {number}", seed="")
        await self._herald.tournaments.open(boss, cup.id)
        # Everybody is of one community, so that what they are told comes from one stream.
        guest = Person(discord_id=community * STEP + 1000 + self._chance.randrange(8000), name="Guest")
        await self._herald.entrants.join(await self._actor(guest, community), cup.id)

    async def _actor(self, person: Person, community: int) -> Actor:
        return await self._herald.accounts.actor(_caller(person, self._clock, community))


def _caller(person: Person, clock: Clock, community: int, *, boss: bool = False) -> Caller:
    guild = community * STEP
    return Caller(
        person=person, at=clock(), guild_id=guild, guild_name=f"Guild {guild}", manage_guild=boss, role_ids=frozenset()
    )


async def boss_of(herald: Herald, clock: Clock, community: int) -> Actor:
    boss = Person(discord_id=community * STEP + 1, name=f"Boss {community}")
    return await herald.accounts.actor(_caller(boss, clock, community, boss=True))


async def found(url: str, clock: Clock) -> None:
    """Set up the communities, before there is anybody to be killed."""
    herald = Herald(url, DiscordSender(discord.Client(intents=discord.Intents.none())), clock=clock)
    await herald.open()
    for community in range(1, COMMUNITIES + 1):
        boss = await boss_of(herald, clock, community)
        await herald.organizations.create(boss, name=f"Community {community}", time_zone="UTC")
        boss = await boss_of(herald, clock, community)
        await herald.guilds.set_channel(boss, ChannelUse.ANNOUNCEMENTS, community * STEP + 2)
    first = await boss_of(herald, clock, 1)
    await herald.guilds.set_channel(first, ChannelUse.AUDIT, STEP + 3)
    await herald.close()


async def live(orders: Orders) -> None:
    """Be one of the processes, until told to stop."""
    Route.BASE = orders.api
    client = discord.Client(intents=discord.Intents.none(), allowed_mentions=discord.AllowedMentions.none())
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    herald = Herald(orders.url, DiscordSender(client), clock=orders.clock, retry=BRISK, shards=orders.shards)
    await client.login(TOKEN)
    while True:
        try:
            await herald.open()
        except DatabaseInUseError:
            # The server has not noticed yet that the one before has died.
            continue
        break
    orders.worker.write_text(str(herald.relay._worker))
    herald.start()
    chance = random.Random(orders.seed)  # noqa: S311 - it has to be the same again
    hands = [
        asyncio.create_task(Hand(herald, orders.clock, random.Random(chance.random())).go(orders.events))  # noqa: S311 - as above
        for _ in range(HANDS)
    ]
    await asyncio.gather(*hands)
    await stop.wait()
    await herald.close()
    await client.close()
