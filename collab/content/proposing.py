"""From one moment of a document to another, as one ordinary edit: what a restore sends to everyone.

What both moments show stays as it is, under its own name: cursors, comments and authorship hold on to it. What only the
first shows is deleted. What only the second shows is dead or never was among the living, so it is written once more,
as a new editor would, between the very neighbours that it had: whatever others write meanwhile is merged as with any
edit.
"""

from __future__ import annotations

from typing import NamedTuple

from collab.content.items import Integrated, Item, Type
from collab.content.showing import MAX_DEPTH, Showing
from collab.crdt import DeleteSet, run
from collab.crdt.structs import (
    ANY,
    HAS_ORIGIN,
    HAS_RIGHT_ORIGIN,
    IN_MAP,
    JSON,
    STRING,
    Id,
    Struct,
    split,
)
from collab.crdt.update import encoding
from collab.errors import ContentUnavailable
from collab.lib0 import write_bytes, write_uint


def propose(document: Integrated, now: int, then: int, client: int) -> bytes | None:
    """The update of ``client``, which nobody is yet, that leads from ``now`` to ``then`` (bits); None where nothing differs.

    Errors: ``ContentUnavailable`` for what nests too deep.
    """
    proposal = _Proposal(document, now, then, client)
    for type_ in document.roots.values():
        proposal.lead(type_, 0)
    return proposal.encode()


class _Proposal:
    """Walks along what is alive and notes what is to be deleted and written."""

    def __init__(self, document: Integrated, now: int, then: int, client: int) -> None:
        self._document = document
        self._now, self._then = now, then
        self._before, self._after = Showing(document, now), Showing(document, then)
        self._pen = _Pen(client)
        self._spans: list[tuple[int, int, int]] = []

    def encode(self) -> bytes | None:
        """The update; None where there is nothing in it."""
        sections = {self._pen.client: self._pen.structs} if self._pen.structs else {}
        if not sections and not self._spans:
            return None
        return run(encoding(sections, DeleteSet(self._spans).encode()))

    def lead(self, type_: Type, depth: int) -> None:
        """Lead a type that is alive in both moments from one to the other."""
        if depth > MAX_DEPTH:
            raise ContentUnavailable(f"the document nests deeper than {MAX_DEPTH} levels")
        self._lead_values(type_, depth)
        legible = dict(self._before.spelled(type_))
        wanted = dict(self._after.spelled(type_))
        missing: list[Item] = []
        for item in type_.items():
            if item in legible:
                self._write_items(missing, _between(type_, item.left, item), wanted, depth)
                missing = []
                if wanted.get(item) != legible[item]:
                    self._delete(item)
                    if item in wanted:  # half an emoji that was whole
                        missing.append(item)
                elif item.type is not None:
                    self.lead(item.type, depth + 1)
            elif item in wanted:
                missing.append(item)
        if missing:
            last = missing[-1]
            while last.right is not None:
                last = last.right
            self._write_items(missing, _between(type_, last, None), wanted, depth)

    def _lead_values(self, type_: Type, depth: int) -> None:
        shown, wanted = dict(type_.values(self._now)), dict(type_.values(self._then))
        for key in sorted(shown.keys() | wanted.keys()):
            old, new = shown.get(key), wanted.get(key)
            if old is not None and (old is new or (new is not None and self._is_same(old, new))):
                if old.type is not None:
                    self.lead(old.type, depth + 1)
                continue
            if old is not None:
                self._delete(old)
            if new is not None:
                self._write_item(new, _Place(_parent(type_), type_.last[key].last_id, key=key), depth)

    def _is_same(self, one: Item, other: Item) -> bool:
        """Whether two plain values of a key say the same."""
        return one.type is None and one.struct.kind == other.struct.kind and self._content(one) == self._content(other)

    def _delete(self, item: Item) -> None:
        """Delete an item and all that lives below it, as an editor does."""
        doomed = [item]
        while doomed:
            item = doomed.pop()
            self._spans.append((item.struct.client, item.clock, item.clock + item.length))
            if item.type is not None:
                doomed += [each for each in item.type.items() if each.alive & self._now]
                doomed += [each for _, each in item.type.values(self._now)]

    def _write_items(self, items: list[Item], place: _Place, wanted: dict[Item, str], depth: int) -> None:
        """Write items anew, one behind the other."""
        words = ""
        for item in items:
            if item.struct.kind == STRING:
                words += wanted[item]
                continue
            place = self._write_item(item, self._write_words(words, place), depth)
            words = ""
        self._write_words(words, place)

    def _write_words(self, words: str, place: _Place) -> _Place:
        if not words:
            return place
        return self._pen.write(STRING, write_bytes(words.encode()), len(words.encode("utf-16-le")) // 2, place)

    def _write_item(self, item: Item, place: _Place, depth: int) -> _Place:
        """Write an item anew, with all that it held; return the place behind it."""
        behind = self._pen.write(item.struct.kind, self._content(item), item.length, place)
        if item.type is not None and behind.left is not None:
            self._write_inside(item.type, behind.left, depth + 1)
        return behind

    def _write_inside(self, type_: Type, made: Id, depth: int) -> None:
        """Write anew what a type held, into the one that was made for it."""
        if depth > MAX_DEPTH:
            raise ContentUnavailable(f"the document nests deeper than {MAX_DEPTH} levels")
        for key, item in type_.values(self._then):
            self._write_item(item, _Place(made, key=key), depth)
        wanted = dict(self._after.spelled(type_))
        self._write_items(list(wanted), _Place(made), wanted, depth)

    def _content(self, item: Item) -> bytes:
        struct = item.struct
        if item.length == struct.length or struct.kind not in (ANY, JSON):
            return struct.raw[struct.body :]
        edges = [at for at in (item.offset, item.offset + item.length) if 0 < at < struct.length]
        piece = split(struct, edges)[1 if item.offset else 0]
        return piece.raw[piece.body :]


class _Place(NamedTuple):
    """Where something is to be written: in a type (a root's name, or the name of the item that makes it), beside whom."""

    parent: str | Id
    left: Id | None = None
    right: Id | None = None
    key: str | None = None


def _parent(type_: Type) -> str | Id:
    if type_.item is not None:
        return type_.item.id
    return type_.name or ""


def _between(type_: Type, left: Item | None, right: Item | None) -> _Place:
    return _Place(_parent(type_), None if left is None else left.last_id, None if right is None else right.id)


class _Pen:
    """Writes one client's structs."""

    def __init__(self, client: int) -> None:
        self.client = client
        self.structs: list[Struct] = []
        self._clock = 0

    def write(self, kind: int, content: bytes, length: int, place: _Place) -> _Place:
        """Write one struct; return the place behind it."""
        info = kind
        header = b""
        if place.left is not None:
            info |= HAS_ORIGIN
            header += write_uint(place.left[0]) + write_uint(place.left[1])
        if place.right is not None:
            info |= HAS_RIGHT_ORIGIN
            header += write_uint(place.right[0]) + write_uint(place.right[1])
        if place.key is not None:
            info |= IN_MAP
        parent = None
        if not header:
            if isinstance(place.parent, str):
                header = write_uint(1) + write_bytes(place.parent.encode())
            else:
                parent = place.parent
                header = write_uint(0) + write_uint(parent[0]) + write_uint(parent[1])
            if place.key is not None:
                header += write_bytes(place.key.encode())
        header = bytes([info]) + header
        self.structs.append(
            Struct(
                self.client,
                self._clock,
                length,
                kind,
                place.left,
                place.right,
                parent,
                header + content,
                len(header),
            )
        )
        self._clock += length
        return place._replace(left=(self.client, self._clock - 1))
