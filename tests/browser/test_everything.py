"""Every command, button, select and form of the bot, and every control of the demo's start page, through the page.

The tests go on where the one before them stopped. The last ones compare what was operated with what there is.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from discord import app_commands
from playwright.sync_api import Browser, expect

from bot.demo.site import PEOPLE
from bot.demo.stage import CHANNELS, open_stage
from bot.settings import Settings
from tests.browser.server import PATIENCE, serve
from tests.browser.untouched import CROWDED, ELSEWHERE
from tests.browser.visitor import A_THREAD, BACK, Visitor

PRESETS = 10
"""More than so many presets, or versions of one, take a second page."""

SKIP = "Skip to the channels"

WHOLE_QUEUE = 60_000
"""Milliseconds within which all is delivered, after an outage too: discord.py waits ever longer between its tries."""


@dataclass
class Operated:
    """What was operated in all of this module."""

    commands: set[str] = field(default_factory=set[str])
    actions: set[str] = field(default_factory=set[str])
    hosts: set[str] = field(default_factory=set[str])

    def add(self, visitor: Visitor) -> None:
        self.commands |= visitor.journal.commands
        self.actions |= visitor.journal.actions
        self.hosts |= visitor.journal.hosts


@pytest.fixture(scope="module")
def operated() -> Operated:
    return Operated()


@pytest.fixture
def untouched(
    request: pytest.FixtureRequest, browser: Browser, tmp_path: Path, operated: Operated
) -> Generator[Visitor]:
    """Olga in #races of a server to which Herald was just added."""
    with (
        serve(tmp_path, "-m", "tests.browser.untouched", *getattr(request, "param", ())) as (url,),
        browser.new_context() as context,
    ):
        context.set_default_timeout(PATIENCE)
        olga = Visitor(context.new_page(), url)
        olga.page.goto(url)
        olga.settle()
        yield olga
        operated.add(olga)


def test_a_server_is_set_up_from_nothing(untouched: Visitor) -> None:
    untouched.slash("setup")
    untouched.answer("Found a community for this server.")
    untouched.press("New community")
    expect(untouched.form("New community").locator("[name=name]")).to_have_value("Racing Club")
    untouched.fill_in("New community", time_zone="Berlin")
    untouched.answer("“Berlin” is not a time zone I know.")
    untouched.press("Edit and try again")
    expect(untouched.form("New community").locator("[name=time_zone]")).to_have_value("Berlin")
    untouched.fill_in("New community", time_zone="Europe/Berlin")
    panel = untouched.answer("Time zone: Europe/Berlin")
    expect(panel.get_by_text("not chosen yet")).to_have_count(5)


@pytest.mark.parametrize("untouched", [(ELSEWHERE,)], indirect=True)
def test_a_second_server_is_linked_to_a_community(untouched: Visitor) -> None:
    untouched.slash("setup")
    untouched.answer("or link it to a community that you run")
    untouched.choose("Link to a community that you run", "Sprint Club")
    expect(untouched.answer("Sprint Club").get_by_text("not chosen yet")).to_have_count(5)


@pytest.mark.parametrize("untouched", [(ELSEWHERE,)], indirect=True)
def test_a_second_server_is_linked_set_up_and_unlinked_by_commands(untouched: Visitor) -> None:
    untouched.slash("guild link", community="Sprint Club")
    untouched.answer("This server belongs to Sprint Club now.")
    untouched.slash("guild channels", category="Results", channel="races")
    untouched.answer("Saved")
    untouched.slash("org map-role", role="reviewer", discord_role="Reviewers")
    untouched.answer("From now on, Reviewers counts as reviewer here.")
    untouched.slash("guild status")
    untouched.answer("Counts as reviewer")
    untouched.slash("guild unlink")
    question = untouched.answer("Unlink this server from Sprint Club?")
    untouched.press("Unlink")
    expect(question).to_contain_text("This server is unlinked from Sprint Club.")


@pytest.mark.parametrize("untouched", [(CROWDED,)], indirect=True)
def test_the_pages_of_a_long_leaderboard_are_turned(untouched: Visitor) -> None:
    untouched.slash("tournament leaderboard", tournament="Spring Cup")
    board = untouched.answer("🥇 Racer 00 · 1:00:00")
    untouched.press("Worse")
    expect(board).to_contain_text("11. Racer 10 · 1:10:00")
    untouched.press("Better")
    expect(board).to_contain_text("🥇 Racer 00 · 1:00:00")


