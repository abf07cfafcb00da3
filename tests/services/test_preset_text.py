from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services import preset_text
from services.errors import Invalid
from services.preset_text import COMPARED, DEEPEST, LARGEST, decode, diff, read, same

PLACE = re.compile(r"Line \d+, column \d+: .+\.", re.DOTALL)

LOADERS: list[Any] = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]


@pytest.fixture(params=LOADERS, ids=lambda loader: loader.__name__)
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both of PyYAML's parsers, whichever is there."""
    monkeypatch.setattr(preset_text, "_LOADER", request.param)


def refusal(text: str) -> str:
    with pytest.raises(Invalid) as caught:
        read(text)
    return str(caught.value.message)


@pytest.mark.usefixtures("loader")
def test_settings_are_read_as_they_stand() -> None:
    text = "goal: ganon\nhints: [always, never]\nseed:\n  open: yes\n  since: 2026-11-24\n"
    assert read(text) == {
        "goal": "ganon",
        "hints": ["always", "never"],
        "seed": {"open": True, "since": yaml.safe_load("2026-11-24")},
    }


WRONG = {
    "": "Line 1, column 1: there is nothing in it.",
    "# only a remark": "Line 1, column 1: there is nothing in it.",
    "- one": "Line 1, column 1: a preset is made of lines such as `name: value`, and this is none.",
    "just words": "Line 1, column 1: a preset is made of lines such as `name: value`, and this is none.",
    "!!set {a, b}": "Line 1, column 1: a preset is made of lines such as `name: value`, and this is none.",
    "a: 1\nb: c: d": "Line 2, column 5: a colon makes no sense here; look at the indentation, or put quotes around.",
    "a: 1\n b: 2": "Line 2, column 3: a colon makes no sense here",
    "a:\n\t- x": "Line 2, column 1: no value can begin with this character",
    "a: 'x": "Line 1, column 6: a quotation mark is not closed.",
    "a: [1, 2\nb: 3": "a list that begins with [ is not closed, or lacks a comma.",
    "a: {b: 1": "a mapping that begins with { is not closed, or lacks a comma.",
    "a: 1\n- b": "Line 2, column 1: this does not belong to what is above it",
    "a: 1\nb\nc: 2": "there is no colon after this name.",
    "? [1]\n: 2": "Line 1, column 3: a list or a mapping cannot be a name.",
    "a: 1\n---\nb: 2": "Line 2, column 1: a second document begins here (---), and a preset is one.",
    "a: !!python/object/apply:os.system [ls]": "Line 1, column 4: there is no type of this name.",
    "a: 2026-02-31": "Line 1, column 4: this is no timestamp that exists.",
    "a: !!int many": "Line 1, column 4: this is no int that exists.",
    "a: !!bool perhaps": "Line 1, column 4: this is no bool that exists.",
    "a: " + "1" * 5000: "Line 1, column 4: this is no int that exists.",
    "a: 1\nb: \x07": "Line 2, column 4: the invisible character U+0007 is not allowed.",
    "a: \ud83d": "Line 1, column 4: half of a character stands here.",
}


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_said_in_words_with_its_place(text: str) -> None:
    message = refusal(text)
    assert WRONG[text] in message
    assert PLACE.fullmatch(message)


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize("text", ["a: &x [1]\nb: 2", "a: 1\nb: *x", "&x a: 1", "&x\na: 1"])
def test_nothing_stands_for_something_else(text: str) -> None:
    assert "anchors (&) and aliases (*) are not taken; write out what they stand for" in refusal(text)


@pytest.mark.usefixtures("loader")
def test_a_few_lines_that_stand_for_billions_are_refused_at_their_first_anchor() -> None:
    laughs = "a: &a [ha, ha]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True)
    )
    assert refusal(laughs).startswith("Line 1, column 4: anchors")


@pytest.mark.usefixtures("loader")
def test_no_depth_beyond_the_limit_is_followed() -> None:
    deepest = "a: " + "[" * (DEEPEST - 1) + "]" * (DEEPEST - 1)
    assert read(deepest)
    assert "lies too deep" in refusal(deepest.replace("[]", "[[]]"))
    assert "lies too deep" in refusal("a: " + "[" * 30_000)
    assert "lies too deep" in refusal("{a: " * 10_000)


