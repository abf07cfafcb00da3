"""What is said of somebody's own account, and of its end."""

from __future__ import annotations

from models import Account
from services.notice import Field, Link, Notice, line

GROUP = "What Herald knows of you"
SHOW_COMMAND = "Show what you, or somebody of this community, are known by"
EDIT_COMMAND = "Change your name, your pronouns and the link of your stream"
TIMEZONE_COMMAND = "Set the time zone in which the times that you type are read"
EXPORT_COMMAND = "Get all that is stored about you, as a file that only you see"
DELETE_COMMAND = "Delete your account and all personal data, for good"

WHOSE = "Who; you, unless you say otherwise"
WHICH_ZONE = "Type your city, for example Berlin"
WHAT_OF_YOUR_RUNS = "What becomes of your runs that count"
RUNS_STAY = "stay in the leaderboards, without your name"
RUNS_ARE_WITHDRAWN = "are withdrawn"

CONFIRMATION = "delete"
"""What somebody types to have their account deleted."""

TITLE_EDIT = "Your account"
TITLE_DELETE = "Delete your account"
LABEL_NAME = "Your name (empty: as on Discord)"
LABEL_PRONOUNS = "Your pronouns"
LABEL_STREAM = "Your stream"
LABEL_CONFIRM = f"Type {CONFIRMATION} to delete it"
PLACEHOLDER_PRONOUNS = "they/them"
PLACEHOLDER_STREAM = "https://www.twitch.tv/…"
PLACEHOLDER_CONFIRM = "This cannot be taken back"

YOUR_NAME = "Your name"
YOUR_PRONOUNS = "The text for your pronouns"
YOUR_STREAM = "Your stream's link"

DELETED_ALREADY = "That account is deleted already."
ONLY_SUPERADMIN = (
    "Herald needs a superadmin, and you are its only one. Make somebody else one first (/admin permission)."
)
SAVED = "Your account is saved."
AS_BEFORE = "Nothing was changed: it is as you typed it already."
EXPORTED = "All that Herald stores about you."


def not_confirmed(typed: str) -> str:
    return f"You typed {typed}, so nothing was deleted. To delete your account, type {CONFIRMATION}."


def only_owner(community: str) -> str:
    return (
        f"{community} needs an owner, and you are its only one. Make somebody else an "
        "owner first (/org member role), or delete the community (/org delete)."
    )


def time_zone_set(time_zone: str) -> str:
    return f"Times that you type are read in {time_zone} now."


def time_zone_as_before(time_zone: str) -> str:
    return f"Times that you type are read in {time_zone} already."


def deleted(*, runs_kept: bool) -> str:
    return (
        "Your account is deleted, and all that Herald stored about you with it. "
        f"Your runs that count are {'kept' if runs_kept else 'withdrawn'}. "
        "What was posted in Discord before stays there."
    )


def profile(account: Account) -> Notice:
    """What somebody is known by."""
    fields = (
        Field("Pronouns", line(account.pronouns or "not said")),
        Field("Stream", line(Link(account.stream_url) if account.stream_url else "none")),
        Field("Time zone", line(account.time_zone or "that of each community")),
    )
    since = line("Known to Herald since ", account.created_at)
    return Notice(title=account.display_name, lines=(since,), fields=fields)
