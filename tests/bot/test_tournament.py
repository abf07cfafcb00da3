"""/tournament, as organizers and racers see it."""

from __future__ import annotations

import pytest

from bot.demo.transcript import body, shown
from tests.bot.people import CUP, People, inputs, labels, posted, told


async def test_an_organizer_creates_a_draft_that_everybody_can_look_at(club: People) -> None:
    form = await club.slash("Olga", "tournament create", type="sim racing")
    assert form.modal is not None
    assert form.modal["title"] == "New tournament"
    assert inputs(form) == {"name": "", "description": "", "seed": ""}
    done = await club.fill_in("Olga", form, name=" Spring  Cup ", description="Any%", seed="seed-42")
    assert told(done) == "Spring Cup is created as a draft. Open its sign-up with /tournament open."
    assert club.events()[-1] == "TournamentCreated"
    card = told(await club.slash("Ann", "tournament info", tournament="spring cup"))
    assert card.splitlines() == ["Spring Cup", "Any%", "Status: draft", "Type: sim racing", "Racers: 0"]
    assert "seed-42" not in card


RACER_MAY_NOT = "You may not manage tournaments here. That takes the role of owner, admin or organizer."


async def test_who_may_not_create_a_tournament_is_told_before_a_form_opens(club: People) -> None:
    await club.slash("Ann", "tournament list")
    with club.unchanged():
        assert told(await club.slash("Ann", "tournament create", type="speedrun")) == RACER_MAY_NOT


async def test_a_racer_may_not_manage_a_tournament_however_they_try(club: People) -> None:
    await club.tournament()
    await club.hand_in("Ann")
    with club.unchanged():
        for command in ("edit", "open", "start", "end", "delete", "panel"):
            assert told(await club.slash("Ann", f"tournament {command}", tournament=CUP)) == RACER_MAY_NOT, command
        for form in ("create:speedrun", "edit:1", "delete:1"):
            answers = {"name": CUP, "description": "", "seed": ""}
            assert told(await club.craft("Ann", f"herald:{form}", fields=answers)) == RACER_MAY_NOT, form
        assert told(await club.craft("Ann", "herald:end:1.999")) == RACER_MAY_NOT


@pytest.mark.parametrize(
    ("status", "refusals"),
    [
        (
            "draft",
            {
                "start": "is still a draft. Open it with /tournament open, so that racers can join.",
                "end": "has not started yet.",
                "join": "is not open yet.",
                "leave": "You are not in Spring Cup.",
            },
        ),
        (
            "open",
            {
                "open": "is open already, so its sign-up cannot be opened again.",
                "end": "has not started yet.",
                "join": "You are in Spring Cup already.",
            },
        ),
        (
            "running",
            {"open": "is running already, so its sign-up cannot be opened again.", "start": "it was started before."},
        ),
        (
            "ended",
            {
                "open": "is ended already, so its sign-up cannot be opened again.",
                "start": "is ended: it was started before.",
                "end": "has ended already.",
                "join": "Spring Cup has ended.",
                "leave": "so its list of racers stays as it is.",
            },
        ),
    ],
)
async def test_a_step_that_does_not_fit_is_refused_in_words(
    club: People, status: str, refusals: dict[str, str]
) -> None:
    await club.tournament(status=status)
    await club.slash("Ann", "tournament list")
    with club.unchanged():
        for command, words in refusals.items():
            who = "Ann" if command in ("join", "leave") else "Olga"
            assert words in told(await club.slash(who, f"tournament {command}", tournament=CUP))


async def test_a_tournament_without_racers_does_not_start(club: People) -> None:
    await club.tournament(status="open", racers=())
    with club.unchanged():
        answer = told(await club.slash("Olga", "tournament start", tournament=CUP))
        assert answer == "Nobody has joined Spring Cup yet, so it cannot start."


async def test_a_tournament_is_edited_in_a_form_that_holds_what_it_says(club: People) -> None:
    await club.create(description="Any%", seed="abc")
    await club.create("Autumn Cup")
    form = await club.slash("Olga", "tournament edit", tournament=CUP)
    assert inputs(form) == {"name": CUP, "description": "Any%", "seed": "abc"}
    refused = await club.fill_in("Olga", form, name="autumn cup", description="All bosses", seed="abc")
    assert "There is a tournament called autumn cup already. Please choose another name." in told(refused)
    again = await club.press("Olga", shown(refused), "Edit and try again")
    assert inputs(again) == {"name": "autumn cup", "description": "All bosses", "seed": "abc"}
    done = await club.fill_in("Olga", again, name="Summer Cup", description="All bosses", seed="abc")
    assert told(done) == "Summer Cup is saved."
    assert club.select("SELECT name FROM tournament ORDER BY id") == ["Summer Cup", "Autumn Cup"]
    assert club.events()[-1] == "TournamentUpdated"


