"""/race and the buttons of a race, in the simulated Discord."""

from __future__ import annotations

import discord
import pytest
from simcord.backend.models.channel import Channel
from simcord.enums import ChannelType
from simcord.results import to_discord_message

from bot.demo.transcript import body, shown
from tests.bot.people import CUP, VOD, People, deny, inputs, labels, posted, told

SEEDS = """
INSERT INTO pool (id, tournament_id, name, name_key, notes, created_at)
VALUES (1, 1, 'Open', 'open', 'No logic', '2026-01-01 00:00:00+00:00'),
       (2, 1, 'Keysanity', 'keysanity', '', '2026-01-01 00:00:00+00:00');
"""
SEED = """
INSERT INTO seed (pool_id, permalink, notes, given, par_total_ms, par_runs, created_at)
VALUES ({pool}, 'https://seed.example/{number}', '', 0, 0, 0, '2026-01-01 00:00:00+00:00');
"""


async def open_pools(club: People, pools: int = 2) -> None:
    """A running tournament with pools of one seed each, in which Ann and Bo race."""
    await club.tournament(status="open", racers=("Ann", "Bo"))
    for statement in SEEDS.split(";")[:1]:
        club.execute(statement)
    for number in (1, 2):
        club.execute(SEED.format(pool=number, number=number))
    if pools == 1:
        club.execute("DELETE FROM seed WHERE pool_id = 2")
        club.execute("DELETE FROM pool WHERE id = 2")
    await club.slash("Olga", "tournament start", tournament=CUP)
    await club.stage.settle()


def threads(club: People, name: str = "Ann") -> list[Channel]:
    """The threads that somebody is in, as Discord has them: an archived one is in no cache."""
    member = club.stage.people[name]
    return [one for one in club.stage.env.backend.channels.values() if member.id in one.thread_members]


def thread(club: People, name: str = "Ann") -> Channel:
    """The newest thread that somebody is in."""
    return max(threads(club, name), key=lambda one: one.id)


async def card(club: People, name: str = "Ann") -> discord.Message:
    """The card of somebody's race, as it stands now."""
    await club.stage.settle()
    env = club.stage.env
    return to_discord_message(env, min(env.backend.messages[thread(club, name).id].values(), key=lambda one: one.id))


async def start(club: People, name: str = "Ann", pool: str = "Open") -> discord.Message:
    """Start a race; returns its card."""
    asked = await club.slash(name, "race start", tournament=CUP, pool=pool)
    await club.press(name, shown(asked), "Start: there is no way back")
    await club.stage.settle()
    return await card(club, name)


async def test_a_race_is_run_from_start_race_to_the_run_that_is_handed_in(club: People) -> None:
    await open_pools(club)
    asked = await club.slash("Ann", "race start", tournament=CUP)
    assert told(asked) == "Which pool do you want to race in?"
    chosen = await club.choose("Ann", shown(asked), "race_pool:1", "1")
    assert "Start a race in Spring Cup, Open?" in body(shown(chosen))
    await club.press("Ann", shown(chosen), "Start: there is no way back")
    await club.stage.settle()
    here = thread(club)
    assert here.type == ChannelType.PRIVATE_THREAD
    assert here.name == "Ann · Spring Cup · #1"
    seeded = await card(club)
    assert "https://seed.example/1" in body(seeded)
    assert labels(seeded) == ["Ready", "Forfeit"]
    await club.press("Ann", seeded, "Ready")
    await club.stage.settle()
    assert "The clock starts" in body(await card(club))
    await club.stage.env.advance_time(15)
    assert "GO! The clock started" in body(await card(club))
    await club.stage.env.advance_time(3600)
    await club.press("Ann", await card(club), "Finish")
    finished = await card(club)
    assert "Finished in 1:0" in body(finished)
    assert labels(finished) == ["Hand in", "Undo"]
    form = await club.press("Ann", finished, "Hand in")
    assert inputs(form) == {"vod": "", "in_game": "", "notes": ""}
    done = await club.fill_in("Ann", form, vod=VOD, in_game="58:00", notes="Lucky")
    assert "is handed in. You get a DM once it was reviewed." in told(done)
    await club.stage.settle()
    assert "It waits for review." in body(await card(club))
    assert "Ann's run in Spring Cup" in body(club.stage.posts("review")[-1])
    await club.stage.env.advance_time(5)
    await club.stage.settle()
    metadata = club.stage.env.backend.get_thread(here.id).thread_metadata
    assert metadata is not None
    assert metadata.archived


