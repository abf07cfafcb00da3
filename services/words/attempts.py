"""What racers read of a race that they run on their own time, from the seed to the run that is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from models import Attempt, AttemptStage, Race, RaceStatus, Tournament, TournamentStatus
from services.notice import Button, Field, Line, Link, Notice, Place, Relative, Style, Tone, line
from services.views import counts_unreviewed
from services.words.language import count, format_run_time, join_names
from services.words.races import STATUS

GROUP = "Your races"
START_COMMAND = "Start a race: you are given a seed in a private thread"
READY_COMMAND = "Say that you are ready: the clock starts 15 seconds later"
FINISH_COMMAND = "Stop the clock of your race"
FORFEIT_COMMAND = "Give up your race"
UNDO_COMMAND = "Take back that you finished or gave up, within a minute"
TIMER_COMMAND = "Show how your race stands"
SUBMIT_COMMAND = "Hand in a run, or change what you handed in"
REATTEMPT_COMMAND = "Discard a race and take another, where the tournament allows it"
HISTORY_COMMAND = "Show your races and the runs that you handed in"
EXTEND_COMMAND = "Give a racer more time to get ready or to finish (reviewers)"
OPTION_TOURNAMENT = "Which tournament"
OPTION_POOL = "Which pool of seeds"
OPTION_RACE = "Which of your races"
OPTION_RACER = "Whose race"
OPTION_MINUTES = "How many more minutes"

READY = "Ready"
FINISH = "Finish"
FORFEIT = "Forfeit"
UNDO = "Undo"
HAND_IN = "Hand in"
EDIT = "Edit"
START = "Start race"
START_NOW = "Start: there is no way back"
FORFEIT_NOW = "Yes, forfeit"
DISCARD_NOW = "Yes, discard it"

FORM_TITLE = "Hand in your run"
ASK_VOD = "VOD link"
ASK_NOTES = "Notes for the reviewer"
ASK_IN_GAME = "In-game time, if the game has a clock"
HINT_VOD = "https://…"
HINT_TIME = "1:23:45 or 83:45.6"

NO_RACE = "You have no race under way here. Start one with /race start."
NOTHING_TO_HAND_IN = "You have no finished race to hand in here. /race history shows your races."
NOTHING_TO_UNDO = "There is nothing to take back. /race history shows your races."
GONE = "That race does not exist any more, or it belongs to another community."
NOT_YOURS = "That is somebody else's race. Start your own with /race start."
NO_MEMBER = "You are no member of this community any more, so you cannot race here."
NO_POOLS = "This tournament has no pools of seeds. Hand in your runs with /race submit."
NO_THREADS_HERE = "Races need a text channel in which threads can be made. Start it in another channel."
WHICH_POOL = "Which pool do you want to race in?"
POOL = "A pool of seeds"
A_RACE = "one of your races"
OPTION_SUBMIT = "Which tournament; your newest finished race when left empty"
TOO_LATE_TO_UNDO = "That was more than a minute ago, so it stays. A reviewer can help you."
TAKING_LONGER = "Discord takes its time. You are mentioned in the thread as soon as it is there."
ANOTHER_FIRST = "You have another race under way by now, so this cannot be taken back."
HANDED_IN_ALREADY = "Your run is handed in, so its clock stays as it is."
ALREADY_FORFEITED = "You have given up this race."
NOT_READY_YET = "You have not said that you are ready yet. Press Ready first, or use /race ready."
NO_THREAD_YET = "Your thread is still being opened. You are mentioned there as soon as it is, and your seed with you."
NO_TIME_TO_GO_ON = "The time for this race is over by now, so your finish stays."
NOTHING_TO_EXTEND_YET = "Their thread is still being opened, and their time begins only then."
DISCARDED = "You have discarded this race for another, so it does not count."
FORFEIT_FINISHED = "You have finished this race. Hand it in with /race submit, or take that back with /race undo."
VOD_MISSING = "This tournament asks for a VOD. Paste the link to it."
NO_REATTEMPTS = "This tournament allows no re-attempts."
DISCARDED_ALREADY = "You have discarded that race already."
DISCARD_UNDER_WAY = "That race is still under way. Finish or forfeit it first."
SEEDS_USED_UP = "You have raced every seed of this pool, so there is none left for you."
ENDED_MEANWHILE = "The tournament has ended, so its races are closed."
THE_VOD = "The VOD link"
YOUR_NOTE = "Your note"
REVIEWED_ALREADY = "Your run was reviewed already, so it stays as it is."
NOT_ONES_OWN_TIME = "You cannot give yourself more time. Another reviewer can."
ANOTHER_UNDER_WAY = "They have another race under way by now, so this one stays as it is."
RACER_LEFT = "Its racer has deleted their account, so this race stays as it is."
DELETED_MEANWHILE = "Your race was deleted while its thread was opened."
NOT_OVER = "That race is over, so there is nothing to extend."
HISTORY_TITLE = "Your races"
HISTORY_EMPTY = "None yet. Start one with /race start, or hand one in with /race submit."
TITLE_FORFEIT = "Forfeit this race?"
TITLE_REATTEMPT = "Discard this race?"
THREADS_REFUSED = "Discord does not let Herald open a thread here"
THREADS_FULL = "This server has as many active threads as Discord allows. Try again when some are archived."
CHANNEL_GONE = "The channel is gone, or Herald cannot see it any more."

STAGES = {
    AttemptStage.SEEDED: "getting ready",
    AttemptStage.RACING: "racing",
    AttemptStage.FINISHED: "finished, not handed in",
    AttemptStage.SUBMITTED: "handed in",
    AttemptStage.FORFEITED: "forfeited",
}

VERDICTS = {
    RaceStatus.SUBMITTED: "It waits for review.",
    RaceStatus.APPROVED: "It is approved.",
    RaceStatus.REJECTED: "It was not approved.",
    RaceStatus.DISQUALIFIED: "It was disqualified.",
}
COUNTS = "It counts."
CHANGED = "Your run is changed."


def not_running(tournament: str, *, ended: bool) -> str:
    return f"{tournament} {'has ended' if ended else 'has not started yet'}, so no race can be started."


def not_joined(tournament: str) -> str:
    return f"You are not in {tournament} yet. Join it first with /tournament join."


def not_open_yet(tournament: str, at: datetime) -> Line:
    return line(f"Races of {tournament} can be started from ", at, " on.")


def closed(tournament: str, at: datetime) -> Line:
    return line(f"Races of {tournament} could be started until ", at, ".")


def too_young(days: int) -> str:
    return f"This tournament takes Discord accounts that are at least {count(days, 'day')} old. Yours is younger."


def under_way(tournament: str) -> str:
    return f"You have a race under way in {tournament}. Finish or forfeit it first: /race timer shows it."


def all_run(tournament: str) -> str:
    return f"You have had all your races in {tournament}."


def wrong_extension(longest: int) -> str:
    return f"Give at least 1 and at most {longest} more minutes."


def pool_full(pool: str, runs: int) -> str:
    return f"You have had your race in {pool}." if runs == 1 else f"You have had your {runs} races in {pool}."


def reattempts_used(number: int) -> str:
    return f"You have used your {count(number, 're-attempt')}."


def clock_not_started(at: datetime) -> Line:
    return line("The clock has not started yet: it does ", Relative(at), ".")


def ready_twice(at: datetime) -> Line:
    return line("Your clock was set already: it starts or started ", Relative(at), ".")


def permissions_missing(names: list[str]) -> str:
    return f"Herald may not open a thread for you in this channel. It needs there: {join_names(names)}."


def no_such_pool(pool: str, tournament: str) -> str:
    return f"{pool} is not a pool of {tournament}."


def races_left(number: int) -> str:
    return f"{count(number, 'race')} left"


def thread_name(racer: str, tournament: str, attempt_id: int) -> str:
    return f"{racer[:30]} · {tournament[:40]} · #{attempt_id}"


def thread_mark(attempt_id: int) -> str:
    """The end of a thread's name, by which it is found again."""
    return f"#{attempt_id}"


