"""/match: agreed on, shown back, played and reported."""

from __future__ import annotations

from typing import Any

import discord
from simcord import InteractionResult

from bot.demo.transcript import body, shown
from tests.bot.people import CUP, People, labels, told


async def proposal(club: People, when: str = "2026-03-01 20:00", *, by: str = "Ann") -> InteractionResult:
    people = club.stage.people
    options: dict[str, Any] = {"tournament": CUP, "player1": people["Ann"], "player2": people["Bo"], "when": when}
    return await club.slash(by, "match schedule", **options)


async def test_a_time_counts_only_once_it_was_shown_back_and_confirmed(club: People) -> None:
    await club.tournament(racers=("Ann", "Bo"))
    with club.unchanged():
        question = await proposal(club)
    # The community's zone is Berlin's, an hour ahead of UTC.
    assert "Ann vs Bo in Spring Cup: 2026-03-01 19:00 UTC" in told(question)
    card = shown(question)
    assert labels(card) == ["Schedule it"]
    custom_id = buttons(card)[0]
    await club.restart()
    await club.press("Ann", card, "Schedule it")
    await club.stage.settle()
    assert "The match is at 2026-03-01 19:00 UTC" in body(club.card(card))
    with club.unchanged():
        again = await club.craft("Ann", custom_id, message=card)
        assert "This match is scheduled for that time already." in told(again)
    assert club.events().count("MatchScheduled") == 1
    assert club.stage.posts("announcements")[-1].embeds[0].title == "Match: Ann vs Bo"
    assert club.stage.dms("Bo")[-1].embeds[0].title == "Match: Ann vs Bo"
    assert "Ann vs Bo in Spring Cup" in told(await club.slash("Bo", "match list"))


def buttons(message: discord.Message) -> list[str]:
    """The custom ids of a message's buttons."""
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return [item.custom_id or "" for row in rows for item in row.children if isinstance(item, discord.Button)]


async def test_a_time_that_cannot_be_read_or_is_over_is_explained(club: People) -> None:
    await club.tournament(racers=("Ann", "Bo"))
    with club.unchanged():
        assert "“whenever” is not a time I can read" in told(await proposal(club, "whenever"))
        assert "it is read in Europe/Berlin" in told(await proposal(club, "whenever"))
        assert "lies in the future" in told(await proposal(club, "2020-01-01 20:00"))


async def test_a_stranger_can_neither_schedule_nor_confirm_for_others(club: People) -> None:
    await club.tournament(racers=("Ann", "Bo"))
    card = shown(await proposal(club))
    await club.slash("Mo", "match list")
    with club.unchanged():
        assert "matches that you play in" in told(await proposal(club, by="Mo"))
        assert "matches that you play in" in told(await club.craft("Mo", buttons(card)[0]))
        assert "another release" in told(await club.craft("Ann", f"herald:match_schedule:1.{10**18}.1.2"))


async def test_a_match_is_reported_by_picking_it_and_corrected_by_an_organizer(club: People) -> None:
    await club.tournament(racers=("Ann", "Bo"))
    people = club.stage.people
    await club.press("Ann", shown(await proposal(club)), "Schedule it")
    assert await club.types("Bo", "match report", "match", "ann") == ["Ann vs Bo in Spring Cup"]
    assert await club.types("Mo", "match report", "match") == []
    with club.unchanged():
        neither = told(await club.slash("Bo", "match report", match="#1"))
        assert neither == "Say who won, or that it was a draw: one of the two."
        typed = told(await club.slash("Bo", "match report", match="ours", draw=True))
        assert typed == "Pick a match from the list that appears while you type."
    assert told(await club.slash("Bo", "match report", match="#1", winner=people["Ann"])) == ("It is noted: Ann won.")
    await club.stage.settle()
    assert club.stage.dms("Ann")[-1].embeds[0].title == "Ann won: Ann vs Bo"
    with club.unchanged():
        again = told(await club.slash("Bo", "match report", match="#1", draw=True))
        assert again == "This match is reported already: Ann won. Organizers can correct that."
    assert await club.types("Olga", "match report", "match") == ["Ann vs Bo in Spring Cup (reported)"]
    assert told(await club.slash("Olga", "match report", match="#1", draw=True)) == "It is noted: nobody won."
    assert (await club.trail())[-1] == "Olga reported Ann vs Bo in Spring Cup: a draw"
