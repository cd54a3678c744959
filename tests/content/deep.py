"""Documents that are small to send and hard to read: every one passes the parser that guards a document."""

from __future__ import annotations

from tests.crdt import wire
from tests.crdt.wire import MAP, NO_DELETES, TYPE, XML_ELEMENT, item, section, string, uint


def xml(depth: int) -> bytes:
    """``<a>`` in ``<a>``, so deep, in the root ``document``."""
    content = bytes([XML_ELEMENT]) + string("a")
    first = item(TYPE, content, parent="document")
    return _update(first, *(item(TYPE, content, parent=(1, clock)) for clock in range(depth - 1)))


def maps(depth: int) -> bytes:
    """A map in a map, so deep, below the root ``map``."""
    first = item(TYPE, bytes([MAP]), parent="map", key="a")
    return _update(first, *(item(TYPE, bytes([MAP]), parent=(1, clock), key="a") for clock in range(depth - 1)))


def letters_in_an_array() -> bytes:
    """Letters where values stand: pycrdt never ends to read those that are pairs of code units."""
    return _update(wire.item(TYPE, bytes([wire.ARRAY]), parent="map", key="a"), wire.typed("😀", parent=(1, 0)))


def _update(*structs: bytes) -> bytes:
    return uint(1) + section(1, 0, *structs) + NO_DELETES


def lists(depth: int) -> bytes:
    """A list in an item of a list, so deep, as Tiptap has them, with ``a`` in the innermost."""
    nodes = [
        _element("listItem" if clock % 2 else "bulletList", (1, clock - 1) if clock else "document")
        for clock in range(2 * depth)
    ]
    nodes.append(item(TYPE, bytes([wire.XML_TEXT]), parent=(1, 2 * depth - 1)))
    return _update(*nodes, wire.typed("a", parent=(1, 2 * depth)))


def _element(tag: str, parent: str | wire.Id) -> bytes:
    return item(TYPE, bytes([XML_ELEMENT]) + string(tag), parent=parent)


def deleted_xml(depth: int) -> bytes:
    """XML so deep that was deleted, beside the text ``a``: to delete it, pycrdt goes down it by calls inside each other."""
    content = bytes([XML_ELEMENT]) + string("a")
    nodes = [item(TYPE, content, parent=(1, clock)) for clock in range(depth - 1)]
    structs = [item(TYPE, content, parent="document"), *nodes, wire.typed("a")]
    return wire.update(section(1, 0, *structs), deletes=wire.deletes((1, [(0, 1)])))
