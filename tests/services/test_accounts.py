from __future__ import annotations

import asyncio
from dataclasses import replace

from services.actor import Person
from tests.services.world import ELSEWHERE, World


async def test_ten_simultaneous_first_commands_make_one_account_and_one_event(bare: World) -> None:
    caller = bare.caller("Ann")
    actors = await asyncio.gather(*(bare.herald.accounts.actor(caller) for _ in range(10)))
    assert len({actor.account_id for actor in actors}) == 1
    assert bare.select("SELECT discord_id, display_name FROM account") == [(bare.discord_id("Ann"), "Ann")]
    assert bare.events() == ["UserCreated"]


async def test_a_first_command_is_told_with_the_persons_discord_name_apart_from_the_facts(bare: World) -> None:
    account_id = await bare.account("Ann")
    event = bare.newest("UserCreated")
    assert (event["entity_id"], event["user_id"], event["organization_id"]) == (account_id, None, None)
    assert (event["discord_id"], event["discord_username"]) == (bare.discord_id("Ann"), "Ann")
    assert event["payload"] == "{}"
    assert bare.select("SELECT account_id FROM personal_data") == [account_id]


async def test_a_new_discord_name_is_taken_over_and_told_with_old_and_new(bare: World) -> None:
    await bare.actor("Ann")
    caller = replace(bare.caller("Ann"), person=Person(discord_id=bare.discord_id("Ann"), name="Annika"))
    renamed = await bare.herald.accounts.actor(caller)
    assert bare.select("SELECT id, display_name FROM account") == [(renamed.account_id, "Annika")]
    assert bare.newest("UserUpdated")["changed_fields"] == [{"field": "display_name", "old": "Ann", "new": "Annika"}]
    await bare.herald.accounts.actor(caller)
    assert bare.events() == ["UserCreated", "UserUpdated"]


async def test_the_same_name_again_changes_nothing(bare: World) -> None:
    await bare.actor("Ann")
    before = bare.dump()
    for _ in range(3):
        await bare.actor("Ann")
    assert bare.dump() == before


async def test_a_name_that_shows_nothing_is_replaced_by_the_discord_id(bare: World) -> None:
    await bare.herald.accounts.ensure(Person(discord_id=42, name="\u202e\u200b"))
    assert bare.select("SELECT display_name FROM account") == ["42"]


async def test_a_name_that_grows_in_normal_form_is_cut(bare: World) -> None:
    await bare.herald.accounts.ensure(Person(discord_id=42, name="\u0958" * 100))
    assert bare.select("SELECT length(display_name) FROM account") == [100]


async def test_looking_somebody_up_changes_nothing(world: World) -> None:
    before = world.dump()
    assert await world.herald.accounts.known_actor(world.caller("Ann")) is None
    assert world.dump() == before
    ann = await world.actor("Ann")
    before = world.dump()
    renamed = replace(world.caller("Ann"), person=Person(discord_id=world.discord_id("Ann"), name="Annika"))
    known = await world.herald.accounts.known_actor(renamed)
    assert known is not None
    assert known.account_id == ann.account_id
    assert world.dump() == before


async def test_an_actor_belongs_to_the_organization_of_the_guild_they_are_in(world: World) -> None:
    rivals = await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    assert (await world.actor("Ann")).organization_id == 1
    assert (await world.actor("Ann", guild=ELSEWHERE)).organization_id == rivals.id
    assert (await world.actor("Ann", guild=None)).organization_id is None
    assert (await world.actor("Ann", guild=9)).organization_id is None
