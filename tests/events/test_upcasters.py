from __future__ import annotations

from typing import Any

import pytest

from events import TournamentCreatedEvent, UndecodableEventError, from_dict
from tests.events.core import Core, created


def split_type(data: dict[str, Any]) -> dict[str, Any]:
    """From version 1, which had the type in front of the name."""
    kind, name = data.pop("title").split(": ", 1)
    return {**data, "tournament_type": kind, "name": name}


def rename(data: dict[str, Any]) -> dict[str, Any]:
    """From version 2, which called the name otherwise."""
    return {**data, "tournament_name": data.pop("name")}


@pytest.fixture
def later_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release in which the type has come to its third version."""
    monkeypatch.setattr(TournamentCreatedEvent, "version", 3)
    monkeypatch.setattr(TournamentCreatedEvent, "upcasters", {1: split_type, 2: rename})


def stored(version: int, **fields: Any) -> dict[str, Any]:
    """A row as the release of that version wrote it."""
    shared = {key: value for key, value in created().to_dict().items() if not key.startswith("tournament_")}
    return {**shared, "version": version, **fields}


@pytest.mark.parametrize(
    "row",
    [
        stored(1, title="speedrun: Cup: the second"),
        stored(2, name="Cup: the second", tournament_type="speedrun"),
        stored(3, tournament_name="Cup: the second", tournament_type="speedrun"),
    ],
    ids=["version 1", "version 2", "version 3"],
)
@pytest.mark.usefixtures("later_release")
def test_a_row_of_each_older_shape_is_read_as_todays_event(row: dict[str, Any]) -> None:
    before = dict(row)
    event = from_dict(row)
    assert isinstance(event, TournamentCreatedEvent)
    assert (event.tournament_name, event.tournament_type) == ("Cup: the second", "speedrun")
    assert event.to_dict()["version"] == 3
    assert row == before


@pytest.mark.usefixtures("later_release")
@pytest.mark.parametrize("row", [stored(1), stored(1, title=7), stored(1, title="no colon"), stored(0), stored(4)])
def test_a_row_that_no_upcaster_can_read_is_undecodable(row: dict[str, Any]) -> None:
    with pytest.raises(UndecodableEventError, match="TournamentCreated"):
        from_dict(row)


async def test_rows_of_an_older_release_are_delivered_after_an_upgrade(core: Core, later_release: None) -> None:
    heard: list[str] = []
    core.listen("a", heard)
    await core.emit(created("new"), created("old"), created("broken"))
    core.execute("""UPDATE event SET version = 1, payload = '{"title": "other: old"}' WHERE seq = 2""")
    core.execute("""UPDATE event SET version = 1, payload = '{}' WHERE seq = 3""")
    core.relay.start()
    await core.settle()
    assert heard == ["a new", "a old"]
    assert core.deliveries() == [("a", "done", 0), ("a", "done", 0), ("a", "dead", 0)]