def test_settings_are_changed(visitor: Visitor) -> None:
    visitor.go("Olga", "races")
    visitor.slash("setup")
    panel = visitor.answer("Counts as reviewer")
    expect(panel).to_contain_text("✅ #announcements")
    visitor.press("Staff channels")
    visitor.choose("Audit (a line for all that happens)", "review")
    expect(panel.get_by_text("✅ #review")).to_have_count(2)
    visitor.choose("Audit (a line for all that happens)", "audit")
    expect(panel).to_contain_text("✅ #audit")
    visitor.press("Roles")
    visitor.choose("Discord roles that count as organizer", "Moderators")
    expect(panel.get_by_text("@Moderators")).to_have_count(2)
    visitor.choose("Discord roles that count as organizer", "Moderators")
    expect(panel).to_contain_text("no Discord role yet")
    visitor.press("Channels")
    visitor.press("Name and time zone")
    visitor.fill_in("Name and time zone", time_zone="America/New_York")
    expect(panel).to_contain_text("Time zone: America/New_York")


def test_a_tournament_is_created_edited_opened_and_deleted(visitor: Visitor) -> None:
    visitor.go("Olga", "races")
    visitor.slash("tournament create", type="speedrun")
    visitor.fill_in("New tournament", name="Autumn Cup")
    visitor.answer("There is a tournament called Autumn Cup already.")
    visitor.press("Edit and try again")
    visitor.fill_in("New tournament", name="Winter Cup", seed="https://seeds.example/winter")
    visitor.answer("Winter Cup is created as a draft.")
    visitor.slash("tournament edit", tournament="Winter Cup")
    visitor.fill_in("Edit tournament", description="Low%, no wrong warps.")
    visitor.answer("Winter Cup is saved.")
    visitor.slash("tournament info", tournament="Winter Cup")
    visitor.answer("Low%, no wrong warps.")
    visitor.slash("tournament open", tournament="Winter Cup")
    visitor.answer("Winter Cup is open: racers can join now.")
    visitor.slash("tournament list")
    visitor.answer("Winter Cup · open · 0 racers")
    visitor.slash("tournament panel", tournament="Winter Cup")
    expect(visitor.answer("Winter Cup").get_by_role("button", name="Join")).to_be_visible()
    visitor.slash("tournament delete", tournament="Winter Cup")
    visitor.fill_in("Delete tournament", name="Winter Cup")
    visitor.answer("Winter Cup is deleted, with all its runs.")


def test_presets_are_kept_changed_shared_and_copied(visitor: Visitor) -> None:
    visitor.go("Olga", "races")
    visitor.slash("preset create", whose="mine")
    visitor.fill_in("New preset", name="Open", text="goal: a: b")
    visitor.answer("Line 1, column 8: a colon makes no sense here")
    visitor.press("Edit and try again")
    visitor.fill_in("New preset", text="goal: 0")
    visitor.answer("Open is kept, and is yours.")
    for number in range(1, PRESETS + 1):
        visitor.slash("preset edit", preset="Open")
        visitor.fill_in("Edit preset", text=f"goal: {number}")
        visitor.answer(f"Open is saved as version {number + 1}.")
    visitor.slash("preset history", preset="Open", version="2")
    visitor.answer("+goal: 1")
    visitor.slash("preset history", preset="Open")
    visitor.press("Older")
    visitor.answer("1 · Open")
    visitor.slash("preset share", preset="Open", to="community")
    visitor.answer("Open is among the community's presets now.")
    visitor.slash("preset share", preset="Open", to="channel")
    visitor.answer(f"goal: {PRESETS}")
    visitor.slash("tournament preset", tournament="Autumn Cup", preset="Open")
    visitor.answer("Autumn Cup is raced with Open now.")
    visitor.slash("tournament info", tournament="Autumn Cup")
    visitor.answer("PresetOpen")
    visitor.press("Preset", on="PresetOpen")
    visitor.answer("Open (the community's)")
    visitor.go("Ann", "races")
    visitor.press("Copy to mine")
    visitor.answer("Open is among your presets now.")
    visitor.slash("preset show", preset="Open")
    visitor.answer(f"goal: {PRESETS}")
    for number in range(PRESETS):
        visitor.slash("preset create", whose="mine")
        visitor.fill_in("New preset", name=f"Mode {number}", text="goal: ganon")
        visitor.answer(f"Mode {number} is kept")
    visitor.slash("preset list")
    visitor.press("On")
    visitor.answer("Open · the community's")
    visitor.slash("preset delete", preset="Mode 0")
    visitor.fill_in("Delete preset", name="Mode 0")
    visitor.answer("Mode 0 is deleted, with all its versions.")


