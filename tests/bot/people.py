"""What people do and see on a stage, and what lies in the bot's file meanwhile."""

# What Discord's own client would not send has to be sent past simcord's checks.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import discord
from simcord import GuildHandle, InteractionResult, MemberActor, UserHandle
from simcord.backend import serializers
from simcord.backend.models import Overwrite
from simcord.enums import ComponentType, InteractionType, OverwriteType
from simcord.interactions import base_payload
from simcord.results import to_discord_message

from bot.client import create_bot
from bot.demo.stage import Stage
from bot.demo.transcript import body, shown
from bot.pace import Pace
from events.retry import RetryPolicy
from tests.database_file import DatabaseFile

CUP = "Spring Cup"
VOD = "https://vod.example/1"


class People(DatabaseFile):
    """The people of a stage. Their names are the stage's; `at` names a channel of the stage."""

    def __init__(self, stage: Stage, file: Path) -> None:
        super().__init__(file)
        self.stage = stage

    async def slash(self, name: str, command: str, /, *, at: str = "races", **options: Any) -> InteractionResult:
        return await self.stage.people[name].slash(self.stage.channels[at], command, **options)

    async def types(self, name: str, command: str, option: str, typed: str = "", *, at: str = "races") -> list[str]:
        """What is offered to somebody who types into an option."""
        offered = await self.stage.people[name].autocomplete(self.stage.channels[at], command, option, typed)
        return [choice["name"] for choice in offered]

    async def press(
        self, name: str, message: discord.Message, label: str | None = None, *, id: str | None = None
    ) -> InteractionResult:
        """Press a button of a message in a channel, or in the person's DMs."""
        presser = self.stage.user(name) if self._in_dms(name, message) else self.stage.people[name]
        return await presser.click(message, label=label, custom_id=id)

    async def choose(self, name: str, message: discord.Message, id: str, *values: Any) -> InteractionResult:
        return await self.stage.people[name].select(message, values, custom_id=f"herald:{id}")

    async def fill_in(self, name: str, form: InteractionResult, /, **answers: str) -> InteractionResult:
        return await self.stage.people[name].submit_modal(form, answers)

    async def craft(
        self,
        name: str,
        custom_id: str,
        *,
        values: Sequence[object] = (),
        fields: Mapping[str, str] | None = None,
        message: discord.Message | None = None,
        at: str = "races",
    ) -> InteractionResult:
        """Send what no client offers: any custom id, with the fields of a form if there are any."""
        [result] = await self.craft_at_once(1, name, custom_id, values=values, fields=fields, message=message, at=at)
        return result

    async def craft_at_once(
        self,
        times: int,
        name: str,
        custom_id: str,
        *,
        values: Sequence[object] = (),
        fields: Mapping[str, str] | None = None,
        message: discord.Message | None = None,
        at: str = "races",
    ) -> list[InteractionResult]:
        """The same as `craft`, so many times before the bot has begun to answer any."""
        actor: MemberActor | UserHandle = self.stage.people[name]
        channel_id = self.stage.channels[at].id
        if message is not None and self._in_dms(name, message):
            channel_id, actor = message.channel.id, self.stage.user(name)
        elif message is not None and not self._elsewhere(name, message):
            channel_id = message.channel.id
        env = self.stage.env
        extra: dict[str, Any] = {}
        if message is not None:
            stored = env.backend.get_message(message.channel.id, message.id)
            extra["message"] = dict(serializers.message_payload(env.backend, stored))
        if fields is None:
            kind, data = InteractionType.MESSAGE_COMPONENT, {"component_type": ComponentType.BUTTON}
            data = {**data, "custom_id": custom_id, "values": [str(value) for value in values]}
        else:
            inputs = [{"type": ComponentType.TEXT_INPUT, "custom_id": k, "value": v} for k, v in fields.items()]
            kind = InteractionType.MODAL_SUBMIT
            data = {
                "custom_id": custom_id,
                "components": [{"type": ComponentType.LABEL, "component": one} for one in inputs],
            }
        guild_id = actor.guild.id if isinstance(actor, MemberActor) else None
        results: list[InteractionResult] = []
        for _ in range(times):
            record, payload = base_payload(
                env.backend, type=kind, channel_id=channel_id, guild_id=guild_id, user_id=actor.id, data=data
            )
            record.source_message_id = message.id if message else None
            env.backend.emit("INTERACTION_CREATE", {**payload, **extra})
            results.append(InteractionResult(env, record))
        await env._settle_internal(dispatch="INTERACTION_CREATE")
        return results

    def _elsewhere(self, name: str, message: discord.Message) -> bool:
        """Whether a message is in a server that somebody is not in: they can only forge a press there."""
        return self.stage.env.backend.get_channel(message.channel.id).guild_id != self.stage.people[name].guild.id

    def _in_dms(self, name: str, message: discord.Message) -> bool:
        return message.id in {dm.id for dm in self.stage.dms(name)}

    async def create(self, name: str = CUP, *, by: str = "Olga", at: str = "races", **answers: str) -> str:
        form = await self.slash(by, "tournament create", at=at, type="speedrun")
        await self.fill_in(by, form, name=name, **answers)
        return name

    async def tournament(
        self, name: str = CUP, *, status: str = "running", racers: Iterable[str] = ("Ann",), **answers: str
    ) -> str:
        """A tournament that Olga has brought as far as `status`."""
        await self.create(name, **answers)
        if status != "draft":
            await self.slash("Olga", "tournament open", tournament=name)
            for racer in racers:
                await self.slash(racer, "tournament join", tournament=name)
        if status in ("running", "ended"):
            await self.slash("Olga", "tournament start", tournament=name)
        if status == "ended":
            await self.slash("Olga", "tournament end", tournament=name)
        return name

    async def hand_in(self, name: str, time: str = "1:23:45", *, cup: str = CUP, notes: str = "") -> discord.Message:
        """Hand in a run; returns its card."""
        form = await self.slash(name, "race submit", tournament=cup)
        assert "is handed in" in told(await self.fill_in(name, form, time=time, vod=VOD, notes=notes))
        await self.stage.settle()
        return self.stage.posts("review")[-1]

    def raced(self, *, tournament: int = 1, stage: str = "finished", run: int | None = None) -> None:
        """Ann is given a seed of the first pool, and comes as far as `stage`; `run` is what she has handed in of it."""
        now = self.stage.env.now()
        starts_at, deadline_at = (f"'{at:%Y-%m-%d %H:%M:%S}+00:00'" for at in (now, now + timedelta(hours=1)))
        self.execute(
            "INSERT INTO pool (tournament_id, name, name_key, notes, created_at)"
            f" VALUES ({tournament}, 'Pool', 'pool', '', {starts_at})"
        )
        self.execute(
            "INSERT INTO seed (pool_id, permalink, notes, given, par_total_ms, par_runs, created_at)"
            f" SELECT id, 'abc', '', 1, 0, 0, {starts_at} FROM pool WHERE tournament_id = {tournament}"
        )
        self.execute(
            "INSERT INTO attempt (tournament_id, pool_id, seed_id, racer_id, race_id, stage, event_id, guild_id,"
            " parent_channel_id, thread_state, given_at, starts_at, deadline_at)"
            f" SELECT {tournament}, seed.pool_id, seed.id, account.id, {'NULL' if run is None else run}, '{stage}',"
            f" '0198c0de-0000-7000-8000-000000000000', 1, 1, 'closed', {starts_at}, {starts_at}, {deadline_at}"
            " FROM account, seed JOIN pool ON pool.id = seed.pool_id"
            f" WHERE display_name = 'Ann' AND pool.tournament_id = {tournament}"
        )

    async def invite(self, name: str, role: str = "racer", *, by: str = "Olga") -> discord.Message:
        """Invite somebody; returns the DM that they get."""
        told(await self.slash(by, "invite create", role=role, person=self.stage.people[name]))
        await self.stage.settle()
        return self.stage.dms(name)[-1]

    async def code(self, role: str = "racer", **options: Any) -> str:
        """Make an invite code."""
        result = await self.slash("Olga", "invite create", role=role, **options)
        return str(shown(result).embeds[0].fields[0].value)

    async def elsewhere(self) -> MemberActor:
        """A second server, where Zed runs the community Other Club; its channel is the stage's “elsewhere”."""
        env = self.stage.env
        zed = env.create_user("zed", global_name="Zed")
        guild = env.create_guild("Elsewhere", owner=zed)
        self.stage.channels["elsewhere"] = guild.create_text_channel("elsewhere")
        self.stage.people["Zed"] = MemberActor(env, guild, zed)
        panel = await self.slash("Zed", "setup", at="elsewhere")
        form = await self.press("Zed", shown(panel), "New community")
        await self.fill_in("Zed", form, name="Other Club", time_zone="UTC")
        return self.stage.people["Zed"]

    async def second(self) -> MemberActor:
        """Another server of Olga's, whose channel is the stage's “second”; she is its owner as “Olga too”."""
        env = self.stage.env
        guild = env.create_guild("Second", owner=self.stage.user("Olga"))
        self.stage.channels["second"] = guild.create_text_channel("second")
        self.stage.people["Olga too"] = MemberActor(env, guild, self.stage.user("Olga"))
        await self.stage.settle()
        return self.stage.people["Olga too"]

    async def restart(
        self,
        *,
        meanwhile: str = "",
        retry: RetryPolicy | None = None,
        gather: timedelta = timedelta(0),
        pace: Pace | None = None,
    ) -> None:
        """Restart the bot; `meanwhile` is SQL that makes its file what a crash would have left."""
        await self.stage.bot.close()
        self.execute(meanwhile)
        self.stage.bot = create_bot(self.stage.settings, retry=retry, gather=gather, pace=pace)
        await self.stage.env.restart_bot(self.stage.bot)
        await self.stage.settle()

    def card(self, message: discord.Message) -> discord.Message:
        """A message as it stands now."""
        env = self.stage.env
        return to_discord_message(env, env.backend.get_message(message.channel.id, message.id))

    def sends(self) -> list[dict[str, Any]]:
        """Every message that the bot has sent, as it asked Discord for it."""
        bodies = [r.json for r in self.stage.env.http_requests if r.method in ("POST", "PATCH")]
        messages = [cast("dict[str, Any]", one.get("data", one)) for one in bodies if one]
        return [message for message in messages if "content" in message or "embeds" in message]

    def events(self) -> list[str]:
        """The types of all events, in order."""
        return self.select("SELECT type FROM event ORDER BY seq")

    async def trail(self) -> list[str]:
        """The words of the whole audit trail, the oldest first."""
        await self.stage.settle()
        return [line.text for line in await self.stage.bot.herald.audit.everything()]

    @contextmanager
    def unchanged(self) -> Generator[None]:
        """Within it, nothing in the file changes, and no message appears that more than one person sees."""
        before, posts = self.dump(), self.public()
        yield
        assert self.dump() == before
        assert self.public() == posts

    def public(self) -> list[tuple[int, str]]:
        messages = [m for name in self.stage.channels for m in self.stage.posts(name)]
        messages += [m for name in self.stage.people for m in self.stage.dms(name)]
        return [(m.id, body(m)) for m in messages if not m.flags.ephemeral]


