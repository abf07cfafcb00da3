from __future__ import annotations

import time

import pytest

from events import EVENT_TYPES, TournamentCreatedEvent
from models import Role, TournamentType
from services.audit import AuditFilter, AuditPage
from services.errors import Invalid, NotAllowed
from services.guilds import ChannelUse
from tests import postgres
from tests.events.examples import example
from tests.services.discord_stand_in import channel
from tests.services.world import AUDIT, ELSEWHERE, GUILD, OWNER, VOD, World


async def season(world: World) -> None:
    """Nearly everything that can happen to an organization, told to the end."""
    world.start()
    herald, olga = world.herald, await world.actor(OWNER)
    await herald.organizations.edit(olga, name="Racing Club", time_zone="Europe/Berlin")
    await herald.guilds.map_roles(olga, Role.REVIEWER, [1])
    await world.hire("Rae", Role.REVIEWER)
    declined = await herald.invites.create(olga, role=Role.RACER, invitee=world.person("Di"))
    await herald.invites.decline(await world.actor("Di"), declined.id)
    revoked = await herald.invites.create(olga, role=Role.RACER)
    await herald.invites.revoke(olga, revoked.id)
    await herald.invites.create(olga, role=Role.RACER, hours=1)
    cup = await world.tournament(racers=("Ann", "Bo"))
    rejected = await world.run("Ann", cup, "1:00:00")
    await herald.reviews.reject(await world.actor("Rae"), rejected.id, reason="no video")
    await world.approved("Bo", cup, "1:23:45", by="Rae")
    raised = await herald.invites.create(olga, role=Role.REVIEWER, invitee=world.person("Ann"))
    await herald.invites.accept(await world.actor("Ann"), raised.id)
    await herald.tournaments.end(olga, cup.id)
    doomed = await world.tournament("Doomed Cup")
    await herald.tournaments.delete(olga, doomed.id, typed_name="Doomed Cup")
    await herald.guilds.guild_removed(GUILD)
    await herald.guilds.guild_joined(GUILD)
    await world.settle()
    await world.pass_time(hours=1)


async def texts(
    world: World, who: str = OWNER, *, action: str = "", entity: str = "", since: str = "", until: str = ""
) -> list[str]:
    actor = await world.actor(who)
    audit = world.herald.audit
    wanted = await audit.filter(actor, action=action, entity=entity, since=since, until=until)
    page = await audit.search(actor, wanted)
    return [line.text for line in page.lines]


async def test_every_event_of_a_season_has_exactly_one_audit_row(world: World) -> None:
    await season(world)
    events = world.select("SELECT seq, event_id, type, user_id, organization_id, entity_id FROM event ORDER BY seq")
    rows = world.select(
        "SELECT event_seq, event_id, action, actor_id, organization_id, entity_id FROM audit_entry ORDER BY event_seq"
    )
    assert rows == events
    known = {t.__name__.removesuffix("Event") for t in EVENT_TYPES}
    untold = known - {row[2] for row in rows}
    assert untold == {
        "UserUpdated", "UserDeleted", "UserPermissionChanged", "OrganizationDeleted", "OrganizationMemberRemoved",
        "MatchScheduled", "MatchCompleted", "PresetCreated", "PresetUpdated",
    }  # fmt: skip


async def test_each_of_the_28_types_gets_one_row_and_one_line_in_plain_words(world: World) -> None:
    world.start()
    await world.settle()
    start = world.last_event()

    async def emit_all() -> None:
        for event_type in EVENT_TYPES:
            await world.herald.bus.emit(example(event_type))

    await world.herald.units.run(emit_all)
    await world.restart()
    await world.settle()
    names = [event_type.__name__.removesuffix("Event") for event_type in EVENT_TYPES]
    assert world.select("SELECT action FROM audit_entry WHERE event_seq > ? ORDER BY event_seq", start) == names
    lines = [line.text for line in await world.herald.audit.everything()][-len(names) :]
    for name, line in zip(names, lines, strict=True):
        assert " " in line
        assert name not in line
        assert "another release" not in line


