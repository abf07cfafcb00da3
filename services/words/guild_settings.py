"""What is said of the channels and roles that Herald uses in a server, and its panel of /setup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models import Organization, Role
from services.guilds import ChannelUse
from services.notice import Notice, line
from services.words.people import ROLE

CHANNEL: Mapping[ChannelUse, str] = {
    ChannelUse.ANNOUNCEMENTS: "Announcements",
    ChannelUse.RESULTS: "Results (approved runs, podiums)",
    ChannelUse.MATCHES: "Matches (scheduled, finished)",
    ChannelUse.REVIEW: "Review (cards of runs to look at)",
    ChannelUse.AUDIT: "Audit (a line for all that happens)",
}
PERMISSION: Mapping[str, str] = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "embed_links": "Embed Links",
    "read_message_history": "Read Message History",
    "create_private_threads": "Create Private Threads",
    "send_messages_in_threads": "Send Messages in Threads",
}
"""What Discord calls the permissions that Herald needs in a channel."""

SETUP_COMMAND = "Set Herald up in this server (Manage Server)"
MAP_ROLE_COMMAND = "Let a Discord role count as a role here, or no longer"

WHAT_IS_POSTED = "What is posted"
WHICH_CHANNEL = "Where; leave it out to take the channel away"
WHAT_IT_COUNTS_AS = "What it counts as"
WHICH_DISCORD_ROLE = "Which Discord role"
WHETHER_IT_COUNTS = "False: it counts as that no longer"

PAGE_CHANNELS = "Channels"
PAGE_STAFF = "Staff channels"
PAGE_ROLES = "Roles"
PLACEHOLDER_LINK = "Link to a community that you run"

TITLE_SAVED = "Saved"
NOT_CHOSEN = "not chosen yet"
NOT_CHOSEN_SO_ANNOUNCED = "not chosen yet: it goes to Announcements"
NO_DISCORD_ROLE = "no Discord role yet"
CHANNEL_GONE = "⚠️ this channel is gone, or Herald cannot see it. Please pick another."
DELETED_ROLE = "⚠️ a deleted role"

CHANNEL_UNSEEN = "Herald does not see that channel in this server. Let it see the channel, or pick another."
CHANNEL_ELSEWHERE = "That channel is not one of this server. Please pick another."
ROLE_GONE = "One of these Discord roles does not exist in this server any more. Please choose again."


def begin(*, joinable: bool) -> Notice:
    """The panel where no community is linked yet, be there one that the reader could link or not (`joinable`)."""
    link = " or link it to a community that you run" if joinable else ""
    text = line(f"Found a community for this server{link}. It owns the tournaments that are run here.")
    return Notice(title="Set up Herald", lines=(text,))


def settings(organization: Organization) -> Notice:
    """The head of what is shown of a linked server."""
    return Notice(title=organization.name, lines=(line(f"Time zone: {organization.time_zone}"),))


def channel_works(channel: str) -> str:
    return f"✅ {channel}"


def channel_lacks(channel: str, permissions: Sequence[str]) -> str:
    """`permissions` by Discord's own names of them."""
    return f"⚠️ {channel}: Herald lacks {', '.join(PERMISSION[name] for name in permissions)} there."


def counts_as(role: Role) -> str:
    """Stands above the Discord roles that do."""
    return f"Counts as {ROLE[role]}"


def choose_roles(role: Role) -> str:
    return f"Discord roles that count as {ROLE[role]}"


def role_mapped(discord_role: str, role: Role, *, counts: bool) -> str:
    what = "counts" if counts else "no longer counts"
    return f"From now on, {discord_role} {what} as {ROLE[role]} here."


def mapped_already(discord_role: str, role: Role, *, counts: bool) -> str:
    what = "counts" if counts else "does not count"
    return f"Nothing was changed: {discord_role} {what} as {ROLE[role]} anyway."
