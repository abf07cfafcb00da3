"""Every cause of every event, done in Discord: the event is in the log, its line in the trail, and the right ones hear.

What is done and who should hear of it stands in tests/event_table.py.
"""

# The router's table is read behind the scenes.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import discord
import pytest
from discord import app_commands

from bot.demo.transcript import shown
from models import TargetKind
from services.guilds import ChannelUse
from tests.bot.people import CUP, People, forget, labels, posted, return_to, told
from tests.event_table import BACK, ENTRIES, FIRST, NO_COMMAND, REMOVED, RENAMED, TIME

Cause = Callable[[People], Awaitable[object]]
C = TypeVar("C", bound=Callable[..., Awaitable[object]])

HOUR = 3600
CAUSES: dict[tuple[str, str], Cause] = {}
"""By the event and the cause, the doing of it. Those of one kind of thing are done one after the other."""


def cause(event: str, by: str) -> Callable[[C], C]:
    def note(done: C) -> C:
        CAUSES[event, by] = done
        return done

    return note


@cause("UserCreated", FIRST)
async def first_command(club: People) -> None:
    told(await club.slash("Ann", "tournament list"))


@cause("UserUpdated", "/account edit")
async def edit_account(club: People) -> None:
    form = await club.slash("Ann", "account edit")
    told(await club.fill_in("Ann", form, name="Ann", pronouns="she/her", stream=""))


@cause("UserUpdated", "/account timezone")
async def set_time_zone(club: People) -> None:
    told(await club.slash("Ann", "account timezone", zone="Europe/Berlin"))


@cause("UserUpdated", "/notify")
async def choose_what_reaches_one(club: People) -> None:
    panel = shown(await club.slash("Ann", "notify"))
    await club.choose("Ann", panel, "notify_way:runs", "nothing")


@cause("UserUpdated", RENAMED)
async def rename(club: People) -> None:
    told(await club.slash("Bo", "tournament list"))
    club.stage.env.backend.users[club.stage.user("Bo").id].global_name = "Bobby"
    told(await club.slash("Bo", "tournament list"))
    club.stage.env.backend.users[club.stage.user("Bo").id].global_name = "Bo"
    told(await club.slash("Bo", "tournament list"))


@cause("UserDeleted", "/account delete")
async def delete_account(club: People, name: str = "Ann") -> None:
    form = await club.slash(name, "account delete", results="kept")
    assert "is deleted" in told(await club.fill_in(name, form, confirm="delete"))


@cause("UserPermissionChanged", "/admin permission")
async def give_level(club: People) -> None:
    club.stage.bot.owner_id = club.stage.user("Olga").id
    told(await club.slash("Olga", "admin permission", person=club.stage.people["Bo"], level="moderator"))


@cause("OrganizationCreated", "/setup")
@cause("OrganizationMemberAdded", "/setup")
@cause("DiscordGuildLinked", "/setup")
async def found(club: People) -> None:
    if "Zed" not in club.stage.people:
        await club.elsewhere()
        return
    panel = await club.slash("Zed", "setup", at="elsewhere")
    form = await club.press("Zed", shown(panel), "New community")
    await club.fill_in("Zed", form, name="Other Club", time_zone="UTC")


@cause("OrganizationUpdated", "/org edit")
async def edit_community(club: People) -> None:
    form = await club.slash("Olga", "org edit")
    told(await club.fill_in("Olga", form, name="Racing Club", time_zone="UTC"))


@cause("OrganizationUpdated", "/setup")
async def choose_in_panel(club: People) -> None:
    panel = shown(await club.slash("Olga", "setup"))
    await club.choose("Olga", panel, f"setup_channel:{ChannelUse.RESULTS}", club.stage.channels["races"])


@cause("OrganizationUpdated", "/guild channels")
async def choose_channel(club: People) -> None:
    told(await club.slash("Olga", "guild channels", category="match", channel=club.stage.channels["races"]))


@cause("OrganizationUpdated", "/org map-role")
async def map_role(club: People) -> None:
    told(await club.slash("Olga", "org map-role", role="organizer", discord_role=club.stage.roles["Moderators"]))


@cause("OrganizationDeleted", "/org delete")
@cause("DiscordGuildUnlinked", "/org delete")
async def delete_community(club: People) -> None:
    if "Zed" not in club.stage.people:
        await club.elsewhere()
    form = await club.slash("Zed", "org delete", at="elsewhere")
    told(await club.fill_in("Zed", form, name="Other Club"))


