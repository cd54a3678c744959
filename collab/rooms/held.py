"""Edits that do not follow on yet from what the server knows.

Keystrokes that an editor sends after a reconnect, before its Step1 exchange is done, are like that, and so honest. They
wait here until what they follow on from has come. Only a limit of bytes for each client, or a deadline that runs from
when the missing part was asked for, ends the wait.

An edit that waits names, for each client it waits for, a clock. So an edit that comes in wakes just those that wait for
it, however many others wait for something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush
from itertools import count

from collab.errors import TooLarge
from collab.rooms.peer import Peer

_OVERHEAD = 500
"""Bytes of memory that an edit costs beside its content."""

_TIDY_FROM = 1000


class Edit:
    """An update of a peer on its way in, or the part of it that is not in yet.

    ``typed``: the peer made it just now; otherwise it is what the peer knows, of others too. ``is_whole``: it comes in
    whole or not at all. ``receipt`` is what the peer is sent when all of it is on disk, ``generation`` the count that the
    receipt belongs to. ``restored`` is what it brings back or undoes: see ``archive.Step``.
    """

    __slots__ = ("generation", "is_waiting", "is_whole", "peer", "receipt", "restored", "typed", "update")

    def __init__(
        self, peer: Peer, update: bytes, *, typed: bool, is_whole: bool = False, restored: int | None = None
    ) -> None:
        self.peer = peer
        self.update = update
        self.typed = typed
        self.is_whole = is_whole
        self.restored = restored
        self.receipt = b""
        self.generation = peer.count.generation
        self.is_waiting = False

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return len(self.update) + len(self.receipt) + _OVERHEAD


_Entry = tuple[int, int, Edit]
"""The clock awaited, a number that keeps entries in order, and who waits."""


class HeldEdits:
    """The waiting edits of one room. ``limit`` is the bytes that may wait for one client."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._edits: dict[Peer, dict[Edit, None]] = {}
        self._bytes: dict[Peer, int] = {}
        self._waiting: dict[int, list[_Entry]] = {}  # for each client, a heap by awaited clock
        self._entries = 0  # in all heaps, those of edits that wait no more included
        self._order = count()

    def add(self, edit: Edit, missing: Mapping[int, int]) -> None:
        """Hold an edit until any clock in ``missing`` is reached. Errors: ``TooLarge`` above the limit."""
        held = self._bytes.get(edit.peer, 0) + edit.size
        if held > self._limit:
            raise TooLarge(
                f"more than {self._limit} bytes of edits that follow on from edits the server has not been sent",
                limit=self._limit,
                setting="max_held_bytes",
            )
        edit.is_waiting = True
        self._bytes[edit.peer] = held
        self._edits.setdefault(edit.peer, {})[edit] = None
        if self._entries > _TIDY_FROM and self._entries > 4 * sum(map(len, self._edits.values())):
            self._tidy()
        for client, clock in missing.items():
            heappush(self._waiting.setdefault(client, []), (clock, next(self._order), edit))
            self._entries += 1

    def wake(self, client: int, clock: int) -> list[Edit]:
        """``client`` has reached ``clock``: take out the edits that waited for that."""
        waiting = self._waiting.get(client)
        if waiting is None:
            return []
        woken = []
        while waiting and waiting[0][0] <= clock:
            edit = heappop(waiting)[2]
            self._entries -= 1
            if edit.is_waiting:  # it may have been woken by another client's clock
                self._take(edit)
                woken.append(edit)
        if not waiting:
            del self._waiting[client]
        return woken

    def wake_all(self) -> list[Edit]:
        """Take out every edit."""
        woken = [edit for edits in self._edits.values() for edit in edits]
        for edit in woken:
            self._take(edit)
        self._waiting.clear()
        self._entries = 0
        return woken

    def leave(self, peer: Peer) -> None:
        """Forget what ``peer`` brought."""
        for edit in list(self._edits.get(peer, ())):
            self._take(edit)
        self._tidy()

    def waits(self, peer: Peer) -> bool:
        """Whether anything of ``peer`` waits."""
        return peer in self._edits

    def __len__(self) -> int:
        """How many clients wait."""
        return len(self._edits)

    def _take(self, edit: Edit) -> None:
        edit.is_waiting = False
        edits = self._edits[edit.peer]
        del edits[edit]
        if edits:
            self._bytes[edit.peer] -= edit.size
        else:
            del self._edits[edit.peer], self._bytes[edit.peer]

    def _tidy(self) -> None:
        """Drop what the heaps still hold of edits that wait no more."""
        for client in list(self._waiting):
            entries = sorted(entry for entry in self._waiting[client] if entry[2].is_waiting)
            if entries:
                self._waiting[client] = entries  # a sorted list is a heap
            else:
                del self._waiting[client]
        self._entries = sum(map(len, self._waiting.values()))
