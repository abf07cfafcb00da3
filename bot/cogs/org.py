"""/org: who belongs to the community"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.base import HeraldCog
from bot.cogs.setup import QUESTIONS
from bot.forms import Form, Question
from bot.guild_settings import require_role
from bot.render import embed_of, pager
from bot.replies import person_of, say
from bot.router import Press, read_id
from models import Role
from services.errors import Invalid, Refusal, Unavailable
from services.members import MemberPage
from services.notice import Field, Notice, line
from services.organizations import LONGEST_NAME
from services.permissions import MAPPABLE
from services.words.language import count, join_names

if TYPE_CHECKING:
    from bot.client import HeraldBot

EDIT = Form("org_edit", "Name and time zone", QUESTIONS)
DELETE = Form("org_delete", "Delete this community", (Question("name", "Type its name to delete it", LONGEST_NAME),))

_MAPPABLE = [app_commands.Choice(name=role.value, value=role.value) for role in MAPPABLE]
_ROLES = [app_commands.Choice(name=role.value, value=role.value) for role in Role]


@app_commands.guild_only()
class OrgCog(HeraldCog, commands.GroupCog, group_name="org", group_description="This community"):
    member = app_commands.Group(name="member", description="Who belongs to it (owners and admins)")

    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("members", self.members_turned)
        bot.router.add("org_edit", self.edited)
        bot.router.add("org_delete", self.deleted)

    @app_commands.command(description="Show this community")
    async def info(self, interaction: discord.Interaction) -> None:
        found = await self.herald.organizations.info(await self.actor(interaction))
        mine = [role.value for role in sorted(found.roles, key=lambda role: (-role.rank, role.value))]
        fields = (
            Field("Members", line(str(found.members))),
            Field("Tournaments", line(str(found.tournaments))),
            Field("Servers", line(str(found.guilds))),
            Field("Time zone", line(found.organization.time_zone)),
            Field("You are", line(join_names(mine) or "not a member")),
        )
        since = line("Founded ", found.organization.created_at)
        await say(interaction, Notice(title=found.organization.name, lines=(since,), fields=fields))

    @app_commands.command(description="Change this community's name and time zone (owners and admins)")
    async def edit(self, interaction: discord.Interaction) -> None:
        found = await self.herald.organizations.editable(await self.actor(interaction))
        await EDIT.ask(interaction, "", {"name": found.name, "time_zone": found.time_zone})

    async def edited(self, press: Press) -> None:
        try:
            changed = await self.herald.organizations.edit(await self.actor(press.interaction), **EDIT.answers(press))
        except (Invalid, Unavailable) as refusal:
            await EDIT.ask_again(press, refusal)
            return
        await say(press.interaction, f"This community is {changed.name} now, in the time zone {changed.time_zone}.")

    @app_commands.command(description="Delete this community with all its tournaments and runs (owners)")
    async def delete(self, interaction: discord.Interaction) -> None:
        found = await self.herald.organizations.deletable(await self.actor(interaction))
        await DELETE.ask(interaction, found.id)

    async def deleted(self, press: Press) -> None:
        typed = DELETE.answers(press)["name"]
        actor = await self.actor(press.interaction)
        try:
            gone = await self.herald.organizations.delete(actor, press.target, typed_name=typed)
        except Refusal as refusal:
            await DELETE.ask_again(press, refusal)
            return
        await say(press.interaction, f"{gone.name} is deleted, with all its tournaments and runs.")

    @app_commands.command(description="Show who belongs to this community, and as what")
    async def members(self, interaction: discord.Interaction) -> None:
        page = await self.herald.members.page(await self.actor(interaction))
        await say(interaction, _notice(page), view=_pager(page))

    async def members_turned(self, press: Press) -> None:
        page = await self.herald.members.page(await self.actor(press.interaction), read_id(press.argument))
        view = _pager(page)
        await press.interaction.response.edit_message(embed=embed_of(_notice(page)), view=view)

    @app_commands.command(description="Leave this community; what you raced stays")
    async def leave(self, interaction: discord.Interaction) -> None:
        await self.herald.members.leave(await self.actor(interaction))
        await say(interaction, "You are no longer a member of this community.")

    @app_commands.command(name="map-role", description="Let a Discord role count as a role here, or no longer")
    @app_commands.describe(
        role="What it counts as", discord_role="Which Discord role", counts="False: it counts as that no longer"
    )
    @app_commands.choices(role=_MAPPABLE)
    async def map_role(
        self, interaction: discord.Interaction, role: str, discord_role: discord.Role, *, counts: bool = True
    ) -> None:
        require_role(interaction.guild, discord_role.id)
        actor, wanted = await self.actor(interaction), Role(role)
        changed = await self.herald.guilds.map_role(actor, wanted, discord_role.id, counts=counts)
        if changed:
            what = "counts" if counts else "no longer counts"
            await say(interaction, f"From now on, {discord_role.name} {what} as {wanted.value} here.")
        else:
            what = "counts" if counts else "does not count"
            await say(interaction, f"Nothing was changed: {discord_role.name} {what} as {wanted.value} anyway.")

    @member.command(name="add", description="Make somebody a member without an invitation (owners and admins)")
    @app_commands.describe(person="Who", role="What they become")
    @app_commands.choices(role=_ROLES)
    async def member_add(self, interaction: discord.Interaction, person: discord.User, role: str) -> None:
        if person.bot:
            raise Invalid("Bots cannot race. Pick a person.")
        member = await self.herald.members.add(await self.actor(interaction), person_of(person), Role(role))
        await say(interaction, f"{person_of(person).name} is {member.role.value} now.")

    @member.command(name="remove", description="End somebody's membership; what they raced stays (owners and admins)")
    @app_commands.describe(person="Who")
    async def member_remove(self, interaction: discord.Interaction, person: discord.User) -> None:
        await self.herald.members.remove(await self.actor(interaction), person_of(person))
        await say(interaction, f"{person_of(person).name} is no longer a member.")

    @member.command(name="role", description="Give a member another role (owners and admins)")
    @app_commands.describe(person="Who", role="What they become")
    @app_commands.choices(role=_ROLES)
    async def member_role(self, interaction: discord.Interaction, person: discord.User, role: str) -> None:
        member = await self.herald.members.set_role(await self.actor(interaction), person_of(person), Role(role))
        await say(interaction, f"{person_of(person).name} is {member.role.value} now.")


def _notice(page: MemberPage) -> Notice:
    lines = [line(f"{one.account.display_name}: {one.role.value}, since ", one.joined_at) for one in page.members]
    return Notice(
        title="Members",
        lines=tuple(lines) or (line("Nobody has joined yet."),),
        reference=f"{count(page.total, 'member')}, page {page.page + 1} of {page.pages}",
    )


def _pager(page: MemberPage) -> discord.ui.View | None:
    return pager("members", page.page, page.pages, str, labels=("Back", "On"))
