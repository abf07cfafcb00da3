"""Modals: a few questions at once. What was typed survives a refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import discord

from bot.render import CUSTOM_ID, fit, stateless
from bot.replies import say
from bot.router import Press
from services.errors import NotAllowed, NotFound, Refusal
from services.words import replies as words

# Discord's limits; characters.
FORM_TITLE, LABEL, PLACEHOLDER = 45, 45, 100


@dataclass(frozen=True, slots=True)
class Question:
    """One text input: its id, its label, and how much fits."""

    id: str
    label: str
    longest: int
    long: bool = False
    required: bool = True
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A modal whose answers go to the router's `action`."""

    action: str
    title: str
    questions: Sequence[Question]

    def modal(self, argument: str | int, answers: Mapping[str, str] | None = None) -> discord.ui.Modal:
        """The modal, filled in with `answers`."""
        modal = discord.ui.Modal(
            title=fit(self.title, FORM_TITLE), custom_id=CUSTOM_ID.format(action=self.action, argument=argument)
        )
        for question in self.questions:
            given = (answers or {}).get(question.id, "")
            modal.add_item(
                discord.ui.Label(
                    text=fit(question.label, LABEL),
                    component=discord.ui.TextInput(
                        custom_id=question.id,
                        style=discord.TextStyle.paragraph if question.long else discord.TextStyle.short,
                        max_length=question.longest,
                        required=question.required,
                        placeholder=fit(question.placeholder, PLACEHOLDER) or None,
                        default=given[: question.longest] or None,
                    ),
                )
            )
        modal.stop()  # Kept by nobody: the router answers it, see bot/router.py.
        return modal

    async def ask(
        self, interaction: discord.Interaction, argument: str | int, answers: Mapping[str, str] | None = None
    ) -> None:
        """Show the form. A modal has to be the first answer to an interaction."""
        await interaction.response.send_modal(self.modal(argument, answers))

    def answers(self, press: Press) -> dict[str, str]:
        """What was answered to each question of this release's form."""
        return {question.id: press.fields.get(question.id, "") for question in self.questions}

    async def ask_again(self, press: Press, refusal: Refusal) -> None:
        """Say what was wrong, with a button that opens the form as it was filled in, where that can help."""
        if isinstance(refusal, NotAllowed | NotFound):
            raise refusal

        async def reopen(again: Press) -> None:
            await self.ask(again.interaction, press.argument, press.fields)

        view = discord.ui.View(timeout=None)
        view.add_item(
            discord.ui.Button(
                label=words.EDIT_AND_TRY_AGAIN, style=discord.ButtonStyle.primary, custom_id=press.router.keep(reopen)
            )
        )
        await say(press.interaction, refusal.message, view=stateless(view))
