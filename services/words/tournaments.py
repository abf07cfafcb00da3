"""What is said of tournaments; how one is shown stands in `tournament_cards`."""

from __future__ import annotations

from collections.abc import Mapping

from models import TournamentStatus, TournamentType
from services.words.language import count

STATUS: Mapping[str, str] = {
    TournamentStatus.DRAFT: "draft",
    TournamentStatus.OPEN: "open",
    TournamentStatus.RUNNING: "running",
    TournamentStatus.ENDED: "ended",
}
TYPE: Mapping[str, str] = {
    TournamentType.SPEEDRUN: "speedrun",
    TournamentType.RANDOMIZER: "randomizer",
    TournamentType.SIM_RACING: "sim racing",
    TournamentType.OTHER: "other",
}

GROUP = "Race tournaments"
CREATE_COMMAND = "Create a tournament (organizers)"
EDIT_COMMAND = "Edit a tournament (organizers)"
OPEN_COMMAND = "Open sign-up, so that racers can join (organizers)"
START_COMMAND = "Start a tournament, so that racers can hand in runs (organizers)"
END_COMMAND = "End a tournament and announce its podium (organizers)"
PRESET_COMMAND = "Say which of the community's presets a tournament is raced with (organizers)"
DELETE_COMMAND = "Delete a tournament with all its runs (organizers)"
INFO_COMMAND = "Show a tournament"
PANEL_COMMAND = "Post a tournament's panel with its Join button here, for all to see"
LIST_COMMAND = "List the tournaments here"
JOIN_COMMAND = "Race in a tournament"
LEAVE_COMMAND = "Leave a tournament that you have joined"
BOARD_COMMAND = "Pin the leaderboard here, where it follows the results (organizers)"
LEADERBOARD_COMMAND = "Show who is where"

WHICH = "Which tournament"
WHICH_TYPE = "What kind of racing it is"
WHICH_PRESET = "Which preset; none when left empty"

TITLE_CREATE = "New tournament"
TITLE_EDIT = "Edit tournament"
TITLE_DELETE = "Delete tournament"
LABEL_NAME = "Name"
LABEL_DESCRIPTION = "What is it about?"
LABEL_SEED = "Seed, permalink or track"
LABEL_TYPE_ITS_NAME = "Type its name to delete it"
PLACEHOLDER_NAME = "Spring Cup"
PLACEHOLDER_SEED = "https://… or a hash; racers see it when the tournament starts"

THE_NAME = "The name"
THE_DESCRIPTION = "The description"
THE_SEED = "The seed"
THE_SEED_LINK = "The seed's link"
THAT_TOURNAMENT = "That tournament"


def not_here(wanted: str) -> str:
    return f"{wanted} is not a tournament here. /tournament list shows what there is."


def name_taken(name: str) -> str:
    return f"There is a tournament called {name} already. Please choose another name."


def stays_as_it_is(name: str) -> str:
    return f"{name} has ended, so it stays as it is."


def opened_before(name: str, status: TournamentStatus) -> str:
    return f"{name} is {STATUS[status]} already, so its sign-up cannot be opened again."


def open_it_to_start(name: str) -> str:
    return f"{name} is still a draft. Open it with /tournament open, so that racers can join."


def started_before(name: str, status: TournamentStatus) -> str:
    return f"{name} is {STATUS[status]}: it was started before."


def nobody_joined(name: str) -> str:
    return f"Nobody has joined {name} yet, so it cannot start."


def ended_before(name: str) -> str:
    return f"{name} has ended already."


def not_started(name: str) -> str:
    return f"{name} has not started yet."


def left_out_by_end(name: str, *, runs: int, races: int) -> str:
    """Why a tournament does not end without a question."""
    waiting = [f"{count(runs, 'run')} in {name} still wait for review."] if runs else []
    begun = [f"{count(races, 'race')} in {name} {'is' if races == 1 else 'are'} not handed in yet."] if races else []
    return " ".join([*waiting, *begun])


def not_its_name(typed: str, name: str) -> str:
    return f"{typed} is not its name, so nothing was deleted. To delete it, type {name}."


def sign_up_not_open(name: str) -> str:
    return f"Sign-up for {name} is not open yet."


def in_it_already(name: str) -> str:
    return f"You are in {name} already."


def not_in_it(name: str) -> str:
    return f"You are not in {name}."


def racers_stay(name: str) -> str:
    return f"{name} has ended, so its list of racers stays as it is."


def run_handed_in(name: str) -> str:
    """Why somebody cannot leave."""
    return f"You have handed in a run in {name}, so you cannot leave it."


def race_begun(name: str) -> str:
    """Why somebody cannot leave."""
    return f"You were given a seed in {name}, so you cannot leave it."


def open_it_to_post(name: str) -> str:
    return f"{name} is still a draft. Open it first with /tournament open."


def nobody_can_join(name: str) -> str:
    return f"{name} has ended, so nobody can join it any more."


def created(name: str) -> str:
    return f"{name} is created as a draft. Open its sign-up with /tournament open."


def saved(name: str) -> str:
    return f"{name} is saved."


def opened(name: str) -> str:
    return f"{name} is open: racers can join now."


def started(name: str) -> str:
    return f"{name} has started: racers can hand in runs now."


def ended(name: str) -> str:
    return f"{name} has ended."


def preset_chosen(name: str, preset: str | None) -> str:
    return f"{name} is raced with {preset or 'no preset'} now."


def deleted(name: str) -> str:
    return f"{name} is deleted, with all its runs."


def joined(name: str, status: TournamentStatus, *, in_pools: bool) -> str:
    if status is TournamentStatus.RUNNING:
        how = "Start a race with /race start" if in_pools else "Hand in your time with /race submit"
        return f"You are in {name}. {how}."
    what = "start a race" if in_pools else "hand in your time"
    return f"You are in {name}. You can {what} once it has started."


def left(name: str) -> str:
    return f"You have left {name}."
