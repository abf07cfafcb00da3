"""A transcript: what people do, and what they then see, in the words that Discord shows them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import discord
from simcord import InteractionResult, MemberActor

from bot.demo.stage import Stage

Write = Callable[[str], None]

_ESCAPE = re.compile(r"\\([\\`*_~|<>\-\[\]()#@])")
_STAMP = re.compile(r"<t:(\d+)(?::\w)?>")


STEP = 37
"""Seconds that pass between what people do."""


class Transcript:
    """Acts as people on a stage, and tells line by line what comes of it."""

    def __init__(self, stage: Stage, write: Write) -> None:
        self._stage = stage
        self._write = write
        self._shown: dict[int, str] = {}

    def heading(self, text: str) -> None:
        self._write(f"\n── {text}")

    async def slash(self, name: str, command: str, /, **options: Any) -> InteractionResult:
        """`name` runs a slash command in #races."""
        given = "".join(f" {key}: {_plain(value)}" for key, value in options.items())
        await self._stage.env.advance_time(STEP)
        self._write(f"\n{name} in #races ▸ /{command}{given}")
        return await self._told(name, await self._member(name).slash(self._stage.channels["races"], command, **options))

    async def fill_in(self, name: str, form: InteractionResult, /, **answers: str) -> InteractionResult:
        """`name` fills in the form that they were shown, and sends it."""
        given = ", ".join(f"{key} “{value}”" for key, value in answers.items() if value)
        self._write(f"{name} sends the form ▸ {given}")
        return await self._told(name, await self._member(name).submit_modal(form, answers))

    async def press(self, name: str, message: discord.Message, label: str, *, dm: bool = False) -> InteractionResult:
        """`name` presses a button."""
        await self._stage.env.advance_time(STEP)
        self._write(f"\n{name} presses ▸ [{label}]")
        presser = self._stage.user(name) if dm else self._member(name)
        return await self._told(name, await presser.click(message, label=label))

    async def choose(self, name: str, panel: InteractionResult, use: str, *values: Any) -> InteractionResult:
        """`name` chooses in one of the selects of a panel that only they see."""
        self._write(f"{name} chooses ▸ {', '.join(_plain(value) for value in values)} ({use.replace(':', ' ')})")
        result = await self._member(name).select(shown(panel), values, custom_id=f"herald:setup_{use}")
        return await self._told(name, result, quiet=True)

    async def settle(self) -> None:
        """Let the bot finish, and tell what appeared meanwhile."""
        await self._stage.settle()
        self._tell_news()

    def _member(self, name: str) -> MemberActor:
        return self._stage.people[name]

    async def _told(self, name: str, result: InteractionResult, *, quiet: bool = False) -> InteractionResult:
        if result.modal is not None:
            self._write(f"  a form opens: {result.modal['title']}")
        for reply in [result.response, *result.followups]:
            if reply is not None and reply.ephemeral and not quiet:
                self._write(_indent(f"Herald (only {name} sees it): ", body(reply.message)))
        await self.settle()
        return result

    def _tell_news(self) -> None:
        """Every post and DM that is new, or was edited, since the last look."""
        places = [(f"#{name}", self._stage.posts(name)) for name in self._stage.channels]
        places += [(f"DM to {name}", self._stage.dms(name)) for name in self._stage.people]
        for place, messages in places:
            for message in messages:
                if message.flags.ephemeral:
                    continue
                text = body(message)
                if self._shown.get(message.id) != text:
                    edited = " (edited)" if message.id in self._shown else ""
                    self._shown[message.id] = text
                    self._write(_indent(f"{place}{edited} ◂ ", text))


def shown(result: InteractionResult) -> discord.Message:
    """The message with which the bot answered. Raises LookupError when there is none."""
    if result.response is None:
        raise LookupError(f"no message: {result!r}")
    return result.response.message


def body(message: discord.Message) -> str:
    """A message as plain text: content, embeds and buttons."""
    parts = [plain(message.content)] if message.content else []
    for embed in message.embeds:
        parts += [plain(text) for text in (embed.title, embed.description) if text]
        parts += [f"{field.name}: {plain(field.value or '')}" for field in embed.fields]
        if embed.footer.text and embed.footer.text.startswith("Event"):
            parts.append(f"({embed.footer.text.split(' · ')[0]})")
    buttons = [
        f"[{item.label}]"
        for row in message.components
        if isinstance(row, discord.ActionRow)
        for item in row.children
        if isinstance(item, discord.Button)
    ]
    return "\n".join([*parts, *([" ".join(buttons)] if buttons else [])])


def plain(text: str) -> str:
    """Discord's markdown as a reader sees it: escapes taken off, timestamps in UTC."""
    stamped = _STAMP.sub(lambda m: f"{datetime.fromtimestamp(int(m[1]), UTC):%Y-%m-%d %H:%M} UTC", text)
    return _ESCAPE.sub(r"\1", stamped).replace("\u200b", "")


def _plain(value: object) -> str:
    name = getattr(value, "name", None)
    return str(name if isinstance(name, str) else value)


def _indent(head: str, text: str) -> str:
    lines = text.splitlines() or [""]
    return "\n".join([f"  {head}{lines[0]}", *(f"    │ {line}" for line in lines[1:])])
