"""The schema of a database: is it ours, is it today's, and how to bring it there."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from tortoise.migrations.executor import MigrationExecutor

_log = logging.getLogger(__name__)


class SchemaError(Exception):
    """The database is not of this release. The message is a sentence for the person who hosts it."""


async def bring_up_to_date(
    connection: Any, apps: dict[str, Any], before_change: Callable[[str], Awaitable[str | None]]
) -> None:
    """Apply the steps that are missing, forward only; `before_change` may back up what holds something.

    Raises SchemaError when a newer release has written the database, and what `before_change` raises.
    """
    executor = MigrationExecutor(connection, apps)
    if not await connection.is_empty() and (steps := await _missing(executor)):
        backup = await before_change(steps[0])
        kept = f"; what it was before is in {backup}" if backup else ""
        _log.info("the database is brought up to date (%s)%s", ", ".join(steps), kept)
    # Without a direction, a database from a newer release would be rolled back.
    await executor.migrate(direction="forward")


async def require_up_to_date(connection: Any, apps: dict[str, Any]) -> None:
    """Raises SchemaError when the database is of an older or a newer release, or of none."""
    if await connection.is_empty():
        raise SchemaError("there is nothing in this database yet: start the bot first.")
    if steps := await _missing(MigrationExecutor(connection, apps)):
        raise SchemaError(f"the database is of an older release (it lacks {steps[0]}): run `python -m bot migrate`.")


async def _missing(executor: MigrationExecutor) -> list[str]:
    """The names of the steps to apply, in order. Raises SchemaError when there are applied ones that we do not know."""
    steps = [step.migration.name for step in await executor.plan()]
    known = {(key.app_label, key.name) for key in executor.loader.graph.nodes}
    applied = {(key.app_label, key.name) for key in await executor.recorder.applied_migrations()}
    if unknown := sorted(name for _, name in applied - known):
        raise SchemaError(f"a newer release of Herald has written the database (it has {unknown[-1]}): use that one.")
    return steps
