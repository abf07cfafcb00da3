from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from services.errors import Invalid, NotAllowed, NotFound, WrongState
from tests.services.world import GUILD, OWNER, World


async def test_founding_makes_the_founder_owner_and_links_the_guild(bare: World) -> None:
    founder = await bare.actor("Olga", manage=True)
    start = bare.last_event()
    organization = await bare.herald.organizations.create(founder, name=" Racing  Club ", time_zone="Europe/Berlin")
    assert (organization.name, organization.time_zone) == ("Racing Club", "Europe/Berlin")
    assert bare.select("SELECT organization_id, account_id, role FROM membership") == [
        (organization.id, founder.account_id, "owner")
    ]
    assert bare.select("SELECT guild_id, guild_name, organization_id FROM guild_link") == [
        (GUILD, f"Guild {GUILD}", organization.id)
    ]
    assert bare.events(start) == ["OrganizationCreated", "OrganizationMemberAdded", "DiscordGuildLinked"]
    told = bare.select("SELECT user_id, organization_id FROM event WHERE seq > ?", start)
    assert told == [(founder.account_id, organization.id)] * 3


async def test_setup_takes_manage_server_and_a_server(bare: World) -> None:
    before_it = await bare.actor("Olga")
    with pytest.raises(NotAllowed, match="Manage Server"):
        await bare.herald.organizations.create(before_it, name="Club", time_zone="UTC")
    private = await bare.actor("Olga", guild=None, manage=True)
    with pytest.raises(NotAllowed, match="inside a server"):
        await bare.herald.organizations.create(private, name="Club", time_zone="UTC")
    assert bare.select("SELECT count(*) FROM organization") == [0]


@pytest.mark.parametrize(
    ("name", "zone"), [("", "UTC"), ("x" * 101, "UTC"), ("Club", "Mars/Olympus"), ("Club", "../../etc/passwd")]
)
async def test_founding_with_a_bad_name_or_time_zone_is_refused_whole(bare: World, name: str, zone: str) -> None:
    founder = await bare.actor("Olga", manage=True)
    before = bare.dump()
    with pytest.raises(Invalid):
        await bare.herald.organizations.create(founder, name=name, time_zone=zone)
    assert bare.dump() == before


async def test_a_guild_name_of_any_spelling_does_not_stand_in_the_way_of_setup(bare: World) -> None:
    # 100 characters, as long as Discord allows; each becomes two in normal form.
    caller = replace(bare.caller("Olga", manage=True), guild_name="\u0958" * 100)
    founder = await bare.herald.accounts.actor(caller)
    assert await bare.herald.organizations.create(founder, name="Club", time_zone="UTC")


async def test_a_guild_is_linked_once_even_by_ten_at_once(bare: World) -> None:
    founder = await bare.actor("Olga", manage=True)
    outcomes = await asyncio.gather(
        *(bare.herald.organizations.create(founder, name=f"Club {n}", time_zone="UTC") for n in range(10)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, WrongState) for outcome in outcomes) == 9
    assert bare.events().count("OrganizationCreated") == 1
    assert bare.select("SELECT count(*) FROM guild_link") == [1]


async def test_an_edit_is_told_with_what_changed_and_no_change_with_no_event(world: World) -> None:
    olga = await world.actor(OWNER)
    await world.herald.organizations.edit(olga, name="Racing Club", time_zone="Europe/Berlin")
    event = world.newest("OrganizationUpdated")
    assert event["changed_fields"] == [{"field": "time_zone", "old": "UTC", "new": "Europe/Berlin"}]
    assert event["guild_id"] is None
    before = world.dump()
    await world.herald.organizations.edit(olga, name="Racing Club ", time_zone="Europe/Berlin")
    assert world.dump() == before


async def test_a_second_deletion_at_once_is_told_that_it_is_done_already(world: World) -> None:
    olga, delete = await world.actor(OWNER), world.herald.organizations.delete
    outcomes = await asyncio.gather(
        *(delete(olga, 1, typed_name="Racing Club") for _ in range(2)), return_exceptions=True
    )
    [refusal] = [one for one in outcomes if isinstance(one, Exception)]
    assert isinstance(refusal, NotFound)
    assert refusal.message == "That community is deleted already."
