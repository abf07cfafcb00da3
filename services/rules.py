"""The rules of a tournament with pools: how often, when and with what proof its racers run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from events import TournamentUpdatedEvent, changes
from events.base import Value
from models import Account, Attempt, AttemptStage, Organization, Tournament, TournamentStatus
from services.actor import Actor
from services.base import Core, Service, change
from services.errors import Invalid, WrongState
from services.permissions import Action, organization_of, require
from services.pool_checks import require_enough_seeds
from services.scores import recount_points, recount_tournament
from services.text import parse_coming, quoted
from services.tournaments import find_tournament
from services.words import rules as words

MOST_RUNS = 20
MOST_REATTEMPTS = 1000
LONGEST_REATTEMPTS = 20
"""Characters of what is typed of them."""
MOST_DAYS = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Rules to be set, as somebody typed or chose them; None leaves one as it is.

    `reattempts` is `none`, a number or `unlimited`. `opens` and `closes` are instants in words, or `none`.
    """

    runs_per_pool: int | None = None
    reattempts: str | None = None
    opens: str | None = None
    closes: str | None = None
    results_hidden: bool | None = None
    min_account_days: int | None = None
    vod_required: bool | None = None
    review_required: bool | None = None


class RuleService(Service):
    def __init__(self, core: Core, on_due: Callable[[], None]) -> None:
        """`on_due` is called after a commit by which finished races are to be handed in."""
        super().__init__(core)
        self._on_due = on_due

    @change
    async def set(self, actor: Actor, reference: int | str, rules: Rules) -> Tournament:
        """Set rules, all or none of them; instants are read in the actor's time zone, or else the organization's.

        Raises NotAllowed, NotFound, Invalid, and WrongState once it has ended or when a pool would be too small.
        """
        await require(actor, Action.MANAGE_TOURNAMENTS)
        tournament = await find_tournament(organization_of(actor), reference)
        if tournament.status is TournamentStatus.ENDED:
            raise WrongState(words.stays_as_it_is(tournament.name))
        wanted = await self._read(actor, tournament, rules)
        before = {name: _told(name, getattr(tournament, name)) for name in wanted}
        changed = changes(before, {name: _told(name, value) for name, value in wanted.items()})
        for name, value in wanted.items():
            setattr(tournament, name, value)
        _require_possible(tournament)
        fields = {one.field for one in changed}
        if tournament.status is TournamentStatus.RUNNING and "runs_per_pool" in fields:
            await require_enough_seeds(tournament)
        if not changed:
            return tournament
        await tournament.save(update_fields=list(wanted))
        if "review_required" in fields:
            await recount_tournament(tournament)
        elif "runs_per_pool" in fields:
            await recount_points(tournament)
        if "vod_required" in fields and not tournament.vod_required:
            await self._wake_finished(tournament)
        await self.bus.emit(
            TournamentUpdatedEvent(
                entity_id=tournament.id, tournament_name=tournament.name, changed_fields=changed, **self.by(actor)
            )
        )
        return tournament

    async def _wake_finished(self, tournament: Tournament) -> None:
        """See to it that the races are handed in that only wait for a VOD."""
        waiting = Attempt.filter(tournament_id=tournament.id, stage=AttemptStage.FINISHED, discarded_at__isnull=True)
        if await waiting.filter(due_at__isnull=True).update(due_at=self.now()):
            self.units.current().after_commit(self._on_due)

    async def _read(self, actor: Actor, tournament: Tournament, rules: Rules) -> Mapping[str, object]:
        """The new values of the tournament's fields. Raises Invalid."""
        wanted: dict[str, object] = {}
        if rules.reattempts is not None:
            wanted["reattempts"] = _read_reattempts(rules.reattempts)
        for name, typed in (("opens_at", rules.opens), ("closes_at", rules.closes)):
            if typed is not None:
                wanted[name] = await self._instant(actor, tournament, typed)
        for name in ("runs_per_pool", "results_hidden", "min_account_days", "vod_required", "review_required"):
            if (value := getattr(rules, name)) is not None:
                wanted[name] = value
        return wanted

    async def _instant(self, actor: Actor, tournament: Tournament, typed: str) -> datetime | None:
        if typed.strip().casefold() == words.NONE:
            return None
        account = await Account.get(id=actor.account_id)
        organization = await Organization.get(id=tournament.organization_id)
        return parse_coming(typed, time_zone=account.time_zone or organization.time_zone, now=self.now())


def _require_possible(tournament: Tournament) -> None:
    for what, value, least, most in (
        (words.THE_RUNS, tournament.runs_per_pool, 1, MOST_RUNS),
        (words.THE_DAYS, tournament.min_account_days, 0, MOST_DAYS),
    ):
        if not least <= value <= most:
            raise Invalid(words.out_of_range(what, least, most))
    opens, closes = tournament.opens_at, tournament.closes_at
    if opens is not None and closes is not None and closes <= opens:
        raise Invalid(words.CLOSES_BEFORE)


def _read_reattempts(typed: str) -> int | None:
    given = typed.strip().casefold()
    if given == words.UNLIMITED:
        return None
    if given == words.NONE:
        return 0
    if given.isascii() and given.isdecimal() and len(given) <= len(str(MOST_REATTEMPTS)):
        number = int(given)
        if number <= MOST_REATTEMPTS:
            return number
    raise Invalid(words.not_reattempts(quoted(typed), MOST_REATTEMPTS))


def _told(name: str, value: object) -> Value:
    """A rule's value as an event carries it."""
    if name == "reattempts":
        return words.UNLIMITED if value is None else value if isinstance(value, int) else None
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, int | str) else None
