"""Announcements that come within seconds of one another are one message, and each is told once all the same."""

# What a test must bring about, such as a crash at a certain commit, is nothing that the program offers.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models import MessageStatus, Tournament
from services import digests
from services.courier import NONCE_WINDOW, Courier
from services.erasure import Results
from services.guilds import ChannelUse
from services.rules import Rules
from services.sender import SendDeferred, SendRefused
from services.words.digests import SHOWN
from tests.services.discord_stand_in import Letter, Lost, channel, user
from tests.services.world import AUDIT, ELSEWHERE, GUILD, NEWS, OWNER, World

RESULTS = 7101
MATCHES = 7102
RESULTS_CHANNEL = channel(RESULTS)
GATHER = timedelta(seconds=3)


@pytest.fixture
async def world(tmp_path: Path, template: Path) -> AsyncGenerator[World]:
    """Racing Club with its channels, in a Herald at work that gathers for three seconds."""
    made = World(tmp_path / "herald.sqlite3", gather=GATHER)
    await made.open(template)
    await made.found()
    for use, channel_id in (
        (ChannelUse.ANNOUNCEMENTS, NEWS),
        (ChannelUse.RESULTS, RESULTS),
        (ChannelUse.MATCHES, MATCHES),
    ):
        await made.use(use, channel_id)
    made.start()
    await made.settle()
    yield made
    await made.close()


def racers(number: int) -> list[str]:
    return [f"Racer {n:02}" for n in range(1, number + 1)]


async def approve(world: World, cup: Tournament, *names: str) -> None:
    """One announcement each, all within the same moment."""
    for name in names:
        await world.approved(name, cup, "1:23:45")
    await world.settle()


def letters(world: World, target_id: int = RESULTS) -> list[Letter]:
    return [letter for letter in world.outbox.letters if letter.target == channel(target_id)]


def lines(letter: Letter) -> list[str]:
    return ["".join(map(str, parts)) for parts in letter.notice.lines]


def rows(world: World, columns: str = "kind, status", *, target_id: int = RESULTS) -> list[Any]:
    return world.select(f"SELECT {columns} FROM message WHERE target_id = ? ORDER BY seq", target_id)


def untold(world: World) -> list[Any]:
    """Rows that another one is to tell which is not there, or which goes elsewhere; and digests of too few."""
    return world.select(
        "SELECT seq FROM message m WHERE status = 'spoken' AND NOT EXISTS (SELECT 1 FROM message d"
        " WHERE d.id = m.told_by AND d.target_kind = m.target_kind AND d.target_id = m.target_id"
        " AND d.status <> 'spoken')"
        " UNION ALL SELECT seq FROM message d WHERE kind IN ('runs_approved', 'matches_scheduled', 'matches_completed')"
        " AND 2 > (SELECT count(*) FROM message m WHERE m.told_by = d.id)"
    )


async def test_twenty_approvals_within_seconds_are_one_message(world: World) -> None:
    names = racers(20)
    cup = await world.tournament(racers=names)
    await world.settle()
    for name in names:
        await approve(world, cup, name)
        world.clock.advance(milliseconds=100)
    assert letters(world) == []
    await world.pass_time(seconds=1)
    (letter,) = letters(world)
    assert letter.notice.title == "20 runs were approved"
    assert lines(letter) == [f"{name} finished in 1:23:45 in Spring Cup" for name in names]
    assert rows(world).count(("run_approved", "spoken")) == 20
    assert rows(world).count(("runs_approved", "sent")) == 1
    assert world.select("SELECT count(DISTINCT event_id) FROM message WHERE told_by IS NOT NULL") == [20]
    assert untold(world) == []
    assert len(world.outbox.attempts) == 3 + 1 + 20, "three about the cup, one digest, and a DM to each"
    for name in names:
        assert world.outbox.titles(user(world.discord_id(name))) == ["Your run was approved"]


async def test_a_digest_has_a_row_and_a_nonce_of_its_own_and_each_row_it_speaks_for_names_it(world: World) -> None:
    cup = await world.tournament(racers=("Ann", "Bo"))
    await approve(world, cup, "Ann", "Bo")
    before = world.select("SELECT id FROM message WHERE kind = 'run_approved'")
    await world.pass_time(seconds=3)
    (digest,) = world.select("SELECT id FROM message WHERE kind = 'runs_approved'")
    assert digest not in before
    assert sorted(world.select("SELECT id FROM message WHERE told_by = ?", digest)) == sorted(before)
    (row,) = [one for one in await world.herald.overview.messages() if one.kind == "runs_approved"]
    assert [letter.nonce for letter in letters(world)] == [row.nonce]
    (status, first, sent, settled), *others = world.select(
        "SELECT status, first_attempt_at IS NOT NULL, discord_message_id, settled_at IS NOT NULL FROM message"
        " WHERE kind IN ('runs_approved', 'run_approved') ORDER BY kind DESC"
    )
    assert (status, bool(first), sent, bool(settled)) == ("sent", True, letters(world)[0].sent.message_id, True)
    assert [(one[0], bool(one[1]), one[2], bool(one[3])) for one in others] == [("spoken", False, None, True)] * 2