def test_a_pool_of_seeds_is_set_up_with_its_rules(visitor: Visitor) -> None:
    visitor.go("Olga", "races")
    visitor.slash("tournament create", type="randomizer")
    visitor.fill_in("New tournament", name="Pool Cup")
    visitor.answer("Pool Cup is created as a draft.")
    visitor.slash("pool create", tournament="Pool Cup")
    visitor.fill_in("New pool", name="Open", notes="Any%", seeds="https://seeds.example/1 | by Olga\nseed 2")
    visitor.answer("Open is a pool of Pool Cup now, with 2 seeds.")
    visitor.slash("pool seeds", tournament="Pool Cup", pool="Open")
    visitor.fill_in("Add seeds", seeds="seed 3\nseed 2")
    visitor.answer("Line 2: that seed is in Open already.")
    visitor.press("Edit and try again")
    visitor.fill_in("Add seeds", seeds="seed 3")
    visitor.answer("1 seed added to Open.")
    visitor.slash("pool edit", tournament="Pool Cup", pool="Open")
    visitor.fill_in("Edit pool", name="Hard mode")
    visitor.answer("Hard mode is saved.")
    visitor.slash("pool retire", tournament="Pool Cup", pool="Hard mode", seed="seed 3")
    visitor.answer("Nobody is given that seed of Hard mode any more.")
    visitor.slash("pool list", tournament="Pool Cup", pool="Hard mode")
    visitor.answer("given 0 | retired | seed 3")
    visitor.slash("pool restore", tournament="Pool Cup", pool="Hard mode", seed="seed 3")
    visitor.answer("That seed of Hard mode is given to racers again.")
    visitor.slash("tournament edit", tournament="Pool Cup", reattempts="unlimited", typed={"closes": "in 3 days"})
    visitor.answer("Pool Cup is saved")
    visitor.slash("tournament info", tournament="Pool Cup")
    visitor.answer("Re-attemptsunlimited")
    visitor.slash("pool delete", tournament="Pool Cup", pool="Hard mode")
    visitor.fill_in("Delete pool", name="Hard mode")
    visitor.answer("Hard mode is deleted, with all its seeds.")
    visitor.slash("tournament delete", tournament="Pool Cup")
    visitor.fill_in("Delete tournament", name="Pool Cup")
    visitor.answer("Pool Cup is deleted, with all its runs.")


def test_a_race_is_run_by_the_buttons_of_its_thread(visitor: Visitor) -> None:
    visitor.go("Ann", "races")
    visitor.press("Start race", on="A minute or two, up to the first boss.")
    visitor.answer("Which pool do you want to race in?")
    visitor.choose("A pool of seeds", "Open")
    visitor.answer("Start a race in Sprint Cup, Open?")
    visitor.press("Start: there is no way back")
    visitor.answer("Your race is ready")
    visitor.race("Ann")
    card = visitor.answer("Set up, then press Ready.")
    visitor.press("Ready")
    expect(card).to_contain_text("The clock starts")
    expect(card).to_contain_text("GO!")
    visitor.press("Forfeit")
    visitor.answer("Forfeit this race?")
    visitor.press("Yes, forfeit")
    expect(card).to_contain_text("This race was forfeited.")
    visitor.press("Undo", on="This race was forfeited.")
    expect(card).to_contain_text("GO!")
    visitor.press("Finish", on="GO!")
    expect(card).to_contain_text("Finished in")
    visitor.press("Hand in", on="Finished in")
    visitor.fill_in("Hand in your run", vod="https://vod.example/ann-sprint", in_game="soon")
    visitor.answer("“soon” is not a time I can read.")
    visitor.press("Edit and try again")
    visitor.fill_in("Hand in your run", in_game="0:09.5")
    visitor.answer("is handed in. You get a DM once it was reviewed.")
    expect(card).to_contain_text("It waits for review.")
    visitor.start()
    threads = visitor.page.locator(".threads")
    expect(threads).to_contain_text("archived")
    threads.get_by_role("link").last.click()
    visitor.pressed.add(A_THREAD)
    visitor.settle()
    expect(visitor.messages("It waits for review.").first).to_be_visible()
    visitor.start()
    expect(visitor.link("Ann's race")).to_have_count(0)
    visitor.go("Rae", "review")
    visitor.press("Approve", on="Ann's run in Sprint Cup")
    expect(visitor.messages("Ann's run in Sprint Cup").last).to_contain_text("Approved byRae")
    visitor.go("Ann", "races")
    visitor.slash("tournament leaderboard", tournament="Sprint Cup")
    visitor.press("My times", on="Sprint Cup: leaderboard")
    visitor.answer("Sprint Cup: your times")
    visitor.press("Picture", on="Sprint Cup: your times")
    visitor.press("Light picture")


