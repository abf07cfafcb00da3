"""/org: members, seen and changed from Discord."""

from __future__ import annotations

import pytest

from bot.demo.transcript import shown
from tests.bot.people import People, labels, told


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
    for number in range(21):
        user = club.stage.env.create_user(f"racer{number}", global_name=f"Racer {number:02}")
        club.stage.guild.add_member(user)
        told(await club.slash("Olga", "org member add", person=user, role="racer"))
    message = shown(await club.slash("Ann", "org members"))
    assert labels(message) == ["Back", "On"]
    assert "Racer 20" not in str(message.embeds[0].description)
    await club.restart()
    turned = await club.press("Ann", message, "On")
    assert "Racer 20" in str(club.card(message).embeds[0].description), turned
