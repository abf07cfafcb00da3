"""What people are told when something cannot be done, foreseen or not."""

# The bot is made impatient and its table of answers is read behind the scenes.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import random
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import discord
import pytest
from discord import app_commands

from bot.demo.transcript import shown
from bot.router import MOST_KEPT
from tests.bot.people import CUP, VOD, People, inputs, posted, told

BUSY = "Herald's database is busy, so nothing was changed. Please try again in a moment."

RUN = {"time": "1:00", "vod": VOD, "notes": ""}
CUP_FORM = {"name": "Mine", "description": "", "seed": ""}
PRESET = {"text": "goal: ganon"}
COMMUNITY = {"name": "Mine", "time_zone": "UTC"}
POOL = {"name": "Foreign pool", "notes": "", "preset": "", "seeds": "Foreign seed"}


@asynccontextmanager
async def busy(club: People) -> AsyncGenerator[None]:
    """Another process is writing, and the bot waits for it 10 ms instead of seconds."""
    await club.be_impatient(club.stage.bot.herald.database)
    with club.busy():
        yield


async def test_what_nobody_foresaw_is_logged_under_a_reference_that_the_person_sees(
    club: People, caplog: pytest.LogCaptureFixture
) -> None:
    await club.create()
    club.execute("UPDATE tournament SET status = 'banana'")
    with club.unchanged():
        answer = told(await club.slash("Olga", "tournament info", tournament=CUP))
    reference = re.fullmatch(
        r"Something went wrong on Herald's side\. If it happens again, tell who runs it this code: ([0-9a-f]{8})",
        answer,
    )
    assert reference is not None
    (record,) = [record for record in caplog.records if reference[1] in record.getMessage()]
    assert record.levelname == "ERROR"
    assert record.exc_info is not None
    assert "banana" in str(record.exc_info[1])
    assert "banana" not in answer


async def test_a_button_that_fails_for_no_known_reason_says_so_too(
    club: People, caplog: pytest.LogCaptureFixture
) -> None:
    await club.create()
    club.execute("UPDATE tournament SET status = 'banana'")
    answer = told(await club.craft("Olga", "herald:leaderboard:1"))
    assert answer.rsplit(" ", 1)[1] in caplog.text


async def test_a_failing_list_of_choices_is_logged_and_shows_nothing(
    club: People, caplog: pytest.LogCaptureFixture
) -> None:
    await club.create()
    # No state that it could be looked for in, so only what is read of it fails.
    club.execute("UPDATE tournament SET type = 'banana'")
    assert await club.types("Olga", "tournament info", "tournament") == []
    assert "is not a valid TournamentType" in caplog.text


