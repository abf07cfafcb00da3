from __future__ import annotations

import asyncio
import logging

import pytest

from models import Invite, InviteStatus, Role
from services.actor import Actor
from services.errors import Invalid, NotAllowed, NotFound, WrongState
from services.guilds import ChannelUse
from tests.services.discord_stand_in import user
from tests.services.world import AUDIT, ELSEWHERE, GUILD, NEWS, OWNER, World


async def invite(
    world: World, name: str | None = None, *, by: str = OWNER, role: Role = Role.RACER, uses: int = 1, hours: int = 72
) -> Invite:
    invitee = world.person(name) if name else None
    return await world.herald.invites.create(await world.actor(by), role=role, invitee=invitee, uses=uses, hours=hours)


async def outsider(world: World, name: str) -> Actor:
    """Somebody who meets Herald only in direct messages."""
    return await world.actor(name, guild=None)


async def test_an_invited_person_accepts_and_has_the_role(world: World) -> None:
    made = await invite(world, "Ann", role=Role.REVIEWER)
    ann = await outsider(world, "Ann")
    assert [i.id for i in await world.herald.invites.received(ann)] == [made.id]
    start = world.last_event()
    await world.herald.invites.accept(ann, made.id)
    assert world.events(start) == ["InviteAccepted", "OrganizationMemberAdded"]
    told = world.select("SELECT user_id, organization_id FROM event WHERE seq > ?", start)
    assert told == [(ann.account_id, 1)] * 2
    assert world.newest("OrganizationMemberAdded")["role"] == "reviewer"
    seen = await world.herald.invites.mine(ann, made.id)
    assert (seen.status, seen.uses) == (InviteStatus.ACCEPTED, 1)
    assert await world.herald.invites.received(ann) == []


async def test_a_person_new_to_herald_can_be_invited_and_gets_a_dm(world: World) -> None:
    world.start()
    start = world.last_event()
    await invite(world, "Ann")
    assert world.events(start) == ["UserCreated", "InviteCreated"]
    await world.settle()
    assert world.outbox.titles(user(world.discord_id("Ann"))) == ["Invitation to Racing Club"]


@pytest.mark.parametrize("who", ["Bo", OWNER])
async def test_an_invite_to_a_person_is_no_use_to_anybody_else(world: World, who: str) -> None:
    made = await invite(world, "Ann")
    actor = await world.actor(who)
    before = world.dump()
    invites = world.herald.invites
    for call in (invites.mine(actor, made.id), invites.accept(actor, made.id), invites.decline(actor, made.id)):
        with pytest.raises(NotFound, match="no such invite for you"):
            await call
    assert world.dump() == before


async def test_a_code_admits_as_many_as_it_has_uses_however_it_is_typed(world: World) -> None:
    made = await invite(world, uses=2)
    assert made.code is not None
    for name, typed in (("Ann", made.code.lower()), ("Bo", f"  {made.code} ")):
        await world.herald.invites.accept(await outsider(world, name), typed)
    with pytest.raises(WrongState, match="was accepted already"):
        await world.herald.invites.accept(await outsider(world, "Cy"), made.code)
    assert world.select("SELECT uses, status FROM invite") == [(2, "accepted")]


@pytest.mark.parametrize("typed", ["", " ", "WRONG", "%", "x" * 5000])
async def test_a_code_that_nobody_made_admits_nobody(world: World, typed: str) -> None:
    await invite(world)
    with pytest.raises(NotFound, match="No invite has that code"):
        await world.herald.invites.accept(await outsider(world, "Ann"), typed)


async def test_a_code_cannot_be_used_through_its_number(world: World) -> None:
    made = await invite(world)
    with pytest.raises(NotFound):
        await world.herald.invites.accept(await outsider(world, "Ann"), made.id)


