"""The short way finds exactly what the general way finds, or leaves it to the general way."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.crdt import DocumentState, run
from collab.errors import LimitExceeded, MalformedUpdate
from tests.crdt import wire
from tests.crdt.delivery import Delivery
from tests.crdt.logs import logs
from tests.crdt.mutants import Mutants
from tests.crdt.yjs import sessions


def glance_and_examine(state: DocumentState, update: bytes) -> bool:
    """Whether the short way was taken; it must then say what the general way says."""
    glanced = state.glance(update)
    if glanced is None:
        return False
    assert glanced == run(state.examine(update)), update.hex()
    return True


@given(logs())
def test_both_ways_agree_on_strange_logs(log: list[bytes]) -> None:
    state = DocumentState()
    for update in log:
        glance_and_examine(state, update)
        state.extend(update)
        assert not glance_and_examine(state, update), "what is known takes a closer look"


@pytest.mark.node
def test_both_ways_agree_on_real_sessions_and_their_mutants() -> None:
    taken = 0
    for session in sessions(2_000_000, 20):
        played = Delivery()
        for update in session.log:
            mutants = Mutants(Random(session.seed), [update], played.state.state_vector)
            taken += glance_and_examine(played.state, update)
            for _ in range(20):
                mutant = mutants.make()
                try:
                    run(played.state.examine(mutant))
                except (MalformedUpdate, LimitExceeded):
                    assert played.state.glance(mutant) is None, mutant.hex()
                else:
                    glance_and_examine(played.state, mutant)
            played.take(update)
    assert taken > 100


@pytest.mark.parametrize(
    "update",
    [
        wire.insertion(1, 5, wire.typed("x", origin=(1, 4))),
        wire.insertion(1, 5, wire.typed("é", origin=(1, 4), right=(2, 0))),
        wire.insertion(2, 3, wire.typed("😀", origin=(1, 4), right=(1, 1))),
        wire.insertion(3, 0, wire.typed("x", origin=(1, 4))),
        wire.update(deletes=wire.deletes((1, [(4, 1)]))),
        wire.update(deletes=wire.deletes((2, [(0, 3)]))),
    ],
)
def test_keystrokes_take_the_short_way(update: bytes) -> None:
    assert glance_and_examine(DocumentState({1: 5, 2: 3}), update)


@given(st.integers(0, 8), st.integers(0, 8), st.integers(0, 8))
def test_what_does_not_fit_takes_the_general_way(clock: int, origin: int, right: int) -> None:
    fits = clock == 5 and origin < 5 and right < 3
    update = wire.insertion(1, clock, wire.typed("x", origin=(1, origin), right=(2, right)))
    assert (DocumentState({1: 5, 2: 3}).glance(update) is not None) == fits


@given(st.integers(0, 8), st.integers(0, 5))
def test_a_deletion_that_is_known_or_early_takes_the_general_way(start: int, length: int) -> None:
    state = DocumentState({1: 7})
    state.deletes.add(1, 2, 4)
    fits = length > 0 and start + length <= 7 and not set(range(start, start + length)) & {2, 3}
    update = wire.update(deletes=wire.deletes((1, [(start, length)])))
    assert (state.glance(update) is not None) == fits
