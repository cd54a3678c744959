"""A live document: the peers that have it open, what the server knows of it, and the one order of its edits.

The way of an edit, all of it in ``Room.edit``:

    transport → protocol → room.handle(peer, message)
        → permission: here a message becomes a write
        → the gate, crdt: parse, check, cut off what is known  nothing has changed yet
        → the log (queued; it gathers, commits, and says so)
        → the document grows, the other peers' outboxes       without waiting for the disk
        → commit → ``committed`` → the receipt to the sender  saved means saved

A room never integrates an update: see ``collab.crdt``. It is used from one event loop, and ``turn`` keeps the edits in
the order they came in while a long one is examined in steps.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from math import inf

from collab.auth.access import Judge
from collab.auth.roles import Action, Role, may
from collab.config import ConnectionLimits, DocumentLimits
from collab.crdt import (
    DocumentState,
    Extension,
    decode_awareness,
    encode_awareness,
    encode_state_vector,
)
from collab.errors import BadInput, CollabError, Forbidden, LimitExceeded, MalformedMessage, TimedOut, Unavailable
from collab.protocol.messages import Awareness, Message, QueryAwareness, Stateless, Step1, Step2, SyncStatus, Update
from collab.rooms.audience import Audience
from collab.rooms.authors import Authors
from collab.rooms.breathe import breathe
from collab.rooms.contributors import Contributors
from collab.rooms.count import receipts_due
from collab.rooms.gate import Gate
from collab.rooms.held import Edit, HeldEdits
from collab.rooms.peer import Peer
from collab.rooms.presence import Presence
from collab.rooms.receipts import Receipts
from collab.rooms.served import Served
from collab.storage.log import Journal

logger = logging.getLogger(__name__)

_MANY = 64
"""Held edits that are tried between two turns of the loop."""

_UNSYNCED = 10
"""How much more patience a client gets that has not answered our first Step1: it may have much to send."""


class Room:
    """One document, live. ``rooms.Rooms`` makes and forgets rooms; transports join peers and hand in messages."""

    journal: Journal
    """Its queue into the log."""
    state: DocumentState
    """What exists, and what is deleted."""
    served: Served
    """What is sent to who opens it."""

    def __init__(
        self,
        name: str,
        *,
        connection_limits: ConnectionLimits,
        document_limits: DocumentLimits,
        clock: Callable[[], float],
    ) -> None:
        """``clock`` is monotonic, in seconds. Nobody can use the room before ``open``."""
        self.name = name
        self.size = 0
        """About how many bytes the document has on disk."""
        self.unfolded = 0
        """How many of them are not in its checkpoint yet."""
        self.fold_not_before = 0.0
        """After a fold that failed, when the next one may be tried."""
        self.failure: CollabError | None = None
        """Why the room is closed for good; whoever comes now is to try again and gets a new room."""
        self.left_at = -inf
        """When the last one left."""
        self.visitors = 0  # who are here for a moment, without a connection
        self.stored = False
        """Whether the document has a row."""
        self.is_freed = False
        """Whether somebody left while others' edits were held: those may have waited for it."""
        self._clock = clock
        self._connection_limits = connection_limits
        self._document_limits = document_limits
        self.contributors = Contributors()
        self.turn = asyncio.Lock()
        """Held by who changes the document."""
        self._receipts = Receipts()
        self._held = HeldEdits(connection_limits.max_held_bytes)
        self.presence = Presence.within(connection_limits)
        self._authors = Authors(self.presence)
        self._audience = Audience(clock)

    def open(
        self, journal: Journal, state: DocumentState, served: Served, *, size: int, tail: int, stored: bool
    ) -> None:
        """Begin with what was loaded: ``size`` bytes, ``tail`` of them behind the checkpoint, or not ``stored`` at all."""
        self.journal = journal
        self.state = state
        self.served = served
        self.size = size
        self.unfolded = tail
        self.stored = stored
        self._gate = Gate(self.name, state, served, self._authors, self._document_limits)

    # --- coming and going

    @property
    def exists(self) -> bool:
        """Whether there is such a document, or only people looking at the place where it would be."""
        return self.stored or self.journal.position > 0

    @property
    def is_empty(self) -> bool:
        """Whether nobody is here."""
        return not self._audience and not self.visitors

    def join(self, peer: Peer) -> None:
        """Let ``peer`` in: it is shown who is here, at once. It is sent edits once it has asked for the document."""
        if self.failure is not None:
            raise self.failure
        self._audience.join(peer)
        everyone = self.presence.everyone()
        if everyone:
            peer.tell(Awareness(encode_awareness(everyone)))

    def leave(self, peer: Peer) -> None:
        """Let ``peer`` go, and what is bound to it. Leaving twice is leaving once."""
        if not self._audience.leave(peer):
            return
        now = self._clock()
        peer.count.generation += 1  # what is owed to it is void: another place on the same socket counts for itself
        self._held.leave(peer)
        self._authors.leave(peer)
        self.is_freed = len(self._held) > 0
        self._audience.show(self.presence.leave(peer, now), besides=None)
        self.left_at = now

    def assign(self, peer: Peer, role: Role) -> None:
        """Another role from now on. Where viewers are hidden, ``peer`` comes into sight or goes with it."""
        self._audience.show(self.presence.reassign(peer, role, self._clock()), besides=peer)

    # --- messages

    async def handle(self, peer: Peer, message: Message) -> None:
        """Do what ``message`` asks. A peer's messages are handed in one after the other, in the order they came.

        Errors: what is wrong with the message (``BadInput``, ``LimitExceeded``), or with the room (``Unavailable``).
        """
        if self.failure is not None:
            raise self.failure
        match message:
            case Update() | Step2():
                await self.edit(peer, message)
            case Awareness(payload):
                self._take_awareness(peer, payload)
            case Step1():
                await self._answer(peer, message)
            case QueryAwareness():
                peer.tell(Awareness(encode_awareness(self.presence.everyone())))
            case Stateless():
                self._relay(peer, message)
            case _:
                raise MalformedMessage(f"a client does not send {type(message).__name__} here")

    async def edit(self, peer: Peer, message: Update | Step2) -> None:
        """Take an edit all the way: see the top of this file."""
        receipts = await receipts_due(peer.count, message, self._gate.limits)
        peer.count.heard()
        if not may(peer.role, Action.WRITE):
            await self._turn_away(peer, message, receipts)
            return
        async with self.turn:
            if peer.expelled:  # while it waited for its turn
                return
            edit = Edit(peer, message.update, typed=isinstance(message, Update))
            extension = await self._gate.examine(edit)
            if not self._has_space(edit, extension):
                peer.tell(SyncStatus(saved=False))
                return
            edit.receipt = peer.address.receipt(message, receipts, brings_news=extension.brings_news)
            woken = await self._let_in(edit, extension)
            await self._try_again(woken)
        if isinstance(message, Step2) and not peer.synced:
            peer.synced, peer.deadline = True, None
        self._ask_for_missing(peer)

    async def _let_in(self, edit: Edit, extension: Extension) -> list[Edit]:
        """Let in what fits, and return what waited for that; what does not fit yet waits itself."""
        woken: list[Edit] = []
        if extension.news is not None:
            await self._accept(edit, extension, extension.news)
            if len(self._held):
                for client, _, end in extension.inserted:
                    woken += self._held.wake(client, end)
        try:
            if extension.rest is None:
                self._receipts.owe(edit.peer, self.journal.position, edit.receipt, edit.generation)
            elif edit.peer in self._audience and not edit.peer.expelled:  # or else nobody would let go of it again
                if not self._held.waits(edit.peer):  # a new gap has a question and a deadline of its own
                    edit.peer.deadline, edit.peer.is_questioned = None, False
                edit.update = extension.rest
                self._held.add(edit, extension.missing)
        except (LimitExceeded, Unavailable) as error:  # between the server and this peer; what it woke goes on
            edit.peer.expel(error)
        return woken

    async def _accept(self, edit: Edit, extension: Extension, news: bytes) -> None:
        """Into the log, into the document, out to the others."""
        # Deletions alone that come as an answer are clean-up: integration made them in every editor, and nobody.
        is_cleanup = not edit.typed and not extension.inserted
        try:
            self.journal.append(None if is_cleanup else edit.peer.actor, news, edit.restored, owner=edit.peer.owner)
        except Unavailable as error:  # the queue is full: clients keep what was not acknowledged, and bring it again
            if not edit.is_whole:
                self.close(error)
            raise
        if extension.deleted or extension.entries:
            await breathe(self.state.applying(extension))
        else:  # somebody typed: no long work
            self.state.advance(extension.inserted)
        self.served.add(extension)
        self.size += len(news)
        self.unfolded += len(news)
        if not is_cleanup:
            self.contributors.note(edit.peer, self._clock())
        if edit.typed and not edit.is_whole:
            self._authors.note(edit.peer, extension.inserted)
        self._audience.tell(Update(news), besides=edit.peer, size=len(news), followers_only=True)

    async def submit(self, peer: Peer, update: bytes, restored: int | None = None, judge: Judge | None = None) -> bool:
        """Let in an edit of a peer that has not joined, whole or not at all; whether it brought anything new.

        Errors: as ``handle``; ``Forbidden``, ``Conflict``, ``DocumentFull``. Only after ``Unavailable`` may it be in.
        """
        if not may(peer.role, Action.WRITE):
            raise Forbidden("the role does not allow to write")
        async with self.turn:
            if judge is not None:
                await judge()
            if self.failure is not None:
                raise self.failure
            edit = Edit(peer, update, typed=True, is_whole=True, restored=restored)
            extension = await self._gate.examine(edit)
            self._has_space(edit, extension)
            if extension.news is not None and self.journal.takes_only_alone(extension.news):
                await self.journal.flush()
            await self._try_again(await self._let_in(edit, extension))
        return extension.brings_news

    async def difference(self, state_vector: bytes) -> bytes:
        """What someone who has ``state_vector`` lacks, as one update. Errors: ``MalformedUpdate``, ``TooMany``."""
        return await self.served.difference(await self._gate.decode(state_vector))

    async def _turn_away(self, peer: Peer, message: Update | Step2, receipts: int) -> None:
        """An edit by someone who may not write: none of it enters. It stays out of the way of those who may."""
        extension = await self._gate.examine_apart(message.update)
        # Only deletions are a reader's editor's own clean-up, unless somebody may have typed them who wrote a moment ago.
        typed = isinstance(message, Update) and self._clock() < peer.doubted_until
        if extension.inserted or extension.rest is not None or (typed and extension.brings_news):
            peer.tell(SyncStatus(saved=False))
        else:
            receipt = peer.address.receipt(message, receipts, brings_news=False)
            self._receipts.owe(peer, self.journal.position, receipt, peer.count.generation)

    def _has_space(self, edit: Edit, extension: Extension) -> bool:
        """Whether the document may grow by this; one that is full can still be shortened.

        What follows on from a refused edit would only wait for it, so it is refused too, until an answer of the peer's
        to what is missing (after it took something back, say) fits as a whole.
        """
        peer = edit.peer
        if self._gate.is_full(self.size, edit, extension) or (peer.overfull and extension.rest):
            if not peer.overfull:
                logger.warning("document %r is full: an edit by %s was refused", self.name, peer.actor)
            peer.overfull = True
            self._held.leave(peer)
            return False
        if not edit.typed:
            peer.overfull = False
        return True

    # --- what does not fit yet

    async def _try_again(self, edits: Iterable[Edit]) -> None:
        """Try edits that waited, and those that waited for them."""
        queue = deque(edits)
        handled = 0
        while queue:
            edit = queue.popleft()
            try:
                extension = await self._gate.examine(edit)
            except (BadInput, LimitExceeded) as error:  # between the server and who sent it
                edit.peer.expel(error)
                continue
            if may(edit.peer.role, Action.WRITE) and self._has_space(edit, extension):
                queue.extend(await self._let_in(edit, extension))
            else:  # the role has changed since, or the document has filled up
                edit.peer.tell(SyncStatus(saved=False))
            handled += 1
            if handled % _MANY == 0:
                await asyncio.sleep(0)

    async def try_all_held(self) -> None:
        """Try every held edit: one that was held back for another's sake may fit now that the other has left."""
        self.is_freed = False
        async with self.turn:
            await self._try_again(self._held.wake_all())

    def _ask_for_missing(self, peer: Peer) -> None:
        """Ask ``peer`` for what its held edits follow on from; one question at a time.

        Before it has answered our first Step1 nothing is missing: the answer is on its way, however slowly.
        """
        if not self._held.waits(peer):
            return
        if peer.deadline is None:
            patience = self._connection_limits.held_deadline
            peer.deadline = self._clock() + (patience if peer.synced else _UNSYNCED * patience)
        if peer.synced and not peer.is_questioned and not peer.count.is_asked:
            peer.is_questioned = True
            self.ask(peer, counted=False)

    def ask(self, peer: Peer, *, counted: bool) -> None:
        """Send our Step1. ``counted``: the client counts its answer as unsaved."""
        peer.count.ask(counted=counted)
        peer.tell(Step1(encode_state_vector(self.state.state_vector)))

    async def _answer(self, peer: Peer, message: Step1) -> None:
        """Answer a Step1: ours first, where it is wanted, then what the client lacks; edits follow from there on."""
        known = await self._gate.decode(message.state_vector)
        peer.count.begin(known)
        if message.wants_step1:
            self.ask(peer, counted=True)
        # From here to the last frame nothing is awaited after the answer is complete: what is accepted later follows.
        *first, last = await self.served.answer(known)
        if peer.expelled:  # meanwhile, so none of it is for them any more
            return
        for update in first:
            peer.tell(Update(update))
        peer.tell(Step2(last))
        self._audience.flush()  # what waits for the others is in the answer
        peer.follows = True

    # --- presence and messages of the application

    def _take_awareness(self, peer: Peer, payload: bytes) -> None:
        entries = decode_awareness(payload, max_state=self._connection_limits.max_awareness_bytes)
        shown = self.presence.take(peer, entries, self._clock(), self._authors.is_free)
        self._audience.show(shown, besides=peer)
        # The echo: a client that hears nothing for long takes its socket for dead. With its own clocks, as it sent it.
        peer.tell(Awareness(payload))

    def _relay(self, peer: Peer, message: Stateless) -> None:
        if may(peer.role, Action.COMMENT):
            self._audience.tell(message, besides=peer, size=len(message.payload))

    # --- the log's word, and the end

    def committed(self, position: int) -> None:
        """The log: everything up to ``position`` is on disk."""
        self._receipts.release(position)

    def failed(self, error: CollabError) -> None:
        """The log: given up. Memory and disk differ, so everyone is sent away and brings what was not saved again."""
        logger.error("document %r: edits could not be saved, its connections are closed: %s", self.name, error)
        self.close(error)

    def close(self, error: CollabError) -> None:
        """Send everyone away with the reason; the room is not used again."""
        if self.failure is None:
            self.failure = error
            self._audience.flush()
            for peer in self._audience:
                peer.expel(error)

    def tick(self) -> None:
        """What time brings, about once a second: presence that was not renewed, gaps that nobody closed."""
        now = self._clock()
        self._audience.show(self.presence.expire(now), besides=None)
        for peer in self._audience:
            if self._receipts.committed == self.journal.position:
                for _ in range(peer.count.settle(now)):
                    peer.tell(SyncStatus(saved=True))
            if peer.deadline is not None and peer.deadline <= now and self._held.waits(peer):
                seconds = self._connection_limits.held_deadline
                peer.expel(
                    TimedOut(f"edits that others depend on were asked for and did not come within {seconds:g} s")
                )
