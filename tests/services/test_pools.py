"""Pools of seeds, as organizers set them up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Role, TournamentStatus
from services.errors import Invalid, NotFound, WrongState
from services.pool_text import LARGEST, LONGEST_NOTE, LONGEST_PERMALINK, decode, read_seeds, require_small
from services.pools import MOST_POOLS, MOST_SEEDS
from services.preset_access import Whose
from services.words import pools as words
from tests.services.world import ELSEWHERE, OWNER, World

SECRET = "https://seeds.example/abc"


def changed(world: World) -> list[tuple[str, object, object]]:
    """What the newest change told."""
    return [(one["field"], one["old"], one["new"]) for one in world.newest("TournamentUpdated")["changed_fields"]]


def seeds_of(world: World) -> list[str]:
    return world.select("SELECT permalink FROM seed ORDER BY id")


async def trail(world: World) -> str:
    world.start()
    await world.settle()
    return [line.text for line in await world.herald.audit.everything()][-1]


async def test_a_pool_is_made_with_its_seeds_notes_and_preset(world: World) -> None:
    cup, olga = await world.tournament(status=TournamentStatus.DRAFT), await world.actor(OWNER)
    preset = await world.preset(OWNER, Whose.COMMUNITY, name="Open")
    pool, number = await world.herald.pools.create(
        olga,
        cup.id,
        name=" Hard  mode ",
        notes="No maps",
        preset="OPEN",
        seeds=f"{SECRET} | made by Olga\n\n  seed 2  ",
    )
    assert (pool.name, pool.notes, pool.preset_id, number) == ("Hard mode", "No maps", preset.id, 2)
    assert world.select("SELECT permalink, notes, given, retired_at FROM seed ORDER BY id") == [
        (SECRET, "made by Olga", 0, None),
        ("seed 2", "", 0, None),
    ]
    assert world.newest("TournamentUpdated")["pool_name"] == "Hard mode"
    assert changed(world) == [("pool", None, "Hard mode"), ("seeds", 0, 2)]
    assert await trail(world) == "Olga added the pool Hard mode to Spring Cup (2 seeds)"


async def test_neither_events_nor_the_trail_nor_messages_tell_what_a_seed_or_its_notes_are(world: World) -> None:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    pools = world.herald.pools
    pool, _ = await pools.create(olga, cup.id, name="Open", notes="hush", seeds=f"{SECRET} | psst")
    await pools.add_seeds(olga, pool.id, seeds=f"{SECRET}2 | psst")
    await pools.edit(olga, pool.id, name="Hard", notes="hush hush", preset="")
    await pools.retire(olga, cup.id, "hard", 1)
    await pools.restore(olga, cup.id, "hard", 1)
    await pools.delete(olga, pool.id, typed_name="Hard")
    world.start()
    await world.settle()
    # The seeds themselves are gone; this is all that is left of them.
    told = str(world.dump()) + str([line.text for line in await world.herald.audit.everything()])
    for secret in (SECRET, "psst", "hush"):
        assert secret not in told
    assert "deleted the pool Hard of Spring Cup" in told


async def test_a_name_is_taken_once_in_a_tournament_and_there_is_a_limit(world: World) -> None:
    cup, other, olga = await world.tournament(), await world.tournament("Other"), await world.actor(OWNER)
    await world.pool(cup, "Open")
    await world.pool(other, "Open")
    with pytest.raises(WrongState, match="There is a pool called OPEN in Spring Cup already"):
        await world.herald.pools.create(olga, cup.id, name="OPEN")
    hard = await world.pool(cup, "Hard")
    with pytest.raises(WrongState, match="There is a pool called open in Spring Cup already"):
        await world.herald.pools.edit(olga, hard.id, name="open", notes="", preset="")
    for number in range(MOST_POOLS - 2):
        await world.herald.pools.create(olga, cup.id, name=f"Pool {number}")
    with pytest.raises(WrongState, match="has 25 pools already"):
        await world.herald.pools.create(olga, cup.id, name="One more")
    await world.herald.pools.edit(olga, hard.id, name="HARD", notes="", preset="")


async def test_an_edit_tells_what_changed_and_nothing_when_nothing_did(world: World) -> None:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    await world.preset(OWNER, Whose.COMMUNITY, name="Standard")
    pool = await world.pool(cup)
    await world.herald.pools.edit(olga, pool.id, name="Hard", notes="No maps", preset="standard")
    assert changed(world) == [("pool", "Open", "Hard"), ("pool_preset", None, "Standard"), ("pool_notes", None, None)]
    last = world.last_event()
    await world.herald.pools.edit(olga, pool.id, name="Hard", notes="No maps", preset="Standard")
    assert world.last_event() == last
    assert await trail(world) == (
        "Olga changed the pool Hard of Spring Cup: "
        "name from “Open” to “Hard”, preset from nothing to “Standard” and notes"
    )


async def test_only_a_preset_of_the_community_goes_with_a_pool(world: World) -> None:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    await world.preset(OWNER, Whose.MINE, name="Own")
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    await world.preset("Rita", Whose.COMMUNITY, name="Theirs", guild=ELSEWHERE)
    for name in ("Own", "Theirs", "Nothing"):
        with pytest.raises(NotFound, match="is not a preset here"):
            await world.herald.pools.create(olga, cup.id, name="Open", preset=name)
    assert world.select("SELECT count(*) FROM pool") == [0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seed 3\nseed 1", "Line 2: that seed is in Open already. Nothing was added."),
        ("a\n\nb\n a | again", "Line 4 has the same permalink as line 1. Nothing was added."),
        ("a\n| only a note", "The permalink in line 2 is empty."),
        (f"a\n{'x' * (LONGEST_PERMALINK + 1)}", "The permalink in line 2 is too long: 501 characters"),
        (f"a\nb | {'x' * (LONGEST_NOTE + 1)}", "The note in line 2 is too long: 501 characters"),
        ("a\nftp://seeds.example/1", "The permalink in line 2 must be a full web address"),
        ("a\nhttps://user@evil.example/", "The permalink in line 2 must be a full web address"),
        (" \n\t\n", "There is no seed in it."),
    ],
)
async def test_seeds_are_added_all_or_none_and_the_line_is_named(world: World, text: str, words: str) -> None:
    pool, olga = await world.pool(await world.tournament()), await world.actor(OWNER)
    before = world.dump()
    with pytest.raises(Invalid) as refused:
        await world.herald.pools.add_seeds(olga, pool.id, seeds=text)
    assert words in str(refused.value)
    assert world.dump() == before


async def test_a_pool_holds_a_thousand_seeds_and_no_more(world: World) -> None:
    pool, olga = await world.pool(await world.tournament(), seeds=["first"]), await world.actor(OWNER)
    many = "\n".join(f"seed {number} | note {number}" for number in range(MOST_SEEDS))
    with pytest.raises(Invalid, match="That would make 1001 seeds, and at most 1000 fit into a pool"):
        await world.herald.pools.add_seeds(olga, pool.id, seeds=many)
    assert seeds_of(world) == ["first"]
    _, number = await world.herald.pools.add_seeds(olga, pool.id, seeds=many.partition("\n")[2])
    assert number == MOST_SEEDS - 1
    assert len(seeds_of(world)) == MOST_SEEDS
    assert changed(world) == [("seeds", 1, MOST_SEEDS)]
    assert await trail(world) == "Olga changed the pool Open of Spring Cup: seeds from “1” to “1000”"


@given(st.lists(st.tuples(st.text("abcde|", min_size=1, max_size=4), st.text("xyz |", max_size=4)), max_size=20))
def test_whatever_is_written_is_read_or_refused_by_its_line(lines: list[tuple[str, str]]) -> None:
    text = "\n".join(f"{link} | {note}" for link, note in lines)
    links = [link.partition("|")[0].strip() for link, _ in lines]
    if all(links) and len(set(links)) == len(links):
        assert [seed.permalink for seed in read_seeds(text)] == links
        assert [seed.line for seed in read_seeds(text)] == list(range(1, len(lines) + 1))
    else:
        with pytest.raises(Invalid, match=r"[Ll]ine \d+"):
            read_seeds(text)


def test_a_file_is_text_of_a_bounded_size() -> None:
    assert read_seeds(decode("\ufeffgröße\r\nb | c\r\n".encode()))[0].permalink == "größe"
    with pytest.raises(Invalid, match="not text in UTF-8"):
        decode(b"\xff\xfe\x00")
    with pytest.raises(Invalid, match="at most 256 KiB fit"):
        require_small(LARGEST + 1)


async def test_a_seed_is_retired_and_restored_once(world: World) -> None:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    await world.pool(cup)
    pools = world.herald.pools
    await pools.retire(olga, cup.id, "OPEN", 1)
    assert world.select("SELECT id FROM seed WHERE retired_at IS NOT NULL") == [1]
    assert changed(world) == [("seeds", 2, 1)]
    with pytest.raises(WrongState, match="is retired already"):
        await pools.retire(olga, cup.id, "open", 1)
    await pools.restore(olga, cup.id, "open", 1)
    assert world.select("SELECT id FROM seed WHERE retired_at IS NOT NULL") == []
    assert changed(world) == [("seeds", 1, 2)]
    with pytest.raises(WrongState, match="is given to racers already"):
        await pools.restore(olga, cup.id, "open", 1)


async def test_a_seed_of_another_pool_is_left_alone(world: World) -> None:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    await world.pool(cup, "Open", seeds=["a"])
    await world.pool(cup, "Hard", seeds=["b"])
    with pytest.raises(NotFound, match="is not in this pool"):
        await world.herald.pools.retire(olga, cup.id, "Open", 2)
    with pytest.raises(NotFound, match="“Easy” is not a pool of Spring Cup"):
        await world.herald.pools.retire(olga, cup.id, "Easy", 2)
    assert world.select("SELECT count(*) FROM seed WHERE retired_at IS NOT NULL") == [0]


async def test_a_pool_is_deleted_by_its_name_unless_somebody_was_given_a_seed_of_it(world: World) -> None:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    pool = await world.pool(cup)
    with pytest.raises(Invalid, match="“Hard” is not its name, so nothing was deleted"):
        await world.herald.pools.delete(olga, pool.id, typed_name="Hard")
    world.execute("UPDATE seed SET given = 1 WHERE id = 2")
    with pytest.raises(WrongState, match="Somebody was given a seed of Open"):
        await world.herald.pools.delete(olga, pool.id, typed_name="open")
    world.execute("UPDATE seed SET given = 0")
    await world.herald.pools.delete(olga, pool.id, typed_name=" OPEN")
    assert world.select("SELECT (SELECT count(*) FROM pool) + (SELECT count(*) FROM seed)") == [0]
    assert await trail(world) == "Olga deleted the pool Open of Spring Cup"
    with pytest.raises(NotFound, match="is not there any more"):
        await world.herald.pools.add_seeds(olga, pool.id, seeds="x")


async def test_after_the_end_pools_are_seen_and_stay_as_they_are(world: World) -> None:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    pool, pools = await world.pool(cup), world.herald.pools
    await world.herald.tournaments.end(olga, cup.id)
    before = world.dump()
    for call in (
        pools.extendable(olga, cup.id),
        pools.create(olga, cup.id, name="Hard"),
        pools.editable(olga, cup.id, "Open"),
        pools.edit(olga, pool.id, name="Hard", notes="", preset=""),
        pools.add_seeds(olga, pool.id, seeds="x"),
        pools.retire(olga, cup.id, "Open", 1),
        pools.restore(olga, cup.id, "Open", 1),
        pools.delete(olga, pool.id, typed_name="Open"),
    ):
        with pytest.raises(WrongState, match="Spring Cup has ended, so its pools stay as they are"):
            await call
    assert world.dump() == before
    assert [view.active for view in (await pools.all(olga, cup.id))[1]] == [2]
    assert [seed.permalink for seed in (await pools.seeds(olga, cup.id, "open")).seeds] == ["seed 1", "seed 2"]


async def test_where_runs_were_typed_in_there_are_no_pools(world: World) -> None:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    await world.run("Ann", cup)
    with pytest.raises(WrongState, match="Runs were handed in to Spring Cup without a seed"):
        await world.herald.pools.create(olga, cup.id, name="Open")


async def test_where_there_are_pools_no_run_is_typed_in(world: World) -> None:
    cup, ann = await world.tournament(), await world.actor("Ann")
    await world.pool(cup)
    with pytest.raises(WrongState, match="press Start race or use /race start"):
        await world.herald.races.submittable(ann, cup.id)
    with pytest.raises(WrongState, match="press Start race or use /race start"):
        await world.run("Ann", cup)


async def test_a_list_says_how_many_seeds_there_are_and_how_often_they_were_given(world: World) -> None:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    await world.preset(OWNER, Whose.COMMUNITY, name="Standard")
    await world.herald.pools.create(olga, cup.id, name="Empty", preset="Standard")
    await world.pool(cup, "Open", seeds=["a", "b", "c"])
    world.execute("UPDATE seed SET given = id")
    await world.herald.pools.retire(olga, cup.id, "Open", 3)
    tournament, views = await world.herald.pools.all(olga, "spring cup")
    assert [(v.pool.name, v.active, v.retired, v.given, v.preset) for v in views] == [
        ("Empty", 0, 0, 0, "Standard"),
        ("Open", 2, 1, 6, ""),
    ]
    notice = words.pool_list(tournament.name, views)
    assert [(f.label, f.value) for f in notice.fields] == [
        ("Empty", ("0 seeds · given 0 times · made with Standard",)),
        ("Open", ("2 seeds · 1 retired · given 6 times",)),
    ]
    listed = await world.herald.pools.seeds(olga, cup.id, "open")
    assert words.seed_lines(listed.seeds) == "given 1 | a\ngiven 2 | b\ngiven 3 | retired | c"


async def test_names_and_seeds_are_completed_for_organizers_alone(world: World) -> None:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    await world.pool(cup, "Open", seeds=["abc | first", "xyz"])
    await world.pool(cup, "Hard", seeds=["abc"])
    pools, spring = world.herald.pools, "Spring Cup"
    await pools.retire(olga, spring, "Open", 2)
    assert await pools.names(olga, spring, "") == ["Open", "Hard"]
    assert await pools.names(olga, spring, "PE") == ["Open"]
    assert await pools.choices(olga, spring, "open", "FIRST", retired=False) == [("abc · first", 1)]
    assert await pools.choices(olga, spring, "open", "", retired=True) == [("xyz", 2)]
    assert await pools.choices(olga, spring, "none", "", retired=False) == []
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    others = [await world.hire(role.value, role) for role in (Role.RACER, Role.REVIEWER, Role.MODERATOR)]
    for actor in (*others, await world.actor("Rita", guild=ELSEWHERE), await world.actor("Rita", guild=None)):
        assert await pools.names(actor, spring, "") == []
        assert await pools.choices(actor, spring, "open", "", retired=False) == []
    assert await pools.names(olga, "No such cup", "") == []


async def test_pools_of_another_community_do_not_exist_here(world: World) -> None:
    pool = await world.pool(await world.tournament())
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    rita, pools = await world.actor("Rita", guild=ELSEWHERE), world.herald.pools
    before = world.dump()
    for call in (
        pools.edit(rita, pool.id, name="Mine", notes="", preset=""),
        pools.add_seeds(rita, pool.id, seeds="mine"),
        pools.delete(rita, pool.id, typed_name="Open"),
    ):
        with pytest.raises(NotFound, match="That pool is not there any more"):
            await call
    for call in (
        pools.create(rita, pool.tournament_id, name="Mine"),
        pools.seeds(rita, "Spring Cup", "Open"),
        pools.all(rita, pool.tournament_id),
        pools.retire(rita, pool.tournament_id, "Open", 1),
    ):
        with pytest.raises(NotFound, match="is not a tournament here"):
            await call
    assert world.dump() == before
