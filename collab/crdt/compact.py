"""Rewriting stored updates without integrating them: squash, tombstone, cut, and the document as it was.

All four go through a causally closed log: what ``DocumentState`` let in, in that order, or what one of these made of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping

from collab.crdt.delete_set import DeleteSet
from collab.crdt.limits import NO_LIMITS
from collab.crdt.steps import STRIDE, Steps, run
from collab.crdt.structs import ANY, DELETED, GC, IN_MAP, JSON, STRING, TYPE, Id, Struct, blanked, split, splitting
from collab.crdt.update import NOTHING, encoding, parsing
from collab.errors import MalformedUpdate
from collab.lib0 import read_bytes, read_uint, write_bytes, write_uint

_JOINABLE = frozenset((GC, DELETED, JSON, STRING, ANY))


def squash(updates: Iterable[bytes], entries: DeleteSet | None = None) -> bytes:
    """Make one update of a log: typed runs become one struct each; nothing is lost, deleted text neither.

    ``entries`` are the clocks that sit in maps (``DocumentState.entries``): of those only what is deleted is joined.
    Errors: ``MalformedUpdate`` where the log is damaged or has a gap or an overlap.
    """
    return run(squashing(updates, entries))


def squashing(updates: Iterable[bytes], entries: DeleteSet | None = None) -> Steps[bytes]:
    """``squash`` in steps."""
    open_sections: dict[int, _Section] = {}
    deletes = DeleteSet()
    handled = 0
    for update in updates:
        parsed = yield from parsing(update, NOTHING, NO_LIMITS)
        for client, structs in parsed.sections.items():
            section = open_sections.get(client)
            if section is None:
                section = open_sections[client] = _Section(client, entries)
            for struct in structs:
                section.append(struct)
                handled += 1
                if handled % STRIDE == 0:
                    yield
        yield from deletes.updating(parsed.spans)
    sections = {}
    for client, section in open_sections.items():
        sections[client] = section.close()
        yield
    return (yield from encoding(sections, (yield from deletes.encoding())))


def tombstone(update: bytes, entries: DeleteSet | None = None) -> bytes:
    """Blank the content of everything deleted: what a reader needs, without what was taken back.

    Shared types stay as they are, since their children name them; everything under a deleted type is blanked too, also
    what only integration would delete. ``update`` must hold the whole document; ``entries`` as in ``squash``.
    """
    return run(tombstoning(update, entries))


def tombstoning(update: bytes, entries: DeleteSet | None = None) -> Steps[bytes]:
    """``tombstone`` in steps."""
    parsed = yield from parsing(update, NOTHING, NO_LIMITS)
    deletes = DeleteSet()
    yield from deletes.updating(parsed.spans)
    if not deletes:
        return update
    dead, may_hang = yield from _find_dead_types(parsed.sections, deletes)
    parents = _Parents(parsed.sections) if may_hang else None
    sections = {}
    handled = 0
    for client, structs in parsed.sections.items():
        section = _Section(client, entries)
        for struct in structs:
            handled += 1
            if handled % STRIDE == 0:
                yield
            if parents is not None and parents.is_under(struct, dead):
                section.append(blanked(struct))
                continue
            edges: list[int] = []
            for _, start, end in deletes.overlaps(client, struct.clock, struct.end):
                edges += (start - struct.clock, end - struct.clock)
            if not edges:
                section.append(struct)
                continue
            inner = [edge for edge in edges if 0 < edge < struct.length]
            for piece in splitting(struct, inner) if inner else [struct]:
                section.append(blanked(piece) if (client, piece.clock) in deletes else piece)
                handled += 1  # one struct may become thousands
                if handled % STRIDE == 0:
                    yield
        sections[client] = section.close()
    return (yield from encoding(sections, (yield from deletes.encoding())))


def cut(update: bytes, state_vector: Mapping[int, int]) -> bytes:
    """What someone who has ``state_vector`` lacks of ``update``: the structs from there on, and the whole delete set."""
    return run(cutting(update, state_vector))


def cutting(update: bytes, state_vector: Mapping[int, int]) -> Steps[bytes]:
    """``cut`` in steps."""
    parsed = yield from parsing(update, state_vector, NO_LIMITS)
    return (yield from encoding(parsed.sections, update[parsed.deletes_at :]))


def moment(update: bytes, state_vector: Mapping[int, int], deletes: DeleteSet) -> bytes:
    """The document as it was when it had ``state_vector`` and ``deletes``; ``update`` must hold at least that much.

    Content deleted by then is still in it: ``tombstone`` takes it out.
    """
    return run(recalling(update, state_vector, deletes))


def recalling(update: bytes, state_vector: Mapping[int, int], deletes: DeleteSet) -> Steps[bytes]:
    """``moment`` in steps."""
    parsed = yield from parsing(update, NOTHING, NO_LIMITS)
    sections = {}
    for client, structs in parsed.sections.items():
        horizon = state_vector.get(client, 0)
        past = structs[: bisect_right(structs, horizon - 1, key=lambda struct: struct.clock)]
        if past:
            if past[-1].end > horizon:
                past[-1] = split(past[-1], [horizon - past[-1].clock])[0]
            sections[client] = past
        yield
    return (yield from encoding(sections, (yield from deletes.encoding())))


class _Section:
    """One client's structs on their way into one section, neighbours joined where they are one in truth."""

    __slots__ = ("_client", "_clock", "_entries", "_in_map", "_last", "_length", "_parts", "_structs")

    def __init__(self, client: int, entries: DeleteSet | None = None) -> None:
        self._client = client
        self._entries = entries or None
        self._clock: int | None = None  # the next clock that fits; a part of a log may begin anywhere
        self._structs: list[Struct] = []
        self._in_map = False  # whether the last struct is a value in a map
        self._last: Struct | None = None  # the first struct of those that are being joined
        self._length = 0  # their clocks
        self._parts: list[bytes] = []  # their contents, without counts

    def append(self, struct: Struct) -> None:
        if self._clock is not None and struct.clock != self._clock:
            raise MalformedUpdate(f"a log with {struct!r} where clock {self._clock} follows")
        self._clock = clock = struct.clock + struct.length
        last = self._last
        is_entry = self._is_entry(struct)
        if (
            last is not None
            and struct.kind == last.kind
            and struct.kind in _JOINABLE
            and not is_entry
            and (
                struct.kind == GC
                or (struct.origin == (self._client, struct.clock - 1) and struct.right_origin == last.right_origin)
            )
        ):
            if not self._parts and last.kind not in (GC, DELETED):
                self._parts.append(_values(last))
            if last.kind not in (GC, DELETED):
                self._parts.append(_values(struct))
            self._length = clock - last.clock
            return
        self._flush()
        self._last = struct
        self._length = struct.length

    def _is_entry(self, struct: Struct) -> bool:
        """Whether it is a value in a map: in Yjs only the last of those is alive, so two alive must not become one."""
        follows = struct.origin == (self._client, struct.clock - 1)
        self._in_map = (
            bool(struct.raw[0] & IN_MAP)
            or (follows and self._in_map)
            or (self._entries is not None and (self._client, struct.clock) in self._entries)
        )
        return self._in_map and struct.kind != DELETED

    def close(self) -> list[Struct]:
        """The structs of the section."""
        self._flush()
        self._last = None
        return self._structs

    def _flush(self) -> None:
        last = self._last
        if last is None:
            return
        if self._length != last.length:
            if last.kind in (GC, DELETED):
                content = write_uint(self._length)
            elif last.kind == STRING:
                content = write_bytes(b"".join(self._parts))
            else:
                content = write_uint(self._length) + b"".join(self._parts)
            last = Struct(
                last.client,
                last.clock,
                self._length,
                last.kind,
                last.origin,
                last.right_origin,
                last.parent,
                last.raw[: last.body] + content,
                last.body,
            )
            self._parts.clear()
        self._structs.append(last)


