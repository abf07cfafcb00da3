"""/guild, and /org map-role: a server's community, channels and roles."""

# What Discord's own client would not send has to be sent past simcord's checks.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from typing import Any

import discord
import pytest
from simcord import ChannelHandle, InteractionResult, RoleHandle
from simcord.actors import _dispatch_actor_interaction
from simcord.enums import AppCommandType, InteractionType, OptionType
from simcord.interactions import resolve_handle

from bot.demo.transcript import body, shown
from tests.bot.people import People, deny, forget, labels, return_to, told

MAY_NOT = "Setting up Herald takes Discord's permission Manage Server, or being an owner or admin of the community."
DONE_ALREADY = "This server is unlinked already: it belongs to no community."


async def smuggle(
    people: People, command: str, choice: str, value: str, option: str, handle: ChannelHandle | RoleHandle
) -> InteractionResult:
    """Let Olga send a command with a thing of Zed's server, which Discord itself would refuse."""
    resolved: dict[str, dict[str, Any]] = {}
    resolve_handle(people.stage.people["Zed"], handle, resolved, channel_id=people.stage.channels["elsewhere"].id)
    group, name = command.split()
    kind = OptionType.CHANNEL if isinstance(handle, ChannelHandle) else OptionType.ROLE
    options = [
        {"name": choice, "type": OptionType.STRING, "value": value},
        {"name": option, "type": kind, "value": str(handle.id)},
    ]
    data: dict[str, Any] = {
        "id": next(str(c.id) for c in await people.stage.bot.tree.fetch_commands() if c.name == group),
        "name": group,
        "type": AppCommandType.CHAT_INPUT,
        "options": [{"name": name, "type": OptionType.SUBCOMMAND, "options": options}],
        "resolved": resolved,
    }
    olga, races = people.stage.people["Olga"], people.stage.channels["races"]
    return await _dispatch_actor_interaction(olga, InteractionType.APPLICATION_COMMAND, races, data)


async def unlink(people: People) -> discord.Message:
    """Olga unlinks her server; returns the question that she was asked."""
    question = shown(await people.slash("Olga", "guild unlink"))
    await people.press("Olga", question, "Unlink")
    return question


async def test_a_second_server_is_linked_by_picking_a_community_by_name(club: People) -> None:
    await club.elsewhere()
    await club.second()
    assert await club.types("Olga too", "guild link", "community", "RACING", at="second") == ["Racing Club"]
    assert await club.types("Olga too", "guild link", "community", "Other", at="second") == []
    ours, theirs = club.select("SELECT id FROM organization ORDER BY id")
    with club.unchanged():
        answer = told(await club.slash("Olga too", "guild link", community="Racing Club", at="second"))
        assert answer == "Pick a community from the list that appears while you type."
        answer = told(await club.slash("Olga too", "guild link", community=f"#{theirs}", at="second"))
        assert answer == "A server can only be linked to a community of which you are an owner or admin."
    answer = told(await club.slash("Olga too", "guild link", community=f"#{ours}", at="second"))
    assert answer == "This server belongs to Racing Club now. /guild status shows its channels and roles here."
    assert (await club.trail())[-1] == "Olga linked the server Second"
    assert await club.types("Olga too", "guild link", "community", at="second") == []
    with club.unchanged():
        answer = told(await club.slash("Olga too", "guild link", community=f"#{ours}", at="second"))
        assert answer == "This server is linked to a community already. Run /setup to see it."


async def test_who_may_not_set_up_the_server_neither_links_it_nor_is_offered_anything(club: People) -> None:
    await club.slash("Olga", "org member add", person=club.stage.people["Ann"], role="admin")
    zed = await club.elsewhere()
    await club.slash("Zed", "guild status", at="elsewhere")
    zed.guild.add_member(club.stage.user("Ann"))
    club.stage.people["Ann too"] = type(zed)(club.stage.env, zed.guild, club.stage.user("Ann"))
    told(await club.press("Zed", shown(await club.slash("Zed", "guild unlink", at="elsewhere")), "Unlink"))
    with club.unchanged():
        assert await club.types("Ann too", "guild link", "community", at="elsewhere") == []
        assert told(await club.slash("Ann too", "guild link", community="#1", at="elsewhere")) == MAY_NOT


async def test_unlinking_asks_first_names_what_happens_and_keeps_the_settings(club: People) -> None:
    await club.create()
    settings = club.select("SELECT * FROM role_mapping")
    with club.unchanged():
        asked = await club.slash("Olga", "guild unlink")
        assert told(asked).splitlines() == [
            "Unlink this server from Racing Club?",
            "Here, nothing is announced any more, Discord roles count for nothing, and commands do not work.",
            "Its members, tournaments and runs stay as they are.",
            "The channels and roles chosen here are kept, for when this server is linked to it again.",
            "[Unlink]",
        ]
    question = shown(asked)
    await club.press("Olga", question, "Unlink")
    gone = club.card(question)
    assert body(gone) == "This server is unlinked from Racing Club. To link it again, use /guild link or /setup."
    assert labels(gone) == []
    assert (await club.trail())[-1] == "Olga unlinked the server Racing Club"
    assert "not set up in this server" in told(await club.slash("Rae", "tournament list"))
    told(await club.slash("Olga", "guild link", community="#1"))
    assert club.select("SELECT * FROM role_mapping") == settings
    status = told(await club.slash("Olga", "guild status"))
    for channel in ("announcements", "review", "audit"):
        assert f"✅ <#{club.stage.channels[channel].id}>" in status
    assert "Spring Cup" in told(await club.slash("Rae", "tournament list"))


