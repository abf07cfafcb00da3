"""A preset's text: is it YAML that can be used, and what differs between two of them. Nothing here knows Discord."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from difflib import unified_diff
from typing import Any

import yaml
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.reader import Reader

from services.errors import Invalid
from services.words import preset_text as words

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
_BUILDER: Any = SafeConstructor

# The one in C is ten times faster; where it is not there, the other one says the same in other words.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_SLIPS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"mapping values are not allowed"), words.COLON_OUT_OF_PLACE),
    (re.compile(r"could not find expected ':'"), words.NO_COLON),
    (re.compile(r"expected ',' or ']'"), words.LIST_NOT_CLOSED),
    (re.compile(r"expected ',' or '}'"), words.MAPPING_NOT_CLOSED),
    (re.compile(r"unexpected end of stream"), words.QUOTE_NOT_CLOSED),
    (re.compile(r"cannot start any token"), words.NO_SUCH_BEGINNING),
    (re.compile(r"expected (<block end>|key)"), words.OUT_OF_PLACE),
    (re.compile(r"maximum nesting depth"), words.too_deep(DEEPEST)),
    (re.compile(r"unknown escape character"), words.NO_SUCH_ESCAPE),
    (re.compile(r"found unhashable key"), words.NOT_A_NAME),
    (re.compile(r"could not determine a constructor"), words.NO_SUCH_TYPE),
)
"""The slips that are usual, by what PyYAML says of them."""


def read(text: str) -> dict[Hashable, Any]:
    """The mapping that `text` is in YAML. Raises Invalid, which says in which line and column something is wrong.

    Anchors and aliases are refused, for with them a few lines can stand for more than any memory holds.
    """
    _require_readable(text)
    try:
        _require_plain(_YAML.parse(text, Loader=_LOADER))
        root = _YAML.compose(text, Loader=_LOADER)
        value = _CONSTRUCTOR().construct_document(root)
    except yaml.MarkedYAMLError as error:
        raise _invalid(_in_words(error), error.problem_mark or error.context_mark) from None
    except yaml.YAMLError as error:
        # Of the reader, which knows no lines.
        position = getattr(error, "position", 0)
        raise _invalid_at(text, position if isinstance(position, int) else 0, words.FORBIDDEN_CHARACTER) from None
    if not _is_mapping(value):
        raise _invalid(words.NO_MAPPING, root.start_mark)
    return value


def decode(data: bytes) -> str:
    """A file's text. Raises Invalid when it is too large or not UTF-8."""
    require_small(len(data))
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        raise _invalid_at(before, len(before), words.NOT_UTF_8) from None


def require_small(size: int) -> None:
    """Raises Invalid when a text has more bytes than fit."""
    if size > LARGEST:
        raise Invalid(words.too_large(size, LARGEST))


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


def _is_mapping(value: object) -> bool:
    # A set and an ordered mapping are written like one.
    return isinstance(value, dict)


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
            return _BUILDER.construct_object(self, node, deep=deep)
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
            # All that PyYAML lets escape over a value that is not of the type it looks like.
            kind = str(node.tag).rpartition(":")[2]
            raise ConstructorError(None, None, words.no_such_value(kind), node.start_mark) from None


_CONSTRUCTOR: Any = _Constructor


def _require_readable(text: str) -> None:
    try:
        require_small(len(text.encode()))
    except UnicodeEncodeError as error:
        raise _invalid_at(text, error.start, words.HALF_A_CHARACTER) from None
    if found := Reader.NON_PRINTABLE.search(text):
        raise _invalid_at(text, found.start(), words.invisible_character(ord(found[0])))


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
        raise _invalid(words.NOTHING_IN_IT, None)


def _wrong(event: Any, depth: int, documents: int) -> str | None:
    """What is wrong with a part of the text that lies so deep, in the document of that number."""
    if getattr(event, "anchor", None) is not None:
        return words.NO_ANCHORS
    if documents > 1:
        return words.ONE_DOCUMENT
    root = isinstance(event, yaml.ScalarEvent) and depth == 0
    if root or (isinstance(event, yaml.SequenceStartEvent) and depth == 1):
        return words.NO_MAPPING
    return words.too_deep(DEEPEST) if depth > DEEPEST else None


def _in_words(error: yaml.MarkedYAMLError) -> str:
    problem = " ".join(str(error.problem or error.context or words.UNREADABLE).split())
    return next((wrong for pattern, wrong in _SLIPS if pattern.search(problem)), problem)


def _invalid(what: str, mark: Any) -> Invalid:
    line, column = (mark.line, mark.column) if mark else (0, 0)
    return Invalid(words.at(line + 1, column + 1, what))


def _invalid_at(text: str, position: int, what: str) -> Invalid:
    lines = text[:position].split("\n")
    return Invalid(words.at(len(lines), len(lines[-1]) + 1, what))
