"""/account: known, changed, handed out and forgotten."""

from __future__ import annotations

import json

import pytest
from simcord import InteractionResult

from bot.demo.transcript import shown
from tests.bot.people import People, inputs, told


async def test_a_racer_says_what_they_are_known_by(club: People) -> None:
    form = await club.slash("Ann", "account edit")
    assert inputs(form) == {"name": "Ann", "pronouns": "", "stream": ""}
    slip = await club.fill_in("Ann", form, name="Annie *", pronouns="she/her", stream="twitch")
    assert "must be a full web address" in told(slip)
    again = await club.press("Ann", shown(slip), "Edit and try again")
    assert inputs(again) == {"name": "Annie *", "pronouns": "she/her", "stream": "twitch"}
    answers = {"name": "Annie *", "pronouns": "she/her", "stream": "https://twitch.example/ann"}
    assert told(await club.fill_in("Ann", again, **answers)) == "Your account is saved."
    second = await club.craft("Ann", "herald:account_edit:", fields=answers)
    assert told(second) == "Nothing was changed: it is as you typed it already."
    shows = told(await club.slash("Ann", "account show"))
    for part in ("Annie *", "she/her", "https://twitch.example/ann", "that of each community"):
        assert part in shows
    await club.tournament()
    assert "Annie" in told(await club.slash("Olga", "account show", person=club.stage.people["Ann"]))


async def test_a_time_zone_is_picked_by_typing_a_city(club: People) -> None:
    assert (await club.types("Ann", "account timezone", "zone", "new yo"))[0] == "America/New_York"
    answer = told(await club.slash("Ann", "account timezone", zone="America/New_York"))
    assert answer == "Times that you type are read in America/New_York now."
    with club.unchanged():
        answer = told(await club.slash("Ann", "account timezone", zone="America/New_York"))
        assert answer == "Times that you type are read in America/New_York already."
        assert "is not a time zone I know" in told(await club.slash("Ann", "account timezone", zone="Moon"))


async def test_all_that_is_stored_comes_as_a_private_file(club: People) -> None:
    await club.tournament()
    await club.hand_in("Ann", notes="any%")
    result = await club.slash("Ann", "account export")
    message = shown(result)
    assert message.flags.ephemeral
    [file] = message.attachments
    assert file.filename == "herald-account.json"
    stored = json.loads(attached(club, result))
    assert stored["account"]["display_name"] == "Ann"
    assert [run["notes"] for run in stored["runs"]] == ["any%"]


def attached(club: People, result: InteractionResult) -> bytes:
    [file] = shown(result).attachments
    return club.stage.env.backend.cdn.get(file.url) or b""


@pytest.mark.parametrize(("results", "left"), [("kept", "a deleted user · 1:23:45"), ("withdrawn", "No run")])
async def test_somebody_is_forgotten_once_they_have_typed_the_word(club: People, results: str, left: str) -> None:
    cup = await club.tournament()
    card = await club.hand_in("Ann")
    await club.press("Rae", card, "Approve")
    form = await club.slash("Ann", "account delete", results=results)
    slip = await club.fill_in("Ann", form, confirm="yes")
    assert "You typed “yes”, so nothing was deleted" in told(slip)
    form = await club.press("Ann", shown(slip), "Edit and try again")
    answer = told(await club.fill_in("Ann", form, confirm="delete"))
    assert answer.startswith("Your account is deleted")
    assert f"Your runs that count are {results}." in answer
    assert left in told(await club.slash("Olga", "tournament leaderboard", tournament=cup))
    assert "Ann" not in str(await club.trail()).replace("Announcement", "")
    # A second click finds nobody, and makes nobody.
    again = club.select("SELECT max(id) FROM account")[0]
    with club.unchanged():
        crafted = await club.craft("Ann", f"herald:account_delete:{results}.{again}", fields={"confirm": "delete"})
        assert told(crafted) == "That account is deleted already."


async def test_the_only_owner_is_told_to_hand_over_before_the_form_is_shown(club: People) -> None:
    with club.unchanged():
        answer = told(await club.slash("Olga", "account delete", results="kept"))
    assert answer.startswith("Racing Club needs an owner, and you are its only one.")


async def test_the_bots_owner_gives_levels_and_others_are_refused(club: People) -> None:
    env, ann = club.stage.env, club.stage.people["Ann"]
    await club.slash("Ann", "tournament list")
    with club.unchanged():
        refused = told(await club.slash("Olga", "admin permission", person=ann, level="admin"))
        assert refused == "This takes being the bot's owner, or superadmin in Herald itself."
        assert "or moderator or above" in told(await club.slash("Olga", "admin status"))
        assert refused == told(await club.slash("Olga", "admin people"))
        robot = env.create_user("robot", global_name="Robot", bot=True)
        assert "Bots cannot" in told(await club.slash("Olga", "admin permission", person=robot, level="admin"))
    club.stage.bot.owner_id = club.stage.people["Olga"].user.id
    assert "Nobody yet." in told(await club.slash("Olga", "admin people"))
    assert told(await club.slash("Olga", "admin permission", person=ann, level="superadmin")) == (
        "Ann is superadmin in Herald now."
    )
    assert "Ann: superadmin" in told(await club.slash("Ann", "admin people"))
    assert "Deliveries: 0 waiting, 0 dead" in told(await club.slash("Ann", "admin status")).replace("**", "")
    assert (await club.trail())[-1] == "Olga made Ann superadmin (was user)"
