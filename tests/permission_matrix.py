"""Who may do what: one table, which is held against the services and from which docs/permissions.md is made."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from uuid_utils.compat import uuid7

from models import (
    Attempt,
    AttemptStage,
    Invite,
    Match,
    Permission,
    Pool,
    Preset,
    Race,
    Role,
    Seed,
    ThreadState,
    Topic,
    Tournament,
    TournamentStatus,
    TournamentType,
    Way,
    Whose,
)
from services.actor import Actor
from services.audit import AuditFilter
from services.erasure import Results
from services.errors import NotAllowed
from services.guilds import ChannelUse
from services.herald import Herald
from services.rules import Rules
from services.words.reviews import CONTEXT_MENU
from tests.services.world import ELSEWHERE, GUILD, NEWS, OWNER, VOD, World

NOWHERE = 5003
"""A server that belongs to no community."""

CUP, DRAFT, SIGNUP = "Spring Cup", "Draft Cup", "Open Cup"
POOL = "Hard"
"""A pool of the draft, whose second seed is retired."""

MAPPED = {Role.ORGANIZER: 301, Role.MODERATOR: 302, Role.REVIEWER: 303}
"""The Discord roles that count as one of ours."""

REVIEW_THIS_RUN = f"Apps > {CONTEXT_MENU}"
"""What is done by a message's context menu, as Discord shows the way there."""

COLUMNS = {
    "owner": "owner",
    "admin": "admin",
    "organizer": "organizer",
    "moderator": "moderator",
    "reviewer": "reviewer",
    "racer": "racer",
    "stranger": "stranger",
    "mapped organizer": "Discord role: organizer",
    "mapped moderator": "Discord role: moderator",
    "mapped reviewer": "Discord role: reviewer",
    "manager": "Manage Server",
    "manager of one": "Manage Server, one of several",
    "bot's owner": "the bot's owner",
    "superadmin": "superadmin",
    "helper": "moderator of Herald",
}
"""Who somebody is, and the head of their column. Those that name no role of the community are no members."""

ALL = frozenset(COLUMNS)
MEMBERS = frozenset({"owner", "admin", "organizer", "moderator", "reviewer", "racer"})
OWNERS = frozenset({"owner"})
ADMINS = OWNERS | {"admin"}
STAFF = ADMINS | {"organizer", "mapped organizer"}
REVIEWERS = STAFF | {"reviewer", "mapped reviewer"}
READERS = STAFF | {"moderator", "mapped moderator"}
HEADS = ADMINS | {"manager"}
SETTERS = HEADS | {"manager of one"}
NOBODY = frozenset[str]()


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A community in which there is something of each kind to act upon."""

    world: World
    cup: int
    draft: int
    signup: int
    race: int
    match: int
    reported: int
    invite: int
    high_invite: int
    preset: int
    pool: int

    @property
    def herald(self) -> Herald:
        return self.world.herald


@dataclass(frozen=True, kw_only=True)
class Case(Scene):
    """Somebody about to act. `made` is the id of what a row's `before` has made for them, if it makes something."""

    actor: Actor
    made: int = 0


Call = Callable[[Case], Awaitable[object]]
Before = Callable[[Case], Awaitable[int]]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing that a person can do.

    `calls` are the service methods that it takes, `ways` the commands and the router's actions that lead there. Those
    in `vain` are not refused for who they are: they have nothing there that it could be done to. `guild` is where they
    act, and `manage` lets each of them have Discord's Manage Server there.
    """

    what: str
    may: frozenset[str]
    ways: tuple[str, ...]
    calls: tuple[tuple[str, Call], ...]
    vain: frozenset[str] = NOBODY
    before: Before | None = None
    guild: int = GUILD
    manage: bool = False


@dataclass(frozen=True)
class Section:
    title: str
    rows: tuple[Row, ...] = field(default_factory=tuple[Row, ...])


async def joined(c: Case) -> int:
    await c.herald.entrants.join(c.actor, c.cup)
    return c.cup


async def hidden_results(c: Case) -> int:
    tournament = await Tournament.get(id=c.cup)
    tournament.results_hidden = True
    await tournament.save()
    return c.cup


async def own_run(c: Case) -> int:
    await joined(c)
    run: Race = await c.herald.races.submit(c.actor, c.cup, time="1:00:00", vod=VOD)
    return run.id


async def claimed(c: Case) -> int:
    """For whoever may; others find a run that nobody has claimed."""
    with contextlib.suppress(NotAllowed):
        await c.herald.reviews.claim(c.actor, c.race)
    return c.race


async def doubted(c: Case) -> int:
    """For whoever may; others find a run of which nobody asked for a second review."""
    with contextlib.suppress(NotAllowed):
        await c.herald.reviews.doubt(c.actor, c.race)
    return c.race


async def pooled(c: Case) -> int:
    """A pool of two seeds in a tournament that one has joined."""
    await joined(c)
    now = c.world.clock()
    await Tournament.filter(id=c.cup).update(reattempts=None)
    pool = await Pool.create(tournament_id=c.cup, name="Pool", name_key="pool", created_at=now)
    await Seed.bulk_create([Seed(pool_id=pool.id, permalink=link, created_at=now) for link in ("abc", "def")])
    return pool.id


def at(stage: AttemptStage) -> Before:
    """An attempt of one's own that has come so far."""

    async def before(c: Case) -> int:
        pool_id, now = await pooled(c), c.world.clock()
        racing, finished = stage is not AttemptStage.SEEDED, stage is AttemptStage.FINISHED
        seed = await Seed.filter(pool_id=pool_id).first()
        attempt = await Attempt.create(
            tournament_id=c.cup,
            pool_id=pool_id,
            seed_id=seed.id if seed else 0,
            racer_id=c.actor.account_id,
            stage=stage,
            starts_at=now - timedelta(hours=1) if racing else None,
            finished_at=now if finished else None,
            undo_until=now if finished else None,
            event_id=uuid7(),
            guild_id=GUILD,
            parent_channel_id=1,
            thread_id=9001,
            thread_state=ThreadState.OPEN,
            given_at=now,
        )
        return attempt.id

    return before


