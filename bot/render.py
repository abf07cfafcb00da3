"""Drawing a notice with Discord's means. All text is escaped here, and cut to Discord's limits."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import discord

from services.notice import Inline, Line, Link, Notice, Place, Relative, Style, Tone

CUSTOM_ID = "herald:{action}:{argument}"

# Discord's limits (Embed Limits, Message Resource); see `size`.
TITLE, DESCRIPTION, FIELD_NAME, FIELD, FIELDS, FOOTER, CONTENT = 256, 4096, 256, 1024, 25, 2048, 2000
EMBED_TOTAL = 6000
BUTTON_LABEL = 80

EMPTY = "-"
"""Stands where Discord wants some text and there is none."""

_COLOURS = {
    Tone.INFO: discord.Colour.blurple(),
    Tone.SUCCESS: discord.Colour.green(),
    Tone.WARNING: discord.Colour.orange(),
    Tone.DANGER: discord.Colour.red(),
    Tone.GOLD: discord.Colour.gold(),
}
_STYLES = {
    Style.PRIMARY: discord.ButtonStyle.primary,
    Style.SECONDARY: discord.ButtonStyle.secondary,
    Style.SUCCESS: discord.ButtonStyle.success,
    Style.DANGER: discord.ButtonStyle.danger,
}


# An address of nothing but harmless characters shows as it is, and stays one that can be followed. A number and a dot
# would begin a list, whose items Discord numbers itself: of two racers who share the fourth place, one would be fifth.
_SPECIAL = re.compile(
    r"(?P<address>\bhttps?://[\w.~:/?#@!$&'+,;=%-]+)|(?P<number>^\s*[0-9]+)(?=[.)](?:\s|$))"
    r"|(?P<mark>[\\*_~|`<>\[\]]|(?:^|(?<=\s))[#-])",
    re.MULTILINE,
)


def escape(text: str) -> str:
    """Text that users wrote, so that Discord shows it as it stands: no markdown, no mention, no timestamp.

    discord.py's `escape_markdown` does not do: of two masked links in a line it leaves the second alive.
    """
    return discord.utils.escape_mentions(_SPECIAL.sub(_escaped, text))


def _escaped(found: re.Match[str]) -> str:
    if found["number"]:
        return found["number"] + "\\"
    return found["address"] or "\\" + found["mark"]


def size(text: str) -> int:
    """The length of `text` as the strictest of Discord's counters sees it: in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def fit(text: str, limit: int) -> str:
    """`text` cut to `limit` (see `size`), with an ellipsis when something is missing."""
    if size(text) <= limit:
        return text
    cut, room = 0, limit - 1
    for character in text:
        room -= size(character)
        if room < 0:
            break
        cut += 1
    return text[:cut].rstrip("\\") + "…"


def _inline(part: Inline) -> str:
    if isinstance(part, datetime):
        return discord.utils.format_dt(part, "f")
    if isinstance(part, Relative):
        return discord.utils.format_dt(part.at, "R")
    if isinstance(part, Place):
        return f"<#{part.id}>"
    if isinstance(part, Link):
        return part.url
    return escape(part)


def render_line(parts: Line) -> str:
    return "".join(_inline(part) for part in parts)


def embed_of(notice: Notice, mark: str = "") -> discord.Embed:
    """The embed; `mark` goes into its footer beside the event's reference, so that the message can be found."""
    budget = EMBED_TOTAL
    title = fit(escape(notice.title), TITLE)
    footer = fit(" · ".join(filter(None, [notice.reference, mark])), FOOTER)
    budget -= size(title) + size(footer)
    fields: list[tuple[str, str, bool]] = []
    for field in notice.fields[:FIELDS]:
        name, value = (
            fit(field.label, FIELD_NAME).strip() or EMPTY,
            fit(render_line(field.value), FIELD).strip() or EMPTY,
        )
        if size(name) + size(value) > budget:
            break
        fields.append((name, value, field.inline))
        budget -= size(name) + size(value)
    description = fit("\n".join(render_line(one) for one in notice.lines), min(DESCRIPTION, budget)) if budget else ""
    embed = discord.Embed(title=title or None, description=description or None, colour=_COLOURS[notice.tone])
    for name, value, inline in fields:
        embed.add_field(name=name, value=value, inline=inline)
    if footer:
        embed.set_footer(text=footer)
    return embed


def view_of(notice: Notice) -> discord.ui.View | None:
    """The notice's buttons, or None. See `stateless`."""
    if not notice.buttons:
        return None
    view = discord.ui.View(timeout=None)
    for button in notice.buttons:
        view.add_item(
            discord.ui.Button(
                label=fit(button.label, BUTTON_LABEL),
                style=_STYLES[button.style],
                custom_id=CUSTOM_ID.format(action=button.action, argument=button.target),
            )
        )
    return stateless(view)


def pager(
    action: str, page: int, pages: int, argument: Callable[[int], object], *, labels: tuple[str, str]
) -> discord.ui.View | None:
    """Buttons to the page before `page` (from 0) and to the one after it; None where there is one page.

    The router's `action` answers them; `argument` makes a button's from the number of its page.
    """
    if pages == 1:
        return None
    view = discord.ui.View(timeout=None)
    for label, number in zip(labels, (page - 1, page + 1), strict=True):
        custom_id = CUSTOM_ID.format(action=action, argument=argument(max(number, 0)))
        view.add_item(discord.ui.Button(label=label, custom_id=custom_id, disabled=not 0 <= number < pages))
    return stateless(view)


def stateless(view: discord.ui.View) -> discord.ui.View:
    """A view that discord.py does not keep: the router answers its components, now and after a restart."""
    view.stop()
    return view
