"""Drawing a notice with Discord's means. All text is escaped here, and cut to Discord's limits."""

from __future__ import annotations

from datetime import datetime

import discord

from services.notice import Inline, Line, Link, Notice, Style, Tone

CUSTOM_ID = "herald:{action}:{argument}"

# Discord's limits (Embed Limits, Message Resource); characters.
TITLE, DESCRIPTION, FIELD, FIELDS, FOOTER, CONTENT = 256, 4096, 1024, 25, 2048, 2000
EMBED_TOTAL = 6000

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


def escape(text: str) -> str:
    """Text that users wrote, so that Discord shows it as it stands: no markdown, no mention, no timestamp."""
    escaped = discord.utils.escape_markdown(text).replace("<", "\\<")
    return discord.utils.escape_mentions(escaped)


def fit(text: str, limit: int) -> str:
    """`text` cut to `limit` characters, with an ellipsis when something is missing."""
    return text if len(text) <= limit else text[: limit - 1].rstrip("\\") + "…"


def _inline(part: Inline) -> str:
    if isinstance(part, datetime):
        return discord.utils.format_dt(part, "f")
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
    budget -= len(title) + len(footer)
    fields: list[tuple[str, str, bool]] = []
    for field in notice.fields[:FIELDS]:
        value = fit(render_line(field.value), FIELD) or "–"
        fields.append((field.label, value, field.inline))
        budget -= len(field.label) + len(value)
    description = fit("\n".join(render_line(one) for one in notice.lines), max(1, min(DESCRIPTION, budget)))
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
                label=button.label,
                style=_STYLES[button.style],
                custom_id=CUSTOM_ID.format(action=button.action, argument=button.target),
            )
        )
    return stateless(view)


def stateless(view: discord.ui.View) -> discord.ui.View:
    """A view that discord.py does not keep: the router answers its components, now and after a restart."""
    view.stop()
    return view
