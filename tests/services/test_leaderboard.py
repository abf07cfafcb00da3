from __future__ import annotations

import csv
import io
import logging
from collections.abc import Callable
from dataclasses import replace

import pytest

from models import Account, RaceStatus, Role
from services.erasure import Results
from services.errors import NotAllowed, WrongState
from services.leaderboard import AT_ONCE
from services.notice import Notice
from services.rules import Rules
from services.sender import SendDeferred
from services.standings import Standing
from services.words.leaderboard import MOST_RUNS, board_notice, own_run_text, times_notice
from services.words.tournament_cards import standing_text
from tests.services.big_field import FILL, UNREVIEWED, statements
from tests.services.discord_stand_in import channel
from tests.services.field import Course, course, write_rules
from tests.services.world import NEWS, OWNER, World

STATEMENTS = "tortoise.db_client"
"""The logger that is told of each statement."""


async def board(cup: Course, who: str, page: int = 0) -> list[str]:
    found = await cup.world.herald.leaderboard.page(await cup.world.actor(who), cup.tournament.id, page)
    return [standing_text(one) for one in found.places]


async def test_the_score_is_the_mean_over_all_slots_and_what_is_missing_is_nothing(world: World) -> None:
    """Two pools of two slots. Ann: 100 in one of four; Bo: 105 and 75 in two; Cy joined, and has nothing."""
    cup = await course(world, pools=2, runs_per_pool=2, racers=("Ann", "Bo", "Cy"))
    await cup.run("Ann", 100_000)
    await cup.run("Bo", 60_000, pool=1)
    await cup.run("Bo", 100_000, pool=1)
    assert await cup.points() == {"Ann": (100_000, 1), "Bo": (180_000, 2), "Cy": (0, 0)}
    assert await board(cup, "Cy") == ["🥇 Bo · 45.000 · 2 runs", "🥈 Ann · 25.000 · 1 run", "3. Cy · 0.000"]


async def test_ties_share_a_rank_and_the_next_is_left_out(world: World) -> None:
    cup = await course(world)
    for racer, time_ms in {"Ann": 100_000, "Bo": 100_000, "Cy": 100_000, "Di": 150_000, "Ed": 150_000}.items():
        await cup.run(racer, time_ms)
    found = await world.herald.leaderboard.page(await world.actor("Ann"), cup.tournament.id)
    assert [one.rank for one in found.places] == [1, 1, 1, 4, 4]


