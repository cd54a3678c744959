"""y-websocket at ``/yjs/<document name>``: one socket, one document, the token in the URL.

A browser cannot see why an upgrade was refused, and the provider comes back after every close but, from version 3 on,
those with a code from 4400 to 4499. So the socket is always opened; who is not let in is told so in the protocol, and
then closed: at once, or a little later when it came straight back (see ``refusals``).
"""

from __future__ import annotations

from collections.abc import Callable

from collab.auth.names import name_in_path
from collab.config import ConnectionLimits
from collab.errors import CollabError
from collab.protocol import ywebsocket
from collab.protocol.messages import NOBODY, Denied
from collab.transports.addresses import YWebsocketAddress
from collab.transports.admission import REFUSALS, Admission
from collab.transports.connection import QUIET, Connection
from collab.transports.place import Place
from collab.transports.refusals import Refusals

PATH = "/yjs/"


class YWebsocketConnection(Connection):
    """A socket that carries one document. ``raw_path`` is the request's, as it came."""

    def __init__(
        self,
        admission: Admission,
        limits: ConnectionLimits,
        clock: Callable[[], float],
        refusals: Refusals,
        *,
        raw_path: str,
        token: str,
    ) -> None:
        super().__init__(limits, clock)
        self._admission = admission
        self._refusals = refusals
        self._raw_path = raw_path
        self._token = token
        self._since = clock()
        self._inside: Place | None = None
        self._refused = False

    async def opened(self) -> None:
        """Let the client in. What it sends meanwhile is not read yet, so it waits on its side."""
        address = YWebsocketAddress()
        try:
            ticket = await self._admission.check(self._token, name_in_path(self._raw_path, PATH), self.visitor.address)
            self.authenticated(ticket.principal.subject)
            place = await self._admission.enter(
                ticket, address, send=self.outbox.send, expel=self.refuse, told=_has_no_word
            )
        except CollabError as error:
            if isinstance(error, REFUSALS):
                self.outbox.send(address.frame(Denied(error.reason)))
            self.refuse(error)
            return
        self._inside = place
        place.room.ask(place.peer, counted=True)
        place.room.join(place.peer)

    async def received(self, frame: bytes) -> None:
        """Hand a frame to the room. Its Step1 does not want ours: that was sent when it came."""
        if self._inside is None:  # it was sent away, and is not closed yet
            return
        try:
            message = ywebsocket.decode(frame)
            if not self._inside.peer.expelled:
                await self._inside.room.handle(self._inside.peer, message)
        except CollabError as error:
            self.refuse(error)

    def refuse(self, error: CollabError) -> None:
        """Close the socket with the reason; if it came straight back from the last time, a little later. The first counts."""
        if self._refused:
            return
        self._refused = True
        pause = self._refusals.pause(self._raw_path, self._token)
        if self.clock() - self._since < pause:
            self.closed()  # until then it is outside, and what it sends is for nobody
            self.close_in(pause, error)
        else:
            self.close(error)

    def closed(self) -> None:
        """Leave the document."""
        if self._inside is not None:
            self._admission.leave(self._inside)
            self._inside = None  # the room is not kept in memory by a socket that had it open

    def stay(self, now: float) -> None:
        """Keep a client from taking its socket for dead: nobody's presence is news to it, where its own has no echo.

        A token cannot be asked for here: where it runs out, the client is to come again with another.
        """
        if self._inside is not None and (error := self._inside.over(now)) is not None:
            self._inside.peer.expel(error)
        if self._inside is not None and self.outbox.quiet_for(now) > QUIET:
            self.outbox.send(YWebsocketAddress().frame(NOBODY))


def _has_no_word(_: Place) -> None:
    """The dialect cannot say that a role is another; who may not write any more gets no echo."""
