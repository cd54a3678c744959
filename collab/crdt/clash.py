"""Whether two updates say different things of the same clocks.

An honest editor never does: what it once wrote under a clock it brings again as it was, except that deleted content may
be gone. Whoever does uses a client id twice, or somebody else's. Nobody else is fooled by it, since known clocks are cut
off; but somebody should hear of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from collab.crdt.delete_set import Span
from collab.crdt.steps import STRIDE, Steps
from collab.crdt.structs import DELETED, GC, STRING, Id, Struct
from collab.crdt.update import parsing
from collab.lib0 import read_bytes

_HALF = "\ufffd".encode("utf-16-le")
"""What is left of either half of an emoji that an editor has cut."""


def clashing(update: bytes, others: Iterable[bytes]) -> Steps[Span | None]:
    """The first clocks found of which ``update`` says something else than one of ``others``; None: there are none.

    Values and marks are not compared, since honest editors spell them in several ways: only where a struct stands, of
    which kind it is, and its text.
    """
    said = (yield from parsing(update)).sections
    for other in others:
        for client, structs in (yield from parsing(other)).sections.items():
            if client in said:
                found = yield from _differing(said[client], structs)
                if found is not None:
                    return client, *found
    return None


def _differing(one: Sequence[Struct], other: Sequence[Struct]) -> Steps[tuple[int, int] | None]:
    """The clocks of the first overlap that differs, of structs in the order of their clocks."""
    here = there = handled = 0
    while here < len(one) and there < len(other):
        left, right = one[here], other[there]
        start, end = max(left.clock, right.clock), min(left.end, right.end)
        if start < end and not _agree(left, right, start, end):
            return start, end
        here += left.end <= right.end
        there += right.end <= left.end
        handled += 1
        if handled % STRIDE == 0:
            yield
    return None


def _agree(one: Struct, other: Struct, start: int, end: int) -> bool:
    """Whether two structs say the same of the clocks from ``start`` to ``end``, which both cover."""
    if one.kind in (GC, DELETED) or other.kind in (GC, DELETED):
        return True
    if one.kind != other.kind or one.right_origin != other.right_origin:
        return False
    if _origin_at(one, start) != _origin_at(other, start):
        return False
    if one.kind != STRING:
        return True
    pairs = zip(_units(one, start, end), _units(other, start, end), strict=True)
    return all(left == right or _HALF in (left, right) for left, right in pairs)


def _origin_at(struct: Struct, clock: int) -> Id | None:
    """The origin of the unit at ``clock``: inside a struct that is the one before it."""
    return struct.origin if clock == struct.clock else (struct.client, clock - 1)


def _units(struct: Struct, start: int, end: int) -> list[bytes]:
    """The UTF-16 units of a text from clock ``start`` to ``end``."""
    wide = read_bytes(struct.raw, struct.body)[0].decode().encode("utf-16-le")
    return [wide[2 * at : 2 * at + 2] for at in range(start - struct.clock, end - struct.clock)]