async def test_one_alone_waits_its_seconds_and_is_told_as_ever(world: World) -> None:
    cup = await world.tournament()
    await approve(world, cup, "Ann")
    assert letters(world) == []
    await world.pass_time(seconds=2.9)
    assert letters(world) == []
    await world.pass_time(seconds=0.1)
    assert [letter.notice.title for letter in letters(world)] == ["Ann finished in 1:23:45"]
    assert rows(world) == [("run_approved", "sent")]


async def test_nothing_else_waits(world: World) -> None:
    await world.tournament()
    await world.settle()
    assert len(letters(world, NEWS)) == 3


async def test_what_comes_after_a_digest_was_taken_up_waits_for_the_next(world: World) -> None:
    names = racers(4)
    cup = await world.tournament(racers=names)
    await approve(world, cup, *names[:2])
    world.outbox.hold(RESULTS_CHANNEL)
    world.clock.advance(seconds=3)
    world.herald.courier.wake()
    assert await world.outbox.arrival(RESULTS_CHANNEL)
    for name in names[2:]:
        await world.approved(name, cup, "1:23:45")
    await world.settle(courier=False)
    world.outbox.release(RESULTS_CHANNEL)
    await world.settle()
    await world.pass_time(seconds=3)
    assert [lines(letter)[0][:8] for letter in letters(world)] == [names[0], names[2]]
    assert [letter.notice.title for letter in letters(world)] == ["2 runs were approved"] * 2


async def test_order_is_kept_with_other_kinds_before_and_behind(world: World) -> None:
    for use in (ChannelUse.ANNOUNCEMENTS, ChannelUse.MATCHES):
        await world.use(use, RESULTS)
    names, olga = racers(4), await world.actor(OWNER)
    cup = await world.tournament(racers=names)
    await world.settle()
    await approve(world, cup, *names[:3])
    await world.tournament("Next Cup", racers=names)
    await approve(world, cup, names[3])
    await world.herald.tournaments.end(olga, cup.id)
    await world.settle()
    assert len(letters(world)) == 3
    await world.pass_time(seconds=3)
    await world.pass_time(seconds=3)
    assert world.outbox.titles(RESULTS_CHANNEL)[3:] == [
        "3 runs were approved",
        "New tournament: Next Cup",
        "Next Cup is open for sign-up",
        "Next Cup has started",
        f"{names[3]} finished in 1:23:45",
        "Spring Cup has ended",
    ]
    sent = rows(world, "kind, discord_message_id, status")
    numbers = [number for kind, number, status in sent if status == "sent" and kind != "edit"]
    assert numbers == sorted(numbers)


async def test_kinds_are_not_mixed(world: World) -> None:
    await world.use(ChannelUse.MATCHES, RESULTS)
    names = racers(4)
    cup = await world.tournament(racers=names)
    ids = [await world.account(name) for name in names]
    olga, at = await world.actor(OWNER), world.clock() + timedelta(days=1)
    await approve(world, cup, *names[:2])
    matches = [
        await world.herald.matches.schedule(olga, cup.id, at, pair) for pair in (ids[:2], ids[2:], [ids[0], ids[3]])
    ]
    await world.herald.matches.report(olga, matches[0].id, world.person(names[0]))
    await world.herald.matches.report(olga, matches[1].id, None)
    await world.settle()
    await world.pass_time(seconds=3)
    runs, scheduled, decided = letters(world)
    assert runs.notice.title == "2 runs were approved"
    assert scheduled.notice.title == "3 matches were scheduled"
    assert lines(scheduled)[0] == f"Racer 01 vs Racer 02 in Spring Cup, {at}"
    assert decided.notice.title == "2 matches were decided"
    assert lines(decided) == [
        "Racer 01 won: Racer 01 vs Racer 02 in Spring Cup",
        "A draw: Racer 03 vs Racer 04 in Spring Cup",
    ]
    assert untold(world) == []


