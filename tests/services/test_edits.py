"""What was announced is edited when it changes, and not announced once more."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models import Match, Tournament, TournamentStatus
from services.guilds import ChannelUse
from services.notice import Notice
from services.sender import SendDeferred, SendRefused
from tests.services.discord_stand_in import Letter, Lost, channel
from tests.services.world import ELSEWHERE, NEWS, OWNER, World

MATCHES, OTHER = 7102, 7202
NEWS_CHANNEL, MATCH_CHANNEL = channel(NEWS), channel(MATCHES)
CREATED, OPENED, STARTED = 0, 1, 2
"""The announcements of a tournament, in their order."""


@pytest.fixture
async def club(world: World) -> World:
    """Herald at work, with channels for announcements and matches."""
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    await world.use(ChannelUse.MATCHES, MATCHES)
    world.start()
    await world.settle()
    return world


def letters(world: World, target_id: int = NEWS) -> list[Letter]:
    return [letter for letter in world.outbox.letters if letter.target == channel(target_id)]


def notices(world: World, target_id: int = NEWS) -> list[Notice]:
    return [letter.notice for letter in letters(world, target_id)]


def text(notice: Notice) -> str:
    return "\n".join("".join(map(str, parts)) for parts in notice.lines)


def labels(notice: Notice) -> list[str]:
    return [button.label for button in notice.buttons]


def edits(world: World, columns: str = "status") -> list[Any]:
    return world.select(f"SELECT {columns} FROM message WHERE kind = 'edit' ORDER BY seq")


async def edit(world: World, cup: Tournament, name: str, description: str = "", seed: str = "") -> None:
    olga = await world.actor(OWNER)
    await world.herald.tournaments.edit(olga, cup.id, name=name, description=description, seed=seed)
    await world.settle()


async def delete(world: World, cup: Tournament) -> None:
    await world.herald.tournaments.delete(await world.actor(OWNER), cup.id, typed_name=cup.name)
    await world.settle()


async def schedule(world: World, cup: Tournament, *names: str, hours: float = 24) -> Match:
    ids = [await world.account(name) for name in names]
    at = world.clock() + timedelta(hours=hours)
    match = await world.herald.matches.schedule(await world.actor(OWNER), cup.id, at, ids)
    await world.settle()
    return match


async def report(world: World, match: Match, winner: str | None) -> None:
    person = None if winner is None else world.person(winner)
    await world.herald.matches.report(await world.actor(OWNER), match.id, person)
    await world.settle()


async def test_an_edited_tournament_changes_what_was_announced_of_it(club: World) -> None:
    cup = await club.tournament()
    await club.settle()
    before = letters(club)
    await edit(club, cup, "Grand Cup", "Any%, no glitches.", "https://seeds.example/1")
    assert [notice.title for notice in notices(club)] == [
        "New tournament: Grand Cup", "Grand Cup is open for sign-up", "Grand Cup has started"
    ]  # fmt: skip
    assert all("Any%, no glitches." in text(notice) for notice in notices(club)[:STARTED])
    assert "https://seeds.example/1" in str(notices(club)[STARTED].fields)
    assert [(x.sent, x.nonce, x.notice.reference) for x in letters(club)] == [
        (x.sent, x.nonce, x.notice.reference) for x in before
    ]


async def test_one_row_in_each_channel_edits_all_that_an_event_has_changed_there(club: World) -> None:
    cup = await club.tournament()
    await club.settle()
    before, made = len(edits(club)), len(club.outbox.edits)
    await edit(club, cup, "Grand Cup")
    assert edits(club) == ["sent"] * (before + 1)
    assert edits(club, "target_kind, target_id")[-1] == ("channel", NEWS)
    assert [one.nonce for one in club.outbox.edits[made:]] == [letter.nonce for letter in letters(club)]


async def test_each_step_of_a_tournament_is_seen_in_what_was_announced_before(club: World) -> None:
    olga = await club.actor(OWNER)
    cup = await club.tournament(status=TournamentStatus.DRAFT)
    await club.settle()
    assert "Sign-up opens soon." in text(notices(club)[CREATED])
    await club.herald.tournaments.open(olga, cup.id)
    await club.settle()
    assert "Sign-up is open." in text(notices(club)[CREATED])
    await club.herald.entrants.join(await club.actor("Ann"), cup.id)
    await club.herald.tournaments.start(olga, cup.id)
    await club.settle()
    assert "It has started." in text(notices(club)[CREATED])
    assert "Run it" in text(notices(club)[STARTED])
    assert labels(notices(club)[OPENED]) == ["Join", "Leaderboard"]
    await club.herald.tournaments.end(olga, cup.id)
    await club.settle()
    created, opened, started, ended = notices(club)
    assert opened.title == "Sign-up for Spring Cup is closed"
    assert all("It has ended." in text(notice) for notice in (created, opened, started))
    assert "Run it" not in text(started)
    assert not any(notice.buttons for notice in (created, opened, started))
    assert ended.title == "Spring Cup has ended"


async def test_what_was_announced_of_a_deleted_tournament_says_so_and_has_no_buttons(club: World) -> None:
    cup, other = await club.tournament(), await club.tournament("Other Cup")
    await club.settle()
    await delete(club, cup)
    assert [text(notice).splitlines()[-1] for notice in notices(club)[:OPENED + 1]] == [
        "This tournament was deleted."
    ] * 2  # fmt: skip
    assert text(notices(club)[STARTED]) == "1 racer on the grid. This tournament was deleted."
    assert not any(notice.buttons for notice in notices(club)[: STARTED + 1])
    assert labels(notices(club)[3 + OPENED]) == ["Join", "Leaderboard"]
    assert other.name in notices(club)[3 + OPENED].title


async def test_who_joins_and_leaves_edits_nothing(club: World) -> None:
    cup = await club.tournament()
    await club.settle()
    before = len(edits(club))
    bo = await club.actor("Bo")
    await club.herald.entrants.join(bo, cup.id)
    await club.herald.entrants.leave(bo, cup.id)
    await club.settle()
    assert len(edits(club)) == before


async def test_a_match_that_moves_is_announced_once_and_edited(club: World) -> None:
    cup = await club.tournament(racers=("Ann", "Bo"))
    match = await schedule(club, cup, "Ann", "Bo")
    moved = await schedule(club, cup, "Ann", "Bo", hours=30)
    assert moved.id == match.id
    (letter,) = letters(club, MATCHES)
    assert letter.notice.title == "Match: Ann vs Bo"
    assert moved.scheduled_at in letter.notice.lines[0]
    again = await schedule(club, cup, "Ann", "Bo", hours=40)
    assert again.scheduled_at in notices(club, MATCHES)[0].lines[0]
    assert club.select("SELECT count(*) FROM message WHERE kind = 'match_scheduled'") == [1]


async def test_a_result_that_is_corrected_is_announced_once_and_edited(club: World) -> None:
    cup = await club.tournament(racers=("Ann", "Bo"))
    match = await schedule(club, cup, "Ann", "Bo")
    await report(club, match, "Ann")
    await report(club, match, "Bo")
    assert [notice.title for notice in notices(club, MATCHES)] == ["Match: Ann vs Bo", "Bo won: Ann vs Bo"]
    await report(club, match, None)
    assert notices(club, MATCHES)[1].title == "A draw: Ann vs Bo"


async def test_another_match_of_the_same_players_is_announced(club: World) -> None:
    cup = await club.tournament(racers=("Ann", "Bo"))
    await report(club, await schedule(club, cup, "Ann", "Bo"), "Ann")
    await report(club, await schedule(club, cup, "Ann", "Bo"), "Bo")
    titles = [notice.title for notice in notices(club, MATCHES)]
    assert titles == ["Match: Ann vs Bo", "Ann won: Ann vs Bo", "Match: Ann vs Bo", "Bo won: Ann vs Bo"]


async def test_a_channel_that_was_chosen_since_gets_the_announcement_and_the_former_one_an_edit(club: World) -> None:
    cup = await club.tournament(racers=("Ann", "Bo"))
    await schedule(club, cup, "Ann", "Bo")
    await club.use(ChannelUse.MATCHES, OTHER)
    moved = await schedule(club, cup, "Ann", "Bo", hours=30)
    assert [moved.scheduled_at in notices(club, where)[0].lines[0] for where in (MATCHES, OTHER)] == [True, True]
    assert len(letters(club, MATCHES)) == len(letters(club, OTHER)) == 1


async def test_each_channel_has_an_edit_of_its_own(club: World) -> None:
    boss = await club.actor(OWNER, guild=ELSEWHERE, manage=True)
    await club.herald.guilds.link(boss, (await club.actor(OWNER)).organization_id or 0)
    await club.herald.guilds.set_channel(boss, ChannelUse.ANNOUNCEMENTS, OTHER)
    cup = await club.tournament(status=TournamentStatus.DRAFT)
    await club.settle()
    await edit(club, cup, "Grand Cup")
    assert edits(club, "target_id, status") == [(NEWS, "sent"), (OTHER, "sent")]
    assert notices(club)[0].title == notices(club, OTHER)[0].title == "New tournament: Grand Cup"


async def test_what_was_never_tried_needs_no_edit_as_its_words_are_made_when_it_is_sent(club: World) -> None:
    await club.tournament("First Cup", status=TournamentStatus.DRAFT)
    await club.settle()
    club.outbox.trouble(NEWS_CHANNEL, SendDeferred(60))
    await club.tournament("Second Cup", status=TournamentStatus.DRAFT)
    cup = await club.tournament("Third Cup", status=TournamentStatus.DRAFT)
    await club.settle()
    await edit(club, cup, "Grand Cup")
    await club.pass_time(seconds=60)
    assert edits(club) == ["sent"]
    assert notices(club)[2].title == "New tournament: Grand Cup"
    assert club.outbox.edits == []


async def test_what_was_tried_and_may_have_arrived_is_edited_after_it_was_sent(club: World) -> None:
    club.outbox.trouble(NEWS_CHANNEL, Lost.REPLY)
    cup = await club.tournament(status=TournamentStatus.DRAFT)
    await club.settle()
    await edit(club, cup, "Grand Cup")
    assert notices(club)[0].title == "New tournament: Spring Cup"
    assert edits(club) == ["pending"]
    await club.pass_time(seconds=1)
    assert [notice.title for notice in notices(club)] == ["New tournament: Grand Cup"]
    assert edits(club) == ["sent"]


async def test_what_was_refused_is_not_edited(club: World) -> None:
    club.outbox.trouble(NEWS_CHANNEL, SendRefused("no"))
    cup = await club.tournament(status=TournamentStatus.DRAFT)
    await club.settle()
    await edit(club, cup, "Grand Cup")
    assert edits(club) == []
    assert letters(club) == []


async def test_a_message_that_somebody_deleted_stays_away_and_the_others_are_edited(club: World) -> None:
    cup = await club.tournament()
    await club.settle()
    club.outbox.delete(letters(club)[CREATED])
    await edit(club, cup, "Grand Cup")
    assert [notice.title for notice in notices(club)] == ["Grand Cup is open for sign-up", "Grand Cup has started"]
    assert set(edits(club)) == {"sent"}


@pytest.mark.parametrize("trouble", [SendDeferred(1), ConnectionError("reset"), Lost.REPLY])
async def test_an_edit_is_tried_again_and_what_comes_after_waits(club: World, trouble: Any) -> None:
    cup = await club.tournament(status=TournamentStatus.DRAFT)
    await club.settle()
    club.outbox.trouble(NEWS_CHANNEL, trouble)
    await edit(club, cup, "Grand Cup")
    await club.tournament("Next Cup", status=TournamentStatus.DRAFT)
    await club.settle()
    assert len(letters(club)) == 1
    await club.pass_time(seconds=1)
    titles = [notice.title for notice in notices(club)]
    assert titles == ["New tournament: Grand Cup", "New tournament: Next Cup"]
    assert edits(club) == ["sent"]
    assert club.outbox.searches == []


async def test_an_edit_that_is_refused_ends_with_its_reason_and_the_next_goes_on(club: World) -> None:
    cup = await club.tournament(status=TournamentStatus.DRAFT)
    await club.settle()
    club.outbox.trouble(NEWS_CHANNEL, SendRefused("lost its permission"))
    await edit(club, cup, "Grand Cup")
    await edit(club, cup, "Grander Cup")
    assert edits(club, "status, failure") == [("failed", "lost its permission"), ("sent", None)]
    assert notices(club)[0].title == "New tournament: Grander Cup"


async def test_an_edit_of_which_a_crash_left_half_is_made_whole(club: World) -> None:
    cup = await club.tournament()
    await club.settle()
    made = len(club.outbox.edits)
    club.outbox.trouble(NEWS_CHANNEL, Lost.REPLY)
    await edit(club, cup, "Grand Cup")
    assert len(club.outbox.edits) == made + 1
    await club.crash()
    await club.pass_time(seconds=1)
    assert all("Grand Cup" in notice.title for notice in notices(club))
    assert len(letters(club)) == 3


async def test_a_replay_adds_neither_announcements_nor_edits(club: World) -> None:
    cup = await club.tournament(racers=("Ann", "Bo"))
    match = await schedule(club, cup, "Ann", "Bo")
    await schedule(club, cup, "Ann", "Bo", hours=30)
    await report(club, match, "Ann")
    await report(club, match, "Bo")
    await edit(club, cup, "Grand Cup")
    rows, made, seen = club.dump()["message"], len(club.outbox.edits), notices(club, MATCHES)
    await club.herald.operations.replay("announce", since=club.clock() - timedelta(days=1))
    await club.pass_time(seconds=1)
    assert club.dump()["message"] == rows
    assert len(club.outbox.edits) == made
    assert notices(club, MATCHES) == seen


async def test_a_match_told_of_in_a_digest_edits_the_digest(tmp_path: Path, template: Path) -> None:
    world = World(tmp_path / "gathering.sqlite3", gather=timedelta(seconds=3))
    await world.open(template)
    await world.found()
    await world.use(ChannelUse.MATCHES, MATCHES)
    world.start()
    cup = await world.tournament(racers=("Ann", "Bo", "Cy"))
    await schedule(world, cup, "Ann", "Bo")
    await schedule(world, cup, "Bo", "Cy")
    # Within the seconds, nothing is edited yet: it says what is so at its time.
    early = await schedule(world, cup, "Ann", "Bo", hours=26)
    await world.pass_time(seconds=3)
    (digest,) = letters(world, MATCHES)
    assert digest.notice.title == "2 matches were scheduled"
    assert early.scheduled_at in digest.notice.lines[0]
    assert world.outbox.edits == []
    late = await schedule(world, cup, "Bo", "Cy", hours=40)
    (edited,) = letters(world, MATCHES)
    assert (edited.nonce, edited.sent) == (digest.nonce, digest.sent)
    assert early.scheduled_at in edited.notice.lines[0]
    assert late.scheduled_at in edited.notice.lines[1]
    await world.close()


@pytest.fixture
async def short(tmp_path: Path, template: Path) -> AsyncGenerator[World]:
    """Herald at work, which keeps what is settled for 30 days."""
    made = World(tmp_path / "short.sqlite3", keep=timedelta(days=30))
    await made.open(template)
    await made.found()
    await made.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    made.start()
    yield made
    await made.close()


async def test_an_announcement_whose_row_is_pruned_stays_as_it_is(short: World) -> None:
    cup = await short.tournament(status=TournamentStatus.DRAFT)
    await short.settle()
    await short.pass_time(days=31)
    assert short.select("SELECT count(*) FROM message") == [0]
    await edit(short, cup, "Grand Cup")
    assert edits(short) == []
    assert notices(short)[0].title == "New tournament: Spring Cup"


async def test_an_edit_whose_originals_are_gone_meanwhile_ends_well(club: World) -> None:
    cup = await club.tournament(status=TournamentStatus.DRAFT)
    await club.settle()
    await club.herald.courier.stop()
    await edit(club, cup, "Grand Cup")
    club.execute("DELETE FROM message WHERE kind = 'tournament_created'")
    await club.restart()
    await club.settle()
    assert edits(club) == ["sent"]
    assert club.outbox.edits == []
