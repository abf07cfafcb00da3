"""The checks: what must hold after a trial, and already at the moment of each death. Pure functions over a ledger."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from tests.trials.expected import AUDIT, Message, expected, hears
from tests.trials.ledger import Ledger, Row
from tests.trials.rebuilt import differences

DIGESTS = {
    "runs_approved": "run_approved",
    "matches_scheduled": "match_scheduled",
    "matches_completed": "match_completed",
}
"""The kinds of messages that speak for several, and for which."""

EDIT = "edit"
"""The kind of a row that lets older messages be drawn anew."""

NEVER = 50007
"""Discord's code for a person who takes no DMs."""


MENTION = "mention"
"""Stands for a channel where somebody is spoken to in it."""


class Check(StrEnum):
    UNHEARD = "changes without event"
    UNDONE = "events without change"
    AUDIT_LOST = "audit rows lost"
    AUDIT_DOUBLED = "audit rows doubled"
    MESSAGE_LOST = "messages lost"
    MESSAGE_DOUBLED = "messages doubled"
    INVENTED = "messages nobody asked for"
    ORDER = "order violations"
    TIERS = "tiers overtaken"
    MARKS = "marks without effect, or the reverse"
    DEAD = "deliveries or messages given up"
    IN_FLIGHT = "work dropped by a proper stop"
    PESTERED = "refusals not remembered"
    TORN = "records of which a part is missing"
    DEADLOCK = "deadlocks"
    CRASH = "crashes"


@dataclass(frozen=True, slots=True)
class Violation:
    check: Check
    text: str


@dataclass(frozen=True, slots=True)
class Leave:
    """What a trial brought about itself, so that it is no violation."""

    poisoned: bool = False
    """Deliveries may be dead, and what they would have written be missing."""
    refused: bool = False
    """Messages may have failed, if the world says that it refused them."""


@dataclass(slots=True)
class Findings:
    """`within_bound` counts what was sent twice because the first one had been deleted: promise 3 says so."""

    violations: list[Violation] = field(default_factory=list[Violation])
    within_bound: int = 0