async def test_a_second_press_is_told_that_it_is_done_already_also_after_a_restart(club: People) -> None:
    second = shown(await club.slash("Olga", "guild unlink"))
    await unlink(club)
    with club.unchanged():
        assert told(await club.press("Olga", second, "Unlink")) == DONE_ALREADY
        assert "not set up in this server" in told(await club.slash("Olga", "guild unlink"))
    await club.restart()
    with club.unchanged():
        assert told(await club.press("Olga", second, "Unlink")) == DONE_ALREADY


@pytest.mark.parametrize("name", ["Ann", "Rae", "Mo"])
async def test_nobody_but_owners_and_admins_unlinks_past_the_question_either(club: People, name: str) -> None:
    await club.slash(name, "org members")
    question = shown(await club.slash("Olga", "guild unlink"))
    words = "You may not change this community's settings here. That takes the role of owner or admin."
    with club.unchanged():
        assert told(await club.slash(name, "guild unlink")) == words
        assert told(await club.craft(name, "herald:guild_unlink:1", message=question)) == words
        assert told(await club.slash(name, "guild status")) == MAY_NOT
        assert told(await club.slash(name, "guild channels", category="review")) == MAY_NOT
        role = club.stage.roles["Reviewers"]
        assert told(await club.slash(name, "org map-role", role="organizer", discord_role=role)) == MAY_NOT


async def test_what_a_person_unlinked_stays_so_when_herald_restarts_or_is_added_again(club: People) -> None:
    await unlink(club)
    await club.restart()
    assert club.events()[-1] == "DiscordGuildUnlinked"
    left = forget(club.stage, club.stage.guild)
    club.stage.env.backend.emit("GUILD_DELETE", {"id": str(club.stage.guild.id)})
    await club.stage.settle()
    return_to(club.stage, left)
    await club.stage.settle()
    assert club.events()[-1] == "DiscordGuildUnlinked"
    assert club.events().count("DiscordGuildUnlinked") == 1
    assert "not set up in this server" in told(await club.slash("Olga", "tournament list"))


async def test_results_move_to_a_channel_of_their_own_and_back(club: People) -> None:
    await club.tournament()
    races = club.stage.channels["races"]
    answer = told(await club.slash("Olga", "guild channels", category="result", channel=races))
    assert answer == f"Saved\nResults (approved runs, podiums): ✅ <#{races.id}>"
    assert (await club.trail())[-1] == "Olga set the result channel of Racing Club"
    card = await club.hand_in("Ann")
    await club.press("Rae", card, "Approve")
    await club.stage.settle()
    assert "Ann finished in 1:23:45" in body(club.stage.posts("races")[-1])
    assert "Ann finished" not in "\n".join(map(body, club.stage.posts("announcements")))
    with club.unchanged():
        told(await club.slash("Olga", "guild channels", category="result", channel=races))
    answer = told(await club.slash("Olga", "guild channels", category="result"))
    assert answer == "Saved\nResults (approved runs, podiums): not chosen yet: it goes to Announcements"
    assert (await club.trail())[-1] == "Olga cleared the result channel of Racing Club"
    told(await club.slash("Olga", "tournament end", tournament="Spring Cup"))
    await club.stage.settle()
    assert "Spring Cup has ended" in body(club.stage.posts("announcements")[-1])


async def test_a_channel_in_which_herald_cannot_write_is_taken_with_a_warning(club: People) -> None:
    deny(club, "races", send_messages=True, embed_links=True)
    await club.stage.settle()
    races = club.stage.channels["races"]
    answer = told(await club.slash("Olga", "guild channels", category="match", channel=races))
    assert answer.endswith(f"⚠️ <#{races.id}>: Herald lacks Send Messages, Embed Links there.")
    assert club.select("SELECT match_channel_id FROM guild_link") == [races.id]


async def test_a_channel_that_herald_does_not_know_is_taken_with_a_warning(club: People) -> None:
    races = club.stage.channels["races"]
    guild = club.stage.bot.get_guild(club.stage.guild.id)
    assert guild is not None
    channel = guild.get_channel(races.id)
    assert channel is not None
    guild._remove_channel(channel)
    answer = told(await club.slash("Olga", "guild channels", category="match", channel=races))
    missing = "View Channel, Send Messages, Embed Links, Read Message History"
    assert answer.endswith(f"⚠️ <#{races.id}>: Herald lacks {missing} there.")
    assert club.select("SELECT match_channel_id FROM guild_link") == [races.id]


