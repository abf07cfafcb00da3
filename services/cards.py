"""What stands for a tournament, a run, an invite or a leaderboard, wherever it is shown."""

from __future__ import annotations

from collections.abc import Sequence

from models import Account, Invite, InviteStatus, Match, Organization, Race, RaceStatus, Tournament, TournamentStatus
from services.matches import Proposal
from services.notice import Button, Field, Line, Link, Notice, Style, Tone, line
from services.standings import Standing
from services.tournaments import TournamentView
from services.words.language import format_run_time

MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}


def tournament_card(view: TournamentView) -> Notice:
    """A tournament, with a Join button while one can join."""
    tournament = view.tournament
    buttons = ()
    if tournament.status in (TournamentStatus.OPEN, TournamentStatus.RUNNING):
        buttons = (
            Button("join_card", tournament.id, "Join", Style.SUCCESS),
            Button("leaderboard", tournament.id, "Leaderboard"),
        )
    if view.preset:
        buttons = (*buttons, Button("tournament_preset", tournament.id, "Preset"))
    fields = [
        Field("Status", line(tournament.status.value)),
        Field("Type", line(tournament.type.value)),
        Field("Racers", line(str(view.racers))),
    ]
    if view.preset:
        fields.append(Field("Preset", line(view.preset)))
    if tournament.status in (TournamentStatus.RUNNING, TournamentStatus.ENDED):
        waiting = f" ({view.pending} waiting for review)" if view.pending else ""
        fields.append(Field("Runs", line(f"{view.approved} approved{waiting}")))
        if tournament.seed:
            fields.append(Field("Seed", seed_line(tournament), inline=False))
    if tournament.started_at:
        fields.append(Field("Started", line(tournament.started_at)))
    if tournament.ended_at:
        fields.append(Field("Ended", line(tournament.ended_at)))
    tone = Tone.GOLD if tournament.status is TournamentStatus.ENDED else Tone.INFO
    return Notice(
        title=tournament.name, lines=paragraph(tournament.description), fields=tuple(fields), buttons=buttons, tone=tone
    )


def run_card(race: Race) -> Notice:
    """A run as its reviewers see it (with `tournament`, `racer` and `reviewer` loaded)."""
    fields = [
        Field("Time", line(format_run_time(race.time_ms))),
        Field("Handed in", line(race.submitted_at)),
        Field("VOD", line(Link(race.vod_url) if race.vod_url else "removed"), inline=False),
    ]
    if race.notes:
        fields.append(Field("Notes", line(race.notes), inline=False))
    reviewer = race.reviewer.display_name if race.reviewer else "a deleted user"
    buttons = ()
    match race.status:
        case RaceStatus.APPROVED:
            tone = Tone.SUCCESS
            fields.append(Field("Approved by", line(reviewer)))
        case RaceStatus.REJECTED:
            tone = Tone.DANGER
            fields.append(Field("Rejected by", line(reviewer)))
            fields.append(Field("Reason", line(race.rejection_reason or ""), inline=False))
        case _ if race.tournament.status is TournamentStatus.ENDED:
            tone = Tone.WARNING
            fields.append(Field("Left out", line("The tournament has ended.")))
        case _:
            tone = Tone.INFO
            buttons = (
                Button("approve", race.id, "Approve", Style.SUCCESS),
                Button("reject", race.id, "Reject", Style.DANGER),
            )
    return Notice(
        title=f"{race.racer.display_name}'s run in {race.tournament.name}",
        fields=tuple(fields),
        buttons=buttons,
        tone=tone,
    )


def match_question(proposal: Proposal) -> Notice:
    """A match that is only scheduled once whoever typed its time has seen how it was understood."""
    names = " vs ".join(player.display_name for player in proposal.players)
    lines = [line(f"{names} in {proposal.tournament.name}: ", proposal.at)]
    if proposal.moves is not None:
        lines.append(line("It moves there from ", proposal.moves, "."))
    ids = ".".join(str(player.id) for player in proposal.players)
    target = f"{proposal.tournament.id}.{int(proposal.at.timestamp())}.{ids}"
    return Notice(
        title="Is this the time you mean?",
        lines=tuple(lines),
        buttons=(Button("match_schedule", target, "Schedule it", Style.SUCCESS),),
    )


def match_line(match: Match) -> Line:
    """A match that is to come (with `tournament` and `players__account` loaded)."""
    return line(match.scheduled_at, f": {match_names(match)} in {match.tournament.name}")


def match_names(match: Match) -> str:
    return " vs ".join(player.account.display_name for player in match.players)


def board_lines(board: Sequence[Standing]) -> tuple[Line, ...]:
    """A leaderboard, one line per racer."""
    return tuple(line(f"{MEDALS.get(s.rank, f'{s.rank}.')} {s.name} · {format_run_time(s.time_ms)}") for s in board)


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


def seed_line(tournament: Tournament) -> Line:
    """A tournament's seed: a link where it is one."""
    return line(Link(tournament.seed) if "://" in tournament.seed else tournament.seed)


def paragraph(text: str) -> tuple[Line, ...]:
    """A text that may be empty, as lines."""
    return (line(text),) if text else ()
