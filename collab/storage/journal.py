"""A journal: what one document has to write, in order, and how much of it is on disk.

The document's room appends and never waits; the log takes from the front and writes. An update is in one of three
places: queued, in the batch that is being written (in flight), or committed. A batch once made is never changed,
because a retry must bring the very rows whose fate is unknown.

    append ──> queue ──take──> flight ──land──> committed
                 └──────fail──────┘
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from math import inf
from typing import NamedTuple, Protocol

from collab.errors import CollabError, Overloaded, StorageUnavailable
from collab.storage.base import Batch, Change

logger = logging.getLogger(__name__)

OVERHEAD = 200
"""What an update costs in memory beyond its bytes, about; so many empty ones are not free."""

Clock = Callable[[], int]
"""The time of day in milliseconds since the epoch, UTC."""


def time_of_day() -> int:
    """The system's ``Clock``."""
    return time.time_ns() // 1_000_000


class LogListener(Protocol):
    """The room behind a journal. Neither method may wait."""

    def committed(self, position: int) -> None:
        """Everything appended up to this position is on disk."""
        ...

    def failed(self, error: CollabError) -> None:
        """Given up, or refused for good: what was queued is dropped and the journal is closed.

        What was in flight may or may not be on disk: forget the document, load it again, and let the clients bring
        what nobody has acknowledged.
        """
        ...


class Desk(Protocol):
    """What a journal needs of its log."""

    def admit(self, journal: Journal, size: int) -> None:
        """So much more is queued in this journal. Raises ``Overloaded`` or ``ShuttingDown`` if it must not be."""
        ...

    def closed(self, journal: Journal) -> None:
        """No more will come."""
        ...

    def batch_id(self, time: int) -> bytes:
        """Sixteen bytes that no other change has, which rise with ``time``."""
        ...


class _Nobody:
    """Whoever there was has gone."""

    def committed(self, position: int) -> None:
        """Nobody hears it."""

    def failed(self, error: CollabError) -> None:
        """Nobody hears it."""


_NOBODY = _Nobody()


class Entry(NamedTuple):
    """One update on its way."""

    actor: str | None
    update: bytes
    time: int
    since: float
    """When it was appended, in the loop's time: what the log's patience is measured by."""
    restored: int | None = None

    @property
    def size(self) -> int:
        """What it counts against limits, in bytes."""
        return len(self.update) + OVERHEAD


@dataclass(frozen=True, slots=True)
class Flight:
    """A batch from its first try until it is known to be committed."""

    batch: Batch
    size: int
    since: tuple[float, ...]
    """When each of its updates was appended, in the loop's time."""


