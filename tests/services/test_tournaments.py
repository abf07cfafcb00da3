from __future__ import annotations

import asyncio
import unicodedata

import pytest

from models import Role, TournamentStatus, TournamentType
from services.errors import Invalid, NotFound, WrongState
from services.rules import Rules
from services.tournaments import CHOICES, RunsPending
from tests.services.world import ELSEWHERE, OWNER, World

DRAFT, OPEN, RUNNING, ENDED = TournamentStatus
ALL = frozenset(TournamentStatus)


async def test_a_tournament_goes_from_draft_to_open_to_running_to_ended(world: World) -> None:
    service, olga = world.herald.tournaments, await world.actor(OWNER)
    start = world.last_event()
    cup = await service.create(
        olga, name=" Spring  Cup", type=TournamentType.RANDOMIZER, description="Any%\n", seed="https://seeds.example/1"
    )
    assert (cup.name, cup.description, cup.seed, cup.status) == ("Spring Cup", "Any%", "https://seeds.example/1", DRAFT)
    await service.open(olga, "spring cup")
    await world.herald.entrants.join(olga, cup.id)
    await service.start(olga, "Spring Cup")
    await service.end(olga, cup.id)
    assert world.select("SELECT status FROM tournament") == ["ended"]
    assert world.events(start) == [
        "TournamentCreated",
        "TournamentUpdated",
        "TournamentUpdated",
        "TournamentStarted",
        "TournamentEnded",
    ]
    assert world.newest("TournamentStarted")["racer_count"] == 1
    assert world.newest("TournamentCreated")["tournament_type"] == "randomizer"


@pytest.mark.parametrize(
    ("status", "step", "words"),
    [
        (OPEN, "open", "is open already, so its sign-up cannot be opened again"),
        (RUNNING, "open", "is running already, so its sign-up cannot be opened again"),
        (ENDED, "open", "is ended already, so its sign-up cannot be opened again"),
        (DRAFT, "start", "still a draft. Open it with /tournament open"),
        (RUNNING, "start", "it was started before"),
        (ENDED, "start", "it was started before"),
        (DRAFT, "end", "has not started yet"),
        (OPEN, "end", "has not started yet"),
        (ENDED, "end", "has ended already"),
    ],
)
async def test_a_step_out_of_turn_is_refused_in_words(
    world: World, status: TournamentStatus, step: str, words: str
) -> None:
    cup = await world.tournament(status=status)
    olga = await world.actor(OWNER)
    before = world.dump()
    with pytest.raises(WrongState, match=words):
        await getattr(world.herald.tournaments, step)(olga, cup.id)
    assert world.dump() == before


async def test_a_tournament_without_racers_cannot_start(world: World) -> None:
    cup = await world.tournament(status=OPEN, racers=())
    with pytest.raises(WrongState, match="Nobody has joined Spring Cup yet"):
        await world.herald.tournaments.start(await world.actor(OWNER), cup.id)


async def test_of_ten_simultaneous_starts_exactly_one_happens(world: World) -> None:
    cup = await world.tournament(status=OPEN)
    olga = await world.actor(OWNER)
    outcomes = await asyncio.gather(
        *(world.herald.tournaments.start(olga, cup.id) for _ in range(10)), return_exceptions=True
    )
    assert sum(isinstance(outcome, WrongState) for outcome in outcomes) == 9
    assert world.events().count("TournamentStarted") == 1


@pytest.mark.parametrize("status", [OPEN, RUNNING])
async def test_whoever_joins_becomes_a_racer_of_the_organization_once(world: World, status: TournamentStatus) -> None:
    cup = await world.tournament(status=status)
    cy = await world.actor("Cy")
    start = world.last_event()
    await world.herald.entrants.join(cy, cup.id)
    assert world.events(start) == ["OrganizationMemberAdded", "TournamentUpdated"]
    assert world.newest("TournamentUpdated")["changed_fields"] == [
        {"field": "entrant", "old": None, "new": cy.account_id}
    ]
    other = await world.tournament("Autumn Cup", status=OPEN, racers=())
    start = world.last_event()
    await world.herald.entrants.join(cy, other.id)
    assert world.events(start) == ["TournamentUpdated"]


