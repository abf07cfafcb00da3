from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from models import Role, TournamentStatus, Whose
from services.errors import Invalid, NotAllowed, NotFound, Refusal, WrongState
from services.paging import PAGE
from services.preset_access import MOST
from tests.services.world import ELSEWHERE, OWNER, World

TEXT = "goal: ganon\nhints: [always]\n"


async def trail(world: World) -> list[str]:
    world.start()
    await world.settle()
    return [line.text for line in await world.herald.audit.everything()]


async def test_each_edit_makes_a_version_and_every_text_is_kept(world: World) -> None:
    ann, presets = await world.actor("Ann"), world.herald.presets
    made = await presets.create(ann, Whose.MINE, name=" Open  seed ", text=TEXT)
    assert (made.name, made.version, made.organization_id, made.owner_id) == ("Open seed", 1, None, ann.account_id)
    world.clock.advance(hours=1)
    await presets.edit(ann, made.id, text="goal: triforce")
    await presets.edit(ann, "open SEED", name="Closed", text="goal: triforce")
    history = await presets.history(ann, made.id)
    assert [(one.number, one.name, one.text) for one in history.versions] == [
        (3, "Closed", "goal: triforce"),
        (2, "Open seed", "goal: triforce"),
        (1, "Open seed", TEXT),
    ]
    assert (history.versions[0].created_at - history.versions[2].created_at).total_seconds() == 3600
    assert {one.author.display_name for one in history.versions if one.author} == {"Ann"}
    assert (await presets.show(ann, "closed")).version.number == 3
    assert (await presets.show(ann, "closed", 1)).version.text == TEXT
    with pytest.raises(NotFound, match="Closed has no version 4; its newest is 3"):
        await presets.show(ann, "closed", 4)
    assert (await trail(world))[-3:] == [
        "Ann created the preset Open seed",
        "Ann changed the preset Open seed to version 2",
        "Ann changed the preset Closed (before: Open seed) to version 3",
    ]


async def test_an_edit_that_changes_nothing_says_so_and_leaves_no_event(world: World) -> None:
    ann, made = await world.actor("Ann"), await world.preset("Ann", text=TEXT)
    before = world.dump()
    for text in (TEXT, TEXT.rstrip(), TEXT.replace("\n", "\r\n")):
        with pytest.raises(WrongState, match="Nothing has changed, so Open stays at version 1"):
            await world.herald.presets.edit(ann, made.id, text=text, name="Open")
    assert world.dump() == before


async def test_an_event_of_somebodys_own_preset_is_of_no_organization_and_one_of_the_communitys_is(
    world: World,
) -> None:
    own = await world.preset(OWNER)
    event = world.newest("PresetCreated")
    assert (event["organization_id"], event["stream"]) == (None, f"preset:{own.id}")
    shared = await world.herald.presets.share(await world.actor(OWNER), own.id)
    event = world.newest("PresetCreated")
    assert (event["organization_id"], event["stream"]) == (shared.organization_id, "organization:1")
    await world.herald.presets.delete(await world.actor(OWNER), own.id, typed_name="open")
    event = world.newest("PresetUpdated")
    assert (event["organization_id"], event["stream"]) == (None, f"preset:{own.id}")
    assert event["preset_version"] == 1
    assert event["changed_fields"] == [{"field": "deleted", "old": False, "new": True}]
    assert (await trail(world))[-1] == "Olga deleted the preset Open"


async def test_a_name_is_taken_once_among_ones_own_and_once_in_the_community(world: World) -> None:
    await world.preset("Ann")
    await world.preset("Bo")
    await world.preset(OWNER, Whose.COMMUNITY)
    other = await world.preset("Ann", name="Straße")
    ann, before = await world.actor("Ann"), world.dump()
    for call in (
        world.herald.presets.create(ann, Whose.MINE, name="OPEN", text=TEXT),
        world.herald.presets.create(ann, Whose.MINE, name="STRASSE", text=TEXT),
        world.herald.presets.edit(ann, other.id, name="open", text=TEXT),
        world.herald.presets.create(await world.actor(OWNER), Whose.COMMUNITY, name="open", text=TEXT),
    ):
        with pytest.raises(WrongState, match="There is a preset called"):
            await call
    for name in ("", "\u200b", "x" * 81):
        with pytest.raises(Invalid, match="The name is"):
            await world.herald.presets.create(ann, Whose.MINE, name=name, text=TEXT)
    assert world.dump() == before
    # Its own name in another spelling is nobody else's.
    assert (await world.herald.presets.edit(ann, other.id, name="STRASSE", text=TEXT)).version == 2


