"""The rules of the parser, each by its name: what is refused, and what looks odd and is honest.

Each refusal stands beside the good update that it is a damaged form of, so that nothing is refused for another reason.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from collab.crdt import DocumentState, Limits
from collab.errors import LimitExceeded, MalformedUpdate, TooLarge
from tests.crdt import wire
from tests.crdt.yjs import Judge

ONE = wire.anys(wire.ANY_NULL)


def state() -> DocumentState:
    """A document in which client 1 has typed "hello" and client 2 made an array in a map."""
    state = DocumentState()
    for update in (
        wire.insertion(1, 0, wire.typed("hello")),
        wire.insertion(2, 0, wire.item(wire.TYPE, wire.uint(wire.ARRAY), parent="map", key="list")),
    ):
        assert state.extend(update).news == update
    return state


def refused(update: bytes, words: str | None = None) -> None:
    before = state()
    offered = state()
    with pytest.raises(MalformedUpdate, match=words):
        offered.extend(update)
    assert (offered.state_vector, offered.deletes) == (before.state_vector, before.deletes)


def accepted(update: bytes) -> None:
    extension = state().extend(update)
    assert extension.news == update
    assert extension.rest is None


def content(kind: int, content: bytes) -> bytes:
    return wire.insertion(7, 0, wire.item(kind, content, parent="array"))


# ---- no zero lengths


@pytest.mark.parametrize(
    ("good", "empty"),
    [
        (wire.typed("a"), wire.typed("")),
        (wire.item(wire.ANY, ONE), wire.item(wire.ANY, wire.anys())),
        (wire.item(wire.JSON, wire.jsons("1")), wire.item(wire.JSON, wire.jsons())),
        (wire.item(wire.DELETED, wire.uint(1)), wire.item(wire.DELETED, wire.uint(0))),
        (wire.run_of(wire.GC, 1), wire.run_of(wire.GC, 0)),
    ],
    ids=["string", "any", "json", "deleted", "gc"],
)
def test_no_struct_is_empty(good: bytes, empty: bytes) -> None:
    accepted(wire.insertion(7, 0, good))
    refused(wire.insertion(7, 0, empty), "empty")
    refused(wire.insertion(1, 5, empty), "empty")  # of a client that is in the document already
    refused(wire.insertion(1, 0, empty), "empty")  # and among what is known


def test_no_skip_is_empty() -> None:
    refused(wire.insertion(1, 3, wire.run_of(wire.SKIP, 0), wire.typed("lo")), "empty")


def test_no_client_is_named_for_nothing() -> None:
    refused(wire.update(wire.section(7, 0)))


def test_no_deleted_range_is_empty() -> None:
    accepted(wire.update(deletes=wire.deletes((1, [(0, 1)]))))
    refused(wire.update(deletes=wire.deletes((1, [(0, 0)]))))


# ---- clocks, client ids


def test_clocks_end_at_two_to_the_31() -> None:
    huge = DocumentState({7: 2**31 - 2})
    assert huge.extend(wire.insertion(7, 2**31 - 2, wire.typed("a"))).news is not None
    with pytest.raises(MalformedUpdate):
        DocumentState({7: 2**31 - 2}).extend(wire.insertion(7, 2**31 - 2, wire.typed("abc")))


@pytest.mark.parametrize("clock", [2**31, 2**32 - 1, 2**32, 2**53 - 1])
def test_no_clock_is_beyond(clock: int) -> None:
    refused(wire.insertion(7, clock, wire.typed("a")))
    refused(wire.insertion(7, 0, wire.run_of(wire.GC, clock + 1)))
    refused(wire.insertion(7, 0, wire.run_of(wire.SKIP, clock), wire.typed("a")))
    refused(wire.update(deletes=wire.deletes((1, [(clock, 1)]))))
    refused(wire.update(deletes=wire.deletes((1, [(1, clock)]))))


def test_client_ids_end_below_two_to_the_53() -> None:
    accepted(wire.insertion(2**53 - 1, 0, wire.typed("a")))
    for client in (2**53, 2**64, 2**70):
        refused(wire.insertion(client, 0, wire.typed("a")))
        refused(wire.insertion(7, 0, wire.typed("a", origin=(client, 0))))
        refused(wire.update(deletes=wire.deletes((client, [(0, 1)]))))


# ---- lengths within the bytes that are there


@pytest.mark.parametrize("length", [2, 1000, 2**31, 2**53 - 1])
def test_no_length_reaches_beyond_the_end(length: int) -> None:
    long = wire.uint(length)
    for kind, body in [
        (wire.STRING, long + b"a"),
        (wire.ANY, long + wire.ANY_NULL),
        (wire.ANY, wire.uint(1) + b"\x77" + long + b"a"),
        (wire.ANY, wire.uint(1) + b"\x74" + long + b"a"),
        (wire.ANY, wire.uint(1) + b"\x75" + long + wire.ANY_NULL),
        (wire.ANY, wire.uint(1) + b"\x76" + long + wire.string("k") + wire.ANY_NULL),
        (wire.JSON, long + wire.string("1")),
        (wire.JSON, wire.uint(1) + long + b"1"),
        (wire.EMBED, long + b"1"),
        (wire.FORMAT, long + b"k"),
        (wire.BINARY, long + b"b"),
        (wire.TYPE, wire.uint(wire.XML_ELEMENT) + long + b"p"),
        (wire.DOC, long + b"g"),
    ]:
        refused(content(kind, body)[:-1])  # without the delete set behind it, which a wrong length would eat
        refused(content(kind, body))
    refused(wire.uint(length) + wire.insertion(7, 0, wire.typed("a"))[1:])
    refused(wire.update(wire.section(7, 0, wire.typed("a"), count=length)))
    refused(wire.update()[:-1] + long + wire.deletes((1, [(0, 1)]))[1:])


def test_nothing_is_cut_off() -> None:
    update = wire.update(
        wire.section(7, 0, wire.typed("é😀"), wire.item(wire.ANY, wire.anys(wire.any_float(0.5)), parent="array")),
        deletes=wire.deletes((1, [(0, 2)])),
    )
    accepted(update)
    for end in range(len(update)):
        refused(update[:end])


def test_nothing_stands_behind_the_end() -> None:
    update = wire.insertion(7, 0, wire.typed("a"))
    accepted(update)
    for tail in (b"\0", b"\1", update):
        refused(update + tail)


# ---- nesting


def nested_json(depth: int) -> bytes:
    return wire.string(
        '{"a":' * (depth // 2) + "[" * (depth - depth // 2) + "]" * (depth - depth // 2) + "}" * (depth // 2)
    )


def test_values_nest_up_to_64_deep() -> None:
    accepted(content(wire.ANY, wire.anys(wire.any_deep(64))))
    accepted(content(wire.EMBED, nested_json(64)))
    for depth in (65, 1000, 100_000):
        refused(content(wire.ANY, wire.anys(wire.any_deep(depth))), "nested")
        refused(content(wire.EMBED, nested_json(depth)), "nest")
        refused(content(wire.JSON, wire.uint(1) + nested_json(depth)), "nest")
        refused(content(wire.FORMAT, wire.string("k") + nested_json(depth)), "nest")
        refused(content(wire.DOC, wire.string("g") + wire.any_object(("meta", wire.any_deep(depth)))), "nested")
        refused(
            wire.insertion(1, 0, wire.item(wire.ANY, wire.anys(*[wire.ANY_NULL] * 4, wire.any_deep(depth)))), "nested"
        )


def test_brackets_in_a_text_are_no_nesting() -> None:
    accepted(content(wire.EMBED, wire.string('"' + "[{" * 500 + '"')))
    accepted(content(wire.EMBED, wire.string('["\\\\\\"' + "[" * 500 + '"]')))
    accepted(content(wire.EMBED, wire.string("[" + "[]," * 500 + "[]]")))


# ---- everything once, and nothing from the future


def test_no_client_comes_twice() -> None:
    accepted(wire.update(wire.section(7, 0, wire.typed("a")), wire.section(8, 0, wire.typed("b"))))
    refused(wire.update(wire.section(7, 0, wire.typed("a")), wire.section(7, 1, wire.typed("b"))), "twice")
    refused(wire.update(deletes=wire.deletes((1, [(0, 1)]), (1, [(1, 1)]))), "twice")


@pytest.mark.parametrize("clock", [5, 6, 1000])
def test_nothing_names_its_own_future(clock: int) -> None:
    accepted(wire.insertion(1, 5, wire.typed("!", origin=(1, 4))))
    refused(wire.insertion(1, 5, wire.typed("!", origin=(1, clock))), "future")
    refused(wire.insertion(1, 5, wire.typed("!", right=(1, clock))), "future")
    refused(wire.insertion(1, 5, wire.typed("!", origin=(1, 4), right=(1, clock))), "future")
    refused(wire.insertion(1, 5, wire.typed("!", parent=(1, clock))), "future")


def test_nobody_waits_for_each_other() -> None:
    """Two structs of different clients that name each other would stay pending in Yjs for ever."""
    refused(
        wire.update(
            wire.section(7, 0, wire.typed("a", origin=(8, 0))), wire.section(8, 0, wire.typed("b", origin=(7, 0)))
        )
    )
    ring = [wire.section(7 + n, 0, wire.typed("a", right=(7 + (n + 1) % 5, 0))) for n in range(5)]
    refused(wire.update(*ring))


def test_who_waits_for_each_other_in_two_updates_never_gets_in() -> None:
    document = state()
    first = document.extend(wire.insertion(7, 0, wire.typed("a", origin=(8, 0))))
    second = document.extend(wire.insertion(8, 0, wire.typed("b", origin=(7, 0))))
    assert first.news is None
    assert second.news is None
    assert document.state_vector == state().state_vector


# ---- contents


@pytest.mark.parametrize(
    "bad", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80"]
)
def test_text_is_utf8(bad: bytes) -> None:
    refused(wire.insertion(7, 0, wire.typed(bad)), "UTF-8")
    refused(content(wire.ANY, wire.anys(wire.any_string(bad))), "UTF-8")
    refused(content(wire.ANY, wire.anys(b"\x76\1" + wire.string(bad) + wire.ANY_NULL)), "UTF-8")
    refused(content(wire.JSON, wire.jsons(b'"' + bad + b'"')), "UTF-8")
    refused(content(wire.EMBED, wire.string(b'"' + bad + b'"')), "UTF-8")
    refused(content(wire.FORMAT, wire.string(bad) + wire.string("1")), "UTF-8")
    refused(content(wire.TYPE, wire.uint(wire.XML_ELEMENT) + wire.string(bad)), "UTF-8")
    refused(content(wire.DOC, wire.string(bad) + wire.any_object()), "UTF-8")
    refused(wire.insertion(7, 0, bytes([wire.STRING]) + b"\1" + wire.string(bad) + wire.string("a")), "UTF-8")
    refused(
        wire.insertion(
            7, 0, bytes([wire.STRING | 0x20]) + b"\1" + wire.string("map") + wire.string(bad) + wire.string("a")
        )
    )


def test_a_binary_may_be_any_bytes() -> None:
    accepted(content(wire.BINARY, wire.string(b"\xff\xed\xa0\x80")))
    accepted(content(wire.ANY, wire.anys(wire.any_bytes(b"\xff"))))


@pytest.mark.parametrize(
    "bad",
    ["NaN", "Infinity", "-Infinity", "[NaN]", "", " ", "{", "[1,]", "01", "'a'", "1 2", '"\x01"', "\ufeff1", "None"],
)
def test_json_is_what_every_browser_reads(bad: str) -> None:
    accepted(content(wire.EMBED, wire.string('{"a": [1, -0.5e3, null, true, "\\ud800\\n"]}\n')))
    refused(content(wire.JSON, wire.jsons(bad)), "JSON")
    refused(content(wire.EMBED, wire.string(bad)), "JSON")
    refused(content(wire.FORMAT, wire.string("bold") + wire.string(bad)), "JSON")


def test_content_json_may_be_undefined_and_nothing_else_may() -> None:
    accepted(content(wire.JSON, wire.jsons("undefined", "1")))
    refused(content(wire.EMBED, wire.string("undefined")), "JSON")
    refused(content(wire.FORMAT, wire.string("bold") + wire.string("undefined")), "JSON")
    refused(content(wire.JSON, wire.jsons("[undefined]")), "JSON")


def test_a_number_as_an_any_value_may_be_nan() -> None:
    """It is eight bytes that every reader takes: only JSON has no word for it."""
    accepted(content(wire.ANY, wire.anys(wire.any_float(float("nan")))))


def test_kinds_are_those_of_yjs_13() -> None:
    for kind in range(11, 32):
        refused(wire.insertion(7, 0, wire.item(kind, ONE)), "kind")
    for type_ in range(7):
        name = wire.string("p") if type_ in (wire.XML_ELEMENT, wire.XML_HOOK) else b""
        accepted(content(wire.TYPE, wire.uint(type_) + name))
    refused(content(wire.TYPE, wire.uint(7)), "kind")
    for any_ in range(116):
        refused(content(wire.ANY, wire.anys(bytes([any_]))))
    refused(wire.insertion(7, 0, bytes([wire.STRING]) + b"\2" + wire.string("text") + wire.string("a")), "parent")
    refused(wire.insertion(7, 0, bytes([wire.GC | 0x80]) + b"\1"))


@pytest.mark.parametrize("options", [wire.ANY_NULL, wire.ANY_UNDEFINED, wire.any_array(), wire.any_string("a")])
def test_the_options_of_a_subdocument_are_an_object(options: bytes) -> None:
    accepted(
        content(
            wire.DOC, wire.string("guid") + wire.any_object(("autoLoad", wire.ANY_TRUE), ("meta", wire.any_array()))
        )
    )
    refused(content(wire.DOC, wire.string("guid") + options), "options")


@pytest.mark.parametrize("option", ["guid", "gcFilter"])
def test_no_option_of_a_subdocument_breaks_its_readers(option: str) -> None:
    """Yjs hands the options on by name: with a ``guid`` that is no string, no reader could encode the document again."""
    refused(content(wire.DOC, wire.string("guid") + wire.any_object((option, wire.any_array()))), option)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (wire.ANY, wire.anys(*[wire.ANY_NULL] * 3)),
        (wire.JSON, wire.jsons("1", "2", "3")),
        (wire.STRING, wire.string("abc")),
    ],
)
def test_a_key_of_a_map_has_one_living_value(kind: int, values: bytes) -> None:
    """With two, Yjs' garbage collector throws in every editor once they are split and the map is deleted."""

    def entry(*deleted: tuple[int, int]) -> bytes:
        deletes = wire.deletes((7, list(deleted))) if deleted else wire.NO_DELETES
        return wire.update(wire.section(7, 0, wire.item(kind, values, parent="map", key="k")), deletes=deletes)

    accepted(entry((0, 2)))  # as editors join values once they are deleted
    accepted(entry((0, 3)))
    refused(entry(), "living")
    refused(entry((0, 1)), "living")
    refused(entry((1, 2)), "living")
    refused(entry((0, 1), (2, 1)), "living")
    accepted(wire.insertion(7, 0, wire.item(wire.DELETED, wire.uint(3), parent="map", key="k")))
    half_known = DocumentState({7: 2})
    assert half_known.extend(entry()).inserted == ((7, 2, 3),)


