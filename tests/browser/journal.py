"""What was operated, as it went over the wire, and where the wire led."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Error, Request, Response, WebSocket

_COMPONENT = re.compile(r"message:(?P<message>\d+):component:(?P<path>[\w.]+)")
_ACTION = re.compile(r"herald:(\w+):")


class Journal:
    """Listens to all pages of a context.

    A control of the bot's is known by its custom id, which the page is told but does not show.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.commands: set[str] = set()
        """Slash commands that were sent."""
        self.actions: set[str] = set()
        """Of the custom ids that were sent: what the router knows them by."""
        self.hosts: set[str] = set()
        """Whom the pages asked for anything."""
        self._state: Mapping[str, Any] = {}
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("page", lambda page: page.on("websocket", self._connected))

    def _connected(self, socket: WebSocket) -> None:
        self.hosts.add(str(urlsplit(socket.url).hostname))

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob"):
            self.hosts.add(str(address.hostname))
        if request.method == "POST" and address.path == "/api/action":
            self._sent(json.loads(request.post_data or "{}"))

    def _answered(self, response: Response) -> None:
        address = urlsplit(response.url)
        if address.path == "/api/state" and response.ok:
            # Where the page has gone elsewhere meanwhile, the answer has gone with it.
            with contextlib.suppress(Error):
                self._state = response.json()

    def _sent(self, action: Mapping[str, Any]) -> None:
        match action["kind"]:
            case "run_command":
                self.commands.add(" ".join(action["path"]))
            case "click" | "select":
                self._used(self._component(action["control_key"]))
            case "modal_submit":
                self._used(self._state["modal"]["payload"])
            case _:
                pass

    def _component(self, key: str) -> Any:
        found = _COMPONENT.fullmatch(key)
        assert found, key
        part: Any = self._state["messages"][found["message"]]["components"]
        for step in found["path"].split("."):
            part = part[int(step) if step.isdecimal() else step]
        return part

    def _used(self, control: Mapping[str, Any]) -> None:
        found = _ACTION.match(control["custom_id"])
        assert found, control
        self.actions.add(found[1])