async def test_each_channel_has_its_own_digest(world: World) -> None:
    await world.actor("Mana", guild=ELSEWHERE, manage=True)
    boss = await world.actor(OWNER, guild=ELSEWHERE, manage=True)
    await world.herald.guilds.link(boss, (await world.actor(OWNER)).organization_id or 0)
    await world.herald.guilds.set_channel(boss, ChannelUse.RESULTS, 7201)
    cup = await world.tournament(racers=("Ann", "Bo"), guild=GUILD)
    await approve(world, cup, "Ann", "Bo")
    await world.pass_time(seconds=3)
    one, other = letters(world)[0], letters(world, 7201)[0]
    assert one.notice.title == other.notice.title == "2 runs were approved"
    assert one.nonce != other.nonce
    assert len(letters(world)) == len(letters(world, 7201)) == 1
    assert untold(world) == []


async def test_a_row_that_was_tried_before_is_not_gathered(world: World) -> None:
    cup = await world.tournament(racers=racers(3))
    world.outbox.trouble(RESULTS_CHANNEL, Lost.REPLY)
    await approve(world, cup, "Racer 01")
    await world.pass_time(seconds=3)
    await approve(world, cup, "Racer 02", "Racer 03")
    await world.pass_time(seconds=3)
    assert world.outbox.titles(RESULTS_CHANNEL) == ["Racer 01 finished in 1:23:45", "2 runs were approved"]
    assert len(world.outbox.letters) == len({letter.nonce for letter in world.outbox.letters})


async def test_one_behind_that_was_tried_before_ends_what_is_gathered(world: World) -> None:
    cup = await world.tournament(racers=racers(3))
    await approve(world, cup, "Racer 01", "Racer 02", "Racer 03")
    world.execute(
        "UPDATE message SET first_attempt_at = created_at, attempts = 1"
        " WHERE seq = (SELECT max(seq) FROM message WHERE kind = 'run_approved')"
    )
    await world.pass_time(seconds=3)
    assert world.outbox.titles(RESULTS_CHANNEL) == ["2 runs were approved", "Racer 03 finished in 1:23:45"]


async def test_a_digest_is_tried_again_like_any_message_and_is_seen_once(world: World) -> None:
    cup = await world.tournament(racers=("Ann", "Bo"))
    await approve(world, cup, "Ann", "Bo")
    world.outbox.trouble(RESULTS_CHANNEL, ConnectionError("reset"), Lost.REPLY)
    await world.pass_time(seconds=3)
    await world.pass_time(seconds=1)
    await world.pass_time(seconds=NONCE_WINDOW.total_seconds() + 1)
    assert len(world.outbox.searches) == 1
    assert world.outbox.titles(RESULTS_CHANNEL) == ["2 runs were approved"]
    assert rows(world).count(("runs_approved", "sent")) == 1


async def test_a_digest_that_is_refused_fails_once_and_the_next_goes_on(world: World) -> None:
    cup = await world.tournament(racers=racers(4))
    await approve(world, cup, "Racer 01", "Racer 02")
    world.outbox.trouble(RESULTS_CHANNEL, SendRefused("no"))
    await world.pass_time(seconds=3)
    await approve(world, cup, "Racer 03", "Racer 04")
    await world.pass_time(seconds=3)
    assert world.outbox.titles(RESULTS_CHANNEL) == ["2 runs were approved"]
    assert sorted(rows(world)) == [("run_approved", "spoken")] * 4 + [
        ("runs_approved", "failed"),
        ("runs_approved", "sent"),
    ]


async def test_a_backlog_goes_out_in_digests_of_at_most_fifty(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "MOST", 3)
    names = racers(7)
    cup = await world.tournament(racers=names)
    await approve(world, cup, *names)
    await world.pass_time(seconds=3)
    assert world.outbox.titles(RESULTS_CHANNEL) == [
        "3 runs were approved", "3 runs were approved", "Racer 07 finished in 1:23:45"
    ]  # fmt: skip
    assert untold(world) == []


async def test_a_digest_of_many_names_the_first_and_counts_the_others(world: World) -> None:
    names = racers(SHOWN + 7)
    cup = await world.tournament(racers=names)
    await approve(world, cup, *names)
    await world.pass_time(seconds=3)
    (letter,) = letters(world)
    assert letter.notice.title == "27 runs were approved"
    assert lines(letter)[SHOWN - 1 :] == [f"{names[SHOWN - 1]} finished in 1:23:45 in Spring Cup", "… and 7 more"]


