"""Squash, tombstone, cut and moment: their laws on strange logs, and each rule by an example.

What they show to a reader is the business of ``test_differential``.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.crdt import DeleteSet, cut, moment, squash, tombstone
from collab.errors import MalformedUpdate
from tests.crdt import wire
from tests.crdt.delivery import Delivery
from tests.crdt.logs import logs
from tests.crdt.yjs import Judge

# ---- laws


@given(logs())
def test_squashing_changes_nothing_that_a_server_knows(log: list[bytes]) -> None:
    played, squashed = Delivery(log).state, Delivery([squash(log)]).state
    assert squashed.state_vector == played.state_vector
    assert squashed.deletes == played.deletes
    assert squashed.entries == played.entries


@given(logs(), st.data())
def test_it_does_not_matter_in_how_many_steps_a_log_is_squashed(log: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(log)))
    whole = squash(log)
    assert squash([squash(log[:place]), squash(log[place:])]) == whole
    assert squash([squash(log[:place]), *log[place:]]) == whole
    assert squash([whole]) == whole


@given(logs(), st.data())
def test_a_moment_is_the_squashed_prefix_and_a_cut_is_the_rest(log: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(log)))
    then, whole = Delivery(log[:place]).state, squash(log)
    past = moment(whole, then.state_vector, then.deletes)
    assert past == squash(log[:place])
    assert squash([past, cut(whole, then.state_vector)]) == whole


@given(logs(), st.data())
def test_a_reader_at_any_state_vector_gets_all_that_lies_beyond(log: list[bytes], data: st.DataObject) -> None:
    """Also one that no log ever had, inside of structs: clients that ask for less than they know are no reason to fail."""
    played, whole = Delivery(log).state, squash(log)
    vector = {client: data.draw(st.integers(0, clock)) for client, clock in played.state_vector.items()}
    rest = cut(whole, vector)
    reader = Delivery()
    reader.state.state_vector.update({client: clock for client, clock in vector.items() if clock})
    reader.take(rest)
    assert not reader.held
    assert reader.state.state_vector == played.state_vector
    assert reader.state.deletes == played.deletes


@given(logs())
def test_tombstoning_twice_is_tombstoning_once_and_keeps_every_clock(log: list[bytes]) -> None:
    whole = squash(log)
    blank = tombstone(whole)
    assert tombstone(blank) == blank
    assert Delivery([blank]).state.state_vector == Delivery([whole]).state.state_vector
    assert Delivery([blank]).state.deletes == Delivery([whole]).state.deletes
    assert Delivery([blank]).state.entries == Delivery([whole]).state.entries


@given(logs(), st.data())
def test_cutting_and_tombstoning_change_places(log: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(log)))
    vector = Delivery(log[:place]).state.state_vector
    blank = tombstone(squash(log))
    assert squash([moment(blank, vector, DeleteSet()), cut(blank, vector)]) == blank


@given(logs(max_size=6))
def test_damage_is_found_or_harmless(log: list[bytes]) -> None:
    whole = squash(log)
    for place in range(len(whole)):
        with pytest.raises(MalformedUpdate):
            squash([whole[:place]])


# ---- squash, by examples

RUN = [
    wire.insertion(7, 0, wire.typed("h")),
    wire.insertion(7, 1, wire.typed("é", origin=(7, 0))),
    wire.insertion(7, 2, wire.typed("😀", origin=(7, 1))),
    wire.insertion(7, 4, wire.typed("!", origin=(7, 3))),
]


def test_what_is_typed_in_a_run_becomes_one_struct() -> None:
    assert squash(RUN) == wire.insertion(7, 0, wire.typed("hé😀!"))


def test_values_in_a_run_become_one_struct() -> None:
    some, more = wire.anys(wire.ANY_NULL, wire.ANY_TRUE), wire.anys(wire.any_string("x"))
    array = [
        wire.insertion(7, 0, wire.item(wire.ANY, some, parent="array")),
        wire.insertion(7, 2, wire.item(wire.ANY, more, origin=(7, 1))),
    ]
    joined = wire.anys(wire.ANY_NULL, wire.ANY_TRUE, wire.any_string("x"))
    assert squash(array) == wire.insertion(7, 0, wire.item(wire.ANY, joined, parent="array"))


def test_garbage_in_a_row_becomes_one_struct() -> None:
    log = [wire.insertion(7, 0, wire.run_of(wire.GC, 2)), wire.insertion(7, 2, wire.run_of(wire.GC, 3))]
    assert squash(log) == wire.insertion(7, 0, wire.run_of(wire.GC, 5))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (wire.typed("a"), wire.typed("b", origin=(8, 0))),
        (wire.typed("a"), wire.typed("b")),
        (wire.typed("a"), wire.typed("b", right=(7, 0))),
        (wire.typed("a"), wire.typed("b", origin=(7, 0), right=(8, 0))),
        (wire.typed("a", right=(8, 0)), wire.typed("b", origin=(7, 0))),
        (wire.typed("a", right=(8, 0)), wire.typed("b", origin=(7, 0), right=(8, 1))),
        (wire.typed("a"), wire.item(wire.ANY, wire.anys(wire.ANY_NULL), origin=(7, 0))),
        (wire.item(wire.EMBED, wire.string("1")), wire.item(wire.EMBED, wire.string("1"), origin=(7, 0))),
        (wire.item(wire.BINARY, wire.string("1")), wire.item(wire.BINARY, wire.string("1"), origin=(7, 0))),
        (wire.item(wire.FORMAT, wire.string("b") * 1 + wire.string("1")), wire.item(wire.FORMAT, wire.string("b") + wire.string("1"), origin=(7, 0))),
        (wire.item(wire.TYPE, b"\0"), wire.item(wire.TYPE, b"\0", origin=(7, 0))),
    ],
)  # fmt: skip
def test_what_is_no_run_stays_apart(first: bytes, second: bytes) -> None:
    base = wire.insertion(8, 0, wire.typed("xy"))
    log = [base, wire.insertion(7, 0, first), wire.insertion(7, 1, second)]
    assert squash(log) == wire.update(wire.section(8, 0, wire.typed("xy")), wire.section(7, 0, first, second))


def test_deleted_text_is_still_in_it() -> None:
    log = [*RUN, wire.update(deletes=wire.deletes((7, [(0, 5)])))]
    assert squash(log) == wire.update(wire.section(7, 0, wire.typed("hé😀!")), deletes=wire.deletes((7, [(0, 5)])))


def test_an_empty_log_is_the_empty_update() -> None:
    assert squash([]) == wire.update()


def test_a_log_with_a_gap_or_an_overlap_is_refused() -> None:
    for log in ([RUN[0], RUN[2]], [RUN[0], RUN[0]], [RUN[0], RUN[1], wire.insertion(7, 1, wire.typed("éx"))]):
        with pytest.raises(MalformedUpdate):
            squash(log)


ENTRY = wire.anys(wire.any_string("x"))


@pytest.mark.node
def test_settings_of_one_key_are_joined_only_if_deleted(judge: Judge) -> None:
    """In a map only the last entry is alive. One entry of several values has none before its last, until it is split."""
    log = [
        wire.insertion(7, 0, wire.item(wire.TYPE, wire.uint(wire.MAP), parent="map", key="a"), wire.item(wire.ANY, ENTRY, parent=(7, 0), key="k")),
        wire.insertion(7, 2, wire.item(wire.ANY, ENTRY, origin=(7, 1))),
        wire.insertion(8, 0, wire.item(wire.ANY, ENTRY, origin=(7, 1), right=(7, 2))),
        wire.update(deletes=wire.deletes((7, [(0, 1)]))),
    ]  # fmt: skip
    assert judge.open(*log).error is None
    assert judge.open(squash(log)).error is None
    assert judge.open(tombstone(squash(log))).error is None


# ---- tombstone, by examples


def test_only_what_is_deleted_is_blanked() -> None:
    log = [*RUN, wire.update(deletes=wire.deletes((7, [(1, 1)])))]
    assert tombstone(squash(log)) == wire.update(
        wire.section(
            7,
            0,
            wire.typed("h"),
            wire.item(wire.DELETED, wire.uint(1), origin=(7, 0)),
            wire.typed("😀!", origin=(7, 1)),
        ),
        deletes=wire.deletes((7, [(1, 1)])),
    )


def test_half_an_emoji_leaves_a_replacement_character() -> None:
    log = [*RUN, wire.update(deletes=wire.deletes((7, [(2, 1)])))]
    assert tombstone(squash(log)) == wire.update(
        wire.section(
            7,
            0,
            wire.typed("hé"),
            wire.item(wire.DELETED, wire.uint(1), origin=(7, 1)),
            wire.typed("\ufffd!", origin=(7, 2)),
        ),
        deletes=wire.deletes((7, [(2, 1)])),
    )


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (wire.STRING, wire.string("secret")),
        (wire.ANY, wire.anys(wire.any_string("secret"))),
        (wire.JSON, wire.jsons('"secret"')),
        (wire.EMBED, wire.string('"secret"')),
        (wire.BINARY, wire.string("secret")),
        (wire.FORMAT, wire.string("secret") + wire.string("1")),
        (wire.DOC, wire.string("secret") + wire.any_object()),
    ],
)
@pytest.mark.parametrize(
    "place", ["itself", "in a deleted type", "deep in a deleted type", "behind another there", "before another there"]
)
def test_no_deleted_content_is_left(kind: int, content: bytes, place: str) -> None:
    map_ = wire.uint(wire.MAP)
    outer = wire.item(wire.TYPE, map_, parent="document")
    inner = wire.item(wire.TYPE, map_, parent=(7, 0))
    neighbour = wire.typed("public", parent=(7, 1))
    match place:
        case "itself":
            secret, deleted = wire.item(kind, content), (8, [(0, 6 if kind == wire.STRING else 1)])
        case "in a deleted type":
            secret, deleted = wire.item(kind, content, parent=(7, 1)), (7, [(1, 1)])
        case "deep in a deleted type":
            secret, deleted = wire.item(kind, content, parent=(7, 1)), (7, [(0, 1)])
        case "behind another there":
            secret, deleted = wire.item(kind, content, origin=(7, 7)), (7, [(0, 1)])
        case _:
            secret, deleted = wire.item(kind, content, right=(7, 2)), (7, [(0, 1)])
    log = [
        wire.insertion(7, 0, outer, inner, neighbour),
        wire.insertion(8, 0, secret),
        wire.update(deletes=wire.deletes(deleted)),
    ]
    assert b"secret" in squash(log)
    assert b"secret" not in tombstone(squash(log))
    assert b"secret" in tombstone(squash(log[:-1]))


def test_deleted_types_stay_since_their_children_name_them() -> None:
    log = [
        wire.insertion(7, 0, wire.item(wire.TYPE, wire.uint(wire.TEXT), parent="array")),
        wire.insertion(8, 0, wire.typed("a", parent=(7, 0))),
        wire.update(deletes=wire.deletes((7, [(0, 1)]))),
    ]
    assert tombstone(squash(log)) == wire.update(
        wire.section(8, 0, wire.item(wire.DELETED, wire.uint(1), parent=(7, 0))),
        wire.section(7, 0, wire.item(wire.TYPE, wire.uint(wire.TEXT), parent="array")),
        deletes=wire.deletes((7, [(0, 1)])),
    )


def test_what_names_a_collected_type_as_parent_is_blanked() -> None:
    """A client that made a type, deleted it and collected it brings it as deleted content, and another brings a child."""
    for collected in (wire.item(wire.DELETED, wire.uint(1), parent="document"), wire.run_of(wire.GC, 1)):
        log = [
            wire.update(wire.section(7, 0, collected), deletes=wire.deletes((7, [(0, 1)]))),
            wire.insertion(8, 0, wire.typed("secret", parent=(7, 0))),
        ]
        assert b"secret" not in tombstone(squash(log))


# ---- cut, by examples


def test_a_cut_inside_a_run_goes_on_behind_it() -> None:
    assert cut(squash(RUN), {7: 1}) == wire.insertion(7, 1, wire.typed("é😀!", origin=(7, 0)))
    assert cut(squash(RUN), {7: 3}) == wire.insertion(7, 3, wire.typed("\ufffd!", origin=(7, 2)))
    assert cut(squash(RUN), {7: 5, 8: 9}) == wire.update()
    assert cut(squash(RUN), {}) == squash(RUN)


def test_a_cut_keeps_the_right_origin() -> None:
    log = [wire.insertion(7, 0, wire.typed("x")), wire.insertion(8, 0, wire.typed("abc", right=(7, 0)))]
    assert cut(squash(log), {7: 1, 8: 1}) == wire.insertion(8, 1, wire.typed("bc", origin=(8, 0), right=(7, 0)))


def test_a_cut_has_the_whole_delete_set() -> None:
    log = [*RUN, wire.update(deletes=wire.deletes((7, [(0, 1)])))]
    assert cut(squash(log), {7: 5}) == wire.update(deletes=wire.deletes((7, [(0, 1)])))
