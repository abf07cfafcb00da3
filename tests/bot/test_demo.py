"""The demo as somebody meets it who has just cloned the repository."""

from __future__ import annotations

import contextlib
import socket
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals

import aiohttp
import pytest
from yarl import URL

from bot.demo.main import PORT
from bot.demo.script import TRAIL, check, perform
from bot.demo.stage import Stage
from tests.bot.program import Program, run
from tests.database_file import DatabaseFile

CLOSING = f"messages and {len(TRAIL)} audit rows: all there, each once, in order."

WHOLE_PLAY = 90.0
"""Seconds within which a tournament is played, and people have raced, on a machine that is busy otherwise."""


def demo(folder: Path, *options: str) -> AbstractAsyncContextManager[Program]:
    """The demo, with `folder` for its temporary files and proxies that lead nowhere."""
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    environment = {**nowhere, "TMPDIR": str(folder)}
    return run(folder, "-m", "bot", "demo", *options, environment=environment)


async def opened(program: Program) -> str:
    """Wait until the start page is served; returns its address."""
    line = await program.line("Herald's demo is open at ", within=WHOLE_PLAY)
    url = line.removeprefix("Herald's demo is open at ").removesuffix(" (Ctrl-C ends it)")
    assert url.startswith("http://127.0.0.1:")
    assert url.endswith("/")
    return url


def left_behind(folder: Path) -> list[Path]:
    return list(folder.glob("herald-demo-*"))


async def test_the_script_tells_the_story_and_ends_well(tmp_path: Path) -> None:
    async with demo(tmp_path, "--script") as program:
        assert await program.end(within=WHOLE_PLAY) == 0, program.text
        for line in (
            "── Olga sets Herald up",
            "Olga in #races ▸ /tournament create type: speedrun",
            "  a form opens: New tournament",
            "  #announcements ◂ New tournament: Spring Cup",
            "  DM to Ann ◂ Invitation to Racing Club",
            "  DM to Ann ◂ Your run was not approved",
            "  #announcements ◂ Spring Cup has ended",
            "── The audit trail",
        ):
            assert line in program.output
        trail = [line.split(" UTC  ")[1] for line in program.output if " UTC  " in line]
        assert trail == TRAIL
        assert program.output[-1].endswith(CLOSING)
        assert "WARNING" not in program.text
        assert "Traceback" not in program.text
    assert left_behind(tmp_path) == []


async def test_the_check_names_what_is_missing(bare: Stage, file: DatabaseFile) -> None:
    told: list[str] = []
    verdict = await perform(bare, told.append)
    assert verdict.faults == ()
    assert told[-1].endswith(CLOSING)
    file.execute("DELETE FROM audit_entry WHERE action = 'RaceRejected'")
    (fault,) = (await check(bare)).faults
    missing = [line for line in TRAIL if line.startswith("Rae rejected")]
    assert fault == f"the audit trail: missing {missing}, unexpected []"


async def test_a_script_that_misses_a_message_ends_badly(tmp_path: Path) -> None:
    # The program itself, with a wish that no play fulfils.
    code = (
        "import sys; import bot.demo.script as s; s.TRAIL.append('Pigs flew'); "
        "from bot.__main__ import main; sys.exit(main(['demo', '--script']))"
    )
    async with run(tmp_path, "-c", code) as program:
        assert await program.end(within=WHOLE_PLAY) == 1
        assert "WRONG: the audit trail: missing ['Pigs flew'], unexpected []" in program.output
        assert program.output[-1].endswith("audit rows: something is missing or too much.")


async def test_the_page_is_served_until_it_is_ended_whoever_looks_at_it(tmp_path: Path) -> None:
    async with demo(tmp_path, "--no-browser", "--port", "0") as program:
        async with aiohttp.ClientSession(await opened(program)) as session:
            async with session.get("/") as response:
                assert response.status == 200
                assert "<html" in (await response.text()).lower()
            live = await session.get("/live")
            assert (await live.content.readline()).startswith(b"data: ")
            # To the window of a channel, whose page is asked for over a connection that stays.
            async with session.get("/open/channel/review") as window:
                assert window.status == 200
                assert window.url.port != live.url.port
            assert await program.end(SIGTERM, within=10) == 0, program.text
            live.close()
        assert "Traceback" not in program.text
    assert left_behind(tmp_path) == []


async def test_another_port_is_taken_when_the_usual_one_is_in_use(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        # It may be in use already, which serves as well.
        with contextlib.suppress(OSError):
            stack.enter_context(socket.create_server(("127.0.0.1", PORT)))
        async with demo(tmp_path, "--no-browser") as program:
            port = URL(await opened(program)).port
            assert port not in (PORT, 0, None)
            assert await program.end(SIGINT, within=10) == 0


async def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with demo(tmp_path, "--no-browser", "--port", str(port)) as program:
            assert await program.end(within=WHOLE_PLAY) == 2, program.text
            (said,) = (line for line in program.output if line.startswith("herald: "))
            assert str(port) in said
            # Nobody waits for the end of the play to be told so.
            assert not any(line.startswith("──") for line in program.output)
            assert "--port" in said
            assert "Traceback" not in program.text
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("number", [SIGINT, SIGTERM])
async def test_a_signal_during_the_play_leaves_nothing_behind(number: Signals, tmp_path: Path) -> None:
    async with demo(tmp_path, "--no-browser") as program:
        await program.line("── Sign-up", within=WHOLE_PLAY)
        assert await program.end(number, within=10) == 0
        assert "Traceback" not in program.text
        assert not any(CLOSING in line for line in program.output)
    assert left_behind(tmp_path) == []


async def test_a_signal_while_the_crowd_arrives_opens_nothing(tmp_path: Path) -> None:
    async with demo(tmp_path, "--no-browser", "--port", "0") as program:
        await program.line(CLOSING, within=WHOLE_PLAY)
        assert await program.end(SIGTERM, within=10) == 0
        assert "is open at" not in program.text
        assert "Traceback" not in program.text
    assert left_behind(tmp_path) == []


async def test_a_check_that_is_broken_off_is_no_success(tmp_path: Path) -> None:
    async with demo(tmp_path, "--script") as program:
        await program.line("── Sign-up", within=WHOLE_PLAY)
        assert await program.end(SIGINT, within=10) == 128 + SIGINT
        assert "Traceback" not in program.text
    assert left_behind(tmp_path) == []
