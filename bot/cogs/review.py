"""/review, the review cards, and the context menu of messages that hold a run"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.base import Choices, HeraldCog, choices, picked, picks
from bot.forms import Form, Question
from bot.render import CUSTOM_ID, embed_of, fit, pager, stateless
from bot.replies import redrawing, say
from bot.router import PREFIX, Press, read_choice, read_id
from models import TournamentStatus
from services.actor import Actor
from services.deadlines import LONGEST_EXTENSION
from services.errors import Invalid, NotAllowed, NotFound, Unavailable
from services.notice import Notice
from services.reviews import LONGEST_REASON
from services.views import Queue, RunView, Show
from services.words import attempts, race_cards
from services.words import reviews as words
from services.words.language import format_run_time

if TYPE_CHECKING:
    from bot.client import HeraldBot

REJECT = Form("reject_with", words.TITLE_REJECT, (Question("reason", words.LABEL_REASON, LONGEST_REASON, long=True),))
DISQUALIFY = Form(
    "review_disqualify_with",
    words.TITLE_DISQUALIFY,
    (Question("reason", words.LABEL_REASON, LONGEST_REASON, long=True),),
)
CORRECT = Form(
    "review_correct_with", words.TITLE_CORRECT, (Question("time", words.LABEL_TIME, 20, placeholder=words.HINT_TIME),)
)

OF_RUNS = frozenset({"approve", "reject", "review_claim", "review_release", "review_more"})
"""Actions whose buttons stand under a run; their argument is its id."""

OF_ATTEMPTS = frozenset({"race_ready", "race_finish", "race_forfeit", "race_undo", "race_hand_in"})
"""The same for a race that somebody runs, in their thread."""

OPTION = 100
"""Characters that Discord allows in an option of a select."""

Do = Callable[[Actor, int], Awaitable[object]]


@app_commands.guild_only()
class ReviewCog(HeraldCog, commands.GroupCog, group_name="review", group_description=words.GROUP):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        reviews = self.herald.reviews
        for action, do in {
            "approve": reviews.approve,
            "review_claim": reviews.claim,
            "review_release": reviews.release,
            "review_doubt": reviews.doubt,
            "review_trust": reviews.trust,
        }.items():
            bot.router.add(action, self._doing(do))
        bot.router.add("reject", self.reject_pressed)
        bot.router.add("reject_with", self.rejected)
        bot.router.add("review_more", self.more_pressed)
        bot.router.add("review_correct", self.correct_pressed)
        bot.router.add("review_correct_with", self.corrected)
        bot.router.add("review_disqualify", self.disqualify_pressed)
        bot.router.add("review_disqualify_with", self.disqualified)
        bot.router.add("review_open", self.opened)
        bot.router.add("review_queue", self.turned)
        self._menu = app_commands.ContextMenu(name=words.CONTEXT_MENU, callback=self.found_in_message)
        self._menu.guild_only = True

    async def cog_load(self) -> None:
        self.bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        self.bot.tree.remove_command(self._menu.name, type=self._menu.type)

    @app_commands.command(description=words.QUEUE_COMMAND)
    @app_commands.describe(tournament=words.OPTION_TOURNAMENT, show=words.OPTION_SHOW)
    @app_commands.choices(show=[app_commands.Choice(name=words.SHOWN[show], value=show.value) for show in Show])
    async def queue(
        self, interaction: discord.Interaction, tournament: str | None = None, show: str = Show.ALL.value
    ) -> None:
        actor = await self.actor(interaction)
        page = await self.herald.reviews.queue(actor, read_choice(Show, show), tournament)
        await say(interaction, words.queue(page), view=_queue_view(page))

    async def turned(self, press: Press) -> None:
        show, tournament, number = [*press.argument.split("."), "", ""][:3]
        actor = await self.actor(press.interaction)
        page = await self.herald.reviews.queue(
            actor, read_choice(Show, show), read_id(tournament) if tournament else None, read_id(number)
        )
        await press.interaction.response.edit_message(embed=embed_of(words.queue(page)), view=_queue_view(page))

    async def opened(self, press: Press) -> None:
        race_id = read_id("".join(press.values[:1]))
        view = await self.herald.reviews.card(await self.actor(press.interaction), race_id)
        await say(press.interaction, words.run_card(view))

    async def found_in_message(self, interaction: discord.Interaction, message: discord.Message) -> None:
        view = await self._run_in(await self.actor(interaction), message)
        await say(interaction, words.run_card(view))

    async def reject_pressed(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        async with redrawing(press.interaction, self._card(press.target, actor), when_done=False):
            await self.herald.reviews.reviewable(actor, press.target)
            await REJECT.ask(press.interaction, press.target)

    async def rejected(self, press: Press) -> None:
        reason = REJECT.answers(press)["reason"]
        await self._filled_in(press, REJECT, partial(self.herald.reviews.reject, reason=reason))

    async def more_pressed(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        async with redrawing(press.interaction, self._card(press.target, actor), when_done=False):
            view = await self.herald.reviews.menu(actor, press.target)
            await say(press.interaction, words.menu(view, actor.account_id))

    async def correct_pressed(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        async with redrawing(press.interaction, self._card(press.target, actor), when_done=False):
            view = await self.herald.reviews.changeable(actor, press.target)
            time_ms = view.race.time_ms
            await CORRECT.ask(press.interaction, f"{press.target}.{time_ms}", {"time": format_run_time(time_ms)})

    async def corrected(self, press: Press) -> None:
        time, seen = CORRECT.answers(press)["time"], press.argument.partition(".")[2]
        # The forms of an earlier release do not say which time they showed.
        seen_ms = read_id(seen) if seen else None
        await self._filled_in(press, CORRECT, partial(self.herald.reviews.correct, time=time, instead_of_ms=seen_ms))

    async def disqualify_pressed(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        async with redrawing(press.interaction, self._card(press.target, actor), when_done=False):
            await self.herald.reviews.changeable(actor, press.target)
            await DISQUALIFY.ask(press.interaction, press.target)

    async def disqualified(self, press: Press) -> None:
        reason = DISQUALIFY.answers(press)["reason"]
        await self._filled_in(press, DISQUALIFY, partial(self.herald.reviews.disqualify, reason=reason))

    def _doing(self, do: Do) -> Callable[[Press], Any]:
        async def pressed(press: Press) -> None:
            actor = await self.actor(press.interaction)
            async with redrawing(press.interaction, self._card(press.target, actor)):
                await do(actor, press.target)

        return pressed

    async def _filled_in(self, press: Press, form: Form, do: Do) -> None:
        """Do what a form asks for. The message that it came from shows the run then; its other cards follow."""
        # The forms of an earlier release also name the place of the card.
        race_id = read_id(press.argument.partition(".")[0])
        try:
            actor = await self.actor(press.interaction)
            async with redrawing(press.interaction, self._card(race_id, actor)):
                await do(actor, race_id)
        except (Invalid, Unavailable) as refusal:
            await form.ask_again(press, refusal)

    def _card(self, race_id: int, actor: Actor) -> Callable[[], Awaitable[Notice]]:
        async def card() -> Notice:
            return words.run_card(await self.herald.reviews.card(actor, race_id))

        return card

    async def _run_in(self, actor: Actor, message: discord.Message) -> RunView:
        """The run that one of the bot's messages is about. Raises NotAllowed, NotFound."""
        # Another Herald's ids are not ours.
        ours = self.bot.user is not None and message.author.id == self.bot.user.id
        for action, argument in _buttons(message) if ours else ():
            if action in OF_RUNS:
                return await self.herald.reviews.card(actor, read_id(argument))
            if action in OF_ATTEMPTS:
                return await self.herald.reviews.card_of_attempt(actor, read_id(argument))
        raise NotFound(words.NO_RUN_HERE)

    @app_commands.command(description=attempts.EXTEND_COMMAND)
    @app_commands.describe(race=attempts.OPTION_RACER, minutes=attempts.OPTION_MINUTES)
    async def extend(
        self, interaction: discord.Interaction, race: str, minutes: app_commands.Range[int, 1, LONGEST_EXTENSION]
    ) -> None:
        actor = await self.actor(interaction)
        attempt = await self.herald.deadlines.extend(actor, picked(race, words.A_RACE), minutes)
        await say(
            interaction, race_cards.extended(attempt.racer.display_name, attempt.deadline_at or interaction.created_at)
        )

    @extend.autocomplete("race")
    async def _complete_race(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        if actor is None:
            return []
        try:
            found = await self.herald.deadlines.extendable(actor, typed)
        except NotAllowed:
            # They are told so when they send it.
            return []
        return picks(found, "")

    @queue.autocomplete("tournament")
    async def _complete(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        running = frozenset({TournamentStatus.RUNNING})
        return choices(await self.herald.tournaments.names(actor, typed, running)) if actor else []


def _buttons(message: discord.Message) -> Iterator[tuple[str, str]]:
    """The actions of a message's buttons, each with its argument."""
    for row in message.components:
        for one in row.children if isinstance(row, discord.ActionRow) else ():
            prefix, action, argument = (*(getattr(one, "custom_id", None) or "").split(":", 2), "", "")[:3]
            if prefix == PREFIX:
                yield action, argument


def _queue_view(page: Queue) -> discord.ui.View:
    """The runs of a page to pick from, and the ways to the other pages."""

    def argument(number: int) -> str:
        return f"{page.show}.{page.tournament.id if page.tournament else ''}.{number}"

    view = pager("review_queue", page.page, page.pages, argument, labels=(words.EARLIER, words.LATER))
    view = view or discord.ui.View(timeout=None)
    # Its id has to differ from that of the button which leads to the same page.
    again = CUSTOM_ID.format(action="review_queue", argument=f"{argument(page.page)}.again")
    view.add_item(discord.ui.Button(label=words.REFRESH, custom_id=again))
    if not page.runs:
        return stateless(view)
    select: discord.ui.Select[discord.ui.View] = discord.ui.Select(
        custom_id=CUSTOM_ID.format(action="review_open", argument=""), placeholder=words.OPEN_ONE
    )
    for race in page.runs:
        select.add_option(label=fit(words.one_of_queue(race), OPTION), value=str(race.id))
    view.add_item(select)
    return stateless(view)
