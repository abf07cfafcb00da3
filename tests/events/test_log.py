from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from events import EventPriority, RaceSubmittedEvent
from events import log as log_module
from models import Delivery, DeliveryStatus, StoredEvent
from models.sql import instant_of, numbered
from tests.events.core import Core, created

OTHER = UUID(int=7)
LATER = datetime(2026, 11, 24, 13, tzinfo=UTC)

MINE, THEIRS, FREE, ENDED = 1, 2, 3, 4
"""The deliveries of `four`: of this worker, of another one, of nobody, and of this worker but dead."""


@pytest.fixture
async def four(core: Core) -> Core:
    """One event with four deliveries, each of which waits for a retry but the last."""
    for name in ("mine", "theirs", "free", "ended"):
        core.listen(name, [])
    await core.emit(created())
    core.execute(
        "UPDATE delivery SET due_at = '2026-11-24 11:00:00+00:00', attempts = 1, last_error = 'before' WHERE id < 4;"
        f"UPDATE delivery SET claim = '{OTHER}' WHERE handler = 'theirs';"
        "UPDATE delivery SET claim = NULL WHERE handler = 'free';"
        "UPDATE delivery SET status = 'dead' WHERE handler = 'ended'"
    )
    return core


def rows(core: Core) -> list[tuple[object, ...]]:
    return core.select("SELECT id, status, attempts, due_at, last_error FROM delivery ORDER BY id")


async def test_an_event_is_written_with_its_person_apart_and_a_delivery_for_each_handler(core: Core) -> None:
    core.listen("late", [], to=RaceSubmittedEvent, priority=EventPriority.LOW)
    core.listen("early", [], to=RaceSubmittedEvent, priority=EventPriority.HIGH)
    event = RaceSubmittedEvent(
        entity_id=3,
        user_id=7,
        organization_id=5,
        tournament_id=4,
        racer_id=9,
        time_ms=61_000,
        vod_url="https://vod.example/1",
        notes=None,
    )
    await core.emit(event)
    [(payload, *columns)] = core.select(
        "SELECT payload, event_id, type, version, stream, organization_id, user_id, entity_id, occurred_at FROM event"
    )
    assert json.loads(payload) == {"tournament_id": 4, "racer_id": 9, "time_ms": 61_000}
    occurred_at = event.timestamp.isoformat(" ")
    assert columns == [str(event.event_id), "RaceSubmitted", 1, "organization:5", 5, 7, 3, occurred_at]
    [(data, *columns)] = core.select("SELECT data, event_id, account_id FROM personal_data")
    assert json.loads(data) == {"vod_url": "https://vod.example/1", "notes": None}
    assert columns == [str(event.event_id), 9]
    shared = ("organization:5", "pending", 0, None, None, str(core.worker))
    assert core.select(
        "SELECT event_id, handler, priority, stream, status, attempts, due_at, last_error, claim FROM delivery"
    ) == [(1, "early", 3, *shared), (1, "late", 1, *shared)]


async def test_an_event_that_says_nothing_about_a_person_leaves_no_personal_data(core: Core) -> None:
    await core.emit(created())
    assert core.select("SELECT count(*) FROM personal_data") == [0]


async def test_what_is_due_comes_by_event_and_tier_up_to_the_limit(core: Core) -> None:
    for name, priority in (("b", EventPriority.LOW), ("a", EventPriority.HIGH), ("c", EventPriority.HIGH)):
        core.listen(name, [], priority=priority)
    await core.emit(created("one"), created("two", organization=2))
    # The order of the rows is not that of the tiers.
    core.execute("UPDATE delivery SET priority = 5 WHERE handler = 'b' AND event_id = 2")

    async def due(limit: int) -> list[tuple[str, str]]:
        found: list[log_module.Due] = await core.inside(lambda: log_module.due(core.worker, core.clock(), limit))
        # Their events are at hand without another query.
        return [(one.event.decode().to_dict()["tournament_name"], one.handler) for one in found]

    told = [("one", "a"), ("one", "c"), ("one", "b"), ("two", "b"), ("two", "a"), ("two", "c")]
    assert await due(6) == told
    assert await due(2) == told[:2]
    assert await due(4) == told[:4]


