"""The quick start that the project was founded on, word for word but for the package's name."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

from events import EventBus, EventPriority, TournamentCreatedEvent


class Repository:
    async def create(self, name: str, type: str) -> SimpleNamespace:
        return SimpleNamespace(id=42, name=name, type=type)


@dataclass
class DiscordService:
    announced: list[int] = field(default_factory=list[int])

    async def announce_tournament(self, tournament_id: int) -> None:
        self.announced.append(tournament_id)


async def test_the_quick_start_runs_as_written(default_bus: type[EventBus]) -> None:
    repo, discord_service = Repository(), DiscordService()
    current_user, org_id = SimpleNamespace(id=7), 3

    # Handle an event
    @EventBus.on(TournamentCreatedEvent, priority=EventPriority.NORMAL)
    async def send_tournament_notification(event: TournamentCreatedEvent):  # noqa: ANN202 - as written in the quick start
        # Send Discord notification
        await discord_service.announce_tournament(event.tournament_id)

    # After successful operation
    tournament = await repo.create("Spring Cup", "speedrun")

    # Emit event
    event = TournamentCreatedEvent(
        entity_id=tournament.id,
        user_id=current_user.id,
        organization_id=org_id,
        tournament_name=tournament.name,
        tournament_type=tournament.type,
    )
    await EventBus.emit(event)

    assert discord_service.announced == [42]
    assert EventBus.get_handler_count(TournamentCreatedEvent) == 1
    assert send_tournament_notification.__name__ == "send_tournament_notification"