async def test_where_no_review_is_required_a_run_is_said_to_count_once_it_is_handed_in(club: People) -> None:
    await open_pools(club)
    await club.slash("Olga", "tournament edit", tournament=CUP, review_required=False)
    form = await club.press("Ann", await finish(club), "Hand in")
    assert told(await club.fill_in("Ann", form, vod=VOD, in_game="", notes="")).endswith("is handed in. It counts.")
    assert "It counts." in body(await card(club))
    assert told(await club.slash("Ann", "race history")).endswith(" · counts")


async def press_ready(club: People, name: str = "Ann") -> None:
    await club.press(name, await card(club, name), "Ready")
    await club.stage.env.advance_time(15)


async def finish(club: People, name: str = "Ann", *, pool: str = "Open") -> discord.Message:
    """Run a race to its finish; returns its card."""
    await start(club, name, pool)
    await press_ready(club, name)
    await club.stage.env.advance_time(60)
    await club.press(name, await card(club, name), "Finish")
    return await card(club, name)


async def again(club: People, custom_id: str, message: discord.Message) -> str:
    """Press a button that was there a moment ago, of which nothing comes; returns what is told."""
    with club.unchanged():
        return told(await club.craft("Ann", custom_id, message=message))


async def test_each_button_of_a_race_is_pressed_twice_and_works_once(club: People) -> None:
    await open_pools(club)
    club.execute(SEED.format(pool=1, number=9))
    club.execute("UPDATE tournament SET reattempts = 1")
    asked = shown(await club.slash("Ann", "race start", tournament=CUP, pool="Open"))
    await club.press("Ann", asked, "Start: there is no way back")
    await club.stage.settle()
    assert "You have a race under way in Spring Cup" in await again(club, "herald:race_go:1", asked)
    seeded = await card(club)
    await club.press("Ann", seeded, "Ready")
    await club.stage.settle()
    assert "Your clock was set already" in await again(club, "herald:race_ready:1", seeded)
    assert "The clock has not started yet" in await again(club, "herald:race_finish:1", seeded)
    await club.stage.env.advance_time(60)
    racing = await card(club)
    question = shown(await club.press("Ann", racing, "Forfeit"))
    await club.press("Ann", question, "Yes, forfeit")
    await club.stage.settle()
    assert "You have given up this race" in await again(club, "herald:race_forfeit_yes:1", question)
    assert "You have given up this race" in await again(club, "herald:race_forfeit:1", racing)
    forfeited = await card(club)
    assert "This race was forfeited" in body(forfeited)
    await club.press("Ann", forfeited, "Undo")
    await club.stage.settle()
    assert "nothing to take back" in await again(club, "herald:race_undo:1", forfeited)
    await club.press("Ann", await card(club), "Finish")
    await club.stage.settle()
    assert "You have finished this race" in await again(club, "herald:race_finish:1", racing)
    assert "You have finished this race" in await again(club, "herald:race_forfeit:1", racing)
    form = await club.press("Ann", await card(club), "Hand in")
    custom_id = str((form.modal or {})["custom_id"])
    fields = {"vod": VOD, "in_game": "", "notes": ""}
    assert "is handed in" in told(await club.craft("Ann", custom_id, fields=fields))
    await club.stage.settle()
    with club.unchanged():
        assert told(await club.craft("Ann", custom_id, fields=fields)) == "Your run is changed."
    assert "Your run is handed in" in await again(club, "herald:race_undo:1", forfeited)
    discard = await club.slash("Ann", "race reattempt", race="#1")
    await club.press("Ann", shown(discard), "Yes, discard it")
    await club.stage.settle()
    with club.unchanged():
        await club.craft("Ann", "herald:race_discard:1", message=shown(discard))
    assert "You have discarded that race already" in body(shown(discard))
    assert club.events().count("RaceSubmitted") == 1


