"""Many trials side by side, and what came of them."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TypeVar

from tests import postgres
from tests.database_file import DatabaseFile
from tests.trials.trial import Result, Trial, Trier

T = TypeVar("T")
R = TypeVar("R")

_trier: Trier | None = None


class Squad:
    """As many processes as there are processors, each with a world of its own. Make it before there is a thread."""

    def __init__(self, size: int | None = None) -> None:
        # In memory, where there is such a place: what is tried is death, and not the disk.
        memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made there
        self._folder = Path(tempfile.mkdtemp(prefix="trials-", dir=memory if memory.is_dir() else None))
        template = self._folder / "template.sqlite3"
        if postgres.CHOSEN:
            # One server for all that are forked from now on.
            postgres.server()
        # What is forked from now on shares what has been imported.
        gc.freeze()
        context = multiprocessing.get_context("fork")
        maker = context.Process(target=_make_template, args=(template,))
        maker.start()
        maker.join()
        assert DatabaseFile(template).exists()
        self._pool = context.Pool(size or os.cpu_count(), _begin, (self._folder, template))

    def each(self, work: Callable[[Trier, T], R], items: Sequence[T]) -> Iterator[R]:
        """What `work` returns for each item, as it comes. Both travel to another process."""
        return self._pool.imap_unordered(partial(_do, work), items)

    def trials(self, trials: Sequence[Trial]) -> Iterator[Result]:
        """Run all of `trials`."""
        return self.each(Trier.run, trials)

    def close(self, *, at_once: bool = False) -> None:
        """End when all is done, or leave undone what is not."""
        if at_once:
            self._pool.terminate()
        else:
            self._pool.close()
        self._pool.join()
        shutil.rmtree(self._folder, ignore_errors=True)


def _make_template(path: Path) -> None:
    """A migrated, empty database, from which each trial begins."""

    async def make() -> None:
        await DatabaseFile(path.with_name("first.sqlite3")).begin_with(path)

    asyncio.run(make())


def _begin(folder: Path, template: Path) -> None:
    global _trier  # noqa: PLW0603 - a pool's process has no other place
    _trier = Trier(folder, template)
    Finalize(_trier, _trier.close, exitpriority=1)


def _do(work: Callable[[Trier, T], R], item: T) -> R:
    assert _trier is not None
    return work(_trier, item)
