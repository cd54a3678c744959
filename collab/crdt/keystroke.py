"""The short way for what most updates are: one person typed or deleted something.

Such an update is one run of text of one client, or one deleted range, and nothing else. Here it is read without an
object being made of it, in half the time of the general way. Whatever is not exactly of these two shapes, does not fit,
or is wrong, is None here and goes the general way, which alone decides what is an error.
"""

from __future__ import annotations

from collab.crdt.delete_set import DeleteSet
from collab.crdt.state_vector import MAX_CLOCK, StateVector
from collab.crdt.structs import HAS_ORIGIN, HAS_RIGHT_ORIGIN, STRING
from collab.lib0 import read_uint

Typed = tuple[int, int, int]
"""``(client, start, end)``: the clocks that were typed, or deleted."""


def read_typed(update: bytes, known: StateVector, entries: DeleteSet) -> Typed | None:
    """The clocks that ``update`` adds, where it is one run of text, in no map, that follows on from ``known``."""
    try:
        if update[0] != 1 or update[1] != 1 or update[-1] != 0:
            return None
        client, pos = read_uint(update, 2)
        mark = update[2:pos]
        clock, pos = read_uint(update, pos)
        if clock != known.get(client, 0):
            return None
        info = update[pos]
        pos += 1
        if info == HAS_ORIGIN | STRING or info == HAS_ORIGIN | HAS_RIGHT_ORIGIN | STRING:
            if update.startswith(mark, pos):
                other = client
                before, pos = read_uint(update, pos + len(mark))
                if before >= clock:
                    return None
            else:
                other, pos = read_uint(update, pos)
                before, pos = read_uint(update, pos)
                if before >= known.get(other, 0):
                    return None
            if entries and (other, before) in entries:
                return None
            if info & HAS_RIGHT_ORIGIN:
                other, pos = read_uint(update, pos)
                behind, pos = read_uint(update, pos)
                if behind >= known.get(other, 0):
                    return None
        else:
            return None
        size, pos = read_uint(update, pos)
        text = update[pos : pos + size]
        if pos + size + 1 != len(update) or not text:
            return None
        if text.isascii():
            end = clock + size
        else:
            end = clock + len(text.decode().encode("utf-16-le")) // 2
    except (IndexError, OverflowError, ValueError):
        return None
    return (client, clock, end) if end <= MAX_CLOCK else None


def read_deleted(update: bytes, known: StateVector, deletes: DeleteSet) -> Typed | None:
    """The clocks that ``update`` deletes, where it is one range of known clocks none of which is deleted yet."""
    try:
        if update[0] != 0 or update[1] != 1:
            return None
        client, pos = read_uint(update, 2)
        if update[pos] != 1:
            return None
        start, pos = read_uint(update, pos + 1)
        length, pos = read_uint(update, pos)
    except (IndexError, OverflowError):
        return None
    end = start + length
    if not length or pos != len(update) or end > known.get(client, 0) or any(deletes.overlaps(client, start, end)):
        return None
    return client, start, end
