"""/review, the review cards, and the context menu of messages that hold a run."""

from __future__ import annotations

import asyncio

import discord
import pytest
from simcord import InteractionResult

from bot.demo.transcript import body, shown
from bot.render import stateless
from tests.bot.people import CUP, People, inputs, labels, posted, told

WAITING = ["Claim", "Approve", "Reject", "More"]


async def menu(club: People, name: str, message: discord.Message, at: str = "review") -> InteractionResult:
    """Use “Review this run” on a message."""
    return await club.stage.people[name].context_menu(club.stage.channels[at], "Review this run", message)


async def more(club: People, name: str, card: discord.Message, label: str) -> InteractionResult:
    """Press a button of the menu under More."""
    return await club.press(name, shown(await club.press(name, card, "More")), label)


@pytest.fixture
async def card(club: People) -> discord.Message:
    """The card of Ann's run of 1:23:45. Rae is known to Herald."""
    await club.tournament()
    await club.slash("Rae", "tournament list")
    return await club.hand_in("Ann")


async def hire(club: People, name: str) -> None:
    """One more reviewer, who is known to Herald."""
    club.stage.add_person(name, "Reviewers")
    await club.slash(name, "tournament list")


async def test_an_approved_run_is_told_to_its_racer_and_its_card_after_a_restart(
    club: People, card: discord.Message
) -> None:
    await club.restart()
    await club.press("Rae", card, "Approve")
    await club.stage.settle()
    card = club.card(card)
    assert labels(card) == ["More"]
    assert "Approved by: Rae" in body(card)
    assert "1:23:45 in Spring Cup counts now." in body(club.stage.dms("Ann")[-1])
    assert (await club.trail())[-1] == "Rae approved Ann's 1:23:45 in Spring Cup"


async def test_a_press_that_comes_too_late_redraws_the_card_and_says_so_privately(
    club: People, card: discord.Message
) -> None:
    footer = card.embeds[0].footer.text
    await club.press("Rae", card, "Approve")
    await club.stage.settle()
    late: list[tuple[str, dict[str, str] | None]] = [
        ("approve", None),
        ("reject", None),
        ("reject_with", {"reason": "Late"}),
        ("review_claim", None),
        ("review_release", None),
        ("review_doubt", None),
        ("review_trust", None),
    ]
    with club.unchanged():
        for action, fields in late:
            answer = await club.craft("Olga", f"herald:{action}:1", fields=fields, message=card, at="review")
            assert told(answer) == "This run was approved by Rae already.", action
    card = club.card(card)
    assert labels(card) == ["More"]
    assert "Approved by: Rae" in body(card)
    # By it the courier recognises what it has sent.
    assert card.embeds[0].footer.text == footer


@pytest.mark.parametrize("action", ["approve", "review_claim", "review_doubt"])
async def test_of_two_reviewers_at_the_same_moment_one_has_their_way_and_the_other_is_told(
    club: People, card: discord.Message, action: str
) -> None:
    await hire(club, "Roy")
    await club.slash("Rae", "tournament list")
    events = len(club.events())
    presses = [club.craft(name, f"herald:{action}:1", message=card, at="review") for name in ("Rae", "Roy")]
    results = await asyncio.gather(*presses)
    await club.stage.settle()
    assert len(club.events()) == events + 1
    assert sorted(bool(result.followups) for result in results) == [False, True]
    assert len(club.stage.dms("Ann")) == (action == "approve")


async def test_a_rejection_takes_a_reason_that_the_racer_reads(club: People, card: discord.Message) -> None:
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
        for label in WAITING:
            answer = told(await club.press("Ann", cards[0], label))
            assert answer == (
                "You may not review runs here. That takes the role of owner, admin, organizer or reviewer."
            )
            answer = told(await club.press("Olga", cards[1], label))
            assert answer == "You cannot review your own run. Another reviewer has to look at it."
        reason = {"reason": "So there"}
        for action in ("reject_with", "review_disqualify_with"):
            assert "You may not review" in told(await club.craft("Ann", f"herald:{action}:1", fields=reason))


