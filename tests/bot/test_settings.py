from __future__ import annotations

import dataclasses
import logging
import sys
from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError, load_settings
from models.engine import Shards

TOKEN = "MTIzNDU2Nzg5.Gabcde.the-bots-secret-part"


def load(folder: Path, dotenv: str = "", **environment: str) -> Settings:
    file = folder / ".env"
    file.write_text(dotenv)
    return load_settings({"DISCORD_TOKEN": TOKEN, **environment}, file)


def complaint(folder: Path, dotenv: str = "", **environment: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(folder, dotenv, **environment)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_token_is_all_it_takes(tmp_path: Path) -> None:
    assert load_settings({"DISCORD_TOKEN": TOKEN}, tmp_path / "no.env") == Settings(
        discord_token=TOKEN,
        database_url="sqlite://herald.sqlite3",
        log_level=logging.INFO,
        discord_api_url=None,
        discord_gateway_url=None,
        keep_days=30,
    )


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    settings = load(tmp_path, "LOG_LEVEL=ERROR\nDATABASE_URL=sqlite://file.sqlite3", LOG_LEVEL="DEBUG")
    assert settings.log_level == logging.DEBUG
    assert settings.database_url == "sqlite://file.sqlite3"


def test_the_process_environment_is_read_when_no_other_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv("LOG_LEVEL", "WARNING")
    assert load_settings(env_file=tmp_path / "no.env").log_level == logging.WARNING


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_value_counts_as_not_set(empty: str, tmp_path: Path) -> None:
    names = ("DATABASE_URL", "KEEP_DAYS", "LOG_LEVEL", "DISCORD_API_URL", "DISCORD_GATEWAY_URL")
    assert load(tmp_path, **dict.fromkeys(names, empty)) == Settings(discord_token=TOKEN)
    assert load(tmp_path, f"DISCORD_TOKEN={TOKEN}", DISCORD_TOKEN=empty).discord_token == TOKEN
    assert load(tmp_path, "LOG_LEVEL=\nDATABASE_URL") == Settings(discord_token=TOKEN)


def test_spaces_around_a_value_do_not_count(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        DISCORD_TOKEN=f" {TOKEN}\n",
        DATABASE_URL=" sqlite://a.sqlite3 ",
        LOG_LEVEL=" debug ",
        KEEP_DAYS=" 7 ",
        DISCORD_API_URL=" http://localhost:8080/api/v10/ ",
        DISCORD_GATEWAY_URL="\tws://localhost:8081",
    )
    assert settings == Settings(
        discord_token=TOKEN,
        database_url="sqlite://a.sqlite3",
        log_level=logging.DEBUG,
        keep_days=7,
        discord_api_url="http://localhost:8080/api/v10",
        discord_gateway_url="ws://localhost:8081",
    )


def test_settings_cannot_be_changed_and_do_not_show_the_token(tmp_path: Path) -> None:
    settings = load(tmp_path)
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.log_level = logging.DEBUG  # pyright: ignore[reportAttributeAccessIssue] - that is what is tested
    assert TOKEN not in repr(settings)
    assert TOKEN not in str(settings)


def test_a_missing_token_is_named_unless_none_is_needed(tmp_path: Path) -> None:
    message = complaint(tmp_path, DISCORD_TOKEN="")
    assert message.startswith("DISCORD_TOKEN is missing: ")
    assert ".env" in message
    assert "make demo" in message
    assert load_settings({}, tmp_path / "no.env", need_token=False).discord_token == ""


@pytest.mark.parametrize(
    "wrong",
    [
        "secret",
        "secret.secret",
        "secret.secret.secret.secret",
        "..",
        "secret..secret",
        "sécret.secret.secret",
        "secret.sec ret.secret",
        "secret.sec\x00ret.secret",
        "Bot secret.secret.secret",
        '"secret.secret.secret"',
    ],
)
def test_what_is_no_token_is_named_and_not_shown(wrong: str, tmp_path: Path) -> None:
    message = complaint(tmp_path, DISCORD_TOKEN=wrong)
    assert message.startswith("DISCORD_TOKEN does not look like a bot token: three parts joined by dots")
    assert "secret" not in message


@pytest.mark.parametrize(
    "right",
    [
        "sqlite://herald.sqlite3",
        "sqlite:///var/lib/herald.sqlite3",
        "sqlite://a/b.db",
        "postgres://herald:secret@db/herald",
        "postgresql://herald@/races?host=/run/postgresql",
    ],
)
def test_databases_are_sqlite_files_or_on_a_postgresql_server(right: str, tmp_path: Path) -> None:
    assert load(tmp_path, DATABASE_URL=right).database_url == right


@pytest.mark.parametrize(
    "wrong",
    [
        "herald.sqlite3",
        "sqlite://",
        "sqlite:",
        "postgres://herald:secret@db",
        "postgres://herald:sec/secret@db/herald",
        "postgres://herald:secret@db/herald?sslmode=often",
        "mysql://db",
        "sqlite://[secret",
        "sqlite://:memory:",
        "sqlite://a.sqlite3?mode=secret",
        "sqlite://a#secret.sqlite3",
    ],
)
def test_another_database_is_named_and_not_shown(wrong: str, tmp_path: Path) -> None:
    message = complaint(tmp_path, DATABASE_URL=wrong)
    assert message.startswith("DATABASE_URL is wrong: it must be sqlite://FILE, sqlite:///ABSOLUTE/FILE or postgres://")
    assert "secret" not in message


POSTGRES = "postgres://herald:secret@db/herald"


@pytest.mark.parametrize(
    ("count", "ids", "expected"),
    [
        ("", "", Shards(1, frozenset({0}))),
        ("4", "", Shards(4, frozenset(range(4)))),
        ("4", "0-3", Shards(4, frozenset(range(4)))),
        ("16", "3", Shards(16, frozenset({3}))),
        ("16", " 0, 2,5-7 ", Shards(16, frozenset({0, 2, 5, 6, 7}))),
        ("10", "1/4", Shards(10, frozenset({1, 5, 9}))),
    ],
)
def test_shards_are_numbers_ranges_or_each_so_many(count: str, ids: str, expected: Shards, tmp_path: Path) -> None:
    assert load(tmp_path, DATABASE_URL=POSTGRES, SHARD_COUNT=count, SHARD_IDS=ids).shards == expected


@pytest.mark.parametrize(
    ("count", "ids", "words"),
    [
        ("", "0", "SHARD_IDS needs SHARD_COUNT: how many shards the bot has in all."),
        *(
            (count, "", "SHARD_COUNT is wrong: it must be a number from 1 to 10000.")
            for count in ("0", "-1", "x", "10001")
        ),
        *(
            ("4", ids, "SHARD_IDS is wrong: it must be as 0,2,5 or as 0-15, or as 3/16 for each 16th shard from 3 on.")
            for ids in ("x", "0;1", "1-", "-1", "1/2/3", ",")
        ),
        *(
            ("4", ids, "SHARD_IDS is wrong: of 4 shards it must name some of 0 to 3, each once.")
            for ids in ("4", "0-4", "1,1", "0-2,2", "3-1", "5/2")
        ),
    ],
)
def test_shards_that_cannot_be_are_refused_with_what_would_be_right(
    count: str, ids: str, words: str, tmp_path: Path
) -> None:
    assert complaint(tmp_path, DATABASE_URL=POSTGRES, SHARD_COUNT=count, SHARD_IDS=ids) == words


def test_a_part_of_the_shards_needs_postgresql(tmp_path: Path) -> None:
    message = complaint(tmp_path, SHARD_COUNT="4", SHARD_IDS="0-1")
    assert message == (
        "SHARD_IDS leaves shards to other processes, and SQLite serves one: DATABASE_URL must be postgres://…"
    )
    assert load(tmp_path, SHARD_COUNT="4").shards.all


def test_the_password_of_a_database_is_not_shown(tmp_path: Path) -> None:
    assert "secret" not in repr(load(tmp_path, DATABASE_URL="postgres://herald:secret@db/herald"))


def test_postgresql_without_its_driver_is_refused_with_the_way_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "models.postgres", raising=False)
    # As if it were not installed.
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    message = complaint(tmp_path, DATABASE_URL="postgres://herald:secret@db/herald")
    assert message == "DATABASE_URL names PostgreSQL, whose driver is not installed: pip install '.[postgres]'"


