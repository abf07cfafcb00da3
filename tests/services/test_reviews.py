from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from models import Race, RaceStatus, Role, TournamentStatus
from services.actor import Actor
from services.errors import Invalid, NotAllowed, NotFound, Refusal, Unavailable, WrongState
from services.guilds import ChannelUse
from services.notice import Field, Notice
from services.views import Show
from services.words.reviews import run_card
from services.words.tournament_cards import tournament_card
from tests.services.discord_stand_in import channel, user
from tests.services.field import Course, course
from tests.services.world import ELSEWHERE, NEWS, OWNER, REVIEW, World

SECOND_REVIEW = 7302

Do = Callable[[World, Actor, int], Awaitable[object]]

DECIDING: dict[str, Do] = {
    "claim": lambda world, actor, id: world.herald.reviews.claim(actor, id),
    "release": lambda world, actor, id: world.herald.reviews.release(actor, id),
    "doubt": lambda world, actor, id: world.herald.reviews.doubt(actor, id),
    "reviewable": lambda world, actor, id: world.herald.reviews.reviewable(actor, id),
    "approve": lambda world, actor, id: world.herald.reviews.approve(actor, id),
    "reject": lambda world, actor, id: world.herald.reviews.reject(actor, id, reason="no video"),
}
"""What takes a run that waits, and nobody else who has claimed it."""

CHANGING: dict[str, Do] = {
    "changeable": lambda world, actor, id: world.herald.reviews.changeable(actor, id),
    "correct": lambda world, actor, id: world.herald.reviews.correct(actor, id, time="1:00:00"),
    "disqualify": lambda world, actor, id: world.herald.reviews.disqualify(actor, id, reason="spliced"),
}
"""What can be done about a run that counts as well."""

OFFERING: dict[str, Do] = {
    "trust": lambda world, actor, id: world.herald.reviews.trust(actor, id),
    "menu": lambda world, actor, id: world.herald.reviews.menu(actor, id),
}
"""What does not depend on a claim."""

ALL = {**DECIDING, **CHANGING, **OFFERING}


async def refused(
    world: World, actor: Actor, race: Race, doing: dict[str, Do], error: type[Refusal], words: str
) -> None:
    """Each is refused in these words, and nothing changes."""
    before = world.dump()
    for name, do in doing.items():
        with pytest.raises(error) as caught:
            await do(world, actor, race.id)
        assert words in told(caught.value), name
    assert world.dump() == before


def told(refusal: Refusal) -> str:
    message = refusal.message
    return message if isinstance(message, str) else "".join(map(str, message))


def columns(world: World, *names: str) -> tuple[object, ...]:
    """Columns of the only run."""
    [row] = world.select(f"SELECT {', '.join((*names, 'id'))} FROM race")
    return tuple(row)[:-1]


async def test_a_reviewer_approves_a_run_and_it_counts(world: World) -> None:
    cup = await world.tournament()
    race = await world.run("Ann", cup)
    rae = await world.hire("Rae", Role.REVIEWER)
    await world.herald.reviews.approve(rae, race.id)
    assert columns(world, "status", "reviewer_id", "rejection_reason") == ("approved", rae.account_id, None)
    event = world.newest("RaceApproved")
    assert (event["user_id"], event["racer_id"], event["time_ms"]) == (rae.account_id, race.racer_id, 5_025_000)
    board = await world.herald.leaderboard.page(rae, cup.id)
    assert [s.name for s in board.places] == ["Ann"]


