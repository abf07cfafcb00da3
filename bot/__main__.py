"""Herald's command line: `python -m bot` runs the bot, `python -m bot demo` shows it without a token."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from importlib.util import find_spec
from typing import Any

import aiohttp
import discord
from tortoise.exceptions import BaseORMException

from bot.client import HeraldBot, create_bot
from bot.operate import add_commands, operate
from bot.pace import Pace
from bot.settings import Settings, SettingsError, load_settings
from models.database import Database
from models.engine import DatabaseInUseError
from models.schema import SchemaError
from services.errors import Refusal

WRONG_USE = 2
"""Exit status when a setting has to be put right first."""

HIGHEST_PORT = 65535

SHARDING_REQUIRED = 4011
"""Discord's gateway close code for a session with too many guilds."""

LOOK_EVERY = 5.0
"""Seconds after which a running bot notices what an operator has put back."""

GATHER = timedelta(seconds=3)
"""How long an announcement waits for others of its kind: a reviewer who works through a list presses that often, and
nobody who reads the channel misses the seconds. DMs do not wait."""

_log = logging.getLogger("bot")


class StartError(Exception):
    """Herald cannot start. The message is one line for the person who hosts it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    given = _parser().parse_args(arguments)
    try:
        if given.command == "demo":
            return _demo(script_only=given.script, port=given.port, browser=not given.no_browser)
        settings = load_settings(need_token=given.command in (None, "run"))
        _log_to_stderr(settings.log_level)
        if given.command == "events":
            asyncio.run(_opening_database(operate(settings, given, print)))
        elif given.command == "migrate":
            asyncio.run(_opening_database(_migrate(settings)))
        else:
            asyncio.run(run(settings))
    except (SettingsError, StartError, Refusal) as error:
        sys.stderr.write(f"herald: {error}\n")
        return WRONG_USE
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


async def run(settings: Settings) -> None:
    """Run the bot until it is told to stop (SIGINT, SIGTERM). Raises StartError."""
    # Herald does not use voice: what it would take is no news for the person who hosts it.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    bot = create_bot(settings, look_every=LOOK_EVERY, gather=GATHER, pace=Pace())
    stop = asyncio.Event()
    _on_signals(stop)
    running = asyncio.create_task(_start(bot, settings))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            _log.info("stopping")
    finally:
        # First the connection, so that nothing new comes in while what is under way is finished.
        await _end(running)
        await _end(stopping)
        await bot.close()
    if not running.cancelled():
        running.result()


async def _start(bot: HeraldBot, settings: Settings) -> None:
    try:
        await _opening_database(bot.start(settings.discord_token))
    except discord.LoginFailure:
        raise StartError(
            "Discord does not know this DISCORD_TOKEN: copy it anew from the Bot page of the developer portal."
        ) from None
    except discord.ConnectionClosed as error:
        if error.code == SHARDING_REQUIRED:
            raise StartError(
                "Discord wants this bot to have more shards: set SHARD_COUNT, one for each 1,000 servers or so."
            ) from None
        raise StartError(
            f"Discord ended the session for good (code {error.code}): see the log, and whether the token still holds."
        ) from None
    except discord.HTTPException as error:
        raise StartError(f"Discord refuses: {_one_line(error)}.") from None
    except aiohttp.ClientConnectorError as error:
        raise StartError(f"Discord cannot be reached ({error.host}:{error.port}): check the network.") from None
    except (aiohttp.ClientError, TimeoutError) as error:
        raise StartError(f"Discord cannot be reached ({_one_line(error)}): check the network.") from None


async def _opening_database(work: Awaitable[None]) -> None:
    """Do `work`, which begins with opening the database. Raises StartError."""
    try:
        await work
    except (DatabaseInUseError, SchemaError) as error:
        raise StartError(str(error)) from None
    except BaseORMException as error:
        raise StartError(f"the database cannot be opened: {_one_line(error)}.") from None


async def _migrate(settings: Settings) -> None:
    database = Database(settings.database_url)
    await database.open()
    await database.close()
    print("The database is up to date.")  # noqa: T201 - the command's answer


async def _end(task: asyncio.Task[Any]) -> None:
    """Cancel `task` until it has ended: before Python 3.12, `asyncio.wait_for` may lose a cancellation."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=1.0)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def _on_signals(stop: asyncio.Event) -> None:
    """Let the first signal set `stop`; the next one then ends the process at once, whatever it still does."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)

    def told() -> None:
        stop.set()
        for number in numbers:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in numbers:
        try:
            loop.add_signal_handler(number, told)
        except NotImplementedError:  # Windows: Ctrl-C arrives as KeyboardInterrupt.
            signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(stop.set))


def _demo(*, script_only: bool, port: int | None, browser: bool) -> int:
    if find_spec("simcord") is None:
        raise StartError("the demo needs its extra: pip install 'herald[demo]', or `make demo` in a checkout.")
    # Only here: a bot in production runs without the demo's extra.
    from bot.demo.main import demo  # noqa: PLC0415 - see above

    _log_to_stderr(logging.ERROR)
    # However it is ended during the play, its temporary folder goes; asyncio turns SIGINT into a cancellation.
    signal.signal(signal.SIGTERM, lambda _number, _frame: signal.raise_signal(signal.SIGINT))
    try:
        return asyncio.run(demo(script_only=script_only, port=port, browser=browser))
    except KeyboardInterrupt:
        # To end a show is no failure; to break off a check is.
        if script_only:
            raise
        return 0


def _log_to_stderr(level: int) -> None:
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    # At DEBUG, these log addresses that hold the tokens of interactions, and all that people wrote.
    for name in ("discord", "tortoise.db_client", "aiosqlite"):
        logging.getLogger(name).setLevel(max(level, logging.INFO))


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= HIGHEST_PORT:
        raise ValueError
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="Herald, a Discord bot for race tournaments.")
    commands = parser.add_subparsers(dest="command", title="commands", metavar="")
    add_commands(commands.add_parser("events", help="look after events, deliveries and messages, beside a running bot"))
    commands.add_parser("migrate", help="bring the database up to date, as the bot does by itself when it starts")
    commands.add_parser("run", help="run the bot (the default); settings come from the environment and .env")
    demo = commands.add_parser("demo", help="play a tournament in a simulated Discord, then show it on a local page")
    demo.add_argument("--script", action="store_true", help="play and check the tournament, and show no page")
    demo.add_argument("--port", type=_port, help="the start page's port (8420, or a free one if that is in use)")
    demo.add_argument("--no-browser", action="store_true", help="open no browser")
    return parser


if __name__ == "__main__":
    sys.exit(main())