@pytest.mark.parametrize(
    ("name", "level"),
    [("DEBUG", logging.DEBUG), ("info", logging.INFO), ("Warning", logging.WARNING), ("ERROR", logging.ERROR)],
)
def test_log_levels_are_names(name: str, level: int, tmp_path: Path) -> None:
    assert load(tmp_path, LOG_LEVEL=name).log_level == level


@pytest.mark.parametrize("wrong", ["LOUD", "10", "NOTSET", "IN\nFO", TOKEN])
def test_another_log_level_is_named(wrong: str, tmp_path: Path) -> None:
    message = complaint(tmp_path, LOG_LEVEL=wrong)
    assert message.startswith("LOG_LEVEL is wrong: it must be DEBUG, INFO, WARNING or ERROR")
    # A token that was put into the wrong line.
    assert wrong not in message


@pytest.mark.parametrize(("days", "number"), [("0", 0), ("1", 1), ("365", 365), ("36500", 36500)])
def test_settled_events_are_kept_for_some_days_or_for_ever(days: str, number: int, tmp_path: Path) -> None:
    assert load(tmp_path, KEEP_DAYS=days).keep_days == number


@pytest.mark.parametrize("wrong", ["-1", "1.5", "30d", "for ever", "36501", "9" * 5000, "٣", "1 0", TOKEN])
def test_another_number_of_days_is_named(wrong: str, tmp_path: Path) -> None:
    message = complaint(tmp_path, KEEP_DAYS=wrong)
    assert message == "KEEP_DAYS is wrong: it must be a number of days from 1 to 36500, or 0 for ever."


