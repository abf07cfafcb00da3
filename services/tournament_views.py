"""How tournaments stand: who takes part, and what they have handed in."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.functions import Count

from models import Entrant, Pool, Preset, Race, RaceStatus, Tournament
from services.scores import kept
from services.views import TournamentView
from services.visibility import hides_results


async def views_of(tournaments: Sequence[Tournament]) -> list[TournamentView]:
    """How these tournaments stand, in their order. Inside a unit of work."""
    ids = [tournament.id for tournament in tournaments]
    handed_in = kept(Race.filter(tournament_id__in=ids), tournament_id__in=ids)
    races = handed_in.annotate(number=Count("id")).group_by("tournament_id", "status")
    runs = {(t, status): n for t, status, n in await races.values_list("tournament_id", "status", "number")}
    entrants = Entrant.filter(tournament_id__in=ids).annotate(number=Count("id")).group_by("tournament_id")
    racers = dict(await entrants.values_list("tournament_id", "number"))
    pools = Pool.filter(tournament_id__in=ids).annotate(number=Count("id")).group_by("tournament_id")
    numbers = dict(await pools.values_list("tournament_id", "number"))
    presets = Preset.filter(id__in=[one.preset_id for one in tournaments if one.preset_id is not None])
    names = dict(await presets.values_list("id", "name"))
    views: list[TournamentView] = []
    for tournament in tournaments:
        counts = {status: runs.get((tournament.id, status), 0) for status in RaceStatus}
        # A card may stand where all see it, so even a reviewer's does not tell.
        hidden = hides_results(tournament)
        views.append(
            TournamentView(
                tournament=tournament,
                racers=racers.get(tournament.id, 0),
                pending=0 if hidden else counts[RaceStatus.SUBMITTED],
                approved=0 if hidden else counts[RaceStatus.APPROVED],
                preset=names.get(tournament.preset_id, ""),
                handed_in=sum(counts.values()),
                hidden=hidden,
                pools=numbers.get(tournament.id, 0),
            )
        )
    return views