@cause("OrganizationMemberAdded", "/tournament join")
async def become_racer(club: People) -> None:
    await club.tournament(status="open", racers=("Bo",))


@cause("OrganizationMemberAdded", "[join]")
async def become_racer_by_the_button(club: People) -> None:
    told(await club.press("Mo", club.stage.posts("announcements")[-1], "Join"))


@cause("OrganizationMemberAdded", "/invite accept")
async def become_member(club: People) -> None:
    told(await club.slash("Ann", "invite accept", invite=await club.code()))


@cause("OrganizationMemberAdded", "/org member add")
async def add_member(club: People) -> None:
    told(await club.slash("Olga", "org member add", person=club.stage.people["Rae"], role="racer"))


@cause("OrganizationMemberRemoved", "/org member remove")
async def remove_member(club: People) -> None:
    told(await club.slash("Olga", "org member remove", person=club.stage.people["Bo"]))


@cause("OrganizationMemberRemoved", "/org leave")
async def leave_community(club: People) -> None:
    told(await club.slash("Mo", "org leave"))


@cause("OrganizationMemberRemoved", "/account delete")
async def leave_by_deletion(club: People) -> None:
    await delete_account(club, "Rae")


@cause("OrganizationMemberPermissionChanged", "/org member role")
async def give_role(club: People) -> None:
    told(await club.slash("Olga", "org member role", person=club.stage.people["Ann"], role="reviewer"))


@cause("OrganizationMemberPermissionChanged", "/invite accept")
async def rise(club: People) -> None:
    told(await club.slash("Ann", "invite accept", invite=await club.code("organizer")))


@cause("TournamentCreated", "/tournament create")
async def create(club: People) -> None:
    await club.create()


@cause("TournamentUpdated", "/tournament open")
async def open_sign_up(club: People) -> None:
    told(await club.slash("Olga", "tournament open", tournament=CUP))
    await club.stage.settle()


@cause("TournamentUpdated", "/tournament edit")
async def edit(club: People) -> None:
    form = await club.slash("Olga", "tournament edit", tournament=CUP)
    told(await club.fill_in("Olga", form, name=CUP, description="New", seed=""))


@cause("TournamentUpdated", "/tournament board")
async def pin_board(club: People) -> None:
    told(await club.slash("Olga", "tournament board", tournament=CUP))


@cause("TournamentUpdated", "/tournament join")
async def join(club: People) -> None:
    told(await club.slash("Ann", "tournament join", tournament=CUP))


@cause("TournamentUpdated", "[join]")
async def join_by_the_button(club: People) -> None:
    told(await club.press("Bo", club.stage.posts("announcements")[-1], "Join"))


@cause("TournamentUpdated", "/tournament leave")
async def leave(club: People) -> None:
    told(await club.slash("Ann", "tournament leave", tournament=CUP))


async def pool_form(club: People, command: str, **answers: str) -> None:
    options = {"tournament": CUP} if command == "create" else {"tournament": CUP, "pool": answers.pop("pool")}
    told(await club.fill_in("Olga", await club.slash("Olga", f"pool {command}", **options), **answers))


@cause("TournamentUpdated", "/pool create")
async def make_a_pool(club: People) -> None:
    await pool_form(club, "create", name="Open", seeds="seed 1")


@cause("TournamentUpdated", "/pool edit")
async def rename_a_pool(club: People) -> None:
    await pool_form(club, "edit", pool="Open", name="Hard")


@cause("TournamentUpdated", "/pool seeds")
async def add_seeds(club: People) -> None:
    await pool_form(club, "seeds", pool="Hard", seeds="seed 2")


@cause("TournamentUpdated", "/pool retire")
async def retire_a_seed(club: People) -> None:
    told(await club.slash("Olga", "pool retire", tournament=CUP, pool="Hard", seed="#1"))


@cause("TournamentUpdated", "/pool restore")
async def restore_a_seed(club: People) -> None:
    told(await club.slash("Olga", "pool restore", tournament=CUP, pool="Hard", seed="#1"))


@cause("TournamentUpdated", "/pool delete")
async def delete_a_pool(club: People) -> None:
    await pool_form(club, "delete", pool="Hard", name="Hard")


@cause("TournamentUpdated", "/account delete")
async def leave_the_tournament_by_deletion(club: People) -> None:
    await delete_account(club, "Bo")


