"""What is stored about a person: all of it for themselves, and none of it once they want to be forgotten."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from events import InviteRejectedEvent, PresetUpdatedEvent, TournamentUpdatedEvent, UserDeletedEvent
from events.base import FieldChange
from models import (
    Account,
    Attempt,
    AuditEntry,
    Entrant,
    Invite,
    InviteStatus,
    Match,
    Membership,
    Message,
    MessageTarget,
    NotificationSettings,
    Permission,
    PersonalData,
    Preset,
    PresetVersion,
    Race,
    RaceStatus,
    Reminder,
    Role,
    TargetKind,
    Tournament,
)
from services.actor import Actor
from services.attempt_checks import NOT_HANDED_IN
from services.attempt_steps import Abandon, break_off
from services.base import Core, Service, change_across, query
from services.errors import Invalid, NotFound, WrongState
from services.membership import dismiss, is_last_owner
from services.scores import recount_seeds
from services.staff import is_last_superadmin
from services.text import quoted
from services.visibility import hiding
from services.words import accounts as words
from services.words.names import GONE


class Results(StrEnum):
    """What becomes of the approved runs of somebody who deletes their account."""

    KEPT = "kept"
    WITHDRAWN = "withdrawn"


class ErasureService(Service):
    def __init__(self, core: Core, on_thread: Callable[[], None], abandon: Abandon) -> None:
        """`on_thread` is called after a commit by which threads of races are to be archived."""
        super().__init__(core)
        self._on_thread = on_thread
        self._abandon = abandon

    @query
    async def export(self, actor: Actor) -> dict[str, Any]:
        """All that is stored about the actor, as JSON takes it; instants are in UTC."""
        me = actor.account_id
        [account] = await Account.filter(id=me).values()
        return {
            "account": account,
            "memberships": await _rows(Membership.filter(account_id=me), "organization__name", "role", "joined_at"),
            "tournaments": await _rows(Entrant.filter(account_id=me), "tournament__name", "joined_at"),
            "runs": await _rows(
                Race.filter(racer_id=me),
                *(
                    "id",
                    "tournament__name",
                    "time_ms",
                    "vod_url",
                    "notes",
                    "in_game_ms",
                    "status",
                    "submitted_at",
                    "rejection_reason",
                ),
            ),
            "races": await _rows(
                Attempt.filter(racer_id=me),
                *("id", "race_id", "tournament__name", "pool__name", "seed__permalink", "stage", "thread_id"),
                *("given_at", "starts_at", "finished_at", "ended_at", "discarded_at"),
            ),
            "matches": await _rows(
                Match.filter(players__account_id=me), "id", "tournament__name", "scheduled_at", "status", "winner_id"
            ),
            "runs_reviewed": await _rows(Race.filter(reviewer_id=me), "id", "reviewed_at"),
            "runs_claimed": await _rows(Race.filter(claimed_by_id=me), "id", "claimed_at"),
            "second_reviews_asked_for": await _rows(Race.filter(doubted_by_id=me), "id"),
            "invites_received": await _rows(
                Invite.filter(invitee_id=me), *("organization__name", "role", "status", "created_at", "expires_at")
            ),
            "invites_made": await _rows(
                Invite.filter(creator_id=me), *("organization__name", "role", "status", "created_at", "uses")
            ),
            "said_in_events": await _rows(PersonalData.filter(account_id=me), "event_id", "data", by="event_id"),
            "done": await _rows(
                AuditEntry.filter(actor_id=me),
                *("event_id", "action", "organization_id", "entity_type", "entity_id", "occurred_at"),
            ),
            "notifications": await _rows(
                NotificationSettings.filter(account_id=me),
                *(
                    "organization__name",
                    "invites",
                    "runs",
                    "matches",
                    "tournaments",
                    "leads",
                    "quiet_from",
                    "quiet_until",
                ),
            ),
            "presets": await _rows(PresetVersion.filter(preset__owner_id=me), "name", "number", "text", "created_at"),
            "direct_messages": await _rows(
                Message.filter(target_kind=TargetKind.USER, target_id=account["discord_id"]),
                *("kind", "status", "created_at", "settled_at"),
                by="seq",
            ),
        }

    @query
    async def deletable(self, actor: Actor) -> None:
        """Let pass who may delete their account now. Raises WrongState."""
        await self._require_deletable(await Account.get(id=actor.account_id))

    @change_across
    async def delete(self, actor: Actor, account_id: int, results: Results, *, typed: str) -> None:
        """Erase all that is stored about the actor; the trail and, if they are kept, the results name nobody.

        `typed` must be `words.CONFIRMATION`, and `account_id` the account that was asked about. Their runs that do not
        count go too, but for those kept where results are hidden. Raises NotFound, Invalid, and WrongState when
        something would be left without its last owner.
        """
        gone = NotFound(words.DELETED_ALREADY)
        if account_id != actor.account_id:
            raise gone
        if typed.strip().casefold() != words.CONFIRMATION:
            raise Invalid(words.not_confirmed(quoted(typed)))
        account = await Account.get(id=actor.account_id)
        if account.deleted_at is not None:
            # Another click was faster, after it was looked up who this is.
            raise gone
        await self._require_deletable(account)
        event = UserDeletedEvent(
            entity_id=account.id, results_kept=results is Results.KEPT, **self.by_person(actor.account_id)
        )
        await self._break_off(account)
        await self._withdraw(account, results, event)
        await self._leave(account)
        await self._drop_presets(account)
        await PersonalData.filter(account_id=account.id).delete()
        await Message.filter(target_kind=TargetKind.USER, target_id=account.discord_id).delete()
        await NotificationSettings.filter(account_id=account.id).delete()
        await Reminder.filter(account_id=account.id).delete()
        await MessageTarget.filter(kind=TargetKind.USER, target_id=account.discord_id).delete()
        for name, value in {
            "discord_id": -account.id,
            "display_name": GONE,
            "name_chosen": True,
            "pronouns": "",
            "stream_url": "",
            "time_zone": None,
            "permission": Permission.USER,
            "deleted_at": self.now(),
        }.items():
            setattr(account, name, value)
        await account.save()
        await self.bus.emit(event)

    async def _require_deletable(self, account: Account) -> None:
        owned = Membership.filter(account_id=account.id, role=Role.OWNER).order_by("id")
        for membership in await owned.prefetch_related("organization"):
            if await is_last_owner(membership):
                raise WrongState(words.only_owner(membership.organization.name))
        if await is_last_superadmin(account):
            raise WrongState(words.ONLY_SUPERADMIN)

    async def _break_off(self, account: Account) -> None:
        """End the races that are not handed in: those under way are forfeited."""
        begun = Attempt.filter(racer_id=account.id, stage__in=list(NOT_HANDED_IN)).order_by("tournament_id", "id")
        for attempt in await begun.prefetch_related("tournament"):
            by = self.by_person(account.id, attempt.tournament.organization_id)
            await break_off(self.bus, attempt, self.now(), by)
        self.units.current().after_commit(self._on_thread)

    async def _withdraw(self, account: Account, results: Results, event: UserDeletedEvent) -> None:
        """Remove the runs and races that are not kept, and the person from tournaments in which none is.

        With a run goes the race that it was. If results are kept, so is every run where they are hidden: which ones go
        would tell what became of them.
        """
        runs = Race.filter(racer_id=account.id)
        if results is Results.KEPT:
            # Without review, a run may count that nobody has approved; those that are typed in have no score.
            unreviewed = Tournament.filter(review_required=False).values("id")
            typed = Q(seed_id__isnull=True, status=RaceStatus.SUBMITTED, tournament_id__in=Subquery(unreviewed))
            counting = Q(status=RaceStatus.APPROVED) | Q(score__isnull=False) | typed
            staying = counting | Q(tournament_id__in=Subquery(hiding().values("id")))
            await runs.filter(staying).update(vod_url="", notes="", rejection_reason=None)
            runs = runs.filter(~staying)
        seeds = {race.seed_id for race in await runs.filter(seed_id__isnull=False).only("seed_id")}
        attempts = Attempt.filter(racer_id=account.id)
        going = attempts
        if results is Results.KEPT:
            going = attempts.filter(race_id__in=Subquery(runs.values("id")))
        await self._abandon(event, going)
        await going.delete()
        await runs.delete()
        await recount_seeds([seed_id for seed_id in seeds if seed_id is not None])
        kept = {race.tournament_id for race in await Race.filter(racer_id=account.id).only("tournament_id")}
        kept |= {attempt.tournament_id for attempt in await attempts.only("tournament_id")}
        entries = Entrant.filter(account_id=account.id).order_by("tournament_id").prefetch_related("tournament")
        for entrant in await entries:
            if entrant.tournament_id in kept:
                continue
            await entrant.delete()
            await self.bus.emit(
                TournamentUpdatedEvent(
                    entity_id=entrant.tournament_id,
                    tournament_name=entrant.tournament.name,
                    changed_fields=(FieldChange(field="entrant", old=account.id, new=None),),
                    **self.by_person(account.id, entrant.tournament.organization_id),
                )
            )

    async def _drop_presets(self, account: Account) -> None:
        for preset in await Preset.filter(owner_id=account.id).order_by("id"):
            await preset.delete()
            await self.bus.emit(
                PresetUpdatedEvent(
                    entity_id=preset.id,
                    preset_name=preset.name,
                    preset_version=preset.version,
                    changed_fields=(FieldChange(field="deleted", old=False, new=True),),
                    **self.by_person(account.id),
                )
            )

    async def _leave(self, account: Account) -> None:
        """End the person's memberships, and decline what they were offered."""
        for membership in await Membership.filter(account_id=account.id).order_by("organization_id"):
            await dismiss(self.bus, membership, self.by_person(account.id, membership.organization_id))
        offered = Invite.filter(invitee_id=account.id, status=InviteStatus.PENDING)
        for invite in await offered.order_by("organization_id", "id"):
            invite.status = InviteStatus.REJECTED
            await invite.save(update_fields=["status"])
            await self.bus.emit(
                InviteRejectedEvent(
                    entity_id=invite.id,
                    role=invite.role.value,
                    invitee_id=account.id,
                    **self.by_person(account.id, invite.organization_id),
                )
            )


async def _rows(found: QuerySet[Any], *fields: str, by: str = "id") -> list[dict[str, Any]]:
    # A person may have done very much: plain rows, and the order of the index.
    return await found.order_by(by).values(*fields)
