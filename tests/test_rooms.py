"""Who may know whom: the rule of the house, read off its source."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
ROOMS = ("models", "events", "services", "bot")
"""Each may import itself and those before it."""

OPENERS = {"in_transaction", "atomic", "get_or_create", "update_or_create", "bulk_create", "bulk_update"}
"""What opens a transaction of its own in Tortoise. All but the first two are fine inside a unit of work."""


def sources(room: str) -> list[Path]:
    return sorted((HOUSE / room).rglob("*.py"))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # A relative import stays in its room, which is why it may not climb.
            assert node.level <= 1, f"{path} climbs out of its package"
            if node.level == 0:
                yield node.module or ""


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(HOUSE).with_suffix("").parts).removesuffix(".__init__")


def mentions(path: Path, names: set[str]) -> set[str]:
    """Which of `names` the code in `path` uses, however it came by them."""
    found = {node.id for node in ast.walk(tree(path)) if isinstance(node, ast.Name)}
    found |= {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
    found |= {alias.name for node in ast.walk(tree(path)) if isinstance(node, ast.ImportFrom) for alias in node.names}
    return found & names


def test_every_room_is_there() -> None:
    assert all(len(sources(room)) > 5 for room in ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_imports_point_inward(room: str) -> None:
    allowed = set(ROOMS[: ROOMS.index(room) + 1])
    outward = {
        f"{module_name(path)} imports {name}"
        for path in sources(room)
        for name in imports(path)
        if name.split(".")[0] in {*ROOMS, "tests", "bench"} - allowed
    }
    assert outward == set()


@pytest.mark.parametrize("room", ROOMS[:-1])
def test_only_the_bot_knows_discord(room: str) -> None:
    known = {(module_name(p), name) for p in sources(room) for name in imports(p)}
    assert {pair for pair in known if pair[1].split(".")[0] in {"discord", "simcord", "aiohttp"}} == set()


def test_the_bot_leaves_the_tables_to_the_services() -> None:
    known = {(module_name(p), name) for p in sources("bot") for name in imports(p)}
    # Only that the database cannot be opened is for the program to say.
    assert {pair for pair in known if pair[1].split(".")[0] == "tortoise"} <= {("bot.__main__", "tortoise.exceptions")}


def test_transactions_are_opened_by_the_unit_of_work_alone() -> None:
    openers = {
        module_name(path) for room in ROOMS for path in sources(room) if mentions(path, {"in_transaction", "atomic"})
    }
    # The bot's own SQLite backend asks the connection whether a transaction was left open.
    openers.discard("models.sqlite")
    assert openers == {"events.unit_of_work"}


def test_methods_that_open_a_transaction_inside_stay_below_the_bot() -> None:
    assert {module_name(path) for path in sources("bot") if mentions(path, OPENERS)} == set()


def test_raw_sql_stands_in_the_log_the_audit_trail_and_the_scores_alone() -> None:
    names = {"execute_query", "execute_query_dict", "execute_script", "execute_insert", "execute_many", "RawSQL", "raw"}
    found = {module_name(path) for room in ROOMS for path in sources(room) if mentions(path, names)}
    assert found <= {"models.sql", "models.postgres", "models.sqlite"}
    known = {(name, module_name(path)) for room in ROOMS for path in sources(room) for name in imports(path)}
    assert {module for name, module in known if name == "models.sql"} <= {
        *("events.log", "models.audit", "models.scores")
    }


WATCH = """
import importlib, json, logging, sys, threading

opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" and args[1] and "w" in str(args[1])
                 and "__pycache__" not in str(args[0]) else None)
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
from events import EventBus
print(json.dumps({
    "handlers": EventBus.get_handler_count(),
    "root handlers": len(logging.getLogger().handlers),
    "own log handlers": [n for n in ("bot", "events", "models", "services") if logging.getLogger(n).handlers],
    "threads": threading.active_count(),
    "files written": opened,
}))
"""


def test_importing_every_module_does_no_work(tmp_path: Path) -> None:
    modules = [module_name(p) for room in ROOMS for p in sources(room) if "migrations" not in p.parts]
    modules = [name for name in modules if not name.startswith("bot.demo")] + [
        name for name in modules if name.startswith("bot.demo")
    ]
    # No settings: an environment with a path to Python and nothing else, in an empty folder.
    answer = subprocess.run(  # noqa: S603 - the program is this very Python
        [sys.executable, "-B", "-W", "ignore", "-c", WATCH, json.dumps(modules)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(HOUSE), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    assert json.loads(answer.stdout) == {
        "handlers": 0,
        "root handlers": 0,
        "own log handlers": [],
        "threads": 1,
        "files written": [],
    }
    assert list(tmp_path.iterdir()) == []
