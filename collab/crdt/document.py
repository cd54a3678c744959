"""What a server has to know of a document: what exists, and what is deleted. Not the document itself.

An update may enter when it is *causally closed*: its structs have an order in which each depends only on what exists
already. Each follows on from its client's known clock; its origins, its parent and the deleted ranges name something
known. What enters is cut off from what was known before, so that a client that uses a clock twice fools nobody, and
what does not fit yet is handed back. So nothing that was ever let in waits for anything.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from heapq import heappop, heappush
from typing import NamedTuple, Self

from collab.crdt.delete_set import DeleteSet, Span
from collab.crdt.entries import MapEntries
from collab.crdt.keystroke import read_deleted, read_typed
from collab.crdt.limits import Limits
from collab.crdt.state_vector import MAX_CLOCK, StateVector
from collab.crdt.steps import STRIDE, Steps, run
from collab.crdt.structs import Id, Struct
from collab.crdt.update import NOTHING, Update, encoding, encoding_spans, parsing
from collab.errors import MalformedUpdate


class Extension(NamedTuple):
    """What an update means to a document.

    ``news``: the part that is new and fits, as an update; the very bytes that came where all of it is. None: nothing.
    ``rest``: the part that does not fit yet, as an update to be tried again. None: nothing.
    ``missing``: for each client a clock; once any of them is reached, more of ``rest`` may fit.
    ``inserted``, ``deleted``: the clocks that the news bring and delete. ``entries``: those of them that sit in maps.
    ``abridged``: structs that were known, or gaps, were left out.
    """

    news: bytes | None
    rest: bytes | None = None
    missing: Mapping[int, int] = NOTHING
    inserted: tuple[Span, ...] = ()
    deleted: tuple[Span, ...] = ()
    entries: tuple[Span, ...] = ()
    abridged: bool = False

    @property
    def brings_news(self) -> bool:
        """Whether there is anything in it that was not known."""
        return self.news is not None or self.rest is not None


class DocumentState:
    """The state vector and the delete set of a document, and which of its clocks are values in maps."""

    __slots__ = ("_encoded", "deletes", "entries", "state_vector")

    deletes: DeleteSet
    entries: DeleteSet

    def __init__(
        self,
        state_vector: StateVector | None = None,
        deletes: DeleteSet | None = None,
        entries: DeleteSet | None = None,
    ) -> None:
        self.state_vector = {} if state_vector is None else state_vector
        self.deletes = DeleteSet() if deletes is None else deletes
        self.entries = DeleteSet() if entries is None else entries
        self._encoded: tuple[bytes, bytes] | None = None

    @classmethod
    def encoded(cls, state_vector: StateVector, deletes: bytes, entries: bytes) -> Self:
        """A state of which only the state vector may be asked for, until ``decoding``: much is deleted in a long life."""
        state = cls(state_vector)
        state._encoded = deletes, entries
        del state.deletes, state.entries  # whoever asks too early is to hear of it
        return state

    @property
    def is_encoded(self) -> bool:
        """Whether what is deleted is still to be decoded."""
        return self._encoded is not None

    def decoding(self) -> Steps[None]:
        """Decode what is still encoded. Several may do so at once. Errors: ``MalformedUpdate``."""
        encoded = self._encoded
        if encoded is None:
            return
        deletes = yield from DeleteSet.decoding(encoded[0])
        entries = yield from DeleteSet.decoding(encoded[1])
        if self._encoded is not None:  # or else somebody was faster, and much may have happened since
            self.deletes, self.entries, self._encoded = deletes, entries, None

    def glance(self, update: bytes) -> Extension | None:
        """What ``examine`` would find where the update is a keystroke; None where it takes a closer look."""
        typed = read_typed(update, self.state_vector, self.entries)
        if typed is not None:
            return Extension(update, inserted=(typed,))
        deleted = read_deleted(update, self.state_vector, self.deletes)
        if deleted is not None:
            return Extension(update, deleted=(deleted,))
        return None

    def examine(
        self, update: bytes, limits: Limits | None = None, barred: Container[int] = frozenset()
    ) -> Steps[Extension]:
        """Find out what ``update`` would bring; nothing changes yet.

        New structs of the clients in ``barred`` count as not fitting yet. The state must not change between the steps.
        Errors: ``MalformedUpdate``, ``TooLarge``.
        """
        parsed = yield from parsing(update, self.state_vector, limits, len(self.deletes))
        fitting, waiting, missing, entries = yield from self._closure(parsed, barred)
        reached = {client: structs[-1].end for client, structs in fitting.items()}
        deleted, early = yield from self._sort_deletes(parsed.spans, reached)
        for client, start, _ in early:
            missing[client] = min(missing.get(client, MAX_CLOCK), start + 1)
        news = rest = None
        if fitting or deleted:
            if waiting or early or parsed.abridged:
                news = yield from encoding(fitting, (yield from encoding_spans(deleted)))
            elif deleted != parsed.spans:
                news = update[: parsed.deletes_at] + (yield from encoding_spans(deleted))
            else:
                news = update
        if waiting or early:
            rest = yield from encoding(waiting, (yield from encoding_spans(early)))
        inserted = tuple((client, structs[0].clock, structs[-1].end) for client, structs in fitting.items())
        return Extension(news, rest, missing, inserted, tuple(deleted), tuple(entries), parsed.abridged)

    def apply(self, extension: Extension) -> None:
        """Take in what an examination found, while nothing else has been taken in since."""
        run(self.applying(extension))

    def applying(self, extension: Extension) -> Steps[None]:
        """``apply`` in steps: all of it at the end, at once."""
        if extension.deleted:
            yield from self.deletes.updating(extension.deleted)
        if extension.entries:
            yield from self.entries.updating(extension.entries)
        self.advance(extension.inserted)

    def advance(self, inserted: Iterable[Span]) -> None:
        """``apply`` for what deletes nothing and puts nothing into a map."""
        for client, _, end in inserted:
            self.state_vector[client] = end

    def extend(self, update: bytes, limits: Limits | None = None) -> Extension:
        """Examine and apply in one. On an error the state is as it was."""
        extension = self.glance(update) or run(self.examine(update, limits))
        self.apply(extension)
        return extension

    def _closure(
        self, parsed: Update, barred: Container[int]
    ) -> Steps[tuple[dict[int, list[Struct]], dict[int, list[Struct]], StateVector, list[Span]]]:
        """Divide an update's structs into the largest part that is causally closed, and what waits.

        Each client's structs are taken in turn as far as their dependencies are known. A client that is stuck is woken
        when the one it waits for has reached the clock it waits for, and not before: every struct is looked at twice at
        the most.
        """
        known = self.state_vector
        reached: StateVector = {}
        taken: dict[int, int] = {}
        stuck_on: dict[int, Id] = {}
        sleepers: dict[int, list[tuple[int, int]]] = {}  # for each client, a heap of (clock awaited of it, who waits)
        maps = MapEntries(self.entries, self.deletes, parsed.spans)
        handled = 0
        turns = list(parsed.sections)
        while turns:
            client = turns.pop()
            structs = parsed.sections[client]
            start = index = taken.get(client, 0)
            clock = reached.get(client, known.get(client, 0))
            blocker: Id | None = (client, structs[0].clock) if client in barred else None
            while blocker is None and index < len(structs):
                struct = structs[index]
                blocker = self._blocker(struct, clock, reached)
                if blocker is None:
                    maps.note(struct)
                    clock = struct.end
                    index += 1
                handled += 1
                if handled % STRIDE == 0:
                    yield
            if index > start:
                taken[client] = index
                reached[client] = clock
                waiting = sleepers.get(client, [])
                while waiting and waiting[0][0] < clock:
                    turns.append(heappop(waiting)[1])
            if blocker is None:
                stuck_on.pop(client, None)
            else:
                stuck_on[client] = blocker
                heappush(sleepers.setdefault(blocker[0], []), (blocker[1], client))
        yield from maps.checking()
        yield from _refuse_cycles(stuck_on)
        fitting: dict[int, list[Struct]] = {}
        for turn, (client, index) in enumerate(taken.items()):
            fitting[client] = parsed.sections[client][:index]
            if turn % STRIDE == STRIDE - 1:
                yield
        left: dict[int, list[Struct]] = {}
        missing: StateVector = {}
        for turn, (client, (other, clock)) in enumerate(stuck_on.items()):
            left[client] = parsed.sections[client][taken.get(client, 0) :]
            missing[other] = min(missing.get(other, MAX_CLOCK), clock + 1)
            if turn % STRIDE == STRIDE - 1:
                yield
        return fitting, left, missing, maps.found

    def _blocker(self, struct: Struct, clock: int, reached: StateVector) -> Id | None:
        """What ``struct`` depends on and is not known yet, where its client has reached ``clock``; None: it fits."""
        if struct.clock != clock:
            return struct.client, struct.clock - 1
        for needed in (struct.origin, struct.right_origin, struct.parent):
            if needed is not None and needed[0] != struct.client:
                other = needed[0]
                if needed[1] >= (reached[other] if other in reached else self.state_vector.get(other, 0)):
                    return needed
        return None

    def _sort_deletes(self, spans: list[Span], reached: StateVector) -> Steps[tuple[list[Span], list[Span]]]:
        """Divide deleted ranges into those that are new and of known clocks, and those of clocks yet to come."""
        new: list[Span] = []
        early: list[Span] = []
        for number, (client, start, end) in enumerate(spans):
            horizon = reached[client] if client in reached else self.state_vector.get(client, 0)
            if end > horizon:
                early.append((client, max(start, horizon), end))
                end = horizon
            if start < end:
                new += self.deletes.missing(client, start, end)
            if number % STRIDE == STRIDE - 1:
                yield
        return new, early


def _refuse_cycles(stuck_on: dict[int, Id]) -> Steps[None]:
    """Refuse structs of different clients that wait for each other: they would wait in Yjs for ever.

    A stuck client waits for one struct, and all its later structs wait with it. So a chain of waits from client to
    client that comes back to where it began can be resolved by nothing that may still arrive.
    """
    settled: set[int] = set()
    for turn, first in enumerate(stuck_on):
        if turn % STRIDE == STRIDE - 1:
            yield
        chain: set[int] = set()
        client = first
        while client in stuck_on and client not in settled:
            chain.add(client)
            other = stuck_on[client][0]
            if other == client:
                break  # a gap of its own
            if other in chain:
                raise MalformedUpdate(f"structs of the clients {client} and {other} that wait for each other")
            client = other
        settled |= chain