async def test_a_worker_is_due_to_make_only_what_it_has_claimed(four: Core) -> None:
    found: list[log_module.Due] = await four.inside(lambda: log_module.due(four.worker, four.clock(), 10))
    assert [one.id for one in found] == [MINE]


async def test_the_next_retry_is_the_earliest_of_this_worker_that_still_waits(core: Core) -> None:
    async def next_due() -> datetime | None:
        return await core.inside(lambda: log_module.next_due(core.worker))

    core.listen("a", [])
    assert await next_due() is None
    await core.emit(created("one"), created("two"), created("three"), created("four"))
    assert await next_due() is None
    core.execute(
        "UPDATE delivery SET due_at = '2026-11-24 15:00:00+00:00' WHERE id = 1;"
        "UPDATE delivery SET due_at = '2026-11-24 13:00:00+00:00' WHERE id = 2;"
        "UPDATE delivery SET due_at = '2026-11-24 12:00:00+00:00', status = 'dead' WHERE id = 3;"
        f"UPDATE delivery SET due_at = '2026-11-24 12:30:00+00:00', claim = '{OTHER}' WHERE id = 4"
    )
    assert await next_due() == LATER


@pytest.mark.parametrize("other", [THEIRS, FREE, ENDED])
async def test_a_settlement_that_includes_what_is_not_ours_or_has_ended_says_so(four: Core, other: int) -> None:
    before = rows(four)[other - 1]
    assert not await four.inside(lambda: log_module.settle(four.worker, [MINE, other], DeliveryStatus.DONE))
    assert rows(four)[other - 1] == before


async def test_a_settled_delivery_waits_for_nothing_and_keeps_what_is_said_of_its_end(four: Core) -> None:
    async def settle(status: DeliveryStatus, error: str | None) -> bool:
        return await log_module.settle(four.worker, [MINE], status, error)

    others = rows(four)[1:]
    assert await four.inside(lambda: settle(DeliveryStatus.DEAD, "why")) is True
    assert rows(four) == [(MINE, "dead", 1, None, "why"), *others]
    assert await four.inside(lambda: settle(DeliveryStatus.DONE, None)) is False
    assert rows(four) == [(MINE, "dead", 1, None, "why"), *others]


async def test_a_delivery_is_put_off_or_buried_by_its_own_worker_while_it_waits_and_by_no_other(four: Core) -> None:
    async def both(id: int) -> None:
        await log_module.defer(four.worker, id, 2, LATER, "put off")
        await log_module.bury(four.worker, id, 3, "buried")

    before = rows(four)
    for id in (THEIRS, FREE, ENDED):
        await four.inside(lambda id=id: both(id))
    assert rows(four) == before
    await four.inside(lambda: log_module.defer(four.worker, MINE, 2, LATER, "put off"))
    assert rows(four) == [(MINE, "pending", 2, LATER.isoformat(" "), "put off"), *before[1:]]
    await four.inside(lambda: log_module.bury(four.worker, MINE, 3, "buried"))
    assert rows(four) == [(MINE, "dead", 3, None, "buried"), *before[1:]]


async def test_what_is_appended_is_stored_as_its_models_store_it(core: Core) -> None:
    core.listen("a", [])
    event = created("one")
    await core.emit(event)

    async def twins() -> None:
        row = await StoredEvent.create(
            event_id=uuid4(),
            type=event.type,
            version=event.version,
            stream=event.stream,
            organization_id=event.organization_id,
            user_id=event.user_id,
            entity_id=event.entity_id,
            occurred_at=event.timestamp,
            payload=log_module.split(event)[0],
        )
        await Delivery.create(event=row, handler="a", priority=2, stream=event.stream, claim=core.worker)

    await core.inside(twins)
    own = {"seq", "event_id", "id"}
    for table in ("event", "delivery"):
        first, second = ({k: v for k, v in row.items() if k not in own} for row in core.rows(table))
        assert first == second
    assert core.select("SELECT event_id FROM delivery") == core.select("SELECT seq FROM event")


def test_placeholders_become_numbers() -> None:
    assert numbered("a = ? AND b > ?") == "a = $1 AND b > $2"
    assert numbered("nothing") == "nothing"


def test_an_instant_without_a_zone_is_in_utc() -> None:
    at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert instant_of("2026-11-24 12:00:00") == instant_of("2026-11-24 13:00:00+01:00") == instant_of(at) == at
