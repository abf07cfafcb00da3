"""Many people who are written to, and whose DMs are closed."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from models import Role
from services.notice import Notice
from services.sender import SendRefused, Sent, Target
from tests.services.discord_stand_in import user
from tests.services.world import OWNER, World

CLOSED = "Discord refused it: Cannot send messages to this user (50007)"
FIRST = 1000
"""The Discord id of the first one."""

AT_ONCE = 200
"""As many rows as are brought to their end before a test would lose its patience."""


class Crowd:
    """They all wait for a DM. What becomes of that is counted, as it counts for Discord."""

    def __init__(self, world: World, size: int) -> None:
        self._world = world
        self._ids = range(FIRST, FIRST + size)
        self._send = world.outbox.send
        self.tried = 0
        self.most_used = 0
        """The most invalid requests that there were within any ten minutes."""

    @classmethod
    async def gather(cls, world: World, size: int) -> Crowd:
        """Queue one DM for each of them, about one and the same event."""
        crowd = cls(world, size)
        olga = await world.actor(OWNER)
        await world.herald.invites.create(olga, role=Role.RACER, invitee=world.person("Ann"))
        (event_id,) = world.select("SELECT event_id FROM event WHERE type = 'InviteCreated'")
        for number in crowd._ids:
            world.outbox.break_down(user(number), SendRefused(CLOSED, closed=True))
        now = world.clock().isoformat(sep=" ")
        rows = (
            f"('{UUID(int=number)}', '{event_id}', 'invited', '{{}}', 'user', {number}, 'pending', 0, '{now}')"
            for number in crowd._ids
        )
        columns = "id, event_id, kind, data, target_kind, target_id, status, attempts, created_at"
        world.execute(f"INSERT INTO message ({columns}) VALUES {', '.join(rows)}")
        world.outbox.send = crowd._counted
        return crowd

    async def _counted(self, target: Target, notice: Notice, nonce: str) -> Sent:
        budget = self._world.herald.budget
        try:
            return await self._send(target, notice, nonce)
        except SendRefused:
            budget.note()
            raise
        finally:
            self.tried += 1
            self.most_used = max(self.most_used, budget.used())

    async def finish(self, *, seconds: float) -> None:
        """Let time pass, so many seconds at a step, until nobody's DM waits any more."""
        while self._world.select("SELECT 1 FROM message WHERE status = 'pending' LIMIT 1"):
            await self._world.pass_time(seconds=seconds)

    async def once_more(self) -> None:
        """Write to each of them again, at once."""
        for first in range(self._ids.start, self._ids.stop, AT_ONCE):
            these = f"target_id >= {first} AND target_id < {first + AT_ONCE}"
            self._world.execute(f"UPDATE message SET status = 'pending' WHERE target_kind = 'user' AND {these}")
            await self._world.pass_time(seconds=1)

    def attempts(self) -> Counter[int]:
        """How often each of them was tried."""
        return Counter(attempt.target.id for attempt in self._world.outbox.attempts if attempt.target.id in self._ids)
