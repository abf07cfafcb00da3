"""Settings: the environment and `.env`, read once into one frozen object."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from models.engine import ALL_SHARDS, Shards, engine_of

DEFAULT_DATABASE_URL = "sqlite://herald.sqlite3"
DEFAULT_KEEP_DAYS = 30
MOST_KEEP_DAYS = 36_500
MOST_SHARDS = 10_000
_COUNT = re.compile(r"[0-9]{1,5}")
_SHARDS = re.compile(r"(?P<first>[0-9]{1,5})(-(?P<last>[0-9]{1,5})|/(?P<step>[0-9]{1,5}))?")
_DAYS = re.compile(r"[0-9]{1,6}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}")


class SettingsError(Exception):
    """A setting is missing or wrong. The message is one line that names it and says what is right."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How Herald runs. The token is kept out of `repr`, so that it never reaches a log."""

    discord_token: str = field(default="", repr=False)
    database_url: str = field(default=DEFAULT_DATABASE_URL, repr=False)
    log_level: int = logging.INFO
    discord_api_url: str | None = None
    discord_gateway_url: str | None = None
    keep_days: int = DEFAULT_KEEP_DAYS
    """Days after which settled events are pruned; 0 keeps them for ever."""
    shards: Shards = ALL_SHARDS


def load_settings(
    environment: Mapping[str, str] | None = None, env_file: Path = Path(".env"), *, need_token: bool = True
) -> Settings:
    """Settings from `env_file` and, taking precedence, the environment. Raises SettingsError.

    An empty value counts as not set, in either.
    """
    try:
        values = {key: value for key, value in dotenv_values(env_file).items() if value is not None}
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{env_file} cannot be read: it must be a text file in UTF-8 (see .env.example).") from None
    given = os.environ if environment is None else environment
    values.update({key: value for key, value in given.items() if value.strip()})
    shards = _shards(values.get("SHARD_COUNT", "").strip(), values.get("SHARD_IDS", "").strip())
    return Settings(
        discord_token=_token(values.get("DISCORD_TOKEN", "").strip(), needed=need_token),
        database_url=_database_url(values.get("DATABASE_URL", "").strip() or DEFAULT_DATABASE_URL, shards),
        log_level=_log_level(values.get("LOG_LEVEL", "").strip() or "INFO"),
        discord_api_url=_url(values, "DISCORD_API_URL", ("http", "https"), "http://127.0.0.1:8080/api/v10"),
        discord_gateway_url=_url(values, "DISCORD_GATEWAY_URL", ("ws", "wss"), "ws://127.0.0.1:8081/"),
        keep_days=_keep_days(values.get("KEEP_DAYS", "").strip() or str(DEFAULT_KEEP_DAYS)),
        shards=shards,
    )


def _token(token: str, *, needed: bool) -> str:
    if needed and not token:
        raise SettingsError(
            "DISCORD_TOKEN is missing: put your bot's token into .env (see .env.example), "
            "or try Herald without one with `make demo`."
        )
    # Nothing of a token is ever shown, not even of a wrong one.
    if token and not _TOKEN.fullmatch(token):
        raise SettingsError(
            "DISCORD_TOKEN does not look like a bot token: three parts joined by dots, "
            "as the Bot page of the Discord developer portal shows it."
        )
    return token


def _database_url(url: str, shards: Shards) -> str:
    try:
        engine_of(url)
    except ImportError:
        raise SettingsError(
            "DATABASE_URL names PostgreSQL, whose driver is not installed: pip install '.[postgres]'"
        ) from None
    except ValueError:
        raise SettingsError(
            "DATABASE_URL is wrong: it must be sqlite://FILE, sqlite:///ABSOLUTE/FILE or "
            f"postgres://USER:PASSWORD@HOST/DATABASE, for example {DEFAULT_DATABASE_URL}."
        ) from None
    if not shards.all and url.startswith("sqlite"):
        raise SettingsError(
            "SHARD_IDS leaves shards to other processes, and SQLite serves one: DATABASE_URL must be postgres://…"
        )
    return url


def _shards(count: str, ids: str) -> Shards:
    if not count:
        if ids:
            raise SettingsError("SHARD_IDS needs SHARD_COUNT: how many shards the bot has in all.")
        return ALL_SHARDS
    if not _COUNT.fullmatch(count) or not 1 <= int(count) <= MOST_SHARDS:
        raise SettingsError(f"SHARD_COUNT is wrong: it must be a number from 1 to {MOST_SHARDS}.")
    total = int(count)
    found: list[int] = []
    for part in ids.split(",") if ids else [f"0-{total - 1}"]:
        match = _SHARDS.fullmatch(part.strip())
        if match is None:
            raise SettingsError(
                "SHARD_IDS is wrong: it must be as 0,2,5 or as 0-15, or as 3/16 for each 16th shard from 3 on."
            )
        first = int(match["first"])
        last = int(match["last"]) if match["last"] else total - 1 if match["step"] else first
        found += range(first, last + 1, max(1, int(match["step"] or 1)))
    if not found or len(set(found)) < len(found) or max(found) >= total:
        raise SettingsError(f"SHARD_IDS is wrong: of {total} shards it must name some of 0 to {total - 1}, each once.")
    return Shards(total, frozenset(found))


def _log_level(name: str) -> int:
    level = logging.getLevelNamesMapping().get(name.upper())
    if not level:
        # Not shown, as no value is: it may be a token in the wrong line.
        raise SettingsError("LOG_LEVEL is wrong: it must be DEBUG, INFO, WARNING or ERROR.")
    return level


def _keep_days(text: str) -> int:
    if not _DAYS.fullmatch(text) or int(text) > MOST_KEEP_DAYS:
        raise SettingsError(
            f"KEEP_DAYS is wrong: it must be a number of days from 1 to {MOST_KEEP_DAYS}, or 0 for ever."
        )
    return int(text)


def _url(values: Mapping[str, str], name: str, schemes: tuple[str, ...], example: str) -> str | None:
    url = values.get(name, "").strip().rstrip("/")
    if not url:
        return None
    try:
        parts = urlsplit(url)
        good = parts.scheme in schemes and bool(parts.hostname) and not any(c in "@?#" or c.isspace() for c in url)
        _ = parts.port
    except ValueError:
        good = False
    if not good:
        raise SettingsError(f"{name} is wrong: it must start with {schemes[0]}:// or {schemes[1]}://, as {example}.")
    return url
