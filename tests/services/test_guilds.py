from __future__ import annotations

import asyncio

import pytest

from models import Role
from models.engine import Shards
from services.errors import Invalid, NotAllowed, NotFound, WrongState
from services.guilds import LINKS, ChannelUse
from tests.services.world import AUDIT, ELSEWHERE, GUILD, NEWS, OWNER, World


async def test_a_linked_guild_cannot_be_linked_to_another_organization(world: World) -> None:
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    rita = await world.actor("Rita", manage=True)
    before = world.dump()
    with pytest.raises(WrongState, match="linked to a community already"):
        await world.herald.guilds.link(rita, 2)
    with pytest.raises(WrongState, match="linked to a community already"):
        await world.herald.organizations.create(rita, name="Third", time_zone="UTC")
    assert world.dump() == before


async def test_an_organization_can_live_in_a_second_guild(world: World) -> None:
    olga = await world.actor(OWNER, guild=ELSEWHERE, manage=True)
    assert [o.name for o in (await world.herald.guilds.setup(olga)).joinable] == ["Racing Club"]
    start = world.last_event()
    await world.herald.guilds.link(olga, 1)
    assert world.events(start) == ["DiscordGuildLinked"]
    assert (await world.actor("Ann", guild=ELSEWHERE)).organization_id == 1


@pytest.mark.parametrize("who", ["Gus", "Otto", "Ann"])
async def test_a_guild_cannot_be_linked_to_an_organization_of_others(world: World, who: str) -> None:
    await world.hire("Otto", Role.ORGANIZER)
    await world.hire("Ann", Role.RACER)
    actor = await world.actor(who, guild=ELSEWHERE, manage=True)
    assert (await world.herald.guilds.setup(actor)).joinable == []
    before = world.dump()
    for organization_id in (1, 99):
        with pytest.raises(NotAllowed, match="of which you are an owner or admin"):
            await world.herald.guilds.link(actor, organization_id)
    assert world.dump() == before


async def test_channels_are_set_per_use_and_told_with_their_guild(world: World) -> None:
    olga = await world.actor(OWNER)
    await world.herald.guilds.set_channel(olga, ChannelUse.ANNOUNCEMENTS, NEWS)
    await world.herald.guilds.set_channel(olga, ChannelUse.AUDIT, AUDIT)
    assert (await world.herald.guilds.setup(olga)).channels == {ChannelUse.ANNOUNCEMENTS: NEWS, ChannelUse.AUDIT: AUDIT}
    await world.herald.guilds.set_channel(olga, ChannelUse.AUDIT, None)
    event = world.newest("OrganizationUpdated")
    assert event["changed_fields"] == [{"field": "audit_channel_id", "old": AUDIT, "new": None}]
    assert event["guild_id"] == GUILD
    before = world.dump()
    await world.herald.guilds.set_channel(olga, ChannelUse.AUDIT, None)
    assert world.dump() == before


async def test_roles_are_mapped_as_a_whole_and_told_with_old_and_new(world: World) -> None:
    olga = await world.actor(OWNER)
    service = world.herald.guilds
    await service.map_roles(olga, Role.REVIEWER, [30, 10, 20])
    await service.map_roles(olga, Role.MODERATOR, [10])
    await service.map_roles(olga, Role.REVIEWER, [20, 40])
    event = world.newest("OrganizationUpdated")
    assert event["changed_fields"] == [{"field": "reviewer_roles", "old": "10,20,30", "new": "20,40"}]
    assert (await service.setup(olga)).roles == {Role.ORGANIZER: [], Role.REVIEWER: [20, 40], Role.MODERATOR: [10]}
    before = world.dump()
    await service.map_roles(olga, Role.REVIEWER, [40, 20, 20])
    assert world.dump() == before


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.RACER])
async def test_discord_roles_cannot_stand_for_owners_admins_or_racers(world: World, role: Role) -> None:
    with pytest.raises(Invalid, match=f"cannot stand for {role.value}"):
        await world.herald.guilds.map_roles(await world.actor(OWNER), role, [1])


async def test_the_role_of_everybody_stands_for_nothing(world: World) -> None:
    before = world.dump()
    with pytest.raises(Invalid, match="Everybody has the role @everyone"):
        await world.herald.guilds.map_roles(await world.actor(OWNER), Role.ORGANIZER, [1, GUILD])
    assert world.dump() == before


