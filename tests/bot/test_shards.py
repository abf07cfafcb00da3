"""Two processes of one bot, each with a shard of its own, on one database."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from signal import SIGTERM

import pytest

from tests import postgres
from tests.bot.discord_server import discord_server
from tests.bot.program import Program, run
from tests.database_file import DatabaseFile

IDENTIFY = 2


@pytest.mark.skipif(not postgres.CHOSEN, reason="SQLite serves one process")
async def test_each_serves_its_shard_and_a_third_one_is_refused(tmp_path: Path) -> None:
    database = DatabaseFile(tmp_path / "herald.sqlite3")
    postgres.create(database.name)
    async with discord_server() as server:

        def herald(shard: str) -> AbstractAsyncContextManager[Program]:
            environment = {"DATABASE_URL": database.url, "SHARD_COUNT": "2", "SHARD_IDS": shard}
            return run(tmp_path, "-m", "bot", environment={**server.environment, **environment})

        async with herald("0") as first:
            await first.line("ready in 1 guilds")
            async with herald("1") as second:
                await second.line("ready in 1 guilds")
                assert [payload["d"]["shard"] for payload in server.sent(IDENTIFY)] == [[0, 2], [1, 2]]
                await server.command("setup")
                await server.until(lambda: server.count("POST", "/callback"))
                async with herald("1") as third:
                    assert await third.end() == 2
                    assert third.said() == [
                        "herald: another Herald serves shard 1: stop that one first, or give this one other SHARD_IDS."
                    ]
                assert await second.end(SIGTERM) == 0
            assert await first.end(SIGTERM) == 0
    database.discard()
