"""The edit between two moments says no more than it must, and stands between the neighbours that it had."""

from __future__ import annotations

from collab.content.integration import integrate
from collab.content.proposing import propose
from collab.crdt import parsing, run
from collab.crdt.update import Update
from tests.content.past import Past
from tests.crdt import wire


def proposed(past: Past, number: int) -> Update:
    document = integrate(run(parsing(past.whole)).sections, [past.now, past.moments[number]])
    edit = propose(document, 1, 2, 9)
    assert edit is not None
    return run(parsing(edit))


def test_words_that_were_deleted_are_written_between_their_neighbours() -> None:
    past = Past([wire.insertion(1, 0, wire.typed("hello")), wire.update(deletes=wire.deletes((1, [(1, 3)])))])
    edit = proposed(past, 1)
    ((struct,),) = edit.sections.values()
    assert struct.raw == wire.typed("ell", origin=(1, 3), right=(1, 4))
    assert edit.spans == []


def test_words_that_came_are_deleted() -> None:
    past = Past(
        [wire.insertion(1, 0, wire.typed("ho")), wire.insertion(2, 0, wire.typed("ell", origin=(1, 0), right=(1, 1)))]
    )
    edit = proposed(past, 1)
    assert (edit.sections, edit.spans) == ({}, [(2, 0, 3)])


def test_what_stands_apart_is_written_apart() -> None:
    past = Past([wire.insertion(1, 0, wire.typed("abcd")), wire.update(deletes=wire.deletes((1, [(0, 1), (2, 2)])))])
    (structs,) = proposed(past, 1).sections.values()
    assert [struct.raw for struct in structs] == [
        *(wire.typed("a", origin=(1, 0), right=(1, 1)), wire.typed("cd", origin=(1, 3)))
    ]


def test_a_type_is_written_with_all_that_it_held() -> None:
    past = Past(
        [
            wire.insertion(
                1,
                0,
                wire.item(wire.TYPE, bytes([wire.XML_ELEMENT]) + wire.string("p"), parent="document"),
                wire.item(wire.ANY, wire.anys(wire.any_string("left")), parent=(1, 0), key="align"),
                wire.item(wire.TYPE, bytes([wire.XML_TEXT]), parent=(1, 0)),
                wire.typed("ab", parent=(1, 2)),
                wire.typed("cd", origin=(1, 4)),
            ),
            wire.update(deletes=wire.deletes((1, [(4, 1)]))),
            wire.update(deletes=wire.deletes((1, [(0, 4), (5, 2)]))),
        ]
    )
    (structs,) = proposed(past, 2).sections.values()
    assert [struct.raw for struct in structs] == [
        wire.item(wire.TYPE, bytes([wire.XML_ELEMENT]) + wire.string("p"), origin=(1, 0)),
        wire.item(wire.ANY, wire.anys(wire.any_string("left")), parent=(9, 0), key="align"),
        wire.item(wire.TYPE, bytes([wire.XML_TEXT]), parent=(9, 0)),
        wire.typed("acd", parent=(9, 2)),
    ]


def test_a_type_goes_with_all_that_it_holds() -> None:
    past = Past(
        [
            wire.insertion(1, 0, wire.typed("stays")),
            wire.insertion(
                2,
                0,
                wire.item(wire.TYPE, bytes([wire.MAP]), parent="map", key="k"),
                wire.item(wire.ANY, wire.anys(wire.ANY_TRUE), parent=(2, 0), key="deep"),
            ),
        ]
    )
    assert sorted(proposed(past, 1).spans) == [(2, 0, 2)]


def test_a_value_follows_the_last_one_of_its_key() -> None:
    past = Past(
        [
            wire.insertion(
                1, 0, wire.item(wire.ANY, wire.anys(wire.any_string("a"), wire.any_string("b")), parent="array")
            ),
            wire.insertion(1, 2, wire.item(wire.ANY, wire.anys(wire.any_string("old")), parent="map", key="k")),
            wire.update(
                wire.section(2, 0, wire.item(wire.ANY, wire.anys(wire.any_string("new")), origin=(1, 2), key="k")),
                deletes=wire.deletes((1, [(1, 2)])),
            ),
        ]
    )
    edit = proposed(past, 2)
    (structs,) = edit.sections.values()
    assert [struct.raw for struct in structs] == [
        wire.item(wire.ANY, wire.anys(wire.any_string("b")), origin=(1, 1)),
        wire.item(wire.ANY, wire.anys(wire.any_string("old")), origin=(2, 0), key="k"),
    ]
    assert edit.spans == [(2, 0, 1)]


def test_an_equal_value_of_a_key_stays() -> None:
    value = wire.anys(wire.any_string("same"))
    past = Past(
        [
            wire.insertion(1, 0, wire.item(wire.ANY, value, parent="map", key="k")),
            wire.update(
                wire.section(2, 0, wire.item(wire.ANY, value, origin=(1, 0), key="k")),
                deletes=wire.deletes((1, [(0, 1)])),
            ),
        ]
    )
    document = integrate(run(parsing(past.whole)).sections, [past.now, past.moments[1]])
    assert propose(document, 1, 2, 9) is None


def test_an_emoji_that_was_cut_is_written_whole() -> None:
    past = Past([wire.insertion(1, 0, wire.typed("a😀b")), wire.update(deletes=wire.deletes((1, [(2, 1)])))])
    edit = proposed(past, 1)
    ((struct,),) = edit.sections.values()
    assert struct.raw == wire.typed("😀", origin=(1, 2), right=(1, 3))
    assert edit.spans == [(1, 1, 2)]