# ---- caps, which bound what is new


def test_new_structs_are_capped_and_known_ones_are_not() -> None:
    document = DocumentState()
    letters = [wire.typed("a"), *(wire.typed("a", origin=(7, n)) for n in range(9))]
    with pytest.raises(TooLarge):
        document.extend(wire.insertion(7, 0, *letters), Limits(structs=9))
    assert document.state_vector == {}
    document.extend(wire.insertion(7, 0, *letters), Limits(structs=10))
    more = wire.insertion(7, 0, *letters, wire.typed("a", origin=(7, 9)))
    assert document.extend(more, Limits(structs=1)).inserted == ((7, 10, 11),)


def test_new_deleted_ranges_are_capped_and_known_ones_are_not() -> None:
    document = DocumentState({7: 100})
    ranges = [(clock, 1) for clock in range(0, 20, 2)]
    with pytest.raises(LimitExceeded):
        document.extend(wire.update(deletes=wire.deletes((7, ranges))), Limits(ranges=9))
    assert not document.deletes
    document.extend(wire.update(deletes=wire.deletes((7, ranges))), Limits(ranges=10))
    more = wire.update(deletes=wire.deletes((7, [*ranges, (50, 1)])))
    assert document.extend(more, Limits(ranges=1)).deleted == ((7, 50, 51),)


