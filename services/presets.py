"""Presets: settings under a name, somebody's own or the community's, of which each version is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.expressions import Q

from events import PresetCreatedEvent, PresetUpdatedEvent, TournamentUpdatedEvent, changes
from events.base import FieldChange
from models import Preset, PresetVersion, Tournament, TournamentStatus, Whose
from services.actor import Actor
from services.base import By, Service, change_across, query
from services.errors import Invalid, NotAllowed, NotFound, WrongState
from services.paging import CHOICES, PAGE, page_of
from services.permissions import Action, organization_of, require
from services.preset_access import (
    LONGEST_NAME,
    beside,
    find_preset,
    key_of,
    owned,
    require_free,
    require_writer,
    visible,
    whose,
    writable,
)
from services.preset_text import read, same
from services.text import clean, quoted
from services.tournaments import find_tournament
from services.words import presets as words


@dataclass(frozen=True, slots=True)
class PresetView:
    """A preset at one of its versions, whose author is loaded."""

    preset: Preset
    version: PresetVersion


@dataclass(frozen=True, slots=True)
class PresetPage:
    """Presets that somebody may see, their own first. `page` counts from 0."""

    presets: list[Preset]
    page: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Versions of a preset with their authors, the newest first. `page` counts from 0."""

    preset: Preset
    versions: list[PresetVersion]
    page: int
    pages: int


