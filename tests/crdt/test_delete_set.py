"""Delete sets, against plain sets of (client, clock) pairs."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.crdt import DeleteSet, Span
from collab.errors import MalformedUpdate
from tests.crdt import wire

CLIENTS = st.sampled_from([1, 2, 2**53 - 1])


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start = draw(st.integers(0, 60))
    return draw(CLIENTS), start, start + draw(st.integers(1, 12))


SPANS = st.lists(spans(), max_size=50)
"""More than the set adds one by one, now and then."""


def members(spans: list[Span]) -> set[tuple[int, int]]:
    return {(client, clock) for client, start, end in spans for clock in range(start, end)}


@given(SPANS)
def test_it_holds_what_was_put_in(spans: list[Span]) -> None:
    held = DeleteSet(spans)
    assert members(list(held)) == members(spans)
    assert all(
        ((client, clock) in held) == ((client, clock) in members(spans)) for client in (1, 2) for clock in range(75)
    )
    assert bool(held) == bool(spans)


@given(SPANS)
def test_ranges_are_sorted_and_merged(spans: list[Span]) -> None:
    held = DeleteSet(spans)
    for ranges in held.ranges.values():
        assert all(start < end for start, end in ranges)
        assert all(one[1] < next_[0] for one, next_ in pairwise(ranges)), "neighbours are merged"
    assert len(held) == sum(map(len, held.ranges.values()))


@given(SPANS, SPANS)
def test_the_order_of_putting_in_does_not_count(some: list[Span], more: list[Span]) -> None:
    at_once, in_turn, one_by_one = DeleteSet(some + more), DeleteSet(more), DeleteSet()
    in_turn.update(some)
    for span in [*more, *some]:
        one_by_one.add(*span)
    assert at_once == in_turn == one_by_one
    twice = at_once.copy()
    twice.update(some)
    assert twice == at_once


@given(SPANS, spans())
def test_a_range_is_divided_into_what_is_there_and_what_is_missing(held: list[Span], asked: Span) -> None:
    deletes = DeleteSet(held)
    there, missing = list(deletes.overlaps(*asked)), list(deletes.missing(*asked))
    assert members(there) == members([asked]) & members(held)
    assert members(missing) == members([asked]) - members(held)
    assert there == sorted(there)
    assert missing == sorted(missing)


@given(SPANS)
def test_a_copy_lives_its_own_life(spans: list[Span]) -> None:
    original = DeleteSet(spans)
    twin = original.copy()
    assert twin == original
    twin.add(1, 1000, 1001)
    assert twin != original
    assert (1, 1000) not in original


@given(SPANS)
def test_decoding_undoes_encoding(spans: list[Span]) -> None:
    deletes = DeleteSet(spans)
    assert DeleteSet.decode(deletes.encode()) == deletes
    assert deletes.encode()[0] == len({client for client, _, _ in spans})


def test_the_bytes_are_those_of_yjs() -> None:
    deletes = DeleteSet([(1, 4, 6), (300, 0, 1), (1, 0, 2)])
    assert deletes.encode() == wire.deletes((300, [(0, 1)]), (1, [(0, 2), (4, 2)]))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "too early"),
        (wire.deletes((1, [(0, 1)]))[:-1], "too early"),
        (wire.deletes((1, [(0, 1)])) + b"\0", "behind its end"),
        (wire.deletes((1, [(0, 0)])), "range of 0"),
        (wire.deletes((1, [(0, 1)]), (1, [(4, 1)])), "twice"),
        (wire.deletes((1, [(2**31, 1)])), "clock"),
        (wire.deletes((1, [(1, 2**31)])), "clock"),
        (wire.deletes((2**53, [(0, 1)])), "2\\^53"),
    ],
)
def test_damaged_bytes_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(MalformedUpdate, match=words):
        DeleteSet.decode(data)
