"""Every service method that changes something, ready to be called, with the events that it emits."""

# What only the bot itself calls is tried as well.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from models import Attempt, Match, Permission, Race, Role, Topic, TournamentStatus, TournamentType, Way, Whose
from services.actor import Actor
from services.erasure import Results
from services.guilds import ChannelUse
from services.rules import Rules
from tests.services.field import course
from tests.services.world import ELSEWHERE, GUILD, NEWS, OWNER, VOD, World

Call = Callable[[], Awaitable[object]]
Prepare = Callable[[World], Awaitable[Call]]


@dataclass(frozen=True)
class Change:
    """`prepare` brings about what the method needs, and returns the call of it."""

    method: str
    prepare: Prepare
    emits: tuple[str, ...]


CHANGES: dict[str, Change] = {}


def change(method: str, *emits: str) -> Callable[[Prepare], Prepare]:
    def note(prepare: Prepare) -> Prepare:
        CHANGES[prepare.__name__] = Change(method, prepare, emits)
        return prepare

    return note


@change("accounts.ensure", "UserCreated")
async def first_command(world: World) -> Call:
    return lambda: world.herald.accounts.ensure(world.person("New"))


@change("accounts.ensure", "UserUpdated")
async def rename(world: World) -> Call:
    await world.actor("Ann")
    return lambda: world.herald.accounts.ensure(replace(world.person("Ann"), name="Annika"))


@change("accounts.edit", "UserUpdated")
async def edit_account(world: World) -> Call:
    ann = await world.actor("Ann")
    return lambda: world.herald.accounts.edit(ann, name="Annie", pronouns="she/her", stream=VOD)


@change("accounts.set_time_zone", "UserUpdated")
async def set_time_zone(world: World) -> Call:
    ann = await world.actor("Ann")
    return lambda: world.herald.accounts.set_time_zone(ann, "Europe/Berlin")


@change("erasure.delete", *("TournamentUpdated", "OrganizationMemberRemoved", "InviteRejected", "UserDeleted"))
async def delete_account(world: World) -> Call:
    await world.approved("Ann", await world.tournament(), "1:00:00")
    ann, olga = await world.actor("Ann"), await world.actor(OWNER)
    await world.herald.invites.create(olga, role=Role.REVIEWER, invitee=world.person("Ann"))
    return lambda: world.herald.erasure.delete(ann, ann.account_id, Results.WITHDRAWN, typed="delete")


@change("staff.set_permission", "UserPermissionChanged")
async def set_permission(world: World) -> Call:
    host = await world.herald.accounts.actor(replace(world.caller("Hal"), owns_bot=True))
    await world.actor("Ann")
    return lambda: world.herald.staff.set_permission(host, world.person("Ann"), Permission.ADMIN)


@change("organizations.create", "OrganizationCreated", "OrganizationMemberAdded", "DiscordGuildLinked")
async def found(world: World) -> Call:
    rita = await world.actor("Rita", guild=ELSEWHERE, manage=True)
    return lambda: world.herald.organizations.create(rita, name="Rivals", time_zone="UTC")


@change("guilds.link", "DiscordGuildLinked")
async def link(world: World) -> Call:
    await world.found("Rivals", owner=OWNER, guild=ELSEWHERE)
    await world.herald.guilds.guild_removed(ELSEWHERE)
    olga = await world.actor(OWNER, guild=ELSEWHERE, manage=True)
    return lambda: world.herald.guilds.link(olga, 1)


@change("guilds.link", "DiscordGuildLinked")
async def link_again(world: World) -> Call:
    await world.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    await world.herald.guilds.unlink(await world.actor(OWNER), 1)
    olga = await world.actor(OWNER, manage=True)
    return lambda: world.herald.guilds.link(olga, 1)


@change("guilds.unlink", "DiscordGuildUnlinked")
async def unlink(world: World) -> Call:
    olga = await world.actor(OWNER)
    return lambda: world.herald.guilds.unlink(olga, 1)


