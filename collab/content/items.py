"""A document integrated: every item that ever was in it, in its place.

The server never integrates (see ``collab.crdt``); the worker does where a moment is compared with another one, or brought
back. For this the names of things count, and pycrdt gives none. In Yjs' order of items nothing ever moves: what is added
later comes between. So one integration shows every moment of a document's past, each by which of the items were there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from collab.content.contents import Contents
from collab.crdt import DeleteSet
from collab.crdt.structs import Id, Struct


@dataclass(frozen=True, slots=True)
class Moment:
    """A document as it was: what had been written, and what of it was deleted.

    ``absent``: clocks below the state vector that are taken for never written, which no real moment has.
    """

    state_vector: Mapping[int, int]
    deletes: DeleteSet
    absent: DeleteSet = field(default_factory=DeleteSet)


class Item:
    """A struct, or a piece of one, in its place. No moment that was asked for has only a part of it.

    ``left`` and ``right`` are its neighbours in the list, or among the values that a key had, dead or alive; ``parent`` is
    None for what has no place, as what an editor had collected as garbage.
    """

    __slots__ = (
        "alive",
        "clock",
        "key",
        "left",
        "length",
        "offset",
        "origin",
        "parent",
        "present",
        "right",
        "right_origin",
        "struct",
        "type",
    )

    def __init__(self, struct: Struct, offset: int, length: int) -> None:
        self.struct = struct
        self.offset = offset
        """Where it begins in its struct."""
        self.clock = struct.clock + offset
        self.length = length
        self.origin: Item | None = None
        self.right_origin: Item | None = None
        self.left: Item | None = None
        self.right: Item | None = None
        self.parent: Type | None = None
        self.key: str | None = None
        """The key that it is, or was, a value of."""
        self.type: Type | None = None
        """The shared type that it is."""
        self.present = 0
        """In which moments it had been written: a bit for each."""
        self.alive = 0
        """In which it was not deleted either. What is below something dead may be alive by name."""

    @property
    def id(self) -> Id:
        """The name of its first unit."""
        return self.struct.client, self.clock

    @property
    def last_id(self) -> Id:
        """The name of its last unit."""
        return self.struct.client, self.clock + self.length - 1

    def __repr__(self) -> str:
        return f"<Item {self.struct.client}:{self.clock}+{self.length} kind {self.struct.kind}>"


class Type:
    """A shared type: a list of items, and for each key the values it ever had, of which the last one counts."""

    __slots__ = ("item", "last", "name", "start")

    def __init__(self, name: str | None, item: Item | None) -> None:
        self.name = name
        """That of a root."""
        self.item = item
        """What makes it, where it is no root."""
        self.start: Item | None = None
        self.last: dict[str, Item] = {}

    def items(self) -> Iterator[Item]:
        """All of its list, dead or alive."""
        item = self.start
        while item is not None:
            yield item
            item = item.right

    def value(self, key: str, moment: int) -> Item | None:
        """The value that a key had in a moment (a bit)."""
        item: Item | None = self.last[key]
        while item is not None and not item.present & moment:
            item = item.left
        return item if item is not None and item.alive & moment else None

    def values(self, moment: int) -> Iterator[tuple[str, Item]]:
        """All keys that had a value in a moment, in order, with it."""
        for key in sorted(self.last):
            item = self.value(key, moment)
            if item is not None:
                yield key, item


@dataclass(frozen=True, slots=True)
class Integrated:
    """A whole document. ``items`` are those of each client in the order of its clocks, also those without a place."""

    roots: dict[str, Type]
    items: dict[int, list[Item]]
    halves: Mapping[Id, int]
    """Pairs of surrogates that Yjs cut: by the name of the second half, in which moments they were cut."""
    contents: Contents = field(default_factory=Contents)

    def text(self, item: Item) -> str:
        """The letters of an item; a half of a surrogate pair is U+FFFD."""
        return self.contents.text(item.struct, item.offset, item.offset + item.length)

    def letters(self, item: Item) -> bytes:
        """The letters of an item, as UTF-16."""
        return self.contents.letters(item.struct, item.offset, item.offset + item.length)

    def values(self, item: Item) -> list[Any]:
        """The values of an item that holds any."""
        return self.contents.values(item.struct, item.offset, item.offset + item.length)
