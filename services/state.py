"""Small facts that the bot keeps between starts."""

from __future__ import annotations

from models import BotState
from services.base import Service, change, query


class StateService(Service):
    @query
    async def get(self, key: str) -> str | None:
        state = await BotState.get_or_none(key=key)
        return state.value if state else None

    @change
    async def set(self, key: str, value: str) -> None:
        if not await BotState.filter(key=key).update(value=value):
            await BotState.create(key=key, value=value)
