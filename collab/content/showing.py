"""What a document showed in a moment, as a tree: from its items, without pycrdt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from collab.content.contents import mark, type_of
from collab.content.items import Integrated, Item, Type
from collab.content.roots import Kind, Root
from collab.content.tree import Attributes, Element, Fragment, Node, Run, Text, Value
from collab.crdt.structs import EMBED, FORMAT, STRING, TYPE
from collab.errors import ContentUnavailable

MAX_DEPTH = 400
"""How deep a document may nest: a hundred levels of indentation are two hundred elements."""

ARRAY, MAP, TEXT, XML_ELEMENT, XML_FRAGMENT, XML_HOOK, XML_TEXT = range(7)
"""The kinds of shared types, as Yjs numbers them."""

_XML = frozenset((XML_ELEMENT, XML_FRAGMENT, XML_TEXT))
"""What is seen among the children of XML; a hook is none to pycrdt either."""


class Showing:
    """Reads one moment (a bit) of a document."""

    def __init__(self, document: Integrated, moment: int) -> None:
        self._document = document
        self._moment = moment

    def root(self, name: str, kind: Kind) -> Value:
        """One root of it, taken for a ``kind``. Errors: ``ContentUnavailable`` above ``MAX_DEPTH``."""
        type_ = self._document.roots.get(name) or Type(name, None)
        match kind:
            case Kind.XML:
                return Fragment(self._children(type_, 1))
            case Kind.TEXT:
                return Text(self._runs(type_, 1))
            case Kind.ARRAY:
                return self._list(type_, 1)
            case Kind.MAP:
                return self.attributes(type_, 1)

    def spelled(self, type_: Type) -> Iterator[tuple[Item, str]]:
        """The living items of a list; those that hold letters with what was legible of them.

        A pair of surrogates that was whole stands with its first half; one that was cut is two U+FFFD.
        """
        ahead: Item | None = None
        for item in type_.items():
            if not item.alive & self._moment:
                continue
            if item.struct.kind != STRING:
                yield item, ""
                continue
            text = self._document.text(item)
            if not self._document.halves:
                yield item, text
                continue
            if item.id in self._document.halves:
                # Its pair has become two items, each of its own.
                whole = ahead is not None and ahead.last_id == (item.id[0], item.clock - 1) and not self._is_cut(item)
                text = "" if whole else "\ufffd"
            elif (item.id[0], item.clock + 1) in self._document.halves:
                second = self._second(item)
                if second is not None and not self._is_cut(second):
                    text = (self._document.letters(item) + self._document.letters(second)).decode("utf-16-le")
                else:
                    text = "\ufffd"
            ahead = item
            yield item, text

    def _second(self, item: Item) -> Item | None:
        """The living second half that belongs to ``item``."""
        other = item.right
        while other is not None:
            if other.id == (item.id[0], item.clock + 1):
                return other if other.alive & self._moment else None
            if other.alive & self._moment:
                return None
            other = other.right
        return None

    def _is_cut(self, second: Item) -> bool:
        return bool(self._document.halves[second.id] & self._moment)

    def value(self, item: Item, depth: int) -> Value:
        """What an item of one unit is."""
        if item.struct.kind != TYPE:
            return self._document.values(item)[-1]
        return self._typed(item, depth)

    def _typed(self, item: Item, depth: int) -> Value:
        if depth >= MAX_DEPTH:
            raise ContentUnavailable(f"the document nests deeper than {MAX_DEPTH} levels")
        kind, tag = type_of(item.struct)
        type_ = item.type
        if type_ is None:
            raise ContentUnavailable(f"{item!r} is no type")
        match kind:
            case 0:  # ARRAY
                return self._list(type_, depth + 1)
            case 1 | 5:
                return self.attributes(type_, depth + 1)
            case 2 | 6:
                return Text(self._runs(type_, depth + 1))
            case 3:
                return Element(tag, self.attributes(type_, depth + 1), self._children(type_, depth + 1))
            case _:
                return Fragment(self._children(type_, depth + 1))

    def _list(self, type_: Type, depth: int) -> list[Value]:
        found: list[Value] = []
        for item in type_.items():
            if not item.alive & self._moment or item.struct.kind == FORMAT:
                continue
            if item.struct.kind == TYPE:
                found.append(self._typed(item, depth))
            else:
                found += self._document.values(item)
        return found

    def attributes(self, type_: Type, depth: int) -> Attributes:
        """The values of the keys of a type, in the order of the keys."""
        return {key: self.value(item, depth) for key, item in type_.values(self._moment)}

    def _children(self, type_: Type, depth: int) -> list[Node]:
        return [
            self._typed(item, depth)
            for item in type_.items()
            if item.alive & self._moment and item.struct.kind == TYPE and type_of(item.struct)[0] in _XML
        ]

    def _runs(self, type_: Type, depth: int) -> list[Run]:
        runs: list[Run] = []
        marks: Attributes = {}
        parts: list[str] = []
        for item, text in self.spelled(type_):
            kind = item.struct.kind
            if kind == STRING:
                parts.append(text)
                continue
            if kind == FORMAT:
                name, value = mark(item.struct)
                if marks.get(name) == value:
                    continue
                _close(runs, parts, marks)
                marks = changed(marks, name, value)
                continue
            _close(runs, parts, marks)
            if kind == EMBED or kind == TYPE:
                runs.append(Run(self.value(item, depth), marks))
            else:
                runs += [Run(value, marks) for value in self._document.values(item)]
        _close(runs, parts, marks)
        return runs


def changed(marks: Attributes, name: str, value: Any) -> Attributes:
    """``marks`` behind a mark, in the order of their names."""
    after = {key: each for key, each in marks.items() if key != name}
    if value is not None:
        after[name] = value
    return dict(sorted(after.items()))


def _close(runs: list[Run], parts: list[str], marks: Attributes) -> None:
    """Add the letters so far, to the run before them where that looks the same."""
    text = "".join(parts)
    parts.clear()
    if not text:
        return
    last = runs[-1] if runs else None
    if last is not None and isinstance(last.insert, str) and last.attributes == marks:
        runs[-1] = Run(last.insert + text, marks)
    else:
        runs.append(Run(text, marks))


def find_roots(document: Integrated, moment: int) -> dict[str, Root]:
    """The roots of a document, by what was alive in them in a moment."""
    roots: dict[str, Root] = {}
    for name, type_ in document.roots.items():
        root = Root(name)
        for item in type_.items():
            root.hold(item.struct, item.length if item.alive & moment else 0, in_map=False)
        for _, item in type_.values(moment):
            root.hold(item.struct, 1, in_map=True)
        roots[name] = root
    return roots
