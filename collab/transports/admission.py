"""The door: from a token and a name to a place in a room, and out again when what let somebody in has ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from math import inf
from typing import NamedTuple

from collab.auth.access import Access, Concerns, End, Via
from collab.auth.guard import Guard
from collab.auth.roles import Action, Role, may
from collab.auth.tokens import Principal
from collab.auth.visits import Visits
from collab.errors import AccessError, CollabError, DocumentDeleted, Forbidden, InvalidName, NotFound, Unauthenticated
from collab.metrics import Metrics
from collab.rooms import Address, Peer, Rooms
from collab.transports.place import Place

logger = logging.getLogger(__name__)

VIA = "websocket"
"""The way that refusals come here, in metrics."""

REFUSALS = (AccessError, NotFound, DocumentDeleted, InvalidName)
"""What "not let in" means; everything else is no question of access, and is never told as one."""


class Ticket(NamedTuple):
    """A token that was found good for a document."""

    principal: Principal
    role: Role
    via: Via
    document: str
    end: End | None
    """When what they came by ends, besides the token."""
    changes: int
    """How many changes of access there had been when it was looked at."""


class Admission:
    """Lets people into rooms, and looks at them again when access changes. ``clock`` is monotonic, in seconds."""

    def __init__(
        self, access: Access, rooms: Rooms, metrics: Metrics, guard: Guard, visits: Visits, clock: Callable[[], float]
    ) -> None:
        self._access = access
        self._rooms = rooms
        self._metrics = metrics
        self._guard = guard
        self._visits = visits
        self._clock = clock
        self._places: dict[Place, Callable[[], None]] = {}
        self._changes = 0
        access.watch(self._look_again)

    async def check(self, token: str, document: str, address: str = "") -> Ticket:
        """Who the token is of, and what they are to the document.

        Errors: ``Unauthenticated``, or ``RateLimited`` for an ``address`` that has brought too many that were not good;
        ``Forbidden``; ``StorageUnavailable``.
        """
        changes = self._changes
        try:
            principal = await self._access.identify(token)
        except Unauthenticated as error:
            self._guard.failed(address, error)
            raise
        role = await self._role(principal, document)
        via = await self._access.via_for(principal, document)
        return Ticket(principal, role, via, document, await self._access.end_for(principal), changes)

    async def enter(
        self,
        ticket: Ticket,
        address: Address,
        *,
        send: Callable[[bytes], None],
        expel: Callable[[CollabError], None],
        told: Callable[[Place], None],
    ) -> Place:
        """Open the document and make a place in it, which is to be joined before anything else is awaited.

        ``told`` tells the client of another role. Errors: those of ``Rooms.open``; ``AccessError`` when access has ended
        meanwhile.
        """
        while True:
            room = await self._rooms.open(ticket.document, create=may(ticket.role, Action.CREATE))
            if ticket.changes == self._changes:
                break
            ticket = await self._renewed(ticket)  # opening may take long
        principal = ticket.principal
        peer = Peer(
            actor=principal.subject,
            role=ticket.role,
            address=address,
            send=send,
            expel=expel,
            called=principal.name,
            owns=principal.is_person,
        )
        place = Place(room, peer, principal, told)
        self._keep(place, principal, ticket.end)
        self._places[place] = self._visits.enter(principal, ticket.document, ticket.role, ticket.via)
        return place

    def leave(self, place: Place) -> None:
        """Somebody goes. Going twice is going once."""
        gone = self._places.pop(place, None)
        if gone is not None:
            gone()
        place.leave()

    def refused(self, error: CollabError) -> None:
        """Somebody was refused a document, or sent away from it."""
        self._metrics.refused(error.code, VIA)

    async def refresh(self, place: Place, token: str, address: str = "") -> None:
        """A new token for a place that is taken: its role counts from here on, and it is good as long as that. The client is told by who called.

        Errors: as ``check``; ``Forbidden`` for somebody else's token, since edits are attributed to who came in.
        """
        ticket = await self.check(token, place.room.name, address)
        if ticket.principal.subject != place.peer.actor:
            raise Forbidden("the new token is somebody else's")
        self._keep(place, ticket.principal, ticket.end)  # a change from here on finds the place with its new token
        while ticket.changes != self._changes:
            ticket = await self._renewed(ticket)
            self._bind(place, ticket.end)
        await place.assign(ticket.role, tells=False)

    def __len__(self) -> int:
        return len(self._places)

    # --- what has changed

    async def _look_again(self, concerns: Concerns) -> None:
        """Access has changed: whoever it is about gets what they may now, or is sent away."""
        self._changes += 1
        about = [place for place in self._places if concerns(place.principal, place.room.name)]
        await asyncio.gather(*(self._judge(place) for place in about))

    async def _judge(self, place: Place) -> None:
        while True:
            principal, changes = place.principal, self._changes
            try:
                outcome: tuple[Role, End | None] | CollabError = await self._standing(principal, place.room.name)
            except CollabError as error:  # who cannot be looked at cannot stay; they come back to be looked at
                outcome = error
            # Or else what was read last might not be what was written last, or be about a token that was replaced.
            if principal is place.principal and changes == self._changes:
                break
        if isinstance(outcome, CollabError):
            if isinstance(outcome, AccessError):
                logger.info("somebody's access has ended: %s", outcome)
            await place.dismiss(outcome)
        else:
            role, end = outcome
            self._bind(place, end)
            await place.assign(role)

    async def _renewed(self, ticket: Ticket) -> Ticket:
        changes = self._changes
        role, end = await self._standing(ticket.principal, ticket.document)
        return ticket._replace(role=role, end=end, changes=changes)

    async def _standing(self, principal: Principal, document: str) -> tuple[Role, End | None]:
        """What somebody who was let in is now, and when what they came by ends. Raises AccessError."""
        await self._access.check(principal)
        return await self._role(principal, document), await self._access.end_for(principal)

    async def _role(self, principal: Principal, document: str) -> Role:
        role = await self._access.role_for(principal, document)
        if role is None:
            raise Forbidden("you have no grant for this document")
        return role

    def _keep(self, place: Place, principal: Principal, end: End | None) -> None:
        authority = self._access.authority
        place.keep(principal, self._clock(), left=principal.expires - authority.now(), leeway=authority.leeway)
        self._bind(place, end)

    def _bind(self, place: Place, end: End | None) -> None:
        if end is None:
            place.bound(inf, None)
        else:
            place.bound(self._clock() + (end.at - self._access.now()) / 1000, end.error)
