from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from models import RaceStatus, Role, TournamentStatus
from services.errors import Invalid, NotAllowed, NotFound, WrongState
from tests.services.world import ELSEWHERE, OWNER, VOD, World


async def test_a_run_is_kept_and_told_with_its_link_and_notes_apart_from_the_facts(world: World) -> None:
    cup = await world.tournament()
    ann = await world.actor("Ann")
    race = await world.herald.races.submit(ann, cup.id, time="1:23:45.6", vod=f" {VOD}", notes=" first\n\ntry ")
    assert (race.time_ms, race.vod_url, race.notes) == (5_025_600, VOD, "first\n\ntry")
    event = world.newest("RaceSubmitted")
    assert (event["entity_id"], event["tournament_id"], event["racer_id"]) == (race.id, cup.id, ann.account_id)
    assert (event["vod_url"], event["notes"]) == (VOD, "first\n\ntry")
    assert VOD not in event["payload"]


async def test_a_run_was_handed_in_when_discord_says_so(world: World) -> None:
    cup = await world.tournament()
    ann = await world.actor("Ann")
    pressed = world.clock() - timedelta(milliseconds=1234)
    late = replace(ann, caller=replace(ann.caller, at=pressed))
    race = await world.herald.races.submit(late, cup.id, time="1:00", vod=VOD)
    assert race.submitted_at == pressed


@pytest.mark.parametrize(
    ("status", "who", "words"),
    [
        (TournamentStatus.DRAFT, "Ann", "has not started yet, so no runs"),
        (TournamentStatus.OPEN, "Ann", "has not started yet, so no runs"),
        (TournamentStatus.ENDED, "Ann", "has ended, so no runs"),
        (TournamentStatus.RUNNING, "Cy", "You are not in Spring Cup yet. Join it first"),
    ],
)
async def test_a_run_out_of_turn_is_refused_before_and_when_it_is_handed_in(
    world: World, status: TournamentStatus, who: str, words: str
) -> None:
    cup = await world.tournament(status=status)
    actor = await world.actor(who)
    before = world.dump()
    with pytest.raises(WrongState, match=words):
        await world.herald.races.submittable(actor, cup.name)
    with pytest.raises(WrongState, match=words):
        await world.herald.races.submit(actor, cup.id, time="1:00", vod=VOD)
    assert world.dump() == before


@pytest.mark.parametrize(
    ("time", "vod", "notes"),
    [
        ("soon", VOD, ""),
        ("0:00", VOD, ""),
        ("1:83:45", VOD, ""),
        ("1:00", "javascript:alert(1)", ""),
        ("1:00", "", ""),
        ("1:00", VOD, "x" * 1001),
    ],
)
async def test_a_run_with_an_unusable_time_link_or_note_is_refused(
    world: World, time: str, vod: str, notes: str
) -> None:
    cup = await world.tournament()
    ann = await world.actor("Ann")
    before = world.dump()
    with pytest.raises(Invalid):
        await world.herald.races.submit(ann, cup.id, time=time, vod=vod, notes=notes)
    assert world.dump() == before


async def test_while_one_run_waits_another_is_refused(world: World) -> None:
    cup = await world.tournament()
    ann = await world.actor("Ann")
    race = await world.run("Ann", cup)
    with pytest.raises(WrongState, match="Your run of 1:23:45 in Spring Cup still waits for review"):
        await world.herald.races.submit(ann, cup.id, time="1:00", vod=VOD)
    await world.herald.races.reject(await world.actor(OWNER), race.id, reason="no video")
    await world.run("Ann", cup, "1:20:00")


async def test_of_ten_runs_handed_in_at_once_one_is_taken(world: World) -> None:
    cup = await world.tournament()
    ann = await world.actor("Ann")
    outcomes = await asyncio.gather(
        *(world.herald.races.submit(ann, cup.id, time=f"1:0{n}", vod=VOD) for n in range(10)), return_exceptions=True
    )
    assert sum(isinstance(outcome, WrongState) for outcome in outcomes) == 9
    assert world.events().count("RaceSubmitted") == 1
    assert world.select("SELECT count(*) FROM race") == [1]


async def test_a_reviewer_approves_a_run_and_it_counts(world: World) -> None:
    cup = await world.tournament()
    race = await world.run("Ann", cup)
    rae = await world.hire("Rae", Role.REVIEWER)
    await world.herald.races.approve(rae, race.id)
    row = world.select("SELECT status, reviewer_id, rejection_reason FROM race")
    assert row == [("approved", rae.account_id, None)]
    event = world.newest("RaceApproved")
    assert (event["user_id"], event["racer_id"], event["time_ms"]) == (rae.account_id, race.racer_id, 5_025_000)
    board = (await world.herald.leaderboard.page(rae, cup.id)).places
    assert [s.name for s in board] == ["Ann"]


