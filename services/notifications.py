"""How people want to hear of what concerns them: by DM, by a mention, or not at all; when not, and how long before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from events import UserUpdatedEvent, changes
from events.base import Value
from models import NotificationSettings, Topic, Way
from services.actor import Actor
from services.base import Core, Service, change, query
from services.notification_text import Quiet, format_leads, format_quiet, parse_leads, parse_quiet
from services.permissions import organization_of
from services.reminders import plan_again

DEFAULT_LEADS = (60,)
"""Minutes."""


def _defaults() -> dict[Topic, Way]:
    # What is meant for one person alone reaches them; what is announced to all does not come twice.
    return {Topic.INVITES: Way.DM, Topic.RUNS: Way.DM, Topic.MATCHES: Way.DM, Topic.TOURNAMENTS: Way.NOTHING}


@dataclass(frozen=True, slots=True)
class Preferences:
    """Somebody's settings in one organization, or what holds for those who never chose. Leads are in minutes."""

    ways: dict[Topic, Way] = field(default_factory=_defaults)
    leads: tuple[int, ...] = DEFAULT_LEADS
    quiet: Quiet | None = None


async def preferences(organization_id: int | None, account_ids: Iterable[int]) -> dict[int, Preferences]:
    """By account, how each wants to hear of things in an organization."""
    ids = list(account_ids)
    chosen = await NotificationSettings.filter(organization_id=organization_id, account_id__in=ids)
    return {**{i: Preferences() for i in ids}, **{one.account_id: _read(one) for one in chosen}}


def _read(row: NotificationSettings) -> Preferences:
    quiet = None if row.quiet_from is None or row.quiet_until is None else (row.quiet_from, row.quiet_until)
    return Preferences({topic: getattr(row, topic.value) for topic in Topic}, tuple(row.leads), quiet)


class NotificationService(Service):
    """Each method is about the actor's own settings in their organization. Raises NotFound outside of one."""

    def __init__(self, core: Core, on_new: Callable[[], None]) -> None:
        """`on_new` is called after a commit that may have brought the next reminder nearer."""
        super().__init__(core)
        self._on_new = on_new

    @query
    async def mine(self, actor: Actor) -> Preferences:
        """How things stand."""
        return (await preferences(organization_of(actor), [actor.account_id]))[actor.account_id]

    @change
    async def choose(self, actor: Actor, topic: Topic, way: Way) -> Preferences:
        """Hear of a topic in this way from now on."""
        before = await self.mine(actor)
        return await self._save(actor, before, Preferences({**before.ways, topic: way}, before.leads, before.quiet))

    @change
    async def set_times(self, actor: Actor, *, leads: str, quiet: str) -> Preferences:
        """Change lead times (`1d, 1h`) and quiet hours (`22:00-8:00`, in the actor's time zone). Raises Invalid."""
        before = await self.mine(actor)
        after = Preferences(before.ways, tuple(parse_leads(leads)), parse_quiet(quiet))
        return await self._save(actor, before, after)

    @change
    async def reset(self, actor: Actor) -> Preferences:
        """Go back to what holds for those who never chose."""
        return await self._save(actor, await self.mine(actor), Preferences())

    async def _save(self, actor: Actor, before: Preferences, after: Preferences) -> Preferences:
        changed = changes(_told(before), _told(after))
        if not changed:
            return after
        organization_id = organization_of(actor)
        since, until = after.quiet or (None, None)
        values: dict[str, Any] = {
            **{topic.value: way for topic, way in after.ways.items()},
            "leads": list(after.leads),
            "quiet_from": since,
            "quiet_until": until,
        }
        known = NotificationSettings.filter(organization_id=organization_id, account_id=actor.account_id)
        if not await known.update(**values):
            await NotificationSettings.create(organization_id=organization_id, account_id=actor.account_id, **values)
        await plan_again(actor.account_id, organization_id, after.leads, self.now())
        self.units.current().after_commit(self._on_new)
        await self.bus.emit(
            UserUpdatedEvent(entity_id=actor.account_id, changed_fields=changed, **self.by_person(actor.account_id))
        )
        return after


def _told(wanted: Preferences) -> dict[str, Value]:
    return {
        **{f"{topic.value}_notifications": way.value for topic, way in wanted.ways.items()},
        "reminders": format_leads(wanted.leads),
        "quiet_hours": format_quiet(wanted.quiet),
    }