async def test_ten_quick_presses_of_start_make_one_race_and_one_thread(club: People) -> None:
    await open_pools(club)
    asked = shown(await club.slash("Ann", "race start", tournament=CUP, pool="Open"))
    await club.craft_at_once(10, "Ann", "herald:race_go:1", message=asked)
    await club.stage.settle()
    assert club.select("SELECT stage FROM attempt") == ["seeded"]
    assert club.select("SELECT given FROM seed WHERE pool_id = 1") == [1]
    assert len(threads(club)) == 1


@pytest.mark.parametrize("message", ["her card", "his own private card", "none"])
async def test_nobody_else_can_press_anything_in_somebodys_race(club: People, message: str) -> None:
    await open_pools(club)
    seeded = await start(club)
    under = {"her card": seeded, "none": None}.get(message)
    if message == "his own private card":
        await start(club, "Bo", "Keysanity")
        under = shown(await club.slash("Bo", "race timer"))
    for action in ("ready", "finish", "forfeit", "forfeit_yes", "undo", "hand_in", "discard"):
        with club.unchanged():
            answer = told(await club.craft("Bo", f"herald:race_{action}:1", message=under))
        assert answer == "That is somebody else's race. Start your own with /race start.", action
    form = {"vod": VOD, "in_game": "", "notes": ""}
    with club.unchanged():
        assert "somebody else's race" in told(await club.craft("Bo", "herald:race_submit:1", fields=form))


async def test_every_button_works_after_a_restart(club: People) -> None:
    await open_pools(club)
    announced = club.stage.posts("announcements")[-1]
    await club.restart()
    asked = await club.press("Ann", announced, "Start race")
    await club.restart()
    chosen = await club.choose("Ann", shown(asked), "race_pool:1", "1")
    await club.restart()
    await club.press("Ann", shown(chosen), "Start: there is no way back")
    await club.stage.settle()
    await club.restart()
    seeded = await card(club)
    await club.press("Ann", seeded, "Ready")
    await club.restart()
    # The moment for GO comes while nobody is there to say it.
    await club.stage.bot.close()
    await club.stage.env.advance_time(60)
    await club.restart()
    assert "GO! The clock started" in body(await card(club))
    question = await club.press("Ann", await card(club), "Forfeit")
    await club.restart()
    await club.press("Ann", shown(question), "Yes, forfeit")
    await club.restart()
    await club.press("Ann", await card(club), "Undo")
    await club.restart()
    await club.press("Ann", await card(club), "Finish")
    await club.restart()
    form = await club.press("Ann", await card(club), "Hand in")
    await club.restart()
    assert "is handed in" in told(await club.fill_in("Ann", form, vod=VOD, in_game="", notes=""))
    await club.stage.settle()
    assert club.events().count("RaceSubmitted") == 1
    assert len(threads(club)) == 1


