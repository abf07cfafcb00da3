"""Two histories that differ in hidden results alone look the same, byte for byte, to all but reviewers."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from events import EVENT_TYPES
from models import Race, RaceStatus, Role, TournamentStatus, Way
from services.actor import Actor
from services.audit import AuditFilter
from services.erasure import Results
from services.errors import Refusal
from services.guilds import ChannelUse
from services.notifications import Topic
from services.rules import Rules
from services.sender import SendDeferred
from services.words.tournament_cards import tournament_card
from tests.services.discord_stand_in import channel, user
from tests.services.field import Course, course
from tests.services.world import AUDIT, NEWS, OWNER, REVIEW, VOD, World

RESULTS, MATCHES, BOARD, RACES = 7004, 7005, 7006, 7007
SEEN_BY_ALL = (NEWS, RESULTS, MATCHES, BOARD, AUDIT)

RACERS = ("Ann", "Bo", "Cy")
FAST, SLOW = {"Ann": 100_000, "Bo": 110_000, "Cy": 120_000}, {"Ann": 300_000, "Bo": 250_000, "Cy": 1_000}
APPROVE: dict[str, bool] = dict.fromkeys(RACERS, True)
REJECT = {"Ann": False, "Bo": True, "Cy": False}


@asynccontextmanager
async def opened(path: Path, template: Path) -> AsyncGenerator[World]:
    made = World(path)
    await made.open(template)
    try:
        yield made
    finally:
        await made.close()


async def play(world: World, times: dict[str, int], verdicts: dict[str, bool], *, hidden: bool) -> Course:
    """A tournament with everything that tells of results: each racer hears of theirs aloud, and a board is pinned."""
    await world.found()
    for use, place in {
        ChannelUse.ANNOUNCEMENTS: NEWS,
        ChannelUse.REVIEW: REVIEW,
        ChannelUse.RESULTS: RESULTS,
        ChannelUse.MATCHES: MATCHES,
        ChannelUse.AUDIT: AUDIT,
    }.items():
        await world.use(use, place)
    await world.hire("Mo", Role.MODERATOR)
    await world.hire("Rae", Role.REVIEWER)
    cup = await course(world, pools=1, hidden=hidden, racers=RACERS)
    for name in RACERS:
        await world.herald.notifications.choose(await world.actor(name), Topic.RUNS, Way.MENTION)
    world.start()
    await world.settle()
    # How often announcements were edited that were sent while it was opened and started, is chance.
    world.outbox.edits.clear()
    await world.herald.leaderboard.post(await world.actor(OWNER), cup.tournament.id, BOARD)
    rae = await world.actor("Rae")
    for name in RACERS:
        run = await race(world, name, times[name])
        if verdicts[name]:
            await world.herald.reviews.approve(rae, run.id)
        else:
            await world.herald.reviews.reject(rae, run.id, reason=f"{name} left the track")
        await world.settle()
    return cup


async def race(world: World, name: str, time_ms: int) -> Race:
    """A race of that length, by Discord's clock alone: ours goes on alike whatever it is."""
    attempt = await world.herald.attempts.start(await world.actor(name), 1, RACES)
    await world.settle()
    ready = await world.herald.attempts.ready(await world.actor(name), attempt.id)
    # What is said says when: it is said before time passes.
    await world.settle()
    await world.pass_time(seconds=15)
    assert ready.starts_at is not None
    finished_at = ready.starts_at + timedelta(milliseconds=time_ms)
    await world.herald.attempts.finish(await world.actor(name, at=finished_at), attempt.id)
    await world.settle()
    racer = await world.actor(name)
    run, _ = await world.herald.submissions.submit(racer, attempt.id, vod=VOD, notes="", in_game="")
    await world.settle()
    await world.pass_time(seconds=5)
    assert run.time_ms == time_ms
    return run


async def attempt(call: Any) -> object:
    try:
        return await call
    except Refusal as refusal:
        return f"{type(refusal).__name__}: {refusal.message}"


async def seen(world: World, who: Actor, cup: Course) -> dict[str, object]:
    """All that the services tell somebody of a tournament."""
    herald, id = world.herald, cup.tournament.id
    found: dict[str, object] = {
        "board": await attempt(herald.leaderboard.page(who, id)),
        "second page": await attempt(herald.leaderboard.page(who, id, 1)),
        "export": await attempt(herald.leaderboard.export(who, id)),
        "mine": await attempt(herald.leaderboard.mine(who, id)),
        "card": await attempt(herald.tournaments.info(who, id)),
        "list": await attempt(herald.tournaments.newest(who)),
        "panel": await attempt(herald.tournaments.postable(who, id)),
        "names": await attempt(herald.tournaments.names(who, "", frozenset(TournamentStatus))),
        "audit": await attempt(herald.audit.search(who, AuditFilter())),
    }
    for event_type in EVENT_TYPES:
        action = event_type.__name__.removesuffix("Event")
        found[action] = await attempt(herald.audit.search(who, AuditFilter(action=action, entity_type="race")))
        found[f"all {action}"] = await attempt(herald.audit.search(who, AuditFilter(action=action)))
    for number in range(1, 4):
        found[f"run {number}"] = await attempt(
            herald.audit.search(who, AuditFilter(entity_type="race", entity_id=number))
        )
    found["card drawn"] = tournament_card(await herald.tournaments.info(who, id))
    return found


