"""Edits that wait: woken by what they wait for and by nothing else, and bounded."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.errors import TooLarge
from collab.rooms.held import Edit, HeldEdits
from tests.rooms.people import Person

AMPLE = 10**9


def edit(person: Person, update: bytes = b"x", receipt: bytes = b"") -> Edit:
    made = Edit(person.peer, update, typed=True)
    made.receipt = receipt
    return made


def test_an_edit_is_woken_when_a_clock_it_waits_for_is_reached() -> None:
    held, alice = HeldEdits(AMPLE), Person()
    waits = edit(alice)
    held.add(waits, {1: 5, 2: 7})
    assert held.wake(1, 4) == []
    assert held.wake(3, 100) == []
    assert held.wake(2, 7) == [waits]
    assert held.wake(1, 5) == [], "once"
    assert not held.waits(alice.peer)
    assert len(held) == 0


def test_those_that_wait_for_the_same_wake_in_the_order_they_came() -> None:
    held, alice, bob = HeldEdits(AMPLE), Person("alice"), Person("bob")
    edits = [edit(person) for person in (alice, bob, alice, bob)]
    for one in edits:
        held.add(one, {1: 5})
    assert held.wake(1, 9) == edits


def test_what_was_woken_may_wait_again() -> None:
    held, alice = HeldEdits(AMPLE), Person()
    waits = edit(alice)
    held.add(waits, {1: 5})
    held.wake(1, 5)
    held.add(waits, {1: 9})
    assert held.wake(1, 8) == []
    assert held.wake(1, 9) == [waits]


def test_who_leaves_takes_its_edits_along() -> None:
    held, alice, bob = HeldEdits(AMPLE), Person("alice"), Person("bob")
    hers, his = edit(alice), edit(bob)
    held.add(hers, {1: 5})
    held.add(his, {1: 5})
    held.leave(alice.peer)
    held.leave(alice.peer)
    assert not held.waits(alice.peer)
    assert held.wake(1, 5) == [his]


def test_all_may_be_woken() -> None:
    held, alice, bob = HeldEdits(AMPLE), Person("alice"), Person("bob")
    edits = [edit(alice), edit(bob), edit(alice)]
    for number, one in enumerate(edits):
        held.add(one, {number: 5})
    assert sorted(map(id, held.wake_all())) == sorted(map(id, edits))
    assert held.wake_all() == []
    assert held.wake(0, 9) == []


def test_the_limit_is_one_persons_own_and_says_so() -> None:
    held, alice, bob = HeldEdits(10_000), Person("alice"), Person("bob")
    held.add(edit(alice, b"x" * 6000), {1: 5})
    with pytest.raises(TooLarge, match="10000 bytes") as refused:
        held.add(edit(alice, b"x" * 6000), {1: 5})
    assert (refused.value.limit, refused.value.setting) == (10_000, "max_held_bytes")
    held.add(edit(bob, b"x" * 6000), {1: 5})
    assert len(held.wake(1, 5)) == 2
    held.add(edit(alice, b"x" * 6000), {1: 6})


def test_what_an_edit_costs_besides_its_bytes_counts_too() -> None:
    """Ten bytes on the wire are some hundred in memory; and the receipt of a y-websocket client is the edit once more."""
    alice = Person()
    assert edit(alice, b"").size >= 400
    assert edit(alice, b"x", receipt=b"y" * 1000).size >= 1400
    held = HeldEdits(100_000)

    def hold(count: int) -> None:
        for clock in range(count):
            held.add(edit(alice), {1: clock})

    hold(150)
    with pytest.raises(TooLarge):
        hold(150)


def test_those_that_wait_for_something_else_cost_nothing() -> None:
    held, alice = HeldEdits(AMPLE), Person()
    for clock in range(50_000):
        held.add(edit(alice), {1: clock + 1_000_000, 2: clock + 1_000_000})
    begun = time.thread_time()
    for clock in range(1000):
        assert held.wake(1, clock) == []
    assert time.thread_time() - begun < 0.1


def test_entries_of_edits_that_wait_no_more_do_not_pile_up() -> None:
    """Each waits for a client that moves and for one that never does."""
    held, alice = HeldEdits(AMPLE), Person()
    for clock in range(1, 20_000):
        held.add(edit(alice), {1: clock, 2: 10**9})
        assert len(held.wake(1, clock)) == 1
    assert held._entries < 5000


@given(
    st.lists(
        st.one_of(
            st.dictionaries(st.integers(0, 3), st.integers(1, 20), min_size=1, max_size=3),
            st.tuples(st.integers(0, 3), st.integers(1, 20)),
            st.just("leave"),
        ),
        max_size=50,
    )
)
def test_exactly_those_wake_whose_clock_is_reached(happened: list[dict[int, int] | tuple[int, int] | str]) -> None:
    held, alice, bob = HeldEdits(AMPLE), Person("alice"), Person("bob")
    model: dict[Edit, dict[int, int]] = {}
    for number, what in enumerate(happened):
        if isinstance(what, dict):
            one = edit((alice, bob)[number % 2])
            held.add(one, what)
            model[one] = what
        elif isinstance(what, tuple):
            client, clock = what
            woken = {one for one, missing in model.items() if missing.get(client, 99) <= clock}
            assert set(held.wake(client, clock)) == woken
            model = {one: missing for one, missing in model.items() if one not in woken}
        else:
            held.leave(alice.peer)
            model = {one: missing for one, missing in model.items() if one.peer is not alice.peer}
        for person in (alice, bob):
            assert held.waits(person.peer) == any(one.peer is person.peer for one in model)
        assert len(held) == len({one.peer for one in model})