async def test_a_row_has_the_facts_as_they_are_in_the_log_and_stays_when_it_is_told_again(world: World) -> None:
    event = example(TournamentCreatedEvent)
    herald = world.herald
    await herald.units.run(lambda: herald.bus.emit(event))
    world.execute(
        """UPDATE event SET version = 0, payload = '{"of":"an older release"}' WHERE type = 'TournamentCreated'"""
    )
    for _ in range(2):
        await herald.units.run(lambda: herald.audit.record([event]))
    copied = ("event_id", "version", "organization_id", "entity_id", "occurred_at")
    (row,), stored = world.rows("audit_entry"), world.rows("event")[-1]
    assert {name: row[name] for name in copied} == {name: stored[name] for name in copied}
    assert (row["event_seq"], row["action"], row["actor_id"]) == (stored["seq"], stored["type"], stored["user_id"])
    assert (row["entity_type"], row["data"]) == ("tournament", '{"of":"an older release"}')


async def test_restarts_lose_and_double_no_audit_row(world: World) -> None:
    world.start()
    for number in range(6):
        await world.tournament(f"Cup {number}")
        await (world.crash() if number % 2 else world.restart())
    await world.settle()
    events = world.select("SELECT event_id FROM event ORDER BY seq")
    assert world.select("SELECT event_id FROM audit_entry ORDER BY event_seq") == events
    assert world.select("SELECT count(*) FROM delivery WHERE status <> 'done'") == [0]


async def test_the_trail_is_in_plain_words_the_newest_first(world: World) -> None:
    await season(world)
    assert await texts(world, action="RaceApproved") == ["Rae approved Bo's 1:23:45 in Spring Cup"]
    assert await texts(world, action="RaceRejected") == ["Rae rejected Ann's 1:00:00 in Spring Cup: no video"]
    assert await texts(world, action="RaceSubmitted") == [
        "Bo handed in 1:23:45 in Spring Cup",
        "Ann handed in 1:00:00 in Spring Cup",
    ]
    assert await texts(world, entity="tournament 1") == [
        "Olga ended Spring Cup; podium: 1. Bo 1:23:45",
        "Olga started Spring Cup (racers: 2)",
        "Bo joined Spring Cup",
        "Ann joined Spring Cup",
        "Olga opened sign-up for Spring Cup",
        "Olga created the speedrun tournament Spring Cup",
    ]
    assert await texts(world, action="TournamentDeleted") == ["Olga deleted Doomed Cup"]
    assert await texts(world, entity="invite") == [
        "Expired: an invite code for the role racer",
        "Ann accepted an invite for the role reviewer",
        "Olga made Ann's invite for the role reviewer",
        "Olga made an invite code for the role racer",
        "Olga revoked an invite code for the role racer",
        "Olga made an invite code for the role racer",
        "Di declined an invite for the role racer",
        "Olga made Di's invite for the role racer",
        "Rae accepted an invite for the role reviewer",
        "Olga made an invite code for the role reviewer",
    ]
    assert await texts(world, entity="discord guild") == [
        f"Herald linked the server Guild {GUILD}",
        f"Herald unlinked the server Guild {GUILD}",
        f"Olga linked the server Guild {GUILD}",
    ]
    assert await texts(world, entity="organization 1") == [
        "Ann became reviewer (was racer)",
        "Bo became a member as racer",
        "Ann became a member as racer",
        "Rae became a member as reviewer",
        "Olga changed which Discord roles count as reviewer in Racing Club",
        "Olga changed Racing Club: time zone from “UTC” to “Europe/Berlin”",
        "Olga became a member as owner",
        "Olga founded Racing Club",
    ]


async def test_the_trail_shows_the_names_of_today(world: World) -> None:
    world.start()
    cup = await world.tournament(racers=("Bo",))
    await world.approved("Bo", cup, "1:23:45")
    await world.settle()
    world.execute("UPDATE account SET display_name = 'Bob' WHERE display_name = 'Bo'")
    await world.herald.tournaments.edit(await world.actor(OWNER), cup.id, name="May Cup", description="", seed="")
    assert await texts(world, action="RaceApproved") == ["Olga approved Bob's 1:23:45 in May Cup"]


