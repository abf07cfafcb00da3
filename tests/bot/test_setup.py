"""/setup, and what becomes of a server's settings."""

from __future__ import annotations

import discord
from simcord import GuildHandle
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.demo.transcript import body, shown
from services.guilds import ChannelUse
from tests.bot.people import People, forget, inputs, labels, return_to, told

MAY_NOT = "Setting up Herald takes Discord's permission Manage Server, or being an owner or admin of the community."


async def let_everybody_run_setup(people: People, guild: GuildHandle | None = None) -> None:
    """As a server's integration settings can; the rule must hold without Discord hiding the command."""
    setup = next(c for c in await people.stage.bot.tree.fetch_commands() if c.name == "setup")
    guild = guild or people.stage.guild
    guild.set_command_permissions(setup, {guild.default_role: True})


async def open_panel(people: People, name: str = "Olga", *, at: str = "races") -> discord.Message:
    return shown(await people.slash(name, "setup", at=at))


def selects(panel: discord.Message) -> list[discord.SelectMenu]:
    rows = [row for row in panel.components if isinstance(row, discord.ActionRow)]
    return [item for row in rows for item in row.children if isinstance(item, discord.SelectMenu)]


async def test_who_may_not_manage_the_server_is_refused_privately(newcomers: People) -> None:
    await let_everybody_run_setup(newcomers)
    await newcomers.slash("Ann", "invite list")
    with newcomers.unchanged():
        assert told(await newcomers.slash("Ann", "setup")) == MAY_NOT
        assert told(await newcomers.craft("Ann", "herald:setup_new:")) == MAY_NOT
        answers = {"name": "Mine", "time_zone": "UTC"}
        assert told(await newcomers.craft("Ann", "herald:setup_create:", fields=answers)) == MAY_NOT


async def test_a_racer_cannot_change_settings_past_the_panel(club: People) -> None:
    await club.tournament(status="open")
    channel, role = club.stage.channels["races"].id, club.stage.roles["Reviewers"].id
    with club.unchanged():
        for action, value in (
            ("channel:review", channel),
            ("roles:organizer", role),
            ("page:roles", ""),
            ("rename:", ""),
        ):
            assert told(await club.craft("Ann", f"herald:setup_{action}", values=[value])) == MAY_NOT
        answers = {"name": "Mine", "time_zone": "UTC"}
        assert told(await club.craft("Ann", "herald:setup_edit:", fields=answers)) == MAY_NOT


async def test_the_panel_leads_from_nothing_to_a_community(newcomers: People) -> None:
    first = await newcomers.slash("Olga", "setup")
    assert told(first).splitlines() == [
        "Set up Herald",
        "Found a community for this server. It owns the tournaments that are run here.",
        "[New community]",
    ]
    panel = shown(first)
    form = await newcomers.press("Olga", panel, "New community")
    assert inputs(form) == {"name": "Racing Club", "time_zone": ""}
    refused = await newcomers.fill_in("Olga", form, name="Club", time_zone="Berlin")
    assert "“Berlin” is not a time zone I know. Write it like Europe/Berlin, America/New_York or UTC." in told(refused)
    assert newcomers.select("SELECT count(*) FROM organization") == [0]
    again = await newcomers.press("Olga", shown(refused), "Edit and try again")
    assert inputs(again) == {"name": "Club", "time_zone": "Berlin"}
    await newcomers.fill_in("Olga", again, name="Club", time_zone="Europe/Berlin")
    assert newcomers.events()[1:] == ["OrganizationCreated", "OrganizationMemberAdded", "DiscordGuildLinked"]
    assert body(newcomers.card(shown(refused))).startswith("Club\nTime zone: Europe/Berlin")
    panel = await open_panel(newcomers)
    assert labels(panel) == ["Staff channels", "Roles", "Name and time zone"]
    assert "Time zone: Europe/Berlin" in body(panel)
    assert body(panel).count("not chosen yet") == 5
    await newcomers.press("Olga", panel, "Staff channels")
    await newcomers.choose("Olga", panel, "setup_channel:review", newcomers.stage.channels["review"])
    await newcomers.press("Olga", panel, "Roles")
    await newcomers.choose("Olga", panel, "setup_roles:reviewer", newcomers.stage.roles["Reviewers"])
    panel = newcomers.card(panel)
    assert f"✅ <#{newcomers.stage.channels['review'].id}>" in body(panel)
    assert f"Counts as reviewer: <@&{newcomers.stage.roles['Reviewers'].id}>" in body(panel)
    await newcomers.press("Olga", panel, "Staff channels")
    await newcomers.choose("Olga", panel, "setup_channel:review")
    assert body(newcomers.card(panel)).count("not chosen yet") == 5
    assert newcomers.events()[-3:] == ["OrganizationUpdated"] * 3


