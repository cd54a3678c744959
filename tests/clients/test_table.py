"""The README's table is the one that is tested: its rows, its columns, its dashes and its footnotes."""

from __future__ import annotations

import pytest

from tests.clients.behaviours import BEHAVIOURS
from tests.clients.clients import CLIENTS
from tests.clients.table import BEGIN, END, FAILS, table
from tests.parts import ROOT, node

ALL_HOLD = {(client.package, behaviour): True for client in CLIENTS for behaviour in BEHAVIOURS}


def shown() -> str:
    """What the README shows."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert BEGIN in readme
    return readme.partition(BEGIN)[2].partition(END)[0].strip()


@pytest.mark.node
def test_the_readme_shows_the_table() -> None:
    """A new version, client or behaviour: run ``python -m tests.clients`` and put what it prints into the README."""
    node()
    assert shown() == table(ALL_HOLD)


@pytest.mark.node
def test_what_does_not_hold_is_shown() -> None:
    node()
    assert table(ALL_HOLD).count(FAILS) == 0
    assert table({**ALL_HOLD, ("hocuspocus-2", "open"): False}).count(FAILS) == 1


def test_notes_are_of_behaviours_that_exist() -> None:
    assert {behaviour for client in CLIENTS for behaviour in {*client.lacks, *client.remarks}} <= set(BEHAVIOURS)
