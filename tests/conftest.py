from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the migrated, empty database is once the first test has made it: to migrate takes long."""
    return tmp_path_factory.mktemp("template") / "empty.sqlite3"