async def test_the_panel_offers_a_channel_for_everything_on_pages_that_discord_takes(club: People) -> None:
    panel = await open_panel(club)
    offered: list[str] = []
    for page in ("Staff channels", "Roles", "Channels"):
        shown_now = club.card(panel)
        assert len(shown_now.components) <= 5
        assert "Name and time zone" in labels(shown_now)
        offered += [str(select.custom_id).removeprefix("herald:setup_") for select in selects(shown_now)]
        await club.press("Olga", panel, page)
    assert offered == [
        *(f"channel:{use}" for use in ChannelUse),
        *(f"roles:{role}" for role in ("organizer", "reviewer", "moderator")),
    ]
    await club.choose("Olga", panel, "setup_channel:result", club.stage.channels["races"])
    assert labels(club.card(panel)) == ["Staff channels", "Roles", "Name and time zone"]
    assert f"Results (approved runs, podiums): ✅ <#{club.stage.channels['races'].id}>" in body(club.card(panel))
    assert "Matches (scheduled, finished): not chosen yet: it goes to Announcements" in body(club.card(panel))
    assert (await club.trail())[-1] == "Olga set the result channel of Racing Club"


async def test_an_old_panel_does_not_found_a_second_community(newcomers: People) -> None:
    old, form = await open_panel(newcomers), await newcomers.slash("Olga", "setup")
    form = await newcomers.press("Olga", shown(form), "New community")
    await newcomers.fill_in("Olga", await newcomers.press("Olga", old, "New community"), name="Club", time_zone="UTC")
    panel = await open_panel(newcomers)
    with newcomers.unchanged():
        words = "This server is linked to Club already. Run /setup to see it."
        assert told(await newcomers.craft("Olga", "herald:setup_new:", message=panel)) == words
        late = await newcomers.fill_in("Olga", form, name="Another", time_zone="UTC")
        assert "This server is linked to a community already." in told(late)
        assert labels(shown(late)) == []


async def test_name_and_time_zone_are_edited_as_they_stand(club: People) -> None:
    panel = await open_panel(club)
    form = await club.press("Olga", panel, "Name and time zone")
    assert inputs(form) == {"name": "Racing Club", "time_zone": "Europe/Berlin"}
    refused = await club.fill_in("Olga", form, name="Racers", time_zone="Mars")
    assert "“Mars” is not a time zone I know." in told(refused)
    again = await club.press("Olga", shown(refused), "Edit and try again")
    assert inputs(again) == {"name": "Racers", "time_zone": "Mars"}
    await club.fill_in("Olga", again, name="Racers", time_zone="UTC")
    assert (await club.trail())[-1].startswith("Olga changed")
    assert club.select("SELECT name, time_zone FROM organization") == [("Racers", "UTC")]


async def test_permissions_that_herald_lacks_in_a_channel_are_named(club: People) -> None:
    review, bot = club.stage.channels["review"], club.stage.bot.user
    assert bot is not None
    denied = discord.Permissions(send_messages=True, read_message_history=True)
    club.stage.env.backend.set_overwrite(review.id, Overwrite(bot.id, OverwriteType.MEMBER, 0, denied.value))
    await club.stage.settle()
    panel = await open_panel(club)
    assert f"⚠️ <#{review.id}>: Herald lacks Send Messages, Embed Links, Read Message History there." in body(panel)


async def test_a_channel_that_was_deleted_shows_as_gone_and_can_be_replaced(club: People) -> None:
    club.stage.env.backend.delete_channel(club.stage.channels.pop("review").id)
    await club.stage.settle()
    panel = await open_panel(club)
    assert "this channel is gone, or Herald cannot see it. Please pick another." in body(panel)
    await club.press("Olga", panel, "Staff channels")
    chosen = [len(select.default_values) for select in selects(club.card(panel))]
    assert chosen == [0, 1], "Discord may refuse a panel that names what does not exist"
    await club.choose("Olga", panel, "setup_channel:review", club.stage.channels["races"])
    assert "gone" not in body(club.card(panel))


async def test_a_role_that_was_deleted_is_no_longer_offered_as_chosen(club: People) -> None:
    club.stage.env.backend.delete_role(club.stage.guild.id, club.stage.roles["Reviewers"].id)
    await club.stage.settle()
    panel = await open_panel(club)
    await club.press("Olga", panel, "Roles")
    panel = club.card(panel)
    assert [len(select.default_values) for select in selects(panel)] == [0, 0, 1]


