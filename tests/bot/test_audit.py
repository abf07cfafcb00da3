"""/audit search."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.demo.transcript import body, shown
from tests.bot.people import CUP, People, labels, told

MAY_NOT = "You may not read the audit trail here. That takes the role of owner, admin, organizer or moderator."


def number_of_lines(message: discord.Message) -> int:
    return len((message.embeds[0].description or "").splitlines())


def buttons(message: discord.Message) -> dict[str, discord.Button]:
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return {item.label or "": item for row in rows for item in row.children if isinstance(item, discord.Button)}


async def test_a_moderator_reads_who_did_what_and_nobody_else_sees_it(club: People) -> None:
    await club.tournament(status="open")
    answer = told(await club.slash("Mo", "audit search", action="TournamentCreated"))
    assert answer.startswith("Audit trail\n#")
    assert answer.endswith("Olga created the speedrun tournament Spring Cup")


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"action": "TournamentCreated"}, ["created the speedrun tournament Spring Cup"]),
        ({"entity": "tournament"}, ["Ann joined Spring Cup", "opened sign-up", "created the speedrun tournament"]),
        ({"entity": "tournament 2"}, []),
        ({"since": "1d", "action": "TournamentCreated"}, ["created the speedrun tournament Spring Cup"]),
        ({"until": "1d"}, []),
        ({"since": "2000-01-01", "until": "2001-01-01 18:30"}, []),
        ({"user": "Ann"}, ["Ann joined Spring Cup", "Ann became a member as racer"]),
        ({"user": "Bo"}, []),
    ],
)
async def test_a_search_shows_what_fits_newest_first(club: People, options: dict[str, Any], found: list[str]) -> None:
    await club.tournament(status="open")
    if "user" in options:
        options = {**options, "user": club.stage.people[options["user"]]}
    with_account = await club.slash("Mo", "tournament list")
    assert with_account.acknowledged
    with club.unchanged():
        lines = told(await club.slash("Mo", "audit search", **options)).splitlines()[1:]
    if not found:
        assert lines == ["Nothing was found."]
    else:
        assert len(lines) == len(found)
        assert all(words in line for line, words in zip(lines, found, strict=True))


async def test_what_cannot_be_searched_for_is_said_in_words(club: People) -> None:
    await club.slash("Mo", "tournament list")
    wrong = [
        ({"action": "Everything"}, "“Everything” is not an action. Pick one from the list, for example RaceApproved."),
        ({"entity": "horse"}, "“horse” is not a kind of thing."),
        ({"since": "yesterday"}, "“yesterday” is not a date I can read. Write it as 2026-11-24"),
    ]
    with club.unchanged():
        for options, words in wrong:
            assert words in told(await club.slash("Mo", "audit search", at="races", **options))


async def test_the_pages_of_a_search_are_turned_by_buttons_also_after_a_restart(club: People) -> None:
    for number in range(12):
        await club.create(f"Cup {number}")
    page = shown(await club.slash("Mo", "audit search", action="TournamentCreated", since="2d", entity="tournament"))
    assert labels(page) == ["Newer", "Older"]
    assert (buttons(page)["Newer"].disabled, buttons(page)["Older"].disabled) == (True, False)
    assert all(len(button.custom_id or "") <= 100 for button in buttons(page).values())
    assert page.embeds[0].footer.text == "12 entries, page 1 of 2"
    # What happens while somebody reads does not move the pages under their fingers.
    await club.create("Cup 12")
    await club.restart()
    await club.press("Mo", page, "Older")
    page = club.card(page)
    assert number_of_lines(page) == 2
    assert body(page).splitlines()[2].endswith("tournament Cup 0")
    assert page.embeds[0].footer.text == "12 entries, page 2 of 2"
    assert (buttons(page)["Newer"].disabled, buttons(page)["Older"].disabled) == (False, True)
    await club.press("Mo", page, "Newer")
    assert number_of_lines(club.card(page)) == 10


async def test_the_longest_search_fits_into_a_button(club: People) -> None:
    for number in range(11):
        await club.create(f"Cup {number}")
    page = shown(
        await club.slash(
            "Olga",
            "audit search",
            user=club.stage.people["Olga"],
            action="TournamentCreated",
            entity="tournament",
            since="1900-01-01 10:00",
            until="9999-01-01 10:00",
        )
    )
    assert all(len(button.custom_id or "") <= 100 for button in buttons(page).values())
    await club.press("Olga", page, "Older")
    assert number_of_lines(club.card(page)) == 1


async def test_a_racer_is_refused_also_past_the_command(club: People) -> None:
    await club.tournament()
    page = shown(await club.slash("Olga", "audit search"))
    older = buttons(page)["Older"].custom_id or ""
    with club.unchanged():
        assert told(await club.slash("Ann", "audit search")) == MAY_NOT
        assert told(await club.craft("Ann", older)) == MAY_NOT


async def test_a_pager_that_nobody_wrote_is_refused_in_words(club: People) -> None:
    await club.slash("Mo", "tournament list")
    page = shown(await club.slash("Mo", "audit search"))
    huge = "9" * 30
    with club.unchanged():
        for argument in ("", "x", "1.2.3", "0..999.....", f"0.{huge}......", f"{huge}.......", f"0.....{huge}.."):
            answer = told(await club.craft("Mo", f"herald:audit:{argument}", message=page))
            assert "another release of Herald. Please search again." in answer, argument


async def test_rows_of_another_community_are_never_shown(club: People) -> None:
    await club.elsewhere()
    await club.create("Foreign Cup", by="Zed", at="elsewhere")
    await club.create(CUP)
    zed = club.stage.people["Zed"]
    everything = told(await club.slash("Mo", "audit search"))
    assert "Spring Cup" in everything
    assert "Foreign" not in everything
    for options in (
        {"user": zed.user},
        {"entity": "tournament 1"},
        {"action": "TournamentCreated", "entity": "organization 2"},
    ):
        assert "Nothing was found." in told(await club.slash("Mo", "audit search", at="races", **options))
    page = shown(await club.slash("Mo", "audit search"))
    await club.craft("Mo", f"herald:audit:0.{zed.id}......", message=page)
    assert "Nothing was found." in body(club.card(page))


async def test_actions_and_kinds_are_offered_while_one_types(club: People) -> None:
    assert await club.types("Mo", "audit search", "action", "approved") == ["RaceApproved"]
    assert len(await club.types("Mo", "audit search", "action")) == 25
    assert await club.types("Mo", "audit search", "entity", "tourn") == ["tournament"]