def told(result: InteractionResult) -> str:
    """All that the person was told; nobody else sees it, and no form was opened."""
    assert result.modal is None
    replies = [reply for reply in (result.response, *result.followups) if reply is not None and reply.ephemeral]
    assert replies, f"the person was told nothing: {result!r}"
    return "\n".join(body(reply.message) for reply in replies)


def posted(result: InteractionResult) -> discord.Message:
    """The answer, which everybody sees."""
    message = shown(result)
    assert not message.flags.ephemeral
    return message


def inputs(form: InteractionResult) -> dict[str, str]:
    """The questions of the form that opened, each with what stands in it."""
    assert form.modal is not None, f"no form opened: {form!r}"
    components = [component["component"] for component in form.modal["components"]]
    return {component["custom_id"]: component.get("value") or "" for component in components}


def labels(message: discord.Message) -> list[str]:
    """The labels of a message's buttons."""
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return [item.label or "" for row in rows for item in row.children if isinstance(item, discord.Button)]


def deny(people: People, channel: str, **permissions: bool) -> None:
    """Take permissions from the bot in a channel."""
    bot = people.stage.bot.user
    assert bot is not None
    overwrite = Overwrite(bot.id, OverwriteType.MEMBER, 0, discord.Permissions(**permissions).value)
    people.stage.env.backend.set_overwrite(people.stage.channels[channel].id, overwrite)


def forget(stage: Stage, guild: GuildHandle) -> tuple[Any, dict[int, Any]]:
    """Take the bot out of a guild without its noticing; `return_to` undoes it."""
    backend = stage.env.backend
    ids = backend.guilds[guild.id].channel_ids
    return backend.guilds.pop(guild.id), {i: backend.channels[i] for i in ids}


def return_to(stage: Stage, left: tuple[Any, dict[int, Any]]) -> None:
    """Put the bot back into a guild."""
    backend = stage.env.backend
    guild, channels = left
    backend.guilds[guild.id] = guild
    backend.channels.update(channels)
    guild.channel_ids.extend(i for i in channels if i not in guild.channel_ids)
    for i in channels:
        backend.messages.setdefault(i, {})
    payload = dict(serializers.guild_create_payload(backend, guild))
    # By this Discord tells a guild that comes back into reach from one that was joined.
    payload.pop("unavailable", None)
    backend.emit("GUILD_CREATE", payload)