async def test_a_run_that_was_left_out_is_not_reviewed(club: People, card: discord.Message) -> None:
    question = await club.slash("Olga", "tournament end", tournament=CUP)
    await club.press("Olga", shown(question), "End anyway")
    await club.stage.settle()
    await club.slash("Rae", "tournament list")
    assert labels(club.card(card)) == []
    # A press may have been under way meanwhile.
    before = club.dump()
    answer = told(await club.craft("Rae", "herald:approve:1", message=club.card(card)))
    assert "Spring Cup has ended, so this run was left out." in answer
    assert club.dump() == before


async def test_after_the_end_a_run_that_counts_stays_as_it_is(club: People, card: discord.Message) -> None:
    await club.press("Rae", card, "Approve")
    await club.slash("Olga", "tournament end", tournament=CUP)
    await club.stage.settle()
    before = club.dump()
    answer = told(await club.press("Rae", club.card(card), "More"))
    assert "Spring Cup has ended, so this run stays as it is." in answer
    assert club.dump() == before
    assert labels(club.card(card)) == []


async def test_a_rejection_after_a_slip_still_reaches_the_card(club: People, card: discord.Message) -> None:
    form = await club.press("Rae", card, "Reject")
    refused = await club.fill_in("Rae", form, reason=" \u200b ")
    again = await club.press("Rae", shown(refused), "Edit and try again")
    await club.fill_in("Rae", again, reason="No video.")
    await club.stage.settle()
    assert "Reason: No video." in body(club.card(card))
    assert labels(club.card(card)) == []


async def test_the_card_of_a_deleted_run_is_refused_in_words(club: People, card: discord.Message) -> None:
    await club.fill_in("Olga", await club.slash("Olga", "tournament delete", tournament=CUP), name=CUP)
    await club.stage.settle()
    await club.slash("Rae", "tournament list")
    with club.unchanged():
        for label in WAITING:
            assert "That run does not exist any more" in told(await club.press("Rae", card, label))


async def test_the_form_of_an_earlier_release_never_redraws_a_message_of_another_server(
    club: People, card: discord.Message
) -> None:
    await club.elsewhere()
    await club.create("Foreign Cup", by="Zed", at="elsewhere")
    await club.slash("Zed", "tournament open", tournament="Foreign Cup", at="elsewhere")
    panel = posted(await club.slash("Zed", "tournament panel", tournament="Foreign Cup", at="elsewhere"))
    before = body(panel)
    form = f"herald:reject_with:1.{panel.channel.id}.{panel.id}"
    await club.craft("Rae", form, fields={"reason": "Wrong seed"}, message=card, at="review")
    assert body(club.card(panel)) == before
    assert "Rejected by: Rae" in body(club.card(card))


async def test_a_claim_shows_on_the_card_and_keeps_others_from_deciding_until_it_is_released(
    club: People, card: discord.Message
) -> None:
    await hire(club, "Roy")
    await club.press("Rae", card, "Claim")
    await club.stage.settle()
    card = club.card(card)
    assert labels(card) == ["Release", "Approve", "Reject", "More"]
    assert "Claimed by: Rae, " in body(card)
    with club.unchanged():
        for label in ("Release", "Approve", "Reject"):
            answer = told(await club.press("Roy", card, label))
            assert answer.startswith("Rae has claimed this run, so they decide."), label
        again = await club.craft("Rae", "herald:review_claim:1", message=card, at="review")
        assert told(again) == "You have claimed this run already."
    await club.restart()
    await club.press("Rae", card, "Release")
    assert labels(club.card(card)) == WAITING
    with club.unchanged():
        again = await club.craft("Rae", "herald:review_release:1", message=card, at="review")
        assert told(again) == "Nobody has claimed this run any more."
    await club.press("Roy", club.card(card), "Approve")
    await club.stage.settle()
    assert "Approved by: Roy" in body(club.card(card))


