"""The program as its host runs it: a process of its own, against a server that speaks Discord's protocol."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals
from typing import Any
from urllib.parse import parse_qs, urlsplit

import discord
import pytest

from tests import postgres
from tests.bot.discord_objects import APPLICATION, GUILD, guild
from tests.bot.discord_server import INTERACTION_TOKEN, TOKEN, DiscordServer, Trouble, discord_server
from tests.bot.program import Program, run
from tests.database_file import FILE, DatabaseFile

IDENTIFY, RESUME = 2, 6
PROMPTLY = 5.0


@pytest.fixture
async def server(file: DatabaseFile, template: Path) -> AsyncGenerator[DiscordServer]:
    """Discord, for a bot whose database is there and up to date in the test's folder: to make one takes long."""
    await file.begin_with(template)
    async with discord_server() as server:
        yield server


@pytest.fixture
def fresh(tmp_path: Path) -> Generator[Path]:
    """A folder in which no Herald has ever run."""
    folder = tmp_path / "fresh"
    folder.mkdir()
    yield folder
    DatabaseFile(folder / FILE).discard()


def herald(
    folder: Path, server: DiscordServer | None = None, **environment: str
) -> AbstractAsyncContextManager[Program]:
    served = server.environment if server else {}
    return run(folder, "-m", "bot", environment={"LOG_LEVEL": "DEBUG", **served, **environment})


def assert_no_secret(program: Program, folder: Path) -> None:
    written = b"".join(path.read_bytes() for path in folder.iterdir())
    if postgres.CHOSEN:
        written = repr(DatabaseFile(folder / FILE).dump()).encode()
    assert b"0002_claims" in written
    for secret in (TOKEN, TOKEN.rsplit(".", 1)[-1], INTERACTION_TOKEN):
        assert secret not in program.text
        assert secret.encode() not in written


async def test_it_starts_with_the_rights_it_needs_and_describes_its_commands_once(
    fresh: Path, server: DiscordServer
) -> None:
    async with herald(fresh, server) as program:
        ready = await program.line("ready in 1 guilds")
        asked = parse_qs(urlsplit(ready.split()[-1]).query)
        assert asked["client_id"] == [str(APPLICATION)]
        needed = discord.Permissions(
            view_channel=True,
            send_messages=True,
            embed_links=True,
            read_message_history=True,
            create_private_threads=True,
            send_messages_in_threads=True,
        )
        assert asked["permissions"] == [str(needed.value)]
        assert server.sent(IDENTIFY)[0]["d"]["intents"] == discord.Intents(guilds=True).value
        assert server.count("PUT", f"/applications/{APPLICATION}/commands") == 1
        assert "voice will NOT" not in program.text
        assert await program.end(SIGTERM, within=PROMPTLY) == 0
        assert "Traceback" not in program.text
        assert "Task was destroyed" not in program.text
        assert_no_secret(program, fresh)

    async with herald(fresh, server) as again:
        await again.line("has connected to Gateway")
        assert await again.end(SIGINT, within=PROMPTLY) == 0
    assert server.count("PUT", "/commands") == 1


async def test_an_object_that_cannot_be_parsed_costs_only_its_own_event(tmp_path: Path, server: DiscordServer) -> None:
    broken: dict[str, Any] = {
        "GUILD_CREATE": {**guild(77), "channels": [{"type": 0}]},
        "GUILD_UPDATE": {"id": "no number"},
        "GUILD_DELETE": None,
        "CHANNEL_CREATE": {"type": 0, "guild_id": str(GUILD)},
        "MESSAGE_CREATE": {"id": "1", "channel_id": "2"},
        "INTERACTION_CREATE": {"id": "1", "type": 2, "token": INTERACTION_TOKEN},
        "THREAD_LIST_SYNC": [],
    }
    async with herald(tmp_path, server) as program:
        await program.line("has connected to Gateway")
        for event, data in broken.items():
            await server.dispatch(event, data)
            await program.line(f"an event of type {event} could not be parsed and was dropped")
        answer = await server.command("setup")
        assert answer["data"]["embeds"][0]["title"] == "Set up Herald"
        assert await program.end(SIGTERM, within=PROMPTLY) == 0
        assert_no_secret(program, tmp_path)


