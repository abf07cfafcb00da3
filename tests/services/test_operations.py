"""What an operator does through a connection of their own, beside a running bot or before the next one."""

# What a test must bring about is nothing that the program offers.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from events import EntityEvent, EventPriority, TournamentStartedEvent
from models import Role
from services.errors import Invalid, NotFound, Unavailable
from services.guilds import ChannelUse
from services.herald import Herald
from services.operations import CHUNK, OperationsService
from tests import postgres
from tests.database_file import UUID_TYPE
from tests.services.discord_stand_in import channel
from tests.services.world import AUDIT, NEWS, OWNER, PATIENCE, REVIEW, World, busy

ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
STARTED = ["New tournament: Spring Cup", "Spring Cup is open for sign-up", "Spring Cup has started"]


@pytest.fixture
async def club(tmp_path: Path, template: Path) -> AsyncGenerator[World]:
    """Racing Club with its channels, told of all so far by a running bot that looks up often."""
    made = World(tmp_path / "herald.sqlite3", look_every=0.02)
    await made.open(template)
    await made.found()
    for use, channel_id in ((ChannelUse.ANNOUNCEMENTS, NEWS), (ChannelUse.REVIEW, REVIEW), (ChannelUse.AUDIT, AUDIT)):
        await made.use(use, channel_id)
    made.start()
    await rest(made)
    yield made
    await made.close()


@asynccontextmanager
async def beside(world: World, *more: Callable[[Herald], None]) -> AsyncGenerator[OperationsService]:
    """An operator's own Herald on the same file, which neither delivers nor sends."""
    herald = Herald(world.url, world.outbox, clock=world.clock)
    for add in more:
        add(herald)
    await herald.open(beside=True)
    try:
        yield herald.operations
    finally:
        await herald.database.close()


async def rest(world: World) -> None:
    """Wait until nothing is pending."""
    await world.until(
        "SELECT (SELECT count(*) FROM delivery WHERE status = 'pending' AND due_at IS NULL)"
        " + (SELECT count(*) FROM message WHERE status = 'pending')",
        0,
    )
    await world.settle()


async def die(world: World, act: Callable[[], Awaitable[object]]) -> None:
    """Do something while no message can be written, until its deliveries are dead, one after another."""
    world.refuse("message")
    await act()
    await world.settle()
    async with asyncio.timeout(PATIENCE):
        while count(world, "status = 'pending'"):
            await world.pass_time(minutes=10)
    world.accept()


async def race_day(world: World) -> None:
    """Announcements, cards, DMs and audit lines."""
    cup = await world.tournament(racers=("Ann", "Bo"))
    await world.approved("Ann", cup, "1:23:45")
    rejected = await world.run("Bo", cup)
    await world.herald.reviews.reject(await world.actor(OWNER), rejected.id, reason="no video")
    await world.herald.invites.create(await world.actor(OWNER), role=Role.REVIEWER, invitee=world.person("Rae"))
    await world.herald.tournaments.end(await world.actor(OWNER), cup.id)
    await rest(world)


def count(world: World, where: str) -> int:
    return world.select(f"SELECT count(*) FROM delivery WHERE {where}")[0]


async def test_the_handlers_are_named(club: World) -> None:
    async with beside(club) as operations:
        assert operations.handlers() == ["announce", "audit", "audit-channel"]


async def test_dead_deliveries_are_put_back_and_made_in_order_by_the_running_bot(club: World) -> None:
    await die(club, club.tournament)
    dead = count(club, "status = 'dead'")
    assert club.outbox.titles(channel(NEWS)) == []
    async with beside(club) as operations:
        assert await operations.retry() == dead
        await rest(club)
        assert await operations.retry() == 0
    assert count(club, "status <> 'done' OR last_error IS NOT NULL") == 0
    assert club.outbox.titles(channel(NEWS)) == STARTED


async def test_what_is_put_back_while_no_bot_runs_is_made_by_the_next_one(club: World) -> None:
    await die(club, club.tournament)
    await club.herald.close()
    async with beside(club) as operations:
        assert await operations.retry() > 0
    await club.resume()
    await rest(club)
    assert count(club, "status <> 'done'") == 0
    assert club.outbox.titles(channel(NEWS)) == STARTED


async def test_only_the_chosen_ones_are_put_back(club: World) -> None:
    await die(club, club.tournament)
    number = club.newest("TournamentStarted")["seq"]
    dead = count(club, "status = 'dead'")
    async with beside(club) as operations:
        assert await operations.retry([number, number], handler="announce") == 1
        await rest(club)
        assert count(club, "status = 'dead'") == dead - 1
        assert club.outbox.titles(channel(NEWS)) == STARTED[-1:]
        assert await operations.retry([number]) == 1
        assert await operations.retry([number]) == 0
        announcements = count(club, "status = 'dead' AND handler = 'announce'")
        assert await operations.retry(handler="announce") == announcements
        await rest(club)
    assert club.select("SELECT DISTINCT handler FROM delivery WHERE status = 'dead'") == ["audit-channel"]