@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("how", ["reject", "disqualify"])
async def test_turning_a_run_down_takes_a_reason_and_it_does_not_count(world: World, how: str, counted: bool) -> None:
    cup = await world.tournament()
    if counted and how == "reject":
        pytest.skip("what counts is disqualified")
    race = await (world.approved("Ann", cup, "1:23:45") if counted else world.run("Ann", cup))
    rae = await world.hire("Rae", Role.REVIEWER)
    turn_down = getattr(world.herald.reviews, how)
    before = world.dump()
    for reason in ("", " \n", "x" * 501):
        with pytest.raises(Invalid, match="The reason is"):
            await turn_down(rae, race.id, reason=reason)
    assert world.dump() == before
    start = world.last_event()
    await turn_down(rae, race.id, reason=" no video ")
    card = (await world.herald.reviews.card(rae, race.id)).race
    assert (card.status.value, card.rejection_reason) == ("rejected" if how == "reject" else "disqualified", "no video")
    assert world.events(start) == ["RaceRejected"]
    event = world.newest("RaceRejected")
    assert (event["reason"], event["disqualified"]) == ("no video", how == "disqualify")
    assert "no video" not in event["payload"]
    board = await world.herald.leaderboard.page(rae, cup.id)
    assert board.places == []


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ORGANIZER, Role.ADMIN])
@pytest.mark.parametrize("counts", [False, True])
async def test_nobody_reviews_their_own_run(world: World, role: Role, counts: bool) -> None:
    actor = await world.hire("Rae", role)
    race = await world.run("Rae", await world.tournament(racers=("Rae",)))
    if counts:
        await world.herald.reviews.approve(await world.actor(OWNER), race.id)
    await refused(world, actor, race, ALL, NotAllowed, "your own run")


async def test_racers_and_strangers_review_nothing(world: World) -> None:
    race = await world.run("Ann", await world.tournament(racers=("Ann", "Bo")))
    for name in ("Bo", "Cy"):
        actor = await world.actor(name)
        await refused(world, actor, race, ALL, NotAllowed, "You may not review runs here")
        for call in (world.herald.reviews.queue(actor), world.herald.reviews.card(actor, race.id)):
            with pytest.raises(NotAllowed):
                await call


@pytest.mark.parametrize("verdict", ["approve", "reject", "disqualify"])
async def test_a_run_is_reviewed_once_and_who_comes_later_hears_by_whom(world: World, verdict: str) -> None:
    race = await world.run("Ann", await world.tournament())
    rae, olga = await world.hire("Rae", Role.REVIEWER), await world.actor(OWNER)
    await ALL[verdict](world, rae, race.id)
    words = {"approve": "approved", "reject": "rejected", "disqualify": "disqualified"}[verdict]
    words = f"This run was {words} by Rae already."
    await refused(world, olga, race, {**DECIDING, "trust": ALL["trust"]}, WrongState, words)
    if verdict != "approve":
        await refused(world, olga, race, {**CHANGING, "menu": ALL["menu"]}, WrongState, words)


async def test_of_twenty_simultaneous_reviews_exactly_one_wins_with_one_event(world: World) -> None:
    race = await world.run("Ann", await world.tournament())
    reviewers = [await world.hire(f"Rae {n}", Role.REVIEWER) for n in range(20)]
    start, reviews = world.last_event(), world.herald.reviews
    outcomes = await asyncio.gather(
        *(
            reviews.approve(reviewer, race.id) if n % 2 else reviews.reject(reviewer, race.id, reason=f"no {n}")
            for n, reviewer in enumerate(reviewers)
        ),
        return_exceptions=True,
    )
    winners = [n for n, outcome in enumerate(outcomes) if not isinstance(outcome, BaseException)]
    assert len(winners) == 1
    winner = winners[0]
    late = [outcome for outcome in outcomes if isinstance(outcome, WrongState)]
    verdict = "approved" if winner % 2 else "rejected"
    assert {told(one) for one in late} == {f"This run was {verdict} by Rae {winner} already."}
    assert len(late) == 19
    assert world.events(start) == ["RaceApproved" if winner % 2 else "RaceRejected"]
    reason = None if winner % 2 else f"no {winner}"
    account = reviewers[winner].account_id
    assert columns(world, "status", "reviewer_id", "rejection_reason") == (verdict, account, reason)