def test_a_race_is_run_by_commands_and_discarded_for_another(visitor: Visitor) -> None:
    visitor.go("Ann", "races")
    visitor.slash("race start", tournament="Sprint Cup", pool="Glitchless")
    visitor.press("Start: there is no way back")
    visitor.answer("Your race is ready")
    visitor.race("Ann")
    card = visitor.answer("Set up, then press Ready.")
    visitor.slash("race ready")
    expect(card).to_contain_text("GO!")
    visitor.slash("race finish")
    visitor.answer("Finished in")
    visitor.slash("race undo")
    visitor.answer("GO!")
    visitor.slash("race forfeit")
    visitor.answer("Forfeit this race?")
    visitor.press("Yes, forfeit")
    expect(card).to_contain_text("This race was forfeited.")
    visitor.slash("race undo")
    visitor.answer("GO!")
    visitor.slash("race timer")
    visitor.answer("GO!")
    visitor.slash("race finish")
    visitor.answer("Finished in")
    visitor.slash("race submit")
    visitor.fill_in("Hand in your run", vod="https://vod.example/ann-glitchless")
    visitor.answer("is handed in. You get a DM once it was reviewed.")
    visitor.go("Ann", "races")
    visitor.slash("race history")
    visitor.answer("Sprint Cup, Glitchless")
    visitor.slash("race reattempt", race="Sprint Cup, Glitchless")
    visitor.answer("Discard this race?")
    visitor.press("Yes, discard it")
    visitor.answer("It is discarded.")
    visitor.go("Rae", "review")
    expect(visitor.messages("Ann's run in Sprint Cup").last).to_contain_text("Its racer has taken another instead.")
    visitor.slash("review extend", race="Hal", minutes="10")
    visitor.answer("Hal has more time")


def test_racers_join_by_command_and_by_either_button_and_leave(visitor: Visitor) -> None:
    visitor.go("Ann", "races")
    visitor.slash("tournament join", tournament="Autumn Cup")
    visitor.answer("You are in Autumn Cup.")
    visitor.slash("tournament leave", tournament="Autumn Cup")
    visitor.answer("You have left Autumn Cup.")
    card = visitor.messages("Any%, no major glitches.").last
    visitor.press("Join", on="Any%, no major glitches.")
    visitor.answer("You are in Autumn Cup. You can hand in your time once it has started.")
    expect(card).to_contain_text("Racers1")
    visitor.press("Leaderboard", on="Any%, no major glitches.")
    visitor.answer("Autumn Cup: leaderboard")
    visitor.go("Bo", "announcements")
    visitor.press("Join", on="Autumn Cup is open for sign-up")
    visitor.answer("You are in Autumn Cup.")
    visitor.press("Leaderboard", on="Autumn Cup is open for sign-up")
    visitor.answer("No run counts yet.")


