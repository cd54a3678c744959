"""pycrdt's types copied out into a tree. This and ``worker`` are the only modules of the server that know pycrdt."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

import pycrdt

from collab.content.roots import Kind
from collab.content.tree import Attributes, Element, Fragment, Node, Run, Subdocument, Text, Value
from collab.errors import ContentUnavailable

MAX_DEPTH = 400
"""How deep a document may nest: a hundred levels of indentation are two hundred elements."""

_TYPES: dict[Kind, type[Any]] = {
    Kind.XML: pycrdt.XmlFragment,
    Kind.TEXT: pycrdt.Text,
    Kind.ARRAY: pycrdt.Array,
    Kind.MAP: pycrdt.Map,
}


def read(update: bytes, root: str, kind: Kind) -> Value:
    """Open an update and copy out one root of it, taken for a ``kind``. See ``read_all``."""
    return read_all(update, {root: kind})[root]


def read_all(update: bytes, kinds: Mapping[str, Kind]) -> dict[str, Value]:
    """Open an update and copy out some roots of it, each taken for what it is said to be.

    The document is gone when this returns: if letting go of it ended the process, it would do so before there is an
    answer. Errors: ``ContentUnavailable`` above ``MAX_DEPTH``; what pycrdt raises, or the end of
    the process, for what it cannot read.
    """
    document: pycrdt.Doc[Any] = pycrdt.Doc()
    document.apply_update(update)
    with document.transaction():  # one for all that is read
        return {root: _value(document.get(root, type=_TYPES[kind]), 0) for root, kind in kinds.items()}


def _value(value: Any, depth: int) -> Value:
    match value:
        case pycrdt.XmlElement() | pycrdt.XmlFragment() | pycrdt.XmlText() | pycrdt.Text():
            return _node(value, depth)
        case pycrdt.Map() | pycrdt.Array() if depth >= MAX_DEPTH:
            raise _too_deep()
        case pycrdt.Map() | dict():
            return _attributes(value.items(), depth + 1)
        case pycrdt.Array() | list():
            return [_value(entry, depth + 1) for entry in value]
        case pycrdt.Doc():
            return Subdocument(value.guid)
        case bytes() | bytearray():
            return bytes(value)
        case _:
            return value


def _node(node: Any, depth: int) -> Node:
    if depth >= MAX_DEPTH:
        raise _too_deep()
    if isinstance(node, pycrdt.XmlText | pycrdt.Text):
        return Text(_runs(node.diff(), depth + 1))
    children = [_node(child, depth + 1) for child in node.children]
    if isinstance(node, pycrdt.XmlElement):
        return Element(node.tag or "", _attributes(node.attributes, depth + 1), children)
    return Fragment(children)


def _runs(pieces: list[tuple[Any, Attributes | None]], depth: int) -> list[Run]:
    """The runs of a text, joined where a mark is repeated inside: how often it stands there shows to nobody."""
    runs: list[Run] = []
    for insert, marks in pieces:
        attributes = _attributes((marks or {}).items(), depth)
        last = runs[-1] if runs else None
        if (
            last is not None
            and isinstance(insert, str)
            and isinstance(last.insert, str)
            and last.attributes == attributes
        ):
            runs[-1] = Run(last.insert + insert, attributes)
        else:
            runs.append(Run(_value(insert, depth), attributes))
    return runs


def _attributes(entries: Any, depth: int) -> Attributes:
    """Keys and values, in the order of the keys: pycrdt keeps none, and the same document shall read the same."""
    return {key: _value(value, depth) for key, value in sorted(entries, key=itemgetter(0))}


def _too_deep() -> ContentUnavailable:
    return ContentUnavailable(f"the document nests deeper than {MAX_DEPTH} levels")
