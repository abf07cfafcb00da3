"""/invite, and the invitations in people's DMs"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.cogs.base import Choices, HeraldCog, picked, picks, reference
from bot.replies import person_of, redrawing, say
from bot.router import Press
from models import Role
from services.actor import Actor
from services.errors import Invalid, NotAllowed, NotFound
from services.invites import LONGEST_HOURS, MOST_USES
from services.notice import Notice
from services.words import invites as words
from services.words import people
from services.words.invite_card import invite_card

if TYPE_CHECKING:
    from bot.client import HeraldBot

_ROLES = [role for role in Role if role is not Role.OWNER]
_HOURS = 72


class InviteCog(HeraldCog, commands.GroupCog, group_name="invite", group_description=words.GROUP):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("accept", self.accept_pressed)
        bot.router.add("decline", self.decline_pressed)

    @app_commands.command(description=words.CREATE_COMMAND)
    @app_commands.describe(
        role=people.WHAT_THEY_BECOME, person=words.WHOM, uses=words.HOW_MANY, hours=words.how_long(_HOURS)
    )
    @app_commands.choices(role=[app_commands.Choice(name=people.ROLE[role], value=role.value) for role in _ROLES])
    async def create(
        self,
        interaction: discord.Interaction,
        role: str,
        person: discord.User | None = None,
        uses: app_commands.Range[int, 1, MOST_USES] = 1,
        hours: app_commands.Range[int, 1, LONGEST_HOURS] = _HOURS,
    ) -> None:
        if person is not None and person.bot:
            raise Invalid(people.BOTS_CANNOT_RACE)
        invite = await self.herald.invites.create(
            await self.actor(interaction),
            role=Role(role),
            invitee=person_of(person) if person else None,
            uses=uses,
            hours=hours,
        )
        if person is not None:
            await say(interaction, words.invited(person_of(person).name, invite.expires_at))
            return
        await say(interaction, words.code_made(invite.code or "", invite.role, invite.max_uses, invite.expires_at))

    @app_commands.command(description=words.ACCEPT_COMMAND)
    @app_commands.describe(invite=words.YOURS_OR_A_CODE)
    async def accept(self, interaction: discord.Interaction, invite: str) -> None:
        accepted = await self.herald.invites.accept(await self.actor(interaction), reference(invite))
        await say(interaction, words.accepted(accepted.organization.name, accepted.role))

    @app_commands.command(description=words.DECLINE_COMMAND)
    @app_commands.describe(invite=words.YOURS)
    async def decline(self, interaction: discord.Interaction, invite: str) -> None:
        declined = await self.herald.invites.decline(await self.actor(interaction), picked(invite, words.AN_INVITATION))
        await say(interaction, words.declined(declined.organization.name))

    @app_commands.command(description=words.LIST_COMMAND)
    async def list(self, interaction: discord.Interaction) -> None:
        actor = await self.actor(interaction)
        mine = await self.herald.invites.received(actor)
        try:
            pending = await self.herald.invites.pending(actor)
        except (NotAllowed, NotFound):
            pending = []
        await say(interaction, words.waiting(mine, pending))

    @app_commands.command(description=words.REVOKE_COMMAND)
    @app_commands.describe(invite=words.WHICH)
    async def revoke(self, interaction: discord.Interaction, invite: str) -> None:
        await self.herald.invites.revoke(await self.actor(interaction), picked(invite, words.AN_INVITATION))
        await say(interaction, words.WITHDRAWN)

    async def accept_pressed(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        async with redrawing(press.interaction, self._card(press, actor)):
            await self.herald.invites.accept(actor, press.target)

    async def decline_pressed(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        async with redrawing(press.interaction, self._card(press, actor)):
            await self.herald.invites.decline(actor, press.target)

    def _card(self, press: Press, actor: Actor) -> Callable[[], Awaitable[Notice]]:
        async def card() -> Notice:
            invite = await self.herald.invites.mine(actor, press.target)
            return invite_card(invite, invite.organization, invite.creator)

        return card

    @accept.autocomplete("invite")
    @decline.autocomplete("invite")
    async def _complete_mine(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        invites = await self.herald.invites.received(actor) if actor else []
        found = [(words.as_role(i.organization.name, i.role), i.id) for i in invites]
        return picks(found, typed)

    @revoke.autocomplete("invite")
    async def _complete_pending(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        try:
            invites = await self.herald.invites.pending(actor) if actor else []
        except (NotAllowed, NotFound):
            return []
        return picks([(words.described(i), i.id) for i in invites], typed)
