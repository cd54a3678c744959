"""Items in Yjs' order: every moment of a document shows what real Yjs showed of the log up to then."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from collab.content.integration import integrate
from collab.content.items import Integrated, Moment
from collab.content.roots import Kind
from collab.content.showing import Showing, find_roots
from collab.crdt import DeleteSet, parsing, run
from collab.errors import MalformedUpdate
from tests.content.past import Past
from tests.content.test_reading import KINDS, comparable, shape
from tests.crdt import wire
from tests.crdt.yjs import PATIENCE, Case, Judge, sessions

SESSIONS = 60
MOMENTS = 6
"""Of each session, besides its end."""


def integrated(past: Past, *moments: Moment) -> Integrated:
    return integrate(run(parsing(past.whole)).sections, moments or [past.now])


@pytest.mark.node
def test_shows_what_yjs_showed_at_any_moment(more: Callable[[int], int]) -> None:
    chance = random.Random(4)
    seen = 0
    with Judge() as judge:
        for session in sessions(1, more(SESSIONS)):
            past = Past(session.log)
            last = len(past.moments) - 1
            numbers = [*chance.sample(range(1, last), min(MOMENTS, last - 1)), last]
            opened = judge.ask(past.news, [Case([range(number)]) for number in numbers]).result(PATIENCE)
            document = integrated(past, *(past.moments[number] for number in numbers))
            for place, (number, shown) in enumerate(zip(numbers, opened, strict=True)):
                showing, wanted = Showing(document, 1 << place), json.loads(shown.shape)
                for root, kind in KINDS.items():
                    found = comparable(shape(showing.root(root, kind)))
                    assert found == comparable(wanted[root]), f"session {session.seed}, {root} after {number}"
                    seen += found not in ({"text": []}, {"map": []}, [], {"children": []})
    assert seen > SESSIONS * MOMENTS


def string_at(past: Past, number: int) -> str:
    shown: str = Showing(integrated(past, past.moments[number]), 1).root("text", Kind.TEXT).string
    return shown


def test_an_emoji_is_cut_from_the_moment_on_in_which_it_was() -> None:
    past = Past(
        [
            wire.insertion(1, 0, wire.typed("a😀b")),
            wire.insertion(2, 0, wire.typed("-", origin=(1, 1), right=(1, 2))),
            wire.update(deletes=wire.deletes((2, [(0, 1)]))),
        ]
    )
    assert [string_at(past, number) for number in range(4)] == ["", "a😀b", "a\ufffd-\ufffdb", "a\ufffd\ufffdb"]


def test_a_pair_of_which_a_half_is_deleted() -> None:
    for half in (1, 2):
        past = Past([wire.insertion(1, 0, wire.typed("a😀b")), wire.update(deletes=wire.deletes((1, [(half, 1)])))])
        assert [string_at(past, number) for number in (1, 2)] == ["a😀b", "a\ufffdb"]


def test_an_edge_that_nobody_made_cuts_nothing() -> None:
    """Whoever asks who wrote what may ask about half a pair."""
    past = Past([wire.insertion(1, 0, wire.typed("😀"))])
    document = integrate(run(parsing(past.whole)).sections, [past.now], [(1, 0, 1)])
    assert Showing(document, 1).root("text", Kind.TEXT).string == "😀"


def test_what_counts_as_never_written() -> None:
    past = Past(
        [
            wire.insertion(1, 0, wire.item(wire.ANY, wire.anys(wire.any_string("old")), parent="map", key="k")),
            wire.update(
                wire.section(2, 0, wire.item(wire.ANY, wire.anys(wire.any_string("new")), origin=(1, 0), key="k")),
                deletes=wire.deletes((1, [(0, 1)])),
            ),
        ]
    )
    without = Moment(past.now.state_vector, DeleteSet(), absent=DeleteSet([(2, 0, 1)]))
    document = integrated(past, past.now, without)
    assert [Showing(document, bit).root("map", Kind.MAP) for bit in (1, 2)] == [{"k": "new"}, {"k": "old"}]


def test_what_names_garbage_has_no_place() -> None:
    past = Past(
        [
            wire.insertion(1, 0, wire.run_of(wire.GC, 2)),
            wire.insertion(1, 2, wire.typed("a", origin=(1, 1))),
            wire.insertion(2, 0, wire.typed("b", parent=(1, 0))),
            wire.insertion(3, 0, wire.typed("c", right=(1, 2)), wire.typed("d")),
        ]
    )
    assert string_at(past, 4) == "d"


def test_roots_are_known_by_what_is_alive_in_them() -> None:
    past = Past(
        [
            wire.insertion(1, 0, wire.typed("a"), wire.item(wire.ANY, wire.anys(wire.ANY_NULL), parent="list")),
            wire.update(deletes=wire.deletes((1, [(0, 1)]))),
        ]
    )
    document = integrated(past, *past.moments[1:])
    found: list[dict[str, Any]] = [
        {name: root.kind for name, root in find_roots(document, bit).items()} for bit in (1, 2)
    ]
    assert found == [{"text": Kind.TEXT, "list": Kind.ARRAY}, {"text": None, "list": Kind.ARRAY}]


def test_structs_that_wait_for_each_other_are_told() -> None:
    one, other = wire.typed("a", origin=(2, 0)), wire.typed("b", origin=(1, 0))
    for update in (
        wire.update(wire.section(1, 0, one), wire.section(2, 0, other)),
        wire.insertion(1, 0, one),
    ):
        with pytest.raises(MalformedUpdate, match="never comes"):
            integrate(run(parsing(update)).sections, [])
