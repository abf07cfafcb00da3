from __future__ import annotations

import asyncio

import pytest

from models import GuildLink, Role
from models.engine import Shards
from services.errors import Invalid, NotAllowed, NotFound, WrongState
from services.guilds import LINKS, MOST_ROLES, ChannelUse
from tests.services.discord_stand_in import channel
from tests.services.world import AUDIT, ELSEWHERE, GUILD, NEWS, OWNER, World

RESULTS, AWAY = 7004, 7005


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


async def settings(world: World, name: str = OWNER) -> tuple[dict[ChannelUse, int], dict[Role, list[int]]]:
    setup = await world.herald.guilds.setup(await world.actor(name, manage=True))
    return setup.channels, setup.roles


async def test_an_owner_unlinks_the_guild_and_nothing_of_it_works_there_any_more(world: World) -> None:
    world.start()
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    await world.herald.guilds.map_roles(await world.actor(OWNER), Role.ORGANIZER, [10])
    olga = await world.actor(OWNER)
    await world.herald.guilds.link(await world.actor(OWNER, guild=ELSEWHERE, manage=True), 1)
    start = world.last_event()
    assert (await world.herald.guilds.unlinkable(olga)).name == "Racing Club"
    assert (await world.herald.guilds.unlink(olga, 1)).name == "Racing Club"
    event = world.newest("DiscordGuildUnlinked")
    assert (event["guild_id"], event["user_id"], event["organization_id"]) == (GUILD, olga.account_id, 1)
    assert world.events(start) == ["DiscordGuildUnlinked"]
    assert (await world.actor("Mo", roles=[10])).organization_id is None
    # The community lives on in its other server, and says nothing in this one.
    await world.tournament(guild=ELSEWHERE)
    await world.settle()
    assert world.outbox.titles(channel(NEWS)) == []


