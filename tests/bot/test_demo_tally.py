"""The demo's proof finds each fault, and none where there is none."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.demo.tally import Tally, compare
from models import MessageStatus, TargetKind
from services.overview import MessageLine
from services.sender import Target

patient = settings(max_examples=40, deadline=None)
"""How long an example takes says nothing on a busy machine."""

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
# A channel and a person may have the same id.
TARGETS = [Target(TargetKind.CHANNEL, 1), Target(TargetKind.CHANNEL, 2), Target(TargetKind.USER, 1)]
ITSELF = [MessageStatus.PENDING, MessageStatus.SENT, MessageStatus.FAILED]
"""How a row stands that no other one tells."""


def row(number: int, target: Target, status: MessageStatus, told_by: int | None = None) -> MessageLine:
    return MessageLine(number, "kind", target, f"nonce-{number}", status, 1, AT, None, None, told_by)


@dataclass(frozen=True)
class Story:
    """Rows, and what Discord received when all went well."""

    rows: list[MessageLine]
    received: list[str]

    def tally(self, received: list[str]) -> Tally:
        return compare(self.rows, received, unrecorded=0, invented=0)

    def faults(self, received: list[str]) -> tuple[int, int, int]:
        tally = self.tally(received)
        return tally.lost, tally.doubled, tally.out_of_order

    def row(self, nonce: str) -> MessageLine:
        return next(row for row in self.rows if row.nonce == nonce)


@st.composite
def stories(draw: st.DrawFn, *, at_least: int = 0) -> Story:
    kinds = st.tuples(st.sampled_from(TARGETS), st.sampled_from(ITSELF), st.booleans())
    drawn = draw(st.lists(kinds, min_size=at_least, max_size=12))
    rows = [row(number, target, status) for number, (target, status, _) in enumerate(drawn, start=1)]
    # Those that one of them speaks for have numbers behind all others.
    speaking = draw(st.lists(st.sampled_from(rows), max_size=3)) if rows else []
    spoken = [
        row(len(rows) + place, one.target, MessageStatus.SPOKEN, one.number)
        for place, one in enumerate(speaking, start=1)
    ]
    # Of a row that waits, Discord may have the message already: the bot died before it could note it.
    arrived = [
        one
        for one, (_, status, early) in zip(rows, drawn, strict=True)
        if status is MessageStatus.SENT or (status is MessageStatus.PENDING and early)
    ]
    lanes: dict[Target, list[MessageLine]] = defaultdict(list)
    for one in arrived:
        lanes[one.target].append(one)
    # The lanes run side by side: only the order within each is given.
    order = draw(st.permutations([one.target for one in arrived]))
    received = [lanes[target].pop(0).nonce for target in order]
    # In whatever order the rows are read.
    return Story(draw(st.permutations(rows + spoken)), received)


@patient
@given(stories())
def test_nothing_is_found_where_nothing_went_wrong(story: Story) -> None:
    by_number = {one.number: one for one in story.rows}
    statuses = [by_number[one.told_by or one.number].status for one in story.rows]
    assert story.tally(story.received) == Tally(
        lost=0,
        doubled=0,
        out_of_order=0,
        sent=statuses.count(MessageStatus.SENT),
        waiting=statuses.count(MessageStatus.PENDING),
        refused=statuses.count(MessageStatus.FAILED),
    )


@patient
@given(stories(at_least=1), st.data())
def test_a_row_marked_as_sent_that_never_arrived_is_lost(story: Story, data: st.DataObject) -> None:
    sent = [nonce for nonce in story.received if story.row(nonce).status is MessageStatus.SENT]
    assume(sent)
    gone = data.draw(st.sets(st.sampled_from(sent), min_size=1))
    assert story.faults([nonce for nonce in story.received if nonce not in gone]) == (len(gone), 0, 0)


@patient
@given(stories(at_least=1), st.data())
def test_what_arrived_again_is_doubled(story: Story, data: st.DataObject) -> None:
    assume(story.received)
    first = data.draw(st.integers(0, len(story.received) - 1))
    again = data.draw(st.integers(first + 1, len(story.received)))
    received = [*story.received[:again], story.received[first], *story.received[again:]]
    lost, doubled, _ = story.faults(received)
    assert (lost, doubled) == (0, 1)


@patient
@given(stories(), st.data())
def test_what_no_row_tells_of_is_doubled(story: Story, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(story.received)))
    assert story.faults([*story.received[:place], "stranger", *story.received[place:]]) == (0, 1, 0)


@patient
@given(stories(at_least=2), st.data())
def test_only_what_changed_places_in_its_own_lane_is_out_of_order(story: Story, data: st.DataObject) -> None:
    assume(len(story.received) > 1)
    place = data.draw(st.integers(0, len(story.received) - 2))
    one, other = story.received[place : place + 2]
    swapped = [*story.received[:place], other, one, *story.received[place + 2 :]]
    same_lane = story.row(one).target == story.row(other).target
    assert story.faults(swapped) == (0, 0, 1 if same_lane else 0)


def test_each_message_that_comes_after_a_later_one_is_counted() -> None:
    story = Story([row(number, TARGETS[0], MessageStatus.SENT) for number in (1, 2, 3)], [])
    assert story.faults(["nonce-3", "nonce-1", "nonce-2"]) == (0, 0, 2)


def test_a_missing_audit_row_is_lost_and_an_invented_one_is_doubled() -> None:
    tally = compare([], [], unrecorded=2, invented=3)
    assert (tally.lost, tally.doubled, tally.out_of_order) == (2, 3, 0)


def test_what_another_row_is_to_tell_is_lost_without_that_one() -> None:
    told = [row(1, TARGETS[0], MessageStatus.SENT), row(2, TARGETS[0], MessageStatus.SPOKEN, 1)]
    assert compare(told, ["nonce-1"], unrecorded=0, invented=0).lost == 0
    assert compare([told[1]], [], unrecorded=0, invented=0).lost == 1
    by_nobody = [row(2, TARGETS[0], MessageStatus.SPOKEN), row(3, TARGETS[0], MessageStatus.SPOKEN, 2)]
    assert compare(by_nobody, [], unrecorded=0, invented=0).lost == 2


def test_a_second_thread_of_a_race_is_one_too_many() -> None:
    threads = ["Ann · Cup · #1", "Ann · Cup · #2", "Bo · Cup · #3"]
    assert compare([], [], unrecorded=0, invented=0, threads=threads).doubled == 0
    assert compare([], [], unrecorded=0, invented=0, threads=[*threads, threads[1]]).doubled == 1
