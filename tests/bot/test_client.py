from __future__ import annotations

import asyncio
import logging
import threading
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands

from bot import create_bot
from bot.client import PERMISSIONS, HeraldBot
from bot.demo.stage import Stage
from bot.settings import Settings
from events import EntityEvent, TournamentCreatedEvent
from services.actor import Caller, Person
from tests.database_file import DatabaseFile

PRIVILEGED = discord.Intents(members=True, presences=True, message_content=True).value


def syncs(stage: Stage) -> int:
    """How often the bot told Discord its commands."""
    return sum(entry.method == "PUT" and entry.path.endswith("/commands") for entry in stage.env.http_requests)


async def test_a_bot_does_nothing_before_it_is_started(tmp_path: Path) -> None:
    file = tmp_path / "new.sqlite3"
    tasks, threads = asyncio.all_tasks(), threading.enumerate()
    bot = create_bot(Settings(database_url=f"sqlite://{file}"))
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == tasks
    assert threading.enumerate() == threads
    assert not file.exists()
    assert not bot.is_ready()
    assert bot.tree.get_commands() == []
    with pytest.raises(RuntimeError, match="the database is not open"):
        await bot.herald.state.get("anything")


async def test_a_bot_that_was_never_started_can_be_closed(settings: Settings) -> None:
    await create_bot(settings).close()


async def test_two_bots_in_one_process_share_nothing(bare: Stage, tmp_path: Path) -> None:
    file = DatabaseFile(tmp_path / "other.sqlite3")
    file.provide()
    one, other = bare.bot.herald, create_bot(Settings(database_url=file.url)).herald
    await other.open()
    other.start()

    async def hear(event: EntityEvent) -> None: ...

    before = one.bus.get_handler_count(TournamentCreatedEvent)
    other.bus.register(TournamentCreatedEvent, hear, name="test")
    assert one.bus.get_handler_count(TournamentCreatedEvent) == before
    assert other.bus.get_handler_count(TournamentCreatedEvent) == before + 1

    await other.accounts.actor(Caller(person=Person(discord_id=1, name="Zoe"), at=bare.env.now()))
    await other.state.set("whose", "the other's")
    assert await one.state.get("whose") is None

    # The end of one is not the other's.
    await other.close()
    await bare.people["Olga"].slash(bare.channels["races"], "setup")
    await bare.settle()
    assert [line.text for line in await one.audit.everything()] == ["Olga used Herald for the first time"]


async def test_commands_are_told_once_and_again_when_they_change(bare: Stage) -> None:
    assert syncs(bare) == 1
    await bare.restart()
    await bare.restart()
    assert syncs(bare) == 1

    bare.bot = await restart_with_another_command(bare)
    assert syncs(bare) == 2
    await bare.restart()
    assert syncs(bare) == 3


async def restart_with_another_command(stage: Stage) -> HeraldBot:
    """As a release does that has one more."""
    await stage.bot.close()
    bot = create_bot(stage.settings)

    async def dance(interaction: discord.Interaction[HeraldBot]) -> None: ...

    command: app_commands.Command[Any, [], None] = app_commands.Command(
        name="dance", description="New in this release", callback=dance
    )
    bot.tree.add_command(command)
    await stage.env.restart_bot(bot)
    await stage.settle()
    return bot


async def test_commands_not_noted_as_told_are_told_at_the_next_start(bare: Stage) -> None:
    # As when the process ended between telling them and noting it.
    await bare.bot.herald.state.set(f"commands:{bare.bot.application_id}", "of an older release")
    await bare.restart()
    assert syncs(bare) == 2


async def test_it_asks_for_no_more_than_it_needs(settings: Settings) -> None:
    bot = create_bot(settings)
    assert bot.intents == discord.Intents(guilds=True)
    assert not bot.intents.value & PRIVILEGED
    needed = discord.Permissions(view_channel=True, send_messages=True, embed_links=True, read_message_history=True)
    needed.update(create_private_threads=True, send_messages_in_threads=True)
    assert needed == PERMISSIONS


async def test_it_mentions_nobody_and_keeps_neither_members_nor_messages(bare: Stage) -> None:
    bot = bare.bot
    assert bot.allowed_mentions is not None
    assert bot.allowed_mentions.to_dict() == {"parse": []}
    await bare.people["Ann"].send(bare.channels["races"], "hello")
    await bare.people["Ann"].slash(bare.channels["races"], "tournament list")
    await bare.settle()
    assert list(bot.cached_messages) == []
    assert {member.name for guild in bot.guilds for member in guild.members} <= {bot.user.name if bot.user else ""}


async def test_an_object_that_cannot_be_parsed_costs_one_event_and_is_logged(
    bare: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    parsers = bare.bot._connection.parsers  # pyright: ignore[reportPrivateUsage] - discord.py's way in for events
    with caplog.at_level(logging.ERROR, logger="bot.client"):
        for name in ("GUILD_CREATE", "MESSAGE_CREATE", "INTERACTION_CREATE", "CHANNEL_UPDATE"):
            parsers[name]({"id": "no number"})
            assert caplog.records[-1].getMessage() == f"an event of type {name} could not be parsed and was dropped"
            assert caplog.records[-1].exc_info is not None
    result = await bare.people["Olga"].slash(bare.channels["races"], "setup")
    assert result.response is not None


async def test_every_event_is_guarded(bare: Stage) -> None:
    parsers = bare.bot._connection.parsers  # pyright: ignore[reportPrivateUsage] - discord.py's way in for events
    assert len(parsers) > 50
    for parse in parsers.values():
        parse(None)
