from __future__ import annotations

import inspect

import pytest

from models import TournamentType
from services.base import Service, change
from services.errors import Unavailable
from services.guilds import ChannelUse
from services.state import StateService
from tests import postgres
from tests.services.changes import CHANGES
from tests.services.world import NEWS, OWNER, World, be_impatient, busy

TOLD = [(name, event_type) for name, change in CHANGES.items() for event_type in dict.fromkeys(change.emits)]


@pytest.mark.parametrize(("name", "event_type"), TOLD)
async def test_a_change_whose_event_cannot_be_written_does_not_happen(world: World, name: str, event_type: str) -> None:
    call = await CHANGES[name].prepare(world)
    before = world.dump()
    with world.refusing("event", when=f"NEW.type = '{event_type}'"), pytest.raises(Unavailable):
        await call()
    assert world.dump() == before
    await call()
    assert world.dump() != before


@pytest.mark.parametrize("name", [name for name, change in CHANGES.items() if change.emits])
async def test_a_change_whose_delivery_cannot_be_written_does_not_happen(world: World, name: str) -> None:
    call = await CHANGES[name].prepare(world)
    before = world.dump()
    with world.refusing("delivery"), pytest.raises(Unavailable):
        await call()
    assert world.dump() == before


@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_meets_a_busy_database_with_a_refusal_and_works_right_after(world: World, name: str) -> None:
    call = await CHANGES[name].prepare(world)
    await be_impatient(world)
    before = world.dump()
    with busy(world), pytest.raises(Unavailable, match="busy, so nothing was changed"):
        await call()
    assert world.dump() == before
    start = world.last_event()
    await call()
    assert world.events(start) == list(CHANGES[name].emits)
    assert world.dump() != before


async def test_a_database_that_is_broken_is_not_called_busy_and_stands_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    olga = await world.actor(OWNER)
    world.execute("ALTER TABLE tournament RENAME TO lost")
    with pytest.raises(Unavailable, match="cannot be used right now, so nothing was changed"):
        await world.herald.tournaments.create(olga, name="Cup", type=TournamentType.OTHER)
    with pytest.raises(Unavailable, match=r"cannot be used right now\. Please tell"):
        await world.herald.tournaments.newest(olga)
    assert ('relation "tournament" does not exist' if postgres.CHOSEN else "no such table: tournament") in caplog.text


async def test_a_failed_change_leaves_nothing_to_deliver(world: World) -> None:
    world.start()
    await world.settle()
    call = await CHANGES["join"].prepare(world)
    await world.settle()
    before = world.dump()
    with world.refusing("event", when="NEW.type = 'TournamentUpdated'"), pytest.raises(Unavailable):
        await call()
    await world.settle()
    assert world.dump() == before
    assert world.outbox.attempts == []


async def test_a_busy_database_delays_the_audit_trail_and_loses_nothing(world: World) -> None:
    await CHANGES["accept"].prepare(world)
    await be_impatient(world)
    with busy(world):
        world.start()
        await world.settle()
    for _ in range(10):
        await world.pass_time(minutes=5)
    assert world.select("SELECT event_seq FROM audit_entry ORDER BY 1") == world.select("SELECT seq FROM event")
    assert world.select("SELECT count(*) FROM delivery WHERE status <> 'done'") == [0]


async def test_while_the_database_is_away_nothing_happens_and_everything_goes_on_when_it_is_back(world: World) -> None:
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    world.start()
    olga = await world.actor(OWNER)
    await world.settle()
    create = world.herald.tournaments.create
    before = world.dump()
    with world.away(), pytest.raises(Unavailable, match="cannot be used right now, so nothing was changed"):
        await create(olga, name="Cup", type=TournamentType.OTHER)
    assert world.dump() == before
    world.herald.bus.disable()
    await create(olga, name="Cup", type=TournamentType.OTHER)
    # It goes again, between a change and its delivery.
    with world.away():
        world.herald.bus.enable()
        await world.settle()
        assert world.outbox.letters == []
    for _ in range(10):
        await world.pass_time(minutes=5)
    assert len(world.outbox.letters) == 1
    assert world.select("SELECT event_seq FROM audit_entry ORDER BY 1") == world.select("SELECT seq FROM event")


def test_every_method_that_changes_something_is_among_those_tested() -> None:
    # `change` runs a method through `units.run`, `query` through `units.read`.
    methods = {
        f"{service.__module__.removeprefix('services.')}.{name}"
        for service in Service.__subclasses__()
        for name, method in inspect.getmembers(service, inspect.iscoroutinefunction)
        if hasattr(method, "__wrapped__") and "run" in method.__code__.co_names
    }
    assert methods == {change.method for change in CHANGES.values()}


@pytest.mark.skipif(not postgres.CHOSEN, reason="SQLite commits in the same process")
async def test_a_change_whose_commit_nobody_can_know_of_says_that_it_may_have_happened(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    @change
    async def note(service: StateService) -> None:
        await service.set("commands", "new")
        postgres.throw_out(world.name)

    with pytest.raises(Unavailable, match=r"nobody knows whether that was still done\. Please look"):
        await note(world.herald.state)
    assert "while it committed" in caplog.text
