"""/pool and the rules of /tournament edit, by organizers and by those who may not."""

from __future__ import annotations

from bot.demo.transcript import shown
from services.pool_text import LARGEST
from tests.bot.people import CUP, VOD, People, inputs, told

MAY_NOT = "You may not manage tournaments here. That takes the role of owner, admin or organizer."
COMMANDS = ("create", "edit", "seeds", "list", "retire", "restore", "delete")


async def make(club: People, name: str = "Open", seeds: str = "seed 1\nseed 2 | fast") -> None:
    form = await club.slash("Olga", "pool create", tournament=CUP)
    assert f"{name} is a pool of Spring Cup now" in told(await club.fill_in("Olga", form, name=name, seeds=seeds))


async def test_a_pool_is_made_by_one_form_and_changed_by_others(club: People) -> None:
    await club.create()
    form = await club.slash("Olga", "preset create", whose="community")
    told(await club.fill_in("Olga", form, name="Standard", text="a: 1"))
    form = await club.slash("Olga", "pool create", tournament=CUP, preset="Standard")
    assert inputs(form) == {"name": "", "notes": "", "preset": "Standard", "seeds": ""}
    done = told(await club.fill_in("Olga", form, name="Open", notes="Any%", preset="Standard", seeds=""))
    assert done == "Open is a pool of Spring Cup now, with 0 seeds. Add some with /pool seeds."
    form = await club.slash("Olga", "pool seeds", tournament=CUP, pool="open")
    done = told(await club.fill_in("Olga", form, seeds="https://seeds.example/1 | *made* by @Olga\nseed 2"))
    assert done == "2 seeds added to Open."
    form = await club.slash("Olga", "pool edit", tournament=CUP, pool="open")
    assert inputs(form) == {"name": "Open", "notes": "Any%", "preset": "Standard"}
    assert told(await club.fill_in("Olga", form, name="Hard", notes="Any%", preset="")) == "Hard is saved."
    listed = told(await club.slash("Olga", "pool list", tournament=CUP))
    assert listed.splitlines() == ["Spring Cup: pools", "Hard: 2 seeds · given 0 times"]
    seeds = told(await club.slash("Olga", "pool list", tournament=CUP, pool="hard"))
    assert seeds.splitlines() == [
        *("Spring Cup: Hard", "2 seeds · given 0 times", "Any%", "```"),
        "given 0 | https://seeds.example/1 | *made* by @Olga",
        *("given 0 | seed 2", "```"),
    ]


async def test_a_slip_in_one_line_adds_nothing_and_what_was_typed_comes_back(club: People) -> None:
    await club.create()
    await make(club)
    form = await club.slash("Olga", "pool seeds", tournament=CUP, pool="Open")
    with club.unchanged():
        refused = await club.fill_in("Olga", form, seeds="seed 3\nseed 1")
        assert told(refused).startswith("Line 2: that seed is in Open already. Nothing was added.")
    again = await club.press("Olga", shown(refused), "Edit and try again")
    assert inputs(again) == {"seeds": "seed 3\nseed 1"}
    assert told(await club.fill_in("Olga", again, seeds="seed 3")) == "1 seed added to Open."


async def test_a_form_that_was_open_during_a_restart_is_answered(club: People) -> None:
    await club.create()
    await make(club)
    form = await club.slash("Olga", "pool seeds", tournament=CUP, pool="Open")
    await club.restart()
    assert told(await club.fill_in("Olga", form, seeds="seed 3")) == "1 seed added to Open."


async def test_a_long_list_of_seeds_comes_from_a_file_and_is_shown_as_one(club: People) -> None:
    await club.create()
    await make(club)
    lines = [f"https://seeds.example/{number} | number {number}" for number in range(200)]
    options = {"tournament": CUP, "pool": "Open"}
    added = await club.slash("Olga", "pool seeds", **options, file=("seeds.txt", "\r\n".join(lines).encode()))
    assert told(added) == "200 seeds added to Open."
    listed = shown(await club.slash("Olga", "pool list", **options))
    assert listed.flags.ephemeral
    (file,) = listed.attachments
    text = (await file.read()).decode()
    assert (file.filename, len(text.splitlines())) == ("seeds.txt", 202)
    assert text.endswith("given 0 | https://seeds.example/199 | number 199")
    with club.unchanged():
        for data, words in (
            (b"x" * (LARGEST + 1), "That file is too large: at most 256 KiB fit."),
            (b"\xff\xfe\x00", "The file is not text in UTF-8."),
            (b"new\nseed 1", "Line 2: that seed is in Open already. Nothing was added."),
        ):
            assert words in told(await club.slash("Olga", "pool seeds", **options, file=("seeds.txt", data)))


async def test_a_seed_is_retired_and_restored_by_picking_it(club: People) -> None:
    await club.create()
    await make(club)
    options = {"tournament": CUP, "pool": "Open"}
    assert told(await club.slash("Olga", "pool retire", **options, seed="#2")) == (
        "Nobody is given that seed of Open any more. /pool restore takes that back."
    )
    assert "given 0 | retired | seed 2 | fast" in told(await club.slash("Olga", "pool list", **options))
    assert "That seed of Open is given to racers again." in told(
        await club.slash("Olga", "pool restore", **options, seed="#2")
    )
    with club.unchanged():
        typed = told(await club.slash("Olga", "pool retire", **options, seed="seed 2"))
        assert typed == "Pick a seed from the list that appears while you type."