async def test_a_session_that_cannot_be_read_costs_the_connection_and_not_the_process(
    tmp_path: Path, server: DiscordServer
) -> None:
    async with herald(tmp_path, server) as program:
        await program.line("has connected to Gateway")
        await server.dispatch("READY", {"v": 10})
        await program.line("connecting anew")
        await server.until(lambda: len(server.sent(IDENTIFY)) == 2)
        await server.command("setup")
        await server.until(lambda: server.count("POST", "/callback"))
        assert await program.end(SIGTERM, within=PROMPTLY) == 0


async def test_a_shard_that_cannot_be_read_costs_its_own_connection_and_no_other(
    tmp_path: Path, server: DiscordServer
) -> None:
    def shards() -> list[list[int]]:
        return [payload["d"]["shard"] for payload in server.sent(IDENTIFY)]

    async with herald(tmp_path, server, SHARD_COUNT="2") as program:
        await server.until(lambda: shards() == [[0, 2], [1, 2]])
        await program.line("ready in 1 guilds")
        # What it is sent, the shard that came last hears.
        await server.dispatch("READY", {"v": 10})
        await program.line("Attempting a reconnect for shard ID 1")
        await server.until(lambda: shards() == [[0, 2], [1, 2], [1, 2]])
        await server.command("setup")
        await server.until(lambda: server.count("POST", "/callback"))
        assert await program.end(SIGTERM, within=PROMPTLY) == 0


async def test_a_lost_gateway_connection_is_resumed_and_what_was_missed_is_heard(
    tmp_path: Path, server: DiscordServer
) -> None:
    async with herald(tmp_path, server) as program:
        await program.line("has connected to Gateway")
        server.drop()
        # Sent into the gap.
        answer = await server.command("setup")
        assert answer["data"]["embeds"][0]["title"] == "Set up Herald"
        assert len(server.sent(RESUME)) == 1
        await server.close_gateway(4000)
        await server.until(lambda: len(server.sent(RESUME)) == 2)
        assert len(server.sent(IDENTIFY)) == 1
        assert (await server.command("setup"))["data"]["embeds"]
        assert await program.end(SIGINT, within=PROMPTLY) == 0


async def test_an_answer_under_way_is_finished_before_the_end(tmp_path: Path, server: DiscordServer) -> None:
    async with herald(tmp_path, server) as program:
        await program.line("has connected to Gateway")
        snag = server.snag("POST", "/callback", Trouble.DELAY)
        await server.command("setup")
        assert snag.hit
        ending = asyncio.create_task(program.end(SIGTERM, within=PROMPTLY))
        await program.line("stopping")
        # With nobody to wait for it ends far sooner.
        await asyncio.wait({ending}, timeout=0.5)
        assert not ending.done()
        snag.release.set()
        assert await ending == 0
        assert snag.answered
        assert "Traceback" not in program.text


async def test_a_second_signal_ends_what_the_first_one_waits_for(tmp_path: Path, server: DiscordServer) -> None:
    async with herald(tmp_path, server) as program:
        await program.line("has connected to Gateway")
        server.snag("POST", "/callback", Trouble.HOLD)
        await server.command("setup")
        program.tell(SIGTERM)
        await program.line("stopping")
        assert await program.end(SIGTERM, within=PROMPTLY) == -SIGTERM


