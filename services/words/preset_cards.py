"""How a preset, its versions, and a list of presets are shown."""

from __future__ import annotations

from collections.abc import Sequence

from models import PresetVersion, Whose
from services.notice import Button, Line, Notice, line
from services.words.language import count
from services.words.names import GONE
from services.words.paging import position
from services.words.presets import LABEL_COPY, WHOSE


def named(name: str, of: Whose) -> str:
    """A preset among others, which may be called the same."""
    return f"{name} · {WHOSE[of]}"


def card(version: PresetVersion, newest: int, of: Whose) -> Notice:
    """A version (with `author` loaded), for who asked for it."""
    return Notice(title=f"{version.name} ({WHOSE[of]})", lines=(_version(version, newest),))


def posted_card(version: PresetVersion, newest: int) -> Notice:
    """A version (with `author` loaded), for all to see and copy."""
    copy = Button("preset_copy", version.share_key.hex, LABEL_COPY)
    return Notice(title=version.name, lines=(_version(version, newest),), buttons=(copy,))


def change_card(after: PresetVersion, before: PresetVersion) -> Notice:
    """What stands above a comparison of two versions (with `author` loaded)."""
    lines = [line(f"Version {before.number} became {after.number}, ", *_by(after))]
    if before.name != after.name:
        lines.append(line(f"Its name was {before.name}."))
    return Notice(title=f"{after.name}: what changed", lines=tuple(lines))


def preset_list(presets: Sequence[tuple[str, Whose, int]], total: int, page: int, pages: int) -> Notice:
    """A page of presets: the name of each, whose it is, and its newest version."""
    lines = [line(f"{named(name, of)} · version {version}") for name, of, version in presets]
    return Notice(
        title="Presets",
        lines=tuple(lines) or (line("There is none yet. Make one with /preset create."),),
        reference=position(count(total, "preset"), page, pages),
    )


def history(name: str, versions: Sequence[PresetVersion], page: int, pages: int) -> Notice:
    """A page of a preset's versions (with `author` loaded)."""
    return Notice(
        title=f"{name}: versions",
        lines=tuple(line(f"{one.number} · {one.name} · ", *_by(one)) for one in versions),
        reference=f"Page {page + 1} of {pages}. The option version shows what one changed.",
    )


def _version(version: PresetVersion, newest: int) -> Line:
    return line(f"Version {version.number} of {newest}, ", *_by(version))


def _by(version: PresetVersion) -> Line:
    return line(f"by {version.author.display_name if version.author else GONE}, ", version.created_at)