def _values(struct: Struct) -> bytes:
    """The content of a joinable struct without its count."""
    if struct.kind == STRING:
        return read_bytes(struct.raw, struct.body)[0]
    return struct.raw[read_uint(struct.raw, struct.body)[1] :]


def _find_dead_types(sections: Mapping[int, list[Struct]], deletes: DeleteSet) -> Steps[tuple[set[Id], bool]]:
    """The shared types that are deleted by name, and whether anything may sit under a deleted or collected type.

    Types under deleted types show when their parents are asked for.
    """
    dead = set()
    may_hang = False
    handled = 0
    for client, structs in sections.items():
        for struct in structs:
            if struct.kind == TYPE and (client, struct.clock) in deletes:
                dead.add((client, struct.clock))
            # A struct that names a parent may name one that its editor had collected, and brought as something else.
            may_hang = may_hang or struct.parent is not None
            handled += 1
            if handled % STRIDE == 0:
                yield
    return dead, may_hang


class _Parents:
    """Finds the type each struct sits in: its own parent, or that of its origin, or of its right origin."""

    def __init__(self, sections: Mapping[int, list[Struct]]) -> None:
        self._sections = sections
        self._under: dict[Id, bool] = {}

    def is_under(self, struct: Struct, dead: set[Id]) -> bool:
        """Whether ``struct`` sits, at any depth, under a type in ``dead``, or where Yjs would collect it as garbage."""
        chain: list[Id] = []
        current: Struct = struct
        while True:
            id_ = (current.client, current.clock)
            known = self._under.get(id_)
            if known is not None:
                break
            chain.append(id_)
            via = current.parent or current.origin or current.right_origin
            if via is None:  # a root, or garbage itself
                known = current.kind == GC
                break
            found = self._find(via)
            if current.parent is not None and (via in dead or found.kind != TYPE):
                known = True  # what names no type as its parent is garbage to Yjs: its editor had collected the type
                break
            current = found
        for id_ in chain:
            self._under[id_] = known
        return known

    def _find(self, id_: Id) -> Struct:
        client, clock = id_
        structs = self._sections[client]
        return structs[bisect_right(structs, clock, key=lambda struct: struct.clock) - 1]
