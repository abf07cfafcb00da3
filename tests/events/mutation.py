"""How many of the mutants of the event core its tests have killed, from what a run of mutmut has left in a folder."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

SURVIVED = {0: "survived", 5: "untested", 33: "untested"}
TIMED_OUT = {-24, 24, 36, 152, 255}
KILLED = {1, 3}


def fates(tree: Path) -> Iterator[tuple[str, Counter[str]]]:
    """How many mutants of each module ended in which way."""
    for meta in sorted((tree / "mutants/events").glob("*.meta")):
        codes: dict[str, int | None] = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
        if codes:
            yield meta.name.removesuffix(".py.meta"), Counter(map(fate, codes.values()))


def fate(code: int | None) -> str:
    if code in KILLED:
        return "killed"
    if code in TIMED_OUT:
        return "timed out"
    return "untried" if code is None else SURVIVED.get(code, "broken")


def report(tree: Path) -> str:
    modules = dict(fates(tree))
    modules["in all"] = sum(modules.values(), Counter[str]())
    columns = ["killed", "timed out", "survived", "untested", "broken", "untried"]
    lines = [f"{'':14}{'mutants':>9}" + "".join(f"{column:>11}" for column in columns) + f"{'score':>9}"]
    for name, counts in modules.items():
        score = (counts["killed"] + counts["timed out"]) / (counts.total() or 1)
        cells = "".join(f"{counts[column]:11}" for column in columns)
        lines.append(f"{name:14}{counts.total():9}{cells}{score:9.1%}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(report(Path(sys.argv[1])))  # noqa: T201 - its output is its purpose
