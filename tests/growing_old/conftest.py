"""A document of a hundred thousand edits, typed once for all tests."""

from __future__ import annotations

import pytest

from tests.growing_old.writing import Typist, Writing

LONG = 100_000


@pytest.fixture(scope="session")
def long_writing() -> Writing:
    """A hundred thousand edits of a letter each."""
    return Typist().type(LONG)
