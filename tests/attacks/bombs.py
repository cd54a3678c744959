"""Updates made by hand, byte by byte: small to send, dear to read."""

from __future__ import annotations

from collections.abc import Iterable

from tests.protocol.frames import vb, vu

GC, DELETED, JSON, BINARY, STRING, EMBED, FORMAT, TYPE, ANY, DOC, SKIP = range(11)


def update(*sections: bytes, deletes: bytes = b"\0") -> bytes:
    """An update of sections made by ``section``, and an encoded delete set."""
    return vu(len(sections)) + b"".join(sections) + deletes


def section(client: int, clock: int, structs: Iterable[bytes]) -> bytes:
    """Structs of one client from a clock on."""
    listed = list(structs)
    return vu(len(listed)) + vu(client) + vu(clock) + b"".join(listed)


def ranges(client: int, spans: Iterable[tuple[int, int]]) -> bytes:
    """A delete set of one client: (clock, length) each."""
    listed = [vu(clock) + vu(length) for clock, length in spans]
    return b"\1" + vu(client) + vu(len(listed)) + b"".join(listed)


def root(kind: int, content: bytes, name: str = "text") -> bytes:
    """A struct without neighbours, at the top of a shared type."""
    return bytes([kind]) + b"\1" + vb(name) + content


def after(client: int, clock: int, kind: int, content: bytes) -> bytes:
    """A struct whose left neighbour is the one named."""
    return bytes([0x80 | kind]) + vu(client) + vu(clock) + content


def before(client: int, clock: int, kind: int, content: bytes) -> bytes:
    """A struct whose right neighbour is the one named, and which has no left one."""
    return bytes([0x40 | kind]) + vu(client) + vu(clock) + content


def prepended(client: int, count: int) -> bytes:
    """What an honest editor holds in which ``count`` letters were each typed at the very beginning: nothing to join."""
    first = root(STRING, vb("x"))
    return update(section(client, 0, [first, *(before(client, clock, STRING, vb("x")) for clock in range(count - 1))]))


def filler(client: int, length: int) -> bytes:
    """So many clocks of a client in a few bytes, deleted long ago."""
    return update(section(client, 0, [bytes([GC]) + vu(length)]))
