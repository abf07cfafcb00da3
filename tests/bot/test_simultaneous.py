"""Twenty clicks at the same moment change a thing once, and each of them is answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import discord
import pytest
from simcord import InteractionResult

from bot.demo.transcript import body, shown
from tests.bot.people import CUP, People, inputs, posted
from tests.bot.test_errors import COMMUNITY, CUP_FORM, RUN
from tests.bot.test_match import buttons, proposal

TIMES = 20


@dataclass(frozen=True)
class Click:
    """Who sends what, under which message, and the events that it brings, once."""

    name: str
    custom_id: str
    brings: tuple[str, ...]
    message: discord.Message | None = None
    fields: Mapping[str, str] | None = None
    at: str = "races"
    values: tuple[object, ...] = ()


async def join(club: People) -> Click:
    await club.tournament("Open Cup", status="open", racers=())
    await club.stage.settle()
    post = club.stage.posts("announcements")[-1]
    return Click("Bo", buttons(post)[0], ("OrganizationMemberAdded", "TournamentUpdated"), post)


async def join_by_the_panel(club: People) -> Click:
    panel = posted(await club.slash("Olga", "tournament panel", tournament="Open Cup"))
    return Click("Mo", buttons(panel)[0], ("OrganizationMemberAdded", "TournamentUpdated"), panel)


async def create(_: People) -> Click:
    return Click("Olga", "herald:create:speedrun", ("TournamentCreated",), fields=CUP_FORM)


async def edit(club: People) -> Click:
    number = club.select("SELECT id FROM tournament WHERE name = 'Mine'")[0]
    return Click("Olga", f"herald:edit:{number}", ("TournamentUpdated",), fields={**CUP_FORM, "description": "New"})


async def delete(club: People) -> Click:
    number = club.select("SELECT id FROM tournament WHERE name = 'Mine'")[0]
    return Click("Olga", f"herald:delete:{number}", ("TournamentDeleted",), fields={"name": "Mine"})


async def submit(club: People) -> Click:
    await club.tournament(racers=("Ann", "Bo"))
    number = club.select("SELECT id FROM tournament WHERE name = ?", CUP)[0]
    return Click("Ann", f"herald:submit:{number}", ("RaceSubmitted",), fields=RUN)


async def approve(club: People) -> Click:
    card = club.stage.posts("review")[-1]
    return Click("Rae", buttons(card)[1], ("RaceApproved",), card, at="review")


async def claim(club: People) -> Click:
    card = club.stage.posts("review")[-1]
    return Click("Rae", buttons(card)[0], ("TournamentUpdated",), card, at="review")


release = claim
"""The same button, once the run is claimed."""


async def doubt(club: People) -> Click:
    menu = shown(await club.press("Olga", club.stage.posts("review")[-1], "More"))
    return Click("Olga", buttons(menu)[0], ("TournamentUpdated",), menu, at="review")


async def correct(club: People) -> Click:
    menu = shown(await club.press("Rae", club.stage.posts("review")[-1], "More"))
    form = await club.press("Rae", menu, "Correct time")
    custom_id = (form.modal or {})["custom_id"]
    return Click("Rae", custom_id, ("TournamentUpdated",), menu, {"time": "1:20:00"}, at="review")


async def disqualify(club: People) -> Click:
    menu = shown(await club.press("Rae", club.stage.posts("review")[-1], "More"))
    form = await club.press("Rae", menu, "Disqualify")
    custom_id = (form.modal or {})["custom_id"]
    return Click("Rae", custom_id, ("RaceRejected",), menu, {"reason": "Spliced"}, at="review")


async def reject(club: People) -> Click:
    card = await club.hand_in("Ann")
    form = await club.press("Rae", card, "Reject")
    assert inputs(form) == {"reason": ""}
    custom_id = (form.modal or {})["custom_id"]
    return Click("Rae", custom_id, ("RaceRejected",), card, {"reason": "No video"}, at="review")


async def schedule(club: People) -> Click:
    question = shown(await proposal(club))
    return Click("Ann", buttons(question)[0], ("MatchScheduled",), question)


async def end_anyway(club: People) -> Click:
    await club.hand_in("Bo")
    question = shown(await club.slash("Olga", "tournament end", tournament=CUP))
    return Click("Olga", buttons(question)[0], ("TournamentEnded",), question)


async def accept(club: People) -> Click:
    dm = await club.invite("Rae", "reviewer")
    return Click("Rae", buttons(dm)[0], ("InviteAccepted", "OrganizationMemberAdded"), dm)


async def decline(club: People) -> Click:
    dm = await club.invite("Mo", "organizer")
    return Click("Mo", buttons(dm)[1], ("InviteRejected",), dm)


async def edit_account(_: People) -> Click:
    fields = {"name": "Bob", "pronouns": "", "stream": ""}
    return Click("Bo", "herald:account_edit:", ("UserUpdated",), fields=fields)


async def delete_account(club: People) -> Click:
    await club.tournament(status="open", racers=("Bo",))
    form = await club.slash("Bo", "account delete", results="withdrawn")
    brings = ("TournamentUpdated", "OrganizationMemberRemoved", "UserDeleted")
    return Click("Bo", (form.modal or {})["custom_id"], brings, fields={"confirm": "delete"})


async def choose_channel(club: People) -> Click:
    panel, channel = shown(await club.slash("Olga", "setup")), club.stage.channels["races"].id
    return Click("Olga", "herald:setup_channel:match", ("OrganizationUpdated",), panel, values=(channel,))


async def choose_roles(club: People) -> Click:
    panel, role = shown(await club.slash("Olga", "setup")), club.stage.roles["Moderators"].id
    return Click("Olga", "herald:setup_roles:organizer", ("OrganizationUpdated",), panel, values=(role,))


async def edit_community(_: People) -> Click:
    return Click("Olga", "herald:org_edit:", ("OrganizationUpdated",), fields={"name": "Club", "time_zone": "UTC"})


async def unlink(club: People) -> Click:
    question = shown(await club.slash("Olga", "guild unlink"))
    return Click("Olga", buttons(question)[0], ("DiscordGuildUnlinked",), question)


async def link(club: People) -> Click:
    panel = shown(await club.slash("Olga", "setup"))
    return Click("Olga", "herald:setup_link:", ("DiscordGuildLinked",), panel, values=(1,))


async def delete_community(club: People) -> Click:
    form = await club.slash("Olga", "org delete")
    brings = ("DiscordGuildUnlinked", "OrganizationDeleted")
    return Click("Olga", (form.modal or {})["custom_id"], brings, fields={"name": "Club"})


async def found(club: People) -> Click:
    panel = shown(await club.slash("Olga", "setup"))
    brings = ("OrganizationCreated", "OrganizationMemberAdded", "DiscordGuildLinked")
    return Click("Olga", "herald:setup_create:", brings, panel, COMMUNITY)


# Those of a group are done one after the other in one server.
GROUPS: dict[str, tuple[Callable[[People], Awaitable[Click]], ...]] = {
    "tournaments": (join, join_by_the_panel, create, edit, delete),
    "runs and matches": (
        *(submit, claim, release, doubt, approve, correct, disqualify),
        *(reject, schedule, end_anyway),
    ),
    "people": (accept, decline, edit_account, delete_account),
    "the community": (choose_channel, choose_roles, edit_community, unlink, link, delete_community, found),
}


def answered(result: InteractionResult) -> str:
    """All that was said, whoever sees it; also what was put in the place of the message that was pressed."""
    return "\n".join(body(reply.message) for reply in (result.response, *result.followups) if reply is not None)


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.timeout(180)
async def test_twenty_clicks_at_the_same_moment_change_a_thing_once(club: People, group: str) -> None:
    for name in ("Ann", "Bo", "Rae", "Mo"):
        await club.slash(name, "invite list")
    for make in GROUPS[group]:
        click = await make(club)
        await club.stage.settle()
        before = len(club.events())
        results = await send(club, click, TIMES)
        await club.stage.settle()
        assert tuple(club.events()[before:]) == click.brings, make.__name__
        answers = [answered(result) for result in results]
        assert all(answers), make.__name__
        assert "Something went wrong" not in "".join(answers), make.__name__
        after = club.dump()
        assert all(map(answered, await send(club, click, 1))), make.__name__
        assert club.dump() == after, make.__name__


async def send(club: People, click: Click, times: int) -> list[InteractionResult]:
    return await club.craft_at_once(
        times, click.name, click.custom_id, values=click.values, fields=click.fields, message=click.message, at=click.at
    )