async def test_what_was_put_back_has_all_its_attempts_again(club: World) -> None:
    await die(club, club.tournament)
    club.refuse("message")
    async with beside(club) as operations:
        assert await operations.retry(handler="announce") == 3
    await club.until("SELECT count(*) FROM delivery WHERE handler = 'announce' AND due_at IS NOT NULL", 1)
    for _ in range(8):
        await club.pass_time(minutes=10)
    assert club.select("SELECT attempts FROM delivery WHERE handler = 'announce' AND attempts > 0") == [9]
    club.accept()
    await club.pass_time(minutes=10)
    await rest(club)
    assert club.outbox.titles(channel(NEWS)) == STARTED


async def test_many_are_put_back_each_once_though_they_die_again_at_once(club: World) -> None:
    await club.herald.close()
    club.execute(
        f"""
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {CHUNK + 100})
        INSERT INTO delivery (event_id, handler, priority, stream, status, attempts)
        SELECT (SELECT max(seq) FROM event), 'gone ' || i, 50, '1', 'dead', 1 FROM n
        """
    )
    club.execute(
        """
        CREATE FUNCTION hasty() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN UPDATE delivery SET status = 'dead' WHERE id = NEW.id; RETURN NULL; END $$;
        CREATE TRIGGER hasty AFTER UPDATE ON delivery
        FOR EACH ROW WHEN (NEW.status = 'pending') EXECUTE FUNCTION hasty()
        """
        if postgres.CHOSEN
        else """
        CREATE TRIGGER hasty AFTER UPDATE ON delivery WHEN NEW.status = 'pending'
        BEGIN UPDATE delivery SET status = 'dead' WHERE id = NEW.id; END
        """
    )
    async with beside(club) as operations, asyncio.timeout(PATIENCE):
        assert await operations.retry() == CHUNK + 100
        club.execute("DROP FUNCTION hasty CASCADE" if postgres.CHOSEN else "DROP TRIGGER hasty")
        assert await operations.retry() == CHUNK + 100
    assert count(club, "status = 'pending'") == CHUNK + 100


async def test_what_is_not_there_is_refused_and_nothing_is_put_back(club: World) -> None:
    await die(club, club.tournament)
    before = club.dump()
    async with beside(club) as operations:
        with pytest.raises(Invalid, match=r"“brass band” is not a handler. There are announce, audit and"):
            await operations.retry(handler="brass band")
        with pytest.raises(NotFound, match=r"There is no event #998."):
            await operations.retry([1, 998, 999])
        with pytest.raises(Invalid, match=r"“brass band” is not a handler."):
            await operations.replay("brass band", since=ALWAYS)
    assert club.dump() == before


async def test_a_busy_database_is_said_and_nothing_is_put_back(club: World) -> None:
    await die(club, club.tournament)
    before = club.dump()
    async with beside(club) as operations:
        with busy(club):
            for act in (operations.retry(), operations.replay("audit", since=ALWAYS)):
                with pytest.raises(Unavailable, match="busy, so nothing was changed"):
                    await act
    assert club.dump() == before


async def test_a_replay_that_stops_half_way_says_how_far_it_came_and_can_be_repeated(club: World) -> None:
    await club.herald.close()
    club.execute(
        f"""
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {CHUNK})
        INSERT INTO event (event_id, type, version, stream, organization_id, entity_id, occurred_at, payload)
        SELECT CAST('00000000-0000-0000-0000-' || (100000000000 + i) AS {UUID_TYPE}), 'TournamentStarted', 1, '1', 1, 1,
            '2026-11-24 12:00:00+00:00', '{{"tournament_name": "Cup", "racer_count": 2}}' FROM n
        """
    )
    club.refuse("delivery", when="NEW.event_id = (SELECT max(seq) FROM event)")
    async with beside(club) as operations:
        with pytest.raises(Unavailable, match=f"when {CHUNK} deliveries had been put back. Give the command again"):
            await operations.replay("audit", since=ALWAYS)
        club.accept()
        assert await operations.replay("audit", since=ALWAYS) == len(club.events()) > CHUNK
    await club.resume()
    await rest(club)
    assert club.select("SELECT event_seq FROM audit_entry ORDER BY 1") == club.select(
        "SELECT seq FROM event ORDER BY 1"
    )


@pytest.mark.parametrize("running", [True, False])
async def test_a_replay_can_be_repeated_and_adds_nothing(club: World, *, running: bool) -> None:
    await race_day(club)
    before, letters = club.dump(), list(club.outbox.letters)
    if not running:
        await club.herald.close()
    async with beside(club) as operations:
        for _ in range(2):
            assert await operations.replay("audit", since=ALWAYS) == len(club.events())
            assert await operations.replay("audit-channel", since=ALWAYS) == len(club.events())
            assert 0 < await operations.replay("announce", since=ALWAYS) < len(club.events())
            if running:
                await rest(club)
    if not running:
        await club.resume()
        await rest(club)
    after = club.dump()
    for table in ("audit_entry", "message", "personal_data", "event"):
        assert after[table] == before[table]
    assert count(club, "status <> 'done'") == 0
    assert club.outbox.letters == letters