def test_a_run_is_handed_in_rejected_handed_in_again_and_approved(visitor: Visitor) -> None:
    visitor.go("Ann", "races")
    visitor.slash("race submit", tournament="Summer Cup")
    visitor.fill_in("Hand in your run", time="soon", vod="https://vod.example/ann-3")
    visitor.answer("“soon” is not a time I can read.")
    visitor.press("Edit and try again")
    visitor.fill_in("Hand in your run", time="1:20:30", notes="With commentary.")
    visitor.answer("Your run of 1:20:30 is handed in.")
    visitor.go("Rae", "review")
    card = visitor.messages("Ann's run in Summer Cup").last
    expect(card).to_contain_text("With commentary.")
    visitor.press("Reject", on="Ann's run in Summer Cup")
    visitor.fill_in("Reject this run", reason="The video is private.")
    expect(card).to_contain_text("Rejected byRae")
    expect(card.get_by_role("button", name="Approve")).to_have_count(0)
    visitor.dms("Ann")
    visitor.answer("The video is private.")
    visitor.go("Ann", "races")
    visitor.slash("race submit", tournament="Summer Cup")
    visitor.fill_in("Hand in your run", time="80:30", vod="https://vod.example/ann-4")
    visitor.answer("Your run of 1:20:30 is handed in.")
    visitor.slash("race history")
    visitor.answer("Summer Cup · 1:20:30 · submitted")
    visitor.go("Rae", "review")
    card = visitor.messages("Ann's run in Summer Cup").last
    visitor.press("Claim", on="Ann's run in Summer Cup")
    expect(card).to_contain_text("Claimed byRae")
    visitor.press("Release", on="Ann's run in Summer Cup")
    expect(card.get_by_role("button", name="Claim")).to_have_count(1)
    visitor.press("Approve", on="Ann's run in Summer Cup")
    expect(visitor.messages("Ann's run in Summer Cup").last).to_contain_text("Approved byRae")
    visitor.open("Open #announcements")
    visitor.answer("Ann finished in 1:20:30")
    visitor.dms("Ann")
    visitor.answer("1:20:30 in Summer Cup counts now.")
    visitor.go("Ann", "races")
    visitor.slash("tournament leaderboard", tournament="Summer Cup")
    visitor.answer("🥇 Ann · 1:20:30")
    visitor.press("My times", on="Summer Cup: leaderboard")
    visitor.answer("Summer Cup: your times")
    visitor.press("CSV", on="Summer Cup: leaderboard")
    visitor.answer("All of it, for a spreadsheet.")
    visitor.press("Picture", on="Summer Cup: leaderboard")
    visitor.press("Light picture")
    visitor.go("Olga", "races")
    visitor.slash("tournament board", tournament="Summer Cup")
    # The board itself may come before the answer, and Discord says that it was pinned.
    expect(visitor.messages("The board of Summer Cup is on its way here.")).to_have_count(1)


def test_a_run_is_doubted_corrected_and_disqualified_from_the_queue(visitor: Visitor) -> None:
    visitor.go("Bo", "races")
    visitor.slash("race submit", tournament="Summer Cup")
    visitor.fill_in("Hand in your run", time="2:20:30", vod="https://vod.example/bo-9")
    visitor.answer("Your run of 2:20:30 is handed in.")
    visitor.go("Rae", "review")
    visitor.slash("review queue", tournament="Summer Cup", show="all")
    visitor.answer("Bo · 2:20:30 · Summer Cup")
    visitor.press("Refresh", on="Runs that wait for review")
    visitor.choose("Open a run", "Bo · 2:20:30 · Summer Cup")
    visitor.answer("Bo's run in Summer Cup")
    visitor.press("More")
    visitor.answer("What is to become of it?")
    visitor.press("Second review")
    visitor.answer("Second review asked for by")
    visitor.press("More")
    visitor.answer("What is to become of it?")
    visitor.press("Take back second review")
    visitor.press("More")
    visitor.answer("What is to become of it?")
    visitor.press("Correct time")
    visitor.fill_in("Correct the time of this run", time="2:20:00")
    visitor.answer("Corrected from")
    visitor.press("More")
    visitor.answer("What is to become of it?")
    visitor.press("Disqualify")
    visitor.fill_in("Disqualify this run", reason="It was spliced.")
    visitor.answer("Disqualified by")
    visitor.dms("Bo")
    visitor.answer("It was spliced.")


def test_invites_are_accepted_declined_and_withdrawn(visitor: Visitor) -> None:
    visitor.dms("Zoe")
    visitor.press("Accept")
    visitor.answer("You accepted it.")
    visitor.go("Olga", "races")
    visitor.slash("invite create", role="reviewer", person="Bo")
    visitor.answer("Bo gets a DM with the invitation")
    visitor.dms("Bo")
    visitor.press("Decline")
    visitor.answer("You declined it.")
    visitor.go("Olga", "races")
    visitor.slash("invite create", role="moderator", person="Bo", hours="1")
    visitor.answer("Bo gets a DM with the invitation")
    visitor.go("Bo", "races")
    visitor.slash("invite decline", invite="Racing Club as moderator")
    visitor.answer("You have declined the invitation to Racing Club.")
    visitor.go("Olga", "races")
    visitor.slash("invite create", role="moderator", uses="2")
    code = re.search(r"Code([2-9A-Z]{10})", visitor.answer("Invite code").inner_text().replace("\n", ""))
    assert code
    visitor.go("Ann", "races")
    visitor.slash("invite accept", typed={"invite": code[1]})
    visitor.answer("Welcome to Racing Club! You are moderator now.")
    visitor.go("Olga", "races")
    visitor.slash("invite list")
    visitor.answer(f"code {code[1]} as moderator, used 1 of 2 times")
    visitor.slash("invite revoke", invite=f"code {code[1]}")
    visitor.answer("The invitation is withdrawn.")


