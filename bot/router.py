"""Answers buttons, selects and modals by their custom id, so that they work after a restart as before.

discord.py has persistent views, but a modal lives only in the memory of the process that opened it: who fills one
in during a restart would lose what they wrote. Here all three carry what they mean (`herald:action:argument`),
and one table says who answers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import discord

from bot.replies import answering
from services.errors import NotFound

_log = logging.getLogger(__name__)

PREFIX = "herald"


@dataclass(frozen=True, slots=True)
class Press:
    """A button pressed, a select chosen (`values`), or a modal sent (`fields` by their ids)."""

    interaction: discord.Interaction
    argument: str
    values: tuple[str, ...]
    fields: Mapping[str, str]

    @property
    def target(self) -> int:
        """The id of the thing that was meant."""
        return int(self.argument)


Handler = Callable[[Press], Coroutine[Any, Any, None]]


class Router:
    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}

    def add(self, action: str, handler: Handler) -> None:
        """Let `handler` answer what has the custom id `herald:action:…`."""
        self._handlers[action] = handler

    async def dispatch(self, interaction: discord.Interaction) -> None:
        """Answer `interaction` if it is a component or modal of Herald's."""
        data: Mapping[str, Any] = interaction.data or {}
        prefix, _, rest = str(data.get("custom_id", "")).partition(":")
        if prefix != PREFIX:
            return
        action, _, argument = rest.partition(":")
        async with answering(interaction):
            handler = self._handlers.get(action)
            if handler is None:
                raise NotFound("This belongs to another release of Herald. Please use the command instead.")
            values = tuple(str(value) for value in data.get("values", ()))
            await handler(Press(interaction, argument, values, dict(_inputs(data.get("components", ())))))


def _inputs(components: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    """The text inputs of a modal, whether they lie in action rows or in labels."""
    for component in components:
        if "value" in component:
            yield str(component["custom_id"]), str(component["value"] or "")
        if "component" in component:
            yield from _inputs([component["component"]])
        yield from _inputs(component.get("components", ()))
