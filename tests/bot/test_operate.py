"""The operator's commands as an operator gives them: processes of their own, without a token."""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from collections.abc import AsyncGenerator, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from signal import SIGKILL, SIGTERM

import pytest

from services.guilds import ChannelUse
from tests import postgres
from tests.bot.discord_server import DiscordServer, discord_server
from tests.bot.people import People
from tests.bot.program import run
from tests.database_file import FILE, sqlite_only
from tests.models.test_schema import FIRST_RELEASE
from tests.services.discord_stand_in import channel
from tests.services.world import NEWS, OWNER, REVIEW, VOD, World, busy

INSTANCE = "this database" if postgres.CHOSEN else FILE
"""What another Herald is said to be running on."""


@pytest.fixture
async def running(tmp_path: Path, template: Path) -> AsyncGenerator[World]:
    """Racing Club after a tournament of which all is told, with its bot still running."""
    made = World(tmp_path / FILE, look_every=0.2)
    await made.open(template)
    await made.found()
    await made.use(ChannelUse.ANNOUNCEMENTS, NEWS)
    await made.use(ChannelUse.REVIEW, REVIEW)
    made.start()
    await made.settle()
    await made.tournament()
    await made.settle()
    yield made
    await made.close()


async def command(folder: Path, *words: str, **environment: str) -> tuple[int, list[str]]:
    """Give `python -m bot …` and return its exit status and what it says. No token is set."""
    async with run(folder, "-m", "bot", *words, environment=environment) as program:
        return await program.end(), program.output


async def answer(folder: Path, *words: str) -> list[str]:
    status, said = await command(folder, *words)
    assert status == 0, said
    return said


async def refusal(folder: Path, *words: str, **environment: str) -> str:
    status, said = await command(folder, *words, **environment)
    assert status == 2, said
    (line,) = said
    assert line.startswith("herald: ")
    return line.removeprefix("herald: ")


async def test_the_status_counts_and_says_whether_a_bot_runs(running: World, tmp_path: Path) -> None:
    number = running.last_event()
    running.execute(f"UPDATE delivery SET status = 'dead' WHERE event_id = {number} AND handler = 'announce'")
    expected = [
        f"events      {len(running.events())}, the newest at 2026-11-24 12:00:00 UTC",
        f"deliveries  0 pending, {running.select('SELECT count(*) - 1 FROM delivery')[0]} done, 1 dead",
        "messages    0 pending, 5 sent, 0 failed, 0 spoken",
        "dead        1 to announce: `events list --status dead --handler announce` shows them",
    ]
    assert await answer(tmp_path, "events", "status") == ["bot         running", *expected]
    # To ask does not take the bot's place from it.
    await running.restart()
    await running.settle()
    await running.herald.close()
    before = running.dump()
    assert await answer(tmp_path, "events", "status") == ["bot         not running", *expected]
    assert running.dump() == before
    await running.resume()


async def test_the_list_shows_what_is_asked_for_the_newest_first(running: World, tmp_path: Path) -> None:
    number = running.newest("TournamentStarted")["seq"]
    running.execute(
        "UPDATE delivery SET status = 'dead', attempts = 10, last_error = 'OSError: no room'"
        f" WHERE event_id = {number} AND handler = 'announce'"
    )
    dead = [
        f"#{number:<6} 2026-11-24 12:00:00 UTC  TournamentStarted by Olga",
        "        HIGH     audit: done",
        "        NORMAL   announce: dead after 10 failed attempts (OSError: no room)",
        "        LOW      audit-channel: done",
    ]
    assert await answer(tmp_path, "events", "list", "--status", "dead") == dead
    said = await answer(tmp_path, "events", "list", "--limit", "2", "--handler", "announce")
    heads = [line.split()[4] for line in said if line.startswith("#")]
    assert heads == ["TournamentStarted", "TournamentUpdated"]


