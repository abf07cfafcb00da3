from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from models import RaceStatus, TournamentStatus
from services.errors import Invalid, NotAllowed, WrongState
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


async def test_whoever_is_no_member_any_more_hands_in_no_run(world: World) -> None:
    cup = await world.tournament(racers=("Ann",))
    await world.herald.members.remove(await world.actor(OWNER), world.person("Ann"))
    with pytest.raises(NotAllowed, match="no member of this community any more"):
        await world.run("Ann", cup)
    assert world.select("SELECT count(*) FROM race") == [0]


async def test_while_one_run_waits_another_is_refused(world: World) -> None:
    cup = await world.tournament()
    ann = await world.actor("Ann")
    race = await world.run("Ann", cup)
    with pytest.raises(WrongState, match="Your run of 1:23:45 in Spring Cup still waits for review"):
        await world.herald.races.submit(ann, cup.id, time="1:00", vod=VOD)
    await world.herald.reviews.reject(await world.actor(OWNER), race.id, reason="no video")
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


async def test_ones_own_runs_are_listed_for_this_organization_newest_first(world: World) -> None:
    cup = await world.tournament(racers=("Ann", "Bo"))
    await world.approved("Ann", cup, "1:10:00")
    await world.run("Ann", cup, "1:05:00")
    await world.run("Bo", cup)
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    other = await world.tournament("Rival Cup", by="Rita", guild=ELSEWHERE)
    await world.run("Ann", other, guild=ELSEWHERE)
    _, mine = await world.herald.attempts.history(await world.actor("Ann"))
    assert [(run.time_ms // 60_000, run.status) for run in mine] == [
        (65, RaceStatus.SUBMITTED),
        (70, RaceStatus.APPROVED),
    ]
