"""What people are told when the process dies: everything, each once, in order."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals
from typing import Any

import pytest

from bot.demo.script import TRAIL
from bot.demo.stage import Stage
from bot.demo.transcript import plain
from bot.settings import Settings
from services.courier import NONCE_WINDOW
from tests.bot.crash import STATUS
from tests.bot.discord_objects import AUDIT, NEWS
from tests.bot.discord_server import DiscordServer, Trouble, discord_server
from tests.bot.program import ROOT, Program, run
from tests.database_file import FILE, DatabaseFile

SET_UP = TRAIL[:9]
UNTOLD = [
    "Olga created the speedrun tournament Spring Cup",
    "Ann used Herald for the first time",
    "Olga made Ann's invite for the role racer",
    "Olga opened sign-up for Spring Cup",
    "Ann became a member as racer",
    "Ann joined Spring Cup",
    "Bo used Herald for the first time",
    "Bo became a member as racer",
    "Bo joined Spring Cup",
    "Olga started Spring Cup (racers: 2)",
    "Ann handed in 1:23:45 in Spring Cup",
    "Bo handed in 1:25:10.5 in Spring Cup",
]


def titles(messages: list[Any]) -> list[str]:
    return [plain(message.embeds[0].title or "") for message in messages]


async def test_what_was_committed_and_not_delivered_is_delivered_by_the_next_process(
    bare: Stage, tmp_path: Path
) -> None:
    (tmp_path / "left").mkdir()
    left = DatabaseFile(tmp_path / "left" / FILE)
    left.provide()
    async with run(left.path.parent, str(ROOT / "tests" / "bot" / "crash.py"), left.url) as program:
        assert await program.end() == STATUS, program.text
    (pending,) = left.select("SELECT count(*) FROM delivery WHERE status = 'pending'")
    assert pending >= len(UNTOLD)
    assert left.select("SELECT count(*) FROM audit_entry") == [len(SET_UP)]

    # This server was built in the same way, so it has the same ids: it is the one that the process knew.
    assert left.select("SELECT guild_id FROM guild_link") == [bare.guild.id]
    bare.settings = Settings(database_url=left.url)
    await bare.restart()
    await assert_all_told_once(bare)
    # And not again by the process after that.
    await bare.restart()
    await assert_all_told_once(bare)


async def assert_all_told_once(stage: Stage) -> None:
    trail = [line.text for line in await stage.bot.herald.audit.everything()]
    assert trail == SET_UP + UNTOLD
    assert titles(stage.posts("announcements")) == [
        "New tournament: Spring Cup",
        "Spring Cup is open for sign-up",
        "Spring Cup has started",
    ]
    assert titles(stage.posts("review")) == ["Ann's run in Spring Cup", "Bo's run in Spring Cup"]
    assert titles(stage.dms("Ann")) == ["Invitation to Racing Club"]
    lines = [plain((m.embeds[0].description or "").rsplit(" · ", 1)[0]) for m in stage.posts("audit")]
    assert lines == [text for text in UNTOLD if "for the first time" not in text]


# From here on, the simulated Discord outlives the process, which is the program itself.


@pytest.fixture
async def server(file: DatabaseFile, template: Path) -> AsyncGenerator[DiscordServer]:
    await file.begin_with(template)
    async with discord_server() as server:
        yield server


def herald(folder: Path, server: DiscordServer) -> AbstractAsyncContextManager[Program]:
    return run(folder, "-m", "bot", environment=server.environment)


async def found_a_community(server: DiscordServer) -> None:
    await server.form("herald:setup_create:", name="Racing Club", time_zone="UTC")
    await server.choose("herald:setup_channel:announcement", NEWS)
    await server.choose("herald:setup_channel:audit", AUDIT)


async def create(server: DiscordServer, name: str) -> None:
    await server.form("herald:create:speedrun", name=name, description="", seed="")


def news(server: DiscordServer) -> list[str]:
    return [message["embeds"][0]["title"] for message in server.messages[NEWS]]


def told(count: int) -> list[str]:
    return [f"New tournament: Cup {number}" for number in range(count)]


async def assert_each_once(server: DiscordServer, count: int) -> None:
    """With the program at work on what is left."""
    last = f"Cup {count - 1}"
    await server.until(lambda: any(last in title for title in news(server)))
    await server.until(lambda: any(last in line for line in audit_lines(server)))
    assert news(server) == told(count)
    names = [name for name in audit_lines(server) if "Cup" in name]
    assert [line.split(" · ")[0] for line in names] == [
        f"Olga created the speedrun tournament Cup {number}" for number in range(count)
    ]
    nonces = [message["nonce"] for messages in server.messages.values() for message in messages]
    assert len(set(nonces)) == len(nonces)


def audit_lines(server: DiscordServer) -> list[str]:
    return [plain(message["embeds"][0]["description"]) for message in server.messages[AUDIT]]


def assert_settled(file: DatabaseFile) -> None:
    """With no program at work."""
    assert file.select("SELECT status, failure FROM message WHERE status <> 'sent'") == []
    assert file.select("SELECT * FROM delivery WHERE status <> 'done'") == []
    events = file.select("SELECT seq FROM event ORDER BY seq")
    assert events
    assert file.select("SELECT event_seq FROM audit_entry ORDER BY id") == events


async def test_a_process_killed_at_work_leaves_nothing_out_and_says_nothing_twice(
    tmp_path: Path, file: DatabaseFile, server: DiscordServer
) -> None:
    count = 0
    for deaths in range(3):
        async with herald(tmp_path, server) as program:
            await program.line("has connected to Gateway")
            if deaths == 0:
                await found_a_community(server)
            for _ in range(4):
                await create(server, f"Cup {count}")
                count += 1
            # The last answer has just gone out: its announcement may be anywhere between the commit and Discord.
            assert await program.end(SIGKILL) == -SIGKILL
    async with herald(tmp_path, server) as program:
        await assert_each_once(server, count)
        assert await program.end(SIGTERM) == 0
    assert_settled(file)
    assert news(server) == told(count)


@pytest.mark.parametrize(
    ("trouble", "number", "status"),
    [(Trouble.HOLD, SIGKILL, -SIGKILL), (Trouble.HOLD_REPLY, SIGKILL, -SIGKILL), (Trouble.HOLD_REPLY, SIGTERM, 0)],
)
async def test_a_process_that_ends_while_it_sends_leaves_no_message_out_and_sends_none_twice(
    trouble: Trouble, number: Signals, status: int, tmp_path: Path, file: DatabaseFile, server: DiscordServer
) -> None:
    async with herald(tmp_path, server) as program:
        await program.line("has connected to Gateway")
        await found_a_community(server)
        snag = server.snag("POST", f"/channels/{NEWS}/messages", trouble)
        await create(server, "Cup 0")
        await create(server, "Cup 1")
        await server.until(lambda: snag.hit)
        assert await program.end(number, within=5.0) == status
        assert "Traceback" not in program.text
    attempts = "SELECT attempts FROM message WHERE status = 'pending' AND kind = 'tournament_created' ORDER BY seq"
    assert file.select(attempts)[0] == 1
    async with herald(tmp_path, server) as program:
        await assert_each_once(server, 2)
        assert await program.end(SIGTERM) == 0
    assert_settled(file)


@pytest.mark.parametrize(("trouble", "posts"), [(Trouble.HOLD, 2), (Trouble.HOLD_REPLY, 1)])
async def test_a_message_that_discord_may_have_since_long_is_looked_for_before_it_is_sent_again(
    trouble: Trouble, posts: int, tmp_path: Path, file: DatabaseFile, server: DiscordServer
) -> None:
    async with herald(tmp_path, server) as program:
        await program.line("has connected to Gateway")
        await found_a_community(server)
        snag = server.snag("POST", f"/channels/{NEWS}/messages", trouble)
        await create(server, "Cup 0")
        await server.until(lambda: snag.hit)
        # All else is done with: it would not be sent again so long after, and its nonces are forgotten below.
        await server.until(lambda: any("Cup 0" in line for line in audit_lines(server)))
        await file.until("SELECT count(*) FROM message WHERE status = 'pending' AND kind <> 'tournament_created'", 0)
        assert await program.end(SIGKILL) == -SIGKILL
    # The nonce is too old to be remembered by now.
    long_ago = datetime.now(UTC) - NONCE_WINDOW - timedelta(minutes=10)
    file.execute(
        f"UPDATE message SET first_attempt_at = '{long_ago.isoformat(sep=' ')}'"
        " WHERE status = 'pending' AND kind = 'tournament_created'"
    )
    server.forget_nonces()
    async with herald(tmp_path, server) as program:
        await assert_each_once(server, 1)
        await server.until(lambda: server.count("GET", f"/channels/{NEWS}/messages"))
        assert await program.end(SIGTERM) == 0
    assert_settled(file)
    assert server.count("POST", f"/channels/{NEWS}/messages") == posts
