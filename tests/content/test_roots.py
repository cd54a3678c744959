"""What a document holds is found out from its structs alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from collab.content.roots import Kind, Root, choose, find_roots
from collab.crdt import parsing, run
from tests.content.conftest import Document
from tests.content.test_reading import KINDS
from tests.crdt import wire

EMPTY: dict[str, dict[str, list[Any]]] = {
    "text": {"text": []},
    "map": {"map": []},
    "array": {"array": []},
    "document": {"children": []},
}


@pytest.mark.node
def test_finds_the_type_of_whatever_yjs_shows(documents: Sequence[Document]) -> None:
    found = 0
    for document in documents:
        for form in (document.whole, document.served):
            roots = find_roots(run(parsing(form)))
            for name, kind in KINDS.items():
                shown = document.shape[name]
                if shown == EMPTY[name] or "attributes" in shown:
                    continue
                # An array of XML and nothing else cannot be told from a fragment.
                allowed = {kind, Kind.XML} if name == "array" and is_xml(shown["array"]) else {kind}
                assert roots[name].kind in allowed, f"session {document.seed}, {name}"
                found += 1
    assert found > len(documents)


def is_xml(values: list[Any]) -> bool:
    return all(isinstance(value, dict) and {"element", "hook", "text"} & set(value) for value in values)


def roots_of(*structs: bytes, deletes: bytes = wire.NO_DELETES) -> dict[str, Root]:
    return find_roots(run(parsing(wire.update(wire.section(1, 0, *structs), deletes=deletes))))


def test_what_follows_stands_where_its_neighbour_stands() -> None:
    roots = roots_of(wire.typed("ab"), wire.typed("cd", origin=(1, 1)), wire.typed("e", right=(1, 0)))
    assert {name: (root.kind, root.size) for name, root in roots.items()} == {"text": (Kind.TEXT, 5)}


def test_what_is_deleted_tells_nothing() -> None:
    (root,) = roots_of(wire.typed("abc"), deletes=wire.deletes((1, [(0, 3)]))).values()
    assert (root.kind, root.size) == (None, 0)
    (root,) = roots_of(wire.typed("abc"), deletes=wire.deletes((1, [(1, 1)]))).values()
    assert (root.kind, root.size) == (Kind.TEXT, 2)


def test_what_stands_in_a_type_is_of_no_root() -> None:
    element = wire.item(wire.TYPE, bytes([wire.XML_ELEMENT]) + wire.string("p"), parent="document")
    roots = roots_of(element, wire.typed("words", parent=(1, 0)))
    assert [(root.name, root.kind, root.size) for root in roots.values()] == [("document", Kind.XML, 1)]


def test_a_text_may_have_attributes() -> None:
    value = wire.item(wire.ANY, wire.anys(wire.ANY_TRUE), parent="text", key="wrapped")
    assert roots_of(value, wire.typed("a"))["text"].kind is Kind.TEXT
    assert roots_of(value)["text"].kind is Kind.MAP


def test_chooses_xml_before_text_before_the_rest_then_the_largest() -> None:
    element = wire.item(wire.TYPE, bytes([wire.XML_ELEMENT]) + wire.string("p"), parent="document")
    entry = wire.item(wire.ANY, wire.anys(wire.ANY_TRUE), parent="settings", key="a")
    short, long = wire.typed("a", parent="a"), wire.typed("long", parent="b")

    def chosen(*structs: bytes) -> str | None:
        root = choose(roots_of(*structs))
        return root.name if root is not None else None

    assert chosen(entry, short, long, element) == "document"
    assert chosen(entry, short, long) == "b"
    assert chosen(entry) == "settings"
    assert chosen(wire.typed("a", parent="x" * 256)) is None
    assert choose({}) is None
    assert choose({"a": Root("a")}) is None
