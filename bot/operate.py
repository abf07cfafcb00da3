"""The operator's commands: what the log and the queue hold, beside a running bot."""

from __future__ import annotations

import argparse
import json
from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.settings import Settings
from events.clock import system_clock
from models import DeliveryStatus
from services.errors import Invalid, Refusal
from services.herald import Herald
from services.notice import Notice
from services.overview import DeliveryLine, EventLine, MessageLine
from services.sender import Sent, Target
from services.text import parse_instant
from services.words.language import count

MOST_LISTED = 1000
LARGEST_NUMBER = 2**63 - 1

SOON = "The running bot makes them within a few seconds; otherwise the next one does."


class _NoSender:
    """Stands where the way to Discord is in the bot: nothing is sent from here."""

    async def send(self, target: Target, notice: Notice, nonce: str) -> Sent:
        raise NotImplementedError

    async def edit(self, target: Target, sent: Sent, notice: Notice, nonce: str) -> None:
        raise NotImplementedError

    async def find(self, target: Target, nonce: str, since: datetime) -> Sent | None:
        raise NotImplementedError


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Describe `python -m bot events …`."""
    commands = parser.add_subparsers(dest="act", title="commands", metavar="command", required=True)
    commands.add_parser("status", help="how many events, deliveries and messages there are, and what is dead")
    listing = commands.add_parser("list", help="the newest events with their deliveries")
    listing.add_argument("--status", choices=[status.value for status in DeliveryStatus], help="with a delivery so")
    listing.add_argument("--handler", help="with a delivery to this handler")
    listing.add_argument("--type", help="of this type, for example RaceApproved")
    listing.add_argument("--limit", type=int, default=20, help=f"how many (20, at most {MOST_LISTED})")
    show = commands.add_parser("show", help="all about one event")
    show.add_argument("number", type=int, help="the event's number, as in “Event #12”")
    retry = commands.add_parser("retry", help="put dead deliveries back")
    retry.add_argument("number", type=int, nargs="*", help="of these events only")
    retry.add_argument("--handler", help="to this handler only")
    replay = commands.add_parser("replay", help="let a handler hear of events again; it adds only what is missing")
    replay.add_argument("--handler", required=True)
    replay.add_argument("--since", required=True, help="2026-11-24, 2026-11-24 18:30 (UTC) or 3d (three days ago)")
    replay.add_argument("--until", help="the same (until now)")


async def operate(settings: Settings, given: argparse.Namespace, write: Callable[[str], None]) -> None:
    """Run one command. Raises Refusal, and what opening the database raises."""
    herald = Herald(settings.database_url, _NoSender())
    await herald.open(beside=True)
    try:
        acts: dict[str, Callable[[Herald, argparse.Namespace], Awaitable[list[str]]]] = {
            "status": _status,
            "list": _list,
            "show": _show,
            "retry": _retry,
            "replay": _replay,
        }
        for line in await acts[given.act](herald, given):
            write(_printable(line))
    finally:
        await herald.database.close()


async def _status(herald: Herald, _: argparse.Namespace) -> list[str]:
    totals = await herald.overview.totals()
    newest = f", the newest at {_time(totals.newest_at)}" if totals.newest_at else ""
    retry = f", the next retry at {_time(totals.next_retry_at)}" if totals.next_retry_at else ""
    return [
        f"bot         {'running' if await herald.database.in_use() else 'not running'}",
        f"events      {totals.events}{newest}",
        "deliveries  " + ", ".join(f"{number} {status}" for status, number in totals.deliveries.items()) + retry,
        "messages    " + ", ".join(f"{number} {status}" for status, number in totals.messages.items()),
        *(
            f"dead        {number} to {handler}: `events list --status dead --handler {handler}` shows them"
            for handler, number in sorted(totals.dead_by_handler.items())
        ),
    ]


async def _list(herald: Herald, given: argparse.Namespace) -> list[str]:
    if not 1 <= given.limit <= MOST_LISTED:
        raise Invalid(f"--limit is wrong: it must be a number from 1 to {MOST_LISTED}.")
    status = None if given.status is None else DeliveryStatus(given.status)
    events = await herald.overview.events(given.limit, status=status, handler=given.handler, type=given.type)
    lines: list[str] = []
    for event in events:
        lines += [_event(event), *(f"        {_delivery(delivery)}" for delivery in event.deliveries)]
    return lines or ["There is no such event."]


def _check(*numbers: int) -> None:
    """Raises Invalid for a number beyond those that a database can be asked about."""
    if any(abs(number) > LARGEST_NUMBER for number in numbers):
        raise Invalid("That number is too large: there are none like it here.")


async def _show(herald: Herald, given: argparse.Namespace) -> list[str]:
    _check(given.number)
    details = await herald.overview.event(given.number)
    if details is None:
        raise Refusal(f"There is no event #{given.number}. It may have been pruned; the audit trail keeps its line.")
    return [
        _event(details.line),
        f"id        {details.event_id}",
        f"version   {details.version}",
        f"stream    {details.stream}",
        f"facts     {json.dumps(details.facts)}",
        *(f"delivery  {_delivery(delivery)}" for delivery in details.line.deliveries),
        *(f"message   {_message(message)}" for message in details.messages),
    ]


async def _retry(herald: Herald, given: argparse.Namespace) -> list[str]:
    _check(*given.number)
    number = await herald.operations.retry(given.number, handler=given.handler)
    if not number:
        return ["No such delivery is dead."]
    return [f"{count(number, 'dead delivery', 'dead deliveries')} put back. {SOON}"]


async def _replay(herald: Herald, given: argparse.Namespace) -> list[str]:
    until = None if given.until is None else _instant(given.until)
    number = await herald.operations.replay(given.handler, since=_instant(given.since), until=until)
    if not number:
        return [f"There is no event of that time that {given.handler} hears of."]
    return [f"{given.handler} hears of {count(number, 'event')} again. {SOON}"]


def _instant(text: str) -> datetime:
    return parse_instant(text, time_zone="UTC", now=system_clock())


def _event(event: EventLine) -> str:
    return f"#{event.number:<6} {_time(event.at)}  {event.type} by {event.actor}"


def _delivery(delivery: DeliveryLine) -> str:
    text = f"{delivery.tier.name:8} {delivery.handler}: {delivery.status}"
    text += f" after {count(delivery.attempts, 'failed attempt')}" if delivery.attempts else ""
    text += f", again at {_time(delivery.due_at)}" if delivery.due_at else ""
    return text + (f" ({delivery.error})" if delivery.error else "")


def _message(message: MessageLine) -> str:
    text = f"{message.number} {message.kind} to {message.target.kind} {message.target.id}: {message.status}"
    text += f" after {count(message.attempts, 'attempt')}" if message.attempts else ""
    text += f" for by message {message.told_by}" if message.told_by is not None else ""
    return text + (f" ({message.failure})" if message.failure else "")


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _printable(text: str) -> str:
    """Text of other people's making, without what would move a terminal's cursor."""
    return "".join(character if character.isprintable() else " " for character in text)