def opening(tournament: str, pool: str) -> str:
    return f"Your race in {tournament}, {pool}, is being opened."


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
        buttons=(Button("race_go", pool_id, START_NOW, Style.DANGER),),
        tone=Tone.WARNING,
    )


def ask_to_forfeit(attempt_id: int) -> Notice:
    return Notice(
        title=TITLE_FORFEIT,
        lines=(line("It scores 0. You can take that back for a minute."),),
        buttons=(Button("race_forfeit_yes", attempt_id, FORFEIT_NOW, Style.DANGER),),
        tone=Tone.DANGER,
    )


def ask_to_discard(attempt: Attempt, left: int | None) -> Notice:
    remaining = "You can do so any number of times." if left is None else f"You have {count(left, 're-attempt')} left."
    return Notice(
        title=TITLE_REATTEMPT,
        lines=(
            line(attempt_words(attempt)),
            line(
                f"It counts no more, whatever it scored, and you can take another in {attempt.pool.name}. {remaining}"
            ),
        ),
        buttons=(Button("race_discard", attempt.id, DISCARD_NOW, Style.DANGER),),
        tone=Tone.WARNING,
    )


def discarded(tournament: str, pool: str) -> str:
    return f"It is discarded. Start another race in {tournament}, {pool}, with /race start."


def extended(racer: str, deadline: datetime) -> Notice:
    return Notice(title=f"{racer} has more time", lines=(line("Until ", deadline, "."),), tone=Tone.SUCCESS)