async def test_two_of_one_name_have_to_be_told_apart(world: World) -> None:
    mine, ours = await world.preset(OWNER, text="a: 1"), await world.preset(OWNER, Whose.COMMUNITY, text="a: 2")
    olga, presets = await world.actor(OWNER), world.herald.presets
    with pytest.raises(WrongState, match="You have a preset called Open, and the community has one too"):
        await presets.show(olga, "open")
    assert (await presets.show(olga, f"#{mine.id}")).version.text == "a: 1"
    assert (await presets.show(olga, f"#{ours.id}")).version.text == "a: 2"
    # What looks like a number and is none of a preset's may be a name.
    await world.preset(OWNER, name="#77")
    assert (await presets.show(olga, "#77")).preset.name == "#77"


async def test_a_text_that_is_no_yaml_is_refused_and_changes_nothing(world: World) -> None:
    ann, made = await world.actor("Ann"), await world.preset("Ann")
    before = world.dump()
    with pytest.raises(Invalid, match="Line 2, column 5"):
        await world.herald.presets.create(ann, Whose.MINE, name="Bad", text="a: 1\nb: c: d")
    with pytest.raises(Invalid, match="Line 1, column 1"):
        await world.herald.presets.edit(ann, made.id, text="- 1")
    assert world.dump() == before


async def test_no_more_than_a_hundred_fit_into_a_namespace(world: World) -> None:
    presets, ann = world.herald.presets, await world.actor("Ann")
    first = await world.preset("Ann", name="0")
    shared = (await presets.show(ann, first.id)).version.share_key
    world.execute(
        "INSERT INTO preset (owner_id, name, name_key, version) VALUES "
        + ", ".join(f"({ann.account_id}, '{n}', '{n}', 1)" for n in range(1, MOST))
    )
    before = world.dump()
    with pytest.raises(WrongState, match="There are 100 presets already, and that is as many as fit"):
        await presets.create(ann, Whose.MINE, name="One more", text=TEXT)
    assert world.dump() == before
    # Those of others, and the one that is renamed, are not in the way.
    await presets.edit(ann, first.id, name="New", text=TEXT)
    await world.preset(OWNER, Whose.COMMUNITY)
    await presets.copy(await world.actor("Bo"), shared)


async def test_somebodys_own_preset_is_nobody_elses(world: World) -> None:
    made = await world.preset("Ann")
    presets = world.herald.presets
    for name in ("Bo", OWNER):
        other = await world.actor(name)
        before = world.dump()
        for reference in (made.id, f"#{made.id}", "Open"):
            await nothing_is_found(world, name, reference)
        assert (await presets.page(other)).presets == await presets.names(other, "") == []
        assert world.dump() == before


async def nothing_is_found(world: World, name: str, reference: int | str, *, guild: int | None = None) -> None:
    """Every way to a preset is refused to somebody as if there were none."""
    who = await world.actor(name, guild=guild) if guild else await world.actor(name)
    presets = world.herald.presets
    for call in (
        presets.show(who, reference),
        presets.editable(who, reference),
        presets.edit(who, reference, text="a: 1"),
        presets.history(who, reference),
        presets.compared(who, reference, 1),
        presets.share(who, reference),
        *([presets.delete(who, reference, typed_name="Open")] if isinstance(reference, int) else ()),
    ):
        with pytest.raises(NotFound, match="is not a preset here"):
            await call


async def test_another_organizations_preset_is_not_there(world: World) -> None:
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    made = await world.preset(OWNER, Whose.COMMUNITY)
    rivals = await world.tournament(by="Rita", guild=ELSEWHERE, racers=("Rob",))
    key = (await world.herald.presets.show(await world.actor("Ann"), made.id)).version.share_key
    rita = await world.actor("Rita", guild=ELSEWHERE)
    before = world.dump()
    # Olga, who may change it, may not do so from elsewhere either.
    await world.actor(OWNER, guild=ELSEWHERE)
    for name in ("Rita", OWNER):
        for reference in (made.id, f"#{made.id}", "Open"):
            await nothing_is_found(world, name, reference, guild=ELSEWHERE)
    for reference in (f"#{made.id}", "Open"):
        with pytest.raises(NotFound, match="is not a preset here"):
            await world.herald.presets.choose(rita, rivals.id, reference)
    with pytest.raises(NotFound, match="is not there any more"):
        await world.herald.presets.copy(rita, key)
    with pytest.raises(NotFound, match="is not a tournament here"):
        await world.herald.presets.choose(await world.actor(OWNER), rivals.id + 1, "Open")
    assert (await world.herald.presets.names(rita, "")) == []
    assert world.dump() == before


