"""What reviewers read, and what racers are told of a review."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import events as e
from events.base import Value
from models import Race, RaceStatus, TournamentStatus
from services.notice import Button, Field, Line, Link, Notice, Relative, Style, Tone, line
from services.views import Queue, RunView, Show
from services.words.language import count, format_run_time
from services.words.names import GONE, Names
from services.words.races import STATUS

GROUP = "Runs that wait for review"
QUEUE_COMMAND = "Show the runs that wait for review (reviewers)"
OPTION_TOURNAMENT = "Only those of one tournament"
OPTION_SHOW = "Only some of them"
CONTEXT_MENU = "Review this run"
A_RACE = "a race"

SHOWN: Mapping[Show, str] = {
    Show.ALL: "all",
    Show.FREE: "nobody looks at them",
    Show.MINE: "claimed by me",
    Show.SECOND: "a second review was asked for",
}

CLAIM = "Claim"
RELEASE = "Release"
APPROVE = "Approve"
REJECT = "Reject"
MORE = "More"
SECOND_REVIEW = "Second review"
NO_SECOND_REVIEW = "Take back second review"
CORRECT_TIME = "Correct time"
DISQUALIFY = "Disqualify"
OPEN_ONE = "Open a run"
EARLIER = "Earlier"
LATER = "Later"
REFRESH = "Refresh"

TITLE_REJECT = "Reject this run"
TITLE_DISQUALIFY = "Disqualify this run"
TITLE_CORRECT = "Correct the time of this run"
LABEL_REASON = "Why? The racer is told"
LABEL_TIME = "The right time. The racer is told"
HINT_TIME = "1:23:45 or 83:45.6"

THE_REASON = "The reason"

NOT_YOUR_OWN = "You cannot review your own run. Another reviewer has to look at it."
NO_SUCH_RUN = "That run does not exist any more, or it belongs to another community."
NOTHING_HANDED_IN = "That race was not handed in yet, or it belongs to another community."
NO_RUN_HERE = "There is no run in that message. Use this on a review card, or on a race that is handed in."
DISCARDED = "Its racer has discarded this run for another, so it is not reviewed."
SOMEBODY_ELSE_DECIDES = "You asked for a second review of this run, so somebody else decides."
CLAIMED_ALREADY = "You have claimed this run already."
NOT_CLAIMED = "Nobody has claimed this run any more."
NOT_DOUBTED = "You do not ask for a second review of this run any more."

QUEUE_TITLE = "Runs that wait for review"
QUEUE_EMPTY = "None."
MENU = "What is to become of it?"
REMOVED = "removed"
NONE = "none"
TITLE_DISQUALIFIED = "Your run was disqualified"
TITLE_REJECTED = "Your run was not approved"
TITLE_CORRECTED = "The time of your run was corrected"
LABEL_WHY = "Reason"


def already_reviewed(status: RaceStatus, reviewer: str | None) -> str:
    by = f" by {reviewer}" if reviewer is not None else ""
    return f"This run was {STATUS[status]}{by} already."


def left_out(tournament: str) -> str:
    return f"{tournament} has ended, so this run was left out."


def it_stays(tournament: str) -> str:
    return f"{tournament} has ended, so this run stays as it is."


def claimed(reviewer: str, until: datetime) -> Line:
    return line(
        f"{reviewer} has claimed this run, so they decide. They can release it, and from ",
        until,
        " on anybody may decide. Owners and admins may at any time.",
    )


def corrected_meanwhile(time_ms: int) -> str:
    return f"Somebody else has corrected this time to {format_run_time(time_ms)} meanwhile, so nothing was changed."


def doubted_already(reviewer: str) -> str:
    return f"{reviewer} has asked for a second review of this run already."


def run_card(view: RunView) -> Notice:
    """A run as its reviewers see it."""
    race = view.race
    fields, tone = _verdict(view)
    return Notice(title=_title(race), fields=(*_of_the_run(race), *fields), buttons=_buttons(view), tone=tone)


def menu(view: RunView, reader_id: int) -> Notice:
    """What else a reviewer can do about a run that waits or counts."""
    race = view.race
    second = ()
    if race.status is RaceStatus.SUBMITTED:
        second = (
            (Button("review_trust", race.id, NO_SECOND_REVIEW),)
            if race.doubted_by_id == reader_id
            else (Button("review_doubt", race.id, SECOND_REVIEW),)
        )
    return Notice(
        title=_title(race),
        lines=(line(MENU),),
        fields=(_time(race),),
        buttons=(
            *second,
            Button("review_correct", race.id, CORRECT_TIME),
            Button("review_disqualify", race.id, DISQUALIFY, Style.DANGER),
        ),
    )


def queue(page: Queue) -> Notice:
    """A page of the runs that wait."""
    parts = [QUEUE_TITLE, *([page.tournament.name] if page.tournament else [])]
    if page.show is not Show.ALL:
        parts.append(SHOWN[page.show])
    return Notice(
        title=" · ".join(parts),
        lines=tuple(map(_waiting, page.runs)) or (line(QUEUE_EMPTY),),
        reference=f"{count(page.total, 'run')}, page {page.page + 1} of {page.pages}",
    )


def one_of_queue(race: Race) -> str:
    """A run of the queue, to pick it."""
    return f"{race.racer.display_name} · {format_run_time(race.time_ms)} · {race.tournament.name}"


def your_run_turned_down(event: e.RaceRejectedEvent, names: Names, *, on_seed: bool) -> Notice:
    """What a racer is told; `on_seed` says that they ran it on a seed of a pool."""
    again = "" if on_seed or event.disqualified else " You can hand in another with /race submit."
    return Notice(
        title=TITLE_DISQUALIFIED if event.disqualified else TITLE_REJECTED,
        lines=(line(f"{format_run_time(event.time_ms)} in {names.tournament(event.tournament_id)}.{again}"),),
        fields=(Field(LABEL_WHY, line(event.reason or f"({REMOVED})"), inline=False),),
        tone=Tone.DANGER if event.disqualified else Tone.WARNING,
    )


def your_time_corrected(event: e.TournamentUpdatedEvent, names: Names) -> Notice:
    """What a racer is told."""
    [(old, new)] = [(one.old, one.new) for one in event.changed_fields if one.field == "time_ms"]
    where = names.tournament(event.tournament_id)
    return Notice(
        title=TITLE_CORRECTED, lines=(line(f"In {where}: from {_told(old)} to {_told(new)}."),), tone=Tone.WARNING
    )


def _told(milliseconds: Value) -> str:
    return format_run_time(milliseconds) if isinstance(milliseconds, int) else NONE


def not_counted_any_more(event: e.RaceApprovedEvent, names: Names, *, discarded: bool) -> Notice:
    """What becomes of the announcement that a run was approved, once it was disqualified, or `discarded`."""
    where = names.tournament(event.tournament_id)
    why = f"They take another instead in {where}." if discarded else f"It was disqualified in {where}."
    return Notice(title=f"{names.account(event.racer_id)}'s run does not count", lines=(line(why),))


def _title(race: Race) -> str:
    return f"{race.racer.display_name}'s run in {race.tournament.name}"


def _waiting(race: Race) -> Line:
    marks: list[str] = []
    if race.claimed_by is not None:
        marks.append(f" · claimed by {race.claimed_by.display_name}")
    if race.doubted_by is not None:
        marks.append(f" · second review asked for by {race.doubted_by.display_name}")
    return line(f"{one_of_queue(race)} · ", Relative(race.submitted_at), "".join(marks))


def _time(race: Race) -> Field:
    return Field("Time", line(format_run_time(race.time_ms)))


def _of_the_run(race: Race) -> tuple[Field, ...]:
    fields = [_time(race)]
    if race.first_time_ms is not None and race.first_time_ms != race.time_ms:
        fields.append(Field("Corrected from", line(format_run_time(race.first_time_ms))))
    if race.in_game_ms is not None:
        fields.append(Field("In-game time", line(format_run_time(race.in_game_ms))))
    fields.append(Field("Handed in", line(race.submitted_at)))
    if race.seed is not None:
        fields.append(Field("Pool", line(race.seed.pool.name)))
        fields.append(Field("Seed", line(Link(link) if "://" in (link := race.seed.permalink) else link), inline=False))
    # Whoever has their account deleted has their links deleted, and nobody else has.
    no_vod = NONE if race.racer.deleted_at is None else REMOVED
    fields.append(Field("VOD", line(Link(race.vod_url) if race.vod_url else no_vod), inline=False))
    if race.notes:
        fields.append(Field("Notes", line(race.notes), inline=False))
    return tuple(fields)


def _verdict(view: RunView) -> tuple[tuple[Field, ...], Tone]:
    """What was decided on a run, or who is about to decide."""
    race = view.race
    reviewer = line(race.reviewer.display_name if race.reviewer else GONE)
    why = Field(LABEL_WHY, line(race.rejection_reason or ""), inline=False)
    match race.status:
        case RaceStatus.APPROVED:
            return (Field("Approved by", reviewer),), Tone.SUCCESS
        case RaceStatus.REJECTED:
            return (Field("Rejected by", reviewer), why), Tone.DANGER
        case RaceStatus.DISQUALIFIED:
            return (Field("Disqualified by", reviewer), why), Tone.DANGER
        case _:
            return _undecided(view)


def _undecided(view: RunView) -> tuple[tuple[Field, ...], Tone]:
    if view.discarded:
        return (Field("Discarded", line("Its racer has taken another instead.")),), Tone.WARNING
    if view.left_out:
        return (Field("Left out", line("The tournament has ended.")),), Tone.WARNING
    if view.race.tournament.status is TournamentStatus.ENDED:
        return (Field("Counts", line("It needed no review.")),), Tone.SUCCESS
    return _in_review(view.race), Tone.INFO


def _in_review(race: Race) -> tuple[Field, ...]:
    fields: list[Field] = []
    if race.claimed_by is not None and race.claimed_at is not None:
        fields.append(Field("Claimed by", line(f"{race.claimed_by.display_name}, ", Relative(race.claimed_at))))
    if race.doubted_by is not None:
        fields.append(Field("Second review asked for by", line(race.doubted_by.display_name)))
    return tuple(fields)


def _buttons(view: RunView) -> tuple[Button, ...]:
    race = view.race
    if race.tournament.status is TournamentStatus.ENDED or view.discarded:
        return ()
    more = Button("review_more", race.id, MORE)
    if race.status is RaceStatus.APPROVED:
        return (more,)
    if race.status is not RaceStatus.SUBMITTED:
        return ()
    return (
        Button("review_claim", race.id, CLAIM)
        if race.claimed_by is None
        else Button("review_release", race.id, RELEASE),
        Button("approve", race.id, APPROVE, Style.SUCCESS),
        Button("reject", race.id, REJECT, Style.DANGER),
        more,
    )
