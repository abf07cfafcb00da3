"""The proof: what the database says happened, compared with what Discord received."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models import MessageStatus
from services.notices import SILENT
from services.overview import MessageLine
from services.sender import Target


@dataclass(frozen=True, slots=True)
class Tally:
    """How a comparison ended. What waits is on its way, and what was refused has its reason: neither is lost.

    What is told by another row stands as that one does.
    """

    lost: int
    doubled: int
    out_of_order: int
    sent: int
    waiting: int
    refused: int


def compare(
    rows: Iterable[MessageLine], received: Sequence[str], *, unrecorded: int, invented: int, threads: Sequence[str] = ()
) -> Tally:
    """Compare message rows with the nonces that Discord received, in the order in which they came.

    Lost is a row marked as sent that never arrived, one that another is to tell which is not there, and an event
    without its audit row (`unrecorded`). Doubled is what arrived twice or was written by no row, and an audit row
    without an event of its own (`invented`), and a race's second thread: no two races name their `threads` alike. Out
    of order is what arrived after a later row of the same channel or person.
    """
    known = {row.nonce: row for row in rows}
    arrivals = Counter(received)
    by_number = {row.number: row for row in known.values()}
    telling = [by_number.get(row.told_by or 0) if row.status is MessageStatus.SPOKEN else row for row in known.values()]
    statuses = Counter(row.status for row in telling if row is not None)
    newest: dict[Target, int] = {}
    out_of_order = 0
    for row in (known[nonce] for nonce in received if nonce in known):
        out_of_order += row.number < newest.get(row.target, 0)
        newest[row.target] = max(row.number, newest.get(row.target, 0))
    messages = {nonce: row for nonce, row in known.items() if row.kind not in SILENT}
    never_came = sum(row.status is MessageStatus.SENT and nonce not in arrivals for nonce, row in messages.items())
    untold = sum(row is None or row.status is MessageStatus.SPOKEN for row in telling)
    too_many = sum(times - (nonce in known) for nonce, times in arrivals.items())
    second_threads = len(threads) - len(set(threads))
    return Tally(
        lost=unrecorded + never_came + untold,
        doubled=invented + too_many + second_threads,
        out_of_order=out_of_order,
        sent=statuses[MessageStatus.SENT],
        waiting=statuses[MessageStatus.PENDING],
        refused=statuses[MessageStatus.FAILED],
    )
