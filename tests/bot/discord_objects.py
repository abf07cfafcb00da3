"""What Discord's objects look like on the wire."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from aiohttp import web

Json = dict[str, Any]

APPLICATION, GUILD, OWNER = 1001, 2001, 3001
NEWS, AUDIT = 4001, 4002
DISCORD_EPOCH_MS = 1420070400000


def snowflake(at: datetime, number: int) -> int:
    """An id of Discord's, made at that instant; `number` (up to 4095) tells it from others of that instant."""
    milliseconds = int(at.timestamp() * 1000) - DISCORD_EPOCH_MS
    return (milliseconds << 22) + number % 4096


def message(id: int, channel_id: int, body: Json, at: datetime) -> Json:
    """What `body` becomes when the bot posts it."""
    return {
        "id": str(id),
        "channel_id": str(channel_id),
        "author": user(APPLICATION, "herald", bot=True),
        "content": body.get("content") or "",
        "embeds": body.get("embeds") or [],
        "components": body.get("components") or [],
        "nonce": body.get("nonce"),
        "timestamp": at.isoformat(),
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "pinned": False,
        "type": 0,
        "flags": 0,
    }


def reply(data: Any, status: int = 200) -> web.Response:
    # discord.py takes the bare content type for JSON, and none with a charset.
    return web.Response(body=json.dumps(data).encode(), status=status, headers={"Content-Type": "application/json"})


def user(id: int, name: str, *, bot: bool = False) -> Json:
    return {
        "id": str(id),
        "username": name,
        "discriminator": "0",
        "avatar": None,
        "global_name": name.title(),
        "bot": bot,
    }


def application() -> Json:
    return {
        "id": str(APPLICATION),
        "name": "Herald",
        "description": "",
        "icon": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "owner": user(OWNER, "olga"),
        "verify_key": "",
        "flags": 0,
    }


def channel(id: int, name: str) -> Json:
    return {
        "id": str(id),
        "type": 0,
        "guild_id": str(GUILD),
        "name": name,
        "position": 0,
        "permission_overwrites": [],
        "parent_id": None,
        "nsfw": False,
        "permissions": "379968",
    }


def guild(id: int = GUILD) -> Json:
    everyone = {
        "id": str(id),
        "name": "@everyone",
        "permissions": "84992",
        "position": 0,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
    me: Json = {"user": user(APPLICATION, "herald", bot=True), "roles": [], "joined_at": None, "flags": 0}
    return {
        "id": str(id),
        "name": "Racing Club",
        "owner_id": str(OWNER),
        "roles": [everyone],
        "channels": [channel(NEWS, "news"), channel(AUDIT, "audit")],
        "members": [me],
        "member_count": 2,
        "emojis": [],
        "stickers": [],
        "features": [],
        "threads": [],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
        "unavailable": False,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "preferred_locale": "en-US",
        "afk_timeout": 300,
        "system_channel_flags": 0,
        "premium_progress_bar_enabled": False,
        "joined_at": "2026-01-01T00:00:00+00:00",
        "large": False,
    }
