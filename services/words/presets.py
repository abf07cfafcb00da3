"""What is said of presets."""

from __future__ import annotations

from collections.abc import Mapping

from models import Whose

GROUP = "Settings to race with"
CREATE_COMMAND = "Keep settings under a name; for the community: organizers"
EDIT_COMMAND = "Change a preset; what it was before is kept"
SHOW_COMMAND = "Show a preset"
LIST_COMMAND = "List your presets and the community's"
HISTORY_COMMAND = "Show a preset's versions, or what one of them changed"
DELETE_COMMAND = "Delete a preset with all its versions"
SHARE_COMMAND = "Post a preset here for all to see, or give it to the community (organizers)"

WHOSE_IT_IS = "Whose it is"
ITS_FILE = "The settings as a YAML file, instead of a form"
ITS_NAME = "Its name"
WHICH_PRESET = "Which preset"
AT_WHICH_VERSION = "How it was at that version"
WHAT_A_VERSION_CHANGED = "Show what this version changed"
WHO_GETS_IT = "Who gets it"

CHOICE: Mapping[Whose, str] = {Whose.MINE: "mine", Whose.COMMUNITY: "community"}
TO_THE_CHANNEL = "channel"
TO_THE_COMMUNITY = "community"
WHOSE: Mapping[Whose, str] = {Whose.MINE: "yours", Whose.COMMUNITY: "the community's"}

TITLE_CREATE = "New preset"
TITLE_EDIT = "Edit preset"
TITLE_DELETE = "Delete preset"
LABEL_NAME = "Name"
LABEL_TEXT = "Settings, in YAML"
LABEL_TYPE_ITS_NAME = "Type its name to delete it"
PLACEHOLDER_NAME = "Open, hard mode"
PLACEHOLDER_TEXT = "goal: ganon\nhints: [always, never]"
LABEL_COPY = "Copy to mine"

THE_NAME = "The name"
THAT_PRESET = "That preset"

NOT_THERE_TO_COPY = "That preset is not there any more, so it cannot be copied."
MAY_NOT_WRITE_HERE = "You may not write here, so Herald posts nothing here for you."
FILE_NOT_GIVEN_OUT = "Discord does not give the file out right now. Please try again in a moment."


def not_here(wanted: str) -> str:
    return f"{wanted} is not a preset here. /preset list shows what there is."


def two_of_that_name(name: str) -> str:
    return f"You have a preset called {name}, and the community has one too. Please pick one from the list."


def name_taken(name: str) -> str:
    return f"There is a preset called {name} already. Please choose another name."


def full(most: int) -> str:
    return f"There are {most} presets already, and that is as many as fit. Please delete one first."


def no_version(name: str, wanted: int, newest: int) -> str:
    return f"{name} has no version {wanted}; its newest is {newest}."


def unchanged(name: str, version: int) -> str:
    return f"Nothing has changed, so {name} stays at version {version}."


def not_its_name(typed: str, name: str) -> str:
    return f"{typed} is not its name, so nothing was deleted. To delete it, type {name}."


def shared_already(name: str) -> str:
    return f"{name} is among the community's presets already."


def yours_already(name: str) -> str:
    return f"{name} is among your presets already."


def another_of_that_name(name: str) -> str:
    return f"You have another preset called {name}. Please rename or delete that one first."


def tournament_ended(tournament: str) -> str:
    return f"{tournament} has ended, so it stays as it is."


def chosen_already(tournament: str, preset: str | None) -> str:
    return f"{tournament} is raced with {preset or 'no preset'} already."


def none_of_tournament(tournament: str) -> str:
    return f"{tournament} has no preset any more."


def too_long_for_a_form(name: str, longest: int) -> str:
    return (
        f"{name} is too long for a form, which takes {longest} characters. "
        "Get its file with /preset show, and hand in the changed one with the option file."
    )


def created(name: str, of: Whose) -> str:
    return f"{name} is kept, and is {WHOSE[of]}. Show it with /preset show."


def edited(name: str, version: int) -> str:
    return f"{name} is saved as version {version}."


def deleted(name: str) -> str:
    return f"{name} is deleted, with all its versions."


def shared(name: str) -> str:
    return f"{name} is among the community's presets now. Yours stays yours."


def copied(name: str) -> str:
    return f"{name} is among your presets now."


def nothing_before_it(name: str) -> str:
    return f"Version 1 of {name} is its first, so there is nothing before it."