class Checker:
    def __init__(self, ledger: Ledger, leave: Leave) -> None:
        self._ledger = ledger
        self._leave = leave
        self._seq_of = {event.id: event.seq for event in ledger.events}
        self._expected = expected(ledger.events)
        self._dead = {(d["event_id"], d["handler"]) for d in ledger.tables["delivery"] if d["status"] == "dead"}
        self._digests = {row["id"]: row for row in ledger.tables["message"] if row["kind"] in DIGESTS}
        self._posts = [row for row in ledger.tables["message"] if row["status"] != "spoken"]
        """The rows that go out themselves."""
        self._messages = [row for row in self._posts if row["kind"] != EDIT]
        """Those of them that are messages; the others change some that are there."""
        self._within_bound = 0
        self._torn: list[Violation] = []

    @classmethod
    def of(cls, ledger: Ledger, leave: Leave) -> Checker:
        """As the class itself, for a record of which a part may be missing: then that is all that is found."""
        try:
            checker = cls(ledger, leave)
            differences(ledger)
        except LookupError as error:
            checker = cls(Ledger([], defaultdict(list), [], []), leave)
            checker._torn.append(Violation(Check.TORN, f"something lacks its {error}"))
        return checker

    def at_death(self) -> Findings:
        """What holds at any moment."""
        return self._run(
            self._state,
            self._audit_rows,
            self._message_rows,
            self._spoken,
            self._spoken_edits,
            self._edits,
            self._deliveries,
            self._marks,
            self._tiers,
            self._delivery_order,
            self._audit_order,
            self._row_order,
            self._lanes,
            self._noted,
            self._arrived_once,
            self._arrival_order,
        )

    def at_end(self) -> Findings:
        """What holds once nothing is left to do."""
        findings = self.at_death()
        more = self._run(self._nothing_left, self._all_told, self._up_to_date)
        findings.violations += more.violations
        return findings

    def at_stop(self) -> Findings:
        """What holds after a proper stop."""
        findings = self.at_death()
        findings.violations += self._run(self._in_flight).violations
        return findings

    def _run(self, *checks: Callable[[], Iterator[Violation]]) -> Findings:
        self._within_bound = 0
        found = [violation for check in checks for violation in check()]
        return Findings([*self._torn, *found], self._within_bound)

    def _state(self) -> Iterator[Violation]:
        unheard, undone = differences(self._ledger)
        yield from (Violation(Check.UNHEARD, text) for text in unheard)
        yield from (Violation(Check.UNDONE, text) for text in undone)

    def _audit_rows(self) -> Iterator[Violation]:
        rows: dict[int, list[Row]] = defaultdict(list)
        for row in self._ledger.tables["audit_entry"]:
            rows[row["event_seq"]].append(row)
        for event in self._ledger.events:
            told = (
                event.id,
                event.type,
                event.user_id,
                event.organization_id,
                event.entity_id,
                event.at,
                event.payload,
            )
            for row in rows.get(event.seq, [])[:1]:
                columns = ("event_id", "action", "actor_id", "organization_id", "entity_id", "occurred_at", "data")
                if (found := tuple(row[name] for name in columns)) != told:
                    yield Violation(Check.AUDIT_LOST, f"of event {event.seq}: {found} instead of {told}")
        for seq, same in rows.items():
            if len(same) > 1 or seq not in self._seq_of.values():
                yield Violation(Check.AUDIT_DOUBLED, f"{len(same)} rows of event {seq}")

    @cached_property
    def _instead(self) -> set[tuple[str, str, str, int]]:
        """The rows that stand in a channel for a DM that was refused."""
        rows = self._ledger.tables["message"]
        refused = {row["event_id"] for row in rows if row["target_kind"] == "user" and row["status"] == "failed"}
        instead = ("invited", "dms_closed")
        return {
            _row_key(row)
            for row in rows
            if row["target_kind"] == "channel" and row["kind"] in instead and row["event_id"] in refused
        }

    def _message_rows(self) -> Iterator[Violation]:
        known = {_key(m) for m in (*self._expected.must, *self._expected.may)}
        rows = Counter(_row_key(row) for row in self._ledger.tables["message"] if row["kind"] not in (*DIGESTS, EDIT))
        for key, number in rows.items():
            if key not in known and key not in self._instead:
                yield Violation(Check.INVENTED, f"row {key}")
            elif number > 1:
                yield Violation(Check.MESSAGE_DOUBLED, f"{number} rows {key}")

    def _spoken(self) -> Iterator[Violation]:
        """Each row that another one tells has that one, which stands for a whole piece of its target's rows."""
        told: dict[str, list[Row]] = defaultdict(list)
        for row in self._ledger.tables["message"]:
            if row["status"] != "spoken" or row["kind"] == EDIT:
                continue
            digest = self._digests.get(row["told_by"])
            if digest is None or _where(digest) != _where(row) or DIGESTS[digest["kind"]] != row["kind"]:
                yield Violation(Check.MESSAGE_LOST, f"row {row['seq']} is told by none of its kind there")
            else:
                told[digest["id"]].append(row)
        for name, digest in self._digests.items():
            events = [self._seq_of.get(row["event_id"], 0) for row in told[name]]
            if len(events) < 2 or self._seq_of.get(digest["event_id"], 0) != min(events):
                yield Violation(Check.INVENTED, f"digest {digest['seq']} of the events {sorted(events)}")
                continue
            for row in self._messages:
                seq = self._seq_of.get(row["event_id"], 0)
                if _row_key(row) in self._instead:
                    continue
                if _where(row) == _where(digest) and row is not digest and min(events) <= seq <= max(events):
                    yield Violation(Check.ORDER, f"row {row['seq']} stands in the midst of digest {digest['seq']}")

    def _spoken_edits(self) -> Iterator[Violation]:
        """What an edit would change that another one makes, is among what that one changes, which waited before it."""
        edits = {row["id"]: row for row in self._posts if row["kind"] == EDIT}
        for row in self._ledger.tables["message"]:
            if row["status"] != "spoken" or row["kind"] != EDIT:
                continue
            edit = edits.get(row["told_by"])
            made = edit is not None and set(row["data"]["messages"]) <= set(edit["data"]["messages"])
            if edit is None or not made or _where(edit) != _where(row) or edit["seq"] > row["seq"]:
                yield Violation(Check.MESSAGE_LOST, f"edit {row['seq']} is made by none there")

    def _edits(self) -> Iterator[Violation]:
        """An edit changes what earlier events of the same thing have caused in its channel."""
        entities = {event.id: event.entity_id for event in self._ledger.events}
        rows = {row["id"]: row for row in self._ledger.tables["message"]}
        made: set[tuple[str, str, str, int]] = set()
        for row in self._posts:
            if row["kind"] != EDIT:
                continue
            if _row_key(row) in made:
                yield Violation(Check.MESSAGE_DOUBLED, f"edit {row['seq']}")
            made.add(_row_key(row))
            for one in (rows.get(name) for name in row["data"]["messages"]):
                if (
                    one is None
                    or _where(one) != _where(row)
                    or entities[one["event_id"]] != entities[row["event_id"]]
                    or self._seq_of[one["event_id"]] >= self._seq_of[row["event_id"]]
                ):
                    yield Violation(Check.INVENTED, f"edit {row['seq']} of what it has nothing to do with")

    def _deliveries(self) -> Iterator[Violation]:
        """Each event has a delivery to everybody who has to hear of it."""
        handlers: dict[int, set[str]] = defaultdict(set)
        for delivery in self._ledger.tables["delivery"]:
            handlers[delivery["event_id"]].add(delivery["handler"])
        for event in self._ledger.events:
            if missing := hears(event) - handlers[event.seq]:
                yield Violation(Check.MARKS, f"event {event.seq} is never brought to {sorted(missing)}")

    def _marks(self) -> Iterator[Violation]:
        """A handler's effects are there if, and only if, its delivery is marked as done."""
        done = {(d["event_id"], d["handler"]) for d in self._ledger.tables["delivery"] if d["status"] == "done"}
        audited = {row["event_seq"] for row in self._ledger.tables["audit_entry"]}
        for event in self._ledger.events:
            marked = (event.seq, AUDIT) in done
            if marked and event.seq not in audited:
                yield Violation(Check.AUDIT_LOST, f"of event {event.seq}, marked as done")
            elif event.seq in audited and not marked:
                yield Violation(Check.MARKS, f"event {event.seq} has its audit row but no mark")
        rows = {_row_key(row) for row in self._ledger.tables["message"]}
        for message in self._expected.must:
            marked = (message.event, message.handler) in done
            if marked and _key(message) not in rows:
                yield Violation(Check.MESSAGE_LOST, f"{message}: no row, but marked as done")
            elif _key(message) in rows and not marked:
                yield Violation(Check.MARKS, f"{message}: a row, but no mark")

    def _tiers(self) -> Iterator[Violation]:
        """Nothing of a lower tier is done while a higher one is neither done, dead, nor waiting for a retry."""
        held_up: set[tuple[str, str]] = set()
        by_event: dict[int, list[Row]] = defaultdict(list)
        for delivery in self._ledger.tables["delivery"]:
            by_event[delivery["event_id"]].append(delivery)
        for seq in sorted(by_event):
            done = [d["priority"] for d in by_event[seq] if d["status"] == "done"]
            for delivery in by_event[seq]:
                lane = (delivery["stream"], delivery["handler"])
                if delivery["status"] != "pending":
                    continue
                if delivery["attempts"]:
                    held_up.add(lane)
                if lane not in held_up and any(priority < delivery["priority"] for priority in done):
                    yield Violation(Check.TIERS, f"event {seq}: {delivery['handler']} was overtaken")

    def _delivery_order(self) -> Iterator[Violation]:
        """What is done of a stream's deliveries to a handler is a beginning."""
        waiting: dict[tuple[str, str], int] = {}
        for delivery in sorted(self._ledger.tables["delivery"], key=lambda d: d["event_id"]):
            lane = (delivery["stream"], delivery["handler"])
            if delivery["status"] == "pending":
                waiting.setdefault(lane, delivery["event_id"])
            elif delivery["status"] == "done" and lane in waiting:
                seq = delivery["event_id"]
                yield Violation(Check.ORDER, f"{lane[1]} heard of event {seq} before {waiting[lane]}")

    def _audit_order(self) -> Iterator[Violation]:
        stream_of = {event.seq: event.stream for event in self._ledger.events}
        newest: dict[str, int] = {}
        for row in self._ledger.tables["audit_entry"]:
            seq = row["event_seq"]
            stream = stream_of.get(seq, "")
            if seq < newest.get(stream, 0):
                yield Violation(Check.ORDER, f"audit row of event {seq} after that of {newest[stream]}")
            newest[stream] = max(seq, newest.get(stream, 0))

    def _row_order(self) -> Iterator[Violation]:
        """Message rows of a stream to a target stand in the order of their events."""
        for target, rows in self._by_target().items():
            seqs = [self._seq_of.get(row["event_id"], 0) for row in rows if _row_key(row) not in self._instead]
            for before, after in pairwise(seqs):
                if after < before:
                    yield Violation(Check.ORDER, f"row to {target} of event {after} after that of {before}")

    def _lanes(self) -> Iterator[Violation]:
        """What was tried of a target's rows is a beginning, of which only the last may be unfinished."""
        for target, rows in self._by_target().items():
            waiting = None
            for row in rows:
                if waiting is not None and (row["status"] != "pending" or row["attempts"]):
                    yield Violation(Check.ORDER, f"row {row['seq']} to {target} was tried before {waiting}")
                if row["status"] == "pending" and waiting is None:
                    waiting = row["seq"]

    def _noted(self) -> Iterator[Violation]:
        """What has arrived was noted as an attempt before, and what is marked as sent has arrived."""
        rows = {self._address(row): row for row in self._messages}
        arrived = {(a["kind"], a["target"], a["event"]) for a in self._ledger.arrivals}
        for address in arrived:
            if address not in rows:
                yield Violation(Check.INVENTED, f"{address} arrived without a row")
            elif rows[address]["first_attempt_at"] is None:
                yield Violation(Check.MARKS, f"{address} arrived, and no attempt was noted")
        for address, row in rows.items():
            if row["status"] == "sent" and address not in arrived:
                yield Violation(Check.MESSAGE_LOST, f"{address} is marked as sent and never arrived")

    def _arrived_once(self) -> Iterator[Violation]:
        seen: dict[tuple[str, int, int], list[Row]] = defaultdict(list)
        for arrival in self._ledger.arrivals:
            seen[arrival["kind"], arrival["target"], arrival["event"]].append(arrival)
        for address, same in seen.items():
            visible = [arrival for arrival in same if not arrival["deleted"]]
            if len(visible) > 1:
                yield Violation(Check.MESSAGE_DOUBLED, f"{address} arrived {len(visible)} times")
            elif len(same) > 1:
                self._within_bound += 1

    def _arrival_order(self) -> Iterator[Violation]:
        numbers = {self._address(row): row["seq"] for row in self._messages}
        newest: dict[tuple[str, int], tuple[int, int]] = {}
        seen: set[tuple[str, int, int]] = set()
        for arrival in self._ledger.arrivals:
            target, seq = (arrival["kind"], arrival["target"]), arrival["event"]
            if (*target, seq) in seen:
                continue
            seen.add((*target, seq))
            number = numbers.get((*target, seq), 0)
            before = newest.get(target, (0, 0))
            # What stands in a channel instead of a DM comes once that was refused.
            if number < before[0] or (seq < before[1] and target[0] != MENTION):
                yield Violation(Check.ORDER, f"{target} was told of event {seq} after {before[1]}")
            newest[target] = max(before, (number, seq))

    def _nothing_left(self) -> Iterator[Violation]:
        for delivery in self._ledger.tables["delivery"]:
            if delivery["status"] == "pending":
                yield Violation(Check.DEADLOCK, f"delivery {delivery['event_id']} {delivery['handler']} is left")
            elif delivery["status"] == "dead" and not self._leave.poisoned:
                yield Violation(
                    Check.DEAD, f"delivery {delivery['event_id']} {delivery['handler']}: {delivery['last_error']}"
                )
        for row in self._ledger.tables["message"]:
            if row["status"] == "pending":
                yield Violation(Check.DEADLOCK, f"message {row['seq']} is left")
            elif row["status"] == "failed" and not self._leave.refused:
                yield Violation(Check.DEAD, f"message {row['seq']}: {row['failure']}")
        pestered = Counter(r["target"] for r in self._ledger.refusals if r["code"] == NEVER)
        for target, number in pestered.items():
            if number > 1:
                yield Violation(Check.PESTERED, f"{target} was asked {number} times")

    def _all_told(self) -> Iterator[Violation]:
        """Every event is in the trail, and everybody concerned has been told."""
        audited = {row["event_seq"] for row in self._ledger.tables["audit_entry"]}
        for event in self._ledger.events:
            if event.seq not in audited and (event.seq, AUDIT) not in self._dead:
                yield Violation(Check.AUDIT_LOST, f"of event {event.seq} ({event.type})")
        arrived = {(a["kind"], a["target"], a["event"]) for a in self._ledger.arrivals}
        refusals = Counter((r["kind"], r["target"]) for r in self._ledger.refusals)
        closed = {r["target"] for r in self._ledger.refusals if r["code"] == NEVER}
        failed = {self._address(row) for row in self._messages if row["status"] == "failed"}
        told_by = {
            _row_key(row): self._address(self._digests[row["told_by"]])
            for row in self._ledger.tables["message"]
            if row["told_by"] in self._digests
        }
        explained: set[tuple[str, int, int]] = set()
        for message in self._expected.must:
            target = (message.target_kind, message.target)
            address = told_by.get(_key(message), (*target, message.event))
            if address in arrived or address in explained or (message.event, message.handler) in self._dead:
                continue
            # One refusal explains one message, unless the person takes none at all.
            if address in failed and (message.target in closed or refusals[target]):
                refusals[target] -= 1
                explained.add(address)
            else:
                yield Violation(Check.MESSAGE_LOST, f"{message}")

    def _up_to_date(self) -> Iterator[Violation]:
        """Nobody is asked to join what has ended or was deleted, unless the edit could not be."""
        if self._leave.poisoned or self._leave.refused:
            return
        over = {e.entity_id for e in self._ledger.events if e.type in ("TournamentEnded", "TournamentDeleted")}
        entities = {event.id: event.entity_id for event in self._ledger.events}
        rows = {self._address(row): row for row in self._messages if row["kind"] == "tournament_opened"}
        for arrival in self._ledger.arrivals:
            row = rows.get((arrival["kind"], arrival["target"], arrival["event"]))
            if row is not None and entities[row["event_id"]] in over and arrival.get("buttons"):
                yield Violation(Check.MESSAGE_LOST, f"an edit: row {row['seq']} still has its buttons")

    def _in_flight(self) -> Iterator[Violation]:
        for row in self._ledger.tables["message"]:
            if row["status"] == "pending" and row["first_attempt_at"] and not row["due_at"]:
                yield Violation(Check.IN_FLIGHT, f"message {row['seq']} was on its way")

    def _by_target(self) -> dict[tuple[str, int], list[Row]]:
        found: dict[tuple[str, int], list[Row]] = defaultdict(list)
        for row in self._posts:
            found[_where(row)].append(row)
        return found

    def _address(self, row: Row) -> tuple[str, int, int]:
        kind = MENTION if _row_key(row) in self._instead else row["target_kind"]
        return kind, row["target_id"], self._seq_of.get(row["event_id"], 0)


def _key(message: Message) -> tuple[str, str, str, int]:
    return message.event_id, message.kind, message.target_kind, message.target


def _where(row: Row) -> tuple[str, int]:
    return row["target_kind"], row["target_id"]


def _row_key(row: Row) -> tuple[str, str, str, int]:
    return row["event_id"], row["kind"], row["target_kind"], row["target_id"]
