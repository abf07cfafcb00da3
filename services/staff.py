"""Who helps to run Herald itself, across all communities; their levels give no right inside any of them."""

from __future__ import annotations

from dataclasses import dataclass

from events import UserPermissionChangedEvent
from models import Account, Delivery, DeliveryStatus, GuildLink, Message, MessageStatus, Organization, Permission
from services.accounts import AccountService
from services.actor import Actor, Person
from services.base import Core, Service, change_across, query
from services.errors import NotAllowed, WrongState
from services.words import staff as words

OWNER_RANK = len(Permission)
"""The bot's owner at Discord ranks above every level."""

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Health:
    """How much there is, and what waits or has failed."""

    accounts: int
    organizations: int
    guilds: int
    deliveries_waiting: int
    deliveries_dead: int
    messages_waiting: int
    messages_failed: int


class StaffService(Service):
    def __init__(self, core: Core, accounts: AccountService) -> None:
        super().__init__(core)
        self._accounts = accounts

    @query
    async def people(self, actor: Actor) -> list[Account]:
        """Everybody with a level above user, the highest first. Raises NotAllowed."""
        await self._require(actor, Permission.SUPERADMIN)
        found = await Account.exclude(permission=Permission.USER).order_by("id").limit(SHOWN)
        return sorted(found, key=lambda account: (-account.permission.rank, account.id))

    @query
    async def health(self, actor: Actor) -> Health:
        """How Herald is doing. Raises NotAllowed below the level of moderator."""
        await self._require(actor, Permission.MODERATOR)
        return Health(
            accounts=await Account.filter(deleted_at__isnull=True).count(),
            organizations=await Organization.all().count(),
            guilds=await GuildLink.filter(unlinked_at__isnull=True).count(),
            deliveries_waiting=await Delivery.filter(status=DeliveryStatus.PENDING).count(),
            deliveries_dead=await Delivery.filter(status=DeliveryStatus.DEAD).count(),
            messages_waiting=await Message.filter(status=MessageStatus.PENDING).count(),
            messages_failed=await Message.filter(status=MessageStatus.FAILED).count(),
        )

    @change_across
    async def set_permission(self, actor: Actor, person: Person, permission: Permission) -> None:
        """Give somebody a level below the actor's own. Raises NotAllowed, and WrongState for the last superadmin."""
        own = await self._require(actor, Permission.SUPERADMIN)
        if permission.rank >= own:
            raise NotAllowed(words.may_not_make(permission))
        account = await Account.get(id=await self._accounts.ensure(person))
        before = account.permission
        if before is permission:
            raise WrongState(words.is_already(person.name, permission))
        if before.rank >= own and account.id != actor.account_id:
            raise NotAllowed(words.may_not_change(before))
        if await is_last_superadmin(account):
            raise WrongState(words.last_superadmin(person.name))
        account.permission = permission
        await account.save(update_fields=["permission"])
        await self.bus.emit(
            UserPermissionChangedEvent(
                entity_id=account.id,
                old_permission=before.value,
                new_permission=permission.value,
                **self.by_person(actor.account_id),
            )
        )

    async def _require(self, actor: Actor, least: Permission) -> int:
        """The actor's rank. Raises NotAllowed when it is below that of `least`."""
        account = await Account.get(id=actor.account_id)
        rank = OWNER_RANK if actor.caller.owns_bot else account.permission.rank
        if rank < least.rank:
            raise NotAllowed(words.takes(least))
        return rank


async def is_last_superadmin(account: Account) -> bool:
    """Whether without this account there would be no superadmin."""
    others = Account.filter(permission=Permission.SUPERADMIN).exclude(id=account.id)
    return account.permission is Permission.SUPERADMIN and not await others.exists()
