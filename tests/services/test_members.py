from __future__ import annotations

import asyncio

import pytest

from models import Role
from services.errors import NotAllowed, NotFound, WrongState
from services.paging import PAGE
from tests.services.world import ELSEWHERE, OWNER, World


async def roles(world: World) -> dict[str, str]:
    page = await world.herald.members.page(await world.actor(OWNER))
    return {one.account.display_name: one.role.value for one in page.members}


async def test_an_owner_makes_members_gives_roles_and_removes(world: World) -> None:
    olga, ann = await world.actor(OWNER), world.person("Ann")
    start = world.last_event()
    await world.herald.members.add(olga, ann, Role.RACER)
    assert await roles(world) == {OWNER: "owner", "Ann": "racer"}
    await world.herald.members.set_role(olga, ann, Role.REVIEWER)
    assert await roles(world) == {OWNER: "owner", "Ann": "reviewer"}
    await world.herald.members.remove(olga, ann)
    assert await roles(world) == {OWNER: "owner"}
    assert world.events(start) == [
        "UserCreated",
        "OrganizationMemberAdded",
        "OrganizationMemberPermissionChanged",
        "OrganizationMemberRemoved",
    ]
    world.start()
    await world.settle()
    assert [line.text for line in await world.herald.audit.everything()][-3:] == [
        "Ann became a member as racer",
        "Olga made Ann reviewer (was racer)",
        "Olga removed Ann, who was reviewer",
    ]


async def test_what_was_said_twice_is_refused_and_changes_nothing(world: World) -> None:
    olga, ann = await world.actor(OWNER), world.person("Ann")
    await world.herald.members.add(olga, ann, Role.RACER)
    before = world.dump()
    with pytest.raises(WrongState, match="Ann is a member already, as racer"):
        await world.herald.members.add(olga, ann, Role.REVIEWER)
    with pytest.raises(WrongState, match="Ann is racer already"):
        await world.herald.members.set_role(olga, ann, Role.RACER)
    assert world.dump() == before
    await world.herald.members.remove(olga, ann)
    with pytest.raises(NotFound, match="Ann is not a member here"):
        await world.herald.members.remove(olga, ann)
    with pytest.raises(NotFound, match="Ann is not a member here"):
        await world.herald.members.set_role(olga, ann, Role.REVIEWER)
    with pytest.raises(NotFound, match="You are not a member"):
        await world.herald.members.leave(await world.actor("Ann"))


async def test_an_admin_reaches_only_roles_below_their_own(world: World) -> None:
    await world.herald.members.add(await world.actor(OWNER), world.person("Ada"), Role.ADMIN)
    await world.herald.members.add(await world.actor(OWNER), world.person("Abe"), Role.ADMIN)
    ada = await world.actor("Ada")
    await world.herald.members.add(ada, world.person("Org"), Role.ORGANIZER)
    before = world.dump()
    for call in (
        world.herald.members.add(ada, world.person("Ann"), Role.ADMIN),
        world.herald.members.set_role(ada, world.person("Org"), Role.OWNER),
        world.herald.members.set_role(ada, world.person(OWNER), Role.RACER),
        world.herald.members.set_role(ada, world.person("Abe"), Role.RACER),
        world.herald.members.set_role(ada, world.person("Ada"), Role.OWNER),
        world.herald.members.remove(ada, world.person(OWNER)),
        world.herald.members.remove(ada, world.person("Abe")),
    ):
        with pytest.raises(NotAllowed, match="that role is not below your own"):
            await call
    assert world.dump() == before
    await world.herald.members.set_role(ada, world.person("Org"), Role.RACER)
    await world.herald.members.remove(ada, world.person("Ada"))
    assert set(await roles(world)) == {OWNER, "Abe", "Org"}


async def test_the_last_owner_cannot_go_and_the_last_but_one_can(world: World) -> None:
    olga, ann = await world.actor(OWNER), world.person("Ann")
    for call in (
        world.herald.members.leave(olga),
        world.herald.members.remove(olga, world.person(OWNER)),
        world.herald.members.set_role(olga, world.person(OWNER), Role.RACER),
    ):
        with pytest.raises(WrongState, match="needs an owner, and this is its only one"):
            await call
    await world.herald.members.add(olga, ann, Role.OWNER)
    await world.herald.members.leave(olga)
    page = await world.herald.members.page(await world.actor("Ann"))
    assert [one.account.display_name for one in page.members] == ["Ann"]
    # As a member who left, she may do nothing any more.
    with pytest.raises(NotAllowed):
        await world.herald.members.add(olga, ann, Role.RACER)


async def test_of_two_owners_who_leave_at_once_one_stays(world: World) -> None:
    olga = await world.actor(OWNER)
    await world.herald.members.add(olga, world.person("Ann"), Role.OWNER)
    ann = await world.actor("Ann")
    outcomes = await asyncio.gather(*map(world.herald.members.leave, (olga, ann)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["NoneType", "WrongState"]
    assert world.select("SELECT role FROM membership") == ["owner"]


async def test_the_highest_come_first_and_many_are_paged(world: World) -> None:
    olga = await world.actor(OWNER)
    for number in range(PAGE + 5):
        await world.herald.members.add(olga, world.person(f"Racer {number:02}"), Role.RACER)
        world.clock.advance(seconds=1)
    await world.herald.members.add(olga, world.person("Rae"), Role.REVIEWER)
    first, last = [await world.herald.members.page(olga, number) for number in (0, 99)]
    assert [one.account.display_name for one in first.members[:3]] == [OWNER, "Rae", "Racer 00"]
    assert (len(first.members), len(last.members), first.total, last.page, last.pages) == (PAGE, 7, PAGE + 7, 1, 2)
    assert last.members[-1].account.display_name == f"Racer {PAGE + 4:02}"


async def test_whoever_left_may_come_back_with_the_runs_that_were_kept(world: World) -> None:
    await world.hire("Ann", Role.RACER)
    cup = await world.tournament()
    await world.run("Ann", cup)
    await world.herald.members.leave(await world.actor("Ann"))
    assert world.select("SELECT count(*) FROM race") == [1]
    await world.hire("Ann", Role.RACER)
    assert (await roles(world))["Ann"] == "racer"


async def test_two_communities_may_take_in_the_same_newcomer_at_once(world: World) -> None:
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    olga, rita = await world.actor(OWNER), await world.actor("Rita", guild=ELSEWHERE)
    for number in range(20):
        newcomer = world.person(f"New {number}")
        await asyncio.gather(
            world.herald.members.add(olga, newcomer, Role.RACER),
            world.herald.invites.create(rita, role=Role.RACER, invitee=newcomer),
        )
    assert world.select("SELECT count(*) FROM event WHERE type = 'UserCreated'") == [22]
