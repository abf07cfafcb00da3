"""The page: the simulated server, as Discord would show it, on a local address."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from simcord import SetupError
from simcord.preview import Preview

from bot.demo.stage import Stage

BEAT = 1.0
"""Seconds between two looks at the clock."""


@asynccontextmanager
async def open_page(stage: Stage, channel: str, *, port: int = 0) -> AsyncGenerator[Preview]:
    """Serve `channel` at `url` of what this yields, with everybody to be switched to; time moves meanwhile.

    Raises SetupError when the port is in use.
    """
    async with stage.env.preview(
        stage.channels[channel], viewers=list(stage.people.values()), layout="channel", port=port
    ) as preview:
        ticking = asyncio.create_task(_tick(stage))
        try:
            yield preview
        finally:
            ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ticking


async def _tick(stage: Stage) -> None:
    """Let the simulated Discord's clock run with the wall clock."""
    while True:
        await asyncio.sleep(BEAT)
        # While an operation of the page's own is under way, time waits.
        with contextlib.suppress(SetupError, TimeoutError):
            await stage.env.advance_time(BEAT)
