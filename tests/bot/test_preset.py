"""/preset, by its owner, by organizers, and by those who only look."""

# Files are lost behind simcord's back.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import re
from typing import Any

import discord
import pytest
from simcord import InteractionResult
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.blocks import code_block
from bot.demo.transcript import body, shown
from services.paging import PAGE
from services.preset_text import LARGEST
from tests.bot.people import CUP, People, inputs, labels, posted, told

TEXT = "goal: ganon\nhints:\n  - always"
MAY_NOT = "You may not manage tournaments here. That takes the role of owner, admin or organizer."
LONG = "\n".join(f"setting_{number}: {'x' * 20}" for number in range(300))


async def make(club: People, name: str = "Open", *, by: str = "Ann", whose: str = "mine", text: str = TEXT) -> str:
    form = await club.slash(by, "preset create", whose=whose)
    assert "is kept" in told(await club.fill_in(by, form, name=name, text=text))
    return name


async def edit(club: People, preset: str, text: str, *, by: str = "Ann", **answers: str) -> InteractionResult:
    form = await club.slash(by, "preset edit", preset=preset)
    return await club.fill_in(by, form, **{"name": preset, **answers}, text=text)


def undated(text: str) -> list[str]:
    """Its lines, without the time of day."""
    return re.sub(r"\d\d:\d\d UTC", "… UTC", text).splitlines()


async def attached(message: discord.Message) -> tuple[str, str]:
    """The name of a message's file, and what is in it."""
    (file,) = message.attachments
    return file.filename, (await file.read()).decode()


async def test_settings_are_typed_into_a_form_shown_and_changed(club: People) -> None:
    form = await club.slash("Ann", "preset create", whose="mine", name="Open")
    assert inputs(form) == {"name": "Open", "text": ""}
    done = told(await club.fill_in("Ann", form, name="Open", text=TEXT))
    assert done == "Open is kept, and is yours. Show it with /preset show."
    card = told(await club.slash("Ann", "preset show", preset="open"))
    assert undated(card) == [
        "Open (yours)",
        "Version 1 of 1, by Ann, 2026-01-01 … UTC",
        "```yaml",
        *TEXT.splitlines(),
        "```",
    ]
    form = await club.slash("Ann", "preset edit", preset="open")
    assert inputs(form) == {"name": "Open", "text": TEXT}
    answer = told(await club.fill_in("Ann", form, name="Closed", text="goal: triforce"))
    assert answer == "Closed is saved as version 2."
    assert "goal: triforce" in told(await club.slash("Ann", "preset show", preset="closed"))
    old = told(await club.slash("Ann", "preset show", preset="closed", version=1))
    assert undated(old)[:2] == ["Open (yours)", "Version 1 of 2, by Ann, 2026-01-01 … UTC"]
    assert TEXT in old
    with club.unchanged():
        answer = told(await club.slash("Ann", "preset show", preset="closed", version=3))
        assert answer == "Closed has no version 3; its newest is 2."


async def test_a_slip_is_explained_with_its_place_and_what_was_typed_comes_back(club: People) -> None:
    form = await club.slash("Ann", "preset create", whose="mine")
    with club.unchanged():
        refused = await club.fill_in("Ann", form, name="Open", text="goal: ganon\nhints: a: b")
        assert "Line 2, column 9: a colon makes no sense here" in told(refused)
    again = await club.press("Ann", shown(refused), "Edit and try again")
    assert inputs(again) == {"name": "Open", "text": "goal: ganon\nhints: a: b"}
    assert "is kept" in told(await club.fill_in("Ann", again, name="Open", text=TEXT))
    with club.unchanged():
        assert "Nothing has changed, so Open stays at version 1." in told(await edit(club, "Open", TEXT))
        form = await club.slash("Ann", "preset create", whose="mine")
        taken = told(await club.fill_in("Ann", form, name="OPEN", text=TEXT))
        assert "There is a preset called OPEN already. Please choose another name." in taken


