"""Accounts: a person is known from their first command on."""

from __future__ import annotations

from events import UserCreatedEvent, UserUpdatedEvent, changes
from models import Account, GuildLink
from services.actor import Actor, Caller, Person
from services.base import Service, change, query
from services.text import cut

LONGEST_NAME = 100


class AccountService(Service):
    async def actor(self, caller: Caller) -> Actor:
        """`caller` as an actor; their account is created at their first use and follows their Discord name."""
        actor, known_as = await self._look_up(caller)
        if actor is not None and known_as == _name(caller.person):
            return actor
        account_id = await self.ensure(caller.person)
        return Actor(account_id=account_id, organization_id=await self._organization_of(caller), caller=caller)

    async def known_actor(self, caller: Caller) -> Actor | None:
        """`caller` as an actor, or None when they have no account yet. Changes nothing, so fit for autocomplete."""
        actor, _ = await self._look_up(caller)
        return actor

    @change
    async def ensure(self, person: Person) -> int:
        """The id of the person's account, which is created, or renamed as on Discord, when needed."""
        name = _name(person)
        account = await Account.get_or_none(discord_id=person.discord_id)
        if account is None:
            account = await Account.create(discord_id=person.discord_id, display_name=name, created_at=self.now())
            await self.bus.emit(
                UserCreatedEvent(
                    entity_id=account.id, discord_id=person.discord_id, discord_username=name, **self.by(None)
                )
            )
        elif account.display_name != name:
            changed = changes({"display_name": account.display_name}, {"display_name": name})
            account.display_name = name
            await account.save(update_fields=["display_name"])
            await self.bus.emit(UserUpdatedEvent(entity_id=account.id, changed_fields=changed, **self.by(None)))
        return account.id

    @query
    async def _look_up(self, caller: Caller) -> tuple[Actor | None, str]:
        account = await Account.get_or_none(discord_id=caller.person.discord_id)
        if account is None:
            return None, ""
        organization_id = await self._organization_of(caller)
        return Actor(account_id=account.id, organization_id=organization_id, caller=caller), account.display_name

    @query
    async def _organization_of(self, caller: Caller) -> int | None:
        if caller.guild_id is None:
            return None
        link = await GuildLink.get_or_none(guild_id=caller.guild_id, unlinked_at__isnull=True)
        return link.organization_id if link else None


def _name(person: Person) -> str:
    return cut(person.name, LONGEST_NAME) or str(person.discord_id)
