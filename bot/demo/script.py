"""A whole tournament, played by simulated people with the real bot, and checked to the last message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.demo.stage import CHANNELS, EVERYBODY, Stage
from bot.demo.transcript import Transcript, plain, shown

CUP = "Spring Cup"

POSTS = {
    "announcements": [
        "New tournament: Spring Cup",
        "Sign-up for Spring Cup is closed",
        "Spring Cup has started",
        "Ann finished in 1:23:45",
        "Bo finished in 1:25:10.5",
        "Spring Cup has ended",
    ],
    "review": ["Ann's run in Spring Cup", "Bo's run in Spring Cup", "Ann's run in Spring Cup"],
    "races": ["Spring Cup"],
}
"""The titles of what has to stand in each channel in the end; #audit has a line for each event since it was chosen."""

DMS = {
    "Ann": ["Invitation to Racing Club", "Your run was not approved", "Your run was approved"],
    "Bo": ["Your run was approved"],
}

TRAIL = [
    "Olga used Herald for the first time",
    "Olga founded Racing Club",
    "Olga became a member as owner",
    "Olga linked the server Racing Club",
    "Olga set the announcement channel of Racing Club",
    "Olga set the review channel of Racing Club",
    "Olga set the audit channel of Racing Club",
    "Olga changed which Discord roles count as reviewer in Racing Club",
    "Olga changed which Discord roles count as moderator in Racing Club",
    "Olga created the speedrun tournament Spring Cup",
    "Ann used Herald for the first time",
    "Olga made Ann's invite for the role racer",
    "Ann accepted an invite for the role racer",
    "Ann became a member as racer",
    "Olga opened sign-up for Spring Cup",
    "Ann joined Spring Cup",
    "Bo used Herald for the first time",
    "Bo became a member as racer",
    "Bo joined Spring Cup",
    "Olga started Spring Cup (racers: 2)",
    "Ann handed in 1:32:45 in Spring Cup",
    "Rae used Herald for the first time",
    "Rae rejected Ann's 1:32:45 in Spring Cup: The VOD ends before the last split.",
    "Bo handed in 1:25:10.5 in Spring Cup",
    "Ann handed in 1:23:45 in Spring Cup",
    "Rae approved Ann's 1:23:45 in Spring Cup",
    "Rae approved Bo's 1:25:10.5 in Spring Cup",
    "Olga ended Spring Cup; podium: 1. Ann 1:23:45, 2. Bo 1:25:10.5",
    "Mo used Herald for the first time",
]
FIRST_IN_AUDIT_CHANNEL = TRAIL.index("Olga set the audit channel of Racing Club")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a play went: its messages and audit rows, and what differs from what had to come."""

    messages: int
    audit_rows: int
    faults: tuple[str, ...]


async def set_up(stage: Stage, told: Transcript) -> None:
    """Olga sets the server up."""
    told.heading("Olga sets Herald up")
    panel = await told.slash("Olga", "setup")
    form = await told.press("Olga", shown(panel), "New community")
    await told.fill_in("Olga", form, name="Racing Club", time_zone="Europe/Berlin")
    await told.choose("Olga", panel, "channel:announcement", stage.channels["announcements"])
    await told.press("Olga", shown(panel), "Staff channels")
    for channel in ("review", "audit"):
        await told.choose("Olga", panel, f"channel:{channel}", stage.channels[channel])
    await told.press("Olga", shown(panel), "Roles")
    await told.choose("Olga", panel, "roles:reviewer", stage.roles["Reviewers"])
    await told.choose("Olga", panel, "roles:moderator", stage.roles["Moderators"])


async def play(stage: Stage, told: Transcript) -> None:
    """Play the tournament from the set-up to the podium."""
    await set_up(stage, told)

    told.heading("Olga creates a tournament and invites Ann")
    form = await told.slash("Olga", "tournament create", type="speedrun")
    await told.fill_in("Olga", form, name=CUP, description="Any%, glitchless.", seed="https://seeds.example/spring")
    await told.slash("Olga", "invite create", role="racer", person=stage.people["Ann"])
    await told.press("Ann", stage.dms("Ann")[-1], "Accept", dm=True)

    told.heading("Sign-up")
    await told.slash("Olga", "tournament open", tournament=CUP)
    await told.slash("Olga", "tournament panel", tournament=CUP)
    await told.slash("Ann", "tournament join", tournament=CUP)
    await told.press("Bo", stage.posts("races")[-1], "Join")
    await told.slash("Olga", "tournament start", tournament=CUP)

    told.heading("Ann hands in a run; it is rejected, and she hands in another")
    await _hand_in(told, "Ann", "1:32:45", "https://vod.example/ann-1")
    form = await told.press("Rae", stage.posts("review")[-1], "Reject")
    await told.fill_in("Rae", form, reason="The VOD ends before the last split.")
    await _hand_in(told, "Bo", "85:10.5", "https://vod.example/bo")
    await _hand_in(told, "Ann", "1:23:45", "https://vod.example/ann-2")

    told.heading("Rae approves, and Olga ends the tournament")
    await told.press("Rae", stage.posts("review")[2], "Approve")
    await told.press("Rae", stage.posts("review")[1], "Approve")
    await told.slash("Bo", "tournament leaderboard", tournament=CUP)
    await told.slash("Olga", "tournament end", tournament=CUP)

    told.heading("Mo looks at who did what")
    await told.slash("Mo", "audit search", action="RaceApproved")


async def _hand_in(told: Transcript, racer: str, time: str, vod: str) -> None:
    form = await told.slash(racer, "race submit", tournament=CUP)
    await told.fill_in(racer, form, time=time, vod=vod, notes="")


async def check(stage: Stage) -> Verdict:
    """Compare what people can see and what the audit trail holds with what had to come of `play`."""
    faults: list[str] = []

    def compare(what: str, found: list[str], wanted: list[str]) -> None:
        if found != wanted:
            missing = [one for one in wanted if one not in found]
            surplus = [one for one in found if one not in wanted or found.count(one) > wanted.count(one)]
            faults.append(
                f"{what}: missing {missing}, unexpected {surplus}" if missing or surplus else f"{what}: order"
            )

    messages = 0
    for name in CHANNELS:
        posts = [m for m in stage.posts(name) if not m.flags.ephemeral]
        messages += len(posts)
        if name == "audit":
            lines = [plain((m.embeds[0].description or "").rsplit(" · ", 1)[0]) for m in posts]
            # Lines about somebody's first use belong to no organization, so to no channel either.
            wanted = [text for text in TRAIL[FIRST_IN_AUDIT_CHANNEL:] if "for the first time" not in text]
            compare("#audit", lines, wanted)
        else:
            compare(f"#{name}", [plain(m.embeds[0].title or "") for m in posts], POSTS[name])
    for name in EVERYBODY:
        dms = stage.dms(name)
        messages += len(dms)
        compare(f"DMs to {name}", [plain(m.embeds[0].title or "") for m in dms], DMS.get(name, []))
    trail = [line.text for line in await stage.bot.herald.audit.everything()]
    compare("the audit trail", trail, TRAIL)
    return Verdict(messages, len(trail), tuple(faults))


async def perform(stage: Stage, write: Callable[[str], None]) -> Verdict:
    """Play, tell the story and the audit trail, and check both."""
    await play(stage, Transcript(stage, write))
    await stage.settle()
    write("\n── The audit trail")
    for line in await stage.bot.herald.audit.everything():
        write(f"{line.number:4} {line.at:%Y-%m-%d %H:%M:%S} UTC  {line.text}")
    verdict = await check(stage)
    write("")
    for fault in verdict.faults:
        write(f"WRONG: {fault}")
    outcome = "something is missing or too much" if verdict.faults else "all there, each once, in order"
    write(f"{verdict.messages} messages and {verdict.audit_rows} audit rows: {outcome}.")
    return verdict
