"""Structs: the atoms of a Yjs document, as they stand in an update.

A struct covers ``length`` clocks of one client from ``clock`` on. One info byte tells what follows:

    bits 0-4   the content: 0 GC, 10 Skip, else an item of that content
    bit 7      an origin follows: vu(client) vu(clock), the item's left neighbour when it was made
    bit 6      a right origin follows, likewise
    bit 5      the item is an entry of a map

An item with neither origin names its parent: ``vu(1) vs(root name)`` or ``vu(0) id``, and then, where bit 5 is set, its
key. Source: Yjs ``readClientsStructRefs`` and ``Item.write``.

The one fact everything here rests on: **a struct of length n is n structs of length 1**, each of which has the one
before it as its origin, and the same right origin. So neighbours that fit this description may be joined, and a struct
may be split, without integrating anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from collab.crdt.state_vector import MAX_CLOCK
from collab.crdt.steps import STRIDE, Steps, run
from collab.crdt.values import OBJECT, check_json, decode_utf8, skip_any, skip_string
from collab.errors import MalformedUpdate
from collab.lib0 import read_bytes, read_uint, write_bytes, write_uint

GC, DELETED, JSON, BINARY, STRING, EMBED, FORMAT, TYPE, ANY, DOC, SKIP = range(11)

HAS_ORIGIN = 0x80
HAS_RIGHT_ORIGIN = 0x40
IN_MAP = 0x20
_KIND = 0x1F

_FORBIDDEN_OPTIONS = frozenset((b"guid", b"gcFilter"))
_LONG_TEXT = 4096
"""A JSON text of more bytes is a step of its own."""

_XML_ELEMENT, _XML_HOOK, _LAST_TYPE = 3, 5, 6

Id = tuple[int, int]
"""``(client, clock)``: the name of one unit of content."""


class Struct:
    """One struct, its header understood and its bytes kept.

    ``raw[:body]`` is the header, ``raw[body:]`` the content. ``origin``, ``right_origin`` and ``parent`` are the ids it
    depends on; ``parent`` is None where it is a root type or stands with the origin.
    """

    __slots__ = ("body", "client", "clock", "kind", "length", "origin", "parent", "raw", "right_origin")

    def __init__(
        self,
        client: int,
        clock: int,
        length: int,
        kind: int,
        origin: Id | None,
        right_origin: Id | None,
        parent: Id | None,
        raw: bytes,
        body: int,
    ) -> None:
        self.client = client
        self.clock = clock
        self.length = length
        self.kind = kind
        self.origin = origin
        self.right_origin = right_origin
        self.parent = parent
        self.raw = raw
        self.body = body

    @property
    def end(self) -> int:
        """The first clock after it."""
        return self.clock + self.length

    def __repr__(self) -> str:
        return f"<Struct {self.client}:{self.clock}+{self.length} kind {self.kind}>"


def read_struct(data: bytes, pos: int, client: int, mark: bytes, clock: int) -> Steps[tuple[Struct, int]]:
    """Read the struct at ``pos`` and return it with the position after it.

    ``mark`` is ``client`` as a varint: most origins are the client's own, and comparing bytes is cheaper than decoding.
    Errors: ``MalformedUpdate``, ``TooLarge``; ``IndexError`` where the bytes end.
    """
    start = pos
    info = data[pos]
    kind = info & _KIND
    pos += 1
    origin = right_origin = parent = None
    if kind == GC or kind == SKIP:
        if info != kind:
            raise MalformedUpdate(f"a GC or Skip with the info byte {info} at byte {start}")
        body = pos
        length, pos = read_uint(data, pos)
    else:
        if info & HAS_ORIGIN:
            if data.startswith(mark, pos):
                pos += len(mark)
                before, pos = read_uint(data, pos)
                if before >= clock:
                    raise MalformedUpdate(f"struct {client}:{clock} has an origin of its own future, {before}")
                origin = (client, before)
            else:
                origin, pos = _read_id(data, pos, client, clock)
        if info & HAS_RIGHT_ORIGIN:
            right_origin, pos = _read_id(data, pos, client, clock)
        if not info & (HAS_ORIGIN | HAS_RIGHT_ORIGIN):
            named, pos = read_uint(data, pos)
            if named == 1:
                pos = skip_string(data, pos)
            elif named == 0:
                parent, pos = _read_id(data, pos, client, clock)
            else:
                raise MalformedUpdate(f"struct {client}:{clock} has a parent of kind {named}")
            if info & IN_MAP:
                pos = skip_string(data, pos)
        body = pos
        if kind == STRING:
            text, pos = read_bytes(data, pos)
            length = len(text) if text.isascii() else len(decode_utf8(text, pos).encode("utf-16-le")) // 2
        else:
            length, pos = yield from _skip_content(data, pos, kind)
    if not length:
        raise MalformedUpdate(f"struct {client}:{clock} is empty")
    if clock + length > MAX_CLOCK:
        raise MalformedUpdate(f"struct {client}:{clock} ends at clock {clock + length}")
    if pos > len(data):
        raise IndexError
    return Struct(client, clock, length, kind, origin, right_origin, parent, data[start:pos], body - start), pos


def _read_id(data: bytes, pos: int, client: int, clock: int) -> tuple[Id, int]:
    other, pos = read_uint(data, pos)
    other_clock, pos = read_uint(data, pos)
    if other == client and other_clock >= clock:
        raise MalformedUpdate(f"struct {client}:{clock} names {other_clock} of its own future")
    return (other, other_clock), pos


def _skip_content(data: bytes, pos: int, kind: int) -> Steps[tuple[int, int]]:
    """Check any content but a string; return its length in clocks and the position after it."""
    if kind == DELETED:
        return read_uint(data, pos)
    if kind in (ANY, JSON):
        return (yield from _skip_values(data, pos, kind))
    if kind == FORMAT or kind == EMBED:
        if kind == FORMAT:
            pos = skip_string(data, pos)
        text, pos = read_bytes(data, pos)
        check_json(text, pos)
        if len(text) > _LONG_TEXT:
            yield
    elif kind == TYPE:
        type_, pos = read_uint(data, pos)
        if type_ > _LAST_TYPE:
            raise MalformedUpdate(f"a shared type of the unknown kind {type_} before byte {pos}")
        if type_ == _XML_ELEMENT or type_ == _XML_HOOK:
            pos = skip_string(data, pos)
    elif kind == BINARY:
        _, pos = read_bytes(data, pos)
    elif kind == DOC:
        pos = yield from _skip_subdocument(data, skip_string(data, pos))
    else:
        raise MalformedUpdate(f"content of the unknown kind {kind} before byte {pos}")
    return 1, pos


def _skip_values(data: bytes, pos: int, kind: int) -> Steps[tuple[int, int]]:
    """Check the values of ContentAny or ContentJSON."""
    count, pos = read_uint(data, pos)
    for number in range(count):
        before = pos
        if kind == ANY:
            pos = yield from skip_any(data, pos)
        else:
            text, pos = read_bytes(data, pos)
            check_json(text, pos, or_undefined=True)
        if number % STRIDE == STRIDE - 1 or pos - before > _LONG_TEXT:
            yield
    return count, pos


def _skip_subdocument(data: bytes, pos: int) -> Steps[int]:
    """Check the options of a subdocument. Yjs hands them on by name, so two names would break whoever opens it."""
    if data[pos] != OBJECT:
        raise MalformedUpdate(f"a subdocument whose options are no object at byte {pos}")
    count, pos = read_uint(data, pos + 1)
    for _ in range(count):
        key, _ = read_bytes(data, pos)
        if key in _FORBIDDEN_OPTIONS:
            raise MalformedUpdate(f"a subdocument with the option {key.decode()} at byte {pos}")
        pos = yield from skip_any(data, skip_string(data, pos))
    return pos


def split(struct: Struct, offsets: Sequence[int]) -> list[Struct]:
    """Cut a struct at ``offsets`` (clocks from its start, rising, inside it), in time linear in its size.

    A string cut inside a surrogate pair gets U+FFFD on both sides, as in Yjs.
    """
    return list(splitting(struct, offsets))


def splitting(struct: Struct, offsets: Sequence[int]) -> Iterator[Struct]:
    """``split``, one piece at a time."""
    edges = [0, *offsets, struct.length]
    contents = _split_content(struct, edges)
    for (start, end), content in zip(pairwise(edges), contents, strict=True):
        if start == 0 or struct.kind in (GC, SKIP):
            header, origin, parent = struct.raw[: struct.body], struct.origin, struct.parent
        else:
            origin, parent = (struct.client, struct.clock + start - 1), None
            header = _follow_on_header(struct, origin)
        yield Struct(
            struct.client,
            struct.clock + start,
            end - start,
            struct.kind,
            origin,
            struct.right_origin,
            parent,
            header + content,
            len(header),
        )


def _follow_on_header(struct: Struct, origin: Id) -> bytes:
    """The header of a later part of ``struct``: the part before it is its origin."""
    header = write_uint(origin[0]) + write_uint(origin[1])
    info = HAS_ORIGIN | struct.raw[0] & (IN_MAP | _KIND)
    if struct.right_origin is not None:
        info |= HAS_RIGHT_ORIGIN
        header += write_uint(struct.right_origin[0]) + write_uint(struct.right_origin[1])
    return bytes([info]) + header


def _split_content(struct: Struct, edges: Sequence[int]) -> Iterator[bytes]:
    raw, body, kind = struct.raw, struct.body, struct.kind
    spans = pairwise(edges)
    if kind in (GC, SKIP, DELETED):
        return (write_uint(end - start) for start, end in spans)
    if kind == STRING:
        text, _ = read_bytes(raw, body)
        if text.isascii():
            return (write_bytes(text[start:end]) for start, end in spans)
        wide = text.decode().encode("utf-16-le")
        return (write_bytes(wide[2 * start : 2 * end].decode("utf-16-le", "replace").encode()) for start, end in spans)
    if kind not in (ANY, JSON):
        raise ValueError(f"{struct!r} has no inside")
    _, pos = read_uint(raw, body)
    places = [pos]  # where each value begins, and the end
    for _ in range(struct.length):
        pos = run(skip_any(raw, pos)) if kind == ANY else read_bytes(raw, pos)[1]
        places.append(pos)
    return (write_uint(end - start) + raw[places[start] : places[end]] for start, end in spans)


def blanked(struct: Struct) -> Struct:
    """The same struct with its content replaced by ContentDeleted of the same length, as Yjs collects garbage.

    GC and what is deleted already have nothing to blank; a shared type stays, since its children name it as parent.
    """
    if struct.kind in (GC, SKIP, DELETED, TYPE):
        return struct
    header = bytes([struct.raw[0] & ~_KIND | DELETED]) + struct.raw[1 : struct.body]
    return Struct(
        struct.client,
        struct.clock,
        struct.length,
        DELETED,
        struct.origin,
        struct.right_origin,
        struct.parent,
        header + write_uint(struct.length),
        struct.body,
    )