async def test_settings_of_an_unlinked_guild_are_refused_with_the_way_on(world: World) -> None:
    gus = await world.actor("Gus", guild=ELSEWHERE, manage=True)
    for call in (
        world.herald.guilds.set_channel(gus, ChannelUse.AUDIT, 1),
        world.herald.guilds.map_roles(gus, Role.REVIEWER, [1]),
        world.herald.organizations.edit(gus, name="Mine", time_zone="UTC"),
    ):
        with pytest.raises(NotFound, match="/setup"):
            await call


async def test_a_removed_bot_unlinks_once_and_comes_back_with_its_settings(world: World) -> None:
    service = world.herald.guilds
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    await service.map_roles(await world.actor(OWNER), Role.REVIEWER, [10])
    start = world.last_event()
    await asyncio.gather(*(service.guild_removed(GUILD) for _ in range(3)))
    assert world.events(start) == ["DiscordGuildUnlinked"]
    assert (await world.actor(OWNER)).organization_id is None
    await asyncio.gather(*(service.guild_joined(GUILD) for _ in range(3)))
    assert world.events(start) == ["DiscordGuildUnlinked", "DiscordGuildLinked"]
    setup = await service.setup(await world.actor(OWNER))
    assert setup.channels == {ChannelUse.ANNOUNCEMENTS: NEWS}
    assert setup.roles[Role.REVIEWER] == [10]


async def test_a_guild_that_was_never_linked_comes_and_goes_unnoticed(world: World) -> None:
    before = world.dump()
    await world.herald.guilds.guild_joined(ELSEWHERE)
    await world.herald.guilds.guild_removed(ELSEWHERE)
    assert world.dump() == before


async def test_an_ended_link_that_goes_to_another_organization_carries_no_settings_over(world: World) -> None:
    service = world.herald.guilds
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    await service.map_roles(await world.actor(OWNER), Role.ORGANIZER, [10])
    await service.guild_removed(GUILD)
    await world.found("Rivals", owner="Rita")
    setup = await service.setup(await world.actor("Rita"))
    assert (setup.channels, setup.roles[Role.ORGANIZER]) == ({}, [])
    assert world.select("SELECT count(*) FROM role_mapping") == [0]


async def test_a_start_catches_up_with_guilds_that_were_left_and_joined_meanwhile(world: World) -> None:
    service = world.herald.guilds
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    await service.guild_removed(ELSEWHERE)
    start = world.last_event()
    await service.reconcile(lambda: [ELSEWHERE, 1, 2])
    told = world.select("SELECT type, organization_id FROM event WHERE seq > ? ORDER BY seq", start)
    assert told == [("DiscordGuildUnlinked", 1), ("DiscordGuildLinked", 2)]
    before = world.dump()
    await service.reconcile(lambda: [ELSEWHERE])
    assert world.dump() == before


async def test_a_start_leaves_the_guilds_of_other_shards_to_whoever_serves_them(world: World) -> None:
    service = world.herald.guilds
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    shards = Shards(2, frozenset({0}))
    other, mine = 1 << 22, 2 << 22
    world.execute(f"UPDATE guild_link SET guild_id = {other} WHERE guild_id = {GUILD}")
    world.execute(f"UPDATE guild_link SET guild_id = {mine} WHERE guild_id = {ELSEWHERE}")
    await service.reconcile(list[int], shards.serve)
    assert world.select("SELECT guild_id FROM guild_link WHERE unlinked_at IS NULL") == [other]


async def test_a_start_catches_up_with_any_number_of_guilds(world: World) -> None:
    count = 2 * LINKS + 1
    rows = ", ".join(f"({n}, 'Guild {n}', 1, '2026-11-24 12:00:00+00:00')" for n in range(10**6, 10**6 + count))
    world.execute(f"INSERT INTO guild_link (guild_id, guild_name, organization_id, linked_at) VALUES {rows}")
    await world.herald.guilds.reconcile(lambda: [GUILD])
    assert world.select("SELECT guild_id FROM guild_link WHERE unlinked_at IS NULL") == [GUILD]
    assert world.events().count("DiscordGuildUnlinked") == count