async def test_the_last_use_of_a_code_goes_to_exactly_one_of_ten(world: World) -> None:
    made = await invite(world, uses=3)
    for name in ("Ann", "Bo"):
        await world.herald.invites.accept(await outsider(world, name), made.code or "")
    crowd = [await outsider(world, f"Cy {n}") for n in range(10)]
    start = world.last_event()
    outcomes = await asyncio.gather(
        *(world.herald.invites.accept(one, made.code or "") for one in crowd), return_exceptions=True
    )
    assert sum(isinstance(outcome, Invite) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, WrongState) for outcome in outcomes) == 9
    assert world.events(start) == ["InviteAccepted", "OrganizationMemberAdded"]
    assert world.select("SELECT uses, max_uses FROM invite") == [(3, 3)]


async def test_the_uses_of_a_code_are_counted_though_people_act_in_other_communities(world: World) -> None:
    made = await invite(world, uses=3)
    crowd = [await outsider(world, "Ann")]
    for n in range(9):
        await world.found(f"Rivals {n}", owner=f"Cy {n}", guild=ELSEWHERE + n)
        crowd.append(await world.actor(f"Cy {n}", guild=ELSEWHERE + n))
    outcomes = await asyncio.gather(
        *(world.herald.invites.accept(one, made.code or "") for one in crowd), return_exceptions=True
    )
    assert sum(isinstance(outcome, Invite) for outcome in outcomes) == 3
    assert sum(isinstance(outcome, WrongState) for outcome in outcomes) == 7
    assert world.select("SELECT uses, max_uses FROM invite") == [(3, 3)]


async def test_one_person_takes_one_use_of_a_code(world: World) -> None:
    made = await invite(world, uses=5)
    ann = await outsider(world, "Ann")
    await asyncio.gather(*(world.herald.invites.accept(ann, made.code or "") for _ in range(5)), return_exceptions=True)
    assert world.select("SELECT uses, status FROM invite") == [(1, "pending")]


async def test_an_invite_ends_by_the_clock_exactly_once(world: World) -> None:
    world.start()
    made = await invite(world, "Ann", hours=2)
    await invite(world, hours=3)
    await world.settle()
    await world.pass_time(hours=1, minutes=59)
    assert world.events().count("InviteExpired") == 0
    await world.pass_time(minutes=1)
    await world.pass_time()
    assert world.events().count("InviteExpired") == 1
    event = world.newest("InviteExpired")
    assert (event["entity_id"], event["user_id"], event["organization_id"]) == (made.id, None, 1)
    assert event["revoked"] is False
    assert world.select("SELECT status FROM invite ORDER BY id") == ["expired", "pending"]
    await world.pass_time(hours=1)
    assert world.events().count("InviteExpired") == 2


async def test_an_invite_that_ran_out_while_the_bot_was_down_ends_once_at_the_start(world: World) -> None:
    world.start()
    await invite(world, hours=1)
    await world.herald.close()
    world.clock.advance(days=2)
    await world.resume()
    await world.settle()
    assert world.events().count("InviteExpired") == 1
    await world.restart()
    await world.settle()
    assert world.events().count("InviteExpired") == 1


async def test_more_invites_than_one_batch_end_together(world: World) -> None:
    olga = await world.actor(OWNER)
    for _ in range(103):
        await world.herald.invites.create(olga, role=Role.RACER, hours=1)
    world.clock.advance(hours=2)
    assert await world.herald.invites.sweep() is None
    assert world.events().count("InviteExpired") == 103


async def test_an_invite_cannot_be_taken_up_at_its_end_even_before_it_is_swept(world: World) -> None:
    made = await invite(world, "Ann", hours=1)
    ann = await outsider(world, "Ann")
    world.clock.advance(hours=1)
    before = world.dump()
    for call in (world.herald.invites.accept(ann, made.id), world.herald.invites.decline(ann, made.id)):
        with pytest.raises(WrongState, match="to Racing Club has expired"):
            await call
    assert await world.herald.invites.received(ann) == []
    assert await world.herald.invites.pending(await world.actor(OWNER)) == []
    assert world.dump() == before


