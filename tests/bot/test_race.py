"""/race and the review cards."""

from __future__ import annotations

import asyncio

import pytest

from bot.demo.transcript import body, shown
from tests.bot.people import CUP, VOD, People, inputs, labels, posted, told


async def test_a_run_is_handed_in_and_its_card_goes_to_the_reviewers(club: People) -> None:
    await club.tournament()
    form = await club.slash("Ann", "race submit", tournament=CUP)
    assert inputs(form) == {"time": "", "vod": "", "notes": ""}
    done = await club.fill_in("Ann", form, time="83:45.6", vod=VOD, notes="*Any%*\n[x](https://y.example)")
    assert told(done) == "Your run of 1:23:45.6 is handed in. You get a DM once it was reviewed."
    await club.stage.settle()
    card = club.stage.posts("review")[-1]
    assert labels(card) == ["Approve", "Reject"]
    words = body(card)
    assert words.startswith("Ann's run in Spring Cup\nTime: 1:23:45.6\n")
    assert f"VOD: {VOD}\nNotes: *Any%*\n[x](https://y.example)\n" in words
    assert club.events()[-1] == "RaceSubmitted"


@pytest.mark.parametrize(
    ("status", "racer", "words"),
    [
        ("open", "Ann", "Spring Cup has not started yet, so no runs can be handed in."),
        ("ended", "Ann", "Spring Cup has ended, so no runs can be handed in."),
        ("running", "Bo", "You are not in Spring Cup yet. Join it first with /tournament join."),
    ],
)
async def test_a_run_that_cannot_be_handed_in_now_is_refused_before_the_form_opens(
    club: People, status: str, racer: str, words: str
) -> None:
    await club.tournament(status=status)
    await club.slash("Bo", "tournament list")
    with club.unchanged():
        assert told(await club.slash(racer, "race submit", tournament=CUP)) == words
        fields = {"time": "1:00", "vod": VOD, "notes": ""}
        assert words in told(await club.craft(racer, "herald:submit:1", fields=fields))


async def test_a_second_run_has_to_wait_for_the_review_of_the_first(club: People) -> None:
    await club.tournament()
    await club.hand_in("Ann")
    with club.unchanged():
        answer = told(await club.slash("Ann", "race submit", tournament=CUP))
        assert "Your run of 1:23:45 in Spring Cup still waits for review." in answer


async def test_what_cannot_be_used_is_said_and_the_answers_are_kept(club: People) -> None:
    await club.tournament()
    wrong = {
        "time": [
            ("soon", "“soon” is not a time I can read. Write it as 1:23:45 or 83:45.6."),
            ("1:83:45", "not a time"),
        ],
        "vod": [
            ("javascript:alert(1)", "The VOD link must be a full web address that starts with https://"),
            ("https://discord.com@evil.example/", "The VOD link must be a full web address"),
            ("https://x.example/" + "y" * 500, "The VOD link is too long: 518 characters, and at most 500 fit."),
        ],
        "notes": [("z" * 1001, "Your note is too long: 1001 characters, and at most 1000 fit.")],
    }
    with club.unchanged():
        for field, cases in wrong.items():
            for value, words in cases:
                answers = {"time": "1:23:45", "vod": VOD, "notes": "Any%", field: value}
                refused = await club.craft("Ann", "herald:submit:1", fields=answers)
                assert words in told(refused)
                again = await club.press("Ann", shown(refused), "Edit and try again")
                longest = {"time": 20, "vod": 500, "notes": 1000}
                assert inputs(again) == {key: text[: longest[key]] for key, text in answers.items()}
    form = await club.slash("Ann", "race submit", tournament=CUP)
    done = await club.fill_in("Ann", form, time="1:23:45", vod=VOD, notes="Any%")
    assert "Your run of 1:23:45 is handed in." in told(done)


async def test_ones_own_runs_are_listed_with_what_became_of_them(club: People) -> None:
    await club.tournament(racers=("Ann", "Bo"))
    assert "None yet. Start one with /race start, or hand one in with /race submit." in told(
        await club.slash("Ann", "race history")
    )
    form = await club.press("Rae", await club.hand_in("Ann", "1:30:00"), "Reject")
    await club.fill_in("Rae", form, reason="Wrong seed")
    await club.hand_in("Ann", "1:23:45")
    await club.hand_in("Bo", "1:00:00")
    title, *runs = told(await club.slash("Ann", "race history")).splitlines()
    assert title == "Your races"
    assert [line.partition(": ")[2] for line in runs] == [
        "Spring Cup · 1:23:45 · submitted",
        "Spring Cup · 1:30:00 · rejected (Wrong seed)",
    ]


async def test_an_approved_run_is_told_to_its_racer_and_its_card_after_a_restart(club: People) -> None:
    await club.tournament()
    card = await club.hand_in("Ann")
    await club.restart()
    await club.press("Rae", card, "Approve")
    await club.stage.settle()
    card = club.card(card)
    assert labels(card) == []
    assert "Approved by: Rae" in body(card)
    assert "1:23:45 in Spring Cup counts now." in body(club.stage.dms("Ann")[-1])
    assert (await club.trail())[-1] == "Rae approved Ann's 1:23:45 in Spring Cup"