async def raced(c: Case) -> int:
    """The attempt from which the run came."""
    return await attempted(c, AttemptStage.SUBMITTED, c.race)


async def racing(c: Case) -> int:
    """Ann's attempt, which is under way."""
    return await attempted(c, AttemptStage.RACING, None)


async def attempted(c: Case, stage: AttemptStage, race_id: int | None) -> int:
    now = c.world.clock()
    pool = await Pool.create(tournament_id=c.cup, name="Pool", name_key="pool", created_at=now)
    seed = await Seed.create(pool_id=pool.id, permalink="abc", created_at=now)
    racing = stage is AttemptStage.RACING
    attempt = await Attempt.create(
        tournament_id=c.cup,
        pool_id=pool.id,
        seed_id=seed.id,
        race_id=race_id,
        starts_at=now if racing else None,
        deadline_at=now + timedelta(hours=1) if racing else None,
        racer_id=await c.world.account("Ann"),
        stage=stage,
        event_id=uuid7(),
        guild_id=GUILD,
        parent_channel_id=1,
        thread_id=9001,
        thread_state=ThreadState.OPEN,
        given_at=now,
    )
    return attempt.id


async def own_match(c: Case) -> int:
    await joined(c)
    match: Match = await c.herald.matches.schedule(
        c.actor, c.cup, c.world.clock() + timedelta(hours=9), await with_ann(c)
    )
    return match.id


async def with_ann(c: Case) -> list[int]:
    return [c.actor.account_id, await c.world.account("Ann")]


async def schedule_own(c: Case) -> object:
    at = c.world.clock() + timedelta(hours=9)
    return await c.herald.matches.schedule(c.actor, c.cup, at, await with_ann(c))


async def schedule_others(c: Case) -> object:
    at = c.world.clock() + timedelta(hours=9)
    return await c.herald.matches.schedule(c.actor, c.cup, at, [await c.world.account(n) for n in ("Ann", "Cy")])


async def invited(c: Case) -> int:
    """Into another community, of which nobody here is a member."""
    rita = await c.world.actor("Rita", guild=ELSEWHERE)
    invite: Invite = await c.herald.invites.create(rita, role=Role.RACER, invitee=c.actor.caller.person)
    return invite.id


async def own_preset(c: Case) -> int:
    preset: Preset = await c.herald.presets.create(c.actor, Whose.MINE, name="Own", text="a: 1")
    return preset.id


async def chosen_preset(c: Case) -> int:
    """The community's preset, which the tournament is raced with."""
    await c.herald.presets.choose(await c.world.actor(OWNER), c.cup, "Open")
    return c.preset


async def copy_preset(c: Case) -> object:
    shared = (await c.herald.presets.show(c.actor, c.preset)).version.share_key
    return await c.herald.presets.copy(c.actor, shared)


def propose(c: Case, first: str, second: str) -> Awaitable[object]:
    people = [c.world.person(first), c.world.person(second)]
    return c.herald.matches.propose(c.actor, c.cup, people, "tomorrow 18:00")


