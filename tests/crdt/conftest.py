"""What the tests of the update format share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crdt.yjs import Judge


@pytest.fixture(scope="session")
def judge() -> Iterator[Judge]:
    """Real Yjs, running for the length of the test run."""
    with Judge() as judge:
        yield judge