async def test_settings_come_from_a_file_too(club: People) -> None:
    text = LONG + "\r\nname: größe\r\n"
    made = await club.slash("Ann", "preset create", whose="mine", file=("Hard mode.yaml", text.encode()))
    assert told(made) == "Hard mode is kept, and is yours. Show it with /preset show."
    assert club.select("SELECT text FROM preset_version") == [text]
    long = shown(await club.slash("Ann", "preset show", preset="hard mode"))
    assert await attached(long) == ("Hard-mode.yaml", text)
    assert str(long.embeds[0].description).endswith("…\n```")
    assert "There is more of it in the file." in str(long.embeds[0].footer.text)
    with club.unchanged():
        answer = told(await club.slash("Ann", "preset edit", preset="hard mode"))
        assert "is too long for a form, which takes 4000 characters" in answer
    changed = await club.slash("Ann", "preset edit", preset="hard mode", file=("x.yaml", b"a: 1"))
    assert told(changed) == "Hard mode is saved as version 2."
    named = await club.slash("Ann", "preset create", whose="mine", name="Easy", file=("x.yaml", b"a: 1"))
    assert "Easy is kept" in told(named)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"x" * (LARGEST + 1), "That is too much: 65537 bytes, and at most 65536 fit (64 KiB)."),
        (b"a: 1\nb: \xff", "Line 2, column 4: the file is not in UTF-8; save it as that."),
        (b"a: &x 1\nb: *x", "Line 1, column 4: anchors (&) and aliases (*) are not taken"),
        (b"", "Line 1, column 1: there is nothing in it."),
    ],
)
async def test_a_file_that_does_not_do_is_refused_in_words(club: People, data: bytes, words: str) -> None:
    await make(club)
    with club.unchanged():
        made = await club.slash("Ann", "preset create", whose="mine", file=("new.yaml", data))
        assert words in told(made)
        assert words in told(await club.slash("Ann", "preset edit", preset="Open", file=("new.yaml", data)))


class Lost(dict[str, bytes]):
    """Files that Discord took, and cannot find when it is asked for them."""

    def get(self, _: str, default: Any = None, /) -> Any:
        return default


async def test_a_file_that_discord_does_not_give_out_is_said_in_words(club: People) -> None:
    await make(club)
    club.stage.env.backend.cdn._blobs = Lost()
    with club.unchanged():
        answer = told(await club.slash("Ann", "preset edit", preset="Open", file=("x.yaml", b"a: 1")))
        assert answer == "Discord does not give the file out right now. Please try again in a moment."


async def test_the_history_shows_versions_and_what_each_changed(club: People) -> None:
    await make(club)
    await edit(club, "Open", TEXT.replace("ganon", "triforce"))
    await edit(club, "Open", TEXT.replace("ganon", "triforce"), name="Closed")
    listed = told(await club.slash("Ann", "preset history", preset="closed"))
    assert [one.split(" by ")[0] for one in listed.splitlines()] == [
        "Closed: versions",
        "3 · Closed ·",
        "2 · Open ·",
        "1 · Open ·",
    ]
    change = told(await club.slash("Ann", "preset history", preset="closed", version=2))
    assert undated(change) == [
        "Open: what changed",
        "Version 1 became 2, by Ann, 2026-01-01 … UTC",
        "```diff",
        "@@ -1,3 +1,3 @@",
        "-goal: ganon",
        "+goal: triforce",
        *(" hints:", "   - always"),
        "```",
    ]
    renamed = told(await club.slash("Ann", "preset history", preset="closed", version=3))
    assert renamed.splitlines()[2:] == ["Its name was Open."]
    first = told(await club.slash("Ann", "preset history", preset="closed", version=1))
    assert first == "Version 1 of Open is its first, so there is nothing before it."


async def test_a_change_that_does_not_fit_is_whole_in_a_file(club: People) -> None:
    await make(club)
    told(await club.slash("Ann", "preset edit", preset="Open", file=("x.yaml", LONG.encode())))
    message = shown(await club.slash("Ann", "preset history", preset="Open", version=2))
    name, changed = await attached(message)
    assert name == "Open.diff"
    assert changed.count("\n+setting_") == 300
    assert len(message.embeds[0]) <= 6000
    assert len(str(message.embeds[0].description)) <= 4096


