"""Growing old: the tail of a document's log is squashed into its next checkpoint, and what was folded becomes steps.

The database is the truth: what is folded is read from it, not taken from a room's memory, so a fold is the same
whichever node does it and whatever is being written meanwhile.
"""

from __future__ import annotations

from dataclasses import replace

from collab.crdt import EMPTY, Extension, Span, encode_deeds, encode_state_vector, squashing, tombstoning
from collab.rooms.breathe import breathe
from collab.rooms.replay import checkpoint_state, replaying
from collab.rooms.windows import Together, joining, within
from collab.storage.archive import Archive
from collab.storage.base import Checkpoint, Store

_AT_ONCE = 500
"""Changes that one transaction makes steps of; commits of edits pass between two."""

WINDOW = 10.0
"""Seconds of edits that become one step, for each who made some."""


async def fold(store: Archive, name: str, window: float = WINDOW) -> Checkpoint | None:
    """Make and store the next checkpoint of a document; None where there is nothing to fold.

    Changes whose bytes two generations hold then become steps, one for each ``window`` of seconds and actor.
    Errors: those of ``Store.load`` and ``Store.add_checkpoint``; ``DocumentUnreadable`` where the log is damaged.
    """
    checkpoint = await squash_tail(store, name)
    if checkpoint is not None:
        await condense(store, name, within(round(window * 1000)))
        await store.tidy()
    return checkpoint


async def fold_whole(store: Archive, name: str, window: float = WINDOW) -> Checkpoint | None:
    """``fold`` for a document that is left alone: both generations hold all of it, but for its last change.

    So nothing but that change keeps its bytes.
    """
    await squash_tail(store, name, leaving=1)
    return await fold(store, name, window)


async def squash_tail(store: Store, name: str, *, leaving: int = 0) -> Checkpoint | None:
    """Make and store the next checkpoint: the first half of ``fold``. ``leaving``: so many changes stay behind it."""
    stored = await store.load(name)
    if stored is None or len(stored.tail) <= leaving:
        return None
    stored = replace(stored, head=stored.head - leaving, tail=stored.tail[: len(stored.tail) - leaving])
    state = await checkpoint_state(stored.checkpoint)
    before = EMPTY if stored.checkpoint is None else stored.checkpoint.squashed
    told = _Told()
    await breathe(replaying(stored, state, told.take))
    at, ranges = stored.head, told.finish()
    del stored  # a long log takes a while to let go of, and what was told of it another: not both at once
    squashed = await breathe(squashing([before, *told.news], state.entries))
    checkpoint = Checkpoint(
        sequence=at,
        state_vector=encode_state_vector(state.state_vector),
        delete_set=await breathe(state.deletes.encoding()),
        squashed=squashed,
        served=await breathe(tombstoning(squashed, state.entries)),
        entries=await breathe(state.entries.encoding()),
    )
    await store.add_checkpoint(name, checkpoint, ranges)
    return checkpoint


async def condense(store: Archive, name: str, together: Together) -> None:
    """Make steps of the changes that two generations hold, some at a time. Errors: those of ``Archive.condense``."""
    while True:
        changes, named, _ = await store.foldable(name, _AT_ONCE)
        windows = await breathe(joining(changes, named, together))
        if len(changes) == _AT_ONCE and len(windows) > 1:
            windows.pop()  # it may go on
        if not windows or not await store.condense(name, [step for window in windows for step in window]):
            return


class _Told:
    """What the changes of a log did, taken down while it is played again."""

    def __init__(self) -> None:
        self.news: list[bytes] = []
        """What is squashed: what each update brought. Two nodes may have logged the same edit."""
        self._ranges: dict[int, bytes] = {}
        self._sequence: int | None = None  # of the change that is being taken down
        self._inserted: list[Span] = []
        self._deleted: list[Span] = []

    def take(self, sequence: int, extension: Extension) -> None:
        """The next update, of the change ``sequence``."""
        if sequence != self._sequence:
            self._close()
            self._sequence = sequence
        if extension.news is not None:
            self.news.append(extension.news)
            self._inserted += extension.inserted
            self._deleted += extension.deleted

    def finish(self) -> dict[int, bytes]:
        """What each change did: it is kept when its bytes have gone."""
        self._close()
        return self._ranges

    def _close(self) -> None:
        if self._sequence is not None:
            self._ranges[self._sequence] = encode_deeds(self._inserted, self._deleted)
            self._inserted.clear()
            self._deleted.clear()