def test_a_bomb_of_ranges_that_are_only_announced_costs_nothing() -> None:
    with pytest.raises((MalformedUpdate, LimitExceeded)):
        state().extend(b"\0\1\1" + wire.uint(2**53 - 1) + b"\0\1")


# ---- overlong and huge integers


@pytest.mark.parametrize("digits", [b"\xff" * 9 + b"\1", b"\x80" * 20 + b"\0", b"\xff" * 160_000, b"\x80" * 160_000])
def test_no_integer_is_longer_than_any_writer_makes_it(digits: bytes) -> None:
    refused(digits)
    refused(b"\1" + digits + b"\0")
    refused(b"\1\1\7" + digits)
    refused(content(wire.ANY, b"\1\x7d" + digits))
    refused(content(wire.STRING, digits))


# ---- what Yjs makes of what is accepted


@pytest.mark.node
def test_yjs_opens_what_looks_odd(judge: Judge) -> None:
    odd: Sequence[bytes] = [
        wire.insertion(7, 0, wire.item(wire.JSON, wire.jsons("undefined", '"\\ud800"', "1e999"), parent="array")),
        wire.insertion(
            7, 0, wire.item(wire.ANY, wire.anys(wire.any_float(float("nan")), wire.any_deep(64)), parent="array")
        ),
        wire.insertion(7, 0, wire.item(wire.EMBED, nested_json(64))),
        wire.insertion(
            7, 0, wire.item(wire.DOC, wire.string("") + wire.any_object(("meta", wire.ANY_UNDEFINED)), parent="array")
        ),
        wire.insertion(7, 0, wire.item(wire.TYPE, wire.uint(wire.XML_HOOK) + wire.string(""), parent="document")),
        wire.insertion(7, 0, wire.typed("a", parent=(1, 2))),  # a parent that is no type: Yjs collects it as garbage
        wire.insertion(7, 0, wire.run_of(wire.GC, 1000), wire.typed("a", origin=(7, 999))),
        wire.insertion(2**53 - 1, 0, wire.typed("\0\ufeff")),
        wire.insertion(7, 0, wire.item(wire.ANY, ONE, parent="", key="")),
    ]
    base = [wire.insertion(1, 0, wire.typed("hello"))]
    for update in odd:
        accepted(update)
        opened = judge.open(*base, update, edit=True)
        assert opened.error is None, update.hex()
        assert not opened.pending