SECTIONS = (
    Section(
        "The community and its servers",
        (
            Row(
                what="Found a community in a server that belongs to none",
                may=frozenset({"manager", "manager of one"}),
                ways=("/setup", "setup_new", "setup_create"),
                calls=(
                    ("guilds.setup", lambda c: c.herald.guilds.setup(c.actor)),
                    (
                        "organizations.create",
                        lambda c: c.herald.organizations.create(c.actor, name="Mine", time_zone="UTC"),
                    ),
                ),
                guild=NOWHERE,
            ),
            Row(
                what="Link one more server, in which one has Manage Server, to the community",
                may=ADMINS,
                ways=("/guild link", "setup_link"),
                calls=(("guilds.link", lambda c: c.herald.guilds.link(c.actor, 1)),),
                guild=NOWHERE,
                manage=True,
            ),
            Row(
                what="See how the server is set up",
                may=SETTERS,
                ways=("/setup", "/guild status", "setup_page", "setup_rename"),
                calls=(
                    ("guilds.setup", lambda c: c.herald.guilds.setup(c.actor)),
                    ("guilds.status", lambda c: c.herald.guilds.status(c.actor)),
                ),
            ),
            Row(
                what="Choose the server's channels",
                may=SETTERS,
                ways=("/guild channels", "setup_channel"),
                calls=(
                    ("guilds.set_channel", lambda c: c.herald.guilds.set_channel(c.actor, ChannelUse.REVIEW, NEWS)),
                ),
            ),
            Row(
                what="Choose its audit channel",
                may=HEADS,
                ways=("/guild channels", "setup_channel"),
                calls=(("guilds.set_channel", lambda c: c.herald.guilds.set_channel(c.actor, ChannelUse.AUDIT, NEWS)),),
            ),
            Row(
                what="Let Discord roles count as organizer, moderator or reviewer",
                may=HEADS,
                ways=("/org map-role", "setup_roles"),
                calls=(
                    ("guilds.map_roles", lambda c: c.herald.guilds.map_roles(c.actor, Role.ORGANIZER, [1])),
                    ("guilds.map_role", lambda c: c.herald.guilds.map_role(c.actor, Role.ORGANIZER, 1, counts=True)),
                ),
            ),
            Row(
                what="Change the community's name and time zone",
                may=HEADS,
                ways=("/org edit", "org_edit", "setup_edit"),
                calls=(
                    ("organizations.editable", lambda c: c.herald.organizations.editable(c.actor)),
                    ("organizations.edit", lambda c: c.herald.organizations.edit(c.actor, name="New", time_zone="UTC")),
                ),
            ),
            Row(
                what="Unlink the server",
                may=ADMINS,
                ways=("/guild unlink", "guild_unlink"),
                calls=(
                    ("guilds.unlinkable", lambda c: c.herald.guilds.unlinkable(c.actor)),
                    ("guilds.unlink", lambda c: c.herald.guilds.unlink(c.actor, 1)),
                ),
            ),
            Row(
                what="Delete the community",
                may=OWNERS,
                ways=("/org delete", "org_delete"),
                calls=(
                    ("organizations.deletable", lambda c: c.herald.organizations.deletable(c.actor)),
                    (
                        "organizations.delete",
                        lambda c: c.herald.organizations.delete(c.actor, 1, typed_name="Racing Club"),
                    ),
                ),
            ),
            Row(
                what="See the community and its members",
                may=ALL,
                ways=("/org info", "/org members", "members"),
                calls=(
                    ("organizations.info", lambda c: c.herald.organizations.info(c.actor)),
                    ("members.page", lambda c: c.herald.members.page(c.actor)),
                ),
            ),
        ),
    ),
    Section(
        "Members",
        (
            Row(
                what="Make somebody organizer, moderator, reviewer or racer, or take that from them",
                may=ADMINS,
                ways=("/org member add", "/org member role", "/org member remove"),
                calls=(
                    ("members.add", lambda c: c.herald.members.add(c.actor, c.world.person("Nia"), Role.ORGANIZER)),
                    (
                        "members.set_role",
                        lambda c: c.herald.members.set_role(c.actor, c.world.person("Ann"), Role.ORGANIZER),
                    ),
                    ("members.remove", lambda c: c.herald.members.remove(c.actor, c.world.person("Ann"))),
                ),
            ),
            Row(
                what="Make somebody owner or admin, or take that from them",
                may=OWNERS,
                ways=("/org member add", "/org member role", "/org member remove"),
                calls=(
                    ("members.add", lambda c: c.herald.members.add(c.actor, c.world.person("Nia"), Role.ADMIN)),
                    ("members.add", lambda c: c.herald.members.add(c.actor, c.world.person("Nia"), Role.OWNER)),
                    (
                        "members.set_role",
                        lambda c: c.herald.members.set_role(c.actor, c.world.person("Alma"), Role.RACER),
                    ),
                    (
                        "members.set_role",
                        lambda c: c.herald.members.set_role(c.actor, c.world.person("Otto"), Role.RACER),
                    ),
                    ("members.remove", lambda c: c.herald.members.remove(c.actor, c.world.person("Alma"))),
                    ("members.remove", lambda c: c.herald.members.remove(c.actor, c.world.person("Otto"))),
                ),
            ),
            Row(
                what="Leave the community",
                may=MEMBERS,
                vain=ALL - MEMBERS,
                ways=("/org leave",),
                calls=(("members.leave", lambda c: c.herald.members.leave(c.actor)),),
            ),
        ),
    ),
    Section(
        "Invites",
        (
            Row(
                what="Invite moderators, reviewers and racers, see those invites and withdraw them",
                may=STAFF,
                ways=("/invite create", "/invite revoke"),
                calls=(
                    ("invites.create", lambda c: c.herald.invites.create(c.actor, role=Role.MODERATOR)),
                    (
                        "invites.create",
                        lambda c: c.herald.invites.create(c.actor, role=Role.RACER, invitee=c.world.person("Nia")),
                    ),
                    ("invites.pending", lambda c: c.herald.invites.pending(c.actor)),
                    ("invites.revoke", lambda c: c.herald.invites.revoke(c.actor, c.invite)),
                ),
            ),
            Row(
                what="The same for organizers",
                may=ADMINS,
                ways=("/invite create", "/invite revoke"),
                calls=(
                    ("invites.create", lambda c: c.herald.invites.create(c.actor, role=Role.ORGANIZER)),
                    ("invites.revoke", lambda c: c.herald.invites.revoke(c.actor, c.high_invite)),
                ),
            ),
            Row(
                what="The same for admins",
                may=OWNERS,
                ways=("/invite create",),
                calls=(("invites.create", lambda c: c.herald.invites.create(c.actor, role=Role.ADMIN)),),
            ),
            Row(
                what="Invite an owner",
                may=NOBODY,
                ways=(),
                calls=(("invites.create", lambda c: c.herald.invites.create(c.actor, role=Role.OWNER)),),
            ),
            Row(
                what="See one's own invites, accept and decline them",
                may=ALL,
                ways=("/invite list", "/invite accept", "/invite decline", "accept", "decline"),
                calls=(
                    ("invites.received", lambda c: c.herald.invites.received(c.actor)),
                    ("invites.mine", lambda c: c.herald.invites.mine(c.actor, c.made)),
                    ("invites.accept", lambda c: c.herald.invites.accept(c.actor, c.made)),
                    ("invites.decline", lambda c: c.herald.invites.decline(c.actor, c.made)),
                ),
                before=invited,
            ),
        ),
    ),
    Section(
        "Tournaments",
        (
            Row(
                what="See tournaments and leaderboards",
                may=ALL,
                ways=(
                    *("/tournament list", "/tournament info", "/tournament leaderboard", "leaderboard"),
                    *("board_page", "board_picture", "board_csv"),
                ),
                calls=(
                    ("tournaments.newest", lambda c: c.herald.tournaments.newest(c.actor)),
                    ("tournaments.info", lambda c: c.herald.tournaments.info(c.actor, CUP)),
                    ("leaderboard.page", lambda c: c.herald.leaderboard.page(c.actor, CUP)),
                    ("leaderboard.export", lambda c: c.herald.leaderboard.export(c.actor, CUP)),
                    (
                        "tournaments.names",
                        lambda c: c.herald.tournaments.names(c.actor, "", frozenset(TournamentStatus)),
                    ),
                ),
            ),
            Row(
                what="See one's own times in a tournament",
                may=ALL,
                ways=("my_times", "times_picture"),
                calls=(("leaderboard.mine", lambda c: c.herald.leaderboard.mine(c.actor, CUP)),),
            ),
            Row(
                what="See results while they are hidden",
                may=REVIEWERS,
                ways=(),
                calls=(
                    ("leaderboard.page", lambda c: c.herald.leaderboard.page(c.actor, CUP)),
                    ("leaderboard.export", lambda c: c.herald.leaderboard.export(c.actor, CUP)),
                ),
                before=hidden_results,
            ),
            Row(
                what="Join a tournament",
                may=ALL,
                ways=("/tournament join", "join", "join_card"),
                calls=(("entrants.join", lambda c: c.herald.entrants.join(c.actor, c.cup)),),
            ),
            Row(
                what="Leave it",
                may=ALL,
                ways=("/tournament leave",),
                calls=(("entrants.leave", lambda c: c.herald.entrants.leave(c.actor, c.made)),),
                before=joined,
            ),
            Row(
                what="Create a tournament",
                may=STAFF,
                ways=("/tournament create", "create"),
                calls=(
                    ("tournaments.require_manager", lambda c: c.herald.tournaments.require_manager(c.actor)),
                    (
                        "tournaments.create",
                        lambda c: c.herald.tournaments.create(c.actor, name="New", type=TournamentType.OTHER),
                    ),
                ),
            ),
            Row(
                what="Edit it",
                may=STAFF,
                ways=("/tournament edit", "edit"),
                calls=(
                    ("tournaments.editable", lambda c: c.herald.tournaments.editable(c.actor, CUP)),
                    (
                        "tournaments.edit",
                        lambda c: c.herald.tournaments.edit(c.actor, c.cup, name="New", description="", seed=""),
                    ),
                ),
            ),
            Row(
                what="Set the rules of racing in it",
                may=STAFF,
                ways=("/tournament edit",),
                calls=(("rules.set", lambda c: c.herald.rules.set(c.actor, c.draft, Rules(vod_required=False))),),
            ),
            Row(
                what="See its pools and their seeds",
                may=STAFF,
                ways=("/pool list",),
                calls=(
                    ("pools.all", lambda c: c.herald.pools.all(c.actor, DRAFT)),
                    ("pools.seeds", lambda c: c.herald.pools.seeds(c.actor, DRAFT, POOL)),
                ),
            ),
            Row(
                what="Make a pool in it",
                may=STAFF,
                ways=("/pool create", "pool_create"),
                calls=(
                    ("pools.extendable", lambda c: c.herald.pools.extendable(c.actor, DRAFT)),
                    ("pools.create", lambda c: c.herald.pools.create(c.actor, c.draft, name="New")),
                ),
            ),
            Row(
                what="Change and delete a pool, add seeds to it, retire and restore them",
                may=STAFF,
                ways=(
                    *("/pool edit", "/pool delete", "/pool seeds", "/pool retire", "/pool restore"),
                    *("pool_edit", "pool_delete", "pool_seeds"),
                ),
                calls=(
                    ("pools.editable", lambda c: c.herald.pools.editable(c.actor, DRAFT, POOL)),
                    ("pools.edit", lambda c: c.herald.pools.edit(c.actor, c.pool, name="New", notes="", preset="")),
                    ("pools.add_seeds", lambda c: c.herald.pools.add_seeds(c.actor, c.pool, seeds="more")),
                    ("pools.retire", lambda c: c.herald.pools.retire(c.actor, DRAFT, POOL, 1)),
                    ("pools.restore", lambda c: c.herald.pools.restore(c.actor, DRAFT, POOL, 2)),
                    ("pools.delete", lambda c: c.herald.pools.delete(c.actor, c.pool, typed_name=POOL)),
                ),
            ),
            Row(
                what="Open its sign-up",
                may=STAFF,
                ways=("/tournament open",),
                calls=(("tournaments.open", lambda c: c.herald.tournaments.open(c.actor, c.draft)),),
            ),
            Row(
                what="Post its panel",
                may=STAFF,
                ways=("/tournament panel",),
                calls=(("tournaments.postable", lambda c: c.herald.tournaments.postable(c.actor, c.signup)),),
            ),
            Row(
                what="Pin its board",
                may=STAFF,
                ways=("/tournament board",),
                calls=(("leaderboard.post", lambda c: c.herald.leaderboard.post(c.actor, c.cup, NEWS)),),
            ),
            Row(
                what="Start it",
                may=STAFF,
                ways=("/tournament start",),
                calls=(("tournaments.start", lambda c: c.herald.tournaments.start(c.actor, c.signup)),),
            ),
            Row(
                what="End it",
                may=STAFF,
                ways=("/tournament end", "end"),
                calls=(("tournaments.end", lambda c: c.herald.tournaments.end(c.actor, c.cup, leave_out_up_to=10**6)),),
            ),
            Row(
                what="Delete it",
                may=STAFF,
                ways=("/tournament delete", "delete"),
                calls=(
                    ("tournaments.editable", lambda c: c.herald.tournaments.editable(c.actor, CUP)),
                    ("tournaments.delete", lambda c: c.herald.tournaments.delete(c.actor, c.cup, typed_name=CUP)),
                ),
            ),
        ),
    ),
    Section(
        "Runs",
        (
            Row(
                what="Hand in a run, in a tournament that one has joined",
                may=ALL,
                ways=("/race submit", "submit"),
                calls=(
                    ("races.submittable", lambda c: c.herald.races.submittable(c.actor, c.made)),
                    ("races.submit", lambda c: c.herald.races.submit(c.actor, c.made, time="1:00:00", vod=VOD)),
                ),
                before=joined,
            ),
            Row(
                what="Start a race in a pool, in a tournament that one has joined",
                may=ALL,
                ways=("/race start", "race_start", "race_pool", "race_go"),
                calls=(
                    ("attempts.offer", lambda c: c.herald.attempts.offer(c.actor, CUP)),
                    ("attempts.pools", lambda c: c.herald.attempts.pools(c.actor, CUP, "")),
                    ("attempts.startable", lambda c: c.herald.attempts.startable(c.actor, c.made)),
                    ("attempts.start", lambda c: c.herald.attempts.start(c.actor, c.made, NEWS)),
                ),
                before=pooled,
            ),
            Row(
                what="Get ready for a race of one's own, or give it up",
                may=ALL,
                ways=(
                    *("/race timer", "/race ready", "/race forfeit"),
                    *("race_ready", "race_forfeit", "race_forfeit_yes"),
                ),
                calls=(
                    ("attempts.mine", lambda c: c.herald.attempts.mine(c.actor)),
                    ("attempts.ready", lambda c: c.herald.attempts.ready(c.actor, c.made)),
                    ("attempts.forfeitable", lambda c: c.herald.attempts.forfeitable(c.actor)),
                    ("attempts.forfeit", lambda c: c.herald.attempts.forfeit(c.actor, c.made)),
                ),
                before=at(AttemptStage.SEEDED),
            ),
            Row(
                what="Finish it",
                may=ALL,
                ways=("/race finish", "race_finish"),
                calls=(("attempts.finish", lambda c: c.herald.attempts.finish(c.actor)),),
                before=at(AttemptStage.RACING),
            ),
            Row(
                what="Take that back, hand it in, or discard it for another",
                may=ALL,
                ways=(
                    *("/race undo", "/race submit", "/race reattempt"),
                    *("race_undo", "race_hand_in", "race_submit", "race_discard"),
                ),
                calls=(
                    ("attempts.undo", lambda c: c.herald.attempts.undo(c.actor)),
                    ("submissions.finished", lambda c: c.herald.submissions.finished(c.actor, CUP)),
                    ("submissions.submittable", lambda c: c.herald.submissions.submittable(c.actor)),
                    (
                        "submissions.submit",
                        lambda c: c.herald.submissions.submit(c.actor, c.made, vod=VOD, notes="", in_game=""),
                    ),
                    ("attempts.names", lambda c: c.herald.attempts.names(c.actor)),
                    ("attempts.reattemptable", lambda c: c.herald.attempts.reattemptable(c.actor, c.made)),
                    ("attempts.discard", lambda c: c.herald.attempts.discard(c.actor, c.made)),
                ),
                before=at(AttemptStage.FINISHED),
            ),
            Row(
                what="Do any of that in somebody else's race",
                may=NOBODY,
                ways=(),
                calls=(
                    ("attempts.mine", lambda c: c.herald.attempts.mine(c.actor, c.made)),
                    ("attempts.ready", lambda c: c.herald.attempts.ready(c.actor, c.made)),
                    ("attempts.finish", lambda c: c.herald.attempts.finish(c.actor, c.made)),
                    ("attempts.forfeitable", lambda c: c.herald.attempts.forfeitable(c.actor, c.made)),
                    ("attempts.forfeit", lambda c: c.herald.attempts.forfeit(c.actor, c.made)),
                    ("attempts.undo", lambda c: c.herald.attempts.undo(c.actor, c.made)),
                    ("submissions.submittable", lambda c: c.herald.submissions.submittable(c.actor, c.made)),
                    (
                        "submissions.submit",
                        lambda c: c.herald.submissions.submit(c.actor, c.made, vod=VOD, notes="", in_game=""),
                    ),
                    ("attempts.reattemptable", lambda c: c.herald.attempts.reattemptable(c.actor, c.made)),
                    ("attempts.discard", lambda c: c.herald.attempts.discard(c.actor, c.made)),
                ),
                before=racing,
            ),
            Row(
                what="See one's own races and runs",
                may=ALL,
                ways=("/race history",),
                calls=(("attempts.history", lambda c: c.herald.attempts.history(c.actor)),),
            ),
            Row(
                what="See the runs that wait for review, and each run as its reviewers see it",
                may=REVIEWERS,
                ways=("/review queue", "review_queue", "review_open", REVIEW_THIS_RUN),
                calls=(
                    ("reviews.queue", lambda c: c.herald.reviews.queue(c.actor)),
                    ("reviews.card", lambda c: c.herald.reviews.card(c.actor, c.race)),
                    ("reviews.card_of_attempt", lambda c: c.herald.reviews.card_of_attempt(c.actor, c.made)),
                ),
                before=raced,
            ),
            Row(
                what="Claim a run, approve or reject it",
                may=REVIEWERS,
                ways=("review_claim", "approve", "reject", "reject_with"),
                calls=(
                    ("reviews.reviewable", lambda c: c.herald.reviews.reviewable(c.actor, c.race)),
                    ("reviews.claim", lambda c: c.herald.reviews.claim(c.actor, c.race)),
                    ("reviews.approve", lambda c: c.herald.reviews.approve(c.actor, c.race)),
                    ("reviews.reject", lambda c: c.herald.reviews.reject(c.actor, c.race, reason="no video")),
                ),
            ),
            Row(
                what="Release a run that one has claimed",
                may=REVIEWERS,
                ways=("review_release",),
                calls=(("reviews.release", lambda c: c.herald.reviews.release(c.actor, c.race)),),
                before=claimed,
            ),
            Row(
                what="Ask for a second review of a run, correct its time, disqualify it",
                may=REVIEWERS,
                ways=(
                    *("review_more", "review_doubt", "review_correct", "review_correct_with"),
                    *("review_disqualify", "review_disqualify_with"),
                ),
                calls=(
                    ("reviews.menu", lambda c: c.herald.reviews.menu(c.actor, c.race)),
                    ("reviews.changeable", lambda c: c.herald.reviews.changeable(c.actor, c.race)),
                    ("reviews.doubt", lambda c: c.herald.reviews.doubt(c.actor, c.race)),
                    ("reviews.correct", lambda c: c.herald.reviews.correct(c.actor, c.race, time="1:00:00")),
                    ("reviews.disqualify", lambda c: c.herald.reviews.disqualify(c.actor, c.race, reason="spliced")),
                ),
            ),
            Row(
                what="Take back that one has asked for a second review",
                may=REVIEWERS,
                ways=("review_trust",),
                calls=(("reviews.trust", lambda c: c.herald.reviews.trust(c.actor, c.race)),),
                before=doubted,
            ),
            Row(
                what="Do any of that about one's own run",
                may=NOBODY,
                ways=(
                    *("review_claim", "review_release", "approve", "reject", "reject_with"),
                    *("review_more", "review_doubt", "review_trust", "review_correct", "review_correct_with"),
                    *("review_disqualify", "review_disqualify_with"),
                ),
                calls=(
                    ("reviews.reviewable", lambda c: c.herald.reviews.reviewable(c.actor, c.made)),
                    ("reviews.claim", lambda c: c.herald.reviews.claim(c.actor, c.made)),
                    ("reviews.release", lambda c: c.herald.reviews.release(c.actor, c.made)),
                    ("reviews.approve", lambda c: c.herald.reviews.approve(c.actor, c.made)),
                    ("reviews.reject", lambda c: c.herald.reviews.reject(c.actor, c.made, reason="no video")),
                    ("reviews.menu", lambda c: c.herald.reviews.menu(c.actor, c.made)),
                    ("reviews.changeable", lambda c: c.herald.reviews.changeable(c.actor, c.made)),
                    ("reviews.doubt", lambda c: c.herald.reviews.doubt(c.actor, c.made)),
                    ("reviews.trust", lambda c: c.herald.reviews.trust(c.actor, c.made)),
                    ("reviews.correct", lambda c: c.herald.reviews.correct(c.actor, c.made, time="1:00:00")),
                    ("reviews.disqualify", lambda c: c.herald.reviews.disqualify(c.actor, c.made, reason="spliced")),
                ),
                before=own_run,
            ),
            Row(
                what="Give a racer more time for their race",
                may=REVIEWERS,
                ways=("/review extend",),
                calls=(
                    ("deadlines.extend", lambda c: c.herald.deadlines.extend(c.actor, c.made, 10)),
                    ("deadlines.extendable", lambda c: c.herald.deadlines.extendable(c.actor, "")),
                ),
                before=racing,
            ),
        ),
    ),
    Section(
        "Matches",
        (
            Row(
                what="See the matches to come",
                may=ALL,
                ways=("/match list",),
                calls=(
                    ("matches.coming", lambda c: c.herald.matches.coming(c.actor)),
                    ("matches.reportable", lambda c: c.herald.matches.reportable(c.actor)),
                ),
            ),
            Row(
                what="Schedule or move a match in which one plays",
                may=ALL,
                ways=("/match schedule", "match_schedule"),
                calls=(
                    ("matches.propose", lambda c: propose(c, c.actor.caller.person.name, "Ann")),
                    ("matches.schedule", schedule_own),
                ),
                before=joined,
            ),
            Row(
                what="Schedule or move a match of others",
                may=STAFF,
                ways=("/match schedule", "match_schedule"),
                calls=(("matches.propose", lambda c: propose(c, "Ann", "Cy")), ("matches.schedule", schedule_others)),
            ),
            Row(
                what="Report a match in which one plays",
                may=ALL,
                ways=("/match report",),
                calls=(("matches.report", lambda c: c.herald.matches.report(c.actor, c.made, None)),),
                before=own_match,
            ),
            Row(
                what="Report a match of others, or correct what was reported",
                may=STAFF,
                ways=("/match report",),
                calls=(
                    ("matches.report", lambda c: c.herald.matches.report(c.actor, c.match, None)),
                    ("matches.report", lambda c: c.herald.matches.report(c.actor, c.reported, None)),
                ),
            ),
        ),
    ),
    Section(
        "The audit trail",
        (
            Row(
                what="Search the trail",
                may=READERS,
                ways=("/audit search", "audit"),
                calls=(
                    ("audit.filter", lambda c: c.herald.audit.filter(c.actor)),
                    ("audit.search", lambda c: c.herald.audit.search(c.actor, AuditFilter())),
                ),
            ),
        ),
    ),
    Section(
        "Presets",
        (
            Row(
                what="See the community's presets and one's own, and what a tournament is raced with",
                may=ALL,
                ways=(
                    *("/preset list", "/preset show", "/preset history"),
                    *("preset_list", "preset_history", "tournament_preset"),
                ),
                calls=(
                    ("presets.page", lambda c: c.herald.presets.page(c.actor)),
                    ("presets.show", lambda c: c.herald.presets.show(c.actor, c.made)),
                    ("presets.compared", lambda c: c.herald.presets.compared(c.actor, c.made, 1)),
                    ("presets.history", lambda c: c.herald.presets.history(c.actor, c.made)),
                    ("presets.names", lambda c: c.herald.presets.names(c.actor, "")),
                    ("presets.of_tournament", lambda c: c.herald.presets.of_tournament(c.actor, c.cup)),
                ),
                before=chosen_preset,
            ),
            Row(
                what="Keep, change and delete presets of one's own, copy shared ones, and post any that one sees",
                may=ALL,
                ways=(
                    *("/preset create", "/preset edit", "/preset delete", "/preset share"),
                    *("preset_create", "preset_edit", "preset_delete", "preset_copy"),
                ),
                calls=(
                    ("presets.require_creator", lambda c: c.herald.presets.require_creator(c.actor, Whose.MINE)),
                    ("presets.create", lambda c: c.herald.presets.create(c.actor, Whose.MINE, name="New", text="a: 1")),
                    ("presets.editable", lambda c: c.herald.presets.editable(c.actor, c.made)),
                    ("presets.edit", lambda c: c.herald.presets.edit(c.actor, c.made, text="a: 2")),
                    ("presets.postable", lambda c: c.herald.presets.postable(c.actor, c.made)),
                    ("presets.delete", lambda c: c.herald.presets.delete(c.actor, c.made, typed_name="Own")),
                    ("presets.copy", copy_preset),
                ),
                before=own_preset,
            ),
            Row(
                what="Keep, change and delete the community's presets",
                may=STAFF,
                ways=(
                    *("/preset create", "/preset edit", "/preset delete"),
                    *("preset_create", "preset_edit", "preset_delete"),
                ),
                calls=(
                    ("presets.require_creator", lambda c: c.herald.presets.require_creator(c.actor, Whose.COMMUNITY)),
                    (
                        "presets.create",
                        lambda c: c.herald.presets.create(c.actor, Whose.COMMUNITY, name="New", text="a: 1"),
                    ),
                    ("presets.editable", lambda c: c.herald.presets.editable(c.actor, c.preset)),
                    ("presets.edit", lambda c: c.herald.presets.edit(c.actor, c.preset, text="a: 2")),
                    ("presets.delete", lambda c: c.herald.presets.delete(c.actor, c.preset, typed_name="Open")),
                ),
            ),
            Row(
                what="Make a preset of one's own the community's",
                may=STAFF,
                ways=("/preset share",),
                calls=(("presets.share", lambda c: c.herald.presets.share(c.actor, c.made)),),
                before=own_preset,
            ),
            Row(
                what="Say which preset a tournament is raced with",
                may=STAFF,
                ways=("/tournament preset",),
                calls=(("presets.choose", lambda c: c.herald.presets.choose(c.actor, c.cup, "Open")),),
            ),
        ),
    ),
    Section(
        "What reaches one",
        (
            Row(
                what="See and choose what reaches oneself from the community, and how",
                may=ALL,
                ways=("/notify", "notify_way", "notify_edit", "notify_times", "notify_reset"),
                calls=(
                    ("notifications.mine", lambda c: c.herald.notifications.mine(c.actor)),
                    ("notifications.choose", lambda c: c.herald.notifications.choose(c.actor, Topic.RUNS, Way.NOTHING)),
                    (
                        "notifications.set_times",
                        lambda c: c.herald.notifications.set_times(c.actor, leads="1d", quiet="22:00-8:00"),
                    ),
                    ("notifications.reset", lambda c: c.herald.notifications.reset(c.actor)),
                ),
            ),
        ),
    ),
    Section(
        "One's own account",
        (
            Row(
                what="See and change it, and get all that is stored",
                may=ALL,
                ways=("/account show", "/account edit", "account_edit", "/account timezone", "/account export"),
                calls=(
                    ("accounts.mine", lambda c: c.herald.accounts.mine(c.actor)),
                    ("accounts.edit", lambda c: c.herald.accounts.edit(c.actor, name="Me", pronouns="", stream="")),
                    ("accounts.set_time_zone", lambda c: c.herald.accounts.set_time_zone(c.actor, "Europe/Berlin")),
                    ("erasure.export", lambda c: c.herald.erasure.export(c.actor)),
                ),
            ),
            Row(
                what="See how a member of the community is known",
                may=ALL,
                ways=("/account show",),
                calls=(("accounts.of", lambda c: c.herald.accounts.of(c.actor, c.world.person("Ann"))),),
            ),
            Row(
                what="Delete it",
                may=ALL,
                ways=("/account delete", "account_delete"),
                calls=(
                    ("erasure.deletable", lambda c: c.herald.erasure.deletable(c.actor)),
                    (
                        "erasure.delete",
                        lambda c: c.herald.erasure.delete(c.actor, c.actor.account_id, Results.KEPT, typed="delete"),
                    ),
                ),
            ),
        ),
    ),
    Section(
        "Running Herald itself",
        (
            Row(
                what="See how Herald is doing",
                may=frozenset({"bot's owner", "superadmin", "helper"}),
                ways=("/admin status",),
                calls=(("staff.health", lambda c: c.herald.staff.health(c.actor)),),
            ),
            Row(
                what="See who runs Herald, and give the levels admin and moderator",
                may=frozenset({"bot's owner", "superadmin"}),
                ways=("/admin people", "/admin permission"),
                calls=(
                    ("staff.people", lambda c: c.herald.staff.people(c.actor)),
                    (
                        "staff.set_permission",
                        lambda c: c.herald.staff.set_permission(c.actor, c.world.person("Ann"), Permission.ADMIN),
                    ),
                ),
            ),
            Row(
                what="Give the level superadmin, and take it",
                may=frozenset({"bot's owner"}),
                ways=("/admin permission",),
                calls=(
                    (
                        "staff.set_permission",
                        lambda c: c.herald.staff.set_permission(c.actor, c.world.person("Ann"), Permission.SUPERADMIN),
                    ),
                    (
                        "staff.set_permission",
                        lambda c: c.herald.staff.set_permission(c.actor, c.world.person("Sue"), Permission.USER),
                    ),
                ),
            ),
        ),
    ),
)

