"""Update bytes put together by hand, wrong ones too: what the tests say must not depend on the writer they test."""

from __future__ import annotations

from struct import pack

GC, DELETED, JSON, BINARY, STRING, EMBED, FORMAT, TYPE, ANY, DOC, SKIP = range(11)

ARRAY, MAP, TEXT, XML_ELEMENT, XML_FRAGMENT, XML_HOOK, XML_TEXT = range(7)

NO_DELETES = b"\0"

Id = tuple[int, int]


def uint(value: int) -> bytes:
    """A varint of any size: also of one that no reader should take."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def string(value: str | bytes) -> bytes:
    data = value if isinstance(value, bytes) else value.encode()
    return uint(len(data)) + data


def item(
    kind: int,
    content: bytes,
    *,
    origin: Id | None = None,
    right: Id | None = None,
    parent: str | Id = "text",
    key: str | None = None,
) -> bytes:
    """An item. The parent and the key stand in it only where there is neither origin nor right origin."""
    info = kind | (0x80 if origin else 0) | (0x40 if right else 0) | (0x20 if key is not None else 0)
    out = bytes([info])
    for neighbour in (origin, right):
        if neighbour:
            out += uint(neighbour[0]) + uint(neighbour[1])
    if not origin and not right:
        out += uint(1) + string(parent) if isinstance(parent, str) else uint(0) + uint(parent[0]) + uint(parent[1])
        if key is not None:
            out += string(key)
    return out + content


def run_of(kind: int, length: int) -> bytes:
    """A GC or a Skip."""
    return bytes([kind]) + uint(length)


def typed(text: str | bytes, *, origin: Id | None = None, right: Id | None = None, parent: str | Id = "text") -> bytes:
    """An item of text."""
    return item(STRING, string(text), origin=origin, right=right, parent=parent)


def anys(*values: bytes) -> bytes:
    """The content of a ContentAny."""
    return uint(len(values)) + b"".join(values)


def jsons(*texts: str | bytes) -> bytes:
    """The content of a ContentJSON."""
    return uint(len(texts)) + b"".join(map(string, texts))


def any_integer(value: int) -> bytes:
    """lib0's signed varint: six bits and a sign in the first byte."""
    sign, value = (0x40, -value) if value < 0 else (0, value)
    if value < 0x40:
        return bytes([0x7D, sign | value])
    return bytes([0x7D, 0x80 | sign | value & 0x3F]) + uint(value >> 6)


def any_bigint(value: int) -> bytes:
    return b"\x7a" + pack(">q", value)


def any_bytes(value: bytes) -> bytes:
    return b"\x74" + string(value)


def any_string(value: str | bytes) -> bytes:
    return b"\x77" + string(value)


def any_float(value: float) -> bytes:
    return b"\x7b" + pack(">d", value)


def any_array(*values: bytes) -> bytes:
    return b"\x75" + uint(len(values)) + b"".join(values)


def any_deep(depth: int) -> bytes:
    """Null in ``depth`` arrays."""
    return b"\x75\1" * depth + ANY_NULL


def any_object(*entries: tuple[str, bytes]) -> bytes:
    return b"\x76" + uint(len(entries)) + b"".join(string(key) + value for key, value in entries)


ANY_NULL, ANY_UNDEFINED, ANY_TRUE = b"\x7e", b"\x7f", b"\x78"


def section(client: int, clock: int, *structs: bytes, count: int | None = None) -> bytes:
    """One client's structs. ``count`` says another number of them than there is."""
    return uint(len(structs) if count is None else count) + uint(client) + uint(clock) + b"".join(structs)


def deletes(*clients: tuple[int, list[tuple[int, int]]]) -> bytes:
    """A delete set of ``(client, [(clock, length), …])``."""
    return uint(len(clients)) + b"".join(
        uint(client) + uint(len(ranges)) + b"".join(uint(clock) + uint(length) for clock, length in ranges)
        for client, ranges in clients
    )


def update(*sections: bytes, deletes: bytes = NO_DELETES) -> bytes:
    return uint(len(sections)) + b"".join(sections) + deletes


def insertion(client: int, clock: int, *structs: bytes) -> bytes:
    """An update of one client that deletes nothing."""
    return update(section(client, clock, *structs))