async def test_a_replay_brings_back_what_is_missing_and_nothing_else(club: World) -> None:
    await race_day(club)
    trail = club.select("SELECT event_seq, action FROM audit_entry ORDER BY event_seq")
    letters = list(club.outbox.letters)
    club.execute("DELETE FROM audit_entry WHERE action LIKE 'Tournament%'")
    async with beside(club) as operations:
        await operations.replay("audit", since=ALWAYS)
    await rest(club)
    assert club.select("SELECT event_seq, action FROM audit_entry ORDER BY event_seq") == trail
    assert club.outbox.letters == letters


async def test_a_replay_is_of_the_events_from_one_instant_until_before_another(club: World) -> None:
    await club.tournament("Old Cup")
    club.clock.advance(hours=1)
    since = club.clock()
    first = club.last_event()
    await club.tournament("Spring Cup")
    last = club.last_event()
    club.clock.advance(hours=1)
    until_then = club.clock()
    await club.tournament("New Cup")
    await rest(club)
    await club.herald.close()
    async with beside(club) as operations:
        assert await operations.replay("audit", since=since, until=until_then) == last - first
        assert club.select("SELECT min(event_id), max(event_id) FROM delivery WHERE status = 'pending'") == [
            (first + 1, last)
        ]
        assert await operations.replay("audit", since=until_then + timedelta(seconds=1)) == 0


class Ledger:
    """A handler of a newer release, and what it heard."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, Any]] = []

    def listener(self, name: str, event_type: type[EntityEvent], priority: EventPriority) -> Callable[[Herald], None]:
        async def hear(event: EntityEvent) -> None:
            self.heard.append((name, event.stream, event.event_id))

        return lambda herald: herald.bus.register(event_type, hear, priority, name=name)


async def update(world: World, *more: Callable[[Herald], None]) -> None:
    """Start a bot of a release with more handlers."""
    world._started = False
    await world.resume()
    for add in more:
        add(world.herald)
    world.start()


async def test_a_new_handler_hears_of_what_was_before_it_in_order_and_tier_by_tier(club: World) -> None:
    await club.found("Other Club", guild=5002, owner="Ole")
    await race_day(club)
    await club.tournament("Other Cup", guild=5002, by="Ole")
    await rest(club)
    await club.herald.close()
    before = club.dump()
    ledger = Ledger()
    first = ledger.listener("first", EntityEvent, EventPriority.CRITICAL)
    last = ledger.listener("last", EntityEvent, EventPriority.LOW)
    picky = ledger.listener("picky", TournamentStartedEvent, EventPriority.NORMAL)
    async with beside(club, first, last, picky) as operations:
        # Not in the order of their tiers.
        assert await operations.replay("last", since=ALWAYS) == len(club.events())
        assert await operations.replay("first", since=ALWAYS) == len(club.events())
        assert await operations.replay("picky", since=ALWAYS) == 2
    await update(club, first, last, picky)
    await rest(club)
    events = club.select("SELECT stream, type, event_id FROM event ORDER BY seq")
    for stream in {one for one, _, _ in events}:
        expected = [
            (name, id)
            for one, type, id in events
            if one == stream
            for name in ("first", *(["picky"] if type == "TournamentStarted" else []), "last")
        ]
        assert [(name, str(id)) for name, one, id in ledger.heard if one == stream] == expected
    assert len({stream for _, stream, _ in ledger.heard}) > 2
    for table in ("audit_entry", "message"):
        assert club.dump()[table] == before[table]


async def test_a_delivery_that_waits_for_its_retry_keeps_its_place_in_a_replay(club: World) -> None:
    club.refuse("message")
    await club.tournament("First Cup")
    await club.settle()
    waiting = club.select("SELECT * FROM delivery WHERE due_at IS NOT NULL ORDER BY id")
    assert waiting
    ready = "SELECT count(*) FROM delivery WHERE status = 'pending' AND event_id < (SELECT max(event_id) FROM delivery)"
    async with beside(club) as operations:
        assert await operations.replay("announce", since=ALWAYS) > len(waiting)
        assert await operations.replay("audit", since=ALWAYS) == len(club.events())
    # What `audit` hears again is made meanwhile, and so has been looked at all that was put back.
    await club.until(f"{ready} AND handler = 'audit'", 0)
    assert club.select("SELECT * FROM delivery WHERE due_at IS NOT NULL ORDER BY id") == waiting
    club.accept()
    await club.pass_time(seconds=1)
    await rest(club)
    assert club.outbox.titles(channel(NEWS)) == [title.replace("Spring", "First") for title in STARTED]


async def test_a_replay_tells_a_channel_chosen_since_what_it_was_never_told(club: World) -> None:
    await club.use(ChannelUse.ANNOUNCEMENTS, None)
    await club.tournament()
    await rest(club)
    await club.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    assert club.outbox.titles(channel(NEWS)) == []
    async with beside(club) as operations:
        await operations.replay("announce", since=ALWAYS)
        await rest(club)
        await operations.replay("announce", since=ALWAYS)
        await rest(club)
    assert club.outbox.titles(channel(NEWS)) == STARTED
