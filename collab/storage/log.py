"""The log: one writer that commits what all documents have to write, together.

While it waits for the disk, more gathers; then it takes everything that is pending and commits it in one transaction, and
tells each room how far its document is on disk. From one commit to the next it lets so much time pass that an edit waits
for about ``gather`` seconds at most, for its commit to begin and to be done. After a quiet spell the first
update does not wait.

When a commit fails:

- A batch that failed stays first in its document's queue, the same rows with the same batch ids, and is tried again; no
  later batch of that document passes it.
- If the whole database failed (locked, full, I/O, connection), everything is tried again together, later and later.
- If it was any one batch's fault, each document is tried alone: the good ones are written, a refused one is tried again
  by itself, later and later, and holds back nobody else.
- A document that was deleted, or whose row is damaged, is refused for good at once.
- A document whose oldest update has waited ``give_up`` seconds is given up, even while a commit hangs; its room lets go
  of its clients, who still hold what was not acknowledged.
"""

from __future__ import annotations

import asyncio
import logging
import os
from itertools import count

from collab.errors import CollabError, Overloaded, ShuttingDown, StorageUnavailable
from collab.metrics import Histogram
from collab.storage.base import RowsRefused, Store
from collab.storage.journal import OVERHEAD, Clock, Journal, LogListener, time_of_day

__all__ = ["Journal", "Log", "LogListener"]

logger = logging.getLogger(__name__)

MEBIBYTE = 2**20
ROUND_BYTES = 4 * MEBIBYTE
"""What one transaction holds at most, about: a longer one would let everybody's acks wait."""
ROUND_CHANGES = 2_000


