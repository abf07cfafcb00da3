"""A Python program as a process of its own, and what it prints."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests import postgres
from tests.bot.discord_server import PATIENCE
from tests.database_file import FILE, DatabaseFile

ROOT = Path(__file__).parents[2]


class Program:
    """`output` holds the lines so far, of both streams."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._printed = asyncio.Event()
        self._reading = asyncio.create_task(self._read())
        self.output: list[str] = []

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.output.append(line.decode().rstrip("\n"))
            self._printed.set()
        self._printed.set()

    @property
    def text(self) -> str:
        return "\n".join(self.output)

    def said(self) -> list[str]:
        """The lines that are no log lines."""
        return [line for line in self.output if not line[:4].isdigit()]

    async def line(self, text: str, *, within: float = PATIENCE) -> str:
        """Wait for a line that contains `text`."""
        async with asyncio.timeout(within):
            while True:
                for line in self.output:
                    if text in line:
                        return line
                assert not self._reading.done(), f"it ended without saying {text!r}:\n{self.text}"
                self._printed.clear()
                await self._printed.wait()

    def tell(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def end(self, number: signal.Signals | None = None, *, within: float = PATIENCE) -> int:
        """Wait for the end, after sending a signal if one is given; returns the exit status."""
        if number is not None:
            self._process.send_signal(number)
        try:
            async with asyncio.timeout(within):
                status = await self._process.wait()
                await self._reading
        except TimeoutError:
            raise AssertionError(f"it did not end:\n{self.text}") from None
        return status

    async def destroy(self) -> None:
        """Leave nothing behind."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._reading


@asynccontextmanager
async def run(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> AsyncGenerator[Program]:
    """Run `python …` in `folder`; it is killed when this is left before it ended."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("DISCORD_", "HERALD_"))}
    for name in ("DATABASE_URL", "KEEP_DAYS", "LOG_LEVEL", "SHARD_COUNT", "SHARD_IDS"):
        inherited.pop(name, None)
    if postgres.CHOSEN:
        # On SQLite it is the file of that name in the folder.
        database = DatabaseFile(folder / FILE)
        database.provide()
        inherited["DATABASE_URL"] = database.url
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=folder,
        env=inherited | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | dict(environment or {}),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=1 << 24,
    )
    program = Program(process)
    try:
        yield program
    finally:
        await program.destroy()
