"""A whole tournament, from an empty server to the podium."""

from __future__ import annotations

from discord import Message
from simcord import InteractionResult

from bot.demo.script import TRAIL, check, perform, play
from bot.demo.stage import Stage
from bot.demo.transcript import Transcript


async def test_a_whole_tournament_leaves_each_message_and_audit_row_once_in_order(bare: Stage) -> None:
    told: list[str] = []
    verdict = await perform(bare, told.append)
    assert verdict.faults == ()
    assert verdict.audit_rows == len(TRAIL)
    assert bare.env.errors == []
    assert told[-1] == f"{verdict.messages} messages and {len(TRAIL)} audit rows: all there, each once, in order."


class Restarting(Transcript):
    """Restarts the bot before every press of a button and before every form that is sent."""

    async def press(self, name: str, message: Message, label: str, *, dm: bool = False) -> InteractionResult:
        await self._stage.restart()
        return await super().press(name, message, label, dm=dm)

    async def fill_in(self, name: str, form: InteractionResult, /, **answers: str) -> InteractionResult:
        await self._stage.restart()
        return await super().fill_in(name, form, **answers)


async def test_buttons_and_forms_work_after_restarts(bare: Stage) -> None:
    await play(bare, Restarting(bare, lambda _: None))
    assert (await check(bare)).faults == ()
