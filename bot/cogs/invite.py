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
from models import Invite, Role
from services.actor import Actor
from services.errors import Invalid, NotAllowed, NotFound
from services.invites import LONGEST_HOURS, MOST_USES
from services.notice import Field, Line, Notice, line
from services.words.invite_card import invite_card
from services.words.language import count

if TYPE_CHECKING:
    from bot.client import HeraldBot

_ROLES = [role for role in Role if role is not Role.OWNER]
_HOURS = 72


class InviteCog(HeraldCog, commands.GroupCog, group_name="invite", group_description="Invitations"):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("accept", self.accept_pressed)
        bot.router.add("decline", self.decline_pressed)

    @app_commands.command(description="Invite a person, or make a code that several can use (organizers)")
    @app_commands.describe(
        role="What they become",
        person="Whom to invite by DM; leave it out to get a code",
        uses="How many people may use the code (1 unless you say more)",
        hours="After how many hours it expires (72 unless you say otherwise)",
    )
    @app_commands.choices(role=[app_commands.Choice(name=role.value, value=role.value) for role in _ROLES])
    async def create(
        self,
        interaction: discord.Interaction,
        role: str,
        person: discord.User | None = None,
        uses: app_commands.Range[int, 1, MOST_USES] = 1,
        hours: app_commands.Range[int, 1, LONGEST_HOURS] = _HOURS,
    ) -> None:
        if person is not None and person.bot:
            raise Invalid("Bots cannot race. Pick a person.")
        invite = await self.herald.invites.create(
            await self.actor(interaction),
            role=Role(role),
            invitee=person_of(person) if person else None,
            uses=uses,
            hours=hours,
        )
        if person is not None:
            text = line(f"{person_of(person).name} gets a DM with the invitation, open until ", invite.expires_at, ".")
            await say(interaction, Notice(title="Invited", lines=(text,)))
            return
        how = line("Whoever should have it runs /invite accept with this code.")
        fields = (
            Field("Code", line(invite.code or "")),
            Field("Role", line(invite.role.value)),
            Field("Uses", line(str(invite.max_uses))),
            Field("Open until", line(invite.expires_at)),
        )
        await say(interaction, Notice(title="Invite code", lines=(how,), fields=fields))

    @app_commands.command(description="Accept an invitation")
    @app_commands.describe(invite="Your invitation, or a code that you were given")
    async def accept(self, interaction: discord.Interaction, invite: str) -> None:
        accepted = await self.herald.invites.accept(await self.actor(interaction), reference(invite))
        await say(interaction, f"Welcome to {accepted.organization.name}! You are {accepted.role.value} now.")

    @app_commands.command(description="Decline an invitation")
    @app_commands.describe(invite="Your invitation")
    async def decline(self, interaction: discord.Interaction, invite: str) -> None:
        declined = await self.herald.invites.decline(await self.actor(interaction), picked(invite, "an invitation"))
        await say(interaction, f"You have declined the invitation to {declined.organization.name}.")

    @app_commands.command(description="List the invitations that wait: yours, and (organizers) all of this community")
    async def list(self, interaction: discord.Interaction) -> None:
        actor = await self.actor(interaction)
        mine = await self.herald.invites.received(actor)
        lines: list[Line] = [
            line(f"For you: {i.organization.name} as {i.role.value}, until ", i.expires_at) for i in mine
        ]
        try:
            pending = await self.herald.invites.pending(actor)
        except (NotAllowed, NotFound):
            pending = []
        lines += [line(f"#{i.id}: {_describe(i)}, until ", i.expires_at) for i in pending]
        empty = line("No invitation waits for an answer.")
        await say(interaction, Notice(title="Invitations", lines=tuple(lines) or (empty,)))

    @app_commands.command(description="Withdraw an invitation (organizers)")
    @app_commands.describe(invite="Which invitation")
    async def revoke(self, interaction: discord.Interaction, invite: str) -> None:
        await self.herald.invites.revoke(await self.actor(interaction), picked(invite, "an invitation"))
        await say(interaction, "The invitation is withdrawn.")

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
        found = [(f"{i.organization.name} as {i.role.value}", i.id) for i in invites]
        return picks(found, typed)

    @revoke.autocomplete("invite")
    async def _complete_pending(self, interaction: discord.Interaction, typed: str) -> Choices:
        actor = await self.known_actor(interaction)
        try:
            invites = await self.herald.invites.pending(actor) if actor else []
        except (NotAllowed, NotFound):
            return []
        return picks([(_describe(i), i.id) for i in invites], typed)


def _describe(invite: Invite) -> str:
    if invite.invitee is not None:
        return f"{invite.invitee.display_name} as {invite.role.value}"
    return f"code {invite.code} as {invite.role.value}, used {invite.uses} of {count(invite.max_uses, 'time')}"