async def test_of_twenty_simultaneous_claims_one_is_taken_and_one_event_tells_of_it(world: World) -> None:
    race = await world.run("Ann", await world.tournament())
    reviewers = [await world.hire(f"Rae {n}", Role.REVIEWER) for n in range(20)]
    start = world.last_event()
    outcomes = await asyncio.gather(
        *(world.herald.reviews.claim(reviewer, race.id) for reviewer in reviewers), return_exceptions=True
    )
    [winner] = [n for n, outcome in enumerate(outcomes) if not isinstance(outcome, BaseException)]
    late = [outcome for outcome in outcomes if isinstance(outcome, WrongState)]
    assert len(late) == 19
    assert all(told(one).startswith(f"Rae {winner} has claimed this run") for one in late)
    assert world.events(start) == ["TournamentUpdated"]
    assert columns(world, "claimed_by_id") == (reviewers[winner].account_id,)


async def test_a_claimed_run_is_decided_by_who_claimed_it_until_they_release_it(world: World) -> None:
    race = await world.run("Ann", await world.tournament())
    rae, roy = await world.hire("Rae", Role.REVIEWER), await world.hire("Roy", Role.ORGANIZER)
    await world.herald.reviews.claim(rae, race.id)
    event = world.newest("TournamentUpdated")
    assert (event["race_id"], event["racer_id"]) == (race.id, race.racer_id)
    assert event["changed_fields"] == [{"field": "claimed_by", "old": None, "new": rae.account_id}]
    with pytest.raises(WrongState, match="You have claimed this run already"):
        await world.herald.reviews.claim(rae, race.id)
    await refused(world, roy, race, {**DECIDING, **CHANGING}, WrongState, "Rae has claimed this run, so they decide.")
    assert (await world.herald.reviews.menu(roy, race.id)).race.id == race.id
    await world.herald.reviews.release(rae, race.id)
    assert world.newest("TournamentUpdated")["changed_fields"] == [
        {"field": "claimed_by", "old": rae.account_id, "new": None}
    ]
    with pytest.raises(WrongState, match="Nobody has claimed this run any more"):
        await world.herald.reviews.release(rae, race.id)
    await world.herald.reviews.approve(roy, race.id)


async def test_whoever_claimed_a_run_decides_on_it_and_the_claim_ends(world: World) -> None:
    race = await world.run("Ann", await world.tournament())
    rae = await world.hire("Rae", Role.REVIEWER)
    await world.herald.reviews.claim(rae, race.id)
    start = world.last_event()
    await world.herald.reviews.approve(rae, race.id)
    assert world.events(start) == ["RaceApproved"]
    assert columns(world, "claimed_by_id", "claimed_at") == (None, None)


async def test_a_claim_holds_for_an_hour(world: World) -> None:
    race = await world.run("Ann", await world.tournament())
    rae, roy = await world.hire("Rae", Role.REVIEWER), await world.hire("Roy", Role.REVIEWER)
    await world.herald.reviews.claim(rae, race.id)
    until = world.clock() + timedelta(hours=1)
    world.clock.advance(minutes=59, seconds=59)
    await refused(world, roy, race, DECIDING, WrongState, str(until))
    world.clock.advance(seconds=1)
    await world.herald.reviews.claim(roy, race.id)
    assert world.newest("TournamentUpdated")["changed_fields"] == [
        {"field": "claimed_by", "old": rae.account_id, "new": roy.account_id}
    ]
    await refused(world, rae, race, DECIDING, WrongState, "Roy has claimed this run")
    world.clock.advance(hours=1)
    await world.herald.reviews.claim(roy, race.id)
    await world.herald.reviews.release(roy, race.id)
    await world.herald.reviews.claim(rae, race.id)
    world.clock.advance(hours=1)
    await world.herald.reviews.approve(roy, race.id)


