"""A tournament of short races on one's own time, on seeds of two pools, and the simulated racers in it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import discord
from simcord import InteractionResult, SetupError

from bot.demo.stage import Stage
from services.attempts import COUNTDOWN
from services.words import attempts as words

SPRINT = "Sprint Cup"
POOLS = {"Open": "Up to the first boss, any way you like.", "Glitchless": "Up to the first boss, without glitches."}
SEEDS = 3
"""In each pool at first. Somebody who has raced all of them can race there no more, until Olga adds one."""

AT_ONCE = 2
"""Races that simulated people have under way at a time."""

QUICKEST, SLOWEST = timedelta(seconds=52), timedelta(seconds=96)


class Sprint:
    """What people do in it. How far each of them is stands on the card in their thread, also after a kill."""

    def __init__(self, stage: Stage, racers: Sequence[str], dice: random.Random) -> None:
        self._stage = stage
        self._racers = racers
        self._dice = dice
        self._finish: dict[str, datetime] = {}
        """When those who race will have come to the end (UTC)."""
        self._begun = 0
        self._seeds = dict.fromkeys(POOLS, 0)

    async def set_up(self, entrants: Iterable[str]) -> None:
        """Olga makes the tournament with its pools, and it starts."""
        form = await self._slash("Olga", "tournament create", type="randomizer")
        await self._fill_in("Olga", form, name=SPRINT, description="A minute or two, up to the first boss.")
        for pool, notes in POOLS.items():
            form = await self._slash("Olga", "pool create", tournament=SPRINT)
            await self._fill_in("Olga", form, name=pool, notes=notes, seeds=self._new_seeds(pool, SEEDS))
        await self._slash("Olga", "tournament edit", tournament=SPRINT, runs_per_pool=1, reattempts="unlimited")
        await self._slash("Olga", "tournament open", tournament=SPRINT)
        for name in entrants:
            await self._slash(name, "tournament join", tournament=SPRINT)
        await self._slash("Olga", "tournament start", tournament=SPRINT)
        # Only now has a panel the button that starts a race.
        await self._slash("Olga", "tournament panel", tournament=SPRINT)

    async def round(self, pool: str, names: Sequence[str], *, still_racing: Sequence[str] = ()) -> None:
        """All race in a pool, and have their runs handed in, but those who are still racing in the end."""
        for name in (*names, *still_racing):
            await self.begin(name, pool)
        for name in (*names, *still_racing):
            await self._go_on(name)
        for name in sorted(names, key=self._finish.__getitem__):
            left = (self._finish[name] - self._stage.env.now()).total_seconds()
            await self._stage.env.advance_time(max(left, 0))
            await self._go_on(name)
        for name in names:
            await self._go_on(name)
        await self._stage.settle()

    async def step(self) -> str | None:
        """One who has a race under way does what comes next, if there is anything to do; returns who."""
        for name in self._racers:
            if self._stage.alive and await self._go_on(name):
                return name
        return None

    async def join_in(self) -> str | None:
        """Another one starts a race, unless enough do already; returns who. For one without a seed, Olga adds one."""
        if not any(self._seeds.values()):
            return None
        under_way = [name for name in self._racers if self.card(name) is not None]
        if len(under_way) >= AT_ONCE:
            return None
        # Each of them comes to each of the pools in turn.
        turn, self._begun = self._begun, self._begun + 1
        name = self._racers[turn % len(self._racers)]
        pool = list(POOLS)[turn // len(self._racers) % len(POOLS)]
        if name in under_way:
            return None
        if await self.begin(name, pool) or (await self._discard(name, pool) and await self.begin(name, pool)):
            return name
        return "Olga" if await self._add_seed(pool) else None

    async def begin(self, name: str, pool: str) -> bool:
        """Somebody starts a race; returns whether they could."""
        return await self._confirm(
            name, await self._slash(name, "race start", tournament=SPRINT, pool=pool), words.START_NOW
        )

    def card(self, name: str) -> discord.Message | None:
        """The card of the race that somebody has under way."""
        for thread in reversed(self._stage.threads(name)):
            if not self._stage.is_archived(thread):
                # What was said there is told in the order of the rows, and the card is the first of them.
                return next(iter(thread.history()), None)
        return None

    async def _go_on(self, name: str) -> bool:
        card = self.card(name)
        if card is None:
            return False
        racer, offered = self._stage.people[name], labels(card)
        now = self._stage.env.now()
        if words.READY in offered:
            self._finish[name] = now + COUNTDOWN + self._dice.uniform(0, 1) * (SLOWEST - QUICKEST) + QUICKEST
            await racer.click(card, label=words.READY)
        elif words.FINISH in offered and now >= self._finish.get(name, now):
            await racer.click(card, label=words.FINISH)
        elif words.HAND_IN in offered:
            form = await racer.click(card, label=words.HAND_IN)
            await self._fill_in(name, form, vod=f"https://vod.example/{name.lower()}-sprint-{card.channel.id % 1000}")
        else:
            return False
        return True

    async def _discard(self, name: str, pool: str) -> bool:
        """Somebody gives up what they had in a pool, for another race there."""
        racer, races = self._stage.people[name], self._stage.channels["races"]
        try:
            choices = await racer.autocomplete(races, "race reattempt", "race", "")
        except SetupError:
            return False
        mine = [one for one in choices if one["name"].startswith(f"{SPRINT}, {pool}")]
        if not mine:
            return False
        asked = await self._slash(name, "race reattempt", race=mine[0]["value"])
        return await self._confirm(name, asked, words.DISCARD_NOW)

    async def _add_seed(self, pool: str) -> bool:
        form = await self._slash("Olga", "pool seeds", tournament=SPRINT, pool=pool)
        await self._fill_in("Olga", form, seeds=self._new_seeds(pool, 1))
        return form.modal is not None

    def _new_seeds(self, pool: str, number: int) -> str:
        first = self._seeds[pool] + 1
        self._seeds[pool] += number
        return "\n".join(f"https://seeds.example/{pool.lower()}-{one}" for one in range(first, first + number))

    async def _confirm(self, name: str, asked: InteractionResult, label: str) -> bool:
        if asked.response is None or label not in labels(asked.response.message) or not self._stage.alive:
            return False
        await self._stage.people[name].click(asked.response.message, label=label)
        return True

    async def _fill_in(self, name: str, form: InteractionResult, /, **answers: str) -> None:
        if form.modal is not None and self._stage.alive:
            await self._stage.people[name].submit_modal(form, answers)

    async def _slash(self, name: str, command: str, /, **options: object) -> InteractionResult:
        return await self._stage.people[name].slash(self._stage.channels["races"], command, **options)


def labels(message: discord.Message) -> list[str]:
    """What stands on the buttons of a message."""
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return [item.label or "" for row in rows for item in row.children if isinstance(item, discord.Button)]