def test_matches_are_agreed_on_moved_and_reported(visitor: Visitor) -> None:
    visitor.go("Ann", "races")
    visitor.slash("match schedule", tournament="Summer Cup", player1="Ann", player2="Bo", when="whenever")
    visitor.answer("“whenever” is not a time I can read.")
    visitor.slash("match schedule", tournament="Summer Cup", player1="Ann", player2="Bo", when="tomorrow 18:00")
    question = visitor.answer("Is this the time you mean?")
    visitor.press("Schedule it")
    expect(question).to_contain_text("The match is at")
    visitor.slash("match list")
    visitor.answer("Ann vs Bo in Summer Cup")
    visitor.dms("Bo")
    visitor.answer("Match: Ann vs Bo")
    visitor.go("Bo", "races")
    visitor.slash("match report", match="Ann vs Bo in Summer Cup", winner="Ann")
    visitor.answer("It is noted: Ann won.")
    visitor.open("Open #announcements")
    visitor.answer("Ann won: Ann vs Bo")


def test_somebody_chooses_what_reaches_them(visitor: Visitor) -> None:
    visitor.go("Bo", "races")
    visitor.slash("notify")
    panel = visitor.answer("What reaches you")
    visitor.choose("Your matches", "by a mention")
    expect(panel).to_contain_text("by a mention")
    visitor.press("Reminders and quiet hours")
    visitor.fill_in("Reminders and quiet hours", leads="soon", quiet="22:00-8:00")
    visitor.answer("“soon” is not a lead time I can read.")
    visitor.press("Edit and try again")
    visitor.fill_in("Reminders and quiet hours", leads="1d, 1h")
    visitor.answer("22:00-08:00 in your time zone")
    visitor.press("As it was at first")
    visitor.answer("Reminders before a match1h")


def test_a_community_is_shown_edited_and_kept_and_its_members_managed(visitor: Visitor) -> None:
    visitor.go("Olga", "races")
    visitor.slash("org info")
    visitor.answer("Founded")
    visitor.slash("org edit")
    visitor.fill_in("Name and time zone", time_zone="Europe/Berlin")
    visitor.answer("This community is Racing Club now, in the time zone Europe/Berlin.")
    visitor.slash("org member add", person="Mo", role="racer")
    visitor.answer("Mo is racer now.")
    visitor.slash("org member role", person="Mo", role="reviewer")
    visitor.answer("Mo is reviewer now.")
    visitor.slash("org members")
    visitor.answer("Olga: owner")
    visitor.press("On")
    visitor.answer("page 2 of 2")
    visitor.slash("org member remove", person="Mo")
    visitor.answer("Mo is no longer a member.")
    visitor.slash("org delete")
    visitor.fill_in("Delete this community", name="Racing")
    visitor.answer("“Racing” is not its name, so nothing was deleted.")
    visitor.go("Zoe", "races")
    visitor.slash("org leave")
    visitor.answer("You are no longer a member of this community.")


def test_an_account_is_shown_changed_handed_out_and_kept(visitor: Visitor) -> None:
    visitor.go("Bo", "races")
    visitor.slash("account edit")
    visitor.fill_in("Your account", pronouns="they/them", stream="https://stream.example/bo")
    visitor.answer("Your account is saved.")
    visitor.slash("account timezone", zone="Europe/Berlin")
    visitor.answer("Times that you type are read in Europe/Berlin now.")
    visitor.slash("account show")
    visitor.answer("they/them")
    visitor.slash("account export")
    visitor.answer("All that Herald stores about you.")
    visitor.slash("account delete", results="are withdrawn")
    visitor.fill_in("Delete your account", confirm="no")
    visitor.answer("You typed “no”, so nothing was deleted.")


def test_running_herald_itself_is_for_those_who_do(visitor: Visitor) -> None:
    visitor.go("Olga", "races")
    visitor.slash("admin status")
    visitor.answer("This takes being the bot's owner")
    visitor.slash("admin people")
    visitor.answer("This takes being the bot's owner")
    visitor.slash("admin permission", person="Ann", level="admin")
    visitor.answer("This takes being the bot's owner")


