"""From stored bytes to a document's state, or to the word that they are damaged."""

from __future__ import annotations

import pytest

from collab.crdt import DeleteSet, DocumentState, Extension, encode_state_vector, run
from collab.errors import DocumentUnreadable
from collab.rooms.replay import checkpoint_state, replaying
from collab.storage.base import Checkpoint, StoredChange, StoredDocument
from tests.rooms.house import Writer


def stored(*changes: tuple[bytes, ...]) -> StoredDocument:
    tail = tuple(StoredChange(number, "alice", 0, updates) for number, updates in enumerate(changes, 1))
    return StoredDocument("notes", "", "lineage", len(changes), None, tail)


def replay(document: StoredDocument, state: DocumentState) -> list[tuple[int, Extension]]:
    """What each change brought."""
    taken: list[tuple[int, Extension]] = []
    run(replaying(document, state, lambda number, extension: taken.append((number, extension))))
    return taken


def checkpoint(state_vector: bytes, delete_set: bytes) -> Checkpoint:
    return Checkpoint(7, state_vector, delete_set, b"\0\0", b"\0\0")


async def test_a_tail_is_replayed_in_its_order_on_top_of_the_checkpoint() -> None:
    hers = Writer(1)
    first, second, third, fourth = hers.type("abc"), hers.type("d"), hers.erase(0), hers.type("e")
    state = await checkpoint_state(None)
    taken = replay(stored((first,), (second, third), (fourth,)), state)
    assert [number for number, _ in taken] == [1, 2, 2, 3]
    assert (state.state_vector, list(state.deletes)) == ({1: 5}, [(1, 0, 1)])

    again = await checkpoint_state(checkpoint(encode_state_vector({1: 4}), DeleteSet([(1, 0, 1)]).encode()))
    assert [extension.news for _, extension in replay(stored((fourth,)), again)] == [fourth]
    assert (again.state_vector, again.deletes) == (state.state_vector, state.deletes)


async def test_what_was_logged_twice_brings_nothing_the_second_time() -> None:
    """Two nodes may log the same edit."""
    typed = Writer(1).type("abc")
    state = await checkpoint_state(None)
    assert [extension.news for _, extension in replay(stored((typed,), (typed,)), state)] == [typed, None]


@pytest.mark.parametrize("damage", [b"", b"\xff", b"\1\1\1\0"])
async def test_a_damaged_change_is_named(damage: bytes) -> None:
    state = await checkpoint_state(None)
    with pytest.raises(DocumentUnreadable, match="change 2 of 'notes' is damaged"):
        replay(stored((Writer(1).type("a"),), (damage,)), state)


async def test_a_change_that_depends_on_what_is_not_there_is_named() -> None:
    hers = Writer(1)
    hers.type("lost")
    document = stored((hers.type("late"),))
    state = await checkpoint_state(None)
    with pytest.raises(DocumentUnreadable, match="change 1 of 'notes' depends on what is not there"):
        replay(document, state)


@pytest.mark.parametrize(("vector", "deletes"), [(b"\xff", b"\0"), (b"\0", b"\xff"), (b"\0\0", b"\0"), (b"", b"")])
async def test_a_damaged_checkpoint_is_named(vector: bytes, deletes: bytes) -> None:
    with pytest.raises(DocumentUnreadable, match="checkpoint at change 7"):
        await checkpoint_state(checkpoint(vector, deletes))
