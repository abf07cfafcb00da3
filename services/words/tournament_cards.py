"""What stands for a tournament, its leaderboard or a list of tournaments, wherever it is shown."""

from __future__ import annotations

from collections.abc import Sequence

from models import Race, Tournament, TournamentStatus
from services.notice import Button, Field, Line, Link, Notice, Style, Tone, line
from services.standings import Standing
from services.views import TournamentView
from services.words.language import and_more, count, format_run_time
from services.words.rules import rule_fields
from services.words.tournaments import STATUS, TYPE

MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}
SHOWN = 25
"""Lines of a leaderboard, or of runs, that one message shows."""

LABEL_JOIN = "Join"
LABEL_LEADERBOARD = "Leaderboard"


def tournament_card(view: TournamentView) -> Notice:
    """A tournament, with a Join button while one can join."""
    tournament = view.tournament
    buttons = ()
    if tournament.status in (TournamentStatus.OPEN, TournamentStatus.RUNNING):
        buttons = (
            Button("join_card", tournament.id, LABEL_JOIN, Style.SUCCESS),
            Button("leaderboard", tournament.id, LABEL_LEADERBOARD),
        )
    if view.preset:
        buttons = (*buttons, Button("tournament_preset", tournament.id, "Preset"))
    fields = [
        Field("Status", line(STATUS[tournament.status])),
        type_field(tournament.type),
        Field("Racers", line(str(view.racers))),
    ]
    if view.preset:
        fields.append(Field("Preset", line(view.preset)))
    if tournament.status in (TournamentStatus.RUNNING, TournamentStatus.ENDED):
        waiting = f" ({view.pending} waiting for review)" if view.pending else ""
        fields.append(Field("Runs", line(f"{view.approved} approved{waiting}")))
        fields.extend(seed_fields(tournament.seed))
    if view.pools:
        fields.extend(rule_fields(tournament, view.pools))
    if tournament.started_at:
        fields.append(Field("Started", line(tournament.started_at)))
    if tournament.ended_at:
        fields.append(Field("Ended", line(tournament.ended_at)))
    tone = Tone.GOLD if tournament.status is TournamentStatus.ENDED else Tone.INFO
    return Notice(
        title=tournament.name, lines=paragraph(tournament.description), fields=tuple(fields), buttons=buttons, tone=tone
    )


def tournament_list(views: Sequence[TournamentView]) -> Notice:
    lines = [line(f"{v.tournament.name} · {STATUS[v.tournament.status]} · {count(v.racers, 'racer')}") for v in views]
    empty = line("There is none yet. Organizers create one with /tournament create.")
    return Notice(title="Tournaments", lines=tuple(lines) or (empty,))


def leaderboard(name: str, board: Sequence[Standing], reader_id: int) -> Notice:
    """The first of a tournament, and the reader, wherever they are."""
    lines = [*board_lines(board[:SHOWN])] or [line("No run is approved yet.")]
    if len(board) > SHOWN:
        lines.append(line(and_more(len(board) - SHOWN)))
    lines.extend(board_lines([standing for standing in board[SHOWN:] if standing.account_id == reader_id]))
    return Notice(title=f"{name}: leaderboard", lines=tuple(lines), tone=Tone.GOLD)


def board_lines(board: Sequence[Standing]) -> tuple[Line, ...]:
    """A leaderboard, one line per racer."""
    return tuple(line(f"{MEDALS.get(s.rank, f'{s.rank}.')} {s.name} · {format_run_time(s.time_ms)}") for s in board)


def end_question(tournament: Tournament, runs: Sequence[Race]) -> Notice:
    """Whether to end a tournament although runs wait for review (each with its `racer` loaded)."""
    lines = [line(f"{run.racer.display_name} · {format_run_time(run.time_ms)}") for run in runs[:SHOWN]]
    if len(runs) > SHOWN:
        lines.append(line(and_more(len(runs) - SHOWN)))
    return Notice(
        title=f"End {tournament.name} although runs wait for review?",
        lines=(line("These would not count:"), *lines),
        buttons=(Button("end", f"{tournament.id}.{runs[-1].id}", "End anyway", Style.DANGER),),
        tone=Tone.WARNING,
    )


def type_field(type: str) -> Field:
    # An event may name a type that only another release knows.
    return Field("Type", line(TYPE.get(type, type)))


def seed_fields(seed: str) -> tuple[Field, ...]:
    """A tournament's seed, if there is one: a link where it is one."""
    return (Field("Seed", line(Link(seed) if "://" in seed else seed), inline=False),) if seed else ()


def paragraph(text: str) -> tuple[Line, ...]:
    """A text that may be empty, as lines."""
    return (line(text),) if text else ()