@change("organizations.edit", "OrganizationUpdated")
async def edit_organization(world: World) -> Call:
    olga = await world.actor(OWNER)
    return lambda: world.herald.organizations.edit(olga, name="Club", time_zone="Europe/Berlin")


@change("organizations.delete", "DiscordGuildUnlinked", "OrganizationDeleted")
async def delete_organization(world: World) -> Call:
    olga = await world.actor(OWNER)
    await world.run("Ann", await world.tournament())
    return lambda: world.herald.organizations.delete(olga, olga.organization_id or 0, typed_name="racing club ")


@change("guilds.set_channel", "OrganizationUpdated")
async def set_channel(world: World) -> Call:
    olga = await world.actor(OWNER)
    return lambda: world.herald.guilds.set_channel(olga, ChannelUse.ANNOUNCEMENTS, NEWS)


@change("guilds.map_roles", "OrganizationUpdated")
async def map_roles(world: World) -> Call:
    olga = await world.actor(OWNER)
    await world.herald.guilds.map_roles(olga, Role.REVIEWER, [1, 2])
    return lambda: world.herald.guilds.map_roles(olga, Role.REVIEWER, [2, 3, 4])


@change("guilds.map_role", "OrganizationUpdated")
async def map_role(world: World) -> Call:
    olga = await world.actor(OWNER)
    await world.herald.guilds.map_roles(olga, Role.REVIEWER, [1, 2])
    return lambda: world.herald.guilds.map_role(olga, Role.REVIEWER, 1, counts=False)


@change("members.add", "OrganizationMemberAdded")
async def add_member(world: World) -> Call:
    olga = await world.actor(OWNER)
    await world.actor("Ann")
    return lambda: world.herald.members.add(olga, world.person("Ann"), Role.REVIEWER)


@change("members.set_role", "OrganizationMemberPermissionChanged")
async def change_role(world: World) -> Call:
    await world.hire("Ann", Role.RACER)
    olga = await world.actor(OWNER)
    return lambda: world.herald.members.set_role(olga, world.person("Ann"), Role.ADMIN)


@change("members.remove", "OrganizationMemberRemoved")
async def remove_member(world: World) -> Call:
    await world.hire("Ann", Role.RACER)
    olga = await world.actor(OWNER)
    return lambda: world.herald.members.remove(olga, world.person("Ann"))


@change("members.leave", "OrganizationMemberRemoved")
async def leave_organization(world: World) -> Call:
    ann = await world.hire("Ann", Role.RACER)
    return lambda: world.herald.members.leave(ann)


@change("guilds.guild_removed", "DiscordGuildUnlinked")
async def guild_removed(world: World) -> Call:
    return lambda: world.herald.guilds.guild_removed(GUILD)


@change("guilds.guild_joined", "DiscordGuildLinked")
async def guild_joined(world: World) -> Call:
    await world.herald.guilds.guild_removed(GUILD)
    return lambda: world.herald.guilds.guild_joined(GUILD)


@change("guilds._reconcile_some", "DiscordGuildUnlinked", "DiscordGuildLinked")
async def reconcile(world: World) -> Call:
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    await world.herald.guilds.guild_removed(ELSEWHERE)
    return lambda: world.herald.guilds.reconcile(lambda: [ELSEWHERE])


@change("tournaments.create", "TournamentCreated")
async def create_tournament(world: World) -> Call:
    olga = await world.actor(OWNER)
    return lambda: world.herald.tournaments.create(olga, name="Cup", type=TournamentType.OTHER)


@change("tournaments.edit", "TournamentUpdated")
async def edit_tournament(world: World) -> Call:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    return lambda: world.herald.tournaments.edit(olga, cup.id, name="Cup", description="New", seed="x")


@change("leaderboard.post", "TournamentUpdated")
async def pin_board(world: World) -> Call:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    return lambda: world.herald.leaderboard.post(olga, cup.id, NEWS)


