"""What readers open, laid beside what it is made of."""

from __future__ import annotations

import pytest

from collab.crdt import DeleteSet, squash, tombstone
from collab.doctor.forms import served_fault, state_of
from tests.growing_old.writing import Typist


def test_what_readers_open(log_of_one: list[bytes]) -> None:
    squashed = squash(log_of_one)
    made = tombstone(squashed)
    assert squashed != made
    assert served_fault(made, squashed) is None
    assert served_fault(squashed, squashed) == "what readers open holds deleted content"
    everything_gone = DeleteSet((client, 0, clock) for client, clock in state_of(squashed).state_vector.items())
    assert (
        served_fault(squash([made, b"\0" + everything_gone.encode()]), squashed)
        == "what readers open has other deletions"
    )
    assert served_fault(squash(log_of_one[:-30]), squashed) == "what readers open has another state vector"
    blank = tombstone(squash([squashed, b"\0" + everything_gone.encode()]))
    deletes = state_of(squashed).deletes
    lacking = blank[: -len(everything_gone.encode())] + deletes.encode()
    assert served_fault(lacking, squashed) == "what readers open lacks content"
    assert served_fault(made.replace(b"b", b"z"), squashed) == "what readers open has other content"


@pytest.fixture
def log_of_one() -> list[bytes]:
    return list(Typist(seed=5).type(200).log)
