"""Announcements about a tournament as it is when they are drawn, None when deleted: a change draws them anew."""

from __future__ import annotations

import events as e
from models import Tournament, TournamentStatus
from services.notice import Button, Line, Notice, Style, Tone, line
from services.standings import Standing
from services.words.language import count
from services.words.names import Names
from services.words.tournament_cards import (
    LABEL_JOIN,
    LABEL_LEADERBOARD,
    board_lines,
    paragraph,
    seed_fields,
    start_buttons,
    type_field,
)

STATE = {
    TournamentStatus.DRAFT: "Sign-up opens soon.",
    TournamentStatus.OPEN: "Sign-up is open.",
    TournamentStatus.RUNNING: "It has started.",
    TournamentStatus.ENDED: "It has ended.",
}
RACE_HERE = "Press Start race, or use /race start."
RACE_THERE = "Start a race in the server with /race start."
TYPE_IN = "Run it, then hand in your time with /race submit."

DELETED = "This tournament was deleted."


def tournament_created(event: e.TournamentCreatedEvent, tournament: Tournament | None) -> Notice:
    return Notice(
        title=f"New tournament: {tournament.name if tournament else event.tournament_name}",
        lines=(*paragraph(tournament.description if tournament else ""), _state(tournament)),
        fields=(type_field(event.tournament_type),),
    )


def tournament_opened(_: e.TournamentUpdatedEvent, tournament: Tournament | None) -> Notice | None:
    """None when it was deleted: what nobody has seen yet need not be said any more. See `tournament_closed`."""
    if tournament is None:
        return None
    if tournament.status not in (TournamentStatus.OPEN, TournamentStatus.RUNNING):
        return _closed(tournament.name, tournament)
    return Notice(
        title=f"{tournament.name} is open for sign-up",
        lines=(*paragraph(tournament.description), line("Press Join to race.")),
        fields=(type_field(tournament.type),),
        buttons=(
            Button("join", tournament.id, LABEL_JOIN, Style.SUCCESS),
            Button("leaderboard", tournament.id, LABEL_LEADERBOARD),
        ),
    )


def tournament_closed(event: e.TournamentUpdatedEvent) -> Notice:
    """What becomes of the announcement that a tournament is open, when it was deleted."""
    return _closed(event.tournament_name, None)


def tournament_started(event: e.TournamentStartedEvent, tournament: Tournament | None, pools: int) -> Notice:
    """`pools` is how many there are, in which its races are started."""
    buttons = start_buttons(tournament, pools) if tournament else ()
    return _started(event, tournament, RACE_HERE if pools else TYPE_IN, buttons)


def your_tournament_started(event: e.TournamentStartedEvent, tournament: Tournament | None, pools: int) -> Notice:
    """The same for a DM, where there is no channel to start a race in."""
    return _started(event, tournament, RACE_THERE if pools else TYPE_IN, ())


def _started(
    event: e.TournamentStartedEvent, tournament: Tournament | None, how: str, buttons: tuple[Button, ...]
) -> Notice:
    running = tournament is not None and tournament.status is TournamentStatus.RUNNING
    what_now = line(how) if running else _state(tournament)
    return Notice(
        title=f"{tournament.name if tournament else event.tournament_name} has started",
        lines=(line(f"{count(event.racer_count, 'racer')} on the grid. ", *what_now),),
        fields=seed_fields(tournament.seed) if tournament else (),
        buttons=buttons,
        tone=Tone.SUCCESS,
    )


def tournament_ended(event: e.TournamentEndedEvent, names: Names) -> Notice:
    podium = [Standing(p.rank, p.account_id, 0, names.account(p.account_id), p.time_ms, p.score) for p in event.podium]
    return Notice(
        title=f"{event.tournament_name} has ended",
        lines=board_lines(podium) or (line("Nobody finished a run this time."),),
        tone=Tone.GOLD,
    )


def _closed(name: str, tournament: Tournament | None) -> Notice:
    return Notice(
        title=f"Sign-up for {name} is closed",
        lines=(*paragraph(tournament.description if tournament else ""), _state(tournament)),
        fields=(type_field(tournament.type),) if tournament else (),
    )


def _state(tournament: Tournament | None) -> Line:
    return line(STATE[tournament.status] if tournament else DELETED)
