"""Values in maps: found whatever an update claims, and never several alive under one key."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.crdt import DeleteSet, DocumentState, squash, tombstone
from collab.errors import MalformedUpdate
from tests.crdt import wire
from tests.crdt.delivery import Delivery
from tests.crdt.logs import logs
from tests.crdt.yjs import Judge

ONE, TWO = wire.anys(wire.any_string("x")), wire.anys(wire.any_string("x"), wire.any_string("y"))

MAP = wire.insertion(
    7,
    0,
    wire.item(wire.TYPE, wire.uint(wire.MAP), parent="map", key="a"),
    wire.item(wire.ANY, ONE, parent=(7, 0), key="k"),
    wire.typed("text"),
)
"""7:0 is a map in a map, 7:1 its value under "k", and 7:2 to 7:5 are text."""


def with_map() -> DocumentState:
    state = DocumentState()
    state.extend(MAP)
    assert state.entries == DeleteSet([(7, 0, 2)])
    return state


def said(kind: int, content: bytes, origin: wire.Id | None, right: wire.Id | None) -> bytes:
    """An item beside an entry, which says that it is one, as Yjs writes it."""
    return wire.item(kind, content, origin=origin, right=right, key="k")


def hidden(kind: int, content: bytes, origin: wire.Id | None, right: wire.Id | None) -> bytes:
    """The same without the word: readers ask its neighbours."""
    return wire.item(kind, content, origin=origin, right=right)


@pytest.mark.parametrize("write", [said, hidden])
@pytest.mark.parametrize(("origin", "right"), [((7, 1), None), (None, (7, 1)), ((7, 1), (7, 2))])
@pytest.mark.parametrize(
    ("kind", "one", "two"),
    [
        (wire.ANY, ONE, TWO),
        (wire.STRING, wire.string("é"), wire.string("😀")),
        (wire.JSON, wire.jsons("1"), wire.jsons("1", "2")),
    ],
)
def test_beside_an_entry_is_an_entry_and_it_is_one(
    write: Callable[[int, bytes, wire.Id | None, wire.Id | None], bytes],
    origin: wire.Id | None,
    right: wire.Id | None,
    kind: int,
    one: bytes,
    two: bytes,
) -> None:
    state = with_map()
    assert state.extend(wire.insertion(8, 0, write(kind, one, origin, right))).entries == ((8, 0, 1),)
    assert state.entries == DeleteSet([(7, 0, 2), (8, 0, 1)])
    with pytest.raises(MalformedUpdate, match="living"):
        state.extend(wire.insertion(8, 1, write(kind, two, (8, 0), None)))
    deleted = wire.update(wire.section(8, 1, write(kind, two, (8, 0), None)), deletes=wire.deletes((8, [(1, 1)])))
    assert state.extend(deleted).entries == ((8, 1, 3),)


@pytest.mark.parametrize(("origin", "right"), [((7, 3), None), (None, (7, 3)), ((7, 3), (7, 1)), (None, None)])
def test_beside_text_is_text(origin: wire.Id | None, right: wire.Id | None) -> None:
    state = with_map()
    extension = state.extend(wire.insertion(8, 0, hidden(wire.STRING, wire.string("long"), origin, right)))
    assert extension.news is not None
    assert not extension.entries


def test_entries_are_found_along_a_chain_of_one_update() -> None:
    chain = wire.update(
        wire.section(8, 0, hidden(wire.ANY, ONE, (9, 0), None), hidden(wire.ANY, ONE, (8, 0), None)),
        wire.section(9, 0, hidden(wire.ANY, ONE, (7, 1), None)),
    )
    assert sorted(with_map().extend(chain).entries) == [(8, 0, 1), (8, 1, 2), (9, 0, 1)]


def test_what_waits_is_no_entry_yet() -> None:
    state = with_map()
    waiting = state.extend(wire.insertion(8, 0, hidden(wire.ANY, TWO, (9, 0), None)))
    assert waiting.rest is not None
    assert not waiting.entries
    state.extend(wire.insertion(9, 0, hidden(wire.ANY, ONE, (7, 1), None)))
    with pytest.raises(MalformedUpdate, match="living"):
        state.extend(waiting.rest)


@given(logs(), st.data())
def test_a_document_that_was_stored_knows_its_entries(log: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(log)))
    past = Delivery(log[:place]).state
    stored = DocumentState(
        dict(past.state_vector), DeleteSet.decode(past.deletes.encode()), DeleteSet.decode(past.entries.encode())
    )
    for update in log[place:]:
        assert stored.extend(update) == past.extend(update)
    assert stored.entries == Delivery(log).state.entries


@pytest.mark.node
@pytest.mark.parametrize("write", [said, hidden])
def test_settings_of_one_key_stay_apart_when_squashed(
    judge: Judge, write: Callable[[int, bytes, wire.Id | None, wire.Id | None], bytes]
) -> None:
    log = [
        MAP,
        wire.insertion(8, 0, write(wire.ANY, ONE, (7, 1), None)),
        wire.insertion(8, 1, write(wire.ANY, ONE, (8, 0), None)),
        wire.insertion(9, 0, write(wire.ANY, ONE, (8, 0), (8, 1))),
        wire.update(deletes=wire.deletes((7, [(0, 1)]))),
    ]
    played = Delivery(log)
    assert played.news == log
    entries = played.state.entries
    forms = [
        squash(log, entries),
        tombstone(squash(log, entries), entries),
        squash([tombstone(squash(log, entries), entries)], entries),
    ]
    for updates in (log, *([form] for form in forms)):
        opened = judge.open(*updates, edit=True)
        assert opened.error is None
        assert not opened.pending
