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

DOCS = Path(__file__).parents[1] / "docs"
EVENTS = DOCS / "events.md"
CATALOGUE = re.compile(r"(?<=anew -->\n).*(?=<!-- /catalogue)", re.DOTALL)


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


def test_the_catalogue_is_that_of_the_code() -> None:
    found = CATALOGUE.search(EVENTS.read_text(encoding="utf-8"))
    assert found is not None
    assert found[0] == catalogue()


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
    text = EVENTS.read_text(encoding="utf-8")
    EVENTS.write_text(CATALOGUE.sub(lambda _: catalogue(), text), encoding="utf-8")