async def test_a_revoked_invite_is_told_once_and_admits_nobody(world: World) -> None:
    made = await invite(world)
    olga = await world.actor(OWNER)
    await world.herald.invites.revoke(olga, made.id)
    event = world.newest("InviteExpired")
    assert (event["revoked"], event["user_id"]) == (True, olga.account_id)
    before = world.dump()
    with pytest.raises(WrongState, match="revoked already"):
        await world.herald.invites.revoke(olga, made.id)
    ann = await outsider(world, "Ann")
    with pytest.raises(WrongState, match="was revoked already"):
        await world.herald.invites.accept(ann, made.code or "")
    world.clock.advance(days=30)
    await world.herald.invites.sweep()
    assert world.dump()["invite"] == before["invite"]
    assert world.events().count("InviteExpired") == 1


async def test_an_invite_of_another_organization_cannot_be_revoked_or_seen(world: World) -> None:
    made = await invite(world)
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    rita = await world.actor("Rita", guild=ELSEWHERE)
    with pytest.raises(NotFound):
        await world.herald.invites.revoke(rita, made.id)
    assert await world.herald.invites.pending(rita) == []
    assert world.select("SELECT status FROM invite") == ["pending"]


async def test_a_declined_invite_is_told_and_cannot_be_accepted_later(world: World) -> None:
    made = await invite(world, "Ann")
    ann = await outsider(world, "Ann")
    start = world.last_event()
    await world.herald.invites.decline(ann, made.id)
    assert world.events(start) == ["InviteRejected"]
    with pytest.raises(WrongState, match="was rejected already"):
        await world.herald.invites.accept(ann, made.id)
    assert world.select("SELECT count(*) FROM membership WHERE account_id = ?", ann.account_id) == [0]
    await invite(world, "Ann")


async def test_of_accepting_declining_and_revoking_at_once_one_wins(world: World) -> None:
    made = await invite(world, "Ann")
    ann, olga = await outsider(world, "Ann"), await world.actor(OWNER)
    outcomes = await asyncio.gather(
        world.herald.invites.decline(ann, made.id),
        world.herald.invites.accept(ann, made.id),
        world.herald.invites.revoke(olga, made.id),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, Invite) for outcome in outcomes) == 1


LADDER: dict[str, set[Role]] = {
    "owner": set(Role) - {Role.OWNER},
    "admin": {Role.ORGANIZER, Role.MODERATOR, Role.REVIEWER, Role.RACER},
    "organizer": {Role.MODERATOR, Role.REVIEWER, Role.RACER},
    "mapped organizer": {Role.MODERATOR, Role.REVIEWER, Role.RACER},
}


@pytest.mark.parametrize("who", LADDER)
async def test_one_invites_only_to_roles_below_ones_own(world: World, who: str) -> None:
    if who == "mapped organizer":
        await world.herald.guilds.map_roles(await world.actor(OWNER), Role.ORGANIZER, [5])
        actor = await world.actor("Mo", roles=[5])
    else:
        actor = await world.actor(OWNER) if who == "owner" else await world.hire("Mo", Role(who))
    granted: set[Role] = set()
    for role in Role:
        refused = None
        try:
            await world.herald.invites.create(actor, role=role)
        except NotAllowed as error:
            refused = error.message
        if refused is None:
            granted.add(role)
        else:
            assert refused == f"You can only invite to roles below your own, and {role.value} is not."
    assert granted == LADDER[who]


async def test_an_invite_to_ones_own_role_or_above_cannot_be_seen_or_revoked(world: World) -> None:
    above, below = await invite(world, role=Role.ADMIN), await invite(world, role=Role.REVIEWER)
    otto = await world.hire("Otto", Role.ORGANIZER)
    # Its code would make an organizer an admin.
    assert [i.id for i in await world.herald.invites.pending(otto)] == [below.id]
    with pytest.raises(NotAllowed, match="roles below your own, and admin is not"):
        await world.herald.invites.revoke(otto, above.id)
    await world.herald.invites.revoke(otto, below.id)
    assert [i.id for i in await world.herald.invites.pending(await world.actor(OWNER))] == [above.id]


