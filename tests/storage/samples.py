"""Things to store."""

from __future__ import annotations

import os

from collab.storage.archive import Archive
from collab.storage.base import Batch, Change, Checkpoint

NOON = 1_750_000_000_000
"""A time of day, in milliseconds since the epoch."""


def change(*updates: bytes, actor: str | None = "alice", time: int = NOON, batch: bytes | None = None) -> Change:
    """A change with a batch id of its own."""
    return Change(os.urandom(16) if batch is None else batch, actor, time, updates or (b"update",))


def batch(document: str, *changes: Change, lineage: str = "lineage") -> Batch:
    """What one commit appends to a document; one change if none is given."""
    return Batch(document, lineage, changes or (change(),))


def checkpoint(sequence: int, text: bytes = b"everything") -> Checkpoint:
    """A checkpoint whose pieces all differ."""
    return Checkpoint(sequence, b"vector " + text, b"deletes " + text, b"squashed " + text, b"served " + text)


async def let_go(store: Archive, name: str) -> None:
    """Let each change whose bytes two generations hold become a step of its own: its bytes go."""
    while (found := (await store.foldable(name, 1000))[0]) and await store.condense(name, found):
        pass
    await store.tidy()
