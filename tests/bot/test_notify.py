"""/notify: the panel, and what it brings about."""

from __future__ import annotations

import discord

from bot.demo.transcript import shown
from tests.bot.people import CUP, People, inputs, labels, told


def values(message: discord.Message) -> dict[str, str]:
    """What stands in each select of the panel."""
    selects = [row.children[0] for row in message.components if isinstance(row, discord.ActionRow)]
    return {
        select.custom_id.rsplit(":", 1)[1]: next(option.value for option in select.options if option.default)
        for select in selects
        if isinstance(select, discord.SelectMenu)
    }


async def test_the_panel_shows_what_holds_and_each_choice_holds_at_once_also_after_a_restart(club: People) -> None:
    result = await club.slash("Ann", "notify")
    panel = shown(result)
    assert values(panel) == {"invites": "dm", "runs": "dm", "matches": "dm", "tournaments": "nothing"}
    assert labels(panel) == ["Reminders and quiet hours", "As it was at first"]
    await club.choose("Ann", panel, "notify_way:runs", "mention")
    assert values(club.card(panel))["runs"] == "mention"
    await club.restart()
    await club.choose("Ann", panel, "notify_way:tournaments", "dm")
    assert values(club.card(panel)) == {"invites": "dm", "runs": "mention", "matches": "dm", "tournaments": "dm"}
    await club.press("Ann", panel, "As it was at first")
    assert values(club.card(panel)) == {"invites": "dm", "runs": "dm", "matches": "dm", "tournaments": "nothing"}
    assert values(shown(await club.slash("Bo", "notify")))["runs"] == "dm"


async def test_lead_times_and_quiet_hours_are_typed_and_a_slip_is_brought_back(club: People) -> None:
    panel = shown(await club.slash("Ann", "notify"))
    form = await club.press("Ann", panel, "Reminders and quiet hours")
    assert inputs(form) == {"leads": "1h", "quiet": ""}
    slip = await club.fill_in("Ann", form, leads="1d, 15m", quiet="at night")
    assert "are not hours I can read" in told(slip)
    again = await club.press("Ann", shown(slip), "Edit and try again")
    assert inputs(again) == {"leads": "1d, 15m", "quiet": "at night"}
    text = told(await club.fill_in("Ann", again, leads="1d, 15m", quiet="22:00-8:00"))
    assert "1d, 15m" in text
    assert "22:00-08:00 in your time zone" in text


async def test_who_chose_a_mention_is_notified_in_the_channel_and_nobody_else_is(club: People) -> None:
    await club.tournament()
    panel = shown(await club.slash("Ann", "notify"))
    await club.choose("Ann", panel, "notify_way:runs", "mention")
    card = await club.hand_in("Ann")
    await club.press("Rae", card, "Approve")
    await club.stage.settle()
    ann = club.stage.people["Ann"].user.id
    posts = [post for post in club.stage.posts("announcements") if post.content]
    assert [post.content for post in posts] == [f"<@{ann}>"]
    assert [user.id for user in posts[0].mentions] == [ann]
    assert club.stage.dms("Ann") == []
    for sent in club.sends():
        # An edit that says nothing of mentions leaves them as they were: it notifies nobody.
        assert sent.get("allowed_mentions") in (None, {"parse": []}, {"parse": [], "users": [ann]})


async def test_an_invitation_to_somebody_with_closed_dms_is_answered_in_the_channel_by_them_alone(club: People) -> None:
    dm = club.stage.user("Ann").dm_channel
    path = f"/channels/{dm.id}/messages"
    club.stage.env.inject_error("POST", path, status=403, code=50007, message="Cannot send", times=None)
    told(await club.slash("Olga", "invite create", role="reviewer", person=club.stage.people["Ann"]))
    await club.stage.settle()
    post = club.stage.posts("announcements")[-1]
    assert post.content == f"<@{club.stage.people['Ann'].user.id}>"
    assert labels(post) == ["Accept", "Decline"]
    await club.slash("Bo", "tournament list")
    with club.unchanged():
        assert "no such invite for you" in told(await club.press("Bo", post, "Accept"))
    await club.restart()
    await club.press("Ann", post, "Accept")
    assert "You accepted it." in str(club.card(post).embeds[0].description)
    assert labels(club.card(post)) == []
    assert "reviewer" in told(await club.slash("Ann", "org info"))


async def test_a_player_is_reminded_of_a_match_an_hour_before(club: People) -> None:
    await club.tournament(racers=("Ann", "Bo"))
    people = club.stage.people
    options = {"tournament": CUP, "player1": people["Ann"], "player2": people["Bo"], "when": "in 3 hours"}
    await club.press("Ann", shown(await club.slash("Ann", "match schedule", at="races", **options)), "Schedule it")
    await club.stage.settle()
    assert [dm.embeds[0].title for dm in club.stage.dms("Ann")] == []
    await club.stage.env.advance_time(2 * 3600 + 60)
    await club.stage.settle()
    assert [dm.embeds[0].title for dm in club.stage.dms("Ann")] == ["Soon: Ann vs Bo"]
    assert [dm.embeds[0].title for dm in club.stage.dms("Bo")] == ["Match: Ann vs Bo", "Soon: Ann vs Bo"]