async def waiting(club: People) -> discord.Message:
    """The card of a run of Ann's that waits for review, as it is now."""
    if club.select("SELECT count(*) FROM race") == [0]:
        await club.tournament("Winter Cup")
        return await club.hand_in("Ann", cup="Winter Cup")
    return club.stage.posts("review")[-1]


@cause("TournamentUpdated", "[review_claim]")
async def claim(club: People) -> None:
    await club.press("Rae", await waiting(club), "Claim")


@cause("TournamentUpdated", "[review_release]")
async def release(club: People) -> None:
    await club.press("Rae", await waiting(club), "Release")


@cause("TournamentUpdated", "[review_doubt]")
async def doubt(club: People) -> None:
    await club.press("Rae", shown(await club.press("Rae", await waiting(club), "More")), "Second review")


@cause("TournamentUpdated", "[review_trust]")
async def trust(club: People) -> None:
    await club.press("Rae", shown(await club.press("Rae", await waiting(club), "More")), "Take back second review")


@cause("TournamentUpdated", "[review_correct_with]")
async def correct(club: People) -> None:
    menu = shown(await club.press("Rae", await waiting(club), "More"))
    await club.fill_in("Rae", await club.press("Rae", menu, "Correct time"), time="1:20:00")


@cause("TournamentUpdated", "/review extend")
async def extend(club: People) -> None:
    club.raced(tournament=club.select("SELECT tournament_id FROM race")[0], stage="racing")
    told(await club.slash("Rae", "review extend", race="#1", minutes=10))


async def race_button(club: People, step: str, target: int | None = None) -> None:
    """Mo presses a button of the newest race, or one with another target."""
    of = target if target is not None else club.select("SELECT max(id) FROM attempt")[0]
    await club.craft("Mo", f"herald:race_{step}:{of}", message=club.stage.posts("announcements")[-1])


@cause("TournamentUpdated", "[race_go]")
async def start_a_race(club: People) -> None:
    if club.select("SELECT count(*) FROM tournament WHERE name = 'Race Cup'") == [0]:
        await club.create("Race Cup")
        form = await club.slash("Olga", "pool create", tournament="Race Cup")
        told(await club.fill_in("Olga", form, name="Sprint", seeds="1\n2\n3"))
        told(
            await club.slash("Olga", "tournament edit", tournament="Race Cup", runs_per_pool=2, reattempts="unlimited")
        )
        for name, step in (("Olga", "open"), ("Mo", "join"), ("Olga", "start")):
            told(await club.slash(name, f"tournament {step}", tournament="Race Cup"))
    question = shown(await club.slash("Mo", "race start", tournament="Race Cup"))
    await club.press("Mo", question, "Start: there is no way back")


@cause("TournamentUpdated", "[race_ready]")
async def get_ready(club: People) -> None:
    await race_button(club, "ready")
    await club.stage.env.advance_time(60)


@cause("TournamentUpdated", "[race_finish]")
async def finish_a_race(club: People) -> None:
    await race_button(club, "finish")


@cause("TournamentUpdated", "[race_undo]")
async def take_back_a_finish(club: People) -> None:
    await race_button(club, "undo")


@cause("TournamentUpdated", "/race finish")
async def finish_a_race_by_command(club: People) -> None:
    told(await club.slash("Mo", "race finish"))


@cause("TournamentUpdated", "/race undo")
async def take_back_a_finish_by_command(club: People) -> None:
    told(await club.slash("Mo", "race undo"))


@cause("TournamentUpdated", "[race_forfeit_yes]")
async def forfeit_a_race(club: People) -> None:
    await race_button(club, "forfeit_yes")


@cause("TournamentUpdated", "[race_discard]")
async def discard_a_race(club: People) -> None:
    await race_button(club, "discard")


@cause("TournamentUpdated", "/race ready")
async def get_ready_by_command(club: People) -> None:
    await start_a_race(club)
    told(await club.slash("Mo", "race ready"))


@cause("TournamentUpdated", TIME)
async def race_too_long(club: People) -> None:
    await club.stage.env.advance_time(13 * HOUR)


@cause("TournamentDeleted", "/tournament delete")
async def delete(club: People) -> None:
    form = await club.slash("Olga", "tournament delete", tournament=CUP)
    told(await club.fill_in("Olga", form, name=CUP))


@cause("TournamentStarted", "/tournament start")
async def start(club: People) -> None:
    await club.tournament(racers=("Ann", "Mo"))


