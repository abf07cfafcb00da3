"""A demo as a process of its own, and the browser that looks at it."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright

ROOT = Path(__file__).parents[2]

START = 120.0
"""Seconds within which a demo has played its tournament, people have raced, and it serves its page."""

END = 15.0
"""Seconds within which it ends when it is told to."""

PATIENCE = 20_000
"""Milliseconds within which a page shows what it is to show."""


@contextmanager
def serve(folder: Path, *arguments: str) -> Generator[list[str]]:
    """Run `python …` with `folder` for its temporary files; yields the addresses in the last line it prints at first.

    Fails when it does not end well once it is told to.
    """
    process = subprocess.Popen(  # noqa: S603 - the program is this very Python
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    printed: list[str] = []

    def read() -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                printed.append(line)
                lines.put(line)
        lines.put("")

    reading = threading.Thread(target=read, daemon=True)
    reading.start()
    try:
        yield _addresses(lines, printed)
        process.send_signal(signal.SIGINT)
        assert process.wait(END) == 0, "".join(printed)
        reading.join(END)
        assert "Traceback" not in "".join(printed), "".join(printed)
    finally:
        process.kill()
        process.wait(END)
        reading.join(END)


def _addresses(lines: queue.SimpleQueue[str], printed: list[str]) -> list[str]:
    deadline = time.monotonic() + START
    while line := lines.get(timeout=max(deadline - time.monotonic(), 0.1)):
        if found := [word for word in line.split() if word.startswith("http://")]:
            return found
    raise AssertionError("it ended without an address:\n" + "".join(printed))


@contextmanager
def demo(folder: Path) -> Generator[str]:
    """A demo's address."""
    with serve(folder, "-m", "bot", "demo", "--port", "0", "--no-browser") as (url,):
        yield url


def launch(playwright: Playwright) -> Browser:
    """Chromium as the system has it; it finds no host but this machine."""
    return playwright.chromium.launch(
        executable_path=_chromium(), args=["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    )


def _chromium() -> str:
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert found, "There is no Chromium here: make test-browser sees to one, or CHROMIUM names it."
    return found
