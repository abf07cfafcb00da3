"""A world in motion: what has happened before the visitor comes, and who goes on racing while they look."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta

import discord
from simcord import InteractionResult

from bot.demo.sprint import POOLS, Sprint, labels
from bot.demo.stage import RACERS, Stage, attempt
from services.words.reviews import APPROVE

SUMMER = "Summer Cup"
AUTUMN = "Autumn Cup"
CROWD = ("Cleo", "Dee", "Eli", "Fay", "Gus", "Hal")
"""Simulated racers. Nobody is to be them."""

REVIEWER = "Kim"
"""A simulated reviewer, who leaves some of the work to the visitor."""

NEWCOMER = "Zoe"
"""Somebody with an invite in their DMs, and no member yet."""

PAUSE = (7.0, 16.0)
"""Seconds between two things that the crowd does: at least and at most."""

LEFT_WAITING = 3
"""Runs that the simulated reviewer leaves to the visitor."""

FASTEST, SLOWEST = timedelta(minutes=71), timedelta(minutes=98)


class Crowd:
    """The simulated people. Made with the same `seed`, they do the same."""

    def __init__(self, stage: Stage, *, seed: int = 7) -> None:
        self._stage = stage
        # What they do is to look alive, and need not be hard to guess.
        self._random = random.Random(seed)  # noqa: S311 - see above
        self._awake = asyncio.Event()
        self._awake.set()
        self._next = 0
        self.sprint = Sprint(stage, CROWD, self._random)

    @property
    def paused(self) -> bool:
        return not self._awake.is_set()

    def pause(self) -> None:
        self._awake.clear()

    def resume(self) -> None:
        self._awake.set()

    async def arrive(self, *, sprinters: Sequence[str] = (RACERS[-1], *CROWD)) -> None:
        """Bring the world into the state in which a visitor finds it.

        Of the `sprinters`, each has raced in the first pool; in the second the last one races, one waits for a review.
        Without any, nobody races on their own time. Ann has both pools before her.
        """
        stage = self._stage
        for name in CROWD:
            stage.add_person(name)
        stage.add_person(REVIEWER, "Reviewers")
        stage.add_person(NEWCOMER)
        await self._create(SUMMER, "100%, all bosses.", "https://seeds.example/summer")
        for name in ("Ann", "Bo", *CROWD):
            await self._slash(name, "tournament join", tournament=SUMMER)
        await self._slash("Olga", "tournament start", tournament=SUMMER)
        await self._create(AUTUMN, "Any%, no major glitches.", "https://seeds.example/autumn")
        await self._slash("Olga", "invite create", role="racer", person=stage.people[NEWCOMER])
        if sprinters:
            await self._race(sprinters)
        while len(self._waiting()) < LEFT_WAITING:
            await self.hand_in()
        await stage.settle()

    async def _race(self, sprinters: Sequence[str]) -> None:
        """There is a board with scores, somebody who races, and a race that waits for review."""
        first, second = POOLS
        await self.sprint.set_up((*RACERS, *CROWD))
        await self.sprint.round(first, sprinters)
        *raced, waits, races = (name for name in sprinters if name in CROWD)
        await self.sprint.round(second, raced)
        while cards := self._waiting(sprinters):
            await self._approve(cards[0])
        await self.sprint.round(second, [waits], still_racing=[races])

    async def live(self) -> None:
        """Do something now and then, until cancelled."""
        while True:
            await asyncio.sleep(self._random.uniform(*PAUSE))
            await self._awake.wait()
            if self._stage.alive:
                await attempt(self.act)

    async def act(self) -> None:
        """Somebody goes on with their race, starts one, or hands in a run; or the reviewer approves one.

        So as many runs wait as there were.
        """
        async with self._stage.turn:
            if len(waiting := self._waiting()) > LEFT_WAITING:
                await self._approve(waiting[0])
            elif not await self.sprint.step() and not await self.sprint.join_in():
                await self._hand_in()

    async def hand_in(self) -> str | None:
        """A racer hands in a run, if the bot lets one; returns who."""
        async with self._stage.turn:
            racer = await self._hand_in()
            # Who waits for a review of a run cannot hand in another: so wait all of them.
            if racer is None and (waiting := self._waiting(cup=SUMMER)) and self._stage.alive:
                await self._approve(waiting[0])
                racer = await self._hand_in()
            return racer

    async def _hand_in(self) -> str | None:
        for _ in CROWD:
            if not self._stage.alive:
                break
            racer, self._next = CROWD[self._next % len(CROWD)], self._next + 1
            form = await self._slash(racer, "race submit", tournament=SUMMER)
            if form.modal is not None and self._stage.alive:
                await self._stage.people[racer].submit_modal(form, self._run(racer))
                return racer
        return None

    async def _approve(self, card: discord.Message) -> None:
        await self._stage.people[REVIEWER].click(card, label=APPROVE)

    def _waiting(self, racers: Sequence[str] = CROWD, *, cup: str = "") -> list[discord.Message]:
        """The cards of their runs that wait for a review, the oldest first. What a visitor runs is left to visitors."""
        theirs = tuple(f"{name}'s run in {cup}" for name in racers)
        return [
            card
            for card in self._stage.posts("review")
            if APPROVE in labels(card) and (card.embeds[0].title or "").startswith(theirs)
        ]

    def _run(self, racer: str) -> dict[str, str]:
        time = self._random.uniform(FASTEST.total_seconds(), SLOWEST.total_seconds())
        return {
            "time": str(timedelta(seconds=round(time))),
            "vod": f"https://vod.example/{racer.lower()}-{self._next}",
            "notes": self._random.choice(["", "", "Lost a minute in the third dungeon.", "New personal best!"]),
        }

    async def _create(self, name: str, description: str, seed: str) -> None:
        form = await self._slash("Olga", "tournament create", type="speedrun")
        answers = {"name": name, "description": description, "seed": seed}
        await self._stage.people["Olga"].submit_modal(form, answers)
        await self._slash("Olga", "tournament open", tournament=name)
        await self._slash("Olga", "tournament panel", tournament=name)

    async def _slash(self, name: str, command: str, /, **options: object) -> InteractionResult:
        return await self._stage.people[name].slash(self._stage.channels["races"], command, **options)
