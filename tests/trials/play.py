"""A whole tournament, played by people who press again when nothing seems to have happened.

What a step is to bring about is looked up in the database, so a restarted play goes on where the last one ended.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from events.clock import Clock
from events.unit_of_work import UnitCancelledError
from models import Role, TournamentType
from services.actor import Actor, Caller, Person
from services.errors import NotFound, Refusal
from services.guilds import ChannelUse
from services.herald import Herald
from tests import postgres
from tests.database_file import DatabaseFile

HOME, AWAY = 2001, 2002
NEWS, REVIEW, AUDIT, AWAY_NEWS = 4001, 4002, 4003, 4004
REVIEWERS = 555
PEOPLE = {name: 3001 + place for place, name in enumerate(("Olga", "Rory", "Ann", "Bo", "Cy", "Dee"))}
CUP, DRAFT = "Spring Cup", "Autumn Cup"
PAUSE = 0.005
"""Seconds before somebody presses again."""


class Play:
    """`herald` is asked to do things, as the bot would ask; `path` is its database file.

    Everybody waits `pace` seconds between two steps.
    """

    def __init__(self, herald: Herald, path: Path, clock: Clock, *, pace: float = 0.0) -> None:
        self._pace = pace
        self.herald = herald
        self._clock = clock
        # Its own, kept open: it is asked all the time.
        self._connection: Any = (
            postgres.connect(DatabaseFile(path).name)
            if postgres.CHOSEN
            else sqlite3.connect(path, isolation_level=None)
        )
        self._names = {name: name for name in PEOPLE}

    def close(self) -> None:
        self._connection.close()

    def ask(self, sql: str, *values: object) -> Any:
        """The first value of the first row, or None."""
        if postgres.CHOSEN:
            row = self._connection.execute(sql.replace("?", "%s"), values or None).fetchone()
        else:
            row = self._connection.execute(sql, values).fetchone()
        return row[0] if row else None

    async def go(self) -> None:
        """Play to the end. Raises what no user should ever see."""
        if self.ask("SELECT 1 FROM account WHERE display_name = 'Annika'"):
            self._names["Ann"] = "Annika"
        for phase in PHASES:
            async with asyncio.TaskGroup() as tasks:
                for lane in phase:
                    tasks.create_task(self._walk(lane), name="play")

    async def _walk(self, lane: Lane) -> None:
        for step in lane:
            while not self.ask(step.done):
                press = asyncio.create_task(self._press(step), name="press")
                await asyncio.wait([press])
                if not press.cancelled() and (error := press.exception()) is not None:
                    raise error
                await asyncio.sleep(self._pace if self.ask(step.done) else PAUSE)

    async def _press(self, step: Step) -> None:
        try:
            await step.act(self)
        except (Refusal, UnitCancelledError):
            # Done already by a press that seemed to fail, the database was busy, or a trial cancelled the very unit:
            # whoever it was looks again.
            return

    def person(self, name: str) -> Person:
        return Person(discord_id=PEOPLE[name], name=self._names[name])

    async def actor(self, name: str, *, guild: int = HOME, roles: Iterable[int] = ()) -> Actor:
        caller = Caller(
            person=self.person(name),
            at=self._clock(),
            guild_id=guild,
            guild_name=f"Guild {guild}",
            manage_guild=name == "Olga",
            role_ids=frozenset(roles),
        )
        return await self.herald.accounts.actor(caller)

    def pick(self, sql: str, *values: object) -> Any:
        """What somebody picks from a list. Raises NotFound when it is not there any more."""
        picked = self.ask(sql, *values)
        if picked is None:
            raise NotFound("An earlier press, given up by whoever waited for it, has had its effect after all.")
        return picked

    def cup(self, name: str = CUP) -> int:
        return self.pick("SELECT id FROM tournament WHERE name = ?", name)

    def run(self, name: str) -> int:
        """The newest run of somebody."""
        return self.pick(
            "SELECT max(race.id) FROM race JOIN account ON account.id = racer_id WHERE discord_id = ?", PEOPLE[name]
        )

    def code(self, role: Role) -> str:
        return self.pick("SELECT code FROM invite WHERE code IS NOT NULL AND role = ?", role.value)

    def invite(self, name: str) -> int:
        """Somebody's personal invite."""
        return self.pick(
            "SELECT invite.id FROM invite JOIN account ON account.id = invitee_id WHERE discord_id = ?", PEOPLE[name]
        )

    async def rename(self) -> None:
        self._names["Ann"] = "Annika"
        await self.actor("Ann")


