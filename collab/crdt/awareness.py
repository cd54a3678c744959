"""Awareness: who is here, as each client says of itself.

Wire form: ``vu(n)`` then n times ``vu(client) vu(clock) vs(JSON state, or null for "gone")``. Of two entries of a client
the one with the greater clock counts, and of equals the one that says "gone". Source: y-protocols ``awareness.js``.

Nothing in it is ever stored, and nothing is believed: all entries of a message are good or none is taken, states are
JSON that every browser can read, clocks are bounded so that nobody can take a presence for good.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from collab.crdt.values import check_json
from collab.errors import MalformedAwareness, MalformedUpdate, TooLarge, TooMany
from collab.lib0 import read_bytes, read_uint, write_bytes, write_uint

GONE = b"null"
"""The state of a client that has left."""

MAX_AWARENESS_CLOCK = 2**31
"""A clock counts renewals, four a minute or one a keystroke: an honest one never comes near."""


class AwarenessEntry(NamedTuple):
    """What one client says of itself. ``state`` is a JSON text in UTF-8."""

    client: int
    clock: int
    state: bytes

    @property
    def is_gone(self) -> bool:
        """Whether the client says that it has left."""
        return self.state == GONE

    def supersedes(self, other: AwarenessEntry | None) -> bool:
        """Whether this entry is newer than ``other``, which is what is known so far."""
        if other is None:
            return True
        return self.clock > other.clock or (self.clock == other.clock and self.is_gone and not other.is_gone)


MAX_MESSAGE = 2**21
"""Bytes of one message: it is checked in one go."""

MAX_ENTRIES = 10_000
"""An editor that wakes up tells in one message that everybody it knew is gone."""


def decode_awareness(data: bytes, *, max_state: int) -> list[AwarenessEntry]:
    """Decode and check a whole awareness message; ``max_state`` is the bytes one state may have.

    Errors: ``MalformedAwareness``; ``TooLarge`` for a state, ``TooMany`` above ``MAX_ENTRIES``.
    """
    if len(data) > MAX_MESSAGE:
        raise TooLarge(f"an awareness message of {len(data)} bytes, {MAX_MESSAGE} are allowed", limit=MAX_MESSAGE)
    entries = []
    try:
        count, pos = read_uint(data, 0)
        if count > MAX_ENTRIES:
            raise TooMany(f"an awareness message of {count} entries, {MAX_ENTRIES} are allowed", limit=MAX_ENTRIES)
        for _ in range(count):
            client, pos = read_uint(data, pos)
            clock, pos = read_uint(data, pos)
            state, pos = read_bytes(data, pos)
            if clock > MAX_AWARENESS_CLOCK:
                raise MalformedAwareness(f"an awareness clock of {clock} for client {client}")
            if len(state) > max_state:
                raise TooLarge(f"an awareness state of {len(state)} bytes, {max_state} are allowed", limit=max_state)
            check_json(state, pos, finite=True)
            entries.append(AwarenessEntry(client, clock, state.strip()))
    except IndexError:
        raise MalformedAwareness("an awareness message that ends too early") from None
    except (OverflowError, MalformedUpdate) as error:
        raise MalformedAwareness(str(error)) from error
    if pos != len(data):
        raise MalformedAwareness(f"an awareness message with {len(data) - pos} bytes behind its end")
    return entries


def encode_awareness(entries: Iterable[AwarenessEntry]) -> bytes:
    """Encode entries as one awareness message."""
    return join_entries([encode_entry(entry) for entry in entries])


def encode_entry(entry: AwarenessEntry) -> bytes:
    """Encode one entry, for ``join_entries``: who tells many people nearly the same encodes each once."""
    client, clock, state = entry
    return b"".join((write_uint(client), write_uint(clock), write_bytes(state)))


def join_entries(encoded: list[bytes]) -> bytes:
    """One awareness message of encoded entries."""
    return write_uint(len(encoded)) + b"".join(encoded)