@change("tournaments.open", "TournamentUpdated")
async def open_tournament(world: World) -> Call:
    cup, olga = await world.tournament(status=TournamentStatus.DRAFT), await world.actor(OWNER)
    return lambda: world.herald.tournaments.open(olga, cup.id)


@change("tournaments.start", "TournamentStarted")
async def start_tournament(world: World) -> Call:
    cup, olga = await world.tournament(status=TournamentStatus.OPEN), await world.actor(OWNER)
    return lambda: world.herald.tournaments.start(olga, cup.id)


@change("tournaments.end", "TournamentEnded")
async def end_tournament(world: World) -> Call:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    await world.approved("Ann", cup, "1:00:00")
    return lambda: world.herald.tournaments.end(olga, cup.id)


@change("tournaments.delete", "TournamentDeleted")
async def delete_tournament(world: World) -> Call:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    await world.approved("Ann", cup, "1:00:00")
    return lambda: world.herald.tournaments.delete(olga, cup.id, typed_name="Spring Cup")


@change("entrants.join", "OrganizationMemberAdded", "TournamentUpdated")
async def join(world: World) -> Call:
    cup, cy = await world.tournament(), await world.actor("Cy")
    return lambda: world.herald.entrants.join(cy, cup.id)


@change("entrants.leave", "TournamentUpdated")
async def leave(world: World) -> Call:
    cup, ann = await world.tournament(), await world.actor("Ann")
    return lambda: world.herald.entrants.leave(ann, cup.id)


@change("rules.set", "TournamentUpdated")
async def set_rules(world: World) -> Call:
    cup, olga = await world.tournament(status=TournamentStatus.OPEN), await world.actor(OWNER)
    await world.pool(cup)
    rules = Rules(runs_per_pool=2, reattempts="unlimited", opens="in 1 hour", closes="in 2 days", vod_required=False)
    return lambda: world.herald.rules.set(olga, cup.id, rules)


@change("pools.create", "TournamentUpdated")
async def create_pool(world: World) -> Call:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    await world.preset(OWNER, Whose.COMMUNITY)
    return lambda: world.herald.pools.create(
        olga, cup.id, name="Hard", notes="No maps", preset="open", seeds="a | b\nc"
    )


@change("pools.edit", "TournamentUpdated")
async def edit_pool(world: World) -> Call:
    pool, olga = await world.pool(await world.tournament()), await world.actor(OWNER)
    await world.preset(OWNER, Whose.COMMUNITY)
    return lambda: world.herald.pools.edit(olga, pool.id, name="Hard", notes="No maps", preset="open")


@change("pools.add_seeds", "TournamentUpdated")
async def add_seeds(world: World) -> Call:
    pool, olga = await world.pool(await world.tournament()), await world.actor(OWNER)
    return lambda: world.herald.pools.add_seeds(olga, pool.id, seeds="seed 3\nseed 4 | fast")


@change("pools.retire", "TournamentUpdated")
async def retire_seed(world: World) -> Call:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    await world.pool(cup)
    return lambda: world.herald.pools.retire(olga, cup.id, "open", 1)


@change("pools.restore", "TournamentUpdated")
async def restore_seed(world: World) -> Call:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    await world.pool(cup)
    await world.herald.pools.retire(olga, cup.id, "open", 1)
    return lambda: world.herald.pools.restore(olga, cup.id, "open", 1)


@change("pools.delete", "TournamentUpdated")
async def delete_pool(world: World) -> Call:
    pool, olga = await world.pool(await world.tournament()), await world.actor(OWNER)
    return lambda: world.herald.pools.delete(olga, pool.id, typed_name="OPEN ")


@change("presets.create", "PresetCreated")
async def create_preset(world: World) -> Call:
    ann = await world.actor("Ann")
    return lambda: world.herald.presets.create(ann, Whose.MINE, name="Open", text="goal: ganon")


