"""What is said of invites; the one that somebody gets stands in `invite_card`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from models import Invite, InviteStatus, Role
from services.notice import Field, Line, Notice, line
from services.words.language import count
from services.words.people import ROLE

STATUS: Mapping[InviteStatus, str] = {
    InviteStatus.PENDING: "pending",
    InviteStatus.ACCEPTED: "accepted",
    InviteStatus.REJECTED: "rejected",
    InviteStatus.EXPIRED: "expired",
    InviteStatus.REVOKED: "revoked",
}

GROUP = "Invitations"
CREATE_COMMAND = "Invite a person, or make a code that several can use (organizers)"
ACCEPT_COMMAND = "Accept an invitation"
DECLINE_COMMAND = "Decline an invitation"
LIST_COMMAND = "List the invitations that wait: yours, and (organizers) all of this community"
REVOKE_COMMAND = "Withdraw an invitation (organizers)"

WHOM = "Whom to invite by DM; leave it out to get a code"
HOW_MANY = "How many people may use the code (1 unless you say more)"
YOURS = "Your invitation"
YOURS_OR_A_CODE = "Your invitation, or a code that you were given"
WHICH = "Which invitation"
AN_INVITATION = "an invitation"

NOT_FOR_YOU = "There is no such invite for you."
NONE_THAT_WAITS = "There is no such invite for you. /invite list shows those that wait for you."
NO_SUCH_CODE = "No invite has that code. Please check it, or ask for a new one."
NOT_HERE = "That invite does not exist here. /invite list shows what there is."
WITHDRAWN = "The invitation is withdrawn."


def how_long(unless: int) -> str:
    return f"After how many hours it expires ({unless} unless you say otherwise)"


def role_too_high(role: Role) -> str:
    return f"You can only invite to roles below your own, and {ROLE[role]} is not."


def not_yours_to_withdraw(role: Role) -> str:
    return f"You can only withdraw invites to roles below your own, and {ROLE[role]} is not."


def hours_out_of_range(longest: int) -> str:
    return f"An invite lasts from 1 to {longest} hours."


def uses_out_of_range(most: int) -> str:
    return f"An invite can be used from 1 to {most} times."


def has_one(name: str) -> str:
    return f"{name} has an invite that waits for an answer already."


def is_already(status: InviteStatus) -> str:
    return f"That invite is {STATUS[status]} already."


def was_already(community: str, status: InviteStatus) -> str:
    return f"This invite to {community} was {STATUS[status]} already."


def expired(community: str) -> str:
    return f"This invite to {community} has expired. Please ask for a new one."


def no_use(name: str | None, held: Role, offered: Role) -> str:
    """Refuses a role to somebody, or to the reader (None), who holds as high a one."""
    subject = "You are" if name is None else f"{name} is"
    high = "" if held is offered else f", which is as high as {ROLE[offered]} or higher"
    return f"{subject} {ROLE[held]} there already{high}, so this invite has no use."


def invited(name: str, until: datetime) -> Notice:
    text = line(f"{name} gets a DM with the invitation, open until ", until, ".")
    return Notice(title="Invited", lines=(text,))


def code_made(code: str, role: Role, uses: int, until: datetime) -> Notice:
    how = line("Whoever should have it runs /invite accept with this code.")
    fields = (
        Field("Code", line(code)),
        Field("Role", line(ROLE[role])),
        Field("Uses", line(str(uses))),
        Field("Open until", line(until)),
    )
    return Notice(title="Invite code", lines=(how,), fields=fields)


def accepted(community: str, role: Role) -> str:
    return f"Welcome to {community}! You are {ROLE[role]} now."


def declined(community: str) -> str:
    return f"You have declined the invitation to {community}."


def as_role(whom_or_where: str, role: Role) -> str:
    return f"{whom_or_where} as {ROLE[role]}"


def described(invite: Invite) -> str:
    """An invite as those who run the community see it (with `invitee` loaded)."""
    if invite.invitee is not None:
        return as_role(invite.invitee.display_name, invite.role)
    return f"{as_role(f'code {invite.code}', invite.role)}, used {invite.uses} of {count(invite.max_uses, 'time')}"


def waiting(mine: Sequence[Invite], pending: Sequence[Invite]) -> Notice:
    """The reader's own (with `organization` loaded), and the community's."""
    lines: list[Line] = [
        line(f"For you: {as_role(invite.organization.name, invite.role)}, until ", invite.expires_at) for invite in mine
    ]
    lines += [line(f"#{invite.id}: {described(invite)}, until ", invite.expires_at) for invite in pending]
    empty = line("No invitation waits for an answer.")
    return Notice(title="Invitations", lines=tuple(lines) or (empty,))