async def test_a_second_review_is_asked_for_and_taken_back_under_more(club: People, card: discord.Message) -> None:
    await hire(club, "Roy")
    result = await more(club, "Rae", card, "Second review")
    assert result.modal is None
    await club.stage.settle()
    card = club.card(card)
    assert "Second review asked for by: Rae" in body(card)
    with club.unchanged():
        answer = told(await club.press("Rae", card, "Approve"))
        assert "You asked for a second review of this run, so somebody else decides." in answer
    await club.restart()
    await more(club, "Rae", card, "Take back second review")
    await club.stage.settle()
    assert "Second review" not in body(club.card(card))
    await more(club, "Roy", card, "Second review")
    await club.press("Rae", club.card(card), "Approve")
    await club.stage.settle()
    assert "Approved by: Rae" in body(club.card(card))
    assert (await club.trail())[-4:-1] == [
        "Rae asked for a second review of Ann's run in Spring Cup",
        "Rae no longer asks for a second review of Ann's run in Spring Cup",
        "Roy asked for a second review of Ann's run in Spring Cup",
    ]


async def test_a_time_is_corrected_before_and_after_the_approval(club: People, card: discord.Message) -> None:
    form = await more(club, "Rae", card, "Correct time")
    assert inputs(form) == {"time": "1:23:45"}
    with club.unchanged():
        refused = await club.fill_in("Rae", form, time="soon")
        assert "“soon” is not a time" in told(refused)
    await club.restart()
    await club.fill_in("Rae", await more(club, "Rae", card, "Correct time"), time="1:20:00")
    await club.stage.settle()
    assert "Time: 1:20:00\nCorrected from: 1:23:45" in body(club.card(card))
    assert "In Spring Cup: from 1:23:45 to 1:20:00." in body(club.stage.dms("Ann")[-1])
    await club.press("Rae", club.card(card), "Approve")
    await club.stage.settle()
    await club.fill_in("Rae", await more(club, "Rae", club.card(card), "Correct time"), time="1:21:00.5")
    await club.stage.settle()
    assert "Time: 1:21:00.5\nCorrected from: 1:23:45" in body(club.card(card))
    assert club.select("SELECT time_ms, first_time_ms FROM race") == [(4_860_500, 5_025_000)]
    with club.unchanged():
        await club.craft("Rae", "herald:review_correct_with:1", fields={"time": "1:21:00.5"}, message=card, at="review")


async def test_of_two_reviewers_who_correct_a_time_the_later_one_is_told_of_the_first(
    club: People, card: discord.Message
) -> None:
    await hire(club, "Roy")
    forms = {name: await more(club, name, card, "Correct time") for name in ("Rae", "Roy")}
    await club.fill_in("Rae", forms["Rae"], time="1:20:00")
    await club.stage.settle()
    with club.unchanged():
        refused = await club.fill_in("Roy", forms["Roy"], time="1:21:00")
    assert "corrected this time to 1:20:00 meanwhile" in told(refused)
    # As a form of an earlier release.
    await club.craft("Rae", "herald:review_correct_with:1", fields={"time": "1:22:00"}, message=card, at="review")
    assert club.select("SELECT time_ms FROM race") == [4_920_000]


async def test_a_run_that_counts_is_disqualified_with_a_reason_that_its_racer_reads(
    club: People, card: discord.Message
) -> None:
    await club.press("Rae", card, "Approve")
    await club.stage.settle()
    form = await more(club, "Rae", club.card(card), "Disqualify")
    with club.unchanged():
        assert "The reason is empty." in told(await club.fill_in("Rae", form, reason=" "))
    form = await more(club, "Rae", club.card(card), "Disqualify")
    await club.restart()
    await club.fill_in("Rae", form, reason="Spliced *twice*")
    await club.stage.settle()
    assert "Disqualified by: Rae\nReason: Spliced *twice*" in body(club.card(card))
    assert labels(club.card(card)) == []
    assert body(club.stage.dms("Ann")[-1]).startswith("Your run was disqualified\n1:23:45 in Spring Cup.\n")
    with club.unchanged():
        answer = await club.craft("Olga", "herald:review_disqualify:1", message=card, at="review")
        assert told(answer) == "This run was disqualified by Rae already."


