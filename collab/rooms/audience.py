"""Everyone who has a document open, and how they are told: at once where it is quiet, together where it is busy.

What a message costs is the sending, by far, and hardly what is sent. So after something was sent, what is to be told next
waits until ``GATHER`` has passed since then, and goes out as one write for each peer: of each editor's presence only the
last, behind the edits. One frame is made for all who are addressed with the same bytes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from collab.crdt import AwarenessEntry, encode_entry, join_entries
from collab.protocol.messages import Awareness, Message
from collab.rooms.peer import Address, Peer

GATHER = 0.020
"""Seconds between two writes to the same peers: what somebody waits for a keystroke at most, where many type."""

_MOST = 64 * 1024
"""Bytes that are not worth waiting for: so much is sent at once."""


class _Said(NamedTuple):
    """A message on its way to everyone but who said it. ``followers_only``: to those who were sent the document."""

    message: Message
    besides: Peer | None
    followers_only: bool

    def is_for(self, peer: Peer) -> bool:
        """Whether ``peer`` is to be told."""
        return peer is not self.besides and (peer.follows or not self.followers_only)


class Audience:
    """The peers of one room. ``clock`` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._by_address: dict[Address, dict[Peer, None]] = {}
        self._joined = 0  # how many have ever joined
        self._said: list[_Said] = []  # what waits
        self._size = 0  # its bytes, about
        self._shown: dict[int, tuple[AwarenessEntry, Peer | None]] = {}  # presence that waits, and who knows it already
        self._not_before = 0.0  # when something may be sent again
        self._timer: asyncio.TimerHandle | None = None

    def join(self, peer: Peer) -> None:
        """Let ``peer`` in, and give it its number."""
        self._joined += 1
        peer.number = self._joined
        self._by_address.setdefault(peer.address, {})[peer] = None

    def leave(self, peer: Peer) -> bool:
        """Let ``peer`` go; False: it was not here."""
        peers = self._by_address.get(peer.address)
        if peers is None or peer not in peers:
            return False
        del peers[peer]
        if not peers:
            del self._by_address[peer.address]
        return True

    def tell(self, message: Message, *, besides: Peer | None, size: int = 0, followers_only: bool = False) -> None:
        """Tell everyone. ``followers_only``: only those who were sent the document already. ``size`` is in bytes."""
        self._said.append(_Said(message, besides, followers_only))
        self._size += size
        self._soon()

    def show(self, entries: Iterable[AwarenessEntry], *, besides: Peer | None) -> None:
        """Show everyone who is here, and how. A later entry of the same editor takes the place of one that waits."""
        for entry in entries:
            self._shown[entry.client] = entry, besides
            self._size += len(entry.state)
        if self._shown:
            self._soon()

    def flush(self) -> None:
        """Send what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        said, self._said = self._said, []
        shown = [(encode_entry(entry), besides) for entry, besides in self._shown.values()]
        self._shown = {}
        self._size = 0
        if not said and not shown:
            return
        self._not_before = self._clock() + GATHER
        if len(said) == 1 and not shown:  # where it is quiet, and in small rooms
            self._send_one(said[0])
            return
        speakers = {one.besides for one in said} | {besides for _, besides in shown}
        for address, peers in self._by_address.items():
            frames: list[bytes] = []  # of what was said, made once
            whole: bytes | None = None  # what nearly everyone is told
            for peer in peers:
                is_told_all = peer.follows and peer not in speakers
                if whole is not None and is_told_all:
                    frame = whole
                else:
                    heard = [number for number, one in enumerate(said) if one.is_for(peer)]
                    seen = [entry for entry, besides in shown if besides is not peer]
                    if heard and not frames:
                        frames = [address.frame(one.message) for one in said]
                    frame = b"".join([frames[number] for number in heard])
                    if seen:
                        frame += address.frame(Awareness(join_entries(seen)))
                    if is_told_all:
                        whole = frame
                if frame:
                    peer.send(frame)

    def _send_one(self, one: _Said) -> None:
        for address, peers in self._by_address.items():
            frame: bytes | None = None
            for peer in peers:
                if one.is_for(peer):
                    if frame is None:
                        frame = address.frame(one.message)
                    if frame:
                        peer.send(frame)

    def _soon(self) -> None:
        """At once, or when the time has come."""
        rest = self._not_before - self._clock()
        if rest <= 0 or self._size > _MOST:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(rest, self.flush)

    def __iter__(self) -> Iterator[Peer]:
        """Over everyone as of now: whoever leaves meanwhile does not disturb."""
        return iter([peer for peers in self._by_address.values() for peer in peers])

    def __contains__(self, peer: Peer) -> bool:
        return peer in self._by_address.get(peer.address, ())

    def __bool__(self) -> bool:
        return bool(self._by_address)
