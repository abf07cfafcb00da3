"""The demo as somebody meets it who has just cloned the repository."""

from __future__ import annotations

import contextlib
import socket
import sqlite3
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals

import aiohttp
import pytest

from bot.demo.script import TRAIL, check, perform
from bot.demo.stage import Stage
from tests.bot.program import Program, run

CLOSING = f"messages and {len(TRAIL)} audit rows: all there, each once, in order."


def demo(folder: Path, *options: str) -> AbstractAsyncContextManager[Program]:
    """The demo, with `folder` for its temporary files and proxies that lead nowhere."""
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    environment = {**nowhere, "TMPDIR": str(folder)}
    return run(folder, "-m", "bot", "demo", *options, environment=environment)


async def opened(program: Program) -> str:
    """Wait until the start page is served; returns its address."""
    line = await program.line("Herald's demo is open at ")
    url = line.removeprefix("Herald's demo is open at ").removesuffix(" (Ctrl-C ends it)")
    assert url.startswith("http://127.0.0.1:")
    assert url.endswith("/")
    return url


def left_behind(folder: Path) -> list[Path]:
    return list(folder.glob("herald-demo-*"))


async def test_the_script_tells_the_story_and_ends_well(tmp_path: Path) -> None:
    async with demo(tmp_path, "--script") as program:
        assert await program.end() == 0, program.text
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


async def test_the_check_names_what_is_missing(bare: Stage, tmp_path: Path) -> None:
    told: list[str] = []
    verdict = await perform(bare, told.append)
    assert verdict.faults == ()
    assert told[-1].endswith(CLOSING)
    with contextlib.closing(sqlite3.connect(tmp_path / "herald.sqlite3")) as database, database:
        database.execute("DELETE FROM audit_entry WHERE action = 'RaceRejected'")
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
        assert await program.end() == 1
        assert "WRONG: the audit trail: missing ['Pigs flew'], unexpected []" in program.output
        assert program.output[-1].endswith("audit rows: something is missing or too much.")


@pytest.mark.parametrize("number", [SIGINT, SIGTERM])
async def test_the_page_is_served_on_this_machine_until_it_is_ended(number: Signals, tmp_path: Path) -> None:
    async with demo(tmp_path, "--no-browser", "--port", "0") as program:
        url = await opened(program)
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            assert response.status == 200
            assert "<html" in (await response.text()).lower()
        assert await program.end(number, within=10) == 0, program.text
        assert "Traceback" not in program.text
    assert left_behind(tmp_path) == []


async def test_a_port_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with demo(tmp_path, "--no-browser", "--port", str(port)) as program:
            assert await program.end() == 2, program.text
            (said,) = (line for line in program.output if line.startswith("herald: "))
            assert str(port) in said
            assert "--port" in said
            assert "Traceback" not in program.text
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("number", [SIGINT, SIGTERM])
async def test_a_signal_during_the_play_leaves_nothing_behind(number: Signals, tmp_path: Path) -> None:
    async with demo(tmp_path, "--no-browser") as program:
        await program.line("── Sign-up")
        await program.end(number, within=10)
        assert "Traceback" not in program.text
    assert left_behind(tmp_path) == []
