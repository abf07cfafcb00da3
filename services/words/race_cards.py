"""What is shown of a race: its card, its line in a list, and what is told of it by and by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from models import Attempt, AttemptStage, Race, RaceStatus, Tournament, TournamentStatus
from services.notice import Button, Field, Line, Link, Notice, Place, Relative, Style, Tone, line
from services.views import Unreviewed, unreviewed
from services.words import attempts as words
from services.words import races
from services.words.language import count, format_run_time
from services.words.races import STATUS

STAGES = {
    AttemptStage.SEEDED: "getting ready",
    AttemptStage.RACING: "racing",
    AttemptStage.FINISHED: "finished, not handed in",
    AttemptStage.SUBMITTED: "handed in",
    AttemptStage.FORFEITED: "forfeited",
}
VERDICTS = {
    RaceStatus.APPROVED: "It is approved.",
    RaceStatus.REJECTED: "It was not approved.",
    RaceStatus.DISQUALIFIED: "It was disqualified.",
}
UNREVIEWED = {
    Unreviewed.WAITS: "It waits for review.",
    Unreviewed.COUNTS: "It counts.",
    Unreviewed.LEFT_OUT: "The tournament has ended, so it was left out.",
}


def opened(thread: Place) -> Notice:
    return Notice(title="Your race is ready", lines=(line("It is in ", thread, ". Good luck!"),), tone=Tone.SUCCESS)


def ask_to_start(pool_id: int, tournament: str, pool: str) -> Notice:
    """The last question before a seed is given."""
    return Notice(
        title=f"Start a race in {tournament}, {pool}?",
        lines=(
            line(
                "You are given a seed in a private thread. "
                "Press Ready there in time, and the clock starts 15 seconds later."
            ),
            line("Once you have seen the seed, this race counts: forfeiting it scores 0."),
        ),
        buttons=(Button("race_go", pool_id, words.START_NOW, Style.DANGER),),
        tone=Tone.WARNING,
    )


def ask_to_forfeit(attempt_id: int) -> Notice:
    return Notice(
        title=words.TITLE_FORFEIT,
        lines=(line("It scores 0. You can take that back for a minute."),),
        buttons=(Button("race_forfeit_yes", attempt_id, words.FORFEIT_NOW, Style.DANGER),),
        tone=Tone.DANGER,
    )


def ask_to_discard(attempt: Attempt, left: int | None) -> Notice:
    remaining = "You can do so any number of times." if left is None else f"You have {count(left, 're-attempt')} left."
    return Notice(
        title=words.TITLE_REATTEMPT,
        lines=(
            line(attempt_words(attempt)),
            line(
                f"It counts no more, whatever it scored, and you can take another in {attempt.pool.name}. {remaining}"
            ),
        ),
        buttons=(Button("race_discard", attempt.id, words.DISCARD_NOW, Style.DANGER),),
        tone=Tone.WARNING,
    )


def extended(racer: str, deadline: datetime) -> Notice:
    return Notice(title=f"{racer} has more time", lines=(line("Until ", deadline, "."),), tone=Tone.SUCCESS)


def race_card(attempt: Attempt, now: datetime) -> Notice:
    """How a race stands, with what its racer can do next (`tournament`, `pool`, `seed` and `race` loaded)."""
    title = f"{attempt.tournament.name} · {attempt.pool.name}"
    if attempt.waits_for_its_thread and attempt.stage is AttemptStage.SEEDED:
        return Notice(title=title, lines=(line(words.NO_THREAD_YET),), buttons=(_forfeit(attempt),))
    seed = Field(
        "Seed", line(Link(attempt.seed.permalink) if "://" in attempt.seed.permalink else attempt.seed.permalink)
    )
    notes = tuple(
        Field(label, line(text), inline=False)
        for label, text in (("About this pool", attempt.pool.notes), ("About this seed", attempt.seed.notes))
        if text
    )
    if attempt.discarded_at is not None:
        return Notice(title=title, lines=(line(words.DISCARDED),), fields=(seed, *notes))
    lines, buttons, tone = _as_it_stands(attempt, now)
    return Notice(title=title, lines=lines, fields=(seed, *notes), buttons=buttons, tone=tone)


def _as_it_stands(attempt: Attempt, now: datetime) -> tuple[tuple[Line, ...], tuple[Button, ...], Tone]:
    undo = Button("race_undo", attempt.id, words.UNDO)
    undo = (undo,) if attempt.undo_until is not None and now <= attempt.undo_until else ()
    match attempt.stage:
        case AttemptStage.SEEDED:
            lines = [line("Set up, then press Ready. The clock starts 15 seconds later.")]
            if attempt.deadline_at:
                lines.append(line("You have until ", attempt.deadline_at, ", ", Relative(attempt.deadline_at), "."))
            ready = Button("race_ready", attempt.id, words.READY, Style.SUCCESS)
            return tuple(lines), (ready, _forfeit(attempt)), Tone.INFO
        case AttemptStage.RACING if attempt.starts_at and now < attempt.starts_at:
            return (line("The clock starts ", Relative(attempt.starts_at), "."),), _while_racing(attempt), Tone.WARNING
        case AttemptStage.RACING if attempt.starts_at:
            lines = [line("GO! The clock started ", Relative(attempt.starts_at), ".")]
            if attempt.deadline_at:
                lines.append(line("Finish before ", attempt.deadline_at, "."))
            return tuple(lines), _while_racing(attempt), Tone.SUCCESS
        case AttemptStage.FINISHED:
            return _finished(attempt, undo, now)
        case AttemptStage.SUBMITTED if attempt.race:
            race = attempt.race
            undecided = unreviewed(race, attempt.tournament)
            running = attempt.tournament.status is TournamentStatus.RUNNING
            edit = (Button("race_hand_in", attempt.id, words.EDIT),) if undecided and running else ()
            handed_in = f"Handed in: {format_run_time(race.time_ms)}."
            verdict = UNREVIEWED[undecided] if undecided else VERDICTS[race.status]
            return (line(handed_in), line(verdict)), edit, Tone.INFO
        case _:
            return (line("This race was forfeited. It scores 0."),), undo, Tone.DANGER


def _finished(
    attempt: Attempt, undo: tuple[Button, ...], now: datetime
) -> tuple[tuple[Line, ...], tuple[Button, ...], Tone]:
    lines = [line(f"Finished in {format_run_time(words.run_ms(attempt))}.")]
    if attempt.tournament.status is not TournamentStatus.RUNNING:
        return (*lines, line(words.ENDED_MEANWHILE)), (), Tone.WARNING
    if attempt.tournament.vod_required:
        lines.append(line("Hand it in with the link to your VOD: without one it does not count."))
    hand_in = Button("race_hand_in", attempt.id, words.HAND_IN, Style.PRIMARY)
    over = attempt.deadline_at is not None and now >= attempt.deadline_at
    return tuple(lines), (hand_in, *(() if over else undo)), Tone.SUCCESS


def _while_racing(attempt: Attempt) -> tuple[Button, ...]:
    return (Button("race_finish", attempt.id, words.FINISH, Style.SUCCESS), _forfeit(attempt))


def _forfeit(attempt: Attempt) -> Button:
    return Button("race_forfeit", attempt.id, words.FORFEIT, Style.DANGER)


def attempt_words(attempt: Attempt) -> str:
    """One race in a list: where, how it stands, and its time."""
    parts = [f"{attempt.tournament.name}, {attempt.pool.name}"]
    if attempt.race is not None:
        parts.append(format_run_time(attempt.race.time_ms))
        parts.append(_verdict(attempt.race, attempt.tournament, discarded=attempt.discarded_at is not None))
    else:
        if attempt.finished_at is not None:
            parts.append(format_run_time(words.run_ms(attempt)))
        parts.append(STAGES[attempt.stage])
    if attempt.discarded_at is not None:
        parts.append("discarded")
    return " · ".join(parts)


def racer_and_race(attempt: Attempt) -> str:
    """One race in a list of several people's (with its racer loaded)."""
    return f"{attempt.racer.display_name}: {attempt_words(attempt)}"


