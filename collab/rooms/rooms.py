"""All live documents: a room is made when the first one comes, and forgotten when it has been empty for a while.

What is asked of a document from elsewhere than a connection comes in here too (``state`` to ``restore``), so that it takes
its turn with what is edited just then. Such a call is carried to its end even if its caller goes away meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from collab.auth.access import Judge
from collab.auth.roles import Action, Role, may
from collab.config import ConnectionLimits, DocumentLimits, HistoryLimits
from collab.crdt import DocumentState, tombstoning
from collab.errors import CollabError, DocumentDeleted, DocumentExists, NotFound, Overloaded, ShuttingDown
from collab.metrics import Histogram
from collab.rooms.breathe import breathe
from collab.rooms.care import Care
from collab.rooms.memory import give_back
from collab.rooms.outlasting import outlasting
from collab.rooms.peer import Peer, visitor
from collab.rooms.presence import Present
from collab.rooms.replay import checkpoint_state, decode, encoded_state, replaying
from collab.rooms.room import Room
from collab.rooms.served import Served
from collab.storage.archive import Archive
from collab.storage.base import Opening
from collab.storage.journal import Clock, time_of_day
from collab.storage.log import Journal, Log

logger = logging.getLogger(__name__)

T = TypeVar("T")

NO_STATE = b"\0"
"""The state vector of who has nothing."""

_SHORT_STAY = 5.0
"""Seconds that a document stays in memory at most after somebody was there without a connection."""


class Rooms:
    """The live documents of this process. ``clock`` is monotonic, in seconds; ``now`` the time of day."""

    def __init__(
        self,
        store: Archive,
        log: Log,
        *,
        connection_limits: ConnectionLimits,
        document_limits: DocumentLimits,
        history: HistoryLimits | None = None,
        clock: Callable[[], float],
        now: Clock = time_of_day,
        tick: float = 1.0,
    ) -> None:
        self._store = store
        self._log = log
        self._connection_limits = connection_limits
        self._document_limits = document_limits
        self._clock = clock
        self._now = now
        self._tick = tick
        self._rooms: dict[str, Room] = {}
        self._loading: dict[str, asyncio.Task[Room]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._errands: set[asyncio.Task[Any]] = set()
        self._fates: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._closing = False
        self.care = Care(store, history or HistoryLimits(), clock=clock, now=now)
        self.open_seconds = Histogram()
        """How long it took to read each document that was opened."""
        self.open_failures = 0
        """How many could not be, though they are there."""

    # --- life

    def start(self) -> None:
        """Begin to look after the rooms."""
        self._tasks = [asyncio.create_task(self._ticking()), asyncio.create_task(self._tending())]
        for task in self._tasks:
            task.add_done_callback(_report)

    async def close(self, drain: float) -> None:
        """Let nobody in any more, wait up to ``drain`` seconds for queued edits to be saved, send everyone away."""
        self._closing = True
        journals = [room.journal.flush() for room in self._rooms.values()]
        if journals:
            try:
                async with asyncio.timeout(drain):
                    # What failed has been told to its room already; here it must not keep the others from being closed.
                    await asyncio.gather(*journals, return_exceptions=True)
            except TimeoutError:
                logger.error("edits were still on their way to the disk after %g s; they were not acknowledged", drain)
        for room in list(self._rooms.values()):
            self.care.note_sitting(room)
        try:
            async with asyncio.timeout(drain):
                await self.care.end_sittings()
        except TimeoutError:
            logger.warning("not every sitting got its version within %g s", drain)
        for room in list(self._rooms.values()):
            room.close(ShuttingDown("the server is going away"))
            room.journal.close()
        owned = [*self._tasks, *self._loading.values(), *self._errands]
        for task in owned:
            task.cancel()
        await asyncio.gather(*owned, return_exceptions=True)

    def __len__(self) -> int:
        return len(self._rooms)

    # --- opening

    async def open(self, name: str, *, create: bool) -> Room:
        """The room of a document. Whoever gets it joins before awaiting anything else, so that it is not forgotten.

        ``create``: where there is no such document, open an empty one; its first edit makes it.
        Errors: ``NotFound``, ``DocumentDeleted``, ``DocumentUnreadable``, ``StorageUnavailable``, ``ShuttingDown``.
        """
        while True:
            if self._closing:
                raise ShuttingDown("the server is going away")
            room = self._rooms.get(name)
            if room is not None and room.failure is not None:
                self._forget(room)
                room = None
            if room is None:
                loading = self._loading.get(name)
                if loading is None:
                    loading = self._loading[name] = asyncio.create_task(self._load(name))
                    loading.add_done_callback(_hear)  # also when whoever asked has gone
                # Shielded: the first one who comes may leave again, the others still wait for the same room.
                await outlasting(loading)
                continue
            if not create and not room.exists:
                raise NotFound("there is no such document")
            return room

    async def _load(self, name: str) -> Room:
        room = Room(
            name,
            connection_limits=self._connection_limits,
            document_limits=self._document_limits,
            clock=self._clock,
        )
        try:
            # The journal comes first: it is refused while an earlier room's edits are still being written, which what
            # is loaded now would lack. The lineage is used only if these edits make the document.
            started = self._clock()
            journal = self._log.journal(name, secrets.token_hex(16), room)
            try:
                await self._fill(room, journal)
            except BaseException:
                journal.close()
                raise
        except CollabError as error:
            if not isinstance(error, DocumentDeleted):
                self.open_failures += 1
                logger.error("document %r could not be opened, and is kept as it is: %s", name, error)
            raise
        finally:
            del self._loading[name]
        self.open_seconds.observe(self._clock() - started)
        self._rooms[name] = room
        return room

    async def _fill(self, room: Room, journal: Journal) -> None:
        stored = await self._store.load_to_serve(room.name)
        size = 0
        if isinstance(stored, Opening):
            state, size = encoded_state(stored), stored.size
            served = Served(state, stored.served, stored.delete_set)
        elif stored is not None and stored.checkpoint is not None:  # the served form was damaged: it is made again
            state, size = await checkpoint_state(stored.checkpoint), len(stored.checkpoint.squashed)
            form = await breathe(tombstoning(stored.checkpoint.squashed, state.entries))
            served = Served(state, form, stored.checkpoint.delete_set)
        else:
            state = DocumentState()
            served = Served(state)
        if stored is not None and stored.tail:
            await decode(state)
            await breathe(replaying(stored, state, lambda _, extension: served.add(extension)))
        tail = served.recent_bytes
        room.open(journal, state, served, size=size + tail, tail=tail, stored=stored is not None)

    # --- without a connection

    async def state(self, name: str, state_vector: bytes = NO_STATE) -> bytes:
        """One update that brings whoever has ``state_vector`` up to date, without deleted text.

        Errors: those of ``open``; ``MalformedUpdate`` and ``TooMany`` for the state vector.
        """
        async with self._visit(name, create=False) as room:
            return await room.difference(state_vector)

    async def submit(
        self,
        name: str,
        update: bytes,
        *,
        actor: str,
        role: Role,
        called: str = "",
        owns: bool = False,
        restored: int | None = None,
        judge: Judge | None = None,
    ) -> bool:
        """Let an update in as one edit of ``actor``, whole or not at all; returns once it is on disk.

        ``called``: what people call them; ``restored``: what this brings back or undoes, as its change will say (``archive.Step``);
        ``judge`` is asked in the document's turn, which may be long in coming, and what it raises refuses the edit.
        False: it brought nothing new. A role that may create makes what is not there: the actor's, where it ``owns`` it.
        Errors: those of ``open``; ``Forbidden``, ``MalformedUpdate``, ``LimitExceeded``, ``MissingDependencies``,
        ``Conflict`` (it writes as an editor that somebody else is using); ``Unavailable``: try again.
        """
        peer = visitor(actor, role, called, owns=owns)
        return await self._carry_out(self._submit(name, update, peer, restored, judge))

    async def _submit(self, name: str, update: bytes, peer: Peer, restored: int | None, judge: Judge | None) -> bool:
        async with self._visit(name, create=may(peer.role, Action.CREATE)) as room:
            brings_news = await room.submit(peer, update, restored, judge)
            await room.journal.flush()  # also where it brought nothing: what it is made of may be on its way still
            return brings_news

    def people(self, name: str) -> list[Present]:
        """Everybody who has a document open and shows a presence; nothing is loaded for this."""
        room = self._rooms.get(name)
        return [] if room is None or room.failure is not None else room.presence.people()

    async def create(self, name: str, title: str = "", *, owner: str | None = None) -> None:
        """Make an empty document, of ``owner``. Whoever is at the empty place already is in it from then on.

        Errors: ``DocumentExists``, and those of ``open`` besides ``NotFound``.
        """
        await self._carry_out(self._create(name, title, owner))

    async def _create(self, name: str, title: str, owner: str | None) -> None:
        async with self._fate(name), self._visit(name, create=True) as room:
            life, now = room.journal.lineage, self._now()
            made = not room.exists and await self._store.create(name, lineage=life, title=title, time=now, owner=owner)
            room.stored = True
            if not made:
                raise DocumentExists("there is a document of this name already")

    async def retitle(self, name: str, title: str) -> None:
        """Change the title of a document. Errors: ``NotFound``, ``DocumentDeleted``, ``StorageUnavailable``."""
        await self._flush(name)
        await self._store.retitle(name, title, time=self._now())

    async def delete(self, name: str) -> None:
        """Soft-delete a document. What was let in is saved first, then all who have it open are sent away.

        Twice is once. Errors: ``NotFound``, ``StorageUnavailable``.
        """
        await self._carry_out(self._delete(name))

    async def _delete(self, name: str) -> None:
        async with self._fate(name):
            room = self._rooms.get(name)
            if room is None:
                await self._store.delete(name, time=self._now())
            else:
                async with room.turn:  # an edit that came in now would not be saved
                    await self._flush(name)
                    await self._store.delete(name, time=self._now())
            loading = self._loading.get(name)
            if loading is not None:  # it may have read what was there before
                await asyncio.wait((loading,))
            room = self._rooms.get(name)
            if room is not None:
                room.close(DocumentDeleted("the document was deleted"))
                self._forget(room)

    async def restore(self, name: str) -> None:
        """Undo ``delete``. Errors: ``NotFound``, ``StorageUnavailable``."""
        async with self._fate(name):
            await self._store.restore(name)

    @asynccontextmanager
    async def _visit(self, name: str, *, create: bool) -> AsyncIterator[Room]:
        """The room of a document, which stays in memory meanwhile and, where nobody else comes, not for long."""
        room = await self.open(name, create=create)
        room.visitors += 1
        try:
            yield room
        finally:
            room.visitors -= 1
            stay = min(_SHORT_STAY, self._document_limits.idle_room_seconds)
            room.left_at = max(room.left_at, self._clock() + stay - self._document_limits.idle_room_seconds)

    def _fate(self, name: str) -> asyncio.Lock:
        """Whoever makes, deletes or restores a document holds this, from asking to telling."""
        return self._fates.setdefault(name, asyncio.Lock())

    async def settle(self, name: str) -> None:
        """Wait until what was let in is on disk, with what those are called who did it.

        Errors: what the log fails with.
        """
        await self._flush(name)
        room = self._rooms.get(name)
        if room is not None:
            await self.care.remember(room)

    async def _flush(self, name: str) -> None:
        """Wait until what was let in is on disk: a document may have its row from its first edit, a moment ago."""
        room = self._rooms.get(name)
        if room is not None and room.failure is None:
            await room.journal.flush()

    async def _carry_out(self, errand: Coroutine[None, None, T]) -> T:
        """Carry something out to its end, whether or not whoever asked for it waits so long."""
        task = asyncio.create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)
        task.add_done_callback(_hear)
        return await outlasting(task)

    # --- looking after

    async def _ticking(self) -> None:
        while True:
            await asyncio.sleep(self._tick)
            self._tick_all()

    def _tick_all(self) -> None:
        for room in list(self._rooms.values()):
            try:
                room.tick()
                if room.failure is not None:
                    self._forget(room)
            except Exception:  # one room's mistake must not leave all the others alone
                logger.exception("document %r could not be looked after", room.name)

    async def _tending(self) -> None:
        """Fold long logs, renew what is served, forget rooms that nobody is in: one after the other."""
        while True:
            await asyncio.sleep(self._tick)
            if await self._tend_all():
                await asyncio.to_thread(give_back)

    async def _tend_all(self) -> bool:
        """One round; whether any room was forgotten."""
        before = len(self._rooms)
        for room in list(self._rooms.values()):
            try:
                await self._tend(room)
            except Exception:  # one room's mistake must not leave all the others alone
                logger.exception("document %r could not be looked after", room.name)
        try:
            await self.care.tend_history()
        except CollabError as error:
            logger.warning("history was not looked after: %s", error)
        except Exception:  # nor its mistake every room
            logger.exception("history could not be looked after")
        return len(self._rooms) < before

    async def _tend(self, room: Room) -> None:
        if room.failure is not None:
            return
        await self.care.tend(room)
        if self._is_idle(room):
            await self.care.settle(room)
            if self._is_idle(room) and room.journal.committed == room.journal.position:
                self._forget(room)

    def _is_idle(self, room: Room) -> bool:
        is_over = self._clock() - room.left_at >= self._document_limits.idle_room_seconds
        return room.is_empty and (is_over or not room.exists)

    def _forget(self, room: Room) -> None:
        """Nothing is awaited between the check that a room may go and this."""
        if self._rooms.get(room.name) is room:
            del self._rooms[room.name]
        room.journal.close()
        room.close(Overloaded("the document has left memory; it opens again at once"))


def _hear(task: asyncio.Task[Any]) -> None:
    """Whoever asked has heard the error, or has gone."""
    if not task.cancelled():
        task.exception()


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        logger.critical("the rooms are not looked after any more", exc_info=task.exception())