async def test_the_queue_opens_a_run_in_private_where_it_is_reviewed_like_on_its_card(
    club: People, card: discord.Message
) -> None:
    queue = await club.slash("Rae", "review queue")
    assert "Ann · 1:23:45 · Spring Cup" in told(queue)
    result = await club.choose("Rae", shown(queue), "review_open:", "1")
    assert "Ann's run in Spring Cup" in told(result)
    private = shown(result)
    assert labels(private) == WAITING
    await club.press("Rae", private, "Claim")
    await club.stage.settle()
    assert "Claimed by: Rae" in body(club.card(card))
    await club.restart()
    form = await club.press("Rae", private, id="herald:reject:1")
    await club.fill_in("Rae", form, reason="No video")
    await club.stage.settle()
    assert "Rejected by: Rae" in body(club.card(card))
    assert "Rejected by: Rae" in body(club.card(private))
    await club.press("Rae", shown(queue), "Refresh")
    assert body(club.card(shown(queue))).startswith("Runs that wait for review\nNone.")
    assert told(await club.slash("Rae", "review queue")).startswith("Runs that wait for review\nNone.")


async def test_a_run_whose_card_somebody_deleted_is_still_reviewed(club: People, card: discord.Message) -> None:
    private = shown(await menu(club, "Rae", card))
    del club.stage.env.backend.messages[card.channel.id][card.id]
    await club.press("Rae", private, "Approve")
    await club.stage.settle()
    assert "Approved by: Rae" in body(club.card(private))
    assert club.stage.posts("review") == []
    assert club.select(
        "SELECT status, failure FROM message WHERE kind = 'edit' AND target_id = ?", card.channel.id
    ) == [("sent", None)]


async def test_the_queue_has_pages_and_filters_that_hold_after_a_restart(club: People) -> None:
    racers = [f"Racer {n:02}" for n in range(11)]
    for name in racers:
        club.stage.add_person(name)
    await club.tournament(racers=racers)
    await club.tournament("Autumn Cup", racers=racers[:1])
    for name in racers:
        await club.hand_in(name)
    await club.hand_in(racers[0], cup="Autumn Cup")
    page = shown(await club.slash("Rae", "review queue"))
    assert page.embeds[0].footer.text == "12 runs, page 1 of 2"
    assert len(str(page.embeds[0].description).splitlines()) == 10
    await club.restart()
    await club.press("Rae", page, "Later")
    page = club.card(page)
    assert page.embeds[0].footer.text == "12 runs, page 2 of 2"
    assert len(str(page.embeds[0].description).splitlines()) == 2
    await club.press("Rae", page, "Earlier")
    assert "page 1 of 2" in str(club.card(page).embeds[0].footer.text)
    assert await club.types("Rae", "review queue", "tournament", "aut") == ["Autumn Cup"]
    only = shown(await club.slash("Rae", "review queue", tournament="Autumn Cup"))
    assert only.embeds[0].footer.text == "1 run, page 1 of 1"
    await club.press("Rae", shown(await club.choose("Rae", only, "review_open:", "12")), "Claim")
    mine = shown(await club.slash("Rae", "review queue", show="mine"))
    assert mine.embeds[0].title == "Runs that wait for review · claimed by me"
    assert "Racer 00 · 1:23:45 · Autumn Cup" in body(mine)
    assert "claimed by Rae" in body(mine)
    turned = await club.craft("Rae", "herald:review_queue:free.1.1", message=page)
    assert not turned.followups
    assert club.card(page).embeds[0].footer.text == "11 runs, page 2 of 2"


