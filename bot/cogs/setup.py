"""/setup"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.cogs.base import HeraldCog
from bot.forms import Form, Question
from bot.guild_settings import CHANNEL_TYPES, require_channel, require_role, settings_embed
from bot.render import CUSTOM_ID, embed_of, fit, stateless
from bot.router import Press, read_choice, read_id
from models import Role
from services.actor import Actor
from services.errors import Invalid, NotFound, Unavailable, WrongState
from services.guilds import MOST_ROLES, ChannelUse, Setup
from services.organizations import LONGEST_NAME
from services.paging import CHOICES
from services.permissions import MAPPABLE
from services.words import guild_settings as words
from services.words import guilds, organizations

if TYPE_CHECKING:
    from bot.client import HeraldBot

QUESTIONS = (
    Question("name", organizations.LABEL_NAME, LONGEST_NAME),
    Question("time_zone", organizations.LABEL_TIME_ZONE, 64, placeholder=organizations.PLACEHOLDER_TIME_ZONE),
)
CREATE = Form("setup_create", organizations.TITLE_CREATE, QUESTIONS)
EDIT = Form("setup_edit", organizations.TITLE_EDIT, QUESTIONS)

_PAGES = {
    "channels": (words.PAGE_CHANNELS, (ChannelUse.ANNOUNCEMENTS, ChannelUse.RESULTS, ChannelUse.MATCHES)),
    "staff": (words.PAGE_STAFF, (ChannelUse.REVIEW, ChannelUse.AUDIT)),
    "roles": (words.PAGE_ROLES, ()),
}
"""The panel's pages, with their labels and channels: a message of Discord's holds five rows, and each select is one."""


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

    @app_commands.command(description=words.SETUP_COMMAND)
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    async def setup(self, interaction: discord.Interaction) -> None:
        state = await self.herald.guilds.setup(await self.actor(interaction))
        view = _view(state, interaction.guild, "channels")
        await interaction.response.send_message(embed=_embed(state, interaction.guild), view=view, ephemeral=True)

    async def new_pressed(self, press: Press) -> None:
        state = await self.herald.guilds.setup(await self.actor(press.interaction))
        if state.organization is not None:
            # The panel is an old one; nobody should fill in a form for nothing.
            raise WrongState(guilds.linked_already(state.organization.name))
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
            raise NotFound(guilds.NOT_LINKED_ANY_MORE)
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
        use = read_choice(ChannelUse, press.argument)
        channel_id = read_id("".join(press.values)) if press.values else None
        if channel_id is not None:
            require_channel(press.interaction.guild, channel_id)
        await self.herald.guilds.set_channel(actor, use, channel_id)
        await self._show(press, next(page for page, (_, uses) in _PAGES.items() if use in uses))

    async def roles_chosen(self, press: Press) -> None:
        actor = await self.actor(press.interaction)
        role_ids = [read_id(value) for value in press.values]
        for role_id in role_ids:
            require_role(press.interaction.guild, role_id)
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
            content=None, embed=_embed(state, interaction.guild), view=_view(state, interaction.guild, page)
        )


def _embed(state: Setup, guild: discord.Guild | None) -> discord.Embed:
    if state.organization is None:
        return embed_of(words.begin(joinable=bool(state.joinable)))
    return settings_embed(state, guild)


def _view(state: Setup, guild: discord.Guild | None, page: str) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    if state.organization is None:
        view.add_item(_button(organizations.TITLE_CREATE, "setup_new", style=discord.ButtonStyle.success))
        if state.joinable:
            joinable = state.joinable[:CHOICES]
            options = [discord.SelectOption(label=fit(one.name, 100), value=str(one.id)) for one in joinable]
            view.add_item(
                discord.ui.Select(
                    custom_id=CUSTOM_ID.format(action="setup_link", argument=""),
                    placeholder=words.PLACEHOLDER_LINK,
                    options=options,
                )
            )
        return stateless(view)
    if page == "roles":
        for role in MAPPABLE:
            chosen = [
                discord.SelectDefaultValue(id=i, type=discord.SelectDefaultValueType.role)
                for i in state.roles[role][:MOST_ROLES]
                if guild is not None and guild.get_role(i)
            ]
            view.add_item(
                discord.ui.RoleSelect(
                    custom_id=CUSTOM_ID.format(action="setup_roles", argument=role.value),
                    placeholder=words.choose_roles(role),
                    min_values=0,
                    max_values=MOST_ROLES,
                    default_values=chosen,
                )
            )
    else:
        for use in _PAGES.get(page, _PAGES["channels"])[1]:
            channel_id = state.channels.get(use)
            chosen = (
                [discord.SelectDefaultValue(id=channel_id, type=discord.SelectDefaultValueType.channel)]
                if channel_id and guild is not None and guild.get_channel(channel_id)
                else []
            )
            view.add_item(
                discord.ui.ChannelSelect(
                    custom_id=CUSTOM_ID.format(action="setup_channel", argument=use.value),
                    placeholder=words.CHANNEL[use],
                    channel_types=CHANNEL_TYPES,
                    min_values=0,
                    max_values=1,
                    default_values=chosen,
                )
            )
    for other, (label, _) in _PAGES.items():
        if other != page:
            view.add_item(_button(label, "setup_page", other))
    view.add_item(_button(organizations.TITLE_EDIT, "setup_rename"))
    return stateless(view)


def _button(
    label: str, action: str, argument: str = "", *, style: discord.ButtonStyle = discord.ButtonStyle.secondary
) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(label=label, style=style, custom_id=CUSTOM_ID.format(action=action, argument=argument))
