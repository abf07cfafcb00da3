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
from services.notice import Notice
from services.organizations import LONGEST_NAME
from services.permissions import MAPPABLE
from services.words import guild_settings, people
from services.words import members as member_words
from services.words import organizations as words

if TYPE_CHECKING:
    from bot.client import HeraldBot

EDIT = Form("org_edit", words.TITLE_EDIT, QUESTIONS)
DELETE = Form("org_delete", words.TITLE_DELETE, (Question("name", words.LABEL_TYPE_ITS_NAME, LONGEST_NAME),))

_MAPPABLE = [app_commands.Choice(name=people.ROLE[role], value=role.value) for role in MAPPABLE]
_ROLES = [app_commands.Choice(name=people.ROLE[role], value=role.value) for role in Role]


@app_commands.guild_only()
class OrgCog(HeraldCog, commands.GroupCog, group_name="org", group_description=words.GROUP):
    member = app_commands.Group(name="member", description=member_words.GROUP)

    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("members", self.members_turned)
        bot.router.add("org_edit", self.edited)
        bot.router.add("org_delete", self.deleted)

    @app_commands.command(description=words.INFO_COMMAND)
    async def info(self, interaction: discord.Interaction) -> None:
        found = await self.herald.organizations.info(await self.actor(interaction))
        await say(
            interaction, words.overview(found.organization, found.members, found.tournaments, found.guilds, found.roles)
        )

    @app_commands.command(description=words.EDIT_COMMAND)
    async def edit(self, interaction: discord.Interaction) -> None:
        found = await self.herald.organizations.editable(await self.actor(interaction))
        await EDIT.ask(interaction, "", {"name": found.name, "time_zone": found.time_zone})

    async def edited(self, press: Press) -> None:
        try:
            changed = await self.herald.organizations.edit(await self.actor(press.interaction), **EDIT.answers(press))
        except (Invalid, Unavailable) as refusal:
            await EDIT.ask_again(press, refusal)
            return
        await say(press.interaction, words.edited(changed.name, changed.time_zone))

    @app_commands.command(description=words.DELETE_COMMAND)
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
        await say(press.interaction, words.deleted(gone.name))

    @app_commands.command(description=member_words.LIST_COMMAND)
    async def members(self, interaction: discord.Interaction) -> None:
        page = await self.herald.members.page(await self.actor(interaction))
        await say(interaction, _notice(page), view=_pager(page))

    async def members_turned(self, press: Press) -> None:
        page = await self.herald.members.page(await self.actor(press.interaction), read_id(press.argument))
        view = _pager(page)
        await press.interaction.response.edit_message(embed=embed_of(_notice(page)), view=view)

    @app_commands.command(description=member_words.LEAVE_COMMAND)
    async def leave(self, interaction: discord.Interaction) -> None:
        await self.herald.members.leave(await self.actor(interaction))
        await say(interaction, member_words.LEFT)

    @app_commands.command(name="map-role", description=guild_settings.MAP_ROLE_COMMAND)
    @app_commands.describe(
        role=guild_settings.WHAT_IT_COUNTS_AS,
        discord_role=guild_settings.WHICH_DISCORD_ROLE,
        counts=guild_settings.WHETHER_IT_COUNTS,
    )
    @app_commands.choices(role=_MAPPABLE)
    async def map_role(
        self, interaction: discord.Interaction, role: str, discord_role: discord.Role, *, counts: bool = True
    ) -> None:
        require_role(interaction.guild, discord_role.id)
        actor, wanted = await self.actor(interaction), Role(role)
        changed = await self.herald.guilds.map_role(actor, wanted, discord_role.id, counts=counts)
        outcome = guild_settings.role_mapped if changed else guild_settings.mapped_already
        await say(interaction, outcome(discord_role.name, wanted, counts=counts))

    @member.command(name="add", description=member_words.ADD_COMMAND)
    @app_commands.describe(person=people.WHO, role=people.WHAT_THEY_BECOME)
    @app_commands.choices(role=_ROLES)
    async def member_add(self, interaction: discord.Interaction, person: discord.User, role: str) -> None:
        if person.bot:
            raise Invalid(people.BOTS_CANNOT_RACE)
        member = await self.herald.members.add(await self.actor(interaction), person_of(person), Role(role))
        await say(interaction, member_words.is_now(person_of(person).name, member.role))

    @member.command(name="remove", description=member_words.REMOVE_COMMAND)
    @app_commands.describe(person=people.WHO)
    async def member_remove(self, interaction: discord.Interaction, person: discord.User) -> None:
        await self.herald.members.remove(await self.actor(interaction), person_of(person))
        await say(interaction, member_words.removed(person_of(person).name))

    @member.command(name="role", description=member_words.ROLE_COMMAND)
    @app_commands.describe(person=people.WHO, role=people.WHAT_THEY_BECOME)
    @app_commands.choices(role=_ROLES)
    async def member_role(self, interaction: discord.Interaction, person: discord.User, role: str) -> None:
        member = await self.herald.members.set_role(await self.actor(interaction), person_of(person), Role(role))
        await say(interaction, member_words.is_now(person_of(person).name, member.role))


def _notice(page: MemberPage) -> Notice:
    return member_words.member_list(page.members, page.total, page.page, page.pages)


def _pager(page: MemberPage) -> discord.ui.View | None:
    return pager("members", page.page, page.pages, str, labels=(member_words.LABEL_BACK, member_words.LABEL_ON))