@cause("TournamentEnded", "/tournament end")
async def end(club: People) -> None:
    await club.press("Rae", await club.hand_in("Ann"), "Approve")
    told(await club.slash("Olga", "tournament end", tournament=CUP))


@cause("TournamentEnded", "[end]")
async def end_anyway(club: People) -> None:
    cup = await club.tournament("Summer Cup")
    await club.hand_in("Ann", cup=cup)
    await club.press("Olga", shown(await club.slash("Olga", "tournament end", tournament=cup)), "End anyway")


@cause("RaceSubmitted", "/race submit")
async def hand_in(club: People) -> None:
    await club.tournament()
    await club.hand_in("Ann")


@cause("RaceSubmitted", "[race_submit]")
async def hand_in_a_race(club: People) -> None:
    await club.tournament("Race Cup")
    club.raced(tournament=2)
    evidence = {"vod": "https://vod.example/2", "in_game": "", "notes": ""}
    told(await club.craft("Ann", "herald:race_submit:1", fields=evidence))
    await club.stage.settle()
    await club.press("Rae", club.stage.posts("review")[-1], "Approve")


@cause("RaceApproved", "[approve]")
async def approve(club: People) -> None:
    waiting = [card for card in club.stage.posts("review") if "Approve" in labels(card)]
    await club.press("Rae", waiting[-1] if waiting else await club.hand_in("Ann"), "Approve")


@cause("RaceRejected", "[reject]")
async def reject(club: People) -> None:
    form = await club.press("Rae", await club.hand_in("Ann"), "Reject")
    await club.fill_in("Rae", form, reason="No video")


@cause("RaceRejected", "[review_disqualify_with]")
async def disqualify(club: People) -> None:
    menu = shown(await club.press("Rae", await club.hand_in("Ann"), "More"))
    await club.fill_in("Rae", await club.press("Rae", menu, "Disqualify"), reason="Spliced")


@cause("MatchScheduled", "/match schedule")
async def schedule(club: People) -> None:
    await club.tournament(racers=("Ann", "Bo"))
    players: dict[str, Any] = {"player1": club.stage.people["Ann"], "player2": club.stage.people["Bo"]}
    question = await club.slash("Ann", "match schedule", tournament=CUP, when="2026-03-01 20:00", **players)
    await club.press("Ann", shown(question), "Schedule it")


@cause("MatchCompleted", "/match report")
async def report(club: People) -> None:
    told(await club.slash("Ann", "match report", match="#1", winner=club.stage.people["Ann"]))


@cause("InviteCreated", "/invite create")
async def invite(club: People) -> None:
    await club.invite("Ann")


async def answer(club: People, name: str, action: str) -> None:
    """By command, to the newest invite."""
    number = club.select("SELECT max(id) FROM invite")[0]
    told(await club.slash(name, f"invite {action}", invite=f"#{number}"))


@cause("InviteAccepted", "/invite accept")
async def accept(club: People) -> None:
    await answer(club, "Ann", "accept")


@cause("InviteAccepted", "[accept]")
async def accept_by_the_button(club: People) -> None:
    await club.press("Mo", await club.invite("Mo"), "Accept")


@cause("InviteRejected", "/invite decline")
async def decline(club: People) -> None:
    await club.invite("Bo")
    await answer(club, "Bo", "decline")


@cause("InviteRejected", "[decline]")
async def decline_by_the_button(club: People) -> None:
    await club.press("Bo", await club.invite("Bo"), "Decline")


@cause("InviteRejected", "/account delete")
async def decline_by_deletion(club: People) -> None:
    await club.invite("Rae")
    await delete_account(club, "Rae")


@cause("InviteExpired", TIME)
async def expire(club: People) -> None:
    told(await club.slash("Olga", "invite create", role="racer", person=club.stage.people["Bo"], hours=1))
    await club.stage.env.advance_time(HOUR + 1)


@cause("InviteExpired", "/invite revoke")
async def revoke(club: People) -> None:
    await club.invite("Bo")
    await answer(club, "Olga", "revoke")


@cause("DiscordGuildLinked", "/guild link")
async def link(club: People) -> None:
    await unlink(club)
    told(await club.slash("Olga", "guild link", community="#1"))


@cause("DiscordGuildLinked", BACK)
async def come_back(club: People) -> None:
    left = await remove(club)
    return_to(club.stage, left)


@cause("DiscordGuildUnlinked", "/guild unlink")
async def unlink(club: People) -> None:
    await club.press("Olga", shown(await club.slash("Olga", "guild unlink")), "Unlink")


