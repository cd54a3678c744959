"""What a document holds: its root types, found out from the structs.

An update does not say what type a root is of: every editor knows that of its own document. But what stands in a root
tells: text and marks stand in texts, XML elements in fragments, other values in arrays, and what has keys in maps.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from enum import StrEnum

from collab.crdt import DeleteSet
from collab.crdt.structs import (
    DELETED,
    EMBED,
    FORMAT,
    GC,
    IN_MAP,
    STRING,
    TYPE,
    Id,
    Struct,
)
from collab.crdt.update import Update
from collab.lib0 import read_bytes

_XML_TYPES = frozenset((3, 5, 6))  # YXmlElement, YXmlHook, YXmlText


MAX_NAME = 255
"""Characters of a root's name that are passed on; nobody's editor gives it a longer one."""


class Kind(StrEnum):
    """What type a root is of, in the order in which one is looked for that is not named."""

    XML = "xml"
    TEXT = "text"
    ARRAY = "array"
    MAP = "map"


@dataclass(slots=True)
class Root:
    """One root type. ``size`` is how many clocks of living content stand directly in it."""

    name: str
    size: int = 0
    _seen: set[Kind] = field(default_factory=set)

    @property
    def kind(self) -> Kind | None:
        """What it is; None where nothing is left that would tell."""
        # A text may hold other types among its letters, an array XML among its values, and a list have attributes.
        return next((kind for kind in (Kind.TEXT, Kind.ARRAY, Kind.XML, Kind.MAP) if kind in self._seen), None)

    def hold(self, struct: Struct, size: int, *, in_map: bool) -> None:
        """Take in that ``struct`` stands in it, of which ``size`` clocks are alive."""
        self.size += size
        if not size:
            return
        if in_map:
            self._seen.add(Kind.MAP)
        elif struct.kind in (STRING, FORMAT, EMBED):
            self._seen.add(Kind.TEXT)
        elif struct.kind == TYPE and struct.raw[struct.body] in _XML_TYPES:
            self._seen.add(Kind.XML)
        else:
            self._seen.add(Kind.ARRAY)


def find_roots(update: Update) -> dict[str, Root]:
    """The roots of a whole document, by name, also those in which nothing is alive."""
    deletes = DeleteSet(update.spans)
    places = _Places(update.sections)
    roots: dict[str, Root] = {}
    for client, structs in update.sections.items():
        for struct in structs:
            place = places.of(struct)
            if place is None:
                continue
            name, in_map = place
            root = roots.setdefault(name, Root(name))
            size = 0 if struct.kind == DELETED else struct.length
            if size:
                size -= sum(end - start for _, start, end in deletes.overlaps(client, struct.clock, struct.end))
            root.hold(struct, size, in_map=in_map)
    return roots


def choose(roots: dict[str, Root]) -> Root | None:
    """The root that most likely is the document: XML before text before the rest, then the largest; None for none."""
    order = list(Kind)
    living = [
        (order.index(root.kind), -root.size, root.name)
        for root in roots.values()
        if root.kind is not None and len(root.name) <= MAX_NAME
    ]
    return roots[min(living)[2]] if living else None


class _Places:
    """Finds the root that a struct stands in: the one it names, or that of its neighbour."""

    def __init__(self, sections: dict[int, list[Struct]]) -> None:
        self._sections = sections
        self._known: dict[Id, tuple[str, bool] | None] = {}

    def of(self, struct: Struct) -> tuple[str, bool] | None:
        """The name of the root and whether the struct is a value of a key in it; None for what stands elsewhere."""
        chain: list[Id] = []
        place: tuple[str, bool] | None
        while True:
            id_ = (struct.client, struct.clock)
            if id_ in self._known:
                place = self._known[id_]
                break
            chain.append(id_)
            neighbour = struct.origin or struct.right_origin
            if neighbour is None:
                place = None if struct.parent is not None or struct.kind == GC else _named(struct)
                break
            struct = self._find(neighbour)
        for id_ in chain:
            self._known[id_] = place
        return place

    def _find(self, id_: Id) -> Struct:
        client, clock = id_
        structs = self._sections[client]
        return structs[bisect_right(structs, clock, key=lambda struct: struct.clock) - 1]


def _named(struct: Struct) -> tuple[str, bool]:
    """What a struct without neighbours and without a parent says: info byte, ``vu(1) vs(root name)``."""
    name, _ = read_bytes(struct.raw, 2)
    return name.decode(), bool(struct.raw[0] & IN_MAP)