async def test_lines_about_deleted_things_and_people_still_read(world: World) -> None:
    world.start()
    cup = await world.tournament(racers=("Bo",))
    await world.approved("Bo", cup, "1:23:45")
    await world.herald.tournaments.delete(await world.actor(OWNER), cup.id, typed_name="Spring Cup")
    await world.settle()
    foreign_keys = "" if postgres.CHOSEN else "PRAGMA foreign_keys = ON; "
    world.execute(foreign_keys + "DELETE FROM account WHERE display_name = 'Bo'")
    assert await texts(world, action="RaceApproved") == [
        "Olga approved a deleted user's 1:23:45 in a deleted tournament"
    ]


@pytest.mark.parametrize("erase", ["UPDATE personal_data SET data = '{}'", "DELETE FROM personal_data"])
async def test_erased_personal_data_leaves_the_trail_whole(world: World, erase: str) -> None:
    await season(world)
    world.execute("UPDATE account SET display_name = 'Annika' WHERE display_name = 'Ann'")
    await world.actor("Ann")
    await world.settle()
    before = await world.herald.audit.everything()
    world.execute(erase)
    after = await world.herald.audit.everything()
    assert [line.number for line in after] == [line.number for line in before]
    assert "Rae rejected Ann's 1:00:00 in Spring Cup" in [line.text for line in after]
    assert "Ann changed their profile" in [line.text for line in after]
    assert "no video" not in str(after)


async def test_rows_hold_no_names_texts_or_links_of_people(world: World) -> None:
    await season(world)
    data = " ".join(world.select("SELECT data FROM audit_entry"))
    for personal in ("no video", VOD, "Rae", "Bo"):
        assert personal not in data


async def test_a_row_of_another_release_is_shown_by_its_name(world: World) -> None:
    await season(world)
    world.execute("UPDATE audit_entry SET action = 'SeasonStarted' WHERE action = 'RaceApproved'")
    assert "SeasonStarted (written by another release of Herald)" in [
        line.text for line in await world.herald.audit.everything()
    ]


async def test_one_person_is_found_by_who_they_are_on_discord(world: World) -> None:
    await season(world)
    actor, audit = await world.actor(OWNER), world.herald.audit
    rae = await audit.search(actor, await audit.filter(actor, user=world.discord_id("Rae")))
    assert [line.text.split()[0] for line in rae.lines] == ["Rae"] * 4
    assert (await audit.search(actor, await audit.filter(actor, user=424242))).total == 0
    both = await audit.filter(actor, user=world.discord_id("Rae"), action="RaceApproved", entity="race")
    assert (await audit.search(actor, both)).total == 1


async def test_a_span_of_time_is_read_in_the_organizations_time_zone(world: World) -> None:
    await world.herald.organizations.edit(await world.actor(OWNER), name="Racing Club", time_zone="Europe/Berlin")
    world.start()
    for name, hours in (("Noon Cup", 0), ("Late Cup", 10.5), ("Next Cup", 1)):
        world.clock.advance(hours=hours)
        await world.herald.tournaments.create(await world.actor(OWNER), name=name, type=TournamentType.SPEEDRUN)
    await world.settle()
    created = "Olga created the speedrun tournament "

    async def names(**span: str) -> list[str]:
        return [t.removeprefix(created) for t in await texts(world, action="TournamentCreated", **span)]

    # 12:00, 22:30 and 23:30 UTC are 13:00, 23:30 and 00:30 of the next day in Berlin.
    assert await names(since="2026-11-24", until="2026-11-24") == ["Late Cup", "Noon Cup"]
    assert await names(since="2026-11-25") == ["Next Cup"]
    assert await names(until="2026-11-24 23:30") == ["Noon Cup"]
    assert await names(since="2026-11-24 23:30") == ["Next Cup", "Late Cup"]
    assert await names(since="2h") == ["Next Cup", "Late Cup"]
    assert await names(since="0001-01-02", until="9999-12-30") == ["Next Cup", "Late Cup", "Noon Cup"]


