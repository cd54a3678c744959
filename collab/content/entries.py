"""Maps and arrays in two moments at once: the values that came, went or changed, each by the way that leads to it."""

from __future__ import annotations

from collections.abc import Iterator

from collab.content.attribution import Deed
from collab.content.changes import AFTER, BEFORE, BOTH, Change, Entry
from collab.content.contents import type_of
from collab.content.items import Integrated, Item, Type
from collab.content.plain import plain
from collab.content.runs import Runs
from collab.content.showing import ARRAY, MAP, MAX_DEPTH, XML_HOOK, Showing
from collab.content.tree import Value
from collab.crdt.structs import FORMAT, TYPE
from collab.errors import ContentUnavailable

_Path = list[str | int]


class Entries:
    """Compares values in both moments."""

    def __init__(self, document: Integrated, runs: Runs) -> None:
        self._document = document
        self._runs = runs
        self._before, self._after = Showing(document, BEFORE), Showing(document, AFTER)

    def of_map(self, type_: Type, path: _Path) -> Iterator[Entry]:
        """What changed in a map that was there in both moments. Errors: ``ContentUnavailable`` above ``MAX_DEPTH``."""
        _check(path)
        then, now = dict(type_.values(BEFORE)), dict(type_.values(AFTER))
        for key in sorted(then.keys() | now.keys()):
            old, new = then.get(key), now.get(key)
            if old is not None and old is new:
                yield from self._same(old, [*path, key])
                continue
            before = None if old is None else plain(self._before.value(old, len(path)))
            after = None if new is None else plain(self._after.value(new, len(path)))
            if new is not None:
                change = Change.ADDED if old is None else Change.CHANGED
                if old is None or before != after or old.struct.kind != new.struct.kind:
                    yield Entry([*path, key], change, before, after, self._runs.deed(new, AFTER))
            elif old is not None:
                yield Entry([*path, key], Change.REMOVED, before, None, self._runs.deed(old, BEFORE))

    def of_array(self, type_: Type, path: _Path) -> Iterator[Entry]:
        """What changed in an array that was there in both moments, its places counted in the later one.

        What went is named by its place in the earlier one. Errors: as ``of_map``.
        """
        _check(path)
        place = {BEFORE: 0, AFTER: 0}
        for item in type_.items():
            bits = item.alive & BOTH
            if not bits or item.struct.kind == FORMAT:
                continue
            for value in self._values(item, bits, len(path)):
                here = [*path, place[AFTER if bits & AFTER else BEFORE]]
                if bits == BOTH:
                    yield from self._same(item, here)
                elif bits == AFTER:
                    yield Entry(here, Change.ADDED, None, value, self._runs.deed(item, AFTER))
                else:
                    yield Entry(here, Change.REMOVED, value, None, self._runs.deed(item, BEFORE))
                for bit in place:
                    place[bit] += bool(bits & bit)

    def _values(self, item: Item, bits: int, depth: int) -> list[Value]:
        if item.struct.kind != TYPE:
            return [plain(value) for value in self._document.values(item)]
        return [plain((self._after if bits & AFTER else self._before).value(item, depth))]

    def _same(self, item: Item, path: _Path) -> Iterator[Entry]:
        """What changed inside a value that is itself in both moments."""
        if item.type is None:
            return
        kind, _ = type_of(item.struct)
        if kind in (MAP, XML_HOOK):
            yield from self.of_map(item.type, path)
        elif kind == ARRAY:
            yield from self.of_array(item.type, path)
        else:
            before, after = (plain(showing.value(item, len(path))) for showing in (self._before, self._after))
            if before != after:
                yield Entry(path, Change.CHANGED, before, after, self._latest(item.type))

    def _latest(self, type_: Type) -> Deed:
        """Who changed something in a type last."""
        deeds = [
            self._runs.deed(item, item.alive & BOTH)
            for item in (*type_.items(), *type_.last.values())
            if item.alive & BOTH not in (0, BOTH)
        ]
        return max(deeds, key=lambda deed: deed.time or 0, default=Deed())


def _check(path: _Path) -> None:
    if len(path) >= MAX_DEPTH:
        raise ContentUnavailable(f"the document nests deeper than {MAX_DEPTH} levels")