async def test_joining_keeps_a_higher_role(world: World) -> None:
    rae = await world.hire("Rae", Role.REVIEWER)
    await world.tournament(racers=("Rae",))
    sql = "SELECT role FROM membership WHERE account_id = ?"
    assert world.select(sql, rae.account_id) == ["reviewer"]


@pytest.mark.parametrize(
    ("status", "who", "words"),
    [(DRAFT, "Cy", "is not open yet"), (ENDED, "Cy", "has ended"), (OPEN, "Ann", "You are in Spring Cup already")],
)
async def test_joining_out_of_turn_is_refused_and_makes_nobody_a_member(
    world: World, status: TournamentStatus, who: str, words: str
) -> None:
    cup = await world.tournament(status=status)
    actor = await world.actor(who)
    before = world.dump()
    with pytest.raises(WrongState, match=words):
        await world.herald.entrants.join(actor, cup.id)
    assert world.dump() == before


async def test_a_racer_without_a_run_may_leave_and_join_again(world: World) -> None:
    cup = await world.tournament()
    ann = await world.actor("Ann")
    await world.herald.entrants.leave(ann, cup.id)
    assert world.newest("TournamentUpdated")["changed_fields"] == [
        {"field": "entrant", "old": ann.account_id, "new": None}
    ]
    assert world.select("SELECT count(*) FROM entrant") == [0]
    await world.herald.entrants.join(ann, cup.id)


async def test_a_racer_whose_run_waits_or_counts_stays(world: World) -> None:
    cup = await world.tournament()
    ann = await world.actor("Ann")
    race = await world.run("Ann", cup)
    with pytest.raises(WrongState, match="handed in a run"):
        await world.herald.entrants.leave(ann, cup.id)
    await world.herald.reviews.approve(await world.actor(OWNER), race.id)
    with pytest.raises(WrongState, match="handed in a run"):
        await world.herald.entrants.leave(ann, cup.id)


async def test_a_racer_whose_only_run_was_rejected_may_leave(world: World) -> None:
    cup = await world.tournament()
    race = await world.run("Ann", cup)
    await world.herald.reviews.reject(await world.actor(OWNER), race.id, reason="no video")
    await world.herald.entrants.leave(await world.actor("Ann"), cup.id)


async def test_while_results_are_hidden_a_racer_whose_run_was_rejected_stays(world: World) -> None:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    await world.herald.rules.set(olga, cup.id, Rules(results_hidden=True))
    race = await world.run("Ann", cup)
    await world.herald.reviews.reject(olga, race.id, reason="no video")
    with pytest.raises(WrongState, match="handed in a run"):
        await world.herald.entrants.leave(await world.actor("Ann"), cup.id)


async def test_leaving_what_one_is_not_in_or_what_has_ended_is_refused(world: World) -> None:
    cup = await world.tournament(status=ENDED)
    with pytest.raises(WrongState, match="You are not in Spring Cup"):
        await world.herald.entrants.leave(await world.actor("Cy"), cup.id)
    with pytest.raises(WrongState, match="list of racers stays as it is"):
        await world.herald.entrants.leave(await world.actor("Ann"), cup.id)


async def test_the_podium_holds_the_best_times_and_ties_share_a_place(world: World) -> None:
    names = ("Ann", "Bo", "Cy", "Di", "Ed")
    cup = await world.tournament(racers=names)
    await world.approved("Ann", cup, "1:30:00")
    for name, time in zip(names, ("1:10:00", "1:05:00", "1:10:00", "1:20:00", "1:10:00"), strict=True):
        await world.approved(name, cup, time)
    await world.herald.tournaments.end(await world.actor(OWNER), cup.id)
    podium = [(p["rank"], p["account_id"], p["time_ms"]) for p in world.newest("TournamentEnded")["podium"]]
    ids = {name: await world.account(name) for name in names}
    minute = 60_000
    assert podium == [
        (1, ids["Bo"], 65 * minute),
        (2, ids["Ann"], 70 * minute),
        (2, ids["Cy"], 70 * minute),
        (2, ids["Ed"], 70 * minute),
    ]
    board = (await world.herald.leaderboard.page(await world.actor("Ann"), cup.id)).places
    assert [(s.rank, s.name) for s in board] == [(1, "Bo"), (2, "Ann"), (2, "Cy"), (2, "Ed"), (5, "Di")]


