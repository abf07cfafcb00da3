"""What stands for an invite wherever it is shown."""

from __future__ import annotations

from models import Account, Invite, InviteStatus, Organization
from services.notice import Button, Line, Notice, Style, Tone, line


def invite_card(invite: Invite, organization: Organization, creator: Account | None) -> Notice:
    """An invite as the invited person sees it."""
    who = creator.display_name if creator else "Somebody"
    buttons = ()
    if invite.status is InviteStatus.PENDING:
        buttons = (
            Button("accept", invite.id, "Accept", Style.SUCCESS),
            Button("decline", invite.id, "Decline", Style.SECONDARY),
        )
    states: dict[InviteStatus, tuple[Line, Tone]] = {
        InviteStatus.PENDING: (line("It is open until ", invite.expires_at, "."), Tone.INFO),
        InviteStatus.ACCEPTED: (line("You accepted it."), Tone.SUCCESS),
        InviteStatus.REJECTED: (line("You declined it."), Tone.WARNING),
        InviteStatus.EXPIRED: (line("It has expired."), Tone.WARNING),
        InviteStatus.REVOKED: (line("It was withdrawn."), Tone.WARNING),
    }
    state, tone = states[invite.status]
    return Notice(
        title=f"Invitation to {organization.name}",
        lines=(line(f"{who} invites you to join {organization.name} as {invite.role.value}."), state),
        buttons=buttons,
        tone=tone,
    )
