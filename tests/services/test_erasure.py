"""Forgetting somebody: nothing of them is left anywhere, and what happened still stands."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from models import Permission, RaceStatus, Role, Topic, TournamentStatus, Way, Whose
from services.erasure import Results
from services.errors import Invalid, NotFound, WrongState
from services.guilds import ChannelUse
from services.rules import Rules
from tests.services.world import ELSEWHERE, NEWS, OWNER, World

SECRETS = (
    "Annabel",
    "she/her",
    "twitch.example",
    "vod.example/secret",
    "my notes",
    "too blurry",
    "Europe/Berlin",
    "secret: Any%",
)


async def annabel(world: World) -> int:
    """Somebody of whom there is much: runs in each state, a message, an account; returns its id."""
    herald = world.herald
    cup = await world.tournament(racers=("Annabel", "Bo"))
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    ann, olga = await world.actor("Annabel"), await world.actor(OWNER)
    await herald.accounts.edit(ann, name="", pronouns="she/her", stream="https://twitch.example/a")
    await herald.accounts.set_time_zone(ann, "Europe/Berlin")
    for time in ("1:00:00", "0:59:00", "0:58:00"):
        vod = "https://vod.example/secret"
        run = await herald.races.submit(ann, cup.id, time=time, vod=vod, notes="my notes")
        if time == "1:00:00":
            await herald.reviews.approve(olga, run.id)
        elif time == "0:59:00":
            await herald.reviews.reject(olga, run.id, reason="too blurry")
    await herald.invites.create(olga, role=Role.REVIEWER, invitee=world.person("Annabel"))
    await herald.presets.create(ann, Whose.MINE, name="Mine", text="secret: Any%")
    await herald.notifications.choose(ann, Topic.TOURNAMENTS, Way.DM)
    world.start()
    await world.settle()
    return ann.account_id


async def forget(world: World, results: Results = Results.KEPT) -> None:
    ann = await world.actor("Annabel")
    await world.herald.erasure.delete(ann, ann.account_id, results, typed=" Delete ")
    await world.settle()


async def test_everything_that_is_stored_about_somebody_is_handed_out(world: World) -> None:
    await annabel(world)
    text = msgspec.json.encode(await world.herald.erasure.export(await world.actor("Annabel"))).decode()
    for secret in (*SECRETS, str(world.discord_id("Annabel")), "your_run_rejected", "RaceSubmitted", "Racing Club"):
        assert secret in text, secret
    assert "Bo" not in text.replace("Board", "")


@pytest.mark.parametrize("results", Results)
async def test_nothing_of_a_person_is_left_anywhere(world: World, results: Results) -> None:
    await annabel(world)
    stored = str(world.dump())
    for secret in (*SECRETS, str(world.discord_id("Annabel"))):
        assert secret in stored, secret
    await forget(world, results)
    stored = str(world.dump()).replace(str(world.discord_id(OWNER)), "")
    for secret in SECRETS:
        assert secret not in stored, secret
    numbers = [world.select(sql) for sql in ("SELECT discord_id FROM account", "SELECT target_id FROM message")]
    assert world.discord_id("Annabel") not in [number for column in numbers for number in column]


async def test_the_trail_goes_on_under_a_deleted_user(world: World) -> None:
    account_id = await annabel(world)
    before = len(await world.herald.audit.everything())
    start = world.last_event()
    await forget(world)
    assert world.events(start) == ["OrganizationMemberRemoved", "InviteRejected", "PresetUpdated", "UserDeleted"]
    event = world.newest("UserDeleted")
    assert (event["entity_id"], event["user_id"], event["results_kept"]) == (account_id, account_id, True)
    lines = [line.text for line in await world.herald.audit.everything()]
    assert len(lines) == before + 4
    assert "a deleted user handed in 1:00:00 in Spring Cup" in lines
    assert lines[-1].startswith("a deleted user deleted their account")
    assert not any("Annabel" in line for line in lines)


async def test_kept_results_stay_where_they_were_without_a_name(world: World) -> None:
    await annabel(world)
    await forget(world)
    board = (await world.herald.leaderboard.page(await world.actor(OWNER), "Spring Cup")).places
    assert [(standing.name, standing.time_ms) for standing in board] == [("a deleted user", 3_600_000)]
    # What did not count is not kept.
    assert world.select("SELECT status FROM race") == [RaceStatus.APPROVED.value]
    assert world.select("SELECT count(*) FROM entrant") == [2]


async def test_kept_results_include_runs_that_count_without_a_review(world: World) -> None:
    await annabel(world)
    olga = await world.actor(OWNER)
    await world.herald.rules.set(olga, "Spring Cup", Rules(review_required=False))
    await forget(world)
    board = (await world.herald.leaderboard.page(olga, "Spring Cup")).places
    assert [(standing.name, standing.time_ms) for standing in board] == [("a deleted user", 3_480_000)]
    assert world.select("SELECT time_ms FROM race ORDER BY id") == [3_600_000, 3_480_000]


@pytest.mark.parametrize("results", Results)
async def test_where_results_are_hidden_kept_ones_are_all_runs_without_what_is_about_anybody(
    world: World, results: Results
) -> None:
    await annabel(world)
    await world.herald.rules.set(await world.actor(OWNER), 1, Rules(results_hidden=True))
    await forget(world, results)
    kept = ("", "", None)
    runs = [("approved", *kept), ("rejected", *kept), ("submitted", *kept)] if results is Results.KEPT else []
    assert world.select("SELECT status, vod_url, notes, rejection_reason FROM race ORDER BY id") == runs
    assert world.select("SELECT count(*) FROM entrant") == [2 if runs else 1]


async def test_an_export_does_not_tell_what_others_decided(world: World) -> None:
    cup, rae = await world.tournament(), await world.hire("Rae", Role.REVIEWER)
    reviews, olga = world.herald.reviews, await world.actor(OWNER)
    first = await world.run("Ann", cup)
    await reviews.doubt(rae, first.id)
    await reviews.approve(olga, first.id)
    second = await world.run("Ann", cup)
    await reviews.reject(rae, second.id, reason="no video")
    exported = await world.herald.erasure.export(rae)
    assert exported["second_reviews_asked_for"] == [{"id": first.id}]
    assert exported["runs_reviewed"] == [{"id": second.id, "reviewed_at": world.clock()}]


async def test_withdrawn_results_leave_the_board_and_the_list_of_racers(world: World) -> None:
    await annabel(world)
    start = world.last_event()
    await forget(world, Results.WITHDRAWN)
    assert world.events(start) == [
        *("TournamentUpdated", "OrganizationMemberRemoved", "InviteRejected"),
        *("PresetUpdated", "UserDeleted"),
    ]
    board = (await world.herald.leaderboard.page(await world.actor(OWNER), "Spring Cup")).places
    assert board == []
    assert world.select("SELECT count(*) FROM entrant") == [1]
    assert not world.newest("UserDeleted")["results_kept"]


async def test_an_announcement_that_had_not_gone_out_names_nobody(world: World) -> None:
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    await world.approved("Annabel", await world.tournament(racers=("Annabel",)), "1:00:00")
    await forget(world)
    world.start()
    await world.settle()
    letters = [letter.notice.title for letter in world.outbox.letters]
    assert "a deleted user finished in 1:00:00" in letters
    assert not any("Your run" in title or "Annabel" in title for title in letters)


async def test_whoever_comes_back_is_somebody_new(world: World) -> None:
    old = await annabel(world)
    await forget(world)
    new = await world.actor("Annabel")
    assert new.account_id != old
    await forget(world)
    assert world.events()[-2:] == ["UserCreated", "UserDeleted"]


async def test_only_the_account_that_was_asked_about_and_only_by_the_typed_word(world: World) -> None:
    await annabel(world)
    ann, erasure = await world.actor("Annabel"), world.herald.erasure
    before = world.dump()
    with pytest.raises(Invalid, match="You typed “yes”, so nothing was deleted"):
        await erasure.delete(ann, ann.account_id, Results.KEPT, typed="yes")
    with pytest.raises(NotFound, match="deleted already"):
        await erasure.delete(ann, ann.account_id - 1, Results.KEPT, typed="delete")
    assert world.dump() == before


async def test_the_last_owner_and_the_last_superadmin_have_to_hand_over_first(world: World) -> None:
    olga, erasure, staff = await world.actor(OWNER), world.herald.erasure, world.herald.staff
    with pytest.raises(WrongState, match="Racing Club needs an owner, and you are its only one"):
        await erasure.deletable(olga)
    with pytest.raises(WrongState, match="Racing Club needs an owner"):
        await erasure.delete(olga, olga.account_id, Results.KEPT, typed="delete")
    await world.herald.members.add(olga, world.person("Bo"), Role.OWNER)
    host = await world.herald.accounts.actor(replace(world.caller("Hal"), owns_bot=True))
    await staff.set_permission(host, world.person(OWNER), Permission.SUPERADMIN)
    with pytest.raises(WrongState, match="Herald needs a superadmin"):
        await erasure.delete(olga, olga.account_id, Results.KEPT, typed="delete")
    await staff.set_permission(host, world.person("Bo"), Permission.SUPERADMIN)
    await erasure.delete(olga, olga.account_id, Results.KEPT, typed="delete")


async def test_each_community_hears_that_somebody_has_left(world: World) -> None:
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    await world.hire("Annabel", Role.RACER)
    await world.hire("Annabel", Role.REVIEWER, by="Rita", guild=ELSEWHERE)
    await world.tournament(status=TournamentStatus.OPEN, racers=("Annabel",))
    start = world.last_event()
    await forget(world)
    streams = world.select("SELECT stream FROM event WHERE seq > ? ORDER BY seq", start)
    ann = world.newest("UserDeleted")["entity_id"]
    assert streams == ["organization:1", "organization:1", "organization:2", f"user:{ann}"]


async def test_what_somebody_clicked_just_before_they_were_forgotten_stores_nothing_after_it(world: World) -> None:
    await annabel(world)
    herald, olga, ann = world.herald, await world.actor(OWNER), await world.actor("Annabel")
    code = (await herald.invites.create(olga, role=Role.RACER)).code or ""
    other = await world.tournament("Autumn Cup", status=TournamentStatus.OPEN, racers=())
    guild = await world.actor("Annabel", guild=ELSEWHERE, manage=True)
    await forget(world)
    before = world.dump()
    for call in (
        herald.accounts.edit(ann, name="Annabel", pronouns="she/her", stream=""),
        herald.accounts.set_time_zone(ann, "Europe/Berlin"),
        herald.entrants.join(ann, other.id),
        herald.races.submit(ann, 1, time="1:00:00", vod="https://vod.example/secret", notes="my notes"),
        herald.invites.accept(ann, code),
        herald.organizations.create(guild, name="Annabel's", time_zone="UTC"),
        herald.erasure.delete(ann, ann.account_id, Results.KEPT, typed="delete"),
    ):
        with pytest.raises(NotFound, match="account is deleted"):
            await call
    assert world.dump() == before