def history(attempts: Sequence[Attempt], runs: Sequence[Race]) -> Notice:
    """Somebody's races, and the runs that they handed in without one, newest first."""
    told = [line(attempt.given_at, ": ", attempt_words(attempt)) for attempt in attempts]
    told += [line(run.submitted_at, ": ", _run_words(run)) for run in runs]
    return Notice(title=words.HISTORY_TITLE, lines=tuple(told) or (line(words.HISTORY_EMPTY),))


def _run_words(run: Race) -> str:
    return f"{run.tournament.name} · {format_run_time(run.time_ms)} · {_verdict(run, run.tournament)}"


def _verdict(run: Race, tournament: Tournament, *, discarded: bool = False) -> str:
    undecided = unreviewed(run, tournament)
    if undecided is not None and undecided is not Unreviewed.WAITS and not discarded:
        return races.UNREVIEWED[undecided]
    return STATUS[run.status] + (f" ({run.rejection_reason})" if run.rejection_reason else "")


def late_warning(attempt: Attempt) -> Notice:
    """What a racer is told before their race is forfeited for them."""
    what = "Press Ready" if attempt.stage is AttemptStage.SEEDED else "Finish"
    until = attempt.deadline_at or attempt.given_at
    return Notice(
        title=f"Your race in {attempt.tournament.name} is about to be forfeited",
        lines=(line(f"{what} before ", until, ", ", Relative(until), ". A reviewer can give you more time."),),
        tone=Tone.WARNING,
    )


def more_time(tournament: str, deadline: datetime) -> Notice:
    """What a racer is told whom a reviewer gave more time."""
    return Notice(
        title=f"You have more time for your race in {tournament}",
        lines=(line("You have until ", deadline, ", ", Relative(deadline), "."),),
        tone=Tone.SUCCESS,
    )


def forfeited_late(attempt: Attempt) -> Notice:
    """What a racer is told when their race was forfeited for them."""
    ended = attempt.tournament.status is not TournamentStatus.RUNNING
    late = "Its time was over. If that was not your fault, ask a reviewer for more time."
    why = words.ENDED_MEANWHILE if ended else late
    return Notice(title=f"Your race in {attempt.tournament.name} was forfeited", lines=(line(why),), tone=Tone.DANGER)


def card_gone(tournament: str, *, racer_left: bool) -> Notice:
    """What becomes of the card of a race that was deleted: with its racer's account, or else with its tournament."""
    why = "its racer has deleted their account" if racer_left else "its tournament was deleted"
    return Notice(title=tournament, lines=(line(f"This race is gone: {why}."),), tone=Tone.DANGER)


def race_gone(place: str) -> Notice:
    """What a racer is told whose race was deleted with the tournament or the community that it was in."""
    return Notice(
        title=f"Your race in {place} is gone",
        lines=(line(f"{place} was deleted, and this race with it. There is nothing more to do."),),
        tone=Tone.DANGER,
    )


def could_not_open(tournament: str) -> Notice:
    """What a racer is told whose thread could not be opened."""
    return Notice(
        title=f"Your race in {tournament} could not be opened",
        lines=(line("Discord did not let Herald open its thread. No seed was used up: you can start again."),),
        tone=Tone.WARNING,
    )