async def test_an_ended_tournament_stays_as_it_is(club: People) -> None:
    await club.tournament(status="running")
    form = await club.slash("Olga", "tournament edit", tournament=CUP)
    await club.slash("Olga", "tournament end", tournament=CUP)
    with club.unchanged():
        answer = told(await club.fill_in("Olga", form, name="Other", description="", seed=""))
        assert "Spring Cup has ended, so it stays as it is." in answer


async def test_a_form_that_cannot_be_used_is_said_and_offered_again(club: People) -> None:
    wrong: list[tuple[dict[str, str], str]] = [
        ({"name": "   "}, "The name is empty. Please fill it in."),
        ({"name": "x", "seed": "javascript://alert(1)"}, "The seed's link must be a full web address"),
        ({"name": "x" * 81}, "The name is too long: 81 characters, and at most 80 fit."),
        ({"name": "x", "description": "y" * 1001}, "The description is too long"),
        ({}, "The name is empty. Please fill it in."),
    ]
    with club.unchanged():
        for answers, words in wrong:
            refused = await club.craft("Olga", "herald:create:other", fields=answers)
            assert words in told(refused)
            assert labels(shown(refused)) == ["Edit and try again"]
        assert "another release" in told(await club.craft("Olga", "herald:create:chess", fields={"name": "x"}))


async def test_ending_with_runs_that_wait_asks_first_and_names_them(club: People) -> None:
    await club.tournament(racers=("Ann", "Bo"))
    await club.hand_in("Ann", "1:23:45")
    await club.hand_in("Bo", "59:59.9")
    with club.unchanged():
        question = await club.slash("Olga", "tournament end", tournament=CUP)
        assert told(question).splitlines() == [
            "End Spring Cup although runs wait for review?",
            "These would not count:",
            "Ann · 1:23:45",
            "Bo · 59:59.9",
            "[End anyway]",
        ]
    await club.restart()
    await club.press("Olga", shown(question), "End anyway")
    assert body(shown(question)) == "Spring Cup has ended."
    assert club.events()[-1] == "TournamentEnded"
    with club.unchanged():
        assert "has ended already" in told(await club.craft("Olga", "herald:end:1.2"))


async def test_a_run_handed_in_after_the_question_is_not_left_out_behind_ones_back(club: People) -> None:
    await club.tournament(racers=("Ann", "Bo"))
    await club.hand_in("Ann", "1:23:45")
    question = await club.slash("Olga", "tournament end", tournament=CUP)
    await club.hand_in("Bo", "59:59.9")
    with club.unchanged():
        await club.press("Olga", shown(question), "End anyway")
    assert "Bo · 59:59.9" in body(shown(question))
    await club.press("Olga", shown(question), "End anyway")
    assert body(shown(question)) == "Spring Cup has ended."


async def test_a_tournament_is_deleted_only_by_its_own_name(club: People) -> None:
    await club.tournament()
    await club.hand_in("Ann")
    form = await club.slash("Olga", "tournament delete", tournament=CUP)
    assert inputs(form) == {"name": ""}
    with club.unchanged():
        refused = await club.fill_in("Olga", form, name="Sprig Cup")
        assert "“Sprig Cup” is not its name, so nothing was deleted. To delete it, type Spring Cup." in told(refused)
    again = await club.press("Olga", shown(refused), "Edit and try again")
    assert inputs(again) == {"name": "Sprig Cup"}
    done = await club.fill_in("Olga", again, name="spring cup")
    assert told(done) == "Spring Cup is deleted, with all its runs."
    assert club.select("SELECT count(*) FROM tournament") == club.select("SELECT count(*) FROM race") == [0]
    assert (await club.trail())[-1] == "Olga deleted Spring Cup"
    with club.unchanged():
        answer = told(await club.slash("Ann", "tournament info", tournament=CUP))
        assert answer == "“Spring Cup” is not a tournament here. /tournament list shows what there is."


async def test_the_list_shows_the_newest_first(club: People) -> None:
    assert "There is none yet. Organizers create one" in told(await club.slash("Ann", "tournament list"))
    await club.tournament(racers=("Ann", "Bo"))
    await club.create("Autumn Cup")
    listed = told(await club.slash("Ann", "tournament list"))
    assert listed.splitlines() == ["Tournaments", "Autumn Cup · draft · 0 racers", "Spring Cup · running · 2 racers"]


async def test_a_racer_joins_and_leaves(club: People) -> None:
    await club.tournament(status="open", racers=())
    joined = told(await club.slash("Ann", "tournament join", tournament=CUP))
    assert joined == "You are in Spring Cup. You can hand in your time once it has started."
    assert club.events()[-2:] == ["OrganizationMemberAdded", "TournamentUpdated"]
    assert told(await club.slash("Ann", "tournament leave", tournament=CUP)) == "You have left Spring Cup."
    with club.unchanged():
        answer = told(await club.slash("Ann", "tournament leave", tournament=CUP))
        assert answer == "You are not in Spring Cup."