async def test_one_event_is_shown_with_its_facts_and_messages(running: World, tmp_path: Path) -> None:
    event = running.newest("TournamentStarted")
    sql = "SELECT seq FROM message WHERE event_id = ? ORDER BY kind DESC"
    seq, edit = running.select(sql, event["event_id"])
    assert await answer(tmp_path, "events", "show", str(event["seq"])) == [
        f"#{event['seq']:<6} 2026-11-24 12:00:00 UTC  TournamentStarted by Olga",
        f"id        {event['event_id']}",
        "version   1",
        f"stream    {event['stream']}",
        'facts     {"tournament_name": "Spring Cup", "racer_count": 1}',
        "delivery  HIGH     audit: done",
        "delivery  NORMAL   announce: done",
        "delivery  LOW      audit-channel: done",
        f"message   {seq} tournament_started to channel {NEWS}: sent after 1 attempt",
        f"message   {edit} edit to channel {NEWS}: sent after 1 attempt",
    ]


async def test_what_events_say_about_people_is_not_shown(running: World, tmp_path: Path) -> None:
    cup = await running.tournament("Summer Cup")
    ann = await running.actor("Ann")
    race = await running.herald.races.submit(ann, cup.id, time="1:23:45", vod=VOD, notes="my secret notes")
    await running.herald.reviews.reject(await running.actor(OWNER), race.id, reason="a secret reason")
    await running.settle()
    for event_type in ("RaceSubmitted", "RaceRejected"):
        event = running.newest(event_type)
        said = "\n".join(await answer(tmp_path, "events", "show", str(event["seq"])))
        assert event_type in said
        for personal in ("secret", VOD, "reason", "notes"):
            assert personal not in said


async def test_a_dead_delivery_is_put_back_and_made_by_the_running_bot(running: World, tmp_path: Path) -> None:
    number = running.newest("TournamentStarted")["seq"]
    running.execute(
        f"UPDATE delivery SET status = 'dead', attempts = 10 WHERE event_id = {number};"
        f"DELETE FROM audit_entry WHERE event_seq = {number}"
    )
    soon = "The running bot makes them within a few seconds; otherwise the next one does."
    assert await answer(tmp_path, "events", "retry", str(number), "--handler", "audit") == [
        f"1 dead delivery put back. {soon}"
    ]
    await made(running, number, 1)
    assert await answer(tmp_path, "events", "retry") == [f"2 dead deliveries put back. {soon}"]
    await made(running, number, 3)
    assert running.select("SELECT count(*) FROM audit_entry WHERE event_seq = ?", number) == [1]
    assert len(running.outbox.titles(channel(NEWS))) == 3


async def made(world: World, event: int, number: int) -> None:
    """Wait until so many deliveries of an event are done."""
    await world.until(f"SELECT count(*) FROM delivery WHERE event_id = {event} AND status = 'done'", number)


async def test_a_replay_by_command_can_be_repeated_and_adds_nothing(running: World, tmp_path: Path) -> None:
    before, letters = running.dump(), list(running.outbox.letters)
    replay = ("events", "replay", "--handler", "announce", "--since", "2026-11-24")
    for _ in range(2):
        (said,) = await answer(tmp_path, *replay)
        assert said.startswith("announce hears of 4 events again. The running bot makes them within a few seconds")
        await running.until("SELECT count(*) FROM delivery WHERE status <> 'done'", 0)
    await running.settle()
    assert {table: running.dump()[table] for table in ("audit_entry", "message")} == {
        table: before[table] for table in ("audit_entry", "message")
    }
    assert running.outbox.letters == letters


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("retry --handler brass", "“brass” is not a handler. There are announce, audit and audit-channel."),
        ("replay --handler brass --since 3d", "“brass” is not a handler."),
        ("replay --handler audit --since soon", "“soon” is not a date I can read. Write it as 2026-11-24,"),
        ("replay --handler audit --since 3d --until 2026-13-01", "“2026-13-01” is not a date I can read."),
        ("retry 1 999", "There is no event #999."),
        ("show 999", "There is no event #999. It may have been pruned; the audit trail keeps its line."),
        ("show 99999999999999999999", "That number is too large"),
        ("retry 99999999999999999999", "That number is too large"),
        ("list --limit -1", "--limit is wrong: it must be a number from 1 to 1000."),
    ],
)
async def test_what_cannot_be_done_is_said_in_one_line(words: str, reason: str, tmp_path: Path, template: Path) -> None:
    world = World(tmp_path / FILE)
    await world.open(template)
    await world.found()
    before = world.dump()
    assert (await refusal(tmp_path, "events", *words.split())).startswith(reason)
    assert world.dump() == before
    await world.close()


