"""What is said of a preset's text that cannot be used. Most of it is completed by `at`."""

from __future__ import annotations

from services.words.language import count

NO_MAPPING = "a preset is made of lines such as `name: value`, and this is none"
NOTHING_IN_IT = "there is nothing in it"
NO_ANCHORS = "anchors (&) and aliases (*) are not taken; write out what they stand for"
ONE_DOCUMENT = "a second document begins here (---), and a preset is one"

FORBIDDEN_CHARACTER = "a character is not allowed"
HALF_A_CHARACTER = "half of a character stands here"
NOT_UTF_8 = "the file is not in UTF-8; save it as that"

COLON_OUT_OF_PLACE = "a colon makes no sense here; look at the indentation, or put quotes around"
NO_COLON = "there is no colon after this name"
LIST_NOT_CLOSED = "a list that begins with [ is not closed, or lacks a comma"
MAPPING_NOT_CLOSED = "a mapping that begins with { is not closed, or lacks a comma"
QUOTE_NOT_CLOSED = "a quotation mark is not closed"
NO_SUCH_BEGINNING = "no value can begin with this character; put quotes around it (tabs do not indent)"
OUT_OF_PLACE = "this does not belong to what is above it; look at the indentation"
NO_SUCH_ESCAPE = "there is no such escape; in single quotes a backslash is just that"
NOT_A_NAME = "a list or a mapping cannot be a name"
NO_SUCH_TYPE = "there is no type of this name"
UNREADABLE = "this cannot be read"


def at(line: int, column: int, wrong: str) -> str:
    """Where it is `wrong`; lines and columns count from 1."""
    return f"Line {line}, column {column}: {wrong}."


def too_deep(deepest: int) -> str:
    return f"this lies too deep: at most {count(deepest, 'mapping or list', 'mappings or lists')} lie in each other"


def invisible_character(code: int) -> str:
    return f"the invisible character U+{code:04X} is not allowed"


def no_such_value(kind: str) -> str:
    """`kind` is a type of YAML's, such as `timestamp`."""
    return f"this is no {kind} that exists"


def too_large(size: int, largest: int) -> str:
    """Both in bytes."""
    return f"That is too much: {count(size, 'byte')}, and at most {largest} fit ({largest // 1024} KiB)."
