"""How messages reach Discord, and what becomes of those that it does not take."""

from __future__ import annotations

import base64
from datetime import timedelta
from uuid import UUID

import discord
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from events.retry import RetryPolicy
from tests.bot.people import CUP, People, labels, told

A_DAY = 24 * 3600


def messages(club: People) -> list[tuple[str, str, str | None]]:
    """Kind, state and failure of each message row to a person or the review channel, oldest first."""
    sql = "SELECT kind, status, failure FROM message WHERE kind NOT IN ('audit_line', 'edit') ORDER BY seq"
    return club.select(sql)


async def test_each_message_is_sent_with_its_own_nonce_which_discord_is_to_enforce(club: People) -> None:
    await club.tournament()
    await club.hand_in("Ann")
    await club.invite("Bo")
    sends = [r.json for r in club.stage.env.http_requests if r.method == "POST" and r.path.endswith("/messages")]
    assert len(sends) > 10
    sent = club.select("SELECT id FROM message WHERE status = 'sent' AND kind <> 'edit'")
    ids = [UUID(hex=str(i).replace("-", "")) for i in sent]
    nonces = [base64.urlsafe_b64encode(i.bytes).rstrip(b"=").decode() for i in ids]
    assert sorted(str(send["nonce"]) for send in sends if send) == sorted(nonces)
    assert all(len(nonce) == 22 for nonce in nonces)
    assert all(send and send["enforce_nonce"] is True for send in sends)
    assert all(send and str(send["nonce"]) in send["embeds"][0]["footer"]["text"] for send in sends)


async def test_closed_dms_are_recorded_and_the_person_is_left_alone_for_a_day(club: People) -> None:
    await club.slash("Ann", "tournament list")
    dm = club.stage.user("Ann").dm_channel
    club.stage.env.inject_error(
        "POST",
        f"/channels/{dm.id}/messages",
        status=403,
        code=50007,
        message="Cannot send messages to this user",
        times=None,
    )
    tries = [r for r in club.stage.env.http_requests if r.path == f"/channels/{dm.id}/messages"]
    assert tries == []
    told(await club.slash("Olga", "invite create", role="racer", person=club.stage.people["Ann"]))
    await club.stage.settle()
    refused = ("invited", "failed", "Discord refused it: Cannot send messages to this user (50007)")
    # The invitation stands in the channel instead.
    posted = ("invited", "sent", None)
    assert messages(club) == [refused, posted]
    told(await club.slash("Olga", "invite revoke", invite="#1"))
    told(await club.slash("Olga", "invite create", role="racer", person=club.stage.people["Ann"]))
    await club.stage.settle()
    assert messages(club) == [refused, posted, refused, posted]
    path = f"/channels/{dm.id}/messages"
    assert [r.path for r in club.stage.env.http_requests].count(path) == 1
    club.stage.env.backend.faults.clear()
    await club.stage.env.advance_time(A_DAY + 1)
    told(await club.slash("Olga", "invite revoke", invite="#2"))
    told(await club.slash("Olga", "invite create", role="racer", person=club.stage.people["Ann"]))
    await club.stage.settle()
    assert messages(club)[-1] == ("invited", "sent", None)


async def test_a_deleted_channel_is_recorded_and_holds_up_nothing(club: People) -> None:
    club.stage.env.backend.delete_channel(club.stage.channels.pop("announcements").id)
    await club.create()
    await club.slash("Olga", "tournament open", tournament=CUP)
    await club.stage.settle()
    gone = "Discord refused it: Unknown Channel (10003)"
    assert messages(club) == [("tournament_created", "failed", gone), ("tournament_opened", "failed", gone)]
    assert (await club.trail())[-1] == "Olga opened sign-up for Spring Cup"


