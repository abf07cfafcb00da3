"""/setup"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.cogs.base import HeraldCog
from bot.forms import Form, Question
from bot.render import CUSTOM_ID, embed_of, fit, stateless
from bot.router import Press, read_choice, read_id
from models import Role
from services.actor import Actor
from services.errors import Invalid, NotFound, Unavailable, WrongState
from services.guilds import ChannelUse, Setup
from services.notice import Notice, line
from services.organizations import LONGEST_NAME
from services.permissions import MAPPABLE

if TYPE_CHECKING:
    from bot.client import HeraldBot

QUESTIONS = (
    Question("name", "The community's name", LONGEST_NAME),
    Question("time_zone", "Its time zone", 64, placeholder="Europe/Berlin, America/New_York, UTC"),
)
CREATE = Form("setup_create", "New community", QUESTIONS)
EDIT = Form("setup_edit", "Name and time zone", QUESTIONS)

_USES = {
    ChannelUse.ANNOUNCEMENTS: "Announcements",
    ChannelUse.REVIEW: "Review (cards of runs to look at)",
    ChannelUse.AUDIT: "Audit (a line for all that happens)",
}
_NEEDED = ("view_channel", "send_messages", "embed_links", "read_message_history")
_MOST_ROLES = 10


class SetupCog(HeraldCog):
    def __init__(self, bot: HeraldBot) -> None:
        super().__init__(bot)
        bot.router.add("setup_new", self.new_pressed)
        bot.router.add("setup_create", self.created)
        bot.router.add("setup_link", self.linked)
        bot.router.add("setup_rename", self.rename_pressed)
        bot.router.add("setup_edit", self.edited)
        bot.router.add("setup_channel", self.channel_chosen)
        bot.router.add("setup_roles", self.roles_chosen)
        bot.router.add("setup_page", self.page_turned)

    @app_commands.command(description="Set Herald up in this server (Manage Server)")
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    async def setup(self, interaction: discord.Interaction) -> None:
        state = await self.herald.guilds.setup(await self.actor(interaction))
        view = _view(state, interaction.guild, "channels")
        await interaction.response.send_message(embed=_embed(state, interaction), view=view, ephemeral=True)

    async def new_pressed(self, press: Press) -> None:
        state = await self.herald.guilds.setup(await self.actor(press.interaction))
        if state.organization is not None:
            # The panel is an old one; nobody should fill in a form for nothing.
            raise WrongState(f"This server is linked to {state.organization.name} already. Run /setup to see it.")
        await CREATE.ask(
            press.interaction, "", {"name": press.interaction.guild.name if press.interaction.guild else ""}
        )

    async def created(self, press: Press) -> None:
        try:
            await self.herald.organizations.create(await self.actor(press.interaction), **CREATE.answers(press))
        except (Invalid, Unavailable) as refusal:
            await CREATE.ask_again(press, refusal)
            return
        await self._show(press, "channels")

    async def linked(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        await self.herald.guilds.link(actor, read_id("".join(press.values)))
        await self._show(press, "channels")

    async def rename_pressed(self, press: Press) -> None:
        state = await self.herald.guilds.setup(await self.actor(press.interaction))
        organization = state.organization
        if organization is None:
            raise NotFound("This server is not linked to a community any more. Run /setup and begin there.")
        await EDIT.ask(press.interaction, "", {"name": organization.name, "time_zone": organization.time_zone})

    async def edited(self, press: Press) -> None:
        try:
            await self.herald.organizations.edit(await self.actor(press.interaction), **EDIT.answers(press))
        except (Invalid, Unavailable) as refusal:
            await EDIT.ask_again(press, refusal)
            return
        await self._show(press, "channels")

    async def channel_chosen(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        channel_id = read_id("".join(press.values)) if press.values else None
        guild = press.interaction.guild
        if channel_id is not None and (guild is None or guild.get_channel(channel_id) is None):
            raise Invalid("Herald does not see that channel in this server. Let it see the channel, or pick another.")
        await self.herald.guilds.set_channel(actor, read_choice(ChannelUse, press.argument), channel_id)
        await self._show(press, "channels")

    async def roles_chosen(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        role_ids = [read_id(value) for value in press.values]
        guild = press.interaction.guild
        if any(guild is None or guild.get_role(role_id) is None for role_id in role_ids):
            raise Invalid("One of these Discord roles does not exist in this server any more. Please choose again.")
        await self.herald.guilds.map_roles(actor, read_choice(Role, press.argument), role_ids)
        await self._show(press, "roles")

    async def page_turned(self, press: Press) -> None:
        await self._show(press, press.argument)

    async def _show(self, press: Press, page: str) -> None:
        """Draw the panel anew where it stands; it keeps nothing, so it works after a restart too."""
        interaction = press.interaction
        # The actor is made anew: what was just done may have given their guild an organization.
        actor: Actor = await self.actor(interaction)
        state = await self.herald.guilds.setup(actor)
        await interaction.response.edit_message(
            content=None, embed=_embed(state, interaction), view=_view(state, interaction.guild, page)
        )


def _embed(state: Setup, interaction: discord.Interaction) -> discord.Embed:
    if state.organization is None:
        joinable = " or link it to a community that you run" if state.joinable else ""
        text = line(f"Found a community for this server{joinable}. It owns the tournaments that are run here.")
        return embed_of(Notice(title="Set up Herald", lines=(text,)))
    embed = embed_of(Notice(title=state.organization.name, lines=(line(f"Time zone: {state.organization.time_zone}"),)))
    for use, label in _USES.items():
        embed.add_field(name=label, value=_channel_state(interaction.guild, state.channels.get(use)), inline=False)
    for role in MAPPABLE:
        mentions = " ".join(f"<@&{role_id}>" for role_id in state.roles.get(role, []))
        embed.add_field(name=f"Counts as {role.value}", value=fit(mentions, 1024) or "no Discord role yet")
    return embed


def _channel_state(guild: discord.Guild | None, channel_id: int | None) -> str:
    if channel_id is None:
        return "not chosen yet"
    channel = guild.get_channel(channel_id) if guild else None
    if guild is None or channel is None:
        return "⚠️ this channel is gone, or Herald cannot see it. Please pick another."
    missing = missing_permissions(channel, guild.me)
    if missing:
        return f"⚠️ {channel.mention}: Herald lacks {', '.join(missing)} there."
    return f"✅ {channel.mention}"


def missing_permissions(channel: discord.abc.GuildChannel, me: discord.Member) -> list[str]:
    """What Herald needs in `channel` and does not have, in Discord's words."""
    held = channel.permissions_for(me)
    return [name.replace("_", " ").title() for name in _NEEDED if not getattr(held, name)]


