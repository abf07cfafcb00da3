"""The table of who may do what, through Discord: the strongest who may not, and the weakest who may."""

# The router's table is read behind the scenes.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import discord
import pytest
from discord import app_commands
from simcord import InteractionResult, MemberActor

from bot.demo.transcript import body, shown
from services.words.reviews import CONTEXT_MENU
from tests.bot.people import CUP, People, told
from tests.bot.test_errors import COMMUNITY, CUP_FORM, RUN
from tests.bot.test_setup import let_everybody_run_setup
from tests.permission_matrix import DRAFT, NO_WAY_OF_ITS_OWN, NOWHERE, POOL, REVIEW_THIS_RUN, ROWS, SIGNUP, Row

REFUSED = re.compile(
    "You may not|You can only|You cannot review your own|Only its players and organizers|Setting up Herald takes"
    "|A server can only be linked|This takes being"
)
"""How every refusal for who somebody is begins."""

WEAKEST_FIRST = {
    "stranger": "Bo",
    "racer": "Ann",
    "mapped reviewer": "Rae",
    "mapped moderator": "Mo",
    "helper": "Hel",
    "superadmin": "Sue",
    "manager": "Gus",
    "organizer": "Ora",
    "admin": "Adam",
    "owner": "Olga",
}


@dataclass(frozen=True)
class Send:
    """How a button, select or form is sent: the argument of its id, what was filled in, and what was chosen."""

    argument: str = ""
    fields: Mapping[str, str] | None = None
    values: tuple[Any, ...] = ()


# Nothing here succeeds in taking away what another row needs.
SENDS: dict[str, Send] = {
    "setup_new": Send(),
    "setup_create": Send(fields=COMMUNITY),
    "setup_link": Send(values=(1,)),
    "setup_page": Send("roles"),
    "setup_rename": Send(),
    "setup_channel": Send("review"),
    "setup_roles": Send("reviewer"),
    "org_edit": Send(fields=COMMUNITY),
    "setup_edit": Send(fields=COMMUNITY),
    "guild_unlink": Send("999"),
    "org_delete": Send("1", {"name": "not its name"}),
    "members": Send("0"),
    "accept": Send("{invite}"),
    "decline": Send("{invite}"),
    "leaderboard": Send("{cup}"),
    "board_page": Send("{cup}.0"),
    "board_picture": Send("{cup}.0.dark"),
    "board_csv": Send("{cup}"),
    "my_times": Send("{cup}"),
    "times_picture": Send("{cup}.light"),
    "join": Send("{cup}"),
    "join_card": Send("{cup}"),
    "create": Send("other", CUP_FORM),
    "edit": Send("{draft}", {**CUP_FORM, "name": DRAFT}),
    "end": Send("{draft}.0"),
    "delete": Send("{cup}", {"name": "not its name"}),
    "submit": Send("{cup}", RUN),
    "approve": Send("{race}"),
    "reject": Send("{race}"),
    "reject_with": Send("{race}", {"reason": "No video"}),
    "review_claim": Send("{race}"),
    "review_release": Send("{race}"),
    "review_more": Send("{race}"),
    "review_doubt": Send("{race}"),
    "review_trust": Send("{race}"),
    "review_correct": Send("{race}"),
    "review_correct_with": Send("{race}", {"time": "1:00"}),
    "review_disqualify": Send("{race}"),
    "review_disqualify_with": Send("{race}", {"reason": "Spliced"}),
    "review_queue": Send("all..0"),
    "review_open": Send(values=(1,)),
    "match_schedule": Send("{cup}.{at}.{ann}.{cy}"),
    "audit": Send("0......."),
    "pool_create": Send("{draft}", {"name": "New", "notes": "", "preset": "", "seeds": ""}),
    "pool_edit": Send("{pool}", {"name": POOL, "notes": "", "preset": ""}),
    "pool_seeds": Send("{pool}", {"seeds": "seed 9"}),
    "pool_delete": Send("{pool}", {"name": "not its name"}),
    "preset_list": Send("0"),
    "preset_history": Send("{preset}.0"),
    "tournament_preset": Send("{cup}"),
    "preset_create": Send("mine", {"name": "New", "text": "a: 1"}),
    "preset_edit": Send("{own_preset}", {"name": "Own", "text": "a: 2"}),
    "preset_delete": Send("{own_preset}", {"name": "not its name"}),
    "preset_copy": Send("{share_key}"),
    "notify_way": Send("runs", values=("dm",)),
    "notify_edit": Send(),
    "notify_times": Send(fields={"leads": "1h", "quiet": ""}),
    "notify_reset": Send(),
    "account_edit": Send(fields={"name": "", "pronouns": "", "stream": ""}),
    "account_delete": Send("kept.{ann}", {"confirm": "no"}),
}

