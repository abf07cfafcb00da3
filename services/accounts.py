"""Accounts: a person is known from their first command on, and says what they want to be known by."""

from __future__ import annotations

from collections.abc import Mapping

from events import UserCreatedEvent, UserUpdatedEvent, changes
from events.base import Value
from models import Account, GuildLink, Membership
from services.actor import Actor, Caller, Person
from services.base import Service, change, change_across, query
from services.errors import NotFound
from services.text import clean, cut, parse_link, parse_time_zone
from services.words import accounts as words
from services.words.people import ACCOUNT_DELETED, no_member

LONGEST_NAME = 100
LONGEST_PRONOUNS = 40


class AccountService(Service):
    async def actor(self, caller: Caller) -> Actor:
        """`caller` as an actor; their account is created at their first use and follows their Discord name."""
        actor, known_as = await self._look_up(caller)
        if actor is not None and known_as in (None, _name(caller.person)):
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
        elif not account.name_chosen and account.display_name != name:
            changed = changes({"display_name": account.display_name}, {"display_name": name})
            account.display_name = name
            await account.save(update_fields=["display_name"])
            await self.bus.emit(UserUpdatedEvent(entity_id=account.id, changed_fields=changed, **self.by(None)))
        return account.id

    @query
    async def mine(self, actor: Actor) -> Account:
        """The actor's own account."""
        return await Account.get(id=actor.account_id)

    @query
    async def of(self, actor: Actor, person: Person) -> Account:
        """The account of somebody who belongs to the actor's organization, or the actor's own. Raises NotFound."""
        account = await Account.get_or_none(discord_id=person.discord_id)
        if account is not None and account.id != actor.account_id:
            shared = Membership.filter(organization_id=actor.organization_id, account_id=account.id)
            account = account if await shared.exists() else None
        if account is None:
            raise NotFound(no_member(person.name))
        return account

    @change_across
    async def edit(self, actor: Actor, *, name: str, pronouns: str, stream: str) -> bool:
        """Change what the actor is known by; returns whether anything changed. An empty name follows Discord again.

        Raises Invalid, and NotFound once the account is deleted.
        """
        name = clean(name, what=words.YOUR_NAME, longest=LONGEST_NAME, required=False)
        pronouns = clean(pronouns, what=words.YOUR_PRONOUNS, longest=LONGEST_PRONOUNS, required=False)
        stream = parse_link(stream, what=words.YOUR_STREAM) if stream.strip() else ""
        account = await Account.get(id=actor.account_id)
        of_discord = _name(actor.caller.person)
        # Who leaves the name as it stands has not chosen it.
        chosen = bool(name) and (account.name_chosen or name != of_discord)
        after = {"display_name": name or of_discord, "pronouns": pronouns, "stream_url": stream, "name_chosen": chosen}
        return await self._update(actor, account, after)

    @change_across
    async def set_time_zone(self, actor: Actor, time_zone: str) -> bool:
        """Set the zone in which the actor's times are read; returns whether it changed.

        Raises Invalid, and NotFound once the account is deleted.
        """
        account = await Account.get(id=actor.account_id)
        return await self._update(actor, account, {"time_zone": parse_time_zone(time_zone)})

    async def _update(self, actor: Actor, account: Account, after: Mapping[str, Value]) -> bool:
        if account.deleted_at is not None:
            # It was deleted after it was looked up who this is, and must not come to hold anything again.
            raise NotFound(ACCOUNT_DELETED)
        changed = changes({name: getattr(account, name) for name in after}, after)
        if not changed:
            return False
        for name, value in after.items():
            setattr(account, name, value)
        await account.save(update_fields=list(after))
        await self.bus.emit(
            UserUpdatedEvent(entity_id=account.id, changed_fields=changed, **self.by_person(actor.account_id))
        )
        return True

    @query
    async def _look_up(self, caller: Caller) -> tuple[Actor | None, str | None]:
        """The actor, if there is one, and the name that follows Discord's: None when it was chosen."""
        account = await Account.get_or_none(discord_id=caller.person.discord_id)
        if account is None:
            return None, None
        organization_id = await self._organization_of(caller)
        actor = Actor(account_id=account.id, organization_id=organization_id, caller=caller)
        return actor, None if account.name_chosen else account.display_name

    @query
    async def _organization_of(self, caller: Caller) -> int | None:
        if caller.guild_id is None:
            return None
        link = await GuildLink.get_or_none(guild_id=caller.guild_id, unlinked_at__isnull=True)
        return link.organization_id if link else None


def _name(person: Person) -> str:
    return cut(person.name, LONGEST_NAME) or str(person.discord_id)
