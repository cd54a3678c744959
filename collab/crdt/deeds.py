"""What an edit did, in few bytes: the clocks that it brought, then those that it deleted, as two delete sets.

Nothing else is kept of a change once its bytes are in a checkpoint, and it is enough: a moment of a document is what all
changes up to then brought and deleted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from collab.crdt.delete_set import DeleteSet, Span
from collab.crdt.state_vector import MAX_CLOCK
from collab.crdt.steps import STRIDE, Steps, run
from collab.errors import MalformedUpdate
from collab.lib0 import read_uint


class Deeds(NamedTuple):
    """What was brought and deleted."""

    inserted: tuple[Span, ...]
    deleted: tuple[Span, ...]


def encode_deeds(inserted: Iterable[Span], deleted: Iterable[Span]) -> bytes:
    """Neighbouring spans become one."""
    return DeleteSet(inserted).encode() + DeleteSet(deleted).encode()


def decode_deeds(data: bytes) -> Deeds:
    """Back again. Errors: ``MalformedUpdate``. Deeds are short; there are many of them."""
    try:
        inserted, pos = _read(data, 0)
        deleted, pos = _read(data, pos)
    except IndexError:
        raise MalformedUpdate("deeds that end too early") from None
    except OverflowError as error:
        raise MalformedUpdate(f"deeds with {error}") from None
    if pos != len(data):
        raise MalformedUpdate(f"deeds with {len(data) - pos} bytes behind their end")
    return Deeds(inserted, deleted)


def join_deeds(all_deeds: Iterable[bytes]) -> bytes:
    """What several edits did together. Errors: ``MalformedUpdate``."""
    return run(joining_deeds(all_deeds))


def joining_deeds(all_deeds: Iterable[bytes]) -> Steps[bytes]:
    """``join_deeds`` in steps."""
    inserted, deleted = DeleteSet(), DeleteSet()
    for number, deeds in enumerate(map(decode_deeds, all_deeds)):
        inserted.update(deeds.inserted)
        deleted.update(deeds.deleted)
        if number % STRIDE == STRIDE - 1:
            yield
    return (yield from inserted.encoding()) + (yield from deleted.encoding())


def _read(data: bytes, pos: int) -> tuple[tuple[Span, ...], int]:
    spans: list[Span] = []
    clients, pos = read_uint(data, pos)
    for _ in range(clients):
        client, pos = read_uint(data, pos)
        count, pos = read_uint(data, pos)
        for _ in range(count):
            start, pos = read_uint(data, pos)
            length = data[pos]
            if length < 0x80:  # as nearly all are
                pos += 1
            else:
                length, pos = read_uint(data, pos)
            if not length or start + length > MAX_CLOCK:
                raise MalformedUpdate(f"a range of {length} at clock {start} of client {client}")
            spans.append((client, start, start + length))
    return tuple(spans), pos