class PresetService(Service):
    @query
    async def require_creator(self, actor: Actor, of: Whose) -> None:
        """Let pass who may create presets there, before they fill in a form. Raises NotAllowed, NotFound."""
        await require_writer(actor, of)

    @change_across
    async def create(self, actor: Actor, of: Whose, *, name: str, text: str) -> Preset:
        """A new preset. Raises NotAllowed, NotFound, Invalid, and WrongState when the name is taken or all is full."""
        await require_writer(actor, of)
        name = _read_name(name)
        read(text)
        return await self._create(actor, of, name, text)

    @query
    async def editable(self, actor: Actor, reference: int | str) -> PresetView:
        """A preset that the actor may edit and delete. Raises NotFound, NotAllowed."""
        return await _view(await writable(actor, reference))

    @change_across
    async def edit(self, actor: Actor, reference: int | str, *, text: str, name: str | None = None) -> Preset:
        """Make a new version. Raises NotFound, NotAllowed, Invalid, and WrongState when nothing would change."""
        view = await _view(await writable(actor, reference))
        preset, before = view.preset, view.version
        new_name = preset.name if name is None else _read_name(name)
        read(text)
        renamed = changes({"name": preset.name}, {"name": new_name})
        rewritten = () if same(text, before.text) else (FieldChange(field="text", old=None, new=None),)
        if not renamed and not rewritten:
            raise WrongState(words.unchanged(preset.name, preset.version))
        if key_of(new_name) != preset.name_key:
            await require_free(beside(preset), new_name)
        preset.name, preset.name_key, preset.version = new_name, key_of(new_name), preset.version + 1
        await preset.save(update_fields=["name", "name_key", "version"])
        await self._keep(actor, preset, text if rewritten else before.text)
        await self._tell_update(actor, preset, (*renamed, *rewritten))
        return preset

    @change_across
    async def delete(self, actor: Actor, preset_id: int, *, typed_name: str) -> Preset:
        """Delete a preset and its versions; `typed_name` must be its name. Raises NotFound, NotAllowed, Invalid."""
        preset = await writable(actor, preset_id)
        if key_of(typed_name) != preset.name_key:
            raise Invalid(words.not_its_name(quoted(typed_name, LONGEST_NAME), preset.name))
        await preset.delete()
        await self._tell_update(actor, preset, (FieldChange(field="deleted", old=False, new=True),))
        return preset

    @change_across
    async def share(self, actor: Actor, reference: int | str) -> Preset:
        """Copy one of the actor's presets to the community's. Raises NotFound, NotAllowed, WrongState."""
        preset = await find_preset(actor, reference)
        if whose(preset) is Whose.COMMUNITY:
            raise WrongState(words.shared_already(preset.name))
        await require_writer(actor, Whose.COMMUNITY)
        view = await _view(preset)
        return await self._create(actor, Whose.COMMUNITY, preset.name, view.version.text)

    @change_across
    async def copy(self, actor: Actor, share_key: UUID) -> Preset:
        """Copy a version that was shared to the actor's own. Raises NotFound, WrongState when it is there already."""
        # It is told to whoever sees where it was shared; what is the community's stays in it all the same.
        reach = Q(preset__organization_id__isnull=True)
        if actor.organization_id is not None:
            reach |= Q(preset__organization_id=actor.organization_id)
        version = await PresetVersion.get_or_none(reach, share_key=share_key).prefetch_related("preset")
        if version is None:
            raise NotFound(words.NOT_THERE_TO_COPY)
        known = await owned(actor, Whose.MINE).get_or_none(name_key=key_of(version.name))
        if known is not None and same((await _view(known)).version.text, version.text):
            raise WrongState(words.yours_already(known.name))
        if known is not None:
            raise WrongState(words.another_of_that_name(known.name))
        return await self._create(actor, Whose.MINE, version.name, version.text)

    @change_across
    async def choose(self, actor: Actor, tournament: int | str, reference: str) -> tuple[Tournament, Preset | None]:
        """Let a tournament be raced with one of the community's presets, or (empty) with none.

        Raises NotAllowed, NotFound, WrongState.
        """
        await require(actor, Action.MANAGE_TOURNAMENTS)
        found = await find_tournament(organization_of(actor), tournament)
        if found.status is TournamentStatus.ENDED:
            raise WrongState(words.tournament_ended(found.name))
        preset = await find_preset(actor, reference, owned(actor, Whose.COMMUNITY)) if reference else None
        if (before := found.preset_id) == (preset.id if preset else None):
            raise WrongState(words.chosen_already(found.name, preset.name if preset else None))
        old = await Preset.get_or_none(id=before, organization_id=found.organization_id) if before else None
        found.preset_id = preset.id if preset else None
        await found.save(update_fields=["preset_id"])
        changed = FieldChange(field="preset", old=old.name if old else None, new=preset.name if preset else None)
        await self.bus.emit(
            TournamentUpdatedEvent(
                entity_id=found.id, tournament_name=found.name, changed_fields=(changed,), **self.by(actor)
            )
        )
        return found, preset

    @query
    async def of_tournament(self, actor: Actor, tournament_id: int) -> PresetView:
        """The preset that a tournament is raced with, as it is now. Raises NotFound."""
        found = await find_tournament(organization_of(actor), tournament_id)
        preset = await owned(actor, Whose.COMMUNITY).get_or_none(id=found.preset_id or 0)
        if preset is None:
            raise NotFound(words.none_of_tournament(found.name))
        return await _view(preset)

    @query
    async def show(self, actor: Actor, reference: int | str, number: int | None = None) -> PresetView:
        """A preset at its newest version or at `number`. Raises NotFound."""
        return await _view(await find_preset(actor, reference), number)

    @query
    async def postable(self, actor: Actor, reference: int | str) -> PresetView:
        """A preset to be posted for all to see where the actor is. Raises NotFound, NotAllowed."""
        view = await _view(await find_preset(actor, reference))
        if not actor.caller.may_post:
            raise NotAllowed(words.MAY_NOT_WRITE_HERE)
        return view

    @query
    async def compared(
        self, actor: Actor, reference: int | str, number: int
    ) -> tuple[PresetView, PresetVersion | None]:
        """A version of a preset, and the one before it, which the first lacks. Raises NotFound."""
        view = await _view(await find_preset(actor, reference), number)
        return view, await PresetVersion.get_or_none(preset_id=view.preset.id, number=number - 1)

    @query
    async def history(self, actor: Actor, reference: int | str, page: int = 0) -> HistoryPage:
        """A page of a preset's versions. Raises NotFound."""
        preset = await find_preset(actor, reference)
        versions = PresetVersion.filter(preset_id=preset.id)
        page, pages = page_of(page, await versions.count())
        found = await versions.order_by("-number").offset(page * PAGE).limit(PAGE).prefetch_related("author")
        return HistoryPage(preset, found, page, pages)

    @query
    async def page(self, actor: Actor, page: int = 0) -> PresetPage:
        """A page of the presets that the actor may see."""
        found = await visible(actor).order_by("name_key")
        page, pages = page_of(page, len(found))
        return PresetPage(_mine_first(found)[page * PAGE :][:PAGE], page, pages, len(found))

    @query
    async def names(self, actor: Actor, typed: str, of: Whose | None = None) -> list[Preset]:
        """Presets that the actor may see whose name contains `typed`, their own first."""
        if of is Whose.COMMUNITY and actor.organization_id is None:
            return []
        found = visible(actor) if of is None else owned(actor, of)
        return _mine_first(await found.filter(name_key__contains=key_of(typed)).order_by("name_key"))[:CHOICES]

    async def _create(self, actor: Actor, of: Whose, name: str, text: str) -> Preset:
        await require_free(owned(actor, of), name)
        preset = await Preset.create(
            owner_id=actor.account_id if of is Whose.MINE else None,
            organization_id=organization_of(actor) if of is Whose.COMMUNITY else None,
            name=name,
            name_key=key_of(name),
        )
        await self._keep(actor, preset, text)
        await self.bus.emit(
            PresetCreatedEvent(
                entity_id=preset.id, preset_name=name, preset_version=preset.version, **self._by(actor, preset)
            )
        )
        return preset

    async def _keep(self, actor: Actor, preset: Preset, text: str) -> None:
        await PresetVersion.create(
            preset_id=preset.id,
            number=preset.version,
            name=preset.name,
            text=text,
            author_id=actor.account_id,
            created_at=self.now(),
        )

    async def _tell_update(self, actor: Actor, preset: Preset, changed: tuple[FieldChange, ...]) -> None:
        await self.bus.emit(
            PresetUpdatedEvent(
                entity_id=preset.id,
                preset_name=preset.name,
                preset_version=preset.version,
                changed_fields=changed,
                **self._by(actor, preset),
            )
        )

    def _by(self, actor: Actor, preset: Preset) -> By:
        # What is somebody's own is of no organization, wherever they change it.
        return self.by_person(actor.account_id, preset.organization_id)


def _read_name(name: str) -> str:
    return clean(name, what=words.THE_NAME, longest=LONGEST_NAME)


async def _view(preset: Preset, number: int | None = None) -> PresetView:
    wanted = preset.version if number is None else number
    version = await PresetVersion.get_or_none(preset_id=preset.id, number=wanted).prefetch_related("author")
    if version is None:
        raise NotFound(words.no_version(preset.name, wanted, preset.version))
    return PresetView(preset, version)


def _mine_first(presets: Sequence[Preset]) -> list[Preset]:
    return sorted(presets, key=lambda preset: preset.organization_id is not None)
