"""The buttons of a race: from Start race over Ready and Finish to the run that is handed in"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from bot.cogs.base import HeraldCog
from bot.forms import Form, Question
from bot.render import CUSTOM_ID, fit, stateless
from bot.replies import redrawing, replace, say, show_instead
from bot.router import Press, outdated, read_id
from models import Attempt, Tournament
from services.actor import Actor
from services.attempt_checks import PoolChoice
from services.errors import Refusal, Unavailable, WrongState
from services.notice import Notice, Place
from services.races import LONGEST_NOTES
from services.text import LONGEST_URL
from services.words import attempts as words
from services.words import race_cards
from services.words import races as race_words
from services.words.guild_settings import PERMISSION

if TYPE_CHECKING:
    from bot.client import HeraldBot

LONGEST_TIME = 20

PATIENCE = 10.0
"""Seconds that somebody is shown that their thread is being opened before they are told that it takes longer."""

NEEDED = ("view_channel", "create_private_threads", "send_messages_in_threads", "embed_links")
"""What Herald needs in a channel to open threads there and to write in them."""

HAND_IN = Form(
    "race_submit",
    words.FORM_TITLE,
    (
        Question("vod", words.ASK_VOD, LONGEST_URL, placeholder=words.HINT_VOD, required=False),
        Question("in_game", words.ASK_IN_GAME, LONGEST_TIME, placeholder=words.HINT_TIME, required=False),
        Question("notes", words.ASK_NOTES, LONGEST_NOTES, long=True, required=False),
    ),
)

Step = Callable[[Actor, int], Awaitable[Attempt]]


class RaceThreadCog(HeraldCog):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        attempts = self.herald.attempts
        bot.router.add("race_start", self.start_pressed)
        bot.router.add("race_pool", self.pool_chosen)
        bot.router.add("race_go", self.go_pressed)
        bot.router.add("race_ready", lambda press: self._step(press, attempts.ready))
        bot.router.add("race_finish", lambda press: self._step(press, attempts.finish))
        bot.router.add("race_undo", lambda press: self._step(press, attempts.undo))
        bot.router.add("race_forfeit", self.forfeit_pressed)
        bot.router.add("race_forfeit_yes", lambda press: self._step(press, attempts.forfeit))
        bot.router.add("race_hand_in", self.hand_in_pressed)
        bot.router.add("race_submit", self.handed_in)
        bot.router.add("race_discard", self.discard_pressed)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        await self.herald.threads.gone(payload.thread_id)

    async def start_pressed(self, press: Press) -> None:
        await offer(self, press.interaction, press.target)

    async def pool_chosen(self, press: Press) -> None:
        if len(press.values) != 1:
            raise outdated()
        pool = await self.herald.attempts.startable(await self.actor(press.interaction), read_id(press.values[0]))
        await replace(press.interaction, race_cards.ask_to_start(pool.id, pool.tournament.name, pool.name))

    async def go_pressed(self, press: Press) -> None:
        parent = thread_parent(press.interaction)
        actor = await self.actor(press.interaction)
        attempt = await self.herald.attempts.start(actor, press.target, parent.id)
        with self.herald.threads.opening(attempt.id) as opened:
            await replace(press.interaction, words.opening(attempt.tournament.name, attempt.pool.name))
            try:
                thread_id = await opened(PATIENCE)
            except Unavailable as refusal:
                await show_instead(press.interaction, refusal.message)
                return
        await show_instead(press.interaction, race_cards.opened(Place(thread_id)) if thread_id else words.TAKING_LONGER)

    async def _step(self, press: Press, step: Step) -> None:
        actor = await self.actor(press.interaction)
        async with redrawing(press.interaction, self.card(actor, press.target)):
            await step(actor, press.target)

    async def forfeit_pressed(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        async with redrawing(press.interaction, self.card(actor, press.target), when_done=False):
            attempt = await self.herald.attempts.forfeitable(actor, press.target)
            await say(press.interaction, race_cards.ask_to_forfeit(attempt.id))

    async def hand_in_pressed(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        async with redrawing(press.interaction, self.card(actor, press.target), when_done=False):
            await ask_for_evidence(press.interaction, await self.herald.submissions.submittable(actor, press.target))

    async def handed_in(self, press: Press) -> None:
        try:
            actor = await self.actor(press.interaction)
            race, edited = await self.herald.submissions.submit(actor, press.target, **HAND_IN.answers(press))
        except Refusal as refusal:
            await HAND_IN.ask_again(press, refusal)
            return
        await say(press.interaction, words.CHANGED if edited else race_words.handed_in(race))

    async def discard_pressed(self, press: Press) -> None:
        try:
            attempt = await self.herald.attempts.discard(await self.actor(press.interaction), press.target)
        except WrongState as refusal:
            await replace(press.interaction, refusal.message)
            return
        await replace(press.interaction, words.discarded(attempt.tournament.name, attempt.pool.name))

    def card(self, actor: Actor, attempt_id: int) -> Callable[[], Awaitable[Notice]]:
        async def card() -> Notice:
            attempt = await self.herald.attempts.mine(actor, attempt_id)
            return race_cards.race_card(attempt, self.herald.attempts.now())

        return card


async def offer(cog: HeraldCog, interaction: discord.Interaction, reference: int | str, pool: str = "") -> None:
    """Lead whoever asks to a race in a tournament: to its pools, or to the last question before a seed is given."""
    actor = await cog.actor(interaction)
    thread_parent(interaction)
    tournament, choices = await cog.herald.attempts.offer(actor, reference, pool)
    if len(choices) == 1:
        await say(interaction, race_cards.ask_to_start(choices[0].pool.id, tournament.name, choices[0].pool.name))
    else:
        await say(interaction, words.WHICH_POOL, view=_pools(tournament, choices))


def thread_parent(interaction: discord.Interaction) -> discord.TextChannel:
    """The channel in which a thread for whoever interacts would be opened. Raises WrongState when none can be."""
    channel = interaction.channel
    if isinstance(channel, discord.Thread):
        channel = channel.parent
    # Where news are posted, there are no private threads.
    if not isinstance(channel, discord.TextChannel) or channel.is_news():
        raise WrongState(words.NO_THREADS_HERE)
    held = channel.permissions_for(channel.guild.me)
    if missing := [PERMISSION[name] for name in NEEDED if not getattr(held, name)]:
        raise WrongState(words.permissions_missing(missing))
    return channel


async def ask_for_evidence(interaction: discord.Interaction, attempt: Attempt) -> None:
    """Show the form to hand in a race, with what was handed in before."""
    await HAND_IN.ask(interaction, attempt.id, words.evidence(attempt.race))


def _pools(tournament: Tournament, choices: list[PoolChoice]) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    options = [
        discord.SelectOption(
            label=fit(one.pool.name, 100), value=str(one.pool.id), description=words.races_left(one.left)
        )
        for one in choices[:25]
    ]
    custom_id = CUSTOM_ID.format(action="race_pool", argument=tournament.id)
    view.add_item(discord.ui.Select(custom_id=custom_id, options=options, placeholder=fit(words.POOL, 100)))
    return stateless(view)
