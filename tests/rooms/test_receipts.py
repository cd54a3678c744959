"""A receipt leaves when everything before it is on disk, in order, once; or never, where its count is over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.errors import Overloaded
from collab.rooms import receipts as module
from collab.rooms.receipts import Receipts
from tests.rooms.people import Person


def test_it_waits_for_the_disk() -> None:
    receipts, alice = Receipts(), Person()
    receipts.owe(alice.peer, 2, b"ack", 0)
    receipts.release(1)
    assert alice.sent == []
    receipts.release(2)
    assert alice.sent == [b"ack"]
    receipts.release(3)
    assert alice.sent == [b"ack"]
    assert len(receipts) == 0


def test_what_is_on_disk_already_is_receipted_at_once() -> None:
    receipts, alice = Receipts(), Person()
    receipts.owe(alice.peer, 0, b"nothing new", 0)
    receipts.release(5)
    receipts.owe(alice.peer, 5, b"old", 0)
    assert alice.sent == [b"nothing new", b"old"]


def test_those_of_one_commit_are_one_write_to_each() -> None:
    receipts, alice, bob = Receipts(), Person("alice"), Person("bob")
    for position in range(1, 4):
        receipts.owe(alice.peer, position, b"a%d" % position, 0)
        receipts.owe(bob.peer, position, b"b%d" % position, 0)
    receipts.release(2)
    receipts.release(3)
    assert alice.sent == [b"a1a2", b"a3"]
    assert bob.sent == [b"b1b2", b"b3"]


def test_those_of_a_count_that_is_over_are_void() -> None:
    receipts, alice = Receipts(), Person()
    receipts.owe(alice.peer, 1, b"before", 0)
    alice.peer.count.generation += 1
    receipts.owe(alice.peer, 1, b"late", 0)
    receipts.owe(alice.peer, 1, b"after", 1)
    receipts.release(1)
    assert alice.sent == [b"after"]


def test_a_frame_that_gets_none_is_not_remembered() -> None:
    receipts, alice = Receipts(), Person()
    receipts.owe(alice.peer, 1, b"", 0)
    assert len(receipts) == 0


def test_there_is_an_end_to_what_is_owed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames that bring nothing new fill no other queue while the disk stands still."""
    monkeypatch.setattr(module, "_MOST_OWED", 3)
    receipts, alice = Receipts(), Person()
    for _ in range(3):
        receipts.owe(alice.peer, 1, b"ack", 0)
    with pytest.raises(Overloaded):
        receipts.owe(alice.peer, 1, b"ack", 0)


@given(st.lists(st.tuples(st.sampled_from(["edit", "nothing new", "step1", "commit"]), st.integers(0, 1)), max_size=60))
def test_whatever_happens_each_counted_frame_is_receipted_once_in_order_and_never_early(
    happened: list[tuple[str, int]],
) -> None:
    receipts, people = Receipts(), [Person("alice"), Person("bob")]
    position = committed = 0
    owed: list[list[tuple[int, bytes]]] = [[], []]
    received = [b"", b""]
    for number, (what, who) in enumerate(happened):
        person = people[who]
        if what == "commit":
            committed = position
            receipts.release(committed)
        elif what == "step1":
            person.peer.count.generation += 1
            owed[who].clear()
        else:
            position += what == "edit"
            frame = b"<%d>" % number
            receipts.owe(person.peer, position, frame, person.peer.count.generation)
            owed[who].append((position, frame))
        for index, one in enumerate(people):
            due = b"".join(frame for at, frame in owed[index] if at <= committed)
            owed[index] = [(at, frame) for at, frame in owed[index] if at > committed]
            received[index] += due
            assert b"".join(one.sent) == received[index]
