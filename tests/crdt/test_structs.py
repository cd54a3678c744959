"""Structs: reading one, splitting it, blanking it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.crdt.steps import run
from collab.crdt.structs import Struct, blanked, read_struct, split
from tests.crdt import wire


def read(data: bytes, client: int = 7, clock: int = 10) -> Struct:
    struct, end = run(read_struct(b"." + data + b"behind", 1, client, wire.uint(client), clock))
    assert end == 1 + len(data)
    return struct


@pytest.mark.parametrize(
    ("data", "length"),
    [
        (wire.run_of(wire.GC, 5), 5),
        (wire.run_of(wire.SKIP, 5), 5),
        (wire.item(wire.DELETED, wire.uint(300)), 300),
        (wire.item(wire.JSON, wire.jsons("1", "undefined")), 2),
        (wire.item(wire.BINARY, wire.string(b"\xff")), 1),
        (wire.typed("ab"), 2),
        (wire.typed("é"), 1),
        (wire.typed("a😀"), 3),
        (wire.item(wire.EMBED, wire.string("{}")), 1),
        (wire.item(wire.FORMAT, wire.string("bold") + wire.string("null")), 1),
        (wire.item(wire.TYPE, wire.uint(wire.XML_ELEMENT) + wire.string("p")), 1),
        (wire.item(wire.ANY, wire.anys(*[wire.ANY_NULL] * 200)), 200),
        (wire.item(wire.DOC, wire.string("guid") + wire.any_object()), 1),
    ],
)
def test_a_length_is_in_utf_16_units_or_values(data: bytes, length: int) -> None:
    struct = read(data)
    assert (struct.clock, struct.length, struct.end) == (10, length, 10 + length)
    assert struct.raw == data
    assert struct.kind == data[0] & 31


@pytest.mark.parametrize("client", [7, 300, 2**53 - 1])
def test_what_it_depends_on_is_read(client: int) -> None:
    own, other = (client, 3), (8, 2**31 - 1)
    both = read(wire.typed("a", origin=own, right=other), client)
    assert (both.origin, both.right_origin, both.parent) == (own, other, None)
    swapped = read(wire.typed("a", origin=other, right=own), client)
    assert (swapped.origin, swapped.right_origin) == (other, own)
    child = read(wire.item(wire.ANY, wire.anys(wire.ANY_NULL), parent=own, key="k"), client)
    assert (child.origin, child.right_origin, child.parent) == (None, None, own)
    assert read(wire.typed("a"), client).parent is None
    assert both.raw[: both.body] + wire.string("a") == both.raw


SPLITTABLE = st.one_of(
    st.text("aé文😀", min_size=2, max_size=12).map(wire.typed),
    st.text("aé文😀", min_size=2, max_size=12).map(lambda text: wire.typed(text, origin=(8, 4), right=(9, 0))),
    st.integers(2, 12).map(lambda length: wire.item(wire.DELETED, wire.uint(length), right=(8, 4))),
    st.integers(2, 12).map(lambda length: wire.run_of(wire.GC, length)),
    st.lists(st.sampled_from([wire.ANY_NULL, wire.any_deep(3), wire.any_string("é")]), min_size=2, max_size=6).map(
        lambda values: wire.item(wire.ANY, wire.anys(*values), parent=(8, 1), key="k")
    ),
    st.lists(st.sampled_from(["1", "undefined", '["é"]']), min_size=2, max_size=6).map(
        lambda texts: wire.item(wire.JSON, wire.jsons(*texts))
    ),
)


@given(SPLITTABLE, st.data())
def test_the_parts_of_a_struct_are_structs_that_follow_each_other(data: bytes, more: st.DataObject) -> None:
    whole = read(data)
    offsets = sorted(more.draw(st.sets(st.integers(1, whole.length - 1), min_size=1))) if whole.length > 1 else []
    parts = split(whole, offsets)
    assert [part.clock - whole.clock for part in parts] == [0, *offsets]
    assert sum(part.length for part in parts) == whole.length
    for part in parts:
        reread = read(part.raw, clock=part.clock)
        assert (reread.length, reread.origin, reread.right_origin, reread.parent, reread.body) == (
            part.length,
            part.origin,
            part.right_origin,
            part.parent,
            part.body,
        )
        assert part.right_origin == whole.right_origin
    assert (parts[0].origin, parts[0].parent) == (whole.origin, whole.parent)
    if whole.kind != wire.GC:
        assert [part.origin for part in parts[1:]] == [(7, part.clock - 1) for part in parts[1:]]


@given(st.text("aé文😀", min_size=2, max_size=12), st.data())
def test_text_is_split_as_yjs_splits_it(text: str, data: st.DataObject) -> None:
    """Both halves of a split emoji become U+FFFD (Yjs ``ContentString.splice``)."""
    units = [
        text.encode("utf-16-le")[place : place + 2] for place in range(0, 2 * len(text.encode("utf-16-le")) // 2, 2)
    ]
    whole = read(wire.typed(text))
    if whole.length < 2:
        return
    offset = data.draw(st.integers(1, whole.length - 1))
    left, right = (b"".join(part).decode("utf-16-le", "replace") for part in (units[:offset], units[offset:]))
    parts = [part.raw[part.body :] for part in split(whole, [offset])]
    assert parts == [wire.string(left), wire.string(right)]


def test_an_emoji_splits_into_two_replacement_characters() -> None:
    left, right = split(read(wire.typed("😀")), [1])
    assert left.raw == wire.typed("\ufffd")
    assert right.raw == wire.typed("\ufffd", origin=(7, 10))


def test_what_has_no_inside_cannot_be_split() -> None:
    with pytest.raises(ValueError, match="no inside"):
        split(read(wire.item(wire.BINARY, wire.string("abc"))), [1])


def test_blanking_keeps_all_but_the_content() -> None:
    for secret in (wire.typed("a😀", origin=(8, 1), right=(9, 2)), wire.typed("abc", parent=(8, 1))):
        struct = read(secret)
        blank = read(blanked(struct).raw)
        assert blank.kind == wire.DELETED
        assert (blank.length, blank.origin, blank.right_origin, blank.parent) == (
            3,
            struct.origin,
            struct.right_origin,
            struct.parent,
        )
    entry = read(wire.item(wire.ANY, wire.anys(wire.any_string("x")), parent="map", key="k"))
    assert blanked(entry).raw == wire.item(wire.DELETED, wire.uint(1), parent="map", key="k")


@pytest.mark.parametrize(
    "data", [wire.run_of(wire.GC, 2), wire.item(wire.DELETED, wire.uint(2)), wire.item(wire.TYPE, wire.uint(wire.TEXT))]
)
def test_what_has_nothing_to_blank_stays_as_it_is(data: bytes) -> None:
    assert blanked(read(data)).raw == data
