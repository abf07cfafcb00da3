"""Whatever people do, in whatever order: the tables say what the events say."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from models import Role, TournamentType
from services.actor import Actor
from services.errors import Refusal
from tests.services.world import OWNER, VOD, World
from tests.trials.ledger import read
from tests.trials.rebuilt import differences

PEOPLE = (OWNER, "Ann", "Bo", "Rae")
CUPS = (1, 2)
RUNS = (1, 2, 3)

Step = Callable[[World, Actor], Awaitable[Any]]


def of_a_cup(name: str) -> st.SearchStrategy[Step]:
    def call(world: World, actor: Actor, cup: int) -> Awaitable[object]:
        return getattr(world.herald.entrants if name in ("join", "leave") else world.herald.tournaments, name)(
            actor, cup
        )

    return st.sampled_from(CUPS).map(lambda cup: lambda w, a: call(w, a, cup))


def of_a_run(name: str, **more: Any) -> st.SearchStrategy[Step]:
    return st.sampled_from(RUNS).map(lambda run: lambda w, a: getattr(w.herald.reviews, name)(a, run, **more))


def of_an_invite(name: str) -> st.SearchStrategy[Step]:
    return st.sampled_from(RUNS).map(lambda invite: lambda w, a: getattr(w.herald.invites, name)(a, invite))


def create(name: str) -> Step:
    return lambda w, a: w.herald.tournaments.create(a, name=name, type=TournamentType.SPEEDRUN)


def submit(cup: int) -> Step:
    return lambda w, a: w.herald.races.submit(a, cup, time="1:23:45", vod=VOD)


def invite(person: str) -> Step:
    return lambda w, a: w.herald.invites.create(a, role=Role.REVIEWER, invitee=w.person(person))


def delete(cup: int) -> Step:
    return lambda w, a: w.herald.tournaments.delete(a, cup, typed_name="Spring Cup")


async def pass_time(world: World, _: Actor) -> None:
    await world.pass_time(hours=30)


async def crash(world: World, _: Actor) -> None:
    await world.crash()


steps: st.SearchStrategy[Step] = st.one_of(
    st.sampled_from(["Spring Cup", "Summer Cup"]).map(create),
    *(of_a_cup(name) for name in ("open", "join", "leave", "start", "end")),
    st.sampled_from(CUPS).map(submit),
    of_a_run("approve"),
    of_a_run("reject", reason="The VOD ends early."),
    st.sampled_from(PEOPLE).map(invite),
    of_an_invite("accept"),
    of_an_invite("decline"),
    of_an_invite("revoke"),
    st.sampled_from(CUPS).map(delete),
    st.just(pass_time),
    st.just(crash),
)


async def play(template: Path, plan: list[tuple[str, Step]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "herald.sqlite3")
        await world.open(template)
        try:
            await world.found()
            world.start()
            # Two cups to begin with, so that most steps meet something.
            for name in ("Spring Cup", "Autumn Cup"):
                await world.tournament(name, racers=("Ann", "Bo"))
            for who, step in plan:
                with contextlib.suppress(Refusal):
                    await step(world, await world.actor(who))
            await world.settle()
            # What is refused changes nothing and says nothing; whatever else happened, both tell the same.
            assert differences(read(world.path, {"arrivals": [], "refusals": []})) == ([], [])
            events, recorded = (
                world.select("SELECT count(*) FROM event"),
                world.select("SELECT count(*) FROM audit_entry"),
            )
            assert events == recorded
        finally:
            await world.close()


@settings(max_examples=15, deadline=None)
@given(plan=st.lists(st.tuples(st.sampled_from(PEOPLE), steps), min_size=5, max_size=25))
def test_after_any_steps_in_any_order_the_tables_are_what_the_events_say(
    template: Path, plan: list[tuple[str, Step]]
) -> None:
    asyncio.run(play(template, plan))
