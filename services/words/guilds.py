"""What is said of a server's link to a community; its channels and roles stand in `guild_settings`."""

from __future__ import annotations

from models import Role
from services.notice import Button, Notice, Style, Tone, line
from services.words.people import ROLE

GROUP = "This server and its community"
LINK_COMMAND = "Link this server to a community that you run (Manage Server)"
UNLINK_COMMAND = "End this server's link to its community (owners and admins)"
CHANNELS_COMMAND = "Choose a channel for something, or none (Manage Server)"
STATUS_COMMAND = "Show this server's channels and roles, and what is wrong there (Manage Server)"

WHICH_COMMUNITY = "A community of which you are an owner or admin"
A_COMMUNITY = "a community"

LINKED_ALREADY = "This server is linked to a community already. Run /setup to see it."
NOT_LINKED_YET = "This server is not linked to a community yet. Run /setup and begin there."
NOT_LINKED_ANY_MORE = "This server is not linked to a community any more. Run /setup and begin there."
UNLINKED_ALREADY = "This server is unlinked already: it belongs to no community."
NOT_OF_THIS_SERVER = "That community is not this server's any more, so nothing was unlinked."
NOT_YOURS_TO_LINK = "A server can only be linked to a community of which you are an owner or admin."


def linked_already(community: str) -> str:
    return f"This server is linked to {community} already. Run /setup to see it."


def cannot_stand_for(role: Role) -> str:
    return f"Discord roles cannot stand for {ROLE[role]}."


def everybody_has_it(role: Role) -> str:
    return f"Everybody has the role @everyone, so it cannot stand for {ROLE[role]}."


def too_many_roles(most: int, role: Role) -> str:
    return f"No more than {most} Discord roles can stand for {ROLE[role]}."


def linked(community: str) -> str:
    return f"This server belongs to {community} now. /guild status shows its channels and roles here."


def unlinked(community: str) -> str:
    return f"This server is unlinked from {community}. To link it again, use /guild link or /setup."


def unlink_question(community_id: int, community: str) -> Notice:
    lines = (
        line("Here, nothing is announced any more, Discord roles count for nothing, and commands do not work."),
        line("Its members, tournaments and runs stay as they are."),
        line("The channels and roles chosen here are kept, for when this server is linked to it again."),
    )
    buttons = (Button("guild_unlink", community_id, "Unlink", Style.DANGER),)
    return Notice(title=f"Unlink this server from {community}?", lines=lines, buttons=buttons, tone=Tone.DANGER)