@pytest.mark.parametrize(("uses", "hours"), [(0, 1), (-1, 1), (1001, 1), (1, 0), (1, 721)])
async def test_uses_and_hours_have_bounds(world: World, uses: int, hours: int) -> None:
    before = world.dump()
    with pytest.raises(Invalid):
        await invite(world, uses=uses, hours=hours)
    assert world.dump() == before


async def test_an_invite_that_would_give_nothing_is_refused_and_not_used_up(world: World) -> None:
    made = await invite(world, uses=2)
    rae = await world.hire("Rae", Role.REVIEWER)
    with pytest.raises(WrongState, match="You are reviewer there already"):
        await world.herald.invites.accept(rae, made.code or "")
    with pytest.raises(WrongState, match="Rae is reviewer there already"):
        await invite(world, "Rae")
    assert world.select("SELECT uses FROM invite WHERE id = ?", made.id) == [0]


async def test_a_person_has_at_most_one_waiting_invite_per_organization(world: World) -> None:
    await invite(world, "Ann")
    with pytest.raises(WrongState, match="Ann has an invite that waits"):
        await invite(world, "Ann", role=Role.REVIEWER)


async def test_a_person_whose_invite_ran_out_can_be_invited_again_at_once(world: World) -> None:
    await invite(world, "Ann", hours=1)
    world.clock.advance(hours=1)
    await invite(world, "Ann")


async def test_a_racer_is_raised_to_reviewer_by_an_invite(world: World) -> None:
    ann = await world.hire("Ann", Role.RACER)
    made = await invite(world, "Ann", role=Role.REVIEWER)
    start = world.last_event()
    await world.herald.invites.accept(ann, made.id)
    assert world.events(start) == ["InviteAccepted", "OrganizationMemberPermissionChanged"]
    event = world.newest("OrganizationMemberPermissionChanged")
    assert (event["member_id"], event["old_role"], event["new_role"]) == (ann.account_id, "racer", "reviewer")
    roles = world.select("SELECT role FROM membership WHERE account_id = ?", ann.account_id)
    assert roles == ["reviewer"]


async def test_codes_stay_out_of_events_audit_messages_and_logs(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for use, channel_id in ((ChannelUse.AUDIT, AUDIT), (ChannelUse.ANNOUNCEMENTS, NEWS)):
        await world.use(use, channel_id)
    world.start()
    made, taken = await invite(world, uses=2), await invite(world)
    assert made.code is not None
    assert taken.code is not None
    await world.herald.invites.accept(await world.actor("Ann"), made.code)
    await world.herald.invites.accept(await world.actor("Bo"), taken.code)
    with pytest.raises(WrongState) as used_up:
        await world.herald.invites.accept(await world.actor("Cy"), taken.code)
    await world.herald.invites.revoke(await world.actor(OWNER), made.id)
    await world.settle()
    tables = world.dump()
    assert made.code in str(tables.pop("invite"))
    told = str(tables) + world.outbox.text() + caplog.text + str(used_up.value)
    assert (await world.herald.audit.everything())[-1].text == "Olga revoked an invite code for the role racer"
    told += str(await world.herald.audit.everything())
    assert made.code not in told
    assert taken.code not in told


async def test_codes_are_long_easy_to_read_and_each_their_own(world: World) -> None:
    codes = {(await invite(world)).code or "" for _ in range(50)}
    assert len(codes) == 50
    assert all(len(code) == 10 and not set(code) & set("0O1IL") for code in codes)


async def test_waiting_invites_are_listed_newest_first_with_people(world: World) -> None:
    first, second = await invite(world, "Ann"), await invite(world)
    waiting = await world.herald.invites.pending(await world.actor(OWNER, guild=GUILD))
    assert [(i.id, i.status) for i in waiting] == [(second.id, InviteStatus.PENDING), (first.id, InviteStatus.PENDING)]
    assert waiting[1].invitee is not None
    assert waiting[1].invitee.display_name == "Ann"
