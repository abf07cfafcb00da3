"""The buttons of leaderboards: pages, pictures, one's own times, and the file for a spreadsheet."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot import pictures
from bot.boards import other_theme, say_board, say_file, say_picture, turn_board
from bot.cogs.base import HeraldCog
from bot.pictures import Theme
from bot.replies import say
from bot.router import Press, outdated, read_choice, read_id
from services.notice import Notice, line
from services.words import leaderboard as words

if TYPE_CHECKING:
    from bot.client import HeraldBot


class LeaderboardCog(HeraldCog):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("leaderboard", self.opened)
        bot.router.add("board_page", self.turned)
        bot.router.add("board_picture", self.pictured)
        bot.router.add("board_csv", self.exported)
        bot.router.add("my_times", self.mine)
        bot.router.add("times_picture", self.mine_pictured)

    async def opened(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        await say_board(press.interaction, await self.herald.leaderboard.page(actor, press.target))

    async def turned(self, press: Press) -> None:
        tournament, page = _parts(press, 2)
        actor = await self.actor(press.interaction)
        board = await self.herald.leaderboard.page(actor, read_id(tournament), read_id(page))
        await turn_board(press.interaction, board)

    async def pictured(self, press: Press) -> None:
        tournament, page, named = _parts(press, 3)
        theme = read_choice(Theme, named)
        actor = await self.actor(press.interaction)
        board = await self.herald.leaderboard.page(actor, read_id(tournament), read_id(page))
        await say_picture(
            press.interaction,
            partial(pictures.board, board, theme),
            name="leaderboard",
            alt_text=words.board_picture(board),
            other=other_theme(theme, "board_picture", f"{board.tournament.id}.{board.page}"),
        )

    async def exported(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        # With thousands of racers, it may take longer than the three seconds that Discord waits.
        await press.interaction.response.defer(ephemeral=True, thinking=True)
        tournament, text = await self.herald.leaderboard.export(actor, press.target)
        notice = Notice(title=words.title(tournament.name), lines=(line(words.EXPORTED),))
        await say_file(press.interaction, notice, text, name="leaderboard.csv")

    async def mine(self, press: Press) -> None:
        times = await self.herald.leaderboard.mine(await self.actor(press.interaction), press.target)
        await say(press.interaction, words.times_notice(times))

    async def mine_pictured(self, press: Press) -> None:
        tournament, named = _parts(press, 2)
        theme = read_choice(Theme, named)
        times = await self.herald.leaderboard.mine(await self.actor(press.interaction), read_id(tournament))
        await say_picture(
            press.interaction,
            partial(pictures.times, times, theme),
            name="times",
            alt_text=words.times_picture(times),
            other=other_theme(theme, "times_picture", str(times.tournament.id)),
        )


def _parts(press: Press, number: int) -> list[str]:
    """What a button's argument is made of. Raises NotFound."""
    parts = press.argument.split(".")
    if len(parts) != number:
        raise outdated()
    return parts