async def test_a_channel_or_role_of_another_server_is_refused(club: People) -> None:
    zed = await club.elsewhere()
    channel, role = club.stage.channels["elsewhere"].id, zed.guild.create_role("Staff").id
    panel = await open_panel(club)
    with club.unchanged():
        answer = told(await club.craft("Olga", "herald:setup_channel:review", values=[channel], message=panel))
        assert "Herald does not see that channel in this server." in answer
        answer = told(await club.craft("Olga", "herald:setup_roles:reviewer", values=[role], message=panel))
        assert "One of these Discord roles does not exist in this server any more." in answer
        answer = told(await club.craft("Olga", "herald:setup_roles:owner", values=[], message=panel))
        assert "Discord roles cannot stand for owner." in answer


async def test_the_panel_works_after_a_restart(club: People) -> None:
    panel = await open_panel(club)
    await club.restart()
    await club.press("Olga", panel, "Roles")
    await club.choose("Olga", panel, "setup_roles:organizer", club.stage.roles["Moderators"])
    assert f"Counts as organizer: <@&{club.stage.roles['Moderators'].id}>" in body(club.card(panel))


async def test_a_second_server_is_linked_to_a_community_that_one_runs_and_to_no_other(club: People) -> None:
    await club.elsewhere()
    await club.second()
    offer = await club.slash("Olga too", "setup", at="second")
    assert "or link it to a community that you run" in told(offer)
    ours, theirs = club.select("SELECT id FROM organization ORDER BY id")
    with club.unchanged():
        answer = await club.craft("Olga too", "herald:setup_link:", values=[theirs], message=shown(offer), at="second")
        assert "A server can only be linked to a community of which you are an owner or admin." in told(answer)
        answer = await club.craft("Olga too", "herald:setup_link:", values=[], message=shown(offer), at="second")
        assert "another release" in told(answer)
    await club.choose("Olga too", shown(offer), "setup_link:", str(ours))
    assert body(club.card(shown(offer))).startswith("Racing Club\n")
    assert (await club.trail())[-1] == "Olga linked the server Second"
    await club.create()
    assert "Spring Cup" in told(await club.slash("Olga too", "tournament list", at="second"))
    with club.unchanged():
        answer = await club.craft("Olga too", "herald:setup_link:", values=[ours], message=shown(offer), at="second")
        assert "This server is linked to a community already. Run /setup to see it." in told(answer)


async def test_a_server_that_herald_was_removed_from_comes_back_with_its_settings(club: People) -> None:
    await club.create()
    linked = club.select("SELECT review_channel_id FROM guild_link")
    left = forget(club.stage, club.stage.guild)
    club.stage.env.backend.emit("GUILD_DELETE", {"id": str(club.stage.guild.id)})
    await club.stage.settle()
    assert club.events()[-1] == "DiscordGuildUnlinked"
    return_to(club.stage, left)
    await club.stage.settle()
    assert club.events()[-2:] == ["DiscordGuildUnlinked", "DiscordGuildLinked"]
    assert club.events().count("DiscordGuildUnlinked") == 1
    assert club.select("SELECT review_channel_id FROM guild_link") == linked
    assert "Spring Cup" in told(await club.slash("Olga", "tournament list"))
    assert "✅" in body(await open_panel(club))


async def test_an_old_panel_of_an_unlinked_server_is_refused_in_words(newcomers: People) -> None:
    panel = await open_panel(newcomers)
    words = "This server is not linked to a community any more. Run /setup and begin there."
    with newcomers.unchanged():
        assert told(await newcomers.craft("Olga", "herald:setup_rename:", message=panel)) == words
        for action, argument in (("channel", "review"), ("roles", "reviewer")):
            answer = told(await newcomers.craft("Olga", f"herald:setup_{action}:{argument}", message=panel))
            assert "This server is not linked to a community yet. Run /setup and begin there." in answer


async def test_a_removal_and_a_return_while_herald_was_away_are_noticed_once(club: People) -> None:
    left = forget(club.stage, club.stage.guild)
    for _ in range(2):
        await club.restart()
        assert club.events()[-1] == "DiscordGuildUnlinked"
    assert club.events().count("DiscordGuildUnlinked") == 1
    await club.stage.bot.close()
    return_to(club.stage, left)
    for _ in range(2):
        await club.restart()
        assert club.events()[-2:] == ["DiscordGuildUnlinked", "DiscordGuildLinked"]
    assert told(await club.slash("Olga", "tournament list")).startswith("Tournaments")
