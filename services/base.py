"""What every service has: the unit of work, the bus and the clock, and the two kinds of method."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypedDict, TypeVar
from uuid import UUID

from tortoise.exceptions import OperationalError

from events import Bus
from events.clock import Clock
from events.unit_of_work import UnitOfWork
from models.engine import Scope, UnknownOutcomeError
from services.actor import Actor
from services.errors import Unavailable
from services.words import database as words

_log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

PATIENCE = 0.7
"""Seconds that a change waits for its turn.

Discord gives a command three seconds to answer. Somebody new needs two units, and each may wait as long again for
another process (`busy_timeout`).
"""

PRESSED_PATIENCE = 1.5
"""The same where somebody pressed a button of theirs, for which one unit is enough."""


class By(TypedDict):
    """The part of an event that says who did it, where and when."""

    user_id: int | None
    organization_id: int | None
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class Core:
    """What services are made of."""

    units: UnitOfWork
    bus: Bus
    clock: Clock
    claim: UUID | None
    """What is written to be done is born with this claim: this run's, where it is the only one."""


class Service:
    def __init__(self, core: Core) -> None:
        self._core = core

    @property
    def units(self) -> UnitOfWork:
        return self._core.units

    @property
    def bus(self) -> Bus:
        return self._core.bus

    def now(self) -> datetime:
        return self._core.clock()

    def by(self, actor: Actor | None, organization_id: int | None = None) -> By:
        """For an event: `actor` did it (None: the system), now, in the given or the actor's organization."""
        if organization_id is None and actor is not None:
            organization_id = actor.organization_id
        return {
            "user_id": actor.account_id if actor else None,
            "organization_id": organization_id,
            "timestamp": self.now(),
        }

    def by_person(self, account_id: int, organization_id: int | None = None) -> By:
        """For an event about an account itself, which belongs to no organization, or about its part in one."""
        return {"user_id": account_id, "organization_id": organization_id, "timestamp": self.now()}


S = TypeVar("S", bound=Service)
Method = Callable[Concatenate[S, P], Coroutine[Any, Any, R]]


def change(method: Method[S, P, R]) -> Method[S, P, R]:
    """A method that changes something: it runs as one unit of work. Raises Unavailable when that cannot be had.

    It touches things of the organization that its actor acts in, and of no other; without an actor or an
    organization, of any.
    """
    return _change(method, _scope)


def change_at_its_instant(method: Method[S, P, R]) -> Method[S, P, R]:
    """A `change` by a press whose instant counts: told to press again, somebody would lose time. So it waits longer."""
    return _change(method, _scope, PRESSED_PATIENCE)


def change_across(method: Method[S, P, R]) -> Method[S, P, R]:
    """A `change` whose actor acts in one organization and may touch things of another, or of none, as accounts are."""
    return _change(method, lambda _: Scope())


def _change(
    method: Method[S, P, R], scope: Callable[[Sequence[object]], Scope], patience: float = PATIENCE
) -> Method[S, P, R]:
    @wraps(method)
    async def run(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await self.units.run(lambda: method(self, *args, **kwargs), patience=patience, scope=scope(args))
        except UnknownOutcomeError as error:
            _log.error("the database was lost while it committed", exc_info=error)
            raise Unavailable(words.OUTCOME_UNKNOWN) from error
        except (OperationalError, TimeoutError) as error:
            raise _unavailable(error, busy=words.BUSY_UNCHANGED, unusable=words.UNUSABLE_UNCHANGED) from error

    return run


def _scope(arguments: Sequence[object]) -> Scope:
    return Scope(next((one.organization_id for one in arguments if isinstance(one, Actor)), None))


def query(method: Method[S, P, R]) -> Method[S, P, R]:
    """A method that only reads. Raises Unavailable when the database cannot be read."""

    @wraps(method)
    async def run(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await self.units.read(lambda: method(self, *args, **kwargs))
        except (OperationalError, TimeoutError) as error:
            raise _unavailable(error, busy=words.BUSY, unusable=words.UNUSABLE) from error

    return run


def _unavailable(error: Exception, *, busy: str, unusable: str) -> Unavailable:
    if isinstance(error, TimeoutError) or "locked" in str(error):
        return Unavailable(busy)
    _log.error("the database refused", exc_info=error)
    return Unavailable(unusable)