async def test_a_second_unlinking_is_told_that_it_is_done_already_even_at_once(world: World) -> None:
    unlink = world.herald.guilds.unlink
    olga = await world.actor(OWNER)
    outcomes = await asyncio.gather(*(unlink(olga, 1) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(outcome, WrongState) for outcome in outcomes) == 4
    assert world.events().count("DiscordGuildUnlinked") == 1
    later, ann = await world.actor(OWNER), await world.actor("Ann")
    before = world.dump()
    for actor in (olga, later, ann):
        with pytest.raises(WrongState, match="unlinked already"):
            await unlink(actor, 1)
    with pytest.raises(NotFound, match="not set up in this server"):
        await world.herald.guilds.unlinkable(later)
    assert world.dump() == before


async def test_a_guild_that_meanwhile_belongs_to_another_community_is_not_unlinked_from_it(world: World) -> None:
    old = await world.actor(OWNER)
    await world.herald.guilds.unlink(old, 1)
    await world.found("Rivals", owner="Rita")
    before = world.dump()
    with pytest.raises(WrongState, match="unlinked already"):
        await world.herald.guilds.unlink(old, 1)
    with pytest.raises(NotAllowed):
        await world.herald.guilds.unlink(await world.actor(OWNER), 1)
    with pytest.raises(NotFound, match="not this server's any more"):
        await world.herald.guilds.unlink(await world.actor("Rita"), 1)
    assert world.dump() == before


async def test_linked_to_the_same_community_again_a_guild_has_its_settings_back(world: World) -> None:
    service = world.herald.guilds
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    await world.use(ChannelUse.RESULTS, RESULTS)
    await service.map_roles(await world.actor(OWNER), Role.REVIEWER, [10, 20])
    before = await settings(world)
    await service.unlink(await world.actor(OWNER), 1)
    await service.link(await world.actor(OWNER, manage=True), 1)
    assert await settings(world) == before
    assert world.select("SELECT unlinked_at, dismissed_at FROM guild_link") == [(None, None)]


async def test_linked_to_another_community_an_unlinked_guild_carries_nothing_over(world: World) -> None:
    service = world.herald.guilds
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    await world.use(ChannelUse.RESULTS, RESULTS)
    await service.map_roles(await world.actor(OWNER), Role.REVIEWER, [10])
    await service.unlink(await world.actor(OWNER), 1)
    await service.link(await world.actor("Rita", manage=True), 2)
    channels, roles = await settings(world, "Rita")
    assert (channels, roles[Role.REVIEWER]) == ({}, [])


async def test_what_a_person_unlinked_neither_a_start_nor_a_return_of_the_bot_links_again(world: World) -> None:
    service = world.herald.guilds
    await service.unlink(await world.actor(OWNER), 1)
    before = world.dump()
    await service.reconcile(lambda: [GUILD])
    await service.guild_removed(GUILD)
    await service.guild_joined(GUILD)
    await service.reconcile(list)
    await service.reconcile(lambda: [GUILD])
    assert world.dump() == before
    # Once a person has linked it again, the bot's removal is one that its return undoes.
    await service.link(await world.actor(OWNER, manage=True), 1)
    await service.guild_removed(GUILD)
    await service.reconcile(lambda: [GUILD])
    assert (await world.actor(OWNER)).organization_id == 1


async def test_one_role_is_mapped_beside_others_and_taken_away_alone(world: World) -> None:
    service, olga = world.herald.guilds, await world.actor(OWNER)
    await service.map_roles(olga, Role.REVIEWER, [10, 20])
    await service.map_roles(olga, Role.MODERATOR, [10])
    assert await service.map_role(olga, Role.REVIEWER, 30, counts=True)
    event = world.newest("OrganizationUpdated")
    assert event["changed_fields"] == [{"field": "reviewer_roles", "old": "10,20", "new": "10,20,30"}]
    assert await service.map_role(olga, Role.REVIEWER, 10, counts=False)
    assert (await settings(world))[1] == {Role.ORGANIZER: [], Role.REVIEWER: [20, 30], Role.MODERATOR: [10]}
    before = world.dump()
    assert not await service.map_role(olga, Role.REVIEWER, 10, counts=False)
    assert not await service.map_role(olga, Role.REVIEWER, 20, counts=True)
    with pytest.raises(Invalid, match="Everybody has the role @everyone"):
        await service.map_role(olga, Role.REVIEWER, GUILD, counts=True)
    with pytest.raises(Invalid, match="cannot stand for admin"):
        await service.map_role(olga, Role.ADMIN, 10, counts=True)
    assert world.dump() == before


async def test_no_more_roles_are_mapped_than_the_panel_can_show(world: World) -> None:
    service, olga = world.herald.guilds, await world.actor(OWNER)
    await service.map_roles(olga, Role.REVIEWER, range(1, MOST_ROLES + 1))
    before = world.dump()
    with pytest.raises(Invalid, match=f"No more than {MOST_ROLES}"):
        await service.map_role(olga, Role.REVIEWER, MOST_ROLES + 1, counts=True)
    assert world.dump() == before


async def test_the_status_of_an_unlinked_guild_is_refused_with_the_way_on(world: World) -> None:
    with pytest.raises(NotFound, match="/setup"):
        await world.herald.guilds.status(await world.actor("Gus", guild=ELSEWHERE, manage=True))


async def test_results_go_to_their_own_channel_and_without_one_to_the_announcements(world: World) -> None:
    world.start()
    olga = await world.actor(OWNER)
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    await world.use(ChannelUse.RESULTS, RESULTS)
    await world.herald.guilds.link(await world.actor(OWNER, guild=ELSEWHERE, manage=True), 1)
    await world.herald.guilds.set_channel(await world.actor(OWNER, guild=ELSEWHERE), ChannelUse.ANNOUNCEMENTS, AWAY)
    cup = await world.tournament()
    await world.approved("Ann", cup, "1:23:45")
    await world.herald.tournaments.end(olga, cup.id)
    await world.settle()
    results = ["Ann finished in 1:23:45", "Spring Cup has ended"]
    news = ["New tournament: Spring Cup", "Sign-up for Spring Cup is closed", "Spring Cup has started"]
    assert world.outbox.titles(channel(RESULTS)) == results
    assert world.outbox.titles(channel(NEWS)) == news
    assert world.outbox.titles(channel(AWAY)) == news + results


async def test_a_guild_without_either_channel_hears_of_no_results(world: World) -> None:
    world.start()
    await world.approved("Ann", await world.tournament(), "1:23:45")
    await world.settle()
    assert world.select("SELECT target_kind FROM message") == ["user"]


@pytest.mark.parametrize("use", ChannelUse)
def test_only_results_and_matches_fall_back_on_the_announcements(use: ChannelUse) -> None:
    link = GuildLink(guild_id=GUILD, announcement_channel_id=NEWS)
    falls_back = use in (ChannelUse.ANNOUNCEMENTS, ChannelUse.RESULTS, ChannelUse.MATCHES)
    assert use.channel_in(link) == (NEWS if falls_back else None)
    setattr(link, use.column, AUDIT)
    assert use.channel_in(link) == AUDIT
