"""Putting the items of a document into their order, as Yjs does (``Item.integrate``), once for all moments.

Yjs splits an item wherever another one names its inside. Here all structs are split beforehand wherever anything will
ever name them, or a moment ends; so an item is one thing to everything that follows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from collab.content.items import Integrated, Item, Moment, Type
from collab.crdt import Span
from collab.crdt.structs import DELETED, GC, IN_MAP, STRING, TYPE, Id, Struct
from collab.errors import MalformedUpdate
from collab.lib0 import read_bytes, read_uint

_Edges = dict[int, set[int]]


def integrate(
    sections: Mapping[int, list[Struct]], moments: Sequence[Moment], spans: Iterable[Span] = ()
) -> Integrated:
    """Integrate a whole document, given as the structs of an update that holds all of ``moments``.

    No item will be partly in one of ``spans``. An item's bit ``1 << n`` stands for the moment number n. Errors: ``MalformedUpdate``.
    """
    edges: _Edges = defaultdict(set)
    _add_neighbours(edges, sections)
    for moment in moments:
        for client, clock in moment.state_vector.items():
            edges[client].add(clock)
        for part in (moment.deletes, moment.absent):
            for client, start, end in part:
                edges[client].update((start, end))
    for client, start, end in spans:
        edges[client].update((start, end))
    halves = _halves(sections, edges, moments)
    items = {client: _pieces(structs, edges[client]) for client, structs in sections.items()}
    for number, moment in enumerate(moments):
        _mark(items, moment, 1 << number)
    return Integrated(_Placing(items).roots, items, halves)


def _add_neighbours(edges: _Edges, sections: Mapping[int, list[Struct]]) -> None:
    for structs in sections.values():
        for struct in structs:
            for client, clock in _named(struct):
                edges[client].add(clock)


def _pieces(structs: Iterable[Struct], edges: Iterable[int]) -> list[Item]:
    pieces: list[Item] = []
    inner = sorted(edges)
    position = 0
    for struct in structs:
        while position < len(inner) and inner[position] <= struct.clock:
            position += 1
        if position == len(inner) or inner[position] >= struct.end:
            pieces.append(Item(struct, 0, struct.length))
            continue
        places = [0]
        while position < len(inner) and inner[position] < struct.end:
            places.append(inner[position] - struct.clock)
            position += 1
        places.append(struct.length)
        pieces += [Item(struct, start, end - start) for start, end in pairwise(places)]
    return pieces


def _halves(sections: Mapping[int, list[Struct]], edges: _Edges, moments: Sequence[Moment]) -> dict[Id, int]:
    """Pairs of surrogates with an edge inside; both halves become items of their own.

    In a moment that pair is cut of which something that was there names a half.
    """
    halves: dict[Id, int] = {}
    for client, structs in sections.items():
        inner = sorted(edges[client])
        halves.update((id_, 0) for struct in structs for id_ in _second_halves(struct, inner))
    if not halves:
        return halves
    for client, clock in halves:
        edges[client].update((clock - 1, clock + 1))
    for number, moment in enumerate(moments):
        named = [(client, at) for client, start, end in moment.deletes for at in (start, end)]
        for client, structs in sections.items():
            named += [id_ for struct in structs if _was_written(moment, client, struct.clock) for id_ in _named(struct)]
        for id_ in named:
            if id_ in halves:
                halves[id_] |= 1 << number
    return halves


def _second_halves(struct: Struct, edges: list[int]) -> Iterator[Id]:
    """The second halves in a struct before which there is an edge."""
    if struct.kind != STRING:
        return
    text, _ = read_bytes(struct.raw, struct.body)
    if text.isascii():
        return
    wide = text.decode().encode("utf-16-le")
    for edge in edges[bisect_right(edges, struct.clock) : bisect_left(edges, struct.end)]:
        if 0xDC <= wide[2 * (edge - struct.clock) + 1] <= 0xDF:
            yield struct.client, edge


def _named(struct: Struct) -> list[Id]:
    """The clocks before which Yjs cuts for the sake of a struct."""
    named = [] if struct.origin is None else [(struct.origin[0], struct.origin[1] + 1)]
    return named if struct.right_origin is None else [*named, struct.right_origin]


def _was_written(moment: Moment, client: int, clock: int) -> bool:
    return clock < moment.state_vector.get(client, 0) and (client, clock) not in moment.absent


def _mark(items: dict[int, list[Item]], moment: Moment, bit: int) -> None:
    """Note on each item whether it was there in a moment."""
    absent, deletes = moment.absent.ranges, moment.deletes.ranges
    for client, pieces in items.items():
        count = bisect_left(pieces, moment.state_vector.get(client, 0), key=lambda item: item.clock)
        past = pieces[:count]
        for item in past:
            item.present |= bit
        for item in _within(past, absent.get(client, ())):
            item.present &= ~bit
        for item in past:
            if item.present & bit and item.struct.kind not in (GC, DELETED):
                item.alive |= bit
        for item in _within(past, deletes.get(client, ())):
            item.alive &= ~bit


def _within(items: list[Item], ranges: Iterable[tuple[int, int]]) -> Iterable[Item]:
    for start, end in ranges:
        first = bisect_left(items, start, key=lambda item: item.clock)
        for index in range(first, len(items)):
            if items[index].clock >= end:
                break
            yield items[index]


class _Placing:
    """Places all items, each after what it depends on; the order they end in does not depend on the order of this."""

    def __init__(self, items: dict[int, list[Item]]) -> None:
        self.roots: dict[str, Type] = {}
        self._items = items
        self._placed = dict.fromkeys(items, 0)  # how many of each client's
        self._reached = {client: pieces[0].clock for client, pieces in items.items()}
        self._starts = {item.id: item for pieces in items.values() for item in pieces}
        self._ends = {item.last_id: item for pieces in items.values() for item in pieces}
        for client, pieces in items.items():
            self._place_until(client, pieces[-1].clock)

    def _place_until(self, client: int, clock: int) -> None:
        """Place what there is of a client up to a clock, and whatever that depends on."""
        stack = [(client, clock)]
        while stack:
            client, clock = stack[-1]
            if self._reached[client] > clock:
                stack.pop()
                continue
            item = self._items[client][self._placed[client]]
            blocker = self._blocker(item)
            if blocker is not None:
                if len(stack) > len(self._starts) or blocker[0] not in self._items:
                    raise MalformedUpdate(f"{item!r} waits for what never comes")
                stack.append(blocker)
                continue
            self._resolve(item)
            self._placed[client] += 1
            self._reached[client] = item.clock + item.length

    def _blocker(self, item: Item) -> Id | None:
        """What must be placed before ``item`` and is not yet."""
        if item.offset:
            return None
        for needed in (item.struct.origin, item.struct.right_origin, item.struct.parent):
            if needed is not None and needed[1] >= self._reached.get(needed[0], 0):
                return needed
        return None

    def _resolve(self, item: Item) -> None:
        """Find out where an item belongs, and place it if that is anywhere."""
        struct = item.struct
        if struct.kind == GC:
            return
        if item.offset:
            item.origin = self._ends[struct.client, item.clock - 1]
        elif struct.origin is not None:
            item.origin = self._ends[struct.origin]
        if struct.right_origin is not None:
            item.right_origin = self._starts[struct.right_origin]
        left, right = item.origin, item.right_origin
        if (left is not None and left.parent is None) or (right is not None and right.parent is None):
            return  # beside garbage
        beside = left or right
        if beside is not None:
            item.parent, item.key = beside.parent, beside.key
        else:
            item.parent, item.key = self._told(struct)
        if item.parent is None:
            return
        if struct.kind == TYPE:
            item.type = Type(None, item)
        _insert(item, item.parent)

    def _told(self, struct: Struct) -> tuple[Type | None, str | None]:
        """The parent and the key that a struct without neighbours names."""
        pos = 1
        kind, pos = read_uint(struct.raw, pos)
        parent: Type | None
        if kind == 1:
            name, pos = read_bytes(struct.raw, pos)
            root = name.decode()
            parent = self.roots.get(root)
            if parent is None:
                parent = self.roots[root] = Type(root, None)
        else:
            client, pos = read_uint(struct.raw, pos)
            clock, pos = read_uint(struct.raw, pos)
            parent = self._type_at((client, clock))
        if not struct.raw[0] & IN_MAP:
            return parent, None
        key, _ = read_bytes(struct.raw, pos)
        return parent, key.decode()

    def _type_at(self, id_: Id) -> Type | None:
        """The type that an item makes; None where it makes none (any more)."""
        item = self._starts.get(id_)
        return None if item is None else item.type


def _insert(item: Item, parent: Type) -> None:
    """Put an item into its list, or among the values of its key: what Yjs calls integrating."""
    left, right, key = item.origin, item.right_origin, item.key
    follows = _first(parent, key) if left is None else left.right
    if follows is not right:
        left = _after_rivals(item, left, follows)
        follows = _first(parent, key) if left is None else left.right
    item.left, item.right = left, follows
    if left is not None:
        left.right = item
    elif key is None:
        parent.start = item
    if follows is not None:
        follows.left = item
    elif key is not None:
        parent.last[key] = item


def _first(parent: Type, key: str | None) -> Item | None:
    if key is None:
        return parent.start
    item = parent.last.get(key)
    while item is not None and item.left is not None:
        item = item.left
    return item


def _after_rivals(item: Item, left: Item | None, other: Item | None) -> Item | None:
    """The item that ``item`` comes behind, where others were put into the same gap at the same time."""
    before_origin: set[Item] = set()
    conflicting: set[Item] = set()
    while other is not None and other is not item.right_origin:
        before_origin.add(other)
        conflicting.add(other)
        if item.origin is other.origin:
            if other.struct.client < item.struct.client:
                left = other
                conflicting.clear()
            elif item.right_origin is other.right_origin:
                break
        elif other.origin is not None and other.origin in before_origin:
            if other.origin not in conflicting:
                left = other
                conflicting.clear()
        else:
            break
        other = other.right
    return left
