"""What organizers read of pools of seeds."""

from __future__ import annotations

from collections.abc import Sequence

from models import Seed
from services.notice import Field, Notice, line
from services.views import PoolView, SeedList
from services.words.language import count

GROUP = "Pools of seeds (organizers)"
CREATE_COMMAND = "Create a pool of seeds that racers are given one of"
EDIT_COMMAND = "Change a pool's name, notes and preset"
SEEDS_COMMAND = "Add seeds to a pool, one a line"
LIST_COMMAND = "List a tournament's pools, or the seeds of one"
RETIRE_COMMAND = "Give a seed to nobody any more; what was raced on it still counts"
RESTORE_COMMAND = "Give a retired seed to racers again"
DELETE_COMMAND = "Delete a pool of which nobody was given a seed"

WHICH = "Which pool"
WHICH_TO_LIST = "Which pool's seeds; all pools when left empty"
WHICH_PRESET = "Which of the community's presets its seeds were made with"
WHICH_SEED = "Which seed"
FILE = "The seeds as a text file, instead of a form"
A_SEED = "a seed"

TITLE_CREATE = "New pool"
TITLE_EDIT = "Edit pool"
TITLE_SEEDS = "Add seeds"
TITLE_DELETE = "Delete pool"
LABEL_NAME = "Name"
LABEL_NOTES = "Notes for its racers"
LABEL_PRESET = "Preset of the community"
LABEL_SEEDS = "Seeds: permalink | note"
LABEL_TYPE_ITS_NAME = "Type its name to delete it"
PLACEHOLDER_NAME = "Open"
PLACEHOLDER_PRESET = "None when left empty"
PLACEHOLDER_SEEDS = "https://seeds.example/1 | made by Olga\nhttps://seeds.example/2"

THE_NAME = "The name"
THE_NOTES = "The text of the notes"
GONE = "That pool is not there any more. /pool list shows what there is."
THAT_SEED_GONE = "That seed is not in this pool. Pick one from the list that appears while you type."
NO_SEEDS = "There is no seed in it. Write one a line: the permalink, and if you like | and a note."
NOT_TEXT = "The file is not text in UTF-8. Save it as that, or paste the seeds into the form."
NO_POOLS = "There is none yet. Organizers create one with /pool create."
EMPTY = "There is no seed in it yet. Add some with /pool seeds."
SEED_FILE = "seeds.txt"
RETIRED = "retired"


def ended(name: str) -> str:
    return f"{name} has ended, so its pools stay as they are."


def not_here(wanted: str, tournament: str) -> str:
    return f"{wanted} is not a pool of {tournament}. /pool list shows what there is."


def name_taken(name: str, tournament: str) -> str:
    return f"There is a pool called {name} in {tournament} already. Please choose another name."


def too_many_pools(tournament: str, most: int) -> str:
    return f"{tournament} has {most} pools already, and that is as many as fit."


def has_typed_runs(tournament: str) -> str:
    return f"Runs were handed in to {tournament} without a seed, so it goes on without pools."


def too_many_seeds(number: int, most: int) -> str:
    return f"That would make {count(number, 'seed')}, and at most {most} fit into a pool. Nothing was added."


def too_large(most: int) -> str:
    return f"That file is too large: at most {most // 1024} KiB fit."


def the_permalink(number: int) -> str:
    return f"The permalink in line {number}"


def the_note(number: int) -> str:
    return f"The note in line {number}"


def same_as(number: int, earlier: int) -> str:
    return f"Line {number} has the same permalink as line {earlier}. Nothing was added."


def there_already(number: int, pool: str) -> str:
    return f"Line {number}: that seed is in {pool} already. Nothing was added."


def was_given(pool: str) -> str:
    return f"Somebody was given a seed of {pool}, so it cannot be deleted. /pool retire takes seeds out of it."


def not_its_name(typed: str, name: str) -> str:
    return f"{typed} is not its name, so nothing was deleted. To delete it, type {name}."


def retired_before(pool: str) -> str:
    return f"That seed of {pool} is retired already."


def active_before(pool: str) -> str:
    return f"That seed of {pool} is given to racers already."


def created(name: str, tournament: str, seeds: int) -> str:
    how_on = "" if seeds else " Add some with /pool seeds."
    return f"{name} is a pool of {tournament} now, with {count(seeds, 'seed')}.{how_on}"


def saved(name: str) -> str:
    return f"{name} is saved."


def added(number: int, name: str) -> str:
    return f"{count(number, 'seed')} added to {name}."


def retired(name: str) -> str:
    return f"Nobody is given that seed of {name} any more. /pool restore takes that back."


def restored(name: str) -> str:
    return f"That seed of {name} is given to racers again."


def deleted(name: str) -> str:
    return f"{name} is deleted, with all its seeds."


def seed_choice(seed: Seed) -> str:
    """A seed as it stands in a list to pick from."""
    return f"{seed.permalink} · {seed.notes}" if seed.notes else seed.permalink


def pool_list(tournament: str, views: Sequence[PoolView]) -> Notice:
    """All pools of a tournament."""
    fields = tuple(Field(view.pool.name, line(_numbers(view)), inline=False) for view in views)
    return Notice(title=f"{tournament}: pools", lines=() if fields else (line(NO_POOLS),), fields=fields)


def seed_list(found: SeedList) -> Notice:
    """What stands above the seeds of a pool."""
    view = found.view
    lines = [line(_numbers(view))]
    if view.pool.notes:
        lines.append(line(view.pool.notes))
    if not found.seeds:
        lines.append(line(EMPTY))
    return Notice(title=f"{found.tournament.name}: {view.pool.name}", lines=tuple(lines))


def seed_lines(seeds: Sequence[Seed]) -> str:
    """The seeds of a pool, one a line: how often it was given, its permalink, its note."""
    return "\n".join(
        " | ".join(
            filter(None, [f"given {seed.given}", RETIRED if seed.retired_at else "", seed.permalink, seed.notes])
        )
        for seed in seeds
    )


def _numbers(view: PoolView) -> str:
    parts = [count(view.active, "seed"), f"given {count(view.given, 'time')}"]
    if view.retired:
        parts.insert(1, f"{view.retired} retired")
    if view.preset:
        parts.append(f"made with {view.preset}")
    return " · ".join(parts)