@pytest.mark.parametrize("who", ["an owner", "an admin"])
async def test_owners_and_admins_decide_whoever_has_claimed_a_run(world: World, who: str) -> None:
    cup = await world.tournament()
    rae = await world.hire("Rae", Role.REVIEWER)
    boss = await (world.actor(OWNER) if who == "an owner" else world.hire("Alma", Role.ADMIN))
    for do in (DECIDING["approve"], DECIDING["reject"], CHANGING["disqualify"]):
        race = await world.run("Ann", cup)
        await world.herald.reviews.claim(rae, race.id)
        await do(world, boss, race.id)
    race = await world.run("Ann", cup)
    await world.herald.reviews.claim(rae, race.id)
    await world.herald.reviews.release(boss, race.id)
    await world.herald.reviews.claim(rae, race.id)
    await world.herald.reviews.claim(boss, race.id)


async def test_a_second_review_is_anybodys_but_who_asked_for_it(world: World) -> None:
    race = await world.run("Ann", await world.tournament())
    rae, roy = await world.hire("Rae", Role.REVIEWER), await world.hire("Roy", Role.REVIEWER)
    await world.herald.reviews.claim(rae, race.id)
    await world.herald.reviews.doubt(rae, race.id)
    assert world.newest("TournamentUpdated")["changed_fields"] == [
        {"field": "doubted_by", "old": None, "new": rae.account_id},
        {"field": "claimed_by", "old": rae.account_id, "new": None},
    ]
    assert columns(world, "claimed_by_id", "doubted_by_id") == (None, rae.account_id)
    await refused(world, rae, race, {**DECIDING, **CHANGING}, WrongState, "so somebody else decides")
    await refused(world, roy, race, {"doubt": ALL["doubt"]}, WrongState, "Rae has asked for a second review")
    await refused(world, roy, race, {"trust": ALL["trust"]}, WrongState, "You do not ask for a second review")
    await world.herald.reviews.approve(roy, race.id)
    assert columns(world, "status", "reviewer_id") == ("approved", roy.account_id)


async def test_a_reviewer_takes_back_that_somebody_else_has_to_decide(world: World) -> None:
    race = await world.run("Ann", await world.tournament())
    rae = await world.hire("Rae", Role.REVIEWER)
    await world.herald.reviews.doubt(rae, race.id)
    await world.herald.reviews.trust(rae, race.id)
    assert world.newest("TournamentUpdated")["changed_fields"] == [
        {"field": "doubted_by", "old": rae.account_id, "new": None}
    ]
    await world.herald.reviews.approve(rae, race.id)


@pytest.mark.parametrize("counts", [False, True])
async def test_a_corrected_time_is_told_and_what_was_handed_in_first_is_kept(world: World, counts: bool) -> None:
    cup = await world.tournament()
    race = await (world.approved("Ann", cup, "1:23:45") if counts else world.run("Ann", cup))
    rae = await world.hire("Rae", Role.REVIEWER)
    start = world.last_event()
    await world.herald.reviews.correct(rae, race.id, time="1:20:00")
    event = world.newest("TournamentUpdated")
    assert event["changed_fields"] == [{"field": "time_ms", "old": 5_025_000, "new": 4_800_000}]
    assert (event["race_id"], event["racer_id"], event["user_id"]) == (race.id, race.racer_id, rae.account_id)
    await world.herald.reviews.correct(rae, race.id, time="1:21:00.5")
    assert columns(world, "time_ms", "first_time_ms") == (4_860_500, 5_025_000)
    assert world.events(start) == ["TournamentUpdated"] * 2
    if counts:
        board = await world.herald.leaderboard.page(rae, cup.id)
        assert [s.time_ms for s in board.places] == [4_860_500]


async def test_a_time_that_somebody_else_has_corrected_meanwhile_is_not_overwritten(world: World) -> None:
    race = await world.run("Ann", await world.tournament())
    rae, roy = await world.hire("Rae", Role.REVIEWER), await world.hire("Roy", Role.REVIEWER)
    reviews, seen = world.herald.reviews, race.time_ms
    await reviews.correct(rae, race.id, time="1:20:00", instead_of_ms=seen)
    before = world.dump()
    with pytest.raises(WrongState, match="corrected this time to 1:20:00 meanwhile, so nothing was changed"):
        await reviews.correct(roy, race.id, time="1:21:00", instead_of_ms=seen)
    await reviews.correct(roy, race.id, time="1:20:00", instead_of_ms=seen)
    assert world.dump() == before
    await reviews.correct(roy, race.id, time="1:21:00", instead_of_ms=4_800_000)
    assert columns(world, "time_ms") == (4_860_000,)


