"""State vectors: bytes and back, what is refused, and which covers which."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.crdt import covers, decode_state_vector, encode_state_vector
from collab.errors import MalformedUpdate
from tests.crdt import wire

VECTORS = st.dictionaries(st.integers(0, 2**53 - 1), st.integers(1, 2**31), max_size=20)


@given(VECTORS)
def test_decoding_undoes_encoding(vector: dict[int, int]) -> None:
    assert decode_state_vector(encode_state_vector(vector)) == vector


def test_the_bytes_are_those_of_yjs() -> None:
    assert encode_state_vector({1: 2, 300: 5}) == wire.uint(2) + wire.uint(300) + b"\5" + b"\1\2"


def test_a_client_of_which_nothing_is_known_is_left_out() -> None:
    assert decode_state_vector(b"\2\7\0\1\5") == {1: 5}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "too early"),
        (b"\1\7", "too early"),
        (b"\1\7\1\0", "behind its end"),
        (b"\1\7" + wire.uint(2**31 + 1), "clock"),
        (b"\1" + wire.uint(2**53) + b"\1", "2\\^53"),
        (b"\xff" * 160_000, "eight bytes"),
    ],
)
def test_damaged_bytes_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(MalformedUpdate, match=words):
        decode_state_vector(data)


@given(VECTORS, VECTORS)
def test_one_covers_another_if_it_knows_as_much_of_every_client(one: dict[int, int], other: dict[int, int]) -> None:
    both = {client: max(one.get(client, 0), other.get(client, 0)) for client in one.keys() | other.keys()}
    assert covers(both, one)
    assert covers(both, other)
    assert covers(one, other) == (both == one)