SPECIAL: dict[str, dict[str, Any]] = {
    "Choose its audit channel": {"category": "audit", "setup_channel": Send("audit")},
    "Make somebody owner or admin, or take that from them": {"role": "owner", "person": "Alma"},
    "The same for organizers": {"role": "organizer", "invite": "#2"},
    "The same for admins": {"role": "admin"},
    "Give the level superadmin, and take it": {"level": "superadmin"},
    "Do any of that about one's own run": {
        **{
            action: Send("{own}")
            for action in (
                *("review_claim", "review_release", "approve", "reject", "review_more"),
                *("review_doubt", "review_trust", "review_correct", "review_disqualify"),
            )
        },
        "reject_with": Send("{own}", {"reason": "No video"}),
        "review_correct_with": Send("{own}", {"time": "1:00"}),
        "review_disqualify_with": Send("{own}", {"reason": "Spliced"}),
    },
    "Keep, change and delete presets of one's own, copy shared ones, and post any that one sees": {"preset": "Own"},
    "Keep, change and delete the community's presets": {
        "whose": "community",
        "preset_create": Send("community", {"name": "New", "text": "a: 1"}),
        "preset_edit": Send("{preset}", {"name": "Open", "text": "a: 2"}),
        "preset_delete": Send("{preset}", {"name": "not its name"}),
    },
    "Make a preset of one's own the community's": {"preset": "Own", "to": "community"},
    "Set the rules of racing in it": {"tournament": DRAFT, "runs_per_pool": 1},
    "See its pools and their seeds": {"tournament": DRAFT, "pool": POOL},
    "Make a pool in it": {"tournament": DRAFT, "preset": ""},
    "Change and delete a pool, add seeds to it, retire and restore them": {
        "tournament": DRAFT,
        "pool": POOL,
        "preset": "",
        "seed": "#1",
    },
    "Start it": {"tournament": SIGNUP},
    "Open its sign-up": {"tournament": DRAFT},
    "End it": {"tournament": DRAFT},
}
"""By the row, what differs: options of its commands, and how its buttons and forms are sent."""


def commands(club: People) -> dict[str, app_commands.Command[Any, ..., Any]]:
    found = [one for one in club.stage.bot.tree.walk_commands() if isinstance(one, app_commands.Command)]
    return {f"/{one.qualified_name}": one for one in found}


async def prepare(club: People) -> dict[str, Any]:
    """Everybody at their place, and something of each kind to act upon; returns its ids.

    There is a second server, which belongs to no community; Gus and Olga have Manage Server there.
    """
    stage = club.stage
    await let_everybody_run_setup(club)
    for name, role in {"Adam": "admin", "Alma": "admin", "Ora": "organizer", "Cy": "racer"}.items():
        told(await club.slash("Olga", "org member add", person=stage.add_person(name), role=role))
    stage.bot.owner_id = stage.user("Cy").id
    for name, level in {"Sue": "superadmin", "Hel": "moderator"}.items():
        told(await club.slash("Cy", "admin permission", person=stage.add_person(name), level=level))
    manager = discord.Permissions(manage_guild=True)
    stage.roles["Managers"] = stage.guild.create_role("Managers", permissions=manager)
    stage.add_person("Gus", "Managers")
    second = (await club.second()).guild
    await let_everybody_run_setup(club, second)
    for name, roles in {"Gus": [second.create_role("Managers", permissions=manager)], "Bo": []}.items():
        second.add_member(stage.user(name), roles=roles)
        stage.people[f"{name} too"] = MemberActor(stage.env, second, stage.user(name))
    await club.tournament(racers=("Ann", "Cy", "Olga"))
    await club.create(DRAFT)
    form = await club.slash("Olga", "pool create", tournament=DRAFT)
    told(await club.fill_in("Olga", form, name=POOL, seeds="seed 1\nseed 2"))
    await club.tournament(SIGNUP, status="open", racers=("Ann",))
    for role in ("racer", "organizer"):
        await club.code(role)
    for name in ("Ann", "Olga"):
        await club.hand_in(name)
    for name in WEAKEST_FIRST.values():
        await club.slash(name, "invite list")
    for name, whose, called in (
        ("Olga", "community", "Open"),
        *((one, "mine", "Own") for one in ("Ann", "Gus", "Ora")),
    ):
        form = await club.slash(name, "preset create", whose=whose)
        told(await club.fill_in(name, form, name=called, text="a: 1"))
    ids: dict[str, Any] = {
        name.lower(): club.select("SELECT id FROM account WHERE display_name = ?", name)[0] for name in ("Ann", "Cy")
    }
    [(ids["preset"], key)] = club.select("SELECT preset_id, share_key FROM preset_version WHERE name = 'Open'")
    ids["share_key"] = str(key).replace("-", "")
    ids["own_preset"] = club.select("SELECT id FROM preset WHERE owner_id = ?", ids["ann"])[0]
    ids["at"] = int((stage.env.now() + timedelta(days=2)).timestamp())
    options: dict[str, Any] = {"tournament": CUP, "player1": stage.people["Ann"], "player2": stage.people["Cy"]}
    question = shown(await club.slash("Ann", "match schedule", when="tomorrow 18:00", **options))
    await club.press("Ann", question, "Schedule it")
    return {**ids, "cup": 1, "draft": 2, "pool": 1, "race": 1, "own": 2, "invite": 1}