async def test_what_is_no_page_or_run_of_the_queue_is_refused(club: People, card: discord.Message) -> None:
    page = shown(await club.slash("Rae", "review queue"))
    with club.unchanged():
        for argument in ("", "party..0", "all..", "all.x.0"):
            answer = told(await club.craft("Rae", f"herald:review_queue:{argument}", message=page))
            assert answer == "This belongs to another release of Herald. Please use the command instead.", argument
        assert "not a tournament here" in told(await club.craft("Rae", "herald:review_queue:all.999.0"))
        for values in ((), ("x",)):
            answer = told(await club.craft("Rae", "herald:review_open:", values=values))
            assert "another release" in answer
        assert "does not exist any more" in told(await club.craft("Rae", "herald:review_open:", values=(999,)))
        assert "You may not review" in told(await club.slash("Ann", "review queue"))


async def test_a_run_is_found_by_its_card(club: People, card: discord.Message) -> None:
    with club.unchanged():
        result = await menu(club, "Rae", card)
        assert "Ann's run in Spring Cup" in told(result)
        assert labels(shown(result)) == WAITING
        assert "You may not review runs here" in told(await menu(club, "Ann", card))
    await club.press("Rae", card, "Approve")
    await club.stage.settle()
    assert labels(shown(await menu(club, "Olga", club.card(card)))) == ["More"]


async def in_thread(club: People, action: str) -> discord.Message:
    """A message of the bot's, as it stands in the thread of a race."""
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="Edit", custom_id=f"herald:{action}:1"))
    channel = club.stage.bot.get_partial_messageable(club.stage.channels["races"].id)
    return await channel.send("A race", view=stateless(view))


async def test_a_run_is_found_by_the_message_in_its_racers_thread(club: People, card: discord.Message) -> None:
    club.raced(run=1)
    for action in ("race_hand_in", "race_undo", "race_finish"):
        message = await in_thread(club, action)
        with club.unchanged():
            result = await menu(club, "Rae", message, "races")
            assert "Ann's run in Spring Cup" in told(result)
            assert labels(shown(result)) == WAITING


async def test_a_race_that_is_not_handed_in_and_a_message_without_a_run_are_told_apart(
    club: People, card: discord.Message
) -> None:
    club.raced()
    racing = await in_thread(club, "race_finish")
    question = await in_thread(club, "race_go")
    panel = posted(await club.slash("Olga", "tournament panel", tournament=CUP))
    chat = await club.stage.people["Bo"].send(club.stage.channels["races"], "herald:approve:1")
    with club.unchanged():
        assert told(await menu(club, "Rae", racing, "races")) == (
            "That race was not handed in yet, or it belongs to another community."
        )
        for message in (question, panel, chat):
            assert told(await menu(club, "Rae", message, "races")).startswith("There is no run in that message.")


async def test_the_context_menu_goes_with_its_cog(club: People) -> None:
    bot = club.stage.bot
    names = [one.name for one in bot.tree.get_commands(type=discord.AppCommandType.message)]
    assert names == ["Review this run"]
    await bot.remove_cog("ReviewCog")
    assert bot.tree.get_commands(type=discord.AppCommandType.message) == []


async def test_a_racer_gets_more_time_from_a_reviewer(club: People, card: discord.Message) -> None:
    club.raced(stage="racing")
    [(attempt, before)] = club.select("SELECT id, deadline_at FROM attempt")
    assert await club.types("Rae", "review extend", "race", "an") == ["Ann: Spring Cup, Pool · racing"]
    assert await club.types("Rae", "review extend", "race", "bo") == []
    assert await club.types("Ann", "review extend", "race") == []
    with club.unchanged():
        assert "You may not review runs here" in told(
            await club.slash("Ann", "review extend", race=f"#{attempt}", minutes=30)
        )
        assert "Pick a race from the list" in told(await club.slash("Rae", "review extend", race="Ann", minutes=30))
    answer = told(await club.slash("Rae", "review extend", race=f"#{attempt}", minutes=30))
    assert answer.startswith("Ann has more time\nUntil ")
    assert club.select("SELECT deadline_at FROM attempt") != [before]
    assert club.events()[-1] == "TournamentUpdated"