async def test_many_versions_and_many_presets_are_turned_by_buttons_also_after_a_restart(club: People) -> None:
    await make(club, "0")
    for number in range(1, PAGE + 1):
        await edit(club, "0", f"a: {number}")
        await make(club, f"{number:02}")
    history = shown(await club.slash("Ann", "preset history", preset="0"))
    presets = shown(await club.slash("Ann", "preset list"))
    assert labels(history) == ["Newer", "Older"]
    assert labels(presets) == ["Back", "On"]
    await club.restart()
    await club.press("Ann", history, "Older")
    assert body(club.card(history)).splitlines()[1].startswith("1 · 0 · by Ann")
    await club.press("Ann", presets, "On")
    assert body(club.card(presets)).splitlines()[1:-1] == [f"{PAGE} · yours · version 1"]
    # Whoever sends another's button sees their own, and nothing of hers.
    await club.slash("Bo", "tournament list")
    with club.unchanged():
        assert "is not a preset here" in told(await club.craft("Bo", "herald:preset_history:1.0"))


async def test_a_preset_is_deleted_only_by_its_own_name(club: People) -> None:
    await make(club)
    form = await club.slash("Ann", "preset delete", preset="open")
    with club.unchanged():
        refused = await club.fill_in("Ann", form, name="Opn")
        assert "“Opn” is not its name, so nothing was deleted. To delete it, type Open." in told(refused)
    again = await club.press("Ann", shown(refused), "Edit and try again")
    assert told(await club.fill_in("Ann", again, name="open")) == "Open is deleted, with all its versions."
    with club.unchanged():
        again = await club.craft("Ann", "herald:preset_delete:1", fields={"name": "open"})
        assert "That preset is not a preset here" in told(again)
        answer = told(await club.slash("Ann", "preset show", preset="open"))
        assert answer == "“open” is not a preset here. /preset list shows what there is."
    assert (await club.trail())[-1] == "Ann deleted the preset Open"


async def test_the_communitys_presets_are_changed_by_organizers_and_seen_by_all(club: People) -> None:
    await club.slash("Ann", "preset list")
    with club.unchanged():
        assert told(await club.slash("Ann", "preset create", whose="community")) == MAY_NOT
        file = await club.slash("Ann", "preset create", whose="community", file=("x.yaml", b"a: 1"))
        assert told(file) == MAY_NOT
    await make(club, by="Olga", whose="community")
    await make(club, "Own", by="Ann")
    listed = told(await club.slash("Ann", "preset list"))
    assert listed.splitlines()[1:3] == ["Own · yours · version 1", "Open · the community's · version 1"]
    assert "Open (the community's)" in told(await club.slash("Ann", "preset show", preset="Open"))
    answers = {"name": "Open", "text": "a: 1"}
    with club.unchanged():
        assert told(await club.slash("Ann", "preset edit", preset="Open")) == MAY_NOT
        assert told(await club.slash("Ann", "preset delete", preset="Open")) == MAY_NOT
        assert told(await club.slash("Ann", "preset share", preset="Own", to="community")) == MAY_NOT
        for form in ("preset_edit:1", "preset_delete:1", "preset_create:community"):
            assert told(await club.craft("Ann", f"herald:{form}", fields=answers)) == MAY_NOT, form
    assert (await club.trail())[-1] != "Ann created the preset Open"


async def test_a_preset_of_ones_own_is_nobody_elses(club: People) -> None:
    await make(club)
    await club.slash("Olga", "preset list")
    answers = {"name": "Open", "text": "a: 1"}
    with club.unchanged():
        for command in ("show", "edit", "history", "delete"):
            for reference in ("Open", "#1"):
                answer = told(await club.slash("Olga", f"preset {command}", preset=reference))
                assert "is not a preset here" in answer
        for to in ("channel", "community"):
            assert "is not a preset here" in told(await club.slash("Olga", "preset share", preset="#1", to=to))
        for form in ("preset_edit:1", "preset_delete:1"):
            assert "is not a preset here" in told(await club.craft("Olga", f"herald:{form}", fields=answers))
        assert "There is none yet" in told(await club.slash("Olga", "preset list"))
        assert await club.types("Olga", "preset show", "preset") == []


