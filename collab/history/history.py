"""The past of any document, read from the store: what is asked of it, in one place."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from weakref import WeakValueDictionary

from collab.crdt import Deeds, DeleteSet, DocumentState, Extension, StateVector, Steps, decode_deeds
from collab.errors import InvalidRequest, MalformedUpdate, MomentUnreadable, NotFound, Overloaded
from collab.history.lost import finding_lost
from collab.history.moments import ByNumber, ByTime, ByVersion, Moment, Now, Spelling
from collab.history.past import Act, Index, Past
from collab.rooms import Rooms
from collab.rooms.breathe import breathe
from collab.rooms.replay import checkpoint_state, replaying
from collab.storage.archive import Archive, Recollection, Signature, Step, Window

logger = logging.getLogger(__name__)

_STRIDE = 64
"""Acts between two yields."""

_AT_ONCE = 4
"""Pasts that are read at the same time: each is as large as its document."""

MOST_RETURNING = 16
"""Who may be on a way back of one document, or wait for it, at a time: each may take as long as a worker does."""

_MOST_DOCUMENTS, _MOST_BYTES = 32, 24 * 2**20
"""What is kept taken apart."""

_ACT_BYTES, _RANGE_BYTES = 600, 40
"""What an act takes in memory, and each byte of its ranges when they are taken apart, at the most."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What was done to a document up to its checkpoint, taken apart."""

    lineage: str
    signature: Signature
    index: Index
    size: int
    """About its bytes in memory."""


@dataclass(frozen=True, slots=True)
class View:
    """A document at a moment."""

    past: Past
    moment: Moment

    async def state(self) -> bytes:
        """All of it as one update, as its readers would have seen it then."""
        return await breathe(self.past.state(self.moment))

    async def knowing(self) -> tuple[StateVector, DeleteSet]:
        """What existed, and what was deleted."""
        return await breathe(self.past.knowing(self.moment))


class _Queue:
    """Who goes back in a document, one after the other."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.length = 0


class History:
    """The past of all documents."""

    def __init__(self, store: Archive, rooms: Rooms) -> None:
        self._store = store
        self._rooms = rooms
        self._reading = asyncio.Semaphore(_AT_ONCE)
        self._returns: WeakValueDictionary[str, _Queue] = WeakValueDictionary()
        self._known: OrderedDict[str, _Known] = OrderedDict()  # who was asked for last comes last

    @asynccontextmanager
    async def going_back(self, name: str) -> AsyncIterator[None]:
        """Held from looking at a document's past to the edit that leads back to it: two at once would both write anew
        what is missing. Whoever has waited for it may be another by now: judge them again. Errors: ``Overloaded``.
        """
        queue = self._returns.setdefault(name, _Queue())
        if queue.length >= MOST_RETURNING:
            raise Overloaded(f"{queue.length} are going back in this document already")
        queue.length += 1
        try:
            async with queue.turn:
                yield
        finally:
            queue.length -= 1

    async def past(self, name: str) -> Past:
        """Everything that was done to a document, what was let in a moment ago too.

        Errors: ``NotFound``, ``DocumentDeleted``, ``DocumentUnreadable``, ``StorageUnavailable``.
        """
        async with self._reading:
            await self._rooms.settle(name)
            known = self._known.get(name)
            recollection = await self._store.recall(name, None if known is None else known.signature)
            if recollection is None:
                raise NotFound("there is no such document")
            state = await checkpoint_state(recollection.document.checkpoint)
            if known is None or recollection.steps is not None or known.lineage != recollection.document.lineage:
                known = await _take_apart(recollection, state)
            self._keep(name, known)
            return await _relive(recollection, known, state)

    def _keep(self, name: str, known: _Known) -> None:
        """Keep what was taken apart, and let go of what was not asked for longest where that is too much."""
        self._known[name] = known
        self._known.move_to_end(name)
        while sum(one.size for one in self._known.values()) > _MOST_BYTES or len(self._known) > _MOST_DOCUMENTS:
            self._known.popitem(last=False)

    async def settled(self, name: str) -> None:
        """Wait until what was let in is on disk, and with it the document. Errors: as ``past``."""
        await self._rooms.settle(name)

    async def at(self, name: str, spelling: Spelling, where: str | None = None) -> View:
        """A document at a moment. Errors: those of ``past`` and ``find``."""
        past = await self.past(name)
        return View(past, await self.find(past, spelling, where))

    async def find(self, past: Past, spelling: Spelling, where: str | None = None) -> Moment:
        """The moment that is meant, or for a number or a time whose moment cannot be read any more, the last one before it.

        ``where`` it is asked for, for the error. Errors: ``NotFound`` for a version that is not there,
        ``MomentUnreadable`` for one whose moment is damaged, ``InvalidRequest`` for a number that lies ahead.
        """
        match spelling:
            case Now():
                return past.now
            case ByTime(time):
                return past.at_time(time)
            case ByVersion(id_):
                named = (await self._store.version(past.name, id_)).moment
                moment = past.at_number(named)
                if moment.number != named:
                    raise MomentUnreadable(f"moment {named}, which this version names, is damaged and cannot be read")
                return moment
            case ByNumber(number):
                if number > past.now.number:
                    raise InvalidRequest(
                        f"there is no moment {number} yet: the newest is {past.now.number}", where=where
                    )
                return past.at_number(number)


async def _take_apart(recollection: Recollection, state: DocumentState) -> _Known:
    acts, damaged = await breathe(_acts(recollection.steps or ()))
    checkpoint = recollection.document.checkpoint
    last = 0 if checkpoint is None else checkpoint.sequence
    lost = await breathe(finding_lost(acts, [*recollection.damaged, *damaged], state, last))
    index = Index(lost)
    await breathe(index.adding(acts))
    size = len(acts) * _ACT_BYTES + _RANGE_BYTES * sum(len(act.step.ranges) for act in acts)
    return _Known(recollection.document.lineage, recollection.signature, index, size)


async def _relive(recollection: Recollection, known: _Known, state: DocumentState) -> Past:
    """What was done up to the checkpoint, after which ``state`` was, and what the log behind it did."""
    document = recollection.document
    acts: list[Act] = []
    brought: dict[int, list[Extension]] = {}
    entries = state.entries
    if document.tail:
        await breathe(replaying(document, state, lambda sequence, one: brought.setdefault(sequence, []).append(one)))
    for change in document.tail:
        extensions = brought.get(change.sequence, [])
        deeds = Deeds(
            tuple(span for one in extensions for span in one.inserted),
            tuple(span for one in extensions for span in one.deleted),
        )
        at, time = change.sequence, change.time
        acts.append(Act(Step(at, at - 1, at, time, time, change.actor, b"", change.restored), deeds))
    news = [(at, one.news) for at, extensions in brought.items() for one in extensions if one.news is not None]
    index = known.index.copy()
    await breathe(index.adding(acts))
    return Past(document.name, document.lineage, index, document.checkpoint, news, entries)


def _acts(steps: Sequence[Step]) -> Steps[tuple[list[Act], list[Window]]]:
    """Steps taken apart, and the windows of those that cannot be."""
    acts: list[Act] = []
    damaged: list[Window] = []
    for number, step in enumerate(steps):
        try:
            acts.append(Act(step, decode_deeds(step.ranges)))
        except MalformedUpdate as error:
            logger.error("what is kept of change %d cannot be read: %s", step.sequence, error)
            damaged.append((step.before, step.moment))
        if number % _STRIDE == _STRIDE - 1:
            yield
    return acts, damaged
