"""What racers read of a race that they run on their own time, from the seed to the run that is handed in."""

from __future__ import annotations

from datetime import datetime, timedelta

from models import Attempt, Race
from services.notice import Line, Relative, line
from services.words.language import count, format_run_time, join_names

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
TOO_LATE_TO_UNDO = "That was more than a minute ago, so it stays."
FORFEITED_FOR_YOU = "The time for this race was over, so it was forfeited. A reviewer can give you more."
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
SEEDS_USED_UP = "There is no seed left for you in this pool. An organizer can add more."
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


def discarded(tournament: str, pool: str) -> str:
    return f"It is discarded. Start another race in {tournament}, {pool}, with /race start."


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
