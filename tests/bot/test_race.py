"""/race."""

from __future__ import annotations

import pytest

from bot.demo.transcript import body, shown
from tests.bot.people import CUP, VOD, People, inputs, labels, told


async def test_a_run_is_handed_in_and_its_card_goes_to_the_reviewers(club: People) -> None:
    await club.tournament()
    form = await club.slash("Ann", "race submit", tournament=CUP)
    assert inputs(form) == {"time": "", "vod": "", "notes": ""}
    done = await club.fill_in("Ann", form, time="83:45.6", vod=VOD, notes="*Any%*\n[x](https://y.example)")
    assert told(done) == "Your run of 1:23:45.6 is handed in. You get a DM once it was reviewed."
    await club.stage.settle()
    card = club.stage.posts("review")[-1]
    assert labels(card) == ["Claim", "Approve", "Reject", "More"]
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


async def test_where_no_review_is_required_a_run_counts_at_once_and_another_may_follow(club: People) -> None:
    await club.tournament()
    answer = body(shown(await club.slash("Olga", "tournament edit", tournament=CUP, review_required=False)))
    assert "Review: runs count as soon as they are handed in" in answer
    assert "Spring Cup has no pool of seeds yet, so its racers type in their times, each with a VOD" in answer
    for time in ("1:30:00", "1:20:00", "1:25:00"):
        form = await club.slash("Ann", "race submit", tournament=CUP)
        done = await club.fill_in("Ann", form, time=time, vod=VOD, notes="")
        assert told(done) == f"Your run of {time} is handed in. It counts."
    assert "🥇 Ann · 1:20:00" in told(await club.slash("Bo", "tournament leaderboard", tournament=CUP))
    assert "Runs: 3 counted" in body(shown(await club.slash("Bo", "tournament info", tournament=CUP)))
    board = shown(await club.slash("Ann", "tournament leaderboard", tournament=CUP))
    assert "1:25:00 · counts" in told(await club.press("Ann", board, "My times"))
    assert "Spring Cup · 1:25:00 · counts" in told(await club.slash("Ann", "race history"))
    await club.stage.settle()
    best = club.stage.posts("review")[1]
    await club.press("Rae", best, "Reject")
    assert "🥇 Ann · 1:20:00" in told(await club.slash("Bo", "tournament leaderboard", tournament=CUP))
    form = await club.press("Rae", best, "Reject")
    await club.fill_in("Rae", form, reason="Spliced")
    assert "🥇 Ann · 1:25:00" in told(await club.slash("Bo", "tournament leaderboard", tournament=CUP))
    # Nothing is left to be decided before it ends, and what nobody looked at stays.
    assert "Spring Cup has ended" in told(await club.slash("Olga", "tournament end", tournament=CUP))
    await club.stage.settle()
    assert "🥇 Ann · 1:25:00" in body(club.stage.posts("announcements")[-1])
    assert "Counts: It needed no review." in body(club.stage.posts("review")[0])


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
