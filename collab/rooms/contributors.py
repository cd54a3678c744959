"""Who writes in a room: what they are called, and when they last did."""

from __future__ import annotations

from math import inf

from collab.rooms.peer import Peer


class Contributors:
    """Those who have written in one room since somebody asked."""

    def __init__(self) -> None:
        self._called: dict[str, str] = {}
        self.last = -inf
        """When anybody wrote last, on the room's clock."""
        self.counted = -inf
        """Up to when that was counted as a sitting."""

    def note(self, peer: Peer, now: float) -> None:
        """``peer`` has written."""
        if peer.called:
            self._called[peer.actor] = peer.called
        self.last = now

    def take(self) -> dict[str, str]:
        """What they are called, by subject; from here on others count."""
        called, self._called = self._called, {}
        return called
