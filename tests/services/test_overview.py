"""What is seen of the log and the queue, and the two counts that the demo's proof rests on."""

from __future__ import annotations

import pytest
from uuid_utils.compat import uuid7

from events import Bus
from events.unit_of_work import UnitOfWork
from models import DeliveryStatus, MessageStatus, TargetKind
from models.database import Database
from services.base import Core
from services.guilds import ChannelUse
from services.overview import OverviewService
from services.sender import Target
from services.words.names import GONE, HERALD
from tests.services.world import AUDIT, NEWS, World


@pytest.fixture
def overview(world: World) -> OverviewService:
    """Over the connection of the bot itself."""
    return OverviewService(Core(world.herald.units, world.herald.bus, world.clock, uuid7()))


async def test_an_event_is_shown_with_its_deliveries_tier_by_tier(world: World, overview: OverviewService) -> None:
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    await world.tournament()
    (started, *earlier) = await overview.events(3)
    assert started.type == "TournamentStarted"
    assert started.number > earlier[0].number > earlier[1].number
    assert started.actor == "Olga"
    tiers = [one.tier for one in started.deliveries]
    assert len(set(tiers)) == 3
    assert tiers == sorted(tiers, reverse=True)
    assert {one.status for one in started.deliveries} == {DeliveryStatus.PENDING}
    world.start()
    await world.settle()
    (started,) = await overview.events(1)
    assert {one.status for one in started.deliveries} == {DeliveryStatus.DONE}


async def test_who_is_gone_and_what_herald_did_itself_have_their_words(world: World, overview: OverviewService) -> None:
    await world.tournament()
    world.execute("UPDATE event SET user_id = NULL WHERE seq = (SELECT max(seq) FROM event)")
    world.execute("UPDATE event SET user_id = 999 WHERE seq = (SELECT max(seq) - 1 FROM event)")
    assert [one.actor for one in await overview.events(2)] == [HERALD, GONE]


async def test_messages_are_shown_with_what_became_of_them(world: World, overview: OverviewService) -> None:
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    await world.tournament()
    assert await overview.messages() == []
    world.start()
    await world.settle()
    every = await overview.messages()
    assert [one.number for one in every] == sorted((one.number for one in every), reverse=True)
    assert {(one.target, one.status, one.attempts) for one in every} == {
        (Target(TargetKind.CHANNEL, NEWS), MessageStatus.SENT, 1)
    }
    assert {one.nonce for one in every if one.kind != "edit"} == {letter.nonce for letter in world.outbox.letters}
    assert await overview.messages(1) == every[:1]


async def test_the_revision_changes_with_what_another_connection_commits_and_with_nothing_else(world: World) -> None:
    database = Database(world.url)
    await database.open(beside=True)
    before = await database.revision()
    await OverviewService(Core(UnitOfWork(database), Bus(), world.clock, uuid7())).events(5)
    await world.herald.audit.everything()
    assert await database.revision() == before
    await world.tournament()
    assert await database.revision() != before
    await database.close()


async def test_a_number_that_is_larger_than_any_is_not_found(overview: OverviewService) -> None:
    assert await overview.event(2**63 - 1) is None


async def test_an_event_is_unrecorded_once_all_have_heard_of_it_and_it_has_no_audit_row(
    world: World, overview: OverviewService
) -> None:
    await world.use(ChannelUse.AUDIT, AUDIT)
    await world.tournament()
    # Committed, and on their way to their handlers.
    assert await overview.unrecorded() == 0
    world.start()
    await world.settle()
    assert await overview.unrecorded() == 0
    world.execute("DELETE FROM audit_entry WHERE action IN ('TournamentCreated', 'TournamentStarted')")
    assert (await overview.unrecorded(), await overview.invented()) == (2, 0)


async def test_an_audit_row_that_no_event_caused_is_invented(world: World, overview: OverviewService) -> None:
    await world.tournament()
    world.start()
    await world.settle()
    assert await overview.invented() == 0
    # As if a handler had run for an event that was rolled back.
    world.execute(
        "CREATE TEMP TABLE made_up AS SELECT * FROM audit_entry ORDER BY id DESC LIMIT 1;"
        "UPDATE made_up SET id = 999, event_seq = 999, event_id = '00000000-0000-0000-0000-000000000999';"
        "INSERT INTO audit_entry SELECT * FROM made_up"
    )
    assert (await overview.unrecorded(), await overview.invented()) == (0, 1)