async def test_a_time_that_is_right_already_or_none_changes_nothing(world: World) -> None:
    race = await world.run("Ann", await world.tournament())
    olga = await world.actor(OWNER)
    before = world.dump()
    await world.herald.reviews.correct(olga, race.id, time="1:23:45")
    for time in ("", "soon", "0:00", "1:83:45"):
        with pytest.raises(Invalid):
            await world.herald.reviews.correct(olga, race.id, time=time)
    assert world.dump() == before


async def test_after_the_end_nothing_is_reviewed_or_changed(world: World) -> None:
    cup = await world.tournament(racers=("Ann", "Bo"))
    waiting, counted = await world.run("Ann", cup), await world.approved("Bo", cup, "1:00:00")
    olga = await world.actor(OWNER)
    await world.herald.tournaments.end(olga, cup.id, leave_out_up_to=10**6)
    await refused(world, olga, waiting, ALL, WrongState, "Spring Cup has ended, so this run was left out.")
    late = {**CHANGING, "menu": ALL["menu"]}
    await refused(world, olga, counted, late, WrongState, "Spring Cup has ended, so this run stays as it is.")
    assert (await world.herald.reviews.queue(olga)).total == 0


async def test_a_run_that_counts_without_review_is_not_said_to_be_left_out_by_the_end(world: World) -> None:
    made = await course(world, review=False)
    race = await made.run("Ann", 100_000, status=RaceStatus.SUBMITTED)
    olga = await world.actor(OWNER)
    ended = await world.herald.tournaments.end(olga, made.tournament.id)
    assert ended.status is TournamentStatus.ENDED
    card = run_card(await world.herald.reviews.card(olga, race.id))
    assert card.fields[-1] == Field("Counts", ("It needed no review.",))
    await refused(world, olga, race, ALL, WrongState, "Spring Cup has ended, so this run stays as it is.")
    shown = tournament_card(await world.herald.tournaments.info(olga, made.tournament.id))
    assert Field("Runs", ("1 counted",)) in shown.fields


async def discarded(race: Race, made: Course) -> None:
    await made.discard(await made.attempt(race))


async def test_a_run_that_its_racer_has_discarded_is_not_reviewed(world: World) -> None:
    made = await course(world)
    race = await made.run("Ann", 3_600_000, status=RaceStatus.SUBMITTED)
    olga = await world.actor(OWNER)
    assert (await world.herald.reviews.queue(olga)).total == 1
    await discarded(race, made)
    await refused(world, olga, race, ALL, WrongState, "Its racer has discarded this run for another")
    assert (await world.herald.reviews.queue(olga)).total == 0
    assert (await world.herald.reviews.card(olga, race.id)).discarded
    assert (await world.herald.tournaments.info(olga, made.tournament.id)).pending == 0
    # Nothing waits, so nothing is asked before the end.
    ended = await world.herald.tournaments.end(olga, made.tournament.id)
    assert ended.status is TournamentStatus.ENDED


@pytest.mark.parametrize("which", ["of others", "none"])
async def test_runs_of_another_organization_do_not_exist_here(world: World, which: str) -> None:
    race = await world.run("Ann", await world.tournament())
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    rita = await world.actor("Rita", guild=ELSEWHERE)
    race.id = race.id if which == "of others" else 999
    card: dict[str, Do] = {"card": lambda world, actor, id: world.herald.reviews.card(actor, id)}
    words = "does not exist any more, or it belongs to another community"
    await refused(world, rita, race, {**ALL, **card}, NotFound, words)
    assert (await world.herald.reviews.queue(rita)).runs == []


