"""A place in a room: who has it, why they may be there, and until when.

Whoever is there stays only as long as what let them in is good. A token that runs out is asked for anew ahead of time
(``asks``), and ends the place when no other came (``ends``); a link, or a key, ends it as well, and no token helps (``over``).
All are moments of the monotonic clock, taken when the token came and when the link was changed, so that a clock that is set
does not send everybody away. What was revoked, and a role that has changed, reach the
place through ``Admission``, and count from the room's turn on: what was handed in before is let in as it was meant.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf

from collab.auth.roles import Action, Role, may
from collab.auth.tokens import Principal
from collab.errors import AccessError, CollabError, Unauthenticated
from collab.rooms import Peer, Room

AHEAD = 30.0
"""Seconds before a token's end at which another is asked for; a quarter of its life where that is less."""

_AT_LEAST = 2.0

_TURN = 0.5
"""Seconds that a change waits for the room's turn: a long upload of somebody else must not keep anybody in."""


class Place:
    """Where someone was let in. ``told`` tells their client that the role is another."""

    def __init__(self, room: Room, peer: Peer, principal: Principal, told: Callable[[Place], None]) -> None:
        self.room = room
        self.peer = peer
        self.principal = principal
        self.ends = inf
        """When the token is not good any more."""
        self.asks = inf
        """When the client is asked for another."""
        self._closes = inf  # when the link or the key ends by which they came
        self._closed: AccessError | None = None  # and what they are told then
        self._told = told
        self._role = peer.role  # the one that was assigned last, and may still wait for its turn

    @property
    def read_only(self) -> bool:
        """Whether the peer may look and not write."""
        return not may(self.peer.role, Action.WRITE)

    def keep(self, principal: Principal, now: float, *, left: float, leeway: float) -> None:
        """The place is had by another token from here on, which is good for ``left`` seconds and the leeway."""
        self.principal = principal
        self.ends = now + left + leeway
        self.asks = now + left - min(AHEAD, max(_AT_LEAST, left / 4))

    def bound(self, closes: float, error: AccessError | None) -> None:
        """What they came by, besides their token, ends at ``closes``, and ``error`` says so."""
        self._closes = closes
        self._closed = error

    def over(self, now: float) -> AccessError | None:
        """Why they may not stay any longer; None: they may."""
        if now >= self._closes:
            return self._closed
        return Unauthenticated("the token has expired") if now >= self.ends else None

    def asked(self, now: float) -> None:
        """The client was asked for a token; it is asked again, should it bring none, at half of the time that is left."""
        self.asks = now + max(_AT_LEAST, (self.ends - now) / 2)

    async def assign(self, role: Role, *, tells: bool = True) -> None:
        """Another role from the room's turn on; with ``tells`` the client is told, where there is anything to tell."""
        if role is self.peer.role is self._role:
            return
        self._role = role
        await self._in_turn(self._take_role)
        if tells:
            self._told(self)

    def _take_role(self) -> None:
        self.room.assign(self.peer, self._role)

    async def dismiss(self, error: CollabError) -> None:
        """Send the peer away from the room's turn on, unless it has brought another token until then."""
        principal = self.principal

        def send_away() -> None:
            if self.principal is principal:
                self.peer.expel(error)

        await self._in_turn(send_away)

    def leave(self) -> None:
        """Leave the room."""
        self.room.leave(self.peer)

    async def _in_turn(self, change: Callable[[], None]) -> None:
        try:
            async with asyncio.timeout(_TURN):
                await self.room.turn.acquire()
        except TimeoutError:
            change()
            return
        try:
            change()
        finally:
            self.room.turn.release()