@pytest.mark.parametrize("right", ["http://localhost", "https://proxy.example/discord/api/v10", "http://[::1]:80/x"])
def test_rest_goes_to_http_addresses(right: str, tmp_path: Path) -> None:
    assert load(tmp_path, DISCORD_API_URL=right).discord_api_url == right


@pytest.mark.parametrize("right", ["ws://localhost:8081", "wss://gateway.example/x"])
def test_the_gateway_is_at_a_web_socket_address(right: str, tmp_path: Path) -> None:
    assert load(tmp_path, DISCORD_GATEWAY_URL=right).discord_gateway_url == right


@pytest.mark.parametrize(
    "wrong",
    [
        "localhost:8080",
        "ftp://localhost",
        "{scheme}://",
        "{scheme}://:8080",
        "{scheme}://host:port",
        "{scheme}://host:99999",
        "{scheme}://me:secret@host",
        "{scheme}://[secret",
        "{scheme}://ho st",
        "{scheme}://host?secret",
    ],
)
@pytest.mark.parametrize(("name", "scheme"), [("DISCORD_API_URL", "http"), ("DISCORD_GATEWAY_URL", "ws")])
def test_a_wrong_address_is_named_and_not_shown(name: str, scheme: str, wrong: str, tmp_path: Path) -> None:
    message = complaint(tmp_path, **{name: wrong.format(scheme=scheme)})
    assert message.startswith(f"{name} is wrong: it must start with {scheme}:// or {scheme}s://")
    assert "secret" not in message


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"DISCORD_TOKEN=\xff\xfe.secret")
    with pytest.raises(SettingsError, match="must be a text file in UTF-8") as caught:
        load_settings({}, tmp_path / ".env")
    assert "secret" not in str(caught.value)
