from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from models import Role
from services.actor import Person
from services.errors import Invalid, NotFound
from services.time_zones import matching
from tests.services.world import ELSEWHERE, OWNER, World


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


async def test_what_somebody_is_known_by_is_changed_with_old_and_new_values_and_then_no_longer_follows_discord(
    bare: World,
) -> None:
    ann = await bare.actor("Ann")
    assert await bare.herald.accounts.edit(ann, name="Annie", pronouns="she/her", stream="https://twitch.example/ann")
    event = bare.newest("UserUpdated")
    assert (event["user_id"], event["organization_id"], event["payload"]) == (ann.account_id, None, "{}")
    assert event["changed_fields"] == [
        {"field": "display_name", "old": "Ann", "new": "Annie"},
        {"field": "pronouns", "old": "", "new": "she/her"},
        {"field": "stream_url", "old": "", "new": "https://twitch.example/ann"},
        {"field": "name_chosen", "old": False, "new": True},
    ]
    renamed = replace(bare.caller("Ann"), person=Person(discord_id=bare.discord_id("Ann"), name="Annika"))
    assert (await bare.herald.accounts.actor(renamed)).account_id == ann.account_id
    assert bare.select("SELECT display_name FROM account") == ["Annie"]
    # With no name of one's own, it is Discord's again.
    again = await bare.herald.accounts.actor(renamed)
    await bare.herald.accounts.edit(again, name=" ", pronouns="", stream="")
    assert bare.select("SELECT display_name, pronouns, stream_url FROM account") == [("Annika", "", "")]
    await bare.actor("Ann")
    assert bare.select("SELECT display_name FROM account") == ["Ann"]


async def test_who_changes_nothing_causes_no_event(bare: World) -> None:
    ann, accounts = await bare.actor("Ann"), bare.herald.accounts
    await accounts.set_time_zone(ann, "Europe/Berlin")
    before = bare.dump()
    assert not await accounts.edit(ann, name="Ann", pronouns=" ", stream="")
    assert not await accounts.set_time_zone(ann, "Europe/Berlin")
    assert bare.dump() == before


async def test_what_cannot_be_used_is_refused_and_nothing_is_saved(bare: World) -> None:
    ann, accounts = await bare.actor("Ann"), bare.herald.accounts
    before = bare.dump()
    for call, words in (
        (accounts.edit(ann, name="x" * 101, pronouns="", stream=""), "Your name is too long: 101 characters"),
        (accounts.edit(ann, name="", pronouns="x" * 41, stream=""), "The text for your pronouns is too long"),
        (accounts.edit(ann, name="Annie", pronouns="", stream="javascript:alert(1)"), "must be a full web address"),
        (accounts.set_time_zone(ann, "Mars/Olympus"), "not a time zone I know"),
    ):
        with pytest.raises(Invalid, match=words):
            await call
    assert bare.dump() == before


async def test_somebody_of_another_community_is_not_shown(world: World) -> None:
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    olga, accounts = await world.actor(OWNER), world.herald.accounts
    await world.hire("Ann", Role.RACER)
    assert (await accounts.of(olga, world.person("Ann"))).display_name == "Ann"
    assert (await accounts.of(olga, world.person(OWNER))).id == olga.account_id
    for name in ("Rita", "Nobody"):
        with pytest.raises(NotFound, match=f"{name} is not a member here"):
            await accounts.of(olga, world.person(name))


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("berl", "Europe/Berlin"),
        ("NEW YORK", "America/New_York"),
        ("utc", "UTC"),
        ("", "UTC"),
        ("kolk", "Asia/Kolkata"),
    ],
)
def test_a_time_zone_is_found_by_its_city(typed: str, first: str) -> None:
    assert matching(typed, 25)[0] == first


def test_no_more_time_zones_are_offered_than_were_asked_for() -> None:
    assert len(matching("a", 25)) == 25
    assert matching("atlantis city", 25) == []
