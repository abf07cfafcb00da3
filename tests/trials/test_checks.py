"""The checks see what is wrong, and nothing else: each test breaks one thing in a record in which all is well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.trials.checks import Check, Checker, Leave
from tests.trials.ledger import Event, Ledger, Row

NEWS, LOG, ANN, OTHER = 4001, 4003, 3003, 4009
HIGH, NORMAL, LOW = 3, 2, 1


def event(seq: int, type: str, entity_id: int, *, organization_id: int | None = 1, **says: Any) -> Event:
    stream = "organization:1" if organization_id else f"user:{entity_id}"
    return Event(seq, f"event-{seq}", type, stream, organization_id, 1, entity_id, f"at {seq}", says, says)


def changed(field: str, old: Any, new: Any) -> dict[str, Any]:
    return {"changed_fields": [{"field": field, "old": old, "new": new}]}


def story() -> Ledger:
    """A community, its channels, a tournament that opens, a racer and an invite: all told."""
    events = [
        event(1, "UserCreated", 1, organization_id=None, discord_id=ANN, discord_username="Ann"),
        event(2, "OrganizationCreated", 1, organization_name="Club"),
        event(3, "OrganizationMemberAdded", 1, member_id=1, role="owner"),
        event(4, "DiscordGuildLinked", 1, guild_id=2001, guild_name="Guild"),
        event(5, "OrganizationUpdated", 1, guild_id=2001, **changed("announcement_channel_id", None, NEWS)),
        event(6, "OrganizationUpdated", 1, guild_id=2001, **changed("audit_channel_id", None, LOG)),
        event(7, "TournamentCreated", 5, tournament_name="Cup", tournament_type="other"),
        event(8, "TournamentUpdated", 5, tournament_name="Cup", **changed("status", "draft", "open")),
        event(9, "TournamentUpdated", 5, tournament_name="Cup", **changed("entrant", None, 1)),
        event(10, "InviteCreated", 7, role="racer", invitee_id=1, max_uses=1, expires_at="later"),
    ]
    channels = {"announcement_channel_id": NEWS, "review_channel_id": None, "audit_channel_id": LOG}
    link = {"id": 1, "guild_id": 2001, "organization_id": 1, "unlinked_at": None, **channels}
    invite = {"invitee_id": 1, "max_uses": 1, "uses": 0, "status": "pending"}
    tables: dict[str, list[Row]] = {
        "account": [{"id": 1, "discord_id": ANN, "display_name": "Ann"}],
        "organization": [{"id": 1, "name": "Club", "time_zone": "UTC"}],
        "membership": [{"organization_id": 1, "account_id": 1, "role": "owner"}],
        "guild_link": [link],
        "role_mapping": [],
        "tournament": [{"id": 5, "organization_id": 1, "name": "Cup", "type": "other", "status": "open"}],
        "entrant": [{"tournament_id": 5, "account_id": 1}],
        "race": [],
        "invite": [{"id": 7, "organization_id": 1, "role": "racer", **invite}],
        "delivery": [delivery for one in events for delivery in deliveries(one)],
        "audit_entry": [audit_row(one) for one in events],
        "message": [],
    }
    ledger = Ledger(events, tables, [], [])
    for seq in range(6, 11):
        tell(ledger, seq, "audit_line", "channel", LOG)
    tell(ledger, 7, "tournament_created", "channel", NEWS)
    tell(ledger, 8, "tournament_opened", "channel", NEWS)
    tell(ledger, 10, "invited", "user", ANN)
    return ledger


def deliveries(event: Event) -> list[Row]:
    tiers = {"audit": HIGH, "audit-channel": LOW}
    if event.type in ("TournamentCreated", "TournamentUpdated", "InviteCreated", "RaceApproved", "TournamentEnded"):
        tiers["announce"] = NORMAL
    common: Row = {"event_id": event.seq, "stream": event.stream, "status": "done", "attempts": 0, "last_error": None}
    return [{**common, "handler": handler, "priority": priority} for handler, priority in tiers.items()]


def audit_row(event: Event) -> Row:
    return {
        "id": event.seq,
        "event_seq": event.seq,
        "event_id": event.id,
        "action": event.type,
        "actor_id": event.user_id,
        "organization_id": event.organization_id,
        "entity_id": event.entity_id,
        "occurred_at": event.at,
        "data": event.payload,
    }


def tell(ledger: Ledger, seq: int, kind: str, target_kind: str, target: int) -> None:
    """A row, and its arrival."""
    rows = ledger.tables["message"]
    row: Row = {
        "seq": len(rows) + 1,
        "id": f"message-{len(rows) + 1}",
        "told_by": None,
        "data": {},
        "event_id": f"event-{seq}",
        "kind": kind,
        "target_kind": target_kind,
        "target_id": target,
        "status": "sent",
        "attempts": 1,
        "first_attempt_at": "then",
        "due_at": None,
        "failure": None,
    }
    rows.append(row)
    ledger.arrivals.append({"kind": target_kind, "target": target, "event": seq, "deleted": False})


def gathered() -> Ledger:
    """The same story, in which two runs are approved then: the channel is told of both by one message."""
    ledger = story()
    for seq, race in ((11, 1), (12, 2)):
        approved = event(seq, "RaceApproved", race, tournament_id=5, racer_id=1, time_ms=race)
        ledger.events.append(approved)
        ledger.tables["race"].append({"id": race, "tournament_id": 5, "status": "approved", "reviewer_id": 1})
        ledger.tables["delivery"] += deliveries(approved)
        ledger.tables["audit_entry"].append(audit_row(approved))
        tell(ledger, seq, "audit_line", "channel", LOG)
        tell(ledger, seq, "your_run_approved", "user", ANN)
    tell(ledger, 11, "runs_approved", "channel", NEWS)
    digest = ledger.tables["message"][-1]
    for seq in (12, 11):
        tell(ledger, seq, "run_approved", "channel", NEWS)
        ledger.arrivals.pop()
        ledger.tables["message"][-1].update(status="spoken", told_by=digest["id"], attempts=0, first_attempt_at=None)
    return ledger


def found(ledger: Ledger, leave: Leave | None = None) -> set[Check]:
    return {violation.check for violation in Checker(ledger, leave or Leave()).at_end().violations}


def message(ledger: Ledger, seq: int, kind: str) -> Row:
    return next(row for row in ledger.tables["message"] if (row["event_id"], row["kind"]) == (f"event-{seq}", kind))


def arrival(ledger: Ledger, seq: int, target: int) -> Row:
    return next(one for one in ledger.arrivals if (one["event"], one["target"]) == (seq, target))


def delivery(ledger: Ledger, seq: int, handler: str) -> Row:
    return next(d for d in ledger.tables["delivery"] if (d["event_id"], d["handler"]) == (seq, handler))


def without_audit_row(ledger: Ledger) -> None:
    del ledger.tables["audit_entry"][3]


def with_a_wrong_audit_row(ledger: Ledger) -> None:
    ledger.tables["audit_entry"][3]["actor_id"] = 2


def with_an_audit_row_twice(ledger: Ledger) -> None:
    ledger.tables["audit_entry"].append({**ledger.tables["audit_entry"][9], "id": 11})


def with_audit_rows_swapped(ledger: Ledger) -> None:
    rows = ledger.tables["audit_entry"]
    rows[4], rows[5] = rows[5], rows[4]


def with_a_change_of_its_own(ledger: Ledger) -> None:
    ledger.tables["membership"].append({"organization_id": 1, "account_id": 2, "role": "racer"})


def with_a_state_no_event_tells_of(ledger: Ledger) -> None:
    ledger.tables["tournament"][0]["status"] = "ended"


def with_a_state_left_behind(ledger: Ledger) -> None:
    ledger.tables["tournament"][0]["status"] = "draft"


def without_the_change(ledger: Ledger) -> None:
    ledger.tables["entrant"].clear()


def with_an_event_that_says_nothing_new(ledger: Ledger) -> None:
    again = event(11, "TournamentUpdated", 5, tournament_name="Cup", **changed("entrant", None, 1))
    ledger.events.append(again)
    ledger.tables["delivery"] += deliveries(again)
    ledger.tables["audit_entry"].append(audit_row(again))
    tell(ledger, 11, "audit_line", "channel", LOG)


def without_a_row(ledger: Ledger) -> None:
    """A listener forgot it: nothing arrived, either."""
    ledger.tables["message"].remove(message(ledger, 7, "tournament_created"))
    ledger.arrivals.remove(arrival(ledger, 7, NEWS))


def without_an_arrival(ledger: Ledger) -> None:
    ledger.arrivals.remove(arrival(ledger, 10, ANN))


def with_an_arrival_twice(ledger: Ledger) -> None:
    ledger.arrivals.append(dict(arrival(ledger, 8, NEWS)))


def with_a_row_to_nobody(ledger: Ledger) -> None:
    tell(ledger, 3, "audit_line", "channel", OTHER)


def with_arrivals_swapped(ledger: Ledger) -> None:
    first, second = arrival(ledger, 7, NEWS), arrival(ledger, 8, NEWS)
    first["event"], second["event"] = 8, 7


def with_rows_swapped(ledger: Ledger) -> None:
    """And sent in that order."""
    first, second = message(ledger, 7, "audit_line"), message(ledger, 8, "audit_line")
    first["event_id"], second["event_id"] = second["event_id"], first["event_id"]
    there, here = arrival(ledger, 7, LOG), arrival(ledger, 8, LOG)
    there["event"], here["event"] = 8, 7


def with_a_lower_tier_first(ledger: Ledger) -> None:
    delivery(ledger, 10, "announce")["status"] = "pending"


def with_a_later_event_first(ledger: Ledger) -> None:
    """The earlier one waits for its retry."""
    waiting = delivery(ledger, 7, "announce")
    waiting["status"], waiting["attempts"] = "pending", 1


def with_a_dead_delivery(ledger: Ledger) -> None:
    delivery(ledger, 5, "audit-channel")["status"] = "dead"


def with_a_failed_message(ledger: Ledger) -> None:
    message(ledger, 10, "invited")["status"] = "failed"


def with_an_attempt_nobody_noted(ledger: Ledger) -> None:
    message(ledger, 10, "invited")["first_attempt_at"] = None


def without_a_delivery(ledger: Ledger) -> None:
    ledger.tables["delivery"].remove(delivery(ledger, 9, "audit-channel"))


def with_a_digest_of_nothing(ledger: Ledger) -> None:
    message(ledger, 12, "run_approved").update(status="sent", told_by=None, first_attempt_at="then")
    ledger.arrivals.append({"kind": "channel", "target": NEWS, "event": 12, "deleted": False})


def without_the_digest(ledger: Ledger) -> None:
    ledger.tables["message"].remove(message(ledger, 11, "runs_approved"))
    ledger.arrivals.remove(arrival(ledger, 11, NEWS))


def with_a_digest_that_never_arrived(ledger: Ledger) -> None:
    ledger.arrivals.remove(arrival(ledger, 11, NEWS))


def with_a_digest_that_failed(ledger: Ledger) -> None:
    message(ledger, 11, "runs_approved")["status"] = "failed"
    ledger.arrivals.remove(arrival(ledger, 11, NEWS))


def with_a_digest_elsewhere(ledger: Ledger) -> None:
    message(ledger, 11, "runs_approved")["target_id"] = OTHER
    arrival(ledger, 11, NEWS)["target"] = OTHER


def with_what_a_digest_tells_told_too(ledger: Ledger) -> None:
    ledger.arrivals.append({"kind": "channel", "target": NEWS, "event": 12, "deleted": False})


GATHERED: dict[Callable[[Ledger], None], set[Check]] = {
    with_a_digest_of_nothing: {Check.INVENTED},
    without_the_digest: {Check.MESSAGE_LOST},
    with_a_digest_that_never_arrived: {Check.MESSAGE_LOST},
    with_a_digest_that_failed: {Check.DEAD, Check.MESSAGE_LOST},
    with_a_digest_elsewhere: {Check.MESSAGE_LOST, Check.INVENTED},
    with_what_a_digest_tells_told_too: {Check.INVENTED, Check.ORDER},
}


def edited() -> Ledger:
    """The same story: that the tournament opened has changed its first announcement."""
    ledger = story()
    tell(ledger, 8, "edit", "channel", NEWS)
    ledger.arrivals.pop()
    message(ledger, 8, "edit")["data"] = {"messages": [message(ledger, 7, "tournament_created")["id"]]}
    return ledger


def with_an_edit_of_nothing(ledger: Ledger) -> None:
    message(ledger, 8, "edit")["data"] = {"messages": ["unknown"]}


def with_an_edit_of_another_channel(ledger: Ledger) -> None:
    message(ledger, 8, "edit")["data"] = {"messages": [message(ledger, 7, "audit_line")["id"]]}


def with_an_edit_of_itself(ledger: Ledger) -> None:
    message(ledger, 8, "edit")["data"] = {"messages": [message(ledger, 8, "tournament_opened")["id"]]}


def with_an_edit_before_its_time(ledger: Ledger) -> None:
    message(ledger, 8, "tournament_opened")["status"] = "pending"


EDITED: dict[Callable[[Ledger], None], set[Check]] = {
    with_an_edit_of_nothing: {Check.INVENTED},
    with_an_edit_of_another_channel: {Check.INVENTED},
    with_an_edit_of_itself: {Check.INVENTED},
    with_an_edit_before_its_time: {Check.ORDER, Check.DEADLOCK},
}


def with_buttons_after_the_end(ledger: Ledger) -> None:
    ended = event(11, "TournamentEnded", 5, tournament_name="Cup", podium=[])
    ledger.events.append(ended)
    ledger.tables["tournament"][0]["status"] = "ended"
    ledger.tables["delivery"] += deliveries(ended)
    ledger.tables["audit_entry"].append(audit_row(ended))
    tell(ledger, 11, "audit_line", "channel", LOG)
    tell(ledger, 11, "tournament_ended", "channel", NEWS)
    arrival(ledger, 8, NEWS)["buttons"] = 1


BROKEN: dict[Callable[[Ledger], None], set[Check]] = {
    without_audit_row: {Check.AUDIT_LOST},
    with_a_wrong_audit_row: {Check.AUDIT_LOST},
    with_an_audit_row_twice: {Check.AUDIT_DOUBLED},
    with_audit_rows_swapped: {Check.ORDER},
    with_a_change_of_its_own: {Check.UNHEARD},
    with_a_state_no_event_tells_of: {Check.UNHEARD},
    with_a_state_left_behind: {Check.UNDONE},
    without_the_change: {Check.UNDONE},
    with_an_event_that_says_nothing_new: {Check.UNDONE},
    without_a_row: {Check.MESSAGE_LOST},
    without_an_arrival: {Check.MESSAGE_LOST},
    with_an_arrival_twice: {Check.MESSAGE_DOUBLED},
    with_a_row_to_nobody: {Check.INVENTED},
    with_arrivals_swapped: {Check.ORDER},
    with_rows_swapped: {Check.ORDER},
    with_a_lower_tier_first: {Check.TIERS, Check.MARKS, Check.DEADLOCK},
    with_a_later_event_first: {Check.ORDER, Check.MARKS, Check.DEADLOCK},
    with_a_dead_delivery: {Check.DEAD},
    with_a_failed_message: {Check.DEAD},
    with_an_attempt_nobody_noted: {Check.MARKS},
    with_buttons_after_the_end: {Check.MESSAGE_LOST},
    without_a_delivery: {Check.MARKS},
}


def test_nothing_is_found_where_all_is_well() -> None:
    assert found(story()) == set()


@pytest.mark.parametrize("breach", BROKEN, ids=lambda breach: breach.__name__)
def test_what_is_wrong_is_found_and_called_by_its_name(breach: Callable[[Ledger], None]) -> None:
    ledger = story()
    breach(ledger)
    assert found(ledger) == BROKEN[breach]


def test_one_message_may_tell_of_several_events() -> None:
    assert found(gathered()) == set()
    ledger = gathered()
    with_a_digest_that_failed(ledger)
    # One refusal of it explains all that it was to tell.
    ledger.refusals.append({"kind": "channel", "target": NEWS, "event": 11, "code": 50013})
    assert found(ledger, Leave(refused=True)) == set()


@pytest.mark.parametrize("breach", GATHERED, ids=lambda breach: breach.__name__)
def test_what_is_wrong_with_a_digest_is_found(breach: Callable[[Ledger], None]) -> None:
    ledger = gathered()
    breach(ledger)
    assert found(ledger) == GATHERED[breach]


def test_an_edit_is_no_message() -> None:
    assert found(edited()) == set()


def spoken_for(ledger: Ledger) -> Row:
    """Another edit of the same messages, which the one that waited made for it."""
    made = message(ledger, 8, "edit")
    row = {**made, "id": "another", "seq": made["seq"] + 100, "status": "spoken", "told_by": made["id"]}
    ledger.tables["message"].append(row)
    return row


def test_an_edit_may_be_made_by_one_that_waited() -> None:
    ledger = edited()
    spoken_for(ledger)
    assert found(ledger) == set()


@pytest.mark.parametrize(
    "wrong", [{"told_by": "unknown"}, {"seq": 0}, {"data": {"messages": ["more"]}}, {"target_id": 1}]
)
def test_an_edit_that_nothing_makes_is_found(wrong: Row) -> None:
    ledger = edited()
    spoken_for(ledger).update(wrong)
    assert found(ledger) == {Check.MESSAGE_LOST}


@pytest.mark.parametrize("breach", EDITED, ids=lambda breach: breach.__name__)
def test_what_is_wrong_with_an_edit_is_found(breach: Callable[[Ledger], None]) -> None:
    ledger = edited()
    breach(ledger)
    assert found(ledger) == EDITED[breach]


def test_a_record_of_which_a_part_is_missing_is_told_as_such() -> None:
    ledger = story()
    del ledger.events[0].says["discord_id"]
    assert {violation.check for violation in Checker.of(ledger, Leave()).at_end().violations} == {Check.TORN}
    assert not Checker.of(story(), Leave()).at_end().violations


def test_what_a_trial_brought_about_itself_is_no_violation() -> None:
    ledger = story()
    message(ledger, 10, "invited")["status"] = "failed"
    ledger.arrivals.remove(arrival(ledger, 10, ANN))
    ledger.refusals.append({"kind": "user", "target": ANN, "event": 10, "code": 50007})
    assert found(ledger, Leave(refused=True)) == set()
    # But nobody is asked twice.
    ledger.refusals.append({"kind": "user", "target": ANN, "event": 10, "code": 50007})
    assert found(ledger, Leave(refused=True)) == {Check.PESTERED}


def test_a_failure_that_the_world_does_not_know_of_is_a_lost_message() -> None:
    ledger = story()
    message(ledger, 10, "invited")["status"] = "failed"
    ledger.arrivals.remove(arrival(ledger, 10, ANN))
    assert found(ledger, Leave(refused=True)) == {Check.MESSAGE_LOST}


def test_what_was_sent_again_after_somebody_deleted_it_is_counted_apart() -> None:
    ledger = story()
    arrival(ledger, 8, NEWS)["deleted"] = True
    ledger.arrivals.append({**arrival(ledger, 8, NEWS), "deleted": False})
    findings = Checker(ledger, Leave()).at_end()
    assert (findings.violations, findings.within_bound) == ([], 1)


def test_work_under_way_is_no_violation_at_a_death_but_is_after_a_proper_stop() -> None:
    ledger = story()
    row = message(ledger, 10, "invited")
    row["status"] = "pending"
    assert not Checker(ledger, Leave()).at_death().violations
    assert {violation.check for violation in Checker(ledger, Leave()).at_stop().violations} == {Check.IN_FLIGHT}
    row["due_at"] = "soon"
    assert not Checker(ledger, Leave()).at_stop().violations


def test_where_a_channel_was_set_up_later_a_message_may_be_but_need_not() -> None:
    ledger = story()
    tell(ledger, 2, "audit_line", "channel", LOG)
    # It has its place before those of later events.
    ledger.tables["message"].insert(0, ledger.tables["message"].pop())
    ledger.arrivals.insert(0, ledger.arrivals.pop())
    ledger.tables["message"][0]["seq"] = 0
    assert found(ledger) == set()