@change("presets.create", "PresetCreated")
async def create_preset_of_the_community(world: World) -> Call:
    olga = await world.actor(OWNER)
    return lambda: world.herald.presets.create(olga, Whose.COMMUNITY, name="Open", text="goal: ganon")


@change("presets.edit", "PresetUpdated")
async def edit_preset(world: World) -> Call:
    made, ann = await world.preset("Ann"), await world.actor("Ann")
    return lambda: world.herald.presets.edit(ann, made.id, text="goal: triforce", name="Closed")


@change("presets.delete", "PresetUpdated")
async def delete_preset(world: World) -> Call:
    made, olga = await world.preset(OWNER, Whose.COMMUNITY), await world.actor(OWNER)
    await world.herald.presets.choose(olga, (await world.tournament()).id, "open")
    return lambda: world.herald.presets.delete(olga, made.id, typed_name="OPEN ")


@change("presets.share", "PresetCreated")
async def share_preset(world: World) -> Call:
    made, olga = await world.preset(OWNER), await world.actor(OWNER)
    return lambda: world.herald.presets.share(olga, made.id)


@change("presets.copy", "PresetCreated")
async def copy_preset(world: World) -> Call:
    made, bo = await world.preset("Ann"), await world.actor("Bo")
    view = await world.herald.presets.show(await world.actor("Ann"), made.id)
    return lambda: world.herald.presets.copy(bo, view.version.share_key)


@change("presets.choose", "TournamentUpdated")
async def choose_preset(world: World) -> Call:
    cup, olga = await world.tournament(), await world.actor(OWNER)
    await world.preset(OWNER, Whose.COMMUNITY)
    return lambda: world.herald.presets.choose(olga, cup.id, "open")


@change("races.submit", "RaceSubmitted")
async def submit(world: World) -> Call:
    cup, ann = await world.tournament(), await world.actor("Ann")
    return lambda: world.herald.races.submit(ann, cup.id, time="1:00:00", vod=VOD, notes="first")


@change("reviews.approve", "RaceApproved")
async def approve(world: World) -> Call:
    race, olga = await world.run("Ann", await world.tournament()), await world.actor(OWNER)
    return lambda: world.herald.reviews.approve(olga, race.id)


@change("reviews.reject", "RaceRejected")
async def reject(world: World) -> Call:
    race, olga = await world.run("Ann", await world.tournament()), await world.actor(OWNER)
    return lambda: world.herald.reviews.reject(olga, race.id, reason="no video")


@change("reviews.claim", "TournamentUpdated")
async def claim(world: World) -> Call:
    race, olga = await world.run("Ann", await world.tournament()), await world.actor(OWNER)
    return lambda: world.herald.reviews.claim(olga, race.id)


@change("reviews.release", "TournamentUpdated")
async def release(world: World) -> Call:
    race = await (await claim(world))()
    assert isinstance(race, Race)
    olga = await world.actor(OWNER)
    return lambda: world.herald.reviews.release(olga, race.id)


@change("reviews.doubt", "TournamentUpdated")
async def doubt(world: World) -> Call:
    race, olga = await world.run("Ann", await world.tournament()), await world.actor(OWNER)
    return lambda: world.herald.reviews.doubt(olga, race.id)


@change("reviews.trust", "TournamentUpdated")
async def trust(world: World) -> Call:
    race = await (await doubt(world))()
    assert isinstance(race, Race)
    olga = await world.actor(OWNER)
    return lambda: world.herald.reviews.trust(olga, race.id)


@change("reviews.correct", "TournamentUpdated")
async def correct(world: World) -> Call:
    race, olga = await world.run("Ann", await world.tournament()), await world.actor(OWNER)
    return lambda: world.herald.reviews.correct(olga, race.id, time="1:20:00")


@change("reviews.disqualify", "RaceRejected")
async def disqualify(world: World) -> Call:
    race, olga = await world.approved("Ann", await world.tournament(), "1:00:00"), await world.actor(OWNER)
    return lambda: world.herald.reviews.disqualify(olga, race.id, reason="spliced")