async def test_neither_tokens_nor_what_people_write_are_logged(tmp_path: Path, server: DiscordServer) -> None:
    async with herald(tmp_path, server) as program:
        await program.line("has connected to Gateway")
        await server.form("herald:setup_create:", name="Secret Society", time_zone="UTC")
        server.snag("POST", "/callback", Trouble.HANG_UP)
        await server.command("setup")
        await program.line("unexpected error")
        # The next one works.
        assert (await server.command("setup"))["data"]["embeds"][0]["title"] == "Secret Society"
        assert await program.end(SIGTERM, within=PROMPTLY) == 0
        assert "Secret Society" not in program.text
        assert_no_secret(program, tmp_path)


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("login", SIGTERM),
        ("migration", SIGTERM),
        ("migration", SIGINT),
        ("commands", SIGINT),
        ("hello", SIGTERM),
        ("ready", SIGINT),
    ],
)
async def test_a_signal_during_the_start_ends_it_promptly(
    moment: str, number: Signals, tmp_path: Path, fresh: Path, server: DiscordServer
) -> None:
    match moment:
        case "login":
            snag = server.snag("GET", "/users/@me", Trouble.HOLD)
        case "commands":
            snag = server.snag("PUT", "/commands", Trouble.HOLD)
        case _:
            snag = None
            server.mute(moment.upper())
    async with herald(fresh if moment == "migration" else tmp_path, server) as program:
        if snag is not None:
            await server.until(lambda: snag.hit)
        elif moment == "migration":
            await program.line("Ensuring migration schema")
        elif moment == "hello":
            await server.until(lambda: server.connected)
        else:
            await server.until(lambda: server.sent(IDENTIFY))
        assert await program.end(number, within=PROMPTLY) == 0
        assert "Traceback" not in program.text
        assert "never awaited" not in program.text
        assert "Task was destroyed" not in program.text


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_a_token_that_discord_refuses_is_said_in_one_line(tmp_path: Path, server: DiscordServer) -> None:
    wrong = TOKEN.replace("secret", "forged")
    async with herald(tmp_path, server, DISCORD_TOKEN=wrong) as program:
        assert await program.end() == 2
        assert program.said() == [
            "herald: Discord does not know this DISCORD_TOKEN: copy it anew from the Bot page of the developer portal."
        ]
        assert wrong not in program.text


async def test_a_session_that_discord_ends_for_good_is_said_in_one_line(tmp_path: Path, server: DiscordServer) -> None:
    async with herald(tmp_path, server) as program:
        await program.line("has connected to Gateway")
        await server.close_gateway(4004)
        assert await program.end() == 2
        (said,) = program.said()
        assert said.startswith("herald: Discord ended the session for good (code 4004)")


async def test_a_bot_that_needs_more_shards_is_told_how_to_have_them(tmp_path: Path, server: DiscordServer) -> None:
    async with herald(tmp_path, server) as program:
        await program.line("has connected to Gateway")
        await server.close_gateway(4011)
        assert await program.end() == 2
        (said,) = program.said()
        assert said.startswith("herald: Discord wants this bot to have more shards: set SHARD_COUNT")


async def test_an_unreachable_discord_is_said_in_one_line(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    async with herald(tmp_path, DISCORD_TOKEN=TOKEN, DISCORD_API_URL=url) as program:
        assert await program.end() == 2
        (said,) = program.said()
        assert said.startswith("herald: Discord cannot be reached (127.0.0.1:")


async def test_a_discord_that_refuses_the_commands_is_said_in_one_line(tmp_path: Path, server: DiscordServer) -> None:
    async with herald(tmp_path, server, DISCORD_API_URL=f"http://127.0.0.1:{server.port}/nowhere") as program:
        assert await program.end() == 2
        (said,) = program.said()
        assert said.startswith("herald: Discord refuses: 404 Not Found")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing/herald.sqlite3", "unable to open database file: there is no such folder"),
        ("letter", "file is not a database"),
    ],
)
async def test_a_database_that_cannot_be_opened_is_said_in_one_line(
    name: str, reason: str, tmp_path: Path, server: DiscordServer
) -> None:
    (tmp_path / "letter").write_text("Dear Herald, this is no database, though it is just as long as one may be. " * 9)
    url = f"sqlite://{tmp_path / name}"
    async with herald(tmp_path, server, DATABASE_URL=url) as program:
        assert await program.end() == 2
        assert program.said() == [f"herald: the database cannot be opened: {tmp_path / name}: {reason}."]


async def test_a_missing_token_is_said_in_one_line(tmp_path: Path) -> None:
    async with herald(tmp_path) as program:
        assert await program.end() == 2
        (said,) = program.said()
        assert said.startswith("herald: DISCORD_TOKEN is missing: ")
    assert not any(tmp_path.glob("*"))  # noqa: ASYNC240 - nothing else runs meanwhile