async def test_lost_permissions_are_recorded(club: People) -> None:
    channel, bot = club.stage.channels["announcements"], club.stage.bot.user
    assert bot is not None
    denied = discord.Permissions(send_messages=True)
    club.stage.env.backend.set_overwrite(channel.id, Overwrite(bot.id, OverwriteType.MEMBER, 0, denied.value))
    await club.create()
    await club.stage.settle()
    ((kind, status, failure),) = messages(club)
    assert (kind, status) == ("tournament_created", "failed")
    assert failure == "Discord refused it: Missing Permissions (50013)"


async def test_a_failing_discord_is_tried_again_and_the_message_shows_once(club: People) -> None:
    await club.restart(retry=RetryPolicy(base=60, jitter=lambda _, longest: longest))
    channel = club.stage.channels["announcements"]
    club.stage.env.inject_error("POST", f"/channels/{channel.id}/messages", status=500, times=2)
    await club.create()
    await club.slash("Olga", "tournament open", tournament=CUP)
    await club.stage.settle()
    assert club.stage.posts("announcements") == []
    assert [(kind, status) for kind, status, _ in messages(club)] == [
        ("tournament_created", "pending"),
        ("tournament_opened", "pending"),
    ]
    await club.stage.env.advance_time(61)
    assert club.stage.posts("announcements") == []
    await club.stage.env.advance_time(121)
    titles = [post.embeds[0].title for post in club.stage.posts("announcements")]
    assert titles == ["New tournament: Spring Cup", "Spring Cup is open for sign-up"]
    assert {status for _, status, _ in messages(club)} == {"sent"}


LOST_REPLY = """
UPDATE message SET status = 'pending', settled_at = NULL, discord_channel_id = NULL, discord_message_id = NULL
WHERE kind IN ('tournament_created', 'invited')
"""
"""What a crash leaves when Discord took the message and its reply was lost."""


async def test_past_the_nonces_window_nothing_is_sent_that_stands_there_already(club: People) -> None:
    await club.create()
    await club.invite("Ann")
    post, dm = club.stage.posts("announcements")[-1], club.stage.dms("Ann")[-1]
    await club.stage.env.advance_time(600)
    await club.restart(meanwhile=LOST_REPLY)
    assert messages(club) == [("tournament_created", "sent", None), ("invited", "sent", None)]
    assert [m.id for m in club.stage.posts("announcements")] == [post.id]
    assert [m.id for m in club.stage.dms("Ann")] == [dm.id]
    sql = "SELECT discord_message_id FROM message WHERE kind IN ('tournament_created', 'invited') ORDER BY seq"
    assert club.select(sql) == [post.id, dm.id]


async def test_what_cannot_be_looked_for_is_not_said_twice(club: People) -> None:
    await club.create()
    await club.stage.settle()
    channel, bot = club.stage.channels["announcements"], club.stage.bot.user
    assert bot is not None
    denied = discord.Permissions(read_message_history=True)
    club.stage.env.backend.set_overwrite(channel.id, Overwrite(bot.id, OverwriteType.MEMBER, 0, denied.value))
    club.stage.env.backend.messages[channel.id].clear()
    await club.stage.env.advance_time(600)
    await club.restart(meanwhile=LOST_REPLY)
    reason = "Herald may not read the channel's history, so it cannot make sure not to say it twice"
    assert messages(club) == [("tournament_created", "failed", reason)]
    assert [r for r in club.stage.env.http_requests if r.method == "GET" and r.path.endswith("/messages")] == []


async def test_past_the_nonces_window_what_never_arrived_is_sent(club: People) -> None:
    await club.create()
    await club.stage.settle()
    channel = club.stage.channels["announcements"]
    club.stage.env.backend.messages[channel.id].clear()
    await club.stage.env.advance_time(600)
    await club.restart(meanwhile=LOST_REPLY)
    assert [m.embeds[0].title for m in club.stage.posts("announcements")] == ["New tournament: Spring Cup"]


