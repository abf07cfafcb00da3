"""Events of every type, made from the types of their fields."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast, get_type_hints

from hypothesis import strategies as st

from events import EntityEvent, FieldChange, PodiumPlace

# Text that UTF-8 can carry, as Discord's is: no lone surrogates.
TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
WHOLE = st.integers(-(2**53), 2**53)
INSTANT = st.datetimes(timezones=st.just(UTC))
CHANGE = st.builds(
    FieldChange,
    field=TEXT,
    old=st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    new=st.none() | st.booleans() | WHOLE | TEXT,
)
PLACE = st.builds(PodiumPlace, rank=WHOLE, account_id=WHOLE, time_ms=WHOLE)

STRATEGIES: dict[Any, st.SearchStrategy[Any]] = {
    int: WHOLE,
    str: TEXT,
    bool: st.booleans(),
    datetime: INSTANT,
    int | None: st.none() | WHOLE,
    str | None: st.none() | TEXT,
    tuple[int, ...]: st.lists(WHOLE, max_size=4).map(tuple),
    tuple[FieldChange, ...]: st.lists(CHANGE, max_size=4).map(tuple),
    tuple[FieldChange, ...] | None: st.none() | st.lists(CHANGE, max_size=4).map(tuple),
    tuple[PodiumPlace, ...]: st.lists(PLACE, max_size=3).map(tuple),
}


def instances(event_type: type[EntityEvent]) -> st.SearchStrategy[EntityEvent]:
    """Any event of a type: its id is made as ever, all else is drawn by the field's type."""
    hints = get_type_hints(event_type)
    names = [name for name in event_type.__struct_fields__ if name != "event_id"]
    return st.builds(event_type, **{name: STRATEGIES[hints[name]] for name in names})


def example(event_type: type[EntityEvent]) -> EntityEvent:
    """One event of a type, without drawing."""
    plain: dict[Any, Any] = {
        int: 5,
        str: "text",
        bool: True,
        datetime: datetime(2026, 11, 24, tzinfo=UTC),
        int | None: 6,
        str | None: "words",
        tuple[int, ...]: (1, 2),
        tuple[FieldChange, ...]: (FieldChange(field="name", old="a", new="b"),),
        tuple[FieldChange, ...] | None: (FieldChange(field="name", old="a", new="b"),),
        tuple[PodiumPlace, ...]: (PodiumPlace(rank=1, account_id=2, time_ms=3),),
    }
    hints = get_type_hints(event_type)
    make = cast("Any", event_type)
    return make(**{n: plain[hints[n]] for n in event_type.__struct_fields__ if n != "event_id"})
