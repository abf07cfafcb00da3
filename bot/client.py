"""The Discord client: what it asks of Discord, and what it starts."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal, cast

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.backoff import ExponentialBackoff
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.cogs.account import AccountCog
from bot.cogs.admin import AdminCog
from bot.cogs.audit import AuditCog
from bot.cogs.guild import GuildCog
from bot.cogs.invite import InviteCog
from bot.cogs.leaderboard import LeaderboardCog
from bot.cogs.match import MatchCog
from bot.cogs.notify import NotifyCog
from bot.cogs.org import OrgCog
from bot.cogs.pool import PoolCog
from bot.cogs.preset import PresetCog
from bot.cogs.race import RaceCog
from bot.cogs.race_thread import RaceThreadCog
from bot.cogs.review import ReviewCog
from bot.cogs.setup import SetupCog
from bot.cogs.tournament import TournamentCog
from bot.pace import Pace
from bot.replies import explain
from bot.router import Router
from bot.sender import DiscordSender
from bot.settings import Settings
from bot.threads import DiscordThreads
from events.clock import Clock
from events.retry import RetryPolicy
from models.engine import ALL_SHARDS
from services.herald import Herald

_log = logging.getLogger(__name__)

PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    embed_links=True,
    read_message_history=True,
    create_private_threads=True,
    send_messages_in_threads=True,
)
"""What Herald needs in a guild. Reading history is how it makes sure not to say a thing twice; races run in threads."""

LONGEST_RATE_LIMIT = 30.0
"""Seconds that discord.py may sleep on a rate limit before the courier takes the message back."""

ANSWER_LIMIT = 3.0
"""Seconds within which Discord wants an answer; later it need not be waited for."""

END_LIMIT = 4.5
"""Seconds that all that is under way has to end, answers included; whoever stops a process often kills it after 10."""


INVALID = (401, 403, 429)
"""What counts towards Discord's limit of invalid requests; a shared rate limit does not."""

UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)
"""What discord.py lets escape over a frame that is not as Discord's are: no such key, another type, no JSON."""


def _utcnow() -> datetime:
    # Looked up at each call: a simulated Discord brings its own time.
    return discord.utils.utcnow()


class HeraldTree(app_commands.CommandTree["HeraldBot"]):
    async def interaction_check(self, interaction: discord.Interaction[HeraldBot], /) -> bool:
        # Everybody may; this is where a command's task can be told from others.
        interaction.client.answering_begins()
        return True

    async def on_error(
        self, interaction: discord.Interaction[HeraldBot], error: app_commands.AppCommandError, /
    ) -> None:
        await explain(interaction, getattr(error, "original", error))


