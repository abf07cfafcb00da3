"""Who may do what: the table against the services, and where rights come from."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from models import Race, Role, TournamentType
from services.actor import Actor
from services.audit import AuditFilter
from services.base import Service
from services.errors import NotAllowed, NotFound, Refusal
from services.permissions import Action
from tests import permission_matrix
from tests.permission_matrix import COLUMNS, NOT_FOR_PEOPLE, NOWHERE, ROWS, Call, Case, Row, Scene, act, page, prepare
from tests.services.world import ELSEWHERE, GUILD, OWNER, World

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"

SETTINGS, DELETE, MEMBERS, TOURNAMENTS, REVIEW, INVITE, AUDIT = Action
ROLE_ID = 333
SECOND_SERVER = "manager of one"


class UndoneError(Exception):
    """Ends a unit of work, so that nothing of it stays."""


async def outcome(scene: Scene, row: Row, call: Call, actor: Actor, *, undo: bool) -> Refusal | None:
    """How a call ends. What it changes stays, unless it is to be undone."""
    found: Refusal | None = None

    async def attempt() -> None:
        nonlocal found
        case = Case(**vars(scene), actor=actor)
        if row.before is not None:
            case = replace(case, made=await row.before(case))
        try:
            await call(case)
        except Refusal as refusal:
            found = refusal
        if undo:
            raise UndoneError

    if undo:
        with pytest.raises(UndoneError):
            await scene.herald.units.run(attempt)
    else:
        await attempt()
    return found


def where(row: Row, column: str) -> int:
    """The guild in which to try a row; once there is a second server, another than the others had."""
    return NOWHERE + 1 if column == SECOND_SERVER and row.guild == NOWHERE else row.guild


@pytest.mark.timeout(180)
async def test_each_may_do_exactly_what_the_table_says_and_a_refusal_changes_nothing(world: World) -> None:
    scene = await prepare(world)
    wrong: list[str] = []
    for column in sorted(COLUMNS, key=SECOND_SERVER.__eq__):
        if column == SECOND_SERVER:
            # From here on, the community has two servers.
            await world.herald.guilds.link(await world.actor(OWNER, guild=NOWHERE, manage=True), 1)
        actors = [(row, await act(scene, column, guild=where(row, column), manage=row.manage)) for row in ROWS]
        before = world.dump()
        for row, actor in actors:
            may = column in row.may or column in row.vain
            for method, call in row.calls:
                found = await outcome(scene, row, call, actor, undo=may or row.before is not None)
                right = (
                    isinstance(found, NotAllowed)
                    if not may
                    else (found is None) == (column in row.may) and not isinstance(found, NotAllowed)
                )
                if not right:
                    wrong.append(f"{column}: {row.what}: {method}: {found!r}")
        if world.dump() != before:
            wrong.append(f"{column}: something changed")
    assert wrong == []


def test_every_public_method_of_a_service_is_in_the_table() -> None:
    methods = {
        f"{service.__module__.removeprefix('services.')}.{name}"
        for service in Service.__subclasses__()
        for name, method in vars(service).items()
        if inspect.iscoroutinefunction(method) and not name.startswith("_")
    }
    named = {method for row in ROWS for method, _ in row.calls}
    assert named | set(NOT_FOR_PEOPLE) == methods
    assert named.isdisjoint(NOT_FOR_PEOPLE)


def test_each_row_calls_the_methods_that_it_names() -> None:
    for method, call in (pair for row in ROWS for pair in row.calls):
        # A helper of the table's, which a row may call by name, calls them itself.
        helpers = [vars(permission_matrix).get(name) for name in call.__code__.co_names]
        names = {name for one in (call, *helpers) if inspect.isfunction(one) for name in one.__code__.co_names}
        assert set(method.split(".")) <= names, method


def test_the_page_is_what_the_table_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


async def map_role(world: World, role: Role, *, guild: int = GUILD, ids: tuple[int, ...] = (ROLE_ID,)) -> None:
    manager = await world.actor("Mana", guild=guild, manage=True)
    await world.herald.guilds.map_roles(manager, role, ids)


def try_out(world: World, actor: Actor, race: Race) -> dict[Action, Callable[[], Awaitable[object]]]:
    herald = world.herald
    return {
        SETTINGS: lambda: herald.organizations.edit(actor, name="Other", time_zone="UTC"),
        MEMBERS: lambda: herald.members.add(actor, world.person("Nia"), Role.RACER),
        TOURNAMENTS: lambda: herald.tournaments.create(actor, name="New", type=TournamentType.OTHER),
        REVIEW: lambda: herald.reviews.approve(actor, race.id),
        INVITE: lambda: herald.invites.create(actor, role=Role.RACER),
        AUDIT: lambda: herald.audit.search(actor, AuditFilter()),
        DELETE: lambda: herald.organizations.deletable(actor),
    }


async def allowed(world: World, actor: Actor, race: Race) -> set[Action]:
    found: set[Action] = set()
    for action, call in try_out(world, actor, race).items():
        try:
            await call()
        except NotAllowed:
            continue
        found.add(action)
    return found


async def test_rights_by_membership_and_by_a_discord_role_add_up(world: World) -> None:
    race = await world.run("Ann", await world.tournament())
    await world.hire("Mo", Role.REVIEWER)
    await map_role(world, Role.MODERATOR)
    assert await allowed(world, await world.actor("Mo", roles=[1, ROLE_ID]), race) == {REVIEW, AUDIT}


async def test_a_guild_is_unlinked_by_owners_and_admins_alone(world: World) -> None:
    refused = [await world.actor("Gus", manage=True), await world.hire("Org", Role.ORGANIZER)]
    admin = await world.hire("Adam", Role.ADMIN)
    before = world.dump()
    for actor in refused:
        for call in (world.herald.guilds.unlinkable(actor), world.herald.guilds.unlink(actor, 1)):
            with pytest.raises(NotAllowed, match="owner or admin"):
                await call
    assert world.dump() == before
    await world.herald.guilds.unlink(admin, 1)
    assert world.events()[-1] == "DiscordGuildUnlinked"


async def test_a_refusal_names_the_roles_that_would_do(world: World) -> None:
    words = r"You may not read the audit trail here\. That takes the role of owner, admin, organizer or moderator\."
    with pytest.raises(NotAllowed, match=words):
        await world.herald.audit.search(await world.actor("Sten"), AuditFilter())


async def test_a_mapped_role_counts_from_the_very_next_check_and_no_longer_once_unmapped(world: World) -> None:
    race = await world.run("Ann", await world.tournament())
    actor = await world.actor("Mo", roles=[ROLE_ID])
    assert await allowed(world, actor, race) == set()
    await map_role(world, Role.MODERATOR)
    assert await allowed(world, actor, race) == {AUDIT}
    await map_role(world, Role.MODERATOR, ids=())
    assert await allowed(world, actor, race) == set()


async def test_a_role_that_somebody_no_longer_wears_gives_nothing(world: World) -> None:
    race = await world.run("Ann", await world.tournament())
    await map_role(world, Role.ORGANIZER)
    assert await allowed(world, await world.actor("Mo", roles=[ROLE_ID + 1]), race) == set()
    assert await allowed(world, await world.actor("Mo"), race) == set()


async def test_a_mapping_counts_only_in_its_own_guild(world: World) -> None:
    race = await world.run("Ann", await world.tournament())
    second = await world.actor("Olga", guild=ELSEWHERE, manage=True)
    await world.herald.guilds.link(second, 1)
    with pytest.raises(NotAllowed, match="several servers, so this takes being its owner or admin"):
        await map_role(world, Role.ORGANIZER, guild=ELSEWHERE)
    owner = await world.actor("Olga", guild=ELSEWHERE)
    await world.herald.guilds.map_roles(owner, Role.ORGANIZER, [ROLE_ID])
    assert await allowed(world, await world.actor("Mo", roles=[ROLE_ID]), race) == set()
    there = await world.actor("Mo", guild=ELSEWHERE, roles=[ROLE_ID])
    assert await allowed(world, there, race) == {TOURNAMENTS, REVIEW, INVITE, AUDIT}


async def test_a_mapping_or_membership_of_another_organization_gives_nothing_here(world: World) -> None:
    race = await world.run("Ann", await world.tournament())
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    await map_role(world, Role.ORGANIZER, guild=ELSEWHERE)
    assert await allowed(world, await world.actor("Rita", roles=[ROLE_ID]), race) == set()


async def test_mappings_rest_while_the_bot_is_out_of_the_guild(world: World) -> None:
    race = await world.run("Ann", await world.tournament())
    await map_role(world, Role.ORGANIZER)
    actor = await world.actor("Mo", roles=[ROLE_ID])
    await world.herald.guilds.guild_removed(GUILD)
    assert await allowed(world, actor, race) == set()


async def test_outside_an_organization_the_refusal_points_to_setup(world: World) -> None:
    for guild, words in ((ELSEWHERE, "not set up in this server yet"), (None, "only works in a server")):
        actor = await world.actor("Olga", guild=guild)
        with pytest.raises(NotFound, match=words):
            await world.herald.tournaments.create(actor, name="New", type=TournamentType.OTHER)
