"""What people read stands in `services/words/`, and nowhere among what is done."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent

OPERATOR = {"__main__", "operate", "settings", "client"}
"""What the host reads on a terminal stands with its command."""

SOURCES = [
    path
    for room in ("services", "bot", "bot/cogs")
    for path in sorted((HOUSE / room).glob("*.py"))
    if path.stem not in OPERATOR
]

PROSE = re.compile(r"[A-Za-z']{2,}[,.:;!?…]? [A-Za-z']{2,}|^[A-Z][a-z']+[^A-Za-z_]*$|^ ?[a-z]+\.$")
"""Two words in a row, a word that begins a sentence, or one that ends it."""

UNSEEN = {"_log", "logging"}
"""What is said to these reaches the log alone."""

PATTERN = "re.compile"
"""What is given to it is there to recognise what others say."""

ERRORS_OF_OURS = {"RuntimeError", "ValueError", "TypeError", "AssertionError", "LookupError", "KeyError"}
"""Raised when the code is wrong, never shown."""


def unread(tree: ast.Module) -> set[ast.AST]:
    """The literals of `tree` that nobody but a programmer or a host reads."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(node.value)  # a docstring
        elif isinstance(node, ast.Call):
            spoken_to = node.func.value if isinstance(node.func, ast.Attribute) else node.func
            unseen = isinstance(spoken_to, ast.Name) and spoken_to.id in UNSEEN | ERRORS_OF_OURS
            if unseen or ast.unparse(node.func) == PATTERN:
                found.update(ast.walk(node))
    return found


def prose(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden = unread(tree)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node not in hidden
            and PROSE.search(node.value)
        ):
            yield f"line {node.lineno}: {node.value!r}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_nothing_that_is_done_holds_what_people_read(path: Path) -> None:
    assert not list(prose(path))


def test_prose_is_recognised(tmp_path: Path) -> None:
    """The test above sees an ordinary refusal, a label and the end of a sentence, in whatever string they stand."""
    source = tmp_path / "example.py"
    source.write_text(
        '"""A docstring."""\n'
        "raise NotFound(f'{name} is not here.')\nbutton = Button('join', 1, 'Join')\n"
        "_log.warning('not for people')\nraise RuntimeError('nor is this')\n"
        "status = 'open'\nfield = f'{status} already.'\n",
        encoding="utf-8",
    )
    assert sorted(found.split(":")[0] for found in prose(source)) == ["line 2", "line 3", "line 7"]