async def test_who_handed_in_a_run_cannot_leave(club: People) -> None:
    await club.tournament()
    await club.hand_in("Ann")
    with club.unchanged():
        assert "so you cannot leave it" in told(await club.slash("Ann", "tournament leave", tournament=CUP))


async def test_the_leaderboard_shows_places_and_times_to_who_asks(club: People) -> None:
    await club.tournament(racers=("Ann", "Bo"))
    answer = told(await club.slash("Bo", "tournament leaderboard", tournament=CUP))
    assert "No run counts yet." in answer
    for racer, time in (("Ann", "1:23:45"), ("Bo", "1:22:00")):
        await club.press("Rae", await club.hand_in(racer, time), "Approve")
    board = told(await club.slash("Bo", "tournament leaderboard", tournament=CUP))
    lines = ["Spring Cup: leaderboard", "🥇 Bo · 1:22:00", "🥈 Ann · 1:23:45", "[Picture] [My times] [CSV]"]
    assert board.splitlines() == lines


async def test_only_the_panel_is_public_and_its_buttons_outlive_a_restart(club: People) -> None:
    await club.tournament(status="open", racers=())
    panel = posted(await club.slash("Olga", "tournament panel", tournament=CUP))
    assert labels(panel) == ["Join", "Leaderboard"]
    await club.slash("Bo", "tournament list")
    await club.restart()
    assert "You are in Spring Cup." in told(await club.press("Bo", panel, "Join"))
    assert "Racers: 1" in body(club.stage.posts("races")[-1])
    with club.unchanged():
        assert "You are in Spring Cup already." in told(await club.press("Bo", panel, "Join"))
        assert "No run counts yet." in told(await club.press("Bo", panel, "Leaderboard"))
    await club.slash("Olga", "tournament start", tournament=CUP)
    await club.slash("Olga", "tournament end", tournament=CUP)
    before = club.dump()
    assert "Spring Cup has ended." in told(await club.press("Bo", panel, "Join"))
    assert club.dump() == before
    assert labels(club.stage.posts("races")[-1]) == []


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("draft", "Spring Cup is still a draft. Open it first with /tournament open."),
        ("ended", "Spring Cup has ended, so nobody can join it any more."),
    ],
)
async def test_a_panel_is_posted_only_while_one_can_join(club: People, status: str, words: str) -> None:
    await club.tournament(status=status)
    with club.unchanged():
        assert told(await club.slash("Olga", "tournament panel", tournament=CUP)) == words


async def test_only_tournaments_in_a_fitting_state_are_offered(club: People) -> None:
    for status in ("draft", "open", "running", "ended"):
        await club.tournament(f"{status} cup", status=status)
    offered = {
        command: set(await club.types("Olga", f"tournament {command}", "tournament", "CUP"))
        for command in ("edit", "open", "start", "end", "delete", "info", "leaderboard", "join", "leave", "panel")
    }
    draft, opened, running, ended = (f"{status} cup" for status in ("draft", "open", "running", "ended"))
    assert offered == {
        "edit": {draft, opened, running},
        "open": {draft},
        "start": {opened},
        "end": {running},
        "join": {opened, running},
        "leave": {opened, running},
        "panel": {opened, running},
        "delete": {draft, opened, running, ended},
        "info": {draft, opened, running, ended},
        "leaderboard": {draft, opened, running, ended},
    }
    assert await club.types("Olga", "race submit", "tournament") == [running]
    assert await club.types("Olga", "tournament info", "tournament", "ende") == [ended]
    assert await club.types("Olga", "tournament info", "tournament", "100%_") == []


async def test_typing_makes_no_account_and_shows_nothing_of_another_community(club: People) -> None:
    await club.tournament()
    await club.elsewhere()
    club.stage.add_person("Cy")
    with club.unchanged():
        assert await club.types("Cy", "tournament info", "tournament") == []
        assert await club.types("Zed", "tournament info", "tournament", at="elsewhere") == []


HOSTILE = [
    "@everyone @here",
    "<@1234567890123456789>",
    "**bold** __x__ ~~y~~ ||z|| `c`",
    "[Free](https://evil.example) [Nitro](https://evil.example)",
    "# Headline",
    "<t:1700000000:R>",
    "\\*not bold\\*",
]


async def test_a_name_is_shown_as_it_stands_and_pings_nobody(club: People) -> None:
    for name in HOSTILE:
        await club.create(name, description=name)
        await club.slash("Olga", "tournament open", tournament=name)
        panel = posted(await club.slash("Olga", "tournament panel", tournament=name))
        assert body(panel).splitlines()[:2] == [name, name]
        assert told(await club.press("Ann", panel, "Join")).startswith(f"You are in {name}.")
        assert name in told(await club.slash("Ann", "tournament list"))
        await club.stage.settle()
        assert body(club.stage.posts("announcements")[-1]).startswith(f"{name} is open for sign-up\n{name}\n")
    sends = club.sends()
    assert len(sends) > 50
    assert all(send["allowed_mentions"] == {"parse": []} for send in sends)
