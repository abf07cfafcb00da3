"""What was measured, kept as JSON for each Python, and the tables and plots of `docs/performance.md` made from it.

`python -m bench --save` measures and keeps; `python -m bench.report` makes tables and plots anew.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import msgspec

from bench.table import MEMORY, TITLES, Row, short

DOCS = Path(__file__).parent.parent / "docs"
KEPT = DOCS / "performance"
PAGE = DOCS / "performance.md"
BEGIN, END = "<!-- figures: made by `python -m bench.report` -->", "<!-- /figures -->"

COLOURS = ("#4c78a8", "#f58518")
"""Of the Pythons, the older first. They are told apart on white and on black."""

LINE, BAR, LEFT, WIDTH = 34, 11, 320, 860
"""Of a plot, in pixels."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One run of the table: on what, and what came of it."""

    python: str
    machine: str
    server: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Bar:
    """One group of a plot: what it stands for in two lines, and a value for each Python (None: not measured)."""

    label: str
    beside: str
    values: Sequence[float | None]


def save(machine: str, server: str, rows: list[Row]) -> None:
    """Keep a run as that of this Python, and make tables and plots anew."""
    KEPT.mkdir(exist_ok=True)
    figures = Figures(platform.python_version(), machine, server, rows)
    text = msgspec.json.format(msgspec.json.encode(figures), indent=1)
    (KEPT / f"{'.'.join(platform.python_version_tuple()[:2])}.json").write_bytes(text + b"\n")
    make()


def make() -> None:
    """Make tables and plots from the runs that are kept."""
    paths = sorted(KEPT.glob("*.json"))
    runs = [msgspec.json.decode(path.read_bytes(), type=Figures) for path in paths]
    pythons = [run.python for run in runs]
    goals = _plot("How much of each goal is reached (1 and more: reached)", list(_shares(runs)), pythons, mark=1)
    (KEPT / "goals.svg").write_text(goals, encoding="utf-8")
    queues = _plot("Changes a second, each with its audit row, on PostgreSQL", list(_queues(runs)), pythons)
    (KEPT / "queues.svg").write_text(queues, encoding="utf-8")
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    tables = "\n\n".join(map(_table, runs))
    PAGE.write_text(f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}", encoding="utf-8")


def _table(run: Figures) -> str:
    lines = [
        f"### Python {run.python}",
        "",
        f"{run.machine}; {run.server}.",
        "",
        f"| {' | '.join(TITLES)} |",
        f"|{' --- |' * len(TITLES)}",
        *(f"| {' | '.join(row.cells())} |" for row in run.rows),
    ]
    return "\n".join(lines)


def _names(row: Row) -> tuple[str, str]:
    """What is compared and with what, without the versions, which differ from Python to Python."""
    return f"{row.what} ({row.engine})", re.sub(r" (of Python )?\d[\w.]*", "", row.peer)


def _shares(runs: Sequence[Figures]) -> Iterator[Bar]:
    """For each row with a goal, what the least of its ratios is of the goal; beyond 1 it is reached."""
    shares = [{_names(row): min(row.goal.shares(row.ratios)) for row in run.rows if row.goal} for run in runs]
    for names in dict.fromkeys(names for share in shares for names in share):
        yield Bar(*names, [share.get(names) for share in shares])


def _queues(runs: Sequence[Figures]) -> Iterator[Bar]:
    """Herald's rate and those of the queues beside it."""
    rates: list[dict[str, float]] = []
    for run in runs:
        beside = [row for row in run.rows if row.what.endswith("beside a queue") and row.engine != MEMORY]
        rates.append({"Herald": beside[0].ours[0]} | {row.peer.split()[0]: row.theirs[0] for row in beside})
    for name in dict.fromkeys(name for rate in rates for name in rate):
        yield Bar(name, "", [rate.get(name) for rate in rates])


def _plot(title: str, bars: Sequence[Bar], pythons: Sequence[str], mark: float | None = None) -> str:
    """Horizontal bars, a group for each of `bars`, with a line at `mark`; where there is one, longer bars are cut."""
    known = [value for bar in bars for value in bar.values if value is not None]
    longest = max(known) if mark is None else min(max(known), 3 * mark)
    scale = (WIDTH - LEFT - 70) / longest
    height = 60 + LINE * len(bars)
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" font-size="12"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" fill="#808080">',
        f"<title>{escape(title)}</title>",
        f'<text x="10" y="18" font-size="14">{escape(title)}</text>',
    ]
    for place, python in enumerate(pythons):
        x = LEFT + 120 * place
        parts.append(f'<rect x="{x}" y="28" width="11" height="11" fill="{COLOURS[place]}"/>')
        parts.append(f'<text x="{x + 16}" y="38">Python {escape(python)}</text>')
    for number, bar in enumerate(bars):
        top = 52 + LINE * number
        for text, y in ((bar.label, top + 9), (bar.beside, top + 21)):
            parts.append(f'<text x="{LEFT - 8}" y="{y}" text-anchor="end" font-size="10">{escape(text)}</text>')
        for place, value in enumerate(bar.values):
            y = top + (BAR + 1) * place
            length = 0 if value is None else min(value, longest) * scale
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{COLOURS[place]}"/>')
            words = "not for this Python" if value is None else short(value)
            parts.append(f'<text x="{LEFT + length + 5:.1f}" y="{y + 10}" font-size="10">{words}</text>')
    if mark is not None:
        x = LEFT + mark * scale
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="46" y2="{height - 8}" stroke="#808080" stroke-dasharray="4"/>'
        )
    return "\n".join([*parts, "</svg>\n"])


if __name__ == "__main__":
    make()
