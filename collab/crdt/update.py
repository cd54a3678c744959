"""Updates: the structs of some clients, and a delete set.

Wire form (version 1 of the format)::

    vu(clients)   for each: vu(structs) vu(client) vu(clock of the first)   then its structs, one behind the other
    delete set

Source: Yjs ``writeClientsStructs``, ``readUpdate``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from collab.crdt.delete_set import DeleteSet, Span, reading_spans
from collab.crdt.limits import Limits
from collab.crdt.steps import STRIDE, Steps
from collab.crdt.structs import SKIP, Struct, read_struct, split
from collab.errors import MalformedUpdate, TooLarge
from collab.lib0 import read_uint, write_uint

EMPTY = b"\0\0"
"""The update that says nothing."""

NOTHING: Mapping[int, int] = {}
"""The state vector of one who knows nothing."""


class Update(NamedTuple):
    """An update taken apart: what of it is not known to someone.

    ``sections`` holds, for each client, structs in the order of their clocks, without Skips: a gap shows in the clocks.
    ``abridged`` says that known structs or Skips were left out; ``deletes_at`` is where in the bytes the delete set
    begins.
    """

    sections: dict[int, list[Struct]]
    spans: list[Span]
    abridged: bool
    deletes_at: int


def parsing(
    data: bytes, known: Mapping[int, int] = NOTHING, limits: Limits | None = None, known_ranges: int = 0
) -> Steps[Update]:
    """Take an update apart and check all of it, leaving out the structs below ``known``.

    ``limits`` bound what is new, beside ``known_ranges`` deleted ranges. Errors: ``MalformedUpdate`` for what breaks a rule of the format or could harm a
    reader, with the byte where it stands; ``TooLarge`` above a limit.
    """
    try:
        return (yield from _parsing(data, known, limits or Limits(), known_ranges))
    except IndexError:
        raise MalformedUpdate(f"an update that ends too early, after {len(data)} bytes") from None
    except OverflowError as error:
        raise MalformedUpdate(f"an update with {error}") from None


def _parsing(data: bytes, known: Mapping[int, int], limits: Limits, known_ranges: int) -> Steps[Update]:
    sections: dict[int, list[Struct]] = {}
    seen: set[int] = set()
    abridged = False
    handled = new = 0
    clients, pos = read_uint(data, 0)
    for _ in range(clients):
        count, pos = read_uint(data, pos)
        mark = pos
        client, pos = read_uint(data, pos)
        mark_bytes = data[mark:pos]
        clock, pos = read_uint(data, pos)
        if client in seen:
            raise MalformedUpdate(f"an update that names client {client} twice")
        if not count:
            raise MalformedUpdate(f"an update that names client {client} and brings nothing of it")
        seen.add(client)
        horizon = known.get(client, 0)
        section: list[Struct] = []
        skipped = False
        for _ in range(count):
            struct, pos = yield from read_struct(data, pos, client, mark_bytes, clock)
            clock += struct.length
            if struct.kind == SKIP and skipped:  # Yjs writes one; and many cost time and bring nothing
                raise MalformedUpdate(f"an update with two Skips in a row, of client {client} at clock {clock}")
            skipped = struct.kind == SKIP
            handled += 1
            if handled % STRIDE == 0:
                yield
            if clock <= horizon or struct.kind == SKIP:
                abridged = True
            else:
                if struct.clock < horizon:
                    abridged = True
                    struct = split(struct, [horizon - struct.clock])[1]
                new += 1
                if new > limits.structs:
                    raise TooLarge(f"an update of more than {limits.structs} new structs", limit=limits.structs)
                section.append(struct)
        if section:
            sections[client] = section
            if len(sections) > limits.clients:
                raise TooLarge(f"an update with news of more than {limits.clients} clients", limit=limits.clients)
    deletes_at = pos
    spans, pos = yield from reading_spans(data, pos, known_ranges + limits.ranges)
    if pos != len(data):
        raise MalformedUpdate(f"an update with {len(data) - pos} bytes behind its end")
    return Update(sections, spans, abridged, deletes_at)


def encoding(sections: Mapping[int, list[Struct]], deletes: bytes) -> Steps[bytes]:
    """Put an update together; where clocks are left out, a Skip says so. ``deletes`` is an encoded delete set."""
    parts = [write_uint(len(sections))]
    handled = 0
    for client in sorted(sections, reverse=True):
        structs = sections[client]
        parts += (b"", write_uint(client), write_uint(structs[0].clock))
        head = len(parts) - 3
        count = 0
        clock = structs[0].clock
        for struct in structs:
            if struct.clock != clock:
                parts.append(bytes([SKIP]) + write_uint(struct.clock - clock))
                count += 1
            parts.append(struct.raw)
            count += 1
            clock = struct.end
            handled += 1
            if handled % STRIDE == 0:
                yield
        parts[head] = write_uint(count)
    parts.append(deletes)
    return b"".join(parts)


def encoding_spans(spans: Sequence[Span]) -> Steps[bytes]:
    """Encode deleted ranges as a delete set."""
    deletes = DeleteSet()
    yield from deletes.updating(spans)
    return (yield from deletes.encoding())