@change("matches.schedule", "MatchScheduled")
async def schedule_match(world: World) -> Call:
    cup = await world.tournament(racers=("Ann", "Bo"))
    ann, bo = await world.actor("Ann"), await world.account("Bo")
    at = world.clock() + timedelta(hours=2)
    return lambda: world.herald.matches.schedule(ann, cup.id, at, [ann.account_id, bo])


@change("matches.report", "MatchCompleted")
async def report_match(world: World) -> Call:
    match = await (await schedule_match(world))()
    ann = await world.actor("Ann")
    assert isinstance(match, Match)
    return lambda: world.herald.matches.report(ann, match.id, world.person("Ann"))


@change("notifications.choose", "UserUpdated")
async def choose_way(world: World) -> Call:
    ann = await world.actor("Ann")
    return lambda: world.herald.notifications.choose(ann, Topic.RUNS, Way.NOTHING)


@change("notifications.set_times", "UserUpdated")
async def set_times(world: World) -> Call:
    await (await schedule_match(world))()
    ann = await world.actor("Ann")
    return lambda: world.herald.notifications.set_times(ann, leads="30m", quiet="22:00-8:00")


@change("notifications.reset", "UserUpdated")
async def reset_notifications(world: World) -> Call:
    ann = await world.actor("Ann")
    await world.herald.notifications.choose(ann, Topic.RUNS, Way.NOTHING)
    return lambda: world.herald.notifications.reset(ann)


@change("reminding._remind_due")
async def remind(world: World) -> Call:
    await (await schedule_match(world))()
    # They have been told of the match itself.
    world.execute("UPDATE delivery SET status = 'done'")
    world.clock.advance(minutes=61)
    return world.herald.reminders.sweep


async def started(world: World) -> tuple[Actor, Attempt]:
    """Ann with a race of hers, for which she is not ready yet."""
    await course(world)
    ann = await world.actor("Ann")
    attempt = await world.herald.attempts.start(ann, 1, NEWS)
    # Nobody is at work here who would open it.
    world.execute("UPDATE attempt SET thread_id = 9001, thread_state = 'open'")
    return ann, attempt


async def raced(world: World) -> tuple[Actor, Attempt]:
    """Ann with a race of hers that is finished."""
    ann, attempt = await started(world)
    await world.herald.attempts.ready(ann)
    world.clock.advance(minutes=10)
    ann = await world.actor("Ann")
    return ann, await world.herald.attempts.finish(ann, attempt.id)


@change("attempts.start", "TournamentUpdated")
async def start_race(world: World) -> Call:
    await course(world)
    ann = await world.actor("Ann")
    return lambda: world.herald.attempts.start(ann, 1, NEWS)


@change("attempts.ready", "TournamentUpdated")
async def get_ready(world: World) -> Call:
    ann, attempt = await started(world)
    return lambda: world.herald.attempts.ready(ann, attempt.id)


@change("attempts.finish", "TournamentUpdated")
async def finish_race(world: World) -> Call:
    ann, _ = await started(world)
    await world.herald.attempts.ready(ann)
    world.clock.advance(minutes=10)
    ann = await world.actor("Ann")
    return lambda: world.herald.attempts.finish(ann)


@change("attempts.forfeit", "TournamentUpdated")
async def forfeit_race(world: World) -> Call:
    ann, attempt = await started(world)
    return lambda: world.herald.attempts.forfeit(ann, attempt.id)


@change("attempts.undo", "TournamentUpdated")
async def undo_finish(world: World) -> Call:
    ann, attempt = await raced(world)
    return lambda: world.herald.attempts.undo(ann, attempt.id)