@cause("DiscordGuildUnlinked", REMOVED)
async def remove(club: People) -> tuple[Any, dict[int, Any]]:
    if club.select("SELECT count(*) FROM guild_link WHERE guild_name = 'Racing Club' AND unlinked_at IS NULL") == [0]:
        told(await club.slash("Olga", "guild link", community="#1"))
    left = forget(club.stage, club.stage.guild)
    club.stage.env.backend.emit("GUILD_DELETE", {"id": str(club.stage.guild.id)})
    await club.stage.settle()
    return left


async def preset(club: People, whose: str, name: str) -> None:
    form = await club.slash("Olga", "preset create", whose=whose)
    told(await club.fill_in("Olga", form, name=name, text="goal: ganon"))


@cause("PresetCreated", "/preset create")
async def keep_a_preset(club: People) -> None:
    await preset(club, "community", "Weekly")


@cause("PresetCreated", "/preset share")
async def share_a_preset(club: People) -> None:
    await preset(club, "mine", "Daily")
    told(await club.slash("Olga", "preset share", preset="Daily", to="community"))


@cause("PresetCreated", "[preset_copy]")
async def copy_a_preset(club: People) -> None:
    post = posted(await club.slash("Olga", "preset share", preset="Weekly", to="channel"))
    told(await club.press("Ann", post, "Copy to mine"))


@cause("PresetUpdated", "/preset edit")
async def change_a_preset(club: People) -> None:
    form = await club.slash("Olga", "preset edit", preset="Weekly")
    told(await club.fill_in("Olga", form, name="Weekly", text="goal: triforce"))


@cause("PresetUpdated", "/preset delete")
async def delete_a_preset(club: People) -> None:
    form = await club.slash("Olga", "preset delete", preset="Weekly")
    told(await club.fill_in("Olga", form, name="Weekly"))


@cause("PresetUpdated", "/account delete")
async def forget_presets(club: People) -> None:
    await delete_account(club, "Ann")


@pytest.mark.parametrize("kind", dict.fromkeys(entry.example.entity_type for entry in ENTRIES))
async def test_each_cause_brings_its_event_and_its_line_and_tells_the_right_ones(club: People, kind: str) -> None:
    stage = club.stage
    for use in (ChannelUse.RESULTS, ChannelUse.MATCHES):
        channel = stage.channels[use.name.lower()] = stage.guild.create_text_channel(use.name.lower())
        told(await club.slash("Olga", "guild channels", category=use.value, channel=channel))
    channels = {use: stage.channels[use.name.lower()].id for use in ChannelUse}
    for entry in (one for one in ENTRIES if one.example.entity_type == kind):
        for one in entry.causes:
            last = club.select("SELECT max(seq) FROM event")[0]
            await CAUSES[entry.type, one](club)
            await stage.settle()
            found = club.select("SELECT seq, event_id FROM event WHERE seq > ? AND type = ?", last, entry.type)
            assert found, (entry.type, one)
            lines = {line.number: line.text for line in await stage.bot.herald.audit.everything()}
            if one == entry.causes[0]:
                seq, event_id = found[-1]
                assert lines[seq] == entry.line
                rows = club.select(
                    "SELECT kind, target_kind, target_id FROM message"
                    " WHERE event_id = ? AND kind NOT IN ('audit_line', 'edit')",
                    event_id,
                )
                # Who gets a DM is the example's, whoever that is.
                expected = [(t.kind.value, t.target.value, channels[t.use] if t.use else None) for t in entry.told]
                heard = [(k, t, target if t == TargetKind.CHANNEL.value else None) for k, t, target in rows]
                assert sorted(heard, key=str) == sorted(expected, key=str), entry.type
            assert {seq for seq, _ in found} <= set(lines), (entry.type, one)
    # One row for each event, whatever was done.
    assert sorted(club.select("SELECT event_seq FROM audit_entry")) == club.select("SELECT seq FROM event ORDER BY seq")


async def test_each_cause_is_a_command_or_a_button_that_there_is_and_is_tried(newcomers: People) -> None:
    bot = newcomers.stage.bot
    known = {f"/{one.qualified_name}" for one in bot.tree.walk_commands() if isinstance(one, app_commands.Command)}
    known |= {f"[{action}]" for action in bot.router._handlers} | NO_COMMAND
    pairs = {(entry.type, one) for entry in ENTRIES for one in entry.causes}
    assert {one for _, one in pairs} <= known
    assert pairs == set(CAUSES)
