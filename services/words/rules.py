"""What is said of a tournament's rules for racing on pools of seeds."""

from __future__ import annotations

from datetime import datetime

from models import Tournament
from services.notice import Field, Inline, Line, Notice, line
from services.words.language import count

RUNS_PER_POOL = "How many runs each racer has in each pool"
REATTEMPTS = "How often a racer may discard a run for another: none, a number, or unlimited"
OPENS = "From when on races can be started, such as friday 20:00; none takes it away"
CLOSES = "Until when races can be started, such as in 3 weeks; none takes it away"
HIDDEN_RESULTS = "Whether nobody but reviewers sees who did how well before the end"
MIN_ACCOUNT_DAYS = "How many days old a racer's Discord account has to be"
VOD_REQUIRED = "Whether a run needs a VOD"
REVIEW_REQUIRED = "Whether a run counts only once it is approved"

NONE = "none"
UNLIMITED = "unlimited"
REATTEMPTS_OFFERED = (NONE, "1", "2", "3", UNLIMITED)

CLOSES_BEFORE = "Races would close before they open. Please choose a later end, or an earlier beginning."


def stays_as_it_is(name: str) -> str:
    return f"{name} has ended, so its rules stay as they are."


def not_reattempts(typed: str, most: int) -> str:
    return f"{typed} is no number of re-attempts. Write {NONE}, a number up to {most}, or {UNLIMITED}."


def out_of_range(what: str, least: int, most: int) -> str:
    return f"{what} is a number from {least} to {most}."


THE_RUNS = "Runs per pool"
THE_DAYS = "The age of an account in days"


def start_a_race(name: str) -> str:
    """Why a time cannot be typed in."""
    return f"{name} is raced on seeds: press Start race or use /race start, and hand in the run that you finish."


def too_few_seeds(pool: str, seeds: int, runs: int) -> str:
    return (
        f"The pool {pool} has {count(seeds, 'seed')} to give, and each racer has {count(runs, 'run')} there. "
        "Add seeds with /pool seeds, or lower runs_per_pool with /tournament edit."
    )


def saved(tournament: Tournament, *, pools: int) -> Notice:
    """The rules of a tournament, which has so many pools, as they are now."""
    lines = () if pools else (line(no_pools(tournament.name)),)
    return Notice(title=f"{tournament.name} is saved", lines=lines, fields=rule_fields(tournament))


def no_pools(name: str) -> str:
    return (
        f"{name} has no pool of seeds yet, so its racers type in their times, each with a VOD, as often as they like. "
        "Add one with /pool create for the rest of these rules to hold."
    )


def rule_fields(tournament: Tournament, pools: int | None = None) -> tuple[Field, ...]:
    """What racers want to know of the rules; how many pools there are, where that is told."""
    runs = count(tournament.runs_per_pool, "run")
    fields = [
        Field("Runs in each pool", line(str(tournament.runs_per_pool)))
        if pools is None
        else Field("Pools", line(f"{pools}, {runs} in {'it' if pools == 1 else 'each'}")),
        Field("Re-attempts", line(reattempts_in_words(tournament.reattempts))),
    ]
    if window := _window(tournament.opens_at, tournament.closes_at):
        fields.append(Field("Races can be started", window, inline=False))
    fields.append(Field("VOD", line("required" if tournament.vod_required else "not required")))
    if tournament.min_account_days:
        fields.append(Field("Discord account", line(f"{count(tournament.min_account_days, 'day')} old or older")))
    return (*fields, *general_rules(tournament))


def general_rules(tournament: Tournament) -> tuple[Field, ...]:
    """Of its rules, those that hold for runs that are typed in as well."""
    fields: list[Field] = []
    if not tournament.review_required:
        fields.append(Field("Review", line("runs count as soon as they are handed in")))
    if tournament.results_hidden:
        fields.append(Field("Results", line("hidden until the end")))
    return tuple(fields)


def reattempts_in_words(number: int | None) -> str:
    if number is None:
        return UNLIMITED
    return str(number) if number else NONE


def _window(opens_at: datetime | None, closes_at: datetime | None) -> Line:
    parts: list[Inline] = []
    if opens_at is not None:
        parts += ["from ", opens_at]
    if closes_at is not None:
        parts += [" until " if parts else "until ", closes_at]
    return tuple(parts)
