"""``collab settings``."""

from __future__ import annotations

from collab.config import settings_table
from tests.cli.processes import invoke


def test_settings_are_printed_as_the_readme_holds_them() -> None:
    printed = invoke("settings")
    assert printed.exit_code == 0
    assert printed.stdout.strip() == settings_table().strip()
