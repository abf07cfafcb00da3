"""A tournament of the size that a big community has, written with SQL in a second."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

UNREVIEWED = import_module("models.migrations.0013_unreviewed_bests")
FILL: str = import_module("models.migrations.0012_best_times").FILL
"""Notes the best times, as the migration does."""

_AT = "'2026-11-24 12:00:00+00:00'"
_EVENT = "'019af000-0000-7000-8000-000000000000'"
_NUMBERS = "WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < {last})"


# Times from one hour to two, which no two runs of a pool are likely to share.
_TIME = "3600000 + (account.id * 7919 + number.i * 1299709) % 3600000"

OFFSET = 1_000_000
"""Ids of what is made begin above."""


def statements(tournament_id: int, *, racers: int, pools: int, runs: int, offset: int = OFFSET) -> Iterator[str]:
    """Give a tournament `pools` of one seed, and each of so many new racers so many `runs` that count in each pool.

    Each has its attempt. The racers' accounts, the pools and the seeds have ids above `offset`. Nothing is scored yet.
    """
    yield from _entrants(tournament_id, racers, offset)
    yield (
        f"{_NUMBERS.format(last=pools)} INSERT INTO pool (id, tournament_id, name, name_key, notes, created_at)"
        f" SELECT {offset} + i, {tournament_id}, 'Pool ' || i, 'pool ' || i, '', {_AT} FROM number"
    )
    yield (
        "INSERT INTO seed (id, pool_id, permalink, notes, given, par_total_ms, par_runs, created_at)"
        f" SELECT id, id, 'seed ' || id, '', 0, 0, 0, {_AT} FROM pool WHERE id > {offset}"
    )
    # A pool at a time, since a unit of work may not take long.
    for pool in range(offset + 1, offset + 1 + pools):
        yield (
            f"{_NUMBERS.format(last=runs)} INSERT INTO race"
            " (tournament_id, racer_id, seed_id, time_ms, vod_url, notes, status, submitted_at, score)"
            f" SELECT {tournament_id}, account.id, {pool}, {_TIME}, '', '', 'approved', {_AT}, 0"
            f" FROM account CROSS JOIN number WHERE account.id > {offset}"
        )
        yield (
            "INSERT INTO attempt (tournament_id, pool_id, seed_id, racer_id, race_id, stage, event_id, guild_id,"
            " parent_channel_id, thread_state, given_at)"
            f" SELECT tournament_id, seed_id, seed_id, racer_id, id, 'submitted', {_EVENT}, 1, 1, 'closed', {_AT}"
            f" FROM race WHERE seed_id = {pool}"
        )


def typed_statements(tournament_id: int, *, racers: int, runs: int, offset: int = OFFSET) -> Iterator[str]:
    """Give a tournament without pools so many new racers, each with so many approved `runs`.

    Their accounts have ids above `offset`. The best times are noted.
    """
    yield from _entrants(tournament_id, racers, offset)
    # So many at a time, since a unit of work may not take long.
    for first in range(offset, offset + racers, 1000):
        yield (
            f"{_NUMBERS.format(last=runs)} INSERT INTO race"
            " (tournament_id, racer_id, time_ms, vod_url, notes, status, submitted_at)"
            f" SELECT {tournament_id}, account.id, {_TIME}, '', '', 'approved', {_AT}"
            f" FROM account CROSS JOIN number WHERE account.id > {first} AND account.id <= {first + 1000}"
        )
    yield FILL


def _entrants(tournament_id: int, racers: int, offset: int) -> Iterator[str]:
    yield (
        f"{_NUMBERS.format(last=racers)} INSERT INTO account (id, discord_id, display_name, created_at)"
        f" SELECT {offset} + i, {offset} + i, 'Racer ' || i, {_AT} FROM number"
    )
    yield (
        f"INSERT INTO entrant (tournament_id, account_id, joined_at)"
        f" SELECT {tournament_id}, id, {_AT} FROM account WHERE id > {offset} ORDER BY id"
    )