async def test_names_are_offered_with_whose_they_are(club: People) -> None:
    await make(club, "Open", by="Olga", whose="community", text="a: 1")
    await make(club, "Open", by="Olga", text="a: 2")
    await make(club, "Hard", by="Olga")
    assert await club.types("Olga", "preset show", "preset") == [
        "Hard · yours",
        "Open · yours",
        "Open · the community's",
    ]
    assert await club.types("Olga", "preset edit", "preset", "OP") == ["Open · yours", "Open · the community's"]
    assert await club.types("Olga", "tournament preset", "preset") == ["Open"]
    club.stage.add_person("Cy")
    with club.unchanged():
        assert await club.types("Cy", "preset show", "preset") == []
        answer = told(await club.slash("Olga", "preset show", preset="open"))
        assert "and the community has one too. Please pick one from the list." in answer
    assert "a: 1" in told(await club.slash("Olga", "preset show", preset="#1"))


async def test_an_organizer_gives_their_preset_to_the_community_once(club: People) -> None:
    await make(club, by="Olga")
    given = told(await club.slash("Olga", "preset share", preset="Open", to="community"))
    assert given == "Open is among the community's presets now. Yours stays yours."
    with club.unchanged():
        again = told(await club.slash("Olga", "preset share", preset="#1", to="community"))
        assert again == "There is a preset called Open already. Please choose another name."
        theirs = told(await club.slash("Olga", "preset share", preset="#2", to="community"))
        assert theirs == "Open is among the community's presets already."
    assert (await club.trail())[-1] == "Olga created the preset Open"


async def test_a_preset_posted_for_all_is_copied_by_its_button_also_after_a_restart(club: People) -> None:
    await make(club)
    post = posted(await club.slash("Ann", "preset share", preset="Open", to="channel"))
    assert undated(body(post)) == [
        "Open",
        "Version 1 of 1, by Ann, 2026-01-01 … UTC",
        "```yaml",
        *TEXT.splitlines(),
        "```",
        "[Copy to mine]",
    ]
    await edit(club, "Open", "goal: triforce")
    await club.slash("Bo", "preset list")
    await club.restart()
    assert told(await club.press("Bo", post, "Copy to mine")) == "Open is among your presets now."
    with club.unchanged():
        assert told(await club.press("Bo", post, "Copy to mine")) == "Open is among your presets already."
        assert "goal: ganon" in told(await club.slash("Bo", "preset show", preset="Open"))
        # To Ann, who has gone on, her own is in the way.
        assert "You have another preset called Open." in told(await club.press("Ann", post, "Copy to mine"))
    form = await club.slash("Ann", "preset delete", preset="Open")
    told(await club.fill_in("Ann", form, name="Open"))
    await club.slash("Rae", "preset list")
    with club.unchanged():
        gone = told(await club.press("Rae", post, "Copy to mine"))
        assert gone == "That preset is not there any more, so it cannot be copied."
        for argument in ("1", "x", "", "0" * 32):
            assert "Something went wrong" not in told(await club.craft("Rae", f"herald:preset_copy:{argument}"))


async def test_who_may_not_write_in_a_channel_posts_nothing_there_through_herald(club: People) -> None:
    await make(club)
    denied = discord.Permissions(send_messages=True).value
    everyone = Overwrite(club.stage.guild.id, OverwriteType.ROLE, 0, denied)
    club.stage.env.backend.set_overwrite(club.stage.channels["races"].id, everyone)
    with club.unchanged():
        answer = told(await club.slash("Ann", "preset share", preset="Open", to="channel"))
        assert answer == "You may not write here, so Herald posts nothing here for you."
    posted(await club.slash("Olga", "preset share", preset=await make(club, by="Olga"), to="channel"))


