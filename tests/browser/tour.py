"""Reads docs/tour.md, and does what it says.

In the tour's numbered lists each sentence is one of a few, see `_Steps`; paragraphs are for the reader alone. So is a
sentence in a list that tells the reader what to make of it: it begins with “The” or “This”, and names nothing in bold.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.browser.visitor import Visitor

TOUR = Path(__file__).parents[2] / "docs" / "tour.md"

LONG = 60_000
"""Milliseconds within which what the tour promises is seen; an outage lasts ten seconds, and what follows some more."""

B = r"\*\*([^*]+)\*\*"
"""Something in bold."""

_BOLD = r"\*\*[^*]+\*\*"
_LIST = rf"((?:{_BOLD}(?:, | and )?)+)"

_ITEM = re.compile(r"^\d+\. (.+(?:\n   .+)*)", re.MULTILINE)
_SENTENCE = re.compile(r"\s*((?:\*\*[^*]+\*\*|[^.*])+\.)(?=\s|$)")
_OPTION = re.compile(rf"(\w+) {B}")


class NotUnderstood(Exception):
    """A sentence of the tour that is none of those that it may have."""


@dataclass(frozen=True)
class Section:
    """A heading of the tour, and the sentences of its steps."""

    title: str
    sentences: tuple[str, ...]


def sections() -> list[Section]:
    """The parts of the tour that have steps. Raises NotUnderstood."""
    _, *parts = re.split(r"^## ", TOUR.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [Section(part.splitlines()[0], tuple(_sentences(part))) for part in parts]


def _sentences(text: str) -> list[str]:
    found: list[str] = []
    for item in _ITEM.findall(text):
        one_line = re.sub(r"\s+", " ", item)
        sentences = [str(sentence) for sentence in _SENTENCE.findall(one_line)]
        if " ".join(sentences) != one_line:
            raise NotUnderstood(one_line)
        for sentence in sentences:
            understand(sentence)
        found += sentences
    return found


def understand(sentence: str) -> Callable[[Visitor], None]:
    """What a sentence asks for. Raises NotUnderstood."""
    for pattern, step in _STEPS.items():
        if found := re.fullmatch(pattern, sentence):
            return lambda visitor: step(visitor, *found.groups())
    raise NotUnderstood(sentence)


def _press(visitor: Visitor, label: str) -> None:
    if visitor.at_start:
        visitor.button(label).click()
        if label.startswith("Be "):
            expect(visitor.button(label)).to_have_attribute("aria-pressed", "true")
    else:
        visitor.press(label)


def _press_on(visitor: Visitor, label: str, text: str) -> None:
    visitor.press(label, on=text)


def _open(visitor: Visitor, place: str) -> None:
    assert visitor.at_start, "one opens a place from the start page"
    visitor.link(f"Open {place}" if place.startswith("#") else place).click()
    visitor.settle()


def _back(visitor: Visitor) -> None:
    assert not visitor.at_start, "one is at the start page already"
    visitor.page.go_back()
    visitor.start()


def _send(visitor: Visitor, command: str, options: str) -> None:
    visitor.slash(command, **dict(_OPTION.findall(options)))


def _fill_in(visitor: Visitor, label: str, answer: str) -> None:
    visitor.page.get_by_role("dialog").get_by_label(label).fill(answer)


def _submit(visitor: Visitor) -> None:
    form = visitor.page.get_by_role("dialog")
    form.get_by_role("button", name="Submit", exact=True).click()
    expect(form).to_be_hidden()
    visitor.settle()


def _choose(visitor: Visitor, value: str, select: str) -> None:
    visitor.choose(select, value)


def _see(visitor: Visitor, texts: str) -> None:
    _see_in(visitor.page.locator("body"), texts)


def _see_under(visitor: Visitor, texts: str, heading: str) -> None:
    _see_in(visitor.part(heading), texts)


def _see_in(place: Locator, texts: str) -> None:
    for text in re.findall(B, texts):
        whole = re.compile(rf"(?<!\w){re.escape(text)}".replace(r"\ ", r"\s+"))
        expect(place).to_contain_text(whole, use_inner_text=True, timeout=LONG)


def _read(_: Visitor) -> None:
    """There is nothing to do but to read."""


_STEPS: dict[str, Callable[..., None]] = {
    rf"Press {B}\.": _press,
    rf"Press {B} on any card\.": _press,
    rf"Press {B} on {B}\.": _press_on,
    rf"Open {B}\.": _open,
    r"Go back\.": _back,
    rf"Send \*\*/([a-z ]+)\*\*((?:(?: with|,| and) \w+ {_BOLD})*)\.": _send,
    rf"Fill in {B} with {B}\.": _fill_in,
    r"Submit the form\.": _submit,
    rf"Choose {B} in {B}\.": _choose,
    rf"See {_LIST}\.": _see,
    rf"See {_LIST} under {B}\.": _see_under,
    r"(?:The|This) [^*]+\.": _read,
}
