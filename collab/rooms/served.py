"""What a client is sent that opens a document: stored bytes, as far as possible the very same for everyone.

The served form is the document squashed and tombstoned: no deleted text in it. It is made now and then; the edits since
follow it as they came, squashed. A deletion makes it stale, since what was deleted after it was made still stands in
it, so the next one who opens the document waits until it is made anew.
"""

from __future__ import annotations

import asyncio

from collab.crdt import (
    EMPTY,
    DocumentState,
    Extension,
    Span,
    StateVector,
    covers,
    cutting,
    squashing,
    tombstoning,
)
from collab.rooms.breathe import breathe

NO_DELETES = b"\0"
"""A delete set with nothing in it, encoded."""

_RECENT_BYTES = 64 * 1024
"""Up to here, or a quarter of the served form, edits are kept as they came."""


class Served:
    """The served form of one document and the edits since.

    Positions count the extensions that were added: ``recent[i]`` is the one at ``base + i``.
    """

    def __init__(self, state: DocumentState, update: bytes = EMPTY, deletes: bytes = NO_DELETES) -> None:
        """``state`` is the room's, live; ``update`` is the served form of just that state, ``deletes`` its delete set."""
        self._state = state
        self._update = update
        self._known = state.state_vector.copy()
        self._deletes = deletes
        self._base = 0
        self._recent: list[bytes] = []
        self._inserted: list[tuple[Span, ...]] = []  # the clocks that each of these brought
        self.recent_bytes = 0
        """Bytes of the edits since."""
        self._last_deletion = 0
        self._squashed: tuple[int, int, bytes] = (0, 0, EMPTY)  # edits between two positions, squashed last
        self._whole: bytes | None = None  # all of it as one update, where somebody asked for that since the last edit
        self._renewing = asyncio.Lock()

    @property
    def _position(self) -> int:
        return self._base + len(self._recent)

    @property
    def is_long(self) -> bool:
        """Whether so much has come since it was made that it should be made anew."""
        return self.recent_bytes > max(_RECENT_BYTES, len(self._update) // 4)

    def add(self, extension: Extension) -> None:
        """An edit was accepted."""
        if extension.news is None:
            return
        self._whole = None
        self._recent.append(extension.news)
        self._inserted.append(extension.inserted)
        self.recent_bytes += len(extension.news)
        if extension.deleted:
            self._last_deletion = self._position

    def recent_of(self, client: int, start: int, end: int) -> list[bytes]:
        """The edits since that brought any of these clocks of a client, as they came."""
        return [
            update
            for update, inserted in zip(self._recent, self._inserted, strict=True)
            if any(other == client and first < end and start < last for other, first, last in inserted)
        ]

    async def answer(self, known: StateVector) -> list[bytes]:
        """What someone who has ``known`` lacks, as updates to be sent in this order: at least one.

        Everything accepted before the call returns is in it. Nothing that was deleted before the call is in it.
        """
        asked = self._position
        while (self._last_deletion > self._base and self._base < asked) or self.is_long:
            await self.renew()
        while True:
            base = self._base
            parts = [await self._cut_update(known)]
            done = base
            while base == self._base and done < self._position:
                end = self._position
                parts.append(await self._cut_recent(done, end, known))
                done = end
            if base == self._base:  # and nothing has been awaited since the last edit was looked at
                return [part for part in parts if part != EMPTY] or [EMPTY]

    async def difference(self, known: StateVector) -> bytes:
        """``answer`` as one update."""
        if not known and self._whole is not None:
            return self._whole
        first, *rest = await self.answer(known)
        if not rest:
            return first
        position = self._position
        whole = await breathe(squashing([first, *rest], self._state.entries))
        if not known and position == self._position and position > self._base:
            self._whole = whole
        return whole

    async def renew(self) -> None:
        """Make the served form anew; one at a time, others wait for the one under way."""
        asked = self._position
        async with self._renewing:
            if self._base >= asked:
                return
            count = len(self._recent)
            known, deletes = self._state.state_vector.copy(), self._state.deletes.copy()
            updates = [part for part in (self._update, *self._recent) if part != EMPTY]
            entries = self._state.entries.copy()
            update = await breathe(tombstoning(await breathe(squashing(updates, entries)), entries))
            encoded_deletes = await breathe(deletes.encoding())
            self._update, self._known, self._deletes = update, known, encoded_deletes
            self._base += count
            self._whole = None
            del self._recent[:count], self._inserted[:count]
            self.recent_bytes = sum(map(len, self._recent))

    async def _cut_update(self, known: StateVector) -> bytes:
        if not known or self._update == EMPTY:
            return self._update
        if covers(known, self._known):
            return b"\0" + self._deletes
        return await breathe(cutting(self._update, known))

    async def _cut_recent(self, start: int, end: int, known: StateVector) -> bytes:
        """The edits from position ``start`` to ``end`` as one update, and of that what is not ``known``."""
        if self._squashed[:2] != (start, end):
            updates = self._recent[start - self._base : end - self._base]
            self._squashed = (start, end, await breathe(squashing(updates, self._state.entries)))
        squashed = self._squashed[2]
        return await breathe(cutting(squashed, known)) if known else squashed