@pytest.mark.parametrize("code", [10062, 40060])
async def test_an_answer_that_discord_no_longer_takes_is_noted_and_what_was_done_stays(
    club: People, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    await club.tournament(status="open", racers=())
    club.stage.env.inject_error("POST", "/interactions/*", status=404, code=code, message="Too late")
    result = await club.slash("Ann", "tournament join", tournament=CUP)
    assert not result.acknowledged
    assert f"an answer came too late for Discord ({code})" in caplog.text
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert (await club.trail())[-1] == "Ann joined Spring Cup"


async def test_a_busy_database_is_said_in_words_and_what_was_typed_is_kept(club: People) -> None:
    await club.tournament()
    form = await club.slash("Ann", "race submit", tournament=CUP)
    with club.unchanged():
        async with busy(club):
            assert told(await club.slash("Ann", "tournament leave", tournament=CUP)) == BUSY
            refused = await club.fill_in("Ann", form, time="1:23:45", vod=VOD, notes="Any%")
            assert told(refused).startswith(BUSY)
    again = await club.press("Ann", shown(refused), "Edit and try again")
    assert inputs(again) == {"time": "1:23:45", "vod": VOD, "notes": "Any%"}
    assert "is handed in" in told(await club.fill_in("Ann", again, time="1:23:45", vod=VOD, notes="Any%"))


async def test_no_form_is_lost_to_a_busy_database(club: People) -> None:
    await club.tournament()
    card = await club.hand_in("Ann")
    forms: dict[str, dict[str, str]] = {
        "create:other": CUP_FORM,
        "edit:1": CUP_FORM,
        "delete:1": {"name": CUP},
        "reject_with:1": {"reason": "Wrong seed"},
        "review_correct_with:1": {"time": "1:00"},
        "review_disqualify_with:1": {"reason": "Spliced"},
        "setup_edit:": COMMUNITY,
        "pool_create:2": POOL,
        "pool_edit:1": {"name": "Hard", "notes": "", "preset": ""},
        "pool_seeds:1": {"seeds": "seed 9"},
        "pool_delete:1": {"name": "Open"},
        "preset_create:mine": {"name": "Open", **PRESET},
        "preset_edit:1": {"name": "Open", "text": "goal: triforce"},
        "preset_delete:1": {"name": "Open"},
    }
    with club.unchanged():
        async with busy(club):
            for form, answers in forms.items():
                refused = await club.craft("Olga", f"herald:{form}", fields=answers, message=card, at="review")
                assert told(refused) == f"{BUSY}\n[Edit and try again]", form
                again = await club.press("Olga", shown(refused), "Edit and try again")
                assert inputs(again) == answers


async def test_a_form_that_a_restart_has_forgotten_is_said_in_words(club: People) -> None:
    form = await club.slash("Olga", "tournament create", type="speedrun")
    refused = shown(await club.fill_in("Olga", form, name="x", seed="ftp://x.example"))
    for _ in range(2):
        assert inputs(await club.press("Olga", refused, "Edit and try again"))["seed"] == "ftp://x.example"
    await club.restart()
    with club.unchanged():
        answer = told(await club.press("Olga", refused, "Edit and try again"))
        assert answer == "What you had typed is no longer there. Please use the command again."


async def test_only_the_newest_forms_are_kept(club: People) -> None:
    form = await club.slash("Olga", "tournament create", type="speedrun")
    refused = shown(await club.fill_in("Olga", form, name="x", seed="ftp://x.example"))
    router = club.stage.bot.router
    for _ in range(MOST_KEPT):
        router.keep(router._handlers["join"])
    assert len(router._kept) == MOST_KEPT
    assert "no longer there" in told(await club.press("Olga", refused, "Edit and try again"))


async def test_somebody_new_is_told_too_that_the_database_is_busy(club: People) -> None:
    await club.tournament(status="open", racers=())
    panel = shown(await club.slash("Olga", "tournament panel", tournament=CUP))
    with club.unchanged():
        async with busy(club):
            assert told(await club.press("Bo", panel, "Join")) == BUSY
            form = {"name": CUP, "description": "", "seed": ""}
            answer = told(await club.craft("Bo", "herald:create:speedrun", fields=form))
            assert answer == f"{BUSY}\n[Edit and try again]"
    assert "You are in Spring Cup." in told(await club.press("Bo", panel, "Join"))


async def test_what_another_release_left_behind_is_refused_in_words(club: People) -> None:
    await club.slash("Olga", "tournament list")
    outdated = "This belongs to another release of Herald. Please use the command instead."
    with club.unchanged():
        for custom_id in (
            "herald:dance:1",
            "herald:approve:",
            "herald:approve:x",
            f"herald:approve:{'9' * 30}",
            "herald",
        ):
            assert told(await club.craft("Olga", custom_id)) == outdated, custom_id
        assert told(await club.craft("Olga", "herald:dance:1", fields={"a": "b"})) == outdated
        assert told(await club.craft("Olga", "herald:setup_roles:king")) == outdated
        assert told(await club.craft("Olga", "herald:setup_channel:party")) == outdated


async def test_a_component_of_something_else_is_left_alone(club: People) -> None:
    result = await club.craft("Olga", "poll:1")
    assert not result.acknowledged


async def test_a_command_that_is_no_more_is_refused_in_words(club: People, caplog: pytest.LogCaptureFixture) -> None:
    club.stage.bot.tree.remove_command("race")
    answer = told(await club.slash("Ann", "race history"))
    assert answer == "Herald was updated and this command is not what it was. Please reload Discord and try again."
    assert "race" in caplog.text


FOREIGN_CUP = "Foreign Cup"
FOREIGN_DRAFT = "Foreign Draft"
FOREIGN_PRESET = "Foreign Open"
THEIRS = re.compile("Foreign|Zed|Yan|Other Club|Elsewhere")
"""Names of another community and its people."""


TRESPASSERS = ("Olga", "Rae", "Ann", "Bo", "Zed here")
"""An owner, a reviewer, a racer, a stranger, and the owner of another community, in a server that is not theirs."""


@dataclass(frozen=True)
class Foreign:
    """A community elsewhere: the ids of what there is in it, and a message of the bot's there."""

    ids: dict[str, Any]
    panel: discord.Message


async def foreign(club: People) -> Foreign:
    """A community elsewhere with a tournament, a run that waits, a match and an invite, whose ids are not ours.

    Its owner Zed comes to our server too, as “Zed here”, and its racer Yan does.
    """
    zed, stage = await club.elsewhere(), club.stage
    yan = stage.env.create_user("yan", global_name="Yan")
    stage.people["Yan"] = zed.guild.add_member(yan)
    await club.create(FOREIGN_CUP, by="Zed", at="elsewhere")
    await club.slash("Zed", "tournament open", tournament=FOREIGN_CUP, at="elsewhere")
    for name in ("Zed", "Yan"):
        told(await club.slash(name, "tournament join", tournament=FOREIGN_CUP, at="elsewhere"))
    panel = posted(await club.slash("Zed", "tournament panel", tournament=FOREIGN_CUP, at="elsewhere"))
    await club.slash("Zed", "tournament start", tournament=FOREIGN_CUP, at="elsewhere")
    form = await club.slash("Zed", "race submit", tournament=FOREIGN_CUP, at="elsewhere")
    told(await club.fill_in("Zed", form, time="1:00", vod=VOD))
    players: dict[str, Any] = {"player1": stage.people["Zed"], "player2": stage.people["Yan"]}
    match = await club.slash(
        "Zed", "match schedule", tournament=FOREIGN_CUP, when="tomorrow 18:00", at="elsewhere", **players
    )
    await club.press("Zed", shown(match), "Schedule it")
    told(await club.slash("Zed", "invite create", role="reviewer", person=yan, at="elsewhere"))
    for name, whose, called in (("Zed", "community", FOREIGN_PRESET), ("Yan", "mine", "Yan's own")):
        form = await club.slash(name, "preset create", whose=whose, at="elsewhere")
        told(await club.fill_in(name, form, **{**PRESET, "name": called}))
    told(await club.slash("Zed", "tournament preset", tournament=FOREIGN_CUP, preset=FOREIGN_PRESET, at="elsewhere"))
    await club.create(FOREIGN_DRAFT, by="Zed", at="elsewhere")
    form = await club.slash("Zed", "pool create", tournament=FOREIGN_DRAFT, at="elsewhere")
    told(await club.fill_in("Zed", form, **POOL))
    # What is ours comes last, so that it has other numbers.
    await club.tournament()
    stage.people["Zed here"], _ = stage.guild.add_member(zed.user), stage.guild.add_member(yan)
    for name in TRESPASSERS:
        await club.slash(name, "tournament list")
    await stage.settle()
    club.execute(
        "INSERT INTO attempt (tournament_id, pool_id, seed_id, racer_id, stage, event_id, guild_id, parent_channel_id, "
        "thread_state, given_at) "
        "SELECT tournament_id, pool.id, seed.id, account.id, 'racing', '', 1, 1, 'gone', '2026-01-01' "
        "FROM pool JOIN seed ON seed.pool_id = pool.id, account WHERE display_name = 'Yan'"
    )
    tables = ("race", "match", "invite", "pool", "seed", "attempt")
    ids: dict[str, Any] = {table: club.select(f"SELECT max(id) FROM {table}")[0] for table in tables}
    ids["preset"] = club.select("SELECT id FROM preset WHERE owner_id IS NULL")[0]
    [key] = club.select(f"SELECT share_key FROM preset_version WHERE preset_id = {ids['preset']}")
    ids["share_key"] = str(key).replace("-", "")
    ids["tournament"], _, ids["ours"] = sorted(club.select("SELECT id FROM tournament"))
    ids["organization"] = club.select("SELECT id FROM organization WHERE name = 'Other Club'")[0]
    ids["ann"] = club.select("SELECT id FROM account WHERE display_name = 'Ann'")[0]
    ids["zed"] = club.select("SELECT id FROM account WHERE display_name = 'Zed'")[0]
    ids["yan"] = club.select("SELECT id FROM account WHERE display_name = 'Yan'")[0]
    return Foreign(ids, panel)


COMPONENTS: dict[str, tuple[str, dict[str, str] | None]] = {
    "join": ("{tournament}", None),
    "leaderboard": ("{tournament}", None),
    "board_page": ("{tournament}.0", None),
    "board_picture": ("{tournament}.0.dark", None),
    "board_csv": ("{tournament}", None),
    "my_times": ("{tournament}", None),
    "times_picture": ("{tournament}.dark", None),
    "join_card": ("{tournament}", None),
    "end": ("{tournament}.999", None),
    "match_schedule": ("{tournament}.4000000000.1.2", None),
    "edit": ("{tournament}", CUP_FORM),
    "delete": ("{tournament}", {"name": FOREIGN_CUP}),
    "submit": ("{tournament}", RUN),
    "approve": ("{race}", None),
    "reject": ("{race}", None),
    "reject_with": ("{race}", {"reason": "Because"}),
    "race_start": ("{tournament}", None),
    "race_pool": ("{tournament}", None),
    "race_go": ("{pool}", None),
    **{
        f"race_{step}": ("{attempt}", None)
        for step in ("ready", "finish", "undo", "forfeit", "forfeit_yes", "hand_in", "discard")
    },
    "race_submit": ("{attempt}", {"vod": VOD, "in_game": "", "notes": ""}),
    "review_claim": ("{race}", None),
    "review_release": ("{race}", None),
    "review_more": ("{race}", None),
    "review_doubt": ("{race}", None),
    "review_trust": ("{race}", None),
    "review_correct": ("{race}", None),
    "review_correct_with": ("{race}.5025000", {"time": "1:00"}),
    "review_disqualify": ("{race}", None),
    "review_disqualify_with": ("{race}", {"reason": "Because"}),
    "review_queue": ("all.{tournament}.0", None),
    "review_open": ("", None),
    "accept": ("{invite}", None),
    "decline": ("{invite}", None),
    "pool_create": ("{tournament}", POOL),
    "pool_edit": ("{pool}", {"name": "Mine", "notes": "", "preset": ""}),
    "pool_seeds": ("{pool}", {"seeds": "mine"}),
    "pool_delete": ("{pool}", {"name": "Foreign pool"}),
    "preset_edit": ("{preset}", {"name": "Mine", "text": "a: 1"}),
    "preset_delete": ("{preset}", {"name": FOREIGN_PRESET}),
    "preset_history": ("{preset}.0", None),
    "preset_copy": ("{share_key}", None),
    "tournament_preset": ("{tournament}", None),
    "setup_link": ("", None),
    "org_delete": ("{organization}", {"name": "Other Club"}),
    "account_delete": ("kept.{yan}", {"confirm": "delete"}),
    "guild_unlink": ("{organization}", None),
    "again": ("token", None),
}
"""Every action of the router that means a thing by its id, and how it is sent."""

SETTINGS: dict[str, tuple[str, dict[str, str] | None]] = {
    "setup_new": ("", None),
    "setup_create": ("", COMMUNITY),
    "setup_rename": ("", None),
    "setup_edit": ("", COMMUNITY),
    "setup_channel": ("review", None),
    "setup_roles": ("reviewer", None),
    "setup_page": ("roles", None),
    "create": ("speedrun", CUP_FORM),
    "preset_create": ("community", {"name": "Mine", "text": "a: 1"}),
    "audit": ("0.......", None),
    "org_edit": ("", COMMUNITY),
}
"""Every action that means the community of the server it is sent in, and takes a right there."""

OPEN = {*("members", "account_edit", "preset_list"), *("notify_way", "notify_edit", "notify_times", "notify_reset")}
"""Every action that means the community of the server it is sent in, or who sends it, and is everybody's."""


STRANGERS = ("{ours}.4000000000.{ann}.{zed}", "{ours}.4000000000.{zed}.{yan}")
"""Arguments of `match_schedule` that name people of another community."""


@pytest.mark.timeout(180)
async def test_no_button_or_form_reaches_into_another_community(club: People) -> None:
    there = await foreign(club)
    assert set(COMPONENTS) | set(SETTINGS) | OPEN == set(club.stage.bot.router._handlers)
    private = {name: shown(await club.slash(name, "org info")) for name in TRESPASSERS}
    order = random.Random(1)  # noqa: S311 - not a secret
    tries = [
        (name, action, argument, fields, order.choice([private[name], there.panel]))
        for name in TRESPASSERS
        for action, (argument, fields) in COMPONENTS.items()
    ]
    # What was asked in private is answered in its place.
    tries += [(name, "match_schedule", players, None, private[name]) for name in TRESPASSERS for players in STRANGERS]
    order.shuffle(tries)
    with club.unchanged():
        for name, action, argument, fields, message in tries:
            custom_id = f"herald:{action}:{argument.format(**there.ids)}"
            result = await club.craft(
                name, custom_id, fields=fields, values=[there.ids["organization"]], message=message
            )
            answer = re.sub("“Foreign (Cup|Open)”", "", told(result))
            assert not THEIRS.search(answer), custom_id
            assert "Something went wrong" not in answer, custom_id


async def test_no_button_or_form_gives_a_racer_what_takes_a_role(club: People) -> None:
    await club.tournament()
    with club.unchanged():
        for action, (argument, fields) in SETTINGS.items():
            result = await club.craft("Ann", f"herald:{action}:{argument}", fields=fields)
            assert re.match("You may not|Setting up Herald takes", told(result)), action


WITHOUT_REFERENCE = {
    "setup",
    "tournament create",
    "tournament list",
    "race history",
    *("race ready", "race finish", "race forfeit", "race undo", "race timer"),
    "invite create",
    "invite list",
    "audit search",
    "org info",
    "org edit",
    "org delete",
    "org members",
    "org leave",
    "org member add",
    "match list",
    "notify",
    "preset list",
    "preset create",
    "account edit",
    "account timezone",
    "account export",
    "account delete",
    "admin people",
    "admin status",
    "org map-role",
    "guild unlink",
    "guild channels",
    "guild status",
}
"""Commands that name nothing that could be another community's, but channels and roles (tests/bot/test_guild.py)."""


@pytest.mark.timeout(180)
async def test_no_command_reaches_into_another_community(club: People) -> None:
    there = await foreign(club)
    ids, people = there.ids, club.stage.people
    commands: dict[str, app_commands.Command[Any, ..., Any]] = {
        command.qualified_name: command
        for command in club.stage.bot.tree.walk_commands()
        if isinstance(command, app_commands.Command)
    }
    assert set(commands) > WITHOUT_REFERENCE
    given: dict[str, Any] = {"tournament": FOREIGN_CUP, "invite": f"#{ids['invite']}", "role": "racer"}
    given |= {"level": "user", "match": f"#{ids['match']}", "when": "tomorrow 18:00", "draw": False}
    given |= dict.fromkeys(("person", "winner", "player1", "player3"), people["Yan"].user)
    given |= {"player2": people["Zed"].user, "player4": people["Ann"], "community": f"#{ids['organization']}"}
    given |= {"pool": "Foreign pool", "seed": f"#{ids['seed']}"}
    given |= dict.fromkeys(("runs_per_pool", "min_account_days"), 2) | {"reattempts": "none"}
    given |= dict.fromkeys(("opens", "closes"), "none")
    given |= dict.fromkeys(("hidden_results", "vod_required", "review_required"), True)
    given |= {"race": f"#{ids['attempt']}", "minutes": 10, "show": "all"}
    given |= {"preset": FOREIGN_PRESET, "version": 1, "file": ("open.yaml", b"a: 1"), "to": "community"}
    refused = re.compile(
        "is not a (preset|tournament|member) here|You may not|no such invite|does not exist here"
        "|takes being the bot's owner|belongs to another community|linked to a community already"
        "|Setting up Herald takes"
    )
    tries = [(name, command) for name in TRESPASSERS for command in set(commands) - WITHOUT_REFERENCE]
    random.Random(1).shuffle(tries)  # noqa: S311 - not a secret
    with club.unchanged():
        for name, command in tries:
            options = commands[command].parameters
            answer = told(await club.slash(name, command, **{one.name: given[one.name] for one in options}))
            assert refused.search(answer), command
            # Whom they named is named.
            assert not THEIRS.search(re.sub("“Foreign (Cup|Open)”|^(Yan|Zed) is not", "", answer)), command


@pytest.mark.timeout(180)
async def test_no_option_offers_what_belongs_to_another_community(club: People) -> None:
    await foreign(club)
    known = [one for one in club.stage.bot.tree.walk_commands() if isinstance(one, app_commands.Command)]
    options = [(one.qualified_name, option.name) for one in known for option in one.parameters if option.autocomplete]
    assert ("match report", "match") in options
    with club.unchanged():
        for name in TRESPASSERS:
            for command, option in options:
                for typed in ("", "foreign"):
                    offered = await club.types(name, command, option, typed)
                    assert not THEIRS.search("\n".join(offered)), (name, command, typed)


async def test_no_list_shows_what_belongs_to_another_community(club: People) -> None:
    await foreign(club)
    zed = club.stage.people["Zed here"]
    with club.unchanged():
        for name in TRESPASSERS:
            for command in (
                *("tournament list", "race history", "match list", "invite list"),
                *("org info", "org members", "preset list", "review queue"),
            ):
                assert not THEIRS.search(told(await club.slash(name, command))), command
        for reference in ("Yan's own", *(f"#{id}" for id in club.select("SELECT id FROM preset"))):
            for command in ("show", "history", "edit", "delete"):
                assert "is not a preset here" in told(await club.slash("Olga", f"preset {command}", preset=reference))
        searches: list[dict[str, Any]] = [{"user": zed}, {"entity": "match"}, {"entity": "organization 2"}]
        for wanted in searches:
            found = told(await club.slash("Olga", "audit search", **wanted))
            assert "Nothing was found." in found, wanted