async def test_a_long_preset_is_posted_with_its_file(club: People) -> None:
    told(await club.slash("Ann", "preset create", whose="mine", file=("Long.yaml", LONG.encode())))
    post = posted(await club.slash("Ann", "preset share", preset="Long", to="channel"))
    assert await attached(post) == ("Long.yaml", LONG)
    assert labels(post) == ["Copy to mine"]


async def test_a_tournament_names_its_preset_and_shows_it(club: People) -> None:
    await club.tournament(status="open", racers=())
    await make(club, by="Olga", whose="community")
    chosen = told(await club.slash("Olga", "tournament preset", tournament=CUP, preset="open"))
    assert chosen == "Spring Cup is raced with Open now."
    panel = posted(await club.slash("Olga", "tournament panel", tournament=CUP))
    assert "Preset: Open" in body(panel)
    assert labels(panel) == ["Join", "Leaderboard", "Preset"]
    await club.slash("Bo", "preset list")
    await club.restart()
    with club.unchanged():
        for _ in range(2):
            card = told(await club.press("Bo", panel, "Preset"))
            assert card.splitlines()[0] == "Open (the community's)"
            assert TEXT in card
        answer = told(await club.slash("Olga", "tournament preset", tournament=CUP, preset="open"))
        assert answer == "Spring Cup is raced with Open already."
        assert told(await club.slash("Bo", "tournament preset", tournament=CUP, preset="open")) == MAY_NOT
    taken = told(await club.slash("Olga", "tournament preset", tournament=CUP))
    assert taken == "Spring Cup is raced with no preset now."
    with club.unchanged():
        assert told(await club.press("Bo", panel, "Preset")) == "Spring Cup has no preset any more."
    assert "Preset" not in told(await club.slash("Bo", "tournament info", tournament=CUP))
    assert [words for words in await club.trail() if "changed Spring Cup" in words] == [
        "Olga changed Spring Cup: preset from nothing to “Open”",
        "Olga changed Spring Cup: preset from “Open” to nothing",
    ]


async def test_a_tournament_that_has_ended_keeps_its_preset(club: People) -> None:
    await make(club, by="Olga", whose="community")
    await club.tournament(status="ended")
    with club.unchanged():
        answer = told(await club.slash("Olga", "tournament preset", tournament=CUP, preset="Open"))
        assert answer == "Spring Cup has ended, so it stays as it is."
        assert await club.types("Olga", "tournament preset", "tournament") == []


HOSTILE = ["a: '```'\nb: <@1234567890123456789> @everyone", "a: |\n  ```\n  **bold**\n  ```` x", "a: '`' # ``````"]


@pytest.mark.parametrize("text", HOSTILE)
async def test_a_text_neither_leaves_its_block_nor_pings(club: People, text: str) -> None:
    name = "[Free](https://evil.example) `x`"
    await make(club, name, text=text)
    await edit(club, name, f"{text}\nz: 1")
    for message in (
        shown(await club.slash("Ann", "preset show", preset=name, version=1)),
        shown(await club.slash("Ann", "preset history", preset=name, version=2)),
        posted(await club.slash("Ann", "preset share", preset=name, to="channel")),
    ):
        description = str(message.embeds[0].description)
        assert description.count("```") == 2
        assert re.search(r"\n```(yaml|diff)\n[^$]*\n```$", description)
        assert body(message).splitlines()[0].startswith(name)
    assert club.select("SELECT text FROM preset_version WHERE number = 1") == [text]
    assert all(send["allowed_mentions"] == {"parse": []} for send in club.sends())


def test_a_block_holds_what_it_is_given() -> None:
    for text in ("`", "``", "```", "x```", "```\n```\n", "`" * 100):
        block = code_block(text, "yaml")
        assert block.count("```") == 2
        assert block.replace("\u200b", "") == f"```yaml\n{text}\n```"
