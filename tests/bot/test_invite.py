"""/invite, and the invitations in people's DMs."""

from __future__ import annotations

from typing import Any

import pytest

from bot.demo.transcript import body
from tests.bot.people import People, labels, told

HOUR = 3600


async def test_an_invited_person_gets_a_dm_and_accepts_there(club: People) -> None:
    answer = told(await club.slash("Olga", "invite create", role="reviewer", person=club.stage.people["Ann"]))
    assert answer.startswith("Invited\nAnn gets a DM with the invitation, open until ")
    await club.stage.settle()
    dm = club.stage.dms("Ann")[-1]
    assert body(dm).startswith("Invitation to Racing Club\nOlga invites you to join Racing Club as reviewer.\n")
    assert labels(dm) == ["Accept", "Decline"]
    await club.restart()
    await club.press("Ann", dm, "Accept")
    assert "You accepted it." in body(club.card(dm))
    assert labels(club.card(dm)) == []
    assert club.events()[-2:] == ["InviteAccepted", "OrganizationMemberAdded"]


@pytest.mark.parametrize("action", ["accept", "decline"])
async def test_a_second_press_changes_nothing_and_says_so(club: People, action: str) -> None:
    dm = await club.invite("Ann")
    await club.press("Ann", dm, "Decline")
    assert "You declined it." in body(club.card(dm))
    assert club.events()[-1] == "InviteRejected"
    number = club.select("SELECT max(id) FROM invite")[0]
    with club.unchanged():
        answer = told(await club.slash("Ann", f"invite {action}", invite=f"#{number}"))
        assert answer == "This invite to Racing Club was rejected already."
        late = await club.craft("Ann", f"herald:{action}:{number}", message=dm)
        assert [reply.content for reply in late.followups] == ["This invite to Racing Club was rejected already."]


async def test_an_invitation_is_answered_by_command(club: People) -> None:
    await club.invite("Ann", "moderator")
    await club.invite("Bo")
    assert await club.types("Ann", "invite accept", "invite") == ["Racing Club as moderator"]
    offered = await club.stage.people["Ann"].autocomplete(club.stage.channels["races"], "invite accept", "invite", "")
    answer = told(await club.slash("Ann", "invite accept", invite=offered[0]["value"]))
    assert answer == "Welcome to Racing Club! You are moderator now."
    offered = await club.stage.people["Bo"].autocomplete(club.stage.channels["races"], "invite decline", "invite", "")
    answer = told(await club.slash("Bo", "invite decline", invite=offered[0]["value"]))
    assert answer == "You have declined the invitation to Racing Club."
    with club.unchanged():
        answer = told(await club.slash("Bo", "invite decline", invite="ABCDEFGHJK"))
        assert answer == "Pick an invitation from the list that appears while you type."


async def test_a_code_lets_in_as_many_as_it_says(club: People) -> None:
    code = await club.code(uses=2)
    await club.slash("Mo", "tournament list")
    for name in ("Ann", "Bo"):
        answer = told(await club.slash(name, "invite accept", invite=f" {code.lower()} "))
        assert answer == "Welcome to Racing Club! You are racer now."
    with club.unchanged():
        answer = told(await club.slash("Mo", "invite accept", invite=code))
        assert answer == "This invite to Racing Club was accepted already."
        answer = told(await club.slash("Mo", "invite accept", invite="NOSUCHCODE"))
        assert answer == "No invite has that code. Please check it, or ask for a new one."
        assert told(await club.slash("Ann", "invite accept", invite=code)).startswith("This invite")


async def test_somebody_elses_invitation_is_out_of_reach(club: People) -> None:
    dm = await club.invite("Ann")
    number = club.select("SELECT max(id) FROM invite")[0]
    await club.slash("Bo", "tournament list")
    with club.unchanged():
        for command in ("accept", "decline"):
            answer = told(await club.slash("Bo", f"invite {command}", invite=f"#{number}"))
            assert "There is no such invite for you." in answer
            assert "no such invite for you" in told(await club.craft("Bo", f"herald:{command}:{number}"))
        assert await club.types("Bo", "invite accept", "invite") == []
    assert labels(club.card(dm)) == ["Accept", "Decline"]


