"""Matches: racers of a tournament who meet at a time that they agreed on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from uuid_utils.compat import uuid7

from events import MatchCompletedEvent, MatchScheduledEvent
from models import Account, Entrant, Match, MatchPlayer, MatchStatus, Organization, Tournament, TournamentStatus
from services import reminders
from services.actor import Actor, Person
from services.base import Core, Service, change, query
from services.errors import Invalid, NotAllowed, NotFound, WrongState
from services.notifications import preferences
from services.permissions import ALLOWED, Action, organization_of, roles_of
from services.text import parse_coming
from services.tournaments import find_tournament
from services.views import Proposal
from services.words import matches as words

LEAST_PLAYERS, MOST_PLAYERS = 2, 4
FARTHEST = timedelta(days=366)
SHOWN = 25


class MatchService(Service):
    def __init__(self, core: Core, on_new: Callable[[], None]) -> None:
        """`on_new` is called after a commit that may have brought the next reminder nearer."""
        super().__init__(core)
        self._on_new = on_new

    @query
    async def propose(self, actor: Actor, reference: int | str, people: Sequence[Person], when: str) -> Proposal:
        """What scheduling would do; `when` is read in the actor's own time zone, or else the organization's.

        Raises what `schedule` raises, and Invalid for a time that cannot be read.
        """
        tournament = await find_tournament(organization_of(actor), reference)
        found = {one.discord_id: one for one in await Account.filter(discord_id__in=[p.discord_id for p in people])}
        for person in people:
            if person.discord_id not in found:
                raise WrongState(words.not_in(person.name, tournament.name))
        account = await Account.get(id=actor.account_id)
        organization = await Organization.get(id=tournament.organization_id)
        at = parse_coming(when, time_zone=account.time_zone or organization.time_zone, now=self.now())
        names = {found[person.discord_id].id: person.name for person in people}
        return await self._check(actor, tournament, [found[person.discord_id] for person in people], at, names)

    @change
    async def schedule(self, actor: Actor, tournament_id: int, at: datetime, account_ids: Sequence[int]) -> Match:
        """Let racers of a tournament meet at an instant; a match of theirs that waits moves there.

        Raises NotFound, NotAllowed for whoever neither plays nor organizes, Invalid, and WrongState.
        """
        tournament = await find_tournament(organization_of(actor), tournament_id)
        known = {one.id: one for one in await Account.filter(id__in=list(account_ids))}
        if len(known) != len(set(account_ids)):
            raise NotFound(words.PLAYER_GONE)
        proposal = await self._check(actor, tournament, [known[i] for i in account_ids], at, {})
        match = await self._waiting(tournament, account_ids)
        event_id = uuid7()
        if match is None:
            match = await Match.create(
                tournament_id=tournament.id, scheduled_at=at, event_id=event_id, created_at=self.now()
            )
            await MatchPlayer.bulk_create(MatchPlayer(match_id=match.id, account_id=i) for i in account_ids)
        else:
            match.scheduled_at, match.event_id = at, event_id
            await match.save(update_fields=["scheduled_at", "event_id"])
        await self.bus.emit(
            MatchScheduledEvent(
                event_id=event_id,
                entity_id=match.id,
                tournament_id=tournament.id,
                player_ids=tuple(player.id for player in proposal.players),
                scheduled_at=at,
                **self.by(actor),
            )
        )
        await self._plan_reminders(match, tournament, account_ids)
        return match

    @change
    async def report(self, actor: Actor, match_id: int, winner: Person | None) -> Match:
        """Note who won a match, or a draw. Its players report it once; organizers may correct that.

        Raises NotFound, NotAllowed, Invalid when the winner did not play, and WrongState.
        """
        match = await self._match(actor, match_id)
        players = {player.account_id: player.account for player in match.players}
        organizes = await self._organizes(actor)
        if actor.account_id not in players and not organizes:
            raise NotAllowed(words.ONLY_PLAYERS_REPORT)
        if match.tournament.status is TournamentStatus.ENDED:
            raise WrongState(words.matches_stay(match.tournament.name))
        winner_id = next((i for i, one in players.items() if winner and one.discord_id == winner.discord_id), None)
        if winner is not None and winner_id is None:
            raise Invalid(words.does_not_play(winner.name))
        if match.status is MatchStatus.COMPLETED and (match.winner_id == winner_id or not organizes):
            won = players[match.winner_id].display_name if match.winner_id in players else None
            raise WrongState(words.reported_already(won, correctable=match.winner_id != winner_id))
        match.status, match.winner_id, match.completed_at = MatchStatus.COMPLETED, winner_id, self.now()
        await match.save(update_fields=["status", "winner_id", "completed_at"])
        await reminders.forget(match.id)
        await self.bus.emit(
            MatchCompletedEvent(
                entity_id=match.id,
                tournament_id=match.tournament_id,
                player_ids=tuple(players),
                winner_id=winner_id,
                **self.by(actor),
            )
        )
        return match

    @query
    async def coming(self, actor: Actor) -> list[Match]:
        """The next matches of the actor's organization, with tournament and players. Raises NotFound outside of one."""
        waiting = Match.filter(
            tournament__organization_id=organization_of(actor),
            tournament__status__not=TournamentStatus.ENDED,
            status=MatchStatus.SCHEDULED,
        )
        found = waiting.order_by("scheduled_at", "id").limit(SHOWN)
        return await found.prefetch_related("tournament", "players__account")

    @query
    async def reportable(self, actor: Actor) -> list[Match]:
        """Matches that the actor may report or correct, those that wait first, with tournament and players."""
        if actor.organization_id is None:
            return []
        found = Match.filter(
            tournament__organization_id=actor.organization_id, tournament__status__not=TournamentStatus.ENDED
        )
        if not await self._organizes(actor):
            found = found.filter(status=MatchStatus.SCHEDULED, players__account_id=actor.account_id)
        newest = found.order_by("-status", "-scheduled_at", "-id").limit(SHOWN)
        return await newest.prefetch_related("tournament", "players__account")

    async def _match(self, actor: Actor, match_id: int) -> Match:
        match = await Match.get_or_none(
            id=match_id, tournament__organization_id=organization_of(actor)
        ).prefetch_related("tournament", "players__account")
        if match is None:
            raise NotFound(words.NO_SUCH_MATCH)
        return match

    async def _check(
        self, actor: Actor, tournament: Tournament, players: list[Account], at: datetime, names: Mapping[int, str]
    ) -> Proposal:
        """The match as it would be. `names` are those by which the actor called the players; no others are told."""
        ids = [player.id for player in players]
        if not LEAST_PLAYERS <= len(set(ids)) <= MOST_PLAYERS or len(set(ids)) != len(ids):
            raise Invalid(words.players_between(LEAST_PLAYERS, MOST_PLAYERS))
        if actor.account_id not in ids and not await self._organizes(actor):
            raise NotAllowed(words.ONLY_YOUR_OWN)
        if tournament.status is TournamentStatus.ENDED:
            raise WrongState(words.ended(tournament.name))
        if tournament.status not in (TournamentStatus.OPEN, TournamentStatus.RUNNING):
            raise WrongState(words.still_a_draft(tournament.name))
        entered = {e.account_id for e in await Entrant.filter(tournament_id=tournament.id, account_id__in=ids)}
        for player in players:
            if player.id not in entered:
                raise WrongState(words.not_in(names.get(player.id, words.ONE_OF_THE_PLAYERS), tournament.name))
        if not self.now() < at <= self.now() + FARTHEST:
            raise Invalid(words.WITHIN_A_YEAR)
        waiting = await self._waiting(tournament, ids)
        if waiting is not None and waiting.scheduled_at == at:
            raise WrongState(words.THAT_TIME_ALREADY)
        return Proposal(tournament, players, at, waiting.scheduled_at if waiting else None)

    async def _waiting(self, tournament: Tournament, account_ids: Sequence[int]) -> Match | None:
        """The match of exactly these players that is still to be played."""
        theirs = Match.filter(
            tournament_id=tournament.id, status=MatchStatus.SCHEDULED, players__account_id=account_ids[0]
        )
        for match in await theirs.prefetch_related("players"):
            if {player.account_id for player in match.players} == set(account_ids):
                return match
        return None

    async def _plan_reminders(self, match: Match, tournament: Tournament, account_ids: Sequence[int]) -> None:
        wanted = await preferences(tournament.organization_id, account_ids)
        leads = {account_id: one.leads for account_id, one in wanted.items()}
        await reminders.plan(match, leads, self.now())
        self.units.current().after_commit(self._on_new)

    async def _organizes(self, actor: Actor) -> bool:
        return not ALLOWED[Action.MANAGE_TOURNAMENTS].isdisjoint(await roles_of(actor))
