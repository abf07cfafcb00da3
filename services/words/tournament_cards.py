"""What stands for a tournament, its leaderboard or a list of tournaments, wherever it is shown."""

from __future__ import annotations

from collections.abc import Sequence

from models import Attempt, AttemptStage, Race, Tournament, TournamentStatus
from services.notice import Button, Field, Line, Link, Notice, Style, Tone, line
from services.standings import Standing
from services.views import TournamentView
from services.words.attempts import START
from services.words.language import and_more, count, format_run_time, format_score
from services.words.rules import general_rules, rule_fields
from services.words.tournaments import STATUS, TYPE

MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}
SHOWN = 25
"""Runs that one message shows."""

WOULD_NOT_COUNT = "These would not count:"
LABEL_JOIN = "Join"
LABEL_LEADERBOARD = "Leaderboard"


def tournament_card(view: TournamentView) -> Notice:
    """A tournament, with buttons to join it and to start a race while one can."""
    tournament = view.tournament
    buttons = ()
    if tournament.status in (TournamentStatus.OPEN, TournamentStatus.RUNNING):
        buttons = (
            *start_buttons(tournament, view.pools),
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
        fields.append(Field("Runs", line(_runs(view))))
        fields.extend(seed_fields(tournament.seed))
    fields.extend(rule_fields(tournament, view.pools) if view.pools else general_rules(tournament))
    if tournament.started_at:
        fields.append(Field("Started", line(tournament.started_at)))
    if tournament.ended_at:
        fields.append(Field("Ended", line(tournament.ended_at)))
    tone = Tone.GOLD if tournament.status is TournamentStatus.ENDED else Tone.INFO
    return Notice(
        title=tournament.name, lines=paragraph(tournament.description), fields=tuple(fields), buttons=buttons, tone=tone
    )


def _runs(view: TournamentView) -> str:
    if view.hidden:
        return f"{view.handed_in} handed in"
    if not view.tournament.review_required:
        return f"{view.approved + view.pending} counted"
    ended = view.tournament.status is TournamentStatus.ENDED
    undecided = f" ({view.pending} {'left out' if ended else 'waiting for review'})" if view.pending else ""
    return f"{view.approved} approved{undecided}"


def tournament_list(views: Sequence[TournamentView]) -> Notice:
    lines = [line(f"{v.tournament.name} · {STATUS[v.tournament.status]} · {count(v.racers, 'racer')}") for v in views]
    empty = line("There is none yet. Organizers create one with /tournament create.")
    return Notice(title="Tournaments", lines=tuple(lines) or (empty,))


def board_lines(board: Sequence[Standing]) -> tuple[Line, ...]:
    """A leaderboard, one line per racer."""
    return tuple(line(standing_text(one)) for one in board)


def standing_text(standing: Standing) -> str:
    """One line of a leaderboard."""
    number = f"{standing.rank}."
    # Before anybody has scored, all of them share the first place.
    place = number if standing.score == 0 else MEDALS.get(standing.rank, number)
    return f"{place} {standing.name} · {result_text(standing)}"


def result_text(standing: Standing) -> str:
    """How somebody did."""
    if standing.score is None:
        return format_run_time(standing.time_ms)
    counted = f" · {count(standing.counted, 'run')}" if standing.counted else ""
    return f"{format_score(standing.score)}{counted}"


def end_question(tournament: Tournament, runs: Sequence[Race], races: Sequence[Attempt]) -> Notice:
    """Whether to end a tournament although runs wait for review (each with its `racer`), or races are not handed in."""
    finished = [one for one in races if one.stage is AttemptStage.FINISHED]
    lines: list[Line] = []
    if under_way := len(races) - len(finished):
        are = "is" if under_way == 1 else "are"
        lines.append(line(f"{count(under_way, 'race')} {are} under way, and would be forfeited."))
    if finished:
        are = "is" if len(finished) == 1 else "are"
        lines.append(line(f"{count(len(finished), 'race')} {are} finished but not handed in, and would not count."))
    if runs:
        lines.append(line(WOULD_NOT_COUNT))
        lines += [line(f"{run.racer.display_name} · {format_run_time(run.time_ms)}") for run in runs[:SHOWN]]
    if len(runs) > SHOWN:
        lines.append(line(and_more(len(runs) - SHOWN)))
    what = "runs wait for review" if runs else "races are not handed in"
    asked_about = f"{runs[-1].id if runs else 0}.{races[-1].id if races else 0}"
    return Notice(
        title=f"End {tournament.name} although {what}?",
        lines=tuple(lines),
        buttons=(Button("end", f"{tournament.id}.{asked_about}", "End anyway", Style.DANGER),),
        tone=Tone.WARNING,
    )


def start_buttons(tournament: Tournament, pools: int) -> tuple[Button, ...]:
    """The button that starts a race, while a tournament with so many pools runs."""
    if not pools or tournament.status is not TournamentStatus.RUNNING:
        return ()
    return (Button("race_start", tournament.id, START, Style.PRIMARY),)


def type_field(type: str) -> Field:
    # An event may name a type that only another release knows.
    return Field("Type", line(TYPE.get(type, type)))


def seed_fields(seed: str) -> tuple[Field, ...]:
    """A tournament's seed, if there is one: a link where it is one."""
    return (Field("Seed", line(Link(seed) if "://" in seed else seed), inline=False),) if seed else ()


def paragraph(text: str) -> tuple[Line, ...]:
    """A text that may be empty, as lines."""
    return (line(text),) if text else ()