def _view(state: Setup, guild: discord.Guild | None, page: str) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    if state.organization is None:
        view.add_item(_button("New community", "setup_new", style=discord.ButtonStyle.success))
        if state.joinable:
            options = [discord.SelectOption(label=fit(o.name, 100), value=str(o.id)) for o in state.joinable]
            view.add_item(
                discord.ui.Select(
                    custom_id=CUSTOM_ID.format(action="setup_link", argument=""),
                    placeholder="Link to a community that you run",
                    options=options,
                )
            )
        return stateless(view)
    if page == "roles":
        for role in MAPPABLE:
            chosen = [
                discord.SelectDefaultValue(id=i, type=discord.SelectDefaultValueType.role)
                for i in state.roles[role][:_MOST_ROLES]
                if guild is not None and guild.get_role(i)
            ]
            view.add_item(
                discord.ui.RoleSelect(
                    custom_id=CUSTOM_ID.format(action="setup_roles", argument=role.value),
                    placeholder=f"Discord roles that count as {role.value}",
                    min_values=0,
                    max_values=_MOST_ROLES,
                    default_values=chosen,
                )
            )
        view.add_item(_button("Channels", "setup_page", "channels"))
    else:
        for use, label in _USES.items():
            channel_id = state.channels.get(use)
            chosen = (
                [discord.SelectDefaultValue(id=channel_id, type=discord.SelectDefaultValueType.channel)]
                if channel_id and guild is not None and guild.get_channel(channel_id)
                else []
            )
            view.add_item(
                discord.ui.ChannelSelect(
                    custom_id=CUSTOM_ID.format(action="setup_channel", argument=use.value),
                    placeholder=label,
                    channel_types=[discord.ChannelType.text, discord.ChannelType.news],
                    min_values=0,
                    max_values=1,
                    default_values=chosen,
                )
            )
        view.add_item(_button("Roles", "setup_page", "roles", style=discord.ButtonStyle.primary))
    view.add_item(_button("Name and time zone", "setup_rename"))
    return stateless(view)


def _button(
    label: str, action: str, argument: str = "", *, style: discord.ButtonStyle = discord.ButtonStyle.secondary
) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(label=label, style=style, custom_id=CUSTOM_ID.format(action=action, argument=argument))
