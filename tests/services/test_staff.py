"""Levels in running Herald: who may give which."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models import Permission
from services.actor import Actor
from services.errors import NotAllowed, WrongState
from tests.services.world import OWNER, World

USER, MODERATOR, ADMIN, SUPERADMIN = Permission


async def host(world: World) -> Actor:
    """The bot's owner at Discord."""
    return await world.herald.accounts.actor(replace(world.caller("Hal"), owns_bot=True))


async def levels(world: World) -> dict[str, str]:
    return {one.display_name: one.permission.value for one in await world.herald.staff.people(await host(world))}


async def raise_to(world: World, name: str, level: Permission) -> Actor:
    await world.herald.staff.set_permission(await host(world), world.person(name), level)
    return await world.actor(name)


async def test_the_bots_owner_gives_any_level_and_each_change_is_told_with_old_and_new(world: World) -> None:
    await raise_to(world, "Sue", SUPERADMIN)
    await raise_to(world, "Mo", MODERATOR)
    await raise_to(world, "Mo", ADMIN)
    assert await levels(world) == {"Sue": "superadmin", "Mo": "admin"}
    event = world.newest("UserPermissionChanged")
    hal = (await host(world)).account_id
    assert (event["old_permission"], event["new_permission"], event["user_id"]) == ("moderator", "admin", hal)
    assert event["organization_id"] is None
    world.start()
    await world.settle()
    assert (await world.herald.audit.everything())[-1].text == "Hal made Mo admin (was moderator)"


@pytest.mark.parametrize("level", [USER, MODERATOR, ADMIN])
async def test_below_superadmin_nobody_gives_levels_not_even_the_owner_of_a_community(
    world: World, level: Permission
) -> None:
    if level is not USER:
        await raise_to(world, OWNER, level)
    olga, staff = await world.actor(OWNER, manage=True), world.herald.staff
    await world.actor("Ann")
    before = world.dump()
    for call in (staff.set_permission(olga, world.person("Ann"), MODERATOR), staff.people(olga)):
        with pytest.raises(NotAllowed, match="takes being the bot's owner, or superadmin in Herald itself"):
            await call
    assert world.dump() == before


async def test_nobody_is_raised_to_or_above_the_level_of_who_raises(world: World) -> None:
    sue, staff = await raise_to(world, "Sue", SUPERADMIN), world.herald.staff
    await raise_to(world, "Sam", SUPERADMIN)
    await staff.set_permission(sue, world.person("Ann"), ADMIN)
    await world.actor("Bo")
    before = world.dump()
    with pytest.raises(NotAllowed, match="may not make anybody superadmin: that level is not below your own"):
        await staff.set_permission(sue, world.person("Bo"), SUPERADMIN)
    with pytest.raises(NotAllowed, match="may not change the level of a superadmin"):
        await staff.set_permission(sue, world.person("Sam"), USER)
    with pytest.raises(WrongState, match="Ann is admin already"):
        await staff.set_permission(sue, world.person("Ann"), ADMIN)
    assert world.dump() == before
    await staff.set_permission(sue, world.person("Sue"), ADMIN)
    assert await levels(world) == {"Sam": "superadmin", "Sue": "admin", "Ann": "admin"}


async def test_the_last_superadmin_stays_one(world: World) -> None:
    sue, staff = await raise_to(world, "Sue", SUPERADMIN), world.herald.staff
    for actor in (sue, await host(world)):
        with pytest.raises(WrongState, match="Sue is the last superadmin"):
            await staff.set_permission(actor, world.person("Sue"), USER)
    await raise_to(world, "Sam", SUPERADMIN)
    await staff.set_permission(sue, world.person("Sue"), USER)
    assert await levels(world) == {"Sam": "superadmin"}


async def test_how_herald_is_doing_is_shown_from_moderator_on(world: World) -> None:
    mo = await raise_to(world, "Mo", MODERATOR)
    health = await world.herald.staff.health(mo)
    assert (health.organizations, health.guilds, health.deliveries_dead, health.messages_failed) == (1, 1, 0, 0)
    assert health.deliveries_waiting > 0
    world.start()
    await world.settle()
    assert (await world.herald.staff.health(mo)).deliveries_waiting == 0
    with pytest.raises(NotAllowed, match="or moderator or above in Herald itself"):
        await world.herald.staff.health(await world.actor("Ann"))


async def test_a_level_gives_no_right_in_a_community(world: World) -> None:
    sue = await raise_to(world, "Sue", SUPERADMIN)
    with pytest.raises(NotAllowed):
        await world.herald.tournaments.require_manager(sue)
    with pytest.raises(NotAllowed):
        await world.herald.organizations.delete(sue, 1, typed_name="Racing Club")