async def test_who_deleted_their_account_meanwhile_is_not_named(world: World) -> None:
    cup = await world.tournament(racers=("Ann", "Bo"))
    await approve(world, cup, "Ann", "Bo")
    bo = await world.actor("Bo")
    await world.herald.erasure.delete(bo, bo.account_id, Results.KEPT, typed="delete")
    await world.settle()
    await world.pass_time(seconds=3)
    assert lines(letters(world)[0])[1] == "a deleted user finished in 1:23:45 in Spring Cup"


async def hide(world: World, cup: Tournament, *, hidden: bool = True) -> None:
    await world.herald.rules.set(await world.actor(OWNER), cup.id, Rules(results_hidden=hidden))
    await world.settle()


@pytest.mark.parametrize("what", ["corrected", "disqualified"])
async def test_a_digest_stays_as_it_is_while_results_are_hidden_and_follows_once_they_are_not(
    world: World, what: str
) -> None:
    olga, cup = await world.actor(OWNER), await world.tournament(racers=("Ann", "Bo"))
    race = await world.approved("Ann", cup, "1:23:45")
    await approve(world, cup, "Bo")
    await world.pass_time(seconds=3)
    await hide(world, cup)
    before, edits = letters(world), list(world.outbox.edits)
    if what == "corrected":
        await world.herald.reviews.correct(olga, race.id, time="1:00:00")
    else:
        await world.herald.reviews.disqualify(olga, race.id, reason="no video")
    await world.settle()
    assert (letters(world), world.outbox.edits) == (before, edits)
    await hide(world, cup, hidden=False)
    (letter,) = letters(world)
    bo = "Bo finished in 1:23:45 in Spring Cup"
    assert lines(letter) == (["Ann finished in 1:00:00 in Spring Cup", bo] if what == "corrected" else [bo])


async def test_what_a_digest_tells_of_another_tournament_follows_too_once_results_are_not_hidden(world: World) -> None:
    olga, cup = await world.actor(OWNER), await world.tournament(racers=("Ann", "Bo"))
    other = await world.tournament("Open Cup", racers=("Ann", "Bo"))
    await world.pass_time(seconds=3)
    await approve(world, cup, "Ann")
    race = await world.approved("Bo", other, "2:00:00")
    await world.settle()
    await world.pass_time(seconds=3)
    await hide(world, cup)
    before = letters(world)
    await world.herald.reviews.correct(olga, race.id, time="1:00:00")
    await world.settle()
    assert letters(world) == before
    await world.herald.tournaments.end(olga, cup.id)
    await world.settle()
    assert lines(letters(world)[0]) == ["Ann finished in 1:23:45 in Spring Cup", "Bo finished in 1:00:00 in Open Cup"]


async def test_a_digest_does_not_tell_of_results_that_were_hidden_before_it_was_sent(world: World) -> None:
    cup = await world.tournament(racers=("Ann", "Bo", "Cy"))
    other = await world.tournament("Open Cup", racers=("Ann",))
    await world.pass_time(seconds=3)
    await approve(world, cup, "Ann", "Bo")
    await hide(world, cup)
    await world.pass_time(seconds=3)
    assert letters(world) == []
    await hide(world, cup, hidden=False)
    await approve(world, cup, "Cy")
    await approve(world, other, "Ann")
    await hide(world, cup)
    await world.pass_time(seconds=3)
    (letter,) = letters(world)
    assert (letter.notice.title, lines(letter)) == ("1 run was approved", ["Ann finished in 1:23:45 in Open Cup"])


async def test_a_replay_of_what_a_digest_has_told_adds_nothing(world: World) -> None:
    cup = await world.tournament(racers=("Ann", "Bo"))
    await approve(world, cup, "Ann", "Bo")
    since = world.clock() - timedelta(days=1)
    for moment in (timedelta(0), timedelta(seconds=3), timedelta(days=1)):
        await world.pass_time(seconds=moment.total_seconds())
        before = len(world.dump()["message"])
        assert await world.herald.operations.replay("announce", since=since)
        await world.pass_time(seconds=0)
        assert len(world.dump()["message"]) == before
    await world.pass_time(seconds=3)
    assert world.outbox.titles(RESULTS_CHANNEL) == ["2 runs were approved"]


async def test_an_event_that_this_release_cannot_read_is_left_out_of_the_digest(world: World) -> None:
    cup = await world.tournament(racers=racers(3))
    await approve(world, cup, *racers(3))
    world.execute("UPDATE event SET version = 99 WHERE seq = (SELECT max(seq) FROM event WHERE type = 'RaceApproved')")
    await world.pass_time(seconds=3)
    assert [letter.notice.title for letter in letters(world)] == ["2 runs were approved"]


