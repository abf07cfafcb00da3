"""What is said of a community itself: its name, its time zone and its end."""

from __future__ import annotations

from collections.abc import Iterable

from models import Organization, Role
from services.notice import Field, Notice, line
from services.words.people import role_names

GROUP = "This community"
INFO_COMMAND = "Show this community"
EDIT_COMMAND = "Change this community's name and time zone (owners and admins)"
DELETE_COMMAND = "Delete this community with all its tournaments and runs (owners)"

TITLE_CREATE = "New community"
TITLE_EDIT = "Name and time zone"
TITLE_DELETE = "Delete this community"
LABEL_NAME = "The community's name"
LABEL_TIME_ZONE = "Its time zone"
LABEL_TYPE_ITS_NAME = "Type its name to delete it"
PLACEHOLDER_TIME_ZONE = "Europe/Berlin, America/New_York, UTC"

THE_NAME = "The community's name"

DELETED_ALREADY = "That community is deleted already."
NOT_OF_THIS_SERVER = "That community is not this server's any more, so nothing was deleted."


def not_its_name(typed: str, name: str) -> str:
    return f"{typed} is not its name, so nothing was deleted. To delete it, type {name}."


def edited(name: str, time_zone: str) -> str:
    return f"This community is {name} now, in the time zone {time_zone}."


def deleted(name: str) -> str:
    return f"{name} is deleted, with all its tournaments and runs."


def overview(organization: Organization, members: int, tournaments: int, servers: int, mine: Iterable[Role]) -> Notice:
    """A community, and which roles are the reader's (`mine`)."""
    fields = (
        Field("Members", line(str(members))),
        Field("Tournaments", line(str(tournaments))),
        Field("Servers", line(str(servers))),
        Field("Time zone", line(organization.time_zone)),
        Field("You are", line(role_names(mine) or "not a member")),
    )
    since = line("Founded ", organization.created_at)
    return Notice(title=organization.name, lines=(since,), fields=fields)