@dataclass(frozen=True, slots=True)
class Step:
    """`done` is SQL that finds a row once the step has its effect."""

    done: str
    act: Callable[[Play], Awaitable[object]]


Lane = tuple[Step, ...]
"""Steps one after the other."""


def _channel(guild: int, use: ChannelUse, channel_id: int) -> Step:
    async def act(play: Play) -> None:
        await play.herald.guilds.set_channel(await play.actor("Olga", guild=guild), use, channel_id)

    return Step(f"SELECT 1 FROM guild_link WHERE guild_id = {guild} AND {use.column} = {channel_id}", act)


async def _found(play: Play) -> None:
    await play.herald.organizations.create(await play.actor("Olga"), name="Racing Club", time_zone="UTC")


async def _link(play: Play) -> None:
    club = play.pick("SELECT id FROM organization")
    await play.herald.guilds.link(await play.actor("Olga", guild=AWAY), club)


async def _map_roles(play: Play) -> None:
    await play.herald.guilds.map_roles(await play.actor("Olga"), Role.REVIEWER, [REVIEWERS])


SETUP: Lane = (
    Step("SELECT 1 FROM organization", _found),
    _channel(HOME, ChannelUse.ANNOUNCEMENTS, NEWS),
    _channel(HOME, ChannelUse.REVIEW, REVIEW),
    Step(f"SELECT 1 FROM guild_link WHERE guild_id = {AWAY}", _link),
    _channel(AWAY, ChannelUse.ANNOUNCEMENTS, AWAY_NEWS),
    _channel(HOME, ChannelUse.AUDIT, AUDIT),
    Step("SELECT 1 FROM role_mapping", _map_roles),
)


async def _create(play: Play) -> None:
    await play.herald.tournaments.create(await play.actor("Olga"), name=CUP, type=TournamentType.SPEEDRUN)


async def _edit(play: Play) -> None:
    boss = await play.actor("Olga")
    await play.herald.tournaments.edit(boss, play.cup(), name=CUP, description="Any%", seed="secret")


async def _open(play: Play) -> None:
    await play.herald.tournaments.open(await play.actor("Olga"), CUP)


async def _create_draft(play: Play) -> None:
    await play.herald.tournaments.create(await play.actor("Olga"), name=DRAFT, type=TournamentType.OTHER)


async def _delete_draft(play: Play) -> None:
    await play.herald.tournaments.delete(await play.actor("Olga"), play.cup(DRAFT), typed_name=DRAFT)


async def _make_code(play: Play) -> None:
    await play.herald.invites.create(await play.actor("Olga"), role=Role.RACER, uses=2, hours=1)


async def _use_code(play: Play) -> None:
    await play.herald.invites.accept(await play.actor("Cy"), play.code(Role.RACER))


async def _invite_dee(play: Play) -> None:
    await play.herald.invites.create(await play.actor("Olga"), role=Role.MODERATOR, invitee=play.person("Dee"))


async def _decline(play: Play) -> None:
    await play.herald.invites.decline(await play.actor("Dee"), play.invite("Dee"))


async def _invite_rory(play: Play) -> None:
    await play.herald.invites.create(await play.actor("Olga"), role=Role.REVIEWER, invitee=play.person("Rory"))


async def _accept(play: Play) -> None:
    await play.herald.invites.accept(await play.actor("Rory"), play.invite("Rory"))


