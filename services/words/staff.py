"""What is said to those who run Herald itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models import Account, Permission
from services.notice import Field, Notice, line

LEVEL: Mapping[Permission, str] = {
    Permission.USER: "user",
    Permission.MODERATOR: "moderator",
    Permission.ADMIN: "admin",
    Permission.SUPERADMIN: "superadmin",
}

GROUP = "Running Herald itself"
PERMISSION_COMMAND = "Give somebody a level in running Herald (the bot's owner and superadmins)"
PEOPLE_COMMAND = "List who helps to run Herald (the bot's owner and superadmins)"
STATUS_COMMAND = "Show how Herald is doing (those who run it)"

BOTS_CANNOT_RUN_IT = "Bots cannot run Herald. Pick a person."


def takes(least: Permission) -> str:
    higher = " or above" if least is not Permission.SUPERADMIN else ""
    return f"This takes being the bot's owner, or {LEVEL[least]}{higher} in Herald itself."


def may_not_make(level: Permission) -> str:
    return f"You may not make anybody {LEVEL[level]}: that level is not below your own."


def may_not_change(level: Permission) -> str:
    return f"You may not change the level of a {LEVEL[level]}: it is not below your own."


def is_already(name: str, level: Permission) -> str:
    return f"{name} is {LEVEL[level]} already."


def last_superadmin(name: str) -> str:
    return f"{name} is the last superadmin. Make somebody else one first."


def is_now(name: str, level: Permission) -> str:
    return f"{name} is {LEVEL[level]} in Herald now."


def people(accounts: Sequence[Account]) -> Notice:
    lines = [line(f"{account.display_name}: {LEVEL[account.permission]}") for account in accounts]
    empty = line("Nobody yet. /admin permission makes somebody one.")
    return Notice(title="Who runs Herald", lines=tuple(lines) or (empty,))


def health(
    *, communities: int, servers: int, accounts: int, deliveries: tuple[int, int], messages: tuple[int, int]
) -> Notice:
    """How much there is; of `deliveries` and `messages`, how many wait and how many have failed for good."""
    fields = (
        Field("Communities", line(str(communities))),
        Field("Servers", line(str(servers))),
        Field("Accounts", line(str(accounts))),
        Field("Deliveries", line("{} waiting, {} dead".format(*deliveries))),
        Field("Messages", line("{} waiting, {} failed".format(*messages))),
    )
    return Notice(title="Herald", fields=fields)