def test_the_audit_trail_is_searched_and_turned(visitor: Visitor) -> None:
    visitor.go("Mo", "races")
    visitor.slash("audit search", action="RaceApproved", user="Rae", entity="race", since="1d", until="2040-01-01")
    visitor.answer("Rae approved Ann's 1:20:30 in Summer Cup")
    visitor.slash("audit search")
    visitor.answer("page 1 of")
    visitor.press("Older")
    visitor.answer("page 2 of")
    visitor.press("Newer")
    visitor.answer("page 1 of")


def test_each_person_and_place_can_be_opened(visitor: Visitor) -> None:
    for name in PEOPLE:
        visitor.be(name)
        visitor.dms(name)
        expect(visitor.page.get_by_label("Viewing as")).to_have_text(name)
        visitor.control(f"Close {name}'s DMs", f"{name} takes no more DMs.")
        visitor.control(f"Open {name}'s DMs", f"{name} takes DMs again.")
    for channel in CHANNELS:
        visitor.open(f"Open #{channel}")
        expect(visitor.page.locator("#channel-name")).to_have_text(channel)


def test_one_comes_back_from_a_place_and_returns_to_it(visitor: Visitor) -> None:
    visitor.go("Rae", "review")
    place = visitor.page.url
    visitor.page.go_back()
    expect(visitor.page).to_have_url(visitor.url)
    visitor.take_stock()
    visitor.link("Back to #review as Rae").click()
    visitor.pressed.add(BACK)
    visitor.settle()
    assert visitor.page.url == place
    visitor.page.get_by_role("banner").get_by_text("More", exact=True).click()
    visitor.button("End preview session").click()
    visitor.start()
    expect(visitor.link("Back to #review as Rae")).to_have_count(0)


def test_the_skip_link_leads_past_the_head_of_the_page(visitor: Visitor) -> None:
    visitor.start()
    visitor.page.reload()
    visitor.page.keyboard.press("Tab")
    expect(visitor.link(SKIP)).to_be_focused()
    visitor.page.keyboard.press("Enter")
    visitor.pressed.add(SKIP)
    visitor.page.keyboard.press("Tab")
    expect(visitor.link("Open #announcements")).to_be_focused()


def test_racers_rest_go_on_and_hand_in_runs(visitor: Visitor) -> None:
    visitor.control("Let the racers go on", "The simulated racers go on.")
    visitor.control("Let the racers rest", "The simulated racers rest.")
    visitor.control("Let a racer hand in a run", "handed in a run.")
    expect(visitor.part("Audit trail").get_by_role("listitem").first).to_contain_text("handed in")
    expect(visitor.part("Events on the bus").get_by_role("listitem").first).to_contain_text("RaceSubmitted")


def test_a_killed_bot_loses_nothing(visitor: Visitor) -> None:
    visitor.control("Kill the bot", "The bot was killed in the middle of its work.")
    page = visitor.page
    expect(page.locator("#state")).to_contain_text("The bot is dead")
    expect(page.locator("#counts")).to_contain_text(re.compile(r"[1-9]\d* waiting"))
    visitor.control("Kill the bot", "The bot is dead already.", anyway=True)
    visitor.control("Let a racer hand in a run", "Nobody can hand in a run while the bot is dead.", anyway=True)
    visitor.go("Rae", "review")
    visitor.press("Approve")
    expect(page.locator("#action-status")).to_have_text("Action was not completed.")
    visitor.control("Start a fresh bot", "A fresh bot runs, and goes on where the killed one was stopped.")
    expect(page.locator("#state")).to_contain_text("The bot is running")
    nothing_is_lost(visitor)
    visitor.open("Open #review")
    waiting = visitor.page.get_by_role("button", name="Approve", exact=True)
    before = waiting.count()
    visitor.press("Approve")
    expect(waiting).to_have_count(before - 1)


def test_discord_fails_for_ten_seconds_and_nothing_is_lost(visitor: Visitor) -> None:
    visitor.control("Discord answers 500 for ten seconds", "Discord answers 500 to every message for 10 seconds.")
    visitor.control("Let a racer hand in a run", "handed in a run.")
    expect(visitor.page.locator("#state")).to_contain_text(re.compile(r"Discord answers 500 for \d+ s more"))
    expect(visitor.page.locator("#counts")).to_contain_text(re.compile(r"[1-9]\d* waiting"))
    expect(visitor.page.locator("#state")).not_to_contain_text("500")
    nothing_is_lost(visitor)


