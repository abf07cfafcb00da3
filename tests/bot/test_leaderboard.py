"""Leaderboards through Discord: pages, pictures, files, and boards that are pinned."""

from __future__ import annotations

import csv
import io

import discord
from simcord import InteractionResult

from bot.demo.transcript import body, shown
from tests.bot.people import CUP, People, labels, told


async def raced(club: People) -> None:
    """Ann and Bo have raced in a tournament with a pool: Ann is faster."""
    await club.tournament(racers=("Ann", "Bo"))
    cards = [await club.hand_in(name, time) for name, time in {"Ann": "1:40", "Bo": "2:00"}.items()]
    club.execute(
        "INSERT INTO pool (tournament_id, name, name_key, notes, created_at)"
        " VALUES (1, 'Pool 1', 'pool 1', '', '2026-11-24 12:00:00+00:00');"
        "INSERT INTO seed (pool_id, permalink, notes, given, par_total_ms, par_runs, created_at)"
        " VALUES (1, 'abc', '', 0, 0, 0, '2026-11-24 12:00:00+00:00')"
    )
    club.execute("UPDATE race SET seed_id = 1")
    for card in cards:
        await club.press("Rae", card, "Approve")
    await club.stage.settle()


def files(result: InteractionResult) -> list[discord.Attachment]:
    message = shown(result)
    assert message.flags.ephemeral
    return message.attachments


async def test_the_board_is_by_points_and_leads_on_to_times_pictures_and_the_file(club: People) -> None:
    await raced(club)
    board = await club.slash("Ann", "tournament leaderboard", tournament=CUP)
    assert told(board).splitlines() == [
        *("Spring Cup: leaderboard", "🥇 Ann · 105.000 · 1 run", "🥈 Bo · 90.909 · 1 run"),
        "[Picture] [My times] [CSV]",
    ]
    mine = await club.press("Ann", shown(board), "My times")
    assert "Pool 1 · 1:40 · -0:10 · 105.000" in told(mine)
    dark = await club.press("Ann", shown(board), "Picture")
    light = await club.press("Ann", shown(dark), "Light picture")
    assert labels(shown(light)) == ["Dark picture"]
    [one], [other] = files(dark), files(light)
    assert (
        one.description
        == other.description
        == ("Leaderboard of Spring Cup, page 1 of 1: 🥇 Ann · 105.000 · 1 run; 🥈 Bo · 90.909 · 1 run.")
    )
    assert one.filename == "leaderboard.png"
    [times] = files(await club.press("Ann", shown(mine), "Picture"))
    assert times.description == "Your times in Spring Cup against par: Pool 1 · 1:40 · -0:10 · 105.000."
    [table] = files(await club.press("Ann", shown(board), "CSV"))
    text = (await table.read()).decode("utf-8-sig")
    assert [row[1] for row in csv.reader(io.StringIO(text))] == ["Name", "Ann", "Bo"]


async def test_a_longer_board_has_pages_that_are_turned_in_place(club: People) -> None:
    await raced(club)
    for number in range(12):
        club.execute(
            f"INSERT INTO account (discord_id, display_name, name_chosen, pronouns, stream_url, permission, created_at)"
            f" SELECT {900 + number}, 'Racer {number}', name_chosen, pronouns, stream_url, permission, created_at"
            " FROM account WHERE id = 1;"
            "INSERT INTO entrant (tournament_id, account_id, joined_at, points, counted)"
            " SELECT 1, max(id), '2026-11-24 12:00:00+00:00', 0, 0 FROM account"
        )
    first = await club.slash("Rae", "tournament leaderboard", tournament=CUP)
    assert labels(shown(first)) == ["Better", "Worse", "Picture", "My times", "CSV"]
    second = await club.press("Rae", shown(first), "Worse")
    assert second.response is not None
    assert body(second.response.message).count("3\\. Racer") == 4


async def test_a_board_is_pinned_and_drawn_anew_when_a_run_is_approved(club: People) -> None:
    await club.tournament(racers=("Ann", "Bo"))
    assert "on its way here" in told(await club.slash("Olga", "tournament board", tournament=CUP))
    await club.stage.settle()
    [board] = [m for m in club.stage.posts("races") if "leaderboard" in body(m)]
    assert "No run counts yet." in body(board)
    assert club.card(board).pinned
    await club.press("Rae", await club.hand_in("Ann", "1:00"), "Approve")
    await club.stage.settle()
    assert "🥇 Ann · 1:00" in body(club.card(board))


async def test_a_board_that_cannot_be_pinned_is_there_all_the_same(club: People) -> None:
    await club.tournament()
    place = club.stage.channels["races"].id
    club.stage.env.inject_error("PUT", f"/channels/{place}/messages/pins/*", status=403, code=50013, message="No")
    told(await club.slash("Olga", "tournament board", tournament=CUP))
    await club.stage.settle()
    [board] = [m for m in club.stage.posts("races") if "leaderboard" in body(m)]
    assert not club.card(board).pinned
    assert club.select("SELECT status FROM message WHERE kind = 'board'") == ["sent"]


async def test_hidden_results_are_refused_on_every_button(club: People) -> None:
    await raced(club)
    board = shown(await club.slash("Ann", "tournament leaderboard", tournament=CUP))
    club.execute("UPDATE tournament SET results_hidden = TRUE")
    tries = [
        await club.slash("Bo", "tournament leaderboard", tournament=CUP),
        await club.press("Ann", board, "Picture"),
        await club.press("Ann", board, "CSV"),
        *[await club.craft("Ann", f"herald:{one}") for one in ("leaderboard:1", "board_page:1.0")],
    ]
    for one in tries:
        assert "hidden until the end" in told(one)
        assert not shown(one).attachments
    assert "105" not in told(await club.press("Ann", board, "My times"))
    assert "105" not in str(files(await club.craft("Ann", "herald:times_picture:1.dark"))[0].description)
