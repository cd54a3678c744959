"""Saved means saved: a receipt leaves when everything the room had accepted before it is on disk, and never earlier.

A client counts. Hocuspocus takes one off its unsaved changes for each receipt, so each frame it counts gets exactly one;
and it begins its count anew with each Step1 it sends, so receipts for what came before must not follow: the Step2 it
answers with covers all of that, and its receipt stands for it.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from collab.errors import Overloaded
from collab.rooms.peer import Peer

_MOST_OWED = 100_000
"""Receipts that one room may owe: frames that bring nothing new fill no other queue while the disk stands still."""


class _Owed(NamedTuple):
    position: int
    peer: Peer
    frame: bytes
    generation: int


class Receipts:
    """The receipts a room owes, in the order of the log."""

    __slots__ = ("_owed", "committed")

    def __init__(self) -> None:
        self._owed: deque[_Owed] = deque()
        self.committed = 0
        """The log position up to which everything is on disk."""

    def owe(self, peer: Peer, position: int, frame: bytes, generation: int) -> None:
        """Send ``frame`` once the log is on disk up to ``position``: now, where it is already.

        Errors: ``Overloaded`` where too many are owed.
        """
        if not frame or generation != peer.count.generation:
            return
        if position <= self.committed:
            peer.send(frame)
        elif len(self._owed) < _MOST_OWED:
            self._owed.append(_Owed(position, peer, frame, generation))
        else:
            raise Overloaded(f"{_MOST_OWED} edits of this document wait for the disk")

    def release(self, position: int) -> None:
        """The log is on disk up to ``position``: send what is owed for it, one write for each peer."""
        self.committed = position
        owed = self._owed
        frames: dict[Peer, list[bytes]] = {}
        while owed and owed[0].position <= position:
            _, peer, frame, generation = owed.popleft()
            if generation == peer.count.generation:
                frames.setdefault(peer, []).append(frame)
        for peer, together in frames.items():
            peer.send(b"".join(together))

    def __len__(self) -> int:
        return len(self._owed)