async def test_runs_that_wait_hold_up_the_end_until_they_are_left_out(world: World) -> None:
    cup = await world.tournament(racers=("Ann", "Bo"))
    await world.approved("Ann", cup, "1:00:00")
    await world.run("Bo", cup)
    olga = await world.actor(OWNER)
    before = world.dump()
    with pytest.raises(RunsPending, match="1 run in Spring Cup still wait") as refused:
        await world.herald.tournaments.end(olga, cup.id)
    assert [run.racer.display_name for run in refused.value.runs] == ["Bo"]
    assert world.dump() == before
    await world.herald.tournaments.end(olga, cup.id, leave_out_up_to=10**6)
    assert len(world.newest("TournamentEnded")["podium"]) == 1


async def test_deleting_takes_the_name_and_takes_everything_along(world: World) -> None:
    cup = await world.tournament()
    await world.run("Ann", cup)
    olga = await world.actor(OWNER)
    before = world.dump()
    for wrong in ("", "Spring", "Spring Cup 2"):
        with pytest.raises(Invalid, match=r"nothing was deleted\. To delete it, type Spring Cup"):
            await world.herald.tournaments.delete(olga, cup.id, typed_name=wrong)
    assert world.dump() == before
    await world.herald.tournaments.delete(olga, cup.id, typed_name=" spring  CUP ")
    for table in ("tournament", "entrant", "race"):
        assert world.select(f"SELECT count(*) FROM {table}") == [0]
    assert world.newest("TournamentDeleted")["tournament_name"] == "Spring Cup"


async def test_names_are_unique_within_the_organization_whatever_their_case(world: World) -> None:
    await world.tournament("Straße Cup", status=DRAFT)
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    olga = await world.actor(OWNER)
    before = world.dump()
    for name in ("Straße Cup", "STRASSE CUP", "  straße   cup"):
        with pytest.raises(WrongState, match="choose another name"):
            await world.herald.tournaments.create(olga, name=name, type=TournamentType.OTHER)
    assert world.dump() == before
    await world.tournament("Straße Cup", by="Rita", guild=ELSEWHERE, status=DRAFT)


async def test_a_tournament_is_found_by_its_name_however_the_accents_are_typed(world: World) -> None:
    await world.tournament("Café Cup", status=DRAFT)
    typed = unicodedata.normalize("NFD", "café cup")
    assert (await world.herald.tournaments.info(await world.actor("Ann"), typed)).tournament.name == "Café Cup"


@pytest.mark.parametrize("typed", ["", "x" * 5000, "ﷺ" * 100, "\ud800", "\0", "'; DROP TABLE tournament; --"])
async def test_a_name_that_no_tournament_has_is_not_found_whatever_was_typed(world: World, typed: str) -> None:
    with pytest.raises(NotFound, match="is not a tournament here"):
        await world.herald.tournaments.info(await world.actor("Ann"), typed)
    assert await world.herald.tournaments.names(await world.actor("Ann"), typed, ALL) == []


async def test_an_edit_is_told_with_old_and_new_and_no_change_with_no_event(world: World) -> None:
    cup = await world.tournament()
    olga, service = await world.actor(OWNER), world.herald.tournaments
    await service.edit(olga, cup.id, name="SPRING CUP", description="New", seed="")
    assert world.newest("TournamentUpdated")["changed_fields"] == [
        {"field": "name", "old": "Spring Cup", "new": "SPRING CUP"},
        {"field": "description", "old": "", "new": "New"},
    ]
    before = world.dump()
    await service.edit(olga, cup.id, name="SPRING CUP", description=" New ", seed="")
    assert world.dump() == before


async def test_an_edit_to_a_taken_name_or_of_an_ended_tournament_is_refused(world: World) -> None:
    cup = await world.tournament()
    ended = await world.tournament("Autumn Cup", status=ENDED)
    olga = await world.actor(OWNER)
    before = world.dump()
    with pytest.raises(WrongState, match="choose another name"):
        await world.herald.tournaments.edit(olga, cup.id, name="autumn cup", description="", seed="")
    with pytest.raises(WrongState, match="it stays as it is"):
        await world.herald.tournaments.edit(olga, ended.id, name="Winter Cup", description="", seed="")
    assert world.dump() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "\u200b"),
        ("name", "x" * 81),
        ("description", "x" * 1001),
        ("seed", "x" * 501),
        ("seed", "javascript://alert(1)"),
        ("seed", "https://user:pw@seeds.example/1"),
    ],
)
async def test_a_tournament_with_unusable_words_is_refused(world: World, field: str, value: str) -> None:
    olga = await world.actor(OWNER)
    before = world.dump()
    words = {"name": "Cup", "description": "", "seed": "", field: value}
    with pytest.raises(Invalid):
        await world.herald.tournaments.create(olga, type=TournamentType.OTHER, **words)
    assert world.dump() == before


