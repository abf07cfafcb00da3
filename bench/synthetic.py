"""Guilds as the gateway describes them to a bot with the intent `guilds`: made up, and the same in each run."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from random import Random
from typing import Any

from tests.bot.discord_objects import APPLICATION, guild, user

Json = dict[str, Any]

SEED = 20_260_101
FIRST = 286_000_000_000
"""Ids from here on look like those of 2023: as long, and as large in memory."""

ROOM = 4096
"""Ids that a guild has for what is in it."""

TEXT, VOICE, CATEGORY, NEWS, STAGE, FORUM = 0, 2, 4, 5, 13, 15
PUBLIC_THREAD = 11
NAMES = (
    *("general", "announcements", "rules", "welcome", "off-topic", "memes", "bot-commands", "support", "race-results"),
    *("looking-for-group", "clips", "introductions", "staff", "mod-log", "feedback", "events", "resources", "lounge"),
)
MARKS = ("", "", "📣│", "💬・", "🏁-", "🔊 ")
FEATURES = (
    *(
        "COMMUNITY",
        "NEWS",
        "INVITE_SPLASH",
        "ANIMATED_ICON",
        "WELCOME_SCREEN_ENABLED",
        "MEMBER_VERIFICATION_GATE_ENABLED",
    ),
    *("PREVIEW_ENABLED", "SOUNDBOARD", "AUTO_MODERATION", "CHANNEL_ICON_EMOJIS_GENERATED", "THREADS_ENABLED"),
)
PARTS = frozenset({"channels", "overwrites", "topics", "roles", "threads", "expressions", "events", "other kinds"})
"""What can be left out, to see what it costs."""


def guild_id(number: int) -> int:
    """Consecutive guilds belong to consecutive shards."""
    return FIRST + number << 22


def created(number: int, without: frozenset[str] = frozenset()) -> Json:
    """The GUILD_CREATE of the guild with that number, as it comes after READY."""
    chance = Random(SEED + number)  # noqa: S311 - it is to be the same each time
    own = guild_id(number)
    ids = (FIRST + 100_000_000 + number * ROOM + i << 22 | i for i in itertools.count())
    roles = [_role(next(ids), chance, place) for place in range(1, _about(chance, 14, 0.7, 3, 120))]
    role_ids = [own, *(int(role["id"]) for role in roles)]
    channels = list(_channels(ids, chance, role_ids, without))
    threads = [_thread(own, ids, chance, channels) for _ in range(_about(chance, 2, 1.2, 0, 80))]
    expressions = "expressions" not in without
    base = guild(own)
    me: Json = {
        **base["members"][0],
        "roles": [str(role_id) for role_id in role_ids[1:3]],
        "joined_at": "2025-03-01T12:00:00.000000+00:00",
    }
    return {
        **base,
        "name": f"{chance.choice(NAMES).title()} {number}",
        "owner_id": str(next(ids)),
        "icon": f"{chance.getrandbits(128):032x}",
        "description": None if chance.randrange(3) else "A place for people who race, and for those who watch.",
        "features": chance.sample(FEATURES, chance.randint(0, len(FEATURES))),
        "roles": base["roles"] if "roles" in without else base["roles"] + roles,
        "channels": [] if "channels" in without else _kept(channels, without),
        "threads": [] if {"channels", "threads"} & without else threads,
        "members": [me],
        "member_count": _about(chance, 150, 1.8, 3, 500_000),
        "emojis": [_emoji(next(ids), chance) for _ in range(_about(chance, 12, 1.1, 0, 250))] if expressions else [],
        "stickers": [_sticker(own, next(ids), chance) for _ in range(chance.randint(0, 5))] if expressions else [],
        "soundboard_sounds": [_sound(own, next(ids), chance) for _ in range(chance.choice((0, 0, 1, 4)))]
        if expressions
        else [],
        "guild_scheduled_events": []
        if "events" in without
        else [_event(own, ids, chance) for _ in range(chance.choice((0, 0, 0, 1, 2)))],
        "system_channel_id": channels[-1]["id"],
        "rules_channel_id": channels[0]["id"],
        "max_members": 500_000,
        "max_video_channel_users": 25,
        "max_stage_video_channel_users": 50,
        "premium_subscription_count": chance.choice((0, 0, 2, 7, 14)),
        "unavailable": False,
    }


def _kept(channels: list[Json], without: frozenset[str]) -> list[Json]:
    return [channel for channel in channels if channel["type"] in {TEXT, NEWS} or "other kinds" not in without]


def _about(chance: Random, usual: float, spread: float, least: int, most: int) -> int:
    """Mostly near `usual`, now and then much more."""
    return max(least, min(most, round(usual * chance.lognormvariate(0, spread))))


def _name(chance: Random) -> str:
    return f"{chance.choice(MARKS)}{chance.choice(NAMES)}-{chance.randint(1, 40)}"


def _role(id: int, chance: Random, place: int) -> Json:
    colour = chance.getrandbits(24)
    return {
        "id": str(id),
        "name": _name(chance),
        "permissions": str(chance.getrandbits(45)),
        "position": place,
        "color": colour,
        "colors": {"primary_color": colour, "secondary_color": None, "tertiary_color": None},
        "hoist": not chance.randrange(3),
        "managed": False,
        "mentionable": not chance.randrange(3),
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def _channels(ids: Iterator[int], chance: Random, role_ids: list[int], without: frozenset[str]) -> Iterator[Json]:
    category: str | None = None
    kinds = (TEXT, TEXT, TEXT, TEXT, TEXT, VOICE, VOICE, CATEGORY, NEWS, FORUM, STAGE)
    weights = (8, 8, 8, 8, 8, 8, 8, 9, 2, 1, 0.5)
    count = _about(chance, 24, 0.6, 4, 300)
    for place in range(count):
        kind = CATEGORY if place == 0 else TEXT if place == count - 1 else chance.choices(kinds, weights)[0]
        overwrites = [
            {
                "id": str(id),
                "type": 0,
                "allow": str(chance.getrandbits(20)),
                "deny": str(chance.choice((0, 1024, 2048, 3072))),
            }
            for id in chance.sample(role_ids, min(len(role_ids), chance.choice((0, 0, 1, 1, 2, 3, 4, 6))))
        ]
        channel: Json = {
            "id": str(next(ids)),
            "type": kind,
            "name": _name(chance),
            "position": place,
            "permission_overwrites": [] if "overwrites" in without else overwrites,
            "parent_id": None if kind == CATEGORY else category,
            "nsfw": False,
            "flags": 0,
        }
        if kind == CATEGORY:
            category = channel["id"]
        elif kind in {VOICE, STAGE}:
            channel |= {"bitrate": 64_000, "user_limit": 0, "rtc_region": None, "last_message_id": None}
        else:
            topic = chance.choice((None, None, None, "Be kind.", "Say hello, be kind, and read what is pinned."))
            channel |= {
                "topic": None if "topics" in without else topic,
                "last_message_id": str(next(ids)),
                "rate_limit_per_user": 0,
            }
        if kind == FORUM:
            channel |= {
                "available_tags": [
                    {
                        "id": str(next(ids)),
                        "name": _name(chance),
                        "moderated": False,
                        "emoji_id": None,
                        "emoji_name": "🏁",
                    }
                    for _ in range(chance.randint(0, 8))
                ],
                "default_reaction_emoji": None,
            }
        yield channel


def _thread(own: int, ids: Iterator[int], chance: Random, channels: list[Json]) -> Json:
    at = "2026-01-01T12:00:00.000000+00:00"
    return {
        "id": str(next(ids)),
        "type": PUBLIC_THREAD,
        "guild_id": str(own),
        "parent_id": chance.choice([channel for channel in channels if channel["type"] in {TEXT, NEWS, FORUM}])["id"],
        "owner_id": str(next(ids)),
        "name": f"{_name(chance)}: what do you think of it?",
        "last_message_id": str(next(ids)),
        "message_count": chance.randint(1, 200),
        "total_message_sent": chance.randint(1, 200),
        "member_count": chance.randint(1, 50),
        "rate_limit_per_user": 0,
        "flags": 0,
        "thread_metadata": {
            "archived": False,
            "archive_timestamp": at,
            "auto_archive_duration": 4320,
            "locked": False,
            "create_timestamp": at,
        },
    }


def _emoji(id: int, chance: Random) -> Json:
    return {
        "id": str(id),
        "name": chance.choice(NAMES),
        "roles": [],
        "require_colons": True,
        "managed": False,
        "animated": not chance.randrange(5),
        "available": True,
    }


def _sticker(own: int, id: int, chance: Random) -> Json:
    return {
        "id": str(id),
        "guild_id": str(own),
        "name": _name(chance),
        "tags": "checkered_flag",
        "type": 2,
        "format_type": 1,
        "description": "",
        "asset": "",
        "available": True,
    }


def _sound(own: int, id: int, chance: Random) -> Json:
    return {
        "sound_id": str(id),
        "guild_id": str(own),
        "name": _name(chance),
        "volume": 1.0,
        "emoji_id": None,
        "emoji_name": "🏁",
        "available": True,
        "user": user(id, "someone"),
    }


def _event(own: int, ids: Iterator[int], chance: Random) -> Json:
    return {
        "id": str(next(ids)),
        "guild_id": str(own),
        "name": _name(chance),
        "description": "Race night: come and watch.",
        "channel_id": None,
        "creator_id": str(APPLICATION),
        "scheduled_start_time": "2026-02-01T18:00:00+00:00",
        "scheduled_end_time": "2026-02-01T20:00:00+00:00",
        "privacy_level": 2,
        "status": 1,
        "entity_type": 3,
        "entity_id": None,
        "entity_metadata": {"location": "online"},
        "user_count": 3,
    }
