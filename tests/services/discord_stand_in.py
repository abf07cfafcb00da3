"""The outside world: a stand-in for Discord that takes messages, and can be told to misbehave."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from models import TargetKind
from services.notice import Notice
from services.sender import Sent, Target

REMEMBERS_NONCES = timedelta(minutes=3)
"""Discord documents "a few minutes"; the courier has to keep well below that."""


class Lost(Enum):
    """What becomes of a message whose reply never came."""

    REPLY = auto()


Trouble = BaseException | Lost


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that people can see."""

    target: Target
    notice: Notice
    nonce: str
    at: datetime
    sent: Sent


@dataclass(frozen=True, slots=True)
class Attempt:
    target: Target
    nonce: str


class Outbox:
    """Implements `services.sender.Sender`; outlives the bot, as Discord does."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.letters: list[Letter] = []
        self.attempts: list[Attempt] = []
        self.searches: list[Attempt] = []
        self.edits: list[Attempt] = []
        self._next: defaultdict[Target, deque[Trouble]] = defaultdict(deque)
        self._always: dict[Target, Exception] = {}
        self._unsearchable: dict[Target, Exception] = {}
        self._gates: dict[Target, asyncio.Event] = {}
        self._arrived = asyncio.Condition()

    def trouble(self, target: Target, *troubles: Trouble) -> None:
        """Let the next attempts to reach `target` go wrong like this, one each."""
        self._next[target].extend(troubles)

    def break_down(self, target: Target, error: Exception | None) -> None:
        """Let every attempt fail with `error` from now on, or none any more."""
        self._always.pop(target, None)
        if error is not None:
            self._always[target] = error

    def break_search(self, target: Target, error: Exception) -> None:
        """Let every search at `target` fail with `error` from now on."""
        self._unsearchable[target] = error

    def hold(self, target: Target) -> None:
        """Take messages to `target`, and answer only after `release`."""
        self._gates[target] = asyncio.Event()

    def release(self, target: Target) -> None:
        self._gates.pop(target).set()

    async def arrival(self, target: Target, *, patience: float = 5.0) -> bool:
        """Wait until people can read something at `target`; False when that does not happen."""
        try:
            async with asyncio.timeout(patience), self._arrived:
                await self._arrived.wait_for(lambda: bool(self.titles(target)))
        except TimeoutError:
            return False
        return True

    async def send(self, target: Target, notice: Notice, nonce: str) -> Sent:
        self.attempts.append(Attempt(target, nonce))
        if target in self._always:
            raise self._always[target]
        trouble = self._next[target].popleft() if self._next[target] else None
        if isinstance(trouble, BaseException):
            raise trouble
        letter = self._known(target, nonce) or self._show(target, notice, nonce)
        async with self._arrived:
            self._arrived.notify_all()
        if target in self._gates:
            await self._gates[target].wait()
        if trouble is Lost.REPLY:
            raise ConnectionError("the reply was lost")
        return letter.sent

    async def edit(self, target: Target, sent: Sent, notice: Notice, nonce: str) -> None:
        self.edits.append(Attempt(target, nonce))
        if target in self._always:
            raise self._always[target]
        trouble = self._next[target].popleft() if self._next[target] else None
        if isinstance(trouble, BaseException):
            raise trouble
        self.letters = [
            replace(x, notice=notice, nonce=nonce) if (x.target, x.sent) == (target, sent) else x for x in self.letters
        ]
        if trouble is Lost.REPLY:
            raise ConnectionError("the reply was lost")

    def delete(self, letter: Letter) -> None:
        """Somebody deletes a message."""
        self.letters.remove(letter)

    async def find(self, target: Target, nonce: str, since: datetime) -> Sent | None:
        self.searches.append(Attempt(target, nonce))
        if target in self._unsearchable:
            raise self._unsearchable[target]
        return next((x.sent for x in self.letters if x.target == target and x.nonce == nonce and x.at >= since), None)

    def _known(self, target: Target, nonce: str) -> Letter | None:
        newest = self._clock() - REMEMBERS_NONCES
        return next((x for x in self.letters if x.target == target and x.nonce == nonce and x.at >= newest), None)

    def _show(self, target: Target, notice: Notice, nonce: str) -> Letter:
        sent = Sent(channel_id=target.id, message_id=900_000 + len(self.letters))
        letter = Letter(target, notice, nonce, self._clock(), sent)
        self.letters.append(letter)
        return letter

    def titles(self, target: Target) -> list[str]:
        """The titles of what can be read at `target`, in order."""
        return [letter.notice.title for letter in self.letters if letter.target == target]

    def text(self) -> str:
        """Everything that anybody can read."""
        return repr([letter.notice for letter in self.letters])


def channel(channel_id: int) -> Target:
    return Target(TargetKind.CHANNEL, channel_id)


def user(discord_id: int) -> Target:
    return Target(TargetKind.USER, discord_id)