@change("attempts.discard", "TournamentUpdated")
async def discard_race(world: World) -> Call:
    ann, attempt = await raced(world)
    world.execute("UPDATE tournament SET reattempts = NULL")
    world.execute(
        "INSERT INTO seed (id, pool_id, permalink, notes, given, par_total_ms, par_runs, created_at) "
        "SELECT 99, pool_id, 'x', notes, 0, 0, 0, created_at FROM seed"
    )
    return lambda: world.herald.attempts.discard(ann, attempt.id)


@change("submissions.submit", "RaceSubmitted")
async def hand_in_race(world: World) -> Call:
    ann, attempt = await raced(world)
    return lambda: world.herald.submissions.submit(ann, attempt.id, vod=VOD, notes="", in_game="")


@change("submissions.submit", "TournamentUpdated")
async def edit_race(world: World) -> Call:
    ann, attempt = await raced(world)
    await world.herald.submissions.submit(ann, attempt.id, vod=VOD, notes="", in_game="")
    return lambda: world.herald.submissions.submit(ann, attempt.id, vod=VOD, notes="Lucky", in_game="")


@change("deadlines.extend", "TournamentUpdated")
async def extend_race(world: World) -> Call:
    _, attempt = await started(world)
    olga = await world.actor(OWNER)
    return lambda: world.herald.deadlines.extend(olga, attempt.id, 10)


@change("threads.gone")
async def lose_thread(world: World) -> Call:
    await started(world)
    world.execute("UPDATE attempt SET thread_id = 9001")
    return lambda: world.herald.threads.gone(9001)


@change("invites.create", "InviteCreated")
async def make_code(world: World) -> Call:
    olga = await world.actor(OWNER)
    return lambda: world.herald.invites.create(olga, role=Role.RACER, uses=5)


@change("invites.create", "UserCreated", "InviteCreated")
async def invite_somebody_new(world: World) -> Call:
    olga = await world.actor(OWNER)
    return lambda: world.herald.invites.create(olga, role=Role.RACER, invitee=world.person("New"))


@change("invites.accept", "InviteAccepted", "OrganizationMemberAdded")
async def accept(world: World) -> Call:
    invite = await world.herald.invites.create(await world.actor(OWNER), role=Role.RACER)
    cy = await world.actor("Cy")
    return lambda: world.herald.invites.accept(cy, invite.code or "")


@change("invites.accept", "InviteAccepted", "OrganizationMemberPermissionChanged")
async def rise(world: World) -> Call:
    cy = await world.hire("Cy", Role.RACER)
    invite = await world.herald.invites.create(await world.actor(OWNER), role=Role.REVIEWER)
    return lambda: world.herald.invites.accept(cy, invite.code or "")


@change("invites.decline", "InviteRejected")
async def decline(world: World) -> Call:
    olga, cy = await world.actor(OWNER), await world.actor("Cy")
    invite = await world.herald.invites.create(olga, role=Role.RACER, invitee=world.person("Cy"))
    return lambda: world.herald.invites.decline(cy, invite.id)


@change("invites.revoke", "InviteExpired")
async def revoke(world: World) -> Call:
    olga = await world.actor(OWNER)
    invite = await world.herald.invites.create(olga, role=Role.RACER)
    return lambda: world.herald.invites.revoke(olga, invite.id)


@change("invites._expire_due", "InviteExpired", "InviteExpired")
async def expire(world: World) -> Call:
    olga = await world.actor(OWNER)
    for _ in range(2):
        await world.herald.invites.create(olga, role=Role.RACER, hours=1)
    world.clock.advance(hours=2)
    return world.herald.invites.sweep


@change("state.set")
async def remember(world: World) -> Call:
    await world.herald.state.set("commands", "old")
    return lambda: world.herald.state.set("commands", "new")


@change("operations._put_back_dead")
async def retry(world: World) -> Call:
    world.execute("UPDATE delivery SET status = 'dead'")
    return world.herald.operations.retry


@change("operations._put_back")
async def replay(world: World) -> Call:
    world.execute("UPDATE delivery SET status = 'done'")
    return lambda: world.herald.operations.replay("audit", since=world.clock())
