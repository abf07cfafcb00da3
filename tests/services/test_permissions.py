from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from models import Race, Role, TournamentType
from services.actor import Actor
from services.audit import AuditFilter
from services.errors import NotAllowed, NotFound
from services.guilds import ChannelUse
from services.permissions import Action
from services.preset_access import Whose
from tests.services.world import ELSEWHERE, GUILD, NEWS, OWNER, World

SETTINGS, DELETE, MEMBERS, TOURNAMENTS, REVIEW, INVITE, AUDIT = Action
ROLE_ID = 333

EXPECTED: dict[str, set[Action]] = {
    "owner": set(Action),
    "admin": set(Action) - {DELETE},
    "organizer": {TOURNAMENTS, REVIEW, INVITE, AUDIT},
    "moderator": {AUDIT},
    "reviewer": {REVIEW},
    "racer": set(),
    "stranger": set(),
    "mapped organizer": {TOURNAMENTS, REVIEW, INVITE, AUDIT},
    "mapped moderator": {AUDIT},
    "mapped reviewer": {REVIEW},
    "racer and mapped moderator": {AUDIT},
    "guild manager": {SETTINGS},
}


async def act(world: World, who: str) -> Actor:
    """Somebody who is `who` to the organization."""
    match who.split():
        case ["owner"]:
            return await world.actor("Olga")
        case ["stranger"]:
            return await world.actor("Sten")
        case ["guild", "manager"]:
            return await world.actor("Gus", manage=True)
        case ["mapped", role]:
            await map_role(world, Role(role))
            return await world.actor("Mo", roles=[1, ROLE_ID])
        case ["racer", "and", "mapped", role]:
            await world.hire("Mo", Role.RACER)
            await map_role(world, Role(role))
            return await world.actor("Mo", roles=[ROLE_ID])
        case [role]:
            return await world.hire("Mo", Role(role))
        case _:
            raise AssertionError(who)


async def map_role(world: World, role: Role, *, guild: int = GUILD, ids: tuple[int, ...] = (ROLE_ID,)) -> None:
    manager = await world.actor("Mana", guild=guild, manage=True)
    await world.herald.guilds.map_roles(manager, role, ids)


def try_out(world: World, actor: Actor, race: Race) -> dict[Action, Callable[[], Awaitable[object]]]:
    herald = world.herald
    return {
        SETTINGS: lambda: herald.organizations.edit(actor, name="Other", time_zone="UTC"),
        MEMBERS: lambda: herald.members.add(actor, world.person("Nia"), Role.RACER),
        TOURNAMENTS: lambda: herald.tournaments.create(actor, name="New", type=TournamentType.OTHER),
        REVIEW: lambda: herald.races.approve(actor, race.id),
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


@pytest.mark.parametrize("who", EXPECTED)
async def test_each_role_may_do_exactly_what_the_table_says(world: World, who: str) -> None:
    race = await world.run("Ann", await world.tournament())
    assert await allowed(world, await act(world, who), race) == EXPECTED[who]


@pytest.mark.parametrize("who", ["racer", "stranger"])
async def test_every_method_that_takes_a_role_refuses_those_without_and_changes_nothing(world: World, who: str) -> None:
    tournament = await world.tournament()
    race = await world.run("Ann", tournament)
    invite = await world.herald.invites.create(await world.actor("Olga"), role=Role.RACER)
    actor, herald = await act(world, who), world.herald
    open_preset = await world.preset(OWNER, Whose.COMMUNITY)
    own_preset = await herald.presets.create(actor, Whose.MINE, name="Own", text="a: 1")
    tournaments, organizations, guilds = herald.tournaments, herald.organizations, herald.guilds
    cup = tournament.id
    before = world.dump()
    for call in (
        tournaments.create(actor, name="New", type=TournamentType.OTHER),
        tournaments.editable(actor, cup),
        tournaments.edit(actor, cup, name="New", description="", seed=""),
        tournaments.open(actor, cup),
        tournaments.start(actor, cup),
        tournaments.end(actor, cup, leave_out_up_to=10**6),
        tournaments.delete(actor, cup, typed_name="Spring Cup"),
        herald.races.card(actor, race.id),
        herald.races.reviewable(actor, race.id),
        herald.races.approve(actor, race.id),
        herald.races.reject(actor, race.id, reason="no"),
        herald.invites.create(actor, role=Role.RACER),
        herald.invites.pending(actor),
        herald.invites.revoke(actor, invite.id),
        herald.members.add(actor, world.person("Nia"), Role.RACER),
        herald.members.set_role(actor, world.person(OWNER), Role.RACER),
        herald.members.remove(actor, world.person(OWNER)),
        herald.audit.filter(actor),
        herald.audit.search(actor, AuditFilter()),
        herald.presets.require_creator(actor, Whose.COMMUNITY),
        herald.presets.create(actor, Whose.COMMUNITY, name="New", text="a: 1"),
        herald.presets.editable(actor, open_preset.id),
        herald.presets.edit(actor, open_preset.id, text="a: 1"),
        herald.presets.delete(actor, open_preset.id, typed_name="Open"),
        herald.presets.share(actor, own_preset.id),
        herald.presets.choose(actor, cup, "Open"),
        guilds.setup(actor),
        organizations.create(actor, name="Mine", time_zone="UTC"),
        guilds.link(actor, 1),
        organizations.edit(actor, name="Mine", time_zone="UTC"),
        guilds.set_channel(actor, ChannelUse.AUDIT, NEWS),
        guilds.map_roles(actor, Role.ORGANIZER, [1]),
        guilds.map_role(actor, Role.ORGANIZER, 1, counts=True),
        guilds.status(actor),
        guilds.unlinkable(actor),
        guilds.unlink(actor, tournament.organization_id),
        organizations.editable(actor),
        organizations.deletable(actor),
        organizations.delete(actor, tournament.organization_id, typed_name="Racing Club"),
    ):
        with pytest.raises(NotAllowed):
            await call
    assert world.dump() == before


@pytest.mark.parametrize("who", ["admin", "organizer", "mapped organizer", "guild manager"])
async def test_a_guild_is_unlinked_by_owners_and_admins_alone(world: World, who: str) -> None:
    actor = await act(world, who)
    if who == "admin":
        await world.herald.guilds.unlink(actor, 1)
        assert world.events()[-1] == "DiscordGuildUnlinked"
        return
    before = world.dump()
    for call in (world.herald.guilds.unlinkable(actor), world.herald.guilds.unlink(actor, 1)):
        with pytest.raises(NotAllowed, match="owner or admin"):
            await call
    assert world.dump() == before


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
    assert await allowed(world, there, race) == EXPECTED["mapped organizer"]


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