async def test_a_card_that_was_pressed_is_still_recognised_past_the_window(club: People) -> None:
    await club.tournament()
    card = await club.hand_in("Ann")
    await club.press("Rae", card, "Approve")
    await club.stage.env.advance_time(600)
    await club.restart(meanwhile=LOST_REPLY.replace("invited", "run_card"))
    assert [m.id for m in club.stage.posts("review")] == [card.id]


async def test_twenty_approvals_within_seconds_are_one_post(club: People) -> None:
    # Longer than in truth: simcord waits for what is due within seconds as if it were under way.
    await club.restart(gather=timedelta(minutes=1))
    names = [f"Racer {number:02}" for number in range(1, 21)]
    for name in names:
        club.stage.add_person(name)
    await club.tournament(racers=names)
    cards = [await club.hand_in(name) for name in names]
    before = [post.id for post in club.stage.posts("announcements")]
    for card in cards:
        await club.press("Rae", card, "Approve")
    await club.stage.settle()
    assert [post.id for post in club.stage.posts("announcements")] == before
    await club.stage.env.advance_time(60)
    (digest,) = [post for post in club.stage.posts("announcements") if post.id not in before]
    assert digest.embeds[0].title == "20 runs were approved"
    assert digest.embeds[0].description == "\n".join(f"{name} finished in 1:23:45 in Spring Cup" for name in names)
    (nonce,) = club.select("SELECT id FROM message WHERE kind = 'runs_approved' AND status = 'sent'")
    marked = base64.urlsafe_b64encode(UUID(hex=str(nonce).replace("-", "")).bytes).rstrip(b"=").decode()
    assert marked in str(digest.embeds[0].footer.text)
    assert [len(club.stage.dms(name)) for name in names] == [1] * 20


async def test_a_post_is_edited_when_its_tournament_changes_and_loses_its_buttons_at_the_end(club: People) -> None:
    await club.tournament()
    await club.stage.settle()
    created, opened, _ = posts = club.stage.posts("announcements")
    assert "It has started." in str(club.card(created).embeds[0].description)
    assert labels(opened) == ["Join", "Leaderboard"]
    await club.slash("Olga", "tournament end", tournament=CUP)
    await club.stage.settle()
    after = [club.card(post) for post in posts]
    titles = ["New tournament: Spring Cup", "Sign-up for Spring Cup is closed", "Spring Cup has started"]
    assert [post.embeds[0].title for post in after] == titles
    assert all("It has ended." in str(post.embeds[0].description) for post in after)
    assert [labels(post) for post in after] == [[], [], []]
    assert [post.embeds[0].footer.text for post in after] == [post.embeds[0].footer.text for post in posts]
    assert club.select("SELECT DISTINCT status FROM message WHERE kind = 'edit'") == ["sent"]
    assert "has ended" in str(club.stage.posts("announcements")[-1].embeds[0].title)


async def test_a_post_that_somebody_deleted_is_not_edited_and_not_posted_anew(club: People) -> None:
    await club.create()
    await club.stage.settle()
    channel = club.stage.channels["announcements"]
    club.stage.env.backend.messages[channel.id].clear()
    await club.slash("Olga", "tournament open", tournament=CUP)
    await club.stage.settle()
    assert [post.embeds[0].title for post in club.stage.posts("announcements")] == ["Spring Cup is open for sign-up"]
    assert club.select("SELECT status, failure FROM message WHERE kind = 'edit'") == [("sent", None)]


async def test_an_edit_that_discord_refuses_ends_with_its_reason(club: People) -> None:
    await club.create()
    await club.stage.settle()
    (post,) = club.stage.posts("announcements")
    path = f"/channels/{post.channel.id}/messages/{post.id}"
    club.stage.env.inject_error("PATCH", path, status=403, code=50001, message="Missing Access", times=None)
    await club.slash("Olga", "tournament open", tournament=CUP)
    await club.stage.settle()
    refused = ("failed", "Discord refused it: Missing Access (50001)")
    assert club.select("SELECT status, failure FROM message WHERE kind = 'edit'") == [refused]