async def test_the_whole_race_goes_by_commands_alone_from_any_channel(club: People) -> None:
    await open_pools(club)
    await start(club)
    assert "has no" not in (answer := told(await club.slash("Ann", "race timer")))
    assert "You have until" in answer
    assert "The clock starts" in told(await club.slash("Ann", "race ready", at="review"))
    assert "The clock has not started yet" in told(await club.slash("Ann", "race finish"))
    await club.stage.env.advance_time(75)
    assert "GO! The clock started" in told(await club.slash("Ann", "race timer"))
    assert "GO! The clock started" in body(await card(club))
    asked = await club.slash("Ann", "race forfeit")
    await club.press("Ann", shown(asked), "Yes, forfeit")
    assert "This race was forfeited" in body(await card(club))
    assert "GO! The clock started" in told(await club.slash("Ann", "race undo"))
    assert "Finished in" in told(await club.slash("Ann", "race finish"))
    assert "Finished in" in body(await card(club))
    form = await club.slash("Ann", "race submit")
    assert "is handed in" in told(await club.fill_in("Ann", form, vod=VOD, in_game="", notes=""))
    assert "Handed in" in body(await card(club))
    assert "Spring Cup, Open" in told(await club.slash("Ann", "race history"))
    for command in ("ready", "finish", "forfeit"):
        with club.unchanged():
            assert "You have no race under way here." in told(await club.slash("Ann", f"race {command}"))
    with club.unchanged():
        assert "Your run is handed in" in told(await club.slash("Ann", "race undo"))


async def test_with_its_thread_deleted_a_race_goes_on_by_commands_and_warnings_come_by_dm(club: People) -> None:
    await open_pools(club)
    await start(club)
    club.stage.env.backend.delete_channel(thread(club).id)
    await club.stage.settle()
    await club.stage.env.advance_time(15 * 60)
    assert "Your race in Spring Cup is about to be forfeited" in body(club.stage.dms("Ann")[-1])
    await club.slash("Ann", "race ready")
    await club.stage.env.advance_time(60)
    await club.slash("Ann", "race finish")
    form = await club.slash("Ann", "race submit")
    assert "is handed in" in told(await club.fill_in("Ann", form, vod=VOD, in_game="", notes=""))
    await club.stage.env.advance_time(10)
    assert len(club.stage.dms("Ann")) == 1
    assert club.select("SELECT thread_state FROM attempt") == ["gone"]


@pytest.mark.parametrize("gone", ["thread", "channel"])
async def test_a_thread_that_went_while_herald_was_away_costs_nobody_a_warning(club: People, gone: str) -> None:
    await open_pools(club)
    await start(club)
    backend = club.stage.env.backend
    await club.stage.bot.close()
    here = thread(club)
    backend.delete_channel(here.id)
    if gone == "channel":
        backend.delete_channel(here.parent_id or 0)
    await club.restart()
    await club.stage.env.advance_time(15 * 60)
    await club.stage.env.advance_time(6 * 60)
    assert [body(dm).splitlines()[0] for dm in club.stage.dms("Ann")] == [
        "Your race in Spring Cup is about to be forfeited",
        "Your race in Spring Cup was forfeited",
    ]
    assert club.select("SELECT stage FROM attempt") == ["forfeited"]


async def test_a_card_in_a_thread_that_was_archived_by_hand_is_still_drawn_anew(club: People) -> None:
    await open_pools(club)
    await start(club)
    env, here = club.stage.env, thread(club)
    env.backend.edit_channel(here.id, {}, thread_metadata={"archived": True})
    await club.stage.settle()
    # simcord lets the bot write there; Discord does not.
    env.inject_error("PATCH", f"/channels/{here.id}/messages/*", status=400, code=50083, message="Thread is archived")
    await club.slash("Ann", "race ready")
    await env.advance_time(15)
    assert "GO! The clock started" in body(await card(club))
    metadata = env.backend.get_thread(here.id).thread_metadata
    assert metadata is not None
    assert not metadata.archived


async def test_whoever_starts_where_herald_may_not_open_threads_is_told_what_it_needs(club: People) -> None:
    await open_pools(club)
    deny(club, "races", create_private_threads=True, send_messages_in_threads=True)
    with club.unchanged():
        answer = told(await club.slash("Ann", "race start", tournament=CUP, pool="Open"))
    assert answer == (
        "Herald may not open a thread for you in this channel. It needs there: "
        "Create Private Threads and Send Messages in Threads."
    )