class Journal:
    """What one document has to write. ``Log.journal`` makes it; the room that asked for it owns it."""

    def __init__(
        self, document: str, lineage: str, listener: LogListener, desk: Desk, *, limit: int, clock: Clock
    ) -> None:
        """``limit`` bounds what is queued and in flight, in bytes; an update alone may be bigger."""
        self.document = document
        self.lineage = lineage
        self.position = 0
        """How many updates were appended."""
        self.committed = 0
        """How many of them are on disk."""
        self.size = 0
        """Bytes queued and in flight."""
        self.owner: str | None = None
        """Who becomes the owner of the document, should its first batch make its row."""
        self.flight: Flight | None = None
        self.closed = False
        self.failure: CollabError | None = None
        self.tries = 0
        """How often the batch in flight was tried in vain."""
        self.not_before = 0.0
        """When the batch in flight may be tried again, in the loop's time."""
        self.suspect = False
        """The batch in flight was refused by itself: it is not to be tried together with others again."""
        self._listener = listener
        self._desk = desk
        self._limit = limit
        self._clock = clock
        self._queue: deque[Entry] = deque()
        self._waiters: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def settled(self) -> bool:
        """Nothing is queued or in flight."""
        return self.flight is None and not self._queue

    @property
    def since(self) -> float:
        """When the oldest update that is not on disk was appended, in the loop's time; infinity: there is none."""
        if self.flight is not None:
            return self.flight.since[0]
        return self._queue[0].since if self._queue else inf

    def takes_only_alone(self, update: bytes) -> bool:
        """Whether an update is so large that only an empty queue takes it."""
        return len(update) + OVERHEAD > self._limit

    def append(self, actor: str | None, update: bytes, restored: int | None = None, *, owner: str | None = None) -> int:
        """Queue an update; answer its position. Never waits. ``restored``: the moment that it brings back.

        Of the first one, ``owner`` becomes the owner of the document, should this make it.

        Raises ``Overloaded`` when the queue is full, ``ShuttingDown``, and ``StorageUnavailable`` when the journal is
        closed or has failed. The update is not queued then, and the room must let go of its clients.
        """
        if self.closed:
            raise StorageUnavailable(f"the journal of {self.document!r} is closed") from self.failure
        entry = Entry(actor, update, self._clock(), asyncio.get_running_loop().time(), restored)
        if self.size and self.size + entry.size > self._limit:
            raise Overloaded(f"document {self.document!r} has too much waiting for the disk")
        self._desk.admit(self, entry.size)
        if self.position == 0:
            self.owner = owner
        self._queue.append(entry)
        self.size += entry.size
        self.position += 1
        return self.position

    async def flush(self) -> None:
        """Wait until everything appended so far is on disk. Raises what the journal failed with."""
        position = self.position
        if self.committed < position and self.failure is None:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append((position, waiter))
            await waiter
        if self.committed < position and self.failure is not None:
            raise self.failure

    def close(self) -> None:
        """Take no more updates. Those appended are written all the same."""
        if not self.closed:
            self.closed = True
            self._desk.closed(self)
            self._hang_up()

    # The log's side.

    def take(self, most: int) -> Flight:
        """The batch in flight; a new one of about ``most`` bytes from the front of the queue if there is none."""
        if self.flight is None:
            entries: list[Entry] = []
            size = 0
            while self._queue and (not entries or size + self._queue[0].size <= most):
                entry = self._queue.popleft()
                entries.append(entry)
                size += entry.size
            changes = tuple(self._change(list(run)) for _, run in groupby(entries, key=_origin))
            since = tuple([entry.since for entry in entries])
            self.flight = Flight(Batch(self.document, self.lineage, changes, self.owner), size, since)
        return self.flight

    def land(self) -> int:
        """The batch in flight is on disk: tell whoever waits. The bytes that this frees."""
        flight, self.flight = self.flight, None
        self.tries, self.not_before, self.suspect = 0, 0.0, False
        if flight is None or self.failure is not None:
            return 0  # it was given up before, and its room was told so
        self.size -= flight.size
        self.committed += len(flight.since)
        self._release(self.committed)
        try:
            self._listener.committed(self.committed)
        except Exception:  # one room's mistake must not stop the writer of all
            logger.exception("document %r: its room failed to hear of a commit", self.document)
        self._hang_up()
        return flight.size

    def fail(self, error: CollabError) -> int:
        """Drop what is queued and say so. A batch in flight stays until its fate is known. The bytes that this frees."""
        if self.failure is not None:
            return 0
        self.closed, self.failure = True, error
        freed, self.size = self.size, 0
        self._queue.clear()
        self._release(self.position)
        try:
            self._listener.failed(error)
        except Exception:  # as above
            logger.exception("document %r: its room failed to hear of a failure", self.document)
        self._hang_up()
        return freed

    def _change(self, run: list[Entry]) -> Change:
        first = run[0]
        updates = tuple(entry.update for entry in run)
        return Change(self._desk.batch_id(first.time), first.actor, first.time, updates, first.restored)

    def _hang_up(self) -> None:
        """Let go of the room where there is nothing more to tell: the two would keep each other in memory."""
        if self.closed and (self.settled or self.failure is not None):
            self._listener = _NOBODY

    def _release(self, position: int) -> None:
        while self._waiters and self._waiters[0][0] <= position:
            _, waiter = self._waiters.popleft()
            if not waiter.done():  # it is when whoever waited was cancelled
                waiter.set_result(None)


def _origin(entry: Entry) -> tuple[str | None, int | None, int]:
    # Of one second, so that its time is true of all in it, however long the disk kept them waiting.
    return entry.actor, entry.restored, entry.time // 1000