def test_a_text_is_as_large_as_its_bytes() -> None:
    assert read("a: " + "x" * (LARGEST - 3))
    words = f"That is too much: {LARGEST + 1} bytes, and at most 65536 fit (64 KiB)."
    assert refusal("a: " + "x" * (LARGEST - 2)) == words
    assert "That is too much" in refusal("a: " + "é" * (LARGEST // 2))
    with pytest.raises(Invalid, match="That is too much"):
        decode(b"x" * (LARGEST + 1))


def test_a_file_is_taken_only_in_utf_8() -> None:
    assert decode("größe: 1\r\n".encode()) == "größe: 1\r\n"
    with pytest.raises(Invalid, match="Line 2, column 3: the file is not in UTF-8; save it as that"):
        decode(b"a: 1\nb:\xff")


TOKENS = st.sampled_from(
    [
        *"abc012:,[]{}&*!|>'\"%@`#-?.~=<\\ \n\t\r\ufeff\u2028\x85\x00",
        *(": ", "- ", "\n  ", "---\n", "...\n", "%YAML 1.2\n", "<<: ", "2026-13-01"),
        *("!!", "!!int ", "!!set ", "!!binary ", "!!omap ", "!!pairs ", "!!timestamp "),
    ]
)


def require_place(refused: Invalid) -> None:
    assert PLACE.fullmatch(str(refused.message)), refused.message


@pytest.mark.usefixtures("loader")
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(), st.lists(TOKENS, max_size=30).map("".join)))
def test_any_text_is_a_mapping_or_is_refused_with_a_line(text: str) -> None:
    try:
        found: object = read(text)
    except Invalid as refused:
        require_place(refused)
    else:
        assert isinstance(found, dict)


@given(st.binary(max_size=100))
def test_any_file_is_a_text_or_is_refused_with_a_line(data: bytes) -> None:
    try:
        assert decode(data).encode() == data
    except Invalid as refused:
        require_place(refused)


def test_what_a_form_changes_of_itself_is_no_change() -> None:
    assert same("a: 1\r\nb: 2\r\n", "a: 1\nb: 2")
    assert not same("a: 1", "a: 2")
    assert not same("a: |\n  x\n\n  y", "a: |\n  x\n  y")


def test_a_diff_shows_what_changed_and_what_stands_around_it() -> None:
    before = "\n".join(f"k{number}: 1" for number in range(10))
    changed = diff(before, before.replace("k5: 1", "k5: 2"))
    assert changed.splitlines() == [
        "@@ -3,7 +3,7 @@",
        *(" k2: 1", " k3: 1", " k4: 1"),
        *("-k5: 1", "+k5: 2"),
        *(" k6: 1", " k7: 1", " k8: 1"),
    ]
    assert diff("a", "a") == ""
    assert diff("a", "a\n") == "@@ -1 +1,2 @@\n a\n+"
    assert diff("a\r\n", "a\n").splitlines()[1:3] == ["-a␍", "+a"]


def applied(before: str, changed: str) -> str:
    """`before` with a diff brought upon it, by the numbers in its heads."""
    old, new, at = before.split("\n"), list[str](), 0
    for one in changed.split("\n") if changed else []:
        if head := re.fullmatch(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@", one):
            start = int(head[1]) - (0 if head[2] == "0" else 1)
            new += old[at:start]
            at = start
        elif one.startswith("+"):
            new.append(one[1:])
        else:
            assert old[at] == one[1:]
            new += [] if one.startswith("-") else [old[at]]
            at += 1
    return "\n".join(new + old[at:])


LINES = st.lists(st.sampled_from(["a: 1", "b: 2", "", "- x", "+y", "@@"]), max_size=30).map("\n".join)


@given(LINES, LINES)
def test_a_diff_leads_from_one_text_to_the_other(before: str, after: str) -> None:
    assert applied(before, diff(before, after)) == after


def test_a_diff_of_very_much_is_not_compared_line_by_line() -> None:
    before = "\n".join(["top: 1", *(f"k{n % 90}: {n}" for n in range(3 * COMPARED)), "end: 1"])
    after = "\n".join(["top: 1", *(f"k{n * 7 % 90}: {n}" for n in range(2 * COMPARED)), "end: 1"])
    changed = diff(before, after)
    assert changed.count("\n@@") == 0
    assert applied(before, changed) == after
