"""The visitor's window: simcord's page of one place, which shows another one when they go there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from simcord import ChannelHandle, MemberActor, UserHandle
from simcord.preview import Preview, _markdown

from bot.demo.places import Place, Unread
from bot.demo.stage import Stage

Action = Callable[[str | None, Mapping[str, Any]], Awaitable[dict[str, Any]]]


class Window:
    """simcord shows one place at a time, at an address that is new each time."""

    def __init__(self, stage: Stage, unread: Unread) -> None:
        _name_mentions()
        self._stage = stage
        self._unread = unread
        self._preview: Preview | None = None
        self._switching = asyncio.Lock()
        self.place: Place | None = None
        self.viewer = ""

    @property
    def url(self) -> str | None:
        """Where the window is; None while it is closed. Whoever has the address can act there."""
        return self._preview.url if self._preview is not None and not self.ended else None

    @property
    def ended(self) -> bool:
        """Whether the visitor has ended the session on its page."""
        return self._preview is not None and self._preview._closed  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001 - it has no other way to say so

    async def open(self, place: Place, viewer: str) -> str:
        """Show `place` to `viewer` and return the address. Raises KeyError for an unknown place or person."""
        async with self._switching:
            # Before the old one is closed, which stays when there is no such place.
            self._find(place, viewer)
            await self._close()
            async with self._stage.turn:
                channel, viewers = self._find(place, viewer)
                preview = self._stage.env.preview(channel, viewers=viewers, layout="channel")
            await preview.__aenter__()
            _take_turns(preview, self._stage.turn)
            self._preview, self.place = preview, place
            # In DMs and private threads, one can only be the person that they belong to.
            self.viewer = place.name if place.dm else viewer
            self._unread.look(channel.id)
            return preview.url

    async def close(self) -> None:
        """Close the window, if it is open."""
        async with self._switching:
            await self._close()

    async def refresh(self) -> None:
        """Show what is new, and notice when the visitor has ended the session."""
        async with self._switching:
            if self._preview is None:
                return
            async with self._stage.turn:
                # Not sooner: whoever had the turn may have been the visitor, who ended it.
                if not self.ended:
                    await self._preview.refresh()
            if self.ended:
                await self._close()

    async def _close(self) -> None:
        if self._preview is not None:
            await self._preview.close()
        self._preview = self.place = None
        self._unread.look(None)

    def _find(self, place: Place, viewer: str) -> tuple[ChannelHandle, list[MemberActor | UserHandle]]:
        if place.dm:
            user = self._stage.user(place.name)
            return user.dm_channel, [user]
        if place.thread is not None:
            threads = {thread.id: thread for thread in self._stage.threads(viewer)}
            return threads[place.thread], [self._stage.people[viewer]]
        others = [member for name, member in self._stage.people.items() if name != viewer]
        return self._stage.channels[place.name], [self._stage.people[viewer], *others]


def _take_turns(preview: Preview, turn: asyncio.Lock) -> None:
    """Let what the visitor does wait for its turn.

    Without it, simcord turns down a press while somebody else acts, and one on what has been drawn anew, or belongs to
    a bot started anew, since the visitor's page last asked; Discord would do none of these.
    """
    act: Action = preview._action  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001 - its server asks just this

    async def in_turn(context_id: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
        async with turn:
            page = preview._pages.get(context_id or "")  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001 - as above
            if page is not None and isinstance(body, dict) and "published_revision" in body:
                generation = preview.env._generation  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001 - as above
                body = {**body, "published_revision": page.revision, "bot_generation": generation}
            return await act(context_id, body)

    preview._action = in_turn  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001 - as above


def _name_mentions() -> None:
    """Let simcord's page show mentions in embeds as Discord does, by name; it would show their ids."""
    for part in ("embed_description", "embed_field_value"):
        _markdown._FIELD_POLICIES[part]["mentions"] = True  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001 - it has no setting for it