async def test_where_races_are_started_herald_needs_to_open_threads_and_nowhere_else(club: People) -> None:
    announcements = club.stage.channels["announcements"]
    for channel in ("announcements", "review"):
        deny(club, channel, create_private_threads=True, send_messages_in_threads=True)
    await club.stage.settle()
    status = told(await club.slash("Olga", "guild status"))
    missing = "Create Private Threads, Send Messages in Threads"
    assert f"⚠️ <#{announcements.id}>: Herald lacks {missing} there." in status
    assert status.count("lacks") == 1
    news = club.stage.guild.create_news_channel("news")
    club.stage.channels["news"] = news
    deny(club, "news", create_private_threads=True, send_messages_in_threads=True)
    await club.stage.settle()
    answer = told(await club.slash("Olga", "guild channels", category="announcement", channel=news))
    assert answer.endswith(f"✅ <#{news.id}>")


async def test_the_status_is_as_things_are_now(club: People) -> None:
    reviewers = club.stage.roles["Reviewers"]
    status = told(await club.slash("Olga", "guild status"))
    assert status.startswith("Racing Club\nTime zone: Europe/Berlin\nAnnouncements: ✅")
    assert "Results (approved runs, podiums): not chosen yet: it goes to Announcements" in status
    assert f"Counts as reviewer: <@&{reviewers.id}>" in status
    review = club.stage.channels["review"]
    deny(club, "review", read_message_history=True)
    club.stage.env.backend.delete_channel(club.stage.channels.pop("audit").id)
    club.stage.env.backend.delete_role(club.stage.guild.id, reviewers.id)
    await club.stage.settle()
    with club.unchanged():
        status = told(await club.slash("Olga", "guild status"))
    assert f"⚠️ <#{review.id}>: Herald lacks Read Message History there." in status
    assert "Audit (a line for all that happens): ⚠️ this channel is gone, or Herald cannot see it." in status
    assert "Counts as reviewer: ⚠️ a deleted role" in status


async def test_a_server_that_belongs_to_no_community_has_no_status_and_no_channels(newcomers: People) -> None:
    await newcomers.slash("Olga", "invite list")
    words = "This server is not linked to a community yet. Run /setup and begin there."
    role = newcomers.stage.roles["Reviewers"]
    with newcomers.unchanged():
        assert told(await newcomers.slash("Olga", "guild status")) == words
        assert told(await newcomers.slash("Olga", "guild channels", category="review")) == words
        assert told(await newcomers.slash("Olga", "org map-role", role="reviewer", discord_role=role)) == words


async def test_a_channel_or_role_of_another_server_is_refused(club: People) -> None:
    zed = await club.elsewhere()
    channel, role = club.stage.channels["elsewhere"], zed.guild.create_role("Staff")
    with club.unchanged():
        result = await smuggle(club, "guild channels", "category", "review", "channel", channel)
        assert told(result) == "That channel is not one of this server. Please pick another."
        result = await smuggle(club, "org map-role", "role", "reviewer", "discord_role", role)
        assert "does not exist in this server any more" in told(result)


async def test_a_discord_role_counts_from_the_next_command_on_until_it_is_taken_away(club: People) -> None:
    role = club.stage.roles["Moderators"]
    await club.tournament()
    card = await club.hand_in("Ann")
    assert "You may not review runs here." in told(await club.press("Mo", card, "Approve"))
    answer = told(await club.slash("Olga", "org map-role", role="reviewer", discord_role=role))
    assert answer == "From now on, Moderators counts as reviewer here."
    assert (await club.trail())[-1] == "Olga changed which Discord roles count as reviewer in Racing Club"
    await club.press("Mo", card, "Approve")
    assert "Approved by: Mo" in body(club.card(card))
    with club.unchanged():
        answer = told(await club.slash("Olga", "org map-role", role="reviewer", discord_role=role))
        assert answer == "Nothing was changed: Moderators counts as reviewer anyway."
    answer = told(await club.slash("Olga", "org map-role", role="reviewer", discord_role=role, counts=False))
    assert answer == "From now on, Moderators no longer counts as reviewer here."
    # Rae's role, which counts as the same, was left alone, and so was what Mo's counts as besides.
    assert "You may not review runs here." in told(await club.press("Mo", await club.hand_in("Ann"), "Approve"))
    assert "Audit trail" in told(await club.slash("Mo", "audit search"))
    with club.unchanged():
        answer = told(await club.slash("Olga", "org map-role", role="reviewer", discord_role=role, counts=False))
        assert answer == "Nothing was changed: Moderators does not count as reviewer anyway."


async def test_the_role_of_everybody_counts_as_nothing(club: People) -> None:
    everyone = club.stage.guild.default_role
    with club.unchanged():
        answer = told(await club.slash("Olga", "org map-role", role="organizer", discord_role=everyone))
        assert answer == "Everybody has the role @everyone, so it cannot stand for organizer."
