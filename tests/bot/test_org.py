"""/org: members, seen and changed from Discord."""

from __future__ import annotations

import pytest

from bot.demo.transcript import shown
from tests.bot.people import People, inputs, labels, told


async def test_an_owner_adds_raises_and_removes_a_member(club: People) -> None:
    ann = club.stage.people["Ann"]
    assert told(await club.slash("Olga", "org member add", person=ann, role="racer")) == "Ann is racer now."
    assert told(await club.slash("Olga", "org member role", person=ann, role="reviewer")) == "Ann is reviewer now."
    members = told(await club.slash("Ann", "org members"))
    assert "Ann: reviewer, since 2026-01-01" in members
    assert members.index("Olga: owner") < members.index("Ann: reviewer")
    assert told(await club.slash("Olga", "org member remove", person=ann)) == "Ann is no longer a member."
    again = told(await club.slash("Olga", "org member remove", person=ann))
    assert again == "Ann is not a member here. /org members shows who is."
    assert (await club.trail())[-3:] == [
        "Ann became a member as racer",
        "Olga made Ann reviewer (was racer)",
        "Olga removed Ann, who was reviewer",
    ]


async def test_somebody_leaves_and_is_told_so_also_the_second_time(club: People) -> None:
    await club.slash("Olga", "org member add", person=club.stage.people["Ann"], role="racer")
    assert told(await club.slash("Ann", "org leave")) == "You are no longer a member of this community."
    with club.unchanged():
        assert told(await club.slash("Ann", "org leave")) == "You are not a member of this community."
        assert "is its only one" in told(await club.slash("Olga", "org leave"))
    assert (await club.trail())[-1] == "Ann left"


@pytest.mark.parametrize("name", ["Ann", "Rae", "Mo"])
async def test_members_are_managed_by_owners_and_admins_alone(club: People, name: str) -> None:
    bo = club.stage.people["Bo"]
    await club.slash(name, "org members")
    with club.unchanged():
        for command, options in (("add", {"role": "racer"}), ("role", {"role": "racer"}), ("remove", {})):
            answer = told(await club.slash(name, f"org member {command}", person=bo, **options))
            assert answer == "You may not manage members here. That takes the role of owner or admin."


async def test_a_bot_becomes_no_member(club: People) -> None:
    robot = club.stage.env.create_user("robot", global_name="Robot", bot=True)
    with club.unchanged():
        answer = told(await club.slash("Olga", "org member add", person=robot, role="racer"))
    assert answer == "Bots cannot race. Pick a person."


async def test_many_members_are_turned_by_buttons_also_after_a_restart(club: People) -> None:
    for number in range(11):
        user = club.stage.env.create_user(f"racer{number}", global_name=f"Racer {number:02}")
        club.stage.guild.add_member(user)
        told(await club.slash("Olga", "org member add", person=user, role="racer"))
    message = shown(await club.slash("Ann", "org members"))
    assert labels(message) == ["Back", "On"]
    assert "Racer 10" not in str(message.embeds[0].description)
    await club.restart()
    turned = await club.press("Ann", message, "On")
    assert "Racer 10" in str(club.card(message).embeds[0].description), turned


async def test_the_community_is_shown_with_what_one_is_in_it(club: People) -> None:
    await club.tournament()
    mine = told(await club.slash("Olga", "org info"))
    for part in ("Racing Club", "Founded 2026-01-01", "Europe/Berlin", "owner"):
        assert part in mine
    assert "reviewer" in told(await club.slash("Rae", "org info"))
    assert "racer" in told(await club.slash("Ann", "org info"))


async def test_name_and_time_zone_are_changed_by_a_form_that_brings_back_a_slip(club: People) -> None:
    form = await club.slash("Olga", "org edit")
    assert inputs(form) == {"name": "Racing Club", "time_zone": "Europe/Berlin"}
    with club.unchanged():
        slip = await club.fill_in("Olga", form, name="Night Club", time_zone="Mars/Olympus")
    assert "Mars/Olympus" in told(slip)
    again = await club.press("Olga", shown(slip), "Edit and try again")
    assert inputs(again)["name"] == "Night Club"
    answer = told(await club.fill_in("Olga", again, name="Night Club", time_zone="UTC"))
    assert answer == "This community is Night Club now, in the time zone UTC."
    assert (await club.trail())[-1].startswith("Olga changed Night Club: name from “Racing Club” to “Night Club”")


async def test_a_community_is_deleted_by_its_owner_once_its_name_is_typed(club: People) -> None:
    await club.tournament()
    told(await club.slash("Olga", "org member add", person=club.stage.people["Mo"], role="admin"))
    with club.unchanged():
        assert "That takes the role of owner." in told(await club.slash("Mo", "org delete"))
        form = await club.slash("Olga", "org delete")
        assert "is not its name, so nothing was deleted" in told(await club.fill_in("Olga", form, name="Racing"))
    form = await club.slash("Olga", "org delete")
    answer = told(await club.fill_in("Olga", form, name="racing club"))
    assert answer == "Racing Club is deleted, with all its tournaments and runs."
    for table in ("organization", "membership", "guild_link", "tournament", "race", "invite"):
        assert club.select(f"SELECT count(*) FROM {table}") == [0], table
    assert (await club.trail())[-2:] == ["Olga unlinked the server Racing Club", "Olga deleted Racing Club"]
    with club.unchanged():
        again = await club.craft("Olga", "herald:org_delete:1", fields={"name": "racing club"})
        assert "not set up in this server" in told(again)
        assert "not set up in this server" in told(await club.slash("Olga", "org info"))
    # The server is free for another community, which sees nothing of the old one.
    panel = await club.slash("Olga", "setup")
    new = await club.press("Olga", shown(panel), "New community")
    await club.fill_in("Olga", new, name="Second Club", time_zone="UTC")
    trail = told(await club.slash("Olga", "audit search"))
    assert "founded Second Club" in trail
    assert "Spring Cup" not in trail
    assert "deleted" not in trail