async def test_without_an_organization_there_are_ones_own_presets_and_no_others(world: World) -> None:
    await world.preset("Ann")
    mine = await world.preset("Bo", name="Bo's")
    await world.preset(OWNER, Whose.COMMUNITY)
    for guild in (None, ELSEWHERE):
        bo = await world.actor("Bo", guild=guild)
        assert [one.id for one in (await world.herald.presets.page(bo)).presets] == [mine.id]
        with pytest.raises(NotFound, match="is not a preset here"):
            await world.herald.presets.show(bo, "Open")
        with pytest.raises(NotFound, match=r"only works in a server|not set up in this server"):
            await world.herald.presets.create(bo, Whose.COMMUNITY, name="X", text=TEXT)
        with pytest.raises(NotFound, match=r"only works in a server|not set up in this server"):
            await world.herald.presets.share(bo, mine.id)
        assert await world.herald.presets.names(bo, "", Whose.COMMUNITY) == []
    assert (await world.herald.presets.edit(await world.actor("Bo", guild=None), mine.id, text=TEXT)).version == 2
    assert world.newest("PresetUpdated")["organization_id"] is None


async def test_the_communitys_presets_are_seen_by_all_and_changed_by_organizers(world: World) -> None:
    made = await world.preset(OWNER, Whose.COMMUNITY)
    presets = world.herald.presets
    sten, orla = await world.actor("Sten"), await world.hire("Orla", Role.ORGANIZER)
    assert (await presets.show(sten, "open")).preset.id == made.id
    assert [one.name for one in (await presets.page(sten)).presets] == ["Open"]
    before = world.dump()
    for call in (
        presets.edit(sten, made.id, text=TEXT),
        presets.delete(sten, made.id, typed_name="Open"),
        presets.create(sten, Whose.COMMUNITY, name="X", text=TEXT),
    ):
        with pytest.raises(NotAllowed, match="You may not manage tournaments here"):
            await call
    assert world.dump() == before
    assert (await presets.edit(orla, made.id, text=TEXT)).version == 2
    with pytest.raises(Invalid, match=r"“Opn” is not its name, so nothing was deleted\. To delete it, type Open"):
        await presets.delete(orla, made.id, typed_name="Opn")
    await presets.delete(orla, made.id, typed_name=" open")
    assert world.select("SELECT count(*) FROM preset_version") == [0]


async def test_a_preset_given_to_the_community_is_a_copy(world: World) -> None:
    made, olga, presets = await world.preset(OWNER, text=TEXT), await world.actor(OWNER), world.herald.presets
    await presets.edit(olga, made.id, text="a: 2")
    shared = await presets.share(olga, "open")
    assert (shared.version, shared.owner_id, shared.organization_id) == (1, None, olga.organization_id)
    await presets.edit(olga, made.id, text="a: 3")
    assert (await presets.show(await world.actor("Sten"), shared.id)).version.text == "a: 2"
    before = world.dump()
    with pytest.raises(WrongState, match="There is a preset called Open already"):
        await presets.share(olga, made.id)
    with pytest.raises(WrongState, match="Open is among the community's presets already"):
        await presets.share(olga, shared.id)
    assert world.dump() == before


async def test_what_was_shared_is_copied_once_as_it_was(world: World) -> None:
    presets, ann, bo = world.herald.presets, await world.actor("Ann"), await world.actor("Bo")
    made = await world.preset("Ann", text=TEXT)
    key = (await presets.show(ann, made.id)).version.share_key
    await presets.edit(ann, made.id, text="a: 2")
    copy = await presets.copy(bo, key)
    assert (copy.owner_id, copy.version, copy.name) == (bo.account_id, 1, "Open")
    assert (await presets.show(bo, "open")).version.text == TEXT
    before = world.dump()
    with pytest.raises(WrongState, match="Open is among your presets already"):
        await presets.copy(bo, key)
    newer = (await presets.show(ann, made.id)).version.share_key
    with pytest.raises(WrongState, match="You have another preset called Open"):
        await presets.copy(bo, newer)
    with pytest.raises(NotFound, match="is not there any more"):
        await presets.copy(bo, uuid4())
    assert world.dump() == before
    await presets.delete(ann, made.id, typed_name="open")
    with pytest.raises(NotFound, match="is not there any more"):
        await presets.copy(await world.actor("Cy"), key)
    assert (await presets.show(bo, "open")).version.text == TEXT