PREPARATION: tuple[Lane, ...] = (
    (
        Step(f"SELECT 1 FROM tournament WHERE name = '{CUP}'", _create),
        Step("SELECT 1 FROM tournament WHERE description = 'Any%'", _edit),
        Step("SELECT 1 FROM tournament WHERE status <> 'draft'", _open),
    ),
    (
        Step(
            "SELECT 1 FROM event WHERE type = 'TournamentCreated' AND CAST(payload AS TEXT) LIKE '%Autumn%'",
            _create_draft,
        ),
        Step("SELECT 1 FROM event WHERE type = 'TournamentDeleted'", _delete_draft),
    ),
    (
        Step("SELECT 1 FROM invite WHERE role = 'moderator'", _invite_dee),
        Step("SELECT 1 FROM invite WHERE role = 'moderator' AND status <> 'pending'", _decline),
    ),
    (
        Step("SELECT 1 FROM invite WHERE role = 'reviewer'", _invite_rory),
        Step("SELECT 1 FROM invite WHERE role = 'reviewer' AND status <> 'pending'", _accept),
    ),
    (
        Step("SELECT 1 FROM invite WHERE role = 'racer'", _make_code),
        # An hour later, the code has expired.
        Step("SELECT 1 FROM invite WHERE role = 'racer' AND (uses = 1 OR status = 'expired')", _use_code),
    ),
)


def _of(name: str) -> str:
    return f"(SELECT id FROM account WHERE discord_id = {PEOPLE[name]})"


def _join(name: str) -> Step:
    async def act(play: Play) -> None:
        await play.herald.entrants.join(await play.actor(name), CUP)

    return Step(f"SELECT 1 FROM entrant WHERE account_id = {_of(name)}", act)


def _submit(name: str, time: str, *, number: int = 1) -> Step:
    async def act(play: Play) -> None:
        await play.herald.races.submit(await play.actor(name), play.cup(), time=time, vod="https://vod.example/1")

    return Step(f"SELECT count(*) >= {number} FROM race WHERE racer_id = {_of(name)}", act)


def _approve(name: str) -> Step:
    async def act(play: Play) -> None:
        await play.herald.reviews.approve(await play.actor("Rory", roles=[REVIEWERS]), play.run(name))

    return Step(f"SELECT 1 FROM race WHERE status = 'approved' AND racer_id = {_of(name)}", act)


def _reject(name: str) -> Step:
    async def act(play: Play) -> None:
        await play.herald.reviews.reject(await play.actor("Olga"), play.run(name), reason="No video")

    return Step(f"SELECT 1 FROM race WHERE status = 'rejected' AND racer_id = {_of(name)}", act)


async def _leave(play: Play) -> None:
    await play.herald.entrants.leave(await play.actor("Dee"), CUP)


async def _start(play: Play) -> None:
    await play.herald.tournaments.start(await play.actor("Olga"), CUP)


async def _end(play: Play) -> None:
    await play.herald.tournaments.end(await play.actor("Olga"), CUP)


PHASES: tuple[tuple[Lane, ...], ...] = (
    (SETUP,),
    PREPARATION,
    (
        (_join("Ann"),),
        (_join("Bo"),),
        (
            Step(
                'SELECT 1 FROM event WHERE CAST(payload AS TEXT) LIKE \'%"entrant","old":null,"new":\' || '
                + _of("Dee")
                + " || '}%'",
                _join("Dee").act,
            ),
            Step("SELECT NOT EXISTS (SELECT 1 FROM entrant WHERE account_id = " + _of("Dee") + ")", _leave),
        ),
    ),
    ((Step(f"SELECT 1 FROM tournament WHERE name = '{CUP}' AND status <> 'open'", _start),),),
    (
        (_submit("Ann", "1:23:45"), _approve("Ann")),
        (_submit("Bo", "1:25:10"), _reject("Bo"), _submit("Bo", "1:26:00", number=2), _approve("Bo")),
    ),
    (
        (Step(f"SELECT 1 FROM tournament WHERE name = '{CUP}' AND status = 'ended'", _end),),
        (Step("SELECT 1 FROM account WHERE display_name = 'Annika'", Play.rename),),
    ),
)
