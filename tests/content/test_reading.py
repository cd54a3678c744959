"""What is read with pycrdt is what real Yjs shows, split emoji, old JSON and hooks included."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from math import isinf, isnan
from typing import Any

import pytest

from collab.content.reading import MAX_DEPTH, read
from collab.content.roots import Kind
from collab.content.spelling import respell
from collab.content.tree import Element, Fragment, Subdocument, Text, Value
from collab.errors import ContentUnavailable
from tests.content import deep
from tests.content.conftest import Document

KINDS = {"text": Kind.TEXT, "map": Kind.MAP, "array": Kind.ARRAY, "document": Kind.XML}


@pytest.mark.node
def test_shows_what_yjs_shows(documents: Sequence[Document]) -> None:
    shown = Counter[str]()
    for document in documents:
        for form in (document.whole, document.served):
            spelled, _ = respell(form)
            for root, kind in KINDS.items():
                wanted = comparable(document.shape[root])
                assert comparable(shape(read(spelled, root, kind))) == wanted, f"session {document.seed}, {root}"
                shown[root] += wanted not in ({"text": []}, {"map": []}, {"array": []}, {"children": []})
    assert min(shown[root] for root in KINDS) > len(documents) / 5, "each kind was tried, and not with nothing"


def shape(value: Value) -> Any:
    """A tree in the form of ``tests/node/crdt_shape.mjs``."""
    match value:
        case Text():
            return {"text": [[_inserted(run.insert), _marks(run.attributes)] for run in value.runs]}
        case Element():
            children = [shape(child) for child in value.children]
            return {"element": value.tag, "attributes": entries(value.attributes), "children": children}
        case Fragment():
            return {"children": [shape(child) for child in value.children]}
        case _:
            return {"map": entries(value)} if isinstance(value, dict) else {"array": [inner(each) for each in value]}


def inner(value: Value) -> Any:
    """A value inside a type. A map and an object, an array and a list are one in a tree."""
    match value:
        case Text() | Element() | Fragment() | dict():
            return shape(value)
        case list():
            return [inner(each) for each in value]
        case Subdocument():
            return {"subdocument": value.guid}
        case bytes():
            return {"bytes": value.hex()}
        case float() if isnan(value) or isinf(value):
            return {"number": str(value)}
        case _:
            return value


def entries(attributes: dict[str, Any]) -> list[Any]:
    return [[key, inner(value)] for key, value in sorted(attributes.items())]


def _inserted(insert: Any) -> Any:
    return insert if isinstance(insert, str) else {"embed": inner(insert)}


def _marks(attributes: dict[str, Any]) -> Any:
    return entries(attributes) if attributes else ""


def comparable(shown: Any) -> Any:
    """Both forms without what only one of the languages knows."""
    match shown:
        case {"bigint": number}:
            return int(number)
        case {"number": "-0"}:
            return 0
        case {"number": str(number)}:
            return number.lower().replace("infinity", "inf")
        case {"undefined": _}:
            return None  # pycrdt knows only one nothing
        case {"hook": _, "map": held} | {"map": held} | {"object": held}:
            return {"map": comparable(sorted(held))}
        case {"array": held}:
            return comparable(held)
        case {"text": runs}:
            return {"text": [[comparable(insert), _comparable_marks(marks)] for insert, marks in runs]}
        case dict():
            return {key: comparable(value) for key, value in shown.items()}
        case list():
            # An attribute named "__proto__" cannot stand in an object of JavaScript.
            return [
                comparable(value) for value in shown if not (isinstance(value, list) and value[:1] == ["__proto__"])
            ]
        case _:
            return shown


def _comparable_marks(marks: Any) -> Any:
    return comparable(json.loads(marks) if isinstance(marks, str) and marks else marks)


@pytest.mark.usefixtures("deep_calls")
def test_nests_as_deep_as_is_allowed() -> None:
    tree = read(deep.xml(MAX_DEPTH - 1), "document", Kind.XML)
    depth = 0
    while tree.children:
        (tree,) = tree.children
        depth += 1
    assert depth == MAX_DEPTH - 1


@pytest.mark.usefixtures("deep_calls")
@pytest.mark.parametrize(
    ("update", "root", "kind"),
    [(deep.xml(MAX_DEPTH), "document", Kind.XML), (deep.maps(MAX_DEPTH + 1), "map", Kind.MAP)],
)
def test_nests_no_deeper(update: bytes, root: str, kind: Kind) -> None:
    with pytest.raises(ContentUnavailable, match=f"deeper than {MAX_DEPTH}"):
        read(update, root, kind)