def posts(world: World, *names: str) -> list[str]:
    """All that stands in the channels, and in the DMs of `names`, place by place in its order."""
    places = [channel(one) for one in SEEN_BY_ALL] + [user(world.discord_id(name)) for name in names]
    return [repr((one, x.notice, x.at)) for one in places for x in world.outbox.letters if x.target == one]


def touched(world: World) -> list[object]:
    """How often each message that all can see was edited: Discord shows that."""
    letters = world.outbox.letters
    numbers = {x.nonce: [y.nonce for y in letters if y.target == x.target].index(x.nonce) for x in letters}
    places = [channel(one) for one in SEEN_BY_ALL]
    return [(one, numbers[x.nonce]) for one in places for x in world.outbox.edits if x.target == one]


WHO = ("Mo", "Di", "Sten")
"""A moderator, a member without a run, and a stranger."""


async def told(world: World, cup: Course) -> dict[str, str]:
    await world.hire("Di", Role.RACER)
    await world.settle()
    found: dict[str, str] = {}
    for name in WHO:
        found[name] = repr(await seen(world, await world.actor(name), cup))
    found["channels"] = repr(posts(world, *WHO))
    found["edits"] = repr(touched(world))
    return found


@pytest.mark.parametrize(
    ("times", "verdicts"), [(SLOW, APPROVE), (FAST, REJECT), (SLOW, REJECT)], ids=["times", "verdicts", "both"]
)
async def test_who_may_not_see_results_cannot_tell_two_histories_apart(
    tmp_path: Path, template: Path, times: dict[str, int], verdicts: dict[str, bool]
) -> None:
    async with opened(tmp_path / "one.sqlite3", template) as world:
        one = await told(world, await play(world, FAST, APPROVE, hidden=True))
    async with opened(tmp_path / "other.sqlite3", template) as world:
        other = await told(world, await play(world, times, verdicts, hidden=True))
    assert one.keys() == other.keys()
    for part in one:
        assert one[part] == other[part], part


async def test_a_racer_learns_their_own_result_and_nobody_elses(tmp_path: Path, template: Path) -> None:
    """Ann's history is the same in both, so to her both are."""
    cy = {**FAST, "Bo": 60_000, "Cy": 1_000_000}
    found: list[str] = []
    for name, times in {"one": FAST, "other": cy}.items():
        async with opened(tmp_path / f"{name}.sqlite3", template) as world:
            cup = await play(world, times, APPROVE, hidden=True)
            ann = await world.actor("Ann")
            found.append(repr([await seen(world, ann, cup), posts(world, "Ann"), await herald_runs(world, ann)]))
    assert found[0] == found[1]


async def herald_runs(world: World, actor: Actor) -> list[tuple[int, RaceStatus, int | None]]:
    races, _ = await world.herald.attempts.history(actor)
    return [(one.race.time_ms, one.race.status, one.race.reviewer_id) for one in races if one.race is not None]


async def test_without_hiding_the_same_people_see_the_difference(tmp_path: Path, template: Path) -> None:
    """The tests above would notice: each part of what is compared tells of results where they are not hidden."""
    async with opened(tmp_path / "one.sqlite3", template) as world:
        one = await told(world, await play(world, FAST, APPROVE, hidden=False))
    async with opened(tmp_path / "other.sqlite3", template) as world:
        other = await told(world, await play(world, SLOW, REJECT, hidden=False))
    # Boards may be edited as often in both; where results are hidden, not at all.
    assert {part for part in one if one[part] == other[part]} <= {"edits"}


async def test_who_leaves_or_deletes_their_account_does_not_tell_what_became_of_their_run(
    tmp_path: Path, template: Path
) -> None:
    found: list[dict[str, object]] = []
    for name, verdicts in {"one": APPROVE, "other": REJECT}.items():
        async with opened(tmp_path / f"{name}.sqlite3", template) as world:
            cup = await play(world, FAST, verdicts, hidden=True)
            left = await attempt(world.herald.entrants.leave(await world.actor("Ann"), cup.tournament.id))
            cy = await world.actor("Cy")
            await world.herald.erasure.delete(cy, cy.account_id, Results.KEPT, typed="delete")
            await world.settle()
            found.append({"left": left, **await told(world, cup)})
    one, other = found
    assert str(one["left"]).startswith("WrongState: You have handed in a run")
    for part in one:
        assert one[part] == other[part], part