Step = tuple[str, str]
STEPS: list[Step] = [
    ("before it is gathered", "_take_up"),
    ("after it is gathered", "_bring"),
    ("after it was sent", "_sent"),
]


@pytest.mark.parametrize("method", [method for _, method in STEPS], ids=[words for words, _ in STEPS])
async def test_a_crash_at_any_step_leaves_none_or_all_of_a_digest_and_it_is_seen_once(
    world: World, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cup = await world.tournament(racers=racers(3))
    await approve(world, cup, *racers(3))
    original: Callable[..., Coroutine[Any, Any, Any]] = getattr(Courier, method)
    with monkeypatch.context() as patch:

        async def stop_here(self: Courier, *arguments: Any) -> Any:
            if any(getattr(one, "kind", "").startswith("run") for one in arguments):
                raise ConnectionAbortedError("here it dies")
            return await original(self, *arguments)

        patch.setattr(Courier, method, stop_here)
        await world.pass_time(seconds=3)
        assert untold(world) == []
        spoken = rows(world).count(("run_approved", "spoken"))
        assert spoken == (0 if method == "_take_up" else 3)
    await world.crash()
    await world.settle()
    await world.pass_time(seconds=NONCE_WINDOW.total_seconds() + 1)
    assert world.outbox.titles(RESULTS_CHANNEL) == ["3 runs were approved"]
    assert untold(world) == []
    assert sorted(rows(world)) == [("run_approved", "spoken")] * 3 + [("runs_approved", "sent")]


async def test_a_crash_while_discord_has_the_digest_shows_it_once(world: World) -> None:
    cup = await world.tournament(racers=racers(3))
    await approve(world, cup, *racers(3))
    world.outbox.hold(RESULTS_CHANNEL)
    world.clock.advance(seconds=3)
    world.herald.courier.wake()
    assert await world.outbox.arrival(RESULTS_CHANNEL)
    await world.crash()
    world.outbox.release(RESULTS_CHANNEL)
    await world.settle()
    assert world.outbox.titles(RESULTS_CHANNEL) == ["3 runs were approved"]
    assert sorted(rows(world)) == [("run_approved", "spoken")] * 3 + [("runs_approved", "sent")]


@pytest.mark.parametrize("refused", ["kind = 'run_approved'", "TRUE"])
async def test_a_digest_that_cannot_be_written_whole_is_not_written_at_all(world: World, refused: str) -> None:
    cup = await world.tournament(racers=racers(3))
    await approve(world, cup, *racers(3))
    before = rows(world, "seq, id, kind, status, told_by")
    with world.refusing("message", when=refused.replace("kind", "NEW.kind")):
        await world.pass_time(seconds=3)
        assert rows(world, "seq, id, kind, status, told_by") == before
    await world.pass_time(seconds=5)
    assert world.outbox.titles(RESULTS_CHANNEL) == ["3 runs were approved"]


async def test_a_digest_that_waits_keeps_the_events_that_it_tells_of(tmp_path: Path, template: Path) -> None:
    world = World(tmp_path / "kept.sqlite3", gather=GATHER, keep=timedelta(days=30))
    await world.open(template)
    await world.found()
    await world.use(ChannelUse.RESULTS, RESULTS)
    world.start()
    cup = await world.tournament(racers=racers(3))
    await approve(world, cup, *racers(3))
    world.outbox.trouble(RESULTS_CHANNEL, SendDeferred(31 * 24 * 3600))
    await world.pass_time(seconds=3)
    await world.pass_time(days=30, seconds=10)
    assert world.events().count("RaceApproved") == 3
    await world.pass_time(days=1)
    assert world.outbox.titles(RESULTS_CHANNEL) == ["3 runs were approved"]
    await world.pass_time(hours=2)
    assert "RaceApproved" not in world.events()
    await world.close()


async def test_an_operator_sees_which_message_told_of_an_event(world: World) -> None:
    await world.use(ChannelUse.AUDIT, AUDIT)
    cup = await world.tournament(racers=("Ann", "Bo"))
    await approve(world, cup, "Ann", "Bo")
    await world.pass_time(seconds=3)
    details = await world.herald.overview.event(world.newest("RaceApproved")["seq"])
    assert details is not None
    by_kind = {one.kind: one for one in details.messages}
    assert by_kind["run_approved"].told_by == by_kind["runs_approved"].number
    totals = await world.herald.overview.totals()
    assert totals.messages[MessageStatus.SPOKEN] == 2