ROWS = tuple(row for section in SECTIONS for row in section.rows)

NOT_FOR_PEOPLE: Mapping[str, str] = {
    "accounts.actor": "who somebody is, before anything is asked of them",
    "accounts.known_actor": "the same for somebody who types into an option",
    "accounts.ensure": "called by others, for a person that they name",
    "guilds.guild_removed": "Discord tells it",
    "guilds.guild_joined": "Discord tells it",
    "guilds.reconcile": "the bot, once it is connected",
    "invites.sweep": "time passes",
    "reminding.sweep": "time passes",
    "deadlines.sweep": "time passes",
    "attempts.resume": "called by others, who have asked",
    "threads.sweep": "the bot, when a thread is wanted",
    "threads.lost": "the courier, when a thread takes no message any more",
    "threads.gone": "Discord tells it",
    "threads.abandon": "the services that delete races",
    "threads.close": "the courier, for a thread whose race is deleted",
    "threads.stop": "the bot, at its end",
    "pools.names": "completes what an organizer types; for others there is nothing",
    "pools.choices": "completes what an organizer types; for others there is nothing",
    "notices.redraw": "the courier, for a message that is to be drawn anew",
    "audit.record": "the listener of every event",
    "audit.line": "for whoever runs Herald, at the terminal",
    "audit.everything": "for whoever runs Herald, at the terminal",
    "notices.build": "the courier, for a message that is due",
    "operations.retry": "for whoever runs Herald, at the terminal",
    "operations.replay": "for whoever runs Herald, at the terminal",
    "overview.event": "for whoever runs Herald, at the terminal",
    "overview.events": "for whoever runs Herald, at the terminal",
    "overview.invented": "for whoever runs Herald, at the terminal",
    "overview.messages": "for whoever runs Herald, at the terminal",
    "overview.totals": "for whoever runs Herald, at the terminal",
    "overview.unrecorded": "for whoever runs Herald, at the terminal",
    "state.get": "the bot's own notes",
    "state.set": "the bot's own notes",
}
"""Public methods of services that are in no row, and who calls them."""