async def test_a_press_that_comes_too_late_redraws_the_card_and_says_so_privately(club: People) -> None:
    await club.tournament()
    card = await club.hand_in("Ann")
    footer = card.embeds[0].footer.text
    await club.press("Rae", card, "Approve")
    await club.stage.settle()
    with club.unchanged():
        for action, fields in (("approve", None), ("reject", None), ("reject_with", {"reason": "Late"})):
            answer = await club.craft("Olga", f"herald:{action}:1", fields=fields, message=card, at="review")
            assert told(answer) == "This run was approved by Rae already."
    card = club.card(card)
    assert labels(card) == []
    assert "Approved by: Rae" in body(card)
    # By it the courier recognises what it has sent.
    assert card.embeds[0].footer.text == footer


async def test_of_two_reviewers_at_the_same_moment_one_decides(club: People) -> None:
    await club.tournament()
    card = await club.hand_in("Ann")
    club.stage.add_person("Roy", "Reviewers")
    for reviewer in ("Rae", "Roy"):
        await club.slash(reviewer, "race history")
    presses = [club.craft(name, "herald:approve:1", message=card, at="review") for name in ("Rae", "Roy")]
    results = await asyncio.gather(*presses)
    await club.stage.settle()
    assert club.events().count("RaceApproved") == 1
    assert sorted(bool(result.followups) for result in results) == [False, True]
    assert len(club.stage.dms("Ann")) == 1


async def test_a_rejection_takes_a_reason_that_the_racer_reads(club: People) -> None:
    await club.tournament()
    card = await club.hand_in("Ann")
    form = await club.press("Rae", card, "Reject")
    assert inputs(form) == {"reason": ""}
    with club.unchanged():
        refused = await club.fill_in("Rae", form, reason="  ")
        assert "The reason is empty. Please fill it in." in told(refused)
    await club.restart()
    form = await club.press("Rae", card, "Reject")
    await club.restart()
    await club.fill_in("Rae", form, reason="Wrong seed\nSorry")
    await club.stage.settle()
    assert "Rejected by: Rae\nReason: Wrong seed\nSorry" in body(club.card(card))
    assert "Reason: Wrong seed\nSorry" in body(club.stage.dms("Ann")[-1])
    assert labels(club.card(card)) == []


async def test_neither_the_racer_nor_a_bystander_reviews_a_run(club: People) -> None:
    await club.tournament(racers=("Ann", "Olga"))
    cards = [await club.hand_in(name) for name in ("Ann", "Olga")]
    with club.unchanged():
        for label in ("Approve", "Reject"):
            answer = told(await club.press("Ann", cards[0], label))
            assert answer == (
                "You may not review runs here. That takes the role of owner, admin, organizer or reviewer."
            )
            answer = told(await club.press("Olga", cards[1], label))
            assert answer == "You cannot review your own run. Another reviewer has to look at it."
        reason = {"reason": "So there"}
        assert "You may not review" in told(await club.craft("Ann", "herald:reject_with:1", fields=reason))


async def test_a_run_that_was_left_out_is_not_reviewed(club: People) -> None:
    await club.tournament()
    card = await club.hand_in("Ann")
    question = await club.slash("Olga", "tournament end", tournament=CUP)
    await club.press("Olga", shown(question), "End anyway")
    await club.stage.settle()
    await club.slash("Rae", "race history")
    before = club.dump()
    answer = told(await club.press("Rae", card, "Approve"))
    assert "Spring Cup has ended, so this run was left out." in answer
    assert club.dump() == before
    assert labels(club.card(card)) == []


async def test_a_rejection_after_a_slip_still_reaches_the_card(club: People) -> None:
    await club.tournament()
    card = await club.hand_in("Ann")
    form = await club.press("Rae", card, "Reject")
    refused = await club.fill_in("Rae", form, reason=" \u200b ")
    again = await club.press("Rae", shown(refused), "Edit and try again")
    done = await club.fill_in("Rae", again, reason="No video.")
    assert told(done) == "Done."
    assert "Reason: No video." in body(club.card(card))
    assert labels(club.card(card)) == []


async def test_the_card_of_a_deleted_run_is_refused_in_words(club: People) -> None:
    await club.tournament()
    card = await club.hand_in("Ann")
    await club.fill_in("Olga", await club.slash("Olga", "tournament delete", tournament=CUP), name=CUP)
    await club.stage.settle()
    await club.slash("Rae", "race history")
    with club.unchanged():
        assert "That run does not exist any more" in told(await club.press("Rae", card, "Approve"))


async def test_a_rejection_never_redraws_a_message_of_another_server(club: People) -> None:
    await club.tournament()
    card = await club.hand_in("Ann")
    await club.elsewhere()
    await club.create("Foreign Cup", by="Zed", at="elsewhere")
    await club.slash("Zed", "tournament open", tournament="Foreign Cup", at="elsewhere")
    panel = posted(await club.slash("Zed", "tournament panel", tournament="Foreign Cup", at="elsewhere"))
    before = body(panel)
    form = f"herald:reject_with:1.{panel.channel.id}.{panel.id}"
    await club.craft("Rae", form, fields={"reason": "Wrong seed"}, message=card, at="review")
    assert body(club.card(panel)) == before
    assert "Rejected by: Rae" in body(club.card(card))
