"""What changes did, divided among them where their bytes are gone: it adds up, and what is a guess is known to be one."""

from __future__ import annotations

import random

import pytest

from collab.crdt import DeleteSet, DocumentState, Span
from collab.doctor.deeds import attribute
from collab.storage.patient import FoundChange
from tests.growing_old.writing import Typist
from tests.storage.samples import NOON

LOG = Typist(1, seed=6).type(40).log


def told(sequence: int, inserted: list[Span], deleted: list[Span]) -> FoundChange:
    ranges = DeleteSet(inserted).encode() + DeleteSet(deleted).encode()
    return FoundChange(sequence, 1, sequence, NOON, "alice", None, ranges, 0, None)


def history() -> tuple[dict[int, FoundChange], DocumentState]:
    state = DocumentState()
    changes = {}
    for sequence, update in enumerate(LOG, 1):
        extension = state.extend(update)
        changes[sequence] = told(sequence, list(extension.inserted), list(extension.deleted))
    return changes, state


def adds_up(deeds: dict[int, tuple[list[Span], list[Span]]], state: DocumentState) -> bool:
    """As ``collab doctor`` adds it up."""
    brought: dict[int, int] = {}
    deleted = DeleteSet()
    for sequence in sorted(deeds):
        for client, start, end in deeds[sequence][0]:
            assert brought.get(client, 0) == start
            brought[client] = end
        deleted.update(deeds[sequence][1])
    return (brought, deleted) == (state.state_vector, state.deletes)


def test_what_is_told_is_believed() -> None:
    changes, state = history()
    made = attribute(changes, state, len(LOG))
    assert made.guessed == set()
    assert adds_up(made.deeds, state)


@pytest.mark.parametrize("silent", range(1, len(LOG) + 1, 3))
def test_what_one_did_follows_from_what_the_others_did(silent: int) -> None:
    changes, state = history()
    whole = attribute(changes, state, len(LOG)).deeds
    del changes[silent]
    made = attribute(changes, state, len(LOG))
    assert (made.deeds, made.guessed) == (whole, set())


def test_what_several_did_is_a_guess_that_adds_up() -> None:
    chance = random.Random(1)
    for _ in range(50):
        changes, state = history()
        for sequence in chance.sample(sorted(changes), chance.randint(2, 20)):
            del changes[sequence]
        made = attribute(changes, state, len(LOG))
        assert adds_up(made.deeds, state)
        assert made.guessed
        assert not made.guessed & set(changes)


def test_nobody_is_believed_more_than_there_is() -> None:
    changes, state = history()
    changes[5] = told(5, [(1, 0, 1000), (77, 3, 9)], [(1, 0, 1000)])
    made = attribute(changes, state, len(LOG))
    assert adds_up(made.deeds, state)


def test_bytes_are_believed_before_words() -> None:
    changes, state = history()
    whole = attribute(changes, state, len(LOG)).deeds
    changes[5] = FoundChange(5, 1, 5, NOON, "alice", (LOG[4],), b"\0\0", 9, None)
    assert attribute(changes, state, len(LOG)).deeds == whole
