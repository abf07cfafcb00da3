"""A preset's text: is it YAML that can be used, and what differs between two of them. Nothing here knows Discord."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from difflib import unified_diff
from typing import Any, cast

import yaml
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.reader import Reader

from services.errors import Invalid
from services.words.language import count

LARGEST = 64 * 1024
"""Bytes of a text, in UTF-8."""

DEEPEST = 20
"""How deep mappings and lists may lie in each other."""

COMPARED = 1000
"""Changed lines that are compared one by one; the time that this takes may grow with their square."""

CONTEXT = 3
"""Lines that a diff shows around what changed."""

# Most of it has no types.
_YAML: Any = yaml

# The one in C is ten times faster; where it is not there, the other one says the same in other words.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_TOO_DEEP = f"this lies too deep: at most {DEEPEST} mappings or lists lie in each other"
_NO_MAPPING = "a preset is made of lines such as `name: value`, and this is none"

_WORDS: tuple[tuple[str, str], ...] = (
    (r"mapping values are not allowed", "a colon makes no sense here; look at the indentation, or put quotes around"),
    (r"could not find expected ':'", "there is no colon after this name"),
    (r"expected ',' or ']'", "a list that begins with [ is not closed, or lacks a comma"),
    (r"expected ',' or '}'", "a mapping that begins with { is not closed, or lacks a comma"),
    (r"unexpected end of stream", "a quotation mark is not closed"),
    (r"cannot start any token", "no value can begin with this character; put quotes around it (tabs do not indent)"),
    (r"expected (<block end>|key)", "this does not belong to what is above it; look at the indentation"),
    (r"maximum nesting depth", _TOO_DEEP),
    (r"unknown escape character", "there is no such escape; in single quotes a backslash is just that"),
    (r"found unhashable key", "a list or a mapping cannot be a name"),
    (r"could not determine a constructor", "there is no type of this name"),
)
"""The slips that are usual, in words for who made them."""


def read(text: str) -> dict[Hashable, Any]:
    """The mapping that `text` is in YAML. Raises Invalid, which says in which line and column something is wrong.

    Anchors and aliases are refused, for with them a few lines can stand for more than any memory holds.
    """
    _require_readable(text)
    try:
        _require_plain(_YAML.parse(text, Loader=_LOADER))
        root = _YAML.compose(text, Loader=_LOADER)
        value = cast("Any", _Constructor()).construct_document(root)
    except yaml.MarkedYAMLError as error:
        raise _invalid(_in_words(error), error.problem_mark or error.context_mark) from None
    except yaml.YAMLError as error:
        # Of the reader, which knows no lines.
        position = getattr(error, "position", 0)
        raise _invalid_at(text, position if isinstance(position, int) else 0, "a character is not allowed") from None
    if not isinstance(value, dict):
        # A set and an ordered mapping are written like one.
        raise _invalid(_NO_MAPPING, root.start_mark)
    return cast("dict[Hashable, Any]", value)


def decode(data: bytes) -> str:
    """A file's text. Raises Invalid when it is too large or not UTF-8."""
    require_small(len(data))
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        raise _invalid_at(before, len(before), "the file is not in UTF-8; save it as that") from None


def require_small(size: int) -> None:
    """Raises Invalid when a text has more bytes than fit."""
    if size > LARGEST:
        raise Invalid(f"That is too much: {count(size, 'byte')}, and at most {LARGEST} fit (64 KiB).")


def same(one: str, other: str) -> bool:
    """Whether two texts differ in nothing but what a form changes of itself: line ends, and blanks at the end."""
    return _lines(one.rstrip()) == _lines(other.rstrip())


def diff(before: str, after: str) -> str:
    """What changed, as lines that begin with `-`, `+` or a blank; empty when nothing did."""
    old, new = ([line.replace("\r", "␍") for line in text.split("\n")] for text in (before, after))
    start = _alike(zip(old, new, strict=False))
    limit = min(len(old), len(new)) - start
    end = _alike(zip(old[::-1][:limit], new[::-1][:limit], strict=False))
    first, removed, added = start, old[start : len(old) - end], new[start : len(new) - end]
    if max(len(removed), len(added)) <= COMPARED:
        # Its first two lines would name the files.
        return "\n".join(list(unified_diff(old, new, lineterm="", n=CONTEXT))[2:])
    lead, trail = old[max(0, first - CONTEXT) : first], old[len(old) - end :][:CONTEXT]
    around = len(lead) + len(trail)
    head = f"@@ -{first - len(lead) + 1},{len(removed) + around} +{first - len(lead) + 1},{len(added) + around} @@"
    return "\n".join(
        [
            head,
            *(f" {line}" for line in lead),
            *(f"-{line}" for line in removed),
            *(f"+{line}" for line in added),
            *(f" {line}" for line in trail),
        ]
    )


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n")


def _alike(pairs: Iterator[tuple[str, str]]) -> int:
    """How many pairs there are before the first whose two differ."""
    number = 0
    for one, other in pairs:
        if one != other:
            break
        number += 1
    return number


class _Constructor(SafeConstructor):
    """Makes values of what stands in the text; whatever it cannot make has its place there."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT002 - PyYAML's own signature
        try:
            return cast("Any", super()).construct_object(node, deep=deep)
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
            # All that PyYAML lets escape over a value that is not of the type it looks like.
            kind = str(node.tag).rpartition(":")[2]
            raise ConstructorError(None, None, f"this is no {kind} that exists", node.start_mark) from None


def _require_readable(text: str) -> None:
    try:
        require_small(len(text.encode()))
    except UnicodeEncodeError as error:
        raise _invalid_at(text, error.start, "half of a character stands here") from None
    if found := Reader.NON_PRINTABLE.search(text):
        raise _invalid_at(text, found.start(), f"the invisible character U+{ord(found[0]):04X} is not allowed")


def _require_plain(events: Iterator[Any]) -> None:
    """Let pass what is one mapping without anchors and not too deep, before anything is made of it."""
    depth, documents = 0, 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        if wrong := _wrong(event, depth, documents):
            raise _invalid(wrong, event.start_mark)
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    if documents == 0:
        raise Invalid("Line 1, column 1: there is nothing in it.")


def _wrong(event: Any, depth: int, documents: int) -> str | None:
    """What is wrong with a part of the text that lies so deep, in the document of that number."""
    if getattr(event, "anchor", None) is not None:
        return "anchors (&) and aliases (*) are not taken; write out what they stand for"
    if documents > 1:
        return "a second document begins here (---), and a preset is one"
    root = isinstance(event, yaml.ScalarEvent) and depth == 0
    if root or (isinstance(event, yaml.SequenceStartEvent) and depth == 1):
        return _NO_MAPPING
    return _TOO_DEEP if depth > DEEPEST else None


def _in_words(error: yaml.MarkedYAMLError) -> str:
    problem = " ".join(str(error.problem or error.context or "this cannot be read").split())
    return next((words for pattern, words in _WORDS if re.search(pattern, problem)), problem)


def _invalid(what: str, mark: Any) -> Invalid:
    line, column = (mark.line, mark.column) if mark else (0, 0)
    return Invalid(f"Line {line + 1}, column {column + 1}: {what}.")


def _invalid_at(text: str, position: int, what: str) -> Invalid:
    lines = text[:position].split("\n")
    return Invalid(f"Line {len(lines)}, column {len(lines[-1]) + 1}: {what}.")