class Log:
    """The group-commit writer of a store.

    Times are in seconds: ``gather`` from an edit to its being on disk, where many write; ``retry_first`` and
    ``retry_most`` between two tries; ``give_up`` for an update to wait. ``journal_bytes`` and ``total_bytes`` bound what
    waits, for one document and for all.
    """

    def __init__(
        self,
        store: Store,
        *,
        gather: float = 0.010,
        retry_first: float = 0.050,
        retry_most: float = 2.0,
        give_up: float = 30.0,
        journal_bytes: int = 8 * MEBIBYTE,
        total_bytes: int = 256 * MEBIBYTE,
        clock: Clock = time_of_day,
    ) -> None:
        """Nothing runs before ``start``."""
        self._store = store
        self._gather = gather
        self._retry_first = retry_first
        self._retry_most = retry_most
        self._give_up = give_up
        self._journal_bytes = journal_bytes
        self._total_bytes = total_bytes
        self._clock = clock
        self.commit_seconds = Histogram()
        """How long each transaction took."""
        self.commit_failures = 0
        """How many of them failed."""
        self.ack_seconds = Histogram()
        """How long each update waited from being appended to being on disk, and its room told so."""
        self.edits = 0
        """How many updates were appended, ever."""
        self.edit_bytes = 0
        """And their bytes."""
        self._mark = os.urandom(6)  # of this log, among all that write to the database
        self._batches = count()
        self._journals: dict[str, Journal] = {}  # open, or closed and not settled
        self._dirty: dict[Journal, None] = {}  # not settled; who waits longest comes first
        self._flying: list[Journal] = []  # those in the commit that is under way
        self._size = 0  # of all that is queued and in flight, in bytes
        self._wake = asyncio.Event()
        self._refusal: CollabError | None = None  # why nothing more is taken
        self._tries = 0  # how often the whole database failed in a row
        self._not_before = 0.0  # when a commit may start, in the loop's time
        self._writer: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start writing."""
        self._writer = asyncio.create_task(self._write(), name="collab-log")

    async def close(self, drain: float) -> None:
        """Take no more, write what is queued for at most ``drain`` seconds, drop the rest with ``ShuttingDown``."""
        self._refusal = ShuttingDown("the server is shutting down")
        self._wake.set()
        if self._writer is not None:
            await asyncio.wait((self._writer,), timeout=drain)
            self._writer.cancel()
            await asyncio.wait((self._writer,))
            if not self._writer.cancelled():
                self._writer.result()  # if it died of a mistake, this is where that is raised
        self._drop(self._refusal)

    @property
    def waiting_bytes(self) -> int:
        """What is queued and in flight, of all documents."""
        return self._size

    @property
    def waiting_documents(self) -> int:
        """How many documents have something queued or in flight."""
        return len(self._dirty)

    def journal(self, document: str, lineage: str, listener: LogListener) -> Journal:
        """Open the journal of a document. A room takes it before it loads the document, and there is one at a time.

        Raises ``StorageUnavailable`` while what an earlier one left is still being written: what is loaded now could
        lack it. Raises ``ShuttingDown``.
        """
        if self._refusal is not None:
            raise self._refusal
        earlier = self._journals.get(document)
        if earlier is not None:
            if not earlier.closed:
                raise RuntimeError(f"document {document!r} has a journal already")
            raise StorageUnavailable(f"document {document!r} is still being written")
        journal = Journal(document, lineage, listener, self, limit=self._journal_bytes, clock=self._clock)
        self._journals[document] = journal
        return journal

    def admit(self, journal: Journal, size: int) -> None:
        """For journals: see ``journal.Desk``."""
        if self._refusal is not None:
            raise self._refusal
        if self._size + size > self._total_bytes:
            raise Overloaded("too much is waiting for the disk")
        self._size += size
        self.edits += 1
        self.edit_bytes += size - OVERHEAD
        self._dirty[journal] = None
        self._wake.set()

    def closed(self, journal: Journal) -> None:
        """For journals: see ``journal.Desk``."""
        if journal.settled:
            self._forget(journal)

    def batch_id(self, time: int) -> bytes:
        """For journals: see ``journal.Desk``."""
        # That it rises makes its index grow at the end: a third less CPU at 200,000 rows. Randomness for each one would
        # cost as much as a frame.
        return time.to_bytes(6, "big") + self._mark + (next(self._batches) & 0xFFFFFFFF).to_bytes(4, "big")

    async def _write(self) -> None:
        try:
            while due := await self._due():
                together = self._fill_round(due)
                if together and not await self._commit(together):
                    continue
                for journal in due:  # those that were just found to be in bad company, too
                    if journal.suspect and journal in self._dirty and not await self._commit([journal]):
                        break
        except Exception as error:
            logger.exception("the log's writer has stopped")
            self._refusal = StorageUnavailable("the log's writer has stopped")
            self._drop(self._refusal)
            raise self._refusal from error

    async def _due(self) -> list[Journal]:
        """Wait until something may be written, and say which journals have it; none: there will be no more."""
        while True:
            self._wake.clear()
            self._expire()
            now = _loop_time()
            due = [journal for journal in self._dirty if journal.not_before <= now]
            if due and self._not_before <= now:
                return due
            if due:
                await asyncio.sleep(min(self._not_before - now, self._patience()))
            elif self._dirty:
                rest = min(journal.not_before for journal in self._dirty) - now
                await _wait(self._wake, min(rest, self._patience()))
            elif self._refusal is None:
                await self._wake.wait()
                await asyncio.sleep(0)  # whoever else appends in this turn of the loop comes along
            else:
                return []

    def _fill_round(self, due: list[Journal]) -> list[Journal]:
        """As many journals as one transaction should hold, each with a batch in flight."""
        together: list[Journal] = []
        size = changes = 0
        for journal in due:
            if journal.suspect:
                continue
            if size >= ROUND_BYTES or changes >= ROUND_CHANGES:
                break
            flight = journal.take(ROUND_BYTES)
            size += flight.size
            changes += len(flight.batch.changes)
            together.append(journal)
        return together

    async def _commit(self, journals: list[Journal]) -> bool:
        """Try to write what these journals have in flight; False: the whole database failed."""
        self._flying = journals
        started = _loop_time()
        error = await self._append(journals)
        took = _loop_time() - started
        self.commit_seconds.observe(took)
        self._not_before = started + max(took, self._gather - took)
        self.commit_failures += error is not None
        self._flying = []
        whole = isinstance(error, StorageUnavailable) and not isinstance(error, RowsRefused)
        if whole:
            self._tries += 1
            self._not_before = _loop_time() + self._delay(self._tries)
            logger.warning("a commit failed (try %d): %s", self._tries, error)
        else:
            self._tries = 0
        for journal in journals:
            if error is None:
                self._land(journal)
            elif journal.failure is not None:
                self._forget(journal)  # given up while it was being written
            else:
                journal.tries += 1
                if not whole:
                    self._refused(journal, error, alone=len(journals) == 1)
        return not whole

    async def _append(self, journals: list[Journal]) -> Exception | None:
        """What came of one try. Meanwhile whoever has waited too long is given up."""
        batches = [journal.take(ROUND_BYTES).batch for journal in journals]
        attempt = asyncio.create_task(self._store.append(batches, retried=any(journal.tries for journal in journals)))
        try:
            while not attempt.done():
                await asyncio.wait((attempt,), timeout=self._patience())
                self._expire()
        finally:
            if attempt.cancel():  # this task was cancelled while it waited
                await asyncio.wait((attempt,))
        error = attempt.exception()
        if error is not None and not isinstance(error, Exception):
            raise error
        return error

    def _refused(self, journal: Journal, error: Exception, *, alone: bool) -> None:
        """The database took what others had, or was not asked for this one alone yet."""
        if not alone:
            journal.suspect = True
        elif isinstance(error, CollabError) and not isinstance(error, StorageUnavailable):
            self._fail(journal, error)  # deleted, or damaged: no later try can help
        else:
            journal.suspect = True
            journal.not_before = _loop_time() + self._delay(journal.tries)
            logger.warning(
                "document %r: a commit was refused (try %d)", journal.document, journal.tries, exc_info=error
            )

    def _land(self, journal: Journal) -> None:
        flight = journal.flight
        self._size -= journal.land()
        if flight is not None and journal.failure is None:
            now = _loop_time()
            for since in flight.since:
                self.ack_seconds.observe(now - since)
        self._dirty.pop(journal, None)
        if not journal.settled:
            self._dirty[journal] = None  # to the end: others have waited longer
        elif journal.closed:
            self._forget(journal)

    def _expire(self) -> None:
        """Give up every document whose oldest update has waited too long."""
        oldest = _loop_time() - self._give_up
        for journal in [journal for journal in self._dirty if journal.since <= oldest]:
            logger.error("document %r: given up, the disk has not taken it for %g s", journal.document, self._give_up)
            self._fail(journal, StorageUnavailable(f"document {journal.document!r} could not be saved"))

    def _fail(self, journal: Journal, error: CollabError) -> None:
        self._size -= journal.fail(error)
        self._dirty.pop(journal, None)
        if journal not in self._flying:
            self._forget(journal)

    def _forget(self, journal: Journal) -> None:
        """The last of a journal's updates has met its fate: another journal may be opened."""
        self._dirty.pop(journal, None)
        if self._journals.get(journal.document) is journal:
            del self._journals[journal.document]

    def _drop(self, error: CollabError) -> None:
        self._flying = []
        for journal in list(self._dirty):
            self._fail(journal, error)

    def _delay(self, tries: int) -> float:
        return min(self._retry_first * 2.0 ** min(tries - 1, 30), self._retry_most)

    def _patience(self) -> float:
        """Seconds until the next document is to be given up."""
        now = _loop_time()
        return max(0.001, min((journal.since for journal in self._dirty), default=now) + self._give_up - now)


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