async def test_where_news_are_posted_no_race_can_be_started(club: People) -> None:
    await open_pools(club)
    club.stage.channels["news"] = club.stage.guild.create_news_channel("news")
    await club.stage.settle()
    with club.unchanged():
        answer = told(await club.slash("Ann", "race start", tournament=CUP, pool="Open", at="news"))
    assert "Start it in another channel." in answer


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (400, 160006, "as many active threads as Discord allows"),
        (403, 50013, "Discord does not let Herald open a thread here"),
        (404, 10003, "The channel is gone"),
    ],
)
async def test_a_thread_that_discord_refuses_is_explained_and_no_seed_is_used(
    club: People, status: int, code: int, reason: str
) -> None:
    await open_pools(club)
    club.stage.env.inject_error("POST", "/channels/*/threads", status=status, code=code, message="No")
    asked = await club.slash("Ann", "race start", tournament=CUP, pool="Open")
    await club.press("Ann", shown(asked), "Start: there is no way back")
    await club.stage.settle()
    assert reason in body(shown(asked))
    assert club.select("SELECT count(*) FROM attempt") == [0]
    assert club.select("SELECT given FROM seed") == [0, 0]
    assert club.stage.dms("Ann") == []
    # And it can be started again at once.
    assert "https://seed.example/1" in body(await start(club))


async def test_a_panel_and_the_announcement_start_races_while_the_tournament_runs(club: People) -> None:
    await open_pools(club)
    panel = posted(await club.slash("Olga", "tournament panel", tournament=CUP))
    assert labels(panel) == ["Start race", "Join", "Leaderboard"]
    assert "Which pool do you want to race in?" in told(await club.press("Bo", panel, "Start race"))
    assert "Join it first with /tournament join." in told(await club.press("Mo", panel, "Start race"))
    announced = club.stage.posts("announcements")[-1]
    assert "Press Start race, or use /race start." in body(announced)
    assert labels(announced) == ["Start race"]
    await club.slash("Olga", "tournament end", tournament=CUP)
    await club.stage.settle()
    [announced] = [post for post in club.stage.posts("announcements") if "has started" in body(post)]
    assert labels(announced) == []
    with club.unchanged():
        assert "has ended" in told(await club.craft("Bo", "herald:race_start:1", message=panel))


async def test_a_tournament_without_pools_offers_no_race(club: People) -> None:
    await club.tournament()
    await club.stage.settle()
    announced = club.stage.posts("announcements")[-1]
    assert "hand in your time with /race submit" in body(announced)
    assert labels(announced) == []
    panel = posted(await club.slash("Olga", "tournament panel", tournament=CUP))
    assert labels(panel) == ["Join", "Leaderboard"]
    with club.unchanged():
        assert "has no pools of seeds" in told(await club.craft("Ann", "herald:race_start:1", message=panel))


async def test_ending_a_tournament_asks_about_races_that_are_not_handed_in(club: People) -> None:
    await open_pools(club)
    await finish(club, "Bo", pool="Keysanity")
    await start(club)
    with club.unchanged():
        question = await club.slash("Olga", "tournament end", tournament=CUP)
    assert told(question).splitlines() == [
        "End Spring Cup although races are not handed in?",
        "1 race is under way, and would be forfeited.",
        "1 race is finished but not handed in, and would not count.",
        "[End anyway]",
    ]
    # The question of an earlier release, which named no race, is asked anew.
    with club.unchanged():
        await club.craft("Olga", "herald:end:1.0", message=shown(question))
    await club.press("Olga", shown(question), "End anyway")
    await club.stage.settle()
    assert body(shown(question)) == "Spring Cup has ended."
    assert "This race was forfeited" in body(await card(club))
    assert "The tournament has ended" in body(await card(club, "Bo"))
