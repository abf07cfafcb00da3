"""Which presets somebody may see and change, and whether there is room for another one."""

from __future__ import annotations

import re

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from models import Preset, Whose
from services.actor import Actor
from services.errors import NotFound, WrongState
from services.permissions import Action, organization_of, require
from services.text import fold, quoted
from services.words import presets as words

LONGEST_NAME = 80
MOST = 100
"""Presets of one person, and of one organization."""

_NUMBER = re.compile(r"#(\d{1,9})", re.ASCII)


def whose(preset: Preset) -> Whose:
    return Whose.MINE if preset.organization_id is None else Whose.COMMUNITY


def key_of(name: str) -> str:
    return fold(name)[: 2 * LONGEST_NAME]


def owned(actor: Actor, of: Whose) -> QuerySet[Preset]:
    """The actor's own presets, or those of the organization that they are in. Raises NotFound outside of one."""
    if of is Whose.MINE:
        return Preset.filter(owner_id=actor.account_id, organization_id__isnull=True)
    return Preset.filter(organization_id=organization_of(actor))


def beside(preset: Preset) -> QuerySet[Preset]:
    """The others among which a preset's name is its own."""
    return Preset.filter(owner_id=preset.owner_id, organization_id=preset.organization_id).exclude(id=preset.id)


def visible(actor: Actor) -> QuerySet[Preset]:
    mine = Q(owner_id=actor.account_id, organization_id__isnull=True)
    # Without an organization: a comparison with None would find everybody's own.
    return Preset.filter(mine if actor.organization_id is None else mine | Q(organization_id=actor.organization_id))


async def find_preset(actor: Actor, reference: int | str, among: QuerySet[Preset] | None = None) -> Preset:
    """One of the presets that the actor may see, by its id (also as `#12`) or its name. Raises NotFound, WrongState."""
    among = visible(actor) if among is None else among
    number = reference if isinstance(reference, int) else _number(reference)
    found = await among.filter(id=number) if number is not None else []
    if not found and isinstance(reference, str):
        found = await among.filter(name_key=key_of(reference))
    if not found:
        wanted = words.THAT_PRESET if isinstance(reference, int) else quoted(reference, LONGEST_NAME)
        raise NotFound(words.not_here(wanted))
    if len(found) > 1:
        raise WrongState(words.two_of_that_name(found[0].name))
    return found[0]


def _number(reference: str) -> int | None:
    match = _NUMBER.fullmatch(reference.strip())
    return int(match[1]) if match else None


async def writable(actor: Actor, reference: int | str) -> Preset:
    preset = await find_preset(actor, reference)
    await require_writer(actor, whose(preset))
    return preset


async def require_writer(actor: Actor, of: Whose) -> None:
    if of is Whose.COMMUNITY:
        await require(actor, Action.MANAGE_TOURNAMENTS)


async def require_free(among: QuerySet[Preset], name: str) -> None:
    """Raises WrongState when there is no room for one more, or one of that name."""
    if await among.filter(name_key=key_of(name)).exists():
        raise WrongState(words.name_taken(name))
    if await among.count() >= MOST:
        raise WrongState(words.full(MOST))
