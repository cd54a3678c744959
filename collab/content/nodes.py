"""The blocks of ProseMirror's editors in two moments at once, as a flat list in the document's order.

A block is an element with words in it, or with nothing. What it stands in (lists, quotes, tables) it says itself. In BlockNote
a block's id is that of the container around it, and its depth the number of groups that it is indented by.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from collab.content.changes import AFTER, BEFORE, Block, Form, Piece
from collab.content.contents import type_of
from collab.content.items import Integrated, Item, Type
from collab.content.prosemirror import INLINES, spelled_tag
from collab.content.runs import Runs, joined
from collab.content.showing import MAX_DEPTH, XML_ELEMENT, XML_FRAGMENT, XML_TEXT, Showing
from collab.content.tree import Attributes
from collab.crdt.structs import TYPE
from collab.errors import ContentUnavailable

_GROUP, _CONTAINER = "blockGroup", "blockContainer"
_LOOSE = "text"
"""The type of words that stand where blocks stand."""


class _Both(NamedTuple):
    """Something in two moments: attributes, or elements around a place with theirs."""

    before: tuple[tuple[str, Attributes], ...] = ()
    after: tuple[tuple[str, Attributes], ...] = ()

    def inside(self, tag: str, before: Attributes, after: Attributes) -> _Both:
        return _Both((*self.before, (tag, before)), (*self.after, (tag, after)))


class _Place(NamedTuple):
    """Where in the document we are."""

    depth: int = 0
    """How many groups, or other elements, are around; BlockNote's outermost group does not count."""
    contained: bool = False
    """Whether a container of BlockNote is around."""
    id: str | None = None
    extra: tuple[Attributes, Attributes] = ({}, {})
    """What BlockNote's container says of its block, besides the id."""
    around: _Both = _Both()


class Nodes:
    """Reads the blocks of a fragment in both moments."""

    def __init__(self, document: Integrated, runs: Runs) -> None:
        self._runs = runs
        self._showings = Showing(document, BEFORE), Showing(document, AFTER)

    def blocks(self, type_: Type) -> list[Block]:
        """The blocks of a fragment. Errors: ``ContentUnavailable`` above ``MAX_DEPTH``."""
        return list(self._within(type_, BEFORE | AFTER, _Place(), 1))

    def _within(self, type_: Type, bits: int, place: _Place, level: int) -> Iterator[Block]:
        """The blocks in a type that was there in these moments."""
        if level >= MAX_DEPTH:
            raise ContentUnavailable(f"the document nests deeper than {MAX_DEPTH} levels")
        for item, inner in _living(type_, bits):
            here = item.alive & bits
            kind, tag = type_of(item.struct)
            if kind == XML_FRAGMENT:
                yield from self._within(inner, here, place, level + 1)
            elif kind == XML_TEXT or spelled_tag(tag) in INLINES:
                yield self._block(_LOOSE, ({}, {}), here, place, joined(self._words(item, inner, here, level)))
            elif kind == XML_ELEMENT:
                yield from self._element(item, inner, here, place, level)

    def _element(self, item: Item, type_: Type, bits: int, place: _Place, level: int) -> Iterator[Block]:
        _, tag = type_of(item.struct)
        before, after = self._attributes(type_, bits, level)
        if tag == _GROUP:
            below = _Place(place.depth + place.contained, place.contained, around=place.around)
            yield from self._within(type_, bits, below, level + 1)
        elif tag == _CONTAINER:
            id_ = after.pop("id", None) or before.pop("id", None)
            before.pop("id", None)
            held = _Place(place.depth, True, id_ if isinstance(id_, str) else None, (before, after), place.around)
            yield from self._within(type_, bits, held, level + 1)
        elif _has_blocks(type_, bits):
            around = place.around.inside(tag, before, after)
            depth = place.depth + (not place.contained)  # the rows and cells of a table are no indentation
            yield from self._within(type_, bits, _Place(depth, place.contained, around=around), level + 1)
        else:
            pieces: list[Piece] = []
            for child, inner in _living(type_, bits):
                pieces += self._words(child, inner, child.alive & bits, level + 1)
            yield self._block(tag, (before, after), bits, place, joined(pieces))

    def _words(self, item: Item, type_: Type, bits: int, level: int) -> list[Piece]:
        """The pieces of a child of a block: a text, or an element that stands among words."""
        if type_of(item.struct)[0] == XML_TEXT:
            return self._runs.of(type_, bits, level + 1)
        return [self._runs.embed(item, bits, {}, {}, level + 1)]

    def _block(
        self, tag: str, props: tuple[Attributes, Attributes], bits: int, place: _Place, pieces: list[Piece]
    ) -> Block:
        before = Form(tag, place.depth, {**place.extra[0], **props[0]}, place.around.before)
        after = Form(tag, place.depth, {**place.extra[1], **props[1]}, place.around.after)
        return Block(before if bits & BEFORE else None, after if bits & AFTER else None, place.id, pieces)

    def _attributes(self, type_: Type, bits: int, level: int) -> tuple[Attributes, Attributes]:
        before, after = (
            showing.attributes(type_, level) if bits & bit else {}
            for showing, bit in zip(self._showings, (BEFORE, AFTER), strict=True)
        )
        return before, after


def _living(type_: Type, bits: int) -> Iterator[tuple[Item, Type]]:
    """The types in the list of a type that were there in any of these moments."""
    for item in type_.items():
        if item.alive & bits and item.struct.kind == TYPE and item.type is not None:
            yield item, item.type


def _has_blocks(type_: Type, bits: int) -> bool:
    """Whether an element holds blocks and no words."""
    found = False
    for item, _ in _living(type_, bits):
        kind, tag = type_of(item.struct)
        if kind != XML_ELEMENT or spelled_tag(tag) in INLINES:
            return False
        found = True
    return found