async def test_a_rejection_takes_a_reason_and_does_not_count(world: World) -> None:
    cup = await world.tournament()
    race = await world.run("Ann", cup)
    rae = await world.hire("Rae", Role.REVIEWER)
    before = world.dump()
    for reason in ("", " \n", "x" * 501):
        with pytest.raises(Invalid, match="The reason is"):
            await world.herald.races.reject(rae, race.id, reason=reason)
    assert world.dump() == before
    await world.herald.races.reject(rae, race.id, reason=" no video ")
    card = await world.herald.races.card(rae, race.id)
    assert (card.status, card.rejection_reason) == (RaceStatus.REJECTED, "no video")
    event = world.newest("RaceRejected")
    assert event["reason"] == "no video"
    assert "no video" not in event["payload"]
    board = (await world.herald.leaderboard.page(rae, cup.id)).places
    assert board == []


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ORGANIZER, Role.ADMIN])
async def test_nobody_reviews_their_own_run(world: World, role: Role) -> None:
    actor = await world.hire("Rae", role)
    race = await world.run("Rae", await world.tournament(racers=("Rae",)))
    before = world.dump()
    for call in (
        world.herald.races.reviewable(actor, race.id),
        world.herald.races.approve(actor, race.id),
        world.herald.races.reject(actor, race.id, reason="x"),
    ):
        with pytest.raises(NotAllowed, match="your own run"):
            await call
    assert world.dump() == before


@pytest.mark.parametrize("verdict", ["approved", "rejected"])
async def test_a_second_review_is_refused_with_the_name_of_the_first(world: World, verdict: str) -> None:
    race = await world.run("Ann", await world.tournament())
    rae, olga = await world.hire("Rae", Role.REVIEWER), await world.actor(OWNER)
    if verdict == "approved":
        await world.herald.races.approve(rae, race.id)
    else:
        await world.herald.races.reject(rae, race.id, reason="no video")
    before = world.dump()
    for call in (world.herald.races.approve(olga, race.id), world.herald.races.reject(olga, race.id, reason="x")):
        with pytest.raises(WrongState, match=f"This run was {verdict} by Rae already"):
            await call
    assert world.dump() == before


async def test_of_ten_simultaneous_reviews_exactly_one_wins_with_one_event(world: World) -> None:
    race = await world.run("Ann", await world.tournament())
    reviewers = [await world.hire(f"Rae {n}", Role.REVIEWER) for n in range(10)]
    start, races = world.last_event(), world.herald.races
    outcomes = await asyncio.gather(
        *(
            races.approve(reviewer, race.id) if n % 2 else races.reject(reviewer, race.id, reason=f"no {n}")
            for n, reviewer in enumerate(reviewers)
        ),
        return_exceptions=True,
    )
    winners = [n for n, outcome in enumerate(outcomes) if not isinstance(outcome, BaseException)]
    assert len(winners) == 1
    assert sum(isinstance(outcome, WrongState) for outcome in outcomes) == 9
    winner = winners[0]
    assert world.events(start) == ["RaceApproved" if winner % 2 else "RaceRejected"]
    assert world.select("SELECT status, reviewer_id, rejection_reason FROM race") == [
        ("approved", reviewers[winner].account_id, None)
        if winner % 2
        else ("rejected", reviewers[winner].account_id, f"no {winner}")
    ]


async def test_a_run_left_out_at_the_end_can_no_longer_be_reviewed(world: World) -> None:
    cup = await world.tournament()
    race = await world.run("Ann", cup)
    olga = await world.actor(OWNER)
    await world.herald.tournaments.end(olga, cup.id, leave_out_up_to=10**6)
    with pytest.raises(WrongState, match="has ended, so this run was left out"):
        await world.herald.races.approve(olga, race.id)


@pytest.mark.parametrize("which", ["of others", "none"])
async def test_runs_of_another_organization_do_not_exist_here(world: World, which: str) -> None:
    race = await world.run("Ann", await world.tournament())
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    rita = await world.actor("Rita", guild=ELSEWHERE)
    race_id = race.id if which == "of others" else 999
    before = world.dump()
    for call in (
        world.herald.races.card(rita, race_id),
        world.herald.races.reviewable(rita, race_id),
        world.herald.races.approve(rita, race_id),
        world.herald.races.reject(rita, race_id, reason="x"),
    ):
        with pytest.raises(NotFound, match="does not exist any more, or it belongs to another community"):
            await call
    assert world.dump() == before


async def test_ones_own_runs_are_listed_for_this_organization_newest_first(world: World) -> None:
    cup = await world.tournament(racers=("Ann", "Bo"))
    await world.approved("Ann", cup, "1:10:00")
    await world.run("Ann", cup, "1:05:00")
    await world.run("Bo", cup)
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    other = await world.tournament("Rival Cup", by="Rita", guild=ELSEWHERE)
    await world.run("Ann", other, guild=ELSEWHERE)
    mine = await world.herald.races.mine(await world.actor("Ann"))
    assert [(run.time_ms // 60_000, run.status) for run in mine] == [
        (65, RaceStatus.SUBMITTED),
        (70, RaceStatus.APPROVED),
    ]