async def test_a_run_is_found_by_the_race_that_it_came_of_once_it_is_handed_in(world: World) -> None:
    made = await course(world)
    race = await made.run("Ann", 3_600_000, status=RaceStatus.SUBMITTED)
    attempt = await made.attempt(race)
    olga, reviews = await world.actor(OWNER), world.herald.reviews
    assert (await reviews.card_of_attempt(olga, attempt.id)).race.id == race.id
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    rita = await world.actor("Rita", guild=ELSEWHERE)
    for actor, attempt_id in ((olga, 999), (rita, attempt.id)):
        with pytest.raises(NotFound, match="not handed in yet, or it belongs to another"):
            await reviews.card_of_attempt(actor, attempt_id)
    with pytest.raises(NotAllowed):
        await reviews.card_of_attempt(await world.actor("Ann"), attempt.id)


async def test_scores_follow_in_the_same_change(world: World) -> None:
    made = await course(world, racers=("Ann", "Bo"))
    fast = await made.run("Ann", 3_000_000, status=RaceStatus.SUBMITTED)
    slow = await made.run("Bo", 4_000_000, status=RaceStatus.SUBMITTED)
    rae = await world.hire("Rae", Role.REVIEWER)
    assert await made.scores() == {fast.id: None, slow.id: None}
    reviews = world.herald.reviews

    async def after(change: Awaitable[object]) -> dict[int, int | None]:
        await change
        return await made.scores()

    alone = await after(reviews.approve(rae, slow.id))
    assert alone[slow.id] is not None
    both = await after(reviews.approve(rae, fast.id))
    assert (both[fast.id] or 0) > (both[slow.id] or 0)
    assert both[slow.id] != alone[slow.id]
    corrected = await after(reviews.correct(rae, fast.id, time="1:30:00"))
    assert (corrected[fast.id] or 0) < (corrected[slow.id] or 0)
    assert await after(reviews.disqualify(rae, fast.id, reason="spliced")) == {**alone, fast.id: None}
    assert (await made.points())["Ann"] == (0, 0)


@pytest.mark.parametrize("what", ["approve", "correct", "disqualify"])
async def test_scores_are_as_before_where_a_review_could_not_be_told(world: World, what: str) -> None:
    made = await course(world)
    status = RaceStatus.SUBMITTED if what == "approve" else RaceStatus.APPROVED
    race = await made.run("Ann", 3_000_000, status=status)
    rae = await world.hire("Rae", Role.REVIEWER)
    before = world.dump()
    with world.refusing("event"), pytest.raises(Unavailable):
        await ALL[what](world, rae, race.id)
    assert world.dump() == before


async def test_the_queue_shows_what_waits_in_the_order_in_which_it_came(world: World) -> None:
    cup = await world.tournament(racers=("Ann", "Bo", "Cy"))
    other = await world.tournament("Autumn Cup", racers=("Ann",))
    rae, roy = await world.hire("Rae", Role.REVIEWER), await world.hire("Roy", Role.REVIEWER)
    runs: dict[str, Race] = {}
    for name, racer, where in (("a", "Ann", cup), ("b", "Bo", cup), ("c", "Cy", cup), ("d", "Ann", other)):
        world.clock.advance(minutes=1)
        runs[name] = await world.run(racer, where)
    names = {race.id: name for name, race in runs.items()}
    reviews = world.herald.reviews

    async def shown(show: Show = Show.ALL, tournament: int | str | None = None) -> str:
        page = await reviews.queue(rae, show, tournament)
        assert page.total == len(page.runs)
        return "".join(names[race.id] for race in page.runs)

    assert await shown() == "abcd"
    assert await shown(tournament="autumn cup") == "d"
    await reviews.claim(rae, runs["a"].id)
    await reviews.claim(roy, runs["b"].id)
    await reviews.doubt(roy, runs["c"].id)
    assert [await shown(show) for show in Show] == ["abcd", "cd", "a", "c"]
    assert await shown(Show.MINE, other.id) == ""
    world.clock.advance(hours=1)
    assert await shown(Show.FREE) == "abcd"
    await reviews.approve(roy, runs["a"].id)
    await reviews.reject(roy, runs["b"].id, reason="no video")
    assert await shown() == "cd"
    with pytest.raises(NotFound, match="not a tournament here"):
        await reviews.queue(rae, tournament="Winter Cup")


