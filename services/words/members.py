"""What is said of a community's members and their roles."""

from __future__ import annotations

from collections.abc import Sequence

from models import Membership, Role
from services.notice import Notice, line
from services.words.language import count
from services.words.people import ROLE

GROUP = "Who belongs to it (owners and admins)"
LIST_COMMAND = "Show who belongs to this community, and as what"
LEAVE_COMMAND = "Leave this community; what you raced stays"
ADD_COMMAND = "Make somebody a member without an invitation (owners and admins)"
REMOVE_COMMAND = "End somebody's membership; what they raced stays (owners and admins)"
ROLE_COMMAND = "Give a member another role (owners and admins)"

LABEL_BACK = "Back"
LABEL_ON = "On"

NOT_A_MEMBER = "You are not a member of this community."
ONLY_OWNER = (
    "A community needs an owner, and this is its only one. Make somebody else an owner first "
    "(/org member role), or delete the community."
)
LEFT = "You are no longer a member of this community."


def a_member_already(name: str, role: Role) -> str:
    return f"{name} is a member already, as {ROLE[role]}. /org member role changes that."


def is_already(name: str, role: Role) -> str:
    return f"{name} is {ROLE[role]} already."


def may_not_make(role: Role) -> str:
    return f"You may not make somebody {ROLE[role]}: that role is not below your own."


def may_not_change(role: Role) -> str:
    return f"You may not change the role of somebody who is {ROLE[role]}: that role is not below your own."


def may_not_remove(role: Role) -> str:
    return f"You may not remove somebody who is {ROLE[role]}: that role is not below your own."


def is_now(name: str, role: Role) -> str:
    return f"{name} is {ROLE[role]} now."


def removed(name: str) -> str:
    return f"{name} is no longer a member."


def member_list(members: Sequence[Membership], total: int, page: int, pages: int) -> Notice:
    """One page of `total` members (with `account` loaded); it counts from 0."""
    lines = [line(f"{one.account.display_name}: {ROLE[one.role]}, since ", one.joined_at) for one in members]
    return Notice(
        title="Members",
        lines=tuple(lines) or (line("Nobody has joined yet."),),
        reference=f"{count(total, 'member')}, page {page + 1} of {pages}",
    )