async def test_a_page_shows_ten_ranks_go_on_and_my_own_line_is_there_on_each(world: World) -> None:
    cup = await course(world, racers=("Racer 00",))
    for number in range(23):
        await cup.run(f"Racer {number:02}", 100_000 + 1000 * (number // 2))
    ann = await world.actor("Racer 22")
    service = world.herald.leaderboard
    first, last = await service.page(ann, cup.tournament.id), await service.page(ann, cup.tournament.id, 99)
    assert ([len(first.places), first.page, first.pages, first.racers], last.page) == ([10, 0, 3, 23], 2)
    assert [one.rank for one in last.places] == [21, 21, 23]
    assert board_notice(first).lines[-1] == (f"You: {standing_text(last.places[-1])}",)
    assert len(board_notice(first).lines) == 11
    assert len(board_notice(last).lines) == 3


async def test_a_tournament_without_pools_is_ranked_by_times(world: World) -> None:
    cup = await world.tournament(racers=("Ann", "Bo"))
    await world.approved("Ann", cup, "1:00:00")
    await world.approved("Bo", cup, "59:59")
    found = await world.herald.leaderboard.page(await world.actor("Ann"), cup.id)
    assert [standing_text(one) for one in found.places] == ["🥇 Bo · 59:59", "🥈 Ann · 1:00:00"]
    assert found.mine == found.places[1]


async def test_the_podium_of_a_tournament_with_pools_is_by_points(world: World) -> None:
    cup = await course(world, racers=("Ann", "Bo", "Cy", "Di", "Ed"))
    for racer, time_ms in {"Ann": 100_000, "Bo": 100_000, "Cy": 150_000, "Di": 150_000}.items():
        await cup.run(racer, time_ms)
    await world.herald.tournaments.end(await world.actor(OWNER), cup.tournament.id)
    podium = world.newest("TournamentEnded")["podium"]
    assert [(one["rank"], one["score"], one["time_ms"]) for one in podium] == [
        *((1, 105_000, 0), (1, 105_000, 0), (3, 80_000, 0), (3, 80_000, 0))
    ]


async def test_nobody_is_on_the_podium_without_a_run(world: World) -> None:
    cup = await course(world, racers=("Ann",))
    await world.herald.tournaments.end(await world.actor(OWNER), cup.tournament.id)
    assert world.newest("TournamentEnded")["podium"] == []


async def test_whoever_has_no_score_yet_has_no_medal(world: World) -> None:
    cup = await course(world, pools=1, racers=("Ann", "Bo"))
    assert await board(cup, "Ann") == ["1. Bo · 0.000", "1. Ann · 0.000"]
    await cup.run("Bo", 100_000)
    assert await board(cup, "Ann") == ["🥇 Bo · 100.000 · 1 run", "2. Ann · 0.000"]


async def test_my_times_stand_against_par(world: World) -> None:
    cup = await course(world, pools=2, racers=("Ann",))
    await cup.run("Bo", 100_000)
    await cup.run("Ann", 120_000)
    await cup.run("Ann", 90_000, pool=1, status=RaceStatus.SUBMITTED)
    times = await world.herald.leaderboard.mine(await world.actor("Ann"), cup.tournament.id)
    assert [own_run_text(one) for one in times.runs] == [
        "Pool 1 · 2:00 · +0:10 · 90.909",
        "Pool 2 · 1:30 · waits for review",
    ]
    assert times_notice(times).lines[0] == ("🥈 Ann · 45.455 · 1 run",)


async def test_hidden_results_are_for_reviewers_alone_until_the_end(world: World) -> None:
    cup = await course(world, hidden=True)
    await cup.run("Ann", 100_000)
    await cup.run("Bo", 120_000)
    await world.hire("Mo", Role.MODERATOR)
    await world.hire("Rae", Role.REVIEWER)
    service, reference = world.herald.leaderboard, cup.tournament.id
    for name in ("Ann", "Mo", "Stranger"):
        actor = await world.actor(name)
        for call in (service.page(actor, reference), service.export(actor, reference)):
            with pytest.raises(NotAllowed, match="hidden until the end"):
                await call
    for name in ("Rae", OWNER):
        assert await board(cup, name) == ["🥇 Ann · 105.000 · 1 run", "🥈 Bo · 90.909 · 1 run"]
    ann = await service.mine(await world.actor("Ann"), reference)
    assert [own_run_text(one) for one in ann.runs] == ["Pool 1 · 1:40"]
    assert (ann.place, ann.hidden, ann.runs[0].par) == (None, True, None)
    await world.herald.tournaments.end(await world.actor(OWNER), reference)
    assert len(await board(cup, "Ann")) == 2
    assert (await service.mine(await world.actor("Ann"), reference)).place is not None


async def test_the_export_has_a_row_for_each_racer_with_their_best_runs(world: World) -> None:
    cup = await course(world, pools=2, runs_per_pool=2, racers=("Ann", "Bo"))
    await cup.run("Ann", 100_000)
    await cup.run("Ann", 120_000)
    await cup.run("Ann", 130_000)
    await cup.run("Bo", 60_500, pool=1)
    _, text = await world.herald.leaderboard.export(await world.actor("Bo"), cup.tournament.id)
    assert list(csv.reader(io.StringIO(text))) == [
        [
            *("Rank", "Name", "Score", "Runs that count"),
            *("Pool 1 #1 time", "Pool 1 #1 score", "Pool 1 #2 time", "Pool 1 #2 score"),
            *("Pool 2 #1 time", "Pool 2 #1 score", "Pool 2 #2 time", "Pool 2 #2 score"),
        ],
        ["1", "Ann", "50.536", "2", "1:40", "105.000", "2:00", "97.143", "", "", "", ""],
        ["2", "Bo", "25.000", "1", "", "", "", "", "1:00.5", "100.000", "", ""],
    ]


class _Interruption(logging.Handler):
    """Does something once, when the runs of an export are first read."""

    def __init__(self, do: Callable[[], object]) -> None:
        super().__init__()
        self._do = do

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.args, tuple) and 'FROM "race"' in str(record.args[0]):
            logging.getLogger(STATEMENTS).removeHandler(self)
            self._do()


async def test_a_run_that_is_corrected_during_an_export_makes_nobody_appear_twice(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    cup = await course(world, pools=0, racers=("Ann",))
    for statement in statements(cup.tournament.id, racers=AT_ONCE + 20, pools=1, runs=1):
        world.execute(statement)
    await write_rules(world, cup.tournament)
    [last] = world.select("SELECT account_id FROM entrant WHERE points > 0 ORDER BY points, id LIMIT 1")
    interruption = _Interruption(
        lambda: world.execute(f"UPDATE entrant SET points = 105000 + 1 WHERE account_id = {last}")
    )
    logging.getLogger(STATEMENTS).addHandler(interruption)
    with caplog.at_level(logging.DEBUG, STATEMENTS):
        _, text = await world.herald.leaderboard.export(await world.actor(OWNER), cup.tournament.id)
    assert world.select("SELECT count(*) FROM entrant WHERE points > 105000") == [1]
    names = [row[1] for row in csv.reader(io.StringIO(text))][1:]
    assert len(names) == len(set(names)) == AT_ONCE + 21


async def test_equal_times_share_a_rank_in_the_order_in_which_they_were_handed_in(world: World) -> None:
    cup = await world.tournament(racers=("Ann", "Bo", "Cy", "Di"))
    for racer, time in {"Di": "1:00:00", "Cy": "59:00", "Bo": "1:00:00", "Ann": "1:30:00"}.items():
        await world.approved(racer, cup, time)
        world.clock.advance(minutes=1)
    found = await world.herald.leaderboard.page(await world.actor("Ann"), cup.id)
    assert [(one.rank, one.name) for one in found.places] == [(1, "Cy"), (2, "Di"), (2, "Bo"), (4, "Ann")]
    assert found.mine == found.places[3]
    assert found.racers == 4


async def test_the_best_time_follows_what_becomes_of_a_racers_runs(world: World) -> None:
    cup, olga = await world.tournament(racers=("Ann", "Bo")), await world.actor(OWNER)
    await world.approved("Bo", cup, "1:00:00")
    slow, fast = await world.approved("Ann", cup, "1:10:00"), await world.approved("Ann", cup, "50:00")
    await world.run("Ann", cup, "1:00")

    async def lines() -> list[str]:
        return [standing_text(one) for one in (await world.herald.leaderboard.page(olga, cup.id)).places]

    assert await lines() == ["🥇 Ann · 50:00", "🥈 Bo · 1:00:00"]
    await world.herald.reviews.correct(olga, fast.id, time="1:05:00")
    assert await lines() == ["🥇 Bo · 1:00:00", "🥈 Ann · 1:05:00"]
    await world.herald.reviews.disqualify(olga, fast.id, reason="spliced")
    assert await lines() == ["🥇 Bo · 1:00:00", "🥈 Ann · 1:10:00"]
    await world.herald.reviews.disqualify(olga, slow.id, reason="spliced")
    assert await lines() == ["🥇 Bo · 1:00:00"]


async def test_best_times_follow_the_rule_that_says_which_runs_count(world: World) -> None:
    cup, olga = await world.tournament(racers=("Ann", "Bo", "Cy")), await world.actor(OWNER)
    await world.approved("Ann", cup, "1:00:00")
    await world.run("Ann", cup, "50:00")
    await world.run("Bo", cup, "55:00")
    await world.herald.reviews.reject(olga, (await world.run("Cy", cup, "1:00")).id, reason="spliced")

    async def lines() -> list[str]:
        return [standing_text(one) for one in (await world.herald.leaderboard.page(olga, cup.id)).places]

    reviewed = ["🥇 Ann · 1:00:00"]
    assert await lines() == reviewed
    await world.herald.rules.set(olga, cup.id, Rules(review_required=False))
    assert await lines() == ["🥇 Ann · 50:00", "🥈 Bo · 55:00"]
    await world.run("Bo", cup, "45:00")
    assert await lines() == ["🥇 Bo · 45:00", "🥈 Ann · 50:00"]
    await world.herald.rules.set(olga, cup.id, Rules(review_required=True))
    assert await lines() == reviewed
    with pytest.raises(WrongState, match="Your run of 55:00 in Spring Cup still waits for review"):
        await world.run("Bo", cup)


async def test_an_older_release_leaves_best_times_that_the_migration_notes(world: World) -> None:
    cup = await world.tournament(racers=("Ann", "Bo", "Cy"))
    for racer, time in (("Ann", "1:10:00"), ("Ann", "50:00"), ("Ann", "1:00:00"), ("Bo", "50:00")):
        await world.approved(racer, cup, time)
        world.clock.advance(minutes=1)
    await world.run("Cy", cup, "1:00")
    made = await course(world, name="Autumn Cup")
    await made.run("Ann", 100_000)
    noted = world.dump()
    world.execute("UPDATE entrant SET best_ms = NULL, best_at = NULL")
    assert world.dump() != noted
    world.execute(FILL)
    assert world.dump() == noted


async def test_an_older_release_leaves_runs_that_count_unreviewed_and_the_migration_notes_them(world: World) -> None:
    olga = await world.actor(OWNER)
    cup, over = await world.tournament(racers=("Ann", "Bo")), await world.tournament("Past Cup", racers=("Ann",))
    for one in (cup, over):
        await world.herald.rules.set(olga, one.id, Rules(review_required=False))
        await world.run("Ann", one, "1:00")
    await world.herald.tournaments.end(olga, over.id)
    noted = world.select("SELECT best_ms FROM entrant WHERE tournament_id = 1 ORDER BY id")
    world.execute("UPDATE entrant SET best_ms = NULL, best_at = NULL")
    for statement in (UNREVIEWED.ENDED, UNREVIEWED.FILL):
        world.execute(statement)
    assert world.select("SELECT best_ms FROM entrant WHERE tournament_id = 1 ORDER BY id") == noted == [60_000, None]
    # Its podium was told without them.
    assert world.select("SELECT best_ms FROM entrant WHERE tournament_id = 2") == [None]
    assert world.select("SELECT review_required FROM tournament ORDER BY id") == [0, 1]


async def test_of_many_typed_runs_the_newest_are_shown_and_how_many_more_there_are(world: World) -> None:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    await world.herald.rules.set(olga, cup.id, Rules(review_required=False))
    for number in range(MOST_RUNS + 2):
        await world.run("Ann", cup, f"1:{number:02}:00")
    lines = times_notice(await world.herald.leaderboard.mine(await world.actor("Ann"), cup.id)).lines
    assert lines[1] == ("1:02:00 · counts",)
    assert lines[-2:] == ((f"1:{MOST_RUNS + 1}:00 · counts",), ("… and 2 more",))


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
async def test_no_cell_of_the_export_is_a_formula(world: World, name: str) -> None:
    cup = await world.tournament(racers=("Ann",))
    await world.approved("Ann", cup, "1:00")

    async def rename() -> None:
        await Account.filter(display_name="Ann").update(display_name=name)

    await world.herald.units.run(rename)
    _, text = await world.herald.leaderboard.export(await world.actor(OWNER), cup.id)
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == ["1", f"'{name}", "1:00"]


def posted(world: World) -> Notice:
    """The only message in the channel."""
    [letter] = [one for one in world.outbox.letters if one.target == channel(NEWS)]
    return letter.notice


async def test_a_board_in_a_channel_follows_the_results(world: World) -> None:
    cup = await course(world, racers=("Ann", "Bo"))
    world.start()
    await world.herald.leaderboard.post(await world.actor(OWNER), cup.tournament.id, NEWS)
    await world.settle()
    assert posted(world).pinned
    assert posted(world).lines == (("1. Bo · 0.000",), ("1. Ann · 0.000",))
    run = await cup.run("Bo", 100_000, status=RaceStatus.SUBMITTED)
    await world.herald.reviews.approve(await world.actor(OWNER), run.id)
    await world.settle()
    assert posted(world).lines == (("🥇 Bo · 100.000 · 1 run",), ("2. Ann · 0.000",))


async def test_a_board_of_hidden_results_says_so_until_the_end(world: World) -> None:
    cup = await course(world, hidden=True, racers=("Ann", "Bo"))
    world.start()
    await world.herald.leaderboard.post(await world.actor(OWNER), cup.tournament.id, NEWS)
    run = await cup.run("Bo", 100_000, status=RaceStatus.SUBMITTED)
    await world.settle()
    await world.herald.reviews.approve(await world.actor(OWNER), run.id)
    await world.settle()
    assert posted(world).lines == (("Results are hidden until the end.",), ("2 racers in the race.",))
    assert world.select("SELECT count(*) FROM message WHERE kind = 'edit' AND target_id = ?", NEWS) == [0]
    await world.herald.tournaments.end(await world.actor(OWNER), cup.tournament.id)
    await world.settle()
    assert posted(world).lines[0] == ("🥇 Bo · 100.000 · 1 run",)


def test_a_line_says_how_somebody_did() -> None:
    assert standing_text(Standing(4, 1, 1, "Ann", 0, 98_250, 3)) == "4. Ann · 98.250 · 3 runs"
    assert standing_text(Standing(1, 1, 1, "Ann", 60_000)) == "🥇 Ann · 1:00"


async def test_an_edit_that_waits_is_not_asked_for_again(world: World) -> None:
    cup = await course(world, racers=("Ann",))
    olga = await world.actor(OWNER)
    world.start()
    await world.herald.leaderboard.post(olga, cup.tournament.id, NEWS)
    await world.settle()
    world.outbox.trouble(channel(NEWS), SendDeferred(5))
    waiting = "SELECT count(*) FROM message WHERE kind = 'edit' AND target_id = ? AND status <> 'spoken'"
    # The first is tried, and waits for another attempt; the second was never tried, so it speaks for the third too.
    for number in (1, 2, 2):
        run = await cup.run("Ann", 100_000, status=RaceStatus.SUBMITTED)
        await world.herald.reviews.approve(olga, run.id)
        await world.settle()
        assert world.select(waiting, NEWS) == [number]
    await world.pass_time(seconds=6)
    assert posted(world).lines == (("🥇 Ann · 100.000 · 1 run",),)


async def test_the_board_of_a_deleted_tournament_says_so(world: World) -> None:
    cup = await course(world, racers=("Ann",))
    olga = await world.actor(OWNER)
    world.start()
    await world.herald.leaderboard.post(olga, cup.tournament.id, NEWS)
    await world.settle()
    await world.herald.tournaments.delete(olga, cup.tournament.id, typed_name="Spring Cup")
    await world.settle()
    assert posted(world).lines == (("Spring Cup was deleted.",),)


async def test_a_board_is_not_posted_where_its_organizer_may_not_write(world: World) -> None:
    cup, olga = await course(world), await world.actor(OWNER)
    mute = replace(olga, caller=replace(olga.caller, may_post=False))
    with pytest.raises(NotAllowed, match="may not write in this channel"):
        await world.herald.leaderboard.post(mute, cup.tournament.id, NEWS)


async def test_results_that_are_withdrawn_or_kept_leave_scores_right(world: World) -> None:
    cup = await course(world, review=False)
    await cup.run("Ann", 100_000)
    await cup.run("Bo", 60_000, status=RaceStatus.SUBMITTED)
    await cup.run("Cy", 60_000, status=RaceStatus.SUBMITTED)
    for name, results in {"Bo": Results.KEPT, "Cy": Results.WITHDRAWN}.items():
        actor = await world.actor(name)
        await world.herald.erasure.delete(actor, actor.account_id, results, typed="delete")
    assert await cup.par() == (160_000, 2)
    assert sorted((await cup.points()).values()) == [(75_000, 1), (105_000, 1)]
