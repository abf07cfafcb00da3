"""The pages under docs/ say what is so."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from events import EVENT_TYPES, EntityEvent
from events.base import personal_fields
from events.clock import system_clock
from services.herald import Herald
from services.words.audit_lines import describe
from tests.event_table import AUDIT, ENTRIES, NAMES, table
from tests.services.discord_stand_in import Outbox

DOCS = Path(__file__).parents[1] / "docs"
EVENTS = DOCS / "events.md"
CATALOGUE = re.compile(r"(<!-- catalogue: .*?-->\n).*(?=<!-- /catalogue)", re.DOTALL)
CAUSES = re.compile(r"(<!-- causes: .*?-->\n).*(?=<!-- /causes)", re.DOTALL)


def catalogue() -> str:
    """The catalogue of event types as a table."""
    lines = ["| event | of | version | carries |", "| --- | --- | --- | --- |"]
    for event_type in EVENT_TYPES:
        personal = personal_fields(event_type)
        own = [name for name in get_type_hints(event_type) if name in event_type.__struct_fields__]
        shared = EntityEvent.__struct_fields__
        fields = [f"`{name}`{'°' if name in personal else ''}" for name in own if name not in shared]
        lines.append(
            f"| {event_type.__name__} | {event_type.entity_type.replace('_', ' ')} | {event_type.version}"
            f" | {', '.join(sorted(fields))} |"
        )
    return "\n".join(lines) + "\n"


def made_anew(text: str) -> str:
    """The page with the tables that are made from the code."""
    for place, made in ((CATALOGUE, catalogue()), (CAUSES, table())):
        text, times = place.subn(lambda found, made=made: found[1] + made, text)
        assert times == 1
    return text


def test_the_tables_of_events_are_those_of_the_code() -> None:
    text = EVENTS.read_text(encoding="utf-8")
    assert text == made_anew(text)


def test_each_event_of_the_catalogue_has_its_causes_its_line_and_exactly_the_listeners_that_are_subscribed() -> None:
    assert [type(entry.example) for entry in ENTRIES] == list(EVENT_TYPES)
    bus = Herald("sqlite://nowhere", Outbox(system_clock)).bus
    for entry in ENTRIES:
        event_type = type(entry.example)
        handlers = [subscription.handler for tier in bus.tiers(event_type) for subscription in tier]
        own = [f"Listeners.{entry.listener}"] if entry.listener else []
        assert sorted(handler.__qualname__ for handler in handlers) == sorted([*AUDIT, *own]), event_type
        assert bool(entry.told or entry.also) == bool(entry.listener), event_type
        assert entry.causes, event_type
        assert describe(entry.example, NAMES) == entry.line


async def test_the_examples_run_one_after_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    examples = re.findall(r"```python\n(.*?)```", EVENTS.read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) >= 4
    space: dict[str, Any] = {}
    for number, example in enumerate(examples, start=1):
        name = f"{EVENTS.name}, example {number}"
        # As a reader's file would be compiled, without this one's `from __future__`.
        code = compile(example, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        result = eval(code, space)  # noqa: S307 - our own page
        if inspect.iscoroutine(result):
            await result
    assert capsys.readouterr().out == "Spring Cup (speedrun)\n"
    assert space["heard"] == ["Autumn Cup"]


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_what_a_page_points_to_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in link]
    files = re.findall(r"`((?:bot|events|models|services|tests|docs|bench)/[\w./]+)`", text)
    missing = [link for link in links if not (page.parent / link).exists()]
    missing += [name for name in files if not (DOCS.parent / name).exists()]
    assert missing == []


if __name__ == "__main__":
    EVENTS.write_text(made_anew(EVENTS.read_text(encoding="utf-8")), encoding="utf-8")