@pytest.mark.parametrize("whose", ["other", "none"])
async def test_tournaments_of_another_organization_do_not_exist_here(world: World, whose: str) -> None:
    cup = await world.tournament()
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    rita, service = await world.actor("Rita", guild=ELSEWHERE), world.herald.tournaments
    cup_id = cup.id if whose == "other" else 999
    before = world.dump()
    for reference in (cup_id, "Spring Cup"):
        for call in (
            service.editable(rita, reference),
            service.open(rita, reference),
            service.start(rita, reference),
            service.end(rita, reference, leave_out_up_to=10**6),
            world.herald.entrants.join(rita, reference),
            world.herald.entrants.leave(rita, reference),
            service.info(rita, reference),
            world.herald.leaderboard.page(rita, reference),
            world.herald.leaderboard.mine(rita, reference),
            world.herald.leaderboard.export(rita, reference),
            world.herald.races.submittable(rita, reference),
        ):
            with pytest.raises(NotFound, match="is not a tournament here"):
                await call
    with pytest.raises(NotFound):
        await service.edit(rita, cup_id, name="Mine", description="", seed="")
    with pytest.raises(NotFound):
        await service.delete(rita, cup_id, typed_name="Spring Cup")
    with pytest.raises(NotFound):
        await world.herald.races.submit(rita, cup_id, time="1:00", vod="https://vod.example/1")
    assert await service.newest(rita) == []
    assert world.dump() == before


async def test_suggested_names_are_the_organizations_own_newest_first_in_the_wanted_states(world: World) -> None:
    await world.tournament("Spring Cup", status=ENDED)
    await world.tournament("100% Race", status=OPEN)
    await world.tournament("Spring Sprint", status=OPEN)
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    await world.tournament("Spring Rival", by="Rita", guild=ELSEWHERE, status=OPEN)
    ann, names = await world.actor("Ann"), world.herald.tournaments.names
    assert await names(ann, "", ALL) == ["Spring Sprint", "100% Race", "Spring Cup"]
    assert await names(ann, " sPRIng", ALL) == ["Spring Sprint", "Spring Cup"]
    assert await names(ann, "spring", frozenset({OPEN})) == ["Spring Sprint"]
    assert await names(ann, "%", ALL) == ["100% Race"]
    assert await names(ann, "_", ALL) == []
    assert await names(await world.actor("Ann", guild=None), "", ALL) == []


async def test_no_more_names_are_suggested_than_discord_shows(world: World) -> None:
    for number in range(CHOICES + 1):
        await world.tournament(f"Cup {number}", status=DRAFT)
    names = await world.herald.tournaments.names(await world.actor("Ann"), "cup", ALL)
    assert names == [f"Cup {number}" for number in range(CHOICES, 0, -1)]


async def test_a_view_counts_racers_and_runs(world: World) -> None:
    cup = await world.tournament(racers=("Ann", "Bo", "Cy"))
    await world.approved("Ann", cup, "1:00:00")
    await world.run("Ann", cup)
    await world.run("Bo", cup)
    for view in [
        await world.herald.tournaments.info(await world.actor("Di"), "Spring Cup"),
        *await world.herald.tournaments.newest(await world.actor("Di")),
    ]:
        assert (view.racers, view.pending, view.approved) == (3, 2, 1)


async def test_a_seed_is_told_by_no_event_and_no_line_of_the_trail(world: World) -> None:
    world.start()
    cup = await world.tournament(status=DRAFT)
    await world.herald.tournaments.edit(
        await world.actor(OWNER), cup.id, name="Spring Cup", description="", seed="S3CR3T"
    )
    await world.settle()
    assert [line.text for line in await world.herald.audit.everything()][-1] == "Olga changed Spring Cup: seed"
    told = {name: rows for name, rows in world.dump().items() if name != "tournament"}
    assert "S3CR3T" not in str(told)
