"""Why somebody may not do something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from models import Role
from services.actions import Action
from services.words.people import role_names

ACTION: Mapping[Action, str] = {
    Action.CONFIGURE: "change this community's settings",
    Action.DELETE: "delete this community",
    Action.MANAGE_MEMBERS: "manage members",
    Action.MANAGE_TOURNAMENTS: "manage tournaments",
    Action.REVIEW: "review runs",
    Action.INVITE: "manage invites",
    Action.READ_AUDIT: "read the audit trail",
}
"""What stands in “You may not …”."""

ONLY_WHERE_SET_UP = (
    "This only works in a server where Herald is set up. Somebody who may manage the server can run /setup there."
)
NOT_SET_UP_HERE = "Herald is not set up in this server yet. Somebody who may manage the server can run /setup."
SET_UP_IN_A_SERVER = "Herald is set up inside a server: run /setup there."
TAKES_MANAGE_SERVER = (
    "Setting up Herald takes Discord's permission Manage Server, or being an owner or admin of the community."
)
ABOUT_ALL_SERVERS = (
    "This community has several servers, so this takes being its owner or admin: it is about all of them."
)


def may_not(action: Action, allowed: Iterable[Role]) -> str:
    """Refuses an `action` to whoever has none of the roles that are `allowed` it."""
    return f"You may not {ACTION[action]} here. That takes the role of {role_names(allowed, 'or')}."
