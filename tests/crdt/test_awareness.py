"""Awareness messages: all entries or none, and only what every browser can read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.crdt import AwarenessEntry, decode_awareness, encode_awareness
from collab.crdt.awareness import MAX_ENTRIES
from collab.errors import MalformedAwareness, TooLarge, TooMany
from tests.crdt import wire

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)
ENTRIES = st.lists(
    st.builds(
        AwarenessEntry,
        st.integers(0, 2**53 - 1),
        st.integers(0, 2**31),
        st.builds(
            lambda value, ascii_: json.dumps(value, ensure_ascii=ascii_).encode("utf-8", "replace"), JSON, st.booleans()
        ),
    ),
    max_size=5,
)


def decode(data: bytes) -> list[AwarenessEntry]:
    return decode_awareness(data, max_state=10_000)


def message(*entries: tuple[int, int, str | bytes]) -> bytes:
    return wire.uint(len(entries)) + b"".join(
        wire.uint(client) + wire.uint(clock) + wire.string(state) for client, clock, state in entries
    )


@given(ENTRIES)
def test_decoding_undoes_encoding(entries: list[AwarenessEntry]) -> None:
    assert decode(encode_awareness(entries)) == entries


def test_the_bytes_are_those_of_y_protocols() -> None:
    assert encode_awareness([AwarenessEntry(300, 2, b'{"a":1}')]) == message((300, 2, '{"a":1}'))


@pytest.mark.parametrize(
    "state",
    [
        "NaN",
        '{"a":NaN}',
        "[Infinity]",
        "-Infinity",
        "undefined",
        "",
        "{",
        "{}{}",
        b'"\xff"',
        b'"\xed\xa0\x80"',
        "[" * 65 + "]" * 65,
    ],
)
def test_a_state_that_no_browser_reads_is_refused(state: str | bytes) -> None:
    with pytest.raises(MalformedAwareness):
        decode(message((1, 1, state)))


def test_a_bad_entry_spoils_the_good_ones() -> None:
    with pytest.raises(MalformedAwareness):
        decode(message((1, 1, "{}"), (2, 1, "NaN")))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "too early"),
        (message((1, 1, "{}"))[:-1], "too early"),
        (message((1, 1, "{}")) + b"\0", "behind its end"),
        (message((1, 2**70, "{}")), "integer"),
        (message((1, 2**31 + 1, "{}")), "clock"),
        (message((2**53, 1, "{}")), "2\\^53"),
        (b"\2" + message((1, 1, "{}"))[1:], "too early"),
    ],
)
def test_damaged_bytes_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(MalformedAwareness, match=words):
        decode(data)


def test_a_state_may_have_so_many_bytes_and_no_more() -> None:
    assert len(decode_awareness(message((1, 1, '"xx"')), max_state=4)) == 1
    with pytest.raises(TooLarge):
        decode_awareness(message((1, 1, '"xx"')), max_state=3)


def test_an_editor_may_tell_of_all_it_knew_and_no_more() -> None:
    def crowd(size: int) -> bytes:
        return message(*((client, 1, "null") for client in range(size)))

    assert len(decode(crowd(MAX_ENTRIES))) == MAX_ENTRIES
    with pytest.raises(TooMany):
        decode(crowd(MAX_ENTRIES + 1))
    with pytest.raises(TooMany):  # and what is only announced costs nothing
        decode(wire.uint(2**53 - 1))


@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    try:
        entries = decode(data)
    except (MalformedAwareness, TooLarge, TooMany):
        return
    assert decode(encode_awareness(entries)) == entries


def test_a_greater_clock_supersedes_and_of_equals_the_one_that_left() -> None:
    here, renewed, gone = AwarenessEntry(1, 5, b"{}"), AwarenessEntry(1, 6, b"{}"), AwarenessEntry(1, 5, b"null")
    assert here.supersedes(None)
    assert renewed.supersedes(here)
    assert not here.supersedes(renewed)
    assert gone.supersedes(here)
    assert not here.supersedes(gone)
    assert not here.supersedes(here)
    assert not gone.supersedes(gone)
    assert gone.is_gone
    assert not here.is_gone


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"1" + b"0" * 400, b"NaN"])
def test_a_number_that_is_not_finite_is_refused(number: bytes) -> None:
    """A browser would read it as infinite, and pass it on as null."""
    with pytest.raises(MalformedAwareness):
        decode_awareness(encode_awareness([AwarenessEntry(1, 1, b'{"at":' + number + b"}")]), max_state=1000)