async def send(
    club: People, name: str, row: Row, way: str, ids: Mapping[str, Any], sources: Mapping[str, discord.Message]
) -> InteractionResult:
    """Let somebody go a row's way."""
    special, at = SPECIAL.get(row.what, {}), "second" if name.endswith("too") else "races"
    people, stage = club.stage.people, club.stage
    if way == REVIEW_THIS_RUN:
        return await people[name].context_menu(stage.channels["review"], CONTEXT_MENU, stage.posts("review")[0])
    if not way.startswith("/"):
        sent: Send = special.get(way, SENDS[way])
        chosen = {"setup_channel": [stage.channels["races"].id], "setup_roles": [stage.roles["Reviewers"].id]}
        values = chosen.get(way, sent.values)
        argument, source = sent.argument.format(**ids), sources[at]
        return await club.craft(
            name, f"herald:{way}:{argument}", fields=sent.fields, values=values, message=source, at=at
        )
    given: dict[str, Any] = {"tournament": CUP, "invite": "#1", "person": "Ann", "role": "reviewer", "level": "admin"}
    given |= {
        "match": "#1",
        "race": "#1",
        "minutes": 10,
        "draw": True,
        "when": "in 3 days",
        "player1": "Ann",
        "player2": "Cy",
        "community": "#1",
    }
    given |= {"category": "review", "type": "other", "zone": "Europe/Berlin", "results": "kept"}
    given |= {"whose": "mine", "preset": "Open", "to": "channel"}
    given |= {"discord_role": stage.roles["Reviewers"], **special}
    given = {option: people.get(value, value) if isinstance(value, str) else value for option, value in given.items()}
    names = [one.display_name for one in commands(club)[way].parameters]
    options = {option: given[option] for option in names if option in given}
    return await club.slash(name, way.removeprefix("/"), at=at, **options)


def heard(result: InteractionResult) -> str:
    """All that was answered, whoever sees it; nothing, where a form was opened."""
    replies = [reply.message for reply in (result.response, *result.followups) if reply is not None]
    return "\n".join(map(body, replies))


def people_of(row: Row) -> tuple[str | None, str | None]:
    """The strongest who may not do what a row says, and the weakest who may."""
    names = WEAKEST_FIRST
    if row.guild == NOWHERE:
        names = (
            {"manager": "Gus too", "owner": "Olga too"} if row.manage else {"stranger": "Bo too", "manager": "Gus too"}
        )
    may = [name for column, name in names.items() if column in row.may | row.vain]
    may_not = [name for column, name in names.items() if column not in row.may | row.vain]
    weakest = "Ann" if row.before is not None and "Ann" in may else next(iter(may), None)
    return (may_not[-1] if may_not else None), weakest


@pytest.mark.timeout(180)
async def test_who_may_not_is_told_so_privately_and_who_may_is_not_refused(club: People) -> None:
    ids = await prepare(club)
    # What is pressed hangs under a message.
    panels: dict[str, tuple[str, str, dict[str, Any]]] = {"races": ("Olga", "tournament panel", {"tournament": CUP})}
    panels["second"] = ("Olga too", "setup", {})
    sources = {at: shown(await club.slash(who, way, at=at, **more)) for at, (who, way, more) in panels.items()}
    trips = [(row, way) for row in ROWS for way in row.ways]
    wrong: list[str] = []
    with club.unchanged():
        for row, way in trips:
            if (name := people_of(row)[0]) is not None:
                answer = told(await send(club, name, row, way, ids, sources))
                if not REFUSED.match(answer):
                    wrong.append(f"{name} was not refused {way} ({row.what}): {answer}")
    for row, way in trips:
        if (name := people_of(row)[1]) is not None:
            answer = heard(await send(club, name, row, way, ids, sources))
            if REFUSED.match(answer) or "Something went wrong" in answer:
                wrong.append(f"{name} was refused {way} ({row.what}): {answer}")
    assert wrong == []


async def test_every_command_button_and_form_is_in_the_table(newcomers: People) -> None:
    named = {way for row in ROWS for way in row.ways}
    actions = set(newcomers.stage.bot.router._handlers)
    assert named == {*commands(newcomers), *(actions - set(NO_WAY_OF_ITS_OWN)), REVIEW_THIS_RUN}
    menus = newcomers.stage.bot.tree.get_commands(type=discord.AppCommandType.message)
    assert [one.name for one in menus] == [CONTEXT_MENU]
    assert set(NO_WAY_OF_ITS_OWN) <= actions
