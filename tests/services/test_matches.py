"""Matches: scheduled by those who play them, reported once, corrected by organizers."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from models import Match, Role, TournamentStatus
from services.erasure import Results
from services.errors import Invalid, NotAllowed, NotFound, WrongState
from services.guilds import ChannelUse
from tests.services.world import ELSEWHERE, NEWS, OWNER, World


async def schedule(world: World, hours: int = 2, *, by: str = "Ann", names: tuple[str, ...] = ("Ann", "Bo")) -> Match:
    ids = [await world.account(name) for name in names]
    at = world.clock() + timedelta(hours=hours)
    return await world.herald.matches.schedule(await world.actor(by), 1, at, ids)


async def test_players_are_told_and_the_channel_hears_when_a_match_is_scheduled_and_reported(world: World) -> None:
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    world.start()
    await world.tournament(racers=("Ann", "Bo"))
    await world.settle()
    said = len(world.outbox.letters)
    match = await schedule(world)
    await world.herald.matches.report(await world.actor("Bo"), match.id, world.person("Ann"))
    await world.settle()
    letters = [(letter.target.id, letter.notice.title) for letter in world.outbox.letters[said:]]
    assert sorted(letters) == sorted(
        [
            (NEWS, "Match: Ann vs Bo"),
            (NEWS, "Ann won: Ann vs Bo"),
            (world.discord_id("Bo"), "Match: Ann vs Bo"),
            (world.discord_id("Ann"), "Ann won: Ann vs Bo"),
        ]
    )
    assert [line.text for line in await world.herald.audit.everything()][-2:] == [
        f"Ann scheduled Ann vs Bo in Spring Cup for {match.scheduled_at:%Y-%m-%d %H:%M} UTC",
        "Bo reported Ann vs Bo in Spring Cup: Ann won",
    ]


async def test_a_proposal_reads_the_time_in_the_speakers_own_zone_and_changes_nothing(world: World) -> None:
    await world.tournament(racers=("Ann", "Bo"))
    matches, people = world.herald.matches, [world.person("Ann"), world.person("Bo")]
    ann = await world.actor("Ann")
    before = world.dump()
    proposal = await matches.propose(ann, "Spring Cup", people, "tomorrow 18:00")
    tomorrow = (world.clock() + timedelta(days=1)).date()
    assert proposal.at == datetime.fromisoformat(f"{tomorrow} 18:00+00:00")
    assert proposal.moves is None
    assert world.dump() == before
    await world.herald.accounts.set_time_zone(ann, "Asia/Tokyo")
    there = await matches.propose(ann, "Spring Cup", people, f"{tomorrow} 18:00")
    assert there.at == proposal.at - timedelta(hours=9)


async def test_the_same_players_have_one_match_to_come_which_moves(world: World) -> None:
    await world.tournament(racers=("Ann", "Bo", "Cy"))
    first = await schedule(world)
    moved = await schedule(world, 5, by="Bo", names=("Bo", "Ann"))
    assert moved.id == first.id
    other = await schedule(world, 5, by="Cy", names=("Ann", "Cy"))
    assert other.id != first.id
    assert world.events()[-3:] == ["MatchScheduled"] * 3
    await world.herald.matches.report(await world.actor("Ann"), first.id, None)
    assert (await schedule(world)).id not in (first.id, other.id)


async def test_who_may_schedule_and_whom(world: World) -> None:
    await world.tournament(racers=("Ann", "Bo"))
    await world.hire("Rae", Role.REVIEWER)
    await world.actor("Zoe")
    before = world.dump()
    for call, error, words in (
        (schedule(world, by="Rae"), NotAllowed, "matches that you play in"),
        (schedule(world, names=("Ann",)), Invalid, "2 to 4 different players"),
        (schedule(world, names=("Ann", "Ann")), Invalid, "2 to 4 different players"),
        (schedule(world, names=("Ann", "Zoe")), WrongState, "^One of the players is not in Spring Cup"),
        (schedule(world, -1), Invalid, "lies in the future"),
        (schedule(world, 24 * 367), Invalid, "within a year"),
    ):
        with pytest.raises(error, match=words):
            await call
    ann = await world.actor("Ann")
    for name in ("Stranger", "Zoe"):
        with pytest.raises(WrongState, match=f"{name} is not in Spring Cup"):
            await world.herald.matches.propose(ann, 1, [world.person("Ann"), world.person(name)], "tomorrow 18:00")
    assert world.dump() == before
    await schedule(world, by=OWNER)


@pytest.mark.parametrize("status", [TournamentStatus.DRAFT, TournamentStatus.ENDED])
async def test_matches_belong_to_tournaments_under_way(world: World, status: TournamentStatus) -> None:
    await world.tournament(status=status, racers=("Ann", "Bo"))
    with pytest.raises(WrongState, match="no matches can be scheduled"):
        await schedule(world)


async def test_a_result_is_reported_once_and_corrected_by_organizers_alone(world: World) -> None:
    await world.tournament(racers=("Ann", "Bo", "Cy"))
    match, matches = await schedule(world), world.herald.matches
    ann, bo, cy, olga = [await world.actor(name) for name in ("Ann", "Bo", "Cy", OWNER)]
    with pytest.raises(NotAllowed, match="Only its players and organizers"):
        await matches.report(cy, match.id, world.person("Ann"))
    with pytest.raises(Invalid, match="Cy does not play in this match"):
        await matches.report(ann, match.id, world.person("Cy"))
    await matches.report(ann, match.id, world.person("Ann"))
    before = world.dump()
    with pytest.raises(WrongState, match=r"reported already: Ann won\. Organizers can correct"):
        await matches.report(bo, match.id, world.person("Bo"))
    with pytest.raises(WrongState, match="reported already: Ann won"):
        await matches.report(olga, match.id, world.person("Ann"))
    assert world.dump() == before
    await matches.report(olga, match.id, None)
    assert world.newest("MatchCompleted")["winner_id"] is None
    with pytest.raises(WrongState, match="reported already: a draw"):
        await matches.report(olga, match.id, None)
    await world.herald.tournaments.end(olga, 1)
    with pytest.raises(WrongState, match="has ended, so its matches stay"):
        await matches.report(olga, match.id, world.person("Bo"))


async def test_another_communitys_matches_are_neither_seen_nor_touched(world: World) -> None:
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    await world.tournament(racers=("Ann", "Bo"))
    match = await schedule(world)
    rita = await world.actor("Rita", guild=ELSEWHERE)
    before = world.dump()
    at = world.clock() + timedelta(hours=3)
    for call in (
        world.herald.matches.report(rita, match.id, None),
        world.herald.matches.schedule(rita, 1, at, [await world.account("Ann"), await world.account("Bo")]),
        world.herald.matches.propose(rita, "Spring Cup", [world.person("Ann"), world.person("Bo")], "tomorrow 18:00"),
    ):
        with pytest.raises(NotFound):
            await call
    assert await world.herald.matches.coming(rita) == []
    assert await world.herald.matches.reportable(rita) == []
    assert world.dump() == before


async def test_what_can_be_reported_is_offered_to_those_who_may(world: World) -> None:
    await world.tournament(racers=("Ann", "Bo", "Cy"))
    match, matches = await schedule(world), world.herald.matches
    assert [m.id for m in await matches.coming(await world.actor("Cy"))] == [match.id]
    for name, offered in (("Ann", 1), ("Cy", 0), (OWNER, 1)):
        assert len(await matches.reportable(await world.actor(name))) == offered
    await matches.report(await world.actor("Ann"), match.id, None)
    for name, offered in (("Ann", 0), (OWNER, 1)):
        assert len(await matches.reportable(await world.actor(name))) == offered
    assert await matches.coming(await world.actor("Cy")) == []


async def test_a_player_who_is_forgotten_leaves_the_match_without_a_name(world: World) -> None:
    await world.tournament(racers=("Ann", "Bo"))
    match = await schedule(world)
    bo = await world.actor("Bo")
    exported = await world.herald.erasure.export(bo)
    assert [one["id"] for one in exported["matches"]] == [match.id]
    await world.herald.erasure.delete(bo, bo.account_id, Results.WITHDRAWN, typed="delete")
    [found] = await world.herald.matches.coming(await world.actor("Ann"))
    assert {player.account.display_name for player in found.players} == {"Ann", "a deleted user"}


async def test_a_player_without_an_account_is_refused_in_words(world: World) -> None:
    await world.tournament(racers=("Ann", "Bo"))
    ann, at = await world.actor("Ann"), world.clock() + timedelta(hours=3)
    with pytest.raises(NotFound, match="has no account any more"):
        await world.herald.matches.schedule(ann, 1, at, [ann.account_id, 999])
