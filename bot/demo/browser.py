"""Opening the visitor's browser, where there is one."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser


def show_in_browser(url: str) -> None:
    """Open `url` in a graphical browser. Without one, or without a terminal to be looked at, nothing happens."""
    if not sys.stdout.isatty() or not _has_screen():
        return
    # Python's way to start a browser may wait for it, and a thread that nobody waits for does no harm.
    threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def _has_screen() -> bool:
    """Whether a browser would have a window. Without one, Python would start a text browser in this terminal."""
    if os.environ.get("SSH_CONNECTION"):
        return False
    return sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