async def test_a_deleted_tournament_tells_no_more_than_before(tmp_path: Path, template: Path) -> None:
    found: list[list[str]] = []
    for name, verdicts in {"one": APPROVE, "other": REJECT}.items():
        async with opened(tmp_path / f"{name}.sqlite3", template) as world:
            cup = await play(world, FAST, verdicts, hidden=True)
            olga = await world.actor(OWNER)
            await world.herald.tournaments.delete(olga, cup.tournament.id, typed_name="Spring Cup")
            await world.settle()
            read: list[str] = [repr(posts(world))]
            for action in (None, "RaceApproved", "RaceRejected"):
                wanted = AuditFilter(action=action, entity_type="race")
                read.append(repr(await world.herald.audit.search(await world.actor("Mo"), wanted)))
            found.append(read)
            lines = (await world.herald.audit.search(olga, AuditFilter(entity_type="race"))).lines
            verb = "approved" if verdicts["Cy"] else "rejected"
            assert lines[0].text.startswith(f"Rae {verb} Cy's 2:00 in a deleted tournament")
    assert found[0] == found[1]
    assert "Rae reviewed Cy's run in a deleted tournament" in found[0][1]


async def test_reviewers_see_all_of_the_trail_and_once_it_has_ended_everybody_does(
    tmp_path: Path, template: Path
) -> None:
    async with opened(tmp_path / "one.sqlite3", template) as world:
        cup = await play(world, FAST, {**APPROVE, "Cy": False}, hidden=True)
        wanted = AuditFilter(entity_type="race")

        async def lines(name: str) -> list[str]:
            return [one.text for one in (await world.herald.audit.search(await world.actor(name), wanted)).lines]

        assert (await lines(OWNER))[0].startswith("Rae rejected Cy's 2:00 in Spring Cup")
        assert (await lines("Mo"))[:2] == ["Rae reviewed Cy's run in Spring Cup", "Cy handed in a run in Spring Cup"]
        await world.herald.tournaments.end(await world.actor(OWNER), cup.tournament.id)
        assert (await lines("Mo"))[0].startswith("Rae rejected Cy's 2:00 in Spring Cup")


async def hide(world: World, cup: Course, *, hidden: bool = True) -> None:
    await world.herald.rules.set(await world.actor(OWNER), cup.tournament.id, Rules(results_hidden=hidden))
    await world.settle()


def results(world: World) -> list[str]:
    return world.outbox.titles(channel(RESULTS))


async def test_a_racer_is_not_told_aloud_how_they_did_when_results_were_hidden_before_it_was_sent(
    tmp_path: Path, template: Path
) -> None:
    async with opened(tmp_path / "one.sqlite3", template) as world:
        await world.found()
        await world.use(ChannelUse.RESULTS, RESULTS)
        cup = await course(world)
        await world.herald.notifications.choose(await world.actor("Ann"), Topic.RUNS, Way.MENTION)
        run = await cup.run("Ann", FAST["Ann"], status=RaceStatus.SUBMITTED)
        await world.herald.reviews.approve(await world.actor(OWNER), run.id)
        world.outbox.trouble(channel(RESULTS), SendDeferred(60))
        world.start()
        await world.settle()
        await hide(world, cup)
        await world.pass_time(seconds=60)
        assert "1:40" not in world.outbox.text()
        assert results(world) == ["Your run was reviewed"]


@pytest.mark.parametrize("how", ["end", "show"])
async def test_announcements_of_runs_that_changed_while_they_were_hidden_follow_once_they_are_not(
    tmp_path: Path, template: Path, how: str
) -> None:
    async with opened(tmp_path / "one.sqlite3", template) as world:
        await world.found()
        await world.use(ChannelUse.RESULTS, RESULTS)
        world.start()
        cup = await course(world, racers=RACERS)
        olga, reviews = await world.actor(OWNER), world.herald.reviews
        runs = [await cup.run(name, FAST[name], status=RaceStatus.SUBMITTED) for name in RACERS]
        for run in runs:
            await reviews.approve(olga, run.id)
            await world.settle()
        announced = ["Ann finished in 1:40", "Bo finished in 1:50", "Cy finished in 2:00"]
        assert results(world) == announced
        await hide(world, cup)
        await reviews.correct(olga, runs[0].id, time="1:00")
        await reviews.disqualify(olga, runs[1].id, reason="spliced")
        await world.settle()
        assert results(world) == announced
        world.outbox.edits.clear()
        if how == "end":
            await world.herald.tournaments.end(olga, cup.tournament.id)
            await world.settle()
        else:
            await hide(world, cup, hidden=False)
        assert results(world)[:3] == ["Ann finished in 1:00", "Bo's run does not count", "Cy finished in 2:00"]
        assert len([one for one in world.outbox.edits if one.target == channel(RESULTS)]) == 2
