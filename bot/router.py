"""Answers buttons, selects and modals by their custom id, so that they work after a restart as before.

discord.py has persistent views, but a modal lives only in the memory of the process that opened it: who fills one
in during a restart would lose what they wrote. Here all three carry what they mean (`herald:action:argument`),
and one table says who answers.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import discord

from bot.render import CUSTOM_ID
from bot.replies import answering
from services.errors import NotFound
from services.words import replies as words

_log = logging.getLogger(__name__)

E = TypeVar("E", bound=StrEnum)

PREFIX = "herald"

AGAIN = "again"
MOST_KEPT = 1000

LONGEST_ID = len(str(2**63 - 1))
LARGEST_ID = 2**63 - 1
"""As much as the database can look for."""


@dataclass(frozen=True, slots=True)
class Press:
    """A button pressed, a select chosen (`values`), or a modal sent (`fields` by their ids)."""

    router: Router
    interaction: discord.Interaction
    argument: str
    values: tuple[str, ...]
    fields: Mapping[str, str]

    @property
    def target(self) -> int:
        """The id of the thing that was meant. Raises NotFound."""
        return read_id(self.argument)


Handler = Callable[[Press], Coroutine[Any, Any, None]]


def outdated() -> NotFound:
    """The refusal of what this release does not understand."""
    return NotFound(words.OF_ANOTHER_RELEASE)


def read_id(text: str) -> int:
    """An id out of a custom id or a select. Raises NotFound."""
    if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID and int(text) <= LARGEST_ID):
        raise outdated()
    return int(text)


def read_choice(kind: type[E], text: str) -> E:
    """A member of an enumeration, by its value. Raises NotFound."""
    try:
        return kind(text)
    except ValueError:
        raise outdated() from None


class Router:
    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {AGAIN: self._answer_again}
        self._kept: dict[str, Handler] = {}

    def add(self, action: str, handler: Handler) -> None:
        """Let `handler` answer what has the custom id `herald:action:…`."""
        self._handlers[action] = handler

    def keep(self, handler: Handler) -> str:
        """Let `handler` answer what has the custom id that this returns, as long as this process lives.

        For what does not fit into a custom id. Of many, the oldest are forgotten.
        """
        token = secrets.token_urlsafe(8)
        self._kept[token] = handler
        if len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return CUSTOM_ID.format(action=AGAIN, argument=token)

    async def _answer_again(self, press: Press) -> None:
        handler = self._kept.get(press.argument)
        if handler is None:
            raise NotFound(words.NO_LONGER_KEPT)
        await handler(press)

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
                raise outdated()
            values = tuple(str(value) for value in data.get("values", ()))
            await handler(Press(self, interaction, argument, values, dict(_inputs(data.get("components", ())))))


def _inputs(components: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    """The text inputs of a modal, whether they lie in action rows or in labels."""
    for component in components:
        if "value" in component:
            yield str(component["custom_id"]), str(component["value"] or "")
        if "component" in component:
            yield from _inputs([component["component"]])
        yield from _inputs(component.get("components", ()))