async def test_what_cannot_be_offered_is_refused_in_words(club: People) -> None:
    await club.press("Ann", await club.invite("Ann", "organizer"), "Accept")
    await club.slash("Bo", "tournament list")
    bot = club.stage.guild.add_member(club.stage.env.create_user("beep", bot=True))
    ann, bo = club.stage.people["Ann"], club.stage.people["Bo"]
    refusals: list[tuple[str, dict[str, Any], str]] = [
        ("Ann", {"role": "organizer", "person": bo}, "You can only invite to roles below your own"),
        ("Ann", {"role": "admin"}, "You can only invite to roles below your own, and admin is not."),
        (
            "Olga",
            {"role": "racer", "person": ann},
            "Ann is organizer there already, which is as high as racer or higher, so this invite has no use.",
        ),
        ("Olga", {"role": "racer", "person": bot}, "Bots cannot race. Pick a person."),
        ("Bo", {"role": "racer"}, "You may not manage invites here."),
    ]
    with club.unchanged():
        for who, options, words in refusals:
            assert words in told(await club.slash(who, "invite create", **options))


async def test_a_person_is_invited_once_at_a_time(club: People) -> None:
    await club.invite("Ann")
    with club.unchanged():
        answer = told(await club.slash("Olga", "invite create", role="reviewer", person=club.stage.people["Ann"]))
        assert answer == "Ann has an invite that waits for an answer already."


async def test_an_invitation_is_withdrawn_and_cannot_be_accepted_any_more(club: People) -> None:
    dm = await club.invite("Ann")
    assert await club.types("Olga", "invite revoke", "invite") == ["Ann as racer"]
    assert await club.types("Ann", "invite revoke", "invite") == []
    number = club.select("SELECT max(id) FROM invite")[0]
    with club.unchanged():
        assert "You may not manage invites" in told(await club.slash("Ann", "invite revoke", invite=f"#{number}"))
    assert told(await club.slash("Olga", "invite revoke", invite=f"#{number}")) == "The invitation is withdrawn."
    assert club.events()[-1] == "InviteExpired"
    before = club.dump()
    answer = told(await club.slash("Olga", "invite revoke", invite=f"#{number}"))
    assert answer == "That invite is revoked already."
    assert "was revoked already" in "\n".join(
        reply.content for reply in (await club.press("Ann", dm, "Accept")).followups
    )
    assert "It was withdrawn." in body(club.card(dm))
    assert club.dump() == before


async def test_an_expired_invitation_is_ended_once_and_says_so(club: People) -> None:
    await club.slash("Olga", "invite create", role="racer", person=club.stage.people["Ann"], hours=1)
    await club.stage.settle()
    dm = club.stage.dms("Ann")[-1]
    await club.stage.env.advance_time(HOUR + 1)
    await club.stage.settle()
    assert club.events().count("InviteExpired") == 1
    await club.stage.env.advance_time(HOUR)
    await club.restart()
    assert club.events().count("InviteExpired") == 1
    before = club.dump()
    late = await club.press("Ann", dm, "Accept")
    assert [reply.content for reply in late.followups] == [
        "This invite to Racing Club has expired. Please ask for a new one."
    ]
    assert "It has expired." in body(club.card(dm))
    assert club.dump() == before
    assert "No invitation waits for an answer." in told(await club.slash("Ann", "invite list"))


async def test_the_list_shows_ones_own_and_to_organizers_all(club: People) -> None:
    await club.invite("Ann")
    code = await club.code("moderator", uses=3)
    mine = told(await club.slash("Ann", "invite list"))
    assert mine.startswith("Invitations\nFor you: Racing Club as racer, until ")
    assert code not in mine
    everything = told(await club.slash("Olga", "invite list"))
    assert "Ann as racer, until" in everything
    assert f"code {code} as moderator, used 0 of 3 times, until" in everything


async def test_outside_a_server_only_ones_own_invitations_can_be_answered(club: People) -> None:
    await club.invite("Ann")
    ann = club.stage.user("Ann")
    with club.unchanged():
        answer = told(await ann.slash("invite create", role="racer"))
        assert answer.startswith("This only works in a server where Herald is set up.")
    number = club.select("SELECT max(id) FROM invite")[0]
    assert told(await ann.slash("invite accept", invite=f"#{number}")) == "Welcome to Racing Club! You are racer now."