def test_a_message_to_closed_dms_ends_with_its_reason(visitor: Visitor) -> None:
    visitor.go("Ann", "races")
    visitor.slash("race submit", tournament="Summer Cup")
    visitor.fill_in("Hand in your run", time="1:19:00", vod="https://vod.example/ann-5")
    visitor.answer("Your run of 1:19:00 is handed in.")
    visitor.be("Ann")
    visitor.control("Close Ann's DMs", "Ann takes no more DMs.")
    visitor.go("Rae", "review")
    visitor.press("Approve", on="Ann's run in Summer Cup")
    expect(visitor.messages("Ann's run in Summer Cup").last).to_contain_text("Approved byRae")
    visitor.start()
    refused = visitor.part("Messages to Discord").get_by_role("listitem").filter(has_text="to Ann's DMs: failed")
    expect(refused).to_contain_text("50007")
    visitor.be("Ann")
    visitor.control("Open Ann's DMs", "Ann takes DMs again.")
    nothing_is_lost(visitor)


def test_announcements_go_on_in_a_new_channel(visitor: Visitor) -> None:
    visitor.open("Open #announcements")
    visitor.control("Delete the channel #announcements", "#announcements is deleted.")
    expect(visitor.link("Open #announcements")).to_have_count(0)
    visitor.go("Rae", "review")
    visitor.press("Approve")
    visitor.start()
    refused = visitor.part("Messages to Discord").get_by_role("listitem").filter(has_text="a deleted channel: failed")
    expect(refused).to_contain_text("Unknown Channel")
    visitor.control("Create #announcements anew", "There is a new #announcements.")
    visitor.go("Olga", "races")
    visitor.slash("setup")
    panel = visitor.answer("this channel is gone, or Herald cannot see it. Please pick another.")
    visitor.choose("Announcements", "announcements")
    expect(panel).to_contain_text("✅ #announcements")
    visitor.control("Let a racer hand in a run", "handed in a run.")
    visitor.go("Rae", "review")
    visitor.press("Approve")
    visitor.open("Open #announcements")
    visitor.answer("finished in")
    visitor.start()
    nothing_is_lost(visitor)


def test_tournaments_start_and_end_with_runs_left_out_only_when_told(visitor: Visitor) -> None:
    visitor.control("Let a racer hand in a run", "handed in a run.")
    visitor.go("Olga", "races")
    visitor.slash("tournament start", tournament="Autumn Cup")
    visitor.answer("Autumn Cup has started: racers can hand in runs now.")
    visitor.slash("tournament end", tournament="Autumn Cup")
    visitor.answer("Autumn Cup has ended.")
    visitor.slash("tournament end", tournament="Summer Cup")
    question = visitor.answer("End Summer Cup although runs wait for review?")
    visitor.press("End anyway")
    expect(question).to_contain_text("Summer Cup has ended.")
    visitor.open("Open #announcements")
    visitor.answer("Summer Cup has ended")
    visitor.start()
    nothing_is_lost(visitor)


def nothing_is_lost(visitor: Visitor) -> None:
    """See all messages delivered, and none lost, doubled or out of order."""
    expect(visitor.page.locator("#counts")).to_contain_text(" 0 waiting", timeout=WHOLE_QUEUE)
    expect(visitor.page.locator("#proof")).to_have_text(
        re.compile(r"^\s*lost\s*0\s*doubled\s*0\s*out of order\s*0\s*$")
    )


async def known(database: Path) -> tuple[set[str], set[str]]:
    """The commands that a bot has, and what its router answers."""
    async with open_stage(Settings(database_url=f"sqlite://{database}")) as stage:
        tree = stage.bot.tree.walk_commands()
        commands = {command.qualified_name for command in tree if isinstance(command, app_commands.Command)}
        return commands, set(stage.bot.router._handlers)  # pyright: ignore[reportPrivateUsage]


def test_every_command_and_component_of_the_bot_was_operated(
    visitor: Visitor, operated: Operated, tmp_path: Path
) -> None:
    operated.add(visitor)
    # In a thread of its own, as Playwright's loop runs in this one.
    with ThreadPoolExecutor(1) as elsewhere:
        commands, actions = elsewhere.submit(asyncio.run, known(tmp_path / "herald.sqlite3")).result(PATIENCE / 1000)
    assert len(commands) > 20
    assert len(actions) > 20
    assert commands - operated.commands == set()
    assert actions - operated.actions == set()


def test_every_control_of_the_start_page_was_operated(visitor: Visitor) -> None:
    assert len(visitor.offered) > 25
    assert visitor.offered - visitor.pressed == set()


def test_nothing_was_asked_of_another_machine(visitor: Visitor, operated: Operated) -> None:
    operated.add(visitor)
    assert operated.hosts == {"127.0.0.1"}