NO_WAY_OF_ITS_OWN: Mapping[str, str] = {"again": "opens the form anew that the same person had sent"}
"""Actions of the router that are in no row, and what they do."""


PREFACE = """
The table that the tests hold against the services, made by `make permissions`. Beside each thing stand the commands
that lead there, and the ids of the buttons and forms. **✓**: may. **·**: is not refused for who they are, but has
nothing there to do it to. Empty: is refused in words that say why; nothing is changed, and nobody else sees it.

Who is several of these has the rights of each. A role counts in its own community only, and a Discord role in its own
server only. From *stranger* on they are no members, and have nothing but what the head of their column says. *One of
several*: the community has more servers than the one that they manage.
"""


async def prepare(world: World) -> Scene:
    """The scene in `world`, whose organization is there, with somebody for each column but "manager of one"."""
    herald, olga = world.herald, await world.actor(OWNER)
    for name, role in {"Otto": Role.OWNER, "Alma": Role.ADMIN, **{_name(role): role for role in Role}}.items():
        if name != OWNER:
            await herald.members.add(olga, world.person(name), role)
    for role, discord_role in MAPPED.items():
        await herald.guilds.map_roles(olga, role, [discord_role])
    host = await herald.accounts.actor(replace(world.caller("Hal"), owns_bot=True))
    levels = {"superadmin": Permission.SUPERADMIN, "Sue": Permission.SUPERADMIN, "helper": Permission.MODERATOR}
    for name, level in levels.items():
        await herald.staff.set_permission(host, world.person(name), level)
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    cup = await world.tournament(CUP, racers=("Ann", "Bo", "Cy"))
    draft = await world.tournament(DRAFT, status=TournamentStatus.DRAFT)
    signup = await world.tournament(SIGNUP, status=TournamentStatus.OPEN)
    pool = await world.pool(draft, POOL)
    await herald.pools.retire(olga, DRAFT, POOL, 2)
    ann, bo = await world.account("Ann"), await world.account("Bo")
    at = world.clock() + timedelta(hours=2)
    match = await herald.matches.schedule(olga, cup.id, at, [ann, bo])
    reported = await herald.matches.schedule(olga, cup.id, at, [bo, await world.account("Cy")])
    await herald.matches.report(olga, reported.id, world.person("Bo"))
    return Scene(
        world=world,
        cup=cup.id,
        draft=draft.id,
        signup=signup.id,
        race=(await world.run("Ann", cup)).id,
        match=match.id,
        reported=reported.id,
        invite=(await herald.invites.create(olga, role=Role.RACER)).id,
        preset=(await world.preset(OWNER, Whose.COMMUNITY)).id,
        pool=pool.id,
        high_invite=(await herald.invites.create(olga, role=Role.ORGANIZER)).id,
    )