async def test_the_queue_has_pages_and_one_that_is_gone_is_the_last_one(world: World) -> None:
    racers = tuple(f"Racer {n:02}" for n in range(23))
    cup = await world.tournament(racers=racers)
    for racer in racers:
        world.clock.advance(seconds=1)
        await world.run(racer, cup)
    olga = await world.actor(OWNER)
    pages = [await world.herald.reviews.queue(olga, page=number) for number in range(4)]
    assert [len(page.runs) for page in pages] == [10, 10, 3, 3]
    assert [(page.page, page.pages, page.total) for page in pages] == [(0, 3, 23), (1, 3, 23), (2, 3, 23), (2, 3, 23)]
    shown = [race.racer.display_name for page in pages[:3] for race in page.runs]
    assert shown == list(racers)


@pytest.fixture
async def club(world: World) -> World:
    """Herald at work, with two servers that have a review channel each, and one for results."""
    await world.use(ChannelUse.RESULTS, NEWS)
    await world.use(ChannelUse.REVIEW, REVIEW)
    olga = await world.actor(OWNER, guild=ELSEWHERE, manage=True)
    await world.herald.guilds.link(olga, 1)
    await world.herald.guilds.set_channel(olga, ChannelUse.REVIEW, SECOND_REVIEW)
    world.start()
    await world.settle()
    return world


def cards(world: World) -> list[Notice]:
    """The newest card in each review channel."""
    found = {letter.target.id: letter.notice for letter in world.outbox.letters}
    return [found[REVIEW], found[SECOND_REVIEW]]


def facts(notice: Notice) -> dict[str, str]:
    return {field.label: "".join(map(str, field.value)) for field in notice.fields}


def labels(notice: Notice) -> list[str]:
    return [button.label for button in notice.buttons]


async def test_every_card_of_a_run_shows_what_becomes_of_it(club: World) -> None:
    race = await club.run("Ann", await club.tournament())
    rae, roy = await club.hire("Rae", Role.REVIEWER), await club.hire("Roy", Role.REVIEWER)
    reviews = club.herald.reviews
    await club.settle()

    async def both(change: Awaitable[object]) -> tuple[dict[str, str], list[str]]:
        await change
        await club.settle()
        first, second = cards(club)
        assert (first.fields, first.buttons) == (second.fields, second.buttons)
        return facts(first), labels(first)

    shown, buttons = await both(reviews.claim(rae, race.id))
    assert shown["Claimed by"].startswith("Rae, ")
    assert buttons == ["Release", "Approve", "Reject", "More"]
    shown, buttons = await both(reviews.doubt(rae, race.id))
    assert "Claimed by" not in shown
    assert shown["Second review asked for by"] == "Rae"
    assert buttons == ["Claim", "Approve", "Reject", "More"]
    shown, _ = await both(reviews.correct(roy, race.id, time="1:20:00"))
    assert (shown["Time"], shown["Corrected from"]) == ("1:20:00", "1:23:45")
    shown, buttons = await both(reviews.approve(roy, race.id))
    assert shown["Approved by"] == "Roy"
    assert buttons == ["More"]
    shown, buttons = await both(reviews.disqualify(rae, race.id, reason="Spliced"))
    assert (shown["Disqualified by"], shown["Reason"], buttons) == ("Rae", "Spliced", [])


async def test_what_reviewers_do_is_no_news_of_the_tournament(club: World) -> None:
    await club.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    race = await club.run("Ann", await club.tournament())
    await club.settle()
    olga = await club.actor(OWNER)
    await club.herald.reviews.claim(olga, race.id)
    await club.settle()
    newest = club.newest("TournamentUpdated")["event_id"]
    assert club.select("SELECT target_id FROM message WHERE event_id = ? ORDER BY 1", newest) == [REVIEW, SECOND_REVIEW]


