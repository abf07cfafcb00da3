"""What is said of the ways in which people hear of what concerns them, of reminders and of quiet hours."""

from __future__ import annotations

from collections.abc import Mapping

from models import Topic, Way
from services.notice import Field, Notice, line
from services.words.language import count

COMMAND = "Choose what reaches you from this community, and how"

TITLE_TIMES = "Reminders and quiet hours"
LABEL_LEADS = "How long before a match?"
LABEL_QUIET = "Quiet hours, in your time zone"
PLACEHOLDER_LEADS = "1d, 1h, 15m; empty for never"
PLACEHOLDER_QUIET = "22:00-8:00"
LABEL_RESET = "As it was at first"

TOPIC: Mapping[Topic, str] = {
    Topic.INVITES: "Invitations",
    Topic.RUNS: "Your runs, once they were reviewed",
    Topic.MATCHES: "Your matches, and reminders of them",
    Topic.TOURNAMENTS: "Your tournaments: started, ended",
}
SHORT_TOPIC: Mapping[Topic, str] = {
    Topic.INVITES: "Invitations",
    Topic.RUNS: "Your runs",
    Topic.MATCHES: "Your matches",
    Topic.TOURNAMENTS: "Your tournaments",
}
"""As much as a select shows on a phone."""

WAY: Mapping[Way, str] = {Way.DM: "by DM", Way.MENTION: "by a mention", Way.NOTHING: "not at all"}

SAME_HOURS = "Quiet hours begin and end at different times. Leave them empty to have none."


def not_a_lead(typed: str) -> str:
    return f"{typed} is not a lead time I can read. Write them as 1d, 1h, 15m."


def too_many_leads(given: int, most: int) -> str:
    return f"You can be reminded {count(most, 'time')} of a match, and these are {given}."


def lead_out_of_range(most_days: int) -> str:
    return f"A reminder comes from 1 minute to {count(most_days, 'day')} before a match."


def not_hours(typed: str) -> str:
    return f"{typed} are not hours I can read. Write them as 22:00-8:00."


def choice(topic: Topic, way: Way) -> str:
    return f"{SHORT_TOPIC[topic]}: {WAY[way]}"


def overview(ways: Mapping[Topic, Way], leads: str, quiet: str) -> Notice:
    """What reaches somebody. Lead times and quiet hours are as people write them; empty when there are none."""
    fields = [Field(label, line(WAY[ways[topic]]), inline=False) for topic, label in TOPIC.items()]
    fields += [
        Field("Reminders before a match", line(leads or "none")),
        Field("Quiet hours", line(f"{quiet} in your time zone (/account timezone)" if quiet else "none")),
    ]
    how = line("This is for this community alone. A mention is in the channel. In quiet hours, DMs wait.")
    return Notice(title="What reaches you", lines=(how,), fields=tuple(fields))