@pytest.mark.parametrize(
    "wanted",
    [{"action": "RaceWon"}, {"entity": "horse"}, {"entity": "race x"}, {"since": "soon"}, {"until": "9999-12-31"}],
)
async def test_what_cannot_be_searched_for_is_refused(world: World, wanted: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        await texts(world, **wanted)


async def test_a_long_search_does_not_stop_the_bot(world: World) -> None:
    audit, actor = world.herald.audit, await world.actor(OWNER)
    begin = time.process_time()
    with pytest.raises(Invalid):
        await audit.filter(actor, entity="a" + " " * 1000 + "!")
    assert time.process_time() - begin < 0.5


@pytest.mark.parametrize("typed", ["race 2", "Race #2", "race:2", " RACE2 "])
async def test_a_thing_is_written_as_people_write_it(world: World, typed: str) -> None:
    await season(world)
    assert await texts(world, entity=typed) == [
        "Rae approved Bo's 1:23:45 in Spring Cup",
        "Bo handed in 1:23:45 in Spring Cup",
    ]


async def test_a_search_that_begins_on_a_later_page_hides_nothing_from_the_first(world: World) -> None:
    await season(world)
    actor, search = await world.actor(OWNER), world.herald.audit.search
    first = await search(actor, AuditFilter())
    later = await search(actor, AuditFilter(), page=1)
    assert later.filter == first.filter
    assert (await search(actor, later.filter, page=0)).lines == first.lines


async def test_paging_stays_on_what_was_there_when_the_search_began(world: World) -> None:
    await season(world)
    actor, search = await world.actor(OWNER), world.herald.audit.search
    first = await search(actor, AuditFilter())
    pages: list[AuditPage] = [first]
    for number in range(1, first.pages):
        await world.tournament(f"Late Cup {number}")
        await world.settle()
        pages.append(await search(actor, first.filter, number))
    assert {page.total for page in pages} == {first.total}
    numbers = [line.number for page in pages for line in page.lines]
    assert numbers == sorted(set(numbers), reverse=True)
    assert len(numbers) == first.total
    assert (await search(actor, AuditFilter())).total > first.total


async def test_a_page_beyond_the_ends_is_the_last_or_the_first(world: World) -> None:
    await season(world)
    actor, search = await world.actor(OWNER), world.herald.audit.search
    first = await search(actor, AuditFilter(), -5)
    assert first.page == 0
    last = await search(actor, AuditFilter(), 10_000)
    assert last.page == first.pages - 1
    nothing = await search(actor, AuditFilter(user=1))
    assert (nothing.lines, nothing.page, nothing.pages, nothing.total) == ([], 0, 1, 0)


@pytest.mark.parametrize(("role", "may"), [(Role.MODERATOR, True), (Role.ORGANIZER, True), (Role.REVIEWER, False)])
async def test_the_trail_is_for_moderators_and_organizers(world: World, role: Role, may: bool) -> None:
    actor = await world.hire("Mo", role)
    if may:
        await world.herald.audit.search(actor, AuditFilter())
    else:
        with pytest.raises(NotAllowed):
            await world.herald.audit.filter(actor)
        with pytest.raises(NotAllowed):
            await world.herald.audit.search(actor, AuditFilter())


async def test_the_trail_never_shows_rows_of_another_organization(world: World) -> None:
    await season(world)
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    await world.settle()
    rita, audit = await world.actor("Rita", guild=ELSEWHERE), world.herald.audit
    everything = await audit.search(rita, AuditFilter())
    assert [line.text for line in everything.lines] == [
        f"Rita linked the server Guild {ELSEWHERE}",
        "Rita became a member as owner",
        "Rita founded Rivals",
    ]
    for wanted in (
        AuditFilter(user=world.discord_id("Ann")),
        AuditFilter(entity_type="tournament", entity_id=1),
        AuditFilter(entity_type="organization", entity_id=1),
        AuditFilter(action="RaceApproved"),
        AuditFilter(anchor=10),
    ):
        assert (await audit.search(rita, wanted)).total == 0


async def test_the_audit_channel_gets_each_line_of_its_organization_once_in_order(world: World) -> None:
    world.start()
    await world.settle()
    start = world.last_event()
    await world.use(ChannelUse.AUDIT, AUDIT)
    await world.found("Rivals", owner="Rita", guild=ELSEWHERE)
    cup = await world.tournament()
    await world.approved("Ann", cup, "1:23:45")
    await world.settle()
    told = world.select("SELECT seq FROM event WHERE seq > ? AND organization_id = 1 ORDER BY seq", start)
    posted = [letter.notice for letter in world.outbox.letters if letter.target == channel(AUDIT)]
    assert [notice.reference for notice in posted] == [f"Event #{seq}" for seq in told]
    assert posted[-1].lines == (("Olga approved Ann's 1:23:45 in Spring Cup", " · ", world.clock()),)
