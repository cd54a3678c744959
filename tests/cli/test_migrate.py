"""``collab migrate``."""

from __future__ import annotations

import re
import sqlite3
import stat
from pathlib import Path

from tests.cli.processes import collab


def test_migrating(tmp_path: Path) -> None:
    for _ in range(2):
        done = collab("migrate", "--data-dir", tmp_path / "data")
        assert done.returncode == 0, done.stderr
        assert re.fullmatch(r"The database is at revision \w+\.\n", done.stdout)
    connection = sqlite3.connect(tmp_path / "data" / "collab.db")
    assert connection.execute("SELECT count(*) FROM documents").fetchone() == (0,)
    connection.close()
    assert stat.S_IMODE((tmp_path / "data" / "collab.db").stat().st_mode) == 0o600