async def test_an_announced_run_is_corrected_and_withdrawn_where_it_was_announced(club: World) -> None:
    race = await club.approved("Ann", await club.tournament(), "1:23:45")
    olga = await club.actor(OWNER)
    await club.settle()

    def announced() -> list[str]:
        return [letter.notice.title for letter in club.outbox.letters if letter.target == channel(NEWS)]

    assert announced() == ["Ann finished in 1:23:45"]
    await club.herald.reviews.correct(olga, race.id, time="1:20:00")
    await club.settle()
    assert announced() == ["Ann finished in 1:20:00"]
    await club.herald.reviews.disqualify(olga, race.id, reason="Spliced")
    await club.settle()
    assert announced() == ["Ann's run does not count"]


async def test_a_racer_hears_of_a_corrected_time_and_of_a_disqualification_with_its_reason(club: World) -> None:
    race = await club.approved("Ann", await club.tournament(), "1:23:45")
    olga = await club.actor(OWNER)
    await club.herald.reviews.correct(olga, race.id, time="1:20:00")
    await club.herald.reviews.disqualify(olga, race.id, reason="Spliced")
    await club.settle()
    ann = user(club.discord_id("Ann"))
    notices = [letter.notice for letter in club.outbox.letters if letter.target == ann][-2:]
    assert [notice.title for notice in notices] == ["The time of your run was corrected", "Your run was disqualified"]
    assert "".join(map(str, notices[0].lines[0])) == "In Spring Cup: from 1:23:45 to 1:20:00."
    assert facts(notices[1]) == {"Reason": "Spliced"}


async def test_a_run_on_a_seed_shows_its_pool_and_permalink_and_no_vod_where_none_was_asked_for(world: World) -> None:
    made = await course(world)
    race = await made.run("Ann", 3_600_000, status=RaceStatus.SUBMITTED)
    await world.use(ChannelUse.REVIEW, REVIEW)
    world.execute("UPDATE race SET vod_url = '', in_game_ms = 3500000")
    view = await world.herald.reviews.card(await world.actor(OWNER), race.id)
    assert view.race.seed is not None
    shown = facts(run_card(view))
    assert (shown["Pool"], shown["Seed"]) == ("Pool 1", "seed 1")
    assert (shown["VOD"], shown["In-game time"]) == ("none", "58:20")


async def test_the_trail_tells_what_reviewers_did(world: World) -> None:
    race = await world.run("Ann", await world.tournament())
    rae, olga = await world.hire("Rae", Role.REVIEWER), await world.actor(OWNER)
    reviews = world.herald.reviews
    start = len(world.events())
    await reviews.claim(rae, race.id)
    await reviews.release(olga, race.id)
    await reviews.claim(rae, race.id)
    await reviews.claim(olga, race.id)
    await reviews.release(olga, race.id)
    await reviews.doubt(rae, race.id)
    await reviews.trust(rae, race.id)
    await reviews.correct(rae, race.id, time="1:20:00")
    await reviews.disqualify(rae, race.id, reason="Spliced")
    world.start()
    await world.settle()
    lines = [line.text for line in await world.herald.audit.everything()][start:]
    assert lines == [
        "Rae claimed Ann's run in Spring Cup",
        "Olga released Ann's run in Spring Cup, which Rae had claimed",
        "Rae claimed Ann's run in Spring Cup",
        "Olga claimed Ann's run in Spring Cup, which Rae had claimed",
        "Olga released Ann's run in Spring Cup",
        "Rae asked for a second review of Ann's run in Spring Cup",
        "Rae no longer asks for a second review of Ann's run in Spring Cup",
        "Rae corrected the time of Ann's run in Spring Cup from 1:23:45 to 1:20:00",
        "Rae disqualified Ann's 1:20:00 in Spring Cup: Spliced",
    ]