def _name(column: str) -> str:
    return OWNER if column == Role.OWNER else column


async def act(scene: Scene, column: str, *, guild: int = GUILD, manage: bool = False) -> Actor:
    """Somebody who is `column` to the community, in `guild`."""
    roles = [MAPPED[Role(column.removeprefix("mapped "))]] if column.startswith("mapped ") else []
    manage = manage or column.startswith("manager")
    # Roles are a guild's own.
    caller = scene.world.caller(_name(column), guild=guild, manage=manage, roles=roles if guild == GUILD else [])
    return await scene.herald.accounts.actor(replace(caller, owns_bot=column == "bot's owner"))


def page() -> str:
    """The table for docs/permissions.md."""
    heads = list(COLUMNS.values())
    lines = ["# Who may do what", "", *PREFACE.strip().splitlines()]
    for section in SECTIONS:
        lines += ["", f"## {section.title}", ""]
        lines += [f"| | {' | '.join(heads)} |", f"| --- |{' :-: |' * len(heads)}"]
        for row in section.rows:
            cells = ["✓" if one in row.may else "·" if one in row.vain else " " for one in COLUMNS]
            ways = ", ".join(f"`{way}`" for way in row.ways)
            lines.append(f"| {row.what}{f' ({ways})' if ways else ''} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