def race_card(attempt: Attempt, now: datetime) -> Notice:
    """How a race stands, with what its racer can do next (`tournament`, `pool`, `seed` and `race` loaded)."""
    title = f"{attempt.tournament.name} · {attempt.pool.name}"
    if attempt.waits_for_its_thread and attempt.stage is AttemptStage.SEEDED:
        return Notice(title=title, lines=(line(NO_THREAD_YET),), buttons=(_forfeit(attempt),))
    seed = Field(
        "Seed", line(Link(attempt.seed.permalink) if "://" in attempt.seed.permalink else attempt.seed.permalink)
    )
    notes = tuple(
        Field(label, line(text), inline=False)
        for label, text in (("About this pool", attempt.pool.notes), ("About this seed", attempt.seed.notes))
        if text
    )
    if attempt.discarded_at is not None:
        return Notice(title=title, lines=(line(DISCARDED),), fields=(seed, *notes))
    lines, buttons, tone = _as_it_stands(attempt, now)
    return Notice(title=title, lines=lines, fields=(seed, *notes), buttons=buttons, tone=tone)


def _as_it_stands(attempt: Attempt, now: datetime) -> tuple[tuple[Line, ...], tuple[Button, ...], Tone]:
    undo = Button("race_undo", attempt.id, UNDO)
    undo = (undo,) if attempt.undo_until is not None and now <= attempt.undo_until else ()
    match attempt.stage:
        case AttemptStage.SEEDED:
            lines = [line("Set up, then press Ready. The clock starts 15 seconds later.")]
            if attempt.deadline_at:
                lines.append(line("You have until ", attempt.deadline_at, ", ", Relative(attempt.deadline_at), "."))
            ready = Button("race_ready", attempt.id, READY, Style.SUCCESS)
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
            edit = (Button("race_hand_in", attempt.id, EDIT),) if race.status is RaceStatus.SUBMITTED else ()
            handed_in = f"Handed in: {format_run_time(race.time_ms)}."
            verdict = COUNTS if counts_unreviewed(race, attempt.tournament) else VERDICTS[race.status]
            return (line(handed_in), line(verdict)), edit, Tone.INFO
        case _:
            return (line("This race was forfeited. It scores 0."),), undo, Tone.DANGER


def _finished(
    attempt: Attempt, undo: tuple[Button, ...], now: datetime
) -> tuple[tuple[Line, ...], tuple[Button, ...], Tone]:
    lines = [line(f"Finished in {format_run_time(run_ms(attempt))}.")]
    if attempt.tournament.status is not TournamentStatus.RUNNING:
        return (*lines, line(ENDED_MEANWHILE)), (), Tone.WARNING
    if attempt.tournament.vod_required:
        lines.append(line("Hand it in with the link to your VOD: without one it does not count."))
    hand_in = Button("race_hand_in", attempt.id, HAND_IN, Style.PRIMARY)
    over = attempt.deadline_at is not None and now >= attempt.deadline_at
    return tuple(lines), (hand_in, *(() if over else undo)), Tone.SUCCESS


def _while_racing(attempt: Attempt) -> tuple[Button, ...]:
    return (Button("race_finish", attempt.id, FINISH, Style.SUCCESS), _forfeit(attempt))


def _forfeit(attempt: Attempt) -> Button:
    return Button("race_forfeit", attempt.id, FORFEIT, Style.DANGER)


def run_ms(attempt: Attempt) -> int:
    """Milliseconds from the start to the finish of a race that is finished."""
    if attempt.starts_at is None or attempt.finished_at is None:
        return 0
    return (attempt.finished_at - attempt.starts_at) // timedelta(milliseconds=1)


def evidence(race: Race | None) -> dict[str, str]:
    """What was handed in with a run, as its form shows it."""
    if race is None:
        return {}
    in_game = format_run_time(race.in_game_ms) if race.in_game_ms is not None else ""
    return {"vod": race.vod_url, "in_game": in_game, "notes": race.notes}


def attempt_words(attempt: Attempt) -> str:
    """One race in a list: where, how it stands, and its time."""
    parts = [f"{attempt.tournament.name}, {attempt.pool.name}"]
    if attempt.race is not None:
        parts.append(format_run_time(attempt.race.time_ms))
        parts.append(_verdict(attempt.race, attempt.tournament, discarded=attempt.discarded_at is not None))
    else:
        if attempt.finished_at is not None:
            parts.append(format_run_time(run_ms(attempt)))
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
    return Notice(title=HISTORY_TITLE, lines=tuple(told) or (line(HISTORY_EMPTY),))


def _run_words(run: Race) -> str:
    return f"{run.tournament.name} · {format_run_time(run.time_ms)} · {_verdict(run, run.tournament)}"


def _verdict(run: Race, tournament: Tournament, *, discarded: bool = False) -> str:
    if counts_unreviewed(run, tournament) and not discarded:
        return "counts"
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
    why = ENDED_MEANWHILE if ended else "Its time was over. If that was not your fault, ask a reviewer for more time."
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