async def test_presses_at_the_same_time_make_one_copy(world: World) -> None:
    made, bo = await world.preset("Ann"), await world.actor("Bo")
    key = (await world.herald.presets.show(await world.actor("Ann"), made.id)).version.share_key
    there = await world.actor("Bo", guild=None)
    found = await asyncio.gather(
        *(world.herald.presets.copy(who, key) for who in (bo, there, bo)), return_exceptions=True
    )
    assert sum(isinstance(one, Refusal) for one in found) == 2
    assert world.select("SELECT count(*) FROM preset") == [2]


async def test_a_tournament_is_raced_with_a_preset_until_that_is_gone(world: World) -> None:
    cup, olga, presets = await world.tournament(), await world.actor(OWNER), world.herald.presets
    await world.preset(OWNER, Whose.COMMUNITY, text=TEXT)
    hard = await world.preset(OWNER, Whose.COMMUNITY, name="Hard")
    with pytest.raises(WrongState, match="Spring Cup is raced with no preset already"):
        await presets.choose(olga, cup.id, "")
    for name, change in (
        ("open", {"old": None, "new": "Open"}),
        (f"#{hard.id}", {"old": "Open", "new": "Hard"}),
        ("", {"old": "Hard", "new": None}),
        ("open", {"old": None, "new": "Open"}),
    ):
        await presets.choose(olga, cup.id, name)
        assert world.newest("TournamentUpdated")["changed_fields"] == [{"field": "preset", **change}]
    with pytest.raises(WrongState, match="Spring Cup is raced with Open already"):
        await presets.choose(olga, cup.id, "OPEN")
    sten = await world.actor("Sten")
    assert (await world.herald.tournaments.info(sten, cup.id)).preset == "Open"
    assert (await presets.of_tournament(sten, cup.id)).version.text == TEXT
    chosen = (await presets.of_tournament(sten, cup.id)).preset
    await presets.delete(olga, chosen.id, typed_name="Open")
    assert (await world.herald.tournaments.info(sten, cup.id)).preset == ""
    with pytest.raises(NotFound, match="Spring Cup has no preset any more"):
        await presets.of_tournament(sten, cup.id)
    assert "Olga changed Spring Cup: preset from “Open” to “Hard”" in await trail(world)


async def test_the_preset_of_a_tournament_that_has_ended_stays_and_ones_own_is_no_communitys(world: World) -> None:
    ended, olga = await world.tournament("Old Cup", status=TournamentStatus.ENDED), await world.actor(OWNER)
    cup, mine = await world.tournament(), await world.preset(OWNER, name="Mine")
    await world.preset(OWNER, Whose.COMMUNITY)
    before = world.dump()
    with pytest.raises(WrongState, match="Old Cup has ended, so it stays as it is"):
        await world.herald.presets.choose(olga, ended.id, "open")
    for reference in ("Mine", f"#{mine.id}"):
        with pytest.raises(NotFound, match="is not a preset here"):
            await world.herald.presets.choose(olga, cup.id, reference)
    assert world.dump() == before


async def test_an_organization_takes_its_presets_along_and_leaves_each_their_own(world: World) -> None:
    await world.preset(OWNER, Whose.COMMUNITY)
    mine, olga = await world.preset(OWNER), await world.actor(OWNER)
    await world.herald.organizations.delete(olga, olga.organization_id or 0, typed_name="Racing Club")
    assert world.select("SELECT id FROM preset") == [mine.id]
    assert (await world.herald.presets.show(await world.actor(OWNER), "Open")).preset.id == mine.id


async def test_lists_come_in_pages_and_ones_own_come_first(world: World) -> None:
    for number in range(PAGE):
        await world.preset("Ann", name=f"B{number:02}")
    await world.preset(OWNER, Whose.COMMUNITY, name="A")
    ann, presets = await world.actor("Ann"), world.herald.presets
    assert [one.name for one in (await presets.page(ann)).presets] == [f"B{n:02}" for n in range(PAGE)]
    last = await presets.page(ann, 10**9)
    assert ([one.name for one in last.presets], last.page, last.pages, last.total) == (["A"], 1, 2, PAGE + 1)
    assert [one.name for one in await presets.names(ann, "b0")] == [f"B{n:02}" for n in range(PAGE)]
    assert [one.name for one in await presets.names(ann, "", Whose.COMMUNITY)] == ["A"]
    for number in range(PAGE):
        await presets.edit(ann, "B00", text=f"a: {number}")
    history = await presets.history(ann, "B00", 1)
    assert ([one.number for one in history.versions], history.pages) == ([1], 2)
    view, before = await presets.compared(ann, "B00", 2)
    assert before is not None
    assert (before.number, view.version.text) == (1, "a: 0")
    assert (await presets.compared(ann, "B00", 1))[1] is None