async def test_a_busy_database_is_said_in_one_line(running: World, tmp_path: Path) -> None:
    running.execute("UPDATE delivery SET status = 'dead' WHERE handler = 'announce'")
    with busy(running):
        said = await refusal(tmp_path, "events", "retry")
    assert said == "Herald's database is busy, so nothing was changed. Please try again in a moment."
    assert set(running.select("SELECT status FROM delivery WHERE handler = 'announce'")) == {"dead"}


def older(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.executescript(FIRST_RELEASE.read_text(encoding="utf-8"))


def newer(file: Path) -> None:
    older(file)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(
            "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('herald', '0999_moon', '2030')"
        )


def nothing(file: Path) -> None:
    assert not file.exists()


def hollow(file: Path) -> None:
    file.touch()


def letter(file: Path) -> None:
    file.write_text("Dear Herald, this is no database, though it is just as long as one may be. " * 9)


@sqlite_only
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (older, "the database is of an older release (it lacks 0002_claims): run `python -m bot migrate`."),
        (newer, "a newer release of Herald has written the database (it has 0999_moon): use that one."),
        (letter, f"the database cannot be opened: {FILE}: file is not a database."),
        (nothing, f"there is no {FILE} yet: start the bot first."),
        (hollow, "there is nothing in this database yet: start the bot first."),
    ],
)
async def test_a_database_that_is_not_of_this_release_is_said_and_left_alone(
    make: Callable[[Path], None], reason: str, tmp_path: Path
) -> None:
    make(tmp_path / FILE)
    before = set(tmp_path.iterdir())  # noqa: ASYNC240 - nothing else runs meanwhile
    assert await refusal(tmp_path, "events", "status") == reason
    assert set(tmp_path.iterdir()) == before  # noqa: ASYNC240 - see above


async def test_a_wrong_database_url_is_said_and_not_shown(tmp_path: Path) -> None:
    said = await refusal(tmp_path, "events", "status", DATABASE_URL="postgres://herald:secret@db")
    assert said.startswith("DATABASE_URL is wrong: it must be sqlite://FILE")
    assert "secret" not in said


async def test_a_server_that_does_not_answer_is_said_without_its_password(tmp_path: Path) -> None:
    # Nobody listens there.
    said = await refusal(tmp_path, "events", "status", DATABASE_URL="postgres://herald:secret@127.0.0.1:1/herald")
    assert said.startswith("the database cannot be opened: PostgreSQL at 127.0.0.1: ")
    assert "secret" not in said


@sqlite_only
async def test_migrate_brings_an_older_database_up_to_date_and_keeps_what_it_was(tmp_path: Path) -> None:
    older(tmp_path / FILE)
    before = (tmp_path / FILE).read_bytes()
    said = await answer(tmp_path, "migrate")
    assert said[-1] == "The database is up to date."
    with closing(sqlite3.connect(tmp_path / f"{FILE}.before-0002_claims")) as backup:
        old = list(backup.iterdump())
    (tmp_path / "first").write_bytes(before)
    with closing(sqlite3.connect(tmp_path / "first")) as first:
        assert old == list(first.iterdump())
    assert await answer(tmp_path, "migrate") == ["The database is up to date."]


async def test_migrate_leaves_a_running_bots_database_alone(running: World, tmp_path: Path) -> None:
    assert await refusal(tmp_path, "migrate") == f"another Herald is running on {INSTANCE}: stop that one first."


