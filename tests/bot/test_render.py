"""How notices are drawn: within Discord's limits, and with nothing alive that a user wrote."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import discord
from hypothesis import example, given
from hypothesis import strategies as st

from bot.render import CONTENT, EMBED_TOTAL, embed_of, escape, fit, size, view_of
from services.notice import Button, Field, Link, Notice, Style, Tone, line

TEXT = st.text(max_size=400) | st.text("*_~|`[](){}<>@#:-\\ \n\t👩é", max_size=400)
LONG = st.integers(0, 6000).flatmap(
    lambda length: st.sampled_from(["x", "*", "👩", "[a](b)", "\\"]).map(lambda c: c * length)
)
ANY = TEXT | LONG
INSTANT = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds the zone
INLINE = ANY | INSTANT | st.just(Link("https://vod.example/1"))
LINE = st.lists(INLINE, max_size=3).map(tuple)
FIELD = st.builds(Field, ANY, LINE, st.booleans())
LABEL = st.text(max_size=200).map("Join {}".format)
BUTTON = st.builds(
    Button, st.sampled_from(["approve", "leaderboard"]), st.integers(1, 2**63 - 1), LABEL, st.sampled_from(Style)
)
NOTICE = st.builds(
    Notice,
    title=ANY,
    lines=st.lists(LINE, max_size=5).map(tuple),
    fields=st.lists(FIELD, max_size=30).map(tuple),
    buttons=st.lists(BUTTON, max_size=25).map(tuple),
    tone=st.sampled_from(Tone),
    reference=ANY,
)


@given(NOTICE, ANY)
@example(Notice(title="", fields=(Field("A", line("b")),) * 26), "")
def test_every_notice_fits_what_discord_takes(notice: Notice, mark: str) -> None:
    drawn = embed_of(notice, mark)
    title, description, footer = drawn.title or "", drawn.description or "", drawn.footer.text or ""
    assert size(title) <= 256
    assert size(description) <= 4096
    assert size(footer) <= 2048
    assert len(drawn.fields) <= 25
    for field in drawn.fields:
        assert 1 <= size((field.name or "").strip()) <= size(field.name or "") <= 256
        assert 1 <= size((field.value or "").strip()) <= size(field.value or "") <= 1024
    texts = [title, description, footer, *(f"{field.name}{field.value}" for field in drawn.fields)]
    assert sum(map(size, texts)) <= EMBED_TOTAL


@given(st.lists(BUTTON, max_size=25).map(tuple))
def test_every_notices_buttons_fit(buttons: tuple[Button, ...]) -> None:
    view = view_of(Notice(title="", buttons=buttons))
    rows = view.to_components() if view else []
    assert len(rows) <= 5
    for row in rows:
        assert 1 <= len(row["components"]) <= 5
        for button in row["components"]:
            assert 1 <= len(button["custom_id"]) <= 100
            assert 1 <= size(button["label"]) <= 80


@given(ANY, st.integers(1, 3000))
def test_a_cut_text_fits_and_says_that_it_was_cut(text: str, limit: int) -> None:
    cut = fit(text, limit)
    assert len(cut) <= size(cut) == len(cut.encode("utf-16-le", "surrogatepass")) // 2
    assert size(cut) <= limit
    if cut != text:
        assert cut.endswith("…")
        assert text.startswith(cut[:-1])


def unescaped(escaped: str) -> str:
    """What Discord shows of escaped text."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", escaped).replace("\u200b", "")


def alive(escaped: str) -> str:
    """What is left of the text for Discord to give a meaning to."""
    return re.sub(r"\\[^0-9A-Za-z\s]", "·", escaped)


@given(ANY)
def test_what_a_user_wrote_is_shown_as_it_stands(text: str) -> None:
    assert unescaped(escape(text)) == text.replace("\u200b", "")


MARKDOWN = [
    re.compile(r"\[[^\]]*\]\("),  # a masked link
    re.compile(r"<(?:@[!&]?|#|t:|a?:\w+:|/|id:|https?:)"),  # a mention, a timestamp, an emoji, a command, a link
    re.compile(r"@(?:everyone|here)"),
    re.compile(r"[*~`|]"),
    re.compile(r"^\s*(?:#{1,3}|-#|>|-)\s", re.MULTILINE),
    re.compile(r"^\s*[0-9]+[.)]\s", re.MULTILINE),  # an item of a list, which Discord numbers anew
]


@given(
    ANY
    | st.lists(
        st.sampled_from(
            [
                "[a](https://b.example)",
                "@everyone",
                "<@1>",
                "<t:1:R>",
                "# ",
                "- ",
                "4. ",
                "5) ",
                "> ",
                "\n",
                " ",
                "\\",
                "https://c.example/",
                "*x*",
            ]
        )
    ).map("".join)
)
def test_nothing_that_a_user_wrote_is_alive(text: str) -> None:
    for pattern in MARKDOWN:
        assert not pattern.search(alive(escape(text))), pattern


def test_every_one_of_several_masked_links_is_taken_apart() -> None:
    # discord.py's own function leaves the second one alive.
    assert "[b](" in discord.utils.escape_markdown("[a](http://x) [b](http://y)").replace("\\[", "")
    assert escape("[a](http://x) [b](http://y)") == r"\[a\](http://x) \[b\](http://y)"


def test_a_plain_address_stays_one_that_can_be_followed() -> None:
    assert escape("see https://vod.example/a_b?c=d_e-f now") == "see https://vod.example/a_b?c=d_e-f now"
    assert escape("snake_case") == r"snake\_case"


@given(ANY)
def test_a_plain_answer_fits_into_a_message(text: str) -> None:
    assert size(fit(escape(text), CONTENT)) <= 2000
