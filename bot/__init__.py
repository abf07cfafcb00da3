"""Herald in Discord: the client, its commands, and what it shows."""

from bot.client import HeraldBot, create_bot

__all__ = ["HeraldBot", "create_bot"]
