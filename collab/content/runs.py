"""A text in two moments at once: what stayed, what came, what went, what only looks different, and whose doing it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from collab.content.attribution import UNKNOWN, Attribution, Deed
from collab.content.changes import AFTER, BEFORE, BOTH, Change, Piece
from collab.content.contents import mark
from collab.content.items import Integrated, Item, Type
from collab.content.plain import plain
from collab.content.showing import Showing, changed
from collab.content.tree import Attributes
from collab.crdt.structs import FORMAT, STRING

_AT_ONCE = 60_000
"""Milliseconds between two pieces of one person that still are one run."""


class Runs:
    """Reads texts in two moments."""

    def __init__(self, document: Integrated, attribution: Attribution) -> None:
        self._before, self._after = Showing(document, BEFORE), Showing(document, AFTER)
        self._document = document
        self._attribution = attribution

    def of(self, type_: Type, bits: int, depth: int) -> list[Piece]:
        """The pieces of a text that was there in these moments."""
        return joined(self._pieces(type_, bits, depth))

    def embed(self, item: Item, bits: int, marks: Attributes, before: Attributes, depth: int) -> Piece:
        """A piece that is no letters."""
        then = plain(self._before.value(item, depth)) if bits & BEFORE else None
        now = plain(self._after.value(item, depth)) if bits & AFTER else None
        change = Change.of(bits)
        if change is Change.SAME and (then != now or marks != before):
            change = Change.CHANGED
        return Piece(
            "",
            change,
            marks if bits & AFTER else before,
            before if change is Change.CHANGED and marks != before else None,
            now if bits & AFTER else then,
            then if change is Change.CHANGED and then != now else None,
            self.deed(item, bits),
        )

    def deed(self, item: Item, bits: int) -> Deed:
        """Who made the difference between the moments in which an item was there and those in which it was not."""
        if bits == AFTER:
            return self._attribution.author(item)
        return self._attribution.remover(item) if bits == BEFORE else UNKNOWN

    def _pieces(self, type_: Type, bits: int, depth: int) -> Iterator[Piece]:
        then = dict(self._before.spelled(type_)) if bits & BEFORE else {}
        now = dict(self._after.spelled(type_)) if bits & AFTER else {}
        look = _Look(self)
        for item in type_.items():
            here = (BEFORE if item in then else 0) | (AFTER if item in now else 0)
            if not here:
                continue
            if item.struct.kind == FORMAT:
                look.take(item, here)
            elif item.struct.kind != STRING:
                yield self.embed(item, here, look.after, look.before, depth)
            elif here == BOTH and then[item] != now[item]:  # an emoji that was cut
                yield Piece(then[item], Change.REMOVED, look.before)
                yield Piece(now[item], Change.ADDED, look.after)
            elif here == BOTH and look.before != look.after:
                yield Piece(now[item], Change.CHANGED, look.after, look.before, deed=look.deed())
            else:
                marks = look.after if here & AFTER else look.before
                yield Piece((now if here & AFTER else then)[item], Change.of(here), marks, deed=self.deed(item, here))


class _Look:
    """The marks that hold at a place of a text, in both moments."""

    def __init__(self, runs: Runs) -> None:
        self.before: Attributes = {}
        self.after: Attributes = {}
        self._runs = runs
        self._set_before: dict[str, tuple[Item, int]] = {}
        self._set_after: dict[str, tuple[Item, int]] = {}

    def take(self, item: Item, bits: int) -> None:
        """A mark begins or ends here."""
        name, value = mark(item.struct)
        if bits & BEFORE:
            self.before = changed(self.before, name, value)
            self._set_before[name] = item, bits
        if bits & AFTER:
            self.after = changed(self.after, name, value)
            self._set_after[name] = item, bits

    def deed(self) -> Deed:
        """Who made the marks different, as far as one of them tells."""
        for name in sorted(self.before.keys() | self.after.keys()):
            if self.before.get(name) == self.after.get(name):
                continue
            for marks in (self._set_after, self._set_before):
                item, bits = marks.get(name, (None, BOTH))
                if item is not None and bits != BOTH:
                    return self._runs.deed(item, bits)
        return UNKNOWN


def joined(pieces: Iterable[Piece]) -> list[Piece]:
    """The same with what went before what came in its place, and neighbours that are of one kind as one."""
    groups: list[list[Piece]] = []
    removed: list[Piece] = []
    added: list[Piece] = []
    for piece in pieces:
        if not piece.text and piece.embed is None:
            continue
        if piece.change is Change.REMOVED:
            removed.append(piece)
        elif piece.change is Change.ADDED:
            added.append(piece)
        else:
            _settle(groups, removed, added)
            _append(groups, piece)
    _settle(groups, removed, added)
    return [_one(group) for group in groups]


def _settle(groups: list[list[Piece]], removed: list[Piece], added: list[Piece]) -> None:
    for piece in (*removed, *added):
        _append(groups, piece)
    removed.clear()
    added.clear()


def _append(groups: list[list[Piece]], piece: Piece) -> None:
    last = groups[-1][-1] if groups else None
    if (
        last is not None
        and last.embed is None
        and piece.embed is None
        and (last.change, last.marks, last.before) == (piece.change, piece.marks, piece.before)
        and last.deed.subject == piece.deed.subject
        and _is_near(last.deed.time, piece.deed.time)
    ):
        groups[-1].append(piece)
    else:
        groups.append([piece])


def _one(group: list[Piece]) -> Piece:
    if len(group) == 1:
        return group[0]
    deed = max((piece.deed for piece in group), key=lambda deed: deed.time or 0)
    return replace(group[0], text="".join(piece.text for piece in group), deed=deed)


def _is_near(one: int | None, other: int | None) -> bool:
    return one == other or (one is not None and other is not None and abs(one - other) <= _AT_ONCE)