class HeraldBot(commands.Bot):
    """Herald in Discord. Start it with `start(token)`, or hand it to a harness that does."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock = _utcnow,
        retry: RetryPolicy | None = None,
        look_every: float | None = None,
        gather: timedelta = timedelta(0),
        pace: Pace | None = None,
        **options: Any,
    ) -> None:
        """What is sent, and threads, keep to a `pace` where there is one. `options` are more of discord.py's."""
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=HeraldTree,
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            max_ratelimit_timeout=LONGEST_RATE_LIMIT,
            http_trace=self._trace(),
            **options,
        )
        _redirect(settings)
        _survive_bad_events(self._connection.parsers)
        self._answers: set[asyncio.Task[Any]] = set()
        self.router = Router()
        sender = DiscordSender(self, pace)
        keep = timedelta(days=settings.keep_days) if settings.keep_days else None
        self._shards = settings.shards
        self.herald = Herald(
            settings.database_url,
            sender,
            clock=clock,
            retry=retry,
            look_every=look_every,
            keep=keep,
            shards=settings.shards,
            gather=gather,
            threads=DiscordThreads(self, pace),
        )

    async def setup_hook(self) -> None:
        await self.herald.open()
        for cog in (
            *(SetupCog, GuildCog, OrgCog, TournamentCog, LeaderboardCog, PoolCog, RaceCog, RaceThreadCog, ReviewCog),
            *(MatchCog, PresetCog, InviteCog, NotifyCog, AccountCog, AuditCog, AdminCog),
        ):
            await self.add_cog(cog(self))
        await self._sync_commands()
        self.herald.start()

    async def connect(self, *, reconnect: bool = True) -> None:
        """Stay connected. What discord.py cannot read of the session itself costs the connection, not the process."""
        backoff = ExponentialBackoff[Literal[False]]()
        while True:
            try:
                await super().connect(reconnect=reconnect)
            except UNREADABLE:
                delay = backoff.delay()
                _log.exception("the gateway sent what cannot be read; connecting anew in %.1f s", delay)
                # None until the first connection stands, whatever its type says.
                if (socket := cast("DiscordWebSocket | None", self.ws)) is not None:
                    await socket.close()
                await asyncio.sleep(delay)
            else:
                return

    async def on_ready(self) -> None:
        _log.info("ready in %s guilds; invite: %s", len(self.guilds), self.invite_url())
        # An unavailable guild is among them: the bot was not removed from it.
        await self.herald.guilds.reconcile(lambda: {guild.id for guild in self.guilds}, self._shards.serve)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self.herald.guilds.guild_joined(guild.id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        await self.herald.guilds.guild_removed(guild.id)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        self.answering_begins()
        await self.router.dispatch(interaction)

    async def close(self) -> None:
        """Finish what ends soon, hand back the rest, and leave Discord."""
        clock = asyncio.get_running_loop().time
        end = clock() + END_LIMIT
        if self._answers:
            await asyncio.wait(self._answers, timeout=ANSWER_LIMIT)
        await self.herald.close(within=end - clock())
        await super().close()

    def _trace(self) -> aiohttp.TraceConfig:
        """Count what Discord refuses, whoever asked; discord.py itself does not tell of each."""

        async def ended(_session: object, _context: object, ended: aiohttp.TraceRequestEndParams) -> None:
            if ended.response.status in INVALID and ended.response.headers.get("X-RateLimit-Scope") != "shared":
                self.herald.budget.note()

        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(ended)
        return trace

    def answering_begins(self) -> None:
        """The current task answers somebody: `close` lets it finish."""
        task = asyncio.current_task()
        if task is not None:
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)

    def invite_url(self) -> str:
        """The link with which somebody adds this bot to their guild, asking for exactly what it needs."""
        return discord.utils.oauth_url(self.application_id or 0, permissions=PERMISSIONS)

    async def _sync_commands(self) -> None:
        """Tell Discord the commands, unless it has been told exactly these."""
        described = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        text = json.dumps(described, sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()
        key = f"commands:{self.application_id}"
        if await self.herald.state.get(key) == digest:
            return
        await self.tree.sync()
        await self.herald.state.set(key, digest)


class ShardedHeraldBot(HeraldBot, commands.AutoShardedBot):  # pyright: ignore[reportIncompatibleVariableOverride, reportIncompatibleMethodOverride] - what differs between the two is discord.py's own
    """Herald with several connections to Discord, one for each of its shards."""

    def __init__(self, settings: Settings, **options: Any) -> None:
        shards = settings.shards
        super().__init__(settings, shard_count=shards.count, shard_ids=sorted(shards.ids), **options)

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        await super().launch_shard(gateway, shard_id, initial=initial)
        # discord.py would end the process over a frame that it cannot read.
        _survive_bad_frames(cast("Any", self)._AutoShardedClient__shards[shard_id])  # noqa: SLF001 - no other way in


def _survive_bad_frames(shard: Any) -> None:
    """Let what discord.py cannot read of a shard's session cost that shard its connection, and nobody else anything."""
    if set(UNREADABLE) <= set(shard._handled_exceptions):  # noqa: SLF001 - discord.py has no other way in
        # It took several tries to connect, each of which comes through here.
        return
    handle = shard._handle_disconnect  # noqa: SLF001 - as above

    async def handle_disconnect(error: Exception) -> None:
        if isinstance(error, UNREADABLE):
            await shard.ws.close()
        await handle(error)

    shard._handled_exceptions += UNREADABLE  # noqa: SLF001 - as above
    shard._handle_disconnect = handle_disconnect  # noqa: SLF001 - as above


def _redirect(settings: Settings) -> None:
    """Send REST and gateway elsewhere. discord.py knows one of each per process, so set them before it connects."""
    if settings.discord_api_url is not None:
        Route.BASE = settings.discord_api_url
    if settings.discord_gateway_url is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway_url)


def _survive_bad_events(parsers: dict[str, Callable[[Any], None]]) -> None:
    """Let an object that discord.py cannot parse cost its own event; unguarded, it would end the process."""

    def guard(name: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
        @functools.wraps(parse)
        def guarded(data: Any) -> None:
            try:
                parse(data)
            except Exception:  # noqa: BLE001 - whatever discord.py raises over an object that it does not understand
                _log.exception("an event of type %s could not be parsed and was dropped", name)

        return guarded

    for name, parse in parsers.items():
        parsers[name] = guard(name, parse)


def create_bot(
    settings: Settings,
    *,
    clock: Clock = _utcnow,
    retry: RetryPolicy | None = None,
    look_every: float | None = None,
    gather: timedelta = timedelta(0),
    pace: Pace | None = None,
) -> HeraldBot:
    """A bot that anything may start. Nothing happens before that."""
    kind = HeraldBot if settings.shards == ALL_SHARDS else ShardedHeraldBot
    return kind(settings, clock=clock, retry=retry, look_every=look_every, gather=gather, pace=pace)