async def test_a_pool_is_deleted_by_typing_its_name(club: People) -> None:
    await club.create()
    await make(club)
    form = await club.slash("Olga", "pool delete", tournament=CUP, pool="Open")
    with club.unchanged():
        assert "“Hard” is not its name" in told(await club.fill_in("Olga", form, name="Hard"))
    form = await club.slash("Olga", "pool delete", tournament=CUP, pool="Open")
    assert told(await club.fill_in("Olga", form, name="open")) == "Open is deleted, with all its seeds."
    assert "There is none yet." in told(await club.slash("Olga", "pool list", tournament=CUP))


async def offered(club: People, name: str, command: str, option: str, **given: str) -> list[str]:
    """What somebody is offered who types into an option while the others are filled in."""
    found = await club.stage.people[name].autocomplete(
        club.stage.channels["races"], f"pool {command}", option, "", **given
    )
    return [choice["name"] for choice in found]


async def test_who_is_no_organizer_is_refused_and_sees_no_seed_not_even_while_typing(club: People) -> None:
    await club.create()
    await make(club)
    options: dict[str, str] = {"tournament": CUP, "pool": "Open", "seed": "#1"}
    takes = {"create": ["tournament"], "retire": list(options), "restore": list(options)}
    told(await club.slash("Ann", "tournament list"))
    with club.unchanged():
        for command in COMMANDS:
            given = {name: options[name] for name in takes.get(command, ["tournament", "pool"])}
            assert told(await club.slash("Ann", f"pool {command}", **given)) == MAY_NOT, command
        for name in ("Ann", "Bo"):
            assert await offered(club, name, "seeds", "pool", tournament=CUP) == []
            assert await offered(club, name, "retire", "seed", tournament=CUP, pool="Open") == []
    assert await offered(club, "Olga", "seeds", "tournament") == [CUP]
    assert await offered(club, "Olga", "seeds", "pool", tournament=CUP) == ["Open"]
    assert await offered(club, "Olga", "seeds", "pool") == []
    assert await offered(club, "Olga", "retire", "seed", tournament=CUP, pool="Open") == ["seed 1", "seed 2 · fast"]
    assert await offered(club, "Olga", "restore", "seed", tournament=CUP, pool="Open") == []


async def test_rules_are_set_by_options_and_shown_back_with_instants(club: People) -> None:
    await club.create()
    await make(club)
    card = told(
        await club.slash(
            "Olga",
            "tournament edit",
            tournament=CUP,
            runs_per_pool=2,
            reattempts="unlimited",
            opens="2026-03-01 20:00",
            closes="2026-03-08 20:00",
            hidden_results=True,
            min_account_days=30,
            vod_required=False,
            review_required=False,
        )
    )
    assert card.splitlines() == [
        "Spring Cup is saved",
        "Runs in each pool: 2",
        "Re-attempts: unlimited",
        "Races can be started: from 2026-03-01 19:00 UTC until 2026-03-08 19:00 UTC",
        "VOD: not required",
        "Discord account: 30 days old or older",
        "Review: runs count as soon as they are handed in",
        "Results: hidden until the end",
    ]
    info = told(await club.slash("Ann", "tournament info", tournament=CUP))
    assert "Pools: 1, 2 runs in it" in info
    assert "Races can be started: from 2026-03-01 19:00 UTC until" in info
    with club.unchanged():
        refused = told(await club.slash("Olga", "tournament edit", tournament=CUP, closes="2026-02-01 20:00"))
        assert refused.startswith("Races would close before they open.")
        assert told(await club.slash("Ann", "tournament edit", tournament=CUP, vod_required=True)) == MAY_NOT
    gone = told(await club.slash("Olga", "tournament edit", tournament=CUP, opens="none", closes="none"))
    assert "Races can be started" not in gone


async def test_without_options_the_form_is_as_it_was(club: People) -> None:
    await club.create()
    form = await club.slash("Olga", "tournament edit", tournament=CUP)
    assert inputs(form) == {"name": CUP, "description": "", "seed": ""}
    assert await club.types("Olga", "tournament edit", "reattempts", "un") == ["unlimited"]


async def test_a_tournament_with_pools_starts_with_enough_seeds_and_takes_no_typed_runs(club: People) -> None:
    await club.tournament(status="open")
    await make(club, seeds="seed 1")
    told(await club.slash("Olga", "tournament edit", tournament=CUP, runs_per_pool=2))
    with club.unchanged():
        refused = told(await club.slash("Olga", "tournament start", tournament=CUP))
        assert refused.startswith("The pool Open has 1 seed to give, and each racer has 2 runs there.")
    told(await club.slash("Olga", "tournament edit", tournament=CUP, runs_per_pool=1))
    assert "has started" in told(await club.slash("Olga", "tournament start", tournament=CUP))
    with club.unchanged():
        assert "You have no finished race to hand in here." in told(
            await club.slash("Ann", "race submit", tournament=CUP)
        )
        # A form from before there were pools.
        refused = told(await club.craft("Ann", "herald:submit:1", fields={"time": "1:00", "vod": VOD, "notes": ""}))
        assert refused.startswith("Spring Cup is raced on seeds: press Start race or use /race start")