async def test_what_people_wrote_moves_no_cursor(running: World, tmp_path: Path) -> None:
    # PostgreSQL holds no NUL.
    nul = "" if postgres.CHOSEN else "\x00"
    evil = f"\x1b[2J\x1b]0;mine\x07\r\x9b1A\u202e\u2028{nul}Eve"
    number = running.newest("TournamentStarted")["seq"]
    running.execute("UPDATE account SET display_name = ?", evil)
    running.execute("UPDATE delivery SET status = 'dead', last_error = ? WHERE event_id = ?", evil, number)
    for seq, payload in running.select("SELECT seq, payload FROM event"):
        changed = json.loads(payload) | {"tournament_name": evil}
        running.execute("UPDATE event SET payload = ? WHERE seq = ?", json.dumps(changed), seq)
    running.execute("UPDATE message SET status = 'failed', failure = ?", evil)
    await running.herald.close()
    for words in (["events", "list"], ["events", "show", str(number)]):
        said = await answer(tmp_path, *words)
        assert not [c for line in said for c in line if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")]
        assert any("Eve" in line for line in said)
    said = [await refusal(tmp_path, "events", "retry", "--handler", evil.replace("\x00", ""))]
    assert not [c for line in said for c in line if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")]
    await running.resume()


@pytest.fixture
async def server() -> AsyncGenerator[DiscordServer]:
    async with discord_server() as server:
        yield server


async def test_a_second_bot_on_a_file_is_refused_until_the_first_has_died(
    tmp_path: Path, server: DiscordServer
) -> None:
    bot = {"LOG_LEVEL": "INFO", **server.environment}
    async with run(tmp_path, "-m", "bot", environment=bot) as first:
        await first.line("has connected to Gateway")
        assert (await answer(tmp_path, "events", "status"))[0] == "bot         running"
        async with run(tmp_path, "-m", "bot", environment=bot) as second:
            assert await second.end() == 2
            assert second.said() == [f"herald: another Herald is running on {INSTANCE}: stop that one first."]
        assert await first.end(SIGKILL) == -SIGKILL
    assert (await answer(tmp_path, "events", "status"))[0] == "bot         not running"
    async with run(tmp_path, "-m", "bot", environment=bot) as third:
        await third.line("has connected to Gateway")
        assert (await answer(tmp_path, "events", "status"))[0] == "bot         running"
        assert await third.end(SIGTERM) == 0


async def test_the_bot_itself_makes_what_was_put_back_and_prunes_when_it_starts(
    tmp_path: Path, server: DiscordServer
) -> None:
    bot = {"LOG_LEVEL": "INFO", "KEEP_DAYS": "7", **server.environment}
    world = World(tmp_path / FILE)
    async with run(tmp_path, "-m", "bot", environment=bot) as program:
        await program.line("has connected to Gateway")
        await server.form("herald:setup_create:", name="Racing Club", time_zone="UTC")
        await world.until("SELECT DISTINCT status FROM delivery", "done")
        number = world.last_event()
        world.execute("UPDATE delivery SET status = 'dead'; DELETE FROM audit_entry")
        assert "put back" in (await answer(tmp_path, "events", "retry"))[0]
        await world.until("SELECT count(*) FROM delivery WHERE status <> 'done'", 0)
        assert world.select("SELECT max(event_seq) FROM audit_entry") == [number]
        assert await program.end(SIGTERM) == 0
    for days, which in ((6, "seq = 1"), (8, "seq > 1")):
        then = datetime.now(UTC) - timedelta(days=days)
        world.execute(f"UPDATE event SET occurred_at = ? WHERE {which}", then.isoformat(sep=" "))
    trail = world.select("SELECT * FROM audit_entry")
    async with run(tmp_path, "-m", "bot", environment=bot) as program:
        await program.line("are pruned")
        assert world.select("SELECT seq FROM event") == [1]
        assert world.select("SELECT * FROM audit_entry") == trail
        assert await program.end(SIGTERM) == 0


async def test_buttons_and_search_outlive_the_events_that_they_stand_under(club: People) -> None:
    people = club
    await people.tournament()
    card = await people.hand_in("Ann")
    trail = await people.trail()
    await people.restart(meanwhile="UPDATE event SET occurred_at = '2000-01-01 00:00:00+00:00'")
    assert people.events() == []
    assert await people.trail() == trail
    await people.press("Rae", card, "Approve")
    assert (await people.trail())[-1] == "Rae approved Ann's 1:23:45 in Spring Cup"
    assert (await people.trail())[: len(trail)] == trail
