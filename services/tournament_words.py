"""The words of announcements about a tournament, as it is when they are drawn: they are drawn anew when it changes."""

from __future__ import annotations

from datetime import datetime

import events as e
from models import Account, Tournament, TournamentStatus
from services.audit_words import GONE
from services.cards import paragraph, seed_line
from services.notice import Button, Field, Line, Notice, Style, Tone, line
from services.words.language import count
from services.words.leaderboard import podium_scored, timed

_STATES = {
    TournamentStatus.DRAFT: "Sign-up opens soon.",
    TournamentStatus.OPEN: "Sign-up is open.",
    TournamentStatus.RUNNING: "It has started.",
    TournamentStatus.ENDED: "It has ended.",
}


async def tournament_created(event: e.TournamentCreatedEvent, _: datetime) -> Notice | None:
    tournament = await Tournament.get_or_none(id=event.tournament_id)
    return Notice(
        title=f"New tournament: {tournament.name if tournament else event.tournament_name}",
        lines=(*paragraph(tournament.description if tournament else ""), _state(tournament)),
        fields=(Field("Type", line(event.tournament_type)),),
    )


async def tournament_opened(event: e.TournamentUpdatedEvent, _: datetime) -> Notice | None:
    """None when it was deleted: what nobody has seen yet need not be said any more. See `tournament_closed`."""
    tournament = await Tournament.get_or_none(id=event.tournament_id)
    if tournament is None:
        return None
    if tournament.status not in (TournamentStatus.OPEN, TournamentStatus.RUNNING):
        return _closed(tournament.name, tournament)
    return Notice(
        title=f"{tournament.name} is open for sign-up",
        lines=(*paragraph(tournament.description), line("Press Join to race.")),
        fields=(Field("Type", line(tournament.type.value)),),
        buttons=(
            Button("join", tournament.id, "Join", Style.SUCCESS),
            Button("leaderboard", tournament.id, "Leaderboard"),
        ),
    )


def tournament_closed(event: e.TournamentUpdatedEvent) -> Notice:
    """What becomes of the announcement that a tournament is open, when it was deleted."""
    return _closed(event.tournament_name, None)


async def tournament_started(event: e.TournamentStartedEvent, _: datetime) -> Notice | None:
    tournament = await Tournament.get_or_none(id=event.tournament_id)
    running = tournament is not None and tournament.status is TournamentStatus.RUNNING
    what_now = line("Run it, then hand in your time with /race submit.") if running else _state(tournament)
    return Notice(
        title=f"{tournament.name if tournament else event.tournament_name} has started",
        lines=(line(f"{count(event.racer_count, 'racer')} on the grid. ", *what_now),),
        fields=(Field("Seed", seed_line(tournament), inline=False),) if tournament and tournament.seed else (),
        tone=Tone.SUCCESS,
    )


async def tournament_ended(event: e.TournamentEndedEvent, _: datetime) -> Notice | None:
    ids = [place.account_id for place in event.podium]
    names = dict(await Account.filter(id__in=ids).values_list("id", "display_name"))
    podium = [
        (
            timed(p.rank, names.get(p.account_id, GONE), p.time_ms)
            if p.score is None
            else podium_scored(p.rank, names.get(p.account_id, GONE), p.score)
        )
        for p in event.podium
    ]
    return Notice(
        title=f"{event.tournament_name} has ended",
        lines=tuple(line(one) for one in podium) or (line("Nobody finished a run this time."),),
        tone=Tone.GOLD,
    )


def _closed(name: str, tournament: Tournament | None) -> Notice:
    return Notice(
        title=f"Sign-up for {name} is closed",
        lines=(*paragraph(tournament.description if tournament else ""), _state(tournament)),
        fields=(Field("Type", line(tournament.type.value)),) if tournament else (),
    )


def _state(tournament: Tournament | None) -> Line:
    return line(_STATES[tournament.status] if tournament else "This tournament was deleted.")
